//! The server is killed and started again under many who are here: how long until all of them have their welcome.
//! They wait as the page does: exponentially, with full jitter.

use std::{
    cell::{Cell, RefCell},
    io::ErrorKind,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep};

use crate::{
    Plan,
    people::{self, Person},
    report::{Better, Claim, Report},
    server::{Server, data_folder},
    socket::Receiver,
};

/// How long the first wait may be; each further one twice as long, up to [`MOST`].
const BASE: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(10);

/// How long the server is away.
const DOWN: Duration = Duration::from_secs(2);

/// When it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let count = plan.connections;
    report.title(
        "reconnect",
        &format!("{count} connected; the server is killed, and started again {} s later", DOWN.as_secs()),
    );
    let folder = data_folder()?;
    let server = Server::confab(folder.path())?;
    let address = server.address;
    let people = people::sign_in(address, "c", count).await?;
    let receivers = people::connect(address, &people).await?;
    let crowd = Rc::new(Crowd::default());
    let mut tasks = JoinSet::new();
    for (number, (person, receiver)) in people.into_iter().zip(receivers).enumerate() {
        tasks.spawn_local(stay(address, number, person, receiver, Rc::clone(&crowd)));
    }
    sleep(Duration::from_secs(1)).await;

    let begun = Instant::now();
    drop(server);
    sleep(DOWN).await;
    let server = Server::confab_on(folder.path(), address.port())?;
    let started = begun.elapsed();
    while crowd.back.get() < count && begun.elapsed() < PATIENCE {
        sleep(Duration::from_millis(10)).await;
    }
    let time = begun.elapsed();
    let (back, errors) = (crowd.back.get(), crowd.errors.take());
    report.note(&format!(
        "the server answered again after {:.2} s and used {:.1} s of its processor; {back} are back, {} attempts found \
         nobody listening, {} failed otherwise{}",
        started.as_secs_f64(),
        server.processor_time()?.as_secs_f64(),
        crowd.refused.get(),
        errors.len(),
        errors.first().map(|error| format!(", the first: {error}")).unwrap_or_default(),
    ));
    report.claim(Claim {
        what: format!("reconnect: all of {count} have their welcome"),
        seen: (back == count).then_some(time.as_secs_f64()),
        must: 20.0,
        goal: 20.0,
        better: Better::Lower,
        unit: "s",
    });
    report.claim(Claim {
        what: "reconnect: attempts that failed though the server was there".into(),
        seen: Some(errors.len() as f64),
        must: 0.0,
        goal: 0.0,
        better: Better::Lower,
        unit: "",
    });
    anyhow::ensure!(back == count, "{} did not come back in {} s", count - back, PATIENCE.as_secs());
    tasks.shutdown().await;
    Ok(())
}

/// How everybody fares.
#[derive(Default)]
struct Crowd {
    back: Cell<usize>,
    refused: Cell<usize>,
    errors: RefCell<Vec<String>>,
}

/// Stays connected until the server is gone, and comes back.
async fn stay(address: SocketAddr, number: usize, person: Person, mut receiver: Receiver, crowd: Rc<Crowd>) {
    // Ends when the connection does, whichever way.
    let _ = receiver.each(|_| Ok(()), || ()).await;
    drop(receiver);
    let mut random = Random(number as u64 + 1);
    for attempt in 0.. {
        let most = BASE.saturating_mul(1 << attempt.min(10)).min(MOST);
        sleep(most.mul_f64(random.next())).await;
        match people::come(address, number, &person).await {
            Ok(mut receiver) => {
                crowd.back.set(crowd.back.get() + 1);
                if let Err(error) = receiver.each(|_| Ok(()), || ()).await {
                    crowd.errors.borrow_mut().push(format!("a connection ended: {error:#}"));
                }
                return;
            }
            Err(error) if is_refused(&error) => crowd.refused.set(crowd.refused.get() + 1),
            Err(error) => crowd.errors.borrow_mut().push(format!("{error:#}")),
        }
    }
}

fn is_refused(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Enough randomness to spread people out, and the same in every run (xorshift).
struct Random(u64);

impl Random {
    /// Uniform in 0..1.
    fn next(&mut self) -> f64 {
        // Small seeds differ in few bits; some rounds mix them.
        for _ in 0..4 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
        }
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}
