//! Addresses in a text that are links: where they end, and where they lead.

use super::word::{Sign, is_latin, is_punctuation};
use crate::text::is_blank;

/// The most bytes of the local part of a mail address, and of its host.
const MAX_LOCAL_PART: usize = 64;
const MAX_MAIL_HOST: usize = 253;

/// The most bytes of an address behind the text of a link.
const MAX_TARGET: usize = 2_048;

/// The address that a text begins with: `http://`, `https://` or `www.`. Answers where it leads, and its length in bytes.
pub(super) fn address(text: &str) -> Option<(String, usize)> {
    let scheme = ["https://", "http://", "www."].into_iter().find(|scheme| begins_with(text, scheme))?;
    let is_www = scheme == "www.";
    let host_from = if is_www { 0 } else { scheme.len() };
    let first = text[scheme.len()..].chars().next()?;
    let has_host = first.is_alphanumeric() || (first == '[' && !is_www);
    if !has_host {
        return None;
    }
    let host = &text[host_from..host_from + host_len(&text[host_from..])];
    let path_from = host_from + host.len();
    let has_path = text[path_from..].starts_with(['/', '?', '#']);
    let end = match has_path {
        true => path_from + text[path_from..].find(ends_path).unwrap_or(text.len() - path_from),
        false => path_from,
    };
    // Within the text of a link it ends where that does.
    let end = text[..end].find("](").unwrap_or(end);
    let address = without_punctuation(&text[..end]);
    // `www.` alone names no site.
    let is_site = !is_www || address.get(scheme.len()..)?.trim_end_matches('.').contains('.');
    let href = if is_www { format!("https://{address}") } else { address.to_owned() };
    (is_site && address.len() > scheme.len()).then_some((href, address.len()))
}

/// Whether a text is an address and nothing else, as short as that of a link may be.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.len() <= MAX_TARGET && address(text).is_some_and(|(_, len)| len == text.len())
}

/// The mail address that a text begins with: where it leads, and its length in bytes.
pub(super) fn mail_address(text: &str) -> Option<(String, usize)> {
    let is_local =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-');
    let local = text.bytes().take(MAX_LOCAL_PART + 1).take_while(is_local).count();
    let host = text[local..].strip_prefix('@')?;
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let len = host.bytes().take(MAX_MAIL_HOST).take_while(is_host).count();
    let host = host[..len].trim_end_matches(['.', '-']);
    let behind = text[local + 1 + host.len()..].chars().next();
    let top = host.rsplit('.').next()?;
    let is_domain = host.contains('.')
        && host.split('.').all(|label| !label.is_empty())
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    // A word that goes on in another script is no host.
    let ends = behind.is_none_or(|c| Sign::of(c) != Sign::Spaced && c != '@');
    let address = &text[..local + 1 + host.len()];
    (is_domain && ends && local > 0).then(|| (format!("mailto:{address}"), address.len()))
}

/// The address behind `](`, and its length up to the closing bracket.
pub(super) fn target(text: &str) -> Option<(String, usize)> {
    let mut depth = 0_usize;
    let mut end = None;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => {
                end = Some(at);
                break;
            }
            ')' => depth -= 1,
            _ if c.is_whitespace() || c.is_control() || is_blank(c) || at > MAX_TARGET => return None,
            _ => {}
        }
    }
    let end = end?;
    let written = &text[..end];
    let address = written.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(written);
    let behind = |scheme: &str| begins_with(address, scheme) && address.len() > scheme.len();
    let href = match () {
        () if behind("www.") => format!("https://{address}"),
        () if behind("https://") || behind("http://") || behind("mailto:") => address.to_owned(),
        () => return None,
    };
    (begins_with(&href, "mailto:") || !host(&href).is_empty()).then_some((href, end))
}

/// The host of an address, in lower case: what decides where it leads.
pub(super) fn host(href: &str) -> String {
    let behind = href.split_once("://").map_or(href, |(_, behind)| behind);
    // A browser reads a backslash as a slash.
    let authority = behind.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_lowercase()
}

/// The host of a link whose text looks like another address, or whose address begins with what looks like a host.
pub(super) fn hidden_host(href: &str, shown: Option<&str>) -> Option<String> {
    if begins_with(href, "mailto:") {
        let address = href.get("mailto:".len()..)?;
        let address = address.split('?').next().unwrap_or_default();
        return shown
            .filter(|shown| shown.contains('@') && !shown.contains(address))
            .map(|_| address.to_owned());
    }
    let host = host(href);
    match shown {
        // An address that stands for itself shows its host, unless a name before an `@` passes for it.
        None => href
            .split(['/', '?', '#'])
            .nth(2)
            .is_some_and(|authority| authority.contains('@'))
            .then_some(host),
        Some(shown) => {
            let differs = |word: &str| looks_like_address(word) && !same_host(&self::host(word), &host);
            shown.split_whitespace().any(differs).then_some(host)
        }
    }
}

fn same_host(shown: &str, host: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let shown = shown.trim_matches(|c: char| !c.is_alphanumeric());
    bare(shown) == bare(host)
}

/// Whether a word may pass for an address: it has a dot between letters or digits, or names a scheme.
fn looks_like_address(word: &str) -> bool {
    let dots = ['.', '．', '。', '｡', '․'];
    let between = |at: usize, dot: &str| {
        let (before, behind) = (word[..at].chars().next_back(), word[at + dot.len()..].chars().next());
        before.is_some_and(char::is_alphanumeric) && behind.is_some_and(char::is_alphanumeric)
    };
    word.contains("://") || word.match_indices(dots).any(|(at, dot)| between(at, dot))
}

fn begins_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// How much of a text is a host, with what may stand before and behind it (`user@host:80`).
fn host_len(text: &str) -> usize {
    let mut before = '.';
    for (at, c) in text.char_indices() {
        let is_part = match c {
            '-' | '.' | '_' | ':' | '@' | '%' | '[' | ']' => true,
            _ if c.is_ascii() => c.is_ascii_alphanumeric(),
            // A word of another script that follows a host without a space is not part of it.
            _ if before.is_ascii_alphanumeric() => is_latin(c),
            _ => {
                matches!(Sign::of(c), Sign::Spaced | Sign::Unspaced | Sign::Other)
                    && !is_blank(c)
                    && !matches!(before, ':' | '_' | '%' | '[' | ']')
            }
        };
        if !is_part {
            return at;
        }
        before = c;
    }
    text.len()
}

/// Whether a character ends an address: one that no address contains, or punctuation of another script.
fn ends_path(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_whitespace()
            || c.is_ascii_control()
            || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^');
    }
    // A joiner is part of a word, and middle dots are part of titles.
    if matches!(c, '\u{200c}' | '\u{200d}' | '·' | '・') {
        return false;
    }
    c.is_whitespace() || c.is_control() || is_blank(c) || is_punctuation(c)
}

/// An address without the punctuation of the sentence around it.
fn without_punctuation(mut address: &str) -> &str {
    let count = |sign: char| address.bytes().filter(|byte| char::from(*byte) == sign).count();
    let mut unopened = [count(')').saturating_sub(count('(')), count(']').saturating_sub(count('['))];
    while let Some(last) = address.chars().next_back() {
        let closes_nothing = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '~' | '_' => true,
            ')' | ']' => {
                let unopened = &mut unopened[usize::from(last == ']')];
                let is_more = *unopened > 0;
                *unopened = unopened.saturating_sub(1);
                is_more
            }
            _ => false,
        };
        if !closes_nothing {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

/// Whether an address that begins with `www.` may be in a text.
pub(super) fn has_www(text: &str) -> bool {
    let is_behind_www = |(dot, _)| {
        text.as_bytes()[..dot].last_chunk().is_some_and(|www: &[u8; 3]| www.eq_ignore_ascii_case(b"www"))
    };
    text.match_indices('.').any(is_behind_www)
}
