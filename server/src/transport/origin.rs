//! Which pages may connect, and under which names we answer. A browser says where a page comes from, and which name
//! led it here; other programs say what they like.

use axum::http::{HeaderMap, header};

/// The rule: no Origin; the host asked for; any loopback origin while we listen on loopback; what was named.
#[derive(Clone, Debug)]
pub struct AllowedOrigins {
    /// Whether we listen on a loopback address.
    pub loopback: bool,
    /// Origins by name as browsers write them, `null` for pages opened from disk.
    pub named: Vec<String>,
}

impl AllowedOrigins {
    /// Whether a request may connect.
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let Some(site) = Site::of(origin) else { return self.named.iter().any(|named| named == origin) };
        self.named.iter().any(|named| Site::of(named).is_some_and(|named| named.is(&site)))
            || host.is_some_and(|host| site.has_host(host))
            || (self.loopback && is_loopback(site.host))
    }

    /// Whether we answer to the name that a request asks for. A page of any site can have its own name lead to a
    /// loopback address, and would then be of the same host as we: on a loopback address we answer to loopback names
    /// only, and to those of the origins that were named.
    pub fn answer_to(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(header::HOST).filter(|_| self.loopback) else { return true };
        let Ok(host) = host.to_str() else { return false };
        let named = |origin: &String| Site::of(origin).is_some_and(|site| site.has_host(host));
        is_loopback(split_port(host).0) || self.named.iter().any(named)
    }
}

/// An origin in its parts.
struct Site<'a> {
    secure: bool,
    host: &'a str,
    /// The scheme's own where none is written.
    port: u16,
}

impl<'a> Site<'a> {
    fn of(origin: &'a str) -> Option<Self> {
        let (secure, rest) = match origin.split_once("://")? {
            ("http", rest) => (false, rest),
            ("https", rest) => (true, rest),
            _ => return None,
        };
        let (host, port) = split_port(rest);
        Some(Self { secure, host, port: port.unwrap_or(if secure { 443 } else { 80 }) })
    }

    fn is(&self, other: &Site<'_>) -> bool {
        self.secure == other.secure && self.port == other.port && same_name(self.host, other.host)
    }

    /// Whether a Host header is of this site. It leaves out the port that the scheme implies, and does not say which
    /// scheme that was.
    fn has_host(&self, host: &str) -> bool {
        let (host, port) = split_port(host);
        same_name(host, self.host) && port.map_or(matches!(self.port, 80 | 443), |port| port == self.port)
    }
}

fn split_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

/// A name with a dot at its end is the same name, only that no search list is tried for it.
fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn same_name(one: &str, other: &str) -> bool {
    without_dot(one).eq_ignore_ascii_case(without_dot(other))
}

/// `localhost` and the names below it are never anybody else's (RFC 6761, 6.3).
fn is_loopback(host: &str) -> bool {
    let host = without_dot(host.trim_start_matches('[').trim_end_matches(']'));
    let last = host.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(loopback: bool, named: &[&str], origin: &str, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(header::HOST, host.parse().unwrap());
        let named = named.iter().map(ToString::to_string).collect();
        AllowedOrigins { loopback, named }.allow(&headers)
    }

    #[test]
    fn a_program_that_is_no_browser_says_nothing() {
        assert!(AllowedOrigins { loopback: false, named: vec![] }.allow(&HeaderMap::new()));
    }

    #[test]
    fn the_host_asked_for() {
        assert!(allows(false, &[], "https://chat.example", "chat.example"));
        assert!(allows(false, &[], "http://chat.example:8088", "chat.example:8088"));
        assert!(!allows(false, &[], "http://chat.example:81", "chat.example:8088"));
        assert!(!allows(false, &[], "https://evil.example", "chat.example"));
        assert!(!allows(false, &[], "https://chat.example.evil.example", "chat.example"));
    }

    #[test]
    fn loopback_among_itself_only() {
        for origin in ["http://localhost:3000", "http://127.0.0.1:9", "http://[::1]:5500"] {
            assert!(allows(true, &[], origin, "localhost:8088"), "{origin}");
            assert!(!allows(false, &[], origin, "chat.example"), "{origin}");
        }
        assert!(!allows(true, &[], "http://localhost.evil.example", "localhost:8088"));
        assert!(!allows(true, &[], "http://evil.example", "localhost:8088"));
    }

    #[test]
    fn a_name_of_somebody_elses_that_leads_here_is_not_ours() {
        let answers = |loopback, named: &[&str], host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            let named = named.iter().map(ToString::to_string).collect();
            AllowedOrigins { loopback, named }.answer_to(&headers)
        };
        for host in [
            "localhost:8088",
            "127.0.0.1:8088",
            "[::1]:8088",
            "localhost",
            "localhost.",
            "LocalHost.:8088",
            "chat.localhost:8088",
            "chat.localhost.",
        ] {
            assert!(answers(true, &[], host), "{host}");
        }
        for host in ["localhost..", ".", "", "evil.example.", "notlocalhost", "localhost.evil.example"] {
            assert!(!answers(true, &[], host), "{host}");
        }
        assert!(answers(true, &["https://chat.example"], "Chat.Example."));
        assert!(!answers(true, &[], "evil.example:8088"));
        assert!(answers(true, &["https://chat.example"], "chat.example"));
        assert!(answers(false, &[], "chat.example"));
    }

    #[test]
    fn what_was_named() {
        assert!(!allows(true, &[], "null", "localhost:8088"));
        assert!(allows(true, &["null"], "null", "localhost:8088"));
        assert!(allows(false, &["https://app.example"], "https://app.example", "chat.example"));
        assert!(allows(false, &["https://app.example"], "https://app.example.", "chat.example"));
        assert!(!allows(false, &["https://app.example"], "http://app.example", "chat.example"));
        assert!(!allows(false, &["https://app.example"], "https://app.example:8443", "chat.example"));
    }
}
