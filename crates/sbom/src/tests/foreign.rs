//! Documents in the shape of Syft and Trivy, written by us.

use model::{DoubtKind, PackageType};

use super::digest;
use crate::read;

const SYFT_CYCLONEDX: &str = r#"{
 "$schema":"http://cyclonedx.org/schema/bom-1.6.schema.json","bomFormat":"CycloneDX","specVersion":"1.6","version":1,
 "metadata":{"tools":{"components":[{"type":"application","author":"anchore","name":"syft","version":"1.18.0"}]},
  "component":{"bom-ref":"af63","type":"container","name":"shop","version":"sha256:0909090909090909090909090909090909090909090909090909090909090909"}},
 "components":[
  {"bom-ref":"pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&package-id=1f","type":"library",
   "publisher":"GNU Libc Maintainers","name":"libc6","version":"2.36-9","licenses":[{"license":{"id":"LGPL-2.1-only"}},{"license":{"name":"GPL-2"}}],
   "cpe":"cpe:2.3:a:libc6:libc6:2.36-9:*:*:*:*:*:*:*","purl":"pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc",
   "properties":[{"name":"syft:package:foundBy","value":"dpkg-db-cataloger"},{"name":"syft:package:type","value":"deb"},
    {"name":"syft:location:0:layerID","value":"sha256:0707070707070707070707070707070707070707070707070707070707070707"},
    {"name":"syft:location:0:path","value":"/usr/share/doc/libc6/copyright"},{"name":"syft:location:1:path","value":"/var/lib/dpkg/status"},
    {"name":"syft:metadata:source","value":"glibc"}]},
  {"bom-ref":"b","type":"library","name":"openssl-libs","version":"1:3.0.7-27.el9",
   "purl":"pkg:rpm/almalinux/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=almalinux-9.4&epoch=1&upstream=openssl-3.0.7-27.el9.src.rpm"},
  {"bom-ref":"c","type":"library","name":"github.com/aws/aws-sdk-go-v2/service/S3","version":"v1.2.3",
   "purl":"pkg:golang/github.com/aws/aws-sdk-go-v2@v1.2.3#service/s3"},
  {"bom-ref":"d","type":"application","name":"node","version":"18.1.0","purl":"pkg:generic/node@18.1.0"},
  {"bom-ref":"os","type":"operating-system","name":"debian","version":"12","description":"Debian GNU/Linux 12 (bookworm)",
   "swid":{"tagId":"debian","name":"debian","version":"12"},
   "properties":[{"name":"syft:distro:id","value":"debian"},{"name":"syft:distro:versionCodename","value":"bookworm"},{"name":"syft:distro:versionID","value":"12"}]},
  {"bom-ref":"f","type":"file","name":"/usr/bin/node","hashes":[{"alg":"SHA-1","content":"e6b1000b94e835ffd37f4c6dcbdad43f4b48a02a"}]}],
 "dependencies":[{"ref":"d","dependsOn":["pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&package-id=1f"]}]}"#;

#[test]
fn syft_cyclonedx_is_read_without_loss() {
    let (document, flaws) = read(SYFT_CYCLONEDX.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    let names: Vec<String> = document.packages.iter().map(|p| format!("{} {}", p.name, p.version)).collect();
    assert_eq!(
        names,
        [
            "libc6 2.36-9",
            "openssl-libs 1:3.0.7-27.el9",
            "github.com/aws/aws-sdk-go-v2/service/S3 v1.2.3",
            "node 18.1.0"
        ]
    );
    let [libc, openssl, _, node] = document.packages.as_slice() else { panic!("four packages") };
    assert_eq!(libc.source.as_ref().unwrap().name, "glibc");
    assert_eq!(libc.paths, ["usr/share/doc/libc6/copyright", "var/lib/dpkg/status"]);
    assert_eq!(libc.licenses, ["LGPL-2.1-only", "GPL-2"]);
    assert_eq!(libc.found_by, "dpkg-db-cataloger");
    assert_eq!(libc.distribution.as_ref().unwrap().codename.as_deref(), Some("bookworm"));
    assert_eq!(
        openssl.source.as_ref().map(|s| (s.name.as_str(), s.version.as_str())),
        Some(("openssl", "3.0.7-27.el9"))
    );
    assert_eq!(openssl.distribution.as_ref().unwrap().version, "9.4");
    assert_eq!(node.depends_on, ["libc6"]);
    assert_eq!(document.subject.unwrap().digest, Some(digest(9)));
}

const TRIVY_CYCLONEDX: &str = r#"{
 "bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79","version":1,
 "metadata":{"component":{"bom-ref":"root","type":"container","name":"shop:1","purl":"pkg:oci/shop@sha256:0909090909090909090909090909090909090909090909090909090909090909?arch=amd64",
  "properties":[{"name":"aquasecurity:trivy:DiffID","value":"sha256:0101010101010101010101010101010101010101010101010101010101010101"},
   {"name":"aquasecurity:trivy:DiffID","value":"sha256:0707070707070707070707070707070707070707070707070707070707070707"},
   {"name":"aquasecurity:trivy:SchemaVersion","value":"2"}]}},
 "components":[
  {"bom-ref":"os","type":"operating-system","name":"alpine","version":"3.18.4","properties":[{"name":"aquasecurity:trivy:Class","value":"os-pkgs"},{"name":"aquasecurity:trivy:Type","value":"alpine"}]},
  {"bom-ref":"lock","type":"application","name":"app/package-lock.json","properties":[{"name":"aquasecurity:trivy:Class","value":"lang-pkgs"},{"name":"aquasecurity:trivy:Type","value":"npm"}]},
  {"bom-ref":"m","type":"library","name":"musl","version":"1.2.4-r1","licenses":[{"license":{"name":"MIT"}}],
   "purl":"pkg:apk/alpine/musl@1.2.4-r1?arch=x86_64&distro=3.18.4",
   "properties":[{"name":"aquasecurity:trivy:LayerDiffID","value":"sha256:0707070707070707070707070707070707070707070707070707070707070707"},
    {"name":"aquasecurity:trivy:PkgID","value":"musl@1.2.4-r1"},{"name":"aquasecurity:trivy:PkgType","value":"alpine"},
    {"name":"aquasecurity:trivy:SrcName","value":"musl"},{"name":"aquasecurity:trivy:SrcVersion","value":"1.2.4-r1"}]},
  {"bom-ref":"n","type":"library","group":"@babel","name":"core","version":"7.1.0","purl":"pkg:npm/%40babel/core@7.1.0",
   "properties":[{"name":"aquasecurity:trivy:FilePath","value":"app/node_modules/@babel/core/package.json"},{"name":"aquasecurity:trivy:PkgType","value":"node-pkg"}]},
  {"bom-ref":"j","type":"library","group":"com.example","name":"tool","version":"1","purl":"pkg:maven/com.example/tool@1"},
  {"bom-ref":"p","type":"library","name":"bash","version":"5.1.8-6.el9","purl":"pkg:rpm/redhat/bash@5.1.8-6.el9?arch=x86_64&distro=redhat-9.2",
   "properties":[{"name":"aquasecurity:trivy:SrcName","value":"bash"},{"name":"aquasecurity:trivy:SrcVersion","value":"5.1.8"},{"name":"aquasecurity:trivy:SrcRelease","value":"6.el9"},
    {"name":"aquasecurity:trivy:Modularitylabel","value":"bash:5:8090020240301:rhel9"}]}],
 "dependencies":[{"ref":"root","dependsOn":["os","lock"]},{"ref":"lock","dependsOn":["n"]},{"ref":"n","dependsOn":["j"]}]}"#;

#[test]
fn trivy_cyclonedx_is_read_without_loss() {
    let (document, flaws) = read(TRIVY_CYCLONEDX.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    let [musl, babel, tool, bash] = document.packages.as_slice() else { panic!("four packages") };
    assert_eq!((musl.name.as_str(), musl.kind), ("musl", PackageType::Apk));
    assert_eq!(musl.layer.as_ref().map(|l| (l.index, l.diff_id)), Some((1, digest(7))));
    assert_eq!(musl.distribution.as_ref().unwrap().version, "3.18.4");
    assert_eq!(babel.name, "@babel/core");
    assert_eq!(babel.paths, ["app/node_modules/@babel/core/package.json"]);
    assert_eq!(babel.depends_on, ["com.example:tool"]);
    assert_eq!(tool.name, "com.example:tool");
    assert_eq!(bash.source.as_ref().unwrap().version, "5.1.8-6.el9");
    assert_eq!(bash.distribution.as_ref().unwrap().id, "rhel");
    assert_eq!(bash.module.as_deref(), Some("bash:5"));
    assert_eq!(document.distribution.unwrap().id, "alpine");
}

const SYFT_SPDX: &str = r#"{
 "spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"shop","documentNamespace":"https://example.org/shop-1",
 "creationInfo":{"licenseListVersion":"3.25","creators":["Organization: Anchore, Inc","Tool: syft-1.18.0"],"created":"2026-01-01T00:00:00Z"},
 "packages":[
  {"name":"musl","SPDXID":"SPDXRef-Package-apk-musl-1","versionInfo":"1.2.4-r1","supplier":"NOASSERTION","downloadLocation":"https://musl.libc.org/","filesAnalyzed":false,
   "sourceInfo":"acquired package info from APK DB: /lib/apk/db/installed","licenseConcluded":"NOASSERTION","licenseDeclared":"MIT","copyrightText":"NOASSERTION",
   "externalRefs":[{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:musl:musl:1.2.4-r1:*:*:*:*:*:*:*"},
    {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:apk/alpine/musl@1.2.4-r1?arch=x86_64&distro=alpine-3.18.4"}]},
  {"name":"left-pad","SPDXID":"SPDXRef-Package-npm-left-pad-2","versionInfo":"1.3.0","downloadLocation":"NOASSERTION","licenseDeclared":"LicenseRef-WTF",
   "externalRefs":[{"referenceCategory":"PACKAGE_MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/left-pad@1.3.0"}]},
  {"name":"mystery","SPDXID":"SPDXRef-Package-x","versionInfo":"4","downloadLocation":"NOASSERTION"},
  {"name":"shop","SPDXID":"SPDXRef-DocumentRoot-Image-shop","versionInfo":"1","primaryPackagePurpose":"CONTAINER","downloadLocation":"NOASSERTION",
   "checksums":[{"algorithm":"SHA256","checksumValue":"0909090909090909090909090909090909090909090909090909090909090909"}],
   "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:oci/shop@sha256:ff?arch=amd64"}]}],
 "files":[{"fileName":"app/package-lock.json","SPDXID":"SPDXRef-File-1","checksums":[]}],
 "hasExtractedLicensingInfos":[{"licenseId":"LicenseRef-WTF","extractedText":"NONE","name":"do what you like"}],
 "relationships":[
  {"spdxElementId":"SPDXRef-DocumentRoot-Image-shop","relatedSpdxElement":"SPDXRef-Package-apk-musl-1","relationshipType":"CONTAINS"},
  {"spdxElementId":"SPDXRef-Package-npm-left-pad-2","relatedSpdxElement":"SPDXRef-File-1","relationshipType":"OTHER","comment":"evident-by: indicates the package's existence is evident by the given file"},
  {"spdxElementId":"SPDXRef-Package-apk-musl-1","relatedSpdxElement":"SPDXRef-Package-x","relationshipType":"DEPENDENCY_OF"},
  {"spdxElementId":"SPDXRef-DOCUMENT","relatedSpdxElement":"SPDXRef-DocumentRoot-Image-shop","relationshipType":"DESCRIBES"}]}"#;

#[test]
fn syft_spdx_is_read_without_loss() {
    let (document, flaws) = read(SYFT_SPDX.as_bytes()).unwrap();
    assert_eq!(flaws.len(), 1);
    assert_eq!((flaws[0].pointer.as_str(), flaws[0].kind), ("/packages/2", DoubtKind::Knowledge));
    let [musl, pad, mystery] = document.packages.as_slice() else { panic!("three packages") };
    assert_eq!(musl.paths, ["lib/apk/db/installed"]);
    assert_eq!(musl.distribution.as_ref().unwrap().version, "3.18.4");
    assert_eq!(pad.licenses, ["do what you like"]);
    assert_eq!(pad.paths, ["app/package-lock.json"]);
    assert_eq!(
        (mystery.kind, mystery.depends_on.as_slice()),
        (PackageType::Generic, &["musl".to_owned()][..])
    );
    assert_eq!(document.subject.unwrap().digest, Some(digest(9)));
}

const TRIVY_SPDX: &str = r#"{
 "spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"shop:1","documentDescribes":["SPDXRef-ContainerImage-1"],
 "packages":[
  {"name":"package-lock.json","SPDXID":"SPDXRef-Application-1","primaryPackagePurpose":"APPLICATION","attributionTexts":["Class: lang-pkgs","Type: npm"]},
  {"name":"shop:1","SPDXID":"SPDXRef-ContainerImage-1","primaryPackagePurpose":"CONTAINER",
   "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:oci/shop@sha256:0909090909090909090909090909090909090909090909090909090909090909"}]},
  {"name":"debian","SPDXID":"SPDXRef-OperatingSystem-1","versionInfo":"12.5","primaryPackagePurpose":"OPERATING-SYSTEM"},
  {"name":"libc6","SPDXID":"SPDXRef-Package-1","versionInfo":"2.36-9","sourceInfo":"built package from: glibc 2.36-9",
   "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12.5"}],
   "annotations":[{"annotator":"Tool: trivy","annotationDate":"2026-01-01T00:00:00Z","annotationType":"OTHER","comment":"PkgType: debian"}]}],
 "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relatedSpdxElement":"SPDXRef-ContainerImage-1","relationshipType":"DESCRIBES"},
  {"spdxElementId":"SPDXRef-ContainerImage-1","relatedSpdxElement":"SPDXRef-OperatingSystem-1","relationshipType":"CONTAINS"}]}"#;

#[test]
fn trivy_spdx_is_read_without_loss() {
    let (document, flaws) = read(TRIVY_SPDX.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    let [libc] = document.packages.as_slice() else { panic!("one package") };
    assert_eq!(libc.source.as_ref().unwrap().name, "glibc");
    assert_eq!(libc.found_by, "trivy debian");
    assert_eq!(document.distribution.unwrap().version, "12.5");
    assert_eq!(document.subject.unwrap().digest, Some(digest(9)));
}

#[test]
fn a_project_tells_direct_from_transitive() {
    let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"type":"application","bom-ref":"me","name":"me"}},
      "components":[{"type":"library","bom-ref":"a","name":"a","purl":"pkg:npm/a@1","components":[{"type":"library","bom-ref":"b","name":"b","purl":"pkg:npm/b@2"}]}],
      "dependencies":[{"ref":"me","dependsOn":["a"]},{"ref":"a","dependsOn":["b","gone"]}]}"#;
    let (document, flaws) = read(text.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    let direct: Vec<_> = document.packages.iter().map(|p| (p.name.as_str(), p.direct)).collect();
    assert_eq!(direct, [("a", Some(true)), ("b", Some(false))]);
    assert_eq!(document.packages[0].depends_on, ["b"]);
}
