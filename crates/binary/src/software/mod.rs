//! Software recognised from its own bytes, where no package metadata tells what it is.
//!
//! A rule names the files that may be the product (so that the OpenSSL version which nginx was *built with* never
//! makes nginx an OpenSSL) and the marks in the constants at which the product writes its version.

mod mark;
mod table;
mod version;

use serde::{Deserialize, Serialize};

use crate::Executable;
use mark::Mark;
use version::Style;

/// A product and its upstream version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Software {
    /// Name, as upstream writes it in its own downloads, lower case.
    pub product: String,
    /// Upstream version.
    pub version: String,
}

/// How one product is recognised.
struct Rule {
    product: &'static str,
    /// Patterns of file names, `*` for anything.
    files: &'static [&'static str],
    /// Texts that must all occur among the constants.
    needs: &'static [&'static str],
    /// Where the version stands; the first that yields one decides.
    marks: &'static [Mark],
    style: Style,
}

/// True if a file of this name may be a product of the table; only such a file is worth [`recognise`].
#[must_use]
pub fn is_candidate(path: &str) -> bool {
    let name = file_name(path);
    table::RULES.iter().any(|r| r.files.iter().any(|p| glob(p.as_bytes(), name.as_bytes())))
}

/// The products that the executable at `path` is, by name and content; mostly none or one.
#[must_use]
pub fn recognise(path: &str, file: &Executable<'_>) -> Vec<Software> {
    let name = file_name(path);
    let constants = file.constants();
    let mut found: Vec<Software> = Vec::new();
    for rule in table::RULES.iter().filter(|r| r.files.iter().any(|p| glob(p.as_bytes(), name.as_bytes()))) {
        let needed =
            |text: &&str| constants.iter().any(|c| memchr::memmem::find(c, text.as_bytes()).is_some());
        if !rule.needs.iter().all(needed) {
            continue;
        }
        let version = rule.marks.iter().find_map(|m| m.version(&constants, name, rule.style));
        if let Some(version) = version {
            found.push(Software { product: rule.product.to_owned(), version });
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The Java runtime that a `release` file describes (JEP 223): its implementor's product name and version.
#[must_use]
pub fn java_release(text: &str) -> Option<Software> {
    let value = |key: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim().trim_matches('"')).filter(|v| !v.is_empty())
    };
    let version = value("JAVA_VERSION")?;
    // The file of other products (a Linux distribution, a kernel) has no such key beside it.
    value("OS_ARCH").or(value("MODULES")).or(value("SOURCE"))?;
    let version =
        value("JAVA_RUNTIME_VERSION").map_or(version, |v| v.split(['+', '-']).next().unwrap_or(version));
    let version =
        if version.starts_with(|c: char| c.is_ascii_digit()) { version } else { value("JAVA_VERSION")? };
    let product = if value("GRAALVM_VERSION").is_some() { "graalvm" } else { "openjdk" };
    Some(Software { product: product.to_owned(), version: version.to_owned() })
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `*` matches any run of bytes, `#` one digit, everything else itself.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*'] => true,
        [b'*', rest @ ..] => (0..=name.len()).any(|at| name.get(at..).is_some_and(|n| glob(rest, n))),
        [b'#', rest @ ..] => {
            name.first().is_some_and(u8::is_ascii_digit) && glob(rest, name.get(1..).unwrap_or_default())
        }
        [first, rest @ ..] => name.first() == Some(first) && glob(rest, name.get(1..).unwrap_or_default()),
    }
}
