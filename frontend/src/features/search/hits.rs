//! What was found: groups of messages, each with a link to its place and, on demand, with what surrounds it. The arrow keys lead
//! from hit to hit.

use confab_shared::{
    api::SearchHit,
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    markdown::preview,
    message::Message,
};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent};

use super::{
    focus::focus_field_end,
    keys::{FIELD_ID, focus_field},
    results::{Found, Key},
    searching::{Marks, Search},
    snippet::{Piece, pieces},
};
use crate::{
    features::{
        attachments::words::of_message,
        conversations::{
            conversation_avatar::ConversationAvatar, display_name::use_display_name, hits::Step,
        },
        replies::words,
    },
    i18n::{Locale, dates, t, t_fmt, td_string, use_language},
    platform::{
        api::{self, MessageRange},
        browser::document,
        clock::local_day,
    },
    route::{conversation_path, message_path, reply_path},
    session::use_session,
    ui::{
        avatar::{Avatar, Size},
        bidi::{render_isolated, strip_direction_controls},
        icon::{Icon, IconView},
        initials::hue,
        keyed_children::keyed_children,
        person_name::shown_name,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, bool_attr, dynamic, optional_attr},
    },
};

/// How many messages around a hit are shown, the hit included.
const AROUND: usize = 6;

/// The id of the element that has all hits.
const RESULTS_ID: &str = "search-results";

#[component]
pub(super) fn Results(search: Search) -> impl IntoView {
    let list = ElementRef::new();
    let on_keydown = move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || event.default_prevented() {
            return;
        }
        let key = event.key();
        if let Some(step) = Step::of_key(&key).filter(|_| !event.shift_key()) {
            event.prevent_default();
            move_by(search, step);
        } else if key == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            focus_field(FIELD_ID);
        } else if key != " " && key != "/" && key.chars().count() == 1 {
            // What is typed goes into the field.
            focus_field_end();
        }
    };
    let on_focusin = move |event: FocusEvent| {
        let hit = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok()?.closest("[data-hit]").ok()?);
        if let Some(key) = hit.and_then(|hit| key_of(&hit)) {
            search.selected.set(Some(key));
        }
    };
    let groups = move || {
        search.groups.get().into_iter().map(|group| (group.conversation, group.hits[0])).collect::<Vec<_>>()
    };
    let group = move |(id, first)| view! { <Group search id first/> }.into_any();
    keyed_children(list, groups, |key: &Key| *key, group);
    view! {
        <div
            id=RESULTS_ID
            class="search-results"
            data-testid="search-results"
            use:capture=list
            on:keydown=on_keydown
            on:focusin=on_focusin
        ></div>
    }
}

/// Moves the keyboard from the hit where it is; above the first one is the field.
fn move_by(search: Search, step: Step) {
    let keys = search.found.with_untracked(|found| found.as_ref().map(Found::keys).unwrap_or_default());
    let selected = search.selected.get_untracked();
    let index = keys.iter().position(|key| Some(*key) == selected);
    match step.from(index, keys.len()) {
        Some(next) => focus_hit(keys[next]),
        None if step == Step::Up => focus_field(FIELD_ID),
        None => {}
    }
}

/// Moves the keyboard to a hit.
pub(super) fn focus_hit((id, seq): Key) {
    let link = document().query_selector(&format!("[data-hit='{id}-{seq}'] a")).ok().flatten();
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        let _ = link.focus();
    }
}

fn key_of(hit: &Element) -> Option<Key> {
    let key = hit.get_attribute("data-hit")?;
    let (id, seq) = key.split_once('-')?;
    Some((id.parse().ok()?, Seq(seq.parse().ok()?)))
}

/// The hits of a conversation; the first one names the group.
#[component]
fn Group(search: Search, id: ConversationId, first: Seq) -> impl IntoView {
    let name = use_display_name(id);
    fetch_unknown(search, id);
    let list = ElementRef::new();
    let hits = move || {
        search.groups.with(|groups| {
            let group = groups.iter().find(|group| (group.conversation, group.hits[0]) == (id, first));
            group.map(|group| group.hits.clone()).unwrap_or_default()
        })
    };
    keyed_children(list, hits, |seq| *seq, move |seq| view! { <Hit search id seq/> }.into_any());
    view! {
        <section class="search-group" data-testid="search-group">
            <h2>
                <a href=conversation_path(id) dir="auto" tabindex="-1">
                    <ConversationAvatar id size=Size::Small/>
                    <span>{dynamic(move || name.with(|name| render_isolated(name)))}</span>
                </a>
            </h2>
            <ul use:capture=list></ul>
        </section>
    }
}

/// Fetches a conversation that the list does not have yet: of a long list, the page has the newest.
fn fetch_unknown(search: Search, id: ConversationId) {
    let session = use_session();
    effect(move || {
        // Once it is known what the list has.
        if search.chat.me().is_none() || untrack(|| search.chat.is_member(id)) {
            return;
        }
        spawn_local(async move {
            let answer = api::get_conversation(&session.token(), id).await;
            if let Ok(view) = answer
                && search.chat.is_alive()
            {
                search.chat.apply_conversation(view);
            }
        });
    });
}

/// A message: who said it, when, and what, with the words that were searched for marked.
#[component]
fn Hit(search: Search, id: ConversationId, seq: Seq) -> impl IntoView {
    let lang = use_language();
    let chat = search.chat;
    let hit = memo(move || search.found.with(|found| found.as_ref()?.find((id, seq)).cloned()));
    let of = move |read: fn(&SearchHit) -> u64| {
        memo(move || hit.with(|hit| hit.as_ref().map(read).unwrap_or_default()))
    };
    let (by, at) = (of(|hit| hit.message.by.0), of(|hit| hit.message.at.0));
    let has_files = memo(move || hit.with(|hit| hit.as_ref().is_some_and(has_files)));
    let thread = memo(move || hit.with(|hit| hit.as_ref().and_then(|hit| hit.message.thread)));
    let author = memo(move || chat.person(UserId(by.get())));
    let name = memo(move || author.with(|author| author.as_ref().map(shown_name)).unwrap_or_default());
    let own = memo(move || chat.me().is_some_and(|me| me.id.0 == by.get()));
    let hue_of = Signal::derive(move || {
        author.with(|author| author.as_ref().map_or(1, |author| hue(author.name.as_str())))
    });
    let today = memo(move || local_day(chat.now.get()));
    let at = move || Timestamp(at.get());
    let around = RwSignal::new(Around::Closed);
    let selected = memo(move || search.selected.get() == Some((id, seq)));
    // Tab reaches one hit; the arrow keys, all.
    let reachable = memo(move || search.reachable.get() == Some((id, seq)));
    let tabindex = optional_attr(move || Some(if reachable.get() { "0" } else { "-1" }));
    let path = move || match thread.get() {
        Some(root) => reply_path(id, root, seq),
        None => message_path(id, seq),
    };
    let shown = memo(move || {
        let locale = lang.get();
        let text = hit.with(|hit| hit.as_ref().map(|hit| text_of(locale, &hit.message)).unwrap_or_default());
        search.matcher.with(|marks| marked(&text, marks))
    });
    let open = move || {
        search.selected.set(Some((id, seq)));
        search.remember();
    };
    let on_keydown = move |event: KeyboardEvent| {
        let wanted = match event.key().as_str() {
            "ArrowRight" => true,
            "ArrowLeft" => false,
            _ => return,
        };
        event.prevent_default();
        if wanted != around.with_untracked(|around| *around != Around::Closed) {
            toggle(search, id, seq, thread.get_untracked(), around);
        }
    };
    view! {
        <li
            class="search-hit"
            class:selected=selected
            data-testid="search-hit"
            data-hit=format!("{id}-{seq}")
            on:keydown=on_keydown
        >
            <Neighbours search around before=true seq/>
            <div class="search-hit-row">
                <a class="search-hit-link" href=path tabindex=tabindex on:click=on_event(open)>
                    <Avatar name hue_of size=Size::Small/>
                    <span class="search-hit-head">
                        <b dir="auto">
                            {t_fmt(move |l| if own.get() { td_string!(l, timeline.author_you).to_owned() } else { name.get() })}
                        </b>
                        <Show when=move || thread.with(Option::is_some)>
                            <span class="search-in-thread" title=t(|l| td_string!(l, threads.panel))>
                                <IconView icon=Icon::Thread/>
                                <span class="visually-hidden">{t(|l| td_string!(l, search.in_thread))}</span>
                            </span>
                        </Show>
                        <Show when=has_files>
                            <span class="search-in-thread"><IconView icon=Icon::File/></span>
                        </Show>
                        <time title=t_fmt(move |l| dates::full_date(l, at()))>
                            {t_fmt(move |l| dates::list_time(l, at(), today.get()))}
                        </time>
                    </span>
                    <span class="search-hit-text" dir="auto" data-testid="search-hit-text">
                        {dynamic(move || shown.get().into_iter().map(piece).collect_view().into_any())}
                    </span>
                </a>
                <button
                    class="icon-button"
                    type="button"
                    tabindex=tabindex
                    data-testid="search-around"
                    aria-expanded=bool_attr(move || around.with(|around| *around != Around::Closed))
                    title=t(|l| td_string!(l, search.around))
                    aria-label=t(|l| td_string!(l, search.around))
                    on:click=on_event(move || toggle(search, id, seq, thread.get_untracked(), around))
                >
                    <IconView icon=Icon::Around/>
                </button>
            </div>
            <Neighbours search around before=false seq/>
            <Show when=move || around.with(|around| *around == Around::Failed)>
                <p class="search-around-note" role="alert">{t(|l| td_string!(l, search.around_failed))}</p>
            </Show>
        </li>
    }
}

/// The text of a message, without signs of its form, or what it has attached.
fn text_of(locale: Locale, message: &Message) -> String {
    strip_direction_controls(&preview(&of_message(locale, message), false))
}

/// Whether a message has something attached beside its text.
fn has_files(hit: &SearchHit) -> bool {
    !hit.message.attachments.is_empty() && !hit.message.text.as_str().is_empty()
}

fn marked(text: &str, marks: &Marks) -> Vec<Piece> {
    pieces(text, &marks.ranges(text))
}

fn piece(piece: Piece) -> AnyView {
    match piece.marked {
        true => view! { <mark>{piece.text}</mark> }.into_any(),
        false => piece.text.into_any(),
    }
}

/// What surrounds a hit.
#[derive(Clone, Debug, PartialEq)]
enum Around {
    Closed,
    Fetching,
    Failed,
    Open(Vec<Message>),
}

/// Shows what surrounds a hit, or hides it.
fn toggle(search: Search, id: ConversationId, seq: Seq, thread: Option<Seq>, around: RwSignal<Around>) {
    if around.with_untracked(|around| matches!(around, Around::Fetching | Around::Open(_))) {
        return around.set(Around::Closed);
    }
    around.set(Around::Fetching);
    let token = search.token();
    spawn_local(async move {
        let range = MessageRange::Around(seq);
        let answer = match thread {
            Some(root) => api::get_replies(&token, id, root, range, AROUND).await,
            None => api::get_messages(&token, id, range, AROUND).await,
        };
        if !search.chat.is_alive() || around.try_get_untracked() != Some(Around::Fetching) {
            return;
        }
        around.set(match answer {
            Ok(page) => {
                search.chat.apply_users(page.users);
                let message =
                    |item: Item| if let Item::Message(message) = item { Some(message) } else { None };
                Around::Open(page.items.into_iter().filter_map(message).collect())
            }
            Err(_) => Around::Failed,
        });
    });
}

/// The messages before a hit, or those behind it.
#[component]
fn Neighbours(search: Search, around: RwSignal<Around>, before: bool, seq: Seq) -> impl IntoView {
    let lang = use_language();
    let chat = search.chat;
    let messages = memo(move || {
        around.with(|around| match around {
            Around::Open(messages) => {
                let wanted = |message: &&Message| if before { message.seq < seq } else { message.seq > seq };
                messages.iter().filter(wanted).cloned().collect()
            }
            _ => Vec::new(),
        })
    });
    let line = move |message: Message| {
        let own = chat.me().is_some_and(|me| me.id == message.by);
        let author = match own {
            true => td_string!(lang.get(), timeline.author_you).to_owned(),
            false => chat.person(message.by).as_ref().map(shown_name).unwrap_or_default(),
        };
        let text = words(lang.get(), &message);
        view! {
            <li dir="auto">
                <b>{author}</b>
                " "
                <span>{text}</span>
            </li>
        }
    };
    view! {
        <Show when=move || !messages.with(Vec::is_empty)>
            <ul class="search-neighbours" data-testid="search-neighbours">
                {dynamic(move || messages.get().into_iter().map(line).collect_view().into_any())}
            </ul>
        </Show>
    }
}
