//! Debian Policy 5.6.12, as `dpkg --compare-versions` has it.

use std::cmp::Ordering;

use crate::text::{Number, compare_digits, is_digits, take, take_digits};

/// A version taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    epoch: Number,
    upstream: String,
    revision: String,
}

pub(crate) fn parse(text: &str) -> Result<Key, &'static str> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.contains(|c: char| c.is_ascii_whitespace() || c.is_control()) {
        return Err("it has white space inside");
    }
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if is_digits(epoch) => (Number::new(epoch), rest),
        Some(_) => return Err("its epoch is no number"),
        None => (Number::ZERO, text),
    };
    if rest.is_empty() {
        return Err("nothing follows the epoch");
    }
    let (upstream, revision) = match rest.rsplit_once('-') {
        Some((_, "")) => return Err("its revision is empty"),
        Some(cut) => cut,
        None => (rest, ""),
    };
    Ok(Key { epoch, upstream: upstream.to_owned(), revision: revision.to_owned() })
}

pub(crate) fn compare(a: &Key, b: &Key) -> Ordering {
    a.epoch
        .cmp(&b.epoch)
        .then_with(|| compare_part(&a.upstream, &b.upstream))
        .then_with(|| compare_part(&a.revision, &b.revision))
}

/// Compares upstream versions or revisions: runs of other characters and runs of digits in turn.
fn compare_part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let ((a_word, a_rest), (b_word, b_rest)) = (take(a, not_digit), take(b, not_digit));
        let order = compare_words(a_word, b_word);
        if order != Ordering::Equal {
            return order;
        }
        let ((a_digits, a_rest), (b_digits, b_rest)) = (take_digits(a_rest), take_digits(b_rest));
        let order = compare_digits(a_digits, b_digits);
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (a_rest, b_rest);
    }
    Ordering::Equal
}

fn not_digit(c: char) -> bool {
    !c.is_ascii_digit()
}

fn compare_words(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.bytes(), b.bytes());
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() {
            return Ordering::Equal;
        }
        let order = weight(x).cmp(&weight(y));
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// `~` sorts before the end, the end before letters, letters before all else.
fn weight(byte: Option<u8>) -> i32 {
    match byte {
        None => 0,
        Some(b'~') => -1,
        Some(b) if b.is_ascii_alphabetic() => i32::from(b),
        Some(b) => i32::from(b) + 256,
    }
}
