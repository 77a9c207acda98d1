//! What a crash leaves of files: nothing that is of no use, and nothing lost.

use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use confab_shared::{command::Delete, id::AttachmentId};
use reqwest::StatusCode;
use rusqlite::Connection;

use super::{blobs, blobs_become, create, follow, link, patch, path, png, ready, sent, tus, upload, with};
use crate::support::{
    Person, Server, client_id, in_time,
    person::{EVERYONE, done},
};

/// Makes a file look as if it was written two days earlier.
fn age(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written - Duration::from_secs(2 * 24 * 60 * 60)).unwrap();
}

/// The names of the uploads in the folder of a server.
fn uploads(server: &Server) -> Vec<String> {
    let folder = fs::read_dir(server.data().join("blobs/uploads")).unwrap();
    let mut names: Vec<_> = folder.map(|upload| upload.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Waits until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let becomes = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    in_time(what, becomes).await;
}

#[tokio::test]
async fn a_crash_between_a_file_and_its_message_leaves_nothing_and_loses_nothing() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut kept = Vec::new();
    // Killed when the last bytes are on disk, and when the file has its name already.
    for (round, has_its_name) in [(0, false), (1, true), (2, false), (3, true)] {
        let bytes = vec![b'a' + round; 200_000 + usize::from(round)];
        let id = create(&mei, bytes.len(), &[("filename", "a.bin")]).await.unwrap();
        assert_eq!(patch(&mei, id, 0, &bytes[..100_000]).await.status(), StatusCode::NO_CONTENT);
        let file = server.data().join("blobs/uploads").join(id.to_string());
        let before = blobs(&server).len();
        let last = {
            let request = tus(&mei, reqwest::Method::PATCH, &path(id))
                .header("Upload-Offset", "100000")
                .header("Content-Type", "application/offset+octet-stream")
                .body(bytes[100_000..].to_vec());
            tokio::spawn(request.send())
        };
        until("the last bytes", || {
            let is_whole = fs::metadata(&file).is_ok_and(|file| file.len() == bytes.len() as u64);
            let is_named = blobs(&server).len() > before;
            is_named || (is_whole && !has_its_name)
        })
        .await;
        server.sigkill().await;
        // It may have been answered before.
        let _ = last.await.unwrap();
        server.restart().await;
        let attachment = ready(&mei, id).await;
        assert_eq!(attachment.bytes, bytes.len() as u64);
        let url = link(&mei, id).await.url;
        assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), bytes);
        if has_its_name {
            let seq = mei.connect().await.carry_out(with(EVERYONE, "", &[&attachment])).await.unwrap().seq;
            kept.push((id, bytes, seq));
        } else {
            done(tus(&mei, reqwest::Method::DELETE, &path(id))).await.unwrap();
        }
        blobs_become(&server, kept.len()).await;
    }
    for (id, bytes, seq) in kept {
        let url = link(&mei, id).await.url;
        assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), bytes);
        let delete = Delete { client_id: client_id(), conversation: EVERYONE, target: seq };
        mei.connect().await.carry_out(delete).await.unwrap();
    }
    blobs_become(&server, 0).await;
}

#[tokio::test]
async fn a_sweep_removes_what_nothing_knows_of_and_nothing_else() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let in_message = upload(&mei, "dot.png", "", &png()).await;
    let unsent = upload(&mei, "unsent.txt", "", b"not sent yet").await;
    let forgotten = upload(&mei, "forgotten.txt", "", b"never sent").await;
    mei.connect().await.carry_out(with(EVERYONE, "", &[&in_message])).await.unwrap();
    let unfinished = create(&mei, 10, &[("filename", "unfinished.txt")]).await.unwrap();
    assert_eq!(patch(&mei, unfinished, 0, b"01234").await.status(), StatusCode::NO_CONTENT);
    server.sigkill().await;

    let folder = server.data().join("blobs");
    for blob in blobs(&server) {
        age(&folder.join("sha256").join(&blob[..2]).join(&blob));
    }
    age(&folder.join("uploads").join(unfinished.to_string()));
    // Of a crash after an upload became an attachment; of a write that was interrupted; of a database that was restored.
    let unknown = AttachmentId(uuid::Uuid::from_u128(77));
    for id in [unknown, in_message.id] {
        let path = folder.join("uploads").join(id.to_string());
        fs::write(&path, "left").unwrap();
        age(&path);
    }
    let name = |letter: &str| letter.repeat(64);
    for (letter, is_old) in [("a", true), ("b", false)] {
        let prefix = folder.join("sha256").join(letter.repeat(2));
        fs::create_dir_all(&prefix).unwrap();
        fs::write(prefix.join(name(letter)), "nobody's").unwrap();
        fs::write(prefix.join(format!("{}.7-0.part", name(letter))), "nobo").unwrap();
        if is_old {
            age(&prefix.join(name(letter)));
        }
    }
    let database = Connection::open(server.data().join("confab.db")).unwrap();
    let of_old =
        "UPDATE attachment SET created_at = created_at - 8 * 24 * 60 * 60 * 1000 WHERE content LIKE ?1";
    assert_eq!(database.execute(of_old, ["%forgotten.txt%"]).unwrap(), 1);
    drop(database);

    server.restart().await;
    // The picture, the file that is not sent yet, and the one that somebody may be storing at this moment.
    blobs_become(&server, 3).await;
    until("the known uploads", || uploads(&server) == [unfinished.to_string()]).await;
    assert!(blobs(&server).contains(&name("b")));
    assert!(super::links(&mei, &[forgotten.id]).await.is_empty());
    for (file, bytes) in [(&in_message, png()), (&unsent, b"not sent yet".to_vec())] {
        let url = link(&mei, file.id).await.url;
        assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), bytes);
    }
    assert_eq!(patch(&mei, unfinished, 5, b"56789").await.status(), StatusCode::NO_CONTENT);
    let finished = ready(&mei, unfinished).await;
    assert_eq!(finished.bytes, 10);
    mei.connect().await.carry_out(with(EVERYONE, "", &[&unsent, &finished])).await.unwrap();
    assert_eq!(
        sent(tus(&mei, reqwest::Method::HEAD, &path(forgotten.id))).await.status(),
        StatusCode::NOT_FOUND
    );
}

/// A PNG from which nothing is to be removed, with a smaller picture to be made of it.
fn picture(shade: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(700, 500, |x, y| image::Rgb([x as u8, y as u8, shade]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn an_upload_that_is_given_up_while_it_is_stored_leaves_nothing() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    for round in 0..12 {
        let bytes = picture(round);
        let id = create(&mei, bytes.len(), &[("filename", "a.png")]).await.unwrap();
        assert_eq!(patch(&mei, id, 0, &bytes).await.status(), StatusCode::NO_CONTENT);
        if round % 4 != 0 {
            // Its smaller picture is stored, and it is about to be.
            until("a blob", || !blobs(&server).is_empty()).await;
        }
        done(tus(&mei, reqwest::Method::DELETE, &path(id))).await.unwrap();
        assert_eq!(sent(tus(&mei, reqwest::Method::HEAD, &path(id))).await.status(), StatusCode::NOT_FOUND);
        blobs_become(&server, 0).await;
    }
    until("no uploads", || uploads(&server).is_empty()).await;
    assert_eq!(server.log(), "", "it is no fault");
}
