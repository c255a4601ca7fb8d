//! Documents that are broken, huge in one direction, or of another kind.

use model::DoubtKind;
use proptest::prelude::{ProptestConfig, proptest};

use super::{cyclonedx, cyclonedx_xml, with_input};
use crate::{SbomError, check, detect, open, read, write_spdx, write_spdx_tag};

#[test]
fn what_is_no_bill_of_materials_is_an_error() {
    assert!(matches!(read(b"not json"), Err(SbomError::Json(_))));
    assert!(matches!(read(b"<a><b></a>"), Err(SbomError::Xml(_))));
    assert_eq!(read(b"<a/>"), Err(SbomError::Format));
    assert_eq!(read(b"<rdf:RDF xmlns:rdf='r'/>"), Err(SbomError::Unread("SPDX RDF")));
    assert!(matches!(read(b"spdxVersion: SPDX-2.3\nname: [x\n"), Err(SbomError::Yaml(_))));
    assert!(matches!(read(b"{\"a\":\"\xff\"}"), Err(SbomError::Encoding(_))));
    assert_eq!(read(b"{}"), Err(SbomError::Format));
    assert_eq!(read(b"[1]"), Err(SbomError::Format));
    assert_eq!(
        read(br#"{"bomFormat":"CycloneDX","specVersion":"9"}"#),
        Err(SbomError::Version("9".to_owned()))
    );
    assert_eq!(read(br#"{"spdxVersion":"SPDX-3.0"}"#), Err(SbomError::Version("SPDX-3.0".to_owned())));
    assert_eq!(detect(b"  {\"a\": 1}"), None);
    assert_eq!(detect(b""), None);
    assert_eq!(
        detect(b"\xef\xbb\xbf {\"specVersion\":\"1.4\",\"bomFormat\":\"CycloneDX\"}"),
        Some(crate::Format::CycloneDxJson)
    );
}

#[test]
fn parts_that_make_no_sense_are_flaws_and_the_others_are_kept() {
    let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.4","components":[
        7, {"type":"library"}, {"type":"library","name":"odd","version":"1"},
        {"type":"library","name":"a","purl":"pkg:npm/a@%zz"},
        {"type":"library","bom-ref":"x","name":"b","version":"2","purl":"pkg:brew/b@2"},
        {"type":"library","bom-ref":"x","name":"c","purl":"pkg:npm/c@3"}]}"#;
    let (document, flaws) = read(text.as_bytes()).unwrap();
    let names: Vec<&str> = document.packages.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["odd", "a", "b", "c"]);
    let told: Vec<(&str, DoubtKind)> = flaws.iter().map(|f| (f.pointer.as_str(), f.kind)).collect();
    assert_eq!(
        told,
        [
            ("/components/0", DoubtKind::Target),
            ("/components/1", DoubtKind::Target),
            ("/components/2", DoubtKind::Knowledge),
            ("/components/3", DoubtKind::Knowledge),
            ("/components/4", DoubtKind::Knowledge),
            ("/components/5", DoubtKind::Target),
        ]
    );
}

#[test]
fn deep_nesting_ends() {
    let text = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.4","components":[{}{}]}}"#,
        r#"{"type":"library","name":"a","components":["#.repeat(5000),
        "]}".repeat(5000)
    );
    assert!(matches!(read(text.as_bytes()), Err(SbomError::Json(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_cut_and_no_changed_byte_panics(at in 0usize..20_000, byte in 0u8..255) {
        for text in [
            with_input(cyclonedx),
            with_input(cyclonedx_xml),
            with_input(write_spdx),
            with_input(write_spdx_tag),
        ] {
            let mut bytes = text.into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = (open(&bytes), check(&bytes), detect(&bytes));
            bytes.truncate(at);
            let _ = (open(&bytes), check(&bytes), detect(&bytes));
        }
    }
}
