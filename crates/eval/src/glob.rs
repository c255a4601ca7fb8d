//! Path patterns for gates and suppressions, matched in time linear in pattern times path, whatever the pattern.

use std::fmt;

/// Characters of the longest pattern.
pub const GLOB_CHARS_MAX: usize = 1024;

/// A pattern over `/`-separated paths: `*` and `?` stay within a name, `**` crosses names, `[a-z]` and `[!a-z]` are
/// classes, `\` takes the next character literally. A pattern ending in `/` means everything below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(char),
    One,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    Star,
    /// Any run of characters, `/` included.
    Deep,
    /// `**/` where it begins: may be passed over, [`Token::Names`] included.
    NamesGate,
    /// `**/` once inside: takes characters until a `/` may end it.
    Names,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GlobError {
    /// Longer than [`GLOB_CHARS_MAX`].
    TooLong,
    /// A `[` without its `]`; the 1-based character.
    OpenClass(usize),
    /// A `\` at the end.
    TrailingBackslash,
    /// Nothing.
    Empty,
}

impl fmt::Display for GlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "pattern is longer than {GLOB_CHARS_MAX} characters"),
            Self::OpenClass(at) => write!(f, "pattern has a `[` without `]` at character {at}"),
            Self::TrailingBackslash => write!(f, "pattern ends in `\\`"),
            Self::Empty => write!(f, "pattern is empty"),
        }
    }
}

impl std::error::Error for GlobError {}

impl Glob {
    /// Reads a pattern; a leading `/` or `./` is dropped, since paths are relative to the target's root.
    ///
    /// # Errors
    /// [`GlobError`].
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        let pattern = text.strip_prefix("./").unwrap_or(text).trim_start_matches('/');
        if pattern.is_empty() {
            return Err(GlobError::Empty);
        }
        let mut chars: Vec<char> = pattern.chars().collect();
        if GLOB_CHARS_MAX < chars.len() {
            return Err(GlobError::TooLong);
        }
        if chars.last() == Some(&'/') {
            chars.extend(['*', '*']);
        }
        Ok(Self { text: text.to_owned(), tokens: tokens(&chars)? })
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `path` fits. A leading `/` of `path` does not count.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let path = path.trim_start_matches('/');
        let width = self.tokens.len();
        // `live[i]`: the first `i` tokens can have matched what was read so far.
        let mut live = vec![false; width + 1];
        live[0] = true;
        self.skip_empty(&mut live);
        for c in path.chars() {
            let mut next = vec![false; width + 1];
            for (i, token) in self.tokens.iter().enumerate().filter(|(i, _)| live[*i]) {
                let (stay, on) = token.step(c);
                next[i] |= stay;
                next[i + 1] |= on;
            }
            self.skip_empty(&mut next);
            live = next;
        }
        live[width]
    }

    /// Passes over the tokens that may match nothing.
    fn skip_empty(&self, live: &mut [bool]) {
        for (i, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Star | Token::Deep if live[i] => live[i + 1] = true,
                Token::NamesGate if live[i] => {
                    live[i + 1] = true;
                    live[i + 2] = true;
                }
                _ => {}
            }
        }
    }
}

impl Token {
    /// Whether the token may take `c` and go on waiting, and whether `c` may complete it.
    fn step(&self, c: char) -> (bool, bool) {
        match self {
            Self::Literal(l) => (false, *l == c),
            Self::One => (false, c != '/'),
            Self::Class { negated, ranges } => {
                let inside = ranges.iter().any(|(a, b)| *a <= c && c <= *b);
                (false, c != '/' && inside != *negated)
            }
            Self::Star => (c != '/', false),
            Self::Deep => (true, false),
            Self::NamesGate => (false, false),
            Self::Names => (true, c == '/'),
        }
    }
}

fn tokens(chars: &[char]) -> Result<Vec<Token>, GlobError> {
    let mut out = Vec::new();
    let mut rest = chars.iter().copied().enumerate().peekable();
    while let Some((at, c)) = rest.next() {
        let token = match c {
            '?' => Token::One,
            '\\' => Token::Literal(rest.next().ok_or(GlobError::TrailingBackslash)?.1),
            '[' => class(&mut rest).ok_or(GlobError::OpenClass(at + 1))?,
            '*' if rest.next_if(|(_, c)| *c == '*').is_some() => {
                while rest.next_if(|(_, c)| *c == '*').is_some() {}
                let starts_name = matches!(out.last(), None | Some(Token::Literal('/') | Token::Names));
                if starts_name && rest.next_if(|(_, c)| *c == '/').is_some() {
                    // The gate is always followed by its inside, so two steps on from it is within bounds.
                    out.push(Token::NamesGate);
                    Token::Names
                } else {
                    Token::Deep
                }
            }
            '*' => Token::Star,
            c => Token::Literal(c),
        };
        out.push(token);
    }
    Ok(out)
}

fn class(rest: &mut std::iter::Peekable<impl Iterator<Item = (usize, char)>>) -> Option<Token> {
    let negated = rest.next_if(|(_, c)| matches!(c, '!' | '^')).is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let (_, c) = rest.next()?;
        match c {
            ']' if !ranges.is_empty() => return Some(Token::Class { negated, ranges }),
            '-' if !ranges.is_empty() && rest.peek().is_some_and(|(_, c)| *c != ']') => {
                let (_, end) = rest.next()?;
                if let Some(last) = ranges.last_mut() {
                    last.1 = end;
                }
            }
            c => ranges.push((c, c)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        Glob::parse(pattern).unwrap().matches(path)
    }

    #[test]
    fn one_star_stays_within_a_name_and_two_cross_names() {
        assert!(fits("usr/bin/*", "usr/bin/su"));
        assert!(!fits("usr/*", "usr/bin/su"));
        assert!(fits("usr/**", "usr/bin/su"));
        assert!(!fits("usr/**", "usr"));
        assert!(fits("usr/", "usr/bin/su"));
        assert!(fits("/usr/bin/s?", "usr/bin/su"));
        assert!(fits("usr/bin/su", "/usr/bin/su"));
    }

    #[test]
    fn two_stars_and_a_slash_take_whole_names_or_none() {
        assert!(fits("**/package-lock.json", "package-lock.json"));
        assert!(fits("**/package-lock.json", "a/b/package-lock.json"));
        assert!(!fits("**/package-lock.json", "a/my-package-lock.json"));
        assert!(fits("a/**/b", "a/b"));
        assert!(fits("a/**/b", "a/x/y/b"));
        assert!(!fits("a/**/b", "a/xb"));
        assert!(fits("a/**/**/b", "a/x/b"));
    }

    #[test]
    fn classes_and_escapes() {
        assert!(fits("lib[0-9a]/x", "lib6/x"));
        assert!(!fits("lib[!0-9]/x", "lib6/x"));
        assert!(!fits("a[!b]c", "a/c"));
        assert!(fits(r"a\*", "a*"));
        assert!(fits("[]]", "]"));
        assert_eq!(Glob::parse("a[b"), Err(GlobError::OpenClass(2)));
        assert_eq!(Glob::parse("a\\"), Err(GlobError::TrailingBackslash));
        assert_eq!(Glob::parse("/"), Err(GlobError::Empty));
        assert_eq!(Glob::parse(&"a".repeat(GLOB_CHARS_MAX + 1)), Err(GlobError::TooLong));
    }

    #[test]
    fn a_pattern_made_to_backtrack_costs_no_more_than_its_length() {
        let pattern = "*a".repeat(300) + "b";
        assert!(!fits(&pattern, &"a".repeat(20_000)));
    }
}
