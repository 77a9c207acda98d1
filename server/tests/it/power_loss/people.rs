//! People who post until the power goes, and what they were promised.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use confab_shared::{
    command::Send,
    event::Event,
    id::{ClientId, ConversationId},
    protocol::{Ack, ClientFrame, ServerFrame},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{sync::watch, task::JoinHandle};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    Person, Server,
    client::{open, text_of},
    client_id, in_time,
    person::EVERYONE,
};

/// How many messages of one may wait for their ack: fewer than the server has under way for a connection.
const WAITING: usize = 32;

/// A message, with its ack once that has come.
#[derive(Clone)]
struct Posted {
    conversation: ConversationId,
    text: String,
    ack: Option<Ack>,
}

type Messages = HashMap<ClientId, Posted>;

/// A user, their notes (a conversation with themselves), and all that they posted.
struct Poster {
    person: Person,
    notes: ConversationId,
    messages: Messages,
}

/// Several people.
pub struct People(Vec<Poster>);

/// People who are posting.
pub struct Posting {
    tasks: Vec<JoinHandle<Messages>>,
    /// How many acks have come.
    acks: watch::Receiver<usize>,
}

impl Posting {
    /// Waits for so many acks.
    pub async fn acked(&mut self, count: usize) {
        let came = self.acks.wait_for(|acks| *acks >= count);
        in_time(&format!("{count} acks"), came).await.expect("they are posting");
    }
}

impl People {
    pub async fn come(server: &Server, count: usize) -> Self {
        let mut people = Vec::new();
        for number in 0..count {
            let person = Person::come(server, &format!("person-{number}")).await;
            let notes = person.direct(person.name()).await;
            people.push(Poster { person, notes, messages: HashMap::new() });
        }
        Self(people)
    }

    /// All begin to post, to everyone and to themselves: each so many messages, or until the power goes.
    pub fn post(&self, server: &Server, each: usize) -> Posting {
        let (said, acks) = watch::channel(0);
        let said = Arc::new(said);
        let post = |poster: &Poster| {
            let (url, token) = (server.socket_url(""), poster.person.token.clone());
            tokio::spawn(post(url, token, poster.notes, each, Arc::clone(&said)))
        };
        Posting { tasks: self.0.iter().map(post).collect(), acks }
    }

    /// Waits until the last connection has ended, and keeps what was posted. Says how many acks came.
    pub async fn posted(&mut self, posting: Posting) -> usize {
        for (poster, task) in self.0.iter_mut().zip(posting.tasks) {
            poster.messages.extend(task.await.expect("the posting task does not panic"));
        }
        *posting.acks.borrow()
    }

    /// Checks the contract: what was acknowledged stands where the ack said, every log is gapless, and no command is in
    /// it twice. Says in words what does not hold.
    pub async fn check(&self) -> Result<(), String> {
        let mut logs = HashMap::new();
        let notes = self.0.iter().map(|poster| (&poster.person, poster.notes));
        for (person, conversation) in notes.chain([(&self.0[0].person, EVERYONE)]) {
            logs.insert(conversation, log(person, conversation).await?);
        }
        self.acks_hold(&logs)?;
        let mut commands = HashSet::new();
        for (conversation, log) in &logs {
            let place = |(n, event): &(usize, &Event)| event.seq.0 != *n as u64 + 1;
            if let Some((n, event)) = log.iter().enumerate().find(place) {
                return Err(format!("conversation {conversation}: instead of {} there is {event:?}", n + 1));
            }
            if let Some(twice) = log.iter().find(|e| e.client_id.is_some_and(|id| !commands.insert(id))) {
                return Err(format!("conversation {conversation}: carried out twice: {twice:?}"));
            }
        }
        Ok(())
    }

    fn acks_hold(&self, logs: &HashMap<ConversationId, Vec<Event>>) -> Result<(), String> {
        let events = logs.iter().flat_map(|(conversation, log)| log.iter().map(|e| (*conversation, e)));
        let found: HashSet<_> =
            events.filter_map(|(c, e)| Some((c, e.client_id?, e.seq, e.at, text_of(e)?))).collect();
        let messages = self.0.iter().flat_map(|poster| poster.messages.values());
        let acked: Vec<_> = messages.filter_map(|m| Some((m.ack.as_ref()?, m.text.as_str()))).collect();
        let kept = |(ack, text): &&(&Ack, &str)| {
            found.contains(&(ack.conversation, ack.client_id, ack.seq, ack.at, *text))
        };
        let lost: Vec<_> = acked.iter().filter(|acked| !kept(acked)).collect();
        let Some(first) = lost.first() else { return Ok(()) };
        let (lost, acked) = (lost.len(), acked.len());
        Err(format!("{lost} of {acked} acknowledged messages are lost, or not where they were: {first:?}"))
    }

    /// Sends every unanswered message again, and one more for each user.
    pub async fn go_on(&mut self) {
        for poster in &mut self.0 {
            let next = Posted { conversation: poster.notes, text: "on we go".to_owned(), ack: None };
            poster.messages.insert(client_id(), next);
            let mut socket = poster.person.connect().await;
            for (id, message) in poster.messages.iter_mut().filter(|(_, message)| message.ack.is_none()) {
                message.ack = Some(socket.send_as(*id, message.conversation, &message.text).await);
            }
        }
    }
}

/// Posts until all is acknowledged or the connection ends, whichever is first.
async fn post(
    url: String,
    token: String,
    notes: ConversationId,
    count: usize,
    said: Arc<watch::Sender<usize>>,
) -> Messages {
    // The power may be gone by now.
    let Ok(mut socket) = open(&url, &[]).await else { return Messages::new() };
    let mut open = socket.send(frame(&ClientFrame::Hello { token })).await.is_ok();
    let (mut messages, mut waiting) = (Messages::new(), 0);
    loop {
        while open && waiting < WAITING && messages.len() < count {
            let (id, message) = message(messages.len(), notes);
            open = socket.send(frame(&message.command(id))).await.is_ok();
            // Also where sending failed: it is unknown how much of it arrived.
            messages.insert(id, message);
            waiting += 1;
        }
        if waiting == 0 {
            return messages;
        }
        // What came before the end is read even where nothing can be written any more.
        let Some(Ok(heard)) = in_time("an ack, or the end", socket.next()).await else { return messages };
        if let Some(ack) = ack(&heard) {
            let posted = messages.get_mut(&ack.client_id).expect("it was posted");
            posted.ack = Some(ack);
            waiting -= 1;
            said.send_modify(|acks| *acks += 1);
        }
    }
}

fn message(number: usize, notes: ConversationId) -> (ClientId, Posted) {
    let conversation = if number.is_multiple_of(3) { EVERYONE } else { notes };
    (client_id(), Posted { conversation, text: format!("message {number} of {notes}"), ack: None })
}

impl Posted {
    fn command(&self, client_id: ClientId) -> ClientFrame {
        let (conversation, text) = (self.conversation, self.text.clone());
        ClientFrame::Send(Send::new(client_id, conversation, text))
    }
}

fn ack(heard: &Message) -> Option<Ack> {
    let Message::Text(text) = heard else { return None };
    match serde_json::from_str(text).expect("a frame of ours") {
        ServerFrame::Ack(ack) => Some(ack),
        ServerFrame::Error(error) => panic!("refused: {error:?}"),
        _ => None,
    }
}

fn frame(frame: &ClientFrame) -> Message {
    Message::text(serde_json::to_string(frame).expect("frames can be written"))
}

/// A whole log, whether it has gaps or not.
async fn log(person: &Person, conversation: ConversationId) -> Result<Vec<Event>, String> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq.0);
        let page = person.page(conversation, &format!("after={after}&limit=200")).await;
        let page =
            page.map_err(|refused| format!("conversation {conversation} cannot be read: {refused:?}"))?;
        if page.events.is_empty() {
            return Ok(events);
        }
        events.extend(page.events);
    }
}
