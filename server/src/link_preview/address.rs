//! Which addresses of the internet anybody may have fetched.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use crate::network::Network;

/// The networks of IPv4 that are not of the public internet (IANA's registry of special addresses), and multicast.
const NOT_PUBLIC_V4: [&str; 16] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    // Behind carriers' address translation.
    "100.64.0.0/10",
    "127.0.0.0/8",
    // Link-local: also where clouds tell machines their secrets.
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    // Relays of 6to4.
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16",
];

/// The networks within IPv6's global unicast that lead elsewhere or nowhere.
const NOT_PUBLIC_V6: [&str; 4] = [
    // Protocols, among them Teredo, which contains IPv4 addresses.
    "2001::/23",
    "2001:db8::/32",
    // 6to4 contains IPv4 addresses.
    "2002::/16",
    "3fff::/20",
];

/// The global unicast of IPv6: all else is local, multicast, or contains IPv4 addresses (NAT64, mapped, compatible).
const GLOBAL_V6: &str = "2000::/3";

static V4: LazyLock<Vec<Network>> = LazyLock::new(|| networks(&NOT_PUBLIC_V4));
static V6: LazyLock<Vec<Network>> = LazyLock::new(|| networks(&NOT_PUBLIC_V6));
static GLOBAL: LazyLock<Vec<Network>> = LazyLock::new(|| networks(&[GLOBAL_V6]));

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// Whether an address is one of the public internet, which anybody may have fetched.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !V4.iter().any(|network| network.contains(address.into()))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let is_in = |networks: &[Network]| networks.iter().any(|network| network.contains(address.into()));
    is_in(&GLOBAL) && !is_in(&V6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_of_the_tables_is_one() {
        assert_eq!(V4.len(), NOT_PUBLIC_V4.len());
        assert_eq!(V6.len(), NOT_PUBLIC_V6.len());
        assert_eq!(GLOBAL.len(), 1);
    }

    #[test]
    fn what_is_not_of_the_internet_is_refused() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:53aa:64c::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456:789a::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_of_the_internet_is_not() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450:4001:82b::200e",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
