//! The app: who is signed in decides whether the door or the chat is shown.

use confab_shared::id::UserId;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api,
    browser::{listen, window},
    clock,
    components::when::shown,
    fetcher,
    i18n::Language,
    outbox::BrowserShelf,
    pages::{shell::Shell, sign_in::SignIn},
    paste,
    reactive::{memo, watch},
    route::{Route, back_to_list, without_query},
    session::Session,
    socket,
    state::Chat,
};

/// The session of this tab, for those who need its token or end it.
#[derive(Clone, Copy)]
pub(crate) struct SessionSignal {
    current: RwSignal<Option<Session>>,
    /// Whether the last one was ended by the server.
    pub(crate) ended: RwSignal<bool>,
    /// Whose address the page is at, where the server ended their session.
    left_by: StoredValue<Option<UserId>>,
    /// Whom the address asked to sign in as; nobody once somebody has signed out.
    asked_for: StoredValue<Option<String>>,
}

impl SessionSignal {
    pub(crate) fn get(self) -> Option<Session> {
        self.current.get()
    }

    pub(crate) fn get_untracked(self) -> Option<Session> {
        self.current.get_untracked()
    }

    /// The token to ask the server with; empty once nobody is signed in.
    pub(crate) fn token(self) -> String {
        self.current.with_untracked(|session| session.as_ref().map(|s| s.token.clone()).unwrap_or_default())
    }

    /// Begins one, at the address that was asked for; but not at one where somebody else was.
    pub(crate) fn begin(self, session: Session) {
        self.ended.set(false);
        match self.left_by.get_value() {
            Some(user) if user != session.user.id => back_to_list(),
            _ => without_query(),
        }
        self.left_by.set_value(None);
        self.current.set(Some(session));
    }

    /// Ends it here, and on the server where that can be reached.
    pub(crate) fn sign_out(self) {
        let token = self.token();
        spawn_local(async move {
            let _ = api::sign_out(&token).await;
        });
        self.asked_for.set_value(None);
        back_to_list();
        self.drop_it();
    }

    /// The server no longer knows it. The address stays, for the same person to return to.
    pub(crate) fn is_over(self) {
        self.ended.set(true);
        self.left_by.set_value(self.current.get_untracked().map(|session| session.user.id));
        self.drop_it();
    }

    fn drop_it(self) {
        if let Some(session) = self.current.get_untracked() {
            session.forget();
        }
        self.current.set(None);
    }
}

pub(crate) fn use_session() -> SessionSignal {
    expect_context()
}

#[component]
pub(crate) fn App() -> impl IntoView {
    Language::provide();
    paste::clean_fields();
    let asked_for = asked_for();
    let remembered = Session::remembered()
        .filter(|session| asked_for.as_ref().is_none_or(|n| n == session.user.name.as_str()));
    if remembered.is_some() && asked_for.is_some() {
        // A reload keeps whoever is signed in then.
        without_query();
    }
    let session = SessionSignal {
        current: RwSignal::new(remembered),
        ended: RwSignal::new(false),
        left_by: StoredValue::new(None),
        asked_for: StoredValue::new(asked_for),
    };
    provide_context(session);
    // A new session is a new state: nothing of one person's is left for the next.
    let token = memo(move || session.get().map(|session| session.token).unwrap_or_default());
    shown(move || match token.get() {
        token if !token.is_empty() => view! { <SignedIn token/> }.into_any(),
        _ => {
            socket::mark(None);
            view! { <SignIn asked_for=session.asked_for.get_value()/> }.into_any()
        }
    })
}

/// Whom the address asks to sign in as: `/?userID=123`.
fn asked_for() -> Option<String> {
    let search = window().location().search().ok()?;
    let params = web_sys::UrlSearchParams::new_with_str(&search).ok()?;
    params.get("userID").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// What a signed-in person gets: the state with its socket and its fetches, and the address.
#[component]
fn SignedIn(token: String) -> impl IntoView {
    let session = use_session();
    let user = session.get_untracked().map(|session| session.user);
    let shelf = BrowserShelf::of(&user.expect("somebody is signed in"));
    let (chat, outgoing) = Chat::new(clock::now(), Box::new(shelf.clone()));
    provide_context(chat);
    let obstacle = socket::Obstacle::provide();
    shelf.follow(chat);
    clock::tick(chat.now);
    listen(&window(), "beforeunload", move |event: web_sys::Event| {
        if chat.has_unkept() {
            event.prevent_default();
        }
    });
    watch(move || socket::mark(Some(chat.connection())));
    leptos::task::spawn_local_scoped_with_cancellation({
        let token = token.clone();
        async move {
            socket::run(chat, obstacle, token, outgoing.frames).await;
            session.is_over();
        }
    });
    leptos::task::spawn_local_scoped_with_cancellation(fetcher::run(chat, token, outgoing.fetches));
    Route::provide();
    view! { <Shell/> }
}
