//! `WWW-Authenticate` (RFC 9110, 11.6.1), which may hold several challenges, and parameters in quotes with commas.

/// Challenges of one response that are read.
pub const CHALLENGES_MAX: usize = 16;

/// Bytes of one header that are read.
const HEADER_BYTES_MAX: usize = 16 << 10;

/// Parameters of one challenge that are read.
const PARAMETERS_MAX: usize = 32;

/// What a server wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// In lower case: `bearer`, `basic`.
    pub scheme: String,
    /// Names in lower case.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The parameter `name` (lower case).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The challenges of one header. What cannot be read ends the list.
#[must_use]
pub fn challenges(header: &str) -> Vec<Challenge> {
    let mut out: Vec<Challenge> = Vec::new();
    let mut rest = Rest(header.get(..HEADER_BYTES_MAX).unwrap_or(header));
    loop {
        rest.skip(|c| c == ',' || c.is_ascii_whitespace());
        let word = rest.token();
        if word.is_empty() {
            return out;
        }
        rest.skip(|c| c == ' ' || c == '\t');
        if rest.take('=') {
            rest.skip(|c| c == ' ' || c == '\t');
            let Some(value) = rest.value() else {
                return out;
            };
            let Some(challenge) = out.last_mut() else {
                return out;
            };
            if challenge.parameters.len() < PARAMETERS_MAX {
                challenge.parameters.push((word.to_ascii_lowercase(), value));
            }
        } else if out.len() < CHALLENGES_MAX {
            out.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
        } else {
            return out;
        }
    }
}

struct Rest<'r>(&'r str);

impl<'r> Rest<'r> {
    fn skip(&mut self, is: impl Fn(char) -> bool) {
        self.0 = self.0.trim_start_matches(is);
    }

    fn take(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn token(&mut self) -> &'r str {
        let is = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let end = self.0.find(|c| !is(c)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        token
    }

    /// A token, or a text in quotes; some servers write addresses without quotes.
    fn value(&mut self) -> Option<String> {
        if !self.take('"') {
            let end = self.0.find([',', ' ', '\t']).unwrap_or(self.0.len());
            let (value, rest) = self.0.split_at(end);
            self.0 = rest;
            return Some(value.to_owned());
        }
        let mut value = String::new();
        let mut chars = self.0.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = self.0.get(at + 1..).unwrap_or_default();
                    return Some(value);
                }
                '\\' => value.push(chars.next()?.1),
                c => value.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_hold_several_challenges() {
        let header = "Basic realm=\"a, \\\"b\\\"\", Bearer realm=\"https://auth/token\",service=\"reg\" , scope=\"repository:a/b:pull,push\"";
        let read = challenges(header);
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].scheme.as_str(), read[0].get("realm")), ("basic", Some("a, \"b\"")));
        assert_eq!(read[1].get("realm"), Some("https://auth/token"));
        assert_eq!(read[1].get("scope"), Some("repository:a/b:pull,push"));
        assert_eq!(challenges("Negotiate, BASIC realm=x")[1].get("realm"), Some("x"));
    }

    #[test]
    fn broken_headers_give_what_stands_before_the_break() {
        for broken in
            ["", ",,,", "=", "a=b", "Bearer realm=\"open", "Bearer realm=\"x\\", "é", "Bearer \u{0}"]
        {
            assert!(challenges(broken).iter().all(|c| c.get("realm").is_none()), "{broken}");
        }
        assert_eq!(challenges(&"Basic, ".repeat(1000)).len(), CHALLENGES_MAX);
    }
}
