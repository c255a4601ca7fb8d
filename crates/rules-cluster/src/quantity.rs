//! Quantities of resources, `250m` or `1Gi`, compared exactly
//! (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).

use manifest::{Node, Value, WrongType};

/// An amount, in billionths: the finest that the API keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(i128);

/// Digits of a quantity that are read.
const DIGITS_MAX: usize = 24;

impl Quantity {
    /// Reads a quantity. What is finer than a billionth is rounded up, as the API does.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        if digits.is_empty() || DIGITS_MAX < digits.len() || !plain {
            return None;
        }
        let value = digits.parse::<i128>().ok()?;
        let (times, tens) = unit(suffix)?;
        let tens = 9 + tens - i32::try_from(fraction.len()).ok()?;
        let scaled = value.checked_mul(times)?;
        let power = 10_i128.checked_pow(tens.unsigned_abs())?;
        let billionths = match tens {
            0.. => scaled.checked_mul(power)?,
            _ => scaled.checked_add(power - 1)? / power,
        };
        Some(Self(if negative { -billionths } else { billionths }))
    }

    /// Reads the quantity in field `key`.
    ///
    /// # Errors
    /// [`WrongType`] if it holds something else.
    pub(crate) fn field(node: &Node, key: &str) -> Result<Option<Self>, WrongType> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let wrong = || WrongType {
            field: key.to_owned(),
            wanted: "a quantity",
            found: value.value.kind(),
            at: value.at,
        };
        Self::parse(&shown(value)).map(Some).ok_or_else(wrong)
    }

    /// So many times as much.
    pub(crate) fn times(self, times: i128) -> Self {
        Self(self.0.saturating_mul(times))
    }

    /// So many hundredths.
    pub(crate) fn percent(self, percent: i128) -> Self {
        Self(self.0.saturating_mul(percent) / 100)
    }

    /// So many times as much, by a number that is no whole one.
    pub(crate) fn scaled(self, factor: Self) -> Self {
        Self(self.0.saturating_mul(factor.0) / 1_000_000_000)
    }

    /// Written in thousandths, or else in kibibytes, rounded down.
    pub(crate) fn rounded_down(self, thousandths: bool) -> String {
        match thousandths {
            true => format!("{}m", self.0 / 1_000_000),
            false => format!("{}Ki", self.0 / (1024 * 1_000_000_000)),
        }
    }

    /// Written in thousandths, or else in mebibytes, rounded up.
    pub(crate) fn rounded(self, thousandths: bool) -> String {
        let up = |unit: i128| self.0.saturating_add(unit - 1) / unit;
        match thousandths {
            true => format!("{}m", up(1_000_000).max(1)),
            false => format!("{}Mi", up((1 << 20) * 1_000_000_000).max(1)),
        }
    }

    /// The sum of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// A scalar as it is written.
pub(crate) fn shown(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        other => other.kind().to_owned(),
    }
}

/// Whether two nodes hold the same, wherever they stand and in whatever order.
pub(crate) fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Map(x), Value::Map(y)) => {
            x.len() == y.len() && x.iter().all(|e| b.get(&e.key).is_some_and(|other| same(&e.value, other)))
        }
        (Value::List(x), Value::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (x, y) => x == y,
    }
}

/// What a suffix multiplies by: a factor and a power of ten.
fn unit(suffix: &str) -> Option<(i128, i32)> {
    let decimal = |tens| Some((1, tens));
    let binary = |shift: u32| Some((1_i128 << shift, 0));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            exponent.parse::<i32>().ok().filter(|e| e.abs() <= 18).and_then(decimal)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_compared_by_what_they_amount_to() {
        let same = [
            ("1", "1000m"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1Gi", "1024Mi"),
            ("1e3", "1k"),
            ("1E", "1e18"),
            ("1.5Gi", "1536Mi"),
            ("1n", "0.1n"),
            ("+2", "2"),
        ];
        for (a, b) in same {
            assert_eq!(Quantity::parse(a), Quantity::parse(b), "{a} {b}");
            assert!(Quantity::parse(a).is_some(), "{a}");
        }
        for (less, more) in [("1G", "1Gi"), ("64Mi", "1Gi"), ("-1", "0"), ("999m", "1"), ("1E", "1Ei")] {
            assert!(Quantity::parse(less) < Quantity::parse(more), "{less} {more}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in ["", "m", "1 Gi", "1gi", "1GB", "1e", "1e99", "1.2.3", "--1", "one"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        assert!(Quantity::parse(&"9".repeat(DIGITS_MAX)).is_some());
        assert_eq!(Quantity::parse(&"9".repeat(DIGITS_MAX + 1)), None);
    }
}
