//! Pages of a log.

use confab_shared::{
    api::{EventPage, MAX_EVENTS_PER_PAGE},
    error::ErrorCode,
    event::{EventBody, Posted},
    id::Seq,
};

use crate::support::{Person, Server, client_id, person::EVERYONE};

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
    assert_eq!(seqs(&newest), (11..=60).collect::<Vec<_>>(), "50 by default");
    assert_eq!((newest.head_seq, newest.users), (Seq(60), vec![mei.user.clone()]));
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
async fn however_a_log_was_written_it_reads_the_same() {
    let mut server = Server::start().await;
    let (mei, _ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let trip = mei.group("Trip", &["ada"]).await;
    let mut written = Vec::new();
    for (round, burst) in [1, 63, 64, 65, 130, 2].into_iter().enumerate() {
        let mut socket = mei.connect().await;
        let ids: Vec<_> = (0..burst).map(|_| client_id()).collect();
        for id in &ids {
            socket.post(*id, trip, &id.to_string()).await;
            socket.post(client_id(), EVERYONE, "meanwhile").await;
        }
        for id in ids {
            written.push(socket.ack(id).await);
        }
        mei.rename(trip, client_id(), &format!("Trip {round}")).await.unwrap();
        match round % 3 {
            0 => assert!(server.sigterm().await.success()),
            1 => server.sigkill().await,
            _ => continue,
        }
        server.restart().await;
    }

    let log = mei.log(trip).await;
    let head_seq = log.len() as u64;
    assert!(log.iter().map(|event| event.seq.0).eq(1..=head_seq));
    for ack in &written {
        let event = &log[ack.seq.0 as usize - 1];
        assert_eq!((event.client_id, event.at), (Some(ack.client_id), ack.at));
        let text = matches!(&event.body, EventBody::Posted(Posted { text, .. }) if text.as_str() == ack.client_id.to_string());
        assert!(text, "{event:?}");
    }
    for limit in [1, 10, 64, 65, 200] {
        for after in (0..head_seq).step_by(13) {
            let page = mei.page(trip, &format!("after={after}&limit={limit}")).await.unwrap();
            let last = (after + limit).min(head_seq);
            assert_eq!(page.events, log[after as usize..last as usize], "{limit} after {after}");
        }
    }
    let mut socket = mei.connect().await;
    for ack in written.iter().step_by(40) {
        assert_eq!(socket.send_as(ack.client_id, trip, &ack.client_id.to_string()).await, *ack);
    }
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
