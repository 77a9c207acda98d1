//! Sizes of files, in words, and which kind of file a name is of.

use crate::i18n::{Locale, tag};

/// A number of bytes in a unit that makes it short: `1.4 MB`. Units are of 1,000, as systems show them.
pub(crate) fn file_size(locale: Locale, bytes: u64) -> String {
    let (value, unit) = in_unit(bytes);
    let digits = if value < 10.0 && unit != "B" { 1 } else { 0 };
    let number = js_sys::Number::from(round(value, digits));
    format!("{} {unit}", String::from(number.to_locale_string(tag(locale))))
}

fn round(value: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (value * factor).round() / factor
}

fn in_unit(bytes: u64) -> (f64, &'static str) {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB"] {
        if value < 999.5 {
            return (value, unit);
        }
        value /= 1000.0;
    }
    (value, "GB")
}

/// The ending of a file's name, in capitals, where it is short enough to stand on an icon.
pub(crate) fn ending(name: &str) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    let fits = (1..=4).contains(&ending.chars().count()) && ending.chars().all(|c| c.is_ascii_alphanumeric());
    if fits { ending.to_ascii_uppercase() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_a_short_unit() {
        assert_eq!(in_unit(999), (999.0, "B"));
        assert_eq!(in_unit(1_400), (1.4, "kB"));
        assert_eq!(in_unit(999_999).1, "MB");
        assert_eq!(in_unit(100_000_000), (100.0, "MB"));
        assert_eq!(in_unit(10_000_000_000), (10.0, "GB"));
        assert_eq!(round(1.449, 1), 1.4);
    }

    #[test]
    fn an_icon_shows_a_short_ending() {
        let endings = ["report.pdf", "a.tar.gz", "README", ".bashrc", "x.jpeg", "y.数据", "z."].map(ending);
        assert_eq!(endings, ["PDF", "GZ", "", "", "JPEG", "", ""]);
    }
}
