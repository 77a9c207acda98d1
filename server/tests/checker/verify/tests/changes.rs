//! Events that change messages, and the answers to commands: every kind of break is caught.

use confab_shared::{
    conversation::LastMessage,
    emoji::Emoji,
    error::ErrorCode,
    event::{EventBody, Pinned, Reacted},
    id::{Seq, Timestamp, UserId},
    protocol::Ack,
    text::MessageText,
};

use super::{
    CONVERSATION, caught,
    story::{Changes, MINE, THEIRS, clean},
};
use crate::{
    command::EMOJI,
    history::{Answer, What},
    verify::Violation,
};

#[test]
fn changes_without_fault() {
    let mut changes = Changes::new();
    changes.change(1, What::Edit(MINE));
    changes.change(1, What::React(THEIRS, 0, true));
    changes.change(1, What::React(THEIRS, 0, false));
    changes.change(1, What::Pin(THEIRS, true));
    changes.change(1, What::Delete(Seq(3)));
    clean_after_deletion(&mut changes, 3);
    clean(&mut changes);
}

fn clean_after_deletion(changes: &mut Changes, seq: usize) {
    caught!(
        changes,
        Violation::Wrong { why: "its message is deleted, and its text is still in the log", .. }
    );
    changes.redact(seq);
}

#[test]
fn events_that_no_command_may_make_are_wrong() {
    let wrong = [
        (0, What::Edit(MINE)),
        (1, What::Edit(Seq(99))),
        (0, What::Delete(MINE)),
        (1, What::React(THEIRS, 0, false)),
        (1, What::Pin(THEIRS, false)),
        (1, What::Pin(Seq(0), true)),
    ];
    for (tab, what) in wrong {
        let mut changes = Changes::new();
        changes.change(tab, what);
        caught!(changes, Violation::Wrong { seq: Seq(9), .. });
    }
    let mut changes = Changes::new();
    changes.change(1, What::Delete(MINE));
    changes.redact(1);
    clean(&mut changes);
    changes.change(0, What::React(MINE, 0, true));
    caught!(changes, Violation::Wrong { seq: Seq(10), why: "it changes a deleted message", .. });
}

#[test]
fn the_admin_of_a_group_deletes_what_others_wrote() {
    let mut changes = Changes::new();
    changes.change(0, What::Delete(MINE));
    changes.redact(1);
    caught!(changes, Violation::Wrong { why: "it deletes the message of another", .. });
    changes.story.history.journals[0].attempt(CONVERSATION, What::Begin);
    clean(&mut changes);
}

#[test]
fn an_event_says_what_its_command_said() {
    let mut changes = Changes::new();
    let EventBody::Edited(edited) = &mut changes.change(1, What::Edit(MINE)).body else { panic!() };
    edited.text = MessageText::new("another text").unwrap();
    caught!(changes, Violation::Foreign { seq: Seq(9), .. });
    let others: [(What, EventBody); 3] = [
        (
            What::React(MINE, 0, true),
            Reacted { target: MINE, emoji: Emoji::existing(EMOJI[1]), on: true }.into(),
        ),
        (What::Pin(MINE, true), Pinned { target: THEIRS, on: true }.into()),
        (What::Delete(MINE), Pinned { target: MINE, on: true }.into()),
    ];
    for (what, body) in others {
        let mut changes = Changes::new();
        changes.change(1, what).body = body;
        caught!(changes, Violation::Foreign { seq: Seq(9), .. });
    }
}

#[test]
fn only_deleted_messages_lose_what_they_said() {
    for seq in [1, 9] {
        let mut changes = Changes::new();
        changes.change(1, What::Edit(MINE));
        changes.redact(seq);
        caught!(
            changes,
            Violation::Wrong { why: "what it said is gone, and its message is not deleted", .. }
        );
    }
}

#[test]
fn a_deletion_names_the_message_before() {
    let mut changes = Changes::new();
    changes.change(0, What::Delete(Seq(8)));
    changes.redact(8);
    caught!(changes, Violation::Wrong { why: "it names another newest message", .. });
    let before = changes.message(7);
    let last = LastMessage::new(Seq(7), before.by, before.at, before.text.as_str());
    let EventBody::Deleted(deleted) = &mut changes.story.log[8].body else { panic!() };
    deleted.last_message = Some(last);
    clean(&mut changes);
}

#[test]
fn an_edit_notifies_those_whom_no_text_mentioned() {
    let users = [vec![UserId(10)], vec![]];
    for (notify, is_right) in [(users[0].clone(), true), (users[1].clone(), false)] {
        let mut changes = Changes::new();
        let EventBody::Edited(edited) = &mut changes.change(1, What::Edit(MINE)).body else { panic!() };
        (edited.mentions, edited.notify) = (vec![UserId(10)], notify);
        if is_right {
            clean(&mut changes);
        } else {
            caught!(changes, Violation::Wrong { seq: Seq(9), .. });
        }
    }
}

#[test]
fn a_command_that_changed_nothing_has_no_event() {
    let what = What::Pin(THEIRS, true);
    let acknowledged = |changes: &mut Changes, seq| {
        let journal = &mut changes.story.history.journals[1];
        let command = journal.attempt(CONVERSATION, what);
        journal.answered(command, Answer::Acked(Seq(seq), Timestamp(5)));
        command
    };
    let mut changes = Changes::new();
    changes.change(0, what);
    acknowledged(&mut changes, 9);
    clean(&mut changes);
    // Before that it was not so.
    acknowledged(&mut changes, 8);
    caught!(changes, Violation::Lost { .. });
    let mut changes = Changes::new();
    changes.change(0, what);
    let command = acknowledged(&mut changes, 9);
    let other =
        Ack { client_id: command.client_id(), conversation: CONVERSATION, seq: Seq(9), at: Timestamp(6) };
    changes.story.history.journals[1].acked(&other);
    caught!(changes, Violation::OtherAck { .. });
}

#[test]
fn refusals_have_a_reason() {
    let refused = |tab: usize, what, code| {
        let mut changes = Changes::new();
        changes.change(1, What::Delete(Seq(3)));
        changes.redact(3);
        let journal = &mut changes.story.history.journals[tab];
        let command = journal.attempt(CONVERSATION, what);
        journal.answered(command, Answer::Refused(code));
        changes
    };
    use ErrorCode::{Forbidden, UnknownConversation, UnknownMessage};
    for (tab, what, code) in [
        (0, What::Edit(MINE), Forbidden),
        (0, What::Delete(MINE), Forbidden),
        (0, What::React(Seq(3), 0, true), UnknownMessage),
    ] {
        clean(&mut refused(tab, what, code));
    }
    for (tab, what, code) in [
        (1, What::Edit(MINE), Forbidden),
        (1, What::Delete(MINE), Forbidden),
        (0, What::React(MINE, 0, true), Forbidden),
        (0, What::React(MINE, 0, true), UnknownMessage),
        (0, What::Delete(Seq(3)), UnknownMessage),
        (0, What::Pin(MINE, true), UnknownConversation),
    ] {
        caught!(refused(tab, what, code), Violation::Refused { .. });
    }
    let mut changes = Changes::new();
    changes.change(1, What::Pin(MINE, true));
    let attempt = changes.story.history.journals[1].attempts.last_mut().unwrap();
    attempt.answer = Answer::Refused(UnknownConversation);
    caught!(changes, Violation::Refused { why: "its event is in the log", .. });
}

#[test]
fn changes_keep_the_order_of_their_sender() {
    let mut changes = Changes::new();
    let journal = &mut changes.story.history.journals[1];
    let commands = [What::Pin(MINE, true), What::Pin(THEIRS, true)]
        .map(|what| (journal.attempt(CONVERSATION, what), what));
    for (command, what) in commands.into_iter().rev() {
        let event = changes.event(1, command, what);
        changes.story.log.push(event);
    }
    caught!(changes, Violation::Reordered { seq: Seq(10), .. });
}
