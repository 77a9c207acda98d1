//! Commands: checked, submitted to storage's queue, and their answers returned.

use std::{
    pin,
    task::{Context, Poll},
    time::Duration,
};

use confab_shared::{
    attachment::MAX_ATTACHMENTS,
    command::{self as wire, MAX_MEMBERS_ADDED},
    emoji::Emoji,
    error::ErrorCode,
    id::{AttachmentId, ClientId, ConversationId, Seq, UserId},
    protocol::ServerFrame,
    text::{MessageText, Title, Topic, UserName},
    user::User,
};
use tokio::time::{Instant, timeout_at};

use super::{Service, error::Error};
use crate::{
    clock,
    domain::{
        audience::Audience,
        client_address::ClientAddress,
        command::{
            AddMembers, Command, CommandBody, CommandKind, Delete, Edit, Join, Leave, MarkRead, MarkUnread,
            Pin, Post, React, RemovePreview, Rename, SetTopic,
        },
        decision::Outcome,
        event_position::EventPosition,
        name::looks_like_everyone,
    },
    metrics::{CommandResult, METRICS},
    realtime::bus::Signal,
    storage::{CommandsHandle, StorageError},
    websocket::frame::Frame,
};

/// How long is looked for those who are online, whom a message mentions: the commands behind it wait.
const ONLINE_TIMEOUT: Duration = Duration::from_secs(2);

/// When a message may come again for which they could not be found.
const ONLINE_RETRY: Duration = Duration::from_secs(1);

/// Checks a command of a user's.
///
/// # Errors
/// What the texts and names refuse; `bad_emoji`; `bad_request` for too many members at once.
pub fn command(actor: &User, command: wire::Command) -> Result<Command, Error> {
    let client_id = Some(command.client_id());
    let body: CommandBody = match command {
        wire::Command::Send(send) => {
            let text = match send.attachments.is_empty() {
                true => MessageText::new(&send.text)?,
                false => MessageText::new_or_empty(&send.text)?,
            };
            Post::new(send.conversation, text)
                .replying_to(send.reply_to)
                .in_thread(send.thread, send.also_in_conversation)
                .with_attachments(attachments(send.attachments)?)
                .into()
        }
        wire::Command::AddMembers(add) => AddMembers::new(add.conversation, names(&add.users)?).into(),
        wire::Command::Rename(rename) => {
            Rename { conversation: rename.conversation, title: title(&rename.title)? }.into()
        }
        wire::Command::Leave(leave) => Leave { conversation: leave.conversation }.into(),
        wire::Command::Join(join) => Join { conversation: join.conversation }.into(),
        wire::Command::SetTopic(set) => {
            SetTopic { conversation: set.conversation, topic: Topic::new(&set.topic)? }.into()
        }
        wire::Command::Edit(edit) => {
            Edit::new(edit.conversation, edit.target, MessageText::new_or_empty(&edit.text)?).into()
        }
        wire::Command::Delete(delete) => {
            Delete { conversation: delete.conversation, target: delete.target }.into()
        }
        wire::Command::React(react) => {
            let emoji = emoji(&react.emoji)?;
            React { conversation: react.conversation, target: react.target, emoji, on: react.on }.into()
        }
        wire::Command::Pin(pin) => {
            Pin { conversation: pin.conversation, target: pin.target, on: pin.on }.into()
        }
        wire::Command::RemovePreview(wire::RemovePreview { conversation, target, url, .. }) => {
            RemovePreview { conversation, target, url }.into()
        }
    };
    Ok(Command { actor: actor.clone(), client_id, at: clock::now(), body })
}

/// Checks the attachments of a message.
fn attachments(ids: Vec<AttachmentId>) -> Result<Vec<AttachmentId>, Error> {
    if ids.len() > MAX_ATTACHMENTS {
        return Err(ErrorCode::TooManyAttachments.into());
    }
    let is_double = |(index, id): (usize, &AttachmentId)| ids[..index].contains(id);
    if ids.iter().enumerate().any(is_double) {
        return Err(Error::new(ErrorCode::BadRequest, "A message has a file only once."));
    }
    Ok(ids)
}

/// The emoji of Unicode's table; one that is written without its variation selector is completed.
fn emoji(text: &str) -> Result<Emoji, ErrorCode> {
    let known = emojis::get(text).ok_or(ErrorCode::BadEmoji)?;
    Ok(Emoji::existing(known.as_str()))
}

/// Checks the title of a group. That of the conversation of all is taken, and so is what looks like it.
pub(super) fn title(title: &str) -> Result<Title, Error> {
    let title = Title::new(title)?;
    match looks_like_everyone(title.as_str()) {
        true => Err(Error::new(
            ErrorCode::NameTaken,
            "This is the name of the conversation of all. Please choose another.",
        )),
        false => Ok(title),
    }
}

/// Checks the names of users who are to become members.
pub(super) fn names(names: &[String]) -> Result<Vec<UserName>, Error> {
    if names.len() > MAX_MEMBERS_ADDED {
        let sentence = format!("Add at most {MAX_MEMBERS_ADDED} people at a time.");
        return Err(Error::new(ErrorCode::BadRequest, sentence));
    }
    Ok(names.iter().map(|name| UserName::new(name)).collect::<Result<_, _>>()?)
}

/// Commands that are queued. Resolves, once they are on disk, to their answers; need not be polled for that.
pub struct PendingCommands {
    handle: CommandsHandle,
    asked: Vec<(Option<ClientId>, CommandKind)>,
    /// Where one of them may leave files that nothing uses.
    condemning: Option<Service>,
}

/// The answer to a command.
pub struct CommandAnswer {
    /// The command's id.
    pub client_id: Option<ClientId>,
    /// The position of its event, or of the conversation's head where it changed nothing; or why it was not carried out:
    /// `unknown_conversation`, `unknown_message`, `unknown_user`, `wrong_kind`, `forbidden`, `too_many_reactions`,
    /// `store_failed`, `shutting_down`, `idempotency_conflict` for an id that belongs to another command.
    pub outcome: Result<EventPosition, Error>,
}

impl PendingCommands {
    /// Commands that nothing takes: each is answered with `shutting_down`.
    pub fn refused(commands: &[Command]) -> Self {
        let (_, handle) = CommandsHandle::new(commands.len());
        Self { handle, asked: asked(commands), condemning: None }
    }

    /// Commands none of which is carried out, for the same reason.
    fn failed(asked: Vec<(Option<ClientId>, CommandKind)>, error: &StorageError) -> Self {
        let (reply, handle) = CommandsHandle::new(asked.len());
        // Its receiver is the handle.
        let _ = reply.send(vec![Err(error.clone()); asked.len()]);
        Self { handle, asked, condemning: None }
    }

    /// How many commands there are.
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.asked.len()
    }
}

fn asked(commands: &[Command]) -> Vec<(Option<ClientId>, CommandKind)> {
    commands.iter().map(|command| (command.client_id, command.body.kind())).collect()
}

impl Future for PendingCommands {
    type Output = Vec<CommandAnswer>;

    fn poll(mut self: pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        pin::Pin::new(&mut self.handle).poll(cx).map(|outcomes| {
            if let Some(service) = self.condemning.take() {
                service.may_have_condemned();
            }
            let each = outcomes.into_iter().zip(std::mem::take(&mut self.asked));
            each.map(|(outcome, (client_id, kind))| CommandAnswer {
                client_id,
                outcome: answer(kind, outcome),
            })
            .collect()
        })
    }
}

fn answer(kind: CommandKind, outcome: Result<Outcome, StorageError>) -> Result<EventPosition, Error> {
    let answer = outcome.map_err(Error::from).and_then(|outcome| Ok(outcome?));
    count(kind, answer.as_ref().err());
    answer
}

/// Whether a command may leave files that nothing uses: those of a message, and the pictures of previews.
fn condemns(kind: CommandKind) -> bool {
    matches!(kind, CommandKind::Delete | CommandKind::Edit | CommandKind::RemovePreview)
}

/// Counts what became of a command.
pub(super) fn count(kind: CommandKind, error: Option<&Error>) {
    let result = match error.map(|error| error.code) {
        None => CommandResult::Done,
        Some(ErrorCode::RateLimited) => CommandResult::RateLimited,
        Some(ErrorCode::StoreFailed | ErrorCode::ShuttingDown) => CommandResult::Failed,
        Some(_) => CommandResult::Refused,
    };
    METRICS.commands.count(kind, result);
}

impl Service {
    /// Queues commands, which their connection's [`ConnectionPace`](super::ConnectionPace) let pass. They are carried out
    /// in the order in which calls returned.
    pub async fn submit(&self, commands: Vec<Command>) -> PendingCommands {
        let asked = asked(&commands);
        let condemning = asked.iter().any(|(_, kind)| condemns(*kind)).then(|| self.clone());
        let mut commands: Vec<_> = commands.into_iter().map(|command| self.asking(command)).collect();
        let deadline = Instant::now() + ONLINE_TIMEOUT;
        for command in &mut commands {
            if let Err(error) = self.add_online(command, deadline).await {
                // Those behind it would overtake it.
                return PendingCommands::failed(asked, &error);
            }
        }
        PendingCommands { handle: self.storage().submit(commands).await, asked, condemning }
    }

    /// Carries out one command of a client's, and waits for it.
    ///
    /// # Errors
    /// As [`CommandAnswer::outcome`]; `rate_limited`.
    pub async fn execute(&self, command: Command, from: &ClientAddress) -> Result<EventPosition, Error> {
        let kind = command.body.kind();
        self.limits().command(from, &command).inspect_err(|error| count(kind, Some(error)))?;
        let mut command = self.asking(command);
        let added = self.add_online(&mut command, Instant::now() + ONLINE_TIMEOUT).await.map_err(Error::from);
        added.inspect_err(|error| count(kind, Some(error)))?;
        self.carry_out(command).await
    }

    /// Carries out one command that no limit counts and to whose effect all consented whom it names, and waits for it.
    ///
    /// # Errors
    /// As [`CommandAnswer::outcome`].
    pub async fn carry_out(&self, command: Command) -> Result<EventPosition, Error> {
        let kind = command.body.kind();
        let outcome = self.storage().submit(vec![command]).await.await.pop();
        if condemns(kind) {
            self.may_have_condemned();
        }
        answer(kind, outcome.unwrap_or(Err(StorageError::Closed)))
    }

    /// A command of a client's, which asks the people whom it names where they want to be asked.
    fn asking(&self, command: Command) -> Command {
        Command { body: command.body.asking(self.access()), ..command }
    }

    /// Adds to a message that may mention those members of its conversation who are online who they are, on any node.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] where that cannot be read before the deadline: the word would reach nobody.
    async fn add_online(&self, command: &mut Command, deadline: Instant) -> Result<(), StorageError> {
        let CommandBody::Post(post) = &command.body else { return Ok(()) };
        let Some(conversation) = post.wants_online() else { return Ok(()) };
        let found = timeout_at(deadline, self.online_members(command.actor.id, conversation)).await;
        let Ok(Ok(online)) = found else {
            let cause = "who is online could not be read".into();
            return Err(StorageError::Unavailable { cause, retry_after: ONLINE_RETRY });
        };
        if let Some(online) = online {
            command.body = post.clone().with_online(online).into();
        }
        Ok(())
    }

    /// The members of a group who are online, sorted; none where it is no group of the user's.
    async fn online_members(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<Vec<UserId>>, Error> {
        let Some(Audience::Users(members)) = self.storage().audience(user, conversation).await? else {
            return Ok(None);
        };
        let mut online: Vec<_> = self.online(members.iter().copied()).await?.into_iter().collect();
        online.sort_unstable();
        Ok(Some(online))
    }

    /// A command that moves a user's read position.
    pub fn mark_read(&self, user: &User, conversation: ConversationId, seq: Seq) -> Command {
        let body = MarkRead { conversation, seq }.into();
        Command { actor: user.clone(), client_id: None, at: clock::now(), body }
    }

    /// Moves a user's read position back, so that an event and all behind it are unread. Every session of the user learns of it.
    ///
    /// # Errors
    /// `unknown_conversation`; `rate_limited`.
    pub async fn mark_unread(
        &self,
        user: &User,
        conversation: ConversationId,
        seq: Seq,
        from: &ClientAddress,
    ) -> Result<(), Error> {
        let body = MarkUnread { conversation, seq }.into();
        let command = Command { actor: user.clone(), client_id: None, at: clock::now(), body };
        self.execute(command, from).await.map(drop)
    }

    /// Signals to the members of a conversation that a user is writing, or has stopped.
    ///
    /// # Errors
    /// `unknown_conversation`.
    pub async fn typing(&self, user: User, conversation: ConversationId, stopped: bool) -> Result<(), Error> {
        let audience = self.storage().audience(user.id, conversation).await?;
        let audience = audience.ok_or(ErrorCode::UnknownConversation)?;
        let frame = Frame::json(&ServerFrame::Typing { conversation, user, stopped });
        let signal = Signal { audience, conversation: Some(conversation), after: Seq(0), frame };
        self.bus().signal(signal).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_takes_every_emoji_of_the_pages_picker_as_it_is() {
        type Groups = Vec<Vec<serde_json::Value>>;
        let files = [
            include_str!("../../../frontend/public/emoji/en.json"),
            include_str!("../../../frontend/public/emoji/zh-CN.json"),
        ];
        for file in files {
            let groups: Groups = serde_json::from_str(file).expect("the file is a list of groups");
            for entry in groups.iter().flatten() {
                let text = entry[0].as_str().expect("an entry begins with its emoji");
                assert_eq!(emoji(text).map(|emoji| emoji.to_string()).as_deref(), Ok(text), "{entry}");
            }
        }
    }
}
