//! What stands between a tab and the server: a TCP proxy of our own that treats connections badly.

mod fate;

use std::{io, net::SocketAddr, ops::Range, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::{sleep, timeout},
};

use self::fate::{Direction, Fate, Pace};
use crate::{support::dice::Dice, tally::Tally};

/// How long what is left of a broken connection stays.
const REMAINS: Duration = Duration::from_secs(6);

/// How much the kernel holds back on its own at most, so that a reader who stops is felt soon.
const BUFFER: u32 = 64 * 1024;

/// The segments of an Ethernet: those of a loopback would have the kernel buffer megabytes.
const SEGMENT: u32 = 1_400;

/// The proxy of one tab.
pub struct Proxy {
    pub address: SocketAddr,
}

/// What all proxies share.
#[derive(Clone)]
pub struct Weather {
    pub seed: u64,
    pub tally: Arc<Tally>,
    /// Once it is calm, what is broken is cut off, and what is new stays whole.
    pub calm: watch::Receiver<bool>,
}

impl Proxy {
    /// Starts the proxy of a tab. Its connections' fates hang on the seed, the tab and their number alone. Each connection
    /// leads to the next of the servers, or to the one after that where it does not listen.
    pub async fn start(weather: Weather, tab: u16, servers: Arc<[SocketAddr]>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            let mut number = u64::from(tab) << 32;
            while let Ok((client, _)) = listener.accept().await {
                number += 1;
                let fate = Fate::of(Dice::of(weather.seed, "line", number));
                let to = Arc::clone(&servers);
                tokio::spawn(serve(weather.clone(), fate, client, (to, number as usize)));
            }
        });
        Ok(Self { address })
    }
}

/// Opens a connection with small buffers on this side and the other.
pub async fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(BUFFER)?;
    socket2::SockRef::from(&socket).set_tcp_mss(SEGMENT)?;
    let stream = timeout(REMAINS, socket.connect(address)).await??;
    stream.set_nodelay(true)?;
    // Where no process listens on a port, a connection can connect to itself.
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// A connection to the first of the servers from one on that listens.
async fn dial_any(servers: &[SocketAddr], first: usize, tally: &Tally) -> Option<TcpStream> {
    for number in (first..first + servers.len()).map(|number| number % servers.len()) {
        if let Ok(stream) = dial(servers[number]).await {
            tally.led_to[number].one();
            return Some(stream);
        }
    }
    None
}

async fn serve(
    mut weather: Weather,
    fate: Fate,
    client: TcpStream,
    (servers, first): (Arc<[SocketAddr]>, usize),
) {
    let Some(server) = dial_any(&servers, first, &weather.tally).await else { return };
    let _ = client.set_nodelay(true);
    let fate = if *weather.calm.borrow() { Fate::Whole } else { fate };
    if matches!(fate, Fate::Cut { reset: true, .. }) {
        // A side that still reads gets an error at once, and not the bytes in flight.
        let _ = client.set_zero_linger();
        let _ = server.set_zero_linger();
    }
    if fate == Fate::Whole {
        return pass(fate, client, server, &weather.tally).await;
    }
    let tally = Arc::clone(&weather.tally);
    tokio::select! {
        () = pass(fate, client, server, &tally) => {}
        _ = weather.calm.wait_for(|calm| *calm) => {}
    }
}

/// Passes bytes on in both directions until the connection has met its fate. Then both ends are dropped.
async fn pass(fate: Fate, client: TcpStream, server: TcpStream, tally: &Tally) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut up = Lane::new(from_client, to_server, fate.pace(Direction::Up));
    let mut down = Lane::new(from_server, to_client, fate.pace(Direction::Down));
    if let Fate::Slow { .. } = fate {
        tally.slow.one();
    }
    let (first, ended) = tokio::select! {
        ended = up.run() => (Direction::Up, ended),
        ended = down.run() => (Direction::Down, ended),
    };
    if ended == Ended::Closed {
        return;
    }
    let (lane, mut other) = match first {
        Direction::Up => (up, down),
        Direction::Down => (down, up),
    };
    match fate {
        Fate::HalfClose { .. } => {
            tally.half_closes.one();
            let Lane { from, mut to, .. } = lane;
            let _ = to.shutdown().await;
            let _ = timeout(REMAINS, other.run()).await;
            drop(from);
        }
        Fate::BlackHole { both, .. } => {
            tally.black_holes.one();
            if both {
                sleep(REMAINS).await;
            } else {
                let _ = timeout(REMAINS, other.run()).await;
            }
            drop(lane);
        }
        Fate::Whole | Fate::Slow { .. } | Fate::Cut { .. } => tally.cuts.one(),
    }
}

/// One direction of a connection.
struct Lane {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    pace: Pace,
    buffer: Vec<u8>,
    /// What was read and is not written yet: it stays when [`Lane::run`] is given up, and comes first in the next.
    unwritten: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// An end closed it.
    Closed,
    /// As many bytes have passed as were to pass.
    Full,
}

impl Lane {
    fn new(from: OwnedReadHalf, to: OwnedWriteHalf, pace: Pace) -> Self {
        Self { from, to, pace, buffer: vec![0; 16 * 1024], unwritten: 0..0 }
    }

    /// Passes bytes on. No byte is lost where the wait is given up.
    async fn run(&mut self) -> Ended {
        loop {
            while !self.unwritten.is_empty() {
                let unwritten = &self.buffer[self.unwritten.clone()];
                let Ok(count @ 1..) = self.to.write(unwritten).await else { return Ended::Closed };
                self.unwritten.start += count;
            }
            let most = self.pace.most().min(self.buffer.len());
            if most == 0 {
                return Ended::Full;
            }
            let Ok(count @ 1..) = self.from.read(&mut self.buffer[..most]).await else {
                return Ended::Closed;
            };
            self.unwritten = 0..count;
            sleep_for(self.pace.passed(count)).await;
        }
    }
}

async fn sleep_for(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

#[tokio::test]
async fn a_lane_that_is_given_up_and_resumed_loses_no_byte() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (mut sender, (from, _)) = (dial(address).await.unwrap(), listener.accept().await.unwrap());
    let (mut receiver, (to, _)) = (dial(address).await.unwrap(), listener.accept().await.unwrap());
    let sent: Vec<u8> = (0..4_000_000_u32).map(|number| (number ^ number >> 9) as u8).collect();
    let bytes = sent.clone();
    tokio::spawn(async move { sender.write_all(&bytes).await });
    let received = tokio::spawn(async move {
        let mut received = Vec::new();
        // Slower than what is sent, so that the lane waits in the middle of writing.
        while let Ok(1..) = receiver.read_buf(&mut received).await {
            sleep(Duration::from_micros(50)).await;
        }
        received
    });
    let pace = Fate::Whole.pace(Direction::Down);
    let ((from, _keep), (_other, to)) = (from.into_split(), to.into_split());
    let mut lane = Lane::new(from, to, pace);
    while timeout(Duration::from_micros(300), lane.run()).await.is_err() {}
    drop(lane);
    drop(_other);
    assert!(received.await.unwrap() == sent, "bytes were lost or changed");
}
