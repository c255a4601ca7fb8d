//! Splits a gate into tokens, each with its column.

use super::ParseError;
use super::ast::Order;

/// Characters of the longest gate.
pub(super) const EXPRESSION_CHARS_MAX: usize = 4096;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    Order(Order),
    /// `~`.
    Like,
    /// `!~`.
    Unlike,
    Word(String),
    Quoted(String),
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// 1-based, in characters.
    pub(super) column: usize,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let chars: Vec<char> = text.chars().collect();
    if EXPRESSION_CHARS_MAX < chars.len() {
        let shown = chars.iter().take(60).collect::<String>();
        let message = format!("longer than {EXPRESSION_CHARS_MAX} characters; write several gates instead");
        return Err(ParseError { expression: shown, column: 1, message, suggestion: None });
    }
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, width) = token(text, &chars, at)?;
        out.push(Token { kind, column: at + 1 });
        at += width;
    }
    out.push(Token { kind: Kind::End, column: chars.len() + 1 });
    Ok(out)
}

/// The token at `at` and its width.
fn token(text: &str, chars: &[char], at: usize) -> Result<(Kind, usize), ParseError> {
    let fail = |message: &str, suggestion: &str| ParseError {
        expression: text.to_owned(),
        column: at + 1,
        message: message.to_owned(),
        suggestion: (!suggestion.is_empty()).then(|| suggestion.to_owned()),
    };
    let c = chars.get(at).copied().unwrap_or(' ');
    let second = chars.get(at + 1).copied().unwrap_or(' ');
    Ok(match (c, second) {
        ('(', _) => (Kind::Open, 1),
        (')', _) => (Kind::Close, 1),
        (',', _) => (Kind::Comma, 1),
        ('&', '&') => (Kind::And, 2),
        ('&', _) => return Err(fail("a single `&`", "`&&`, or quotes around a value that holds `&`")),
        ('|', '|') => (Kind::Or, 2),
        ('|', _) => return Err(fail("a single `|`", "`||`")),
        ('!', '=') => (Kind::Order(Order::Differs), 2),
        ('!', '~') => (Kind::Unlike, 2),
        ('!', _) => (Kind::Not, 1),
        ('=', '=') => (Kind::Order(Order::Equal), 2),
        ('=', '>') => return Err(fail("`=>` is no comparison", "`>=`")),
        ('=', '<') => return Err(fail("`=<` is no comparison", "`<=`")),
        ('=', _) => (Kind::Order(Order::Equal), 1),
        ('<', '=') => (Kind::Order(Order::AtMost), 2),
        ('<', '>') => return Err(fail("`<>` is no comparison", "`!=`")),
        ('<', _) => (Kind::Order(Order::Less), 1),
        ('>', '=') => (Kind::Order(Order::AtLeast), 2),
        ('>', _) => (Kind::Order(Order::Greater), 1),
        ('~', _) => (Kind::Like, 1),
        ('"' | '\'', _) => {
            let inside: String = chars.iter().skip(at + 1).take_while(|x| **x != c).collect();
            let width = inside.chars().count() + 2;
            if chars.len() < at + width {
                return Err(fail("a quote that does not end", ""));
            }
            (Kind::Quoted(inside), width)
        }
        _ => {
            let word: String = chars.iter().skip(at).take_while(|x| in_word(**x)).collect();
            let width = word.chars().count();
            (keyword(&word).unwrap_or(Kind::Word(word)), width)
        }
    })
}

fn in_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '&' | '|' | '!' | '=' | '<' | '>' | '~' | '"' | '\'')
}

fn keyword(word: &str) -> Option<Kind> {
    match word.to_ascii_lowercase().as_str() {
        "and" => Some(Kind::And),
        "or" => Some(Kind::Or),
        "not" => Some(Kind::Not),
        _ => None,
    }
}
