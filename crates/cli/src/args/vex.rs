//! `vex`: OpenVEX of an ignore file.

use clap::Args;
use config::Layer;

use super::{IntoLayer, Knowledge, Reading, text};

/// `vex`.
#[derive(Debug, Args)]
pub(crate) struct Vex {
    /// Targets or reports whose findings the entries cover; without them only entries that name a package URL and a
    /// vulnerability can be written
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// The ignore file
    #[arg(long, value_name = "FILE")]
    pub from: Option<String>,
    /// File to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Who says so; without it the owner of the entries
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// What an entry without `justification` becomes: affected (accepted, the default), not_affected or
    /// under_investigation
    #[arg(long, value_name = "STATUS")]
    pub accepted_as: Option<String>,
    /// The database and the clock
    #[command(flatten)]
    pub knowledge: Knowledge,
    /// How targets are read
    #[command(flatten)]
    pub reading: Reading,
}

impl IntoLayer for Vex {
    fn add(&self, layer: &mut Layer) {
        text(layer, "openvex.from", self.from.as_ref());
        text(layer, "openvex.output", self.output.as_ref());
        text(layer, "openvex.author", self.author.as_ref());
        text(layer, "openvex.accepted-as", self.accepted_as.as_ref());
        self.knowledge.add(layer);
        self.reading.add(layer);
    }
}
