//! What a plain YAML scalar means to `kubectl`: YAML 1.1 as go-yaml v2 resolves it
//! (<https://pkg.go.dev/sigs.k8s.io/yaml/goyaml.v2>, `resolve.go`), and then JSON.

use crate::node::Value;

/// The value of a plain scalar.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    // Only these first characters can begin a number.
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && let Some(number) = number(text)
    {
        return number;
    }
    Value::Text(text.into())
}

fn number(text: &str) -> Option<Value> {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(n) = integer(&plain) {
        return Some(match i64::try_from(n) {
            Ok(n) => Value::Integer(n),
            Err(_) => Value::Float(n as f64),
        });
    }
    // What is too large for a float stays text.
    let float = is_float(&plain).then(|| plain.parse().ok()).flatten();
    float.filter(|n: &f64| n.is_finite()).map(Value::Float)
}

/// Go's `strconv.ParseInt(s, 0, 64)` and then `ParseUint`, `0o` and `0b` included: a leading zero means octal.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, radix).ok()?);
    match negative {
        true => Some(-magnitude).filter(|n| i128::from(i64::MIN) <= *n),
        // Beyond that a sign makes it none.
        false => Some(magnitude).filter(|n| *n <= i128::from(i64::MAX) || !text.starts_with('+')),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, go-yaml's `yamlStyleFloat`.
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |s: &str| s.len() - s.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let whole = digits(rest);
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole == 0 && count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_they_mean_to_kubectl() {
        for (text, wanted) in [
            ("yes", Value::Bool(true)),
            ("off", Value::Bool(false)),
            ("~", Value::Null),
            ("014", Value::Integer(12)),
            ("0o14", Value::Integer(12)),
            ("0x1F", Value::Integer(31)),
            ("-7", Value::Integer(-7)),
            ("1_000", Value::Integer(1000)),
            ("-9223372036854775808", Value::Integer(i64::MIN)),
            ("1.5", Value::Float(1.5)),
            (".5", Value::Float(0.5)),
            ("1e3", Value::Float(1000.0)),
            ("0xffffffffffffffff", Value::Float(18_446_744_073_709_551_615.0)),
            ("1e400", Value::Text("1e400".into())),
        ] {
            assert_eq!(resolve(text), wanted, "{text}");
        }
        for text in ["100m", "1.2.3", "-", "+", ".", "0x", "08", "1e", "500Mi", "v1", "-x", "0-1", "::1"] {
            let found = resolve(text);
            if text == "08" {
                // No octal number, but a float to go-yaml's expression.
                assert_eq!(found, Value::Float(8.0));
            } else {
                assert_eq!(found, Value::Text(text.into()), "{text}");
            }
        }
    }
}
