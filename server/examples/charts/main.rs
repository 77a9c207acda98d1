//! Draws the figures of the docs: `make charts` reads docs/performance.json (from `make bench`) and docs/capacity.json (from
//! the capacity model) and writes SVG files to docs/images.
//!
//! To add a chart of bars: a panel in [`BAR_CHARTS`], named like the benchmark's figure.

mod bars;
mod lines;
mod palette;
#[path = "../../benches/load/results.rs"]
mod results;

use std::{fs, path::Path};

use anyhow::Context;

use self::{
    bars::{BarChart, Panel},
    results::Results,
};

const BAR_CHARTS: [BarChart; 3] = [
    BarChart {
        file: "processor-time.svg",
        title: "What a message costs the server's processor",
        note: "Lower is better.",
        panels: &[
            Panel {
                figure: "relay",
                title: "Between two people, from socket to socket; Confab stores it first",
            },
            Panel {
                figure: "fanout",
                title: "To each of 1,000 members who are online, one message at a time",
            },
            Panel { figure: "fanout-bursts", title: "To each of 1,000 members, in bursts of 16" },
        ],
    },
    BarChart {
        file: "durability.svg",
        title: "Acknowledged means on disk",
        note: "Beside what the disk and SQLite do alone.",
        panels: &[
            Panel {
                figure: "acked",
                title: "Messages stored and acknowledged in a second; higher is better",
            },
            Panel { figure: "latency", title: "From socket to socket, the median; lower is better" },
        ],
    },
    BarChart {
        file: "cluster.svg",
        title: "On Postgres, and on two nodes",
        note: "Beside what Postgres and NATS do alone.",
        panels: &[
            Panel {
                figure: "postgres",
                title: "Messages stored and acknowledged in a second, Postgres on the same two processors; higher is better",
            },
            Panel {
                figure: "cluster",
                title: "Processor time of a message, by who spends it; lower is better",
            },
            Panel {
                figure: "node-to-node",
                title: "From socket to socket in a cluster, the median; lower is better",
            },
        ],
    },
];

fn main() -> anyhow::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let images = docs.join("images");
    let write = |file: &str, svg: String| {
        let path = images.join(file);
        fs::write(&path, svg).with_context(|| format!("failed to write {}", path.display()))
    };
    let results = Results::read(&docs.join("performance.json"))?;
    for chart in &BAR_CHARTS {
        write(chart.file, chart.draw(&results)?)?;
    }
    let plans =
        fs::read_to_string(docs.join("capacity.json")).context("failed to read docs/capacity.json")?;
    write("capacity.svg", lines::draw(&plans)?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{BAR_CHARTS, results::Results};

    #[test]
    fn every_panel_has_its_figure_in_the_docs() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let results = Results::read(&docs.join("performance.json")).unwrap();
        for chart in &BAR_CHARTS {
            let svg = chart.draw(&results).unwrap();
            assert!(svg.contains("Confab") && svg.contains("prefers-color-scheme"), "{}", chart.file);
        }
    }
}
