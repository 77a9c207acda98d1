//! Searching messages, and keeping the index up to date.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use confab_shared::{
    api::{MAX_HITS_PER_PAGE, MAX_UTC_OFFSET, SearchCursor, SearchHit, SearchPage},
    error::ErrorCode,
    id::{ConversationId, UserId},
    name_key::name_key,
    search_query::{Matcher, Person, Place, SearchQuery, TermKind},
    text::Title,
    tokens::UnicodeTables,
    user::User,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Service, error::Error};
use crate::{
    domain::{
        client_address::ClientAddress,
        search::{HitKey, Search},
    },
    metrics::{METRICS, gauge},
    storage::{EVERYONE, StorageError},
    throttle::Throttle,
};

/// How often it is looked for what is not indexed yet.
const INDEX_INTERVAL: Duration = Duration::from_millis(500);

/// How long the index waits between two parts of much work.
const PART_INTERVAL: Duration = Duration::from_millis(2);

/// How long it waits after a failure.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// How many people are asked for by a name that is shown of them.
const MAX_NAMESAKES: usize = 20;

/// What is searched for.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// The query, as it was written.
    pub query: String,
    /// Where the page begins.
    pub cursor: Option<SearchCursor>,
    /// The most hits.
    pub limit: usize,
    /// Where days begin, in minutes to the east of UTC.
    pub utc_offset: i32,
}

impl Service {
    /// Searches the messages of all conversations that a user is in.
    ///
    /// # Errors
    /// `query_too_long`; `too_many_terms`; `bad_limit`; `bad_request`; `rate_limited`.
    pub async fn search(
        &self,
        from: &ClientAddress,
        user: &User,
        request: SearchRequest,
    ) -> Result<SearchPage, Error> {
        let SearchRequest { query, cursor, limit, utc_offset } = request;
        if !(1..=MAX_HITS_PER_PAGE).contains(&limit) {
            let sentence = format!("Ask for 1 to {MAX_HITS_PER_PAGE} messages at a time.");
            return Err(Error::new(ErrorCode::BadLimit, sentence));
        }
        if !(-MAX_UTC_OFFSET..=MAX_UTC_OFFSET).contains(&utc_offset) {
            let sentence = format!("No place is further than {MAX_UTC_OFFSET} minutes from UTC.");
            return Err(Error::new(ErrorCode::BadRequest, sentence));
        }
        let query = SearchQuery::check(&query)?;
        self.limits().search(from, user.id)?;
        let before =
            cursor.map(|SearchCursor { at, conversation, seq, .. }| HitKey { at, conversation, seq });
        let skipped = cursor.map_or(0, |cursor| usize::try_from(cursor.skipped).unwrap_or(usize::MAX));
        let search = Search {
            matcher: Matcher::new(&query, &UnicodeTables),
            people: self.people(user, &query).await?,
            places: self.places(user, &query).await?,
            utc_offset,
            before,
            skipped,
            limit,
            newest_first: query.has_place(),
        };
        // Before the search: what is indexed meanwhile makes no earlier answer complete.
        let complete = self.0.index.is_complete();
        let began = Instant::now();
        let found = self.storage().search(user.id, Arc::new(search)).await?;
        METRICS.search_seconds.observe(began.elapsed().as_secs_f64());
        let hits = found.page.hits.into_iter();
        let hits = hits.map(|(conversation, message)| SearchHit { conversation, message });
        Ok(SearchPage { hits: hits.collect(), users: found.users, cursor: found.page.next, complete })
    }

    /// Whom each `from:` means: the user of a unique name, and those of whom the name is shown.
    async fn people(&self, user: &User, query: &SearchQuery) -> Result<Vec<(Person, Vec<UserId>)>, Error> {
        let mut people = Vec::new();
        for term in &query.terms {
            let TermKind::From(person) = &term.kind else { continue };
            let users = match person {
                Person::Me => vec![user.id],
                Person::Id(id) => vec![*id],
                Person::Name(name) => {
                    let key = name_key(name);
                    let found = self.storage().users_by_prefix(&key, MAX_NAMESAKES).await?;
                    let is_shown = |user: &User| name_key(user.shown_name()) == key;
                    let shown = found.iter().filter(|user| is_shown(user)).map(|user| user.id);
                    let named = self.storage().user(&key).await?.map(|known| known.user.id);
                    named.into_iter().chain(shown).collect()
                }
            };
            people.push((person.clone(), users));
        }
        Ok(people)
    }

    /// Which conversations each `in:` means. What the user is not in is searched in vain.
    async fn places(
        &self,
        user: &User,
        query: &SearchQuery,
    ) -> Result<Vec<(Place, Vec<ConversationId>)>, Error> {
        let mut places = Vec::new();
        for term in &query.terms {
            let TermKind::In(place) = &term.kind else { continue };
            let ids = match place {
                Place::Id(id) => vec![*id],
                Place::Name(name) => self.places_named(user, name).await?,
            };
            places.push((place.clone(), ids));
        }
        Ok(places)
    }

    async fn places_named(&self, user: &User, name: &str) -> Result<Vec<ConversationId>, StorageError> {
        let key = name_key(name);
        let mut ids = Vec::from_iter((key == "everyone").then_some(EVERYONE));
        ids.extend(self.storage().group_by_title(user.id, &Title::existing(name)).await?);
        if let Some(known) = self.storage().user(&key).await? {
            ids.extend(self.storage().direct_with(user.id, known.user.id).await?);
        }
        Ok(ids)
    }

    /// Keeps the index up to date, until `stop` is cancelled.
    pub async fn run_indexer(self, stop: CancellationToken) {
        static THROTTLE: Throttle = Throttle::new();
        loop {
            let wait = match self.storage().index().await {
                Ok(progress) => {
                    METRICS.search_behind.set(gauge(progress.behind));
                    self.0.index.set_caught_up(progress.behind == 0);
                    match progress.behind > 0 && !progress.gives_way {
                        true => PART_INTERVAL,
                        false => INDEX_INTERVAL,
                    }
                }
                Err(StorageError::Closed) => return,
                Err(error) => {
                    if let Some(suppressed) = THROTTLE.pass() {
                        tracing::warn!(%error, "failed to index messages for search{suppressed}");
                    }
                    RETRY_INTERVAL
                }
            };
            if timeout(wait, stop.cancelled()).await.is_ok() {
                return;
            }
        }
    }

    /// Has the index built anew, while it is searched on.
    ///
    /// # Errors
    /// Storage's.
    pub async fn reindex(&self) -> Result<(), Error> {
        self.storage().drop_index().await?;
        self.0.index.forget();
        Ok(())
    }
}
