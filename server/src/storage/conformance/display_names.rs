//! Display names.

use confab_shared::{
    id::UserId,
    text::{DisplayName, UserName},
    user::{ServerRole, User},
};

use super::{
    accounts::{account, created, made},
    users::{sign_in, signed_in},
    world::{Backend, World},
};
use crate::{
    domain::{listing::ListRange, sign_in::UserKind},
    storage::{
        EVERYONE, MemberQuery, NewDisplayName, Range, SignInOutcome,
        accounts::{NewAccount, NewAccountOutcome},
    },
};

fn shown(user: &User) -> &str {
    user.shown_name()
}

async fn by_prefix<B: Backend>(world: &World<B>, prefix: &str, limit: usize) -> Vec<String> {
    let found = world.storage().users_by_prefix(prefix, limit).await.unwrap();
    found.iter().map(|user| user.name.to_string()).collect()
}

pub async fn a_display_name_is_kept_in_all_that_names_its_user<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    let direct = world.direct(&mei, &ada).await;
    let seq = world.post(&mei, direct, "hello").await.seq;
    let token = sign_in("mei", None, 1);
    let token = (signed_in(&world, token.clone()).await, token.token).1;
    assert_eq!(mei.display_name, None);
    let mei = world.set_display_name(&mei, "Mei Ling").await.unwrap();
    assert_eq!((mei.name.as_str(), shown(&mei)), ("mei", "Mei Ling"));
    let mut world = world.reopened().await;
    let storage = world.storage();
    assert_eq!(storage.user("mei").await.unwrap().unwrap().user, mei);
    assert_eq!(storage.session(token).await.unwrap().unwrap().0, mei);
    assert_eq!(storage.account(mei.id).await.unwrap().unwrap().user, mei);
    assert_eq!(signed_in(&world, sign_in("mei", Some(1), 2)).await, SignInOutcome::Returned(mei.clone()));
    let (_, listed) = storage.conversations(ada.id, ListRange::All).await.unwrap();
    let (_, viewed) = storage.conversation(ada.id, direct).await.unwrap().unwrap();
    let query = MemberQuery { limit: 9, ..MemberQuery::default() };
    let members = storage.members(ada.id, direct, query).await.unwrap().unwrap().members;
    let events = storage.events(ada.id, direct, Range::Newest, 9).await.unwrap().unwrap();
    let messages = storage.messages(ada.id, direct, Range::Around(seq), 9).await.unwrap().unwrap();
    let peers = storage.direct_peers(ada.id).await.unwrap();
    for users in [
        listed,
        viewed.into_iter().map(|known| known.user).collect(),
        members.into_iter().map(|member| member.known.user).collect(),
        events.users,
        messages.users,
        peers.into_iter().map(|(known, _)| known.user).collect(),
    ] {
        assert!(users.contains(&mei), "{users:?}");
    }
    world.group(&ada, "trip", &[&mei]).await;
    let published = format!("{:?}", world.take_published().await);
    assert!(published.contains("Mei Ling"), "an event that names her: {published}");
    let mei = world.set_display_name(&mei, "").await.unwrap();
    let world = world.reopened().await;
    assert_eq!(world.user("mei").await, User::new(mei.id, mei.name));
}

pub async fn a_display_name_looks_like_no_other_users_name<B: Backend>() {
    let world = World::<B>::new().await;
    let (mei, ada) = (world.user("mei").await, world.user("ada").await);
    world.user_of(UserKind::Awaited, "later").await;
    assert!(world.set_display_name(&ada, "Ada L").await.is_some());
    for taken in ["Mei", "rnei", "(mei)", "mei\u{307}", "mei!"] {
        assert_eq!(world.set_display_name(&ada, taken).await, None, "{taken}");
    }
    assert_eq!(shown(&world.user("ada").await), "Ada L", "nothing changed");
    assert!(world.set_display_name(&mei, "MEI").await.is_some(), "her own");
    assert!(world.set_display_name(&mei, "Mei ✓").await.is_some(), "her own");
    assert!(world.set_display_name(&mei, "Ada L").await.is_some(), "two may have the same");
    assert!(world.set_display_name(&mei, "Later").await.is_some(), "nobody has come under it");
    // A display name is nobody's alone: it keeps nobody from a name.
    assert!(matches!(signed_in(&world, sign_in("later", None, 1)).await, SignInOutcome::Claimed(_)));
}

pub async fn people_are_found_and_listed_by_what_is_shown<B: Backend>() {
    let mut world = World::<B>::new().await;
    let mut users = Vec::new();
    for name in ["mei", "ada", "li", "adam", "zoe"] {
        users.push(world.user(name).await);
    }
    world.set_display_name(&users[0], "Adele").await.unwrap();
    world.set_display_name(&users[1], "Zz Top").await.unwrap();
    world.set_display_name(&users[4], "ADELE").await.unwrap();
    for (prefix, limit, found) in [
        ("ad", 9, "ada adam mei zoe"),
        ("ad", 3, "ada adam mei"),
        ("ad", 1, "ada"),
        ("adele", 9, "mei zoe"),
        ("mei", 9, "mei"),
        ("z", 9, "zoe ada"),
    ] {
        assert_eq!(by_prefix(&world, prefix, limit).await.join(" "), found, "{prefix}");
    }
    let trip = world.group(&users[0], "trip", &[&users[1], &users[2], &users[3], &users[4]]).await;
    for id in [trip, EVERYONE] {
        let of = async |after: &str, prefix: &str, limit| {
            let query =
                MemberQuery { after: after.to_owned(), after_shown: None, prefix: prefix.to_owned(), limit };
            let run = world.storage().members(users[2].id, id, query).await.unwrap().unwrap();
            let names = run.members.iter().map(|member| member.known.user.name.to_string());
            (names.collect::<Vec<_>>().join(" "), run.more)
        };
        let pages = [
            ("", "", 9, "adam mei zoe li ada", false),
            ("", "", 2, "adam mei", true),
            ("mei", "", 2, "zoe li", true),
            ("li", "", 2, "ada", false),
            ("", "ad", 9, "adam mei zoe ada", false),
            ("mei", "ad", 1, "zoe", true),
        ];
        for (after, prefix, limit, names, more) in pages {
            assert_eq!(of(after, prefix, limit).await, (names.to_owned(), more), "{after} {prefix}");
        }
    }
    // The last of a page moves to the end, or to the beginning: the next page begins where it was.
    for shown in ["Zz", "Aa"] {
        world.set_display_name(&users[4], shown).await.unwrap();
        for id in [trip, EVERYONE] {
            let (after, after_shown) = ("zoe".to_owned(), Some("adele".to_owned()));
            let query = MemberQuery { after, after_shown, limit: 2, ..MemberQuery::default() };
            let run = world.storage().members(users[2].id, id, query).await.unwrap().unwrap();
            let names: Vec<_> = run.members.iter().map(|member| member.known.user.name.as_str()).collect();
            assert_eq!(names, if shown == "Zz" { ["li", "zoe"] } else { ["li", "ada"] }, "{shown}");
        }
    }
    world.set_display_name(&users[4], "ADELE").await.unwrap();
    let accounts = world.storage().accounts("ad", None, 9).await.unwrap();
    let names: Vec<_> = accounts.iter().map(|account| account.user.name.as_str()).collect();
    assert_eq!(names, ["ada", "adam", "mei", "zoe"], "by their names");
    assert_eq!(world.storage().accounts("ad", Some("adam"), 9).await.unwrap().len(), 2);
}

pub async fn an_account_may_begin_with_a_display_name<B: Backend>() {
    let world = World::<B>::new().await;
    let new = |name: &str, shown: &str, token| {
        let own = UserName::new(name).unwrap();
        let display_name = NewDisplayName::of(DisplayName::existing(shown), &own).unwrap();
        NewAccount { registration: true, display_name: Some(display_name), ..account(name, None, token) }
    };
    let NewAccountOutcome::Made { user, .. } = created(&world, new("mei", "Mei Ling", 1)).await else {
        panic!("the name is free")
    };
    assert_eq!(shown(&user), "Mei Ling");
    assert_eq!(created(&world, new("eve", "mei!", 2)).await, NewAccountOutcome::DisplayNameTaken);
    assert!(world.storage().user("eve").await.unwrap().is_none(), "nobody was made");
    let world = world.reopened().await;
    assert_eq!(world.user("mei").await, user);
}

pub async fn who_may_know_of_a_user_is_no_guest_or_shares_a_conversation<B: Backend>() {
    let mut world = World::<B>::new().await;
    let member = made(&world, "member1", ServerRole::Member, 1).await;
    let mut users = Vec::new();
    for name in ["mei", "ada", "li", "eve"] {
        users.push(world.user(name).await);
    }
    let [mei, ada, li, eve] = [0, 1, 2, 3].map(|index: usize| users[index].clone());
    world.direct(&ada, &mei).await;
    world.group(&li, "trip", &[&mei]).await;
    let know = async |world: &World<B>, user: UserId| {
        let mut ids = world.storage().acquaintances(user).await.unwrap();
        ids.sort_unstable();
        ids
    };
    assert_eq!(know(&world, mei.id).await, [member, mei.id, ada.id, li.id]);
    assert_eq!(know(&world, eve.id).await, [member, eve.id]);
}
