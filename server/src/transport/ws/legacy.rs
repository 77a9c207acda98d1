//! The demo's dialect, on `/ws?userID=N`: see `confab_shared::legacy`. It has neither acknowledgements nor read
//! positions. Errors are the native `error` frames. Messages are confirmed by the pong to a ping that follows them, and
//! a confirmed message moves the read position; unconfirmed ones are delivered again when the id connects again.

pub mod frames;
mod pending_events;
mod query;
mod receipts;
mod targets;

use std::{convert::Infallible, sync::Arc};

use confab_shared::{
    error::ErrorCode,
    id::{ConversationId, Seq},
    legacy::{LegacyFrame, Target},
    text::{MessageText, Title},
    user::User,
};
use rustc_hash::FxHashMap;
use tracing::Instrument;

pub use self::query::user_id;
use self::{
    frames::frame,
    pending_events::{Pending, PendingEvents},
    receipts::{NextPing, Receipts},
    targets::Targets,
};
use super::{
    connection,
    connections::Connections,
    dialect::{Dialect, Inbound, RequestOutcome},
    error_frame::error_frame,
    handle::{ConnectionHandle, End},
    reader::Reader,
};
use crate::{
    clock,
    domain::{
        client_address::ClientAddress,
        command::{Command, Post},
        notification::{CommittedEvent, StoredEvent},
    },
    metrics::{METRICS, OpenConnection},
    realtime::hub::Subscriber,
    service::{
        CommandAnswer, ConnectionPace, PendingCommands, Service, error::Error, legacy::LegacyConversation,
    },
    storage::EVERYONE,
    transport::{connection_id::ConnectionId, security_log},
    websocket::frame::{Frame, close_code},
};

/// How many queued bytes are written at the latest.
const FLUSH_BYTES: usize = 16 * 1024;

/// Serves a connection: it catches up with missed events first.
pub(super) async fn serve(
    shared: Connections,
    handle: Arc<ConnectionHandle>,
    reader: Reader,
    from: ClientAddress,
    user: User,
) {
    let pending = Arc::new(PendingEvents::new(Arc::clone(&handle)));
    let subscriber: Arc<dyn Subscriber> = Arc::clone(&pending) as _;
    let _registration = shared.hub.register(user.id, None, subscriber);
    let _presence = match shared.service.on_connect(user.id).await {
        Ok(presence) => presence,
        Err(error) => {
            security_log::log_refused_connection(&error, from.ip);
            handle.send(error_frame(error, None, handle.id()));
            return connection::close(&handle, reader, close_code::TRY_AGAIN, "too many connections").await;
        }
    };
    // Again: a deactivation that came before the connection was registered has not ended it.
    if let Err(error) = shared.service.check_active(user.id).await {
        handle.send(error_frame(error, None, handle.id()));
        return connection::close(&handle, reader, close_code::NORMAL, "deactivated").await;
    }
    let pace = ConnectionPace::new(from, shared.service.limits());
    let _open = OpenConnection::count(&METRICS.legacy_connections);
    let mut legacy = Legacy {
        connection: handle.id(),
        service: shared.service,
        user,
        pace,
        pending,
        targets: Targets::default(),
        delivered_seq: FxHashMap::default(),
        unflushed_bytes: 0,
        receipts: Receipts::default(),
    };
    // Nothing is read while the connection catches up, so the peer's silence must not end it.
    handle.set_reading(false);
    match Box::pin(legacy.catch_up(&handle).instrument(handle.id().span())).await {
        Ok(()) => connection::serve(handle, reader, legacy).await,
        Err(End::Close(code, reason)) => connection::close(&handle, reader, code, reason).await,
        Err(End::Gone) => {}
    }
}

struct Legacy {
    connection: ConnectionId,
    service: Service,
    user: User,
    pace: ConnectionPace,
    pending: Arc<PendingEvents>,
    targets: Targets,
    /// The last event of each conversation that was queued or written.
    delivered_seq: FxHashMap<ConversationId, Seq>,
    /// The size of queued frames that are not written yet.
    unflushed_bytes: usize,
    receipts: Receipts,
}

impl Dialect for Legacy {
    type Request = Infallible;

    async fn read(&mut self, text: String) -> Inbound<Infallible> {
        self.pace.frame().await;
        let connection = self.connection;
        let answer = |error| Inbound::Answer(error_frame(error, None, connection));
        self.command(&text).await.map_or_else(answer, Inbound::Command)
    }

    async fn submit(&self, commands: Vec<Command>) -> PendingCommands {
        self.service.submit(commands).await
    }

    fn answer(&mut self, answer: CommandAnswer, connection: ConnectionId) -> Option<Frame> {
        answer.outcome.err().map(|error| error_frame(error, None, connection))
    }

    async fn handle(&mut self, request: Infallible, _handle: &ConnectionHandle) -> RequestOutcome {
        match request {}
    }

    fn has_pending_events(&self) -> bool {
        !self.pending.is_empty()
    }

    async fn write_pending_events(&mut self, handle: &ConnectionHandle) -> Result<(), End> {
        match self.pending.take() {
            Pending::Lagged => Box::pin(self.catch_up(handle).instrument(handle.id().span())).await,
            Pending::Events(events) => {
                for published in events {
                    let Some(committed) = published.committed() else { continue };
                    if !self.deliver_live(committed, handle) {
                        let event = &committed.stored.event;
                        Box::pin(self.catch_up_in(event.conversation, event.seq, handle)).await?;
                    }
                    self.flush_if_full(handle).await?;
                }
                self.ping(handle);
                self.flush(handle).await
            }
        }
    }

    fn pong(&mut self, payload: &[u8], handle: &ConnectionHandle) {
        let Some(confirmed) = self.receipts.confirmed(payload) else { return };
        handle.set_ping_payload(&[]);
        self.ping(handle);
        handle.flush();
        let (service, user) = (self.service.clone(), self.user.clone());
        tokio::spawn(async move {
            for (conversation, seq) in confirmed {
                // A failure only means that the events are delivered again at the next connect.
                let command = service.mark_read(&user, conversation, seq);
                if let Err(error) = service.carry_out(command).await {
                    tracing::debug!(%error, "failed to move a read position");
                }
            }
        });
    }

    fn error(&self, error: Error) -> Frame {
        error_frame(error, None, self.connection)
    }
}

impl Legacy {
    /// Decodes a frame into a command that may be queued now.
    async fn command(&mut self, frame: &str) -> Result<Command, Error> {
        let command = self.decode(frame).await?;
        self.pace.command(self.service.limits(), &command)?;
        Ok(command)
    }

    /// Decodes a frame into a command. Readers get the frame that was sent, byte for byte: the command carries it where
    /// encoding the message anew could give other bytes.
    async fn decode(&mut self, frame: &str) -> Result<Command, Error> {
        let Some((to, data)) = frames::plain(frame, self.user.name.as_str()) else {
            return self.decode_json(frame).await;
        };
        let text = MessageText::new(data)?;
        let (id, name) = self.targets.find(&self.service, &self.user, to, self.pace.client()).await?;
        let bytes = if name.as_str() == to { None } else { Some(frames::stored(frame)?) };
        Ok(post(&self.user, *id, text, bytes))
    }

    /// Decodes a frame that needs a JSON parser.
    async fn decode_json(&mut self, frame: &str) -> Result<Command, Error> {
        let read: LegacyFrame<'_> = serde_json::from_str(frame).map_err(|error| {
            let code = if error.is_data() { ErrorCode::BadFrame } else { ErrorCode::BadJson };
            Error::new(code, format!("This is not {{\"userID1\":…,\"userID2\":…,\"data\":…}}: {error}."))
        })?;
        let target = Target::try_from(read.kind).map_err(|error| Error::new(ErrorCode::BadFrame, error))?;
        if !self.service.is_own_name(&self.user, &read.from) {
            return Err(ErrorCode::WrongSender.into());
        }
        let text = MessageText::new(&read.data)?;
        let to = || {
            let missing = || Error::new(ErrorCode::BadFrame, "userID2 is missing: who is this for?");
            read.to.as_deref().ok_or_else(missing)
        };
        let from = self.user.name.as_str();
        let (conversation, same) = match target {
            Target::Private => {
                let (id, name) =
                    self.targets.find(&self.service, &self.user, to()?, self.pace.client()).await?;
                (*id, frames::is_written(frame, 1, from, Some(name.as_str()), text.as_str()))
            }
            // The group may be renamed before the message is delivered.
            Target::Group => (self.service.group_target(&self.user, &Title::new(to()?)?).await?, false),
            Target::Broadcast => (EVERYONE, frames::is_written(frame, 3, from, None, text.as_str())),
        };
        let bytes = if same { None } else { Some(frames::stored(frame)?) };
        Ok(post(&self.user, conversation, text, bytes))
    }

    /// Queues a live event. Returns false, and queues nothing, where events before it are missing.
    fn deliver_live(&mut self, committed: &CommittedEvent, handle: &ConnectionHandle) -> bool {
        let event = &committed.stored.event;
        let delivered = match self.delivered_seq.get(&event.conversation) {
            Some(delivered) => *delivered,
            // No event precedes the first.
            None if event.seq == Seq(1) => Seq(0),
            None => return false,
        };
        if event.seq > delivered.next() {
            return false;
        }
        if event.seq == delivered.next() {
            let conversation = LegacyConversation {
                kind: committed.kind,
                title: committed.title.clone(),
                notes: committed.is_notes(),
            };
            self.deliver(&committed.stored, &committed.users, &conversation, handle);
        }
        true
    }

    fn deliver(
        &mut self,
        stored: &StoredEvent,
        users: &[User],
        conversation: &LegacyConversation,
        handle: &ConnectionHandle,
    ) {
        let (id, seq) = (stored.event.conversation, stored.event.seq);
        self.delivered_seq.insert(id, seq);
        let by = users.iter().find(|user| user.id == stored.event.by);
        if let Some(frame) = by.and_then(|by| frame(stored, conversation, by, &self.user)) {
            self.receipts.written(id, seq);
            self.unflushed_bytes += frame.len();
            handle.enqueue(frame);
        }
    }

    /// Writes the queued frames once they have [`FLUSH_BYTES`].
    async fn flush_if_full(&mut self, handle: &ConnectionHandle) -> Result<(), End> {
        if self.unflushed_bytes < FLUSH_BYTES { Ok(()) } else { self.flush(handle).await }
    }

    /// Writes the queued frames, and waits until the socket has room for more.
    async fn flush(&mut self, handle: &ConnectionHandle) -> Result<(), End> {
        self.unflushed_bytes = 0;
        handle.flush();
        handle.flushed().await
    }

    /// Delivers the missed events of every conversation: those after the last one that this connection delivered, or
    /// after the read position where it delivered none. Another connection of the same id may have moved the read
    /// position further.
    async fn catch_up(&mut self, handle: &ConnectionHandle) -> Result<(), End> {
        match self.service.progress(&self.user).await {
            Ok(all) => {
                for progress in all {
                    let delivered = self.delivered_seq.entry(progress.conversation);
                    let delivered = *delivered.or_insert(progress.read_seq);
                    if delivered < progress.head_seq {
                        self.catch_up_in(progress.conversation, delivered.next(), handle).await?;
                    }
                }
            }
            Err(error) => handle.send(error_frame(error, None, handle.id())),
        }
        self.ping(handle);
        self.flush(handle).await
    }

    /// Delivers the missed events of one conversation, `seq` included. An error is sent to the peer.
    async fn catch_up_in(
        &mut self,
        id: ConversationId,
        seq: Seq,
        handle: &ConnectionHandle,
    ) -> Result<(), End> {
        if let Err(error) = self.deliver_missed(id, seq, handle).await? {
            // The next event, or the next connection of the id, tries again.
            handle.send(error_frame(error, None, handle.id()));
        }
        Ok(())
    }

    /// Delivers the missed events of one conversation, a page at a time.
    async fn deliver_missed(
        &mut self,
        id: ConversationId,
        seq: Seq,
        handle: &ConnectionHandle,
    ) -> Result<Result<(), Error>, End> {
        let (conversation, read_seq) = match self.service.legacy_conversation(&self.user, id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        // Where this connection delivered none: the read position may be beyond `seq`, moved by an own message or by
        // another connection of the same id.
        let first = Seq(read_seq.0.min(seq.0.saturating_sub(1)));
        let mut after = *self.delivered_seq.entry(id).or_insert(first);
        loop {
            let run = match self.service.missed(&self.user, id, after).await {
                Ok(Some(run)) => run,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            for stored in &run.events {
                self.deliver(stored, &run.users, &conversation, handle);
                self.flush_if_full(handle).await?;
                after = stored.event.seq;
            }
            if run.events.is_empty() || after >= run.head_seq {
                return Ok(Ok(()));
            }
        }
    }

    /// Queues a ping behind the events that were queued: its pong confirms them.
    fn ping(&mut self, handle: &ConnectionHandle) {
        match self.receipts.next_ping() {
            Some(NextPing::Send(payload)) => {
                handle.set_ping_payload(&payload);
                handle.enqueue(Frame::ping(&payload));
            }
            Some(NextPing::Wait(at)) => {
                // A weak reference: the timer must not keep the connection's queue alive.
                let pending = Arc::downgrade(&self.pending);
                tokio::spawn(async move {
                    tokio::time::sleep_until(at.into()).await;
                    pending.upgrade().inspect(|pending| pending.wake());
                });
            }
            None => {}
        }
    }
}

/// The command to post a message, with the frame that it was sent in where readers have to get that.
fn post(actor: &User, conversation: ConversationId, text: MessageText, frame: Option<Arc<str>>) -> Command {
    let body = Post::new(conversation, text).with_legacy_frame(frame).into();
    Command { actor: actor.clone(), client_id: None, at: clock::now(), body }
}
