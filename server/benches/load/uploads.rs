//! Eight people upload files: how fast that is beside the disk itself, and how long a message of others takes to be acknowledged
//! meanwhile.

use std::{
    cell::Cell,
    fs::File,
    io::Write,
    net::SocketAddr,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Context;
use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
    time::sleep,
};

use crate::{
    Plan,
    chat::{Chat, PEOPLE, POST_EVERY},
    people,
    report::{Better, Claim, Report},
    server::{Contender, data_folder},
    tally::{histogram, median},
};

/// How many upload at once.
const UPLOADERS: usize = 8;

/// How long a file is.
const BYTES: usize = 16 * 1024 * 1024;

/// How much is written to a socket, and to the disk, at once.
const CHUNK: usize = 256 * 1024;

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("uploads", "8 people upload files of 16 MiB, and 100 others post twice a second");
    let (mut rates, mut disks, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut shares, mut all) = (Vec::new(), [histogram()?, histogram()?]);
    for round in 0..plan.rounds {
        let ([without, with], rate) = measure(round, plan.time()).await?;
        let disk = disk_rate(data_folder()?.path(), plan.time())?;
        rates.push(rate);
        disks.push(disk);
        shares.push(rate / disk);
        ratios.push(with.value_at_quantile(0.99) as f64 / without.value_at_quantile(0.99) as f64);
        all[0].add(&without)?;
        all[1].add(&with)?;
    }
    for (who, histogram) in ["nobody uploads", "8 upload"].into_iter().zip(&all) {
        report.quantiles(who, histogram);
    }
    let (rate, disk) = (median(rates)?, median(disks)?);
    report.note(&format!("{rate:.0} MB a second were uploaded; the disk alone takes {disk:.0} MB a second"));
    report.claim(Claim {
        what: "uploads: bytes per second, of what the disk itself takes".into(),
        seen: Some(median(shares)?),
        must: 0.3,
        goal: 0.6,
        better: Better::Higher,
        unit: "x",
    });
    report.claim(Claim {
        what: "uploads: p99 of an ack beside 8 uploads".into(),
        seen: Some(all[1].value_at_quantile(0.99) as f64 / 1e6),
        must: 50.0,
        goal: 20.0,
        better: Better::Lower,
        unit: "ms",
    });
    report.note(&format!("the p99 of an ack beside uploads is {:.1} times that without", median(ratios)?));
    Ok(())
}

/// What the disk takes, in MB a second: files of the same length, each synced every 8 MiB as the server does.
fn disk_rate(folder: &Path, time: Duration) -> anyhow::Result<f64> {
    let chunk = vec![0x5a_u8; CHUNK];
    let (begun, mut written) = (Instant::now(), 0);
    for number in 0.. {
        let mut file = File::create(folder.join(format!("file{number}")))?;
        for part in 1..=BYTES / CHUNK {
            file.write_all(&chunk)?;
            if (part * CHUNK).is_multiple_of(8 * 1024 * 1024) {
                file.sync_data()?;
            }
        }
        written += BYTES;
        if begun.elapsed() >= time {
            break;
        }
    }
    Ok(written as f64 / 1e6 / begun.elapsed().as_secs_f64())
}

/// One round: the acks without uploads and with them, and how many MB were uploaded a second.
async fn measure(round: usize, time: Duration) -> anyhow::Result<([Histogram<u64>; 2], f64)> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    let people = people::sign_in(server.address, &format!("u{round}x"), PEOPLE + UPLOADERS).await?;
    let (people, uploaders) = people.split_at(PEOPLE);
    let mut chat = Chat::start(server.address, people).await?;
    let without = chat.acks(time).await?;
    let uploaded = Rc::new(Cell::new(0));
    let mut uploads = JoinSet::new();
    for uploader in uploaders {
        uploads.spawn_local(upload(server.address, uploader.token.clone(), Rc::clone(&uploaded)));
    }
    sleep(POST_EVERY).await;
    let (begun, before) = (Instant::now(), uploaded.get());
    let with = chat.acks(time).await?;
    let rate = (uploaded.get() - before) as f64 / 1e6 / begun.elapsed().as_secs_f64();
    if let Some(ended) = uploads.try_join_next() {
        ended??;
    }
    Ok(([without, with], rate))
}

/// Uploads one file after the other, and counts the bytes that the server took.
async fn upload(address: SocketAddr, token: String, uploaded: Rc<Cell<usize>>) -> anyhow::Result<()> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    let chunk = vec![0x5a_u8; CHUNK];
    loop {
        let head = format!(
            "POST /api/v1/attachments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Tus-Resumable: 1.0.0\r\nUpload-Length: {BYTES}\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        let location = answer(&mut stream).await?.context("the server says where the upload is")?;
        let head = format!(
            "PATCH {location} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n\
             Content-Length: {BYTES}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        for _ in 0..BYTES / CHUNK {
            stream.write_all(&chunk).await?;
            uploaded.set(uploaded.get() + CHUNK);
        }
        answer(&mut stream).await?;
        // So that the quota and the disk suffice for any number of rounds.
        let head = format!(
            "DELETE {location} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Tus-Resumable: 1.0.0\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        answer(&mut stream).await?;
    }
}

/// The `Location` of an answer that is a success.
async fn answer(stream: &mut BufReader<TcpStream>) -> anyhow::Result<Option<String>> {
    let (mut line, mut location, mut length) = (String::new(), None, 0);
    stream.read_line(&mut line).await?;
    let status = line.trim().to_owned();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("location") => {
                location = Some(value.trim().to_owned());
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let success = status.strip_prefix("HTTP/1.1 ").is_some_and(|code| code.starts_with('2'));
    anyhow::ensure!(success, "{status} {}", String::from_utf8_lossy(&body));
    Ok(location)
}
