//! The figures that are drawn, as JSON: written by the benchmark, read by `examples/charts`.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// Whose figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Confab,
    /// Another server.
    Peer,
    /// What the machine itself can do.
    Machine,
}

/// One bar of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub who: String,
    pub role: Role,
    pub value: f64,
}

/// One figure, of all who were measured side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub unit: String,
    pub machine: String,
    pub bars: Vec<Bar>,
}

/// All figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    pub figures: Vec<Figure>,
}

impl Results {
    /// Reads a file; one that does not exist has no figures.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            text => text.with_context(|| format!("failed to read {}", path.display()))?,
        };
        serde_json::from_str(&text).with_context(|| format!("failed to read {} as results", path.display()))
    }
}
