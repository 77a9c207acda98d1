//! Errors, in words.

use confab_shared::{
    error::{ErrorBody, ErrorCode},
    text::UserName,
};

use super::{Locale, td_string, waits};
use crate::platform::browser;

/// The text of an error: translated where there is a translation, else the server's own sentence.
pub(crate) fn error_text(locale: Locale, error: &ErrorBody) -> String {
    let known = match error.code {
        ErrorCode::AccountsOnly => td_string!(locale, error.accounts_only),
        ErrorCode::AttachmentTooLarge => td_string!(locale, error.attachment_too_large),
        ErrorCode::StorageQuotaExceeded => td_string!(locale, error.storage_quota_exceeded),
        ErrorCode::TooManyAttachments => td_string!(locale, error.too_many_attachments),
        ErrorCode::TooManyUploads => td_string!(locale, error.too_many_uploads),
        ErrorCode::UnknownAttachment => td_string!(locale, error.unknown_attachment),
        ErrorCode::BadEmoji => td_string!(locale, error.bad_emoji),
        ErrorCode::BadInvitation => td_string!(locale, error.bad_invitation),
        ErrorCode::BadName => td_string!(locale, error.bad_name),
        ErrorCode::BadToken => td_string!(locale, error.bad_token),
        ErrorCode::Busy => td_string!(locale, error.busy),
        ErrorCode::Deactivated => td_string!(locale, error.deactivated),
        ErrorCode::CodeRequired => td_string!(locale, error.code_required),
        ErrorCode::Forbidden => td_string!(locale, error.forbidden),
        ErrorCode::Internal => td_string!(locale, error.internal),
        ErrorCode::NameTaken => td_string!(locale, error.name_taken),
        ErrorCode::NotFound => td_string!(locale, error.not_found),
        ErrorCode::PasswordRequired => td_string!(locale, error.password_required),
        ErrorCode::SecondFactorRequired => td_string!(locale, error.second_factor_required),
        ErrorCode::QueryTooLong => td_string!(locale, error.query_too_long),
        ErrorCode::RateLimited => match error.retry_after_ms {
            Some(wait_ms) => return waits::rate_limited_text(locale, wait_ms),
            None => td_string!(locale, error.rate_limited),
        },
        ErrorCode::ShuttingDown => td_string!(locale, error.shutting_down),
        ErrorCode::StoreFailed => td_string!(locale, error.store_failed),
        ErrorCode::TextControlCharacter => td_string!(locale, error.text_control_character),
        ErrorCode::TextEmpty => td_string!(locale, error.text_empty),
        ErrorCode::TextTooLong => td_string!(locale, error.text_too_long),
        ErrorCode::TooLarge => td_string!(locale, error.too_large),
        ErrorCode::TooManyReactions => td_string!(locale, error.too_many_reactions),
        ErrorCode::TooManyTerms => td_string!(locale, error.too_many_terms),
        ErrorCode::UnknownConversation => td_string!(locale, error.unknown_conversation),
        ErrorCode::UnknownMessage => td_string!(locale, error.unknown_message),
        ErrorCode::UnknownUser => td_string!(locale, error.unknown_user),
        ErrorCode::WeakPassword => td_string!(locale, error.weak_password),
        ErrorCode::WrongCode => td_string!(locale, error.wrong_code),
        ErrorCode::WrongPassword => td_string!(locale, error.wrong_password),
        ErrorCode::WrongKind => td_string!(locale, error.wrong_kind),
        ErrorCode::ForeignOrigin => return foreign_origin_text(locale),
        // No answer in time, or one that is not Confab's.
        ErrorCode::Unknown if error.message.is_empty() => td_string!(locale, error.offline),
        ErrorCode::BadCursor
        | ErrorCode::BadFrame
        | ErrorCode::BadJson
        | ErrorCode::BadLimit
        | ErrorCode::BadRequest
        | ErrorCode::BinaryFrame
        | ErrorCode::DraftConflict
        | ErrorCode::IdempotencyConflict
        | ErrorCode::HelloExpected
        | ErrorCode::Incomplete
        | ErrorCode::MethodNotAllowed
        | ErrorCode::TooManyConnections
        | ErrorCode::TooManyDrafts
        | ErrorCode::TooManySaved
        | ErrorCode::UnknownType
        | ErrorCode::UnsupportedTusVersion
        | ErrorCode::UpgradeRequired
        | ErrorCode::UploadLocked
        | ErrorCode::WrongOffset
        | ErrorCode::WrongSender
        | ErrorCode::Unknown => return error.message.clone(),
    };
    known.to_string()
}

/// Why the server refuses the page's requests, and what its operator can do: mostly, a proxy replaces the `Host` header.
pub(crate) fn foreign_origin_text(locale: Locale) -> String {
    let site = browser::window().location().origin().unwrap_or_default();
    td_string!(locale, error.foreign_origin, site = site).to_string()
}

/// The text of an error of a name, with the limit of its length.
pub(crate) fn name_error_text(locale: Locale, error: &ErrorBody) -> String {
    if error.code == ErrorCode::TextTooLong {
        td_string!(locale, error.name_too_long, max = UserName::MAX_CHARS).to_string()
    } else {
        error_text(locale, error)
    }
}
