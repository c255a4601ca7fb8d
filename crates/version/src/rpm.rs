//! rpm's order of `epoch:version-release` (`rpmio/rpmvercmp.c`, `rpmds`), and pacman's older branch of it.

use std::cmp::Ordering;

use crate::text::{Number, compare_digits, is_digits, take, take_digits};

/// A version taken apart. Only digits before the first colon are an epoch; anything else is part of the version.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    epoch: Number,
    version: String,
    release: Option<String>,
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if epoch.is_empty() || is_digits(epoch) => (Number::new(epoch), rest),
        _ => (Number::ZERO, text),
    };
    let (version, release) = match rest.rsplit_once('-') {
        Some((version, release)) => (version, Some(release.to_owned())),
        None => (rest, None),
    };
    Ok(Key { epoch, version: version.to_owned(), release })
}

/// rpm: a missing release sorts before every release.
pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    let releases = || match (&a.release, &b.release) {
        (Some(x), Some(y)) => rpmvercmp(x, y),
        (x, y) => x.is_some().cmp(&y.is_some()),
    };
    a.epoch.cmp(&b.epoch).then_with(|| rpmvercmp(&a.version, &b.version)).then_with(releases)
}

/// pacman: the release counts only if both have one.
pub(crate) fn compare_alpm(a: &Key, b: &Key) -> Ordering {
    let releases = || match (&a.release, &b.release) {
        (Some(x), Some(y)) => alpm_vercmp(x, y),
        _ => Ordering::Equal,
    };
    a.epoch.cmp(&b.epoch).then_with(|| alpm_vercmp(&a.version, &b.version)).then_with(releases)
}

/// One segment after another; `~` sorts before everything, `^` after the end and before everything else.
fn rpmvercmp(mut a: &str, mut b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let separator = |c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^';
    loop {
        (a, b) = (take(a, separator).1, take(b, separator).1);
        match (a.strip_prefix('~'), b.strip_prefix('~')) {
            (Some(x), Some(y)) => {
                (a, b) = (x, y);
                continue;
            }
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => {}
        }
        match (a.strip_prefix('^'), b.strip_prefix('^')) {
            (Some(x), Some(y)) => {
                (a, b) = (x, y);
                continue;
            }
            (Some(_), None) => return if b.is_empty() { Ordering::Greater } else { Ordering::Less },
            (None, Some(_)) => return if a.is_empty() { Ordering::Less } else { Ordering::Greater },
            (None, None) => {}
        }
        if a.is_empty() || b.is_empty() {
            return a.len().min(1).cmp(&b.len().min(1));
        }
        match compare_segment(a, b) {
            Ok((x, y)) => (a, b) = (x, y),
            Err(order) => return order,
        }
    }
}

/// Compares the segments that begin `a` and `b`; equal ones give what follows them.
fn compare_segment<'a, 'b>(a: &'a str, b: &'b str) -> Result<(&'a str, &'b str), Ordering> {
    let letter = |c: char| c.is_ascii_alphabetic();
    let numeric = a.starts_with(|c: char| c.is_ascii_digit());
    let ((x, a_rest), (y, b_rest)) =
        if numeric { (take_digits(a), take_digits(b)) } else { (take(a, letter), take(b, letter)) };
    if y.is_empty() {
        // A number is newer than a word.
        return Err(if numeric { Ordering::Greater } else { Ordering::Less });
    }
    match if numeric { compare_digits(x, y) } else { x.cmp(y) } {
        Ordering::Equal => Ok((a_rest, b_rest)),
        order => Err(order),
    }
}

/// `libalpm/version.c`: no `~` and `^`, separators of different length differ, a trailing word is older than the end.
fn alpm_vercmp(mut a: &str, mut b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let separator = |c: char| !c.is_ascii_alphanumeric();
    while !a.is_empty() && !b.is_empty() {
        let ((x, a_rest), (y, b_rest)) = (take(a, separator), take(b, separator));
        (a, b) = (a_rest, b_rest);
        if a.is_empty() || b.is_empty() {
            break;
        }
        if x.len() != y.len() {
            return x.len().cmp(&y.len());
        }
        match compare_segment(a, b) {
            Ok((x, y)) => (a, b) = (x, y),
            Err(order) => return order,
        }
    }
    let word = |s: &str| s.starts_with(|c: char| c.is_ascii_alphabetic());
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) if !word(b) => Ordering::Less,
        (false, _) if word(a) => Ordering::Less,
        _ => Ordering::Greater,
    }
}
