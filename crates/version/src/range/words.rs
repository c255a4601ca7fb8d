//! Pieces that the grammars share: clauses of an operator and a version, and versions of which numbers are missing.

/// Operators and the texts behind them: `>= 1.2,<2` is `[(">=", "1.2"), ("<", "2")]`. Spaces may stand behind an
/// operator; `between` separates clauses.
pub(super) fn clauses<'t>(
    text: &'t str,
    operators: &[&'static str],
    between: fn(char) -> bool,
) -> Result<Vec<(&'static str, &'t str)>, &'static str> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let found = operators.iter().filter(|op| rest.starts_with(**op)).max_by_key(|op| op.len());
        let op = found.copied().unwrap_or("");
        let behind = rest.get(op.len()..).unwrap_or_default().trim_start();
        let (version, after) = crate::text::take(behind, |c| !between(c) && !c.is_whitespace());
        if version.is_empty() {
            return Err("an operator stands without a version");
        }
        out.push((op, version));
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || between(c));
        if super::BOUNDS_MAX < out.len() {
            return Err("it has too many parts");
        }
    }
    Ok(out)
}

/// The numbers up to the one at `at`, which grows; what is missing is zero.
pub(super) fn grown(numbers: &[u64], at: usize) -> Result<Vec<u64>, &'static str> {
    let mut grown: Vec<u64> = numbers.iter().copied().take(at + 1).collect();
    grown.resize(at + 1, 0);
    let last = grown.last_mut().ok_or("a version in it has no number")?;
    *last = last.checked_add(1).ok_or("a number in it is too large")?;
    Ok(grown)
}

/// `1.2.3`.
pub(super) fn dotted(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// A version of which numbers may be missing: `1`, `1.2.x`, `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partial {
    /// The numbers that are there, at most three.
    pub(super) numbers: Vec<u64>,
    /// What follows the hyphen; empty if nothing does.
    pub(super) label: String,
}

impl Partial {
    /// Reads `1.2.3-label+build` with `x`, `X` or `*` for numbers.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let body = text.split('+').next().unwrap_or_default();
        let (dotted, mut label) = body.split_once('-').map_or((body, ""), |(d, l)| (d, l));
        let (mut numbers, mut open) = (Vec::new(), false);
        let pieces: Vec<&str> = dotted.split('.').collect();
        let last = pieces.len().saturating_sub(1);
        for (at, piece) in pieces.iter().enumerate() {
            let (digits, word) = crate::text::take_digits(piece);
            match (digits, word) {
                ("", "x" | "X" | "*") => open = true,
                (digits, "") if !digits.is_empty() => {
                    let number = digits.parse().map_err(|_| "a number in it is too large")?;
                    if open {
                        return Err("a number follows a star");
                    }
                    numbers.push(number);
                }
                // npm's loose form: `1.2.3beta`.
                (digits, word) if !digits.is_empty() && at == last && at == 2 && label.is_empty() => {
                    numbers.push(digits.parse().map_err(|_| "a number in it is too large")?);
                    label = word;
                }
                _ => return Err("a version in it is not made of numbers"),
            }
        }
        if 3 < pieces.len() || (!label.is_empty() && numbers.len() < 3) {
            return Err("a version in it has not three numbers");
        }
        Ok(Self { numbers, label: label.to_owned() })
    }

    /// The number at `at`, zero if it is missing.
    pub(super) fn number(&self, at: usize) -> u64 {
        self.numbers.get(at).copied().unwrap_or_default()
    }

    /// The lowest version of it: what is missing is zero.
    pub(super) fn low(&self) -> String {
        let numbers = format!("{}.{}.{}", self.number(0), self.number(1), self.number(2));
        match self.label.as_str() {
            "" => numbers,
            label => format!("{numbers}-{label}"),
        }
    }

    /// The version that follows when the number at `at` grows, and those behind it are zero.
    pub(super) fn next(&self, at: usize) -> Result<String, &'static str> {
        let grown = self.number(at).checked_add(1).ok_or("a number in it is too large")?;
        Ok(match at {
            0 => format!("{grown}.0.0"),
            1 => format!("{}.{grown}.0", self.number(0)),
            _ => format!("{}.{}.{grown}", self.number(0), self.number(1)),
        })
    }

    /// Where `^` ends: the first number that is not zero grows, or the last that is there.
    pub(super) fn breaking(&self) -> Result<String, &'static str> {
        let first = self.numbers.iter().position(|n| *n != 0);
        self.next(first.unwrap_or(self.numbers.len().saturating_sub(1)))
    }
}
