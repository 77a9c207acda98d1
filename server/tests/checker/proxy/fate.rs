//! What becomes of a connection, chosen before its first byte.

use std::time::Duration;

use crate::support::dice::Dice;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What becomes of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Whole,
    /// Bytes come late, and a few at a time.
    Slow { piece: usize, most_millis: u64 },
    /// It ends in the middle of something: with a reset, or as if it were finished.
    Cut { direction: Direction, after: usize, reset: bool },
    /// One direction ends, and the other goes on for a while.
    HalfClose { direction: Direction, after: usize },
    /// The bytes of one direction or of both are silently discarded.
    BlackHole { direction: Direction, after: usize, both: bool },
}

impl Fate {
    pub fn of(mut dice: Dice) -> Self {
        let direction = *dice.pick(&[Direction::Up, Direction::Down]);
        // As many bytes as a handful of frames have, or a page of messages, or minutes of talk.
        let after = match dice.below(3) {
            0 => dice.among(1..=2_000),
            1 => dice.among(2_000..=50_000),
            _ => dice.among(50_000..=1_000_000),
        };
        let after = after as usize;
        match dice.below(10) {
            0..=3 => Self::Whole,
            4 => Self::Slow { piece: dice.among(60..=700) as usize, most_millis: dice.among(0..=6) },
            5 | 6 => Self::Cut { direction, after, reset: dice.happens(1, 2) },
            7 => Self::HalfClose { direction, after },
            _ => Self::BlackHole { direction, after, both: dice.happens(1, 2) },
        }
    }

    /// How one direction goes.
    pub fn pace(&self, of: Direction) -> Pace {
        let pace = Pace { left: usize::MAX, piece: usize::MAX, most_millis: 0 };
        match self {
            Self::Whole => pace,
            Self::Slow { piece, most_millis } => Pace { piece: *piece, most_millis: *most_millis, ..pace },
            Self::Cut { direction, after, .. }
            | Self::HalfClose { direction, after }
            | Self::BlackHole { direction, after, .. } => {
                if *direction == of {
                    Pace { left: *after, ..pace }
                } else {
                    pace
                }
            }
        }
    }
}

/// How a direction goes on.
#[derive(Clone, Debug)]
pub struct Pace {
    /// How many bytes may still pass.
    left: usize,
    /// How many pass at once.
    piece: usize,
    most_millis: u64,
}

impl Pace {
    /// How many bytes may pass now.
    pub fn most(&self) -> usize {
        self.left.min(self.piece)
    }

    /// So many have passed: how long to wait.
    pub fn passed(&mut self, count: usize) -> Duration {
        if self.left != usize::MAX {
            self.left -= count;
        }
        if self.most_millis == 0 {
            Duration::ZERO
        } else {
            Duration::from_millis(count as u64 % (self.most_millis + 1))
        }
    }
}
