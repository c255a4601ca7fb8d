//! Valid files to begin from, made here: small, and each of another kind.

mod archives;
mod elf;
mod rpm;

pub use archives::{engines, jars, layer_indexes, layers, pairs_of_tars, tars};
pub use elf::executables;
pub use rpm::rpm_databases;

/// Texts as inputs.
pub fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|t| t.as_bytes().to_vec()).collect()
}

/// `WWW-Authenticate`.
pub fn challenges() -> Vec<Vec<u8>> {
    texts(&[
        "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:library/nginx:pull,push\"",
        "Basic realm=\"a \\\"b\\\", c\", charset=UTF-8, Negotiate, Bearer realm = token , error=\"insufficient_scope\"",
        "NTLM TlRMTVNTUAAC==, ,, Digest qop=\"auth, auth-int\"",
    ])
}

/// `Link` headers of lists.
pub fn links() -> Vec<Vec<u8>> {
    texts(&[
        "</v2/_catalog?last=b&n=2>; rel=\"next\"",
        "<https://a:1/v2/x/tags/list?last=b>; rel=next",
        "<//a/v2/x>; Rel=\"last NEXT\", <?last=b,c>; title=\"a, b\"; rel=\"next\"",
        "<../x>; rel=next",
    ])
}

/// Names of images.
pub fn references() -> Vec<Vec<u8>> {
    texts(&[
        "nginx:1.25",
        "registry.example:5000/team/app_x/y--z:v1.2@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "[::1]:5000/a/b",
        "index.docker.io/library/nginx",
        "localhost/a.b@sha512:1",
        "Host/a:b",
    ])
}

/// Kubernetes objects in YAML and JSON.
pub fn workloads() -> Vec<Vec<u8>> {
    texts(&[
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      hostPID: yes\n      containers:\n      - name: b\n        ports: [{hostPort: 80}]\n        securityContext: &s\n          capabilities: {add: [ALL]}\n          seccompProfile: {type: Unconfined}\n      initContainers:\n      - {name: c, securityContext: *s}\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"\\u00e4\"},\"spec\":{\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/\"}}],\"containers\":[{\"name\":\"a\"}]}}]}",
        "base: &b {x: 1}\napiVersion: v1\nkind: Pod\n<<: *b\n---\n{{ template }}\n---\n? [a]\n: |\n  text\n",
    ])
}

/// Answers of Prometheus and of the metrics API.
pub fn usage() -> Vec<Vec<u8>> {
    texts(&[
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"container_memory_working_set_bytes\",\"namespace\":\"a\",\"pod\":\"b\",\"container\":\"c\"},\"value\":[1,\"1.5e6\"],\"values\":[[1,\"2\"]]}]}}",
        "{\"kind\":\"PodMetricsList\",\"items\":[{\"metadata\":{\"name\":\"a\",\"namespace\":\"b\"},\"containers\":[{\"name\":\"c\",\"usage\":{\"cpu\":\"1n\",\"memory\":\"1Ki\"}}]}]}",
    ])
}

/// OSV in JSON and YAML, Alpine secdb, CISA's catalogue, EPSS.
pub fn advisories() -> Vec<Vec<u8>> {
    texts(&[
        include_str!("../../examples/advisories/osv/GHSA-jfh8-c2jp-5v3q.json"),
        include_str!("../../examples/advisories/osv/GO-2024-3321.json"),
        include_str!("../../examples/advisories/osv/CVE-2023-5363.json"),
        "id: PYSEC-2021-1\nmodified: 2021-01-01T00:00:00Z\npublished: 2021-01-01T00:00:00Z\naliases:\n- CVE-2021-1\naffected:\n- package:\n    name: idna\n    ecosystem: PyPI\n    purl: pkg:pypi/idna\n  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: '0'\n    - fixed: '2.11'\n  versions: ['1.0', \"2.0\"]\n",
        "{\"distroversion\":\"v3.18\",\"reponame\":\"main\",\"urlprefix\":\"https://example.com\",\"apkurl\":\"x\",\"packages\":[{\"pkg\":{\"name\":\"curl\",\"secfixes\":{\"8.4.0-r0\":[\"CVE-2023-38545\",\"CVE-2023-38546 GHSA-1\"],\"0\":[\"CVE-2020-1\"]}}}]}",
        "{\"title\":\"c\",\"catalogVersion\":\"2026.08.07\",\"dateReleased\":\"2026-08-07T16:45:47.0648Z\",\"count\":1,\"vulnerabilities\":[{\"cveID\":\"CVE-2021-44228\",\"dateAdded\":\"2021-12-10\",\"dueDate\":\"2021-12-24\",\"knownRansomwareCampaignUse\":\"Known\"}]}",
        "#model_version:v2025.03.14,score_date:2026-08-16T00:00:00+0000\ncve,epss,percentile\nCVE-2021-44228,0.999990000,1.000000000\n",
        "{\"id\":\"DSA-1-1\",\"modified\":\"2024-01-01T00:00:00Z\",\"related\":[\"CVE-2024-1\"],\"affected\":[{\"package\":{\"ecosystem\":\"Debian:12\",\"name\":\"openssl\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"3.0.11-1~deb12u2\"}]}]}],\"withdrawn\":\"2024-02-01T00:00:00Z\"}",
    ])
}

/// apk's `installed`.
pub fn apk() -> Vec<Vec<u8>> {
    texts(&[
        "C:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\nP:libcrypto3\nV:3.1.0-r4\nA:x86_64\nS:1\nI:2\nT:Crypto library\nU:https://example.com\nL:Apache-2.0\no:openssl\nm:A <a@example.com>\nt:1684000000\nc:0123\nD:so:libc.musl-x86_64.so.1\np:so:libcrypto.so.3=3\nr:old\nF:lib\nM:0:0:755\nR:libcrypto.so.3\na:0:0:755\nZ:Q1bbbbbbbbbbbbbbbbbbbbbbbbbbb=\n\nP:musl\nV:1.2.4-r0\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\n\n",
    ])
}

/// dpkg's `status`, lists, diversions, copyright.
pub fn dpkg() -> Vec<Vec<u8>> {
    texts(&[
        "Package: openssl\nStatus: install ok installed\nPriority: optional\nSection: utils\nArchitecture: amd64\nMulti-Arch: foreign\nSource: openssl-src (3.0.11-1~deb12u1)\nVersion: 3.0.11-1~deb12u2\nDepends: libc6 (>= 2.34), libssl3 (>= 3.0.9) | b\nConffiles:\n /etc/ssl/openssl.cnf 0123456789abcdef0123456789abcdef\nDescription: text\n more\n .\n\nPackage: old\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1:2\n\n",
        "/.\n/usr\n/usr/bin\n/usr/bin/openssl\n",
        "0123456789abcdef0123456789abcdef  usr/bin/openssl\n",
        "/usr/bin/a\n/usr/bin/a.distrib\ndash\n:\n",
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: a\nLicense: Apache-2.0 and GPL-2+\n\nLicense: Apache-2.0\n text\n",
    ])
}

/// CycloneDX.
pub fn cyclonedx() -> Vec<Vec<u8>> {
    texts(&[
        include_str!("../../examples/shop/sbom/back-office.cdx.json"),
        "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"version\":1,\"metadata\":{\"component\":{\"type\":\"operating-system\",\"name\":\"debian\",\"version\":\"12\"}},\"components\":[{\"type\":\"library\",\"name\":\"openssl\",\"version\":\"3.0.11-1\",\"purl\":\"pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12\",\"properties\":[{\"name\":\"syft:location:0:path\",\"value\":\"/var/lib/dpkg/status\"}],\"components\":[{\"type\":\"library\",\"name\":\"x\",\"group\":\"g\"}],\"hashes\":[{\"alg\":\"SHA-1\",\"content\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}],\"licenses\":[{\"expression\":\"MIT OR Apache-2.0\"}]}],\"dependencies\":[{\"ref\":\"a\",\"dependsOn\":[\"a\"]}]}",
        "<?xml version=\"1.0\"?><bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\" version=\"1\"><metadata><component type=\"container\" bom-ref=\"r\"><name>a</name></component></metadata><components><component type=\"library\" bom-ref=\"b\"><group>g</group><name>x &amp; y</name><version>1</version><licenses><license><id>MIT</id></license></licenses><purl>pkg:npm/x@1</purl><properties><property name=\"plimsoll:path\">a/b</property></properties><evidence><occurrences><occurrence><location>c</location></occurrence></occurrences></evidence></component></components><dependencies><dependency ref=\"r\"><dependency ref=\"b\"/></dependency></dependencies></bom>",
        "{\"SchemaVersion\":2,\"ArtifactName\":\"a\",\"ArtifactType\":\"container_image\",\"Metadata\":{\"OS\":{\"Family\":\"debian\",\"Name\":\"12\"}},\"Results\":[{\"Target\":\"a\",\"Class\":\"os-pkgs\",\"Type\":\"debian\",\"Packages\":[{\"ID\":\"x\",\"Name\":\"x\",\"Version\":\"1\"}],\"Vulnerabilities\":[{\"VulnerabilityID\":\"CVE-1\",\"PkgID\":\"x\",\"PkgName\":\"x\",\"InstalledVersion\":\"1\",\"Severity\":\"HIGH\",\"CVSS\":{\"nvd\":{\"V3Score\":7.5}}}],\"Misconfigurations\":[{\"ID\":\"a\",\"Status\":\"FAIL\"}],\"Secrets\":[{\"RuleID\":\"a\"}]}]}",
        "{\"matches\":[{\"vulnerability\":{\"id\":\"GHSA-1\",\"severity\":\"High\",\"fix\":{\"versions\":[\"2\"]}},\"relatedVulnerabilities\":[{\"id\":\"CVE-1\"}],\"artifact\":{\"name\":\"x\",\"version\":\"1\",\"type\":\"npm\",\"purl\":\"pkg:npm/x@1\",\"locations\":[{\"path\":\"/a\"}]}}],\"source\":{\"target\":\"a\"},\"descriptor\":{\"name\":\"grype\"}}",
        "{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"a\",\"rules\":[{\"id\":\"CVE-2024-1-x\",\"properties\":{\"security-severity\":\"7\",\"purls\":[\"pkg:npm/x@1\"]}}]}},\"results\":[{\"ruleIndex\":0,\"message\":{\"text\":\"Package: x\"},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"a\"},\"region\":{\"startLine\":1}}}]}]}]}",
        "{\"results\":[{\"source\":{\"path\":\"/a\"},\"packages\":[{\"package\":{\"name\":\"x\",\"version\":\"1\",\"ecosystem\":\"npm\"},\"vulnerabilities\":[{\"id\":\"GHSA-1\",\"affected\":[{\"package\":{\"name\":\"x\"},\"ranges\":[{\"events\":[{\"fixed\":\"2\"}]}]}]}],\"groups\":[{\"ids\":[\"GHSA-1\"],\"max_severity\":\"7\"}]}]}]}",
        "{\"artifacts\":[{\"id\":\"1\",\"name\":\"x\",\"version\":\"1\",\"type\":\"deb\",\"metadata\":{\"source\":\"y\"}}],\"artifactRelationships\":[{\"parent\":\"1\",\"child\":\"1\",\"type\":\"dependency-of\"}],\"descriptor\":{\"name\":\"syft\"},\"schema\":{\"version\":\"16.0.0\"}}",
    ])
}

/// SPDX.
pub fn spdx() -> Vec<Vec<u8>> {
    texts(&[
        "{\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\",\"SPDXID\":\"SPDXRef-DOCUMENT\",\"name\":\"a\",\"documentNamespace\":\"https://example.com/a\",\"creationInfo\":{\"created\":\"2024-01-01T00:00:00Z\",\"creators\":[\"Tool: x\"]},\"packages\":[{\"name\":\"lodash\",\"SPDXID\":\"SPDXRef-a\",\"versionInfo\":\"4.17.20\",\"downloadLocation\":\"NOASSERTION\",\"licenseDeclared\":\"MIT\",\"externalRefs\":[{\"referenceCategory\":\"PACKAGE-MANAGER\",\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:npm/lodash@4.17.20\"}]}],\"relationships\":[{\"spdxElementId\":\"SPDXRef-DOCUMENT\",\"relationshipType\":\"DESCRIBES\",\"relatedSpdxElement\":\"SPDXRef-a\"}]}",
        "spdxVersion: SPDX-2.3\nname: a\npackages:\n- name: x\n  SPDXID: SPDXRef-a\n  versionInfo: 1.10\n  externalRefs:\n  - {referenceType: purl, referenceLocator: 'pkg:npm/x@1'}\n",
        "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: a\n\nPackageName: x\nSPDXID: SPDXRef-a\nPackageVersion: 1\nPackageChecksum: SHA256: 00\nExternalRef: PACKAGE-MANAGER purl pkg:npm/x@1\nPackageSourceInfo: <text>a\nb</text>\n\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a\nAnnotator: Tool: x\nSPDXREF: SPDXRef-a\nAnnotationComment: <text>plimsoll:dev=true</text>\nLicenseID: LicenseRef-a\nExtractedText: <text>a</text>\n",
        "{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\",\"@graph\":[{\"type\":\"CreationInfo\",\"specVersion\":\"3.0.1\"},{\"type\":\"software_Package\",\"spdxId\":\"a\",\"name\":\"x\",\"software_packageUrl\":\"pkg:npm/x@1\"},{\"type\":\"Relationship\",\"from\":\"a\",\"relationshipType\":\"dependsOn\",\"to\":[\"a\"]},{\"type\":\"Relationship\",\"from\":\"a\",\"relationshipType\":\"hasDeclaredLicense\",\"to\":[\"https://spdx.org/licenses/MIT\"]}]}",
    ])
}

/// The advisory database, built from two advisories.
pub fn database() -> Vec<Vec<u8>> {
    let mut builder = advisory::db::Builder::new();
    for (n, document) in advisories().iter().enumerate() {
        builder.add(advisory::read(&format!("{n}.json"), document));
    }
    builder.finish().map(|built| vec![built.bytes]).unwrap_or_default()
}

/// Gates.
pub fn gates() -> Vec<Vec<u8>> {
    texts(&[
        "severity>=high && fixable",
        "kev",
        "new && known(new)",
        "epss>0.1",
        "age>30d",
        "control-failed",
        "!(kev || severity==critical) && rule==\"a-b\"",
        "control==image-scanning && package==\"lodash\"",
    ])
}

/// Ignore files.
pub fn ignore_files() -> Vec<Vec<u8>> {
    texts(&[
        "[[ignore]]\nid = \"CVE-2021-44228\"\nreason = \"not reachable\"\nowner = \"security@shop.example\"\nuntil = \"2026-12-31\"\n\n[[ignore]]\npackage = \"lodash\"\npath = \"services/**\"\nreason = \"build only\"\n",
    ])
}

/// OpenVEX.
pub fn openvex() -> Vec<Vec<u8>> {
    texts(&[
        "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"@id\":\"https://shop.example/vex/1\",\"author\":\"shop\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"version\":1,\"statements\":[{\"vulnerability\":{\"name\":\"CVE-2021-44228\",\"aliases\":[\"GHSA-jfh8-c2jp-5v3q\"]},\"products\":[{\"@id\":\"pkg:oci/shop\",\"subcomponents\":[{\"@id\":\"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1\"}]}],\"status\":\"not_affected\",\"justification\":\"vulnerable_code_not_in_execute_path\"}]}",
        "{\"document\":{\"category\":\"csaf_vex\",\"csaf_version\":\"2.0\"},\"product_tree\":{\"branches\":[{\"product\":{\"product_id\":\"a\",\"product_identification_helper\":{\"purl\":\"pkg:npm/a@1\"}}}],\"relationships\":[{\"product_reference\":\"a\",\"relates_to_product_reference\":\"b\",\"full_product_name\":{\"product_id\":\"c\",\"name\":\"c\"}}]},\"vulnerabilities\":[{\"cve\":\"CVE-1\",\"product_status\":{\"known_not_affected\":[\"a\",\"c\"],\"fixed\":[\"a\"]},\"flags\":[{\"label\":\"component_not_present\",\"product_ids\":[\"a\"]}],\"threats\":[{\"category\":\"impact\",\"details\":\"x\"}]}]}",
        "{\"bomFormat\":\"CycloneDX\",\"components\":[{\"bom-ref\":\"a\",\"purl\":\"pkg:npm/a@1\"}],\"vulnerabilities\":[{\"id\":\"CVE-1\",\"analysis\":{\"state\":\"not_affected\",\"justification\":\"code_not_reachable\"},\"affects\":[{\"ref\":\"urn:cdx:x/1#pkg%3Anpm/a%401\"},{\"ref\":\"a\",\"versions\":[{\"version\":\"2\",\"status\":\"unaffected\"}]}]}]}",
        "{\"@context\":\"https://openvex.dev/ns\",\"statements\":[{\"vulnerability\":\"CVE-2021-1\",\"products\":[\"pkg:npm/lodash\"],\"status\":\"under_investigation\"}]}",
    ])
}

/// Index, manifest, configuration, `docker save`'s manifest.
pub fn manifests() -> Vec<Vec<u8>> {
    texts(&[
        include_str!("../../examples/shop/images/storefront/index.json"),
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"size\":0},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"size\":0}]}",
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"User\":\"65532\",\"Env\":[\"A=b\"],\"ExposedPorts\":{\"80/tcp\":{}},\"Healthcheck\":{\"Test\":[\"CMD\",\"true\"]}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]},\"history\":[{\"created_by\":\"ADD x\",\"empty_layer\":true}]}",
        "[{\"Config\":\"a.json\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"a/layer.tar\"]}]",
    ])
}

/// Package URLs.
pub fn purls() -> Vec<Vec<u8>> {
    texts(&[
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?classifier=sources&type=jar#a/b",
        "pkg:npm/%40angular/core@1.0.0",
        "pkg:deb/debian/openssl@1%3A3.0.11-1?arch=amd64&distro=debian-12",
        "pkg:golang/golang.org/x/net@v0.6.0#http2",
        "pkg:pypi/Django_Rest@3.2",
        "pkg:oci/shop@sha256%3A0123?repository_url=shop.example/a",
    ])
}

/// Pairs of versions.
pub fn versions() -> Vec<Vec<u8>> {
    texts(&[
        "1:2.30-1~deb12u1+b1\n2.30-1",
        "1.2.4_rc1_git20200101-r3\n1.2.4-r0",
        "4:5.6.1-2.el9_1\n5.6.1-2.el9",
        "1.0.0-alpha.1+5\n1.0.0-alpha.beta",
        "1!2.0.post1.dev2+local.7\n2.0rc1",
        "2.0-beta9-SNAPSHOT\n2.0.RELEASE",
        "1.2.3.pre.4\n1.2.3",
        "dev-master\n1.0.x-dev",
        "v0.0.0-20210107192922-496545a6307b\nv3.0.0+incompatible",
    ])
}

/// A range and a version.
pub fn ranges() -> Vec<Vec<u8>> {
    texts(&[
        "^1.2.3 || >=2.x <3 || 1.2 - 2.3.4\n1.2.3-beta.1",
        ">=1.2, <1.5, ~1.3.1-rc.1\n1.4.0",
        "~1.2.3@beta | 1.2.*, !=1.2.5-RC1 || 1.0 - 2.0\n1.2.4",
        "~=2.2.post3, !=1!2.*, ===1.0+x\n2.3",
        "[1.0, 2.0)\n1.9.0",
        ">=1.0.0<2.0.0-dev\n1.5.0+1",
        "~> 7.0, >= 7.0.2.a\n7.1",
        "~> 2.0 or >= 2.1.0-rc.1 and < 3.0.0\n2.1.0",
    ])
}

/// Pipelines, a byte that chooses their language before each.
pub fn pipelines() -> Vec<Vec<u8>> {
    let gitlab = ".scan: &scan\n  script: [trivy fs --exit-code 1 .]\nscan:\n  <<: *scan\n  extends: [.scan]\n  rules:\n    - if: $CI_COMMIT_BRANCH\n      when: never\n    - !reference [.rules, rules]\n  script:\n    - !reference [.scan, script]\n    - |\n      docker build -t app:1 . || { echo a; exit 1; }\n      plimsoll scan . --fail-on 'kev' | tee x\n";
    let github = "on:\n  push:\n    paths: [a]\njobs:\n  a:\n    if: github.event_name == 'push'\n    uses: ./.github/workflows/a.yml\n    steps:\n      - uses: aquasecurity/trivy-action@1\n        with: {image-ref: 'app:${{ github.sha }}', exit-code: '1'}\n      - run: cat <<EOF\n          x\n          EOF\n        continue-on-error: true\n";
    let jenkins = "pipeline { stages { stage('a') { when { expression { false } } steps { catchError { sh(script: \"\"\"npm audit\"\"\", returnStatus: true) } } } } } // x\n";
    let azure = "steps:\n  - script: |\n      npm audit\n      echo b\n    condition: always()\n";
    let drone = "trigger:\n  event: [cron]\nsteps:\n  - commands: [npm audit]\n    when: {event: {include: [push]}}\n";
    let all = [gitlab, github, jenkins, azure, drone];
    all.iter().zip(0_u8..).map(|(text, n)| [&[n], text.as_bytes()].concat()).collect()
}

/// Layers behind their tables of contents.
pub fn tables() -> Vec<Vec<u8>> {
    use testkit::lazy::{estargz, zstd_chunked};
    use testkit::tar::Entry;
    let entries = [
        Entry::file("etc/os-release", 0o644, b"ID=debian\n"),
        Entry::file("usr/bin/tool", 0o755, &[b"\x7fELF".to_vec(), vec![7; 9000]].concat()),
        Entry::hardlink("usr/bin/other", "usr/bin/tool"),
        Entry::file("usr/share/data", 0o644, &vec![1; 50_000]),
    ];
    [estargz(&entries, |_| {}), zstd_chunked(&entries, |_| {})]
        .into_iter()
        .map(|lazy| [lazy.text.as_slice(), b"\n", &lazy.stored].concat())
        .collect()
}
