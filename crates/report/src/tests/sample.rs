//! Reports built by hand: an image with faults of every kind, hostile names among them, and its scorecard.

use std::sync::Arc;

use api::{
    Because, Cell, CellOutcome, ControlRow, Coverage, Cvss, DatabaseInfo, DatabaseSource, Epss, Finding, Fix,
    FixKind, Gate, GateOutcome, Kev, Link, Note, NoteKind, PackageRow, Report, RuleRow, Score, Status,
    Suppression, TargetRow, TargetSource, Tool, Verdict, VerdictOutcome, Vulnerability,
};
use model::{
    Digest, Distribution, Doubt, DoubtKind, LayerRef, Ledger, PackageType, Place, Severity, Skipped,
    SourcePackage, Timestamp, Unread,
};

const TARGET: &str = "oci:images/shop:checkout";
/// A file name that tries a terminal, a page, a script block and a reader's eye.
pub(crate) const HOSTILE: &str = "srv/\u{1b}[2J</script><img src=x onerror=alert(1)>\u{202e}gnp.sh";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn layer(index: u32) -> LayerRef {
    LayerRef { index, diff_id: Digest([u8::try_from(index).unwrap() + 0xa0; 32]) }
}

fn package(kind: PackageType, name: &str, version: &str, source: Option<(&str, &str)>) -> PackageRow {
    let purl = format!("pkg:{kind}/{name}@{version}");
    PackageRow {
        id: purl.clone(),
        target: TARGET.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        kind,
        purl,
        source: source.map(|(n, v)| SourcePackage { name: n.to_owned(), version: v.to_owned() }),
        architecture: (kind == PackageType::Deb).then(|| "amd64".to_owned()),
        licenses: vec!["Apache-2.0".to_owned()],
        paths: vec![
            if kind == PackageType::Deb { "var/lib/dpkg/status" } else { "app/package-lock.json" }.to_owned(),
        ],
        layer: Some(layer(0)),
        instruction: Some("ADD rootfs.tar.xz / # buildkit".to_owned()),
        direct: (kind != PackageType::Deb).then_some(false),
        development: false,
        reached: None,
    }
}

struct Flaw<'a> {
    id: &'a str,
    severity: Severity,
    score: f64,
    epss: Option<f64>,
    kev: bool,
    fixed: Option<&'a str>,
    summary: &'a str,
}

fn vulnerable(number: u64, package: &PackageRow, flaw: &Flaw<'_>) -> Finding {
    let distribution = package.kind == PackageType::Deb;
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let vulnerability = Vulnerability {
        id: flaw.id.to_owned(),
        aliases: vec![format!("GHSA-{number:04}-aaaa-bbbb")],
        summary: Some(flaw.summary.to_owned()),
        cvss: vec![Cvss {
            version: "3.1".into(),
            vector: vector.into(),
            score: flaw.score,
            source: "GHSA".into(),
        }],
        epss: flaw.epss.map(|score| Epss { score, percentile: 0.97 }),
        kev: flaw.kev.then(|| Kev {
            added: "2024-03-14".into(),
            due: Some("2024-04-04".into()),
            ransomware: number == 1,
        }),
        published: Some(time("2024-03-01")),
        modified: Some(time("2024-05-01T10:00:00Z")),
        range: flaw.fixed.map_or_else(|| "every version".to_owned(), |f| format!("< {f}")),
        fixed: flaw.fixed.map(str::to_owned).into_iter().collect(),
        urls: vec![format!("https://example.com/{}", flaw.id), "javascript:alert(1)".to_owned()],
    };
    let fix = flaw.fixed.map(|v| Fix {
        kind: FixKind::Upgrade,
        command: Some(format!("apt-get install --only-upgrade {}={v}", package.name)),
        patch: None,
        version: Some(v.to_owned()),
    });
    Finding {
        id: format!("{number:016x}"),
        control: if distribution { "image-scanning" } else { "dependencies" }.into(),
        rule: if distribution { "vulnerable-package" } else { "vulnerable-dependency" }.into(),
        severity: flaw.severity,
        title: format!("{} {} is affected by {}", package.name, package.version, flaw.id).into(),
        message: format!("{} {} is affected by {}: {}", package.name, package.version, flaw.id, flaw.summary),
        target: TARGET.into(),
        r#where: Place {
            path: package.paths[0].clone().into(),
            layer: Some(layer(0).diff_id.to_string().into()),
            instruction: package.instruction.as_deref().map(Into::into),
            ..Place::default()
        },
        packages: vec![package.id.clone()],
        vulnerability: Some(Arc::new(vulnerability)),
        because: vec![
            Because::new(format!("{} {} is installed", package.name, package.version), &package.paths[0]),
            Because::new(format!("{} names it", flaw.id), "Debian snapshot 2026-08-01"),
        ],
        fix: fix.map(Box::new),
        status: Status::Open,
        suppression: None,
    }
}

fn surface(number: u64, rule: &str, title: &str, path: &str, severity: Severity) -> Finding {
    Finding {
        id: format!("{number:016x}"),
        control: "image-hardening".into(),
        rule: rule.into(),
        severity,
        title: title.into(),
        message: format!("{title}: `{path}`; remove the bit or the file in the layer that brings it"),
        target: TARGET.into(),
        r#where: Place {
            path: path.into(),
            layer: Some(layer(1).diff_id.to_string().into()),
            ..Place::default()
        },
        packages: Vec::new(),
        vulnerability: None,
        because: vec![Because::new("mode 4755, owner 0:0", path)],
        fix: Some(Box::new(Fix {
            kind: FixKind::Command,
            command: Some(format!("chmod u-s /{path}")),
            patch: None,
            version: None,
        })),
        status: Status::Open,
        suppression: None,
    }
}

/// One flaw for each package of the sample, in their order.
const FLAWS: [Flaw<'_>; 5] = [
    Flaw {
        id: "CVE-2024-0001",
        severity: Severity::Critical,
        score: 9.8,
        epss: Some(0.942),
        kev: true,
        fixed: Some("3.0.11-1~deb12u2"),
        summary: "Memory corruption while reading a certificate lets a peer run code before it has shown who it is",
    },
    Flaw {
        id: "CVE-2024-0002",
        severity: Severity::High,
        score: 7.5,
        epss: Some(0.0123),
        kev: false,
        fixed: Some("3.0.9-1+deb12u1"),
        summary: "A long object identifier takes minutes to print",
    },
    Flaw {
        id: "CVE-2023-45853",
        severity: Severity::Critical,
        score: 9.8,
        epss: Some(0.01),
        kev: false,
        fixed: None,
        summary: "Integer overflow in MiniZip",
    },
    Flaw {
        id: "CVE-2021-23337",
        severity: Severity::High,
        score: 7.2,
        epss: None,
        kev: false,
        fixed: Some("4.17.21"),
        summary: "Command injection through template",
    },
    Flaw {
        id: "CVE-2025-1000",
        severity: Severity::Unknown,
        score: 0.0,
        epss: None,
        kev: false,
        fixed: Some("2.0.0"),
        summary: "概要は長いテキストで、端末の幅を超えて切り捨てられるはずです。概要は長いテキストです",
    },
];

fn vulnerabilities(packages: &[PackageRow]) -> Vec<Finding> {
    (1..)
        .zip(packages)
        .zip(&FLAWS)
        .map(|((number, package), flaw)| vulnerable(number, package, flaw))
        .collect()
}

fn findings(packages: &[PackageRow]) -> Vec<Finding> {
    let mut out = vulnerabilities(packages);
    let setuid = "Set-user-id program";
    for (i, path) in [
        "usr/bin/chfn",
        "usr/bin/chsh",
        "usr/bin/gpasswd",
        "usr/bin/mount",
        "usr/bin/newgrp",
        "usr/bin/passwd",
        "usr/bin/su",
    ]
    .iter()
    .enumerate()
    {
        out.push(surface(16 + i as u64, "image-setuid", setuid, path, Severity::Medium));
    }
    out.push(surface(32, "image-world-writable", "World-writable file", HOSTILE, Severity::Low));
    let mut secret = surface(33, "image-env-secret", "Secret in the image's environment", "", Severity::High);
    secret.message = "`ENV DB_PASSWORD` holds a value; pass it at run time instead".to_owned();
    secret.fix = None;
    secret.control = "secrets".into();
    secret.r#where.instruction = Some("ENV DB_PASSWORD=…".into());
    out.push(secret);
    let mut accepted = surface(34, "image-shell", "Shell in the image", "bin/sh", Severity::Low);
    accepted.status = Status::Suppressed;
    accepted.suppression = Some(Box::new(Suppression {
        by: "plimsoll-ignore.toml:3".into(),
        reason: "the entrypoint is a script".into(),
        owner: Some("team-checkout".into()),
        until: Some("2027-01-31".into()),
        in_source: false,
    }));
    out.push(accepted);
    out
}

fn doubts() -> Vec<Doubt> {
    let doubt = |control: &str, kind, place: &str, reason: &str, remedy: &str| Doubt {
        control: control.into(),
        rule: None,
        target: TARGET.into(),
        kind,
        r#where: place.into(),
        reason: reason.into(),
        remedy: remedy.into(),
    };
    let partial = "the database covers npm only in part";
    let full = "build the full database: plimsoll db build --from PATH… --out FILE";
    vec![
        doubt(
            "image-scanning",
            DoubtKind::Target,
            "layer 3",
            "gzip stream ends before its trailer",
            "export the image again",
        ),
        doubt("dependencies", DoubtKind::Knowledge, "npm", partial, full),
        doubt("dependencies", DoubtKind::Knowledge, "npm (app/admin)", partial, full),
        doubt(
            "dependencies",
            DoubtKind::Knowledge,
            "left-pad",
            "version `latest` is no semver version: no number",
            "pin the version in app/package-lock.json",
        ),
    ]
}

fn database() -> DatabaseInfo {
    let source = |name: &str, records, coverage| DatabaseSource {
        name: name.into(),
        snapshot: time("2026-08-01"),
        records,
        coverage,
    };
    DatabaseInfo {
        id: "sha256:0123456789abcdef0123456789abcdef".into(),
        built: time("2026-08-01"),
        sources: vec![
            source("Debian", 31, Coverage::Partial),
            source("epss", 48, Coverage::Complete),
            source("kev", 1300, Coverage::Complete),
            source("npm", 17, Coverage::Partial),
        ],
    }
}

fn rules() -> Vec<RuleRow> {
    let row = |id: &str, control: &str, passed, failed, unknown| RuleRow {
        id: id.into(),
        control: control.into(),
        evaluated: passed + failed + unknown,
        passed,
        failed,
        unknown,
        not_applicable: 0,
    };
    vec![
        row("image-env-secret", "secrets", 0, 1, 0),
        row("image-setuid", "image-hardening", 0, 1, 0),
        row("vulnerable-dependency", "dependencies", 40, 2, 1),
        row("vulnerable-package", "image-scanning", 98, 3, 0),
    ]
}

fn target() -> TargetRow {
    TargetRow {
        runs_in: Vec::new(),
        matched: None,
        id: TARGET.into(),
        kind: "oci".into(),
        name: "images/shop:checkout".into(),
        digest: Some(Digest([0x5a; 32]).to_string()),
        platform: Some("linux/amd64".into()),
        distribution: Some(Distribution {
            id: "debian".into(),
            version: "12".into(),
            codename: Some("bookworm".into()),
            pretty_name: Some("Debian GNU/Linux 12 (bookworm)".into()),
            id_like: Vec::new(),
            end_of_life: Some("2026-06-10".into()),
        }),
        sources: vec![
            TargetSource {
                ecosystem: "Debian".into(),
                snapshot: Some("2026-11-20T00:00:00Z".parse().unwrap()),
                age_days: Some(5),
                coverage: Coverage::Complete,
                packages: 98,
                oldest_feed: None,
            },
            TargetSource {
                ecosystem: "PyPI".into(),
                snapshot: None,
                age_days: None,
                coverage: Coverage::Partial,
                packages: 40,
                oldest_feed: None,
            },
        ],
    }
}

fn ledger() -> Ledger {
    Ledger {
        files: 12_345,
        bytes: 1_234_567_890,
        layers: 4,
        documents: 3,
        objects: 0,
        skipped: vec![Skipped {
            r#where: "srv/dump.sql".into(),
            bound: "FILE_BYTES_MAX".into(),
            limit: 67_108_864,
        }],
        unread: vec![Unread {
            r#where: "layer 3".into(),
            reason: "gzip stream ends before its trailer".into(),
        }],
        rendered: Vec::new(),
    }
}

fn gates() -> Vec<Gate> {
    vec![
        Gate {
            expression: "kev".into(),
            outcome: GateOutcome::Fail,
            matched: vec!["0000000000000001".into()],
            because: "1 finding is known to be exploited: CVE-2024-0001".into(),
        },
        Gate {
            expression: "severity>=critical && fixable".into(),
            outcome: GateOutcome::Incomplete,
            matched: Vec::new(),
            because: "1 finding has no known severity, and a layer could not be read".into(),
        },
    ]
}

/// A scan with two gates, incomplete.
pub(crate) fn scan() -> Report {
    let packages = vec![
        package(PackageType::Deb, "libssl3", "3.0.9-1", Some(("openssl", "3.0.9-1"))),
        package(PackageType::Deb, "openssl", "3.0.9-1", Some(("openssl", "3.0.9-1"))),
        package(PackageType::Deb, "zlib1g", "1:1.2.13.dfsg-1", Some(("zlib", "1:1.2.13.dfsg-1"))),
        package(PackageType::Npm, "lodash", "4.17.20", None),
        package(PackageType::Npm, "漢字-pad", "1.0.0", None),
    ];
    let findings = findings(&packages);
    Report {
        schema: api::SCHEMA.to_owned(),
        tool: Tool { name: "plimsoll".into(), version: "0.1.0".into() },
        as_of: time("2026-11-25T12:00:00Z"),
        database: Some(database()),
        targets: vec![target()],
        workloads: None,
        links: vec![Link {
            from: packages[1].id.clone(),
            to: packages[0].id.clone(),
            kind: "depends-on".into(),
        }],
        packages,
        rules: rules(),
        findings,
        doubts: doubts(),
        ledger: ledger(),
        notes: vec![Note {
            kind: NoteKind::ExpiredIgnore,
            r#where: "plimsoll-ignore.toml:9".into(),
            message: "ended on 2026-10-31; its findings are open again".into(),
        }],
        controls: Vec::new(),
        score: None,
        framework: None,
        verdict: Verdict { outcome: VerdictOutcome::Fail, exit: 1, gates: gates() },
    }
}

fn cell(outcome: CellOutcome, findings: &[&str], because: &str) -> Cell {
    Cell {
        outcome,
        findings: findings.iter().map(|f| (*f).to_owned()).collect(),
        because: because.to_owned(),
    }
}

fn not_yet() -> Cell {
    cell(CellOutcome::NotImplemented, &[], "this version does not measure it")
}

fn control(domain: &str, id: &str, title: &str, cells: [Cell; 3]) -> ControlRow {
    let [see, fix, hold] = cells;
    ControlRow { id: id.into(), domain: domain.into(), title: title.into(), see, fix, hold }
}

fn image_controls() -> Vec<ControlRow> {
    use CellOutcome::{Fail, NotApplicable, Pass, Unknown};
    let gate = "no pipeline file was found that runs a gate; point at the project's directory";
    vec![
        control(
            "image-security",
            "image-scanning",
            "Known vulnerabilities are found and remediated",
            [
                cell(
                    Fail,
                    &["0000000000000001", "0000000000000003"],
                    "3 of 101 subjects fail; the worst is critical and known to be exploited",
                ),
                cell(Pass, &[], "every fixable finding has an upgrade that re-evaluates clean"),
                cell(Unknown, &[], gate),
            ],
        ),
        control(
            "image-security",
            "image-signing",
            "Images are signed before push and verified before they run",
            [not_yet(), not_yet(), cell(NotApplicable, &[], "no cluster was pointed at")],
        ),
        control(
            "image-security",
            "image-hardening",
            "Minimal base, no shell where none is needed, no setuid, no secrets",
            [
                cell(Fail, &["0000000000000010", "0000000000000020"], "9 findings, the worst is medium"),
                cell(Fail, &[], "2 findings have no artefact that closes them"),
                cell(Unknown, &[], gate),
            ],
        ),
    ]
}

/// The same scan as a scorecard.
pub(crate) fn assess() -> Report {
    let rest = [
        ("runtime-security", "isolation", "Development and production cannot talk; tenants are apart"),
        ("runtime-security", "resources", "Every container has CPU and memory requests and limits"),
        ("runtime-security", "runtime-protection", "Unexpected processes and behaviour raise an alert"),
        ("network-security", "network-policies", "Only necessary traffic flows between services"),
        ("network-security", "mesh-mtls", "Traffic between services is authenticated and encrypted"),
        ("configuration-management", "secrets", "Secrets are stored in a vault, never in images or git"),
        ("configuration-management", "config-audit", "Cluster and hosts are held against benchmarks"),
        ("orchestration-security", "cluster-hardening", "API server, etcd and kubelet are hardened"),
        ("orchestration-security", "rbac", "Least privilege, bound to service accounts"),
        ("orchestration-security", "pod-security", "Pod Security Standards are kept"),
        ("supply-chain-security", "dependencies", "Dependencies are scanned and updated"),
        ("supply-chain-security", "build-pipeline", "Signed commits, protected secrets, hardened pipelines"),
        ("monitoring-and-logging", "monitoring", "Containers are measured; the unusual raises an alert"),
        ("monitoring-and-logging", "logging", "All container logs are in one place"),
        ("compliance-and-governance", "policy-enforcement", "One set of policies holds for the cluster"),
        ("compliance-and-governance", "audit-trail", "Audit logs are enabled, kept and reviewed"),
    ];
    let mut controls = image_controls();
    for (domain, id, title) in rest {
        let cells = match id {
            "secrets" => [
                cell(CellOutcome::Fail, &["0000000000000021"], "1 secret lies in the image's environment"),
                cell(CellOutcome::Fail, &[], "no artefact was produced"),
                not_yet(),
            ],
            "dependencies" => [
                cell(CellOutcome::Unknown, &[], "the database covers npm only in part; build the full one"),
                cell(CellOutcome::Pass, &[], "every finding has an upgrade"),
                cell(CellOutcome::NotApplicable, &[], "nothing here could enforce it"),
            ],
            _ => [not_yet(), not_yet(), not_yet()],
        };
        controls.push(control(domain, id, title, cells));
    }
    let arithmetic = "2 cells pass of 9 judged (2 pass, 4 fail, 3 unknown); 2 not applicable and 46 not implemented stand beside it, uncounted";
    Report {
        controls,
        score: Some(Score { value: 2, of: 9, arithmetic: arithmetic.into() }),
        verdict: Verdict { outcome: VerdictOutcome::Incomplete, exit: 3, gates: Vec::new() },
        ..scan()
    }
}

/// An assessment against another framework beside.
pub(crate) fn framework() -> Report {
    let report = assess();
    let controls = report.controls.iter().take(1).cloned();
    let controls =
        controls.map(|c| ControlRow { id: "5.1.1".to_owned(), domain: "d".to_owned(), ..c }).collect();
    let table = api::FrameworkTable {
        name: "other".to_owned(),
        title: "Other".to_owned(),
        source: "its edition".to_owned(),
        domains: vec![api::DomainRow { id: "d".to_owned(), title: "5.1 Rights".to_owned() }],
        controls,
        score: report.score.clone().unwrap(),
    };
    Report { framework: Some(table), ..report }
}
