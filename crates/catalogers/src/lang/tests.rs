//! Every `cases.md` of the ecosystems, read as prose: files of a target, then what is found in it.

use std::collections::BTreeMap;

use inventory::{Harvest, TargetKind};
use oci::{Analyzer, Interest, OpenError, Origin, Reopen, TreeBuilder};

use super::{catalog, interest};

const CASES: &[(&str, &str)] = &[
    ("rules of evidence", include_str!("cases.md")),
    ("drift", include_str!("drift/cases.md")),
    ("python", include_str!("python/cases.md")),
    ("javascript", include_str!("javascript/cases.md")),
    ("golang", include_str!("golang/cases.md")),
    ("rust", include_str!("rust/cases.md")),
    ("java", include_str!("java/cases.md")),
    ("ruby", include_str!("ruby/cases.md")),
    ("php", include_str!("php/cases.md")),
    ("dotnet", include_str!("dotnet/cases.md")),
    ("conan", include_str!("conan/cases.md")),
    ("cocoapods", include_str!("cocoapods/cases.md")),
    ("swift", include_str!("swift/cases.md")),
    ("dart", include_str!("dart/cases.md")),
    ("elixir", include_str!("elixir/cases.md")),
    ("r", include_str!("r/cases.md")),
    ("julia", include_str!("julia/cases.md")),
    ("haskell", include_str!("haskell/cases.md")),
    ("conda", include_str!("conda/cases.md")),
    ("actions", include_str!("actions/cases.md")),
    ("terraform", include_str!("terraform/cases.md")),
];

#[test]
fn every_case_finds_what_it_says() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (ecosystem, text) in CASES {
        for case in cases(text) {
            count += 1;
            let found = show(&catalog_of(&case.files, case.kind));
            if found.trim() != case.expected.trim() {
                wrong.push(format!(
                    "{ecosystem}: {}\nexpected\n{}\nfound\n{found}",
                    case.title, case.expected
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(60 <= count, "only {count} cases were found");
}

/// Cuts and flips every file of every case: whatever comes of it, no panic.
#[test]
fn broken_documents_never_panic() {
    for (_, text) in CASES {
        for case in cases(text) {
            for path in case.files.keys() {
                let Some(bytes) = case.files.get(path) else { continue };
                let step = (bytes.len() / 24).max(1);
                for at in (0..bytes.len()).step_by(step) {
                    let mut files = case.files.clone();
                    files.insert(path.clone(), bytes[..at].to_vec());
                    catalog_of(&files, case.kind);
                    let mut flipped = bytes.clone();
                    flipped[at] ^= 0x15;
                    files.insert(path.clone(), flipped);
                    catalog_of(&files, case.kind);
                }
            }
        }
    }
}

/// Long places, many versions of one name, deep and wide: each would take hours if every pair were looked at.
#[test]
fn hostile_documents_end() {
    let long = "a/".repeat(100_000);
    let needs: String = (0..20_000).map(|i| format!("\"d{i}\": \"1\",")).collect();
    let needs = needs.trim_end_matches(',');
    let bun = format!(r#"{{"packages": {{"{long}x": ["x@1.0.0", "", {{"dependencies": {{{needs}}}}}]}}}}"#);
    let npm = format!(
        r#"{{"packages": {{"{long}node_modules/x": {{"version": "1.0.0", "dependencies": {{{needs}}}}}}}}}"#
    );
    let versions: String = (0..20_000)
        .map(|i| format!("x@{i}:\n  version \"{i}\"\n  dependencies:\n    x \"none\"\n"))
        .collect();
    for (path, text, packages) in
        [("bun.lock", bun, 0), ("package-lock.json", npm, 0), ("yarn.lock", versions, 20_000)]
    {
        let harvest = catalog_of(&BTreeMap::from([(path.to_owned(), text.into_bytes())]), TargetKind::Dir);
        assert_eq!(harvest.packages.len(), packages, "{path}");
        assert_eq!(
            harvest.problems.is_empty(),
            packages != 0 && path != "yarn.lock",
            "{path} {:?}",
            harvest.problems
        );
    }
}

#[test]
fn a_document_above_the_bound_is_named() {
    let tree = {
        let mut builder = TreeBuilder::default();
        builder.file(
            "poetry.lock",
            0o644,
            &vec![b' '; (super::text::DOCUMENT_BYTES_MAX + 1) as usize],
            &Interests,
        );
        builder.build(None)
    };
    let harvest = catalog(&tree, TargetKind::Dir);
    assert_eq!(harvest.problems.len(), 1);
    assert!(harvest.problems[0].reason.contains("more than the bound"), "{:?}", harvest.problems);
}

struct Case {
    title: String,
    kind: TargetKind,
    files: BTreeMap<String, Vec<u8>>,
    expected: String,
}

/// `## Title`, then `` `path`: `` before the block of each file, then `In a project:` or `In an image:` before the
/// block of what is found.
fn cases(text: &str) -> Vec<Case> {
    let mut out = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap_or_default().to_owned();
        let mut files = BTreeMap::new();
        let mut label = String::new();
        let mut block: Option<String> = None;
        for line in section.lines().skip(1) {
            match (&mut block, line.starts_with("```")) {
                (Some(_), true) => {
                    let body = block.take().unwrap_or_default();
                    let kind = match label.as_str() {
                        "In a project:" => Some(TargetKind::Dir),
                        "In an image:" => Some(TargetKind::Oci),
                        _ => None,
                    };
                    match kind {
                        Some(kind) => out.push(Case {
                            title: title.clone(),
                            kind,
                            files: files.clone(),
                            expected: body,
                        }),
                        None => {
                            let path = label.trim_end_matches(':').trim_matches('`').to_owned();
                            assert!(!path.is_empty(), "`{title}` has a block without a label");
                            files.insert(path, body.into_bytes());
                        }
                    }
                }
                (None, true) => block = Some(String::new()),
                (Some(body), false) => {
                    body.push_str(line);
                    body.push('\n');
                }
                (None, false) if !line.trim().is_empty() => line.trim().clone_into(&mut label),
                (None, false) => {}
            }
        }
    }
    out
}

fn catalog_of(files: &BTreeMap<String, Vec<u8>>, kind: TargetKind) -> Harvest {
    let mut builder = TreeBuilder::default();
    for (path, bytes) in files {
        // `link -> target` is a symbolic link, its directories stand in the tree as in a layer.
        match path.split_once(" -> ") {
            Some((link, target)) => builder.symlink(link, target),
            None => {
                for dir in super::files::upwards(super::files::parent(path)).filter(|d| !d.is_empty()) {
                    builder.dir(dir, 0o755);
                }
                builder.file(path, 0o644, bytes, &Interests)
            }
        };
    }
    catalog(&builder.build(Some(Box::new(Source(files.clone())))), kind)
}

struct Interests;

impl Analyzer for Interests {
    fn version(&self) -> u32 {
        0
    }
    fn interest(&self, path: &str, size: u64, _: u32, _: &[u8]) -> Interest {
        interest(path, size).unwrap_or(Interest::No)
    }
    fn digest(&self, _: &str, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

struct Source(BTreeMap<String, Vec<u8>>);

impl Reopen for Source {
    fn reopen(&self, origin: Origin<'_>, _: u64) -> Result<Vec<u8>, OpenError> {
        self.0.get(origin.path).cloned().ok_or(OpenError::Missing)
    }
}

/// One line a package and a problem: `purl [direct|transitive] [dev] [(licences)] [-> edges] [in paths]`.
fn show(harvest: &Harvest) -> String {
    let mut lines = Vec::new();
    let mut packages: Vec<_> = harvest.packages.iter().collect();
    packages.sort_by(|a, b| {
        (a.kind, &a.name, &a.version, &a.paths).cmp(&(b.kind, &b.name, &b.version, &b.paths))
    });
    for package in packages {
        let mut line = package.purl.clone();
        match package.direct {
            Some(true) => line += " direct",
            Some(false) => line += " transitive",
            None => {}
        }
        if package.dev {
            line += " dev";
        }
        if !package.licenses.is_empty() {
            line += &format!(" ({})", package.licenses.join(", "));
        }
        if !package.depends_on.is_empty() {
            line += &format!(" -> {}", package.depends_on.join(", "));
        }
        line += &format!(" in {}", package.paths.join(", "));
        if !package.owned_files.is_empty() {
            line += &format!(" owns {}", package.owned_files.join(", "));
        }
        lines.push(line);
    }
    let mut problems: Vec<_> =
        harvest.problems.iter().map(|p| format!("{:?} {}: {}", p.kind, p.r#where, p.reason)).collect();
    problems.sort();
    lines.extend(problems);
    lines.join("\n")
}
