//! Where a request comes from, and under which address its client is counted.

use std::net::{IpAddr, Ipv6Addr};

/// The address of a client. `transport` finds it: the peer of the connection, or what a trusted proxy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    /// The address; an IPv4 one is never written as an IPv6 one.
    pub ip: IpAddr,
    /// Whether the client came over TLS, as far as is known: a trusted proxy says so.
    pub secure: bool,
}

impl ClientAddress {
    /// The client of an address.
    pub fn new(ip: IpAddr, secure: bool) -> Self {
        Self { ip: ip.to_canonical(), secure }
    }

    /// The network that the client is counted under.
    pub fn network(&self) -> IpAddr {
        customer_network(self.ip)
    }

    /// Whether the client is on this machine, or behind a proxy on it that is not trusted.
    pub fn is_loopback(&self) -> bool {
        self.ip.is_loopback()
    }
}

/// The network that an address is counted under: a customer has one IPv4 address, or a /64 of IPv6 at least.
pub fn customer_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_customer_count_as_one_network() {
        let network = |text: &str| ClientAddress::new(text.parse().unwrap(), false).network();
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_eq!(network("10.0.0.1"), network("::ffff:10.0.0.1"));
        assert_ne!(network("10.0.0.1"), network("10.0.0.2"));
    }

    #[test]
    fn loopback_is_this_machine_in_every_spelling() {
        let is_loopback = |text: &str| ClientAddress::new(text.parse().unwrap(), false).is_loopback();
        assert!(is_loopback("127.0.0.2") && is_loopback("::1") && is_loopback("::ffff:127.0.0.1"));
        assert!(!is_loopback("10.0.0.1") && !is_loopback("0.0.0.0"));
    }
}
