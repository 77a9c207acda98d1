//! Accounts during a trial: an owner changes what people may do, deactivates and reactivates them, ends their sessions, and
//! makes and revokes invitations, while the server is killed. What was answered has to hold from then on; what was not
//! answered may hold or not.

use std::{
    fmt::Debug,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use confab_shared::{
    api::{
        Account, AccountChange, CreatedInvitation, InvitationLookup, InvitationView, Me, MeChange,
        NewAccount, NewInvitation, SignIn, SignedIn,
    },
    error::{ErrorBody, ErrorCode},
    id::UserId,
    user::ServerRole,
};
use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::{Server, dice::Dice, http};

const PASSWORD: &str = "a long walk by the sea";

/// How many people the owner has to do with.
const PEOPLE: usize = 6;

/// How many sessions of one person are looked at: hashing takes time.
const MAX_SESSIONS: usize = 4;

/// How long what a server asked of its database before it died may still be under way.
pub const SETTLES: Duration = Duration::from_millis(500);

/// What a request came to; none where the server was killed.
pub type Outcome<T> = Option<Result<T, ErrorCode>>;

/// What something may be, as far as the answers tell.
#[derive(Clone, Debug)]
pub struct Possible<T>(Vec<T>);

impl<T: Copy + PartialEq + Debug> Possible<T> {
    pub fn sure(value: T) -> Self {
        Self(vec![value])
    }

    /// What it is, where that is known.
    #[allow(dead_code, reason = "the desk of the checker asks")]
    pub fn known(&self) -> Option<T> {
        self.0.first().copied().filter(|_| self.0.len() == 1)
    }

    /// It was seen to be one of these.
    #[allow(dead_code, reason = "the desk of the checker looks")]
    pub fn is_one_of(&mut self, is: impl Fn(T) -> bool, violations: &mut Vec<String>, what: &str) {
        if !self.0.iter().any(|value| is(*value)) {
            violations.push(format!("{what} is otherwise than {:?}", self.0));
        }
        self.0.retain(|value| is(*value));
    }

    /// It is this now, or may be: where the request had no answer.
    pub fn becomes(&mut self, value: T, answered: bool) {
        match answered {
            true => self.0 = vec![value],
            false => self.0.push(value),
        }
    }

    /// What was seen of it.
    pub fn is_seen(&mut self, value: T, violations: &mut Vec<String>, what: &str) {
        if !self.0.contains(&value) {
            violations.push(format!("{what} is {value:?}, and may be {:?}", self.0));
        }
        self.0 = vec![value];
    }
}

/// Somebody with an account.
struct Employee {
    user: UserId,
    name: String,
    role: Possible<ServerRole>,
    active: Possible<bool>,
    asks_before_groups: Possible<bool>,
    /// Tokens, and whether they are good.
    sessions: Vec<(String, Possible<bool>)>,
}

/// An invitation, and whether it can be used.
struct Invited {
    id: u64,
    token: String,
    valid: Possible<bool>,
}

/// The owner, and what they know.
pub struct Office {
    /// Of each server of one database.
    apis: Vec<String>,
    /// How many requests were made: each goes to the next server.
    asked: AtomicUsize,
    http: reqwest::Client,
    token: String,
    dice: Dice,
    people: Vec<Employee>,
    invitations: Vec<Invited>,
    /// How many requests were answered, and how many were not.
    pub answered: usize,
    pub lost: usize,
    pub violations: Vec<String>,
}

impl Office {
    /// The owner comes, and invites people. Nobody kills the servers yet, which have one database.
    pub async fn open(servers: &[&Server], seed: u64) -> Self {
        let output = super::server::confab()
            .args(["user", "add", "olga", "--role", "owner", "--password-stdin", "--data"])
            .arg(servers[0].data())
            .stdin(password_file())
            .output()
            .expect("the command line runs");
        assert!(output.status.success(), "{output:?}");
        let mut office = Self {
            apis: servers.iter().map(|server| server.url("/api/v1")).collect(),
            asked: AtomicUsize::new(0),
            http: http(),
            token: String::new(),
            dice: Dice::of(seed, "office", 0),
            people: Vec::new(),
            invitations: Vec::new(),
            answered: 0,
            lost: 0,
            violations: Vec::new(),
        };
        office.token =
            office.sign_in("olga").await.expect("the server runs").expect("she has an account").token;
        for number in 0..PEOPLE {
            let created = office.invite(1).await.expect("the server runs").expect("an owner may");
            let name = format!("clerk-{number}x");
            let body = NewAccount {
                token: Some(created.token.clone()),
                name: name.clone(),
                password: PASSWORD.to_owned(),
                display_name: None,
            };
            let made = office.ask::<SignedIn>(office.http.post(office.path("/accounts")).json(&body)).await;
            let SignedIn { token, user, .. } =
                made.expect("the server runs").expect("the invitation is good");
            // Who has not decided is asked where their role says so, which changes.
            let decided: Outcome<Me> = office.ask(office.consent(&token, false)).await;
            decided.expect("the server runs").expect("it is their own decision");
            office.people.push(Employee {
                user: user.id,
                name,
                role: Possible::sure(ServerRole::Member),
                active: Possible::sure(true),
                asks_before_groups: Possible::sure(false),
                sessions: vec![(token, Possible::sure(true))],
            });
            // It was for one.
            let (id, valid) = (created.id, Possible::sure(false));
            office.invitations.push(Invited { id, token: created.token, valid });
        }
        office
    }

    /// Works until it is calm; then checks all that it knows.
    pub async fn work(mut self, mut calm: watch::Receiver<bool>) -> Self {
        while !*calm.borrow_and_update() {
            let lost = self.lost;
            match self.dice.below(8) {
                0 => self.change_role().await,
                1 => self.change_activity().await,
                2 => self.end_sessions().await,
                3 => self.begin_session().await,
                4 => self.change_invitations().await,
                5 => self.look_at_a_session().await,
                6 => self.change_consent().await,
                _ => self.look_at_an_invitation().await,
            }
            if self.lost > lost && self.apis.len() > 1 {
                // The database may carry out a little later what a server asked of it before it died, and others answer
                // meanwhile.
                tokio::time::sleep(SETTLES).await;
            }
        }
        for person in 0..self.people.len() {
            self.look_at(person).await;
            for session in 0..self.people[person].sessions.len() {
                self.check_session(person, session).await;
            }
        }
        for invitation in 0..self.invitations.len() {
            self.check_invitation(invitation).await;
        }
        self
    }

    fn path(&self, path: &str) -> String {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        format!("{}{path}", self.apis[asked % self.apis.len()])
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.path(path)).bearer_auth(&self.token)
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Outcome<T> {
        ask(request).await
    }

    /// Counts an outcome; whether there was one.
    fn count<T>(&mut self, outcome: &Outcome<T>) -> bool {
        match outcome {
            Some(_) => self.answered += 1,
            None => self.lost += 1,
        }
        outcome.is_some()
    }

    fn one(&mut self) -> usize {
        self.dice.below(self.people.len() as u64) as usize
    }

    /// Decides whether the user of a session is asked before they are added to groups.
    fn consent(&self, token: &str, asks: bool) -> RequestBuilder {
        let change = MeChange { asks_before_groups: Some(asks), ..MeChange::default() };
        self.http.patch(self.path("/me")).bearer_auth(token).json(&change)
    }

    async fn sign_in(&self, name: &str) -> Outcome<SignedIn> {
        let body = SignIn {
            name: name.to_owned(),
            guest_key: None,
            password: Some(PASSWORD.to_owned()),
            code: None,
        };
        self.ask(self.http.post(self.path("/sessions")).json(&body)).await
    }

    async fn invite(&self, uses: u32) -> Outcome<CreatedInvitation> {
        let new = NewInvitation { role: ServerRole::Member, uses, expires_in: 3_600, groups: Vec::new() };
        self.ask(self.request(Method::POST, "/invitations").json(&new)).await
    }

    async fn change(&mut self, person: usize, change: &AccountChange) -> bool {
        let path = format!("/accounts/{}", self.people[person].user);
        let outcome: Outcome<Account> = self.ask(self.request(Method::PATCH, &path).json(change)).await;
        if let Some(Err(code)) = &outcome {
            self.violations.push(format!("an owner's change of an account is refused: {code:?}"));
        }
        self.count(&outcome)
    }

    async fn change_role(&mut self) {
        let (person, role) = (self.one(), *self.dice.pick(&ServerRole::ALL));
        let answered =
            self.change(person, &AccountChange { role: Some(role), ..AccountChange::default() }).await;
        self.people[person].role.becomes(role, answered);
    }

    async fn change_activity(&mut self) {
        let (person, active) = (self.one(), self.dice.happens(2, 3));
        let change = AccountChange { active: Some(active), ..AccountChange::default() };
        let answered = self.change(person, &change).await;
        self.people[person].active.becomes(active, answered);
        if !active {
            self.all_end(person, answered);
        }
    }

    async fn end_sessions(&mut self) {
        let person = self.one();
        let path = format!("/accounts/{}/sessions", self.people[person].user);
        let outcome: Outcome<()> = self.ask(self.request(Method::DELETE, &path)).await;
        let answered = self.count(&outcome);
        self.all_end(person, answered);
    }

    fn all_end(&mut self, person: usize, answered: bool) {
        for (_, good) in &mut self.people[person].sessions {
            good.becomes(false, answered);
        }
    }

    async fn begin_session(&mut self) {
        let person = self.one();
        if self.people[person].sessions.len() == MAX_SESSIONS {
            self.people[person].sessions.remove(0);
        }
        let outcome = self.sign_in(&self.people[person].name).await;
        self.count(&outcome);
        let Self { people, violations, .. } = self;
        let Employee { name, active, sessions, .. } = &mut people[person];
        match outcome {
            Some(Ok(signed_in)) => {
                active.is_seen(true, violations, &format!("{name}'s being active"));
                sessions.push((signed_in.token, Possible::sure(true)));
            }
            Some(Err(ErrorCode::Deactivated)) => {
                active.is_seen(false, violations, &format!("{name}'s being active"));
            }
            Some(Err(code)) => violations.push(format!("{name} cannot sign in: {code:?}")),
            None => {}
        }
    }

    /// Somebody decides whether they are asked before they are added to groups.
    async fn change_consent(&mut self) {
        let (person, asks) = (self.one(), self.dice.happens(1, 2));
        let Some((token, _)) = self.people[person].sessions.last() else { return };
        let outcome: Outcome<Me> = self.ask(self.consent(token, asks)).await;
        self.count(&outcome);
        // Refused, it was a session that had ended.
        if !matches!(outcome, Some(Err(_))) {
            self.people[person].asks_before_groups.becomes(asks, outcome.is_some());
        }
    }

    async fn change_invitations(&mut self) {
        if self.dice.happens(1, 2) {
            let outcome = self.invite(2).await;
            if self.count(&outcome)
                && let Some(Ok(CreatedInvitation { id, token, .. })) = outcome
            {
                self.invitations.push(Invited { id, token, valid: Possible::sure(true) });
            }
            return;
        }
        let invitation = self.dice.below(self.invitations.len() as u64) as usize;
        let path = format!("/invitations/{}", self.invitations[invitation].id);
        let outcome: Outcome<()> = self.ask(self.request(Method::DELETE, &path)).await;
        let answered = self.count(&outcome);
        self.invitations[invitation].valid.becomes(false, answered);
    }

    async fn look_at_a_session(&mut self) {
        let person = self.one();
        let sessions = self.people[person].sessions.len();
        if sessions > 0 {
            let session = self.dice.below(sessions as u64) as usize;
            self.check_session(person, session).await;
        }
    }

    async fn check_session(&mut self, person: usize, session: usize) {
        let token = &self.people[person].sessions[session].0;
        let request = self.http.get(self.path("/me")).bearer_auth(token);
        let outcome: Outcome<Me> = self.ask(request).await;
        if !self.count(&outcome) {
            return;
        }
        let good = matches!(outcome, Some(Ok(_)));
        let Self { people, violations, .. } = self;
        let Employee { name, sessions, asks_before_groups, .. } = &mut people[person];
        if let Some(Ok(me)) = outcome {
            let what = format!("{name}'s being asked before groups");
            asks_before_groups.is_seen(me.asks_before_groups, violations, &what);
        }
        sessions[session].1.is_seen(good, violations, &format!("{name}'s session {session}"));
    }

    async fn look_at_an_invitation(&mut self) {
        let invitation = self.dice.below(self.invitations.len() as u64) as usize;
        self.check_invitation(invitation).await;
    }

    async fn check_invitation(&mut self, invitation: usize) {
        let lookup = InvitationLookup { token: self.invitations[invitation].token.clone() };
        let request = self.http.post(self.path("/invitations/lookup")).json(&lookup);
        let outcome: Outcome<InvitationView> = self.ask(request).await;
        if !self.count(&outcome) {
            return;
        }
        let valid = matches!(outcome, Some(Ok(_)));
        let Self { invitations, violations, .. } = self;
        let what = format!("invitation {invitation}'s validity");
        invitations[invitation].valid.is_seen(valid, violations, &what);
    }

    async fn look_at(&mut self, person: usize) {
        let query = format!("/accounts?query={}", self.people[person].name);
        let page: Outcome<confab_shared::api::Accounts> = self.ask(self.request(Method::GET, &query)).await;
        let Some(Ok(page)) = page else { panic!("the server runs, and answers an owner: {page:?}") };
        let Self { people, violations, .. } = self;
        let Employee { user, name, role, active, .. } = &mut people[person];
        let account = page.accounts.iter().find(|account| account.user.id == *user);
        let account = account.expect("nobody's account is deleted");
        role.is_seen(account.role, violations, &format!("{name}'s role"));
        active.is_seen(account.active, violations, &format!("{name}'s being active"));
    }
}

/// Asks once.
pub async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Outcome<T> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    if !status.is_success() {
        let error: ErrorBody = serde_json::from_str(&text).ok()?;
        // Otherwise nothing was done, or it is not known.
        let is_definite = !matches!(
            error.code,
            ErrorCode::ShuttingDown | ErrorCode::StoreFailed | ErrorCode::Busy | ErrorCode::RateLimited
        );
        return is_definite.then_some(Err(error.code));
    }
    let text = if text.is_empty() { "null" } else { &text };
    Some(Ok(serde_json::from_str(text).expect("the body is what the route answers")))
}

/// A file with the password, for the command line's input.
fn password_file() -> std::process::Stdio {
    use std::io::{Seek, SeekFrom, Write};
    let mut file = tempfile::tempfile().expect("a file can be made");
    writeln!(file, "{PASSWORD}").and_then(|()| file.seek(SeekFrom::Start(0))).expect("it can be written");
    file.into()
}
