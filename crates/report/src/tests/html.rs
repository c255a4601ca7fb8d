//! The page runs its own style and script only, and no text of others can break out.

use base64::Engine;
use sha2::{Digest, Sha256};

use crate::html::hash::{SCRIPT_HASH, STYLE_HASH};
use crate::html::{SCRIPT, STYLE};
use crate::tests::sample;
use crate::{Format, TableStyle};

fn source(text: &str) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)))
}

#[test]
fn the_policy_of_the_page_names_its_own_style_and_script() {
    let (style, script) = (source(STYLE), source(SCRIPT));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/html/hash.rs");
        let text = std::fs::read_to_string(path).unwrap();
        let line = |l: &str| match l.split_once(" = ") {
            Some((name, _)) if name.ends_with("STYLE_HASH: &str") => format!("{name} = \"{style}\";\n"),
            Some((name, _)) if name.ends_with("SCRIPT_HASH: &str") => format!("{name} = \"{script}\";\n"),
            _ => format!("{l}\n"),
        };
        std::fs::write(path, text.lines().map(line).collect::<String>()).unwrap();
        return;
    }
    assert_eq!((STYLE_HASH, SCRIPT_HASH), (&*style, &*script), "run with UPDATE_GOLDEN=1, then build again");
}

#[test]
fn hostile_names_stay_text() {
    let page = crate::render(Format::Html, &sample::scan(), &TableStyle::default());
    assert_eq!(page.matches("<script").count(), 2, "the data and the page's own script");
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img"), "a name became an element");
    assert!(!page.contains('\u{202e}') || !page.split("<script").next().unwrap().contains('\u{202e}'));
    assert!(!page.contains("href=\"javascript"));
    assert!(!page.contains("onclick") && !page.contains(" style="));
    assert!(!page.contains("src=\"") && !page.contains("<link"), "nothing is loaded");
}

#[test]
fn the_data_of_the_page_is_json_with_every_finding() {
    let report = sample::assess();
    let page = crate::render(Format::Html, &report, &TableStyle::default());
    let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["findings"].as_array().unwrap().len(), report.findings.len());
    let hostile = data["findings"].as_array().unwrap().iter().any(|f| f["place"] == sample::HOSTILE);
    assert!(hostile, "text is carried unchanged");
}
