//! The waveform of a voice message, and what is drawn of one.

/// How many bars are drawn of a voice message.
pub(crate) const BARS: usize = 44;

/// As many values as wanted: each the loudest of its part, or, of fewer values, the one at its place.
pub(crate) fn resampled(levels: &[u8], wanted: usize) -> Vec<u8> {
    let at = |index: usize| index * levels.len() / wanted;
    let part = |index| {
        let (start, end) = (at(index), at(index + 1).max(at(index) + 1));
        levels
            .get(start..end.min(levels.len()))
            .and_then(|part| part.iter().max())
            .copied()
            .unwrap_or_default()
    };
    (0..wanted).map(part).collect()
}

/// So many upright lines in a box that is 100 wide and 32 high, as the path of an SVG.
pub(crate) fn path(levels: &[u8], count: usize) -> String {
    let bars = resampled(levels, count);
    let step = 100.0 / count as f64;
    let bar = |(index, level): (usize, &u8)| {
        let height = 2.0 + f64::from(*level) / 255.0 * 26.0;
        format!("M{:.2} {:.2}v{:.2}", (index as f64 + 0.5) * step, 16.0 - height / 2.0, height)
    };
    bars.iter().enumerate().map(bar).collect()
}

/// A time of playing: minutes and seconds.
pub(crate) fn clock(ms: u32) -> String {
    let seconds = (ms + 500) / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_levels_become_few_and_few_become_many() {
        assert_eq!(resampled(&[1, 9, 2, 3, 8, 4], 2), [9, 8]);
        assert_eq!(resampled(&[5, 7], 4), [5, 5, 7, 7]);
        assert_eq!(resampled(&[], 3), [0, 0, 0]);
        assert_eq!(resampled(&[3; 1_000], 64), [3; 64]);
    }

    #[test]
    fn times_are_minutes_and_seconds() {
        let times = [0, 1_400, 59_600, 61_000, 3_723_000].map(clock);
        assert_eq!(times, ["0:00", "0:01", "1:00", "1:01", "1:02:03"]);
    }
}
