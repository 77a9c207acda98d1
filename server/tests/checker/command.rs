//! The id and the text of a command: both follow from its tab and its number there, so that millions can
//! be checked without keeping one text.

use confab_shared::{id::ClientId, text::MessageText};
use uuid::Uuid;

use crate::support::dice::mix;

/// The milliseconds that the first ids are of; the number is added, so that ids grow as those of real clients do.
const BEGAN: u64 = 0x0190_d0a0_0000;

/// The emoji that tabs react with.
pub const EMOJI: [&str; 5] = ["👍", "🎉", "😀", "🚀", "👀"];

/// How many tabs there can be.
pub const MAX_TABS: u16 = 1 << 12;

/// A command: the tab that gave it, and its number among the tab's commands, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Command {
    pub tab: u16,
    pub number: u32,
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "tab {}'s command {}", self.tab, self.number)
    }
}

impl Command {
    /// Its id on the wire: a UUIDv7.
    pub fn client_id(self) -> ClientId {
        let time = u128::from(BEGAN + u64::from(self.number)) << 80;
        let rest = u128::from(self.hash() >> 2);
        ClientId(Uuid::from_u128(time | 0x7 << 76 | u128::from(self.tab) << 64 | 0b10 << 62 | rest))
    }

    /// The command with an id; none where no tab made it.
    pub fn of(id: ClientId) -> Option<Self> {
        let bits = id.0.as_u128();
        let number = u32::try_from(((bits >> 80) as u64).checked_sub(BEGAN)?).ok()?;
        let command = Self { tab: (bits >> 64) as u16 & (MAX_TABS - 1), number };
        (command.client_id() == id).then_some(command)
    }

    /// The text of the message that it posts or edits, among users of these names: mostly a line, sometimes a page; some
    /// mention a user, and some those who are online.
    pub fn text(self, names: &[String]) -> MessageText {
        let hash = self.hash();
        let mut text = format!("{}.{} ", self.tab, self.number);
        if hash.is_multiple_of(16) {
            text = format!("{text}@{} ", names[(hash >> 8) as usize % names.len()]);
        }
        if hash % 64 == 5 {
            text.push_str("@here ");
        }
        let spread = hash >> 32;
        let length = match hash % 100 {
            0..=2 => 1_000 + spread % 7_000,
            3..=14 => 100 + spread % 500,
            _ => 8 + spread % 80,
        };
        let filler = format!("{hash:016x} ");
        while (text.len() as u64) < length {
            text.push_str(&filler);
        }
        MessageText::new(&text).expect("it is not empty, and short enough")
    }

    /// The text of a message of the largest size.
    pub fn speech(self) -> MessageText {
        let filler = format!("{}.{} {:016x} ", self.tab, self.number, self.hash());
        let mut text = filler.repeat(MessageText::MAX_BYTES / filler.len());
        text.truncate(MessageText::MAX_BYTES);
        MessageText::new(&text).expect("it is as long as may be")
    }

    /// What the group is called that it begins or renames.
    pub fn title(self) -> String {
        format!("Group {:x} of {self}", self.hash() >> 48)
    }

    fn hash(self) -> u64 {
        mix(u64::from(self.tab) << 32 | u64::from(self.number))
    }
}

#[test]
fn an_id_is_a_uuid_of_version_7_and_leads_back() {
    for tab in [0, 1, 77, MAX_TABS - 1] {
        for number in [0, 1, 1_000_000, u32::MAX] {
            let command = Command { tab, number };
            let id = command.client_id();
            assert_eq!((id.0.get_version_num(), id.0.get_variant()), (7, uuid::Variant::RFC4122));
            assert_eq!(Command::of(id), Some(command));
        }
    }
    assert_eq!(Command::of(ClientId(Uuid::from_u128(0x0190_d0a0_0000_7000_8000_0000_0000_0001))), None);
}

#[test]
fn every_command_says_something_else() {
    let names = ["mei".to_owned(), "ada".to_owned()];
    let texts: std::collections::HashSet<_> =
        (0..1_000).map(|number| Command { tab: 3, number }.text(&names)).collect();
    assert_eq!(texts.len(), 1_000);
    assert!(texts.iter().any(|text| text.as_str().contains('@')));
    assert!(texts.iter().any(|text| text.as_str().contains("@here ")));
}
