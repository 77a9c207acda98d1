//! `/metrics`: every metric moves, and none names anybody.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

use confab_shared::{error::ErrorCode, id::ConversationId};
use tokio::io::AsyncReadExt;

use crate::{
    attachments::upload,
    full_disk::limit_files,
    support::{
        Demo, Person, Server, Socket, client_id, http, in_time,
        person::{EVERYONE, Refused},
        server::Setup,
    },
};

/// A server with a listener for monitoring.
pub fn monitored() -> Setup {
    Server::with().flags(["--metrics-listen", "127.0.0.1:0"])
}

/// Where the server serves monitoring.
pub async fn monitoring(server: &Server, path: &str) -> String {
    server.logs("metrics are at http://").await;
    let log = server.log();
    let (_, rest) = log.split_once("metrics are at ").unwrap();
    format!("{}{path}", rest.split("/metrics").next().unwrap())
}

/// The value of each series.
pub async fn scrape(server: &Server) -> HashMap<String, f64> {
    let url = monitoring(server, "/metrics").await;
    let answer = in_time("metrics", http().get(url).send()).await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let series = text.lines().filter(|line| !line.starts_with('#'));
    let parsed = series.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    parsed.collect()
}

/// The names of all metrics that a server declares.
async fn declared(server: &Server) -> BTreeSet<String> {
    // Errors are declared with the first one.
    assert_eq!(http().get(server.url("/api/v1/nothing")).send().await.unwrap().status(), 404);
    let url = monitoring(server, "/metrics").await;
    let text = http().get(url).send().await.unwrap().text().await.unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    names.map(str::to_owned).collect()
}

/// Waits until a series is above a value.
async fn rises(server: &Server, series: &str, above: f64) {
    let rising = async {
        while scrape(server).await.get(series).is_none_or(|value| *value <= above) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    in_time(series, rising).await;
}

/// What every test of this file expects to move at some time; together it is all that is declared.
const MOVED: &[&str] = &[
    "confab_build_info{version=\"0.1.0\"}",
    "confab_connections{kind=\"http\"}",
    "confab_connections{kind=\"native\"}",
    "confab_connections{kind=\"legacy\"}",
    "confab_connection_limit",
    "confab_connections_accepted_total",
    "confab_http_responses_total{class=\"1xx\"}",
    "confab_http_responses_total{class=\"2xx\"}",
    "confab_http_responses_total{class=\"4xx\"}",
    "confab_commands_total{kind=\"send\",outcome=\"done\"}",
    "confab_commands_total{kind=\"send\",outcome=\"refused\"}",
    "confab_commands_total{kind=\"create_group\",outcome=\"done\"}",
    "confab_commands_total{kind=\"open_direct\",outcome=\"done\"}",
    "confab_commands_total{kind=\"leave\",outcome=\"done\"}",
    "confab_errors_total{code=\"unknown_conversation\"}",
    "confab_sign_ins_total{outcome=\"accepted\"}",
    "confab_sign_ins_total{outcome=\"refused\"}",
    "confab_commit_seconds_count",
    "confab_commit_seconds_sum",
    "confab_commit_writes_count",
    "confab_compaction_seconds_count",
    "confab_write_ahead_log_bytes",
    "confab_deliveries_total",
    "confab_delivery_lag_seconds_count",
    "confab_disk_free_bytes",
    "confab_search_seconds_count",
    "confab_uploaded_bytes_total",
    "confab_file_processing_seconds_count",
    "confab_link_previews_total{outcome=\"failed\"}",
];

#[tokio::test]
async fn what_people_do_moves_the_metrics() {
    let server = monitored().flags(["--link-previews", "on"]).start().await;
    let before = scrape(&server).await;
    assert_eq!(before["confab_commands_total{kind=\"send\",outcome=\"done\"}"], 0.0);
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let taken: Refused = Person::try_come(&server, "mei", None).await.err().unwrap();
    taken.is(409, ErrorCode::NameTaken);
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let _demo = Demo::connect(&server, "123").await;
    let group = mei.group("plans", &["ada"]).await;
    mei.direct("ada").await;
    socket.send_text(group, "hello").await;
    adas.next_event().await;
    assert_eq!(adas.next_text().await, "hello");
    socket.post(client_id(), ConversationId(99), "nowhere").await;
    socket.expect_error(ErrorCode::UnknownConversation).await;
    ada.leave(group, client_id()).await.unwrap();
    mei.request(reqwest::Method::GET, "/search?q=hello").send().await.unwrap();
    upload(&mei, "notes.txt", "text/plain", b"bytes").await;
    // Such an address is refused.
    socket.send_text(group, "see http://127.0.0.1/").await;
    for series in MOVED {
        rises(&server, series, 0.0).await;
    }
    let after = scrape(&server).await;
    assert_eq!(after["confab_connections{kind=\"native\"}"], 2.0);
    assert_eq!(after["confab_connections{kind=\"legacy\"}"], 1.0);
    assert_eq!(after["confab_commands_total{kind=\"send\",outcome=\"done\"}"], 2.0);
    assert_eq!(after["confab_commit_writes_count"], after["confab_commit_seconds_count"]);
    drop(socket);
    let gone = async {
        while scrape(&server).await["confab_connections{kind=\"native\"}"] > 1.0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    in_time("the end of a connection", gone).await;
    for name in ["mei", "ada", "123", "127.0.0.1"] {
        assert!(after.keys().all(|series| !series.contains(&format!("\"{name}"))), "{name} is no label");
    }
}

/// What moves only where something goes wrong, or is seen above zero for moments.
const MOVED_ELSEWHERE: &[&str] = &[
    "confab_connections_evicted",
    "confab_commits_failed",
    "confab_lagged",
    "confab_file_store_failures",
    // Queues that are empty again before anybody looks, and what no test may cause.
    "confab_write_queue_jobs",
    "confab_write_buffer_events",
    "confab_search_index_behind_events",
    "confab_publish_queue_batches",
    "confab_panics",
];

#[tokio::test]
async fn every_declared_metric_is_one_that_moves() {
    let server = monitored().start().await;
    for name in declared(&server).await {
        let moves =
            MOVED.iter().any(|series| series.starts_with(&name)) || MOVED_ELSEWHERE.contains(&name.as_str());
        assert!(moves, "{name} is declared, and no test sees it move");
    }
}

/// The names that begin like ours in a file of the source, without what Prometheus adds to them.
fn names_in(file: &str) -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = fs::read_to_string(file).unwrap();
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let names = text.split(|letter| !is_part(letter)).filter(|word| word.starts_with("confab_"));
    let bare = |name: &str| {
        let suffix = ["_bucket", "_total", "_count", "_sum", "_info"]
            .into_iter()
            .find_map(|end| name.strip_suffix(end));
        suffix.unwrap_or(name).to_owned()
    };
    names.map(bare).collect()
}

#[tokio::test]
async fn dashboard_alerts_and_docs_name_what_there_is() {
    let server = monitored().start().await;
    let declared = declared(&server).await;
    for file in ["deploy/grafana-dashboard.json", "deploy/prometheus-alerts.yml", "docs/operation.md"] {
        let unknown: Vec<_> = names_in(file).difference(&declared).cloned().collect();
        assert!(unknown.is_empty(), "{file} names metrics that there are not: {unknown:?}");
    }
    let undocumented: Vec<_> = declared.difference(&names_in("docs/operation.md")).cloned().collect();
    assert!(undocumented.is_empty(), "docs/operation.md lacks {undocumented:?}");
}

#[tokio::test]
async fn a_reader_that_lags_and_a_flood_are_counted() {
    // 192 connections.
    let server = monitored().after("ulimit -n 256").start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (mut socket, adas) = (mei.connect().await, ada.connect().await);
    adas.set_reading(false);
    let flood = async {
        while scrape(&server).await["confab_lagged_total"] == 0.0 {
            socket.send_many(EVERYONE, 60, |_| "x".repeat(16 * 1024)).await;
        }
    };
    in_time("a connection that lags", flood).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await.unwrap());
    }
    rises(&server, "confab_connections_evicted_total", 0.0).await;
}

#[tokio::test]
async fn commands_that_come_too_soon_or_cannot_be_written_are_counted() {
    let server = monitored().flags(["--trusted-proxy", "127.0.0.1"]).after("trap '' XFSZ").start().await;
    let mei = Person::come(&server, "mei").await;
    let headers = [("x-forwarded-for", "203.0.113.5")];
    let mut socket = Socket::connect_with(&server.socket_url(""), &headers, &mei.token).await;
    let limited = "confab_commands_total{kind=\"send\",outcome=\"rate_limited\"}";
    let flood = async {
        while scrape(&server).await[limited] == 0.0 {
            for _ in 0..60 {
                socket.post(client_id(), EVERYONE, "hello").await;
            }
            for _ in 0..60 {
                let _ = socket.next_answer().await;
            }
        }
    };
    in_time("a refused message", flood).await;
    limit_files(&server, "1");
    mei.try_direct("mei").await.unwrap_err().is(503, ErrorCode::StoreFailed);
    rises(&server, "confab_commits_failed_total", 0.0).await;
    rises(&server, "confab_commands_total{kind=\"open_direct\",outcome=\"failed\"}", 0.0).await;
    rises(&server, "confab_http_responses_total{class=\"5xx\"}", 0.0).await;
}

#[tokio::test]
async fn metrics_are_not_where_everybody_can_reach_them() {
    let server = monitored().start().await;
    let answer = http().get(server.url("/metrics")).send().await.unwrap();
    let page = answer.text().await.unwrap();
    assert!(!page.contains("confab_commands"), "{page}");
    let healthy = http().get(monitoring(&server, "/healthz").await).send().await.unwrap();
    assert_eq!(healthy.text().await.unwrap(), "ok");
}

#[tokio::test]
async fn silent_connections_keep_nobody_from_monitoring() {
    let server = monitored().start().await;
    let url = monitoring(&server, "/healthz").await;
    let address = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    // Each is closed after five seconds, and until then all places are taken.
    let healthy = in_time("an answer", http().get(url).send()).await.unwrap();
    assert_eq!(healthy.text().await.unwrap(), "ok");
    for mut silent in silent {
        let closed = in_time("an end", silent.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok_and(|read| read == 0), "silence is not answered");
    }
}

#[tokio::test]
async fn commits_to_postgres_are_measured() {
    let Some(postgres) = confab_postgres_fixture::shared() else { return };
    let server = monitored().variable("CONFAB_DATABASE", &postgres.database()).start().await;
    let mei = Person::come(&server, "mei").await;
    mei.post_text(EVERYONE, "hello").await;
    for series in ["confab_commit_seconds_count", "confab_commit_writes_sum"] {
        rises(&server, series, 0.0).await;
    }
}
