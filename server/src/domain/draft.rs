//! Drafts: which change of a draft is taken. A draft is versioned, and keeps its version when its text is removed, so that what
//! one device saves late never brings back what was sent or changed on another.

use confab_shared::{draft::MAX_DRAFTS, text::MessageText};

/// How far the version of what was sent may be ahead of the stored one. A save that is under way is one ahead; what is further is
/// of no draft that ever was.
const MAX_AHEAD: u64 = 16;

/// The highest version: the greatest integer that every backend can store. Nobody gets there by changes.
const MAX_VERSION: u64 = i64::MAX.unsigned_abs();

/// A change of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftEdit {
    /// Another text, or none, of somebody who knows the draft as it was at a version.
    Save {
        /// The text.
        text: Option<MessageText>,
        /// The version.
        version: u64,
    },
    /// The draft was sent as it was at a version, or before: its text is removed.
    Sent {
        /// The version.
        version: u64,
    },
}

/// What is stored of a draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredDraft {
    /// Its version; 0 where it never was.
    pub version: u64,
    /// Whether it has a text.
    pub has_text: bool,
}

/// What becomes of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftDecision {
    /// The draft gets this text, and this version.
    Write(Option<MessageText>, u64),
    /// It stays as it is.
    Keep,
    /// It has another version than the one who changes it knows.
    Conflict,
    /// The user has too many.
    TooMany,
}

/// Decides on a change. `drafts` is how many drafts with a text the user has.
pub fn decide(stored: StoredDraft, edit: &DraftEdit, drafts: usize) -> DraftDecision {
    match edit {
        DraftEdit::Save { version, .. } if *version != stored.version => DraftDecision::Conflict,
        DraftEdit::Save { text: None, .. } if !stored.has_text => DraftDecision::Keep,
        DraftEdit::Save { text: Some(_), .. } if !stored.has_text && drafts >= MAX_DRAFTS => {
            DraftDecision::TooMany
        }
        DraftEdit::Save { text, .. } => DraftDecision::Write(text.clone(), after(stored.version)),
        // Another device has changed it since: that is not what was sent.
        DraftEdit::Sent { version } if stored.version > *version => DraftDecision::Keep,
        DraftEdit::Sent { version } if *version - stored.version > MAX_AHEAD => DraftDecision::Keep,
        // A version behind both: whatever is saved late is based on an earlier one.
        DraftEdit::Sent { version } => DraftDecision::Write(None, after(*version)),
    }
}

/// The version after another.
fn after(version: u64) -> u64 {
    version.saturating_add(1).min(MAX_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<MessageText> {
        Some(MessageText::new(text).unwrap())
    }

    fn stored(version: u64, has_text: bool) -> StoredDraft {
        StoredDraft { version, has_text }
    }

    #[test]
    fn a_change_of_what_is_known_is_taken() {
        let save = |text, version| DraftEdit::Save { text, version };
        assert_eq!(decide(stored(0, false), &save(text("a"), 0), 0), DraftDecision::Write(text("a"), 1));
        assert_eq!(decide(stored(4, true), &save(None, 4), 1), DraftDecision::Write(None, 5));
        assert_eq!(decide(stored(4, true), &save(text("b"), 3), 1), DraftDecision::Conflict);
        assert_eq!(decide(stored(4, false), &save(None, 4), 0), DraftDecision::Keep);
        assert_eq!(decide(stored(0, false), &save(text("a"), 0), MAX_DRAFTS), DraftDecision::TooMany);
        assert_eq!(
            decide(stored(1, true), &save(text("a"), 1), MAX_DRAFTS),
            DraftDecision::Write(text("a"), 2)
        );
    }

    #[test]
    fn what_was_sent_does_not_come_back() {
        let late = DraftEdit::Save { text: text("hello"), version: 1 };
        // Version 2 is on its way while the message is sent.
        let sent = DraftEdit::Sent { version: 2 };
        let DraftDecision::Write(None, version) = decide(stored(1, true), &sent, 1) else { panic!() };
        assert_eq!(decide(stored(version, false), &late, 0), DraftDecision::Conflict);
        assert_eq!(
            decide(stored(2, true), &sent, 1),
            DraftDecision::Write(None, version),
            "whichever is first"
        );
        assert_eq!(decide(stored(4, true), &sent, 1), DraftDecision::Keep, "another device has begun anew");
    }

    #[test]
    fn a_version_that_never_was_changes_nothing() {
        let sent = |version| decide(stored(1, true), &DraftEdit::Sent { version }, 1);
        assert_eq!(sent(1 + MAX_AHEAD), DraftDecision::Write(None, 2 + MAX_AHEAD));
        for version in [2 + MAX_AHEAD, MAX_VERSION - 1, MAX_VERSION, u64::MAX] {
            assert_eq!(sent(version), DraftDecision::Keep, "{version}");
        }
        for edit in [
            DraftEdit::Save { text: text("a"), version: MAX_VERSION },
            DraftEdit::Sent { version: MAX_VERSION },
        ] {
            let decision = decide(stored(MAX_VERSION, true), &edit, 1);
            assert!(matches!(decision, DraftDecision::Write(_, MAX_VERSION)), "{decision:?}");
        }
    }
}
