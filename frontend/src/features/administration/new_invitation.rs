//! The form that makes an invitation, and the link that it makes.

use std::collections::BTreeSet;

use confab_shared::{
    api::{MAX_INVITATION_GROUPS, MAX_INVITATION_USES, NewInvitation},
    conversation::ConversationKind,
    id::ConversationId,
    user::ServerRole,
};
use leptos::{ev::SubmitEvent, prelude::*};
use web_sys::{Event, HtmlInputElement};

use super::{rights::invited_roles, role_select::RoleSelect};
use crate::{
    features::conversations::summary::ConversationSummary,
    i18n::{Locale, t, t_fmt, td_string, use_language},
    platform::{api, browser::on_next_frame, clipboard},
    session::use_session,
    state::Chat,
    ui::{
        bidi::strip_direction_controls,
        form_error::{FormErrorText, clear},
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, dynamic},
        submission::Submission,
    },
};

/// How long an invitation holds, in seconds, and what that is called.
type Life = (u64, fn(Locale) -> &'static str);

/// How long an invitation may hold, in seconds, and its words: an hour, a day, a week, thirty days.
static LIVES: [Life; 4] = [
    (60 * 60, |l| td_string!(l, invitations.hour)),
    (24 * 60 * 60, |l| td_string!(l, invitations.day)),
    (7 * 24 * 60 * 60, |l| td_string!(l, invitations.week)),
    (30 * 24 * 60 * 60, |l| td_string!(l, invitations.month)),
];

/// The life that is chosen at first.
const USUAL_LIFE: usize = 2;

/// A form for the roles that somebody may invite people as.
#[component]
pub(super) fn NewInvitationForm(role: ServerRole, on_made: Callback<()>) -> impl IntoView {
    let session = use_session();
    let roles = invited_roles(role);
    let invited = RwSignal::new(roles.first().copied().unwrap_or(ServerRole::Guest));
    let uses = RwSignal::new("1".to_owned());
    let life = RwSignal::new(LIVES[USUAL_LIFE].0);
    let groups = RwSignal::new(BTreeSet::<ConversationId>::new());
    let link = RwSignal::new(None::<String>);
    let form = Submission::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(uses) = uses.with_untracked(|uses| uses_of(uses)) else { return };
        let invitation = NewInvitation {
            role: invited.get_untracked(),
            uses,
            expires_in: life.get_untracked(),
            groups: groups.with_untracked(|groups| groups.iter().copied().collect()),
        };
        let token = session.token();
        form.run(async move {
            let created = api::accounts::create_invitation(&token, &invitation).await?;
            link.try_set(Some(created.url));
            on_made.try_run(());
            Ok(())
        });
    };
    view! {
        <form class="invite" on:submit=submit novalidate>
            <div class="invite-fields">
                <div><RoleSelect id="invitation-role" roles value=invited/></div>
                <div>
                    <label class="label" for="invitation-uses">{t(|l| td_string!(l, invitations.uses))}</label>
                    <input
                        id="invitation-uses"
                        class="field"
                        data-testid="invitation-uses"
                        type="number"
                        min="1"
                        max=MAX_INVITATION_USES.to_string()
                        inputmode="numeric"
                        bind:value=uses
                        on:input=on_event(move || clear(form.error))
                    />
                </div>
                <div><LifeSelect value=life/></div>
            </div>
            <GroupChoice chosen=groups/>
            <FormErrorText error=form.error testid="invitation-error"/>
            <button
                class="button"
                type="submit"
                data-testid="invite"
                disabled=form.disabled_or(move || uses.with(|uses| uses_of(uses).is_none()))
            >
                {t(|l| td_string!(l, invitations.make))}
            </button>
        </form>
        <Show when=move || link.with(Option::is_some)>
            <Link link/>
        </Show>
    }
}

/// The number of people that was typed, where an invitation may bring so many.
fn uses_of(typed: &str) -> Option<u32> {
    typed.trim().parse().ok().filter(|uses| (1..=MAX_INVITATION_USES).contains(uses))
}

#[component]
fn LifeSelect(value: RwSignal<u64>) -> impl IntoView {
    let options = LIVES.iter().enumerate().map(|(index, (seconds, words))| {
        view! { <option value=seconds.to_string() selected=index == USUAL_LIFE>{t(*words)}</option> }
    });
    let choose = move |event: Event| {
        if let Ok(seconds) = event_target_value(&event).parse() {
            value.set(seconds);
        }
    };
    view! {
        <label class="label" for="invitation-life">{t(|l| td_string!(l, invitations.life))}</label>
        <select id="invitation-life" class="field" data-testid="invitation-life" on:change=choose>
            {options.collect_view()}
        </select>
    }
}

/// The groups of the one who invites, to join at once.
#[component]
fn GroupChoice(chosen: RwSignal<BTreeSet<ConversationId>>) -> impl IntoView {
    let chat: Chat = expect_context();
    let groups = memo(move || {
        chat.state.with(|state| {
            let groups = state.list().into_iter().filter(|c| c.kind == ConversationKind::Group);
            // In an order of their own: activity moves no box.
            groups.map(|group| group.id).collect::<BTreeSet<_>>()
        })
    });
    let full = memo(move || chosen.with(|chosen| chosen.len() >= MAX_INVITATION_GROUPS));
    view! {
        <Show when=move || !groups.with(BTreeSet::is_empty)>
            <fieldset class="choices">
                <legend class="label">{t(|l| td_string!(l, invitations.groups))}</legend>
                {dynamic(move || groups.get().into_iter().map(|id| group(id, chosen, full)).collect_view().into_any())}
            </fieldset>
        </Show>
    }
}

fn group(id: ConversationId, chosen: RwSignal<BTreeSet<ConversationId>>, full: Memo<bool>) -> AnyView {
    let chat: Chat = expect_context();
    let lang = use_language();
    let name = memo(move || {
        let title = chat.state.with(|state| ConversationSummary::name(state, id));
        let unnamed = || td_string!(lang.get(), conversation.unnamed).to_owned();
        title.as_deref().map_or_else(unnamed, strip_direction_controls)
    });
    let is_chosen = memo(move || chosen.with(|chosen| chosen.contains(&id)));
    let toggle = move |event: Event| {
        let on = event_target_checked(&event);
        chosen.update(|chosen| {
            if on {
                chosen.insert(id);
            } else {
                chosen.remove(&id);
            }
        });
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                data-testid="invitation-group"
                prop:checked=is_chosen
                disabled=Signal::derive(move || full.get() && !is_chosen.get())
                on:change=toggle
            />
            <span dir="auto">{name}</span>
        </label>
    }
    .into_any()
}

/// The link of a new invitation, selected, with a button that copies it.
#[component]
fn Link(link: RwSignal<Option<String>>) -> impl IntoView {
    let input = ElementRef::new();
    let url = memo(move || link.get().unwrap_or_default());
    effect(move || {
        url.track();
        if let Some(input) = input.get::<HtmlInputElement>() {
            on_next_frame(move || input.select());
        }
    });
    let copied = RwSignal::new(None::<String>);
    let copy = move || {
        let url = url.get_untracked();
        clipboard::copy(&url);
        copied.set(Some(url));
    };
    let label = t_fmt(move |l| {
        match copied.with(|copied| copied.as_ref() == Some(&url.get())) {
            true => td_string!(l, invitations.copied),
            false => td_string!(l, invitations.copy),
        }
        .to_owned()
    });
    view! {
        <div class="invite-link" role="status">
            <p class="details-note">{t(|l| td_string!(l, invitations.link))}</p>
            <div class="field-with-button">
                <input
                    class="field"
                    type="text"
                    readonly=true
                    data-testid="invitation-link"
                    aria-label=t(|l| td_string!(l, invitations.link_label))
                    use:capture=input
                    prop:value=url
                />
                <button class="button" type="button" data-testid="copy-link" on:click=on_event(copy)>
                    <IconView icon=Icon::Copy/>
                    {label}
                </button>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::api::MAX_INVITATION_SECONDS;

    use super::*;

    #[test]
    fn an_invitation_brings_as_many_as_are_typed() {
        assert_eq!(uses_of(" 25 "), Some(25));
        assert_eq!(uses_of("1000"), Some(MAX_INVITATION_USES));
        for wrong in ["", "0", "-1", "1001", "many", "1.5"] {
            assert_eq!(uses_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_invitation_holds_no_longer_than_the_server_allows() {
        assert!(LIVES.iter().all(|(seconds, _)| (60..=MAX_INVITATION_SECONDS).contains(seconds)));
        assert!(USUAL_LIFE < LIVES.len());
    }
}
