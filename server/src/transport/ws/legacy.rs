//! The demo's dialect, on `/ws?userID=N`: see `confab_shared::legacy`. It has no answers and no cursors, so the
//! server keeps both: errors are the native `error` frames, and a ping behind what was written tells, by its pong,
//! that it arrived. What did not arrive is delivered when the id connects again.

mod frames;
mod pending_events;
mod receipts;

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use confab_shared::{
    error::ErrorCode,
    id::{ConversationId, Seq},
    legacy::{LegacyFrame, Target},
    protocol::ServerFrame,
    text::{MessageText, Title, UserName},
    user::User,
};
use percent_encoding::percent_decode_str;
use rustc_hash::FxHashMap;

use self::{
    frames::frame,
    pending_events::{Pending, PendingEvents},
    receipts::{NextPing, Receipts},
};
use super::{
    connection,
    connections::Connections,
    dialect::{Dialect, Inbound, RequestOutcome},
    handle::{ConnectionHandle, End},
    reader::Reader,
};
use crate::{
    clock,
    domain::{
        command::{Command, Post},
        notification::StoredEvent,
    },
    realtime::{hub::Subscriber, published::PublishedEvent},
    service::{CommandAnswer, PendingCommands, Service, error::Error, legacy::LegacyConversation},
    storage::EVERYONE,
    websocket::frame::{Frame, close_code},
};

/// The queued bytes from which on they are written.
const FLUSH_BYTES: usize = 16 * 1024;

/// How many conversations a connection caches by the name of the peer.
const MAX_CACHED_TARGETS: usize = 1_024;

/// The id in a query string: the demo's `userID`.
pub(super) fn user_id(query: &str) -> Result<String, Error> {
    let missing = || Error::new(ErrorCode::BadName, "userID is missing: connect to /ws?userID=YOUR-ID.");
    let value = query.split('&').find_map(|pair| pair.strip_prefix("userID=")).ok_or_else(missing)?;
    let value = value.replace('+', " ");
    let id = percent_decode_str(&value).decode_utf8().map(Into::into);
    let id: String = id.map_err(|_| {
        Error::new(ErrorCode::BadName, "userID is not text: write it as percent-encoded UTF-8.")
    })?;
    if id.is_empty() { Err(missing()) } else { Ok(id) }
}

/// Serves a connection: what was missed, then talk.
pub(super) async fn serve(shared: Connections, handle: Arc<ConnectionHandle>, reader: Reader, user: User) {
    let pending = Arc::new(PendingEvents::new(Arc::clone(&handle)));
    let subscriber: Arc<dyn Subscriber> = Arc::clone(&pending) as _;
    let _registration = shared.hub.register(user.id, None, subscriber);
    let _presence = shared.service.on_connect(user.id).await;
    // The name may have been claimed since the upgrade. A claim from here on ends the connections that the hub has
    // without a session.
    if let Err(error) = shared.service.sign_in_without_key(user.name.as_str()).await {
        handle.send(error_frame(error));
        return connection::close(&handle, reader, close_code::POLICY, "the ID is taken").await;
    }
    let mut legacy = Legacy {
        service: shared.service,
        user,
        pending,
        targets: HashMap::new(),
        delivered_seq: FxHashMap::default(),
        unflushed_bytes: 0,
        receipts: Receipts::default(),
    };
    // Catching up may take long, and nothing is read meanwhile.
    handle.set_reading(false);
    match Box::pin(legacy.catch_up(&handle)).await {
        Ok(()) => connection::serve(handle, reader, legacy).await,
        Err(End::Close(code, reason)) => connection::close(&handle, reader, code, reason).await,
        Err(End::Gone) => {}
    }
}

struct Legacy {
    service: Service,
    user: User,
    pending: Arc<PendingEvents>,
    /// The conversation and the peer of private frames, by the name in `userID2`.
    targets: Targets,
    /// How far each conversation has been written to the socket.
    delivered_seq: FxHashMap<ConversationId, Seq>,
    /// How many bytes are queued and not written yet.
    unflushed_bytes: usize,
    receipts: Receipts,
}

type Targets = HashMap<Box<str>, (ConversationId, UserName)>;

impl Dialect for Legacy {
    type Request = Infallible;

    async fn read(&mut self, text: String) -> Inbound<Infallible> {
        self.accept(&text).await.map_or_else(|error| Inbound::Answer(error_frame(error)), Inbound::Command)
    }

    async fn submit(&self, commands: Vec<Command>) -> PendingCommands {
        self.service.submit(commands).await
    }

    fn answer(answer: CommandAnswer) -> Option<Frame> {
        answer.outcome.err().map(error_frame)
    }

    async fn handle(&mut self, request: Infallible, _handle: &ConnectionHandle) -> RequestOutcome {
        match request {}
    }

    fn has_pending_events(&self) -> bool {
        !self.pending.is_empty()
    }

    async fn write_pending_events(&mut self, handle: &ConnectionHandle) -> Result<(), End> {
        match self.pending.take() {
            Pending::Lagged => Box::pin(self.catch_up(handle)).await,
            Pending::Events(events) => {
                for published in events {
                    if !self.deliver_live(&published, handle) {
                        let event = &published.committed.stored.event;
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
        let Some(arrived) = self.receipts.confirmed(payload) else { return };
        handle.set_ping_payload(&[]);
        self.ping(handle);
        handle.flush();
        let (service, user) = (self.service.clone(), self.user.clone());
        tokio::spawn(async move {
            for (conversation, seq) in arrived {
                // Only a hint of where to begin next time: without it, an event is delivered twice.
                let command = service.mark_read(&user, conversation, seq);
                if let Err(error) = service.execute(command).await {
                    tracing::debug!(%error, "failed to move a read position");
                }
            }
        });
    }

    fn error(&self, error: Error) -> Frame {
        error_frame(error)
    }
}

impl Legacy {
    /// Reads a frame, checks it, and finds where it goes. What the readers get is what was sent, to the byte: the
    /// bytes are kept where writing the message anew could give others.
    async fn accept(&mut self, frame: &str) -> Result<Command, Error> {
        if let Some((to, data)) = frames::plain(frame, self.user.name.as_str()) {
            let text = MessageText::new(data)?;
            let (id, name) = private_target(&mut self.targets, &self.service, &self.user, to).await?;
            let bytes = (name.as_str() != to).then(|| frame.into());
            return Ok(post(&self.user, *id, text, bytes));
        }
        let read: LegacyFrame<'_> = serde_json::from_str(frame).map_err(|error| {
            let code = if error.is_data() { ErrorCode::BadFrame } else { ErrorCode::BadJson };
            Error::new(code, format!("This is not {{\"userID1\":…,\"userID2\":…,\"data\":…}}: {error}."))
        })?;
        let target = Target::try_from(read.kind).map_err(|error| Error::new(ErrorCode::BadFrame, error))?;
        if !self.service.is_own_name(&self.user, &read.from) {
            return Err(ErrorCode::WrongSender.into());
        }
        let text = MessageText::new(&read.data)?;
        let named = || {
            let missing = || Error::new(ErrorCode::BadFrame, "userID2 is missing: who is this for?");
            read.to.as_deref().ok_or_else(missing)
        };
        let from = self.user.name.as_str();
        let (conversation, same) = match target {
            Target::Private => {
                let (id, name) =
                    private_target(&mut self.targets, &self.service, &self.user, named()?).await?;
                (*id, frames::is_written(frame, 1, from, Some(name.as_str()), text.as_str()))
            }
            // A group may be called something else by the time somebody reads it.
            Target::Group => (self.service.group_target(&self.user, &Title::new(named()?)?).await?, false),
            Target::Broadcast => (EVERYONE, frames::is_written(frame, 3, from, None, text.as_str())),
        };
        let bytes = (!same).then(|| frame.into());
        Ok(post(&self.user, conversation, text, bytes))
    }

    /// Queues a live event for writing. Answers false, and does not, where events are missing before it.
    fn deliver_live(&mut self, published: &PublishedEvent, handle: &ConnectionHandle) -> bool {
        let committed = &published.committed;
        let event = &committed.stored.event;
        let delivered = match self.delivered_seq.get(&event.conversation) {
            Some(delivered) => *delivered,
            // Before the first there is nothing that could have been missed.
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

    /// Writes what is queued where it is much.
    async fn flush_if_full(&mut self, handle: &ConnectionHandle) -> Result<(), End> {
        if self.unflushed_bytes < FLUSH_BYTES { Ok(()) } else { self.flush(handle).await }
    }

    /// Writes what is queued, and waits until the peer has room for more.
    async fn flush(&mut self, handle: &ConnectionHandle) -> Result<(), End> {
        self.unflushed_bytes = 0;
        handle.flush();
        handle.flushed().await
    }

    /// Delivers all that was missed, in every conversation: since the last event that this socket got, or since the read
    /// position where it got none. The read position may be further, moved by another socket of the same id.
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
            Err(error) => handle.send(error_frame(error)),
        }
        self.ping(handle);
        self.flush(handle).await
    }

    /// Delivers all that was missed in one conversation, `seq` included.
    async fn catch_up_in(
        &mut self,
        id: ConversationId,
        seq: Seq,
        handle: &ConnectionHandle,
    ) -> Result<(), End> {
        if let Err(error) = self.missed(id, seq, handle).await? {
            // Tried again with the next event, or when the id connects again.
            handle.send(error_frame(error));
        }
        Ok(())
    }

    async fn missed(
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
        // The first of this socket. The read position may be beyond `seq` already, moved by an own message or by another
        // socket of the same id that got the event.
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

    /// Queues a ping behind what was written: its pong says that it arrived.
    fn ping(&mut self, handle: &ConnectionHandle) {
        match self.receipts.next_ping() {
            Some(NextPing::Send(payload)) => {
                handle.set_ping_payload(&payload);
                handle.enqueue(Frame::ping(&payload));
            }
            Some(NextPing::Wait(at)) => {
                // A weak reference: the timer keeps no connection alive.
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

/// The conversation of private frames to a name, and the name of its peer.
async fn private_target<'a>(
    targets: &'a mut Targets,
    service: &Service,
    user: &User,
    to: &str,
) -> Result<&'a (ConversationId, UserName), Error> {
    // Trimmed, as names are: with spaces around it, one name could be cached in many ways, each as long as a frame.
    let to = to.trim();
    if !targets.contains_key(to) {
        let found = service.private_target(user, UserName::new(to)?).await?;
        if targets.len() >= MAX_CACHED_TARGETS {
            targets.clear();
        }
        targets.insert(to.into(), found);
    }
    Ok(&targets[to])
}

/// A message, with the bytes of its frame where they matter.
fn post(actor: &User, conversation: ConversationId, text: MessageText, frame: Option<Arc<str>>) -> Command {
    let body = Post::new(conversation, text).with_legacy_frame(frame).into();
    Command { actor: actor.clone(), client_id: None, at: clock::now(), body }
}

fn error_frame(error: Error) -> Frame {
    Frame::json(&ServerFrame::Error(error.body(None)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_in_the_query() {
        assert_eq!(user_id("userID=123").unwrap(), "123");
        assert_eq!(user_id("a=b&userID=%E6%9D%8E%E9%9B%B7").unwrap(), "李雷");
        for bad in ["userID=", "userID", "user=1", "userID=%FF"] {
            assert_eq!(user_id(bad).unwrap_err().code, ErrorCode::BadName, "{bad}");
        }
        // What is no escape stays as it is, and no name has such a sign.
        let id = user_id("userID=%4").unwrap();
        assert_eq!(UserName::new(&id).unwrap_err().code(), ErrorCode::BadName);
    }
}
