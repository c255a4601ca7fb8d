//! Reads tokens into a tree: `or` of `and` of `not`, then single questions.

use std::sync::OnceLock;

use api::CellOutcome;
use model::{PackageType, Severity};

use super::ParseError;
use super::ast::{Flag, Node, Number, Order, Test, Text, WORDS, Way, Word};
use super::lex::{Kind, Token, tokens};
use super::licence;
use crate::Glob;
use crate::assess::{Framework, PLIMSOLL};
use crate::suggest::nearest;

/// Parentheses and negations within one another.
pub(super) const DEPTH_MAX: usize = 64;

const SECONDS_A_DAY: i64 = 86_400;

pub(super) fn parse(text: &str) -> Result<Node, ParseError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0 };
    if parser.kind() == &Kind::End {
        return Err(parser.fail("the gate is empty", "`severity>=high`"));
    }
    let node = parser.or(0)?;
    match parser.kind() {
        Kind::End => Ok(node),
        Kind::Close => Err(parser.fail("a `)` without its `(`", "")),
        _ => Err(parser.fail("two questions side by side", "`&&` or `||` between them")),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn kind(&self) -> &Kind {
        self.tokens.get(self.at).map_or(&Kind::End, |t| &t.kind)
    }

    fn second(&self) -> &Kind {
        self.tokens.get(self.at + 1).map_or(&Kind::End, |t| &t.kind)
    }

    fn column(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |t| t.column)
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let found = self.kind() == kind;
        self.at += usize::from(found);
        found
    }

    fn fail(&self, message: impl Into<String>, suggestion: impl Into<String>) -> ParseError {
        self.fail_at(self.column(), message, suggestion)
    }

    fn fail_at(
        &self,
        column: usize,
        message: impl Into<String>,
        suggestion: impl Into<String>,
    ) -> ParseError {
        let suggestion = Some(suggestion.into()).filter(|s: &String| !s.is_empty());
        ParseError { expression: self.text.to_owned(), column, message: message.into(), suggestion }
    }

    fn or(&mut self, depth: usize) -> Result<Node, ParseError> {
        let mut parts = vec![self.and(depth)?];
        while self.take(&Kind::Or) {
            parts.push(self.and(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Or(parts) })
    }

    fn and(&mut self, depth: usize) -> Result<Node, ParseError> {
        let mut parts = vec![self.not(depth)?];
        while self.take(&Kind::And) {
            parts.push(self.not(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::And(parts) })
    }

    fn not(&mut self, depth: usize) -> Result<Node, ParseError> {
        if DEPTH_MAX <= depth {
            return Err(self.fail(format!("nested more than {DEPTH_MAX} deep"), ""));
        }
        if self.take(&Kind::Not) {
            return Ok(Node::Not(Box::new(self.not(depth + 1)?)));
        }
        let opened = self.column();
        if self.take(&Kind::Open) {
            let node = self.or(depth + 1)?;
            if !self.take(&Kind::Close) {
                return Err(self.fail_at(opened, "a `(` without its `)`", ""));
            }
            return Ok(node);
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Node, ParseError> {
        let column = self.column();
        let name = match self.kind() {
            Kind::Word(name) => name.clone(),
            Kind::End => return Err(self.fail("the gate ends where a question should follow", "")),
            Kind::Quoted(_) => return Err(self.fail("a quoted value where a word should stand", "")),
            _ => return Err(self.fail("a word should stand here", "")),
        };
        let lower = name.to_ascii_lowercase();
        if matches!(lower.as_str(), "known" | "unknown") && self.second() == &Kind::Open {
            self.at += 2;
            let known = Node::Atom(Test::Known(self.known_word()?));
            return Ok(if lower == "known" { known } else { Node::Not(Box::new(known)) });
        }
        let Some(word) = Word::named(&name) else { return Err(self.no_word(&name)) };
        self.at += 1;
        match word {
            Word::Flag(flag) => self.flag(flag),
            Word::Severity => self.severity(column),
            Word::Number(number) => self.number(number, column),
            Word::Age => self.age(column),
            Word::Text(text) => self.text(text, column),
            Word::Way(way) => self.way(way, column),
        }
    }

    fn known_word(&mut self) -> Result<Word, ParseError> {
        let word = match self.kind() {
            Kind::Word(name) => Word::named(name).ok_or_else(|| self.no_word(name))?,
            _ => return Err(self.fail("`known( )` wants a word", "`known(epss)`")),
        };
        let can_be_unknown = matches!(
            word,
            Word::Severity
                | Word::Number(_)
                | Word::Age
                | Word::Flag(Flag::Kev | Flag::Ransomware | Flag::Direct | Flag::Reached | Flag::New)
                | Word::Flag(Flag::Exposed | Flag::Privileged | Flag::Running)
                | Word::Text(Text::License)
        );
        if !can_be_unknown {
            return Err(self.fail(format!("`{}` is always known", word.name()), "leave `known( )` out"));
        }
        self.at += 1;
        if !self.take(&Kind::Close) {
            return Err(self.fail("a `(` without its `)`", ""));
        }
        Ok(word)
    }

    fn no_word(&self, name: &str) -> ParseError {
        let suggestion = if name.parse::<Severity>().is_ok() {
            format!("`severity>={}`", name.to_ascii_lowercase())
        } else if ["CVE-", "GHSA-", "DSA-", "PYSEC-", "RUSTSEC-"].iter().any(|p| name.starts_with(p)) {
            format!("`id == {name}`")
        } else {
            nearest(&name.to_ascii_lowercase(), WORDS.iter().map(|(n, _)| *n))
                .map_or(String::new(), |n| format!("`{n}`"))
        };
        let all: Vec<&str> = WORDS.iter().map(|(n, _)| *n).collect();
        self.fail(format!("`{name}` is no word of a gate; the words are {}", all.join(", ")), suggestion)
    }

    fn flag(&mut self, flag: Flag) -> Result<Node, ParseError> {
        let atom = Node::Atom(Test::Flag(flag));
        let Kind::Order(order) = *self.kind() else { return Ok(atom) };
        let wanted = match (order, self.second()) {
            (Order::Equal, Kind::Word(w)) => w.parse::<bool>().ok(),
            (Order::Differs, Kind::Word(w)) => w.parse::<bool>().ok().map(|b| !b),
            _ => None,
        };
        let name = Word::Flag(flag).name();
        let wanted = wanted.ok_or_else(|| {
            self.fail(
                format!("`{name}` stands alone, it compares with nothing"),
                format!("`{name}` or `!{name}`"),
            )
        })?;
        self.at += 2;
        Ok(if wanted { atom } else { Node::Not(Box::new(atom)) })
    }

    /// A comparison and the value after it.
    fn order(
        &mut self,
        name: &str,
        example: &str,
        column: usize,
    ) -> Result<(Order, String, usize), ParseError> {
        let Kind::Order(order) = *self.kind() else {
            return Err(self.fail_at(column, format!("`{name}` wants a comparison"), format!("`{example}`")));
        };
        self.at += 1;
        let at = self.column();
        Ok((order, self.value(example)?, at))
    }

    fn value(&mut self, example: &str) -> Result<String, ParseError> {
        let value = match self.kind() {
            Kind::Word(v) | Kind::Quoted(v) => v.clone(),
            _ => return Err(self.fail("a value should follow", format!("`{example}`"))),
        };
        self.at += 1;
        Ok(value)
    }

    fn severity(&mut self, column: usize) -> Result<Node, ParseError> {
        if self.kind() == &Kind::Word("in".to_owned()) {
            self.at += 1;
            let words = self.list("severity in (high, critical)")?;
            let parts =
                words.into_iter().map(|(w, at)| Ok(Test::Severity(Order::Equal, self.rating(&w, at)?)));
            return Ok(Node::Or(parts.map(|t| t.map(Node::Atom)).collect::<Result<_, ParseError>>()?));
        }
        let (order, value, at) = self.order("severity", "severity>=high", column)?;
        let severity = self.rating(&value, at)?;
        if severity == Severity::Unknown && !matches!(order, Order::Equal | Order::Differs) {
            let message = "`unknown` is neither more nor less than another severity";
            return Err(self.fail_at(at, message, "`severity == unknown`"));
        }
        Ok(Node::Atom(Test::Severity(order, severity)))
    }

    fn rating(&self, word: &str, column: usize) -> Result<Severity, ParseError> {
        word.parse().map_err(|message| {
            let words = Severity::WORST_FIRST.map(Severity::as_str);
            let near = nearest(&word.to_ascii_lowercase(), words).map_or(String::new(), |w| format!("`{w}`"));
            self.fail_at(column, message, near)
        })
    }

    fn number(&mut self, number: Number, column: usize) -> Result<Node, ParseError> {
        let name = Word::Number(number).name();
        let (example, max) = match number {
            Number::Epss => ("epss>0.1", 1.0),
            Number::Percentile => ("epss-percentile>=95%", 1.0),
            Number::Cvss => ("cvss>=7.0", 10.0),
        };
        let (order, value, at) = self.order(name, example, column)?;
        let parsed = match value.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().ok().map(|p| p / 100.0),
            None => value.parse::<f64>().ok(),
        };
        match parsed {
            Some(n) if (0.0..=max).contains(&n) => Ok(Node::Atom(Test::Number(number, order, n))),
            _ => {
                let message = format!("`{value}` is no number between 0 and {max}");
                Err(self.fail_at(at, message, format!("`{example}`")))
            }
        }
    }

    fn age(&mut self, column: usize) -> Result<Node, ParseError> {
        let (order, value, at) = self.order("age", "age>30d", column)?;
        let digits = value.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match value.get(digits.len()..) {
            Some("h") => 3600,
            Some("d") => SECONDS_A_DAY,
            Some("w") => 7 * SECONDS_A_DAY,
            Some("y") => 365 * SECONDS_A_DAY,
            _ => 0,
        };
        match digits.parse::<i64>().ok().and_then(|n| n.checked_mul(unit)) {
            Some(seconds) if 0 < unit => Ok(Node::Atom(Test::Age(order, seconds))),
            _ => {
                let message =
                    format!("`{value}` is no time: a whole number and `h`, `d`, `w` or `y` (365 days)");
                Err(self.fail_at(
                    at,
                    message,
                    format!("`age>{}d`", if digits.is_empty() { "30" } else { digits }),
                ))
            }
        }
    }

    fn text(&mut self, text: Text, column: usize) -> Result<Node, ParseError> {
        let name = Word::Text(text).name();
        let negate = |yes: bool, node: Node| if yes { Node::Not(Box::new(node)) } else { node };
        let (like, unlike) = (self.kind() == &Kind::Like, self.kind() == &Kind::Unlike);
        if like || unlike {
            self.at += 1;
            let at = self.column();
            let pattern = self.value(&format!("{name} ~ lib*"))?;
            let glob = Glob::parse(&pattern).map_err(|e| self.fail_at(at, e.to_string(), ""))?;
            return Ok(negate(unlike, Node::Atom(Test::Like(text, glob))));
        }
        let not_in = self.kind() == &Kind::Not && matches!(self.second(), Kind::Word(w) if w == "in");
        if not_in || matches!(self.kind(), Kind::Word(w) if w.eq_ignore_ascii_case("in")) {
            self.at += 1 + usize::from(not_in);
            let values = self.list(&format!("{name} in (a, b)"))?;
            for (value, at) in &values {
                self.check_value(text, value, *at)?;
            }
            let values = values.into_iter().map(|(v, _)| v).collect();
            return Ok(negate(not_in, Node::Atom(Test::Text(text, values))));
        }
        let (order, value, at) = self.order(name, &format!("{name} == …"), column)?;
        self.check_value(text, &value, at)?;
        match order {
            Order::Equal | Order::Differs => {
                Ok(negate(order == Order::Differs, Node::Atom(Test::Text(text, vec![value]))))
            }
            _ => {
                let message = format!("`{name}` is a text, it has no order");
                Err(self.fail_at(column, message, format!("`{name} == {value}` or `{name} ~ {value}`")))
            }
        }
    }

    fn list(&mut self, example: &str) -> Result<Vec<(String, usize)>, ParseError> {
        let opened = self.column();
        if !self.take(&Kind::Open) {
            return Err(self.fail("`in` wants a list", format!("`{example}`")));
        }
        let mut values = Vec::new();
        loop {
            let at = self.column();
            values.push((self.value(example)?, at));
            match self.kind() {
                Kind::Comma => self.at += 1,
                Kind::Close => break,
                Kind::End => return Err(self.fail_at(opened, "a `(` without its `)`", "")),
                _ => return Err(self.fail("a `,` or `)` should follow", "")),
            }
        }
        self.at += 1;
        Ok(values)
    }

    /// Refuses values that can never occur: a gate with a mistyped control would always pass.
    fn check_value(&self, text: Text, value: &str, column: usize) -> Result<(), ParseError> {
        if text == Text::License {
            return licence::check(value).map_err(|u| self.fail_at(column, u.message, u.suggestion));
        }
        let (known, what): (Vec<&str>, &str) = match text {
            Text::Control => (controls().iter().map(String::as_str).collect(), "control"),
            Text::Type => (PackageType::ALL.iter().map(|t| t.as_str()).collect(), "package type"),
            _ => return Ok(()),
        };
        if known.is_empty() || known.iter().any(|k| k.eq_ignore_ascii_case(value)) {
            return Ok(());
        }
        let near = nearest(&value.to_ascii_lowercase(), known.iter().copied());
        let near = near.map_or(String::new(), |n| format!("`{n}`"));
        Err(self.fail_at(column, format!("`{value}` is no {what}: {}", known.join(", ")), near))
    }

    fn way(&mut self, way: Way, column: usize) -> Result<Node, ParseError> {
        let name = Word::Way(way).name();
        let (order, value, at) = self.order(name, &format!("{name} == fail"), column)?;
        let outcome = match value.to_ascii_lowercase().as_str() {
            "pass" => CellOutcome::Pass,
            "fail" => CellOutcome::Fail,
            "unknown" => CellOutcome::Unknown,
            "not-applicable" => CellOutcome::NotApplicable,
            "not-implemented" => CellOutcome::NotImplemented,
            _ => {
                let message =
                    format!("`{value}` is no outcome: pass, fail, unknown, not-applicable, not-implemented");
                return Err(self.fail_at(at, message, format!("`{name} == fail`")));
            }
        };
        let atom = Node::Atom(Test::Cell(way, outcome));
        match order {
            Order::Equal => Ok(atom),
            Order::Differs => Ok(Node::Not(Box::new(atom))),
            _ => Err(self.fail_at(column, "outcomes have no order", format!("`{name} == {value}`"))),
        }
    }
}

/// Ids of the framework's controls.
fn controls() -> &'static [String] {
    static CONTROLS: OnceLock<Vec<String>> = OnceLock::new();
    CONTROLS.get_or_init(|| match Framework::parse(PLIMSOLL) {
        Ok(framework) => framework.control_ids().map(str::to_owned).collect(),
        // A test holds that the built-in framework parses; without it no control is refused.
        Err(_) => Vec::new(),
    })
}
