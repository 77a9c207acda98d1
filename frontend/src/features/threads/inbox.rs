//! The inbox of threads: those that the user follows, the one with the newest reply first; all, or those with something unread.

use std::time::Duration;

use confab_shared::{
    api::{FollowedThread, ThreadCursor},
    id::{ConversationId, Seq},
    message::Message,
};
use leptos::{prelude::*, task::spawn_local};
use web_sys::Element;

use crate::{
    features::{
        conversations::{
            conversation_avatar::ConversationAvatar, display_name::use_display_name, list_item::draft_line,
            summary::one_line,
        },
        replies::words,
    },
    i18n::{Locale, dates, plurals::t_plural, t, t_fmt, td_string, use_language},
    platform::{api, browser::on_next_frame, clock::local_day},
    route::thread_path,
    session::use_session,
    state::{Chat, Scope},
    ui::{
        avatar::Size,
        bidi::{isolate, render_isolated},
        icon::{Icon, IconView},
        keyed_children::keyed_children,
        on_demand::on_demand,
        person_name::shown_name,
        reactive::{Debounce, ElementRef, capture, effect, memo, on_event},
        show::{Show, bool_attr, dynamic},
    },
};

on_demand! {
    /// The inbox of threads.
    pub(crate) fn inbox() in dialogs { <Inbox/> }
}

/// How long changes gather before the list is fetched again.
const REFRESH_DELAY: Duration = Duration::from_millis(400);

/// How far from the end of the list the next part is fetched, in pixels.
const NEAR_END: i32 = 400;

/// The list as far as it is fetched. Cheap to copy.
#[derive(Clone, Copy)]
struct Threads {
    /// Whether only threads with something unread are wanted.
    unread: RwSignal<bool>,
    threads: RwSignal<Option<Vec<FollowedThread>>>,
    more: RwSignal<Option<ThreadCursor>>,
    failed: RwSignal<bool>,
    /// How many requests there were: an answer to an earlier one is outdated.
    requests: StoredValue<u32>,
    fetching: StoredValue<bool>,
}

impl Threads {
    fn new() -> Self {
        Self {
            unread: RwSignal::new(false),
            threads: RwSignal::new(None),
            more: RwSignal::new(None),
            failed: RwSignal::new(false),
            requests: StoredValue::new(0),
            fetching: StoredValue::new(false),
        }
    }

    /// Fetches the part of the list behind a cursor; the list anew without one.
    fn fetch(self, chat: Chat, token: String, before: Option<ThreadCursor>) {
        if before.is_some() && self.fetching.get_value() {
            return;
        }
        self.requests.update_value(|requests| *requests += 1);
        self.fetching.set_value(true);
        let number = self.requests.get_value();
        let unread = self.unread.get_untracked();
        spawn_local(async move {
            let answer = api::get_threads(&token, unread, before).await;
            if self.requests.try_get_value() != Some(number) {
                return;
            }
            self.fetching.set_value(false);
            self.failed.set(answer.is_err());
            let Ok(page) = answer else { return };
            chat.apply_users(page.users);
            let known = self.threads.get_untracked().unwrap_or_default();
            // What is fetched anew at the beginning leaves what is behind it where it is.
            let rest = page.threads.last().filter(|_| before.is_none() && page.more.is_some());
            let rest = rest.map(|last| behind(key(last), &known)).unwrap_or_default();
            if rest.is_empty() {
                self.more.set(page.more);
            }
            self.threads.set(Some(match before {
                Some(_) => joined(known, page.threads),
                None => joined(page.threads, rest),
            }));
        });
    }
}

#[component]
fn Inbox() -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    chat.open(None);
    let inbox = Threads::new();
    let refresh = Debounce::new();
    effect(move || {
        inbox.unread.track();
        inbox.threads.set(None);
        inbox.fetch(chat, session.token(), None);
    });
    let seen = StoredValue::new(untrack(|| chat.threads_version()));
    effect(move || {
        let version = chat.threads_version();
        if seen.get_value() != version {
            seen.set_value(version);
            refresh.schedule(REFRESH_DELAY, move || {
                if inbox.threads.try_get_untracked().is_some() {
                    inbox.fetch(chat, session.token(), None);
                }
            });
        }
    });
    let scroller = ElementRef::new();
    let on_scroll = move || {
        let near_end = scroller.get_untracked::<Element>().is_some_and(|scroller| {
            scroller.scroll_height() - scroller.scroll_top() - scroller.client_height() < NEAR_END
        });
        let more = || inbox.more.get_untracked().filter(|_| !inbox.failed.get_untracked());
        if let Some(before) = near_end.then(more).flatten() {
            inbox.fetch(chat, session.token(), Some(before));
        }
    };
    // A window may be higher than a part of the list.
    effect(move || {
        inbox.threads.track();
        on_next_frame(on_scroll);
    });
    let empty = move || inbox.threads.with(|threads| threads.as_ref().is_some_and(Vec::is_empty));
    let list = ElementRef::new();
    let keys = move || inbox.threads.with(|threads| threads.iter().flatten().map(key).collect::<Vec<_>>());
    keyed_children(list, keys, |key| *key, move |(id, root)| view! { <Item inbox id root/> }.into_any());
    view! {
        <section class="inbox">
            <header class="header">
                <a href="/" class="icon-button back" data-testid="back" aria-label=t(|l| td_string!(l, conversation.back))>
                    <IconView icon=Icon::Back/>
                </a>
                <div class="header-text">
                    <h1 data-testid="inbox-title">{t(|l| td_string!(l, threads.title))}</h1>
                </div>
            </header>
            <div class="inbox-body" use:capture=scroller on:scroll=on_event(on_scroll)>
                <div class="inbox-content">
                    <div class="tabs" role="group" aria-label=t(|l| td_string!(l, threads.which))>
                        {[(false, "inbox-all"), (true, "inbox-unread")].map(|(unread, testid)| view! {
                            <button
                                type="button"
                                data-testid=testid
                                aria-pressed=bool_attr(move || inbox.unread.get() == unread)
                                on:click=on_event(move || inbox.unread.set(unread))
                            >
                                {t_fmt(move |l| match unread {
                                    false => td_string!(l, threads.all).to_owned(),
                                    true => td_string!(l, threads.unread).to_owned(),
                                })}
                            </button>
                        })}
                    </div>
                    <Show when=inbox.failed>
                        <p class="details-note" role="alert">
                            {t(|l| td_string!(l, threads.failed))} " "
                            <button
                                class="button plain"
                                type="button"
                                on:click=on_event(move || inbox.fetch(chat, session.token(), None))
                            >
                                {t(|l| td_string!(l, conversation.try_again))}
                            </button>
                        </p>
                    </Show>
                    <Show when=move || inbox.threads.with(Option::is_none) && !inbox.failed.get()>
                        <p class="details-note" role="status">{t(|l| td_string!(l, on_demand.loading))}</p>
                    </Show>
                    <ul class="inbox-list" data-testid="inbox" use:capture=list></ul>
                    <Show when=empty>
                        <div class="empty-state small" data-testid="inbox-empty">
                            <IconView icon=Icon::Thread/>
                            <h2>{t_fmt(move |l| match inbox.unread.get() {
                                true => td_string!(l, threads.none_unread).to_owned(),
                                false => td_string!(l, threads.none).to_owned(),
                            })}</h2>
                            <p>{t(|l| td_string!(l, threads.none_hint))}</p>
                        </div>
                    </Show>
                </div>
            </div>
        </section>
    }
}

/// Threads, and behind them those of others that are not among them.
fn joined(mut threads: Vec<FollowedThread>, others: Vec<FollowedThread>) -> Vec<FollowedThread> {
    for other in others {
        if threads.iter().all(|thread| key(thread) != key(&other)) {
            threads.push(other);
        }
    }
    threads
}

/// The threads of a list that are behind one of them.
fn behind(last: (ConversationId, Seq), threads: &[FollowedThread]) -> Vec<FollowedThread> {
    threads.iter().skip_while(|thread| key(thread) != last).skip(1).cloned().collect()
}

fn key(thread: &FollowedThread) -> (ConversationId, Seq) {
    (thread.state.conversation, thread.state.root)
}

/// A thread: of which conversation, what began it, and its last reply.
#[component]
fn Item(inbox: Threads, id: ConversationId, root: Seq) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let thread = memo(move || {
        inbox
            .threads
            .with(|threads| threads.iter().flatten().find(|thread| key(thread) == (id, root)).cloned())
    });
    let of = move |part: fn(&FollowedThread) -> Option<Message>| {
        memo(move || thread.with(|t| t.as_ref().and_then(part)))
    };
    let (first, last) = (of(|thread| Some(thread.root.clone())), of(|thread| thread.last_reply.clone()));
    // The page hears of what is read and written before the list is fetched again.
    let unread = memo(move || {
        let live = chat.state.with(|state| state.thread(id, root).map(|thread| thread.unread));
        live.or_else(|| thread.with(|thread| thread.as_ref().map(|thread| thread.state.unread)))
            .unwrap_or_default()
    });
    let name = use_display_name(id);
    let draft = memo(move || one_line(&chat.draft_text(Scope::of_thread(id, root))));
    let today = memo(move || local_day(chat.now.get()));
    let at = memo(move || last.get().or_else(|| first.get()).map(|message| message.at));
    let time = t_fmt(move |l| at.get().map(|at| dates::list_time(l, at, today.get())).unwrap_or_default());
    let more = t_fmt(move |l| {
        let count = thread.with(|thread| thread.as_ref()?.root.replies.as_ref().map(|replies| replies.count));
        match count {
            Some(count) => t_plural!(l, count, threads.count, count = count),
            None => td_string!(l, threads.no_replies).to_owned(),
        }
    });
    view! {
        <li>
            <a
                class="inbox-item"
                href=thread_path(id, root)
                data-testid="inbox-thread"
                data-unread=bool_attr(move || unread.get() > 0)
            >
                <ConversationAvatar id size=Size::Middle/>
                <span class="inbox-text">
                    <span class="inbox-head">
                        <b dir="auto" data-testid="inbox-conversation">{dynamic(move || name.with(|name| render_isolated(name)))}</b>
                        <time>{time}</time>
                    </span>
                    <span class="inbox-root" dir="auto" data-testid="inbox-root">
                        {dynamic(move || render_isolated(&line(chat, lang.get(), first.get())))}
                    </span>
                    <Show when=move || last.with(Option::is_some)>
                        <span class="inbox-last" dir="auto" data-testid="inbox-last">
                            {dynamic(move || render_isolated(&line(chat, lang.get(), last.get())))}
                        </span>
                    </Show>
                    <Show when=move || !draft.with(String::is_empty)>
                        <span class="inbox-draft" dir="auto" data-testid="inbox-draft">
                            {dynamic(move || draft.with(|draft| draft_line(lang.get(), draft)))}
                        </span>
                    </Show>
                    <span class="inbox-count">
                        {more}
                        <Show when=move || { unread.get() > 0 }>
                            <span class="badge" data-testid="inbox-new">
                                {t_fmt(move |l| td_string!(l, threads.new, count = unread.get()).to_string())}
                            </span>
                        </Show>
                    </span>
                </span>
            </a>
        </li>
    }
}

/// A message in a line: who says what.
fn line(chat: Chat, locale: Locale, message: Option<Message>) -> String {
    let Some(message) = message else { return String::new() };
    let own = chat.me().is_some_and(|me| me.id == message.by);
    let name = match own {
        true => td_string!(locale, timeline.author_you).to_owned(),
        false => chat.person(message.by).as_ref().map(shown_name).unwrap_or_default(),
    };
    td_string!(locale, sidebar.author, name = isolate(&name), text = words(locale, &message)).to_string()
}
