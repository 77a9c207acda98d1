//! Who takes part, and where they talk.

use std::sync::{Arc, atomic::AtomicUsize};

use confab_shared::id::{ConversationId, UserId};
use tokio::sync::mpsc;

use crate::{
    history::{Answer, History, Journal, What},
    proxy::{Proxy, Weather},
    settings::Settings,
    site::Site,
    support::person::{EVERYONE, Person},
    tab::{Order, Seat, Tab},
    tally::Tally,
    trial::Trial,
};

/// How many orders may wait for a tab.
const ORDERS: usize = 64;

/// How many groups people come to, leave and rename.
const CLUBS: usize = 2;

/// All users, before any message.
pub struct Cast {
    pub people: Vec<Person>,
    /// Every conversation, and a person who never leaves it.
    pub conversations: Vec<(ConversationId, usize)>,
    /// What has happened so far, with the journals of all tabs.
    pub history: History,
    clubs: Vec<ConversationId>,
    places: Vec<Vec<ConversationId>>,
    notes: Vec<ConversationId>,
}

/// Everybody, at work: by tab's number.
pub struct Company {
    pub trial: Arc<Trial>,
    pub orders: Vec<mpsc::Sender<Order>>,
    /// Whose each tab is.
    pub persons: Vec<usize>,
}

impl Cast {
    /// People come, and begin their conversations.
    pub async fn assemble(site: &Site, settings: &Settings) -> Self {
        let mut people = Vec::new();
        for number in 0..settings.people {
            people.push(Person::come(&site.nodes[0], &format!("p{number}")).await);
        }
        let tabs = (0..people.len()).chain(0..settings.pairs as usize);
        let journals = tabs.enumerate().map(|(tab, person)| Journal::new(tab as u16, people[person].user.id));
        let names = people.iter().map(|person| person.name().to_owned()).collect();
        let history = History { names, journals: journals.collect(), ..History::default() };
        let places = vec![Vec::new(); people.len()];
        let mut cast = Self {
            people,
            conversations: vec![(EVERYONE, 0)],
            history,
            clubs: Vec::new(),
            places,
            notes: Vec::new(),
        };
        cast.talk_in_pairs().await;
        cast.talk_in_groups().await;
        cast
    }

    async fn talk_in_pairs(&mut self) {
        let count = self.people.len();
        for one in 0..count {
            for other in [one, (one + 1) % count, (one + 2) % count] {
                let id = self.people[one].direct(self.people[other].name()).await;
                self.conversations.push((id, one));
                self.places[one].push(id);
                if one == other {
                    self.notes.push(id);
                } else {
                    self.places[other].push(id);
                }
            }
        }
    }

    async fn talk_in_groups(&mut self) {
        let count = self.people.len();
        for first in (0..count).step_by(4) {
            let others: Vec<_> = [3, 5, 6, 10, 13].map(|step| (first + step) % count).into();
            let id = self.group(first, &others).await;
            for member in others.into_iter().chain([first]) {
                // Most messages are posted in groups.
                self.places[member].extend([id, id]);
            }
        }
        for club in 0..CLUBS {
            let others: Vec<_> = (0..count).filter(|n| *n != club && n % CLUBS == club).collect();
            let id = self.group(club, &others).await;
            self.clubs.push(id);
        }
    }

    async fn group(&mut self, by: usize, others: &[usize]) -> ConversationId {
        // Its id is not known yet.
        let command = self.history.journals[by].attempt(ConversationId(0), What::Begin);
        let names: Vec<_> = others.iter().map(|n| self.people[*n].name()).collect();
        let made = self.people[by].try_group(command.client_id(), &command.title(), &names).await;
        let id = made.expect("a group can be made").conversation.id;
        let journal = &mut self.history.journals[by];
        journal.attempts[command.number as usize].conversation = id;
        journal.answered(command, Answer::Done);
        let mut users: Vec<UserId> = others.iter().map(|n| self.people[*n].user.id).collect();
        users.sort_unstable();
        self.history.begun.insert(id, users);
        self.conversations.push((id, by));
        id
    }

    /// Starts the tabs of all users, each behind its own proxy.
    pub async fn begin(&mut self, settings: Settings, weather: &Weather, site: &Site) -> Company {
        let trial = Arc::new(Trial {
            settings,
            tally: Arc::clone(&weather.tally),
            names: self.history.names.clone(),
            users: self.people.iter().map(|person| person.user.id).collect(),
            clubs: self.clubs.clone(),
            pausing: AtomicUsize::new(0),
        });
        let journals = std::mem::take(&mut self.history.journals);
        let (orders, mut waiting): (Vec<_>, Vec<_>) = journals.iter().map(|_| mpsc::channel(ORDERS)).unzip();
        let persons: Vec<_> = (0..self.people.len()).chain(0..trial.settings.pairs as usize).collect();
        for ((tab, journal), waiting) in journals.into_iter().enumerate().zip(waiting.drain(..)) {
            let seat = self.seat(tab, &persons, &orders, weather, site).await;
            tokio::spawn(Tab::new(seat, Arc::clone(&trial), journal, waiting).run());
        }
        Company { trial, orders, persons }
    }

    async fn seat(
        &self,
        tab: usize,
        persons: &[usize],
        orders: &[mpsc::Sender<Order>],
        weather: &Weather,
        site: &Site,
    ) -> Seat {
        let person = persons[tab];
        let proxy =
            Proxy::start(weather.clone(), tab as u16, site.addresses()).await.expect("a port is free");
        let sibling = (0..persons.len()).find(|other| *other != tab && persons[*other] == person);
        let mut rooms = [&self.places[person][..], &self.clubs, &[EVERYONE]].concat();
        rooms.sort_unstable();
        rooms.dedup();
        let owned = self.conversations.iter().filter(|(_, by)| *by == person);
        Seat {
            number: tab as u16,
            token: self.people[person].token.clone(),
            notes: self.notes[person],
            rooms,
            places: self.places[person].clone(),
            owned: owned.map(|(id, _)| *id).collect(),
            address: proxy.address,
            sibling: sibling.map(|other| orders[other].clone()),
        }
    }
}

impl Company {
    /// What is counted.
    pub fn tally(&self) -> &Tally {
        &self.trial.tally
    }
}
