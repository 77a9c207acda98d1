//! Search over HTTP, and its index.

use std::{fs, path::PathBuf, process::Output};

use confab_shared::{
    api::{HITS_PER_PAGE, MAX_HITS_PER_PAGE, SearchPage},
    command::{Delete, Edit, Pin, React, Send},
    error::ErrorCode,
    id::{ConversationId, Seq},
    search_query::{MAX_QUERY_CHARS, MAX_TERMS},
};
use reqwest::Method;
use rusqlite::{Connection, OpenFlags};

use crate::{
    attachments,
    cluster::Cluster,
    support::{
        Person, Server, Socket, client_id, in_time,
        person::{EVERYONE, Refused, answer},
        server::confab,
    },
};

/// A page of hits, of these parameters.
async fn try_page(person: &Person, parameters: &[(&str, &str)]) -> Result<SearchPage, Refused> {
    answer(person.request(Method::GET, "/search").query(parameters)).await
}

async fn page(person: &Person, query: &str) -> SearchPage {
    try_page(person, &[("q", query), ("limit", "50")]).await.unwrap_or_else(|refused| panic!("{refused:?}"))
}

/// The hits of all pages, sorted.
async fn hits(person: &Person, query: &str) -> Vec<(ConversationId, Seq)> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut parameters = vec![("q", query), ("limit", "50")];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = try_page(person, &parameters).await.unwrap_or_else(|refused| panic!("{refused:?}"));
        all.extend(page.hits.iter().map(|hit| (hit.conversation, hit.message.seq)));
        cursor = page.cursor.map(|cursor| cursor.to_string());
        if cursor.is_none() {
            all.sort_unstable();
            return all;
        }
    }
}

/// Waits until a query finds exactly these messages of a conversation.
pub async fn find(person: &Person, query: &str, id: ConversationId, seqs: &[Seq]) {
    let expected: Vec<_> = seqs.iter().map(|seq| (id, *seq)).collect();
    let found = async {
        while hits(person, query).await != expected {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    in_time(query, found).await;
}

/// Waits until a query finds so many messages.
async fn find_many(person: &Person, query: &str, count: u64) {
    let found = async {
        while hits(person, query).await.len() as u64 != count {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    in_time(query, found).await;
}

/// Waits until the index has everything, but for what was said in the last two seconds.
async fn complete(person: &Person) {
    let complete = async {
        while !page(person, "anything").await.complete {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    in_time("a complete index", complete).await;
}

fn edit(conversation: ConversationId, target: Seq, text: &str) -> Edit {
    Edit { client_id: client_id(), conversation, target, text: text.to_owned() }
}

fn delete(conversation: ConversationId, target: Seq) -> Delete {
    Delete { client_id: client_id(), conversation, target }
}

async fn reply(socket: &mut Socket, conversation: ConversationId, root: Seq, text: &str) -> Seq {
    let reply = Send { thread: Some(root), ..Send::new(client_id(), conversation, text.to_owned()) };
    socket.carry_out(reply).await.unwrap().seq
}

#[tokio::test]
async fn messages_are_found_in_any_script_with_filters_and_by_page() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "李雷").await);
    let trip = mei.group("Trip", &["李雷"]).await;
    let direct = mei.direct("李雷").await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let budget = socket.send_text(trip, "The Budget Réunion, see https://example.org").await.seq;
    let chinese = adas.send_text(trip, "我们明天在北京大学见").await.seq;
    let beside = socket.send_text(direct, "the budget, between us").await.seq;
    let react = React {
        client_id: client_id(),
        conversation: trip,
        target: chinese,
        emoji: "🎉".to_owned(),
        on: true,
    };
    socket.carry_out(react).await.unwrap();
    adas.carry_out(Pin { client_id: client_id(), conversation: trip, target: chinese, on: true })
        .await
        .unwrap();
    find(&mei, "has:reaction is:pinned", trip, &[chinese]).await;
    for (query, id, expected) in [
        ("reunion budg", trip, vec![budget]),
        ("budget in:Trip", trip, vec![budget]),
        ("budget in:李雷", direct, vec![beside]),
        ("budget -has:link", direct, vec![beside]),
        ("京", trip, vec![chinese]),
        ("京大 from:@李雷", trip, vec![chinese]),
        ("from:me \"budget reunion\"", trip, vec![budget]),
        ("大学 from:me", trip, vec![]),
        ("budget after:2100-01-01", trip, vec![]),
        ("budget before:2100-01-01 in:#1", trip, vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|seq| (id, seq)).collect();
        assert_eq!(hits(&mei, query).await, expected, "{query}");
    }
    let found = page(&mei, "京大").await;
    assert_eq!(found.hits[0].message.text.as_str(), "我们明天在北京大学见");
    assert_eq!(found.hits[0].message.reactions.len(), 1, "the message as it is now");
    assert!(found.users.contains(&mei.user) && found.users.contains(&ada.user));

    let count = HITS_PER_PAGE + 5;
    socket.send_many(trip, count, |n| format!("page {n}")).await;
    find_many(&mei, "page", count as u64).await;
    let first = try_page(&mei, &[("q", "page")]).await.unwrap();
    let cursor = first.cursor.unwrap().to_string();
    let second = try_page(&mei, &[("q", "page"), ("cursor", cursor.as_str())]).await.unwrap();
    assert_eq!((first.hits.len(), second.hits.len(), second.cursor), (HITS_PER_PAGE, 5, None));
    assert!(page(&mei, "").await.hits.is_empty());
}

#[tokio::test]
async fn messages_are_found_by_the_files_that_they_have() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let trip = mei.group("Trip", &[]).await;
    let mut socket = mei.connect().await;
    let picture = attachments::upload(&mei, "dot.png", "", &attachments::png()).await;
    let text = attachments::upload(&mei, "a.txt", "image/png", b"a text, whatever it is said to be").await;
    let mut send = async |text: &str, files: &[&confab_shared::attachment::Attachment]| {
        socket.carry_out(attachments::with(trip, text, files)).await.unwrap().seq
    };
    let plain = send("plain tea", &[]).await;
    let with_picture = send("", &[&picture]).await;
    let with_text = send("tea list", &[&text]).await;
    find(&mei, "has:file", trip, &[with_picture, with_text]).await;
    for (query, expected) in [
        ("has:image", vec![with_picture]),
        ("tea has:file", vec![with_text]),
        ("tea -has:file", vec![plain]),
        ("tea -has:image", vec![plain, with_text]),
        ("has:file -has:image", vec![with_text]),
        ("tea has:image", vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|seq| (trip, seq)).collect();
        assert_eq!(hits(&mei, query).await, expected, "{query}");
    }
    socket.carry_out(delete(trip, with_picture)).await.unwrap();
    find(&mei, "has:file", trip, &[with_text]).await;
    assert!(hits(&mei, "has:image").await.is_empty());
}

#[tokio::test]
async fn only_what_one_may_see_now_is_found_as_it_is_now() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let stranger = Person::come(&server, "stranger").await;
    let trip = mei.group("Trip", &["ada"]).await;
    let mut socket = mei.connect().await;
    let root = socket.send_text(trip, "secret plan").await.seq;
    let edited = socket.send_text(trip, "secret draft").await.seq;
    let deleted = socket.send_text(trip, "secret slip").await.seq;
    let answer = reply(&mut socket, trip, root, "secret answer").await;
    find(&ada, "secret", trip, &[root, edited, deleted, answer]).await;
    find(&ada, "secret is:thread", trip, &[root, answer]).await;
    assert!(hits(&stranger, "secret").await.is_empty());
    assert!(hits(&stranger, &format!("secret in:#{trip}")).await.is_empty());
    assert!(hits(&stranger, "secret in:Trip").await.is_empty());
    socket.carry_out(edit(trip, edited, "published 版本")).await.unwrap();
    socket.carry_out(delete(trip, deleted)).await.unwrap();
    // At once, before it is indexed.
    assert!(!hits(&ada, "secret").await.contains(&(trip, edited)));
    assert!(!hits(&ada, "secret").await.contains(&(trip, deleted)));
    find(&ada, "published", trip, &[edited]).await;
    find(&ada, "版", trip, &[edited]).await;
    find(&ada, "secret", trip, &[root, answer]).await;
    ada.leave(trip, client_id()).await.unwrap();
    assert!(hits(&ada, "secret").await.is_empty(), "from this moment on");
    mei.add(trip, client_id(), &["ada"]).await.unwrap();
    assert_eq!(hits(&ada, "secret").await.len(), 2);
    socket.carry_out(delete(trip, root)).await.unwrap();
    find(&ada, "secret", trip, &[answer]).await;
}

#[tokio::test]
async fn a_search_that_cannot_be_done_is_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (long, many) = ("学".repeat(MAX_QUERY_CHARS + 1), "a ".repeat(MAX_TERMS + 1));
    let above = (MAX_HITS_PER_PAGE + 1).to_string();
    for (parameters, code) in [
        (vec![("q", long.as_str())], ErrorCode::QueryTooLong),
        (vec![("q", many.as_str())], ErrorCode::TooManyTerms),
        (vec![("q", "tea"), ("cursor", "1-2-x-0")], ErrorCode::BadCursor),
        (vec![("q", "tea"), ("limit", "0")], ErrorCode::BadLimit),
        (vec![("q", "tea"), ("limit", above.as_str())], ErrorCode::BadLimit),
        (vec![("q", "tea"), ("utc_offset", "841")], ErrorCode::BadRequest),
        (vec![("q", "tea"), ("utc_offset", "x")], ErrorCode::BadRequest),
    ] {
        try_page(&mei, &parameters).await.unwrap_err().is(400, code);
    }
    let nobody = crate::support::http().get(server.url("/api/v1/search?q=tea")).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    // What is no filter, and what FTS5 would read as something else, is words.
    for query in [
        "\"",
        "a\"b",
        "NOT",
        "a OR b",
        "term:tea",
        "*",
        "a*",
        "NEAR(a b)",
        "'; --",
        "\0",
        "from:",
        "in:\"",
        "\u{e002}1",
    ] {
        page(&mei, query).await;
    }
}

#[tokio::test]
async fn searches_of_one_person_are_limited() {
    let server = Server::with().flags(["--trusted-proxy", "127.0.0.1"]).start().await;
    let mei = Person::come(&server, "mei").await;
    let limited = async {
        loop {
            let request = mei.request(Method::GET, "/search?q=tea").header("x-forwarded-for", "203.0.113.5");
            match answer::<SearchPage>(request).await {
                Ok(_) => {}
                Err(refused) => break refused,
            }
        }
    };
    in_time("a limit", limited).await.is(429, ErrorCode::RateLimited);
}

/// Posts messages to Everyone, more than are indexed at once.
async fn post_many(socket: &mut Socket, rounds: u64) -> u64 {
    for round in 0..rounds {
        socket.send_many(EVERYONE, 60, |n| format!("number {round} {n} 第{n}号")).await;
    }
    60 * rounds
}

/// The index of a server, as the server finds it after a crash: how many events it has gone through, and how many messages it
/// has.
fn indexed(server: &Server) -> Option<(u64, u64)> {
    let index =
        Connection::open_with_flags(server.data().join("search.db"), OpenFlags::SQLITE_OPEN_READ_WRITE);
    let index = index.ok()?;
    index.busy_timeout(std::time::Duration::from_secs(10)).ok()?;
    let number = |sql: &str| index.query_row(sql, [], |row| row.get(0)).ok();
    Some((number("SELECT coalesce(sum(seq), 0) FROM progress")?, number("SELECT count(*) FROM document")?))
}

#[tokio::test]
async fn a_crash_while_messages_are_indexed_loses_and_doubles_none() {
    let mut server = Server::with().variable("CONFAB_SEARCH", "off").start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let count = post_many(&mut socket, 100).await;
    drop(socket);
    assert!(server.sigterm().await.success());
    server.remove_variable("CONFAB_SEARCH");
    // Killed until it was killed in the middle: each time it begins anew.
    let killed = async {
        loop {
            server.restart().await;
            while indexed(&server).is_none_or(|(events, _)| events == 0) {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            server.sigkill().await;
            let (events, messages) = indexed(&server).expect("there is an index");
            assert_eq!(events, messages, "they are written together");
            if events < count {
                break;
            }
            fs::remove_file(server.data().join("search.db")).unwrap();
        }
    };
    in_time("a crash in the middle", killed).await;
    // It goes on with what is said meanwhile, and is killed once more.
    server.restart().await;
    let mut socket = mei.connect().await;
    let count = count + post_many(&mut socket, 20).await;
    server.sigkill().await;
    server.restart().await;
    complete(&mei).await;
    for query in ["number in:#1", "号 in:#1"] {
        let found = hits(&mei, query).await;
        assert_eq!(found, (1..=count).map(|seq| (EVERYONE, Seq(seq))).collect::<Vec<_>>(), "{query}");
    }
    assert_eq!(indexed(&server), Some((count, count)));
}

async fn reindex(data: PathBuf) -> Output {
    reindex_of(["--data".into(), data]).await
}

async fn reindex_of(place: [PathBuf; 2]) -> Output {
    let run = move || confab().arg("reindex").args(place).output().unwrap();
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// Takes all messages out of the index of a server that runs, in a way that the server does not notice.
fn empty_index(server: &Server) {
    let index = Connection::open(server.data().join("search.db")).unwrap();
    index.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    index.execute_batch("BEGIN IMMEDIATE; DELETE FROM term; DELETE FROM document; COMMIT").unwrap();
}

#[tokio::test]
async fn an_index_is_built_again_while_the_server_runs_and_while_it_does_not() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let count = post_many(&mut socket, 10).await;
    find_many(&mei, "number", count).await;
    complete(&mei).await;
    empty_index(&server);
    // What is said from now on is indexed, and nothing else is: the server believes that it has the rest.
    let lost = socket.send_text(EVERYONE, "number lost and found").await.seq;
    find(&mei, "number", EVERYONE, &[lost]).await;
    complete(&mei).await;
    assert_eq!(hits(&mei, "number").await, [(EVERYONE, lost)]);
    // While it is built again, messages go on.
    let (output, late) = tokio::join!(reindex(server.data()), post_many(&mut socket, 10));
    assert!(output.status.success(), "{output:?}");
    let count = count + 1 + late;
    find_many(&mei, "number", count).await;
    complete(&mei).await;
    assert_eq!(indexed(&server), Some((count, count)));
    empty_index(&server);
    assert!(server.sigterm().await.success());
    assert!(reindex(server.data()).await.status.success());
    assert!(!server.data().join("search.db").exists());
    server.restart().await;
    let mei = mei.again(&server).await;
    find_many(&mei, "number", count).await;
    complete(&mei).await;
}

#[tokio::test]
async fn an_index_that_is_damaged_of_another_version_or_ahead_is_built_again() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let seq = mei.post_text(EVERYONE, "tea").await.seq;
    find(&mei, "tea", EVERYONE, &[seq]).await;
    let index = server.data().join("search.db");
    let change = |sql: &str| Connection::open(&index).unwrap().execute_batch(sql).unwrap();
    let damages: [&dyn Fn(); 5] = [
        &|| fs::write(&index, "this is no database ".repeat(1_000)).unwrap(),
        &|| fs::write(&index, "").unwrap(),
        &|| change("PRAGMA user_version = 1"),
        &|| change("DROP TABLE term"),
        &|| change("UPDATE progress SET seq = 77"),
    ];
    for damage in damages {
        assert!(server.sigterm().await.success());
        damage();
        server.restart().await;
        let mei = mei.again(&server).await;
        find(&mei, "tea", EVERYONE, &[seq]).await;
    }
}

#[tokio::test]
async fn a_server_without_an_index_says_so() {
    let server = Server::with().flags(["--search", "off"]).start().await;
    let mei = Person::come(&server, "mei").await;
    mei.post_text(EVERYONE, "tea").await;
    let page = page(&mei, "tea").await;
    assert!(page.hits.is_empty() && !page.complete);
    assert!(!server.data().join("search.db").exists());
}

#[tokio::test]
async fn nodes_find_what_was_written_on_any_of_them() {
    let Some(cluster) = Cluster::new() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let mei = Person::come(&one, "mei").await;
    let there = mei.through(&other);
    let first = mei.post_text(EVERYONE, "green tea").await.seq;
    let second = there.post_text(EVERYONE, "黑茶 tea").await.seq;
    for person in [&mei, &there] {
        find(person, "tea", EVERYONE, &[first, second]).await;
        find(person, "茶", EVERYONE, &[second]).await;
        complete(person).await;
    }
    let mut socket = there.connect().await;
    socket.carry_out(delete(EVERYONE, first)).await.unwrap();
    find(&mei, "tea", EVERYONE, &[second]).await;
    // Whichever node has indexed: the other one goes on.
    drop(one);
    let third = there.post_text(EVERYONE, "white tea").await.seq;
    find(&there, "tea", EVERYONE, &[second, third]).await;
}

#[tokio::test]
async fn an_index_that_nodes_share_is_built_again_while_they_run() {
    let Some(cluster) = Cluster::new() else { return };
    let (one, other) = (cluster.node().await, cluster.node().await);
    let mei = Person::come(&one, "mei").await;
    let there = mei.through(&other);
    let mut socket = mei.connect().await;
    let count = post_many(&mut socket, 5).await;
    find_many(&there, "number", count).await;
    complete(&mei).await;
    cluster.sql("DELETE FROM search_document");
    let lost = socket.send_text(EVERYONE, "number lost and found").await.seq;
    for person in [&mei, &there] {
        find(person, "number", EVERYONE, &[lost]).await;
    }
    let database = ["--database".into(), cluster.database().into()];
    let (output, late) = tokio::join!(reindex_of(database), post_many(&mut socket, 5));
    assert!(output.status.success(), "{output:?}");
    let count = count + 1 + late;
    for person in [&mei, &there] {
        find_many(person, "number", count).await;
        complete(person).await;
    }
    assert_eq!(cluster.sql("SELECT count(*) FROM search_document").trim(), count.to_string());
}
