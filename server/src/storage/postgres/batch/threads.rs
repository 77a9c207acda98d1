//! What a batch has loaded of the threads of a conversation, and what it changes about them.

use std::collections::BTreeMap;

use confab_shared::{
    event::Event,
    id::{Seq, Timestamp, UserId},
    message::ThreadSummary,
    user::User,
};

use crate::domain::decision::{ThreadChange, ThreadChangeKind};

/// When a reply was posted, and by whom.
type Reply = (Timestamp, User);

/// A thread that commands of a batch are about.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct WorkingThread {
    /// What its root showed before the batch, with the authors whom it names.
    before: Option<(ThreadSummary, Vec<User>)>,
    /// All replies of before the batch that are not deleted: loaded where one of them may be.
    loaded: Option<BTreeMap<Seq, Reply>>,
    /// The replies of the batch that are not deleted.
    added: BTreeMap<Seq, Reply>,
    changed: bool,
}

impl WorkingThread {
    /// Takes in the next of the root's faces, its newest authors ([`ThreadSummary::faces`]), and what else the root shows.
    pub(super) fn add_face(&mut self, count: u64, last_seq: Seq, last_at: Timestamp, face: User) {
        let (summary, faces) = self
            .before
            .get_or_insert_with(|| (ThreadSummary { count, last_seq, last_at, faces: vec![] }, vec![]));
        summary.faces.push(face.id);
        faces.push(face);
    }

    /// Takes in a reply of before the batch; all of them are, where one is.
    pub(super) fn add_loaded(&mut self, seq: Seq, at: Timestamp, by: User) {
        self.loaded.get_or_insert_default().insert(seq, (at, by));
    }

    /// What the root shows, with the authors whom it names, without one of the replies: one of the batch, or of a thread whose
    /// replies are loaded.
    pub(super) fn summary(&self, without: Option<Seq>) -> Option<(ThreadSummary, Vec<User>)> {
        let (mut summary, mut known) = (None, Vec::new());
        if self.loaded.is_none()
            && let Some((before, faces)) = self.before.clone()
        {
            (summary, known) = (Some(before), faces);
        }
        let replies = self.loaded.iter().flatten().chain(&self.added);
        for (seq, (at, by)) in replies.filter(|(seq, _)| Some(**seq) != without) {
            summary = Some(ThreadSummary::with_reply(summary, *seq, by.id, *at));
            known.push(by.clone());
        }
        let summary = summary?;
        let face = |id: &UserId| known.iter().find(|user| user.id == *id).cloned();
        let faces = summary.faces.iter().filter_map(face).collect();
        Some((summary, faces))
    }
}

/// The threads of a conversation, and the net effect of a batch: what is removed is removed before what is added is added.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct Threads {
    threads: BTreeMap<Seq, WorkingThread>,
    /// New replies: the root, and when and by whom the reply was posted.
    pub(super) replies: BTreeMap<Seq, (Seq, Timestamp, UserId)>,
    /// Replies that are deleted.
    pub(super) deleted: Vec<Seq>,
    /// Members who left.
    pub(super) left: Vec<UserId>,
    /// Deleted messages that may be roots.
    pub(super) ended: Vec<Seq>,
    /// New followers of roots, and how far they have read; those who follow already go on.
    pub(super) followers: BTreeMap<(UserId, Seq), Seq>,
    /// Mentions of users in threads by replies, which are removed.
    pub(super) unmentioned: Vec<(UserId, Seq, Seq)>,
    /// Mentions of users in threads by replies, and the events that mention them: of those who follow the thread.
    pub(super) mentions: BTreeMap<(UserId, Seq, Seq), Seq>,
}

impl Threads {
    /// The thread of a root.
    pub(super) fn of(&mut self, root: Seq) -> &mut WorkingThread {
        self.threads.entry(root).or_default()
    }

    /// What a root shows of its thread, without one of the replies.
    pub(super) fn summary(&self, root: Seq, without: Option<Seq>) -> Option<(ThreadSummary, Vec<User>)> {
        self.threads.get(&root)?.summary(without)
    }

    /// What the roots show from now on whose threads changed.
    pub(super) fn changed(&self) -> impl Iterator<Item = (Seq, Option<ThreadSummary>)> {
        let changed = self.threads.iter().filter(|(_, thread)| thread.changed);
        changed.map(|(root, thread)| (*root, thread.summary(None).map(|(summary, _)| summary)))
    }

    /// Applies what an event of an author changes.
    pub(super) fn change(&mut self, event: &Event, author: &User, change: &ThreadChange) {
        let (root, seq) = (change.root, event.seq);
        match &change.kind {
            ThreadChangeKind::Reply { followers, mentions, .. } => {
                let thread = self.of(root);
                thread.added.insert(seq, (event.at, author.clone()));
                thread.changed = true;
                self.replies.insert(seq, (root, event.at, event.by));
                self.follow(followers, root, seq);
                self.mention(mentions, root, seq, seq);
            }
            ThreadChangeKind::Edit { reply, notify, unmentioned } => {
                self.unmention(unmentioned, root, *reply);
                self.mention(notify, root, *reply, seq);
            }
            ThreadChangeKind::Delete { reply, mentioned, .. } => {
                let thread = self.of(root);
                thread.added.remove(reply);
                if let Some(loaded) = &mut thread.loaded {
                    loaded.remove(reply);
                }
                thread.changed = true;
                self.deleted.push(*reply);
                self.unmention(mentioned, root, *reply);
            }
            ThreadChangeKind::End => {
                self.followers.retain(|(_, of), _| *of != root);
                self.mentions.retain(|(_, of, _), _| *of != root);
                self.ended.push(root);
            }
        }
    }

    /// A member leaves.
    pub(super) fn leave(&mut self, user: UserId) {
        self.followers.retain(|(follower, _), _| *follower != user);
        self.mentions.retain(|(mentioned, ..), _| *mentioned != user);
        self.left.push(user);
    }

    fn follow(&mut self, users: &[UserId], root: Seq, from: Seq) {
        for user in users {
            self.followers.entry((*user, root)).or_insert(Seq(from.0 - 1));
        }
    }

    fn mention(&mut self, users: &[UserId], root: Seq, reply: Seq, event: Seq) {
        self.mentions.extend(users.iter().map(|user| ((*user, root, reply), event)));
    }

    fn unmention(&mut self, users: &[UserId], root: Seq, reply: Seq) {
        for user in users {
            self.mentions.remove(&(*user, root, reply));
            self.unmentioned.push((*user, root, reply));
        }
    }
}
