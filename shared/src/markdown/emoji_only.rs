//! Messages of emoji alone.

/// The most emoji of a message that is shown large.
const MAX_EMOJI: usize = 3;

/// The most bytes of such a message: a flag of a region has 28.
const MAX_BYTES: usize = 160;

const JOINER: char = '\u{200d}';
const AS_EMOJI: char = '\u{fe0f}';
const KEY: char = '\u{20e3}';

/// How many emoji a text has, where it has one to three and nothing else but white space.
#[must_use]
pub fn emoji_count(text: &str) -> Option<usize> {
    let mut rest = text.trim();
    if rest.len() > MAX_BYTES {
        return None;
    }
    let mut count = 0;
    while !rest.is_empty() {
        rest = after_emoji(rest)?.trim_start();
        count += 1;
    }
    (1..=MAX_EMOJI).contains(&count).then_some(count)
}

/// What follows the emoji that a text begins with.
fn after_emoji(text: &str) -> Option<&str> {
    let mut rest = after_single(text)?;
    while let Some(joined) = rest.strip_prefix(JOINER) {
        rest = after_single(joined)?;
    }
    Some(rest)
}

/// What follows an emoji that is not joined to the next one.
fn after_single(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    if is_region(first) {
        let mut chars = rest.chars();
        return chars.next().filter(|c| is_region(*c)).map(|_| chars.as_str());
    }
    if matches!(first, '0'..='9' | '#' | '*') {
        return rest.strip_prefix(AS_EMOJI).unwrap_or(rest).strip_prefix(KEY);
    }
    let as_emoji = rest.strip_prefix(AS_EMOJI);
    if !is_emoji(first) && !(may_be_emoji(first) && (as_emoji.is_some() || rest.starts_with(is_tone))) {
        return None;
    }
    let rest = as_emoji.unwrap_or(rest);
    let rest = rest.strip_prefix(is_tone).unwrap_or(rest);
    // The letters of a flag of a region, as of Scotland.
    Some(rest.trim_start_matches(|c| matches!(c, '\u{e0020}'..='\u{e007f}')))
}

fn is_region(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Characters that are shown as emoji by themselves.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23ec}' | '\u{23f0}' | '\u{23f3}' | '\u{25fd}' | '\u{25fe}'
        | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}' | '\u{267f}' | '\u{2693}' | '\u{26a1}' | '\u{26aa}'
        | '\u{26ab}' | '\u{26bd}' | '\u{26be}' | '\u{26c4}' | '\u{26c5}' | '\u{26ce}' | '\u{26d4}' | '\u{26ea}'
        | '\u{26f2}' | '\u{26f3}' | '\u{26f5}' | '\u{26fa}' | '\u{26fd}' | '\u{2705}' | '\u{270a}' | '\u{270b}'
        | '\u{2728}' | '\u{274c}' | '\u{274e}' | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}'
        | '\u{27b0}' | '\u{27bf}' | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{1f004}' | '\u{1f0cf}'
        | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}' | '\u{1f201}' | '\u{1f21a}' | '\u{1f22f}' | '\u{1f232}'..='\u{1f236}'
        | '\u{1f238}'..='\u{1f23a}' | '\u{1f250}' | '\u{1f251}' | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f7e0}'..='\u{1f7f0}' | '\u{1f90c}'..='\u{1f9ff}' | '\u{1fa70}'..='\u{1faff}')
}

/// Characters that are shown as emoji where a variation selector or a skin tone says so.
fn may_be_emoji(c: char) -> bool {
    matches!(c,
        '©' | '®' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{21aa}' | '\u{2300}'..='\u{23ff}'
        | '\u{24c2}' | '\u{25aa}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}' | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b07}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f170}'..='\u{1f171}' | '\u{1f17e}' | '\u{1f17f}'
        | '\u{1f202}' | '\u{1f237}')
}
