//! The keys: one for every flag, in the order in which they are shown.

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A path; in a file it is relative to the file's directory.
    Path,
    /// True or false.
    Flag,
    /// A whole number from 0.
    Number,
    /// A list; one text with commas in the environment.
    List,
    /// A list of paths.
    Paths,
    /// A list whose entries may hold commas; one a line in the environment.
    Lines,
}

impl Kind {
    /// What to write in a file.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::Path => "text in quotes",
            Self::Flag => "true or false",
            Self::Number => "a whole number from 0 to 65535",
            Self::List | Self::Paths | Self::Lines => "a list of texts, `[\"…\", \"…\"]`",
        }
    }
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// As in the file, dots for tables: `fail-on`, `db.from`.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The default, in words.
    pub default: &'static str,
    /// One line.
    pub help: &'static str,
}

const fn new(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Key {
    Key { name, kind, default, help }
}

/// Every key.
pub const KEYS: &[Key] = &[
    new("control", Kind::List, "all", "controls to judge"),
    new("framework", Kind::Text, "none", "another framework whose table `assess` shows, a name or a file"),
    new("fail-on", Kind::Lines, "none", "gates, each an expression"),
    new("format", Kind::List, "table", "report formats, each FORMAT or FORMAT=FILE"),
    new("as-of", Kind::Text, "now", "the moment ages are counted from"),
    new("database", Kind::Path, "your own, else the demonstration one", "advisory database"),
    new(
        "max-database-age",
        Kind::Text,
        "30d, 180d for quiet registries",
        "how old advisories may be, 12h, 7d, 4w or any; in writing it is a gate",
    ),
    new("min-package-age", Kind::Text, "none", "how long packages must have been public, 12h, 7d or 4w"),
    new("ignore-file", Kind::Path, "none", "accepted findings"),
    new(
        "no-inline-ignore",
        Kind::Flag,
        "false",
        "do not accept what comments and annotations in manifests ask to be ignored",
    ),
    new("vex", Kind::Paths, "none", "VEX documents: OpenVEX, CSAF, CycloneDX"),
    new("baseline", Kind::Path, "none", "earlier report; what it has is not `new`"),
    new("images", Kind::Flag, "false", "scan the images that workloads of the targets run"),
    new(
        "images-from",
        Kind::Lines,
        "none",
        "where those images are looked for before their registries, each [REPOSITORY=]PATH",
    ),
    new("render", Kind::Flag, "false", "render charts and kustomizations with your own programs"),
    new("helm", Kind::Text, "the first on the path", "program that renders charts; in no file"),
    new(
        "kustomize",
        Kind::Text,
        "kustomize or kubectl, the first on the path",
        "program that renders kustomizations; in no file",
    ),
    new("values", Kind::Paths, "none", "values for every chart beside its own"),
    new(
        "platform",
        Kind::Text,
        "every platform of the target, this machine's in a registry",
        "platform of an image, OS/ARCH",
    ),
    new("all-platforms", Kind::Flag, "false", "every platform of an image in a registry"),
    new("verify", Kind::Flag, "false", "read and verify layers that the cache knows"),
    new("containerd-root", Kind::Path, "/var/lib/containerd", "where containerd keeps its images"),
    new("docker-root", Kind::Path, "/var/lib/docker", "where Docker keeps its images"),
    new("workload", Kind::Lines, "none", "kinds of others that bring pods, each GROUP/KIND=FIELD.FIELD"),
    new("podman-root", Kind::Path, "/var/lib/containers/storage", "where podman keeps its images"),
    new("jobs", Kind::Number, "one a core", "worker threads"),
    new("no-cache", Kind::Flag, "false", "neither read nor write the cache"),
    new("cache-dir", Kind::Path, "the user's cache directory", "where layers' facts are kept"),
    new(
        "ca-file",
        Kind::Paths,
        "the system's",
        "certificates to trust beside the system's, files or directories",
    ),
    new("plain-http", Kind::List, "this machine", "hosts that may be asked over plain HTTP"),
    new("insecure-registry", Kind::List, "none", "hosts whose certificate is not verified"),
    new("client-certificate", Kind::List, "none", "client certificates, each HOST=FILE or HOST=FILE;KEYFILE"),
    new("mirror", Kind::List, "none", "mirrors of registries, each REGISTRY=HOST[/PREFIX]"),
    new(
        "registry-user",
        Kind::Text,
        "that of `docker login`",
        "user at the registry; the password comes by standard input or PLIMSOLL_REGISTRY_PASSWORD",
    ),
    new("password-stdin", Kind::Flag, "false", "read the registry user's password from standard input"),
    new("quiet", Kind::Flag, "false", "no progress and no notes"),
    new("color", Kind::Text, "auto", "colour of the table: auto, always, never"),
    new(
        "sweep.include",
        Kind::List,
        "all",
        "images of a registry that are scanned, globs over REPOSITORY:TAG",
    ),
    new("sweep.exclude", Kind::List, "none", "images of a registry that are left out, globs"),
    new("sweep.since", Kind::Text, "all", "images of a registry made earlier are left out, 7d or 2026-11-25"),
    new(
        "sweep.state",
        Kind::Path,
        "the user's state directory",
        "what is kept between the runs over a registry",
    ),
    new("sweep.reports", Kind::Path, "none", "directory for the report of each image of a registry"),
    new("sbom.format", Kind::Text, "cyclonedx-json", "format of `sbom`"),
    new("sbom.spec-version", Kind::Text, "1.6", "version of CycloneDX that `sbom` writes"),
    new("sbom.output", Kind::Path, "standard output", "file or directory that `sbom` writes"),
    new("db.from", Kind::Paths, "none", "advisories that `db build` reads"),
    new("db.out", Kind::Path, "your own database", "file that `db build` and `db update` write"),
    new("db.only", Kind::List, "the usual ones", "feeds that `db update` fetches"),
    new("db.also", Kind::List, "none", "feeds beside the usual ones"),
    new("db.mirror", Kind::Text, "none", "address below which HOST/PATH of every upstream is served"),
    new("db.sources", Kind::Lines, "none", "feeds of one's own, each NAME=ADDRESS"),
    new("db.folder", Kind::Path, "the user's data folder", "where `db update` keeps what it fetched"),
    new("db.prebuilt", Kind::Text, "none", "address of a prebuilt database that `db update` takes instead"),
    new("db.key", Kind::Path, "none", "public key that must have signed the prebuilt database"),
    new("db.signature", Kind::Text, "the address and `.sig`", "address of its signature"),
    new("db.complete", Kind::List, "none", "ecosystems that `db build` takes to be complete"),
    new("db.limit", Kind::Number, "20", "answers of `db search`"),
    new(
        "db.format",
        Kind::Text,
        "table",
        "format of `db info`, `db search`, `db verify`, `db update` and `db diff`",
    ),
    new("policy.format", Kind::Text, "table", "format of `policy convert`: table, json or yaml"),
    new("policy.output", Kind::Path, "standard output", "file that `policy convert` writes"),
    new("rules.format", Kind::Text, "table", "format of `rules`"),
    new("explain.report", Kind::Path, "none", "report that `explain` reads"),
    new("diff.format", Kind::List, "table", "formats of `diff`, each FORMAT or FORMAT=FILE"),
    new("fix.select", Kind::Text, "all", "findings that `fix` closes, an expression"),
    new(
        "fix.level",
        Kind::Text,
        "restricted",
        "level of the Pod Security Standards that `fix` brings workloads to",
    ),
    new("fix.write", Kind::Flag, "false", "`fix` writes the files"),
    new("fix.format", Kind::List, "diff", "formats of `fix`, each FORMAT or FORMAT=FILE"),
    new(
        "fix.run-as-user",
        Kind::Text,
        "the user of the image",
        "user that `fix` lets containers run as that would be root",
    ),
    new("fix.read-only-root", Kind::Flag, "false", "`fix` makes root file systems read-only"),
    new("fix.empty-volumes", Kind::Flag, "false", "`fix` makes forbidden volumes empty directories"),
    new("fix.usage", Kind::List, "none", "what containers used, each FILE, cpu=FILE or memory=FILE"),
    new("fix.cpu-request", Kind::Text, "100m", "processor time that `fix` lets containers ask for"),
    new("fix.cpu-limit", Kind::Text, "500m", "processor time that `fix` lets containers take"),
    new("fix.memory-request", Kind::Text, "128Mi", "memory that `fix` lets containers ask for"),
    new("fix.memory-limit", Kind::Text, "256Mi", "memory that `fix` lets containers take"),
    new("fix.ephemeral-storage-request", Kind::Text, "64Mi", "disk that `fix` lets containers ask for"),
    new("fix.ephemeral-storage-limit", Kind::Text, "1Gi", "disk that `fix` lets containers take"),
    new("fix.digest", Kind::List, "none", "digests of images, each IMAGE:TAG=DIGEST"),
    new("fix.report", Kind::Paths, "none", "earlier reports whose digests of images `fix` uses"),
    new("openvex.from", Kind::Path, "none", "ignore file that `vex` reads"),
    new("openvex.output", Kind::Path, "standard output", "file that `vex` writes"),
    new("openvex.author", Kind::Text, "the owner of each entry", "author of the document that `vex` writes"),
    new("openvex.accepted-as", Kind::Text, "affected", "status of an entry without justification"),
    new("config.format", Kind::Text, "table", "format of `config show`"),
];

/// The key called `name`.
#[must_use]
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.name == name)
}

impl Key {
    /// Its environment variable, `PLIMSOLL_FAIL_ON`.
    #[must_use]
    pub fn variable(&self) -> String {
        let name = self.name.replace(['-', '.'], "_").to_ascii_uppercase();
        format!("{}{name}", crate::ENVIRONMENT_PREFIX)
    }
}

/// The word of `words` nearest to `word`, if it is near enough to have been meant.
pub(crate) fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let scored = words.map(|w| (distance(word, w), w)).filter(|(d, _)| *d <= limit);
    scored.min().map(|(_, w)| w)
}

/// Edit distance (Levenshtein), for words of the length of a key.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut next = vec![i + 1];
        for ((y, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(i);
            next.push((diagonal + usize::from(x != *y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
