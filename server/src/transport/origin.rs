//! Which origins may connect, and which host names are answered. Only browsers send `Origin` and `Host` faithfully:
//! these rules protect people from pages of other sites, and are no authentication.

use std::net::IpAddr;

use axum::http::{HeaderMap, header, uri::Authority};

/// The rule. Allowed are: requests without `Origin`, the origin of the requested host, any loopback origin while the
/// server listens on a loopback address, the public origin and the configured ones. Of the public host, only the public
/// origin is allowed: a page of `http://chat.example` is another site than `https://chat.example`.
#[derive(Clone, Debug)]
pub struct AllowedOrigins {
    /// Whether the server listens on a loopback address.
    pub loopback: bool,
    /// The origin under which people reach the server, as browsers write it.
    pub public: Option<String>,
    /// The configured origins, as browsers write them; `null` for pages opened from disk.
    pub configured: Vec<String>,
}

impl AllowedOrigins {
    /// Whether the `Origin` of a request may connect.
    pub fn allows_origin(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else { return true };
        let (Ok(origin), None) = (origin.to_str(), origins.next()) else { return false };
        let Some(parsed) = Origin::parse(origin) else {
            return self.configured.iter().any(|allowed| allowed == origin);
        };
        let requested = host_of(headers);
        let is_public = |host: &Host| {
            self.public.iter().filter_map(|origin| Origin::parse(origin)).any(|o| o.has_host(host))
        };
        self.named().any(|origin| origin.equals(&parsed))
            || requested.is_some_and(|host| parsed.has_host(&host) && !is_public(&host))
            || (self.loopback && is_loopback(&parsed.host.name))
    }

    /// Whether a host is answered: that of the public origin, those of configured origins, loopback names for a client on
    /// this machine, and, where the server does not listen on a loopback address, every IP address. Any site can make a
    /// name of its own resolve to this server (DNS rebinding), and its page would have the origin of the requested host;
    /// an address is nobody's name.
    pub fn allows_host(&self, host: &Host, from_loopback: bool) -> bool {
        self.named().any(|origin| origin.has_host(host))
            || ((self.loopback || from_loopback) && is_loopback(&host.name))
            || (!self.loopback && address(&host.name).is_some())
    }

    /// The public origin and the configured ones.
    fn named(&self) -> impl Iterator<Item = Origin> {
        self.public.iter().chain(&self.configured).filter_map(|origin| Origin::parse(origin))
    }

    /// Whether a request is for a loopback name of a server that listens on a loopback address. One that a reverse proxy
    /// forwards for a site is not.
    pub fn is_for_loopback(&self, headers: &HeaderMap) -> bool {
        self.loopback && host_of(headers).is_some_and(|host| is_loopback(&host.name))
    }
}

/// The host that a request is for: its `Host` header (RFC 9112, 3.2). None where there is not exactly one that can be read.
pub fn host_of(headers: &HeaderMap) -> Option<Host> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
    Host::parse(host.to_str().ok()?)
}

/// A host name or address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// In lower case and without a trailing dot, which only keeps resolvers from trying their search list.
    name: String,
    port: Option<u16>,
}

impl Host {
    /// Parses `name`, `name:port`, `[address]` or `[address]:port`.
    pub fn parse(text: &str) -> Option<Self> {
        let authority: Authority = text.parse().ok().filter(|_| !text.contains('@'))?;
        let (name, port) = (authority.host(), authority.port());
        let port = match port {
            Some(port) => Some(port.as_str().parse().ok()?),
            // `name:` has no port; all else behind the name is none that can be read.
            None if text.len() > name.len() + 1 => return None,
            None => None,
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        (!name.is_empty()).then(|| Self { name: name.to_ascii_lowercase(), port })
    }
}

/// A parsed origin of HTTP.
struct Origin {
    secure: bool,
    host: Host,
    /// The scheme's default where the origin has none.
    port: u16,
}

impl Origin {
    fn parse(origin: &str) -> Option<Self> {
        let (secure, host) = match origin.split_once("://")? {
            ("http", host) => (false, host),
            ("https", host) => (true, host),
            _ => return None,
        };
        let host = Host::parse(host)?;
        Some(Self { secure, port: host.port.unwrap_or(if secure { 443 } else { 80 }), host })
    }

    fn equals(&self, other: &Self) -> bool {
        self.secure == other.secure && self.port == other.port && self.host.name == other.host.name
    }

    /// Whether a `Host` header names this origin. The header omits the default port of its scheme, which it does not
    /// name: both default ports match.
    fn has_host(&self, host: &Host) -> bool {
        host.name == self.host.name
            && host.port.map_or(matches!(self.port, 80 | 443), |port| port == self.port)
    }
}

/// Whether a host is a loopback address, `localhost` or a name below it (RFC 6761, 6.3).
fn is_loopback(name: &str) -> bool {
    name.rsplit('.').next() == Some("localhost") || address(name).is_some_and(|ip| ip.is_loopback())
}

/// The address that a host is, where it is none that has to be resolved.
fn address(name: &str) -> Option<IpAddr> {
    name.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(loopback: bool, configured: &[&str]) -> AllowedOrigins {
        AllowedOrigins {
            loopback,
            public: None,
            configured: configured.iter().map(ToString::to_string).collect(),
        }
    }

    fn connects(rule: &AllowedOrigins, origin: &str, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(header::HOST, host.parse().unwrap());
        rule.allows_origin(&headers)
    }

    fn allows(loopback: bool, configured: &[&str], origin: &str, host: &str) -> bool {
        connects(&rule(loopback, configured), origin, host)
    }

    #[test]
    fn request_without_origin_is_allowed() {
        assert!(rule(false, &[]).allows_origin(&HeaderMap::new()));
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
            Host::parse(host).is_some_and(|host| rule(loopback, configured).allows_host(&host, false))
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
    }

    #[test]
    fn off_loopback_named_hosts_and_addresses_are_answered() {
        let rule = AllowedOrigins {
            loopback: false,
            public: Some("https://chat.example".to_owned()),
            configured: vec!["https://old.example:8443".to_owned()],
        };
        let answers = |host: &str, from_loopback| {
            Host::parse(host).is_some_and(|host| rule.allows_host(&host, from_loopback))
        };
        for host in [
            "chat.example",
            "Chat.Example.",
            "chat.example:443",
            "old.example:8443",
            "192.0.2.1:8088",
            "[2001:db8::1]",
        ] {
            assert!(answers(host, false), "{host}");
        }
        for host in [
            "evil.example",
            "chat.example.evil.example",
            "chat.example:8088",
            "old.example",
            "localhost",
            "192.0.2.1.evil.example",
        ] {
            assert!(!answers(host, false), "{host}");
        }
        assert!(answers("localhost:8088", true) && answers("127.0.0.1:8088", true));
        assert!(!answers("evil.example", true));
    }

    #[test]
    fn of_the_public_host_only_the_public_origin_is_allowed() {
        let rule =
            AllowedOrigins { public: Some("https://chat.example".to_owned()), ..rule(false, &["null"]) };
        assert!(connects(&rule, "https://chat.example", "chat.example"));
        assert!(connects(&rule, "https://chat.example", "127.0.0.1:8088"), "a proxy may hide the name");
        assert!(connects(&rule, "null", "chat.example"));
        assert!(!connects(&rule, "http://chat.example", "chat.example"));
        assert!(!connects(&rule, "https://evil.example", "chat.example"));
        assert!(connects(&rule, "http://192.0.2.1:8088", "192.0.2.1:8088"));
    }

    #[test]
    fn hosts_and_origins_that_cannot_be_read_are_none() {
        for host in
            ["localhost:evil@x", "me@localhost", "localhost:99999", "localhost:", "a b", "", ":80", "[::1"]
        {
            let parsed = Host::parse(host);
            assert_eq!(parsed.is_some(), host == "localhost:", "{host}: {parsed:?}");
        }
        for origin in [
            "http://localhost:99999",
            "http://localhost:x",
            "http://localhost/",
            "http://me@localhost",
            "localhost",
        ] {
            assert!(!allows(true, &[], origin, "localhost:8088"), "{origin}");
        }
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, "localhost".parse().unwrap());
        headers.append(header::HOST, "localhost".parse().unwrap());
        assert_eq!(host_of(&headers), None, "two of them");
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
