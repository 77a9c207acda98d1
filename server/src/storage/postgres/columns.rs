//! Converts columns to domain types and back.

use confab_shared::{
    attachment::AttachmentSummary,
    conversation::{Conversation, ConversationKind, LastMessage, MemberRole},
    event::{Event, EventBody},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    text::{DisplayName, Title, Topic, UserName},
    user::{ServerRole, User},
};
use tokio_postgres::{
    Row,
    types::{FromSql, Json},
};
use uuid::Uuid;

use super::failure::Failure;
use crate::{
    domain::{
        notification::StoredEvent,
        sign_in::{SecretHash, UserKind},
    },
    storage::KnownUser,
};

/// The columns of a row, read in their order.
pub(super) struct Columns<'r> {
    row: &'r Row,
    next: usize,
}

impl<'r> Columns<'r> {
    pub(super) fn of(row: &'r Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(super) fn get<T: FromSql<'r>>(&mut self) -> Result<T, Failure> {
        let index = self.next;
        self.next += 1;
        Ok(self.row.try_get(index)?)
    }

    /// A number that is never negative.
    pub(super) fn number(&mut self) -> Result<u64, Failure> {
        unsigned(self.get::<i64>()?)
    }

    pub(super) fn optional_number(&mut self) -> Result<Option<u64>, Failure> {
        self.get::<Option<i64>>()?.map(unsigned).transpose()
    }

    pub(super) fn seq(&mut self) -> Result<Seq, Failure> {
        Ok(Seq(self.number()?))
    }

    pub(super) fn user_id(&mut self) -> Result<UserId, Failure> {
        Ok(UserId(self.number()?))
    }

    pub(super) fn conversation_id(&mut self) -> Result<ConversationId, Failure> {
        Ok(ConversationId(self.number()?))
    }

    pub(super) fn timestamp(&mut self) -> Result<Timestamp, Failure> {
        Ok(Timestamp(self.number()?))
    }

    pub(super) fn optional_timestamp(&mut self) -> Result<Option<Timestamp>, Failure> {
        Ok(self.optional_number()?.map(Timestamp))
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Failure> {
        array(self.get::<&[u8]>()?)
    }

    pub(super) fn optional_hash(&mut self) -> Result<Option<SecretHash>, Failure> {
        self.get::<Option<&[u8]>>()?.map(array).transpose()
    }

    pub(super) fn server_role(&mut self) -> Result<ServerRole, Failure> {
        let number: i16 = self.get()?;
        let role = usize::try_from(number).ok().and_then(|index| ServerRole::ALL.get(index).copied());
        role.ok_or_else(|| Failure::corrupt(format_args!("the server role {number}")))
    }

    pub(super) fn user_kind(&mut self) -> Result<UserKind, Failure> {
        match self.get::<i16>()? {
            0 => Ok(UserKind::Awaited),
            1 => Ok(UserKind::Page),
            2 => Ok(UserKind::Dialect),
            number => Err(Failure::corrupt(format_args!("the user kind {number}"))),
        }
    }

    pub(super) fn kind(&mut self) -> Result<ConversationKind, Failure> {
        match self.get::<i16>()? {
            1 => Ok(ConversationKind::Direct),
            2 => Ok(ConversationKind::Group),
            3 => Ok(ConversationKind::Broadcast),
            number => Err(Failure::corrupt(format_args!("the conversation kind {number}"))),
        }
    }

    /// A user, from the columns of [`USER`].
    pub(super) fn user(&mut self) -> Result<User, Failure> {
        let id = self.user_id()?;
        let name = UserName::new(self.get()?).map_err(Failure::corrupt)?;
        let display_name = self.get::<Option<&str>>()?.map(DisplayName::existing);
        Ok(User { id, name, display_name })
    }

    /// A user, from the columns of [`KNOWN_USER`].
    pub(super) fn known_user(&mut self) -> Result<KnownUser, Failure> {
        Ok(KnownUser { user: self.user()?, kind: self.user_kind()?, last_seen: self.optional_timestamp()? })
    }

    /// A conversation as a user sees it, from the columns of [`CONVERSATION`]; without what is a member's own.
    pub(super) fn conversation(&mut self, me: UserId) -> Result<(Conversation, Option<Pair>), Failure> {
        let (id, kind) = (self.conversation_id()?, self.kind()?);
        let (title, topic): (Option<&str>, Option<&str>) = (self.get()?, self.get()?);
        let pair = self.optional_number()?.zip(self.optional_number()?);
        let pair = pair.map(|(low, high)| (UserId(low), UserId(high)));
        let conversation = Conversation {
            title: title.map(Title::existing),
            topic: topic.map(Topic::existing),
            peer: pair.map(|(low, high)| if low == me { high } else { low }),
            member_count: self.number()?,
            head_seq: self.seq()?,
            message_count: self.number()?,
            deleted_count: self.number()?,
            last_activity_at: self.timestamp()?,
            last_message: self.last_message()?,
            ..Conversation::new(id, kind, Timestamp(0))
        };
        Ok((conversation, pair))
    }

    fn last_message(&mut self) -> Result<Option<LastMessage>, Failure> {
        let (seq, by) = (self.optional_number()?, self.optional_number()?);
        let (at, text) = (self.optional_timestamp()?, self.get::<Option<&str>>()?);
        let attachments =
            self.get::<Option<Json<AttachmentSummary>>>()?.map(|Json(summary)| Box::new(summary));
        Ok(seq.zip(by).zip(at.zip(text)).map(|((seq, by), (at, text))| LastMessage {
            seq: Seq(seq),
            by: UserId(by),
            at,
            text: text.to_owned(),
            attachments,
        }))
    }

    /// An event, from the columns of [`EVENT`].
    pub(super) fn event(&mut self) -> Result<StoredEvent, Failure> {
        let event = Event {
            conversation: self.conversation_id()?,
            seq: self.seq()?,
            at: self.timestamp()?,
            by: self.user_id()?,
            client_id: self.get::<Option<Uuid>>()?.map(ClientId),
            body: self.get::<Json<EventBody>>()?.0,
        };
        Ok(StoredEvent { event, legacy: self.get::<Option<&str>>()?.map(Into::into) })
    }

    pub(super) fn member_role(&mut self) -> Result<MemberRole, Failure> {
        Ok(if self.is_admin()? { MemberRole::Admin } else { MemberRole::Member })
    }

    /// Whether the role of a member is that of an admin.
    pub(super) fn is_admin(&mut self) -> Result<bool, Failure> {
        Ok(self.get::<i16>()? == ADMIN)
    }
}

/// The two users of a direct conversation, the lower id first.
pub(super) type Pair = (UserId, UserId);

/// The role of an admin in `member.role`.
const ADMIN: i16 = 1;

/// A member's role as a parameter.
pub(super) fn member_role_number(is_admin: bool) -> i16 {
    if is_admin { ADMIN } else { 0 }
}

/// The columns of [`Columns::user`], of a table called `u`.
pub(super) const USER: &str = "u.id, u.name, u.display_name";

/// The columns of [`Columns::known_user`], of a table called `u`.
pub(super) const KNOWN_USER: &str = "u.id, u.name, u.display_name, u.kind, u.last_seen";

/// The columns of [`Columns::conversation`], of a table called `c`.
pub(super) const CONVERSATION: &str = "c.id, c.kind, c.title, c.topic, c.low, c.high, c.member_count, c.head_seq, \
     c.message_count, c.deleted_count, c.last_activity_at, c.last_seq, c.last_by, c.last_at, c.last_text, \
     c.last_attachments";

/// The columns of [`Columns::event`], of a table called `e`.
pub(super) const EVENT: &str = "e.conversation, e.seq, e.at, e.by, e.client_id, e.body, e.legacy";

fn unsigned(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(Failure::corrupt)
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Failure> {
    bytes.try_into().map_err(Failure::corrupt)
}

/// A number as a parameter. One that no row can have is like the highest, which none has.
pub(super) fn parameter(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A limit as a parameter.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn kind_number(kind: ConversationKind) -> i16 {
    match kind {
        ConversationKind::Direct => 1,
        ConversationKind::Group => 2,
        ConversationKind::Broadcast => 3,
    }
}

pub(super) fn server_role_number(role: ServerRole) -> i16 {
    match role {
        ServerRole::Owner => 0,
        ServerRole::Admin => 1,
        ServerRole::Member => 2,
        ServerRole::Guest => 3,
    }
}

pub(super) fn user_kind_number(kind: UserKind) -> i16 {
    match kind {
        UserKind::Awaited => 0,
        UserKind::Page => 1,
        UserKind::Dialect => 2,
    }
}

/// The keys that begin with a prefix, as a half-open range: the highest character of Unicode ends it. None where no key can
/// begin with it: Postgres stores no NUL.
pub(super) fn keys_with_prefix(prefix: &str) -> Option<(&str, String)> {
    (!prefix.contains('\0')).then(|| (prefix, format!("{prefix}\u{10ffff}")))
}

/// The part of a key before a NUL: the stored keys behind the one are those behind the other.
pub(super) fn before_nul(key: &str) -> &str {
    key.split('\0').next().unwrap_or_default()
}
