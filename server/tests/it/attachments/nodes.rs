//! Files of nodes that share a folder, a database and a bus.

use confab_shared::{command::Delete, event::EventBody};
use reqwest::StatusCode;
use tempfile::TempDir;

use super::{create, follow, leads_nowhere, link, offset, patch, ready, upload, with};
use crate::{
    cluster::Cluster,
    support::{
        Person, client_id, in_time,
        person::{EVERYONE, done},
    },
};

#[tokio::test]
async fn an_upload_goes_on_at_another_node_and_both_serve_the_file() {
    let Some(cluster) = Cluster::new() else { return };
    let folder = TempDir::new().unwrap();
    let blobs = folder.path().to_str().unwrap();
    let (one, other) =
        (cluster.node_with(["--blobs", blobs]).await, cluster.node_with(["--blobs", blobs]).await);
    let mei = Person::come(&one, "mei").await;
    let there = mei.through(&other);
    let ada = Person::come(&other, "ada").await;
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|index| (index * 7 + index / 251) as u8).collect();
    let id = create(&mei, bytes.len(), &[("filename", "notes.bin")]).await.unwrap();
    assert_eq!(patch(&mei, id, 0, &bytes[..1_000_000]).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(offset(&there, id).await, 1_000_000);
    assert_eq!(patch(&there, id, 5, &bytes[5..10]).await.status(), StatusCode::CONFLICT);
    assert_eq!(patch(&there, id, 1_000_000, &bytes[1_000_000..]).await.status(), StatusCode::NO_CONTENT);
    let file = ready(&there, id).await;
    assert_eq!(ready(&mei, id).await, file, "each node knows it");
    let mut adas = ada.connect().await;
    let seq = mei.connect().await.carry_out(with(EVERYONE, "", &[&file])).await.unwrap().seq;
    let EventBody::Posted(posted) = adas.next_event().await.body else { panic!("a message") };
    assert_eq!(posted.attachments, [file]);
    // A link is good at each node, whichever made it.
    let urls = [link(&mei, id).await.url, link(&ada, id).await.url];
    for server in [&one, &other] {
        for url in &urls {
            let response = follow(server, url).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.bytes().await.unwrap(), bytes);
        }
    }
    // What is deleted on the one is gone on both, and a file of the same bytes stays.
    let same = upload(&ada, "same.bin", "", &bytes).await;
    let delete = Delete { client_id: client_id(), conversation: EVERYONE, target: seq };
    there.connect().await.carry_out(delete).await.unwrap();
    for server in [&one, &other] {
        for url in &urls {
            leads_nowhere(server, url).await;
        }
    }
    let url = link(&ada, same.id).await.url;
    assert_eq!(follow(&one, &url).await.bytes().await.unwrap(), bytes);
    let gone = upload(&mei, "gone.bin", "", b"of one node").await;
    let of_all = blobs_in(&folder);
    assert_eq!(of_all, 2);
    done(super::tus(&there, reqwest::Method::DELETE, &super::path(gone.id))).await.unwrap();
    let removed = async {
        while blobs_in(&folder) != 1 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    in_time("a removed file", removed).await;
    assert_eq!(follow(&other, &url).await.bytes().await.unwrap(), bytes);
}

/// How many blobs are in a folder.
fn blobs_in(folder: &TempDir) -> usize {
    let prefixes = std::fs::read_dir(folder.path().join("sha256")).unwrap();
    prefixes.map(|prefix| std::fs::read_dir(prefix.unwrap().path()).unwrap().count()).sum()
}
