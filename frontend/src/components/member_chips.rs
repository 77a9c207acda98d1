//! Names, each in a chip that can be taken away again.

use leptos::prelude::*;

use web_sys::HtmlInputElement;

use crate::{
    bidi::isolated,
    components::when::shown,
    components::{
        icon::{Draw, Icon},
        suggestions::NameField,
    },
    i18n::{say, td_string, tell},
    reactive::{Slot, press},
};

#[component]
pub(crate) fn MemberChips(members: RwSignal<Vec<String>>, text: RwSignal<String>) -> impl IntoView {
    let input = Slot::new();
    let add = move |name: String| {
        let name = name.trim().to_owned();
        members.update(|members| {
            if !name.is_empty() && !members.contains(&name) {
                members.push(name);
            }
        });
        text.set(String::new());
        if let Some(input) = input.now::<HtmlInputElement>() {
            let _ = input.focus();
        }
    };
    view! {
        <ul class="chips" hidden=Signal::derive(move || members.with(Vec::is_empty))>
            {shown(move || members.get().into_iter().map(|name| chip(name, members)).collect_view().into_any())}
        </ul>
        <NameField
            id="group-member"
            testid="group-member"
            text
            placeholder=Signal::derive(say(|l| td_string!(l, new.members_hint)).to_owned())
            input
            picked=add
            entered=Callback::new(move |()| add(text.get_untracked()))
            commas=true
            without=members
        />
    }
}

fn chip(name: String, members: RwSignal<Vec<String>>) -> impl IntoView {
    let (removed, label) = (name.clone(), isolated(&name));
    view! {
        <li class="chip">
            <span dir="auto">{name}</span>
            <button
                type="button"
                aria-label=tell(move |l| td_string!(l, new.remove_member, name = label.as_str()).to_string())
                on:click=press(move || members.update(|members| members.retain(|held| *held != removed)))
            >
                <Draw icon=Icon::Close/>
            </button>
        </li>
    }
}
