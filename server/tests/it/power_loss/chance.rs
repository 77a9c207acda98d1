//! Chance that can be had again: splitmix64 over a seed.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

#[derive(Clone)]
pub struct Chance(u64);

impl Chance {
    /// From the seed in `CONFAB_SEED`, or from another one each time. A test that fails shows what it printed: with the
    /// seed the same moments are picked again, though not what many threads do in between.
    pub fn new() -> Self {
        let given = env::var("CONFAB_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000);
        println!("CONFAB_SEED={seed}");
        Self(seed)
    }

    /// Another, for something of its own.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// A number from 0 on, below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
