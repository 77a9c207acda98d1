//! Items and states that readers had: every kind of break is caught.

use confab_shared::{
    api::{MessagePage, Pins},
    conversation::UnreadMention,
    emoji::Emoji,
    event::EventBody,
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::{Message, Reaction, Stamp},
    text::MessageText,
};

use super::{
    CONVERSATION, MESSAGES, caught, end, part, posted,
    story::{Changes, MINE, THEIRS, clean},
};
use crate::{
    command::{Command, EMOJI},
    history::{Part, Snapshot, Source, What},
    verify::{Verifier, Violation},
};

#[test]
fn items_are_messages_as_they_were() {
    let changed = || {
        let mut changes = Changes::new();
        changes.change(1, What::React(THEIRS, 0, true));
        changes
    };
    let before = changed().message(2);
    let reaction = Reaction { emoji: Emoji::existing(EMOJI[0]), users: vec![UserId(11)] };
    let after = Message { reactions: vec![reaction], ..before.clone() };
    // The version, and as of which events it may be seen: exactly as of one, or as of one or a later one.
    for (message, as_of, page, cached) in [
        (&before, 8, true, true),
        (&before, 9, false, false),
        (&after, 9, true, true),
        (&after, 8, false, true),
    ] {
        for (source, is_right) in [(Source::Page, page), (Source::Cached, cached)] {
            let mut changes = changed();
            changes.sees(source, as_of, message.clone());
            if is_right {
                clean(&mut changes);
            } else {
                caught!(changes, Violation::UntrueMessage { tab: 1, seq: THEIRS, .. });
            }
        }
    }
}

#[test]
fn every_field_of_an_item_counts() {
    let untrue: [fn(&mut Message); 9] = [
        |message| message.text = MessageText::existing("other"),
        |message| message.at = Timestamp(1),
        |message| message.by = UserId(99),
        |message| message.client_id = None,
        |message| message.mentions = vec![UserId(10)],
        |message| message.edited_at = Some(Timestamp(1)),
        |message| message.pinned = Some(Stamp { by: UserId(10), at: Timestamp(1) }),
        |message| message.deleted = Some(Stamp { by: UserId(10), at: Timestamp(1) }),
        |message| {
            message.reactions = vec![Reaction { emoji: Emoji::existing("👍"), users: vec![UserId(10)] }]
        },
    ];
    for make_untrue in untrue {
        let mut changes = Changes::new();
        let mut message = changes.message(2);
        make_untrue(&mut message);
        changes.sees(Source::Cached, 8, message);
        caught!(changes, Violation::UntrueMessage { seq: THEIRS, .. });
    }
    let mut changes = Changes::new();
    let missing = Part { items: vec![].into(), ..part(&changes.story.log[3..4], MESSAGES) };
    changes.story.history.journals[0].parts.push(missing);
    caught!(changes, Violation::UntrueMessage { seq: Seq(4), .. });
    let mut changes = Changes::new();
    changes.story.history.journals[0].parts.push(part(&changes.story.log, MESSAGES + 1));
    caught!(changes, Violation::Vanished { last: Seq(9), .. });
}

#[test]
fn a_deleted_message_was_there_before() {
    let mut changes = Changes::new();
    let before = changes.message(1);
    changes.change(1, What::Delete(MINE));
    changes.redact(1);
    changes.sees(Source::Page, 8, before.clone());
    clean(&mut changes);
    changes.sees(Source::Cached, 9, before);
    caught!(changes, Violation::UntrueMessage { seq: MINE, as_of: Seq(9), .. });
}

#[test]
fn what_readers_received_may_be_gone_by_now() {
    let mut changes = Changes::new();
    changes.change(1, What::Delete(MINE));
    // Both tabs received the text before.
    changes.redact(1);
    clean(&mut changes);
    // Nothing else of it may differ.
    changes.story.log[0].at = Timestamp(7);
    caught!(changes, Violation::Unlike { .. });
}

#[test]
fn the_final_messages_and_pins_are_those_of_the_log() {
    let mut changes = Changes::new();
    changes.change(1, What::Pin(THEIRS, true));
    let pinned = Some(Stamp { by: UserId(11), at: Timestamp(1_009) });
    let second = Message { pinned, ..changes.message(2) };
    let page = |second: &Message| MessagePage {
        items: vec![Item::Message(changes.message(1)), Item::Message(second.clone())],
        quoted: vec![],
        root: None,
        users: vec![],
        head_seq: Seq(9),
        first_seq: Seq(1),
        last_seq: Seq(2),
    };
    let pins = |messages| Pins { messages, users: vec![], head_seq: Seq(9) };
    let verify = |page, pins| {
        let mut verifier = Verifier::new(&changes.story.history, &[]);
        verifier.begin(CONVERSATION);
        verifier.page(&changes.story.log);
        verifier.messages(&page);
        verifier.pins(&pins);
        verifier.end();
        verifier.verdict().violations
    };
    let none = verify(page(&second), pins(vec![second.clone()]));
    assert!(none.is_empty(), "{none:#?}");
    let unpinned = Message { pinned: None, ..second.clone() };
    let found = verify(page(&unpinned), pins(vec![second.clone()]));
    assert!(matches!(found[..], [Violation::UntrueList { seq: THEIRS, .. }]), "{found:#?}");
    for wrong in [vec![], vec![unpinned], vec![changes.message(1), second.clone()]] {
        let found = verify(page(&second), pins(wrong));
        assert!(matches!(found[..], [Violation::UntrueList { what: "the pins", .. }]), "{found:#?}");
    }
}

#[test]
fn a_state_counts_messages_that_are_there() {
    let snapshot = |change: fn(&mut Snapshot)| {
        let mut changes = Changes::new();
        changes.change(1, What::Delete(MINE));
        changes.redact(1);
        let held = end(0, UserId(10), &changes.story.log[..8]).held.remove(0);
        let mut snapshot = Snapshot::of(&held);
        (snapshot.head_seq, snapshot.message_count, snapshot.deleted_count) = (Seq(9), 7, 1);
        snapshot.read_count = 1;
        change(&mut snapshot);
        changes.story.history.journals[0].snapshots.push(snapshot);
        changes
    };
    clean(&mut snapshot(|_| ()));
    let untrue: [fn(&mut Snapshot); 4] = [
        |held| held.message_count = 8,
        |held| held.deleted_count = 0,
        |held| held.read_count = 2,
        |held| held.last = 7,
    ];
    for make_untrue in untrue {
        caught!(snapshot(make_untrue), Violation::Untrue { tab: 0, .. });
    }
}

#[test]
fn unread_mentions_begin_and_end_with_edits() {
    let welcomed = |mentions: &[(u64, u64)], head: u64| {
        let mut changes = Changes::new();
        let EventBody::Edited(edited) = &mut changes.change(1, What::Edit(Seq(3))).body else { panic!() };
        (edited.mentions, edited.notify) = (vec![UserId(10)], vec![UserId(10)]);
        changes.change(1, What::Edit(Seq(3)));
        let held = end(0, UserId(10), &changes.story.log[..8]).held.remove(0);
        let mut snapshot = Snapshot::of(&held);
        snapshot.head_seq = Seq(head);
        let unread = |(seq, event): &(u64, u64)| UnreadMention { seq: Seq(*seq), event: Seq(*event) };
        snapshot.mentions = mentions.iter().map(unread).collect();
        changes.story.history.journals[0].snapshots.push(snapshot);
        changes
    };
    clean(&mut welcomed(&[], 8));
    clean(&mut welcomed(&[(3, 9)], 9));
    clean(&mut welcomed(&[], 10));
    caught!(welcomed(&[(3, 9)], 8), Violation::Untrue { what: "mentions", .. });
    caught!(welcomed(&[], 9), Violation::Untrue { what: "mentions", .. });
    caught!(welcomed(&[(3, 9)], 10), Violation::Untrue { what: "mentions", .. });
}

#[test]
fn a_part_of_a_conversation_that_has_no_log_vanished() {
    let mut changes = Changes::new();
    let names = changes.story.history.names.clone();
    let mut event = posted(Command { tab: 0, number: 0 }, UserId(10), 1, &names);
    event.conversation = ConversationId(6);
    changes.story.history.journals[0].parts.push(part(&[event], 1));
    caught!(changes, Violation::Vanished { conversation: ConversationId(6), .. });
}
