//! Random choices that a seed gives again.

use std::{ops::RangeInclusive, time::Duration};

/// A source of choices (SplitMix64): small, and the same on every machine and with every version of everything.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of one actor. Each has its own, so that what one chooses does not hang on how fast others are.
    pub fn of(seed: u64, actor: &str, number: u64) -> Self {
        let name = actor.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
        Self(mix(seed ^ mix(name ^ mix(number))))
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below one that is above 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// A number of a range.
    pub fn among(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    /// A time of a range of milliseconds.
    pub fn millis(&mut self, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.among(range))
    }

    /// Whether something happens that does so `times` in `of`.
    pub fn happens(&mut self, times: u64, of: u64) -> bool {
        self.below(of) < times
    }

    /// One of some.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// Spreads a number over all bits: SplitMix64's last step.
pub fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[test]
fn the_same_seed_gives_the_same_choices() {
    let throw = |seed, number| {
        let mut dice = Dice::of(seed, "tab", number);
        (0..100).map(|_| dice.below(1_000)).collect::<Vec<_>>()
    };
    assert_eq!(throw(7, 1), throw(7, 1));
    assert_ne!(throw(7, 1), throw(8, 1));
    assert_ne!(throw(7, 1), throw(7, 2));
}
