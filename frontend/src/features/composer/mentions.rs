//! Who is completed behind an `@`: the members of the conversation, of whom those who wrote last come first, and in a group
//! then others of the server whom the user can find.

use std::collections::HashSet;

use confab_shared::{
    api::MAX_MEMBERS_PER_PAGE,
    conversation::ConversationKind,
    id::{ConversationId, UserId},
    item::Item,
    mentions::{ALL, HERE},
    state::State,
    text::UserName,
    user::User,
};
use leptos::{prelude::*, task::spawn_local};

use super::completion::{Candidate, Note};
use crate::{
    features::{
        message_text::{may_mention_all, may_mention_online},
        people::SEARCH_DELAY,
    },
    i18n::collation::fold,
    platform::api,
    session::use_session,
    state::{Chat, Scope},
    ui::{
        initials::hue,
        person_name::{shown_name, unique_name},
        reactive::{Debounce, effect, memo},
    },
};

/// How many people are offered.
const MAX_OFFERED: usize = 10;

/// How many of the newest items are looked at for who wrote last.
const MAX_RECENT_ITEMS: usize = 200;

/// The people whom the server named.
#[derive(Clone, Copy)]
struct Found {
    /// The members, as many as one page may have.
    members: RwSignal<Vec<User>>,
    /// Further members whose names begin with what is typed.
    searched: RwSignal<Vec<User>>,
    /// Users whose names begin so, members or not.
    others: RwSignal<Vec<User>>,
}

/// The people who complete what is typed, while that is the beginning of a mention.
pub(super) fn people(chat: Chat, scope: Scope, query: Memo<Option<String>>) -> Memo<Vec<Candidate>> {
    let id = scope.id;
    let found = fetch_people(chat, id, query);
    memo(move || {
        let Some(query) = query.get() else { return Vec::new() };
        let (members, searched, others) = (found.members.get(), found.searched.get(), found.others.get());
        chat.state.with(|state| {
            let me = state.me().map(|me| me.id);
            let kind = state.conversation(id).map(|conversation| conversation.kind);
            let recent = recent_authors(state, scope);
            // Where the members may not be listed, those who wrote are known.
            let authors = recent.iter().filter_map(|author| state.user(*author)).cloned();
            let mut known: Vec<User> = members.into_iter().chain(searched).collect();
            if kind == Some(ConversationKind::Broadcast) {
                known.extend(authors);
            }
            let people = People { members: known, others, me, recent };
            let mut offered = people.offered(&fold(&query), fold);
            let typed = fold(&query);
            let words = [
                (HERE, Note::OnlineMembers, may_mention_online(state, scope)),
                (ALL, Note::AllMembers, may_mention_all(state, scope)),
            ];
            let words = words.into_iter().filter(|(word, _, may)| *may && word.starts_with(&typed));
            let words: Vec<_> = words.map(|(word, note, _)| of_word(word, note)).collect();
            // Behind the people, and in view.
            offered.truncate(MAX_OFFERED - words.len());
            offered.extend(words);
            offered
        })
    })
}

/// Whether a text mentions many by a word, where that is allowed. `is_in_code` decides whether a place in it, in bytes, is in
/// code.
pub(super) fn mentions_word(word: &str, text: &str, is_in_code: impl Fn(&str, usize) -> bool) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(['@', '＠']).any(|(at, sign)| {
        let (before, behind) = (text.get(..at), text.get(at + sign.len()..).unwrap_or_default());
        let is_address = before.and_then(|before| before.chars().next_back()).is_some_and(ends_in_word);
        let name: String = behind.chars().take_while(|c| is_word(*c)).collect();
        !is_address && name.eq_ignore_ascii_case(word) && !is_in_code(text, at)
    })
}

/// The completion of a word that mentions many.
fn of_word(word: &str, note: Note) -> Candidate {
    let text = format!("@{word}");
    Candidate { label: text.clone(), text, detail: None, hue: 1, note: Some(note) }
}

/// Fetches the members when something is to be completed, and who else is called so whenever that changes.
fn fetch_people(chat: Chat, id: ConversationId, query: Memo<Option<String>>) -> Found {
    let session = use_session();
    let found = Found {
        members: RwSignal::new(Vec::new()),
        searched: RwSignal::new(Vec::new()),
        others: RwSignal::new(Vec::new()),
    };
    let are_more = RwSignal::new(false);
    let is_open = memo(move || query.with(Option::is_some));
    effect(move || {
        if !is_open.get() {
            return;
        }
        spawn_local(async move {
            let answer = api::get_members(&session.token(), id, None, "", MAX_MEMBERS_PER_PAGE).await;
            if let Ok(page) = answer {
                are_more.try_set(page.more);
                found.members.try_set(page.users);
            }
        });
    });
    let debounce = Debounce::new();
    effect(move || {
        let Some(prefix) = query.get().filter(|query| !query.is_empty()) else {
            debounce.cancel();
            return found.others.set(Vec::new());
        };
        let kind = chat.state.with_untracked(|state| state.conversation(id).map(|c| c.kind));
        // A pair stays a pair.
        if kind == Some(ConversationKind::Direct) {
            return;
        }
        debounce.schedule(SEARCH_DELAY, move || {
            spawn_local(async move {
                let is_wanted = || query.try_get_untracked().flatten().as_ref() == Some(&prefix);
                let others = api::find_users(&session.token(), &prefix).await;
                if let Ok(others) = others.map(|found| found.users)
                    && is_wanted()
                {
                    // All users are members of the conversation of all.
                    let everyone = kind == Some(ConversationKind::Broadcast);
                    let list = if everyone { found.searched } else { found.others };
                    list.set(others);
                }
                if kind == Some(ConversationKind::Group) && are_more.try_get_untracked() == Some(true) {
                    let page = api::get_members(&session.token(), id, None, &prefix, MAX_OFFERED).await;
                    if let Ok(page) = page
                        && is_wanted()
                    {
                        found.searched.set(page.users);
                    }
                }
            });
        });
    });
    found
}

/// The mention that is being typed at the end of a text: where its sign begins, and where what follows the sign does. What it
/// takes for a name is about what the server does, without its tables: it decides only whether something is offered.
pub(super) fn typed_at_end(text: &str) -> Option<(usize, usize)> {
    let (sign_at, sign) = text.rmatch_indices(['@', '＠']).next()?;
    let name_at = sign_at + sign.len();
    let (before, name) = (text.get(..sign_at)?, text.get(name_at..)?);
    let is_address = before.chars().next_back().is_some_and(ends_in_word);
    let may_be_name = name.chars().count() <= UserName::MAX_CHARS && name.chars().all(may_be_in_name);
    (may_be_name && !is_address).then_some((sign_at, name_at))
}

/// Whether a sign behind this character belongs to an address: behind a letter of a script with spaces, or what joins two.
fn ends_in_word(c: char) -> bool {
    let is_unspaced = matches!(c, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..);
    matches!(c, '-' | '_' | '.') || c.is_alphanumeric() && !is_unspaced
}

fn may_be_in_name(c: char) -> bool {
    match c {
        '-' | '_' | '.' | '\u{200c}' | '\u{200d}' => true,
        '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' => false,
        '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' => false,
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        _ => !c.is_whitespace() && !c.is_control(),
    }
}

/// The authors of the newest messages that are cached, the last one first, each once.
fn recent_authors(state: &State, scope: Scope) -> Vec<UserId> {
    let items = scope.timeline(state).into_iter().flat_map(|timeline| timeline.items().rev());
    let mut seen = HashSet::new();
    let authors = items.take(MAX_RECENT_ITEMS).filter_map(Item::message).map(|message| message.by);
    authors.filter(|author| seen.insert(*author)).collect()
}

/// The people who may be meant.
struct People {
    members: Vec<User>,
    others: Vec<User>,
    me: Option<UserId>,
    /// Those who wrote last, the last one first.
    recent: Vec<UserId>,
}

impl People {
    /// Those who are called so, by their folded names: the members first; and of them those whose names begin so, then
    /// those who wrote last.
    fn offered(self, query: &str, fold: impl Fn(&str) -> String) -> Vec<Candidate> {
        let mut seen: HashSet<UserId> = self.me.into_iter().collect();
        let mut ranked = Vec::new();
        let all = self.members.iter().map(|user| (user, true)).chain(self.others.iter().map(|u| (u, false)));
        for (user, is_member) in all {
            if seen.insert(user.id)
                && let Some(rank) = rank(user, query, &fold)
            {
                let place = self.recent.iter().position(|author| *author == user.id);
                ranked.push((!is_member, rank, place.unwrap_or(usize::MAX), user));
            }
        }
        ranked.sort_by_key(|(is_other, rank, place, _)| (*is_other, *rank, *place));
        let candidate = |(is_other, _, _, user): (bool, _, _, &User)| Candidate {
            text: format!("@{}", user.name),
            label: shown_name(user),
            detail: unique_name(user),
            hue: hue(user.name.as_str()),
            note: is_other.then_some(Note::NoMember),
        };
        ranked.into_iter().take(MAX_OFFERED).map(candidate).collect()
    }
}

/// How well a user is called so; none where they are not. The least is best.
fn rank(user: &User, query: &str, fold: impl Fn(&str) -> String) -> Option<u8> {
    let names = [fold(user.name.as_str()), fold(user.shown_name())];
    let begins = |name: &String| name.starts_with(query);
    let in_word = |name: &String| {
        name.split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '_'))
            .any(|word| word.starts_with(query))
    };
    // Words of scripts such as Chinese have no beginnings that could be seen.
    let is_unspaced = query.chars().any(|c| c >= '\u{2e80}');
    if names.iter().any(begins) {
        Some(0)
    } else if names.iter().any(in_word) {
        Some(1)
    } else if is_unspaced && names.iter().any(|name| name.contains(query)) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use confab_shared::{markdown::is_in_code, text::DisplayName};

    use super::*;

    fn user(id: u64, name: &str, display_name: &str) -> User {
        let user = User::new(UserId(id), UserName::new(name).expect("a name"));
        let shown = (!display_name.is_empty()).then(|| DisplayName::existing(display_name));
        User { display_name: shown, ..user }
    }

    fn offered(query: &str) -> Vec<String> {
        let people = People {
            members: vec![
                user(1, "me", ""),
                user(2, "ada", "Ada Byron"),
                user(3, "ben", ""),
                user(4, "bea", "李小龙"),
                user(5, "anna-byrd", ""),
            ],
            others: vec![user(6, "bert", ""), user(3, "ben", "")],
            me: Some(UserId(1)),
            recent: vec![UserId(4), UserId(1), UserId(2)],
        };
        people.offered(query, str::to_lowercase).into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn a_mention_that_is_being_typed_begins_at_the_last_sign() {
        let typed = |text: &'static str| typed_at_end(text).and_then(|(_, name)| text.get(name..));
        for (text, name) in [
            ("@", Some("")),
            ("hi @be", Some("be")),
            ("你好＠李", Some("李")),
            ("请@李雷", Some("李雷")),
            ("@ada @b", Some("b")),
            ("@zoe.x-", Some("zoe.x-")),
            ("(@b", Some("b")),
            ("mail@bob", None),
            ("a.@bob", None),
            ("@bob ", None),
            ("@bob，", None),
            ("no sign", None),
            ("@abcdefghijklmnopqrstuvwxyzabcdefg", None),
        ] {
            assert_eq!(typed(text), name, "{text}");
        }
    }

    #[test]
    fn a_mention_of_all_is_a_word_of_its_own() {
        for text in ["@everyone", "hi ＠Everyone!", "好@everyone"] {
            assert!(mentions_word(ALL, text, is_in_code), "{text}");
        }
        for text in ["everyone", "@everyone2", "mail@everyone", "@every one", "`@everyone`"] {
            assert!(!mentions_word(ALL, text, is_in_code), "{text}");
        }
        assert!(
            mentions_word(HERE, "tea, @Here?", is_in_code) && !mentions_word(HERE, "@hereby", is_in_code)
        );
    }

    #[test]
    fn members_come_first_and_of_them_those_who_wrote_last() {
        assert_eq!(offered(""), ["@bea", "@ada", "@ben", "@anna-byrd", "@bert"]);
        assert_eq!(offered("b"), ["@bea", "@ben", "@ada", "@anna-byrd", "@bert"]);
    }

    #[test]
    fn both_names_and_any_part_of_a_chinese_one_are_found() {
        assert_eq!(offered("by"), ["@ada", "@anna-byrd"]);
        assert_eq!(offered("小"), ["@bea"]);
        assert_eq!(offered("李"), ["@bea"]);
        assert!(offered("da").is_empty(), "within a word of letters is no match");
        assert!(offered("me").is_empty(), "nobody mentions themselves");
    }
}
