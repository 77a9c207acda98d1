//! Seeded random numbers. The generator is our own (SplitMix64), so that the figures in the docs do not change with a
//! crate's version.

use std::f64::consts::TAU;

/// A source of random numbers that depends on its seed alone.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number of the standard normal distribution (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    /// A positive number with the mean 1 whose logarithm is normal: the larger `sigma`, the heavier its tail.
    pub fn log_normal(&mut self, sigma: f64) -> f64 {
        (sigma * self.normal() - sigma * sigma / 2.0).exp()
    }

    /// How many of `trials` succeed: exactly for few, by the normal distribution for many.
    pub fn binomial(&mut self, trials: u64, share: f64) -> u64 {
        const EXACT: u64 = 64;
        if trials <= EXACT {
            return (0..trials).filter(|_| self.uniform() < share).count() as u64;
        }
        let mean = trials as f64 * share;
        let drawn = mean + (mean * (1.0 - share)).sqrt() * self.normal();
        drawn.round().clamp(0.0, trials as f64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    const DRAWS: usize = 100_000;

    fn mean(mut draw: impl FnMut() -> f64) -> f64 {
        (0..DRAWS).map(|_| draw()).sum::<f64>() / DRAWS as f64
    }

    #[test]
    fn same_seed_gives_the_same_numbers() {
        let draw = |seed| Random::new(seed).uniform();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn means_are_those_of_the_distributions() {
        let mut random = Random::new(1);
        assert!((mean(|| random.uniform()) - 0.5).abs() < 0.01);
        assert!(mean(|| random.normal()).abs() < 0.02);
        assert!((mean(|| random.log_normal(1.0)) - 1.0).abs() < 0.05);
        assert!((mean(|| random.binomial(10, 0.3) as f64) - 3.0).abs() < 0.05);
        assert!((mean(|| random.binomial(1_000, 0.3) as f64) - 300.0).abs() < 0.5);
    }

    #[test]
    fn binomial_stays_within_its_trials() {
        let mut random = Random::new(1);
        for trials in [0, 1, 64, 65, 1_000] {
            assert_eq!(random.binomial(trials, 0.0), 0);
            assert_eq!(random.binomial(trials, 1.0), trials);
        }
    }
}
