//! Licences as metadata write them, turned into SPDX expressions where they are one.

use spdx::{Expression, ParseMode};

/// Characters of a licence text that is no expression; some packages put the whole licence there.
const LICENSE_CHARS_MAX: usize = 200;

/// The licences of a metadata field: one SPDX expression, or the text's first line, or nothing for the words that
/// say nothing.
pub(super) fn licenses(raw: &str) -> Vec<String> {
    let text = raw.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let text = text.trim_matches(|c| c == '"' || c == '\'');
    if matches!(text.to_ascii_uppercase().as_str(), "" | "UNKNOWN" | "NONE" | "NOASSERTION" | "N/A") {
        return Vec::new();
    }
    vec![expression(text).unwrap_or_else(|| text.chars().take(LICENSE_CHARS_MAX).collect())]
}

/// The text as a valid SPDX expression in its canonical spelling.
fn expression(text: &str) -> Option<String> {
    if LICENSE_CHARS_MAX < text.len() || text.split([' ', '/', '(', ')', ',']).any(is_family) {
        return None;
    }
    let canonical = Expression::canonicalize(text).ok()?.unwrap_or_else(|| text.to_owned());
    Expression::parse_mode(&canonical, ParseMode::STRICT).ok()?;
    Some(canonical)
}

/// A family of licences: the library would choose a member, and that would be a guess.
fn is_family(word: &str) -> bool {
    matches!(word.to_ascii_uppercase().as_str(), "LGPL" | "GPL" | "AGPL" | "BSD" | "MPL" | "CC")
}

/// The SPDX identifier of a Python trove classifier, `License :: OSI Approved :: MIT License`.
pub(super) fn classifier(line: &str) -> Option<String> {
    let name = line.strip_prefix("License ::")?.rsplit("::").next()?.trim();
    let id = match name {
        "OSI Approved" | "Other/Proprietary License" | "Freeware" | "Free For Home Use" => return None,
        "MIT License" => "MIT",
        "MIT No Attribution License (MIT-0)" => "MIT-0",
        "Apache Software License" => "Apache-2.0",
        "ISC License (ISCL)" => "ISC",
        "Python Software Foundation License" => "PSF-2.0",
        "Mozilla Public License 1.0 (MPL)" => "MPL-1.0",
        "Mozilla Public License 1.1 (MPL 1.1)" => "MPL-1.1",
        "Mozilla Public License 2.0 (MPL 2.0)" => "MPL-2.0",
        "GNU General Public License v2 (GPLv2)" => "GPL-2.0-only",
        "GNU General Public License v2 or later (GPLv2+)" => "GPL-2.0-or-later",
        "GNU General Public License v3 (GPLv3)" => "GPL-3.0-only",
        "GNU General Public License v3 or later (GPLv3+)" => "GPL-3.0-or-later",
        "GNU Lesser General Public License v2 (LGPLv2)" => "LGPL-2.0-only",
        "GNU Lesser General Public License v2 or later (LGPLv2+)" => "LGPL-2.0-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)" => "LGPL-3.0-only",
        "GNU Lesser General Public License v3 or later (LGPLv3+)" => "LGPL-3.0-or-later",
        "GNU Affero General Public License v3" => "AGPL-3.0-only",
        "GNU Affero General Public License v3 or later (AGPLv3+)" => "AGPL-3.0-or-later",
        "The Unlicense (Unlicense)" => "Unlicense",
        "Boost Software License 1.0 (BSL-1.0)" => "BSL-1.0",
        "zlib/libpng License" => "Zlib",
        "Universal Permissive License (UPL)" => "UPL-1.0",
        "Eclipse Public License 1.0 (EPL-1.0)" => "EPL-1.0",
        "Eclipse Public License 2.0 (EPL-2.0)" => "EPL-2.0",
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication" => "CC0-1.0",
        other => return Some(other.to_owned()),
    };
    Some(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_field_become_expressions() {
        for (raw, expected) in [
            ("MIT", "MIT"),
            ("mit", "MIT"),
            ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
            ("(MIT or Apache-2.0)", "(MIT OR Apache-2.0)"),
            ("Apache 2.0", "Apache-2.0"),
            ("GPLv2+", "GPL-2.0-or-later"),
            ("BSD-3-Clause AND MIT", "BSD-3-Clause AND MIT"),
            ("BSD", "BSD"),
            ("LGPL", "LGPL"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("BSD or Apache License, Version 2.0", "BSD or Apache License, Version 2.0"),
            ("SEE LICENSE IN LICENSE.md", "SEE LICENSE IN LICENSE.md"),
            ("\n  MIT\nlong text", "MIT"),
        ] {
            assert_eq!(licenses(raw), [expected], "{raw}");
        }
        assert!(licenses("UNKNOWN").is_empty());
        assert!(licenses("  \n").is_empty());
        assert_eq!(licenses(&"x".repeat(5000))[0].len(), LICENSE_CHARS_MAX);
    }

    #[test]
    fn classifiers_become_identifiers() {
        assert_eq!(classifier("License :: OSI Approved :: MIT License").as_deref(), Some("MIT"));
        assert_eq!(classifier("License :: OSI Approved"), None);
        assert_eq!(classifier("Programming Language :: Python"), None);
    }
}
