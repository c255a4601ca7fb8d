//! One requirement in the words of PEP 508: `name[extra] >=1,==1.2 ; marker` or `name @ url`.

use super::normalize;

/// A requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lang) struct Requirement {
    /// Normalised name.
    pub(in crate::lang) name: String,
    /// Operator and version, in order.
    pub(super) clauses: Vec<(String, String)>,
    /// Address of a direct reference.
    pub(super) url: Option<String>,
    /// Environment marker.
    pub(super) marker: Option<String>,
}

impl Requirement {
    /// The one version that satisfies it, if it names one: `== 1.2`, `=== 1.2`, or the file name of a direct reference.
    pub(in crate::lang) fn pin(&self) -> Option<String> {
        let exact =
            self.clauses.iter().find(|(op, v)| matches!(op.as_str(), "==" | "===") && !v.contains('*'));
        match (exact, &self.url) {
            (Some((_, version)), _) => Some(version.clone()),
            (None, Some(url)) => version_of_url(url),
            (None, None) => None,
        }
    }

    /// The clauses as one specifier, `>=1,!=1.5`.
    pub(in crate::lang) fn specifier(&self) -> String {
        self.clauses.iter().map(|(op, version)| format!("{op}{version}")).collect::<Vec<_>>().join(",")
    }

    /// True if it holds for some environments alone.
    pub(in crate::lang) fn is_conditional(&self) -> bool {
        self.marker.is_some()
    }

    /// True if the marker holds only for an extra that somebody has to ask for.
    pub(super) fn is_extra(&self) -> bool {
        self.marker
            .as_deref()
            .is_some_and(|m| m.split(|c: char| !c.is_alphanumeric()).any(|word| word == "extra"))
    }
}

/// Reads a requirement; `None` if the text is none.
pub(in crate::lang) fn parse(text: &str) -> Option<Requirement> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.ends_with(|c: char| c.is_ascii_alphanumeric())
    {
        return None;
    }
    let rest = match rest.trim_start().strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1,
        None => rest,
    };
    let rest = rest.trim_start();
    let mut requirement = Requirement { name: normalize(name), clauses: Vec::new(), url: None, marker: None };
    if let Some(reference) = rest.strip_prefix('@') {
        // The marker of a direct reference needs a space before its semicolon: a URL may hold one.
        let (url, marker) = reference.split_once(" ;").unwrap_or((reference, ""));
        requirement.url = Some(url.trim().to_owned()).filter(|u| !u.is_empty());
        requirement.marker = Some(marker.trim().to_owned()).filter(|m| !m.is_empty());
        return requirement.url.is_some().then_some(requirement);
    }
    let (specifier, marker) = rest.split_once(';').unwrap_or((rest, ""));
    requirement.marker = Some(marker.trim().to_owned()).filter(|m| !m.is_empty());
    // `name == 1.0 @ url` is not allowed, and found in the wild; the version counts.
    requirement.clauses = clauses(specifier.split(" @ ").next().unwrap_or(specifier))?;
    Some(requirement)
}

fn clauses(specifier: &str) -> Option<Vec<(String, String)>> {
    let specifier = specifier.trim();
    let specifier = specifier.strip_prefix('(').and_then(|s| s.strip_suffix(')')).unwrap_or(specifier);
    specifier.split(',').map(str::trim).filter(|c| !c.is_empty()).map(clause).collect()
}

fn clause(text: &str) -> Option<(String, String)> {
    let end = text.find(|c| !matches!(c, '=' | '<' | '>' | '!' | '~'))?;
    let (operator, version) = text.split_at_checked(end)?;
    let version = version.trim();
    let known = matches!(operator, "==" | "===" | "!=" | "<=" | ">=" | "<" | ">" | "~=");
    (known && !version.is_empty() && !version.contains(char::is_whitespace))
        .then(|| (operator.to_owned(), version.to_owned()))
}

/// The version in the file name of a wheel or source archive, or in the tag of a repository: `…/name-1.2.tar.gz`,
/// `git+https://host/name@v1.2#egg=name`.
fn version_of_url(url: &str) -> Option<String> {
    let address = url.split(['#', '?']).next().unwrap_or(url);
    let file = address.rsplit('/').next()?;
    if let Some((_, version)) = super::archive::name_and_version(file) {
        return Some(version);
    }
    let stem = [".tar.gz", ".tar.bz2", ".tar.xz", ".zip"].iter().find_map(|end| file.strip_suffix(end));
    if let Some(stem) = stem {
        return stem.rsplit_once('-').map(|(_, v)| v.to_owned()).filter(|v| is_version(v));
    }
    let tag = file.rsplit_once('@')?.1;
    let version = tag.strip_prefix('v').unwrap_or(tag);
    (version.contains('.') && is_version(version)).then(|| version.to_owned())
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '!' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> Option<String> {
        parse(text).expect("a requirement").pin()
    }

    #[test]
    fn pins_are_exact_versions_only() {
        assert_eq!(pin("Flask==2.0").as_deref(), Some("2.0"));
        assert_eq!(
            pin("flask [async] >=1, === 2.0+local ; python_version < '3.8'").as_deref(),
            Some("2.0+local")
        );
        assert_eq!(pin("flask (==1.0)").as_deref(), Some("1.0"));
        assert_eq!(
            pin("flask == 3.7.1 @ git+https://host/repo@releases/tag/v3.7.1").as_deref(),
            Some("3.7.1")
        );
        assert_eq!(pin("flask==2.*"), None);
        assert_eq!(pin("flask~=2.0"), None);
        assert_eq!(pin("flask"), None);
        assert_eq!(pin("flask @ https://host/Flask-2.1-py3-none-any.whl#sha256=1").as_deref(), Some("2.1"));
        assert_eq!(pin("flask @ https://host/flask-2.1.tar.gz").as_deref(), Some("2.1"));
        assert_eq!(pin("flask @ git+https://host/flask.git@v2.1.0").as_deref(), Some("2.1.0"));
        assert_eq!(pin("flask @ git+https://host/flask.git@main"), None);
    }

    #[test]
    fn what_is_no_requirement_is_refused() {
        for text in ["", "-x", "a b", "a=1", "a[b", "a >", "./dir", "a==1 2", "a @ "] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn markers_tell_extras_from_environments() {
        assert!(parse("a; extra == 'x'").expect("requirement").is_extra());
        assert!(!parse("a; sys_platform == 'extras'").expect("requirement").is_extra());
        assert_eq!(parse("A_b; x").expect("requirement").name, "a-b");
    }
}
