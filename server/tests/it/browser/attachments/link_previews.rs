//! Previews of links, of a site of the test.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{fixture, two_tabs};
use crate::support::{Server, browser::Browser};

/// A site with a page about trains, which has a picture. Answers its address.
pub async fn site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let picture = std::fs::read(fixture("valley.jpg")).expect("the fixture can be read");
    let page = format!(
        "<head><meta property=og:title content='Lines and times of the old town'>\
         <meta name=description content='All trains of the week, with their platforms, and what is closed on Saturday.'>\
         <meta property=og:site_name content='The Railway'>\
         <meta property=og:image content='{address}/picture.jpg'></head>"
    );
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = vec![0; 16 * 1024];
            let length = socket.read(&mut head).await.unwrap_or_default();
            let is_picture = head[..length].starts_with(b"GET /picture.jpg");
            let (kind, body) = match is_picture {
                true => ("image/jpeg", picture.clone()),
                false => ("text/html; charset=utf-8", page.clone().into_bytes()),
            };
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = socket.write_all(&[head.as_bytes(), &body].concat()).await;
        }
    });
    address
}

/// A server that may ask that site.
pub async fn server() -> Server {
    Server::with().flags(["--link-previews", "on", "--link-preview-allow", "127.0.0.1"]).start().await
}

#[tokio::test]
async fn a_link_shows_a_preview_which_its_author_removes() {
    let (server, browser, site) = (server().await, Browser::start().await, site().await);
    let (anna, mei) = two_tabs(&server, &browser).await;
    anna.say(&format!("look at {site}/lines")).await;
    for tab in [&mei, &anna] {
        tab.shows("preview", "Lines and times of the old town").await;
        tab.shows("preview", "The Railway").await;
        let picture = "document.querySelector('[data-testid=preview] img')?.naturalWidth > 0";
        tab.until("its picture", picture).await;
    }
    let link = format!("document.querySelector('[data-testid=preview] a').href === '{site}/lines'");
    mei.until("the link", &link).await;
    mei.gone("preview-remove").await;
    anna.click("preview-remove").await;
    anna.gone("preview").await;
    mei.gone("preview").await;
    mei.hears(&format!("look at {site}/lines")).await;
}
