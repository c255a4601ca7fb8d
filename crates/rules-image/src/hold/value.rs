//! What is known of statuses, variables and tests of a script without running it.

use std::collections::BTreeMap;

/// How a command ended, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Zero,
    Fails,
    /// Some work, whose failure is not expected.
    Work,
    /// Some work with `!` before it.
    Turned,
    /// A question about something that only the run knows.
    Asked,
    /// It may hang on what the scan answered.
    Open,
}

/// What a variable holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// The number of a status.
    Status(Status),
    /// Something that the script found out.
    Open,
    /// Nobody set it here.
    Unset,
}

/// What words can refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) variables: BTreeMap<String, Value>,
    /// `$?`.
    pub(super) status: Status,
    /// `${PIPESTATUS[…]}`.
    pub(super) pipe: Vec<Status>,
    /// Status of the last command in the background, which `wait $!` answers.
    pub(super) job: Option<Status>,
}

impl Values {
    /// What a word stands for.
    pub(super) fn value(&self, word: &str) -> Value {
        let Some(name) = word.strip_prefix('$') else {
            return match word.contains('$') {
                true if self.unknown(word) => Value::Unset,
                true => Value::Open,
                false => Value::Text(word.to_owned()),
            };
        };
        if let Some(sum) = name.strip_prefix("((").and_then(|n| n.strip_suffix("))")) {
            return self.sum(sum);
        }
        let name = name.strip_prefix('{').and_then(|n| n.strip_suffix('}')).unwrap_or(name);
        match name {
            "?" => return Value::Status(self.status),
            "!" => return self.job.map_or(Value::Open, Value::Status),
            _ => {}
        }
        if let Some(index) = name.strip_prefix("PIPESTATUS") {
            let index = index.trim_start_matches('[').trim_end_matches(']');
            let index: usize = if index.is_empty() { Ok(0) } else { index.parse() }.unwrap_or(usize::MAX);
            return self.pipe.get(index).map_or(Value::Open, |s| Value::Status(*s));
        }
        let name = name.split([':', '-']).next().unwrap_or(name);
        match self.variables.get(name) {
            Some(value) => value.clone(),
            None if is_name(name) || self.unknown(word) => Value::Unset,
            None => Value::Open,
        }
    }

    /// Whether every variable of a text is one that nobody set here.
    fn unknown(&self, text: &str) -> bool {
        let names = text.split('$').skip(1).map(|part| {
            let part = part.trim_start_matches('{');
            part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("")
        });
        names.into_iter().all(|name| is_name(name) && !self.variables.contains_key(name))
    }

    /// `a + b`, `a | b` of statuses: zero only if each is.
    fn sum(&self, text: &str) -> Value {
        let mut all = Vec::new();
        for part in text.split(['+', '|']).filter(|p| !p.is_empty()) {
            let part = part.trim().trim_start_matches('(').trim_end_matches(')');
            let variable = is_name(part).then(|| format!("${part}"));
            all.push(self.value(variable.as_deref().unwrap_or(part)));
        }
        let zero = |v: &Value| matches!(v, Value::Status(Status::Zero)) || *v == Value::Text("0".to_owned());
        let fails = |v: &Value| matches!(v, Value::Status(Status::Fails));
        let numbers = |v: &Value| zero(v) || fails(v) || matches!(v, Value::Text(t) if number(t).is_some());
        match all.as_slice() {
            [one] => one.clone(),
            all if !all.is_empty() && all.iter().all(zero) => Value::Text("0".to_owned()),
            all if all.iter().all(numbers) && all.iter().any(fails) => Value::Status(Status::Fails),
            _ => Value::Open,
        }
    }

    /// How `exit CODE` ends: the code is a byte (POSIX, `exit`).
    pub(super) fn code(&self, word: &str) -> Status {
        match self.value(word) {
            Value::Text(text) => match number(&text) {
                Some(n) if n % 256 == 0 => Status::Zero,
                _ => Status::Fails,
            },
            Value::Status(status) => status,
            Value::Open | Value::Unset => Status::Open,
        }
    }

    /// `test` and its kin.
    pub(super) fn test(&self, words: &[&str]) -> Status {
        if let Some(at) = words.iter().position(|w| matches!(*w, "||" | "-o")) {
            let (left, right) = words.split_at(at);
            let both = (self.test(left), self.test(right.get(1..).unwrap_or_default()));
            return match both {
                (Status::Zero, _) | (_, Status::Zero) => Status::Zero,
                (Status::Fails, other) | (other, Status::Fails) => other,
                (Status::Open, _) | (_, Status::Open) => Status::Open,
                _ => Status::Asked,
            };
        }
        if let Some(at) = words.iter().position(|w| matches!(*w, "&&" | "-a")) {
            let (left, right) = words.split_at(at);
            let both = (self.test(left), self.test(right.get(1..).unwrap_or_default()));
            return match both {
                (Status::Fails, _) | (_, Status::Fails) => Status::Fails,
                (Status::Zero, other) | (other, Status::Zero) => other,
                (Status::Open, _) | (_, Status::Open) => Status::Open,
                _ => Status::Asked,
            };
        }
        match words {
            ["!", rest @ ..] => match self.test(rest) {
                Status::Zero => Status::Fails,
                Status::Fails => Status::Zero,
                other => other,
            },
            [] => Status::Fails,
            ["-n", word] => self.empty(word, Status::Fails),
            [word] if !word.starts_with('-') => self.empty(word, Status::Fails),
            ["-z", word] => self.empty(word, Status::Zero),
            [a, operator, b] => self.compare(&self.value(a), operator, &self.value(b)),
            _ => Status::Asked,
        }
    }

    fn empty(&self, word: &str, empty: Status) -> Status {
        let full = if empty == Status::Zero { Status::Fails } else { Status::Zero };
        match self.value(word) {
            Value::Text(text) if text.is_empty() => empty,
            Value::Text(_) | Value::Status(_) => full,
            Value::Open => Status::Open,
            Value::Unset => Status::Asked,
        }
    }

    fn compare(&self, a: &Value, operator: &str, b: &Value) -> Status {
        let said = |yes: bool| if yes { Status::Zero } else { Status::Fails };
        let answer = match (a, b) {
            (Value::Unset, _) | (_, Value::Unset) => return Status::Asked,
            (Value::Status(status), Value::Text(text)) => return against(*status, operator, text),
            (Value::Text(text), Value::Status(status)) => return against(*status, turned(operator), text),
            (Value::Text(a), Value::Text(b)) => match (operator, number(a), number(b)) {
                ("=" | "==" | "!=", ..) if b.contains(['*', '?', '[']) => return Status::Asked,
                ("=" | "==", ..) => a == b,
                ("!=", ..) => a != b,
                ("-eq", Some(a), Some(b)) => a == b,
                ("-ne", Some(a), Some(b)) => a != b,
                ("-lt" | "<", Some(a), Some(b)) => a < b,
                ("-gt" | ">", Some(a), Some(b)) => b < a,
                ("-le" | "<=", Some(a), Some(b)) => a <= b,
                ("-ge" | ">=", Some(a), Some(b)) => b <= a,
                _ => return Status::Asked,
            },
            _ => return Status::Open,
        };
        said(answer)
    }

    /// `(( … ))`: a comparison of numbers, or a number that is not zero.
    pub(super) fn arithmetic(&self, text: &str) -> Status {
        let named = |word: &str| {
            let word = word.trim();
            if is_name(word) && number(word).is_none() { format!("${word}") } else { word.to_owned() }
        };
        for operator in ["==", "!=", "<=", ">=", "<", ">"] {
            if let Some((a, b)) = text.split_once(operator) {
                let word = match operator {
                    "==" => "-eq",
                    "!=" => "-ne",
                    other => other,
                };
                return self.compare(&self.value(&named(a)), word, &self.value(&named(b)));
            }
        }
        match self.value(&named(text)) {
            Value::Text(text) if number(&text) == Some(0) => Status::Fails,
            Value::Text(text) if number(&text).is_some() => Status::Zero,
            Value::Status(Status::Zero) => Status::Fails,
            Value::Status(Status::Fails) => Status::Zero,
            Value::Unset => Status::Asked,
            _ => Status::Open,
        }
    }
}

/// A status compared with a number: of a failure no more is known than that it is from 1 to 255.
fn against(status: Status, operator: &str, text: &str) -> Status {
    let Some(number) = number(text) else {
        return match operator {
            "!=" => Status::Zero,
            _ if text.contains(['*', '?', '[']) => Status::Open,
            _ => Status::Fails,
        };
    };
    let (low, high) = match status {
        Status::Zero => (0, 0),
        Status::Fails => (1, 255),
        Status::Work | Status::Turned | Status::Asked => return Status::Asked,
        Status::Open => return Status::Open,
    };
    let (always, never) = match operator {
        "-eq" | "=" | "==" => (low == number && high == number, number < low || high < number),
        "-ne" | "!=" => (number < low || high < number, low == number && high == number),
        "-lt" | "<" => (high < number, number <= low),
        "-gt" | ">" => (number < low, high <= number),
        "-le" | "<=" => (high <= number, number < low),
        "-ge" | ">=" => (number <= low, high < number),
        _ => (false, false),
    };
    match (always, never) {
        (true, _) => Status::Zero,
        (_, true) => Status::Fails,
        _ => Status::Open,
    }
}

fn turned(operator: &str) -> &str {
    match operator {
        "-lt" => "-gt",
        "-gt" => "-lt",
        "-le" => "-ge",
        "-ge" => "-le",
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        same => same,
    }
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// Whether a word can name a variable.
pub(super) fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
