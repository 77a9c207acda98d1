//! Replies and threads: every kind of break is caught.

use confab_shared::{
    conversation::UnreadMention,
    error::ErrorCode,
    event::{Deleted, DeletedReply, EventBody, Posted},
    id::{Seq, Timestamp, UserId},
    message::{Message, ThreadSummary},
    thread::ThreadState,
};

use super::{
    CONVERSATION, Story, caught,
    story::{Changes, MINE, THEIRS, clean},
};
use crate::{
    history::{
        Answer, Follow, FollowAnswer, ItemDigest, Part, Reply, Source, ThreadSource, ThreadView, What,
    },
    verify::Violation,
};

/// A reply in the thread of tab 1's first message.
const REPLY: What = What::Reply(IN_THREAD);
const IN_THREAD: Reply = Reply::new(None, Some(MINE), false);

/// A reply of tab 0, as event 9, and another event after it.
fn replied() -> Changes {
    let mut changes = Changes::new();
    changes.change(0, REPLY);
    changes.change(0, What::Pin(THEIRS, true));
    changes
}

fn posted(changes: &mut Changes) -> &mut Posted {
    let EventBody::Posted(posted) = &mut changes.story.log[8].body else { panic!("it is a message") };
    posted
}

/// How far tab 1's user has read that thread.
fn read(following: bool, read_seq: u64, unread: u64, head_seq: u64) -> ThreadState {
    let state = ThreadState::new(CONVERSATION, MINE, Seq(head_seq));
    ThreadState { following, read_seq: Seq(read_seq), unread, ..state }
}

fn sees(changes: &mut Changes, state: &ThreadState) {
    changes.story.history.journals[1].threads.push(ThreadView::of(state, ThreadSource::Server));
}

fn follow(changes: &mut Changes, following: bool, after: u64, answer: FollowAnswer) {
    let (root, after) = (MINE, Seq(after));
    let follow = Follow { conversation: CONVERSATION, root, following, after, answer };
    changes.story.history.journals[1].follows.push(follow);
}

#[test]
fn replies_are_as_they_were_sent() {
    clean(&mut replied());
    let foreign: [fn(&mut Posted); 3] = [
        |posted| posted.thread = Some(THEIRS),
        |posted| posted.reply_to = Some(MINE),
        |posted| posted.also_in_conversation = true,
    ];
    for make_foreign in foreign {
        let mut changes = replied();
        make_foreign(posted(&mut changes));
        caught!(changes, Violation::Foreign { seq: Seq(9), .. });
    }
    // It counts only where it shows in the timeline.
    let mut changes = replied();
    posted(&mut changes).ordinal += 1;
    caught!(changes, Violation::Ordinal { seq: Seq(9), expected: 8, found: 9, .. });
    let mut changes = Changes::new();
    changes.change(0, What::Reply(Reply::new(Some(MINE), Some(MINE), true)));
    clean(&mut changes);
}

#[test]
fn replies_to_what_may_not_be_replied_to_are_wrong() {
    let mut changes = replied();
    posted(&mut changes).root_author = None;
    caught!(changes, Violation::Wrong { why: "it has others follow its thread", .. });
    for reply in [
        Reply::new(None, Some(Seq(9)), false),
        Reply::new(None, Some(Seq(10)), false),
        Reply::new(Some(THEIRS), Some(MINE), false),
        Reply::new(Some(Seq(9)), None, false),
    ] {
        let mut changes = replied();
        changes.change(0, What::Reply(reply));
        caught!(changes, Violation::Wrong { seq: Seq(11), .. });
        // And rightly refused.
        let mut changes = replied();
        let journal = &mut changes.story.history.journals[0];
        let command = journal.attempt(CONVERSATION, What::Reply(reply));
        journal.answered(command, Answer::Refused(ErrorCode::UnknownMessage));
        clean(&mut changes);
    }
    let mut changes = replied();
    let journal = &mut changes.story.history.journals[0];
    let command = journal.attempt(CONVERSATION, REPLY);
    journal.answered(command, Answer::Refused(ErrorCode::UnknownMessage));
    caught!(changes, Violation::Refused { .. });
}

#[test]
fn roots_show_their_replies() {
    let summary =
        ThreadSummary { count: 1, last_seq: Seq(9), last_at: Timestamp(1_009), faces: vec![UserId(10)] };
    let before = Changes::new().message(1);
    let root = Message { replies: Some(summary.clone()), ..before.clone() };
    for (message, as_of, is_right) in
        [(&before, 8, true), (&before, 9, false), (&root, 8, false), (&root, 9, true)]
    {
        let mut changes = replied();
        changes.sees(Source::Page, as_of, message.clone());
        if is_right {
            clean(&mut changes);
        } else {
            caught!(changes, Violation::UntrueMessage { seq: MINE, .. });
        }
    }
    let untrue: [fn(&mut ThreadSummary); 4] = [
        |replies| replies.count = 2,
        |replies| replies.last_seq = Seq(8),
        |replies| replies.last_at = Timestamp(1),
        |replies| replies.faces = vec![],
    ];
    for make_untrue in untrue {
        let (mut changes, mut root) = (replied(), root.clone());
        root.replies.iter_mut().for_each(make_untrue);
        changes.sees(Source::Cached, 9, root);
        caught!(changes, Violation::UntrueMessage { seq: MINE, .. });
    }
}

#[test]
fn a_deleted_reply_leaves_the_others() {
    let left = |replies| {
        let mut changes = replied();
        changes.change(0, What::Delete(Seq(9)));
        changes.redact(9);
        let author = UserId(10);
        let reply = DeletedReply { thread: MINE, also_in_conversation: false, author, replies };
        let reply = Some(Box::new(reply));
        changes.story.log[10].body = Deleted { reply, ..Deleted::new(Seq(9), None) }.into();
        changes
    };
    clean(&mut left(None));
    let (last_at, faces) = (Timestamp(1_009), vec![UserId(10)]);
    let ghost = ThreadSummary { count: 1, last_seq: Seq(9), last_at, faces };
    caught!(left(Some(ghost)), Violation::Wrong { why: "it leaves another thread", .. });
    let mut changes = left(None);
    sees(&mut changes, &read(true, 8, 0, 11));
    clean(&mut changes);
    sees(&mut changes, &read(true, 8, 1, 11));
    caught!(changes, Violation::UntrueThread { what: "unread", .. });
}

#[test]
fn threads_are_read_as_far_as_the_log_says() {
    let mention = vec![UnreadMention { seq: Seq(9), event: Seq(9) }];
    let right = [read(false, 0, 0, 8), read(true, 8, 1, 9), read(true, 8, 1, 10)];
    for state in right {
        let mut changes = replied();
        sees(&mut changes, &state);
        clean(&mut changes);
    }
    let wrong = [
        read(true, 8, 0, 9),
        read(true, 8, 2, 9),
        read(true, 7, 1, 9),
        read(false, 0, 0, 9),
        read(false, 0, 1, 8),
        read(true, 8, 0, 8),
        read(true, 8, 1, 99),
        ThreadState { mentions: mention, ..read(true, 8, 1, 9) },
        ThreadState { root: Seq(9), ..read(false, 0, 0, 10) },
    ];
    for state in wrong {
        let mut changes = replied();
        sees(&mut changes, &state);
        caught!(changes, Violation::UntrueThread { tab: 1, .. });
    }
    // Who has read it sent the position.
    let mut changes = replied();
    sees(&mut changes, &read(true, 9, 0, 9));
    caught!(changes, Violation::UntrueThread { what: "a position", .. });
    changes.story.history.journals[1].thread_reads.insert((CONVERSATION, MINE, Seq(9)));
    clean(&mut changes);
}

#[test]
fn who_follows_by_hand_does_so_from_then_on() {
    use FollowAnswer::{Done, None, Refused};
    // What was asked for, the answer, and whether the thread may be followed, and may not, as of event 10.
    for (following, answer, may, may_not) in [
        (false, Done(Seq(9)), false, true),
        (true, Done(Seq(9)), true, false),
        (false, None, true, true),
        // The answer may be as of a later event than that which made the user follow it.
        (false, Done(Seq(10)), true, true),
    ] {
        for (state, is_right) in [(read(true, 8, 1, 10), may), (read(false, 0, 0, 10), may_not)] {
            let mut changes = replied();
            follow(&mut changes, following, if answer == Done(Seq(10)) { 8 } else { 9 }, answer);
            sees(&mut changes, &state);
            if is_right {
                clean(&mut changes);
            } else {
                caught!(changes, Violation::UntrueThread { what: "following", .. });
            }
        }
    }
    let mut changes = replied();
    follow(&mut changes, true, 9, Refused(ErrorCode::UnknownMessage));
    caught!(changes, Violation::NotFollowed { tab: 1, root: MINE, .. });
    changes.change(1, What::Delete(MINE));
    changes.redact(1);
    sees(&mut changes, &read(false, 0, 0, 11));
    clean(&mut changes);
    sees(&mut changes, &read(true, 8, 1, 11));
    caught!(changes, Violation::UntrueThread { what: "following", .. });
}

#[test]
fn pages_have_what_their_items_reply_to() {
    let page = |quoted: &[(Seq, ItemDigest)]| {
        let mut changes = Changes::new();
        changes.change(0, What::Reply(Reply::new(Some(MINE), None, false)));
        let (first, last) = (Seq(9), Seq(9));
        let items = [ItemDigest::of_message(&changes.message(9))].into();
        let (conversation, source, quoted) = (CONVERSATION, Source::Page, quoted.into());
        let part = Part { conversation, thread: None, source, as_of: Seq(9), first, last, items, quoted };
        changes.story.history.journals[0].parts.push(part);
        changes
    };
    let quoted = Changes::new().message(1);
    clean(&mut page(&[(MINE, ItemDigest::of_message(&quoted))]));
    caught!(page(&[]), Violation::UntrueMessage { seq: MINE, .. });
    let other = Message { edited_at: Some(Timestamp(1)), ..quoted };
    caught!(page(&[(MINE, ItemDigest::of_message(&other))]), Violation::UntrueMessage { seq: MINE, .. });
}

#[test]
fn threads_that_are_held_are_those_that_are_fresh() {
    let mut story = Story::new();
    story.ends[1].threads.held = vec![read(true, 8, 1, 8)];
    caught!(story, Violation::StaleThread { tab: 1, fresh: None, .. });
    story.ends[1].threads.held = vec![read(false, 0, 0, 8)];
    assert!(story.verify().is_empty());
    story.ends[1].threads.open = Some((CONVERSATION, MINE, Seq(7)));
    caught!(story, Violation::Behind { tab: 1, top: Seq(7), head: Seq(8), .. });
    let mut story = Story::new();
    story.ends[0].threads.unquoted = 1;
    caught!(story, Violation::Unquoted { tab: 0, count: 1 });
}
