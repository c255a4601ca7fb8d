//! Compares text with a committed file; `UPDATE_GOLDEN=1` rewrites the file.

use std::path::Path;

use crate::Format;

/// Panics with the first differing line.
pub(crate) fn compare(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; run with UPDATE_GOLDEN=1", path.display()));
    for (number, (a, e)) in actual.lines().zip(expected.lines()).enumerate() {
        assert_eq!(a, e, "{name}:{}: differs; read the change, then run with UPDATE_GOLDEN=1", number + 1);
    }
    assert_eq!(actual.len(), expected.len(), "{name}: one is longer; run with UPDATE_GOLDEN=1");
}

/// The end of a golden file's name.
pub(crate) fn extension(format: Format) -> &'static str {
    match format {
        Format::Table => "txt",
        Format::Json => "json",
        Format::Sarif => "sarif",
        Format::Html => "html",
        Format::Markdown => "md",
        Format::Junit => "junit.xml",
        Format::Gitlab => "gitlab.json",
        Format::GitlabContainer => "gitlab-container.json",
        Format::GitlabDependency => "gitlab-dependency.json",
        Format::GitlabSast => "gitlab-sast.json",
        Format::CycloneDx => "cdx.json",
        Format::Oscal => "oscal.json",
    }
}
