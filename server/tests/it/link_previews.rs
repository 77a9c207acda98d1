//! Previews of links over the wire: the real server asks a site of the test, which the test counts the requests of.

use std::{
    io::{Cursor, Write},
    sync::{Arc, Mutex},
};

use confab_shared::{
    api::Settings,
    attachment::AttachmentKind,
    command::{Command, Delete, Edit, RemovePreview},
    error::ErrorCode,
    event::EventBody,
    id::{ConversationId, Seq},
    preview::Preview,
    protocol::{Ack, ServerFrame},
};
use flate2::{Compression, write::GzEncoder};
use image::{ImageFormat, RgbImage};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    accounts,
    attachments::{follow, leads_nowhere, link},
    support::{
        Person, Server, Socket, client_id,
        person::{EVERYONE, answer},
    },
};

/// A site on every address of the loopback. The server may ask it at 127.0.0.1 alone.
struct Site {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    async fn open() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let site = Self { port, asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let asked = Arc::clone(&asked);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match socket.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    asked.lock().unwrap().push(path.clone());
                    let _ = socket.write_all(&page(&path, port)).await;
                });
            }
        });
        site
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// The paths that were asked for.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    async fn server(&self) -> Server {
        Server::with().flags(["--link-previews", "on", "--link-preview-allow", "127.0.0.1"]).start().await
    }
}

fn answered(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn page(path: &str, port: u16) -> Vec<u8> {
    let html = |head: &str| answered("text/html; charset=utf-8", format!("<head>{head}</head>").as_bytes());
    match path {
        "/lines" => html(
            "<title>no</title><meta property=og:title content='Lines &amp; times'>\
             <meta name=description content='All trains'><meta property=og:site_name content=Rail>",
        ),
        "/bomb" => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(b"<title>bomb</title>").unwrap();
            packed.write_all(&vec![b' '; 8 << 20]).unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\n\r\n";
            [head.as_bytes(), &packed.finish().unwrap()].concat()
        }
        "/photo" => html("<title>a photo</title><meta property=og:image content='photo.png'>"),
        "/photo.png" => {
            let mut png = Cursor::new(Vec::new());
            RgbImage::new(960, 480).write_to(&mut png, ImageFormat::Png).unwrap();
            answered("image/png", &png.into_inner())
        }
        "/bad-photo" => html("<title>no photo</title><meta property=og:image content='/lines'>"),
        "/picture-elsewhere" => html(&format!(
            "<title>a</title><meta property=og:image content='http://127.0.0.2:{port}/secret'>"
        )),
        "/elsewhere" => format!(
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2:{port}/secret\r\ncontent-length: 0\r\n\r\n"
        )
        .into(),
        other => html(&format!("<title>{other}</title>")),
    }
}

/// Waits for the previews that a message has from now on.
async fn previewed(socket: &mut Socket, message: Seq) -> Vec<Preview> {
    let pick = |frame: &ServerFrame| match frame {
        ServerFrame::Event(frame) => match &frame.event.body {
            EventBody::Previewed(previewed) if previewed.target == message => {
                Some(previewed.previews.clone())
            }
            _ => None,
        },
        _ => None,
    };
    socket.find("the previews", pick).await
}

async fn group(server: &Server) -> (Person, Person, ConversationId) {
    let (mei, ada) = (Person::come(server, "mei").await, Person::come(server, "ada").await);
    let trip = mei.group("Trip", &["ada"]).await;
    (mei, ada, trip)
}

fn edit(conversation: ConversationId, target: Seq, text: String) -> Command {
    Edit { client_id: client_id(), conversation, target, text }.into()
}

fn urls(previews: &[Preview]) -> Vec<&str> {
    previews.iter().map(|preview| preview.url.as_str()).collect()
}

#[tokio::test]
async fn a_link_gets_a_preview_that_its_author_may_remove() {
    let site = Site::open().await;
    let server = site.server().await;
    let (mei, ada, trip) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let link = site.url("lines");
    let seq = socket.send_text(trip, &format!("look: {link}!")).await.seq;
    let previews = previewed(&mut adas, seq).await;
    assert_eq!(
        previews,
        [Preview {
            url: link.clone(),
            title: "Lines & times".to_owned(),
            description: Some("All trains".to_owned()),
            site: Some("Rail".to_owned()),
            image: None,
        }]
    );
    let message = ada.message(trip, seq).await;
    assert_eq!((message.previews, message.edited_at), (previews, None));
    let seen = ada.view(trip).await;
    assert_eq!((seen.unread(), seen.last_message.unwrap().seq), (1, seq), "it is no activity of its own");

    let remove = |client_id| RemovePreview { client_id, conversation: trip, target: seq, url: link.clone() };
    let refused = adas.carry_out(remove(client_id())).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let id = client_id();
    let removed = socket.carry_out(remove(id)).await.unwrap();
    assert_eq!(previewed(&mut adas, seq).await, []);
    assert!(ada.message(trip, seq).await.previews.is_empty());
    // The same over HTTP is a retry.
    let path = format!("/conversations/{trip}/messages/{seq}/previews");
    let request = mei.request(Method::DELETE, &path).json(&json!({"client_id": id, "url": link}));
    assert_eq!(answer::<Ack>(request).await.unwrap(), removed);

    // A link that was removed does not come back with an edit, and is not asked for again; a new one is.
    let other = site.url("other");
    socket.carry_out(edit(trip, seq, format!("{link} {other}"))).await.unwrap();
    assert_eq!(urls(&previewed(&mut adas, seq).await), [other.as_str()]);
    assert_eq!(site.asked(), ["/lines", "/other"]);
    // What was fetched is remembered.
    let again = socket.send_text(trip, &other).await.seq;
    assert_eq!(urls(&previewed(&mut adas, again).await), [other.as_str()]);
    assert_eq!(site.asked().len(), 2);
}

#[tokio::test]
async fn previews_go_with_their_links_and_with_their_message() {
    let site = Site::open().await;
    let server = site.server().await;
    let (mei, ada, trip) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let [one, two, three, four] = ["1", "2", "3", "4"].map(|path| site.url(path));
    let seq = socket.send_text(trip, &format!("{one} {two} `{four}` ||{four}|| {three} {four}")).await.seq;
    assert_eq!(urls(&previewed(&mut adas, seq).await), [one.as_str(), &two, &three], "three at most");
    socket.carry_out(edit(trip, seq, format!("{two} alone"))).await.unwrap();
    assert_eq!(urls(&ada.message(trip, seq).await.previews), [two.as_str()]);
    socket.carry_out(Delete { client_id: client_id(), conversation: trip, target: seq }).await.unwrap();
    assert!(ada.message(trip, seq).await.previews.is_empty());
    let log = serde_json::to_string(&ada.log(trip).await).unwrap();
    assert!(!log.contains("127.0.0.1"), "{log}");
}

#[tokio::test]
async fn the_picture_of_a_preview_is_served_like_an_attachment() {
    let site = Site::open().await;
    let server = site.server().await;
    let (mei, ada, trip) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let seq = socket.send_text(trip, &site.url("photo")).await.seq;
    let picture = previewed(&mut adas, seq).await.remove(0).image.expect("it has a picture");
    assert_eq!(
        (picture.kind(), picture.width, picture.height),
        (AttachmentKind::Picture, Some(480), Some(240))
    );
    assert!(picture.placeholder.is_some());
    let url = link(&ada, picture.id).await.url;
    let response = follow(&server, &url).await;
    assert_eq!(response.headers()["content-type"], picture.mime.as_str());
    let bytes = response.bytes().await.unwrap();
    assert_eq!(bytes.len() as u64, picture.bytes);
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 480);
    // What is no picture is none, and the preview is there.
    let bad = socket.send_text(trip, &site.url("bad-photo")).await.seq;
    assert_eq!(previewed(&mut adas, bad).await[0].image, None);

    socket.carry_out(Delete { client_id: client_id(), conversation: trip, target: seq }).await.unwrap();
    leads_nowhere(&server, &url).await;
}

#[tokio::test]
async fn no_link_leads_the_server_where_it_may_not_go() {
    let site = Site::open().await;
    let server = site.server().await;
    let (mei, ada, trip) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let port = site.port;
    for bad in [
        format!("http://127.0.0.2:{port}/secret"),
        format!("http://2130706434:{port}/secret"),
        format!("http://0x7f000002:{port}/secret"),
        format!("http://0177.0.0.2:{port}/secret"),
        format!("http://127.2:{port}/secret"),
        format!("http://0.0.0.0:{port}/secret"),
        format!("http://[::ffff:127.0.0.2]:{port}/secret"),
        format!("http://[::ffff:7f00:2]:{port}/secret"),
        format!("http://mei@127.0.0.1:{port}/secret"),
        "http://169.254.169.254/secret".to_owned(),
        site.url("elsewhere"),
    ] {
        // The links of a message are asked in their order: behind the good one comes nothing.
        let good = site.url("lines");
        let seq = socket.send_text(trip, &format!("[one]({bad}) {good}")).await.seq;
        assert_eq!(urls(&previewed(&mut adas, seq).await), [good.as_str()], "{bad}");
    }
    let seq = socket.send_text(trip, &site.url("picture-elsewhere")).await.seq;
    assert_eq!(previewed(&mut adas, seq).await[0].image, None);
    let asked = site.asked();
    assert!(asked.iter().all(|path| path != "/secret"), "{asked:?}");
    assert!(asked.contains(&"/elsewhere".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn a_bomb_is_read_as_far_as_it_matters() {
    let site = Site::open().await;
    let server = site.server().await;
    let (mei, ada, trip) = group(&server).await;
    let (mut socket, mut adas) = (mei.connect().await, ada.connect().await);
    let seq = socket.send_text(trip, &site.url("bomb")).await.seq;
    assert_eq!(previewed(&mut adas, seq).await[0].title, "bomb");
}

#[tokio::test]
async fn a_server_without_previews_asks_nobody() {
    let site = Site::open().await;
    let off =
        Server::with().flags(["--link-previews", "off", "--link-preview-allow", "127.0.0.1"]).start().await;
    let (mei, _, trip) = group(&off).await;
    let seq = mei.post_text(trip, &site.url("off")).await.seq;
    // Meanwhile one with previews asks.
    let on = site.server().await;
    let (zoe, _, home) = group(&on).await;
    let mut socket = zoe.connect().await;
    let shown = socket.send_text(home, &site.url("on")).await.seq;
    previewed(&mut socket, shown).await;
    assert!(mei.message(trip, seq).await.previews.is_empty());
    assert_eq!(site.asked(), ["/on"]);
}

#[tokio::test]
async fn an_owner_turns_previews_off_and_on_while_the_server_runs() {
    let site = Site::open().await;
    let flags = ["--access", "accounts", "--link-previews", "on", "--link-preview-allow", "127.0.0.1"];
    let server = Server::with().flags(flags).start().await;
    let olga = accounts::create(&server, Some(&accounts::setup_token(&server)), "olga").await.unwrap();
    let turn = async |on: bool| {
        let change = Settings { link_previews: Some(on), ..Settings::default() };
        let all: Settings = answer(olga.request(Method::PATCH, "/settings").json(&change)).await.unwrap();
        assert_eq!(all.link_previews, Some(on));
    };
    let mut socket = olga.connect().await;
    let shown = socket.send_text(EVERYONE, &site.url("before")).await.seq;
    previewed(&mut socket, shown).await;
    turn(false).await;
    let off = socket.send_text(EVERYONE, &site.url("off")).await.seq;
    let edited = socket.send_text(EVERYONE, "to edit").await.seq;
    socket.carry_out(edit(EVERYONE, edited, site.url("edited"))).await.unwrap();
    // Meanwhile another server asks, which takes longer than to do nothing.
    let other = site.server().await;
    let (zoe, _, home) = group(&other).await;
    let mut zoes = zoe.connect().await;
    let seq = zoes.send_text(home, &site.url("elsewhere-on")).await.seq;
    previewed(&mut zoes, seq).await;
    assert_eq!(site.asked(), ["/before", "/elsewhere-on"]);
    turn(true).await;
    let again = socket.send_text(EVERYONE, &site.url("again")).await.seq;
    previewed(&mut socket, again).await;
    assert_eq!(site.asked(), ["/before", "/elsewhere-on", "/again"], "what was said meanwhile has none");
    for (seq, count) in [(shown, 1), (off, 0), (edited, 0), (again, 1)] {
        assert_eq!(olga.message(EVERYONE, seq).await.previews.len(), count, "{seq}");
    }
}
