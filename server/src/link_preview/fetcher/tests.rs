//! Attacks, with a resolver and servers of the tests.

use std::{
    future::Future,
    io::{self, Write},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A resolver whose answers are given in turn; the last one stays.
struct Answers {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Answers {
    fn new(answers: &[&[&str]]) -> (Box<Self>, Arc<AtomicUsize>) {
        let parsed = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        let asked = Arc::<AtomicUsize>::default();
        let answers = Mutex::new(answers.iter().map(parsed).collect());
        (Box::new(Self { answers, asked: Arc::clone(&asked) }), asked)
    }
}

impl Resolve for Answers {
    fn resolve(&self, _host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + '_>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

/// A fetcher for which every host name has one address.
fn fetcher(address: &str, allowed: &[&str]) -> Fetcher {
    let (resolver, _) = Answers::new(&[&[address]]);
    Fetcher::new(resolver, allowed.iter().map(|network| network.parse().unwrap()).collect())
}

/// A server that gives every request the answer of its path, until the test ends. Answers its port.
async fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match socket.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => return,
                    }
                }
                let head = String::from_utf8(head).unwrap();
                let path = head.split(' ').nth(1).unwrap();
                let _ = socket.write_all(&answer(path)).await;
            });
        }
    });
    port
}

fn html(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into()
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into()
}

const LOCAL: &str = "127.0.0.1/32";

#[tokio::test]
async fn the_forms_of_private_addresses_are_refused() {
    let fetcher = fetcher("8.8.8.8", &[]);
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://0177.0.0.01/",
        "http://127.0.0.1./",
        "http://１２７.0.0.1/",
        "http://0/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "http://192.168.1.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "https://[::ffff:a9fe:a9fe]/",
    ] {
        let error = fetcher.page(url).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic(_)), "{url}: {error}");
        let picture = fetcher.picture(&Url::parse(url).unwrap()).await.unwrap_err();
        assert!(matches!(picture, FetchError::NotPublic(_)), "{url}: {picture}");
    }
}

#[tokio::test]
async fn other_schemes_ports_and_names_in_addresses_are_refused() {
    let fetcher = fetcher("8.8.8.8", &[]);
    for url in [
        "file:///etc/passwd",
        "ftp://a.example/",
        "gopher://a.example:70/_",
        "javascript:alert(1)",
        "data:text/html,<title>x</title>",
        "http://a.example:22/",
        "http://a.example:8080/",
        "https://a.example:6379/",
        "http://mei@a.example/",
        "http://mei:secret@a.example/",
        "http://",
        "nonsense",
    ] {
        let error = fetcher.page(url).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(_)), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_name_of_a_private_address_is_refused_as_a_whole() {
    for answer in
        [&["127.0.0.1"][..], &["8.8.8.8", "10.0.0.1"], &["::ffff:10.0.0.1"], &["fd00::1", "1.1.1.1"]]
    {
        let (resolver, _) = Answers::new(&[answer]);
        let error = Fetcher::new(resolver, vec![]).page("http://a.example/").await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic(_)), "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_checked() {
    let port = serve(|_| html("<title>here</title>")).await;
    // A second look-up would lead elsewhere.
    let (resolver, asked) = Answers::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let fetcher = Fetcher::new(resolver, vec![LOCAL.parse().unwrap()]);
    let url = format!("http://rebinding.example:{port}/");
    assert_eq!(fetcher.page(&url).await.unwrap().title, "here");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // The next request looks it up anew, and checks that.
    assert!(matches!(fetcher.page(&url).await, Err(FetchError::NotPublic(_))));
}

#[tokio::test]
async fn every_redirect_is_checked() {
    let port = serve(|path| match path {
        "/relative" => redirect("/here"),
        "/here" => html("<title>here</title>"),
        "/loop" => redirect("/loop"),
        "/nowhere" => b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
        to => redirect(&to[1..].replace("SLASHES", "//")),
    })
    .await;
    let fetcher = fetcher("10.0.0.1", &[LOCAL]);
    let page = async |path: &str| fetcher.page(&format!("http://127.0.0.1:{port}/{path}")).await;
    assert_eq!(page("relative").await.unwrap().title, "here");
    for path in [
        "http:SLASHES127.0.0.2/",
        "http:SLASHES2130706434/",
        "http:SLASHES[::ffff:7f00:2]/",
        "http:SLASHES169.254.169.254/",
        "http:SLASHESa.example/",
        "SLASHES10.0.0.1/",
    ] {
        let error = page(path).await.unwrap_err();
        assert!(matches!(error, FetchError::NotPublic(_)), "{path}: {error}");
    }
    assert!(matches!(page("file:SLASHES/etc/passwd").await, Err(FetchError::Refused(_))));
    assert!(matches!(page("nowhere").await, Err(FetchError::Refused(_))));
    assert!(matches!(page("loop").await, Err(FetchError::Redirects)));
}

#[tokio::test]
async fn answers_are_bounded() {
    let port = serve(|path| match path {
        "/endless" => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>long</title>";
            [head.as_bytes(), &vec![b'x'; 3 << 20]].concat()
        }
        "/late" => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n";
            let late = b"<title>late</title>".as_slice();
            [head.as_bytes(), &vec![b' '; MAX_PAGE_BYTES], late, &vec![b' '; 1 << 20]].concat()
        }
        "/late-bomb" => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(&vec![b' '; MAX_PAGE_BYTES]).unwrap();
            packed.write_all(b"<title>late</title>").unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\n\r\n";
            [head.as_bytes(), &packed.finish().unwrap()].concat()
        }
        "/bomb" => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(b"<title>bomb</title>").unwrap();
            packed.write_all(&vec![b' '; 8 << 20]).unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\n\r\n";
            [head.as_bytes(), &packed.finish().unwrap()].concat()
        }
        "/head" => format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1 << 20)).into(),
        "/picture" => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n";
            [head.as_bytes(), &vec![0; 6 << 20]].concat()
        }
        "/brotli" => b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: br\r\n\r\nx".to_vec(),
        "/text" => b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n<title>no</title>".to_vec(),
        "/no-http" => b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        _ => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec(),
    })
    .await;
    let fetcher = fetcher("127.0.0.1", &[LOCAL]);
    let url = |path: &str| format!("http://127.0.0.1:{port}/{path}");
    assert_eq!(fetcher.page(&url("endless")).await.unwrap().title, "long");
    assert_eq!(fetcher.page(&url("bomb")).await.unwrap().title, "bomb");
    // A title behind what is read is none.
    assert!(matches!(fetcher.page(&url("late")).await, Err(FetchError::Untitled)));
    assert!(matches!(fetcher.page(&url("late-bomb")).await, Err(FetchError::Untitled)));
    let picture = fetcher.picture(&Url::parse(&url("picture")).unwrap()).await;
    assert!(matches!(picture, Err(FetchError::TooLarge)));
    assert!(matches!(fetcher.page(&url("head")).await, Err(FetchError::Http(_))));
    assert!(matches!(fetcher.page(&url("no-http")).await, Err(FetchError::Http(_))));
    assert!(matches!(fetcher.page(&url("brotli")).await, Err(FetchError::Refused(_))));
    assert!(matches!(fetcher.page(&url("text")).await, Err(FetchError::Type)));
    assert!(matches!(fetcher.page(&url("missing")).await, Err(FetchError::Status(_))));
    let page_as_picture = fetcher.picture(&Url::parse(&url("endless")).unwrap()).await;
    assert!(matches!(page_as_picture, Err(FetchError::Type)));
}

#[tokio::test]
async fn a_site_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let fetcher = Fetcher { max_time: Duration::from_millis(50), ..fetcher("127.0.0.1", &[LOCAL]) };
    let page = fetcher.page(&format!("http://127.0.0.1:{port}/")).await;
    assert!(matches!(page, Err(FetchError::TimedOut)));
    drop(listener);
}

/// A title in a page that never ends is not waited for longer than for any other page.
#[tokio::test]
async fn a_page_that_comes_without_end_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dripping = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>slow</title>";
        let mut bytes = socket.write_all(head.as_bytes()).await;
        // Until the fetcher closes the connection.
        while bytes.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            bytes = socket.write_all(b" ").await;
        }
    });
    let fetcher = Fetcher { max_time: Duration::from_millis(200), ..fetcher("127.0.0.1", &[LOCAL]) };
    let page = fetcher.page(&format!("http://127.0.0.1:{port}/")).await;
    assert!(matches!(page, Err(FetchError::TimedOut)), "{page:?}");
    dripping.await.unwrap();
}
