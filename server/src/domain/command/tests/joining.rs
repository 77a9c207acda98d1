//! Becoming a member of a group: added, asked, and joining oneself.

use confab_shared::{api::Access, event::Joined};

use super::*;
use crate::domain::{
    consent::{AskedUser, RequestState},
    decision::Loaded,
};

fn loaded_for<'a>(
    group: &'a Conversation,
    members: &'a Audience,
    users: &'a [(String, User)],
    asked: &'a [AskedUser],
) -> Loaded<'a> {
    Loaded { conversation: Some((group, members)), users, asked, ..Loaded::default() }
}

#[test]
fn one_command_adds_some_and_asks_others() {
    let people = ["mei", "ada", "zoe"].iter().zip(1..).map(|(name, id)| user(id, name));
    let users: Vec<_> = people.map(|user| (user.name.to_string(), user)).collect();
    let (mei, ada, zoe) = (&users[0].1, &users[1].1, &users[2].1);
    let (group, members) = (conversation(ConversationKind::Group, 3, 2), Audience::of([mei.id]));
    let add = AddMembers::new(HERE, vec![ada.name.clone(), zoe.name.clone(), mei.name.clone()]);
    let command = command(mei, CommandBody::from(add).asking(Access::Open));
    assert_eq!(command.needs().asks_under, Some(Access::Open));
    let stranger = AskedUser {
        user: zoe.id,
        has_met_actor: false,
        request: None,
        pending_requests: 0,
        pending_by_actor: 0,
    };
    let decide = |asked: &[AskedUser]| command.decide(&loaded_for(&group, &members, &users, asked));
    let Ok(Decision::AppendAll(events)) = decide(&[stranger]) else { panic!("two events") };
    let changes: Vec<_> = events.into_iter().filter_map(|event| event.change).collect();
    assert_eq!(changes, [Change::AddMembers(vec![ada.id]), Change::Invite(vec![zoe.id])]);
    let both = [stranger, AskedUser { user: ada.id, ..stranger }];
    let invited = appended(decide(&both));
    assert_eq!(invited.change, Some(Change::Invite(vec![ada.id, zoe.id])));
    let refused = both.map(|asked| AskedUser { request: Some(RequestState::Declined), ..asked });
    assert!(matches!(decide(&refused), Ok(Decision::Unchanged)), "the refusal is not disclosed");
    let joined = appended(decide(&[]));
    assert_eq!(joined.change, Some(Change::AddMembers(vec![ada.id, zoe.id])));
}

#[test]
fn only_who_was_asked_and_has_not_answered_joins() {
    let (mei, zoe) = (user(1, "mei"), user(2, "zoe"));
    let command = command(&zoe, Join { conversation: HERE });
    assert!(command.needs().request);
    let decide = |kind, members: &Audience, request| {
        let group = conversation(kind, 3, 2);
        command.decide(&Loaded { request, ..loaded_for(&group, members, &[], &[]) })
    };
    let (without, with) = (Audience::of([mei.id]), Audience::of([mei.id, zoe.id]));
    let joined = appended(decide(ConversationKind::Group, &without, Some(RequestState::Pending)));
    assert_eq!(joined.body, Joined { users: vec![zoe.id] }.into());
    for request in [None, Some(RequestState::Declined)] {
        let refused = decide(ConversationKind::Group, &without, request);
        assert_eq!(refused.unwrap_err(), Refusal::UnknownConversation, "{request:?}");
    }
    assert!(matches!(decide(ConversationKind::Group, &with, None), Ok(Decision::Unchanged)));
    assert_eq!(decide(ConversationKind::Direct, &with, None).unwrap_err(), Refusal::WrongKind);
}
