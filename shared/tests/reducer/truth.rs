//! The server, as far as a client can see it.

use std::collections::BTreeSet;

use confab_shared::{
    api::{ConversationPage, ConversationView, EventPage, FollowedThread, MessagePage, ThreadPage},
    attachment::AttachmentSummary,
    command::Command,
    conversation::{Conversation, ConversationKind, LastMessage, ListCursor, UnreadMention},
    emoji::Emoji,
    error::ErrorCode,
    event::{
        Deleted, DeletedReply, Edited, Event, EventBody, Joined, Pinned, Posted, Reacted, Renamed,
        TopicChanged,
    },
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    item::Item,
    protocol::{Limits, MAX_WELCOME_THREADS, ReadSignal, Welcome},
    state::FetchRequest,
    text::MessageText,
    thread::ThreadState,
};

use super::{ELSEWHERE, HERE, ME, history::History, user};

/// The fewest items that force a client to fetch more than once.
const PAGE: usize = 5;

/// One conversation, its log, and how far the client has read.
#[derive(Clone, Debug)]
pub struct Truth {
    /// Whether the client is a member.
    pub member: bool,
    pub history: History,
    pub view: Conversation,
    /// The event with which the client became a member last.
    joined: Seq,
    /// Whether the client follows as many threads elsewhere as a welcome has, all with newer replies.
    follows_many: bool,
}

impl Truth {
    pub fn new(follows_many: bool) -> Self {
        let view = Conversation {
            member_count: 3,
            ..Conversation::new(HERE, ConversationKind::Group, Timestamp(0))
        };
        Self { member: true, history: History::default(), view, joined: Seq(0), follows_many }
    }

    /// Appends an event, and finds anew what the log gives.
    pub fn append(
        &mut self,
        by: UserId,
        client_id: Option<ClientId>,
        body: impl FnOnce(u64) -> EventBody,
    ) -> Event {
        let body = body(self.view.message_count + self.view.deleted_count + 1);
        let seq = self.history.head_seq().next();
        let event = Event { conversation: HERE, seq, at: Timestamp(1000 + seq.0), by, client_id, body };
        let nothing_unread = self.unread() == 0;
        self.history.push(event.clone());
        self.view.head_seq = seq;
        match &event.body {
            EventBody::Posted(posted) if posted.thread.is_none() || posted.also_in_conversation => {
                self.view.last_activity_at = event.at;
                if by == ME && nothing_unread {
                    self.view.read_seq = seq;
                }
            }
            EventBody::Renamed(Renamed { title }) => self.view.title = Some(title.clone()),
            EventBody::Topic(TopicChanged { topic }) => self.view.topic = topic.clone(),
            EventBody::Joined(Joined { users }) => {
                self.view.member_count += users.len() as u64;
                if users.contains(&ME) {
                    self.member = true;
                    self.joined = seq;
                    self.view.read_seq = seq;
                }
            }
            EventBody::Left(_) => {
                self.view.member_count -= 1;
                self.member &= by != ME;
            }
            EventBody::Deleted(deleted) => {
                let beside = deleted.reply.as_ref().is_some_and(|reply| !reply.also_in_conversation);
                self.view.deleted_count += u64::from(!beside);
            }
            EventBody::Posted(_)
            | EventBody::Invited(_)
            | EventBody::Edited(_)
            | EventBody::Reacted(_)
            | EventBody::Pinned(_)
            | EventBody::Previewed(_)
            | EventBody::Unknown => {}
        }
        self.view.message_count = self.history.messages().count() as u64;
        self.view.last_message = self.last_message(Seq(0));
        self.count_read();
        event
    }

    /// The newest message, without one.
    fn last_message(&self, without: Seq) -> Option<LastMessage> {
        let newest = self.history.messages().rfind(|event| event.seq != without)?;
        let message = self.history.message(newest.seq, self.history.head_seq());
        let text = message.text.as_str().chars().take(120).collect();
        let attachments = AttachmentSummary::of(&message.attachments);
        Some(LastMessage { seq: message.seq, by: message.by, at: message.at, text, attachments })
    }

    fn count_read(&mut self) {
        self.view.read_count = self.view.message_count - self.unread();
        self.view.mentions = self.history.mentions(ME, self.view.read_seq);
    }

    /// The unread messages, counted one by one.
    pub fn unread(&self) -> u64 {
        self.history.messages().filter(|event| event.seq > self.view.read_seq).count() as u64
    }

    pub fn read(&mut self, seq: Seq) -> Option<ReadSignal> {
        let seq = seq.min(self.view.head_seq);
        if seq <= self.view.read_seq {
            return None;
        }
        // The reader's own messages right behind the position are read too, also those that are deleted by now.
        let head = self.history.head_seq();
        let behind = self.posted().into_iter().filter(|message| *message > seq);
        let by = |message: Seq| self.history.event(message).by;
        let behind = behind.filter(|message| by(*message) == ME || !self.history.is_deleted(*message, head));
        let seq = behind.take_while(|message| by(*message) == ME).last().unwrap_or(seq);
        self.view.read_seq = seq;
        self.count_read();
        let (read_count, head_seq) = (self.view.read_count, self.view.head_seq);
        Some(ReadSignal { conversation: HERE, user: ME, read_seq: seq, read_count, head_seq, back: false })
    }

    /// What a command of a user makes of a message: an event, nothing new, or a refusal.
    pub fn decide(&self, by: UserId, command: &Command) -> Result<Option<EventBody>, ErrorCode> {
        let head = self.history.head_seq();
        let exists = |seq: Seq| {
            let posted = |seq| matches!(self.history.event(seq).body, EventBody::Posted(_));
            (Seq(1)..=head).contains(&seq) && posted(seq)
        };
        let found = |seq: Seq| {
            let message = exists(seq).then(|| self.history.message(seq, head));
            message.filter(|message| message.deleted.is_none()).ok_or(ErrorCode::UnknownMessage)
        };
        Ok(match command {
            Command::Edit(edit) => {
                let message = found(edit.target)?;
                if message.by != by {
                    return Err(ErrorCode::Forbidden);
                }
                (message.text.as_str() != edit.text).then(|| self.edited(edit.target, &edit.text, by))
            }
            Command::Delete(delete) => {
                if !exists(delete.target) {
                    return Err(ErrorCode::UnknownMessage);
                }
                let target = delete.target;
                (!self.history.is_deleted(target, head)).then(|| {
                    let is_last = self.view.last_message.as_ref().is_some_and(|last| last.seq == target);
                    let last_message = self.last_message(target).filter(|_| is_last);
                    let reply = self.deleted_reply(target);
                    Deleted { target, last_message, reply }.into()
                })
            }
            Command::React(react) => {
                let (target, emoji, on) = (react.target, Emoji::existing(&react.emoji), react.on);
                let users = found(target)?.reactions.into_iter().find(|reaction| reaction.emoji == emoji);
                let there = users.is_some_and(|reaction| reaction.users.contains(&by));
                (there != on).then(|| Reacted { target, emoji, on }.into())
            }
            Command::Pin(pin) => {
                let there = found(pin.target)?.pinned.is_some();
                (there != pin.on).then(|| Pinned { target: pin.target, on: pin.on }.into())
            }
            other => panic!("{other:?} changes no message"),
        })
    }

    /// The event of an edit: a text with an at sign mentions the client's user.
    fn edited(&self, target: Seq, text: &str, by: UserId) -> EventBody {
        let text = MessageText::new(text).unwrap();
        let mentions: Vec<_> =
            (by != ME && self.member && text.as_str().contains('@')).then_some(ME).into_iter().collect();
        let mentioned = |at: Seq| self.history.message(target, at).mentions.contains(&ME);
        let mut versions = self.history.versions_after(target, target);
        versions.push(target);
        let notified = versions.into_iter().any(mentioned);
        let notify = if notified { vec![] } else { mentions.clone() };
        let EventBody::Posted(posted) = &self.history.event(target).body else { panic!("no message") };
        let (thread, also_in_conversation) = (posted.thread, posted.also_in_conversation);
        Edited { target, text, mentions, notify, thread, also_in_conversation }.into()
    }

    fn deleted_reply(&self, target: Seq) -> Option<Box<DeletedReply>> {
        let event = self.history.event(target);
        let EventBody::Posted(posted) = &event.body else { return None };
        let thread = posted.thread?;
        Some(Box::new(DeletedReply {
            thread,
            also_in_conversation: posted.also_in_conversation,
            author: event.by,
            replies: self.history.replies_without(thread, self.history.head_seq(), target),
        }))
    }

    /// How far the client has read a thread: each thing looked up by itself.
    pub fn thread(&self, root: Seq) -> ThreadState {
        let head = self.history.head_seq();
        let replies = || self.history.posted_replies(root, head).filter(|event| event.seq > self.joined);
        let posted = |event: &Event| match &event.body {
            EventBody::Posted(posted) => posted.clone(),
            _ => panic!("no message"),
        };
        let follows = |event: &&Event| {
            event.by == ME || posted(event).mentions.contains(&ME) || posted(event).root_author == Some(ME)
        };
        let mut state = ThreadState::new(HERE, root, head);
        let reply = replies().find(follows).map(|event| event.seq);
        let Some(first) = reply.filter(|_| !self.history.is_deleted(root, head)) else {
            return state;
        };
        state.following = true;
        state.read_seq = Seq(first.0 - 1);
        let there = |event: &&Event| event.seq >= first && !self.history.is_deleted(event.seq, head);
        state.unread = replies().filter(there).filter(|event| event.by != ME).count() as u64;
        let mention = |event: &Event| {
            let notified = self.history.notified(event.seq, ME).filter(|notified| *notified > state.read_seq);
            notified.map(|notified| UnreadMention { seq: event.seq, event: notified })
        };
        state.mentions = self
            .history
            .posted_replies(root, head)
            .filter(|event| event.by != ME && !self.history.is_deleted(event.seq, head))
            .filter_map(mention)
            .collect();
        state.mentions.sort_unstable_by_key(|mention| mention.event);
        state
    }

    /// The threads that the client follows.
    fn followed(&self) -> Vec<ThreadState> {
        let threads = self.roots().into_iter().map(|root| self.thread(root));
        threads.filter(|thread| thread.following && self.member).collect()
    }

    /// In how many of them something is unread.
    pub fn unread_threads(&self) -> u64 {
        self.followed().iter().filter(|thread| thread.unread > 0).count() as u64
    }

    /// The threads of a welcome: where it does not have all, those with something unread, behind as many newer ones.
    fn welcomed_threads(&self) -> Vec<ThreadState> {
        let followed = self.followed().into_iter();
        if !self.follows_many {
            return followed.collect();
        }
        let elsewhere = (1..=MAX_WELCOME_THREADS as u64).map(|root| {
            let state = ThreadState::new(ELSEWHERE, Seq(root), Seq(1_000));
            ThreadState { following: true, read_seq: Seq(1_000), ..state }
        });
        elsewhere.chain(followed.filter(|thread| thread.unread > 0)).collect()
    }

    /// Whether a client that has come to rest may lack a thread.
    pub fn may_lack(&self, thread: &ThreadState) -> bool {
        self.follows_many && thread.unread == 0
    }

    /// The roots of the threads that have a reply.
    pub fn roots(&self) -> Vec<Seq> {
        let head = self.history.head_seq();
        let replied = |seq: &Seq| self.history.posted_replies(*seq, head).next().is_some();
        self.posted().into_iter().filter(replied).collect()
    }

    /// The rest of the list, as of now.
    pub fn more(&self, before: ListCursor) -> Answer {
        let conversations = self.view().into_iter().collect();
        Answer::More(before, ConversationPage { conversations, more: None, users: vec![], presence: vec![] })
    }

    /// The conversation, where the client is a member.
    pub fn view(&self) -> Option<Conversation> {
        self.member.then(|| self.view.clone())
    }

    /// A welcome that has the conversation, or that ends with a newer one.
    pub fn welcome(&self, has_it: bool) -> Welcome {
        let newer = ListCursor { last_activity_at: Timestamp(1_000_000), id: ConversationId(8) };
        Welcome {
            you: user(ME),
            conversations: self.view().into_iter().filter(|_| has_it).collect(),
            more: (!has_it).then_some(newer),
            users: vec![],
            presence: vec![],
            group_requests: Vec::new(),
            threads: self.welcomed_threads(),
            unread_threads: self.unread_threads(),
            limits: Limits::default(),
            time: Timestamp(0),
        }
    }

    /// The answer to a fetch, as of now.
    pub fn answer(&self, request: FetchRequest) -> Answer {
        if !self.member {
            return Answer::Gone;
        }
        let head = self.history.head_seq();
        match request {
            FetchRequest::Conversation(_) => {
                let conversation = self.view.clone();
                Answer::View(ConversationView { conversation, users: vec![], presence: vec![] })
            }
            FetchRequest::After(_, seq) => {
                let last = Seq(seq.0 + PAGE as u64).min(head);
                let events = (seq.0 + 1..=last.0).map(|seq| self.history.served(Seq(seq))).collect();
                Answer::Events(EventPage { events, users: vec![], head_seq: head })
            }
            FetchRequest::Newest(_) => {
                let first = self.page_start(head.next());
                Answer::Messages(request, self.page(first, head))
            }
            FetchRequest::Around(_, seq) => {
                let seq = seq.min(head.next());
                let (first, last) = (self.page_start(seq), self.page_end(Seq(seq.0 - 1)));
                Answer::Messages(request, self.page(first, last))
            }
            FetchRequest::Thread(_, root) => {
                let replies = self.history.posted_replies(root, head);
                let replies: Vec<_> = replies.map(|event| event.seq).collect();
                let newest = &replies[replies.len().saturating_sub(PAGE)..];
                let first = if newest.len() == PAGE { newest[0] } else { Seq(1) };
                let items =
                    newest.iter().map(|seq| Item::Message(self.history.message(*seq, head))).collect();
                let root = Some(self.history.message(root, head));
                Answer::Messages(request, MessagePage { root, ..self.page_of(items, first, head) })
            }
            FetchRequest::Quoted(_, thread, seq) => {
                let message = self.history.message(seq, head);
                let is_here = match thread {
                    None => message.thread.is_none() || message.also_in_conversation,
                    Some(_) => message.thread == thread,
                };
                let items = is_here.then_some(Item::Message(message)).into_iter().collect();
                let root = thread.map(|root| self.history.message(root, head));
                Answer::Messages(request, MessagePage { root, ..self.page_of(items, seq, seq) })
            }
            FetchRequest::Threads(_) => {
                let threads = self.followed().into_iter().map(|state| FollowedThread {
                    root: self.history.message(state.root, head),
                    last_reply: None,
                    state,
                });
                Answer::Threads(ThreadPage { threads: threads.collect(), more: None, users: vec![] })
            }
            FetchRequest::ThreadState(_, root) => Answer::Thread(self.thread(root)),
        }
    }

    /// The first seq of a page of the newest items before one.
    fn page_start(&self, before: Seq) -> Seq {
        let mut older = self.history.item_seqs(Seq(1), Seq(before.0 - 1)).rev();
        older.nth(PAGE - 1).unwrap_or(Seq(1))
    }

    /// The last seq of a page of the oldest items after one.
    fn page_end(&self, after: Seq) -> Seq {
        let head = self.history.head_seq();
        self.history.item_seqs(after.next(), head).nth(PAGE - 1).unwrap_or(head)
    }

    /// All items of a part of the log, as they are now.
    fn page(&self, first_seq: Seq, last_seq: Seq) -> MessagePage {
        let head_seq = self.history.head_seq();
        let item = |seq| self.history.item(seq, head_seq);
        let items = self.history.item_seqs(first_seq, last_seq).filter_map(item).collect();
        self.page_of(items, first_seq, last_seq)
    }

    /// A page of items, with the messages that they reply to.
    fn page_of(&self, items: Vec<Item>, first_seq: Seq, last_seq: Seq) -> MessagePage {
        let head_seq = self.history.head_seq();
        let seqs: BTreeSet<_> = items.iter().map(Item::seq).collect();
        let replied: BTreeSet<_> = items.iter().filter_map(|item| item.message()?.reply_to).collect();
        let quoted = replied.difference(&seqs).map(|seq| self.history.message(*seq, head_seq)).collect();
        MessagePage { items, quoted, root: None, users: vec![], head_seq, first_seq, last_seq }
    }

    /// The answer to a command that made the conversation, as of now.
    pub fn made(&self) -> Answer {
        Answer::Made(ConversationView { conversation: self.view.clone(), users: vec![], presence: vec![] })
    }

    /// The items before one, as of now.
    pub fn before(&self, seq: Seq) -> Answer {
        Answer::Adjacent(self.page(self.page_start(seq), Seq(seq.0 - 1)))
    }

    /// The items after one, as of now.
    pub fn after(&self, seq: Seq) -> Answer {
        Answer::Adjacent(self.page(seq.next(), self.page_end(seq)))
    }

    /// The seqs of the messages that were ever posted to the timeline.
    pub fn posted(&self) -> Vec<Seq> {
        let in_timeline = |posted: &Posted| posted.thread.is_none() || posted.also_in_conversation;
        let posted =
            |seq: &Seq| matches!(&self.history.event(*seq).body, EventBody::Posted(p) if in_timeline(p));
        (1..=self.history.head_seq().0).map(Seq).filter(posted).collect()
    }

    /// The seqs of the messages that were ever posted, also to threads.
    pub fn all_posted(&self) -> Vec<Seq> {
        let posted = |seq: &Seq| matches!(self.history.event(*seq).body, EventBody::Posted(_));
        (1..=self.history.head_seq().0).map(Seq).filter(posted).collect()
    }
}

#[derive(Clone, Debug)]
pub enum Answer {
    View(ConversationView),
    Made(ConversationView),
    Events(EventPage),
    Messages(FetchRequest, MessagePage),
    Thread(ThreadState),
    Threads(ThreadPage),
    Adjacent(MessagePage),
    More(ListCursor, ConversationPage),
    Gone,
}
