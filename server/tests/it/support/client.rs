//! A real WebSocket of the native dialect.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use confab_shared::{
    command::{Command, Send},
    error::{ErrorBody, ErrorCode},
    event::{Event, Posted},
    id::{ClientId, ConversationId, Seq},
    protocol::{Ack, ClientFrame, ReadSignal, ServerFrame, Welcome},
    text::MessageText,
    thread::ThreadState,
};
use futures_util::{
    SinkExt, Stream, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, protocol::CloseFrame},
};

use super::{client_id, in_time};

/// A connection. It is always read, as a page's is, so that it answers pings however long a test looks elsewhere; frames
/// that a test has not asked for yet are buffered until it does.
pub struct Socket {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    received: Received,
    reading: watch::Sender<bool>,
    buffered: VecDeque<ServerFrame>,
    pub welcome: Welcome,
}

impl Socket {
    /// Opens a connection, sends `hello`, and waits for the welcome.
    pub async fn connect(url: &str, token: &str) -> Self {
        Self::connect_with(url, &[], token).await
    }

    /// The same, with headers of the upgrade.
    pub async fn connect_with(url: &str, headers: &[(&'static str, &str)], token: &str) -> Self {
        let mut raw = RawSocket::open_with(url, headers).await;
        raw.send(&ClientFrame::Hello { token: token.to_owned() }).await;
        match raw.next().await {
            ServerFrame::Welcome(welcome) => {
                let (sink, stream) = raw.stream.split();
                let ((sender, received), (reading, wanted)) =
                    (mpsc::unbounded_channel(), watch::channel(true));
                tokio::spawn(read(stream, wanted, sender));
                let (received, buffered) = (Received(received), VecDeque::new());
                Self { sink, received, reading, buffered, welcome: *welcome }
            }
            other => panic!("a welcome was expected: {other:?}"),
        }
    }

    /// Stops or resumes reading. While it is stopped, not even pings are answered.
    pub fn set_reading(&self, reading: bool) {
        self.reading.send_replace(reading);
    }

    /// Sends a command and does not wait for the answer.
    pub async fn command(&mut self, command: impl Into<Command>) {
        self.send(&command.into().into()).await;
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) {
        self.send_raw(serde_json::to_string(frame).expect("frames can be written")).await;
    }

    /// Sends any text.
    pub async fn send_raw(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends anything.
    pub async fn send_message(&mut self, message: Message) {
        in_time("room to send", self.sink.send(message)).await.expect("the connection lives");
    }

    /// Writes a message and does not wait for the answer.
    pub async fn post(&mut self, id: ClientId, conversation: ConversationId, text: &str) {
        self.command(Send::new(id, conversation, text.to_owned())).await;
    }

    /// Writes a message, and waits until it is on disk.
    pub async fn send_text(&mut self, conversation: ConversationId, text: &str) -> Ack {
        self.send_as(client_id(), conversation, text).await
    }

    /// Sends so many messages without waiting for each, and waits for all acks.
    pub async fn send_many(
        &mut self,
        conversation: ConversationId,
        count: usize,
        text: impl Fn(usize) -> String,
    ) {
        // As many as a server may leave unanswered before it stops to read.
        for batch in (1..=count).collect::<Vec<_>>().chunks(60) {
            let ids: Vec<_> = batch.iter().map(|_| client_id()).collect();
            for (number, id) in batch.iter().zip(&ids) {
                self.post(*id, conversation, &text(*number)).await;
            }
            for id in ids {
                self.ack(id).await;
            }
        }
    }

    /// Writes a message under an id of the test's.
    pub async fn send_as(&mut self, id: ClientId, conversation: ConversationId, text: &str) -> Ack {
        self.post(id, conversation, text).await;
        self.ack(id).await
    }

    /// Sends a command, and waits for its answer.
    pub async fn carry_out(&mut self, command: impl Into<Command>) -> Result<Ack, ErrorBody> {
        let command = command.into();
        let id = command.client_id();
        self.command(command).await;
        self.answer(id).await
    }

    /// Waits for the answer to a command.
    pub async fn answer(&mut self, id: ClientId) -> Result<Ack, ErrorBody> {
        self.find(&format!("the answer to {id}"), |frame| {
            answer(frame).filter(|answer| match answer {
                Ok(ack) => ack.client_id == id,
                Err(error) => error.client_id == Some(id),
            })
        })
        .await
    }

    /// The next answer to any command.
    pub async fn next_answer(&mut self) -> Result<Ack, ErrorBody> {
        self.find("an answer", answer).await
    }

    /// Waits for the ack of a command.
    pub async fn ack(&mut self, id: ClientId) -> Ack {
        self.find(&format!("the ack of {id}"), |frame| match frame {
            ServerFrame::Ack(ack) if ack.client_id == id => Some(ack.clone()),
            ServerFrame::Error(error) if error.client_id == Some(id) => panic!("refused: {error:?}"),
            _ => None,
        })
        .await
    }

    /// Moves the read position.
    pub async fn read(&mut self, conversation: ConversationId, seq: Seq) {
        self.send(&ClientFrame::Read { conversation, seq, thread: None }).await;
    }

    /// Moves the position in a thread.
    pub async fn read_thread(&mut self, conversation: ConversationId, root: Seq, seq: Seq) {
        self.send(&ClientFrame::Read { conversation, seq, thread: Some(root) }).await;
    }

    /// The next thread that was read, followed, or not any more.
    pub async fn next_thread(&mut self) -> ThreadState {
        let pick = |frame: &ServerFrame| match frame {
            ServerFrame::Thread(thread) => Some(thread.clone()),
            _ => None,
        };
        self.find("a thread that moved", pick).await
    }

    /// Signals that the sender is writing.
    pub async fn typing(&mut self, conversation: ConversationId) {
        self.send(&ClientFrame::Typing { conversation, stopped: false }).await;
    }

    /// Signals that the sender has stopped writing.
    pub async fn typing_stopped(&mut self, conversation: ConversationId) {
        self.send(&ClientFrame::Typing { conversation, stopped: true }).await;
    }

    /// Asks for a fresh welcome.
    pub async fn resync(&mut self) -> Welcome {
        self.send(&ClientFrame::Resync).await;
        let pick = |frame: &ServerFrame| match frame {
            ServerFrame::Welcome(welcome) => Some((**welcome).clone()),
            _ => None,
        };
        self.find("a welcome", pick).await
    }

    /// The next event that the welcome did not have, of any conversation. What is committed before the welcome may be
    /// published after it.
    pub async fn next_event(&mut self) -> Event {
        let heads: HashMap<_, _> = self
            .welcome
            .conversations
            .iter()
            .map(|conversation| (conversation.id, conversation.head_seq))
            .collect();
        let is_new = |event: &Event| heads.get(&event.conversation).is_none_or(|head| event.seq > *head);
        let pick = |frame: &ServerFrame| match frame {
            ServerFrame::Event(event) => Some(event.event.clone()).filter(is_new),
            _ => None,
        };
        self.find("an event", pick).await
    }

    /// The text of the next event, which is a message.
    pub async fn next_text(&mut self) -> String {
        let event = self.next_event().await;
        text_of(&event).unwrap_or_else(|| panic!("a message was expected: {event:?}")).to_owned()
    }

    /// The next read position that moved.
    pub async fn next_read(&mut self) -> ReadSignal {
        let pick = |frame: &ServerFrame| match frame {
            ServerFrame::Read(signal) => Some(*signal),
            _ => None,
        };
        self.find("a read position that moved", pick).await
    }

    /// The next error.
    pub async fn next_error(&mut self) -> ErrorBody {
        let pick = |frame: &ServerFrame| match frame {
            ServerFrame::Error(error) => Some(error.clone()),
            _ => None,
        };
        self.find("an error", pick).await
    }

    /// Waits for an error, and checks its code.
    pub async fn expect_error(&mut self, code: ErrorCode) -> ErrorBody {
        let error = self.next_error().await;
        assert_eq!(error.code, code, "{error:?}");
        error
    }

    /// The first frame that fits, buffered or yet to come; those before it are buffered.
    pub async fn find<T>(&mut self, what: &str, pick: impl Fn(&ServerFrame) -> Option<T>) -> T {
        self.find_within(super::PATIENCE, what, pick).await
    }

    /// The same, of something that takes its time.
    pub async fn find_within<T>(
        &mut self,
        patience: Duration,
        what: &str,
        pick: impl Fn(&ServerFrame) -> Option<T>,
    ) -> T {
        if let Some((place, found)) = self.buffered.iter().enumerate().find_map(|(n, f)| Some((n, pick(f)?)))
        {
            self.buffered.remove(place);
            return found;
        }
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let next = tokio::time::timeout_at(deadline, next(&mut self.received)).await;
            let Ok(frame) = next else { panic!("{what} did not come; what came: {:#?}", self.buffered) };
            match frame {
                Ok(frame) => match pick(&frame) {
                    Some(found) => return found,
                    None => self.buffered.push_back(frame),
                },
                Err(close) => panic!("{what} did not come, but {close:?}; before: {:#?}", self.buffered),
            }
        }
    }

    /// The next frame of any kind.
    pub async fn next(&mut self) -> ServerFrame {
        if let Some(frame) = self.buffered.pop_front() {
            return frame;
        }
        match in_time("a frame", next(&mut self.received)).await {
            Ok(frame) => frame,
            Err(close) => panic!("a frame was expected, not {close:?}"),
        }
    }

    /// All frames up to now: everything before the event of a message that is posted to `notes`, a conversation with
    /// oneself, and that event as the last.
    pub async fn frames_so_far(&mut self, notes: ConversationId) -> Vec<ServerFrame> {
        let mark = client_id();
        self.post(mark, notes, "up to here").await;
        let mut frames = Vec::new();
        loop {
            let frame = self.next().await;
            let last = matches!(&frame, ServerFrame::Event(frame) if frame.event.client_id == Some(mark));
            let own = matches!(&frame, ServerFrame::Ack(ack) if ack.client_id == mark);
            if !own {
                frames.push(frame);
            }
            if last {
                return frames;
            }
        }
    }

    /// Checks that no event came but those that were asked for.
    pub async fn no_more_events(&mut self, notes: ConversationId) {
        let mut frames = self.frames_so_far(notes).await;
        frames.pop();
        frames.retain(|frame| matches!(frame, ServerFrame::Event(_)));
        assert!(frames.is_empty(), "more than was expected: {frames:#?}");
    }

    /// Waits for the end of the connection: its close code.
    pub async fn closed(&mut self) -> u16 {
        closed(&mut self.received).await
    }

    /// All that comes until the connection ends, and its close code, where it ends in good order.
    pub async fn until_closed(&mut self) -> (Vec<ServerFrame>, Option<u16>) {
        let mut frames: Vec<_> = self.buffered.drain(..).collect();
        loop {
            match in_time("the end", next(&mut self.received)).await {
                Ok(frame) => frames.push(frame),
                Err(Ended(close)) => {
                    // Answers a close.
                    let _ = in_time("the end", self.received.next()).await;
                    return (frames, close.map(|close| close.code.into()));
                }
            }
        }
    }

    /// Goes, as a page does that is closed.
    pub async fn leave(mut self) {
        in_time("the close", self.sink.close()).await.expect("it can be closed");
        while let Some(Ok(_)) = in_time("the end", self.received.next()).await {}
    }
}

/// What the reader of a connection has received.
struct Received(mpsc::UnboundedReceiver<Result<Message, Error>>);

impl Stream for Received {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// Reads until the connection ends or the socket is dropped.
async fn read(
    mut stream: SplitStream<WebSocketStream<TcpStream>>,
    mut reading: watch::Receiver<bool>,
    received: mpsc::UnboundedSender<Result<Message, Error>>,
) {
    while reading.wait_for(|reading| *reading).await.is_ok() {
        tokio::select! {
            biased;
            _ = reading.changed() => {}
            message = stream.next() => match message {
                Some(message) => if received.send(message).is_err() { return },
                None => return,
            }
        }
    }
}

fn answer(frame: &ServerFrame) -> Option<Result<Ack, ErrorBody>> {
    match frame {
        ServerFrame::Ack(ack) => Some(Ok(ack.clone())),
        ServerFrame::Error(error) => Some(Err(error.clone())),
        _ => None,
    }
}

/// A connection before its `hello`.
pub struct RawSocket {
    stream: WebSocketStream<TcpStream>,
}

impl RawSocket {
    /// Opens a connection.
    pub async fn open(url: &str) -> Self {
        Self::open_with(url, &[]).await
    }

    /// The same, with headers of the upgrade.
    pub async fn open_with(url: &str, headers: &[(&'static str, &str)]) -> Self {
        let stream = open(url, headers).await;
        Self { stream: stream.unwrap_or_else(|error| panic!("{url}: {error}")) }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) {
        self.send_message(Message::text(serde_json::to_string(frame).expect("frames can be written"))).await;
    }

    /// Sends anything.
    pub async fn send_message(&mut self, message: Message) {
        in_time("room to send", self.stream.send(message)).await.expect("the connection lives");
    }

    /// The next frame.
    pub async fn next(&mut self) -> ServerFrame {
        match in_time("a frame", next(&mut self.stream)).await {
            Ok(frame) => frame,
            Err(close) => panic!("a frame was expected, not {close:?}"),
        }
    }

    /// Waits for the end of the connection: its close code.
    pub async fn closed(&mut self) -> u16 {
        closed(&mut self.stream).await
    }

    /// Waits for the error that ends the connection, and for its close code. Waits twice as long as usual: the
    /// server itself waits for a hello.
    pub async fn turned_away(&mut self) -> (ErrorCode, u16) {
        let error = tokio::time::timeout(super::PATIENCE * 2, next(&mut self.stream)).await;
        let Ok(Ok(ServerFrame::Error(error))) = error else { panic!("an error was expected: {error:?}") };
        (error.code, closed(&mut self.stream).await)
    }
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended(pub Option<CloseFrame>);

async fn next(
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
) -> Result<ServerFrame, Ended> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => {
                let frame = serde_json::from_str(&text);
                return Ok(frame.unwrap_or_else(|error| panic!("{error} in {text}")));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(frame))) => return Err(Ended(frame)),
            Some(Ok(other)) => panic!("not a frame of ours: {other:?}"),
            Some(Err(_)) | None => return Err(Ended(None)),
        }
    }
}

/// Reads and ignores frames until the close, and returns its code.
pub async fn closed(stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin)) -> u16 {
    loop {
        match in_time("a close", stream.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => {
                // Answered by the next poll.
                let _ = in_time("the end", stream.next()).await;
                return frame.code.into();
            }
            Some(Ok(Message::Close(None)) | Err(_)) | None => panic!("it ended without a close code"),
            Some(Ok(_)) => {}
        }
    }
}

/// Opens a WebSocket with some headers.
pub async fn open(url: &str, headers: &[(&'static str, &str)]) -> Result<WebSocketStream<TcpStream>, Error> {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let mut request = url.into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header's value"));
    }
    let port = request.uri().port_u16().expect("the port is in the address");
    let connection = in_time("a connection", TcpStream::connect(("127.0.0.1", port))).await?;
    connection.set_nodelay(true)?;
    in_time("an upgrade", tokio_tungstenite::client_async(request, connection))
        .await
        .map(|(stream, _)| stream)
}

/// What a message says; none of another kind of event.
pub fn text_of(event: &Event) -> Option<&str> {
    match &event.body {
        confab_shared::event::EventBody::Posted(Posted { text, .. }) => Some(MessageText::as_str(text)),
        _ => None,
    }
}
