//! What lists and quotes say of attachments.

use confab_shared::{
    attachment::{Attachment, AttachmentKind, AttachmentSummary},
    message::Message,
};

use crate::{
    i18n::{Locale, plurals::t_plural, td_string},
    ui::bidi::strip_direction_controls,
};

/// The attachments of a message in a few words: their kind, or the name of a file.
pub(crate) fn words(locale: Locale, summary: &AttachmentSummary) -> String {
    let count = u64::from(summary.count);
    match summary.kind {
        AttachmentKind::Picture if count == 1 => td_string!(locale, attachments.photo).to_owned(),
        AttachmentKind::Picture => t_plural!(locale, count, attachments.photos, count = count),
        AttachmentKind::Video if count == 1 => td_string!(locale, attachments.video).to_owned(),
        AttachmentKind::Video => t_plural!(locale, count, attachments.videos, count = count),
        AttachmentKind::Voice => td_string!(locale, attachments.voice).to_owned(),
        AttachmentKind::Audio | AttachmentKind::File if count == 1 => strip_direction_controls(&summary.name),
        AttachmentKind::Audio | AttachmentKind::File => {
            t_plural!(locale, count, attachments.files, count = count)
        }
    }
}

/// A text, or what stands for it where a message has only attachments.
pub(crate) fn text_or_words(locale: Locale, text: &str, attachments: &[Attachment]) -> String {
    match AttachmentSummary::of(attachments).filter(|_| text.is_empty()) {
        Some(summary) => words(locale, &summary),
        None => text.to_owned(),
    }
}

/// The same of a message.
pub(crate) fn of_message(locale: Locale, message: &Message) -> String {
    text_or_words(locale, message.text.as_str(), &message.attachments)
}
