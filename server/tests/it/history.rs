//! Runs of a log.

use confab_shared::{
    api::{EventPage, MAX_EVENTS_PER_PAGE},
    ids::Seq,
    protocol::ErrorCode,
};

use crate::support::{Person, Server, person::EVERYONE};

fn seqs(page: &EventPage) -> Vec<u64> {
    page.events.iter().map(|event| event.seq.0).collect()
}

#[tokio::test]
async fn a_log_is_read_in_runs_from_either_end() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    for n in 1..=60 {
        socket.send_text(EVERYONE, &format!("message {n}")).await;
    }
    let page = async |query: &str| mei.page(EVERYONE, query).await.unwrap();
    let newest = page("").await;
    assert_eq!(seqs(&newest), (11..=60).collect::<Vec<_>>(), "50 unless told");
    assert_eq!((newest.head, newest.users), (Seq(60), vec![mei.user.clone()]));
    assert_eq!(seqs(&page("limit=2").await), [59, 60]);
    assert_eq!(seqs(&page("before=11&limit=3").await), [8, 9, 10]);
    assert_eq!(seqs(&page("before=3").await), [1, 2]);
    assert_eq!(seqs(&page("before=1").await), [0; 0]);
    assert_eq!(seqs(&page("before=0").await), [0; 0]);
    assert_eq!(seqs(&page("after=57&limit=2").await), [58, 59]);
    assert_eq!(seqs(&page("after=60").await), [0; 0]);
    assert_eq!(seqs(&page("after=0&limit=1").await), [1]);
    assert_eq!(seqs(&page("before=1000000&limit=1").await), [60]);
    assert_eq!(seqs(&page("before=18446744073709551615&limit=1").await), [60]);
    assert_eq!(seqs(&page("after=18446744073709551615").await), [0; 0]);
    assert_eq!(page(&format!("limit={MAX_EVENTS_PER_PAGE}")).await.events.len(), 60);
}

#[tokio::test]
async fn wrong_questions_get_clean_answers() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for query in ["limit=0", "limit=201", "limit=1000000"] {
        mei.page(EVERYONE, query).await.unwrap_err().is(400, ErrorCode::BadLimit);
    }
    let garbage = [
        "limit=-1",
        "limit=many",
        "before=-1",
        "after=-1",
        "after=x",
        "before=1.5",
        "before=1&after=1",
        "after=18446744073709551616",
        "limit=",
        "before=",
    ];
    for query in garbage {
        mei.page(EVERYONE, query).await.unwrap_err().is(400, ErrorCode::BadRequest);
    }
    assert_eq!(mei.page(EVERYONE, "unknown=1").await.unwrap().events, []);
}
