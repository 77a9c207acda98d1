//! The filters of a search as chips in its field.

use leptos::prelude::*;

use super::{
    focus::focus_field_end,
    labels::filter_label,
    query::{Filter, Query},
    searching::Search,
};
use crate::{
    i18n::{t, td_string, use_language},
    ui::{
        bidi::render_isolated,
        icon::{Icon, IconView},
        reactive::{memo, on_event},
        show::{Show, dynamic},
    },
};

/// The filters, each to be turned into its opposite or removed.
#[component]
pub(super) fn Chips(search: Search) -> impl IntoView {
    let lang = use_language();
    let filters = memo(move || search.query.with(|query| query.filters.clone()));
    view! {
        <Show when=move || !filters.with(Vec::is_empty)>
            <ul class="search-chips" aria-label=t(|l| td_string!(l, search.filters))>
                {dynamic(move || {
                    let chip = |(index, filter)| {
                        let filter: Filter = filter;
                        let label = filter_label(lang.get(), search.chat, &filter);
                        let plain: String = label.chars().filter(|c| !matches!(c, '\u{2068}' | '\u{2069}')).collect();
                        let remove = td_string!(lang.get(), search.remove_filter, filter = plain).to_string();
                        let change = move |change: fn(&Query, usize) -> Query| {
                            search.query.update(|query| *query = change(query, index));
                            focus_field_end();
                        };
                        view! {
                            <li class="search-chip" class:negated=filter.negated data-testid="search-chip" data-filter=filter.source.clone()>
                                <button
                                    type="button"
                                    aria-pressed=if filter.negated { "true" } else { "false" }
                                    title=t(|l| td_string!(l, search.negate))
                                    on:click=on_event(move || change(Query::negated))
                                >
                                    {render_isolated(&label)}
                                </button>
                                <button
                                    class="search-chip-remove"
                                    type="button"
                                    aria-label=remove
                                    on:click=on_event(move || change(Query::without))
                                >
                                    <IconView icon=Icon::Close/>
                                </button>
                            </li>
                        }
                    };
                    filters.get().into_iter().enumerate().map(chip).collect_view().into_any()
                })}
            </ul>
        </Show>
    }
}
