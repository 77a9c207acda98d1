//! The names of a new group's members, as chips that can be removed.

use leptos::prelude::*;

use web_sys::HtmlInputElement;

use crate::{
    features::people::name_field::NameField,
    i18n::{t, t_fmt, td_string},
    ui::{
        bidi::isolate,
        icon::{Icon, IconView},
        reactive::{ElementRef, on_event},
        show::dynamic,
    },
};

#[component]
pub(crate) fn MemberChips(members: RwSignal<Vec<String>>, text: RwSignal<String>) -> impl IntoView {
    let input = ElementRef::new();
    let add = move |name: String| {
        let name = name.trim().to_owned();
        members.update(|members| {
            if !name.is_empty() && !members.contains(&name) {
                members.push(name);
            }
        });
        text.set(String::new());
        if let Some(input) = input.get_untracked::<HtmlInputElement>() {
            let _ = input.focus();
        }
    };
    view! {
        <ul class="chips" hidden=Signal::derive(move || members.with(Vec::is_empty))>
            {dynamic(move || members.get().into_iter().map(|name| chip(name, members)).collect_view().into_any())}
        </ul>
        <NameField
            id="group-member"
            testid="group-member"
            text
            placeholder=Signal::derive(t(|l| td_string!(l, new.members_hint)).to_owned())
            input
            on_pick=add
            on_enter=Callback::new(move |()| add(text.get_untracked()))
            split=true
            exclude=members
        />
    }
}

fn chip(name: String, members: RwSignal<Vec<String>>) -> impl IntoView {
    let (removed, label) = (name.clone(), isolate(&name));
    view! {
        <li class="chip">
            <span dir="auto">{name}</span>
            <button
                type="button"
                aria-label=t_fmt(move |l| td_string!(l, new.remove_member, name = label.as_str()).to_string())
                on:click=on_event(move || members.update(|members| members.retain(|member| *member != removed)))
            >
                <IconView icon=Icon::Close/>
            </button>
        </li>
    }
}
