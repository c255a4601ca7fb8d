//! The grammar of `db update` and `db diff`.

use clap::Args;
use config::{Layer, Value};

use crate::args::{IntoLayer, list, number, text};

pub(crate) const UPDATE_EXAMPLES: &str = "\
Examples:
  plimsoll db update                             every usual feed; only what changed is fetched
  plimsoll db update --only debian,npm           these alone; what is kept of others stays in the database
  plimsoll db update --also redhat-vex           and the large ones that are not usual
  plimsoll db update --mirror https://mirror.example/upstreams
  plimsoll db update --from https://host.example/plimsoll.db --key plimsoll.pub
  plimsoll db update --from oci://registry.example/advisories:latest --key plimsoll.pub
  plimsoll db update --list                      every feed, and what is kept of it

Exit codes:
  0  the database is what the upstreams have     3  a feed failed or was refused; the database is built from the rest";

pub(crate) const DIFF_EXAMPLES: &str = "\
Examples:
  plimsoll db diff yesterday.db today.db
  plimsoll db diff yesterday.db today.db --format json";

/// `db update`.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Only these feeds, by name or by what they are about: debian, npm, osv-pypi
    #[arg(long, value_name = "FEED,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Feeds beside the usual ones
    #[arg(long, value_name = "FEED,…", value_delimiter = ',')]
    pub also: Vec<String>,
    /// A mirror that serves HOST/PATH of every upstream below this address
    #[arg(long, value_name = "ADDRESS")]
    pub mirror: Option<String>,
    /// A feed of your own, or another address of a known one; may be given several times
    #[arg(long, value_name = "NAME=ADDRESS")]
    pub source: Vec<String>,
    /// Where what was fetched is kept
    #[arg(long, value_name = "DIR")]
    pub folder: Option<String>,
    /// The file to write; without it your own database
    #[arg(long, value_name = "FILE")]
    pub out: Option<String>,
    /// Take a feed that shrank to less than half
    #[arg(long)]
    pub accept_smaller: bool,
    /// List the feeds and what is kept of them, and fetch nothing
    #[arg(long)]
    pub list: bool,
    /// Take one prebuilt database instead: https://HOST/PATH or oci://HOST/REPOSITORY:TAG
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["only", "also", "mirror", "list"])]
    pub from: Option<String>,
    /// Public key (PEM, Ed25519 or ECDSA P-256) that must have signed the prebuilt database
    #[arg(long, value_name = "FILE", requires = "from")]
    pub key: Option<String>,
    /// Where its signature is; beside it with .sig at the end by default, in a registry another layer
    #[arg(long, value_name = "ADDRESS", requires = "from")]
    pub signature: Option<String>,
    /// Take a prebuilt database that nobody signed
    #[arg(long, requires = "from", conflicts_with = "key")]
    pub insecure_unsigned: bool,
    /// Take a prebuilt database that is older than yours
    #[arg(long, requires = "from")]
    pub older: bool,
    /// table or json
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Worker threads, one a core by default
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<u16>,
}

/// `db diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// A database
    #[arg(value_name = "OLD")]
    pub old: String,
    /// A later one
    #[arg(value_name = "NEW")]
    pub new: String,
    /// table or json
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Most advisories of a kind that the table shows
    #[arg(long, value_name = "N")]
    pub limit: Option<u16>,
}

impl IntoLayer for Update {
    fn add(&self, layer: &mut Layer) {
        list(layer, "db.only", &self.only);
        list(layer, "db.also", &self.also);
        text(layer, "db.mirror", self.mirror.as_ref());
        if !self.source.is_empty() {
            layer.flag("db.sources", Value::List(self.source.clone()));
        }
        text(layer, "db.folder", self.folder.as_ref());
        text(layer, "db.out", self.out.as_ref());
        text(layer, "db.prebuilt", self.from.as_ref());
        text(layer, "db.key", self.key.as_ref());
        text(layer, "db.signature", self.signature.as_ref());
        text(layer, "db.format", self.format.as_ref());
        number(layer, "jobs", self.jobs);
    }
}

impl IntoLayer for Diff {
    fn add(&self, layer: &mut Layer) {
        text(layer, "db.format", self.format.as_ref());
        number(layer, "db.limit", self.limit);
    }
}
