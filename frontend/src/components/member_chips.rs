//! Names, each in a chip that can be taken away again.

use leptos::{html, prelude::*};

use crate::{
    components::{
        icon::{Draw, Icon},
        suggestions::NameField,
    },
    i18n::{say, td_string, tell},
};

#[component]
pub(crate) fn MemberChips(members: RwSignal<Vec<String>>, text: RwSignal<String>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let add = move |name: String| {
        let name = name.trim().to_owned();
        members.update(|members| {
            if !name.is_empty() && !members.contains(&name) {
                members.push(name);
            }
        });
        text.set(String::new());
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
        }
    };
    let remove = move |name: &str| members.update(|members| members.retain(|held| held != name));
    view! {
        <ul class="chips" hidden=move || members.with(Vec::is_empty)>
            <For each=move || members.get() key=Clone::clone let:name>
                {
                    let gone = name.clone();
                    let told = name.clone();
                    view! {
                        <li class="chip">
                            <span>{name}</span>
                            <button
                                type="button"
                                aria-label=tell(move |l| td_string!(l, new.remove_member, name = told.as_str()).to_string())
                                on:click=move |_| remove(&gone)
                            >
                                <Draw icon=Icon::Close/>
                            </button>
                        </li>
                    }
                }
            </For>
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
