//! A check finds every kind of fault. Each is made by hand in a copy of a sound folder.

use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Office, fails, run, succeeds};
use crate::support::Server;

/// Faults: how each is made (`:d` stands for the direct conversation, `:g` for the group), and what the check says of it.
const FAULTS: &[(&str, &str)] = &[
    (
        "UPDATE segment SET events = substr(events, instr(events, char(10)) + 1) WHERE position >> 32 = :d",
        "a segment ends at seq",
    ),
    ("DELETE FROM segment WHERE position >> 32 = :d AND first_seq = 1", "the log lacks seq 1 to"),
    (
        "INSERT INTO segment SELECT position + 1000, first_seq, messages_before, events FROM segment \
         WHERE position >> 32 = :d ORDER BY position DESC LIMIT 1",
        "a second time",
    ),
    (
        "UPDATE segment SET messages_before = messages_before + 1 WHERE position >> 32 = :d AND first_seq > 1",
        "its segment says",
    ),
    (
        "UPDATE segment SET events = '[' || events WHERE position >> 32 = :d AND first_seq = 1",
        "event 1 cannot be read",
    ),
    (
        "INSERT INTO segment SELECT position + (1000 << 32), first_seq, messages_before, events FROM segment \
         WHERE position >> 32 = :d",
        "segment: 2 rows are of no conversation",
    ),
    ("UPDATE conversation SET head_seq = head_seq + 1 WHERE id = :d", "head_seq is 71, and its log gives 70"),
    ("UPDATE conversation SET message_count = 3 WHERE id = :d", "message_count is 3, and its log gives 70"),
    ("UPDATE conversation SET deleted_count = 0 WHERE id = :g", "deleted_count is 0, and its log gives 1"),
    ("UPDATE conversation SET last_activity_at = 5 WHERE id = :d", "last_activity_at is 5"),
    ("UPDATE conversation SET last_text = 'other' WHERE id = :d", "its last message"),
    ("UPDATE conversation SET title = 'other' WHERE id = :g", "its title"),
    ("UPDATE conversation SET topic = 'other' WHERE id = :g", "its topic"),
    ("UPDATE conversation SET member_count = 9 WHERE id = :g", "member_count is 9, and member has 2 rows"),
    ("UPDATE conversation SET furthest_read_seq = 900 WHERE id = :d", "the furthest readers are at seq 900"),
    (
        "INSERT INTO member (conversation, user, read_seq, read_ordinal) SELECT :g, id, 0, 0 FROM user WHERE name = 'ada'",
        "whom the log does not have",
    ),
    (
        "DELETE FROM member WHERE conversation = :g AND user = (SELECT id FROM user WHERE name = 'bo')",
        "member lacks user",
    ),
    (
        "UPDATE member SET read_seq = 900 WHERE conversation = :d AND read_seq = 40",
        "has read up to seq 900, and the log ends at 70",
    ),
    (
        "UPDATE member SET read_ordinal = 3 WHERE conversation = :d AND read_seq = 40",
        "which is 40 messages and not 3",
    ),
    ("UPDATE message_change SET text = 'other' WHERE text IS NOT NULL", "the text of message"),
    ("UPDATE message_change SET mentions = NULL WHERE text IS NOT NULL", "the mentions of message"),
    (
        "UPDATE message_change SET edited_at = 5 WHERE text IS NOT NULL",
        "the time of the last edit of message",
    ),
    ("UPDATE message_change SET pinned_at = NULL", "the pin of message"),
    ("UPDATE message_change SET deleted_by = 99 WHERE deleted_at IS NOT NULL", "the deletion of message"),
    ("DELETE FROM message_change WHERE pinned_at IS NOT NULL", "message_change lacks message"),
    (
        "INSERT INTO message_change (message, pinned_at, pinned_by) VALUES ((:g << 32) + 1, 5, 1)",
        "which is no message",
    ),
    ("DELETE FROM reaction", "the reactions of message"),
    ("INSERT INTO reaction SELECT message, '🎉', user, seq FROM reaction", "which no event gives"),
    ("DELETE FROM deletion", "deletion lacks message"),
    ("UPDATE deletion SET seq = 1", "deletion has message"),
    ("DELETE FROM message_event", "message_event lacks message"),
    ("INSERT INTO message_event VALUES ((:d << 32) + 1, 2)", "message_event has message 1 with event 2"),
    (
        "INSERT INTO mention (user, conversation, seq, event) SELECT id, :d, 900, 900 FROM user WHERE name = 'ada'",
        "mention has message 900",
    ),
    (
        "INSERT INTO mention (user, conversation, seq, event) SELECT id, :d, 1, 1 FROM user WHERE name = 'bo'",
        "who is no member",
    ),
    ("DELETE FROM thread_reply", "thread_reply of message"),
    ("UPDATE thread_reply SET deleted = 0", "thread_reply of message"),
    ("DELETE FROM thread", "thread of root"),
    ("UPDATE thread SET reply_count = 9", "thread of root"),
    ("UPDATE deletion SET beside = 0", "of where it showed"),
    (
        "INSERT INTO thread_follower (user, root, read_seq) SELECT u.id, t.root, 0 FROM user u, thread t WHERE u.name = 'ada'",
        "who is no member",
    ),
    (
        "INSERT INTO thread_follower (user, root, read_seq) SELECT f.user, d.message, 0 FROM thread_follower f, deletion d",
        "which is deleted or a reply",
    ),
    ("UPDATE thread_follower SET read_seq = 900", "at seq 900, and the log ends at"),
    ("UPDATE thread_mention SET event = 900", "with event 900"),
    (
        "INSERT INTO group_request (user, conversation, made_by, at) SELECT id, :g, id, 1 FROM user WHERE name = 'ada'",
        "whom no event invited",
    ),
    (
        "INSERT INTO group_request (user, conversation, made_by, at) SELECT user, :g, user, 1 FROM member \
         WHERE conversation = :g LIMIT 1",
        ", who is a member",
    ),
    (
        "UPDATE command SET seq = seq + 1 WHERE conversation = :d AND seq = 5",
        "command does not lead to event 5",
    ),
    (
        "INSERT INTO command (client_id, sender, conversation, seq) VALUES (x'00112233445566778899aabbccddeeff', 1, :d, 5)",
        "command: 1 rows are of no event",
    ),
    ("PRAGMA foreign_keys = OFF; DELETE FROM user WHERE name = 'bo'", "who does not exist"),
    (
        "PRAGMA foreign_keys = OFF; DELETE FROM user WHERE name = 'bo'",
        "member: 2 rows name a user that does not exist",
    ),
    (
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'title        TEXT', 'title        TEXT NOT NULL') \
         WHERE name = 'conversation'",
        "SQLite: NULL value in conversation.title",
    ),
];

#[tokio::test]
async fn every_kind_of_fault_is_found() {
    let mut server = Server::start().await;
    let Office { direct, group, .. } = Office::open(&server).await;
    server.sigterm().await;
    succeeds("check", None, server.data()).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("faulty.db");
    for (fault, said) in FAULTS {
        let _ = fs::remove_file(&file);
        fs::copy(server.data().join("confab.db"), &file).unwrap();
        let sql = fault.replace(":d", &direct.to_string()).replace(":g", &group.to_string());
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
        connection.close().unwrap();
        let output = run("check", Some(file.clone()), server.data()).await;
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(stdout.lines().any(|line| line.contains(said)), "{said:?} is not said of {sql}: {stdout}");
        assert_eq!(output.status.code(), Some(1), "{sql}");
    }
    // A faulty database is not copied: the copy before it stays the last one.
    let (data, to) = (folder.path().join("data"), folder.path().join("copy.db"));
    fs::create_dir(&data).unwrap();
    fs::copy(&file, data.join("confab.db")).unwrap();
    let error = fails("backup", Some(to.clone()), data).await;
    assert!(error.contains("has faults") && !to.exists(), "{error}");
}

#[tokio::test]
async fn events_that_are_not_compacted_are_checked_too() {
    let mut server = Server::start().await;
    Office::open(&server).await;
    server.sigkill().await;
    let before = fs::read(server.data().join("confab.db")).unwrap();
    let said = succeeds("check", None, server.data()).await;
    assert!(said.contains("no fault") && !said.contains("events 0"), "{said}");
    assert_eq!(fs::read(server.data().join("confab.db")).unwrap(), before, "a check changes nothing");
    server.restart().await;
    server.sigterm().await;
    assert_eq!(succeeds("check", None, server.data()).await, said);
}
