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

const CLUSTER: &str = r#"{"SchemaVersion":2,"ClusterName":"kind","Resources":[
  {"Namespace":"shop","Kind":"Deployment","Name":"web","Metadata":[{"OS":{"Family":"debian","Name":"12.4"}}],
   "Results":[{"Target":"web:1 (debian 12.4)","Class":"os-pkgs","Type":"debian","Vulnerabilities":[
    {"VulnerabilityID":"CVE-2024-1","PkgName":"libssl3","InstalledVersion":"3.0.11-1","Severity":"HIGH"}]},
    {"Target":"Node.js","Class":"lang-pkgs","Type":"node-pkg","Vulnerabilities":[
    {"VulnerabilityID":"CVE-2024-2","PkgName":"b","InstalledVersion":"1","PkgPath":"app/package.json","Severity":"LOW"}]}]},
  {"Namespace":"shop","Kind":"Deployment","Name":"api","Metadata":[{"OS":{"Family":"alpine","Name":"3.18.0"}}],
   "Results":[{"Target":"api:1 (alpine 3.18)","Class":"os-pkgs","Type":"alpine","Vulnerabilities":[
    {"VulnerabilityID":"CVE-2024-1","PkgName":"libssl3","InstalledVersion":"3.1.0-r0","Severity":"HIGH"}]}]},
  {"Namespace":"shop","Kind":"Deployment","Name":"api","Results":[{"Target":"Deployment/api","Class":"config","Type":"kubernetes",
   "Misconfigurations":[{"ID":"KSV001","Severity":"MEDIUM","Status":"FAIL","Title":"t"},{"ID":"KSV002","Status":"EXCEPTION"}]}]},
  {"Kind":"Pod","Name":"gone","Error":"image cannot be pulled"}]}"#;

#[test]
fn what_trivy_says_of_a_cluster_is_kept_with_the_resource_it_is_about() {
    let (results, flaws) = results(CLUSTER);
    let reasons: Vec<&str> = flaws.iter().map(|f| f.reason.as_str()).collect();
    assert!(reasons.contains(&"Trivy could not scan Pod/gone: image cannot be pulled"), "{reasons:?}");
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert_eq!(results.subject.name, "kind");
    let packages: Vec<_> = results
        .packages
        .iter()
        .map(|p| (p.kind, p.paths[0].as_str(), p.distribution.as_ref().map(|d| d.version.as_str())))
        .collect();
    assert_eq!(
        packages,
        [
            (PackageType::Deb, "shop/Deployment/web", Some("12.4")),
            (PackageType::Npm, "shop/Deployment/web/app/package.json", None),
            (PackageType::Apk, "shop/Deployment/api", Some("3.18.0")),
        ]
    );
    let said: Vec<_> = results.claims.iter().map(|c| (c.id.as_str(), c.path.as_str())).collect();
    assert_eq!(said[3], ("KSV001", "shop/Deployment/api/Deployment/api"));
    let older = CLUSTER.replace("\"SchemaVersion\":2,", "").replace("\"Resources\"", "\"Findings\"");
    assert_eq!(self::results(&older).0.claims, results.claims);
    let (empty, _) = self::results(r#"{"SchemaVersion":2,"ClusterName":"kind"}"#);
    assert_eq!(empty.gaps.iter().map(|g| g.about).collect::<Vec<_>>(), [About::System, About::Dependencies]);
}

#[test]
fn each_package_with_a_refused_licence_is_a_claim_of_its_own() {
    let (found, _) = results(
        r#"{"SchemaVersion":2,"ArtifactName":"a","ArtifactType":"container_image","Results":[{"Target":"OS Packages","Class":"license",
           "Licenses":[{"Severity":"HIGH","PkgName":"bash","Name":"GPL-3.0"},{"Severity":"HIGH","PkgName":"sed","Name":"GPL-3.0"},
            {"Severity":"LOW","PkgName":"zlib","Name":"Zlib"}]}]}"#,
    );
    let said: Vec<_> = found.claims.iter().map(|c| (c.class, c.about.as_str())).collect();
    assert_eq!(said, [(Class::License, "bash"), (Class::License, "sed")]);
}

#[test]
fn what_grype_warns_of_is_a_doubt_and_what_it_knows_exploited_is_kept() {
    let warned = GRYPE
        .replace("\"ignoredMatches\":[{}]", r#""alertsByPackage":[{"package":{},"alerts":[{"type":"distro-eol","message":"it is past its end"}]},{"package":{},"alerts":[{"type":"distro-eol","message":"it is past its end"}]}]"#)
        .replace("\"severity\":\"High\"", r#""severity":"High","knownExploited":[{"cve":"CVE-2024-2","dateAdded":"2024-03-14T00:00:00Z","knownRansomwareCampaignUse":"Known"}],"epss":[{"epss":0.5,"percentile":0.9}]"#);
    let (results, flaws) = results(&warned);
    let reasons: Vec<&str> = flaws.iter().map(|f| f.reason.as_str()).collect();
    assert_eq!(reasons, ["Grype warns: it is past its end (packages: 2)"]);
    let claim = &results.claims[0];
    let exploited = claim.exploited.as_ref().unwrap();
    assert_eq!(
        (exploited.added.as_str(), exploited.ransomware, claim.epss),
        ("2024-03-14", true, Some((0.5, 0.9)))
    );
}

#[test]
fn packages_that_osv_scanner_lists_for_their_licence_alone_close_no_gap() {
    let (results, flaws) = results(
        r#"{"results":[{"source":{"path":"/app/package-lock.json","type":"lockfile"},"packages":[
          {"package":{"name":"gpllib","version":"1.0.0","ecosystem":"npm"},"licenses":["GPL-3.0"],"license_violations":["GPL-3.0"]}]}],
          "experimental_generic_findings":[{"Adv":{"ID":{"Publisher":"SCALIBR","Reference":"weak-password"},"Title":"a weak password","Sev":4},"Target":null}]}"#,
    );
    assert_eq!(flaws, []);
    assert_eq!(results.gaps.iter().map(|g| g.about).collect::<Vec<_>>(), [About::Packages]);
    let [license, weak] = results.claims.as_slice() else { panic!("two claims: {:?}", results.claims) };
    assert_eq!(
        (weak.class, weak.severity, weak.id.as_str()),
        (Class::Other, Severity::High, "weak-password")
    );
    assert_eq!((license.class, license.package, license.about.as_str()), (Class::License, Some(0), "gpllib"));
}

#[test]
fn osv_scanner_names_the_source_and_beside_it_what_is_installed() {
    let (results, _) = results(
        r#"{"results":[{"source":{"path":"/var/lib/dpkg/status","type":"os"},"packages":[
          {"package":{"name":"glibc","os_package_name":"libc6","version":"2.36-9","ecosystem":"Debian:12"},"vulnerabilities":[{"id":"DEBIAN-CVE-2024-1"}]}]}]}"#,
    );
    let [libc] = results.packages.as_slice() else { panic!("one package") };
    assert_eq!((libc.name.as_str(), libc.source.as_ref().unwrap().name.as_str()), ("libc6", "glibc"));
}

fn sarif(run: &str) -> (Results, Vec<Flaw>) {
    results(&format!(r#"{{"version":"2.1.0","runs":[{{{run}}}]}}"#))
}

#[test]
fn what_a_sarif_tool_could_not_decide_or_failed_at_is_a_doubt() {
    for (run, reason) in [
        (r#""tool":{"driver":{"name":"X"}},"results":null"#, "no list of results"),
        (r#""tool":{"driver":{"name":"X"}},"results":[{"ruleId":"A","kind":"open"}]"#, "could not decide: 1"),
        (
            r#""results":[],"invocations":[{"executionSuccessful":true,"toolExecutionNotifications":[{"level":"error","message":{"text":"x.c was not parsed"}},{"level":"note"}]}]"#,
            "the tool says: x.c was not parsed",
        ),
    ] {
        let (found, flaws) = sarif(run);
        assert_eq!(found.claims, []);
        assert_eq!(flaws.len(), 1, "{flaws:?}");
        assert!(flaws[0].reason.contains(reason) && flaws[0].kind == model::DoubtKind::Target, "{flaws:?}");
    }
}

#[test]
fn a_sarif_result_is_suppressed_by_accepted_requests_alone() {
    for (suppressions, found) in [
        (r#"[{"kind":"inSource"}]"#, 0),
        (r#"[{"kind":"external","status":"accepted"}]"#, 0),
        (r#"[{"kind":"external","status":"rejected"}]"#, 1),
        (r#"[{"kind":"external","status":"underReview"}]"#, 1),
        (r#"[{"kind":"external"},{"kind":"external","status":"rejected"}]"#, 1),
        ("[]", 1),
    ] {
        let run = format!(r#""results":[{{"ruleId":"A","suppressions":{suppressions}}}]"#);
        assert_eq!(sarif(&run).0.claims.len(), found, "{suppressions}");
    }
    let (gone, flaws) = sarif(r#""results":[{"ruleId":"A","baselineState":"absent"}]"#);
    assert_eq!((gone.claims.len(), flaws.len()), (0, 0));
}

#[test]
fn a_sarif_rule_is_found_among_those_of_what_extends_the_tool() {
    let (found, _) = sarif(
        r#""tool":{"driver":{"name":"CodeQL","rules":[{"id":"js/x","properties":{"security-severity":"1"}}]},"extensions":[{"name":"q","rules":[
            {"id":"js/x","shortDescription":{"text":"injection"},"properties":{"security-severity":"9.8"}}]}]},
           "results":[{"ruleId":"js/x","rule":{"index":0,"toolComponent":{"index":0}},"message":{"text":"m"}},{"ruleId":"other","message":{"text":"m"}}]"#,
    );
    let said: Vec<_> = found.claims.iter().map(|c| (c.title.as_str(), c.severity)).collect();
    assert_eq!(said, [("injection", Severity::Critical), ("m", Severity::Medium)]);
}

#[test]
fn vulnerabilities_inside_a_bill_of_materials_are_claims() {
    let json = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
       "metadata":{"tools":{"components":[{"type":"application","name":"Trivy","version":"0.50"}]},"component":{"type":"container","name":"app","bom-ref":"r"}},
       "components":[{"type":"library","name":"x","version":"1.0.0","purl":"pkg:npm/x@1.0.0","bom-ref":"a"},{"type":"library","name":"y","version":"2","purl":"pkg:npm/y@2","bom-ref":"b"}],
       "vulnerabilities":[
        {"id":"CVE-2099-1","references":[{"id":"GHSA-aaaa-bbbb-cccc","source":{"name":"g"}}],"ratings":[{"severity":"low"},{"source":{"name":"nvd"},"severity":"critical","score":9.8,"method":"CVSSv31","vector":"CVSS:3.1/AV:N"}],
         "affects":[{"ref":"a"},{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#b","versions":[{"version":"2","status":"unaffected"}]},{"ref":"r"}]},
        {"id":"CVE-2099-2","analysis":{"state":"not_affected"},"affects":[{"ref":"a"}]},
        {"id":"CVE-2099-3"},{"affects":[{"ref":"a"}]}]}"#;
    let xml = r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.5" version="1"><metadata><tools><components><component type="application"><name>Trivy</name><version>0.50</version></component></components></tools>
       <component type="container" bom-ref="r"><name>app</name></component></metadata>
       <components><component type="library" bom-ref="a"><name>x</name><version>1.0.0</version><purl>pkg:npm/x@1.0.0</purl></component><component type="library" bom-ref="b"><name>y</name><version>2</version><purl>pkg:npm/y@2</purl></component></components>
       <vulnerabilities><vulnerability><id>CVE-2099-1</id><references><reference><id>GHSA-aaaa-bbbb-cccc</id></reference></references>
        <ratings><rating><severity>low</severity></rating><rating><source><name>nvd</name></source><score>9.8</score><severity>critical</severity><method>CVSSv31</method><vector>CVSS:3.1/AV:N</vector></rating></ratings>
        <affects><target><ref>a</ref></target><target><ref>b</ref><versions><version><version>2</version><status>unaffected</status></version></versions></target><target><ref>r</ref></target></affects></vulnerability>
        <vulnerability><id>CVE-2099-2</id><analysis><state>not_affected</state></analysis><affects><target><ref>a</ref></target></affects></vulnerability>
        <vulnerability><id>CVE-2099-3</id></vulnerability><vulnerability><affects><target><ref>a</ref></target></affects></vulnerability></vulnerabilities></bom>"#;
    let tree = json.replace("\"version\":1,", "\"version\":1,\"odd\":[],");
    for text in [json, xml, &tree] {
        let (Opened::Bill(bill), flaws) = open(text.as_bytes()).unwrap() else { panic!("read as results") };
        assert_eq!(bill.tool, Some(("trivy".to_owned(), Some("0.50".to_owned()))));
        let said: Vec<_> = bill.claims.iter().map(|c| (c.id.as_str(), c.package, c.about.as_str())).collect();
        assert_eq!(said, [("CVE-2099-1", Some(0), ""), ("CVE-2099-1", None, "r"), ("CVE-2099-3", None, "")]);
        let first = &bill.claims[0];
        assert_eq!((first.severity, first.severity_by.as_str()), (Severity::Critical, "nvd"));
        assert_eq!((first.aliases.len(), first.scores[0].score), (1, 9.8));
        let at: Vec<&str> = flaws.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(at, ["/vulnerabilities/3", "/vulnerabilities"]);
    }
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
