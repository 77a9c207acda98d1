//! Messages that are made up: words of two scripts, as often as words are in what people write (Zipf: the second word half as
//! often as the first, the third a third). The same every time.

/// How many words each script has.
const WORDS: usize = 20_000;

/// How many Chinese characters there are: about as many as one meets outside of names.
const CHARACTERS: usize = 3_500;

/// A xorshift generator.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below another.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() >> 11) as usize % bound
    }
}

/// The ranks of words, the frequent ones more often.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(count: usize) -> Self {
        let mut sum = 0.0;
        let sums = (1..=count).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self(sums.collect())
    }

    fn rank(&self, dice: &mut Dice) -> usize {
        let all = self.0.last().copied().unwrap_or_default();
        let at = (dice.roll() >> 11) as f64 / (1_u64 << 53) as f64 * all;
        self.0.partition_point(|sum| *sum <= at).min(self.0.len() - 1)
    }
}

/// The words, and what they are drawn with.
pub struct Corpus {
    dice: Dice,
    latin: Vec<String>,
    chinese: Vec<String>,
    words: Zipf,
}

impl Corpus {
    pub fn new() -> Self {
        let mut dice = Dice::new(0x5eed);
        let latin = (0..WORDS).map(|rank| latin_word(&mut dice, rank)).collect();
        let characters = Zipf::new(CHARACTERS);
        let chinese = (0..WORDS).map(|rank| chinese_word(&mut dice, &characters, rank)).collect();
        Self { dice, latin, chinese, words: Zipf::new(WORDS) }
    }

    /// A message: half of them Latin, most others Chinese, and some both.
    pub fn message(&mut self) -> String {
        match self.dice.below(10) {
            0..5 => self.latin_text(),
            5..9 => self.chinese_text(),
            _ => format!("{}{}", self.chinese_text(), self.latin_text()),
        }
    }

    /// A Latin word, as often as messages have it.
    pub fn latin(&mut self) -> &str {
        let rank = self.words.rank(&mut self.dice);
        &self.latin[rank]
    }

    /// A Chinese word, as often as messages have it.
    pub fn chinese(&mut self) -> &str {
        let rank = self.words.rank(&mut self.dice);
        &self.chinese[rank]
    }

    /// A number below another.
    pub fn below(&mut self, bound: usize) -> usize {
        self.dice.below(bound)
    }

    fn latin_text(&mut self) -> String {
        let count = 3 + self.dice.below(16);
        let words: Vec<_> = (0..count).map(|_| self.latin().to_owned()).collect();
        words.join(" ")
    }

    fn chinese_text(&mut self) -> String {
        let count = 3 + self.dice.below(12);
        let mut text = String::new();
        for number in 0..count {
            text.push_str(self.chinese());
            if number % 5 == 4 {
                text.push('，');
            }
        }
        text + "。"
    }
}

/// A word of syllables; frequent ones are short.
fn latin_word(dice: &mut Dice, rank: usize) -> String {
    const HEADS: [&str; 20] = [
        "t", "th", "s", "w", "b", "c", "m", "p", "h", "f", "d", "r", "l", "n", "g", "st", "k", "v", "pr", "",
    ];
    const VOWELS: [&str; 9] = ["e", "a", "o", "i", "u", "ea", "ou", "y", "io"];
    const TAILS: [&str; 12] = ["", "", "n", "s", "t", "r", "d", "ng", "l", "ck", "m", "st"];
    let syllables = match rank {
        0..60 => 1,
        60..2_000 => 1 + dice.below(2),
        _ => 2 + dice.below(2),
    };
    (0..syllables)
        .flat_map(|_| {
            // The first of each are the most frequent.
            let mut pick =
                |parts: &'static [&'static str]| parts[dice.below(parts.len()).min(dice.below(parts.len()))];
            [pick(&HEADS), pick(&VOWELS), pick(&TAILS)]
        })
        .collect()
}

/// A word of one character or two, rarely of three.
fn chinese_word(dice: &mut Dice, characters: &Zipf, rank: usize) -> String {
    let count = match (rank, dice.below(10)) {
        (0..100, 0..6) => 1,
        (_, 9) => 3,
        _ => 2,
    };
    let character = |dice: &mut Dice| {
        let code = 0x4e00 + u32::try_from(characters.rank(dice) * 5).unwrap_or_default();
        char::from_u32(code).unwrap_or('的')
    };
    (0..count).map(|_| character(dice)).collect()
}
