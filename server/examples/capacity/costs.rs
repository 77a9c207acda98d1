//! What things cost, as it was measured. Every figure has its source and its date; another machine's are given as flags.
//!
//! The relations between the figures hold longer than the figures: measure with `make bench` before buying machines.

use clap::Args;

use crate::scenario::{above_zero, not_negative, share};

/// A command from its frame to its ack, in microseconds of a node's processor: one server of `cluster`, docs/performance.md,
/// November 2026, Intel Xeon. It has the deliveries to the other three of the group, in bursts. Postgres took another 6.46 us.
const COMMAND_US: f64 = 4.08;

/// A delivery to a socket, one message at a time: `fanout`, docs/performance.md, November 2026, Intel Xeon.
const DELIVERY_US: f64 = 3.47;

/// A delivery in bursts, where one send carries many messages: `sends`, as above.
const BURST_DELIVERY_US: f64 = 0.52;

/// The heartbeat of a connection, in microseconds each second: `idle`, docs/performance.md, November 2026, AMD EPYC.
const CONNECTION_US: f64 = 1.16;

/// Resident memory of a silent connection, in KiB: `idle`, as above.
const CONNECTION_KIB: f64 = 4.30;

/// The kernel's memory of a silent connection, in KiB, which no process shows as its own: an assumption. Its buffers grow up
/// to 256 KiB for each direction where a client reads slowly (`transport/listener.rs`).
const CONNECTION_KERNEL_KIB: f64 = 10.0;

/// Memory of a node without connections, in MiB: `big-store` with ten million messages, as above.
const NODE_BASE_MIB: f64 = 21.6;

/// A message to or from the bus, in microseconds of a node's processor: an assumption, of the size of a delivery. In bursts of
/// about 16 events to a message, two nodes of `cluster` took 1.24 us for each event, published and received.
const BUS_US: f64 = 4.0;

/// What a message on the bus has beside its text, in bytes: the readers' frame, the envelope's header and NATS's own line
/// (`realtime/bus/nats/envelope.rs`).
const BUS_OVERHEAD_BYTES: f64 = 310.0;

/// What a message's frame has beside its text, in bytes: docs/protocol.md.
const FRAME_OVERHEAD_BYTES: f64 = 130.0;

/// Commands that one Postgres takes in a second, each in a transaction of its own: pgbench with 16 clients on Confab's schema
/// (an event, the conversation's row, the author's read position), Postgres 15, `synchronous_commit = on`, two processors
/// that were busy with other work, November 2026. In transactions of 64 commands, as the nodes' group commits make
/// them under load, it took 32,000.
const POSTGRES_COMMANDS: f64 = 2_400.0;

/// What a message takes in Postgres beside its text, in bytes: in the same run 250, its row with the indices of its key and of
/// its command, and an allowance of 150 for an index of words.
const ROW_OVERHEAD_BYTES: f64 = 400.0;

/// What things cost on the machines that are planned.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Costs, as measured")]
pub struct Costs {
    /// Processor time of a command, from its frame to its ack, in microseconds
    #[arg(long, default_value_t = COMMAND_US, value_parser = above_zero)]
    pub command_us: f64,

    /// Processor time of a delivery, in microseconds
    #[arg(long, default_value_t = DELIVERY_US, value_parser = above_zero)]
    pub delivery_us: f64,

    /// Processor time of a delivery that shares its write with others, in microseconds
    #[arg(long, default_value_t = BURST_DELIVERY_US, value_parser = above_zero)]
    pub burst_delivery_us: f64,

    /// The share of deliveries that do
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    pub burst_share: f64,

    /// Processor time of a silent connection, in microseconds each second
    #[arg(long, default_value_t = CONNECTION_US, value_parser = not_negative)]
    pub connection_us: f64,

    /// Memory of a silent connection in the process, in KiB
    #[arg(long, default_value_t = CONNECTION_KIB, value_parser = above_zero)]
    pub connection_kib: f64,

    /// Memory of a silent connection in the kernel, in KiB
    #[arg(long, default_value_t = CONNECTION_KERNEL_KIB, value_parser = not_negative)]
    pub connection_kernel_kib: f64,

    /// Memory of a node without connections, in MiB
    #[arg(long, default_value_t = NODE_BASE_MIB, value_parser = not_negative)]
    pub node_base_mib: f64,

    /// Processor time of a message to or from the bus, in microseconds
    #[arg(long, default_value_t = BUS_US, value_parser = not_negative)]
    pub bus_us: f64,

    /// What a message on the bus has beside its text, in bytes
    #[arg(long, default_value_t = BUS_OVERHEAD_BYTES, value_parser = not_negative)]
    pub bus_overhead_bytes: f64,

    /// What a message's frame has beside its text, in bytes
    #[arg(long, default_value_t = FRAME_OVERHEAD_BYTES, value_parser = not_negative)]
    pub frame_overhead_bytes: f64,

    /// Commands that one database takes in a second
    #[arg(long, default_value_t = POSTGRES_COMMANDS, value_parser = above_zero)]
    pub database_commands: f64,

    /// What a message takes in the database beside its text, in bytes
    #[arg(long, default_value_t = ROW_OVERHEAD_BYTES, value_parser = not_negative)]
    pub row_overhead_bytes: f64,
}

impl Costs {
    /// Processor time of an average delivery, in microseconds.
    pub fn average_delivery_us(&self) -> f64 {
        self.burst_share * self.burst_delivery_us + (1.0 - self.burst_share) * self.delivery_us
    }

    /// Memory of a connection, in bytes.
    pub fn connection_bytes(&self) -> f64 {
        (self.connection_kib + self.connection_kernel_kib) * 1024.0
    }
}

#[cfg(test)]
pub mod tests {
    use clap::Parser;

    use super::Costs;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        costs: Costs,
    }

    /// The measured costs, but for those that flags name.
    pub fn costs(flags: &[&str]) -> Costs {
        Only::parse_from(["test"].iter().chain(flags)).costs
    }

    #[test]
    fn bursts_make_deliveries_cheaper() {
        let flags = ["--delivery-us", "3", "--burst-delivery-us", "1", "--burst-share"];
        let average = |share| costs(&[&flags[..], &[share]].concat()).average_delivery_us();
        assert_eq!((average("0"), average("0.5"), average("1")), (3.0, 2.0, 1.0));
    }
}
