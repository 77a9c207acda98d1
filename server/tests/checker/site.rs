//! What a trial runs on: a server, or two nodes that share a database and a bus.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use confab_postgres_fixture::PostgresServer;
use tempfile::TempDir;
use tokio::time::{Duration, sleep};

use crate::{
    line::Line,
    support::{Server, http, in_time, nats::NatsServer},
};

/// How many nodes a cluster has.
const NODES: usize = 2;

/// The servers ask the site of the linkers for previews.
const PREVIEWS: [&str; 4] = ["--link-previews", "on", "--link-preview-allow", "127.0.0.1"];

/// The servers of a trial. Dropped, all of them are stopped.
pub struct Site {
    /// The server, or the nodes.
    pub nodes: Vec<Server>,
    /// The database, where it is a server of its own.
    pub postgres: Option<PostgresServer>,
    /// The bus of the nodes; none of a single server.
    pub bus: Option<Bus>,
    /// The folder of files that the nodes share.
    files: Option<TempDir>,
}

/// The bus, and how each node reaches it.
pub struct Bus {
    pub server: NatsServer,
    /// By the node's number.
    pub lines: Vec<Line>,
}

impl Site {
    /// A single server; with a Postgres database, where one is given.
    pub async fn of_one(postgres: Option<PostgresServer>) -> Self {
        let setup = Server::with().flags(PREVIEWS);
        let server = match &postgres {
            Some(postgres) => setup.variable("CONFAB_DATABASE", &postgres.database()).start().await,
            None => setup.start().await,
        };
        Self { nodes: vec![server], postgres, bus: None, files: None }
    }

    /// A cluster. None where Postgres or nats-server is not installed.
    pub async fn cluster() -> Option<Self> {
        let (postgres, nats) = (PostgresServer::start()?, NatsServer::start()?);
        let database = postgres.database();
        let files = tempfile::tempdir().expect("a folder can be made");
        let (mut nodes, mut lines) = (Vec::new(), Vec::new());
        for _ in 0..NODES {
            let line = Line::to(nats.port()).await;
            let setup = Server::with().flags(PREVIEWS).variable("CONFAB_DATABASE", &database);
            let setup = setup.variable("CONFAB_BLOBS", &files.path().display().to_string());
            nodes.push(setup.flags(["--bus", &line.url(), "--drain-seconds", "2"]).start().await);
            lines.push(line);
        }
        let bus = Some(Bus { server: nats, lines });
        Some(Self { nodes, postgres: Some(postgres), bus, files: Some(files) })
    }

    /// The folder of files.
    pub fn blobs(&self) -> PathBuf {
        match &self.files {
            Some(files) => files.path().to_owned(),
            None => self.nodes[0].data().join("blobs"),
        }
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> Arc<[SocketAddr]> {
        self.nodes.iter().map(|node| SocketAddr::from(([127, 0, 0, 1], node.port()))).collect()
    }

    /// Waits until no node lacks anything.
    pub async fn is_whole(&self) {
        for node in &self.nodes {
            let asking = async {
                while !is_whole(node).await {
                    sleep(Duration::from_millis(50)).await;
                }
            };
            in_time("a node that lacks nothing", asking).await;
        }
    }
}

async fn is_whole(node: &Server) -> bool {
    let Ok(answer) = http().get(node.url("/readyz")).send().await else { return false };
    answer.text().await.is_ok_and(|text| text == r#"{"ready":true}"#)
}
