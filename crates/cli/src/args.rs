//! The grammar of the command line. Every flag is optional here; defaults and other sources are the settings'.

mod assess;
mod fix;
mod images;
mod policy;
mod registry;
mod render;
mod vex;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use config::{Layer, Value};

pub(crate) use self::assess::{Assess, Frameworks};
pub(crate) use self::fix::Fix;
use self::images::Images;
pub(crate) use self::policy::Policy;
use self::registry::{Registry, Sweep};
use self::render::Render;
pub(crate) use self::vex::Vex;

use crate::db_args;

const EXAMPLES: &str = "\
Examples:
  plimsoll scan oci:images/shop:1.4            vulnerabilities and faults of an image
  plimsoll assess .                            the project against all nineteen controls
  plimsoll scan app.tar --fail-on 'severity>=high && fixable' --format table,sarif=scan.sarif
  plimsoll sbom oci:images/shop:1.4 --format spdx-json --output shop.spdx.json
  plimsoll db update                           the advisories of today
  plimsoll db build --from advisories --out advisories.db

Exit codes:
  0  every gate passed            1  a gate failed on something known
  2  usage or configuration       3  incomplete: something asked for could not be known";

/// One binary for container security: what is in an image or a project, what is wrong with it, what to do.
///
/// Plimsoll reads images, root file systems, project directories and bills of materials, judges what it finds, and says
/// as plainly what it could not know: not knowing is not passing.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 110)]
pub(crate) struct Cli {
    /// What every verb takes.
    #[command(flatten)]
    pub common: Common,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags of every verb.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// No progress and no notes on standard error
    #[arg(short, long, global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_name = "BOOL", help_heading = "Everywhere")]
    pub quiet: Option<bool>,
    /// Colour of tables: auto (on a terminal), always or never
    #[arg(long, global = true, value_name = "WHEN", help_heading = "Everywhere")]
    pub color: Option<String>,
    /// Certificates (PEM, file or directory) to trust beside the system's
    #[arg(long, global = true, value_name = "FILE,…", value_delimiter = ',', help_heading = "Everywhere")]
    pub ca_file: Vec<String>,
    /// Configuration file; without it `plimsoll.toml` is searched upwards, `none` reads none
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<String>,
}

/// A verb.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Scan targets with every rule that their kind allows
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(Judge),
    /// Hold targets against the nineteen controls: the scan as a scorecard
    #[command(after_help = ASSESS_EXAMPLES)]
    Assess(Assess),
    /// Write the bill of materials of a target
    #[command(after_help = SBOM_EXAMPLES)]
    Sbom(Sbom),
    /// Compare two targets, bills of materials or reports: what changed, and why
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(Diff),
    /// Mend manifests: security, resources, tokens, probes, images; each change proven by judging again
    #[command(after_help = fix::FIX_EXAMPLES)]
    Fix(Box<Fix>),
    /// Take over what other scanners found, and fill the scorecard with it
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(Judge),
    /// Write OpenVEX from an ignore file
    #[command(after_help = VEX_EXAMPLES)]
    Vex(Vex),
    /// Update, build, describe, search, compare and check the advisory database
    #[command(subcommand)]
    Db(Db),
    /// Work with policies of clusters: PodSecurityPolicies as levels of the Pod Security Standards
    #[command(subcommand)]
    Policy(Policy),
    /// List the rules, or show the page of one
    #[command(subcommand)]
    Rules(Rules),
    /// List the frameworks that `assess --framework` fills, or show the controls of one
    #[command(subcommand)]
    Frameworks(Frameworks),
    /// Explain a finding: what, where, why, and how to close it
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Show the effective configuration
    #[command(subcommand)]
    Config(Config),
    /// Write the completions of a shell
    #[command(after_help = "Example:\n  plimsoll completions bash > /etc/bash_completion.d/plimsoll")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

const SCAN_EXAMPLES: &str = "\
Examples:
  plimsoll scan oci:images/shop                every manifest of an OCI layout
  plimsoll scan docker-archive:shop.tar        what `docker save` wrote
  plimsoll scan nginx:1.25                     an image in a registry, as `docker pull` takes it
  plimsoll scan 'registry:images.example/team/**' --since 30d      every image of a registry, and what is new
  plimsoll scan .                              a project, and the images and bills of materials in it
  plimsoll scan cluster:                       the cluster of the current context
  plimsoll scan cluster: --images              and the images that run in it: what is exposed, what is privileged
  kubectl get all -A -o json | plimsoll scan - a dump of one; manifests:PATH for files of objects
  cat bom.json | plimsoll scan -               standard input
  plimsoll scan . --fail-on kev --fail-on 'severity>=high && age>30d'
  plimsoll scan . --format table,json=report.json,html=report.html
  plimsoll scan --rematch bills/ --against yesterday.db --database today.db";

const ASSESS_EXAMPLES: &str = "\
Examples:
  plimsoll assess examples/shop                the scorecard, worst findings, what would make unknowns known
  plimsoll assess . --control image-scanning,dependencies --fail-on control-failed
  plimsoll assess . --framework cis-kubernetes         another table; `plimsoll frameworks list` names them
  plimsoll assess . --format html=scorecard.html";

const SBOM_EXAMPLES: &str = "\
Examples:
  plimsoll sbom oci:images/shop:1.4 > shop.cdx.json
  plimsoll sbom . --format spdx-json --output bom.spdx.json
  plimsoll sbom oci:images/shop --output bills/         one file a target";

const DIFF_EXAMPLES: &str = "\
Examples:
  plimsoll diff oci:images/shop:1.4 oci:images/shop:1.5
  plimsoll diff yesterday.json today.json              two reports: what else is known of the same image
  plimsoll diff bom.cdx.json oci:images/shop:1.5 --format table,markdown=diff.md
  plimsoll diff main.json oci:images/shop:pr --fail-on 'new && severity>=high'";

const IMPORT_EXAMPLES: &str = "\
Examples:
  plimsoll import trivy.json                           its packages and findings as a scorecard
  plimsoll import trivy.json grype.json syft.json      results about one image are one target
  plimsoll import codeql.sarif --format html=scorecard.html";

const VEX_EXAMPLES: &str = "\
Examples:
  plimsoll vex --from plimsoll-ignore.toml oci:images/shop:1.4 -o shop.openvex.json
  plimsoll vex --from plimsoll-ignore.toml report.json     the findings of a report that the entries cover";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  plimsoll explain 9f86d081884c7d65 --report report.json
  plimsoll explain CVE-2024-1234 oci:images/shop:1.4   scans again and explains every finding of it";

/// `scan` and `assess`.
#[derive(Debug, Args)]
pub(crate) struct Judge {
    /// What to look at: [oci:|docker-archive:|rootfs:|dir:|sbom:|manifests:]PATH,
    /// [registry:]IMAGE, docker:IMAGE, podman:IMAGE, containerd:[NAMESPACE/]IMAGE, proc:PID, cluster:[CONTEXT],
    /// or - for standard input
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Only these controls
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub control: Vec<String>,
    /// A gate: exit 1 if it matches, 3 if it could; may be given several times
    #[arg(long, value_name = "EXPR")]
    pub fail_on: Vec<String>,
    /// Reports: table, json, sarif, html, markdown, junit, gitlab (or gitlab-container, gitlab-dependency, gitlab-sast), cyclonedx,
    /// oscal, each with =FILE
    #[arg(long, value_name = "FORMAT[=FILE],…", value_delimiter = ',')]
    pub format: Vec<String>,
    /// Accepted findings, with reason, owner and expiry
    #[arg(long, value_name = "FILE")]
    pub ignore_file: Option<String>,
    /// Do not accept what comments and annotations in manifests ask to be ignored
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub no_inline_ignore: Option<bool>,
    /// VEX documents: OpenVEX, CSAF, CycloneDX
    #[arg(long, value_name = "FILE,…", value_delimiter = ',')]
    pub vex: Vec<String>,
    /// Earlier JSON report: findings that it has are not `new` to gates
    #[arg(long, value_name = "REPORT")]
    pub baseline: Option<String>,
    /// The targets are reports and bills of materials of earlier scans: say what is newly true of them
    #[arg(long, help_heading = "Again")]
    pub rematch: bool,
    /// The database of then; what bills of materials hold is compared between it and `--database`
    #[arg(long, value_name = "FILE", requires = "rematch", help_heading = "Again")]
    pub against: Option<String>,
    /// The database and the clock
    #[command(flatten)]
    pub knowledge: Knowledge,
    /// How targets are read
    #[command(flatten)]
    pub reading: Reading,
    /// The images that workloads run
    #[command(flatten)]
    pub images: Images,
    /// Charts and kustomizations
    #[command(flatten)]
    pub render: Render,
    /// Whole registries
    #[command(flatten)]
    pub sweep: Sweep,
}

/// Which knowledge answers, and when.
#[derive(Debug, Args)]
pub(crate) struct Knowledge {
    /// Advisory database; without it your own, else the small demonstration one
    #[arg(long, value_name = "FILE")]
    pub database: Option<String>,
    /// The moment ages are counted from, 2026-11-25 or 2026-11-25T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Advisories older than this (12h, 7d, 4w) answer nothing: a gate; `any` to accept every age. Without it those of
    /// complete sources are in doubt after 30 days, 180 for quiet registries
    #[arg(long, value_name = "AGE")]
    pub max_database_age: Option<String>,
    /// Packages that have been public for less than this (12h, 7d, 4w) are findings, where a lockfile records dates
    #[arg(long, value_name = "AGE")]
    pub min_package_age: Option<String>,
}

/// How targets are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct Reading {
    /// Of an image for several platforms only this one
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// Every platform of an image in a registry, not only this machine's
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub all_platforms: Option<bool>,
    /// Read and verify layers that the cache knows
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub verify: Option<bool>,
    /// Where containerd keeps the images of `containerd:`, /var/lib/containerd by default
    #[arg(long, value_name = "DIR")]
    pub containerd_root: Option<String>,
    /// Where Docker keeps the images of `docker:`, /var/lib/docker by default
    #[arg(long, value_name = "DIR")]
    pub docker_root: Option<String>,
    /// Where podman, buildah and CRI-O keep the images of `podman:`, /var/lib/containers/storage by default
    #[arg(long, value_name = "DIR")]
    pub podman_root: Option<String>,
    /// A kind of others that brings pods, and where: `example.org/Fleet=spec.ships.template`; may be given several times
    #[arg(long, value_name = "GROUP/KIND=FIELD")]
    pub workload: Vec<String>,
    /// Worker threads, one a core by default
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<u16>,
    /// Neither read nor write the cache
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub no_cache: Option<bool>,
    /// Where the cache lies
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<String>,
    /// How registries are asked
    #[command(flatten)]
    pub registry: Registry,
}

/// `diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What came before: a target, or a report that `--format json` wrote
    pub old: String,
    /// What came after
    pub new: String,
    /// A gate over the new side: exit 1 if it matches, 3 if it could; `new` is what the old side has not
    #[arg(long, value_name = "EXPR")]
    pub fail_on: Vec<String>,
    /// table, json, markdown, each with =FILE
    #[arg(long, value_name = "FORMAT[=FILE],…", value_delimiter = ',')]
    pub format: Vec<String>,
    /// Only these controls
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub control: Vec<String>,
    /// Accepted findings, with reason, owner and expiry
    #[arg(long, value_name = "FILE")]
    pub ignore_file: Option<String>,
    /// Do not accept what comments and annotations in manifests ask to be ignored
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub no_inline_ignore: Option<bool>,
    /// VEX documents: OpenVEX, CSAF, CycloneDX
    #[arg(long, value_name = "FILE,…", value_delimiter = ',')]
    pub vex: Vec<String>,
    /// The database and the clock
    #[command(flatten)]
    pub knowledge: Knowledge,
    /// How targets are read
    #[command(flatten)]
    pub reading: Reading,
}

/// `sbom`.
#[derive(Debug, Args)]
pub(crate) struct Sbom {
    /// What to look at: [oci:|docker-archive:|rootfs:|dir:|sbom:]PATH, [registry:]IMAGE,
    /// docker:IMAGE, podman:IMAGE, containerd:[NAMESPACE/]IMAGE, proc:PID, or - for standard input
    pub target: String,
    /// cyclonedx-json (the default), cyclonedx-xml, spdx-json or spdx-tag
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Version of CycloneDX: 1.3, 1.4, 1.5, 1.6 (the default) or 1.7
    #[arg(long, value_name = "VERSION")]
    pub spec_version: Option<String>,
    /// File, or a directory for one file a target; standard output without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// The moment written into the document, 2026-11-25 or 2026-11-25T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// How targets are read
    #[command(flatten)]
    pub reading: Reading,
}

/// `db`.
#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Build a database from advisories: OSV, distributions' own, CISA KEV, EPSS; files, archives, directories
    #[command(after_help = "Example:\n  plimsoll db build --from advisories --out advisories.db")]
    Build {
        /// Advisories
        #[arg(long, value_name = "PATH", num_args = 1..)]
        from: Vec<String>,
        /// The file to write; without it your own database
        #[arg(long, value_name = "FILE")]
        out: Option<String>,
        /// Ecosystems whose advisories are complete
        #[arg(long, value_name = "ECOSYSTEM,…", value_delimiter = ',')]
        complete: Vec<String>,
        /// Worker threads, one a core by default
        #[arg(short, long, value_name = "N")]
        jobs: Option<u16>,
    },
    /// Fetch what changed of the advisories' upstreams and build your database anew
    #[command(after_help = db_args::UPDATE_EXAMPLES)]
    Update(Box<db_args::Update>),
    /// Say which advisories appeared, went or changed between two databases
    #[command(after_help = db_args::DIFF_EXAMPLES)]
    Diff(db_args::Diff),
    /// Say what is in a database, how old and how partial it is
    Info(DbAsk),
    /// Find vulnerabilities by id, package, part of a package's name, or a word of their summary
    #[command(
        after_help = "Examples:\n  plimsoll db search CVE-2024-1234\n  plimsoll db search openssl --limit 100"
    )]
    Search {
        /// An id, a package, a word
        text: String,
        /// Most answers
        #[arg(long, value_name = "N")]
        limit: Option<u16>,
        /// The database
        #[command(flatten)]
        ask: DbAsk,
    },
    /// Read a whole database and check every checksum
    Verify(DbAsk),
}

/// Which database, and how it answers.
#[derive(Debug, Args)]
pub(crate) struct DbAsk {
    /// Advisory database; without it your own, else the small demonstration one
    #[arg(long, value_name = "FILE")]
    pub database: Option<String>,
    /// table or json
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
}

/// `rules`.
#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List every rule with its control and severity
    List {
        /// Only these controls
        #[arg(long, value_name = "ID,…", value_delimiter = ',')]
        control: Vec<String>,
        /// table or json
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
    /// Show the page of a rule
    Show {
        /// Rule id
        id: String,
        /// table or json
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
}

/// `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Finding id, the beginning of one, or the id of a vulnerability
    #[arg(value_name = "FINDING-ID")]
    pub id: String,
    /// Targets to scan again; without them a report is read
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// The report that holds the finding, as `--format json` wrote it; - for standard input
    #[arg(long, value_name = "FILE")]
    pub report: Option<String>,
    /// The database and the clock
    #[command(flatten)]
    pub knowledge: Knowledge,
    /// How targets are read
    #[command(flatten)]
    pub reading: Reading,
}

/// `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every key, its effective value and where it came from
    Show {
        /// table or json
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
}

/// Puts flags that were given into a layer.
pub(crate) trait IntoLayer {
    /// Adds what was given.
    fn add(&self, layer: &mut Layer);
}

/// Sets a text if it was given.
pub(crate) fn text(layer: &mut Layer, key: &'static str, value: Option<&String>) {
    if let Some(value) = value {
        layer.flag(key, Value::Text(value.clone()));
    }
}

/// Sets a list if it was given; a blank word stays, and is refused: it may be a gate whose variable is empty.
pub(crate) fn list(layer: &mut Layer, key: &'static str, value: &[String]) {
    if !value.is_empty() {
        layer.flag(key, Value::List(value.iter().map(|w| w.trim().to_owned()).collect()));
    }
}

/// Sets a flag if it was given.
fn flag(layer: &mut Layer, key: &'static str, value: Option<bool>) {
    if let Some(value) = value {
        layer.flag(key, Value::Flag(value));
    }
}

/// Sets a number if it was given.
pub(crate) fn number(layer: &mut Layer, key: &'static str, value: Option<u16>) {
    if let Some(value) = value {
        layer.flag(key, Value::Number(value));
    }
}

impl IntoLayer for Common {
    fn add(&self, layer: &mut Layer) {
        flag(layer, "quiet", self.quiet);
        text(layer, "color", self.color.as_ref());
        list(layer, "ca-file", &self.ca_file);
    }
}

impl IntoLayer for Judge {
    fn add(&self, layer: &mut Layer) {
        list(layer, "control", &self.control);
        list(layer, "fail-on", &self.fail_on);
        list(layer, "format", &self.format);
        text(layer, "ignore-file", self.ignore_file.as_ref());
        flag(layer, "no-inline-ignore", self.no_inline_ignore);
        list(layer, "vex", &self.vex);
        text(layer, "baseline", self.baseline.as_ref());
        self.knowledge.add(layer);
        self.reading.add(layer);
        self.images.add(layer);
        self.render.add(layer);
        self.sweep.add(layer);
    }
}

impl IntoLayer for Knowledge {
    fn add(&self, layer: &mut Layer) {
        text(layer, "database", self.database.as_ref());
        text(layer, "as-of", self.as_of.as_ref());
        text(layer, "max-database-age", self.max_database_age.as_ref());
        text(layer, "min-package-age", self.min_package_age.as_ref());
    }
}

impl IntoLayer for Reading {
    fn add(&self, layer: &mut Layer) {
        text(layer, "platform", self.platform.as_ref());
        flag(layer, "all-platforms", self.all_platforms);
        flag(layer, "verify", self.verify);
        list(layer, "workload", &self.workload);
        number(layer, "jobs", self.jobs);
        flag(layer, "no-cache", self.no_cache);
        text(layer, "containerd-root", self.containerd_root.as_ref());
        text(layer, "docker-root", self.docker_root.as_ref());
        text(layer, "podman-root", self.podman_root.as_ref());
        text(layer, "cache-dir", self.cache_dir.as_ref());
        self.registry.add(layer);
    }
}

impl IntoLayer for Diff {
    fn add(&self, layer: &mut Layer) {
        list(layer, "control", &self.control);
        list(layer, "fail-on", &self.fail_on);
        list(layer, "diff.format", &self.format);
        text(layer, "ignore-file", self.ignore_file.as_ref());
        flag(layer, "no-inline-ignore", self.no_inline_ignore);
        list(layer, "vex", &self.vex);
        self.knowledge.add(layer);
        self.reading.add(layer);
    }
}

impl IntoLayer for Sbom {
    fn add(&self, layer: &mut Layer) {
        text(layer, "sbom.format", self.format.as_ref());
        text(layer, "sbom.spec-version", self.spec_version.as_ref());
        text(layer, "sbom.output", self.output.as_ref());
        text(layer, "as-of", self.as_of.as_ref());
        self.reading.add(layer);
    }
}

impl IntoLayer for DbAsk {
    fn add(&self, layer: &mut Layer) {
        text(layer, "database", self.database.as_ref());
        text(layer, "db.format", self.format.as_ref());
    }
}

impl IntoLayer for Explain {
    fn add(&self, layer: &mut Layer) {
        text(layer, "explain.report", self.report.as_ref());
        self.knowledge.add(layer);
        self.reading.add(layer);
    }
}
