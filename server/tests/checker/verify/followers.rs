//! Who follows the threads of a log: by its events, and by hand.

use std::collections::{HashMap, HashSet};

use confab_shared::{
    event::{Deleted, Event, EventBody, Left, Posted},
    id::{Seq, UserId},
};

use crate::history::{Follow, FollowAnswer};

/// What an event means for one user and one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Follows,
    /// They follow the thread if the text, which is gone, mentioned them.
    MayFollow,
    Ends,
}

/// What the events of a log say of who follows its threads.
#[derive(Debug, Default)]
pub struct Followers {
    effects: HashMap<(UserId, Seq), Vec<(Seq, Effect)>>,
    /// The roots that are deleted.
    ended: HashMap<Seq, Seq>,
}

/// Whether a user may follow a thread, and may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Possible {
    yes: bool,
    no: bool,
}

impl Possible {
    fn only(following: bool) -> Self {
        Self { yes: following, no: !following }
    }

    fn or(self, following: bool) -> Self {
        Self { yes: self.yes || following, no: self.no || !following }
    }

    fn has(self, following: bool) -> bool {
        if following { self.yes } else { self.no }
    }
}

/// What one user did by hand with a thread.
#[derive(Debug, Default)]
pub struct ByHand {
    pub follows: Vec<Follow>,
    /// The positions that they sent.
    pub reads: HashSet<Seq>,
}

impl Followers {
    /// Takes the next event; `named` are those whom its text named, where that is gone.
    pub fn take(&mut self, event: &Event, named: &[UserId]) {
        let at = event.seq;
        match &event.body {
            EventBody::Posted(Posted { thread: Some(root), mentions, root_author, .. }) => {
                let users = mentions.iter().chain(root_author).chain([&event.by]);
                for user in users.collect::<HashSet<_>>() {
                    self.effects.entry((*user, *root)).or_default().push((at, Effect::Follows));
                }
                for user in named {
                    self.effects.entry((*user, *root)).or_default().push((at, Effect::MayFollow));
                }
            }
            EventBody::Deleted(Deleted { target, .. }) => {
                self.ended.insert(*target, at);
            }
            EventBody::Left(Left {}) => {
                for ((user, _), effects) in &mut self.effects {
                    if *user == event.by {
                        effects.push((at, Effect::Ends));
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a user may follow a thread, or not, as of an event: after all that was done before the next one, or, where
    /// it is not certain, after some of it.
    pub fn may(
        &self,
        (user, root): (UserId, Seq),
        following: bool,
        (head, is_certain): (Seq, bool),
        by_hand: &ByHand,
    ) -> bool {
        if self.ended.get(&root).is_some_and(|ended| *ended <= head) {
            return !following;
        }
        let effects = self.effects(user, root);
        let follows = by_hand.follows.iter();
        let follows = follows.filter(|follow| !matches!(follow.answer, FollowAnswer::Refused(_)));
        let follows: Vec<_> = follows.filter(|follow| follow.after <= head).collect();
        let mut possible = Possible::only(false);
        let mut points: Vec<_> = effects.iter().map(|(at, effect)| (*at, false, Ok(*effect))).collect();
        for follow in &follows {
            match follow.answer {
                FollowAnswer::Done(at) if at < head || at == head && is_certain => {
                    points.push((at, true, Err(**follow)));
                }
                // It may have been carried out, and may still be.
                _ => {}
            }
        }
        points.sort_by_key(|(at, by_hand, _)| (*at, *by_hand));
        for (at, _, point) in points.into_iter().filter(|(at, ..)| *at <= head) {
            possible = match point {
                Ok(Effect::Follows) => Possible::only(true),
                Ok(Effect::MayFollow) => possible.or(true),
                Ok(Effect::Ends) => Possible::only(false),
                Err(follow) => {
                    // The answer is as of a later event than what it answers: others may be between the two.
                    let overlaps = |other: &&&Follow| match other.answer {
                        FollowAnswer::Done(done) => done >= follow.after && other.after <= at,
                        _ => true,
                    };
                    let is_alone = follows.iter().filter(overlaps).count() == 1
                        && !effects.iter().any(|(event, _)| *event > follow.after && *event <= at);
                    if is_alone { Possible::only(follow.following) } else { possible.or(follow.following) }
                }
            };
        }
        for follow in follows {
            let is_over =
                matches!(follow.answer, FollowAnswer::Done(at) if at < head || at == head && is_certain);
            if !is_over {
                possible = possible.or(follow.following);
            }
        }
        possible.has(following)
    }

    /// Whether a position in a thread is one that an event or the user gave.
    pub fn may_be_at(&self, (user, root): (UserId, Seq), read_seq: Seq, by_hand: &ByHand) -> bool {
        let began = self.effects(user, root).iter().any(|(at, effect)| {
            matches!(effect, Effect::Follows | Effect::MayFollow) && at.0 == read_seq.0 + 1
        });
        let followed = by_hand.follows.iter().filter(|follow| follow.following).any(|follow| {
            let until = match follow.answer {
                FollowAnswer::Done(at) => at,
                FollowAnswer::None => Seq(u64::MAX),
                FollowAnswer::Refused(_) => return false,
            };
            (follow.after..=until).contains(&read_seq)
        });
        began || followed || by_hand.reads.contains(&read_seq)
    }

    fn effects(&self, user: UserId, root: Seq) -> &[(Seq, Effect)] {
        self.effects.get(&(user, root)).map(Vec::as_slice).unwrap_or_default()
    }
}
