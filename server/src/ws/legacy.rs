//! The demo's dialect, on `/ws?userID=N`: see `confab_shared::legacy`. It has no answers and no cursors, so the
//! server keeps both: errors are the native `error` frames, and a ping behind what was written tells, by its pong,
//! that it arrived. What did not arrive is delivered when the id connects again.

mod frames;
mod mailbox;
mod receipts;

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use confab_shared::{error::ErrorCode, id::{ConversationId, Seq}, legacy::{LegacyFrame, Target}, protocol::ServerFrame, text::{MessageText, Title, UserName}, user::User};

use self::{
    frames::frame,
    mailbox::{Mail, Mailbox},
    receipts::{Question, Receipts},
};
use super::{
    Connections,
    connection::{self, Dialect, Done, Said},
    link::{End, Link},
    reader::Reader,
};
use crate::{
    chat::{Chat, Posted, Posting, legacy::Place, message},
    error::Error,
    frame::{Frame, close_code},
    hub::Recipient,
    id_map::IdMap,
    published::Published,
    store::{EVERYONE, NewEvent, StoredEvent},
};

/// From how many bytes on what was told is written.
const FED: usize = 16 * 1024;

/// How many targets a connection remembers; beyond that it asks the store again.
const TARGETS: usize = 1_024;

/// The id in a query string: the demo's `userID`.
pub(super) fn user_id(query: &str) -> Result<String, Error> {
    let missing = || Error::new(ErrorCode::BadName, "userID is missing: connect to /ws?userID=YOUR-ID.");
    let value = query.split('&').find_map(|pair| pair.strip_prefix("userID=")).ok_or_else(missing)?;
    let id = percent_decode(value).ok_or_else(|| {
        Error::new(ErrorCode::BadName, "userID is not text: write it as percent-encoded UTF-8.")
    })?;
    if id.is_empty() { Err(missing()) } else { Ok(id) }
}

fn percent_decode(value: &str) -> Option<String> {
    let value = value.replace('+', " ");
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Serves a connection: what was missed, then talk.
pub(super) async fn serve(shared: Connections, link: Arc<Link>, reader: Reader, user: User) {
    let mailbox = Arc::new(Mailbox::new(Arc::clone(&link)));
    let recipient: Arc<dyn Recipient> = Arc::clone(&mailbox) as _;
    let _registration = shared.hub.register(user.id, None, recipient);
    let _here = shared.chat.came(user.id).await;
    // Somebody may have come to hold the name since the upgrade. Who comes to hold it from here on ends what is in
    // the hub without a session.
    if let Err(error) = shared.chat.come_without_key(user.name.as_str()).await {
        link.say(error_frame(error));
        return connection::close(&link, reader, close_code::POLICY, "the ID is taken").await;
    }
    let mut legacy = Legacy {
        chat: shared.chat,
        user,
        mailbox,
        targets: HashMap::new(),
        told: IdMap::default(),
        fed: 0,
        receipts: Receipts::default(),
    };
    // It may take long, and nothing is read meanwhile.
    link.listens(false);
    match Box::pin(legacy.catch_up(&link)).await {
        Ok(()) => connection::serve(link, reader, legacy).await,
        Err(End::Close(code, reason)) => connection::close(&link, reader, code, reason).await,
        Err(End::Gone) => {}
    }
}

struct Legacy {
    chat: Chat,
    user: User,
    mailbox: Arc<Mailbox>,
    /// Where private frames go, and the name that is called there, by the name that they call.
    targets: Targets,
    /// How far each conversation has been written to the socket.
    told: IdMap<ConversationId, Seq>,
    /// How many bytes were told and are not written yet.
    fed: usize,
    receipts: Receipts,
}

type Targets = HashMap<Box<str>, (ConversationId, UserName)>;

impl Dialect for Legacy {
    type Command = Infallible;

    async fn read(&mut self, text: String) -> Said<Infallible> {
        self.accept(&text).await.map_or_else(|error| Said::Answer(error_frame(error)), Said::Post)
    }

    async fn post(&self, messages: Vec<NewEvent>) -> Posting {
        self.chat.post(messages).await
    }

    fn posted(posted: Posted) -> Option<Frame> {
        posted.outcome.err().map(error_frame)
    }

    async fn carry_out(&mut self, command: Infallible, _link: &Link) -> Done {
        match command {}
    }

    fn has_mail(&self) -> bool {
        !self.mailbox.is_empty()
    }

    async fn mail(&mut self, link: &Link) -> Result<(), End> {
        match self.mailbox.take() {
            Mail::Lagged => Box::pin(self.catch_up(link)).await,
            Mail::Events(events) => {
                for published in events {
                    if !self.live(&published, link) {
                        let event = &published.committed.stored.event;
                        Box::pin(self.catch_up_in(event.conversation, event.seq, link)).await?;
                    }
                    self.flush_much(link).await?;
                }
                self.ask(link);
                self.flush(link).await
            }
        }
    }

    fn pong(&mut self, payload: &[u8], link: &Link) {
        let Some(arrived) = self.receipts.answered(payload) else { return };
        link.set_heartbeat(&[]);
        self.ask(link);
        link.flush();
        let (chat, user) = (self.chat.clone(), self.user.clone());
        tokio::spawn(async move {
            for (conversation, seq) in arrived {
                // Only a hint of where to begin next time: without it, something is told twice.
                if let Err(error) = chat.read(&user, conversation, seq).await {
                    tracing::debug!(%error, "a cursor is not moved");
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
    async fn accept(&mut self, frame: &str) -> Result<NewEvent, Error> {
        if let Some((to, data)) = frames::plain(frame, self.user.name.as_str()) {
            let text = MessageText::new(data)?;
            let (id, name) = private_target(&mut self.targets, &self.chat, &self.user, to).await?;
            let bytes = (name.as_str() != to).then(|| frame.into());
            return Ok(message(self.user.clone(), None, *id, text, bytes));
        }
        let read: LegacyFrame<'_> = serde_json::from_str(frame).map_err(|error| {
            let code = if error.is_data() { ErrorCode::BadFrame } else { ErrorCode::BadJson };
            Error::new(code, format!("This is not {{\"userID1\":…,\"userID2\":…,\"data\":…}}: {error}."))
        })?;
        let target = Target::try_from(read.kind).map_err(|error| Error::new(ErrorCode::BadFrame, error))?;
        if !self.chat.is_own_name(&self.user, &read.from) {
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
                let (id, name) = private_target(&mut self.targets, &self.chat, &self.user, named()?).await?;
                (*id, frames::is_written(frame, 1, from, Some(name.as_str()), text.as_str()))
            }
            // A group may be called something else by the time somebody reads it.
            Target::Group => (self.chat.group_target(&self.user, &Title::new(named()?)?).await?, false),
            Target::Broadcast => (EVERYONE, frames::is_written(frame, 3, from, None, text.as_str())),
        };
        let bytes = (!same).then(|| frame.into());
        Ok(message(self.user.clone(), None, conversation, text, bytes))
    }

    /// Tells a live event; not where something is missing before it. Whether it did.
    fn live(&mut self, published: &Published, link: &Link) -> bool {
        let committed = &published.committed;
        let event = &committed.stored.event;
        let told = match self.told.get(&event.conversation) {
            Some(told) => *told,
            // Before the first there is nothing that could have been missed.
            None if event.seq == Seq(1) => Seq(0),
            None => return false,
        };
        if event.seq > told.next() {
            return false;
        }
        if event.seq == told.next() {
            let place =
                Place { kind: committed.kind, title: committed.title.clone(), notes: committed.is_notes() };
            self.tell(&committed.stored, &committed.users, &place, link);
        }
        true
    }

    fn tell(&mut self, stored: &StoredEvent, users: &[User], place: &Place, link: &Link) {
        let (id, seq) = (stored.event.conversation, stored.event.seq);
        self.told.insert(id, seq);
        let by = users.iter().find(|user| user.id == stored.event.by);
        if let Some(frame) = by.and_then(|by| frame(stored, place, by, &self.user)) {
            self.receipts.written(id, seq);
            self.fed += frame.len();
            link.feed(frame);
        }
    }

    /// Writes what was told where it is much.
    async fn flush_much(&mut self, link: &Link) -> Result<(), End> {
        if self.fed < FED { Ok(()) } else { self.flush(link).await }
    }

    /// Writes what was told, and waits until the peer has room for more.
    async fn flush(&mut self, link: &Link) -> Result<(), End> {
        self.fed = 0;
        link.flush();
        link.room().await
    }

    /// Tells all that was missed, everywhere: since what this socket was told last, or since the cursor where it was
    /// told nothing yet. The cursor itself may be further on, moved by another socket of the same id.
    async fn catch_up(&mut self, link: &Link) -> Result<(), End> {
        match self.chat.reached(&self.user).await {
            Ok(all) => {
                for reached in all {
                    let told = *self.told.entry(reached.conversation).or_insert(reached.read_seq);
                    if told < reached.head_seq {
                        self.catch_up_in(reached.conversation, told.next(), link).await?;
                    }
                }
            }
            Err(error) => link.say(error_frame(error)),
        }
        self.ask(link);
        self.flush(link).await
    }

    /// Tells all that was missed in one conversation, `seq` among it.
    async fn catch_up_in(&mut self, id: ConversationId, seq: Seq, link: &Link) -> Result<(), End> {
        if let Err(error) = self.missed(id, seq, link).await? {
            // Told again with the next event, or when the id connects again.
            link.say(error_frame(error));
        }
        Ok(())
    }

    async fn missed(&mut self, id: ConversationId, seq: Seq, link: &Link) -> Result<Result<(), Error>, End> {
        let (place, cursor) = match self.chat.place(&self.user, id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        // New to this socket. The cursor may be beyond `seq` already: moved by what one wrote oneself, or by another
        // socket of the same id, which has had the event. This one has not.
        let begin = Seq(cursor.0.min(seq.0.saturating_sub(1)));
        let mut after = *self.told.entry(id).or_insert(begin);
        loop {
            let run = match self.chat.missed(&self.user, id, after).await {
                Ok(Some(run)) => run,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            for stored in &run.events {
                self.tell(stored, &run.users, &place, link);
                self.flush_much(link).await?;
                after = stored.event.seq;
            }
            if run.events.is_empty() || after >= run.head_seq {
                return Ok(Ok(()));
            }
        }
    }

    /// Asks whether what was written has arrived, behind it: the question is fed.
    fn ask(&mut self, link: &Link) {
        match self.receipts.question() {
            Some(Question::Ask(payload)) => {
                link.set_heartbeat(&payload);
                link.feed(Frame::ping(&payload));
            }
            Some(Question::Later(at)) => {
                // Nothing is kept open for it.
                let mailbox = Arc::downgrade(&self.mailbox);
                tokio::spawn(async move {
                    tokio::time::sleep_until(at.into()).await;
                    mailbox.upgrade().inspect(|mailbox| mailbox.look());
                });
            }
            None => {}
        }
    }
}

/// Where private frames to a name go, and how the name is written there.
async fn private_target<'a>(
    targets: &'a mut Targets,
    chat: &Chat,
    user: &User,
    to: &str,
) -> Result<&'a (ConversationId, UserName), Error> {
    // As a name has it: with spaces around it, one name could be kept in many ways, each as long as a frame.
    let to = to.trim();
    if !targets.contains_key(to) {
        let found = chat.private_target(user, UserName::new(to)?).await?;
        if targets.len() >= TARGETS {
            targets.clear();
        }
        targets.insert(to.into(), found);
    }
    Ok(&targets[to])
}

fn error_frame(error: Error) -> Frame {
    Frame::native(&ServerFrame::Error(error.body(None)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_in_the_query() {
        assert_eq!(user_id("userID=123").unwrap(), "123");
        assert_eq!(user_id("a=b&userID=%E6%9D%8E%E9%9B%B7").unwrap(), "李雷");
        for bad in ["userID=", "userID", "user=1", "userID=%FF", "userID=%4"] {
            assert_eq!(user_id(bad).unwrap_err().code, ErrorCode::BadName, "{bad}");
        }
    }
}
