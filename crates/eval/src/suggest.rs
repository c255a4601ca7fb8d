//! The nearest known word, for messages about a mistyped one.

/// Characters beyond which a word is not compared.
const WORD_CHARS_MAX: usize = 40;

/// The word of `known` that takes the fewest edits, at most a third of the length of `word` and at least one.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    if WORD_CHARS_MAX < length {
        return None;
    }
    let limit = (length / 3).max(1);
    let scored = known.into_iter().map(|k| (edits(word, k), k));
    scored.filter(|(d, _)| *d <= limit).min_by_key(|(d, _)| *d).map(|(_, k)| k)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (cb, above) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(ca != *cb)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let words = ["severity", "fixable", "kev", "epss"];
        assert_eq!(nearest("severty", words), Some("severity"));
        assert_eq!(nearest("kve", words), None);
        assert_eq!(nearest("esps", words), None);
        assert_eq!(nearest("fixabel", words), Some("fixable"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("keb", words), Some("kev"));
    }
}
