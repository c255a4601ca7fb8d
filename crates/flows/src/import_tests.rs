//! Other scanners' results as a target: united, judged, and never more than they say.

use api::{CellOutcome, Report};
use inventory::{Target, TargetKind};
use model::Severity;
use ports::source::{Content, Location, Opened, Progress, ReadOptions, SourceError, Sources, TargetSpec};

use crate::fakes::{Memory, request, world};
use crate::{FlowError, ScanRequest, World};

const TRIVY: &str = r#"{"SchemaVersion":2,"ArtifactName":"shop:1","ArtifactType":"container_image",
 "Metadata":{"OS":{"Family":"debian","Name":"12"}},"Results":[
  {"Target":"shop:1 (debian 12)","Class":"os-pkgs","Type":"debian","Vulnerabilities":[
   {"VulnerabilityID":"CVE-2026-9001","PkgName":"openssl","InstalledVersion":"3.0.11-1~deb12u1","Severity":"LOW","SeveritySource":"debian",
    "PkgIdentifier":{"PURL":"pkg:deb/debian/openssl@3.0.11-1~deb12u1?distro=debian-12"}},
   {"VulnerabilityID":"CVE-2026-7777","PkgName":"zlib1g","InstalledVersion":"1.2","Severity":"HIGH","FixedVersion":"1.3",
    "PkgIdentifier":{"PURL":"pkg:deb/debian/zlib1g@1.2?distro=debian-12"}}]},
  {"Target":"Dockerfile","Class":"config","Type":"dockerfile","Misconfigurations":[
   {"ID":"DS002","Message":"it runs as root","Severity":"HIGH","Status":"FAIL","CauseMetadata":{"StartLine":3}}]}]}"#;

const GRYPE: &str = r#"{"matches":[{"vulnerability":{"id":"DSA-9001-1","severity":"Critical","namespace":"debian:distro:debian:12","fix":{"versions":[],"state":"fixed"}},
   "relatedVulnerabilities":[],"artifact":{"name":"openssl","version":"3.0.11-1~deb12u1","type":"deb","purl":"pkg:deb/debian/openssl@3.0.11-1~deb12u1?distro=debian-12","locations":[{"path":"/var/lib/dpkg/status"}]}}],
 "source":{"type":"image","target":{"userInput":"shop:1"}},"distro":{"name":"debian","version":"12"},"descriptor":{"name":"grype","version":"0.80.0"}}"#;

const SYFT: &str = r#"{"artifacts":[
  {"id":"1","name":"openssl","version":"3.0.11-1~deb12u1","type":"deb","purl":"pkg:deb/debian/openssl@3.0.11-1~deb12u1?distro=debian-12"},
  {"id":"2","name":"bash","version":"5.2","type":"deb","purl":"pkg:deb/debian/bash@5.2?distro=debian-12"}],
 "source":{"type":"image","metadata":{"userInput":"shop:1"}},"distro":{"id":"debian","versionID":"12"},
 "descriptor":{"name":"syft","version":"1.18"},"schema":{"version":"16.0.0"}}"#;

const EMPTY: &str =
    r#"{"SchemaVersion":2,"ArtifactName":"clean:1","ArtifactType":"container_image","Results":[]}"#;

const LISTED: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,
 "metadata":{"tools":[{"name":"Trivy","version":"0.50"}],"component":{"type":"container","name":"shop:1","bom-ref":"r"}},
 "components":[{"type":"library","name":"zlib1g","version":"1.2","purl":"pkg:deb/debian/zlib1g@1.2?distro=debian-12","bom-ref":"a"}],
 "vulnerabilities":[{"id":"CVE-2026-7777","ratings":[{"severity":"critical"}],"affects":[{"ref":"a"},{"ref":"r"}]}]}"#;

struct Documents;

impl Sources for Documents {
    fn open(
        &self,
        spec: &TargetSpec,
        _: &dyn oci::Analyzer,
        _: &ReadOptions,
        _: &dyn Progress,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        let Location::Path(path) = &spec.location else { return Err(SourceError::Usage("no".to_owned())) };
        let text = match path.as_str() {
            "trivy.json" => TRIVY,
            "grype.json" => GRYPE,
            "syft.json" => SYFT,
            "empty.json" => EMPTY,
            "listed.cdx.json" => LISTED,
            _ => "{}",
        };
        let target = Target::new(format!("sbom:{path}"), TargetKind::Sbom, path.clone());
        let content = Content::Document(text.as_bytes().to_vec());
        Ok(vec![Opened::whole(target, content)])
    }
}

fn with<T>(act: impl FnOnce(&World<'_>) -> T) -> T {
    act(&world(&Documents, &Memory::default()))
}

fn import(targets: &[&str]) -> Report {
    let request: ScanRequest = request(targets);
    with(|world| crate::import(world, &request)).unwrap()
}

fn see(report: &Report, control: &str) -> CellOutcome {
    report.controls.iter().find(|c| c.id == control).unwrap().see.outcome
}

#[test]
fn a_vulnerability_that_several_name_is_one_finding_with_every_tool_in_its_argument() {
    let report = import(&["trivy.json", "grype.json"]);
    assert_eq!(report.targets.len(), 1);
    assert_eq!(report.targets[0].id, "results:trivy.json+grype.json");
    let found: Vec<_> = report.findings.iter().filter(|f| f.title.contains("openssl")).collect();
    let [openssl] = found.as_slice() else { panic!("one finding: {found:#?}") };
    assert_eq!(openssl.vulnerability.as_ref().unwrap().id, "CVE-2026-9001");
    // Ours is kept; theirs stand in the argument with their source.
    assert_eq!(openssl.severity, Severity::Critical);
    let said: Vec<&str> = openssl.because.iter().map(|b| b.what.as_str()).collect();
    assert!(
        said.iter().any(|s| s.contains("trivy reports CVE-2026-9001, severity LOW (debian)")),
        "{said:#?}"
    );
    assert!(said.iter().any(|s| s.contains("grype reports DSA-9001-1, severity Critical")), "{said:#?}");
    assert!(openssl.because.iter().any(|b| b.from.contains("trivy.json")));
    assert_eq!(report.packages.iter().filter(|p| p.name == "openssl").count(), 1);
}

#[test]
fn what_only_a_tool_knows_fails_the_same_rules_and_controls() {
    let report = import(&["trivy.json"]);
    let zlib = report.findings.iter().find(|f| f.title.contains("zlib1g")).unwrap();
    assert_eq!((zlib.rule.as_str(), zlib.severity), ("os-package-vulnerable", Severity::High));
    assert_eq!(zlib.fix.as_ref().unwrap().version.as_deref(), Some("1.3"));
    let rule = report.rules.iter().find(|r| r.id == "os-package-vulnerable").unwrap();
    assert_eq!((rule.evaluated, rule.failed), (2, 2));
    let root = report.findings.iter().find(|f| f.rule == "imported-configuration").unwrap();
    assert_eq!((root.r#where.path.as_str(), root.r#where.line), ("Dockerfile", Some(3)));
    assert_eq!(see(&report, "config-audit"), CellOutcome::Fail);
    assert_eq!(see(&report, "image-scanning"), CellOutcome::Fail);
}

#[test]
fn vulnerabilities_that_a_bill_of_materials_lists_are_findings() {
    let mut request = request(&["listed.cdx.json"]);
    request.gates = vec!["severity>=critical".to_owned()];
    let report = with(|world| crate::scan(world, &request)).unwrap();
    assert_eq!((report.targets[0].kind.as_str(), report.verdict.exit), ("sbom", 1));
    let rules: Vec<&str> = report.findings.iter().map(|f| f.rule.as_str()).collect();
    assert_eq!(rules, ["imported-vulnerability", "os-package-vulnerable"]);
    let said = &report.findings[1].because;
    assert!(said.iter().any(|b| b.from.starts_with("trivy 0.50, ")), "{said:#?}");
}

#[test]
fn what_a_tool_did_not_list_is_unknown_and_never_a_pass() {
    let report = import(&["empty.json"]);
    assert!(report.findings.is_empty());
    assert_eq!(see(&report, "image-scanning"), CellOutcome::Unknown);
    assert_eq!(see(&report, "dependencies"), CellOutcome::Unknown);
    assert!(report.controls.iter().all(|c| c.see.outcome != CellOutcome::Pass));
    assert_eq!(report.verdict.exit, 0);
    let mut gated = request(&["empty.json"]);
    gated.gates = vec!["severity>=low".to_owned()];
    let gated = with(|world| crate::import(world, &gated)).unwrap();
    assert_eq!(gated.verdict.exit, 3);
}

#[test]
fn a_list_of_every_package_closes_the_gap_of_the_others() {
    let reason = |r: &Report| r.doubts.iter().any(|d| d.reason.contains("packages with findings alone"));
    assert!(reason(&import(&["grype.json"])));
    let report = import(&["grype.json", "syft.json"]);
    assert!(!reason(&report), "{:#?}", report.doubts);
    assert_eq!(report.targets.len(), 1);
    assert_eq!(report.packages.len(), 2);
}

#[test]
fn results_are_accepted_wherever_a_target_is_and_other_artefacts_stay_apart() {
    let request = request(&["trivy.json", "empty.json"]);
    let report = with(|world| crate::scan(world, &request)).unwrap();
    let kinds: Vec<_> = report.targets.iter().map(|t| (t.kind.as_str(), t.name.as_str())).collect();
    assert_eq!(kinds, [("results", "trivy.json"), ("results", "empty.json")]);
}

#[test]
fn a_file_of_nothing_that_is_read_is_a_doubt() {
    let report = import(&["other.json"]);
    assert_eq!(report.verdict.exit, 3);
    assert!(report.doubts[0].reason.contains("SARIF"), "{:#?}", report.doubts);
    assert!(matches!(with(|w| crate::import(w, &request(&[]))), Err(FlowError::Usage(_))));
}
