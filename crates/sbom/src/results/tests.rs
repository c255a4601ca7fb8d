//! Results in the shape of each tool, written by us.

use model::{PackageType, Severity};

use super::{About, Class, Opened, Results};
use crate::{Flaw, open};

fn results(text: &str) -> (Results, Vec<Flaw>) {
    match open(text.as_bytes()).unwrap() {
        (Opened::Results(results), flaws) => (*results, flaws),
        (Opened::Bill(_), _) => panic!("read as a bill of materials"),
    }
}

const TRIVY: &str = r#"{"SchemaVersion":2,"ArtifactName":"shop:1","ArtifactType":"container_image",
 "Metadata":{"OS":{"Family":"debian","Name":"12.4"},"ImageID":"sha256:aa",
  "RepoDigests":["shop@sha256:0909090909090909090909090909090909090909090909090909090909090909"]},
 "Results":[
  {"Target":"shop:1 (debian 12.4)","Class":"os-pkgs","Type":"debian","Vulnerabilities":[
   {"VulnerabilityID":"CVE-2024-1","PkgID":"libssl3@3.0.11-1","PkgName":"libssl3","InstalledVersion":"3.0.11-1",
    "FixedVersion":"3.0.13-1","Status":"fixed","SeveritySource":"nvd","Severity":"HIGH","Title":"a title",
    "PkgIdentifier":{"PURL":"pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12.4"},
    "CVSS":{"nvd":{"V3Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H","V3Score":7.5}},
    "PrimaryURL":"https://avd.aquasec.com/nvd/cve-2024-1","PublishedDate":"2024-01-25T21:15:08.787Z"}]},
  {"Target":"app/package-lock.json","Class":"lang-pkgs","Type":"npm","Vulnerabilities":[
   {"VulnerabilityID":"GHSA-aaaa-bbbb-cccc","PkgName":"@a/b","InstalledVersion":"1.0.0","Severity":"ODD"}]},
  {"Target":"Dockerfile","Class":"config","Type":"dockerfile","Misconfigurations":[
   {"ID":"DS002","Title":"root","Message":"it runs as root","Severity":"HIGH","Status":"FAIL","CauseMetadata":{"StartLine":3}},
   {"ID":"DS001","Severity":"LOW","Status":"PASS"}]},
  {"Target":"/app/key","Class":"secret","Secrets":[{"RuleID":"private-key","Severity":"HIGH","Title":"key","StartLine":1,"Match":"x"}]}]}"#;

#[test]
fn trivy_is_read_with_what_it_does_not_tell() {
    let (results, flaws) = results(TRIVY);
    assert_eq!(flaws, []);
    assert_eq!((results.tool.as_str(), results.subject.name.as_str()), ("trivy", "shop:1"));
    assert!(results.subject.digest.is_some());
    let [ssl, npm] = results.packages.as_slice() else { panic!("two packages") };
    assert_eq!((ssl.kind, ssl.name.as_str()), (PackageType::Deb, "libssl3"));
    assert_eq!(ssl.distribution.as_ref().unwrap().version, "12.4");
    assert_eq!((npm.kind, npm.name.as_str(), npm.version.as_str()), (PackageType::Npm, "@a/b", "1.0.0"));
    assert_eq!(npm.paths, ["app/package-lock.json"]);
    let [first, second, configuration, secret] = results.claims.as_slice() else { panic!("four claims") };
    assert_eq!((first.severity, first.severity_by.as_str(), first.package), (Severity::High, "nvd", Some(0)));
    assert_eq!(first.fixed, ["3.0.13-1"]);
    assert_eq!(first.scores[0].version, "3.1");
    assert_eq!((second.severity, second.severity_said.as_str()), (Severity::Unknown, "ODD"));
    assert_eq!((configuration.class, configuration.line), (Class::Configuration, Some(3)));
    assert_eq!((secret.class, secret.path.as_str()), (Class::Secret, "/app/key"));
    assert_eq!(results.gaps.iter().map(|g| g.about).collect::<Vec<_>>(), [About::Packages]);
}

#[test]
fn a_schema_that_is_not_known_is_a_flaw() {
    let (_, flaws) = results(&TRIVY.replace("\"SchemaVersion\":2", "\"SchemaVersion\":3"));
    assert!(flaws.iter().any(|f| f.pointer == "/SchemaVersion"));
}

const GRYPE: &str = r#"{"matches":[{"vulnerability":{"id":"GHSA-aaaa-bbbb-cccc","severity":"Critical","namespace":"github:language:javascript",
   "fix":{"versions":["1.0.1"],"state":"fixed"},"cvss":[{"version":"3.1","vector":"CVSS:3.1/x","metrics":{"baseScore":9.8}}]},
  "relatedVulnerabilities":[{"id":"CVE-2024-2","severity":"High","description":"bad"}],
  "matchDetails":[{"found":{"versionConstraint":"<1.0.1 (semantic)"}}],
  "artifact":{"name":"@a/b","version":"1.0.0","type":"npm","purl":"pkg:npm/%40a/b@1.0.0","locations":[{"path":"/app/package-lock.json"}]}}],
 "ignoredMatches":[{}],
 "source":{"type":"image","target":{"userInput":"shop:1","manifestDigest":"sha256:0909090909090909090909090909090909090909090909090909090909090909"}},
 "distro":{"name":"debian","version":"12"},"descriptor":{"name":"grype","version":"0.80.0"}}"#;

#[test]
fn grype_is_read_and_what_it_ignored_is_said() {
    let (results, flaws) = results(GRYPE);
    assert_eq!(flaws.iter().map(|f| f.pointer.as_str()).collect::<Vec<_>>(), ["/ignoredMatches"]);
    assert_eq!(results.tool_version.as_deref(), Some("0.80.0"));
    let claim = &results.claims[0];
    assert_eq!(
        (claim.id.as_str(), claim.aliases.as_slice()),
        ("GHSA-aaaa-bbbb-cccc", ["CVE-2024-2".to_owned()].as_slice())
    );
    assert_eq!(
        (claim.severity, claim.range.as_str(), claim.fixed.as_slice()),
        (Severity::Critical, "<1.0.1 (semantic)", ["1.0.1".to_owned()].as_slice())
    );
    assert_eq!(results.packages[0].paths, ["app/package-lock.json"]);
    assert_eq!(results.gaps.len(), 1);
}

#[test]
fn osv_scanner_is_read() {
    let (results, flaws) = results(
        r#"{"results":[{"source":{"path":"/src/Cargo.lock","type":"lockfile"},"packages":[
          {"package":{"name":"time","version":"0.1.0","ecosystem":"crates.io"},
           "vulnerabilities":[{"id":"RUSTSEC-2020-0071","aliases":["CVE-2020-26235"],"summary":"segfault",
             "affected":[{"package":{"name":"time","ecosystem":"crates.io"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"0.2.23"}]}]}]}],
           "groups":[{"ids":["RUSTSEC-2020-0071","GHSA-wcg3-cvx6-7396"],"max_severity":"6.2"}]},
          {"package":{"name":"dpkg","version":"1.21","ecosystem":"Debian:12"}}]}]}"#,
    );
    assert_eq!(flaws, []);
    let claim = &results.claims[0];
    assert_eq!(
        (claim.severity, claim.fixed.as_slice()),
        (Severity::Medium, ["0.2.23".to_owned()].as_slice())
    );
    assert_eq!(claim.aliases, ["CVE-2020-26235", "GHSA-wcg3-cvx6-7396"]);
    assert_eq!(results.packages[1].kind, PackageType::Deb);
    assert_eq!(results.gaps, []);
}

#[test]
fn osv_scanner_without_results_is_read_and_leaves_open_what_it_saw() {
    for text in [
        r#"{"results":[]}"#,
        r#"{"results":[],"experimental_config":{"licenses":{"summary":false,"allowlist":null}}}"#,
    ] {
        let (results, flaws) = results(text);
        assert_eq!(
            (results.tool.as_str(), results.packages.len(), results.claims.len()),
            ("osv-scanner", 0, 0)
        );
        assert_eq!((flaws.len(), results.gaps.len()), (0, 1));
    }
    for other in [r#"{"results":[],"errors":[],"paths":{}}"#, r#"{"results":{}}"#, "{}"] {
        assert!(open(other.as_bytes()).is_err(), "{other}");
    }
}

#[test]
fn sarif_is_read_and_claims_no_more_than_findings() {
    let (results, flaws) = results(
        r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"Grype","version":"0.80",
           "rules":[{"id":"CVE-2024-1-libssl3","shortDescription":{"text":"high"},"properties":{"security-severity":"7.5","purls":["pkg:deb/debian/libssl3@3.0.11-1"]}},
            {"id":"odd","defaultConfiguration":{"level":"warning"}}]}},
          "results":[{"ruleId":"CVE-2024-1-libssl3","message":{"text":"a vulnerability"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"/var/lib/dpkg/status"},"region":{"startLine":1}}}]},
           {"ruleIndex":1,"message":{"text":"odd thing"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a.c"},"region":{"startLine":7}}}]},
           {"ruleId":"odd","suppressions":[{"kind":"inSource"}],"message":{"text":"x"}},
           {"ruleId":"odd","kind":"pass","message":{"text":"x"}}]}]}"#,
    );
    assert_eq!(flaws.len(), 1);
    let [vulnerability, odd] = results.claims.as_slice() else { panic!("two claims") };
    assert_eq!(
        (vulnerability.id.as_str(), vulnerability.severity, vulnerability.package),
        ("CVE-2024-1", Severity::High, Some(0))
    );
    assert_eq!((odd.class, odd.severity, odd.line), (Class::Other, Severity::Medium, Some(7)));
    assert_eq!((results.tool.as_str(), results.gaps.len()), ("grype", 1));
}

#[test]
fn syft_is_a_bill_of_materials() {
    let text = r#"{"artifacts":[{"id":"1","name":"libc6","version":"2.36-9","type":"deb","foundBy":"dpkg-db-cataloger",
       "locations":[{"path":"/var/lib/dpkg/status","layerID":"sha256:0707070707070707070707070707070707070707070707070707070707070707"}],
       "licenses":[{"value":"GPL-2","spdxExpression":""}],"purl":"pkg:deb/debian/libc6@2.36-9?distro=debian-12","metadata":{"source":"glibc","architecture":"amd64"}},
      {"id":"2","name":"bash","version":"5","type":"deb","purl":"pkg:deb/debian/bash@5"}],
     "artifactRelationships":[{"parent":"1","child":"2","type":"dependency-of"}],
     "source":{"type":"image","metadata":{"userInput":"shop:1","layers":[{"digest":"sha256:0707070707070707070707070707070707070707070707070707070707070707"}]}},
     "distro":{"id":"debian","versionID":"12"},"descriptor":{"name":"syft","version":"1.18"},
     "schema":{"version":"99.0.0","url":"https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-99.0.0.json"}}"#;
    let (Opened::Bill(bill), flaws) = open(text.as_bytes()).unwrap() else { panic!("read as results") };
    assert_eq!(flaws.iter().map(|f| f.pointer.as_str()).collect::<Vec<_>>(), ["/schema/version"]);
    let [libc, bash] = bill.packages.as_slice() else { panic!("two packages") };
    assert_eq!(libc.source.as_ref().unwrap().name, "glibc");
    assert_eq!(
        (libc.layer.as_ref().unwrap().index, libc.licenses.as_slice()),
        (0, ["GPL-2".to_owned()].as_slice())
    );
    assert_eq!(bash.depends_on, ["libc6"]);
    assert_eq!(bill.distribution.unwrap().version, "12");
}
