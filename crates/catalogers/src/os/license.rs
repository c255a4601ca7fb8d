//! Licence names of distributions as SPDX expressions where they are the same thing, else as written.

/// Debian's short names (DEP-5, "License specification"; `/usr/share/common-licenses`) that SPDX spells differently.
const DEBIAN: &[(&str, &str)] = &[
    ("agpl-3", "AGPL-3.0-only"),
    ("agpl-3+", "AGPL-3.0-or-later"),
    ("apache-2", "Apache-2.0"),
    ("apache-2.0", "Apache-2.0"),
    ("artistic", "Artistic-1.0-Perl"),
    ("artistic-2", "Artistic-2.0"),
    ("bsd", "BSD-3-Clause"),
    ("bsd-2-clause", "BSD-2-Clause"),
    ("bsd-3-clause", "BSD-3-Clause"),
    ("bsd-4-clause", "BSD-4-Clause"),
    ("bsl-1.0", "BSL-1.0"),
    ("cc0", "CC0-1.0"),
    ("cc0-1.0", "CC0-1.0"),
    ("expat", "MIT"),
    ("gfdl-1.2", "GFDL-1.2-only"),
    ("gfdl-1.2+", "GFDL-1.2-or-later"),
    ("gfdl-1.3", "GFDL-1.3-only"),
    ("gfdl-1.3+", "GFDL-1.3-or-later"),
    ("gpl", "GPL-1.0-or-later"),
    ("gpl-1", "GPL-1.0-only"),
    ("gpl-1+", "GPL-1.0-or-later"),
    ("gpl-2", "GPL-2.0-only"),
    ("gpl-2.0", "GPL-2.0-only"),
    ("gpl-2+", "GPL-2.0-or-later"),
    ("gpl-2.0+", "GPL-2.0-or-later"),
    ("gpl-3", "GPL-3.0-only"),
    ("gpl-3.0", "GPL-3.0-only"),
    ("gpl-3+", "GPL-3.0-or-later"),
    ("gpl-3.0+", "GPL-3.0-or-later"),
    ("isc", "ISC"),
    ("lgpl", "LGPL-2.0-or-later"),
    ("lgpl-2", "LGPL-2.0-only"),
    ("lgpl-2+", "LGPL-2.0-or-later"),
    ("lgpl-2.1", "LGPL-2.1-only"),
    ("lgpl-2.1+", "LGPL-2.1-or-later"),
    ("lgpl-3", "LGPL-3.0-only"),
    ("lgpl-3+", "LGPL-3.0-or-later"),
    ("mit", "MIT"),
    ("mpl-1.1", "MPL-1.1"),
    ("mpl-2.0", "MPL-2.0"),
    ("openssl", "OpenSSL"),
    ("psf-2", "PSF-2.0"),
    ("python", "Python-2.0"),
    ("zlib", "Zlib"),
];

/// Fedora's and RHEL's names before they took to SPDX (Fedora "Licensing:Main").
const FEDORA: &[(&str, &str)] = &[
    ("agplv3", "AGPL-3.0-only"),
    ("agplv3+", "AGPL-3.0-or-later"),
    ("asl 2.0", "Apache-2.0"),
    ("artistic 2.0", "Artistic-2.0"),
    ("boost", "BSL-1.0"),
    ("cc0", "CC0-1.0"),
    ("gpl+", "GPL-1.0-or-later"),
    ("gplv2", "GPL-2.0-only"),
    ("gplv2+", "GPL-2.0-or-later"),
    ("gplv3", "GPL-3.0-only"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("isc", "ISC"),
    ("lgplv2", "LGPL-2.0-only"),
    ("lgplv2+", "LGPL-2.0-or-later"),
    ("lgplv2.1", "LGPL-2.1-only"),
    ("lgplv2.1+", "LGPL-2.1-or-later"),
    ("lgplv3", "LGPL-3.0-only"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    ("mpl v1.1", "MPL-1.1"),
    ("mplv1.1", "MPL-1.1"),
    ("mplv2.0", "MPL-2.0"),
    ("openldap", "OLDAP-2.8"),
    ("openssl", "OpenSSL"),
    ("zlib", "Zlib"),
];

fn lookup(table: &[(&str, &str)], name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    table.iter().find(|(from, _)| *from == lower).map(|(_, to)| (*to).to_owned())
}

/// One `License:` line of a `copyright` file: `GPL-2+ or Artistic` → `GPL-2.0-or-later OR Artistic-1.0-Perl`.
pub(super) fn debian(line: &str) -> String {
    combine(line, |name| lookup(DEBIAN, name))
}

/// apk's field: an SPDX expression, or several names that old branches separate by blanks.
pub(super) fn apk(field: &str) -> Vec<String> {
    let field = field.trim();
    if field.is_empty() {
        return Vec::new();
    }
    if is_expression(field) {
        return vec![field.to_owned()];
    }
    let upper = combine(field, |name| lookup(DEBIAN, &name.replace("GPL", "GPL-").replace("--", "-")));
    if is_expression(&upper) { vec![upper] } else { vec![field.to_owned()] }
}

/// rpm's field: an SPDX expression, or names of Fedora's old list joined by `and` and `or`.
pub(super) fn rpm(field: &str) -> Vec<String> {
    let field = field.trim();
    if field.is_empty() {
        return Vec::new();
    }
    if is_expression(field) {
        return vec![field.to_owned()];
    }
    let translated = combine(field, |name| lookup(FEDORA, name));
    if is_expression(&translated) { vec![translated] } else { vec![field.to_owned()] }
}

fn is_expression(text: &str) -> bool {
    spdx::Expression::parse(text).is_ok()
}

/// Translates each name between `and`, `or` and parentheses; the text as written if one of them is unknown.
fn combine(text: &str, translate: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut name: Vec<&str> = Vec::new();
    let padded = text.replace('(', " ( ").replace(')', " ) ").replace(',', " ");
    let known = |name: &mut Vec<&str>, out: &mut String| -> bool {
        if name.is_empty() {
            return true;
        }
        let joined = name.join(" ");
        name.clear();
        let translated =
            translate(&joined).or_else(|| spdx::license_id(&joined).map(|id| id.name.to_owned()));
        match translated {
            Some(t) => {
                out.push_str(&t);
                true
            }
            None => false,
        }
    };
    for word in padded.split_ascii_whitespace() {
        let operator = match word.to_ascii_lowercase().as_str() {
            "and" => " AND ",
            "or" | "and/or" => " OR ",
            "(" => "(",
            ")" => ")",
            _ => {
                name.push(word);
                continue;
            }
        };
        if !known(&mut name, &mut out) {
            return text.to_owned();
        }
        out.push_str(operator);
    }
    if known(&mut name, &mut out) && is_expression(&out) { out } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{apk, debian, rpm};

    #[test]
    fn names_of_distributions_become_spdx() {
        assert_eq!(debian("GPL-2+"), "GPL-2.0-or-later");
        assert_eq!(debian("GPL-2+ or Artistic"), "GPL-2.0-or-later OR Artistic-1.0-Perl");
        assert_eq!(debian("Expat"), "MIT");
        assert_eq!(rpm("GPLv2+ and (BSD or MIT)"), ["GPLv2+ and (BSD or MIT)"]);
        assert_eq!(rpm("GPLv2+ and (LGPLv2+ or MIT)"), ["GPL-2.0-or-later AND (LGPL-2.0-or-later OR MIT)"]);
        assert_eq!(apk("MIT AND BSD-2-Clause"), ["MIT AND BSD-2-Clause"]);
    }

    #[test]
    fn what_is_no_known_name_stays_as_written() {
        assert_eq!(debian("public-domain"), "public-domain");
        assert_eq!(rpm("Public Domain"), ["Public Domain"]);
        assert_eq!(rpm(""), Vec::<String>::new());
    }
}
