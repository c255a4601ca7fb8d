//! What is written is read back whole, and the same input gives the same bytes.

use super::{debian, digest, packages, with_input};
use crate::{Format, check, detect, read, write_cyclonedx, write_spdx};

#[test]
fn cyclonedx_carries_every_field() {
    let text = with_input(write_cyclonedx);
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
    let text = with_input(write_spdx);
    assert_eq!(detect(text.as_bytes()), Some(Format::SpdxJson));
    let (document, flaws) = read(text.as_bytes()).unwrap();
    assert_eq!(flaws, []);
    assert_eq!(document.packages, packages().into_iter().map(|(_, p)| p).collect::<Vec<_>>());
    assert_eq!(document.distribution, Some(debian()));
    assert_eq!(document.subject.unwrap().digest, Some(digest(9)));
}

#[test]
fn equal_input_gives_equal_bytes_and_other_input_another_serial_number() {
    let one = with_input(write_cyclonedx);
    assert_eq!(one, with_input(write_cyclonedx));
    assert_eq!(with_input(write_spdx), with_input(write_spdx));
    let other = with_input(|input| write_cyclonedx(&crate::Input { name: "other", ..input.clone() }));
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
    let text = write_cyclonedx(&empty);
    assert_eq!(check(text.as_bytes()), []);
    assert_eq!(read(text.as_bytes()).unwrap().0.packages, []);
    assert_eq!(read(write_spdx(&empty).as_bytes()).unwrap().0.packages, []);
}

#[test]
fn what_a_project_does_not_tell_stays_unknown() {
    let text = with_input(|input| {
        write_cyclonedx(&crate::Input { kind: crate::SubjectKind::Application, ..input.clone() })
    });
    let (document, _) = read(text.as_bytes()).unwrap();
    assert_eq!(document.packages, packages().into_iter().map(|(_, p)| p).collect::<Vec<_>>());
}
