//! Networks of IP addresses, as flags name them.

use std::{net::IpAddr, str::FromStr};

/// An address, or all addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// How many bits of the address count.
    prefix: u32,
}

impl Network {
    /// Whether an address is in it. An IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.1`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= self.prefix
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    /// Parses `192.0.2.1`, `10.0.0.0/8`, `2001:db8::1` or `2001:db8::/32`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected an address or a network, such as 127.0.0.1 or 10.0.0.0/8".to_owned();
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().map_err(|_| wrong())?)),
            None => (text.trim(), None),
        };
        let given: IpAddr = address.parse().map_err(|_| wrong())?;
        let address = given.to_canonical();
        let bits = |address: IpAddr| if address.is_ipv4() { 32 } else { 128 };
        // Of `::ffff:10.0.0.0/104`, 96 bits say that it is IPv4.
        let mapped = bits(given) - bits(address);
        let prefix = match prefix {
            Some(prefix) => prefix.checked_sub(mapped).filter(|prefix| *prefix <= bits(address)),
            None => Some(bits(address)),
        };
        Ok(Self { address, prefix: prefix.ok_or_else(wrong)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_contains_the_addresses_that_begin_with_its_bits() {
        for (network, inside, outside) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/8", "10.0.0.1", "11.0.0.1"),
            ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
            ("127.0.0.1/32", "::ffff:127.0.0.1", "::1"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::1", "::1", "::2"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(inside.parse().unwrap()), "{inside} in {network}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{outside} in {network}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "proxy.example",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "/8",
            "::ffff:10.0.0.0/8",
        ] {
            let refused = text.parse::<Network>().expect_err(text);
            assert!(refused.contains("such as 127.0.0.1"), "{text}: {refused}");
        }
    }
}
