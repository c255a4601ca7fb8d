//! The table of bounds in `docs/limits.md`: every constant `*_MAX` of the crates, with the words of its doc line.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::{source, workspace};

const PAGE: &str = "docs/limits.md";
const OPEN: &str = "<!-- bounds, written by `cargo xtask gen` -->\n";
const CLOSE: &str = "<!-- end of bounds -->\n";

/// A bound, as its source says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Bound {
    place: String,
    name: String,
    value: String,
    doc: String,
}

/// The page with its table.
pub(crate) fn files(root: &Path) -> Result<BTreeMap<String, String>> {
    let Ok(page) = std::fs::read_to_string(root.join(PAGE)) else { return Ok(BTreeMap::new()) };
    let (before, rest) =
        page.split_once(OPEN).with_context(|| format!("`{PAGE}` has no place for the bounds"))?;
    let after = rest.split_once(CLOSE).with_context(|| format!("the bounds of `{PAGE}` have no end"))?.1;
    let page = format!("{before}{OPEN}{}{CLOSE}{after}", table(&bounds(root)?));
    Ok(BTreeMap::from([(PAGE.to_owned(), page)]))
}

fn bounds(root: &Path) -> Result<Vec<Bound>> {
    let mut all = Vec::new();
    for file in workspace::files(root)?.iter().filter(|f| f.starts_with("crates/") && f.ends_with(".rs")) {
        let Some((place, path)) = file.trim_start_matches("crates/").split_once("/src/") else { continue };
        if path.contains("tests") {
            continue;
        }
        let text =
            std::fs::read_to_string(root.join(file)).with_context(|| format!("`{file}` cannot be read"))?;
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
        let place =
            if module == "lib" || module == "main" { place.to_owned() } else { format!("{place}::{module}") };
        all.extend(of_file(&place, &text));
    }
    all.sort();
    Ok(all)
}

fn of_file(place: &str, text: &str) -> Vec<Bound> {
    let code = source::code_only(text);
    let mut bounds = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    for (line, code) in text.lines().zip(code.lines()) {
        let line = line.trim();
        match line.strip_prefix("///") {
            Some(words) => doc.push(words.trim()),
            None => {
                bounds.extend(constant(code).map(|(name, value)| Bound {
                    place: place.to_owned(),
                    name,
                    value,
                    doc: doc.join(" "),
                }));
                if !line.starts_with("#[") {
                    doc.clear();
                }
            }
        }
    }
    bounds
}

/// `const NAME_MAX: TYPE = VALUE;` on one line.
fn constant(code: &str) -> Option<(String, String)> {
    let rest = code.trim_start().split_once("const ")?.1;
    let (name, rest) = rest.split_once(':')?;
    let value = rest.split_once('=')?.1.trim().strip_suffix(';')?.trim();
    (name.ends_with("_MAX")).then(|| (name.to_owned(), readable(name, value)))
}

/// A value as people say it: `256 MiB`, `500,000`.
fn readable(name: &str, value: &str) -> String {
    let Some(number) = number(value) else { return value.to_owned() };
    if name.contains("BYTES") {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if 1_u128 << shift <= number && number % (1 << shift) == 0 {
                return format!("{} {unit}", number >> shift);
            }
        }
        return format!("{} bytes", grouped(number));
    }
    grouped(number)
}

/// `8 << 20`, `4 * 1024`, `1_000`, `0xffff`.
fn number(value: &str) -> Option<u128> {
    if let Some((a, b)) = value.split_once("<<") {
        return number(a)?.checked_shl(u32::try_from(number(b)?).ok()?);
    }
    if let Some((a, b)) = value.split_once('*') {
        return number(a)?.checked_mul(number(b)?);
    }
    let digits = value.trim().replace('_', "");
    match digits.strip_prefix("0x") {
        Some(hex) => u128::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if 0 < n && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn table(bounds: &[Bound]) -> String {
    let mut out = String::from("| where | bound | value | of what |\n|---|---|---|---|\n");
    for b in bounds {
        let doc = b.doc.replace('|', "\\|").replace("[`", "`").replace("`]", "`");
        out.push_str(&format!(
            "| `{}` | `{}` | {} | {doc} |\n",
            b.place,
            b.name,
            b.value.replace('|', "\\|")
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_read_with_its_words() {
        let text = "/// Bytes of a manifest.\n/// More.\n#[x]\npub const MANIFEST_BYTES_MAX: u64 = 8 << 20;\nconst OTHER: u8 = 1;\nconst LAYERS_MAX: usize = 1_500;\n";
        let bounds = of_file("oci::spec", text);
        assert_eq!(bounds.len(), 2);
        assert_eq!(
            (bounds[0].value.as_str(), bounds[0].doc.as_str()),
            ("8 MiB", "Bytes of a manifest. More.")
        );
        assert_eq!((bounds[1].value.as_str(), bounds[1].doc.as_str()), ("1,500", ""));
    }

    #[test]
    fn a_value_is_said_as_people_say_it() {
        assert_eq!(readable("A_BYTES_MAX", "256 * 1024"), "256 KiB");
        assert_eq!(readable("A_BYTES_MAX", "4096"), "4 KiB");
        assert_eq!(readable("A_MAX", "0xffff"), "65,535");
        assert_eq!(readable("A_MAX", "OTHER - 1"), "OTHER - 1");
    }
}
