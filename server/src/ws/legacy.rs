//! The demo's dialect, on `/ws?userID=N`: see `confab_shared::legacy`. It has no answers and no cursors, so the
//! server keeps both: errors are the native `error` frames, and a ping behind what was written tells, by its pong,
//! that it arrived. What did not arrive is delivered when the id connects again.

use std::collections::HashMap;

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use confab_shared::{
    ids::{ConversationId, Seq},
    legacy::{LegacyFrame, Target},
    model::User,
    protocol::{ErrorCode, ServerFrame},
    text::MessageText,
};
use futures_util::FutureExt;

use super::{
    Connections,
    connection::{self, Dialect, Step},
    link::{Gone, Link},
};
use crate::{
    bus::Published,
    chat::{
        Chat, encode,
        legacy::{Place, frame},
    },
    error::Error,
    hub::Item,
};

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
pub(super) async fn serve(shared: Connections, mut link: Link, user: User) {
    let registration = shared.hub.register(user.id, None);
    let _here = shared.chat.came(user.id).await;
    let mut legacy = Legacy {
        chat: shared.chat,
        user,
        targets: HashMap::new(),
        told: HashMap::new(),
        unconfirmed: HashMap::new(),
        pinged: None,
        pings: 0,
    };
    if legacy.catch_up(&mut link).await.is_ok() && link.flush().await.is_ok() {
        connection::serve(link, legacy, registration.outbox(), &shared.stop).await;
    }
}

struct Legacy {
    chat: Chat,
    user: User,
    /// Where frames go, by what they name.
    targets: HashMap<(u8, String), ConversationId>,
    /// How far each conversation has been written to the socket.
    told: HashMap<ConversationId, Seq>,
    /// What was written and is not known to have arrived.
    unconfirmed: HashMap<ConversationId, Seq>,
    /// What has arrived once the ping of this number is answered.
    pinged: Option<(u64, HashMap<ConversationId, Seq>)>,
    pings: u64,
}

impl Dialect for Legacy {
    async fn text(&mut self, text: &str) -> Step {
        match self.accept(text).await {
            Ok((conversation, message, bytes)) => {
                let (chat, user) = (self.chat.clone(), self.user.clone());
                let sent = async move { chat.legacy_send(user, conversation, message, bytes).await };
                Step::Later(sent.map(|outcome| outcome.err().map(error_frame)).boxed())
            }
            Err(error) => Step::Now(error_frame(error)),
        }
    }

    async fn items(&mut self, items: Vec<Item>, link: &mut Link) -> Result<(), Gone> {
        for item in items {
            // Signals are not of this dialect.
            if let Item::Event(published) = item {
                self.event(&published, link).await?;
            }
        }
        self.ask(link).await
    }

    async fn lagged(&mut self, link: &mut Link) -> Result<(), Gone> {
        self.catch_up(link).await
    }

    async fn pong(&mut self, payload: &Bytes, link: &mut Link) -> Result<(), Gone> {
        let expected = self.pinged.take_if(|(number, _)| number.to_be_bytes() == payload[..]);
        let Some((_, arrived)) = expected else { return Ok(()) };
        for (conversation, seq) in arrived {
            // Only a hint of where to begin next time: without it, something is told twice.
            if let Err(error) = self.chat.read(&self.user, conversation, seq).await {
                tracing::debug!(%error, "a cursor is not moved");
            }
        }
        self.ask(link).await
    }

    fn error(&self, error: Error) -> Utf8Bytes {
        error_frame(error)
    }
}

impl Legacy {
    /// Reads a frame, checks it, and finds where it goes.
    async fn accept(
        &mut self,
        text: &str,
    ) -> Result<(ConversationId, MessageText, Option<std::sync::Arc<str>>), Error> {
        let read: LegacyFrame = serde_json::from_str(text).map_err(|error| {
            let code = if error.is_data() { ErrorCode::BadFrame } else { ErrorCode::BadJson };
            Error::new(code, format!("This is not {{\"userID1\":…,\"userID2\":…,\"data\":…}}: {error}."))
        })?;
        let target = Target::try_from(read.kind).map_err(|error| Error::new(ErrorCode::BadFrame, error))?;
        if !self.chat.is_own_name(&self.user, &read.from) {
            return Err(ErrorCode::WrongSender.into());
        }
        let message = MessageText::new(&read.data)?;
        let conversation = self.target(target, read.kind, read.to.as_deref()).await?;
        // What the readers get is what was sent, to the byte: kept only where writing it anew would differ.
        let anew = LegacyFrame { from: self.user.name.as_str().to_owned(), ..read };
        let same = serde_json::to_string(&anew).is_ok_and(|anew| anew == text)
            && (target != Target::Broadcast || anew.to.is_none());
        Ok((conversation, message, (!same).then(|| text.into())))
    }

    async fn target(&mut self, target: Target, kind: u8, to: Option<&str>) -> Result<ConversationId, Error> {
        let key = (kind, to.unwrap_or_default().to_owned());
        // A group can be renamed or left: asked anew each time.
        if let Some(id) = self.targets.get(&key).filter(|_| target != Target::Group) {
            return Ok(*id);
        }
        let id = self.chat.legacy_target(&self.user, target, to).await?;
        if self.targets.len() >= TARGETS {
            self.targets.clear();
        }
        self.targets.insert(key, id);
        Ok(id)
    }

    /// Tells a live event, or what is missing before it.
    async fn event(&mut self, published: &Published, link: &mut Link) -> Result<(), Gone> {
        let committed = &published.committed;
        let event = &committed.stored.event;
        let id = event.conversation;
        match self.told.get(&id) {
            Some(told) if event.seq <= *told => Ok(()),
            Some(told) if event.seq == told.next() => {
                let place = Place {
                    kind: committed.kind,
                    title: committed.title.clone(),
                    notes: committed.is_notes(),
                };
                let by = committed.users.iter().find(|user| user.id == event.by);
                let text = by.and_then(|by| frame(&committed.stored, &place, by, &self.user));
                self.tell(id, event.seq, text, link).await
            }
            Some(_) | None => self.catch_up_in(id, event.seq, link).await,
        }
    }

    async fn tell(
        &mut self,
        id: ConversationId,
        seq: Seq,
        text: Option<String>,
        link: &mut Link,
    ) -> Result<(), Gone> {
        self.told.insert(id, seq);
        self.unconfirmed.insert(id, seq);
        match text {
            Some(text) => link.feed(text).await,
            None => Ok(()),
        }
    }

    /// Tells all that was missed, everywhere.
    async fn catch_up(&mut self, link: &mut Link) -> Result<(), Gone> {
        match self.chat.behind(&self.user).await {
            Ok(behind) => {
                for behind in behind {
                    self.catch_up_in(behind.conversation, behind.cursor.next(), link).await?;
                }
            }
            Err(error) => link.feed(error_frame(error)).await?,
        }
        self.ask(link).await
    }

    /// Tells all that was missed in one conversation, `seq` among it.
    async fn catch_up_in(&mut self, id: ConversationId, seq: Seq, link: &mut Link) -> Result<(), Gone> {
        match self.missed(id, seq, link).await? {
            Ok(()) => Ok(()),
            // Told again with the next event, or when the id connects again.
            Err(error) => link.feed(error_frame(error)).await,
        }
    }

    async fn missed(
        &mut self,
        id: ConversationId,
        seq: Seq,
        link: &mut Link,
    ) -> Result<Result<(), Error>, Gone> {
        let (place, cursor) = match self.chat.place(&self.user, id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        // The cursor may be beyond `seq` already: moved by what one wrote oneself, or by another socket of the same
        // id, which has had the event. This one has not.
        let begin = Seq(cursor.0.min(seq.0.saturating_sub(1)));
        let mut after = *self.told.entry(id).or_insert(begin);
        loop {
            let run = match self.chat.missed(&self.user, id, after).await {
                Ok(Some(run)) => run,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            for stored in &run.events {
                let by = run.users.iter().find(|user| user.id == stored.event.by);
                let text = by.and_then(|by| frame(stored, &place, by, &self.user));
                self.tell(id, stored.event.seq, text, link).await?;
                after = stored.event.seq;
            }
            if run.events.is_empty() || after >= run.head {
                return Ok(Ok(()));
            }
        }
    }

    /// Asks whether what was written has arrived: one question at a time.
    async fn ask(&mut self, link: &mut Link) -> Result<(), Gone> {
        if self.pinged.is_some() || self.unconfirmed.is_empty() {
            return Ok(());
        }
        self.pings += 1;
        self.pinged = Some((self.pings, std::mem::take(&mut self.unconfirmed)));
        link.ping(Bytes::copy_from_slice(&self.pings.to_be_bytes())).await
    }
}

fn error_frame(error: Error) -> Utf8Bytes {
    encode(&ServerFrame::Error(error.body(None)))
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
