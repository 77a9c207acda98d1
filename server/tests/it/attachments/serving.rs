//! What is behind links, how it is sent, and to whom.

use confab_shared::{attachment::Attachment, id::AttachmentId};
use reqwest::StatusCode;

use super::{follow, header, leads_nowhere, link, links, png, upload, with};
use crate::support::{Person, Server, client_id};

#[tokio::test]
async fn a_picture_shows_and_is_described() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let picture = upload(&mei, "dot.png", "image/svg+xml", &png()).await;
    assert_eq!((picture.mime.as_str(), picture.width, picture.height), ("image/png", Some(1), Some(1)));
    assert!(picture.placeholder.is_some() && !picture.animated);
    let response = follow(&server, &link(&mei, picture.id).await.url).await;
    assert_eq!(response.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "inline; filename*=UTF-8''dot.png"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(header(&response, name), value, "{name}");
    }
    assert!(header(&response, "cache-control").starts_with("private, max-age="), "{response:?}");
    let etag = header(&response, "etag");
    let again = crate::support::http().get(server.url(&link(&mei, picture.id).await.url));
    let again = again.header("If-None-Match", etag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

/// Whatever it is called and said to be, a browser runs nothing of it.
#[tokio::test]
async fn what_could_run_is_saved() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let html = b"<!doctype html><html><script>alert(1)</script></html>";
    // A file that begins like a GIF and goes on as a script, and one that begins like a picture and is none.
    let polyglot = b"GIF89a/*\x00\x00*/=1;alert(1)//<script>alert(1)</script>";
    let broken = [&png()[..20], b"<script>alert(1)</script>"].concat();
    let pdf = b"%PDF-1.7\n<script>alert(1)</script>";
    for (name, mime, bytes) in [
        ("a.svg", "image/svg+xml", &svg[..]),
        ("a.png", "image/png", &svg[..]),
        ("a.html", "text/html", &html[..]),
        ("a.jpg", "image/jpeg", &html[..]),
        ("a.gif", "image/gif", &polyglot[..]),
        ("b.png", "image/png", &broken[..]),
        ("a.pdf", "application/pdf", &pdf[..]),
        ("a.xml", "application/xml", b"<?xml version=\"1.0\"?><x/>"),
        ("a.mp4", "video/mp4", b"<html>"),
    ] {
        let attachment = upload(&mei, name, mime, bytes).await;
        assert_eq!(attachment.width, None, "{name}");
        let response = follow(&server, &link(&mei, attachment.id).await.url).await;
        let (kind, disposition) =
            (header(&response, "content-type"), header(&response, "content-disposition"));
        assert!(disposition.starts_with("attachment; "), "{name}: {disposition}");
        assert!(!kind.contains("html") && !kind.contains("xml") && !kind.contains("svg"), "{name}: {kind}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(response.bytes().await.unwrap(), bytes, "{name}");
    }
}

#[tokio::test]
async fn audio_plays_from_anywhere() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut wav = b"RIFF\x24\xe8\x03\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data".to_vec();
    wav.extend((0..300_000_u32).map(|index| (index % 253) as u8));
    let id = super::create(
        &mei,
        wav.len(),
        &[
            ("filename", "voice.wav"),
            ("filetype", "audio/wav"),
            ("duration", "1500"),
            ("waveform", "AAECAw=="),
        ],
    );
    let id = id.await.unwrap();
    super::patch(&mei, id, 0, &wav).await;
    let voice = super::ready(&mei, id).await;
    assert_eq!((voice.mime.as_str(), voice.duration), ("audio/wav", Some(1_500)));
    assert_eq!(voice.waveform.as_deref(), Some("AAECAw=="));
    let url = link(&mei, id).await.url;
    let part = async |range: &str| {
        let request = crate::support::http().get(server.url(&url)).header("Range", range);
        let response = request.send().await.unwrap();
        let (status, content_range) = (response.status().as_u16(), header(&response, "content-range"));
        (status, content_range, response.bytes().await.unwrap())
    };
    let length = wav.len();
    assert_eq!(part("bytes=0-9").await, (206, format!("bytes 0-9/{length}"), wav[..10].to_vec().into()));
    let (from, last) = (length - 5, length - 1);
    let end = (206, format!("bytes {from}-{last}/{length}"), wav[from..].to_vec().into());
    assert_eq!(part(&format!("bytes={from}-")).await, end);
    assert_eq!(part("bytes=-5").await, end);
    let middle = part("bytes=100000-299999").await;
    assert_eq!((middle.0, middle.2), (206, wav[100_000..300_000].to_vec().into()));
    let (status, content_range, _) = part(&format!("bytes={length}-")).await;
    assert_eq!((status, content_range), (416, format!("bytes */{length}")));
    let response = sent_head(&server, &url).await;
    assert_eq!(
        (response.status(), header(&response, "content-length")),
        (StatusCode::OK, length.to_string())
    );
    assert_eq!(header(&response, "content-disposition"), "inline; filename*=UTF-8''voice.wav");
}

async fn sent_head(server: &Server, url: &str) -> reqwest::Response {
    crate::support::http().head(server.url(url)).send().await.unwrap()
}

#[tokio::test]
async fn a_link_ends_with_the_right_to_see_what_is_behind_it() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let li = Person::come(&server, "li").await;
    let trip = mei.group("trip", &["ada"]).await;
    let picture = upload(&mei, "dot.png", "image/png", &png()).await;
    let mut socket = mei.connect().await;
    socket.carry_out(with(trip, "look", &[&picture])).await.unwrap();
    assert!(links(&li, &[picture.id]).await.is_empty());
    let (meis, adas) = (link(&mei, picture.id).await.url, link(&ada, picture.id).await.url);
    assert_ne!(meis, adas, "each session has a link of its own");
    for url in [&meis, &adas] {
        assert_eq!(follow(&server, url).await.status(), StatusCode::OK);
    }
    ada.leave(trip, client_id()).await.unwrap();
    leads_nowhere(&server, &adas).await;
    assert!(links(&ada, &[picture.id]).await.is_empty());
    assert_eq!(follow(&server, &meis).await.status(), StatusCode::OK);
    // It comes back with the right.
    mei.add(trip, client_id(), &["ada"]).await.unwrap();
    assert_eq!(follow(&server, &adas).await.status(), StatusCode::OK);
    ada.sign_out().await.unwrap();
    leads_nowhere(&server, &adas).await;
    assert_eq!(follow(&server, &meis).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_changed_link_leads_nowhere() {
    let mut server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let (picture, other) = (upload(&mei, "dot.png", "", &png()).await, upload(&mei, "a.txt", "", b"a").await);
    let url = link(&mei, picture.id).await.url;
    let (path, signature) = url.split_once("?sig=").unwrap();
    // The name is decoration.
    assert_eq!(follow(&server, &url.replace("dot.png", "x")).await.status(), StatusCode::OK);
    let mut changed = signature.to_owned();
    let last = changed.pop().unwrap();
    changed.insert(10, last);
    for wrong in [
        path.to_owned(),
        format!("{path}?sig="),
        format!("{path}?sig={changed}"),
        format!("{path}?sig={}", &signature[..signature.len() - 4]),
        url.replace(&picture.id.to_string(), &other.id.to_string()),
        url.replace(&picture.id.to_string(), "none"),
        url.replace(&picture.id.to_string(), &AttachmentId(uuid(9)).to_string()),
        format!("{url}&size=huge"),
        format!("{url}&size=small"),
    ] {
        leads_nowhere(&server, &wrong).await;
    }
    // A link survives a restart.
    server.sigterm().await;
    server.restart().await;
    assert_eq!(follow(&server, &url).await.status(), StatusCode::OK);
}

fn uuid(number: u8) -> uuid::Uuid {
    format!("0190d0a0-0000-7000-8000-0000000000{number:02}").parse().unwrap()
}

#[tokio::test]
async fn a_large_picture_has_smaller_ones() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let bytes = large_png();
    let picture: Attachment = upload(&mei, "large.png", "image/png", &bytes).await;
    assert_eq!((picture.width, picture.height), (Some(2_000), Some(1_000)));
    let link = link(&mei, picture.id).await;
    let mut sizes = vec![picture.bytes as usize];
    for url in [link.preview.unwrap(), link.thumbnail.unwrap()] {
        let response = follow(&server, &url).await;
        assert_eq!(response.status(), StatusCode::OK, "{url}");
        let mime = header(&response, "content-type");
        assert!(mime == "image/jpeg" || mime == "image/webp", "{mime}");
        sizes.push(response.bytes().await.unwrap().len());
    }
    assert!(sizes[1] > sizes[2], "{sizes:?}");
}

/// A picture of 2,000 by 1,000 pixels.
fn large_png() -> Vec<u8> {
    let picture =
        image::RgbImage::from_fn(2_000, 1_000, |x, y| image::Rgb([x as u8, y as u8, (x / 8) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
