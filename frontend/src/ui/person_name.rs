//! What is shown of a user. Several users may be shown the same, so the unique name stands beside it wherever one decides with
//! whom one deals.

use confab_shared::user::User;
use leptos::prelude::*;

use super::bidi::{isolate, strip_direction_controls};

/// What is shown of a user.
pub(crate) fn shown_name(user: &User) -> String {
    strip_direction_controls(user.shown_name())
}

/// The unique name, as a mention has it, where something else is shown.
pub(crate) fn unique_name(user: &User) -> Option<String> {
    (user.shown_name() != user.name.as_str()).then(|| format!("@{}", user.name))
}

/// A user in a sentence, with the unique name where something else is shown.
pub(crate) fn name_with_unique(user: &User) -> String {
    match unique_name(user) {
        Some(unique) => format!("{} ({})", isolate(user.shown_name()), isolate(&unique)),
        None => isolate(user.shown_name()),
    }
}

/// The view of a user in a list: what is shown, and behind it the unique name where that is something else.
pub(crate) fn person_name(user: &User) -> AnyView {
    name_beside_unique(shown_name(user).into_any(), unique_name(user))
}

/// What is shown of a user, and behind it the unique name, if any: where there is no room for both, what is shown is cut.
pub(crate) fn name_beside_unique(shown: AnyView, unique: Option<String>) -> AnyView {
    match unique {
        Some(unique) => {
            let unique = unique_name_view(unique);
            view! { <span class="person-name"><span class="shown-name">{shown}</span>{unique}</span> }
                .into_any()
        }
        None => shown,
    }
}

/// The view of a unique name beside what is shown.
pub(crate) fn unique_name_view(unique: String) -> impl IntoView {
    view! { " " <small class="unique-name" dir="auto" data-testid="unique-name">{unique}</small> }
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        id::UserId,
        text::{DisplayName, UserName},
    };

    use super::*;

    fn user(display_name: Option<&str>) -> User {
        let user = User::new(UserId(1), UserName::new("mei").expect("a name"));
        User { display_name: display_name.map(DisplayName::existing), ..user }
    }

    #[test]
    fn the_unique_name_stands_beside_what_is_shown_in_its_place() {
        assert_eq!(unique_name(&user(Some("Mei Ling"))).as_deref(), Some("@mei"));
        assert_eq!(unique_name(&user(None)), None);
        assert_eq!(unique_name(&user(Some("mei"))), None);
        let sentence = name_with_unique(&user(Some("Mei\u{202e}")));
        assert_eq!(sentence, "\u{2068}Mei\u{2069} (\u{2068}@mei\u{2069})");
    }
}
