//! The reducer against everything that a network may do: frames may be doubled, lost, reordered or late, and the state
//! ends equal to what is fetched afresh.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod history;
mod step;
mod truth;
mod world;

use confab_shared::{
    id::{ClientId, ConversationId, UserId},
    text::UserName,
    user::User,
};
use proptest::prelude::*;

use self::{
    step::{Step, step},
    world::World,
};

const ME: UserId = UserId(1);
const HERE: ConversationId = ConversationId(7);
const ELSEWHERE: ConversationId = ConversationId(9);

fn user(id: UserId) -> User {
    User::new(id, UserName::new(&format!("user{id}")).unwrap())
}

fn command(number: u64) -> ClientId {
    serde_json::from_str(&format!("\"0190d0a0-0000-7000-8000-{number:012x}\"")).unwrap()
}

/// Added again, the client fetches the conversation, and the answer is from before another session read it.
#[test]
fn a_read_position_that_moves_during_a_fetch_is_not_lost() {
    let mut world = World::new();
    use Step::{Arrive, Leave, Post, ReadElsewhere, Return};
    for step in [Leave, Return, Arrive, Arrive, Post, ReadElsewhere(3), Arrive] {
        world.step(step);
    }
    world.settle();
    assert_eq!(world.state.conversation(HERE).cloned(), world.truth.view());
}

/// The open conversation stays while a welcome has no room for it: nobody is sent away from what they read.
#[test]
fn the_open_conversation_stays_where_a_welcome_does_not_have_it() {
    let mut world = World::new();
    use Step::{Open, Post, ReadElsewhere, WelcomeWithoutIt};
    for step in [Post, Post] {
        world.step(step);
    }
    world.settle();
    world.look();
    for step in [Post, ReadElsewhere(2), WelcomeWithoutIt] {
        world.step(step);
    }
    assert!(world.state.conversation(HERE).is_some() && world.state.timeline(HERE).is_some());
    world.settle();
    assert_eq!(world.state.conversation(HERE).cloned(), world.truth.view(), "and is fetched");
    // One that is not open is unknown, neither there nor left.
    world.step(Open(false));
    world.step(WelcomeWithoutIt);
    assert!(world.state.conversation(HERE).is_none() && !world.state.is_gone(HERE));
    assert!(world.state.more().is_some());
    world.fetch_list();
    assert_eq!(world.state.conversation(HERE).cloned(), world.truth.view());
    assert!(world.state.more().is_none());
}

/// Another session reads it while a page of the list is on its way, which was read before.
#[test]
fn a_read_position_that_moves_during_a_fetch_of_the_list_is_not_lost() {
    let mut world = World::new();
    use Step::{Arrive, More, Post, ReadElsewhere, WelcomeWithoutIt};
    for step in [Post, Arrive, WelcomeWithoutIt, More, ReadElsewhere(1), Arrive] {
        world.step(step);
    }
    world.settle();
    assert_eq!(world.state.conversation(HERE).cloned(), world.truth.view());
}

/// Where the welcome has all, what it lacks is left, also while it is open.
#[test]
fn a_complete_welcome_says_what_is_left() {
    let mut world = World::new();
    use Step::{Leave, Lose, Welcome};
    world.look();
    for step in [Leave, Lose, Welcome] {
        world.step(step);
    }
    assert!(world.state.conversation(HERE).is_none());
    world.settle();
    assert!(world.state.is_gone(HERE));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_does_a_new_connection_makes_state_fresh(
        steps in prop::collection::vec(step(), 1..120),
        has_it in any::<bool>(),
        follows_many in any::<bool>(),
    ) {
        let mut world = World::following(follows_many);
        for step in steps {
            world.step(step);
            world.check_timeline()?;
            world.check_outbox()?;
        }
        world.welcome(has_it);
        world.settle();
        world.look();
        world.check_fresh()?;
        world.check_timeline()?;
    }

    #[test]
    fn where_nothing_is_lost_nothing_is_missing(
        steps in prop::collection::vec(step(), 1..120),
        follows_many in any::<bool>(),
    ) {
        let mut world = World::following(follows_many);
        for step in steps {
            let lossy = matches!(step, Step::Lose | Step::Overtake);
            if !lossy {
                world.step(step);
                world.check_timeline()?;
                world.check_outbox()?;
            }
        }
        world.settle();
        world.fetch_list();
        prop_assert_eq!(world.state.conversation(HERE).cloned(), world.truth.view(), "without a welcome");
        world.look();
        world.check_fresh()?;
    }

    #[test]
    fn a_known_gap_is_requested_until_it_is_filled(
        open in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new();
        world.step(Step::Open(open));
        let about_gaps = |step: &Step| {
            use Step::{Answer, Arrive, Change, ChangeMessage, Fail, Lose, Post};
            matches!(step, Answer | Arrive | Change(_) | ChangeMessage(..) | Fail | Lose | Post)
        };
        for step in steps.into_iter().filter(about_gaps) {
            world.step(step);
            world.check_timeline()?;
        }
        world.settle();
        for step in [Step::Post, Step::Lose, Step::Post, Step::Arrive, Step::Fail] {
            world.step(step);
        }
        world.settle();
        prop_assert_eq!(world.state.conversation(HERE), Some(&world.truth.view));
        if open {
            world.check_fresh()?;
        }
    }

    #[test]
    fn the_order_of_frames_does_not_matter_where_the_newest_arrives(
        changes in prop::collection::vec(prop::option::of(step::other_change()), 1..20),
        order in prop::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let mut world = World::new();
        for change in changes {
            world.step(change.unwrap_or(Step::Post));
        }
        for index in order {
            if !world.socket.is_empty() {
                let place = index.index(world.socket.len());
                world.arrive(place);
            }
            world.answer(0);
        }
        world.settle();
        prop_assert_eq!(world.state.conversation(HERE), Some(&world.truth.view));
        prop_assert_eq!(world.state.unread(), world.truth.unread());
    }
}
