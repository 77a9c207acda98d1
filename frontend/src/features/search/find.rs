//! The bar that searches within a conversation: how many messages were found, and a way from one to the next, which the timeline
//! shows in its place.

use std::{cell::Cell, time::Duration};

use confab_shared::{api::MAX_HITS_PER_PAGE, id::ConversationId};
use futures_util::future::{AbortHandle, Abortable};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::{
    find_hits::{Direction, FindHits},
    keys::FIND_FIELD_ID,
    searching::{Marks, fetch_hits, within},
    tint::tint,
};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::{
        browser::{document, on_next_frame},
        input_method::is_composing,
    },
    route::{search_path, use_route},
    session::{SessionSignal, use_session},
    state::Chat,
    ui::{
        icon::{Icon, IconView},
        icon_button::IconButton,
        reactive::{Debounce, ElementRef, capture, effect, memo, on_event, select_when_mounted},
        show::bool_attr,
    },
};

/// How long typing must pause before the server is asked.
const DELAY: Duration = Duration::from_millis(150);

/// What the bar waits for, or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Nothing is searched for.
    Empty,
    Searching,
    Answered,
    Failed,
}

/// The search in a conversation. Cheap to copy.
#[derive(Clone, Copy)]
struct Find {
    chat: Chat,
    session: SessionSignal,
    id: ConversationId,
    text: RwSignal<String>,
    hits: RwSignal<FindHits>,
    status: RwSignal<Status>,
    /// What was asked for last.
    asked: RwSignal<String>,
    request: StoredValue<Option<AbortHandle>>,
    typing: Debounce,
}

impl Find {
    fn new(chat: Chat, id: ConversationId) -> Self {
        let find = Self {
            chat,
            session: use_session(),
            id,
            text: RwSignal::new(String::new()),
            hits: RwSignal::new(FindHits::default()),
            status: RwSignal::new(Status::Empty),
            asked: RwSignal::new(String::new()),
            request: StoredValue::new(None),
            typing: Debounce::new(),
        };
        let is_new = Cell::new(true);
        effect(move || {
            find.text.track();
            if !is_new.replace(false) {
                find.typing.schedule(DELAY, move || find.ask());
            }
        });
        on_cleanup(move || {
            find.typing.cancel();
            find.cancel();
        });
        find
    }

    /// Asks for what the field has, unless that was asked for.
    fn ask(self) {
        self.typing.cancel();
        let text = self.text.get_untracked();
        if text == self.asked.get_untracked() && self.status.get_untracked() != Status::Failed {
            return;
        }
        self.asked.set(text.clone());
        self.cancel();
        if text.trim().is_empty() {
            self.hits.set(FindHits::default());
            return self.status.set(Status::Empty);
        }
        self.status.set(Status::Searching);
        self.fetch(false);
    }

    fn fetch(self, more: bool) {
        let (handle, registration) = AbortHandle::new_pair();
        self.request.set_value(Some(handle));
        let query = within(self.id, &self.asked.get_untracked());
        let cursor = self.hits.with_untracked(|hits| hits.cursor).filter(|_| more);
        spawn_local(async move {
            let token = self.session.token();
            let answer =
                Abortable::new(fetch_hits(&token, &query, cursor, Some(MAX_HITS_PER_PAGE)), registration)
                    .await;
            let Ok(answer) = answer else { return };
            if self.hits.is_disposed() || !self.chat.is_alive() {
                return;
            }
            let Ok(page) = answer else { return self.status.set(Status::Failed) };
            let must_go_on = self.hits.try_update(|hits| {
                if !more {
                    *hits = FindHits::default();
                }
                hits.take(self.id, page)
            });
            if must_go_on == Some(true) {
                return self.fetch(true);
            }
            self.status.set(Status::Answered);
            self.show();
        });
    }

    /// Shows the hit where the user is in its place.
    fn show(self) {
        if let Some(seq) = self.hits.with_untracked(FindHits::current) {
            self.chat.jump_to(self.id, seq);
        }
    }

    fn step(self, direction: Direction) {
        match self.status.get_untracked() {
            _ if self.text.get_untracked() != self.asked.get_untracked() => self.ask(),
            Status::Failed => self.ask(),
            Status::Answered => {
                let must_fetch = self.hits.try_update(|hits| hits.step(direction)).unwrap_or_default();
                if must_fetch {
                    self.status.set(Status::Searching);
                    self.fetch(true);
                } else {
                    self.show();
                }
            }
            Status::Empty | Status::Searching => {}
        }
    }

    fn cancel(self) {
        if let Some(request) = self.request.try_update_value(Option::take).flatten() {
            request.abort();
        }
    }
}

#[component]
pub(super) fn FindBar(id: ConversationId, open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let route = use_route();
    return_focus();
    let find = Find::new(chat, id);
    let input = ElementRef::new();
    select_when_mounted(input);
    let marks = memo(move || {
        let asked = find.asked.get();
        (!asked.trim().is_empty()).then(|| Marks::of(&asked))
    });
    let current = memo(move || find.hits.with(FindHits::current));
    tint(marks, current);
    let close = move || open.set(false);
    let on_keydown = move |event: KeyboardEvent| {
        if is_composing(&event) || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let in_field = document().active_element().is_some_and(|element| element.id() == FIND_FIELD_ID);
        match event.key().as_str() {
            "Escape" => close(),
            "Enter" if in_field && event.shift_key() => find.step(Direction::Newer),
            "Enter" | "ArrowUp" if in_field => find.step(Direction::Older),
            "ArrowDown" if in_field => find.step(Direction::Newer),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let count = t_fmt(move |l| match find.status.get() {
        Status::Empty => String::new(),
        Status::Failed => td_string!(l, search.find_failed).to_owned(),
        Status::Searching if current.with(Option::is_none) => String::new(),
        _ if current.with(Option::is_none) => td_string!(l, search.find_nothing).to_owned(),
        _ => find.hits.with(|hits| {
            let (at, count) = hits.position();
            match hits.cursor {
                Some(_) => td_string!(l, search.find_position_more, at = at, count = count).to_string(),
                None => td_string!(l, search.find_position, at = at, count = count).to_string(),
            }
        }),
    });
    let none = memo(move || current.with(Option::is_none));
    let search_all = move || route.navigate(&search_path(within(id, &find.text.get_untracked()).trim()));
    view! {
        <div
            class="find-bar"
            role="search"
            data-testid="find-bar"
            aria-busy=bool_attr(move || find.status.get() == Status::Searching)
            on:keydown=on_keydown
        >
            <IconView icon=Icon::Search/>
            <input
                id=FIND_FIELD_ID
                type="text"
                data-testid="find-field"
                use:capture=input
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="search"
                placeholder=t(|l| td_string!(l, search.find))
                aria-label=t(|l| td_string!(l, search.find))
                bind:value=find.text
            />
            <span class="find-count" role="status" data-testid="find-count">{count}</span>
            {step_button(find, Direction::Older, none)}
            {step_button(find, Direction::Newer, none)}
            <IconButton
                icon=Icon::SearchText
                label=|l| td_string!(l, search.find_all)
                testid="find-all"
                on_press=move |()| search_all()
            />
            <IconButton
                icon=Icon::Close
                label=|l| td_string!(l, conversation.close)
                testid="find-close"
                on_press=move |()| close()
            />
        </div>
    }
}

fn step_button(find: Find, direction: Direction, none: Memo<bool>) -> AnyView {
    let (icon, testid) = match direction {
        Direction::Older => (Icon::Up, "find-older"),
        Direction::Newer => (Icon::Down, "find-newer"),
    };
    let label = t_fmt(move |l| match direction {
        Direction::Older => td_string!(l, search.find_older).to_owned(),
        Direction::Newer => td_string!(l, search.find_newer).to_owned(),
    });
    view! {
        <button
            class="icon-button"
            type="button"
            data-testid=testid
            disabled=none
            title=label
            aria-label=label
            on:click=on_event(move || find.step(direction))
        >
            <IconView icon/>
        </button>
    }
    .into_any()
}

/// When the bar closes with the focus in it, gives the keyboard back to what had it.
fn return_focus() {
    let opener = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let opener = StoredValue::new_local(opener);
    on_cleanup(move || {
        let opener = opener.try_get_value().flatten().filter(|opener| opener.is_connected());
        on_next_frame(move || {
            // Without the bar, the document's body has the focus of what was in it.
            let is_lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
            if let Some(opener) = opener.filter(|_| is_lost) {
                let _ = opener.focus();
            }
        });
    });
}
