//! Accounts, invitations, sessions and second factors.

use confab_shared::{
    api::{AccountChange, MAX_SESSIONS_LISTED, Settings},
    id::{Timestamp, UserId},
    text::UserName,
    user::ServerRole,
};

use super::{
    users::{sign_in, signed_in},
    world::{Backend, World},
};
use crate::{
    domain::{
        account::Door,
        second_factor::{CodeDecision, ShownCode},
        sign_in::{Proof, UserKind},
    },
    storage::{
        Device, EVERYONE, NewName, NewSession, SignInOutcome,
        accounts::{AccountChangeOutcome, NewAccount, NewAccountOutcome},
        invitations::NewInvitation,
    },
};

const AT: Timestamp = Timestamp(1_000);

pub(super) fn account(name: &str, invitation: Option<u8>, token: u8) -> NewAccount {
    NewAccount {
        name: NewName::of(UserName::new(name).unwrap()),
        display_name: None,
        password: format!("hash of {name}'s"),
        invitation: invitation.map(|token| [token; 32]),
        registration: false,
        token: [token; 32],
        device: Device { browser: Some("Firefox, Linux".to_owned()), address: None },
        at: AT,
    }
}

pub(super) async fn created<B: Backend>(world: &World<B>, new: NewAccount) -> NewAccountOutcome {
    world.storage().create_account(new).await.unwrap()
}

/// Makes an account by registration, with a role.
pub(super) async fn made<B: Backend>(world: &World<B>, name: &str, role: ServerRole, token: u8) -> UserId {
    let new = NewAccount { registration: true, ..account(name, None, token) };
    let NewAccountOutcome::Made { user, .. } = created(world, new).await else { panic!("{name} is free") };
    let change = AccountChange { role: Some(role), ..AccountChange::default() };
    let changed = world.storage().change_account(None, user.id, change, AT).await.unwrap();
    assert!(matches!(changed, AccountChangeOutcome::Changed(account) if account.role == role));
    user.id
}

pub async fn an_account_has_no_name_of_the_dialect<B: Backend>() {
    let world = World::<B>::new().await;
    let program = world.user_of(UserKind::Dialect, "123").await.user;
    let awaited = world.user_of(UserKind::Awaited, "mei").await.user;
    let new = |name, token| NewAccount { registration: true, ..account(name, None, token) };
    assert_eq!(created(&world, new("123", 1)).await, NewAccountOutcome::NameTaken);
    let listed = async || {
        let accounts = world.storage().accounts("", None, 10).await.unwrap();
        accounts.into_iter().map(|account| account.user).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, std::slice::from_ref(&program), "an awaited name is no user yet");
    let NewAccountOutcome::Made { user, .. } = created(&world, new("mei", 2)).await else {
        panic!("nobody has the name")
    };
    assert_eq!(user, awaited);
    assert_eq!(listed().await, [program, user.clone()]);
    assert_eq!(world.user_of(UserKind::Dialect, "mei").await.kind, UserKind::Page);
    assert!(world.storage().conversation(user.id, EVERYONE).await.unwrap().is_some());
}

fn invitation(token: u8, by: Option<UserId>, role: ServerRole) -> NewInvitation {
    let expires_at = Timestamp(AT.0 + 1);
    NewInvitation { token: [token; 32], by, role, uses: 1, expires_at, groups: Vec::new() }
}

pub async fn the_set_up_link_makes_one_owner<B: Backend>() {
    let world = World::<B>::new().await;
    assert!(!world.storage().has_owner().await.unwrap());
    world.storage().invite(invitation(1, None, ServerRole::Owner)).await.unwrap();
    world.storage().revoke_setup_links().await.unwrap();
    for token in [2, 5] {
        world.storage().invite(invitation(token, None, ServerRole::Owner)).await.unwrap();
    }
    assert!(world.storage().invitations(None, AT).await.unwrap().is_empty(), "it is no invitation");
    let world = world.reopened().await;
    assert_eq!(created(&world, account("mei", Some(1), 11)).await, NewAccountOutcome::BadInvitation);
    assert!(world.storage().user("mei").await.unwrap().is_none());
    let NewAccountOutcome::Made { user: mei, role, invited } =
        created(&world, account("mei", Some(2), 12)).await
    else {
        panic!("each link is good")
    };
    assert_eq!((role, invited), (ServerRole::Owner, None));
    assert!(world.storage().has_owner().await.unwrap());
    assert_eq!(world.storage().session([12; 32]).await.unwrap().unwrap().0, mei);
    let known = world.storage().account(mei.id).await.unwrap().unwrap();
    assert_eq!((known.role, known.active, known.has_password), (ServerRole::Owner, true, true));
    for token in [2, 5] {
        assert_eq!(created(&world, account("ada", Some(token), 13)).await, NewAccountOutcome::BadInvitation);
    }
    // It was used, whoever is an owner now; and one that was not used can be revoked.
    let demote = AccountChange { role: Some(ServerRole::Member), ..AccountChange::default() };
    world.storage().change_account(None, mei.id, demote, AT).await.unwrap();
    assert_eq!(created(&world, account("ada", Some(2), 13)).await, NewAccountOutcome::BadInvitation);
    world.storage().invite(invitation(3, None, ServerRole::Owner)).await.unwrap();
    world.storage().revoke_setup_links().await.unwrap();
    assert_eq!(created(&world, account("ada", Some(3), 13)).await, NewAccountOutcome::BadInvitation);
    let late = NewInvitation { expires_at: AT, ..invitation(4, None, ServerRole::Owner) };
    world.storage().invite(late).await.unwrap();
    assert_eq!(created(&world, account("ada", Some(4), 13)).await, NewAccountOutcome::BadInvitation);
}

pub async fn an_invitation_is_used_as_often_as_it_says<B: Backend>() {
    let mut world = World::<B>::new().await;
    let owner = made(&world, "owner1", ServerRole::Owner, 1).await;
    let by = world.storage().user("owner1").await.unwrap().unwrap().user;
    let group = world.group(&by, "trip", &[]).await;
    let groups = vec![group, group];
    let two = NewInvitation { uses: 2, groups, ..invitation(7, Some(owner), ServerRole::Guest) };
    let id = world.storage().invite(two).await.unwrap();
    let expired = NewInvitation { expires_at: AT, ..invitation(8, Some(owner), ServerRole::Member) };
    world.storage().invite(expired).await.unwrap();
    let known = world.storage().invitation([7; 32]).await.unwrap().unwrap();
    assert_eq!((known.by.unwrap().as_str(), known.role), ("owner1", ServerRole::Guest));
    assert!(matches!(known.door, Door::Invitation(state) if state.is_valid(AT)));
    assert!(world.storage().invitation([9; 32]).await.unwrap().is_none());

    assert_eq!(created(&world, account("mei", Some(8), 2)).await, NewAccountOutcome::BadInvitation);
    assert_eq!(created(&world, account("mei", None, 2)).await, NewAccountOutcome::Closed);
    assert_eq!(created(&world, account("Owner1", Some(7), 2)).await, NewAccountOutcome::NameTaken);
    let world = world.reopened().await;
    let made = created(&world, account("mei", Some(7), 2)).await;
    let NewAccountOutcome::Made { role, invited, .. } = made else { panic!("{made:?}") };
    assert_eq!((role, invited), (ServerRole::Guest, Some((by.clone(), vec![group]))));
    let listed = world.storage().invitations(None, AT).await.unwrap();
    let seen: Vec<_> =
        listed.iter().map(|i| (i.id, i.by.clone(), i.uses_left, i.used, i.groups.len())).collect();
    assert_eq!(seen, [(id, Some(by), 1, 1, 1)]);
    assert!(matches!(created(&world, account("ada", Some(7), 3)).await, NewAccountOutcome::Made { .. }));
    assert_eq!(created(&world, account("li", Some(7), 4)).await, NewAccountOutcome::BadInvitation);
    assert!(world.storage().invitations(None, AT).await.unwrap().is_empty());
}

pub async fn an_invitation_is_revoked_by_whose_it_is<B: Backend>() {
    let world = World::<B>::new().await;
    let (mei, ada) =
        (made(&world, "mei", ServerRole::Admin, 1).await, made(&world, "ada", ServerRole::Admin, 2).await);
    let id = world.storage().invite(invitation(7, Some(mei), ServerRole::Member)).await.unwrap();
    let second = world.storage().invite(invitation(8, Some(ada), ServerRole::Member)).await.unwrap();
    let ids = async |by| -> Vec<u64> {
        world.storage().invitations(by, AT).await.unwrap().iter().map(|invitation| invitation.id).collect()
    };
    assert_eq!(ids(None).await, [second, id]);
    assert_eq!(ids(Some(mei)).await, [id]);
    assert!(!world.storage().revoke_invitation(id, Some(ada)).await.unwrap());
    assert!(world.storage().revoke_invitation(id, Some(mei)).await.unwrap());
    assert!(!world.storage().revoke_invitation(id, None).await.unwrap());
    assert!(!world.storage().revoke_invitation(u64::MAX, None).await.unwrap());
    assert_eq!(created(&world, account("li", Some(7), 3)).await, NewAccountOutcome::BadInvitation);
    // Who is no admin any more has invited nobody.
    let demote = AccountChange { role: Some(ServerRole::Member), ..AccountChange::default() };
    world.storage().change_account(None, ada, demote, AT).await.unwrap();
    assert_eq!(created(&world, account("li", Some(8), 3)).await, NewAccountOutcome::BadInvitation);
}

pub async fn an_account_is_changed_by_who_may<B: Backend>() {
    let world = World::<B>::new().await;
    let (owner, admin, member) = (
        made(&world, "owner1", ServerRole::Owner, 1).await,
        made(&world, "ada", ServerRole::Admin, 2).await,
        made(&world, "mei", ServerRole::Member, 3).await,
    );
    let change = async |world: &World<B>, actor, target, change: &AccountChange| {
        world.storage().change_account(Some(actor), target, change.clone(), AT).await.unwrap()
    };
    let deactivate = AccountChange { active: Some(false), ..AccountChange::default() };
    let forbidden = AccountChangeOutcome::Forbidden;
    assert_eq!(change(&world, member, admin, &deactivate).await, forbidden);
    assert_eq!(change(&world, admin, owner, &deactivate).await, forbidden);
    assert_eq!(change(&world, owner, owner, &deactivate).await, forbidden);
    assert_eq!(change(&world, UserId(u64::MAX), member, &deactivate).await, forbidden);
    assert_eq!(change(&world, admin, UserId(99), &deactivate).await, AccountChangeOutcome::Unknown);
    assert_eq!(change(&world, admin, UserId(u64::MAX), &deactivate).await, AccountChangeOutcome::Unknown);
    assert!(world.storage().session([3; 32]).await.unwrap().is_some());
    let AccountChangeOutcome::Changed(gone) = change(&world, admin, member, &deactivate).await else {
        panic!("an admin may")
    };
    assert_eq!((gone.role, gone.active), (ServerRole::Member, false));
    let world = world.reopened().await;
    assert!(world.storage().session([3; 32]).await.unwrap().is_none(), "every session ends");
    let password = || Proof::Password("hash of mei's".to_owned());
    let by_password = NewSession { proof: password(), ..sign_in("mei", None, 1) };
    assert_eq!(signed_in(&world, by_password).await, SignInOutcome::Deactivated);
    assert!(world.storage().session([101; 32]).await.unwrap().is_none());
    let reactivate = AccountChange { active: Some(true), ..AccountChange::default() };
    change(&world, admin, member, &reactivate).await;
    let by_password = NewSession { proof: password(), ..sign_in("mei", None, 1) };
    assert!(matches!(signed_in(&world, by_password).await, SignInOutcome::Returned(_)));
    // Who was deactivated does nothing, whatever their role.
    change(&world, owner, admin, &deactivate).await;
    assert_eq!(change(&world, admin, member, &deactivate).await, forbidden);
    assert!(world.storage().has_owner().await.unwrap());
    world.storage().change_account(None, owner, deactivate, AT).await.unwrap();
    assert!(!world.storage().has_owner().await.unwrap());
}

pub async fn accounts_are_listed_by_name<B: Backend>() {
    let world = World::<B>::new().await;
    for (name, token) in [("mei", 1), ("Meiling", 2), ("ada", 3)] {
        made(&world, name, ServerRole::Member, token).await;
    }
    world.user("written-to").await;
    let names = async |prefix: &str, after: Option<&str>, limit| -> Vec<String> {
        let page = world.storage().accounts(prefix, after, limit).await.unwrap();
        page.iter().map(|account| account.user.name.to_string()).collect()
    };
    assert_eq!(names("", None, 10).await, ["ada", "mei", "Meiling", "written-to"]);
    assert_eq!(names("", Some("ada"), 2).await, ["mei", "Meiling"]);
    assert_eq!(names("mei", Some("mei"), 10).await, ["Meiling"]);
    assert_eq!(names("x", None, 10).await, [""; 0]);
    let page = world.storage().accounts("written", None, 1).await.unwrap();
    assert_eq!((page[0].role, page[0].has_password), (ServerRole::Guest, false));
}

pub async fn sessions_are_of_devices_and_end<B: Backend>() {
    let world = World::<B>::new().await;
    let mei = made(&world, "mei", ServerRole::Member, 1).await;
    let ada = made(&world, "ada", ServerRole::Member, 2).await;
    let password = || Proof::Password("hash of mei's".to_owned());
    for (token, at) in [(1, 2_000), (2, 1_500)] {
        let device = Device { browser: None, address: Some("192.0.2.1".to_owned()) };
        let new = NewSession { proof: password(), device, at: Timestamp(at), ..sign_in("mei", None, token) };
        assert!(matches!(signed_in(&world, new).await, SignInOutcome::Returned(_)));
    }
    let tokens = async |world: &World<B>| -> Vec<u8> {
        let sessions = world.storage().sessions(mei).await.unwrap();
        sessions.iter().map(|session| session.token[0]).collect()
    };
    assert_eq!(tokens(&world).await, [101, 102, 1], "the last used first");
    world.storage().use_session([1; 32], Timestamp(3_000), Some("2001:db8::1".to_owned())).await.unwrap();
    world.storage().use_sessions(vec![[102; 32], [98; 32]], Timestamp(2_500)).await.unwrap();
    world.storage().use_session([99; 32], Timestamp(2_500), None).await.unwrap();
    let world = world.reopened().await;
    let sessions = world.storage().sessions(mei).await.unwrap();
    let seen: Vec<_> =
        sessions.iter().map(|s| (s.created_at.0, s.used_at.0, s.device.address.as_deref())).collect();
    let expected = [
        (1_000, 3_000, Some("2001:db8::1")),
        (1_500, 2_500, Some("192.0.2.1")),
        (2_000, 2_000, Some("192.0.2.1")),
    ];
    assert_eq!(seen, expected);
    assert_eq!(sessions[0].device.browser.as_deref(), Some("Firefox, Linux"));
    assert_eq!(world.storage().session([1; 32]).await.unwrap().unwrap().1, Timestamp(3_000));

    let first = sessions[0].id;
    assert_eq!(world.storage().end_session_of(ada, first).await.unwrap(), None, "it is not hers");
    assert_eq!(world.storage().end_session_of(mei, first).await.unwrap(), Some([1; 32]));
    assert_eq!(world.storage().end_session_of(mei, first).await.unwrap(), None);
    assert_eq!(world.storage().end_session_of(mei, u64::MAX).await.unwrap(), None);
    let expired = world.storage().expire_sessions(Timestamp(2_500)).await.unwrap();
    assert_eq!(expired.len(), 2, "{expired:?}");
    assert!(expired.contains(&(mei, [101; 32])) && expired.contains(&(ada, [2; 32])));
    assert_eq!(tokens(&world).await, [102]);
    world.storage().end_sessions(mei, Some([102; 32])).await.unwrap();
    assert_eq!(tokens(&world).await, [102]);
    world.storage().end_sessions(mei, None).await.unwrap();
    assert_eq!(tokens(&world).await, [0; 0]);
}

pub async fn the_last_used_sessions_are_listed<B: Backend>() {
    const BEGUN: u8 = 130;
    let world = World::<B>::new().await;
    for n in 1..=BEGUN {
        let shown = (n > 1).then_some(1);
        let new = NewSession { token: [n; 32], at: Timestamp(n.into()), ..sign_in("mei", shown, 1) };
        signed_in(&world, new).await;
    }
    let mei = world.storage().session([1; 32]).await.unwrap().unwrap().0.id;
    world.storage().use_session([1; 32], Timestamp(1_000), None).await.unwrap();
    let world = world.reopened().await;
    let listed = world.storage().sessions(mei).await.unwrap();
    let tokens: Vec<_> = listed.iter().map(|session| session.token[0]).collect();
    let others = (2..=BEGUN).rev().take(MAX_SESSIONS_LISTED - 1);
    assert_eq!(tokens, std::iter::once(1).chain(others).collect::<Vec<_>>());
    world.storage().end_sessions(mei, Some([BEGUN; 32])).await.unwrap();
    assert!(world.storage().session([2; 32]).await.unwrap().is_none(), "also one that is not listed");
}

pub async fn a_second_factor_is_asked_for_once_it_is_confirmed<B: Backend>() {
    let world = World::<B>::new().await;
    let mei = made(&world, "mei", ServerRole::Member, 1).await;
    let signs_in = async |world: &World<B>, code| {
        let proof = Proof::Password("hash of mei's".to_owned());
        signed_in(world, NewSession { proof, code, ..sign_in("mei", None, 1) }).await
    };
    let ends = async |world: &World<B>| world.storage().end_session([101; 32]).await.unwrap();
    assert!(world.storage().second_factor(mei).await.unwrap().is_none());
    for secret in [[1; 20], [2; 20]] {
        assert!(world.storage().set_second_factor(mei, secret).await.unwrap());
    }
    assert!(matches!(signs_in(&world, ShownCode::Nothing).await, SignInOutcome::Returned(_)));
    ends(&world).await;
    let confirm = async |world: &World<B>, secret| {
        world.storage().confirm_second_factor(mei, secret, 7, vec![[5; 32], [6; 32]]).await.unwrap()
    };
    assert!(!confirm(&world, [1; 20]).await, "it was replaced");
    assert!(confirm(&world, [2; 20]).await);
    assert!(!confirm(&world, [2; 20]).await, "it is confirmed");
    assert!(!world.storage().set_second_factor(mei, [3; 20]).await.unwrap());
    assert!(world.storage().account(mei).await.unwrap().unwrap().has_second_factor);
    let world = world.reopened().await;
    for (code, outcome) in [
        (ShownCode::Nothing, SignInOutcome::NeedsCode),
        (ShownCode::Wrong, SignInOutcome::WrongCode),
        (ShownCode::Step(7), SignInOutcome::WrongCode),
        (ShownCode::Recovery([9; 32]), SignInOutcome::WrongCode),
    ] {
        assert_eq!(signs_in(&world, code).await, outcome, "{code:?}");
        assert!(world.storage().session([101; 32]).await.unwrap().is_none());
    }
    for code in [ShownCode::Step(8), ShownCode::Recovery([5; 32])] {
        assert!(matches!(signs_in(&world, code).await, SignInOutcome::Returned(_)), "{code:?}");
        ends(&world).await;
        assert_eq!(signs_in(&world, code).await, SignInOutcome::WrongCode, "{code:?} was used");
    }
    let stored = world.storage().second_factor(mei).await.unwrap().unwrap();
    assert_eq!((stored.last_step, stored.recovery_codes), (8, vec![[6; 32]]));
    let remove = async |code| world.storage().remove_second_factor(mei, code).await.unwrap();
    assert_eq!(remove(ShownCode::Step(8)).await, CodeDecision::Wrong);
    assert!(world.storage().second_factor(mei).await.unwrap().is_some());
    assert!(matches!(remove(ShownCode::Recovery([6; 32])).await, CodeDecision::Accept(_)));
    assert!(world.storage().second_factor(mei).await.unwrap().is_none());
    // An admin resets one: every session ends, and no code is asked for.
    assert!(world.storage().set_second_factor(mei, [4; 20]).await.unwrap());
    assert!(confirm(&world, [4; 20]).await);
    assert!(matches!(signs_in(&world, ShownCode::Step(9)).await, SignInOutcome::Returned(_)));
    let reset = AccountChange { reset_second_factor: true, ..AccountChange::default() };
    world.storage().change_account(None, mei, reset, AT).await.unwrap();
    assert!(world.storage().session([101; 32]).await.unwrap().is_none());
    assert!(matches!(signs_in(&world, ShownCode::Nothing).await, SignInOutcome::Returned(_)));
}

pub async fn settings_are_kept<B: Backend>() {
    let world = World::<B>::new().await;
    let settings = |registration, admins| Settings {
        registration: Some(registration),
        admins_need_second_factor: Some(admins),
        ..Settings::default()
    };
    assert_eq!(world.storage().settings().await.unwrap(), settings(false, false));
    let change = Settings { registration: Some(true), ..Settings::default() };
    assert_eq!(world.storage().change_settings(change).await.unwrap(), settings(true, false));
    let change = Settings { admins_need_second_factor: Some(true), ..Settings::default() };
    assert_eq!(world.storage().change_settings(change).await.unwrap(), settings(true, true));
    let off = Settings { link_previews: Some(false), ..Settings::default() };
    world.storage().change_settings(off).await.unwrap();
    let world = world.reopened().await;
    let kept = Settings { link_previews: Some(false), ..settings(true, true) };
    assert_eq!(world.storage().settings().await.unwrap(), kept);
}
