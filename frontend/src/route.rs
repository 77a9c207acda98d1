//! The address of the page. So few routes need no router crate: clicks on links to the page's own paths are followed within
//! the page, and the browser's Back and Forward work.

mod overlays;

use confab_shared::id::{ConversationId, Seq};
use js_sys::encode_uri_component;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, MouseEvent, UrlSearchParams};

use self::overlays::{Overlays, open_overlays};
use crate::platform::browser::{document, listen, window};

/// What an address shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// `/`
    ConversationList,
    /// `/c/{id}`, with `?thread={root}` where a thread of it is open, and `m={seq}` of a message to be shown
    Conversation(ConversationId),
    /// `/threads`
    Threads,
    /// `/admin`
    Administration,
    /// `/saved`
    Saved,
    /// `/search`, with what is searched for as `?q=`
    Search,
    /// `/join`, with the secret of a link in the fragment
    Join,
    /// Any other path.
    Unknown,
}

impl Location {
    fn from_path(path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::ConversationList,
            (Some("admin"), None, _) => Self::Administration,
            (Some("threads"), None, _) => Self::Threads,
            (Some("saved"), None, _) => Self::Saved,
            (Some("search"), None, _) => Self::Search,
            (Some("join"), None, _) => Self::Join,
            (Some("c"), Some(id), None) => id.parse().map_or(Self::Unknown, Self::Conversation),
            _ => Self::Unknown,
        }
    }

    fn current() -> Self {
        Self::from_path(&window().location().pathname().unwrap_or_default())
    }
}

/// The root of the thread that a path opens.
fn thread_of(path: &str) -> Option<Seq> {
    let query = path.split_once('?')?.1;
    let root = query.split('&').find_map(|pair| pair.strip_prefix("thread="))?;
    root.parse().ok().map(Seq)
}

fn current_thread() -> Option<Seq> {
    thread_of(&window().location().search().unwrap_or_default())
}

/// The path of a conversation.
pub(crate) fn conversation_path(id: ConversationId) -> String {
    format!("/c/{id}")
}

/// The path of a thread, beside its conversation.
pub(crate) fn thread_path(id: ConversationId, root: Seq) -> String {
    format!("/c/{id}?thread={root}")
}

/// The path of the followed threads.
pub(crate) const THREADS_PATH: &str = "/threads";

/// What the history's entry of a thread has as its state where the entry below it is the conversation's.
const ABOVE_CONVERSATION: &str = "thread";

/// The path of a message in a thread: of a reply, or of the root, with which the thread begins.
pub(crate) fn reply_path(id: ConversationId, root: Seq, seq: Seq) -> String {
    let path = thread_path(id, root);
    if seq == root { path } else { format!("{path}&m={seq}") }
}

/// The address of a message in a thread, to be shared with others who may see it.
pub(crate) fn reply_link(id: ConversationId, root: Seq, seq: Seq) -> String {
    window().location().origin().unwrap_or_default() + &reply_path(id, root, seq)
}

/// The path of a message in its conversation.
pub(crate) fn message_path(id: ConversationId, seq: Seq) -> String {
    format!("{}?m={seq}", conversation_path(id))
}

/// The address of a message, to be shared with others who may see it.
pub(crate) fn message_link(id: ConversationId, seq: Seq) -> String {
    window().location().origin().unwrap_or_default() + &message_path(id, seq)
}

/// The message that the query of an address names.
fn message_of(query: &str) -> Option<Seq> {
    let mut parts = query.trim_start_matches('?').split('&');
    parts.find_map(|part| part.strip_prefix("m=")?.parse().ok())
}

/// The path of the administration.
pub(crate) const ADMINISTRATION_PATH: &str = "/admin";

/// The path of the saved messages.
pub(crate) const SAVED_PATH: &str = "/saved";

/// The path of the search.
pub(crate) const SEARCH_PATH: &str = "/search";

/// The path of what a search finds.
pub(crate) fn search_path(query: &str) -> String {
    match query {
        "" => SEARCH_PATH.to_owned(),
        query => format!("{SEARCH_PATH}?q={}", String::from(encode_uri_component(query))),
    }
}

/// What the address searches for; empty where it is none of a search.
fn current_search() -> String {
    let query = || {
        let params = UrlSearchParams::new_with_str(&window().location().search().ok()?).ok()?;
        params.get("q")
    };
    Some(Location::current()).filter(|at| *at == Location::Search).and_then(|_| query()).unwrap_or_default()
}

/// The current location and the overlays above it. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    location: RwSignal<Location>,
    /// The root of the thread that is open beside the conversation.
    thread: RwSignal<Option<Seq>>,
    /// The message that the address named, until it is shown.
    message: RwSignal<Option<Seq>>,
    /// What the address searches for.
    search: RwSignal<String>,
    overlays: Overlays,
    /// The path to navigate to once the history has gone back.
    next_path: StoredValue<Option<String>>,
    /// Whether an entry of the history below the current one is the page's.
    has_navigated: StoredValue<bool>,
}

impl Route {
    /// Provides the current location to the views, and follows it for as long as the reactive owner lives.
    pub(crate) fn provide() -> Self {
        let route = Self {
            location: RwSignal::new(Location::current()),
            thread: RwSignal::new(current_thread()),
            message: RwSignal::new(message_of(&window().location().search().unwrap_or_default())),
            search: RwSignal::new(current_search()),
            overlays: Overlays::new(),
            next_path: StoredValue::new(None),
            has_navigated: StoredValue::new(false),
        };
        provide_context(route);
        listen(&window(), "popstate", move |_: Event| route.on_popstate());
        listen(&document(), "click", move |event: MouseEvent| {
            if let Some(path) = internal_link_path(&event) {
                event.prevent_default();
                route.navigate(&path);
            }
        });
        route
    }

    /// The current location.
    pub(crate) fn location(self) -> Location {
        self.location.get()
    }

    /// The root of the thread that is open beside a conversation.
    pub(crate) fn thread(self, id: ConversationId) -> Option<Seq> {
        if self.location.get() == Location::Conversation(id) { self.thread.get() } else { None }
    }

    /// Opens a thread beside its conversation. Back closes it, also where others were open in its place.
    pub(crate) fn open_thread(self, id: ConversationId, root: Seq) {
        let path = thread_path(id, root);
        let beside = Location::current() == Location::Conversation(id) && !self.overlays.is_going_back();
        let Some(history) = window().history().ok().filter(|_| beside) else { return self.navigate(&path) };
        let above = JsValue::from_str(ABOVE_CONVERSATION);
        let _ = match (current_thread(), open_overlays()) {
            (Some(open), _) if open == root => return,
            (Some(_), 0) => {
                let state = history.state().unwrap_or(JsValue::NULL);
                history.replace_state_with_url(&state, "", Some(&path))
            }
            (None, 0) => history.push_state_with_url(&above, "", Some(&path)),
            // The entry of the menu that opens it.
            (None, 1) => history.replace_state_with_url(&above, "", Some(&path)),
            _ => return self.navigate(&path),
        };
        self.refresh();
    }

    /// Closes the thread that is open beside a conversation.
    pub(crate) fn close_thread(self, id: ConversationId) {
        let Some(history) = window().history().ok().filter(|_| current_thread().is_some()) else { return };
        let state = history.state().ok().and_then(|state| state.as_string());
        if state.as_deref() == Some(ABOVE_CONVERSATION) {
            let _ = history.back();
        } else {
            replace(&conversation_path(id));
            self.refresh();
        }
    }

    /// The message of a conversation that the address named, as a link to it does, and that was not shown yet.
    pub(crate) fn message(self, id: ConversationId) -> Option<Seq> {
        if self.location.get() == Location::Conversation(id) { self.message.get() } else { None }
    }

    /// That message is shown: a reload shows the conversation where the user is by then, and the thread that is open.
    pub(crate) fn message_shown(self) {
        self.message.set(None);
        let thread = current_thread().map(|root| format!("?thread={root}")).unwrap_or_default();
        let path = window().location().pathname().unwrap_or_default() + &thread;
        // The entry of a thread says whether that of the conversation is below it.
        let state = window().history().ok().and_then(|history| history.state().ok()).unwrap_or(JsValue::NULL);
        replace_keeping(&path, &state);
    }

    /// What the address searches for.
    pub(crate) fn search(self) -> String {
        self.search.get()
    }

    /// Puts what is searched for into the address of the search, in the place of what was.
    pub(crate) fn replace_search(self, query: &str) {
        if Location::current() == Location::Search && self.search.get_untracked() != query {
            replace(&search_path(query));
            self.search.set(query.to_owned());
        }
    }

    /// Navigates to a path of the page. An open overlay's history entry is replaced, so that Back leads to what lay below
    /// the overlay.
    pub(crate) fn navigate(self, path: &str) {
        let (bare, query) = path.split_once('?').unwrap_or((path, ""));
        let wanted = path;
        // What the address names of a message is gone once it is shown; a thread and a search stay in it.
        let path = match (Location::from_path(path), thread_of(path)) {
            (Location::Conversation(id), Some(root)) => &thread_path(id, root),
            (Location::Search, _) => path,
            _ => bare,
        };
        // With the place, so that no view of another one takes it.
        let arrive = || {
            batch(|| {
                self.refresh();
                self.message.set(message_of(query));
            })
        };
        if (Location::from_path(path), thread_of(path)) == (Location::current(), current_thread()) {
            if Location::current() == Location::Search {
                replace(path);
            }
            return arrive();
        }
        self.has_navigated.set_value(true);
        if let Ok(history) = window().history() {
            let _ = match open_overlays() {
                0 => history.push_state_with_url(&JsValue::NULL, "", Some(path)),
                _ => history.replace_state_with_url(&JsValue::NULL, "", Some(path)),
            };
        }
        if self.overlays.is_going_back() {
            self.next_path.set_value(Some(wanted.to_owned()));
        }
        arrive();
    }

    /// Goes back to where the user came from within the page, or else to the list.
    pub(crate) fn leave(self) {
        match window().history() {
            Ok(history) if self.has_navigated.get_value() => {
                let _ = history.back();
            }
            _ => self.navigate("/"),
        }
    }

    /// Makes Back close an overlay on a narrow screen, for as long as the reactive owner lives.
    pub(crate) fn push_overlay(self, open: RwSignal<bool>) {
        self.overlays.push(open);
    }

    fn on_popstate(self) {
        self.overlays.on_popstate();
        match self.next_path.try_update_value(Option::take).flatten() {
            Some(next) if !self.overlays.is_going_back() => self.navigate(&next),
            next => self.next_path.set_value(next),
        }
        self.refresh();
    }

    fn refresh(self) {
        let current = Location::current();
        if self.location.get_untracked() != current {
            self.location.set(current);
        }
        let thread = current_thread();
        if self.thread.get_untracked() != thread {
            self.thread.set(thread);
        }
        let search = current_search();
        if self.search.get_untracked() != search {
            self.search.set(search);
        }
    }
}

/// The route of the views below [`Route::provide`].
pub(crate) fn use_route() -> Route {
    expect_context()
}

/// Replaces the address by the list's, without an entry in the history.
pub(crate) fn replace_with_list() {
    replace("/");
}

/// Removes the query from the address, but for a search, a thread and the message that a link leads to, without an entry in the
/// history.
pub(crate) fn strip_query() {
    let location = window().location();
    if Location::current() == Location::Search {
        return replace(&search_path(&current_search()));
    }
    let message = message_of(&location.search().unwrap_or_default());
    let query = match (current_thread(), message) {
        (Some(root), Some(seq)) => format!("?thread={root}&m={seq}"),
        (Some(root), None) => format!("?thread={root}"),
        (None, Some(seq)) => format!("?m={seq}"),
        (None, None) => String::new(),
    };
    replace(&(location.pathname().unwrap_or_default() + &query));
}

/// The secret of the link that the address is, empty where the link has none; none where the address is no such link. The
/// secret is removed from the address, so that neither the screen nor the history shows it.
pub(crate) fn take_join_secret() -> Option<String> {
    (Location::current() == Location::Join).then(|| {
        let fragment = window().location().hash().unwrap_or_default();
        replace(&window().location().pathname().unwrap_or_default());
        fragment.trim_start_matches('#').to_owned()
    })
}

fn replace(path: &str) {
    replace_keeping(path, &JsValue::NULL);
}

fn replace_keeping(path: &str, state: &JsValue) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(state, "", Some(path));
    }
}

/// The path of the page that a plain click follows; none for every other click, which is the browser's.
fn internal_link_path(event: &MouseEvent) -> Option<String> {
    let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || modified {
        return None;
    }
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    let href = link.get_attribute("href")?;
    if href.starts_with('/') {
        return Some(href);
    }
    // A link to a message, in a message: a new tab might be of nobody who is signed in.
    let path = href.strip_prefix(&window().location().origin().ok()?)?;
    // Not of a longer host.
    let path = Some(path).filter(|path| path.starts_with('/'))?;
    let place = path.split('?').next().unwrap_or_default();
    matches!(Location::from_path(place), Location::Conversation(_)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_locations() {
        assert_eq!(Location::from_path("/"), Location::ConversationList);
        assert_eq!(Location::from_path("/c/42"), Location::Conversation(ConversationId(42)));
        assert_eq!(Location::from_path("/c/42/"), Location::Conversation(ConversationId(42)));
        assert_eq!(Location::from_path(ADMINISTRATION_PATH), Location::Administration);
        assert_eq!(Location::from_path("/join"), Location::Join);
        assert_eq!(Location::from_path(THREADS_PATH), Location::Threads);
        assert_eq!(Location::from_path(SAVED_PATH), Location::Saved);
        assert_eq!(Location::from_path("/search?q=in%3A%237"), Location::Search);
        for unknown in ["/admin/1", "/join/1", "/search/1", "/c", "/c/x", "/c/-1", "/c/1/2", "/elsewhere"] {
            assert_eq!(Location::from_path(unknown), Location::Unknown, "{unknown}");
        }
        assert_eq!(message_path(ConversationId(7), Seq(9)), "/c/7?m=9");
        for (query, seq) in
            [("?m=9", Some(9)), ("m=9", Some(9)), ("?a=1&m=12", Some(12)), ("?m=x", None), ("", None)]
        {
            assert_eq!(message_of(query), seq.map(Seq), "{query}");
        }
        let path = conversation_path(ConversationId(7));
        assert_eq!(
            (Location::from_path(&path), thread_of(&path)),
            (Location::Conversation(ConversationId(7)), None)
        );
    }

    #[test]
    fn a_thread_is_beside_its_conversation() {
        let path = thread_path(ConversationId(7), Seq(12));
        assert_eq!(Location::from_path(&path), Location::Conversation(ConversationId(7)));
        assert_eq!(thread_of(&path), Some(Seq(12)));
        assert_eq!(thread_of("/c/7?userID=123&thread=12"), Some(Seq(12)));
        let reply = reply_path(ConversationId(7), Seq(12), Seq(15));
        assert_eq!((thread_of(&reply), message_of("?thread=12&m=15")), (Some(Seq(12)), Some(Seq(15))));
        assert_eq!(reply_path(ConversationId(7), Seq(12), Seq(12)), path);
        for none in ["/c/7?thread=", "/c/7?thread=x", "/c/7?threads=1", "/c/7"] {
            assert_eq!(thread_of(none), None, "{none}");
        }
    }
}
