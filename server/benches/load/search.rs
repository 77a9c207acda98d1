//! How long searches take, from the request to its answer, among few messages and many: one request at a time, of a person who
//! is in all conversations.

use std::time::{Duration, Instant};

use confab_shared::api::{SearchPage, SignIn, SignedIn};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::sleep;

use crate::{
    Plan,
    corpus::Corpus,
    http::Http,
    report::{Better, Claim, Report},
    server::Server,
    stores::{self, AUTHOR, Texts},
    tally::histogram,
};

/// How many searches of each kind a round has.
const SEARCHES: usize = 100;

/// What is searched for, in the order of the table.
const KINDS: [&str; 12] = [
    "1 letter",
    "2 letters",
    "3 letters",
    "4 letters",
    "a word",
    "two words",
    "a phrase",
    "1 character",
    "2 characters",
    "Chinese phrase",
    "word and filter",
    "filters alone",
];

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report
        .title("search", "searches of a person in 1,000 conversations with messages in English and Chinese");
    for messages in &plan.stores {
        let folder = stores::copy(*messages, Texts::Words)?;
        let index = std::fs::metadata(folder.path().join("search.db"))?.len();
        let store = std::fs::metadata(folder.path().join("confab.db"))?.len();
        let server = Server::confab(folder.path())?;
        let request = SignIn { name: AUTHOR.to_owned(), guest_key: None, password: None, code: None };
        let mut http = Http::connect(server.address).await?;
        let SignedIn { token, .. } = http.post("/api/v1/sessions", &request).await?;
        let mut http = http.with_token(&token);
        while !search(&mut http, "anything").await?.complete {
            sleep(Duration::from_millis(100)).await;
        }
        let mut corpus = Corpus::new();
        let mut all = histogram()?;
        let mut of_kinds = KINDS.map(|kind| (kind, histogram(), 0, 0));
        for _ in 0..plan.rounds {
            for (number, (_, times, hits, short)) in of_kinds.iter_mut().enumerate() {
                for _ in 0..SEARCHES {
                    let query = query(&mut corpus, number);
                    let begun = Instant::now();
                    let page = search(&mut http, &query).await?;
                    let took = u64::try_from(begun.elapsed().as_nanos())?;
                    all.saturating_record(took);
                    if let Ok(times) = times {
                        times.saturating_record(took);
                    }
                    *hits += page.hits.len();
                    *short += usize::from(page.cursor.is_some() && page.hits.len() < 20);
                }
            }
        }
        let millis = |nanos: u64| nanos as f64 / 1e6;
        report.note(&format!(
            "{messages} messages: index {:.0} MiB, messages {:.0} MiB, resident {:.0} MiB",
            index as f64 / 1048576.0,
            store as f64 / 1048576.0,
            server.resident()? as f64 / 1048576.0
        ));
        report.note(&format!(
            "{:>16} {:>10} {:>10} {:>10} {:>6} {:>6}",
            "", "p50", "p99", "max", "hits", "short"
        ));
        for (kind, times, hits, short) in of_kinds {
            let times = times?;
            let each = hits as f64 / times.len() as f64;
            report.note(&format!(
                "{kind:>16} {:>7.2} ms {:>7.2} ms {:>7.2} ms {each:>6.1} {short:>6}",
                millis(times.value_at_quantile(0.5)),
                millis(times.value_at_quantile(0.99)),
                millis(times.max()),
            ));
        }
        report.note(&format!(
            "{:>16} {:>7.2} ms {:>7.2} ms {:>7.2} ms",
            "all",
            millis(all.value_at_quantile(0.5)),
            millis(all.value_at_quantile(0.99)),
            millis(all.max()),
        ));
        let goal = if *messages > 1_000_000 { 150.0 } else { 50.0 };
        report.claim(Claim {
            what: format!("search, {messages} messages: p99"),
            seen: Some(millis(all.value_at_quantile(0.99))),
            must: goal,
            goal: goal / 2.0,
            better: Better::Lower,
            unit: "ms",
        });
    }
    Ok(())
}

async fn search(http: &mut Http, query: &str) -> anyhow::Result<SearchPage> {
    let query = utf8_percent_encode(query, NON_ALPHANUMERIC);
    Ok(serde_json::from_slice(&http.bytes("GET", &format!("/api/v1/search?q={query}"), "").await?)?)
}

/// A query of a kind.
fn query(corpus: &mut Corpus, kind: usize) -> String {
    let letters = |corpus: &mut Corpus, count: usize| -> String {
        loop {
            let word = corpus.latin();
            if word.len() >= count {
                return word.chars().take(count).collect();
            }
        }
    };
    let characters = |corpus: &mut Corpus, count: usize| -> String {
        let mut text = String::new();
        while text.chars().count() < count {
            text.push_str(corpus.chinese());
        }
        text.chars().take(count).collect()
    };
    match kind {
        0..4 => letters(corpus, kind + 1),
        4 => format!("{} ", corpus.latin()),
        5 => format!("{} {}", corpus.latin().to_owned(), corpus.latin()),
        6 => format!("\"{} {}\"", corpus.latin().to_owned(), corpus.latin()),
        7 | 8 => characters(corpus, kind - 6),
        9 => characters(corpus, 4),
        10 => {
            let filter = match corpus.below(4) {
                0 => "from:me".to_owned(),
                1 => format!("in:#{}", 2 + corpus.below(1_000)),
                2 => "-has:link after:2020-01-01".to_owned(),
                _ => format!("-{}", corpus.chinese()),
            };
            format!("{filter} {}", if corpus.below(2) == 0 { corpus.latin() } else { corpus.chinese() })
        }
        _ => ["from:me", "has:link", "is:pinned", "-is:thread before:2100-01-01"][corpus.below(4)].to_owned(),
    }
}
