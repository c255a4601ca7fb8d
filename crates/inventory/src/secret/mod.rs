//! Finds secrets in short texts (environment variables, history lines, command lines) by their shape, by the name they
//! are assigned to, and by the place they stand in. Hand-written scanners: a rule engine would cost its start-up on
//! every scan, and these texts are small.

mod assign;
mod shape;

use std::ops::Range;

pub use assign::names_secret;

/// Bytes of a text that are looked at; a history line may carry a whole here-document.
pub const SECRET_TEXT_BYTES_MAX: usize = 1 << 20;

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Bytes of the value.
    pub range: Range<usize>,
    /// What it is, with its article: `a GitHub token`.
    pub what: &'static str,
    /// The name it is assigned to; empty if none.
    pub name: String,
    /// Too short or too plain to be a generated key: a default, or a word.
    pub weak: bool,
}

/// Every secret of a text, in order, without overlaps.
pub fn find(text: &str) -> Vec<Secret> {
    let text = bounded(text);
    let mut found = shape::find(text);
    found.extend(assign::find(text));
    found.sort_by_key(|s| (s.range.start, std::cmp::Reverse(s.range.end)));
    let mut out: Vec<Secret> = Vec::new();
    for secret in found {
        match out.last_mut() {
            Some(last) if secret.range.start < last.range.end => {
                // A token's shape says more than the name of the variable it is in; its name is kept.
                if last.name.is_empty() {
                    last.name = secret.name;
                }
                if last.what == assign::BY_NAME && secret.what != assign::BY_NAME {
                    last.what = secret.what;
                    last.weak = secret.weak;
                }
                last.range.end = last.range.end.max(secret.range.end);
            }
            _ => out.push(secret),
        }
    }
    out
}

/// The first bytes of a text, cut at a character.
pub fn bounded(text: &str) -> &str {
    let mut end = text.len().min(SECRET_TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Shannon entropy in bits a byte.
pub fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len().max(1) as f64;
    let share = |n: u32| f64::from(n) / total;
    counts.iter().filter(|n| 0 < **n).map(|n| -share(*n) * share(*n).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token is put together here, so that no scanner takes this file for a leak.
    fn token(prefix: &str, length: usize) -> String {
        let alphabet = b"aZ3kQ9xW7bT2mN5vC8hJ4dL6fR1gY0pS";
        prefix.to_owned()
            + &(0..length).map(|i| char::from(alphabet[i * 7 % alphabet.len()])).collect::<String>()
    }

    fn what(text: &str) -> Vec<&'static str> {
        find(text).into_iter().map(|s| s.what).collect()
    }

    #[test]
    fn tokens_are_known_by_their_shape_wherever_they_stand() {
        for (text, expected) in [
            (token("ghp_", 36), "a GitHub token"),
            (token("github_pat_", 82), "a GitHub token"),
            (token("glpat-", 20), "a GitLab token"),
            (token("xoxb-", 40), "a Slack token"),
            (token("npm_", 36), "an npm token"),
            (token("hvs.", 40), "a Vault token"),
            ("AK".to_owned() + "IAQWERTYUIOP234567", "an AWS access key id"),
            (token("AIza", 35), "a Google API key"),
            (token("sk_live_", 24), "a Stripe key"),
            ("-----BEGIN RSA ".to_owned() + "PRIVATE KEY-----", "a private key"),
            (format!("{}.{}.{}", token("eyJ", 20), token("eyJ", 30), token("", 30)), "a JSON web token"),
        ] {
            assert_eq!(what(&text), [expected], "{text}");
            assert_eq!(what(&format!("RUN curl -H 'X: {text}' example.com")), [expected], "{text}");
        }
        assert!(what("xghp_".repeat(9).as_str()).is_empty());
        assert!(what("AKIAIOSFODNN7EXAMPLE").is_empty(), "the documented example is no secret");
    }

    #[test]
    fn names_tell_secrets_unless_the_value_is_a_reference() {
        for text in [
            "DB_PASSWORD=hunter2hunter2",
            "POSTGRES_PASSWORD=postgres",
            "apiKey='9f8a7b6c5d4e3f2a1b0c'",
            "--client-secret=9f8a7b6c5d4e3f2a1b0c",
            "mysql --password s3cr3tpass db",
            "{\"auth_token\": \"9f8a7b6c5d4e3f2a1b0c\"}",
            "ENV MYSQL_ROOT_PASSWORD hunter2hunter2",
            "curl -u deploy:hunter2hunter2 https://example.com",
            "echo 'root:hunter22' | chpasswd",
            "git clone https://bot:hunter2hunter2@example.com/x.git",
            "npm config set //registry.example.com/:_authToken=9f8a7b6c5d4e3f2a1b0c",
        ] {
            assert_eq!(find(text).len(), 1, "{text}: {:?}", find(text));
        }
        for text in [
            "DB_PASSWORD=$PASSWORD",
            "DB_PASSWORD=${PASSWORD:-}",
            "TOKEN=$(cat /run/secrets/token)",
            "DB_PASSWORD_FILE=/run/secrets/db",
            "DB_PASSWORD=/run/secrets/db",
            "PASSWORD=",
            "PASSWORD=\"\"",
            "PASSWORD=********",
            "PASSWORD=<password>",
            "PASSWORD={{ password }}",
            "TOKEN_TTL=3600",
            "TOKENIZERS_PARALLELISM=false",
            "ALLOW_EMPTY_PASSWORD=yes",
            "GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
            "PYTHON_SHA256=6f1a1b5ac6d5f8d5a7e5e6f0a5f5b6c7",
            "PWD=/srv/app",
            "--mount=type=secret,id=token",
            "https://example.com:8080/x@y",
            "if [ \"$PASSWORD\" == \"x\" ]; then",
            "SECRET_NAME=projects/1/secrets/db",
            "KEYCLOAK_ADMIN_PASSWORD=vault:secret/data/kc#password",
            "chown app:app /srv",
            "password: str = None",
        ] {
            assert!(find(text).is_empty(), "{text}: {:?}", find(text));
        }
    }

    #[test]
    fn a_plain_word_is_a_weak_secret() {
        let weak = |text: &str| find(text)[0].weak;
        assert!(weak("POSTGRES_PASSWORD=postgres"));
        assert!(!weak("POSTGRES_PASSWORD=q8Zr!t5Lk0Wd2"));
    }

    #[test]
    fn a_token_in_a_named_variable_is_one_secret_with_both() {
        let found = find(&format!("GH_TOKEN={}", token("ghp_", 36)));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].what, found[0].name.as_str()), ("a GitHub token", "GH_TOKEN"));
    }

    #[test]
    fn what_lies_beyond_the_bound_is_not_looked_at() {
        let text = " ".repeat(SECRET_TEXT_BYTES_MAX) + "DB_PASSWORD=hunter2hunter2";
        assert!(find(&text).is_empty());
        assert_eq!(bounded(&"é".repeat(SECRET_TEXT_BYTES_MAX)).len(), SECRET_TEXT_BYTES_MAX);
    }
}
