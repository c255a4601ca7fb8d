//! SPDX 3.0 JSON-LD, written by us in the shape of the specification's examples.

use crate::{Format, SbomError, detect, read};

const DOCUMENT: &str = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
 {"type":"CreationInfo","@id":"_:creation","specVersion":"3.0.1","created":"2026-01-01T00:00:00Z","createdBy":["urn:a:agent"]},
 {"type":"SpdxDocument","spdxId":"urn:a:doc","creationInfo":"_:creation","name":"shop","rootElement":["urn:a:bom"]},
 {"type":"software_Sbom","spdxId":"urn:a:bom","creationInfo":"_:creation","rootElement":["urn:a:root"],"element":["urn:a:root","urn:a:core","urn:a:rxjs"]},
 {"type":"software_Package","spdxId":"urn:a:root","name":"shop","software_packageVersion":"1.0","software_primaryPurpose":"application"},
 {"type":"software_Package","spdxId":"urn:a:core","name":"@angular/core","software_packageVersion":"17.0.1",
  "software_packageUrl":"pkg:npm/%40angular/core@17.0.1"},
 {"type":"software_Package","spdxId":"urn:a:rxjs","name":"rxjs","software_packageVersion":"6.0.0",
  "externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"packageUrl","identifier":"pkg:npm/rxjs@6.0.0"}]},
 {"type":"software_Package","spdxId":"urn:a:os","name":"debian","software_packageVersion":"12","software_primaryPurpose":"operatingSystem"},
 {"type":"simplelicensing_LicenseExpression","spdxId":"urn:a:mit","simplelicensing_licenseExpression":"MIT OR Apache-2.0"},
 {"type":"Relationship","spdxId":"urn:a:r1","from":"urn:a:root","relationshipType":"dependsOn","to":["urn:a:core"]},
 {"type":"LifecycleScopedRelationship","spdxId":"urn:a:r2","from":"urn:a:core","relationshipType":"dependsOn","to":["urn:a:rxjs"]},
 {"type":"Relationship","spdxId":"urn:a:r3","from":"urn:a:core","relationshipType":"hasDeclaredLicense","to":["urn:a:mit"]},
 {"type":"Relationship","spdxId":"urn:a:r4","from":"urn:a:rxjs","relationshipType":"hasConcludedLicense","to":["https://spdx.org/licenses/Apache-2.0"]}]}"#;

#[test]
fn packages_licences_and_dependencies_are_read() {
    assert_eq!(detect(DOCUMENT.as_bytes()), Some(Format::Spdx3Json));
    let (document, flaws) = read(DOCUMENT.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    assert_eq!(document.spec_version, "SPDX-3.0.1");
    assert_eq!(document.subject.as_ref().unwrap().name, "shop");
    assert_eq!(document.distribution.as_ref().unwrap().id, "debian");
    let [core, rxjs] = document.packages.as_slice() else { panic!("two packages: {:?}", document.packages) };
    assert_eq!(
        (core.name.as_str(), core.version.as_str(), core.direct),
        ("@angular/core", "17.0.1", Some(true))
    );
    assert_eq!(core.licenses, ["MIT OR Apache-2.0"]);
    assert_eq!(core.depends_on, ["rxjs"]);
    assert_eq!((rxjs.name.as_str(), rxjs.direct), ("rxjs", Some(false)));
    assert_eq!(rxjs.licenses, ["Apache-2.0"]);
}

#[test]
fn a_later_version_is_named() {
    let later = DOCUMENT.replace("\"specVersion\":\"3.0.1\"", "\"specVersion\":\"3.1\"");
    assert_eq!(read(later.as_bytes()), Err(SbomError::Version("3.1".to_owned())));
}
