//! The items that a client has cached of one conversation: messages as they are now and notices, of a gapless part of
//! its log.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
};

use crate::{api::MessagePage, event::Event, id::Seq, item::Item, message::Message};

/// An item, and the newest event that it reflects.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cached {
    item: Item,
    as_of: Seq,
}

/// A message that an item replies to, and the newest event that it reflects.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Quoted {
    message: Message,
    as_of: Seq,
}

/// All items of a part of a conversation's log, in seq order: those of the conversation's timeline, or the replies of one of its
/// threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The root of the thread; none of the conversation's timeline.
    thread: Option<Seq>,
    items: VecDeque<Cached>,
    /// The messages that items reply to and that are no items here; and in a thread its root.
    quoted: BTreeMap<Seq, Quoted>,
    /// Messages that something else replies to: a message that is being written, or is not in the log yet.
    wanted: BTreeSet<Seq>,
    /// Those that are replied to and that are neither items nor quoted.
    unknown_quotes: BTreeSet<Seq>,
    /// The part of the log: from `first` to `last`, with the events that are no items.
    first: Seq,
    last: Seq,
    /// The event up to which all changes are applied to every item. Items that were fetched later are ahead of it.
    applied: Seq,
    /// Whether the part ends at the conversation's head, or will once missing events are fetched. One that does not is a
    /// window on the past: it grows only where its reader scrolls.
    follows: bool,
    /// Whether changes may be missing that are too many to be fetched: the next fetched page replaces all items.
    stale: bool,
}

impl Timeline {
    /// The timeline of a conversation without events.
    pub(crate) fn empty() -> Self {
        Self {
            thread: None,
            items: VecDeque::new(),
            quoted: BTreeMap::new(),
            wanted: BTreeSet::new(),
            unknown_quotes: BTreeSet::new(),
            first: Seq(1),
            last: Seq(0),
            applied: Seq(0),
            follows: true,
            stale: false,
        }
    }

    /// The timeline of a fetched page, of a thread where that has a root: a window on the past until [`Self::follow`].
    pub(crate) fn of(page: MessagePage) -> Self {
        let MessagePage { items, quoted, root, head_seq, first_seq, last_seq, .. } = page;
        let thread = root.as_ref().map(|root| root.seq);
        let quoted = quoted.into_iter().chain(root);
        let mut timeline = Self {
            thread,
            items: items.into_iter().map(|item| Cached { item, as_of: head_seq }).collect(),
            quoted: quoted.map(|message| (message.seq, Quoted { message, as_of: head_seq })).collect(),
            wanted: BTreeSet::new(),
            unknown_quotes: BTreeSet::new(),
            first: first_seq,
            last: last_seq,
            applied: head_seq,
            follows: false,
            stale: false,
        };
        timeline.note_quotes();
        timeline
    }

    /// The root of the thread whose replies these are; none of the conversation's timeline.
    #[must_use]
    pub fn thread(&self) -> Option<Seq> {
        self.thread
    }

    /// The root of the thread.
    #[must_use]
    pub fn root(&self) -> Option<&Message> {
        self.quoted_message(self.thread?)
    }

    /// A message that an item replies to, or the root of the thread; none where it is not known yet.
    #[must_use]
    pub fn quoted_message(&self, seq: Seq) -> Option<&Message> {
        self.message(seq).or_else(|| self.quoted.get(&seq).map(|quoted| &quoted.message))
    }

    /// Keeps a message, too, that no item replies to.
    pub(crate) fn want_quote(&mut self, seq: Seq) {
        if self.wanted.insert(seq) {
            self.note_quotes();
        }
    }

    /// A message that an item replies to and that is not known: to be fetched.
    pub(crate) fn unknown_quote(&self) -> Option<Seq> {
        self.unknown_quotes.first().copied()
    }

    /// The thread whose replies have a message that an item replies to; none where it shows in the conversation's timeline. A reply
    /// that shows in the timeline, too, may quote one that shows only in its thread.
    pub(crate) fn thread_of_quote(&self, seq: Seq) -> Option<Seq> {
        let mut items = self.items.iter().filter_map(|cached| cached.item.message());
        let replying = || items.find(|message| message.reply_to == Some(seq))?.thread;
        self.thread.or_else(replying).filter(|root| *root != seq)
    }

    /// Takes a message that an item replies to, as it was at an event.
    pub(crate) fn take_quote(&mut self, seq: Seq, found: Option<Message>, head_seq: Seq) {
        if !self.unknown_quotes.remove(&seq) {
            return;
        }
        if let Some(message) = found {
            // It may lack changes that are applied to the others: those are applied once more, to this alone.
            self.applied = self.applied.min(head_seq);
            self.quoted.insert(seq, Quoted { message, as_of: head_seq });
        }
    }

    /// Finds which of the quoted messages are not known, and drops those that are not quoted any more.
    fn note_quotes(&mut self) {
        let replies = self.items.iter().filter_map(|cached| cached.item.message()?.reply_to);
        let wanted: BTreeSet<_> = replies.chain(self.wanted.iter().copied()).collect();
        if wanted.is_empty() && self.quoted.is_empty() {
            self.unknown_quotes.clear();
            return;
        }
        let unknown: BTreeSet<_> = wanted.iter().copied().filter(|seq| self.index(*seq).is_err()).collect();
        self.quoted.retain(|seq, _| unknown.contains(seq) || self.thread == Some(*seq));
        self.unknown_quotes = unknown.into_iter().filter(|seq| !self.quoted.contains_key(seq)).collect();
    }

    /// The item that an event adds here.
    fn item_of(&self, event: &Event) -> Option<Item> {
        match self.thread {
            None => Item::of(event),
            Some(root) => Item::of_thread(root, event),
        }
    }

    /// The items, in seq order.
    pub fn items(&self) -> impl DoubleEndedIterator<Item = &Item> + ExactSizeIterator {
        self.items.iter().map(|cached| &cached.item)
    }

    /// The items of a range of positions, in seq order.
    pub fn items_in(
        &self,
        range: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &Item> + ExactSizeIterator {
        let end = range.end.min(self.items.len());
        self.items.range(range.start.min(end)..end).map(|cached| &cached.item)
    }

    /// How many items stand before a seq: the position of its item, where it has one.
    #[must_use]
    pub fn position(&self, seq: Seq) -> usize {
        self.items.partition_point(|cached| cached.item.seq() < seq)
    }

    /// The seq of the item at a position.
    #[must_use]
    pub fn seq_at(&self, position: usize) -> Option<Seq> {
        self.items.get(position).map(|cached| cached.item.seq())
    }

    /// The first seq of the part of the log.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.first
    }

    /// The last seq of the part of the log; before the first where the part is empty.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.last
    }

    /// Whether the part of the log contains a seq.
    #[must_use]
    pub fn contains(&self, seq: Seq) -> bool {
        (self.first..=self.last).contains(&seq)
    }

    /// An item by the seq of the event that made it.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Item> {
        let index = self.index(seq).ok()?;
        self.items.get(index).map(|cached| &cached.item)
    }

    /// The seq of the first item after a seq; none where the part does not contain what is between them.
    #[must_use]
    pub fn next_item_after(&self, seq: Seq) -> Option<Seq> {
        let index = self.items.partition_point(|cached| cached.item.seq() <= seq);
        self.items.get(index).map(|cached| cached.item.seq()).filter(|_| self.first <= seq.next())
    }

    /// A message by its seq.
    #[must_use]
    pub fn message(&self, seq: Seq) -> Option<&Message> {
        self.get(seq).and_then(Item::message)
    }

    /// Whether the part begins with the log.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.first <= Seq(1)
    }

    /// Whether new events belong at the end of the part. Otherwise it is a window on the past.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// The event up to which all changes are applied.
    #[must_use]
    pub fn applied(&self) -> Seq {
        self.applied
    }

    /// How many messages there are after a seq and up to another, as of the event `head`; those that are deleted by then
    /// are not counted. None where the part does not contain all of them, or they are older or newer than that event and
    /// the number is not certain.
    pub(crate) fn message_count_between(&self, after: Seq, through: Seq, head: Seq) -> Option<u64> {
        if self.first > after.next() || self.last < through {
            return None;
        }
        let start = self.items.partition_point(|cached| cached.item.seq() <= after);
        let range = self.items.range(start..).take_while(|cached| cached.item.seq() <= through);
        let mut count = 0;
        for (message, as_of) in range.filter_map(|cached| Some((cached.item.message()?, cached.as_of))) {
            let is_deleted = message.deleted.is_some();
            // A deletion is final: a message that is there later was there at the head.
            let is_certain = if is_deleted { as_of <= head } else { as_of.max(self.applied) >= head };
            if !is_certain {
                return None;
            }
            count += u64::from(!is_deleted);
        }
        Some(count)
    }

    /// Applies the next event of the conversation: one that was applied before, or that leaves a gap, is ignored.
    pub(crate) fn apply(&mut self, event: &Event) {
        if event.seq != self.applied.next() {
            return;
        }
        self.applied = event.seq;
        for changed in [event.body.target(), event.body.changed_root()].into_iter().flatten() {
            self.change(changed, event);
        }
        if event.seq == self.last.next() {
            self.last = event.seq;
            let Some(item) = self.item_of(event) else { return };
            let reply_to = item.message().and_then(|message| message.reply_to);
            let unknown = reply_to.filter(|seq| self.quoted_message(*seq).is_none());
            self.unknown_quotes.extend(unknown);
            self.items.push_back(Cached { item, as_of: event.seq });
        }
    }

    fn change(&mut self, target: Seq, event: &Event) {
        if let Ok(index) = self.index(target)
            && let Some(Cached { item: Item::Message(message), as_of }) = self.items.get_mut(index)
            && event.seq > *as_of
        {
            message.apply(event);
            *as_of = event.seq;
        }
        if let Some(quoted) = self.quoted.get_mut(&target).filter(|quoted| event.seq > quoted.as_of) {
            quoted.message.apply(event);
            quoted.as_of = event.seq;
        }
    }

    /// Takes a fetched part of the log that touches this one; any other is ignored, since it would leave a gap.
    pub(crate) fn extend(&mut self, page: MessagePage) {
        if self.stale || !self.touches(&page) {
            return;
        }
        let (first, last) = (self.first.min(page.first_seq), self.last.max(page.last_seq));
        // The page's items may lack changes that are applied to the others: those are applied once more, to these alone.
        self.applied = self.applied.min(page.head_seq);
        let mut fresh = Self::of(page);
        for (seq, quoted) in std::mem::take(&mut fresh.quoted) {
            if self.quoted.get(&seq).is_none_or(|known| known.as_of < quoted.as_of) {
                self.quoted.insert(seq, quoted);
            }
        }
        // What the page covers is replaced by it, unless live events brought the cached item further.
        let known = std::mem::take(&mut self.items);
        let (older, known): (VecDeque<_>, VecDeque<_>) =
            known.into_iter().partition(|cached| cached.item.seq() < fresh.first);
        let (covered, newer): (VecDeque<_>, VecDeque<_>) =
            known.into_iter().partition(|cached| cached.item.seq() <= fresh.last);
        let mut covered = covered.into_iter().peekable();
        self.items = older;
        for cached in fresh.items {
            let before = covered.next_if(|known| known.item.seq() == cached.item.seq());
            let is_newer = |known: &Cached| known.as_of > cached.as_of;
            self.items.push_back(before.filter(is_newer).unwrap_or(cached));
        }
        self.items.extend(newer);
        (self.first, self.last) = (first, last);
        self.note_quotes();
    }

    /// Takes a fetched part of the log in place of this one, unless the two touch.
    pub(crate) fn replace(&mut self, page: MessagePage) {
        if !self.stale && self.touches(&page) {
            self.extend(page);
        } else {
            let wanted = std::mem::take(&mut self.wanted);
            *self = Self::of(page);
            wanted.into_iter().for_each(|seq| self.want_quote(seq));
        }
    }

    /// Whether a page and this part are one part together.
    fn touches(&self, page: &MessagePage) -> bool {
        page.first_seq <= self.last.next() && page.last_seq.next() >= self.first
    }

    /// Drops the items that are further than so many items from a seq. Without its newest items, the timeline is a window
    /// on the past.
    pub(crate) fn trim(&mut self, around: Seq, max_distance: usize) {
        let position = self.position(around);
        self.keep_quotes_outside(position.saturating_sub(max_distance)..position + max_distance);
        if let Some(dropped) = self.seq_at(position + max_distance) {
            self.items.truncate(position + max_distance);
            self.last = Seq(dropped.0 - 1);
            self.follows = false;
        }
        let surplus = position.saturating_sub(max_distance);
        self.items.drain(..surplus);
        if let (true, Some(first)) = (surplus > 0, self.seq_at(0)) {
            self.first = first;
        }
        self.note_quotes();
    }

    /// Keeps the messages that items of a range reply to and that are about to be dropped.
    fn keep_quotes_outside(&mut self, kept: Range<usize>) {
        let end = kept.end.min(self.items.len());
        let replies = self.items.range(kept.start.min(end)..end);
        let replies = replies.filter_map(|cached| cached.item.message()?.reply_to);
        let quoted: Vec<_> = replies.chain(self.wanted.iter().copied()).collect();
        for seq in quoted {
            if let Ok(index) = self.index(seq)
                && !kept.contains(&index)
                && let Some(Cached { item: Item::Message(message), as_of }) = self.items.get(index)
            {
                self.quoted.insert(seq, Quoted { message: message.clone(), as_of: *as_of });
            }
        }
    }

    /// The timeline follows from now on where it reaches the head: the conversation's, and that of the pages it was made
    /// of, whose newer events are not applied again.
    pub(crate) fn attach(&mut self, head: Seq) {
        self.follows |= self.last >= head.max(self.applied);
    }

    /// The timeline follows from now on: what it lacks at its end is fetched.
    pub(crate) fn follow(&mut self) {
        self.follows = true;
    }

    /// Too many changes are missing: the timeline is a window on the past until a page replaces it.
    pub(crate) fn mark_stale(&mut self) {
        (self.stale, self.follows) = (true, false);
    }

    /// Whether changes may be missing.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// The index of an item.
    fn index(&self, seq: Seq) -> Result<usize, usize> {
        self.items.binary_search_by_key(&seq, |cached| cached.item.seq())
    }
}
