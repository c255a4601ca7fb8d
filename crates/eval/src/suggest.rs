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

/// Letters to insert, drop, change or swap with their neighbour (optimal string alignment).
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let mut best = above[j] + usize::from(ca != cb);
            best = best.min(row[j] + 1).min(above[j + 1] + 1);
            if 0 < i && 0 < j && *ca == b[j - 1] && a[i - 1] == *cb {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let words = ["severity", "fixable", "kev", "epss"];
        assert_eq!(nearest("severty", words), Some("severity"));
        assert_eq!(nearest("kve", words), Some("kev"));
        assert_eq!(nearest("pess", words), Some("epss"));
        assert_eq!(nearest("fixabel", words), Some("fixable"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("keb", words), Some("kev"));
    }
}
