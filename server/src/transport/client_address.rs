//! The address of a request's client: the peer of the connection, or what a trusted proxy says. Nobody else is believed:
//! any client can send these headers.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use confab_shared::error::ErrorCode;

use crate::{domain::client_address::ClientAddress, network::Network, transport::error::HttpError};

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED: &str = "forwarded";
const X_REAL_IP: &str = "x-real-ip";

/// How the names of several headers of proxies begin.
const X_FORWARDED: &str = "x-forwarded-";

/// The proxies whose word about their clients is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// The proxies of some networks.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether an address is one of a trusted proxy.
    pub fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client of a request from a peer: the peer itself, or, of a trusted proxy, the last address of
    /// `X-Forwarded-For`, read from the right, that is no trusted proxy. `Forwarded` (RFC 7239) is read where the request has
    /// no `X-Forwarded-For`. What stands left of that address was sent by the client, and may be invented.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        if !self.trust(peer) {
            return ClientAddress::new(peer, false);
        }
        let (hops, proto) = match headers.contains_key(X_FORWARDED_FOR) {
            true => (list(headers, X_FORWARDED_FOR), last_of(headers, X_FORWARDED_PROTO)),
            false => {
                let elements = list(headers, FORWARDED);
                let proto = elements.last().and_then(|last| parameter(last, "proto"));
                let hops =
                    elements.iter().map(|element| parameter(element, "for").unwrap_or_default()).collect();
                (hops, proto.or_else(|| last_of(headers, X_FORWARDED_PROTO)))
            }
        };
        let mut client = peer;
        for hop in hops.iter().rev() {
            // What is no address (`unknown`, a name) was seen by the hop to its right, which is the last that is known.
            let Some(address) = address(hop) else { break };
            // A loopback address is one of the proxy's own machine, and must not get the limits of ours.
            if !address.is_loopback() {
                client = address;
            }
            if !self.trust(address) {
                break;
            }
        }
        ClientAddress::new(client, proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https")))
    }
}

/// Whether a proxy says that it forwarded a request, whether or not it is trusted: then the client may be anywhere. A proxy
/// that adds none of these headers is not noticed.
pub fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().map(HeaderName::as_str).any(|name| {
        name.starts_with(X_FORWARDED) || [FORWARDED, X_REAL_IP, header::VIA.as_str()].contains(&name)
    })
}

/// The elements of a header that is a list, over all of its lines. None of a header that is not text.
fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',')).map(str::trim).collect()
}

/// The last element of a header that is a list: the nearest proxy wrote it.
fn last_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    list(headers, name).pop()
}

/// The value of a parameter of an element of `Forwarded`, without its quotes.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// An address of a hop: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = HttpError;

    /// The address that [`listener`](super::listener) found.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpError> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| ErrorCode::Internal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[(&'static str, &str)]) -> (String, bool) {
        let networks =
            ["127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let client = TrustedProxies::new(networks.to_vec()).client(peer.parse().unwrap(), &headers);
        (client.ip.to_string(), client.secure)
    }

    #[test]
    fn a_request_that_a_proxy_forwarded_is_known_by_its_headers() {
        let is_forwarded = |name: &str| {
            let name: HeaderName = name.parse().unwrap();
            is_forwarded(&HeaderMap::from_iter([(name, "1.1 proxy".parse().unwrap())]))
        };
        for name in ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"] {
            assert!(is_forwarded(name), "{name}");
        }
        assert!(!is_forwarded("host") && !is_forwarded("x-forwarded"));
    }

    #[test]
    fn headers_of_anybody_else_are_not_believed() {
        let lines = [
            ("x-forwarded-for", "203.0.113.5"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "for=203.0.113.5"),
        ];
        assert_eq!(client("198.51.100.7", &lines), ("198.51.100.7".to_owned(), false));
        assert_eq!(client("127.0.0.2", &lines), ("127.0.0.2".to_owned(), false));
    }

    #[test]
    fn client_is_the_last_address_that_is_no_trusted_proxy() {
        for (forwarded, found) in [
            ("203.0.113.5", "203.0.113.5"),
            ("198.51.100.7, 203.0.113.5", "203.0.113.5"),
            ("127.0.0.1, 203.0.113.5", "203.0.113.5"),
            ("198.51.100.7, 203.0.113.5, 10.1.2.3,10.9.9.9", "203.0.113.5"),
            ("10.1.2.3, 10.9.9.9", "10.1.2.3"),
            ("203.0.113.5:4711", "203.0.113.5"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("203.0.113.5, 2001:db8:ffff::9", "203.0.113.5"),
            ("203.0.113.5, unknown", "127.0.0.1"),
            ("203.0.113.5, unknown, 10.1.2.3", "10.1.2.3"),
            ("203.0.113.5,", "127.0.0.1"),
            ("evil", "127.0.0.1"),
            ("", "127.0.0.1"),
        ] {
            assert_eq!(client("127.0.0.1", &[("x-forwarded-for", forwarded)]).0, found, "{forwarded}");
        }
        let lines = [("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "203.0.113.5, 10.1.2.3")];
        assert_eq!(client("::ffff:127.0.0.1", &lines).0, "203.0.113.5", "over several lines");
        assert_eq!(client("127.0.0.1", &[]).0, "127.0.0.1", "a request of the proxy's own");
        for claimed in ["127.0.0.1", "::1", "127.0.0.9, 127.0.0.1"] {
            assert_eq!(client("10.1.2.3", &[("x-forwarded-for", claimed)]).0, "10.1.2.3", "{claimed}");
        }
    }

    #[test]
    fn forwarded_is_read_where_there_is_no_other_header() {
        let one = ("forwarded", r#"for=198.51.100.7, for="[2001:db8::1]:4711";proto=https;by=10.0.0.1"#);
        assert_eq!(client("127.0.0.1", &[one]), ("2001:db8::1".to_owned(), true));
        assert_eq!(
            client("127.0.0.1", &[one, ("x-forwarded-for", "203.0.113.5")]),
            ("203.0.113.5".to_owned(), false)
        );
        assert_eq!(
            client("127.0.0.1", &[("forwarded", "For=203.0.113.5;Proto=http")]),
            ("203.0.113.5".to_owned(), false)
        );
        for hidden in ["for=unknown", "for=_hidden", "proto=https", "", ";;=,"] {
            assert_eq!(client("127.0.0.1", &[("forwarded", hidden)]).0, "127.0.0.1", "{hidden}");
        }
    }

    #[test]
    fn scheme_is_what_the_nearest_proxy_says() {
        let proto = |proto| {
            client("127.0.0.1", &[("x-forwarded-for", "203.0.113.5"), ("x-forwarded-proto", proto)]).1
        };
        assert!(proto("https") && proto("HTTPS") && proto("http, https"));
        assert!(!proto("http") && !proto("https, http") && !proto("httpsx"));
    }
}
