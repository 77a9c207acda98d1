//! The line between the root of a thread and its replies.

use leptos::prelude::*;

use crate::{
    i18n::{plurals::t_plural, t_fmt, td_string},
    state::{Chat, Scope},
    ui::reactive::memo,
};

#[component]
pub(crate) fn ReplyCount(scope: Scope) -> impl IntoView {
    let chat: Chat = expect_context();
    let count = memo(move || {
        chat.state.with(|state| {
            let root = scope.timeline(state).and_then(|timeline| timeline.root());
            root.and_then(|root| root.replies.as_ref()).map_or(0, |replies| replies.count)
        })
    });
    let words = t_fmt(move |l| match count.get() {
        0 => td_string!(l, threads.no_replies).to_owned(),
        count => t_plural!(l, count, threads.count, count = count),
    });
    view! { <div class="reply-count" role="listitem" data-testid="reply-count">{words}</div> }
}
