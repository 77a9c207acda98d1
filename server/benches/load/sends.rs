//! What the machine itself can do: a plain loop that sends the same bytes to 1,000 loopback sockets, and waits until
//! all have been read.

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt, task::JoinSet};

use crate::machine;

/// How many sends a second of the sender's processor is good for.
pub async fn per_second(sockets: usize, length: usize, time: Duration) -> anyhow::Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (mut writers, mut readers) = (Vec::new(), JoinSet::new());
    // An mpsc channel's own unbounded queue: never more than one entry per socket.
    let (read, mut reads) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..sockets {
        let writer = TcpStream::connect(listener.local_addr()?)?;
        writer.set_nodelay(true)?;
        writers.push(writer);
        let (reader, _) = listener.accept()?;
        reader.set_nonblocking(true)?;
        let mut reader = tokio::net::TcpStream::from_std(reader)?;
        let read = read.clone();
        readers.spawn_local(async move {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes).await {
                if read.send(count).is_err() {
                    return;
                }
            }
        });
    }
    let (all_read, wait) = mpsc::channel();
    let sender = thread::spawn(move || send(&mut writers, length, time, &wait));
    let mut left = sockets * length;
    while !sender.is_finished() {
        // The sender may end without another round.
        let Ok(Some(count)) = tokio::time::timeout(Duration::from_millis(100), reads.recv()).await else {
            continue;
        };
        left -= count;
        if left == 0 {
            left = sockets * length;
            let _ = all_read.send(());
        }
    }
    readers.shutdown().await;
    sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))?
}

/// Sends to all in turn, until the time is over.
fn send(
    sockets: &mut [TcpStream],
    length: usize,
    time: Duration,
    all_read: &mpsc::Receiver<()>,
) -> anyhow::Result<f64> {
    machine::pin(machine::SERVER)?;
    let bytes = vec![b'x'; length];
    let (begun, begun_own) = (Instant::now(), machine::own_time());
    let mut sends = 0;
    while begun.elapsed() < time {
        for socket in &mut *sockets {
            socket.write_all(&bytes)?;
        }
        sends += sockets.len();
        all_read.recv()?;
    }
    Ok(sends as f64 / (machine::own_time() - begun_own).as_secs_f64())
}
