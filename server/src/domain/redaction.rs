//! Removes what deleted messages said from the events of a log.

use confab_shared::{
    emoji::Emoji,
    event::{Event, EventBody},
    id::Seq,
    text::MessageText,
};

use super::notification::StoredEvent;

/// Removes from an event what it says of deleted messages: their texts, mentions, reactions and previews. Answers
/// whether there was something.
pub fn redact(stored: &mut StoredEvent, is_deleted: impl Fn(Seq) -> bool) -> bool {
    let seq = stored.event.seq;
    match &mut stored.event.body {
        EventBody::Posted(posted) if is_deleted(seq) => {
            let there =
                !posted.text.as_str().is_empty() || !posted.attachments.is_empty() || stored.legacy.is_some();
            posted.text = MessageText::existing("");
            posted.mentions.clear();
            posted.attachments.clear();
            stored.legacy = None;
            there
        }
        EventBody::Edited(edited) if is_deleted(edited.target) => {
            let there = !edited.text.as_str().is_empty();
            edited.text = MessageText::existing("");
            edited.mentions.clear();
            edited.notify.clear();
            there
        }
        EventBody::Reacted(reacted) if is_deleted(reacted.target) => {
            let there = !reacted.emoji.as_str().is_empty();
            reacted.emoji = Emoji::existing("");
            there
        }
        EventBody::Previewed(previewed) if is_deleted(previewed.target) => {
            !std::mem::take(&mut previewed.previews).is_empty()
        }
        EventBody::Deleted(deleted) => match &mut deleted.last_message {
            Some(last) if is_deleted(last.seq) => {
                let attachments = last.attachments.take();
                !std::mem::take(&mut last.text).is_empty() || attachments.is_some()
            }
            _ => false,
        },
        _ => false,
    }
}

/// The message of which an event contains a text, a reaction or previews.
pub fn quoted_message(event: &Event) -> Option<Seq> {
    match &event.body {
        EventBody::Posted(_) => Some(event.seq),
        EventBody::Edited(edited) => Some(edited.target),
        EventBody::Reacted(reacted) => Some(reacted.target),
        EventBody::Previewed(previewed) => Some(previewed.target),
        EventBody::Deleted(deleted) => deleted.last_message.as_ref().map(|last| last.seq),
        _ => None,
    }
}
