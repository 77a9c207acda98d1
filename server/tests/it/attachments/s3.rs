//! Files in a bucket: of moto's server, which speaks S3.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

use reqwest::StatusCode;

use super::{create, follow, leads_nowhere, link, patch, ready, upload, with};
use crate::support::{Person, Server, client_id, in_time, person::EVERYONE, server::Setup};

/// A server that speaks S3, with a bucket. It ends when it is dropped.
struct Bucket {
    process: Child,
    port: u16,
}

impl Bucket {
    /// None where there is no moto (`scripts/tools.sh test` installs it), which is an error in CI.
    async fn start() -> Option<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut command = Command::new("moto-server");
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(process) = process else {
            assert!(std::env::var_os("CI").is_none(), "moto is not installed");
            eprintln!("### SKIPPED: moto is not installed (scripts/tools.sh test) ###");
            return None;
        };
        let bucket = Self { process, port };
        let listens = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        in_time("moto", listens).await;
        let made = crate::support::http().put(format!("{}/files", bucket.url())).send().await.unwrap();
        assert_eq!(made.status(), StatusCode::OK);
        Some(bucket)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A server that keeps its files there.
    fn server(&self) -> Setup {
        Server::with()
            .flags(["--blobs", "s3://files/confab"])
            .variable("AWS_ENDPOINT", &self.url())
            .variable("AWS_ALLOW_HTTP", "true")
            .variable("AWS_ACCESS_KEY_ID", "test")
            .variable("AWS_SECRET_ACCESS_KEY", "test")
            .variable("AWS_REGION", "us-east-1")
    }

    /// The names of all objects.
    async fn objects(&self) -> Vec<String> {
        let list = crate::support::http().get(format!("{}/files?list-type=2", self.url()));
        let text = list.send().await.unwrap().text().await.unwrap();
        let keys = text.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        keys.map(str::to_owned).collect()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn files_are_kept_in_a_bucket() {
    let Some(bucket) = Bucket::start().await else { return };
    let mut server = bucket.server().start().await;
    let mei = Person::come(&server, "mei").await;
    let bytes: Vec<u8> = (0..12_000_000_u32).map(|index| (index % 249) as u8).collect();
    let id = create(&mei, bytes.len(), &[("filename", "large.bin")]).await.unwrap();
    for (from, to) in [(0, 6_000_000), (6_000_000, 6_000_001), (6_000_001, 12_000_000)] {
        let response = patch(&mei, id, from, &bytes[from..to]).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{:?}", response.text().await);
        if to == 6_000_001 {
            server.sigkill().await;
            server.restart().await;
        }
    }
    let large = ready(&mei, id).await;
    assert_eq!(large.bytes, 12_000_000);
    let picture = upload(&mei, "dot.png", "image/png", &super::png()).await;
    assert_eq!((picture.width, picture.height), (Some(1), Some(1)));
    let mut socket = mei.connect().await;
    let seq = socket.carry_out(with(EVERYONE, "both", &[&large, &picture])).await.unwrap().seq;
    let url = link(&mei, id).await.url;
    assert_eq!(follow(&server, &url).await.bytes().await.unwrap(), bytes);
    let part = crate::support::http().get(server.url(&url)).header("Range", "bytes=7999990-8000009");
    let part = part.send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes().await.unwrap(), bytes[7_999_990..8_000_010]);
    assert_eq!(bucket.objects().await.len(), 2, "{:?}", bucket.objects().await);
    let delete =
        confab_shared::command::Delete { client_id: client_id(), conversation: EVERYONE, target: seq };
    socket.carry_out(delete).await.unwrap();
    leads_nowhere(&server, &url).await;
    let emptied = async {
        while !bucket.objects().await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    in_time("an empty bucket", emptied).await;
    assert!(!server.data().join("blobs").exists(), "nothing is in the data folder");
}
