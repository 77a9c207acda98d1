//! Compares these decoders with serde's.

use serde::de::DeserializeOwned;

use super::*;
use crate::{
    api::{
        Accounts, ConversationView, CreatedInvitation, EventPage, InvitationView, Invitations, Me, Members,
        MessagePage, Pins, RecoveryCodes, Revisions, SecondFactorSecret, ServerInfo, Sessions, Settings,
        SignedIn, Users,
    },
    command::Command,
    event::Event,
    item::Item,
    protocol::ServerFrame,
};

const USER: &str = r#"{"id":2,"name":"mei"}"#;
const PRESENCE: &str = r#"{"user":2,"online":false,"last_seen":4}"#;
const CONVERSATION: &str = r#"{"id":7,"kind":"direct","peer":2,"member_count":2,"head_seq":3,"message_count":3,"read_seq":1,
    "read_count":1,"mentions":[{"seq":2,"event":2},{"seq":1,"event":3}],"peers_read_seq":0,"last_activity_at":5,
    "last_message":{"seq":3,"by":2,"at":5,"text":"hi"}}"#;
const GROUP: &str = r#"{"id":8,"kind":"group","title":"Weekend trip","role":"admin","deleted_count":1,"member_count":2,"head_seq":0,"message_count":0,
    "read_seq":0,"read_count":0,"peers_read_seq":0,"last_activity_at":5}"#;

const MESSAGE: &str = r#""seq":1,"at":5,"by":2,"client_id":"0190163d-8694-739b-aea5-966c26f8ad91","text":"hi","mentions":[1],
    "edited_at":6,"reactions":[{"emoji":"🎉","users":[1,2]}],"pinned":{"by":1,"at":7},"deleted":{"by":2,"at":8}"#;

fn event(body: &str) -> String {
    format!(
        r#"{{"conversation":7,"seq":3,"at":5,"by":2,"client_id":"0190163d-8694-739b-aea5-966c26f8ad91","body":{body}}}"#
    )
}

fn same<T: Decode + DeserializeOwned + PartialEq + std::fmt::Debug>(text: &str) {
    let by_serde: Option<T> = serde_json::from_str(text).ok();
    assert!(by_serde.is_some(), "a bad sample: {text}");
    assert_eq!(from_str::<T>(text), by_serde, "{text}");
}

#[test]
fn frames_decode_as_serde_decodes_them() {
    for text in [
        format!(
            r#"{{"type":"welcome","you":{USER},"conversations":[{CONVERSATION},{GROUP}],"users":[{USER}],
            "presence":[{PRESENCE}],"time":6,"later":1}}"#
        ),
        format!(
            r#"{{"type":"welcome","you":{USER},"conversations":[],"users":[],"presence":[],"time":6,
            "group_requests":[{{"conversation":7,"title":"Trip","by":{USER},"at":6}}]}}"#
        ),
        format!(r#"{{"type":"group_request","conversation":7,"title":"Trip","by":{USER},"at":6}}"#),
        r#"{"type":"group_request_declined","conversation":7}"#.into(),
        r#"{"type":"ack","client_id":"0190163d-8694-739b-aea5-966c26f8ad91","conversation":7,"seq":4,"at":6}"#.into(),
        format!(r#"{{"type":"event","event":{},"users":[{USER}]}}"#, event(r#"{"kind":"left"}"#)),
        format!(r#"{{"type":"typing","conversation":7,"user":{USER}}}"#),
        format!(r#"{{"type":"typing","conversation":7,"user":{USER},"stopped":true}}"#),
        r#"{"type":"presence","user":2,"online":true}"#.into(),
        r#"{"type":"read","conversation":7,"user":2,"read_seq":3,"read_count":3,"head_seq":4}"#.into(),
        r#"{"type":"lagged"}"#.into(),
        r#"{"type":"pong"}"#.into(),
        r#"{"type":"error","code":"name_taken","message":"No.","client_id":null}"#.into(),
        r#"{"type":"error","code":"of a newer server","message":"No."}"#.into(),
        r#"{"type":"of a newer server","more":1}"#.into(),
    ] {
        same::<ServerFrame>(&text);
    }
}

#[test]
fn events_of_every_kind_decode_as_serde_decodes_them() {
    for body in [
        r#"{"kind":"posted","text":"hi\n\u4f60","ordinal":3,"mentions":[1]}"#,
        r#"{"kind":"posted","text":"hi","ordinal":3}"#,
        r#"{"kind":"joined","users":[2,3]}"#,
        r#"{"kind":"invited","users":[2,3]}"#,
        r#"{"kind":"left"}"#,
        r#"{"kind":"renamed","title":"Weekend trip"}"#,
        r#"{"kind":"topic","topic":"trains"}"#,
        r#"{"kind":"topic"}"#,
        r#"{"kind":"edited","target":1,"text":"ho","mentions":[1,2],"notify":[2]}"#,
        r#"{"kind":"edited","target":1,"text":"ho"}"#,
        r#"{"kind":"deleted","target":1,"last_message":{"seq":1,"by":2,"at":5,"text":"hi"}}"#,
        r#"{"kind":"deleted","target":1}"#,
        r#"{"kind":"reacted","target":1,"emoji":"🎉","on":true}"#,
        r#"{"kind":"pinned","target":1,"on":false}"#,
        r#"{"kind":"previewed","target":1,"previews":[{"url":"https://a.example","title":"A","description":"B","site":"C"}]}"#,
        r#"{"kind":"previewed","target":1,"previews":[]}"#,
        r#"{"kind":"of a newer server","more":1}"#,
    ] {
        same::<Event>(&event(body));
    }
}

#[test]
fn commands_of_every_kind_decode_as_serde_decodes_them() {
    for (kind, fields) in [
        ("send", r#""text":"hi""#),
        ("add_members", r#""users":["mei"]"#),
        ("rename", r#""title":"Weekend trip""#),
        ("leave", r#""more":1"#),
        ("set_topic", r#""topic":"trains""#),
        ("edit", r#""target":1,"text":"ho""#),
        ("delete", r#""target":1"#),
        ("react", r#""target":1,"emoji":"🎉","on":true"#),
        ("pin", r#""target":1,"on":false"#),
        ("remove_preview", r#""target":1,"url":"https://a.example""#),
    ] {
        same::<Command>(&format!(
            r#"{{"type":"{kind}","client_id":"0190163d-8694-739b-aea5-966c26f8ad91","conversation":7,{fields}}}"#
        ));
    }
    assert_eq!(from_str::<Item>(r#"{"type":"of a newer server"}"#), None);
    assert_eq!(from_str::<Command>(r#"{"type":"of a newer page","conversation":7}"#), None);
}

#[test]
fn bodies_decode_as_serde_decodes_them() {
    same::<ServerInfo>(r#"{"access":"accounts","version":"0.1.0"}"#);
    same::<SignedIn>(&format!(r#"{{"token":"t","guest_key":"k","user":{USER}}}"#));
    same::<ConversationView>(&format!(
        r#"{{"conversation":{CONVERSATION},"users":[{USER}],"presence":[{PRESENCE}]}}"#
    ));
    same::<Members>(&format!(r#"{{"users":[{USER}],"presence":[],"more":true}}"#));
    same::<EventPage>(&format!(r#"{{"events":[{}],"users":[],"head_seq":3}}"#, event(r#"{"kind":"left"}"#)));
    same::<MessagePage>(&format!(
        r#"{{"items":[{{"type":"message",{MESSAGE}}},{{"type":"notice",{}],"users":[{USER}],"head_seq":9,"first_seq":1,
        "last_seq":8}}"#,
        &event(r#"{"kind":"left"}"#)[1..]
    ));
    same::<Pins>(&format!(r#"{{"messages":[{{{MESSAGE}}}],"users":[{USER}],"head_seq":9}}"#));
    same::<Revisions>(r#"{"revisions":[{"at":5,"text":"hi"}]}"#);
    same::<Users>(&format!(r#"{{"users":[{USER}]}}"#));
}

#[test]
fn bodies_of_accounts_decode_as_serde_decodes_them() {
    same::<Me>(&format!(
        r#"{{"user":{USER},"role":"owner","has_password":true,"has_second_factor":false,"recovery_codes":8,"asks_before_groups":false,
        "shares_read_positions":true}}"#
    ));
    same::<Accounts>(&format!(
        r#"{{"accounts":[{{"user":{USER},"role":"guest","active":false,"has_password":true,"has_second_factor":false,
        "last_seen":4}}],"more":false}}"#
    ));
    same::<Invitations>(&format!(
        r#"{{"invitations":[{{"id":1,"by":{USER},"role":"member","uses_left":2,"used":0,"expires_at":9,
        "groups":["Weekend trip"]}}]}}"#
    ));
    same::<CreatedInvitation>(r#"{"id":1,"token":"t","url":"https://confab.example/join#t"}"#);
    same::<InvitationView>(r#"{"by":"mei","role":"admin"}"#);
    same::<InvitationView>(r#"{"role":"owner"}"#);
    same::<Sessions>(
        r#"{"sessions":[{"id":1,"browser":"Firefox, Linux","address":"127.0.0.1","created_at":4,"last_used":5,"current":true},
        {"id":2,"created_at":4,"last_used":5,"current":false}]}"#,
    );
    same::<SecondFactorSecret>(
        r#"{"secret":"ABCD","uri":"otpauth://totp/mei","qr_size":21,"qr_path":"M0 0h7"}"#,
    );
    same::<RecoveryCodes>(r#"{"codes":["abcd-efgh"]}"#);
    same::<Settings>(r#"{"registration":true}"#);
    assert_eq!(
        from_str::<SecondFactorSecret>(&format!(
            r#"{{"secret":"A","uri":"u","qr_size":{},"qr_path":""}}"#,
            u64::from(u32::MAX) + 1
        )),
        None
    );
}

#[test]
fn malformed_frames_are_refused() {
    for bad in [
        "",
        "{}",
        "[]",
        r#"{"type":1}"#,
        r#"{"type":"ack"}"#,
        r#"{"type":"presence","user":2}"#,
        r#"{"type":"presence","user":-2,"online":true}"#,
        r#"{"type":"typing","conversation":7,"user":{"id":2,"name":"two words"}}"#,
    ] {
        assert_eq!(from_str::<ServerFrame>(bad), None, "{bad}");
        assert!(serde_json::from_str::<ServerFrame>(bad).is_err(), "{bad}");
    }
}

/// The tree that serde parses.
fn by_serde(text: &str) -> Option<Json> {
    fn tree(value: serde_json::Value) -> Json {
        use serde_json::Value;
        match value {
            Value::Null => Json::Null,
            Value::Bool(bool) => Json::Bool(bool),
            Value::Number(number) => number.as_u64().map_or(Json::OtherNumber, Json::Number),
            Value::String(text) => Json::Text(text),
            Value::Array(values) => Json::List(values.into_iter().map(tree).collect()),
            Value::Object(fields) => Json::Object(fields.into_iter().map(|(n, v)| (n, tree(v))).collect()),
        }
    }
    serde_json::from_str(text).ok().map(tree)
}

#[test]
fn json_parses_as_serde_parses_it() {
    for text in [
        "null",
        " [ true , false,null ,[] , {} ] ",
        r#"{"a":1,"b":{"c":[18446744073709551615, 0, 10]}}"#,
        r#"["\"\\\/\b\f\n\r\t\u0041\u4f60\ud83c\udf89 你好 🎉"]"#,
        "[1.5, -3, 1e3, 18446744073709551616]",
        "",
        " ",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "[1",
        "1 2",
        "nul",
        "truefalse",
        "\"a",
        "\"a\nb\"",
        r#""\x""#,
        r#""\u12""#,
        r#""\ud83c""#,
        r#""\ud83cx""#,
        r#""\ud83c\u0041""#,
        r#""\udf89""#,
        r#""\ud83c\uffff""#,
    ] {
        assert_eq!(Json::parse(text), by_serde(text), "{text}");
    }
    let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Json::parse(&deep(32)).is_some());
    assert_eq!(Json::parse(&deep(100_000)), None, "deep nesting does not overflow the stack");
    assert_eq!(Json::parse(r#"{"a":1,"a":2}"#).map(|tree| tree.get("a").clone()), Some(Json::Number(2)));
}
