//! The search as a page has it: what is asked, and what was answered.

use std::{cell::RefCell, time::Duration};

use confab_shared::{
    api::{SearchCursor, SearchPage},
    error::ErrorBody,
    id::{ConversationId, UserId},
    search_query::{Matcher, SearchQuery},
};
use futures_util::future::{AbortHandle, Abortable};
use leptos::{prelude::*, task::spawn_local};

use super::{
    completion::Typed,
    normal_forms::NormalForms,
    query::Query,
    recent::Recent,
    results::{Found, Group, Key},
};
use crate::{
    platform::api::{self, ApiResult},
    route::{Location, Route, use_route},
    session::{SessionSignal, use_session},
    state::{Chat, Connection},
    ui::reactive::{Debounce, effect, memo},
};

/// How long typing must pause before the server is asked.
const DELAY: Duration = Duration::from_millis(150);

/// After which time the server is asked again while its index lacks messages.
const INCOMPLETE_DELAY: Duration = Duration::from_secs(3);

/// What the page waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    #[default]
    Idle,
    /// For an answer to another query.
    Searching,
    /// For the next part.
    FetchingMore,
    Failed(ErrorBody),
    /// The next part could not be fetched.
    MoreFailed,
}

/// What is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    First,
    /// What is shown already, as it is now.
    FirstAgain,
    Next,
}

/// What was left behind when the page was: Back shows it again.
struct Left {
    user: UserId,
    found: Found,
    selected: Option<Key>,
    scroll_top: i32,
}

thread_local! {
    static LEFT: RefCell<Option<Left>> = const { RefCell::new(None) };
}

/// The search. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub(super) chat: Chat,
    pub(super) route: Route,
    session: SessionSignal,
    user: UserId,
    /// What the field has.
    pub(super) query: RwSignal<Query>,
    /// What is asked for: without a filter that is being typed.
    wanted: Memo<String>,
    pub(super) found: RwSignal<Option<Found>>,
    pub(super) groups: Memo<Vec<Group>>,
    /// What marks the words of the query in the texts of the hits.
    pub(super) matcher: Memo<Marks>,
    pub(super) status: RwSignal<Status>,
    /// The hit that the keyboard is at, or was.
    pub(super) selected: RwSignal<Option<Key>>,
    /// The hit that Tab reaches.
    pub(super) reachable: Memo<Option<Key>>,
    pub(super) recent: RwSignal<Recent>,
    /// Where the results are scrolled to, in pixels.
    pub(super) scroll_top: StoredValue<i32>,
    /// What was asked for last.
    asked: StoredValue<String>,
    request: StoredValue<Option<AbortHandle>>,
    typing: Debounce,
    again: Debounce,
}

impl Search {
    /// Searches for what the address says; answers also whether it shows what was left behind.
    pub(super) fn new(chat: Chat) -> (Self, bool) {
        let (route, session) = (use_route(), use_session());
        let user = session.get_untracked().map(|session| session.user.id).unwrap_or_default();
        let query = Query::of(&untrack(|| route.search()));
        let source = query.source();
        let left = LEFT.take().filter(|left| left.user == user && left.found.query == source);
        let query = RwSignal::new(query);
        let wanted = memo(move || query.with(wanted));
        let is_back = left.is_some();
        let (found, selected, scroll_top) = match left {
            Some(left) => (Some(left.found), left.selected, left.scroll_top),
            None => (None, None, 0),
        };
        let found = RwSignal::new(found);
        let groups = memo(move || found.with(|found| found.as_ref().map(Found::groups).unwrap_or_default()));
        let matcher = memo(move || {
            found.with(|found| Marks::of(found.as_ref().map_or("", |found| found.query.as_str())))
        });
        let selected = RwSignal::new(selected);
        let reachable = memo(move || {
            found.with(|found| {
                let found = found.as_ref()?;
                let selected = selected.get().filter(|selected| found.find(*selected).is_some());
                selected.or_else(|| found.keys().first().copied())
            })
        });
        let search = Self {
            chat,
            route,
            session,
            user,
            query,
            wanted,
            found,
            groups,
            matcher,
            status: RwSignal::new(Status::Idle),
            selected,
            reachable,
            recent: RwSignal::new(Recent::load(session)),
            scroll_top: StoredValue::new(scroll_top),
            asked: StoredValue::new(source),
            request: StoredValue::new(None),
            typing: Debounce::new(),
            again: Debounce::new(),
        };
        search.start(is_back);
        (search, is_back)
    }

    fn start(self, is_back: bool) {
        self.route.replace_search(&self.asked.get_value());
        if !is_back {
            self.ask();
        } else if self.found.with_untracked(|found| found.as_ref().is_some_and(Found::is_first_part)) {
            // What was edited or deleted meanwhile.
            self.fetch(Part::FirstAgain);
        }
        effect(move || {
            let wanted = self.wanted.get();
            if wanted == self.asked.get_value() {
                return self.typing.cancel();
            }
            if wanted.is_empty() {
                self.asked.set_value(wanted);
                return self.ask();
            }
            self.typing.schedule(DELAY, move || self.ask_for(wanted));
        });
        // What failed without a connection is asked again with one.
        let is_online = memo(move || self.chat.connection() == Connection::Online);
        effect(move || {
            if is_online.get() && self.status.with_untracked(|status| matches!(status, Status::Failed(_))) {
                self.ask();
            }
        });
        // Another search by a link, or by Back.
        effect(move || {
            let query = Query::of(&self.route.search());
            let source = query.source();
            let is_here = untrack(|| self.route.location()) == Location::Search;
            if is_here && source != self.asked.get_value() {
                self.query.set(query);
                self.ask_for(source);
            }
        });
        on_cleanup(move || self.leave());
    }

    /// The token for requests.
    pub(super) fn token(self) -> String {
        self.session.token()
    }

    /// Puts a text into the field.
    pub(super) fn type_text(self, text: &str) {
        self.query.update(|query| *query = query.typed(text));
    }

    /// Asks at once for all that the field has, and remembers it.
    pub(super) fn submit(self) {
        self.query.update(|query| *query = query.committed());
        // Also once more, for what was said meanwhile.
        self.ask_for(self.wanted.get_untracked());
        self.remember();
    }

    /// Remembers what is searched for.
    pub(super) fn remember(self) {
        let query = self.query.with_untracked(Query::source);
        if !query.trim().is_empty() {
            self.change_recent(|recent| recent.with(query.trim()));
        }
    }

    pub(super) fn change_recent(self, change: impl FnOnce(Recent) -> Recent) {
        // Another tab may have added some.
        let recent = change(Recent::load(self.session));
        recent.store(self.session);
        self.recent.set(recent);
    }

    fn ask_for(self, wanted: String) {
        self.typing.cancel();
        self.asked.set_value(wanted.clone());
        self.route.replace_search(&wanted);
        self.ask();
    }

    /// Asks for what was asked last; what was found before stays until there is an answer.
    pub(super) fn ask(self) {
        self.typing.cancel();
        if self.asked.with_value(|asked| asked.trim().is_empty()) {
            self.cancel();
            self.route.replace_search("");
            self.found.set(None);
            self.selected.set(None);
            return self.status.set(Status::Idle);
        }
        self.status.set(Status::Searching);
        self.fetch(Part::First);
    }

    /// Fetches the next part, where there is one.
    pub(super) fn fetch_more(self) {
        let has_more =
            self.found.with_untracked(|found| found.as_ref().is_some_and(|found| found.cursor.is_some()));
        let free = self.status.with_untracked(|status| matches!(status, Status::Idle | Status::MoreFailed));
        if has_more && free {
            self.status.set(Status::FetchingMore);
            self.fetch(Part::Next);
        }
    }

    fn fetch(self, part: Part) {
        self.cancel();
        let (handle, registration) = AbortHandle::new_pair();
        self.request.set_value(Some(handle));
        let query = self.asked.get_value();
        let cursor = self.found.with_untracked(|found| found.as_ref().and_then(|found| found.cursor));
        let cursor = cursor.filter(|_| part == Part::Next);
        spawn_local(async move {
            let token = self.session.token();
            let answer = Abortable::new(fetch_hits(&token, &query, cursor, None), registration).await;
            let Ok(answer) = answer else { return };
            if !self.chat.is_alive() || self.found.is_disposed() {
                return;
            }
            match answer {
                Ok(page) => {
                    self.chat.apply_users(page.users.clone());
                    let is_complete = page.complete;
                    self.found.update(|found| match found {
                        Some(found) if part == Part::Next => found.extend(page),
                        found => *found = Some(Found::new(query, page)),
                    });
                    self.status.set(Status::Idle);
                    if !is_complete && part != Part::Next {
                        self.ask_again();
                    }
                }
                Err(error) => match part {
                    Part::First => self.status.set(Status::Failed(error)),
                    Part::FirstAgain => {}
                    Part::Next => self.status.set(Status::MoreFailed),
                },
            }
        });
    }

    /// Asks again after a while, unless more was fetched or something else asked.
    fn ask_again(self) {
        let query = self.asked.get_value();
        self.again.schedule(INCOMPLETE_DELAY, move || {
            let is_same = self.asked.try_get_value() == Some(query);
            let is_free = self.status.try_with_untracked(|status| *status == Status::Idle) == Some(true);
            let is_first = |found: &Option<Found>| {
                found.as_ref().is_some_and(|found| found.is_first_part() && !found.complete)
            };
            if is_same && is_free && self.found.with_untracked(is_first) {
                self.fetch(Part::FirstAgain);
            }
        });
    }

    fn cancel(self) {
        self.again.cancel();
        if let Some(request) = self.request.try_update_value(Option::take).flatten() {
            request.abort();
        }
    }

    fn leave(self) {
        self.typing.cancel();
        self.cancel();
        let found = self.found.try_get_untracked().flatten();
        let left = found.map(|found| Left {
            user: self.user,
            found,
            selected: self.selected.try_get_untracked().flatten(),
            scroll_top: self.scroll_top.try_get_value().unwrap_or_default(),
        });
        LEFT.set(left);
    }
}

/// Fetches hits behind a place, as many as one page has or at most `limit`: none only where there are none.
pub(super) async fn fetch_hits(
    token: &str,
    query: &str,
    mut cursor: Option<SearchCursor>,
    limit: Option<usize>,
) -> ApiResult<SearchPage> {
    loop {
        let page = api::search(token, query, cursor, limit).await?;
        // The server looks at so many messages at a time.
        match page.cursor {
            Some(next) if page.hits.is_empty() => cursor = Some(next),
            _ => return Ok(page),
        }
    }
}

/// What is asked for: without a filter whose value is being typed.
fn wanted(query: &Query) -> String {
    let typed = Typed::at_end_of(&query.text).filter(Typed::is_filter);
    match typed {
        Some(typed) => Query { text: query.text[..typed.start].to_owned(), ..query.clone() }.source(),
        None => query.source(),
    }
}

/// The words of a query, as they are marked in texts.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    source: String,
    matcher: Matcher,
}

impl PartialEq for Marks {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Marks {
    pub(super) fn of(source: &str) -> Self {
        Self { source: source.to_owned(), matcher: Matcher::new(&SearchQuery::parse(source), &NormalForms) }
    }

    /// The places of the words in a text, in bytes.
    pub(super) fn ranges(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        self.matcher.highlights(text, &NormalForms)
    }
}

/// What narrows a query down to a conversation.
pub(super) fn within(id: ConversationId, text: &str) -> String {
    format!("in:#{id} {text}")
}
