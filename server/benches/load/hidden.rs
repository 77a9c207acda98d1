//! Answers about objects that a user may not see, and about objects that do not exist: both must take the same time, or
//! the time would distinguish them.

use std::time::{Duration, Instant};

use confab_shared::{
    api::{MeChange, PasswordChange, SignIn},
    command::Send,
};

use crate::{
    Plan,
    http::Http,
    people,
    report::{Better, Claim, Report},
    server::Contender,
};

/// How often each of the two is asked for, in each round.
const TRIES: usize = 200;

/// How many messages the hidden conversation has.
const MESSAGES: usize = 500;

/// No conversation has this id.
const MISSING: u64 = 999_999;

/// The routes below a conversation that are asked for.
const ROUTES: [(&str, &str); 6] = [
    ("GET", ""),
    ("GET", "/members"),
    ("GET", "/messages"),
    ("GET", "/events?after=0"),
    ("GET", "/pins"),
    ("POST", "/messages"),
];

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("hidden", "answers about what one may not see, beside answers about what does not exist");
    let mut differences: Vec<_> = ROUTES.iter().map(|_| Difference::default()).collect();
    let mut names = Difference::default();
    for round in 0..plan.rounds {
        measure(round, &mut differences, &mut names).await?;
    }
    let named = ROUTES.iter().map(|(method, path)| format!("{method} /conversations/ID{path}"));
    for (what, difference) in named.zip(&differences).chain([("POST /sessions".to_owned(), &names)]) {
        report.note(&difference.line(&what));
        report.claim(Claim {
            what: format!("hidden: {what}: difference of the means, in standard errors"),
            seen: Some(difference.in_standard_errors()),
            must: 4.0,
            goal: 2.0,
            better: Better::Lower,
            unit: "",
        });
    }
    Ok(())
}

/// One round against a server of its own.
async fn measure(round: usize, routes: &mut [Difference], names: &mut Difference) -> anyhow::Result<()> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    let people = people::sign_in(server.address, &format!("h{round}"), 2).await?;
    let secret = people::group(server.address, "Secret", &[&people[0]]).await?;
    let mut owner = Http::connect(server.address).await?.with_token(&people[0].token);
    let text = |text: &str| Send::new(people::client_id(), secret, text.to_owned());
    for number in 0..MESSAGES {
        let body = serde_json::to_string(&text(&format!("secret {number}")))?;
        owner.bytes("POST", &format!("/api/v1/conversations/{secret}/messages"), &body).await?;
    }
    let change = MeChange {
        password: Some(PasswordChange { current: None, new: "a long walk by the sea".to_owned() }),
        ..MeChange::default()
    };
    owner.bytes("PATCH", "/api/v1/me", &serde_json::to_string(&change)?).await?;
    let mut outsider = Http::connect(server.address).await?.with_token(&people[1].token);
    for number in 0..TRIES {
        for ((method, path), difference) in ROUTES.iter().zip(&mut *routes) {
            for hidden in in_turn(number) {
                let id = if hidden { secret.0 } else { MISSING };
                let body = if *method == "POST" {
                    serde_json::to_string(&text("let me in"))?
                } else {
                    String::new()
                };
                let path = format!("/api/v1/conversations/{id}{path}");
                difference.add(hidden, refused(&mut outsider, method, &path, &body).await?);
            }
        }
        for known in in_turn(number) {
            let name = if known { people[0].name.clone() } else { format!("nobody{round}x{number}") };
            let sign_in =
                SignIn { name, guest_key: None, password: Some(format!("a guess {number}")), code: None };
            let body = serde_json::to_string(&sign_in)?;
            names.add(known, asked(&mut outsider, "POST", "/api/v1/sessions", &body).await.0);
        }
    }
    Ok(())
}

/// Both, each as often the first.
fn in_turn(number: usize) -> [bool; 2] {
    if number.is_multiple_of(2) { [true, false] } else { [false, true] }
}

/// How long a request took that was refused.
async fn refused(http: &mut Http, method: &str, path: &str, body: &str) -> anyhow::Result<Duration> {
    let (took, answer) = asked(http, method, path, body).await;
    anyhow::ensure!(answer.is_err(), "{method} {path} was answered");
    Ok(took)
}

async fn asked(http: &mut Http, method: &str, path: &str, body: &str) -> (Duration, anyhow::Result<Vec<u8>>) {
    let began = Instant::now();
    let answer = http.bytes(method, path, body).await;
    (began.elapsed(), answer)
}

/// The times of both kinds of answers, in microseconds.
#[derive(Default)]
struct Difference {
    hidden: Vec<f64>,
    missing: Vec<f64>,
}

impl Difference {
    fn add(&mut self, hidden: bool, took: Duration) {
        let times = if hidden { &mut self.hidden } else { &mut self.missing };
        times.push(took.as_secs_f64() * 1e6);
    }

    /// The difference of the means, divided by its standard error (Welch).
    fn in_standard_errors(&self) -> f64 {
        let ((hidden, hidden_error), (missing, missing_error)) = (mean(&self.hidden), mean(&self.missing));
        (hidden - missing).abs() / hidden_error.hypot(missing_error)
    }

    fn line(&self, what: &str) -> String {
        let ((hidden, hidden_error), (missing, missing_error)) = (mean(&self.hidden), mean(&self.missing));
        format!(
            "{what:<40} hidden {hidden:>9.1} us (±{hidden_error:.1})  missing {missing:>9.1} us (±{missing_error:.1})"
        )
    }
}

/// The mean of the times without the slowest twentieth, which the machine made slow, and its standard error.
fn mean(times: &[f64]) -> (f64, f64) {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.truncate(times.len() * 19 / 20);
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}
