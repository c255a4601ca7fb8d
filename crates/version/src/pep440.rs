//! PEP 440, and below every valid version the legacy ones in the order of setuptools (`packaging.LegacyVersion`).

use std::cmp::Ordering;

use crate::text::{Number, compare_filled, take, take_digits};

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    /// Not by PEP 440: the parts of setuptools' old key.
    Legacy(Vec<String>),
    /// By PEP 440.
    Valid(Valid),
}

/// A version by PEP 440.
#[derive(Debug, Clone, Default)]
pub(crate) struct Valid {
    epoch: Option<Number>,
    release: Vec<Number>,
    pre: Option<(Phase, Number)>,
    post: Option<Number>,
    dev: Option<Number>,
    local: Vec<Local>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Alpha,
    Beta,
    Candidate,
}

/// A segment of a local version: words before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(Number),
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let lower = text.trim().to_lowercase();
    if lower.is_empty() {
        return Err("it is empty");
    }
    Ok(match parse_valid(&lower) {
        Some(valid) => Key::Valid(valid),
        None => Key::Legacy(legacy_parts(&lower)),
    })
}

/// Reads what the regular expression of PEP 440, appendix B, accepts; `text` is lower case.
fn parse_valid(text: &str) -> Option<Valid> {
    let mut out = Valid::default();
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    let (digits, after) = take_digits(rest);
    if let Some(after) = after.strip_prefix('!') {
        out.epoch = Some(Number::read(digits)?);
        rest = after;
    }
    loop {
        let (digits, after) = take_digits(rest);
        out.release.push(Number::read(digits)?);
        rest = after;
        match rest.strip_prefix('.') {
            Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
            _ => break,
        }
    }
    if let Some((phase, number, after)) = labelled(rest, &PRE_WORDS) {
        (out.pre, rest) = (Some((phase, number)), after);
    }
    if let Some((number, after)) = implicit_post(rest) {
        (out.post, rest) = (Some(number), after);
    } else if let Some((_, number, after)) = labelled(rest, &POST_WORDS) {
        (out.post, rest) = (Some(number), after);
    }
    if let Some((_, number, after)) = labelled(rest, &DEV_WORDS) {
        (out.dev, rest) = (Some(number), after);
    }
    if let Some(local) = rest.strip_prefix('+') {
        out.local = parse_local(local)?;
        rest = "";
    }
    rest.is_empty().then_some(out)
}

const PRE_WORDS: [(&str, Phase); 8] = [
    ("alpha", Phase::Alpha),
    ("a", Phase::Alpha),
    ("beta", Phase::Beta),
    ("b", Phase::Beta),
    ("preview", Phase::Candidate),
    ("pre", Phase::Candidate),
    ("c", Phase::Candidate),
    ("rc", Phase::Candidate),
];
const POST_WORDS: [(&str, ()); 3] = [("post", ()), ("rev", ()), ("r", ())];
const DEV_WORDS: [(&str, ()); 1] = [("dev", ())];

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '.')
}

fn skip_separator(text: &str) -> &str {
    text.strip_prefix(is_separator).unwrap_or(text)
}

/// `[-_.]? word [-_.]? digits?`: what the word means, the number (0 if none), what follows.
fn labelled<'a, T: Copy>(text: &'a str, words: &[(&str, T)]) -> Option<(T, Number, &'a str)> {
    let begun = skip_separator(text);
    let (word, _) = take(begun, |c| c.is_ascii_lowercase());
    // A word may run into the next one (`1.0rcdev1`), so the longest that fits is taken, not the whole run.
    let (name, meaning) = words.iter().filter(|(w, _)| word.starts_with(w)).max_by_key(|(w, _)| w.len())?;
    let after = begun.strip_prefix(name)?;
    let (digits, rest) = take_digits(skip_separator(after));
    if !digits.is_empty() {
        return Some((*meaning, Number::new(digits), rest));
    }
    // A separator without a number belongs to what follows, unless that has its own or nothing does.
    let own = |r: &&str| r.is_empty() || r.starts_with(|c| is_separator(c) || c == '+');
    let dangling = after.strip_prefix(is_separator).filter(own);
    Some((*meaning, Number::ZERO, dangling.unwrap_or(after)))
}

/// `-N` straight after the release or its pre-release.
fn implicit_post(text: &str) -> Option<(Number, &str)> {
    let (digits, rest) = take_digits(text.strip_prefix('-')?);
    Some((Number::read(digits)?, rest))
}

fn parse_local(text: &str) -> Option<Vec<Local>> {
    let segment = |s: &str| {
        let good = !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric());
        good.then(|| Number::read(s).map_or_else(|| Local::Word(s.to_owned()), Local::Number))
    };
    text.split(is_separator).map(segment).collect()
}

/// The parts of `packaging.version._legacy_cmpkey`.
fn legacy_parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut push = |part: String| {
        if part.starts_with('*') {
            if part.as_str() < "*final" {
                while parts.last().is_some_and(|p| p == "*final-") {
                    parts.pop();
                }
            }
            while parts.last().is_some_and(|p| p == "00000000") {
                parts.pop();
            }
        }
        parts.push(part);
    };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, after) = if first.is_ascii_digit() {
            take_digits(rest)
        } else if first.is_ascii_lowercase() {
            take(rest, |c| c.is_ascii_lowercase())
        } else if matches!(first, '.' | '-') {
            rest.split_at(1)
        } else {
            take(rest, |c| !c.is_ascii_digit() && !c.is_ascii_lowercase() && !matches!(c, '.' | '-'))
        };
        rest = after;
        match token {
            "." => {}
            "pre" | "preview" | "rc" => push("*c".to_owned()),
            "-" => push("*final-".to_owned()),
            "dev" => push("*@".to_owned()),
            digits if first.is_ascii_digit() => push(format!("{digits:0>8}")),
            word => push(format!("*{word}")),
        }
    }
    push("*final".to_owned());
    parts
}

impl Key {
    fn valid(&self) -> Option<&Valid> {
        match self {
            Self::Valid(valid) => Some(valid),
            Self::Legacy(_) => None,
        }
    }

    /// True for a local version, `1.0+ubuntu1`.
    pub(crate) fn has_local(&self) -> bool {
        self.valid().is_some_and(|v| !v.local.is_empty())
    }

    /// True for pre-releases and development releases.
    pub(crate) fn is_before_release(&self) -> bool {
        self.valid().is_some_and(|v| v.pre.is_some() || v.dev.is_some())
    }

    /// True for development releases.
    pub(crate) fn is_dev(&self) -> bool {
        self.valid().is_some_and(|v| v.dev.is_some())
    }

    /// True for post-releases.
    pub(crate) fn is_post(&self) -> bool {
        self.valid().is_some_and(|v| v.post.is_some())
    }

    /// True for a release that nothing comes before or after.
    pub(crate) fn is_final(&self) -> bool {
        self.valid().is_some_and(|v| v.pre.is_none() && v.dev.is_none() && v.post.is_none())
    }

    /// True for a development release of the post-release `other`.
    pub(crate) fn is_dev_of(&self, other: &Self) -> bool {
        let (Some(a), Some(b)) = (self.valid(), other.valid()) else { return false };
        a.dev.is_some() && a.pre == b.pre && a.post == b.post
    }

    /// True if both are of the same pre-release, or of none.
    pub(crate) fn same_phase(&self, other: &Self) -> bool {
        self.valid().map(|v| &v.pre) == other.valid().map(|v| &v.pre)
    }

    /// The version without its local part.
    fn public(&self) -> Self {
        match self {
            Self::Valid(valid) => Self::Valid(Valid { local: Vec::new(), ..valid.clone() }),
            legacy @ Self::Legacy(_) => legacy.clone(),
        }
    }
}

/// Epoch and release of a version by PEP 440, if its numbers can be counted with.
pub(crate) fn release(text: &str) -> Option<(u64, Vec<u64>)> {
    let valid = parse_valid(&text.trim().to_lowercase())?;
    let epoch = valid.epoch.as_ref().map_or(Some(0), Number::value)?;
    Some((epoch, valid.release.iter().map(Number::value).collect::<Option<_>>()?))
}

/// True if two versions are of one release, whatever comes before and after it.
pub(crate) fn same_base(a: &Key, b: &Key) -> bool {
    let (Some(a), Some(b)) = (a.valid(), b.valid()) else { return false };
    let epoch = |v: &Valid| v.epoch.clone().unwrap_or(Number::ZERO);
    epoch(a) == epoch(b) && compare_filled(&a.release, &b.release, &Number::ZERO, Ord::cmp).is_eq()
}

/// The order of two versions without their local parts.
pub(crate) fn compare_public(a: &Key, b: &Key) -> Ordering {
    compare(&a.public(), &b.public())
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    match (a, b) {
        (Key::Legacy(x), Key::Legacy(y)) => x.cmp(y),
        (Key::Legacy(_), Key::Valid(_)) => Ordering::Less,
        (Key::Valid(_), Key::Legacy(_)) => Ordering::Greater,
        (Key::Valid(x), Key::Valid(y)) => compare_valid(x, y),
    }
}

fn compare_valid(a: &Valid, b: &Valid) -> Ordering {
    let epoch = |v: &Valid| v.epoch.clone().unwrap_or(Number::ZERO);
    epoch(a)
        .cmp(&epoch(b))
        .then_with(|| compare_filled(&a.release, &b.release, &Number::ZERO, Ord::cmp))
        .then_with(|| phase(a).cmp(&phase(b)))
        .then_with(|| a.post.cmp(&b.post))
        // No development release is later than any.
        .then_with(|| match (&a.dev, &b.dev) {
            (Some(x), Some(y)) => x.cmp(y),
            (x, y) => x.is_none().cmp(&y.is_none()),
        })
        .then_with(|| a.local.cmp(&b.local))
}

/// Development releases of a final version come before its pre-releases, final ones after.
fn phase(v: &Valid) -> (u8, Option<&(Phase, Number)>) {
    match &v.pre {
        Some(pre) => (1, Some(pre)),
        None if v.post.is_none() && v.dev.is_some() => (0, None),
        None => (2, None),
    }
}
