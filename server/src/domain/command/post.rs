//! Posting a message.

use std::sync::Arc;

use confab_shared::{
    attachment::Attachment,
    event::{EventKind, Posted},
    id::{AttachmentId, ConversationId, Seq, UserId},
    mentions::{ALL, HERE, MAX_HERE},
    text::MessageText,
    user::User,
};

use super::mentioned::MentionedNames;
use crate::domain::{
    audience::Audience,
    decision::{
        Append, Change, CommandContent, Decision, Loaded, MessageNeeds, Needs, Target, ThreadChange,
        ThreadChangeKind,
    },
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// About how many bytes the id of somebody who is mentioned takes.
const ID_BYTES: usize = 8;

/// Posts a message.
#[derive(Clone, Debug)]
pub struct Post {
    conversation: ConversationId,
    text: MessageText,
    mentioned: MentionedNames,
    /// The message that it replies to.
    reply_to: Option<Seq>,
    /// The root of the thread that it is a reply of, and whether it shows in the timeline, too.
    thread: Option<(Seq, bool)>,
    /// The members who were online when the server took it; none where nobody looked: then the word for them is only text.
    online: Option<Arc<[UserId]>>,
    /// Its attachments.
    attachments: Vec<AttachmentId>,
    /// The bytes of the demo's frame, where encoding the message again would give others.
    legacy: Option<Arc<str>>,
}

/// What a message does in a thread; nothing where it is in none.
#[derive(Default)]
struct InThread {
    change: Option<Box<ThreadChange>>,
    /// The author of the root, where it is the first reply.
    root_author: Option<UserId>,
}

impl Post {
    /// A message.
    pub fn new(conversation: ConversationId, text: MessageText) -> Self {
        let mentioned = MentionedNames::of(&text);
        let (reply_to, thread, attachments, online, legacy) = (None, None, Vec::new(), None, None);
        Self { conversation, mentioned, text, reply_to, thread, attachments, online, legacy }
    }

    /// The message as a reply to another.
    #[must_use]
    pub fn replying_to(self, reply_to: Option<Seq>) -> Self {
        Self { reply_to, ..self }
    }

    /// The message as a reply of the thread of a root, which may show in the timeline, too.
    #[must_use]
    pub fn in_thread(self, root: Option<Seq>, also_in_conversation: bool) -> Self {
        Self { thread: root.map(|root| (root, also_in_conversation)), ..self }
    }

    /// The conversation, where the text may mention those of its members who are online: who they are is to be added
    /// ([`Self::with_online`]), since a decision looks at what is stored, and at nothing else.
    pub fn wants_online(&self) -> Option<ConversationId> {
        (self.thread.is_none() && self.mentioned.may_have_here()).then_some(self.conversation)
    }

    /// The message with the members who are online.
    #[must_use]
    pub fn with_online(self, online: impl IntoIterator<Item = UserId>) -> Self {
        Self { online: Some(online.into_iter().collect()), ..self }
    }

    /// The message with attachments, each once.
    #[must_use]
    pub fn with_attachments(self, attachments: Vec<AttachmentId>) -> Self {
        Self { attachments, ..self }
    }

    /// The message with the bytes of the demo's frame that posted it.
    #[must_use]
    pub fn with_legacy_frame(self, legacy: Option<Arc<str>>) -> Self {
        Self { legacy, ..self }
    }

    /// Whom it mentions: see [`Posted::mentions`]. Where the actor may not use a word for many, it is only text; in a thread
    /// it always is.
    fn mentions(&self, actor: UserId, loaded: &Loaded<'_>, members: &Audience) -> Vec<UserId> {
        let has = |word, action| {
            self.thread.is_none()
                && self.mentioned.has_word(word, loaded, members)
                && loaded.permitted(actor, action).is_ok()
        };
        if has(ALL, Action::MentionAll) {
            return vec![UserId::ALL];
        }
        let mut mentions = self.mentioned.members(loaded, members, actor);
        if let Some(online) = self.online.as_deref().filter(|_| has(HERE, Action::MentionOnline)) {
            let others = online.iter().copied().filter(|user| *user != actor && members.contains(*user));
            mentions.extend(others.take(MAX_HERE));
            mentions.sort_unstable();
            mentions.dedup();
            mentions.push(UserId::HERE);
        }
        mentions
    }

    /// Checks what it replies to: a reply of a thread to a message of that thread, another to one that shows in the timeline.
    fn check_quoted(&self, loaded: &Loaded<'_>) -> Result<(), Refusal> {
        if self.reply_to.is_none() {
            return Ok(());
        }
        let quoted = loaded.quoted.filter(|message| message.deleted.is_none());
        let fits = quoted.is_some_and(|message| match self.thread {
            Some((root, _)) => message.seq == root || message.thread == Some(root),
            None => message.is_in_timeline(),
        });
        if fits { Ok(()) } else { Err(Refusal::UnknownMessage) }
    }

    /// Its attachments, which are the author's and in no message yet.
    fn loaded_attachments(&self, author: UserId, loaded: &Loaded<'_>) -> Result<Vec<Attachment>, Refusal> {
        let find = |id: &AttachmentId| {
            let mut own = loaded.attachments.iter().filter(|found| found.owner == author && !found.is_sent);
            let found = own.find(|found| found.attachment.id == *id);
            found.map(|found| found.attachment.clone()).ok_or(Refusal::UnknownAttachment)
        };
        self.attachments.iter().map(find).collect()
    }

    /// What it does in its thread.
    fn thread_change(
        &self,
        author: UserId,
        mentions: &[UserId],
        loaded: &Loaded<'_>,
        members: &Audience,
    ) -> Result<InThread, Refusal> {
        let Some((root, _)) = self.thread else { return Ok(InThread::default()) };
        let target = loaded.existing_message()?;
        if target.message.thread.is_some() {
            return Err(Refusal::UnknownMessage);
        }
        let before = target.replies.as_ref().map(|(replies, _)| replies.clone());
        let root_author = Some(target.message.by).filter(|by| before.is_none() && members.contains(*by));
        let mut followers = mentions.to_vec();
        followers.extend(root_author.filter(|by| *by != author && !mentions.contains(by)));
        followers.push(author);
        let kind = ThreadChangeKind::Reply { before, followers, mentions: mentions.to_vec() };
        Ok(InThread { change: Some(Box::new(ThreadChange { root, kind })), root_author })
    }
}

impl CommandContent for Post {
    fn needs(&self) -> Needs<'_> {
        let root = self.thread.map(|(root, _)| MessageNeeds { replies: true, ..MessageNeeds::of(root) });
        Needs {
            name_keys: self.mentioned.keys(),
            message: root,
            quoted: self.reply_to,
            attachments: &self.attachments,
            ..Needs::of(Target::Conversation(self.conversation))
        }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (conversation, members) = loaded.permitted(actor.id, Action::Post)?;
        self.check_quoted(loaded)?;
        let attachments = self.loaded_attachments(actor.id, loaded)?;
        let mentions = self.mentions(actor.id, loaded, members);
        let InThread { change: thread, root_author } =
            self.thread_change(actor.id, &mentions, loaded, members)?;
        let also_in_conversation = self.thread.is_some_and(|(_, also)| also);
        let is_in_timeline = thread.is_none() || also_in_conversation;
        // The mark of those who were online is nobody's mention.
        let mentioned: Vec<_> = mentions.iter().copied().filter(|user| *user != UserId::HERE).collect();
        let change = (is_in_timeline && !mentioned.is_empty()).then_some(Change::Mention(mentioned));
        let posted = Posted {
            text: self.text.clone(),
            ordinal: conversation.next_ordinal() - u64::from(!is_in_timeline),
            mentions,
            reply_to: self.reply_to,
            thread: self.thread.map(|(root, _)| root),
            also_in_conversation,
            attachments,
            root_author,
        };
        let legacy = self.legacy.clone();
        Ok(Decision::Append(Append { change, legacy, thread, ..Append::new(posted.into()) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        let (root, also) = self.thread.unzip();
        let also = also.unwrap_or(false);
        let content = earlier::posted(
            self.text.as_str(),
            (self.reply_to, root),
            also,
            self.attachments.iter().copied(),
        );
        earlier.is(EventKind::Posted, self.conversation, content)
    }

    fn bytes(&self) -> usize {
        let online = self.online.as_ref().map_or(0, |online| online.len().min(MAX_HERE) * ID_BYTES);
        let attachments = self.attachments.len() * size_of::<Attachment>();
        self.text.as_str().len() + attachments + online + self.legacy.as_ref().map_or(0, |frame| frame.len())
    }
}
