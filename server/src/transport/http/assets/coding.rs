//! Content negotiation: the coding of a file that a client prefers, by its `Accept-Encoding` (RFC 9110, 12.5.3).

use axum::http::{HeaderMap, header};

/// The codings that files are stored in, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The value of `Content-Encoding`; none for the identity coding.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    fn is_named(self, name: &str) -> bool {
        let names: &[&str] = match self {
            Self::Brotli => &["br"],
            Self::Gzip => &["gzip", "x-gzip"],
            Self::Identity => &["identity"],
        };
        names.iter().any(|known| name.eq_ignore_ascii_case(known))
    }
}

/// The coding with the highest quality value; of equals, the smaller one. Where the client accepts none, not even
/// identity, it gets identity instead of an error.
pub(super) fn preferred(headers: &HeaderMap) -> Coding {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let accepted: Vec<_> = values.flat_map(|value| value.split(',')).filter_map(parse_entry).collect();
    let quality = |coding: Coding| {
        let named = accepted.iter().find(|(name, _)| coding.is_named(name));
        named.or_else(|| accepted.iter().find(|(name, _)| *name == "*")).map(|(_, quality)| *quality)
    };
    let mut best = (Coding::Identity, 0.0);
    // A header that does not mention identity accepts it as a last resort.
    for coding in [Coding::Brotli, Coding::Gzip, Coding::Identity] {
        match quality(coding) {
            Some(quality) if quality > best.1 => best = (coding, quality),
            _ => {}
        }
    }
    best.0
}

/// Parses the name of a coding and its quality value; none where the value is invalid.
fn parse_entry(text: &str) -> Option<(&str, f32)> {
    let (name, parameter) = text.split_once(';').unwrap_or((text, "q=1"));
    let (key, value) = parameter.split_once('=')?;
    let quality: f32 = value.trim().parse().ok()?;
    let valid = key.trim().eq_ignore_ascii_case("q") && (0.0..=1.0).contains(&quality);
    valid.then_some((name.trim(), quality))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn coding_of_the_highest_quality_is_preferred_and_the_smaller_of_equals() {
        let cases = [
            ("br, gzip", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip, deflate", Coding::Gzip),
            ("GZIP", Coding::Gzip),
            ("Br;Q=0.5", Coding::Brotli),
            ("x-gzip", Coding::Gzip),
            ("*", Coding::Brotli),
            ("*;q=0.5, br;q=0", Coding::Gzip),
            ("gzip;q=1.0, *;q=0.5", Coding::Gzip),
            ("br;q=0.5 , gzip ; q = 0.8", Coding::Gzip),
            ("br;q=0.5, identity", Coding::Identity),
            ("br;q=0.001", Coding::Brotli),
            ("br;q=0, gzip;q=0.000", Coding::Identity),
            ("identity", Coding::Identity),
            ("identity;q=0, gzip", Coding::Gzip),
            ("identity;q=0", Coding::Identity),
            ("*;q=0", Coding::Identity),
            ("deflate, zstd", Coding::Identity),
            ("", Coding::Identity),
            ("gzip;q=2, br;q=-1", Coding::Identity),
            ("gzip;q=NaN, br;q=words, gzip;level=9", Coding::Identity),
            (";,;;q,=", Coding::Identity),
        ];
        for (value, wanted) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(preferred(&headers), wanted, "{value:?}");
        }
        assert_eq!(preferred(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn header_lines_are_joined() {
        let mut headers = HeaderMap::new();
        for value in ["gzip;q=0.5", "br"] {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        assert_eq!(preferred(&headers), Coding::Brotli);
    }
}
