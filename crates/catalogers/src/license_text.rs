//! Licences of packages whose metadata names none, from the texts that lie beside them (SPDX License List 3.27).

use std::collections::{BTreeMap, BTreeSet};

use model::{Package, PackageType};
use oci::{FileKind, Tree};

use crate::executable::Note;

/// Bytes of a text that is read; the longest licence of the list below has 35 KiB.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// Words that only one licence has, all of which its text has.
const MARKS: &[(&str, &[&str])] = &[
    ("Apache-2.0", &["apache license version 2 0"]),
    ("Apache-1.1", &["apache software license version 1 1"]),
    ("GPL-2.0-only", &["gnu general public license version 2 june 1991"]),
    ("GPL-3.0-only", &["gnu general public license version 3 29 june 2007"]),
    ("LGPL-2.0-only", &["gnu library general public license version 2 june 1991"]),
    ("LGPL-2.1-only", &["gnu lesser general public license version 2 1 february 1999"]),
    ("LGPL-3.0-only", &["gnu lesser general public license version 3 29 june 2007"]),
    ("AGPL-3.0-only", &["gnu affero general public license version 3 19 november 2007"]),
    ("MPL-1.1", &["mozilla public license version 1 1"]),
    ("MPL-2.0", &["mozilla public license version 2 0"]),
    ("EPL-1.0", &["eclipse public license v 1 0"]),
    ("EPL-2.0", &["eclipse public license v 2 0"]),
    ("CC0-1.0", &["cc0 1 0 universal"]),
    ("BSL-1.0", &["boost software license version 1 0"]),
    ("Artistic-2.0", &["the artistic license 2 0"]),
    ("BlueOak-1.0.0", &["blue oak model license version 1 0 0"]),
    ("Unlicense", &["this is free and unencumbered software released into the public domain"]),
    ("PSF-2.0", &["python software foundation license version 2"]),
    (
        "Zlib",
        &["in no event will the authors be held liable", "altered source versions must be plainly marked"],
    ),
    ("WTFPL", &["do what the fuck you want to public license"]),
];

const MIT: &str =
    "permission is hereby granted free of charge to any person obtaining a copy of this software and";
const MIT_NOTICE: &str = "this permission notice shall be included";
const ISC: &str =
    "permission to use copy modify and or distribute this software for any purpose with or without fee is";
const ISC_NOTICE: &str =
    "provided that the above copyright notice and this permission notice appear in all copies";
const BSD: &str =
    "redistribution and use in source and binary forms with or without modification are permitted";
const BSD_ENDORSE: &str = "be used to endorse or promote products derived from this software without";
const BSD_ADVERTISE: &str = "all advertising materials mentioning features";

/// True if the pass shall hand the file to [`of_text`]: a licence in a folder that packages of a language own.
pub(crate) fn wanted(path: &str, size: u64) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    size <= TEXT_BYTES_MAX
        && is_license_name(name)
        && (folder.contains("node_modules/") || folder.contains(".dist-info") || folder.contains("/vendor/"))
}

/// `LICENSE`, `LICENCE.md`, `COPYING`, `UNLICENSE`.
fn is_license_name(name: &str) -> bool {
    let stem = name.split(['.', '-', '_']).next().unwrap_or(name);
    ["license", "licence", "copying", "unlicense", "mit"].iter().any(|k| stem.eq_ignore_ascii_case(k))
}

/// The licences whose texts these bytes are, as one SPDX expression; empty if none is known.
pub(crate) fn of_text(bytes: &[u8]) -> String {
    let text = words(&String::from_utf8_lossy(bytes));
    let has = |mark: &str| text.contains(mark);
    let mut found: BTreeSet<&str> = BTreeSet::new();
    found.extend(MARKS.iter().filter(|(_, marks)| marks.iter().all(|m| has(m))).map(|(id, _)| *id));
    if has(MIT) {
        found.insert(if has(MIT_NOTICE) { "MIT" } else { "MIT-0" });
    }
    if has(ISC) {
        found.insert(if has(ISC_NOTICE) { "ISC" } else { "0BSD" });
    }
    if has(BSD) {
        found.insert(match (has(BSD_ENDORSE), has(BSD_ADVERTISE)) {
            (_, true) => "BSD-4-Clause",
            (true, false) => "BSD-3-Clause",
            (false, false) => "BSD-2-Clause",
        });
    }
    found.into_iter().collect::<Vec<_>>().join(" AND ")
}

/// Lower case, words alone, one blank between.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    }
    out
}

/// Gives packages without a licence the one whose text lies in their folder.
pub(crate) fn attach(tree: &Tree, packages: &mut [Package]) {
    if packages.iter().all(|p| !p.licenses.is_empty()) {
        return;
    }
    let mut texts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in tree.iter().filter(|f| f.kind == FileKind::Regular && wanted(f.path, f.size)) {
        let note = tree.noted(file.path).filter(|n| !n.is_empty());
        let note = note.and_then(|n| postcard::from_bytes::<Note>(n).ok());
        let Some(license) = note.map(|n| n.license).filter(|l| !l.is_empty()) else { continue };
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // PEP 639: `licenses/` within the metadata.
        let folder = folder.strip_suffix("/licenses").unwrap_or(folder);
        texts.entry(folder).or_default().insert(license);
    }
    let of_files = [PackageType::Npm, PackageType::Pypi, PackageType::Composer, PackageType::Golang];
    for package in packages.iter_mut().filter(|p| p.licenses.is_empty() && of_files.contains(&p.kind)) {
        let folder = package.paths.first().and_then(|p| p.rsplit_once('/')).map(|(folder, _)| folder);
        if let Some(found) = folder.and_then(|f| texts.get(f)) {
            package.licenses = found.iter().cloned().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_words_that_only_it_has() {
        let mit = "Copyright (c) 2020 X\n\nPermission is hereby granted, free of charge, to any person obtaining\n a copy of this software and associated documentation files (the \"Software\") … The above copyright notice and this permission notice shall be included in all copies";
        let bsd = "Redistribution and use in source and binary forms, with or without\nmodification, are permitted provided that";
        let endorse =
            "may be used to endorse or promote products derived from this software\n without specific";
        for (text, expected) in [
            (mit.to_owned(), "MIT"),
            (mit.split('…').next().unwrap().to_owned(), "MIT-0"),
            (bsd.to_owned(), "BSD-2-Clause"),
            (format!("{bsd} {endorse}"), "BSD-3-Clause"),
            ("  Apache License\n   Version 2.0, January 2004".to_owned(), "Apache-2.0"),
            ("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007".to_owned(), "GPL-3.0-only"),
            (
                "GNU LESSER GENERAL PUBLIC LICENSE Version 3, 29 June 2007 … the GNU General Public License"
                    .to_owned(),
                "LGPL-3.0-only",
            ),
            (format!("{mit}\n----\nApache License, Version 2.0"), "Apache-2.0 AND MIT"),
            ("All rights reserved.".to_owned(), ""),
            ("\u{fffd}\0".to_owned(), ""),
        ] {
            assert_eq!(of_text(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn only_licences_in_folders_of_packages_are_read() {
        for (path, size, is) in [
            ("srv/node_modules/a/LICENSE", 100, true),
            ("srv/node_modules/a/Licence.md", 100, true),
            ("usr/lib/python3/site-packages/a-1.dist-info/licenses/COPYING", 100, true),
            ("srv/node_modules/a/LICENSE", 1 << 20, false),
            ("srv/node_modules/a/license.js/x", 100, false),
            ("usr/share/doc/a/LICENSE", 100, false),
            ("LICENSE", 100, false),
        ] {
            assert_eq!(wanted(path, size), is, "{path}");
        }
    }
}
