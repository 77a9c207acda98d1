//! A machine of its own, as far as the network is concerned: a network namespace, with cables to this one whose packets can be
//! dropped, so that nobody is told that anything is wrong. Takes root and `ip` (iproute2).

use std::{
    net::Ipv4Addr,
    path::Path,
    process::{Command, Output, id},
    sync::atomic::{AtomicU32, Ordering},
};

/// The addresses that RFC 2544 keeps for measurements: nobody's own network has them.
const NETWORK: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);

/// How many networks of four addresses that has.
const NETWORKS: u32 = 1 << 15;

/// What the names of namespaces begin with; the id of the process follows, and a number.
const PREFIX: &str = "confab-";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A machine. Dropped, it is gone with its cables.
pub struct Machine {
    name: String,
}

/// Which packets are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    All,
    /// Those that the machine sends: what it is asked arrives, and what it answers does not.
    Answers,
}

/// A cable between this machine and the other. It goes with the machine.
pub struct Cable {
    name: String,
    machine: String,
    number: u32,
}

impl Machine {
    /// None where no network namespace can be made, which fails only where `CONFAB_REQUIRE_NETNS` is set: it takes root.
    pub fn start() -> Option<Self> {
        remove_abandoned();
        let name = format!("{PREFIX}{}-{}", id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let made = Command::new("ip").args(["netns", "add", &name]).output();
        let why = match made {
            Ok(output) if output.status.success() => {
                ip(&["-n", &name, "link", "set", "lo", "up"]);
                return Some(Self { name });
            }
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => format!("ip (iproute2): {error}"),
        };
        assert!(
            std::env::var_os("CONFAB_REQUIRE_NETNS").is_none(),
            "no network namespace can be made: {why}"
        );
        eprintln!("### SKIPPED: no network namespace can be made, which takes root and iproute2: {why} ###");
        None
    }

    /// The name of its network namespace.
    pub fn namespace(&self) -> &str {
        &self.name
    }

    /// Another cable between it and this machine.
    pub fn cable(&self) -> Cable {
        let number = (id().wrapping_mul(16).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed))) % NETWORKS;
        // Names of network devices have 15 characters at most.
        let name = format!("cf{}x{number}", id() % 100_000);
        let cable = Cable { name, machine: self.name.clone(), number };
        let (near, far) = (cable.mac(Cable::NEAR), cable.mac(Cable::FAR));
        let far_end = ["type", "veth", "peer", "name", &cable.name, "address", &far, "netns", &self.name];
        ip(&[&["link", "add", &cable.name, "address", &near][..], &far_end].concat());
        for (end, number) in [(&[][..], Cable::NEAR), (&["-n", &self.name], Cable::FAR)] {
            let address = format!("{}/30", cable.address_of(number));
            ip(&[end, &["addr", "add", &address, "dev", &cable.name]].concat());
            ip(&[end, &["link", "set", &cable.name, "up"]].concat());
        }
        cable.mend();
        cable
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

impl Cable {
    /// The ends, by the last bits of their addresses; and nobody's.
    const NEAR: u32 = 1;
    const FAR: u32 = 2;
    const NOBODY: u32 = 3;

    /// The address of the machine at its far end.
    pub fn address(&self) -> Ipv4Addr {
        self.address_of(Self::FAR)
    }

    /// Drops packets from now on.
    pub fn cut(&self, dropped: Dropped) {
        // They are addressed to a network card that nobody has.
        let from_here = if dropped == Dropped::All { Self::NOBODY } else { Self::FAR };
        self.lead(from_here, Self::NOBODY);
    }

    /// Works again.
    pub fn mend(&self) {
        self.lead(Self::FAR, Self::NEAR);
    }

    /// Sets which network cards the two ends send to.
    fn lead(&self, from_here: u32, from_there: u32) {
        let ends = [(&[][..], Self::FAR, from_here), (&["-n", &self.machine], Self::NEAR, from_there)];
        for (end, to, card) in ends {
            let (address, mac) = (self.address_of(to).to_string(), self.mac(card));
            let neighbour = ["neigh", "replace", &address, "lladdr", &mac, "nud", "permanent"];
            ip(&[end, &neighbour, &["dev", &self.name]].concat());
        }
    }

    fn address_of(&self, end: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(NETWORK.to_bits() + self.number * 4 + end)
    }

    fn mac(&self, end: u32) -> String {
        let [.., high, low] = self.number.to_be_bytes();
        format!("02:cf:00:{high:02x}:{low:02x}:{end:02x}")
    }
}

/// Removes what tests have left that were killed.
fn remove_abandoned() {
    let Ok(Output { stdout, .. }) = Command::new("ip").args(["netns", "list"]).output() else { return };
    for name in String::from_utf8_lossy(&stdout).lines().filter_map(|line| line.split(' ').next()) {
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = Command::new("ip").args(["netns", "del", name]).status();
        }
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("ip can be started");
    assert!(
        output.status.success(),
        "ip {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
}
