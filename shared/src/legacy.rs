//! The dialect of the demo that Confab grew out of, on `/ws?userID=N`:
//! `{"userID1":"123","userID2":"456","data":"hi"}`, with an optional `type`.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

/// Where a frame goes: the demo's `type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// 1, and where there is no `type`: to the user whom `userID2` names.
    #[default]
    Private,
    /// 2: to the group whose title is `userID2`.
    Group,
    /// 3: to everybody; `userID2` may be missing.
    Broadcast,
}

impl TryFrom<u8> for Target {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::Private),
            2 => Ok(Self::Group),
            3 => Ok(Self::Broadcast),
            _ => Err(format!("type {number} is none of 1 (private), 2 (group) and 3 (broadcast)")),
        }
    }
}

/// A frame of the demo's, either way. What can be borrowed of the text it was read from is not copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyFrame<'a> {
    /// 1, 2 or 3; left out for 1, as the demo's pages leave it out.
    #[serde(rename = "type", default = "private", skip_serializing_if = "is_private")]
    pub kind: u8,
    /// Who sends it.
    #[serde(rename = "userID1", borrow)]
    pub from: Cow<'a, str>,
    /// Who or what it is for.
    #[serde(
        rename = "userID2",
        borrow,
        default,
        deserialize_with = "borrowed",
        skip_serializing_if = "Option::is_none"
    )]
    pub to: Option<Cow<'a, str>>,
    /// What it says.
    #[serde(borrow)]
    pub data: Cow<'a, str>,
}

fn private() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_private(kind: &u8) -> bool {
    *kind == 1
}

/// Where a [`Cow`] does not stand by itself, serde would copy it.
fn borrowed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Text<'de>>::deserialize(deserializer)?.map(|text| text.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_demo_writes_is_what_we_write() {
        let bytes = r#"{"userID1":"123","userID2":"456","data":"hi \"你好\"\n"}"#;
        let frame: LegacyFrame = serde_json::from_str(bytes).unwrap();
        assert_eq!((frame.kind, &*frame.from, frame.to.as_deref()), (1, "123", Some("456")));
        assert_eq!(serde_json::to_string(&frame).unwrap(), bytes);
    }

    #[test]
    fn a_broadcast_needs_no_target() {
        let frame: LegacyFrame = serde_json::from_str(r#"{"type":3,"userID1":"123","data":"hi"}"#).unwrap();
        assert_eq!(Target::try_from(frame.kind), Ok(Target::Broadcast));
        assert_eq!(frame.to, None);
        assert!(Target::try_from(7).is_err());
    }
}
