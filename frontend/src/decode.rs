//! JSON into the types of the wire, by way of one tree: each type's decoder is compiled once, for the tree, instead of
//! once for text and again for every enum that it stands in. That is a tenth of what a first visit fetches.

use confab_shared::protocol::ServerFrame;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Any type of the wire; none where the text is not of it.
pub(crate) fn body<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::from_str(text).ok()?).ok()
}

/// A frame from the server; none where it cannot be read, as one from a newer server may not.
pub(crate) fn frame(text: &str) -> Option<ServerFrame> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some(match value.get("type")?.as_str()? {
        "welcome" => ServerFrame::Welcome(of(value)?),
        "ack" => ServerFrame::Ack(of(value)?),
        "event" => ServerFrame::Event(of(value)?),
        "typing" => {
            let conversation = of(value.get("conversation")?.clone())?;
            ServerFrame::Typing { conversation, user: of(value.get("user")?.clone())? }
        }
        "presence" => ServerFrame::Presence(of(value)?),
        "read" => ServerFrame::Read(of(value)?),
        "lagged" => ServerFrame::Lagged,
        "error" => ServerFrame::Error(of(value)?),
        _ => ServerFrame::Unknown,
    })
}

fn of<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as the wire's own decoder says, of every frame there is.
    #[test]
    fn reads_what_the_wire_reads() {
        let user = r#"{"id":2,"name":"mei"}"#;
        let event =
            r#"{"conversation":7,"seq":3,"at":5,"by":2,"body":{"kind":"posted","text":"hi","ordinal":3}}"#;
        let conversation = r#"{"id":7,"kind":"direct","peer":2,"member_count":2,"head":3,"messages":3,"cursor":1,
            "read":1,"seen":0,"active_at":5,"last_message":{"by":2,"at":5,"text":"hi"}}"#;
        for text in [
            format!(
                r#"{{"type":"welcome","you":{user},"conversations":[{conversation}],"users":[{user}],
                "presence":[{{"user":2,"online":false,"last_seen":4}}],"time":6}}"#
            ),
            r#"{"type":"ack","client_id":"0190163d-8694-739b-aea5-966c26f8ad91","conversation":7,"seq":4,"at":6}"#
                .to_owned(),
            format!(r#"{{"type":"event","event":{event},"users":[{user}]}}"#),
            format!(r#"{{"type":"typing","conversation":7,"user":{user}}}"#),
            r#"{"type":"presence","user":2,"online":true}"#.to_owned(),
            r#"{"type":"read","conversation":7,"user":2,"seq":3,"read":3}"#.to_owned(),
            r#"{"type":"lagged"}"#.to_owned(),
            r#"{"type":"error","code":"name_taken","message":"No."}"#.to_owned(),
            r#"{"type":"error","code":"of a newer server","message":"No."}"#.to_owned(),
            r#"{"type":"of a newer server","more":1}"#.to_owned(),
        ] {
            assert_eq!(frame(&text), serde_json::from_str(&text).ok(), "{text}");
        }
        for bad in ["", "{}", "[]", r#"{"type":1}"#, r#"{"type":"ack"}"#] {
            assert_eq!(frame(bad), None, "{bad}");
        }
    }
}
