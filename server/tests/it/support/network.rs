//! A network between a page and its server that fails as networks do: it swallows what is sent and says nothing, or
//! lets pages through and no sockets.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use super::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fine,
    /// Nothing arrives, silently. The swallowed bytes arrive later, as TCP sends them again.
    Swallowing,
    /// Sockets are cut off and cannot be opened; all else goes through.
    NoSockets,
}

/// Dropped, it is gone with all that went through it.
pub struct Network {
    port: u16,
    weather: watch::Sender<Weather>,
    listening: AbortHandle,
}

impl Network {
    /// One that leads to a server, and works.
    pub async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let (weather, seen) = watch::channel(Weather::Fine);
        let listening = tokio::spawn(listen(listener, server.port(), seen)).abort_handle();
        Self { port, weather, listening }
    }

    /// The page at its near end.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    /// Swallows all that is sent from now on.
    pub fn swallow(&self) {
        self.weather.send_replace(Weather::Swallowing);
    }

    /// Cuts sockets off, and lets none be opened.
    pub fn cut_sockets(&self) {
        self.weather.send_replace(Weather::NoSockets);
    }

    /// Works again.
    pub fn heal(&self) {
        self.weather.send_replace(Weather::Fine);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, to: u16, weather: watch::Receiver<Weather>) {
    let mut links = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        links.spawn(link(near, to, weather.clone()));
    }
}

/// One connection, until either side ends it or the network does.
async fn link(mut near: TcpStream, to: u16, mut weather: watch::Receiver<Weather>) -> Option<()> {
    let mut first = vec![0; 16 * 1024];
    let length = near.read(&mut first).await.ok()?;
    let socket = first[..length].starts_with(b"GET /ws");
    let mut far = TcpStream::connect(("127.0.0.1", to)).await.ok()?;
    let cut = weather.clone();
    let talk = async {
        arrives(&mut weather).await?;
        far.write_all(&first[..length]).await.ok()?;
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::join!(pump(near_in, far_out, weather.clone()), pump(far_in, near_out, weather));
        Some(())
    };
    tokio::select! {
        done = talk => done,
        () = cut_off(cut), if socket => None,
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if arrives(&mut weather).await.is_none() || to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}

/// Waits until what is sent arrives; none where the network is gone.
async fn arrives(weather: &mut watch::Receiver<Weather>) -> Option<()> {
    weather.wait_for(|weather| *weather != Weather::Swallowing).await.ok().map(drop)
}

async fn cut_off(mut weather: watch::Receiver<Weather>) {
    // Gone is cut off, too.
    let _ = weather.wait_for(|weather| *weather == Weather::NoSockets).await;
}
