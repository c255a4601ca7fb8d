//! Licence identifiers as gates compare them: without regard to case, and those of GNU by what their older spellings
//! mean. SPDX withdrew `GPL-3.0` and `GPL-3.0+` for `GPL-3.0-only` and `GPL-3.0-or-later` (list 3.0), and many
//! packages still write `GPLv3`.

use std::borrow::Cow;

use spdx::identifiers::{EXCEPTIONS, LICENSES, VERSION};

use crate::suggest::nearest;

/// What is wrong with a licence that a gate compares with, and what was probably meant.
pub(super) struct Unlisted {
    pub(super) message: String,
    pub(super) suggestion: String,
}

/// Refuses what no package can be licensed under as identifiers go: a gate with a mistyped one would always pass.
/// Expressions are held identifier by identifier.
pub(super) fn check(value: &str) -> Result<(), Unlisted> {
    let words: Vec<&str> = identifiers(value).collect();
    let is_expression = value.contains('(') || words.len() < value.split_whitespace().count();
    let parts = if is_expression { words } else { vec![value] };
    let Some(unlisted) = parts.into_iter().find(|part| !is_listed(part)) else { return Ok(()) };
    Err(Unlisted {
        message: format!(
            "`{unlisted}` is no licence of the SPDX list {VERSION}; what packages write otherwise is asked \
             with `license ~ …`, what is your own with `LicenseRef-…`"
        ),
        suggestion: suggestion(unlisted),
    })
}

/// The licence identifiers that an SPDX expression names, operators and parentheses left out.
pub(super) fn identifiers(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';'));
    words.filter(|w| !w.is_empty() && !["AND", "OR", "WITH"].iter().any(|o| o.eq_ignore_ascii_case(w)))
}

/// Identifiers of licences and exceptions; `NONE` and `NOASSERTION` name neither.
fn listed() -> impl Iterator<Item = &'static str> {
    let licences = LICENSES.iter().map(|l| l.name).filter(|n| !matches!(*n, "NONE" | "NOASSERTION"));
    licences.chain(EXCEPTIONS.iter().map(|e| e.name))
}

fn is_listed(id: &str) -> bool {
    let own = id.strip_prefix("DocumentRef-").and_then(|rest| rest.split_once(':')).map_or(id, |(_, r)| r);
    if let Some(name) = own.strip_prefix("LicenseRef-") {
        return !name.is_empty();
    }
    let present = canonical(id);
    let later = present.strip_suffix('+').unwrap_or(&present);
    listed().any(|l| l.eq_ignore_ascii_case(&present) || l.eq_ignore_ascii_case(later))
}

fn suggestion(id: &str) -> String {
    if matches!(id.to_ascii_uppercase().as_str(), "NONE" | "NOASSERTION" | "UNKNOWN") {
        return "`unknown(license)`".to_owned();
    }
    let lower = id.to_ascii_lowercase();
    let all: Vec<(String, &str)> = listed().map(|l| (l.to_ascii_lowercase(), l)).collect();
    if all.iter().any(|(l, _)| l.strip_prefix(&lower).is_some_and(|rest| rest.starts_with('-'))) {
        return format!("`license ~ {id}-*` for the whole family");
    }
    if let Some((meant, _)) = spdx::imprecise_license_id(id).filter(|(_, length)| *length == id.len()) {
        return format!("`{}`", meant.name);
    }
    let near = nearest(&lower, all.iter().map(|(l, _)| l.as_str()));
    let near = near.and_then(|near| all.iter().find(|(l, _)| l == near));
    near.map_or(String::new(), |(_, id)| format!("`{id}`"))
}

/// True if both name one licence.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || canonical(a).eq_ignore_ascii_case(&canonical(b))
}

/// The present identifier of a licence of GNU, any other as it is.
pub(super) fn canonical(id: &str) -> Cow<'_, str> {
    present(id).map_or(Cow::Borrowed(id), Cow::Owned)
}

fn present(id: &str) -> Option<String> {
    let upper = id.to_ascii_uppercase();
    let family = ["AGPL", "LGPL", "GFDL", "GPL"].into_iter().find(|family| upper.starts_with(family))?;
    let rest = upper.strip_prefix(family)?;
    let rest = rest.strip_prefix("-V").or_else(|| rest.strip_prefix(['-', 'V']))?;
    let (number, later) = match rest.strip_suffix('+') {
        Some(number) => (number, true),
        None => (rest, false),
    };
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.ends_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let minor = if number.contains('.') { "" } else { ".0" };
    let which = if later { "or-later" } else { "only" };
    is_number.then(|| format!("{family}-{number}{minor}-{which}"))
}

#[cfg(test)]
mod tests {
    use api::{GateOutcome, PackageRow};
    use model::{Doubt, DoubtKind, PackageType, Timestamp};

    use super::*;
    use crate::gate::{Evidence, Expression, evaluate};

    #[test]
    fn older_spellings_mean_the_present_identifier() {
        for (old, present) in [
            ("GPL-3.0", "GPL-3.0-only"),
            ("gpl-3.0+", "GPL-3.0-or-later"),
            ("GPLv3", "GPL-3.0-only"),
            ("LGPLv2.1+", "LGPL-2.1-or-later"),
            ("AGPL-3.0", "AGPL-3.0-only"),
            ("GPL-v2", "GPL-2.0-only"),
        ] {
            assert_eq!(canonical(old), present);
            assert!(same(old, present) && same(present, old), "{old}");
        }
    }

    #[test]
    fn what_is_no_older_spelling_stays_as_it_is() {
        for id in ["GPL-3.0-only", "GPL", "GPL-", "GPL-3.", "MIT", "GPL-2.0-with-font-exception", "", "GPL-é"]
        {
            assert_eq!(canonical(id), id);
        }
        assert!(!same("GPL-3.0", "GPL-3.0-or-later"));
        assert!(same("mit", "MIT"));
    }

    /// What is suggested for an identifier that is refused.
    fn refused(gate: &str) -> String {
        let error = Expression::parse(gate).expect_err(gate);
        assert!(error.message.contains("is no licence of the SPDX list"), "{}", error.message);
        error.suggestion.unwrap_or_default()
    }

    #[test]
    fn identifiers_that_nobody_listed_are_refused() {
        assert_eq!(refused("license == NOSUCH"), "");
        assert_eq!(refused("license != NOSUCH"), "");
        assert_eq!(refused("license in (MIT, GPL-3.0-onyl)"), "`GPL-3.0-only`");
        assert_eq!(refused("license not in (Apche-2.0)"), "`Apache-2.0`");
        assert_eq!(refused("license == \"Apache 2.0\""), "`Apache-2.0`");
        assert_eq!(refused("license == BSD"), "`license ~ BSD-*` for the whole family");
        assert_eq!(refused("license == GPL"), "`license ~ GPL-*` for the whole family");
        assert_eq!(refused("license == NOASSERTION"), "`unknown(license)`");
        assert_eq!(refused("license == \"MIT OR Apche-2.0\""), "`Apache-2.0`");
        refused("license == LicenseRef-");
        refused("license == \"\"");
    }

    #[test]
    fn identifiers_that_are_listed_own_or_older_are_taken() {
        for id in [
            "MIT",
            "mit",
            "GPLv3",
            "GPL-2.0+",
            "MPL-2.0+",
            "LicenseRef-Acme",
            "DocumentRef-a:LicenseRef-b",
            "Classpath-exception-2.0",
            "\"(MIT OR Apache-2.0) AND BSD-3-Clause\"",
            "\"GPL-2.0-only WITH Classpath-exception-2.0\"",
        ] {
            assert!(Expression::parse(&format!("license == {id}")).is_ok(), "{id}");
        }
        assert!(Expression::parse("license ~ NOSUCH").is_ok(), "a pattern is held against any text");
    }

    /// What a gate says of one package under `licence`, beside a doubt of `rule`.
    fn judged(gate: &str, licence: &str, rule: Option<&str>) -> GateOutcome {
        let package = PackageRow {
            id: "a".to_owned(),
            target: "dir:.".to_owned(),
            name: "a".to_owned(),
            version: "1.0".to_owned(),
            kind: PackageType::Composer,
            purl: "pkg:composer/a/a@1.0".to_owned(),
            source: None,
            architecture: None,
            licenses: vec![licence.to_owned()],
            paths: Vec::new(),
            layer: None,
            instruction: None,
            direct: None,
            development: false,
            reached: None,
        };
        let doubt = Doubt {
            control: "dependencies".to_owned(),
            rule: rule.map(str::to_owned),
            target: "dir:.".to_owned(),
            kind: DoubtKind::Knowledge,
            r#where: "Packagist".to_owned(),
            reason: "covered in part".to_owned(),
            remedy: "cover it whole".to_owned(),
        };
        let evidence = Evidence {
            findings: &[],
            doubts: &[doubt],
            packages: &[package],
            targets: &[],
            workloads: None,
            rules: &[],
            controls: &[],
            database: None,
            as_of: Timestamp(0),
            baseline: None,
        };
        let expression = Expression::parse(gate).expect("a gate");
        evaluate(&[expression], &evidence).first().map(|g| g.outcome).expect("one gate")
    }

    #[test]
    fn a_gate_and_a_package_may_spell_a_licence_differently() {
        for gate in
            ["license in (GPL-3.0-only)", "license == GPL-3.0", "license == gplv3", "license ~ GPL-3.0*"]
        {
            for licence in ["GPL-3.0-only", "GPL-3.0", "MIT OR GPLv3"] {
                assert_eq!(judged(gate, licence, None), GateOutcome::Fail, "{gate} {licence}");
            }
        }
        assert_eq!(judged("license == GPL-3.0", "GPL-3.0-or-later", Some("x")), GateOutcome::Pass);
    }

    #[test]
    fn advisories_that_are_partial_hide_no_licence_and_a_lockfile_that_is_unread_does() {
        let gate = "license in (GPL-3.0-only)";
        assert_eq!(judged(gate, "MIT", Some("dependency-vulnerable")), GateOutcome::Pass);
        assert_eq!(judged(gate, "MIT", None), GateOutcome::Incomplete);
        let gate = "license in (GPL-3.0-only) || unknown";
        assert_eq!(judged(gate, "MIT", Some("dependency-vulnerable")), GateOutcome::Fail);
        let gate = "license in (MIT) && severity>=high";
        assert_eq!(judged(gate, "MIT", Some("dependency-vulnerable")), GateOutcome::Incomplete);
    }
}
