//! What is written is read back whole, and the same input gives the same bytes.

use super::{cyclonedx, cyclonedx_xml, debian, digest, packages, with_input};
use crate::{
    CycloneDxVersion, Format, check, detect, read, write_cyclonedx, write_cyclonedx_xml, write_spdx,
    write_spdx_tag,
};

#[test]
fn cyclonedx_carries_every_field() {
    let text = with_input(cyclonedx);
    assert_eq!(detect(text.as_bytes()), Some(Format::CycloneDxJson));
    assert_eq!(check(text.as_bytes()), []);
    let (document, flaws) = read(text.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    assert_eq!(document.packages, packages().into_iter().map(|(_, p)| p).collect::<Vec<_>>());
    assert_eq!(document.distribution, Some(debian()));
    assert_eq!(document.spec_version, "1.6");
    let subject = document.subject.unwrap();
    assert_eq!(subject.digest, Some(digest(9)));
    assert_eq!(subject.purl.unwrap(), format!("pkg:oci/web@{}", digest(9)));
}

#[test]
fn spdx_carries_every_field() {
    spdx_carries(&with_input(write_spdx), Format::SpdxJson);
}

#[test]
fn equal_input_gives_equal_bytes_and_other_input_another_serial_number() {
    let one = with_input(cyclonedx);
    assert_eq!(one, with_input(cyclonedx));
    assert_eq!(with_input(write_spdx), with_input(write_spdx));
    let other = with_input(|input| cyclonedx(&crate::Input { name: "other", ..input.clone() }));
    let serial = |text: &str| text.lines().find(|l| l.contains("serialNumber")).unwrap().to_owned();
    assert_ne!(serial(&one), serial(&other));
}

#[test]
fn an_empty_target_is_still_a_document() {
    let empty = crate::Input {
        name: "",
        kind: crate::SubjectKind::Application,
        digest: None,
        distribution: None,
        packages: &[],
        dependencies: &[],
        as_of: model::Timestamp(0),
        tool_version: "0.1.0",
    };
    let text = cyclonedx(&empty);
    assert_eq!(check(text.as_bytes()), []);
    assert_eq!(read(text.as_bytes()).unwrap().0.packages, []);
    assert_eq!(read(write_spdx(&empty).as_bytes()).unwrap().0.packages, []);
}

#[test]
fn what_a_project_does_not_tell_stays_unknown() {
    let text = with_input(|input| {
        cyclonedx(&crate::Input { kind: crate::SubjectKind::Application, ..input.clone() })
    });
    let (document, _) = read(text.as_bytes()).unwrap();
    assert_eq!(document.packages, packages().into_iter().map(|(_, p)| p).collect::<Vec<_>>());
}

#[test]
fn every_version_and_form_of_cyclonedx_carries_every_field() {
    for version in CycloneDxVersion::ALL {
        let json = with_input(|input| write_cyclonedx(input, version));
        assert_eq!(check(json.as_bytes()), [], "{version:?}");
        let xml = with_input(|input| write_cyclonedx_xml(input, version));
        assert_eq!(detect(xml.as_bytes()), Some(Format::CycloneDxXml));
        for text in [json, xml] {
            let (document, flaws) = read(text.as_bytes()).unwrap();
            assert_eq!(flaws, [], "{version:?}");
            assert_eq!(document.packages, packages().into_iter().map(|(_, p)| p).collect::<Vec<_>>());
            assert_eq!(document.distribution, Some(debian()));
            assert_eq!(document.spec_version, version.as_str());
            assert_eq!(document.subject.unwrap().digest, Some(digest(9)));
        }
    }
}

#[test]
fn tag_value_carries_every_field() {
    spdx_carries(&with_input(write_spdx_tag), Format::SpdxTag);
}

fn spdx_carries(text: &str, format: Format) {
    assert_eq!(detect(text.as_bytes()), Some(format));
    let (document, flaws) = read(text.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    assert_eq!(document.packages, packages().into_iter().map(|(_, p)| p).collect::<Vec<_>>());
    assert_eq!(document.distribution, Some(debian()));
    assert_eq!(document.subject.unwrap().digest, Some(digest(9)));
}

#[test]
fn the_encoding_of_an_editor_changes_nothing() {
    for text in [with_input(cyclonedx), with_input(cyclonedx_xml), with_input(write_spdx_tag)] {
        let plain = read(text.as_bytes()).unwrap();
        let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked_wide: Vec<u8> =
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for bytes in [marked, wide, marked_wide] {
            assert_eq!(read(&bytes).unwrap(), plain);
            assert_eq!(detect(&bytes), detect(text.as_bytes()));
        }
    }
}

#[test]
fn spdx_in_yaml_says_what_it_says_in_json() {
    // JSON is YAML; only its outermost braces would tell it from what a person writes.
    let json: serde_json::Value = serde_json::from_str(&with_input(write_spdx)).unwrap();
    let members = json.as_object().unwrap().iter().map(|(key, value)| format!("{key}: {value}\n"));
    let yaml: String = members.collect();
    assert_eq!(detect(yaml.as_bytes()), Some(Format::SpdxYaml));
    let (of_yaml, flaws) = read(yaml.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    assert_eq!(of_yaml.packages, packages().into_iter().map(|(_, p)| p).collect::<Vec<_>>());
}
