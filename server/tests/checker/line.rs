//! What stands between a node and the bus: a TCP proxy of our own that fails when it is told to.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{AbortHandle, JoinSet},
};

/// Dropped, it is gone with all that went through it.
pub struct Line {
    port: u16,
    state: watch::Sender<State>,
    listening: AbortHandle,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// Whether bytes are passed on. Those that are not arrive later, as TCP sends them again.
    passes: bool,
    /// Whether connections can be made.
    is_open: bool,
    /// How often all connections were cut off.
    cuts: u64,
}

impl Line {
    /// One that leads to a port of this machine, and works.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let near = listener.local_addr().expect("it is bound").port();
        let (state, seen) = watch::channel(State { passes: true, is_open: true, cuts: 0 });
        let far = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listening = tokio::spawn(listen(listener, far, seen)).abort_handle();
        Self { port: near, state, listening }
    }

    /// The URL of the bus behind it.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Passes nothing on any more, and says nothing, as where packets are dropped.
    pub fn silence(&self) {
        self.state.send_modify(|state| state.passes = false);
    }

    /// Cuts off every connection, with all that is under way; others can be made at once.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    /// Cuts off every connection, and lets none be made.
    pub fn close(&self) {
        self.state.send_modify(|state| (state.is_open, state.cuts) = (false, state.cuts + 1));
    }

    /// Works again.
    pub fn mend(&self) {
        self.state.send_modify(|state| (state.passes, state.is_open) = (true, true));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, far: SocketAddr, state: watch::Receiver<State>) {
    let mut links = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let State { is_open, cuts, .. } = *state.borrow();
        if is_open {
            links.spawn(link(near, far, state.clone(), cuts));
        }
    }
}

/// One connection, until either side ends it or it is cut off.
async fn link(near: TcpStream, far: SocketAddr, mut state: watch::Receiver<State>, cuts: u64) {
    let Ok(far) = TcpStream::connect(far).await else { return };
    for stream in [&near, &far] {
        let _ = stream.set_nodelay(true);
        // Its end is an error for who still reads, and what is under way is lost.
        let _ = stream.set_zero_linger();
    }
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pump(near_in, far_out, state.clone()) => {}
        () = pump(far_in, near_out, state.clone()) => {}
        _ = state.wait_for(|state| state.cuts != cuts) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let passes = state.wait_for(|state| state.passes).await.is_ok();
        if !passes || to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
