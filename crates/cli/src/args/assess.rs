//! `assess` and `frameworks`.

use clap::{Args, Subcommand};
use config::Layer;

use super::{IntoLayer, Judge, text};

/// `assess`.
#[derive(Debug, Args)]
pub(crate) struct Assess {
    /// As `scan`
    #[command(flatten)]
    pub judge: Judge,
    /// Show the table of another framework: one of `plimsoll frameworks list`, or a TOML file of your own
    #[arg(long, value_name = "NAME|FILE")]
    pub framework: Option<String>,
}

impl IntoLayer for Assess {
    fn add(&self, layer: &mut Layer) {
        self.judge.add(layer);
        text(layer, "framework", self.framework.as_ref());
    }
}

/// `frameworks`.
#[derive(Debug, Subcommand)]
pub(crate) enum Frameworks {
    /// List the frameworks in the program, and how many of their controls have rules
    List {
        /// table or json
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
    /// Show the controls of a framework and the rules that answer them
    Show {
        /// Name, or a TOML file of your own
        #[arg(value_name = "NAME|FILE")]
        name: String,
        /// table or json
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
}
