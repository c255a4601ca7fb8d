//! A document read by its outline, read as a tree and read from memory says the same.

use model::Package;
use proptest::prelude::{ProptestConfig, proptest};
use serde_json::Value;

use super::{cyclonedx, with_input};
use crate::cyclonedx::{read as read_tree, read_text};
use crate::{Format, Memory, open, read};

/// What a memory keeps of a package.
fn alone(package: &Package) -> Package {
    Package { depends_on: Vec::new(), layer: None, direct: None, ..package.clone() }
}

fn agree(memory: &mut Memory<()>, bytes: &[u8]) {
    if let Some(by_outline) = std::str::from_utf8(bytes).ok().and_then(read_text) {
        let tree: Value = serde_json::from_slice(bytes).expect("an outline is of valid JSON");
        assert!(!crate::results::is(&tree));
        assert_eq!(read_tree(&tree, Format::CycloneDxJson), Ok(by_outline));
    }
    let read = read(bytes);
    match (memory.packages(bytes), &read) {
        (Ok(packages), Ok((document, _))) => {
            let remembered: Vec<Package> = packages.iter().map(|n| alone(&n.package)).collect();
            assert_eq!(remembered, document.packages.iter().map(alone).collect::<Vec<_>>());
        }
        (Err(a), Err(b)) => assert_eq!(a, *b),
        (a, b) => panic!("{a:?} and {b:?}"),
    }
    drop(open(bytes));
}

fn document(members: &str) -> String {
    format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5",{members}}}"#)
}

#[test]
fn a_usual_document_has_an_outline() {
    let text = with_input(cyclonedx);
    assert!(read_text(&text).is_some());
    let mut memory = Memory::default();
    agree(&mut memory, text.as_bytes());
    agree(&mut memory, text.as_bytes());
}

#[test]
fn unusual_documents_are_read_as_ever() {
    let a = r#"{"type":"library","bom-ref":"a","name":"a","version":"1","purl":"pkg:npm/a@1"}"#;
    let system = r#"{"type":"operating-system","name":"debian","version":"12"}"#;
    let zlib = r#"{"type":"library","name":"zlib1g","version":"1","purl":"pkg:deb/debian/zlib1g@1"}"#;
    let nested = format!(
        r#"{{"type":"application","name":"x","components":[{system},{zlib},7,{{"components":{{}}}}]}}"#
    );
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let mut memory = Memory::default();
    for members in [
        format!(r#""components":[{zlib},{a},{a},{system}]"#),
        format!(r#""components":[{zlib},{nested}],"metadata":{{"component":{nested}}}"#),
        format!(r#""components":[{a}],"components":[]"#),
        format!(r#""components":[{a}],"comp\u006fnents":[{zlib}]"#),
        format!(r#""components":[{a}],"dependencies":[{{"ref":"a","dependsOn":["a",7]}},7]"#),
        format!(r#""components":[{a}],"dependencies":[1e999]"#),
        format!(r#""components":[{a},]"#),
        format!(r#""components":[{a},{{"x":"\ud800"}}]"#),
        format!(r#""components":[{a}],"runs":[],"version":"2.1.0""#),
        format!(r#""components":[{a}],"specVersion":"9""#),
        r#""components":{}"#.to_owned(),
        r#""components":[7,null,"x",[]],"metadata":[]"#.to_owned(),
        r#""metadata":{"component":{"type":"application","bom-ref":"r","components":7}}"#.to_owned(),
    ]
    .into_iter()
    .chain((96..130).map(|n| format!(r#""components":[{{"x":{}}}]"#, deep(n))))
    .chain((96..130).map(|n| format!(r#""services":{}"#, deep(n))))
    .chain((96..130).map(|n| format!(r#""metadata":{}"#, deep(n))))
    {
        let text = document(&members);
        agree(&mut memory, text.as_bytes());
        agree(&mut memory, format!("\u{feff}{text}").as_bytes());
        agree(&mut memory, format!("\u{a0}{text}").as_bytes());
        agree(&mut memory, format!("{text} x").as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_cut_and_no_changed_byte_is_read_in_two_ways(at in 0usize..20_000, byte in 0u8..127) {
        let mut memory = Memory::default();
        let mut bytes = with_input(cyclonedx).into_bytes();
        agree(&mut memory, &bytes);
        let at = at % bytes.len();
        bytes[at] = byte;
        agree(&mut memory, &bytes);
        bytes.truncate(at);
        agree(&mut memory, &bytes);
    }
}
