//! Which origins may connect, and which host names are answered. Only browsers send `Origin` and `Host` faithfully:
//! these rules protect people from pages of other sites, and are no authentication.

use axum::http::{HeaderMap, header};

/// The rule. Allowed are: requests without `Origin`, the origin of the requested host, any loopback origin while the
/// server listens on a loopback address, and the configured origins.
#[derive(Clone, Debug)]
pub struct AllowedOrigins {
    /// Whether the server listens on a loopback address.
    pub loopback: bool,
    /// The configured origins, as browsers write them; `null` for pages opened from disk.
    pub configured: Vec<String>,
}

impl AllowedOrigins {
    /// Whether the `Origin` of a request may connect.
    pub fn allows_origin(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let Some(parsed) = Origin::parse(origin) else {
            return self.configured.iter().any(|allowed| allowed == origin);
        };
        let matches = |origin: &String| Origin::parse(origin).is_some_and(|origin| origin.equals(&parsed));
        self.configured.iter().any(matches)
            || host.is_some_and(|host| parsed.has_host(host))
            || (self.loopback && is_loopback(parsed.host))
    }

    /// Whether the `Host` of a request is answered. On a loopback address, only loopback names and the hosts of
    /// configured origins are: any site can make a name of its own resolve to a loopback address (DNS rebinding), and
    /// its page would have the origin of the requested host.
    pub fn allows_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(header::HOST).filter(|_| self.loopback) else { return true };
        let Ok(host) = host.to_str() else { return false };
        let configured = |origin: &String| Origin::parse(origin).is_some_and(|origin| origin.has_host(host));
        is_loopback(split_port(host).0) || self.configured.iter().any(configured)
    }
}

/// A parsed origin of HTTP.
struct Origin<'a> {
    secure: bool,
    host: &'a str,
    /// The scheme's default where the origin has none.
    port: u16,
}

impl<'a> Origin<'a> {
    fn parse(origin: &'a str) -> Option<Self> {
        let (secure, rest) = match origin.split_once("://")? {
            ("http", rest) => (false, rest),
            ("https", rest) => (true, rest),
            _ => return None,
        };
        let (host, port) = split_port(rest);
        Some(Self { secure, host, port: port.unwrap_or(if secure { 443 } else { 80 }) })
    }

    fn equals(&self, other: &Origin<'_>) -> bool {
        self.secure == other.secure && self.port == other.port && same_host(self.host, other.host)
    }

    /// Whether a `Host` header names this origin. The header omits the default port of its scheme, which it does not
    /// name: both default ports match.
    fn has_host(&self, host: &str) -> bool {
        let (host, port) = split_port(host);
        same_host(host, self.host) && port.map_or(matches!(self.port, 80 | 443), |port| port == self.port)
    }
}

fn split_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

/// A trailing dot only keeps resolvers from trying their search list: the name is the same.
fn without_trailing_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn same_host(one: &str, other: &str) -> bool {
    without_trailing_dot(one).eq_ignore_ascii_case(without_trailing_dot(other))
}

/// Whether a host is a loopback address, `localhost` or a name below it (RFC 6761, 6.3).
fn is_loopback(host: &str) -> bool {
    let host = without_trailing_dot(host.trim_start_matches('[').trim_end_matches(']'));
    let last = host.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(loopback: bool, configured: &[&str], origin: &str, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(header::HOST, host.parse().unwrap());
        let configured = configured.iter().map(ToString::to_string).collect();
        AllowedOrigins { loopback, configured }.allows_origin(&headers)
    }

    #[test]
    fn request_without_origin_is_allowed() {
        assert!(AllowedOrigins { loopback: false, configured: vec![] }.allows_origin(&HeaderMap::new()));
    }

    #[test]
    fn origin_of_the_requested_host_is_allowed() {
        assert!(allows(false, &[], "https://chat.example", "chat.example"));
        assert!(allows(false, &[], "http://chat.example:8088", "chat.example:8088"));
        assert!(!allows(false, &[], "http://chat.example:81", "chat.example:8088"));
        assert!(!allows(false, &[], "https://evil.example", "chat.example"));
        assert!(!allows(false, &[], "https://chat.example.evil.example", "chat.example"));
    }

    #[test]
    fn loopback_origins_are_allowed_on_loopback_only() {
        for origin in ["http://localhost:3000", "http://127.0.0.1:9", "http://[::1]:5500"] {
            assert!(allows(true, &[], origin, "localhost:8088"), "{origin}");
            assert!(!allows(false, &[], origin, "chat.example"), "{origin}");
        }
        assert!(!allows(true, &[], "http://localhost.evil.example", "localhost:8088"));
        assert!(!allows(true, &[], "http://evil.example", "localhost:8088"));
    }

    #[test]
    fn foreign_host_that_resolves_to_loopback_is_refused() {
        let answers = |loopback, configured: &[&str], host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            let configured = configured.iter().map(ToString::to_string).collect();
            AllowedOrigins { loopback, configured }.allows_host(&headers)
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
    fn configured_origins_are_allowed() {
        assert!(!allows(true, &[], "null", "localhost:8088"));
        assert!(allows(true, &["null"], "null", "localhost:8088"));
        assert!(allows(false, &["https://app.example"], "https://app.example", "chat.example"));
        assert!(allows(false, &["https://app.example"], "https://app.example.", "chat.example"));
        assert!(!allows(false, &["https://app.example"], "http://app.example", "chat.example"));
        assert!(!allows(false, &["https://app.example"], "https://app.example:8443", "chat.example"));
    }
}
