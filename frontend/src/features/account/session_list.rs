//! The sessions of a user, and ending them.

use confab_shared::{api::SessionView, id::UserId};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, dates, t, t_fmt, td_string},
    platform::{api, clock::local_day},
    session::use_session,
    state::Chat,
    ui::{
        confirmed::Confirmed,
        icon::{Icon, IconView},
        reactive::{memo, on_event},
        show::{Show, dynamic, optional_attr},
        submission::{FetchError, Submission},
    },
};

/// What is done before the list is fetched.
#[derive(Clone, Copy)]
enum Change {
    Nothing,
    End(u64),
    EndOthers,
    EndAll,
}

type Text = fn(Locale) -> &'static str;

/// The sessions of a user, the last used first.
#[component]
pub(crate) fn SessionList(
    /// The user, for their administration; none for one's own sessions.
    of: Option<UserId>,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let today = memo(move || local_day(chat.now.get()));
    let sessions = RwSignal::new(None::<Vec<SessionView>>);
    let request = Submission::new();
    let run = move |change: Change| {
        let token = session.token();
        request.run(async move {
            match change {
                Change::Nothing => {}
                Change::End(id) => api::accounts::end_session(&token, id).await?,
                Change::EndOthers => api::accounts::end_other_sessions(&token).await?,
                Change::EndAll => api::accounts::end_sessions(&token, of).await?,
            }
            if let (Change::EndAll, None) = (change, of) {
                // The end of the socket may have been faster.
                if session.token() == token {
                    session.sign_out();
                }
                return Ok(());
            }
            let answer = api::accounts::get_sessions(&token, of).await?;
            sessions.try_set(Some(answer.sessions));
            Ok(())
        });
    };
    run(Change::Nothing);
    let own = of.is_none();
    let blocked = request.disabled_or(|| false);
    let (end_all, question): (Text, Text) = match own {
        true => (|l| td_string!(l, devices.end_all), |l| td_string!(l, devices.end_all_question)),
        false => (|l| td_string!(l, people.end_sessions), |l| td_string!(l, people.end_sessions_question)),
    };
    let is_loading = move || sessions.with(|sessions| sessions.is_none().then_some("true"));
    let is_any = move || sessions.with(|sessions| sessions.as_ref().is_some_and(|s| !s.is_empty()));
    let has_others =
        move || own && sessions.with(|sessions| sessions.iter().flatten().any(|session| !session.current));
    view! {
        <Show when=move || sessions.with(|sessions| sessions.as_ref().is_some_and(Vec::is_empty))>
            <p class="dialog-text">{t(|l| td_string!(l, devices.none))}</p>
        </Show>
        <ul class="entries" data-testid="sessions" aria-busy=optional_attr(is_loading)>
            {dynamic(move || {
                let sessions = sessions.get().unwrap_or_default().into_iter();
                let end = own.then_some(Callback::new(move |id| run(Change::End(id))));
                sessions.map(|session| entry(session, today, end, blocked)).collect_view().into_any()
            })}
        </ul>
        <FetchError request on_retry=move |()| run(Change::Nothing)/>
        <Show when=has_others>
            <Confirmed
                label=|l| td_string!(l, devices.end_others)
                question=|l| td_string!(l, devices.end_others_question)
                testid="end-others"
                disabled=blocked
                on_confirm=move |()| run(Change::EndOthers)
            />
        </Show>
        <Show when=is_any>
            <Confirmed
                label=end_all
                question
                testid="end-all"
                disabled=blocked
                on_confirm=move |()| run(Change::EndAll)
            />
        </Show>
    }
}

/// A session, with a button that ends it where it is another one of one's own.
fn entry(
    session: SessionView,
    today: Memo<u64>,
    end: Option<Callback<u64>>,
    blocked: Signal<bool>,
) -> AnyView {
    let (id, current, browser) = (session.id, session.current, session.browser.clone());
    let facts = t_fmt(move |l| facts(l, &session, today.get()));
    let name = t_fmt(move |l| match &browser {
        Some(browser) => browser.clone(),
        None => td_string!(l, devices.unknown).to_owned(),
    });
    let mark =
        current.then(|| view! { <span class="tag good">{t(|l| td_string!(l, devices.current))}</span> });
    let button = end.filter(|_| !current).map(|end| {
        view! {
            <button
                class="icon-button"
                type="button"
                data-testid="end-session"
                disabled=blocked
                title=t(|l| td_string!(l, devices.end))
                aria-label=t(|l| td_string!(l, devices.end))
                on:click=on_event(move || end.run(id))
            >
                <IconView icon=Icon::Leave/>
            </button>
        }
    });
    view! {
        <li class="entry" data-testid="session" data-current=current.then_some("true")>
            <span class="entry-text">
                <b>{name}</b>
                <span>{facts}</span>
            </span>
            {mark}
            {button}
        </li>
    }
    .into_any()
}

/// Where and when a session was last used.
fn facts(locale: Locale, session: &SessionView, today: u64) -> String {
    let when = dates::list_time(locale, session.last_used, today);
    let used = td_string!(locale, devices.last_used, when = when).to_string();
    session.address.iter().cloned().chain([used]).collect::<Vec<_>>().join(" · ")
}
