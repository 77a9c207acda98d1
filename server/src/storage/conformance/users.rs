//! Users and sessions.

use confab_shared::{
    api::Access,
    id::{Timestamp, UserId},
    text::UserName,
    user::User,
};

use super::world::{Backend, World, add, post};
use crate::{
    domain::{
        refusal::Refusal,
        second_factor::ShownCode,
        sign_in::{Proof, UserKind},
    },
    storage::{Device, EVERYONE, NewName, NewSession, SignInOutcome},
};

pub async fn a_user_is_made_once_and_found_by_key_and_prefix<B: Backend>() {
    let world = World::<B>::new().await;
    let mei = world.user("Mei").await;
    assert_eq!(world.user("Mei").await, mei, "made once");
    let (meiling, ada) = (world.user("meiling").await, world.user("ada").await);
    let known = world.storage().user("mei").await.unwrap().unwrap();
    assert_eq!((&known.user, known.kind, known.last_seen), (&mei, UserKind::Page, None));
    assert!(world.storage().user("nobody").await.unwrap().is_none());
    let found = world.storage().users_by_prefix("mei", 10).await.unwrap();
    assert_eq!(found, [mei.clone(), meiling], "in the order of the keys");
    assert_eq!(world.storage().users_by_prefix("", 1).await.unwrap(), [ada], "no more than the limit");
    assert!(world.storage().conversation(mei.id, EVERYONE).await.unwrap().is_some());
    let world = world.reopened().await;
    assert_eq!(world.user("Mei").await, mei);
}

pub(super) fn sign_in(name: &str, shown: Option<u8>, new: u8) -> NewSession {
    NewSession {
        name: NewName::of(UserName::new(name).unwrap()),
        access: Access::Open,
        proof: shown.map_or(Proof::Nothing, |key| Proof::Key([key; 32])),
        code: ShownCode::Nothing,
        device: Device::default(),
        new_key: [new; 32],
        token: [100 + new; 32],
        at: Timestamp(1),
    }
}

pub(super) async fn signed_in<B: Backend>(world: &World<B>, new: NewSession) -> SignInOutcome {
    world.storage().sign_in(new).await.unwrap()
}

pub async fn a_name_is_claimed_once_and_opens_to_its_key<B: Backend>() {
    let world = World::<B>::new().await;
    let SignInOutcome::Claimed(mei) = signed_in(&world, sign_in("mei", None, 1)).await else {
        panic!("the name is free")
    };
    assert_eq!(signed_in(&world, sign_in("Mei", None, 2)).await, SignInOutcome::Taken);
    assert_eq!(signed_in(&world, sign_in("mei", Some(9), 3)).await, SignInOutcome::Taken);
    let returned = signed_in(&world, sign_in("mei", Some(1), 4)).await;
    assert_eq!(returned, SignInOutcome::Returned(mei.clone()));
    // A user whom nobody holds can be claimed.
    let ada = world.user("ada").await;
    assert_eq!(signed_in(&world, sign_in("ada", None, 5)).await, SignInOutcome::Claimed(ada));
    let world = world.reopened().await;
    assert_eq!(signed_in(&world, sign_in("mei", Some(1), 6)).await, SignInOutcome::Returned(mei));
}

pub async fn a_name_that_is_awaited_is_nobodys_until_somebody_comes<B: Backend>() {
    let mut world = World::<B>::new().await;
    let program = world.user_of(UserKind::Dialect, "123").await.user;
    let awaited = world.user_of(UserKind::Awaited, "mei").await;
    assert_eq!(awaited.kind, UserKind::Awaited);
    let (mei, other) = (awaited.user, world.user_of(UserKind::Awaited, "456").await.user);
    // It keeps nobody from a name that looks like it.
    let looks_alike = world.user_of(UserKind::Awaited, "rnei").await.user;
    let (to_mei, to_other) = (world.direct(&program, &mei).await, world.direct(&program, &other).await);
    let group = world.group(&program, "trip", &[]).await;
    world.post(&program, EVERYONE, "before").await;
    for conversation in [to_mei, to_other] {
        world.post(&program, conversation, "are you there, @mei?").await;
    }
    // Its own conversation apart, nothing knows it.
    assert!(world.storage().users_by_prefix("mei", 10).await.unwrap().is_empty());
    assert!(world.storage().conversation(mei.id, EVERYONE).await.unwrap().is_none());
    assert_eq!(world.seen_by(&program, EVERYONE).await.member_count, 1);
    let added = world.act(&program, add(group, &[&mei])).await;
    assert_eq!(added, Err(Refusal::UnknownUser(mei.name.clone())));
    let mut world = world.reopened().await;
    assert_eq!(world.storage().user("mei").await.unwrap().unwrap().kind, UserKind::Awaited);
    assert_eq!(world.user_of(UserKind::Awaited, "Mei").await.user, mei, "made once");
    // Who comes first has what was written to the name, and nothing else.
    let claimed = signed_in(&world, sign_in("mei", None, 1)).await;
    assert_eq!(claimed, SignInOutcome::Claimed(mei.clone()));
    assert_eq!(world.user_of(UserKind::Dialect, "mei").await.kind, UserKind::Page, "for good");
    assert_eq!(signed_in(&world, sign_in("rnei", None, 3)).await, SignInOutcome::Taken);
    let comes =
        world.storage().ensure_user(NewName::of(looks_alike.name), UserKind::Dialect, Timestamp(1)).await;
    assert!(comes.unwrap().is_none());
    assert_eq!(world.user_of(UserKind::Dialect, "456").await.kind, UserKind::Dialect);
    assert_eq!(signed_in(&world, sign_in("456", None, 2)).await, SignInOutcome::OfDialect);
    for (user, conversation) in [(&mei, to_mei), (&other, to_other)] {
        assert_eq!(world.seen_by(user, conversation).await.unread(), 1);
        assert_eq!(world.seen_by(user, EVERYONE).await.unread(), 0);
        assert_eq!(
            world.storage().users_by_prefix(user.name.as_str(), 10).await.unwrap(),
            std::slice::from_ref(user)
        );
    }
    assert_eq!(world.seen_by(&program, EVERYONE).await.member_count, 3);
    world.act(&program, add(group, &[&mei])).await.unwrap();
    world.act(&program, post(group, "@mei")).await.unwrap();
    assert_eq!(world.seen_by(&mei, group).await.mentions.len(), 1);
}

pub async fn a_user_of_the_dialect_is_never_one_of_the_page<B: Backend>() {
    let mut world = World::<B>::new().await;
    let program = world.user_of(UserKind::Dialect, "123").await;
    assert_eq!(program.kind, UserKind::Dialect);
    for _ in 0..2 {
        let shown = [None, Some(1)].map(|key| sign_in("123", key, 1));
        let password = NewSession { proof: Proof::Password("hash".to_owned()), ..sign_in("123", None, 1) };
        for attempt in shown.into_iter().chain([password]) {
            assert_eq!(signed_in(&world, attempt).await, SignInOutcome::OfDialect);
        }
        for kind in [UserKind::Page, UserKind::Awaited, UserKind::Dialect] {
            assert_eq!(world.user_of(kind, "123").await, program);
        }
        let changed = world.storage().change_password(program.user.id, None, "hash".to_owned(), None).await;
        assert!(!changed.unwrap());
        assert_eq!(world.storage().password(program.user.id).await.unwrap(), None);
        world = world.reopened().await;
    }
}

pub async fn a_session_lives_until_it_ends<B: Backend>() {
    let world = World::<B>::new().await;
    signed_in(&world, sign_in("mei", None, 1)).await;
    let mei: Option<(User, Timestamp)> = world.storage().session([101; 32]).await.unwrap();
    let (mei, used_at) = mei.unwrap();
    assert_eq!((mei.name.as_str(), used_at), ("mei", Timestamp(1)));
    assert!(world.storage().session([102; 32]).await.unwrap().is_none());
    let world = world.reopened().await;
    assert!(world.storage().session([101; 32]).await.unwrap().is_some());
    world.storage().end_session([101; 32]).await.unwrap();
    world.storage().end_session([101; 32]).await.unwrap();
    assert!(world.storage().session([101; 32]).await.unwrap().is_none());
}

pub async fn when_a_user_was_last_seen_is_kept<B: Backend>() {
    let mut world = World::<B>::new().await;
    let (mei, ada, li) = (world.user("mei").await, world.user("ada").await, world.user("li").await);
    world.direct(&mei, &ada).await;
    world.group(&mei, "trip", &[&li]).await;
    world.storage().set_last_seen(ada.id, Timestamp(77)).await.unwrap();
    let peers = world.storage().direct_peers(mei.id).await.unwrap();
    let peers: Vec<_> = peers.iter().map(|(peer, _)| (peer.user.id, peer.last_seen)).collect();
    assert_eq!(peers, [(ada.id, Some(Timestamp(77)))]);
}

pub async fn a_new_name_looks_like_no_other<B: Backend>() {
    let world = World::<B>::new().await;
    let mei = world.user("mei").await;
    let ensure = async |world: &World<B>, name: &str| {
        let name = NewName::of(UserName::new(name).unwrap());
        world.storage().ensure_user(name, UserKind::Page, Timestamp(1)).await.unwrap()
    };
    for name in ["rnei", "me\u{131}"] {
        assert_eq!(signed_in(&world, sign_in(name, None, 1)).await, SignInOutcome::Taken, "{name}");
        assert!(ensure(&world, name).await.is_none(), "{name}");
        assert!(world.storage().session([101; 32]).await.unwrap().is_none());
    }
    let world = world.reopened().await;
    assert!(ensure(&world, "rnei").await.is_none());
    assert_eq!(ensure(&world, "Mei").await.unwrap().user, mei, "it is their own");
    assert!(ensure(&world, "mai").await.is_some());
}

pub async fn a_password_opens_a_name_and_ends_other_sessions<B: Backend>() {
    let world = World::<B>::new().await;
    let SignInOutcome::Claimed(mei) = signed_in(&world, sign_in("mei", None, 1)).await else {
        panic!("the name is free")
    };
    signed_in(&world, sign_in("mei", Some(1), 2)).await;
    signed_in(&world, sign_in("ada", None, 3)).await;
    assert_eq!(world.storage().password(mei.id).await.unwrap(), None);
    let change = async |world: &World<B>, user, from: Option<&str>, to: &str, kept| {
        let (from, to) = (from.map(str::to_owned), to.to_owned());
        world.storage().change_password(user, from, to, kept).await.unwrap()
    };
    assert!(!change(&world, mei.id, Some("other"), "hash", Some([102; 32])).await, "it has none yet");
    assert!(change(&world, mei.id, None, "hash", Some([102; 32])).await);
    assert!(!change(&world, mei.id, None, "late", None).await, "it has changed meanwhile");
    let world = world.reopened().await;
    assert_eq!(world.storage().password(mei.id).await.unwrap().as_deref(), Some("hash"));
    for (token, lives) in [(101, false), (102, true), (103, true)] {
        assert_eq!(world.storage().session([token; 32]).await.unwrap().is_some(), lives, "{token}");
    }
    for shown in [None, Some(1)] {
        assert_eq!(signed_in(&world, sign_in("mei", shown, 4)).await, SignInOutcome::NeedsPassword);
    }
    let password = || Proof::Password("hash".to_owned());
    let with_password = NewSession { proof: password(), ..sign_in("mei", None, 5) };
    assert_eq!(signed_in(&world, with_password).await, SignInOutcome::Returned(mei));
    // Who came in with the password has no guest key.
    assert_eq!(signed_in(&world, sign_in("mei", Some(5), 6)).await, SignInOutcome::NeedsPassword);
    let without_one = NewSession { proof: password(), ..sign_in("ada", None, 7) };
    assert_eq!(signed_in(&world, without_one).await, SignInOutcome::Taken);
    // A server for accounts makes no guests, and knows none.
    for name in ["ada", "new"] {
        let guest = NewSession { access: Access::Accounts, ..sign_in(name, Some(3), 8) };
        assert_eq!(signed_in(&world, guest).await, SignInOutcome::NeedsPassword, "{name}");
    }
    assert!(world.storage().user("new").await.unwrap().is_none());
    assert!(change(&world, UserId(1), Some("hash"), "other", None).await);
    let late = NewSession { proof: password(), ..sign_in("mei", None, 9) };
    assert_eq!(signed_in(&world, late).await, SignInOutcome::NeedsPassword, "it was verified before");
    assert!(world.storage().session([105; 32]).await.unwrap().is_none(), "every session ends");
}
