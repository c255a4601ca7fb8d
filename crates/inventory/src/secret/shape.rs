//! Tokens that their issuer gave a recognisable shape.

use super::Secret;

/// Which characters a token goes on with.
#[derive(Clone, Copy)]
enum Alphabet {
    /// `A-Z`, `2-7`.
    Base32,
    /// `0-9`, `a-f`, both cases.
    Hex,
    /// Letters and digits.
    Word,
    /// Letters, digits, `_`, `-`.
    Url,
    /// Letters, digits, `_`, `-`, `.`.
    Dotted,
    /// Letters, digits, `+`, `/`, `=`.
    Base64,
}

impl Alphabet {
    fn has(self, b: u8) -> bool {
        match self {
            Self::Base32 => b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b),
            Self::Hex => b.is_ascii_hexdigit(),
            Self::Word => b.is_ascii_alphanumeric(),
            Self::Url => b.is_ascii_alphanumeric() || b == b'_' || b == b'-',
            Self::Dotted => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'),
            Self::Base64 => b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='),
        }
    }
}

/// A prefix, and how many characters of which alphabet follow it.
struct Shape {
    prefix: &'static str,
    alphabet: Alphabet,
    min: usize,
    max: usize,
    what: &'static str,
}

const fn shape(
    prefix: &'static str,
    alphabet: Alphabet,
    min: usize,
    max: usize,
    what: &'static str,
) -> Shape {
    Shape { prefix, alphabet, min, max, what }
}

/// As their issuers document them.
const SHAPES: &[Shape] = &[
    shape("AKIA", Alphabet::Base32, 16, 16, "an AWS access key id"),
    shape("ASIA", Alphabet::Base32, 16, 16, "an AWS access key id"),
    shape("AGE-SECRET-KEY-1", Alphabet::Word, 58, 58, "an age key"),
    shape("AIza", Alphabet::Url, 35, 35, "a Google API key"),
    shape("GOCSPX-", Alphabet::Url, 28, 28, "a Google client secret"),
    shape("ya29.", Alphabet::Url, 20, 400, "a Google access token"),
    shape("ghp_", Alphabet::Word, 36, 255, "a GitHub token"),
    shape("gho_", Alphabet::Word, 36, 255, "a GitHub token"),
    shape("ghu_", Alphabet::Word, 36, 255, "a GitHub token"),
    shape("ghs_", Alphabet::Word, 36, 255, "a GitHub token"),
    shape("ghr_", Alphabet::Word, 36, 255, "a GitHub token"),
    shape("github_pat_", Alphabet::Url, 82, 82, "a GitHub token"),
    shape("glpat-", Alphabet::Dotted, 20, 400, "a GitLab token"),
    shape("gldt-", Alphabet::Dotted, 20, 400, "a GitLab token"),
    shape("glrt-", Alphabet::Dotted, 20, 400, "a GitLab token"),
    shape("glptt-", Alphabet::Hex, 40, 40, "a GitLab token"),
    shape("glcbt-", Alphabet::Dotted, 20, 400, "a GitLab token"),
    shape("ATATT3", Alphabet::Base64, 100, 300, "an Atlassian token"),
    shape("xoxa-", Alphabet::Url, 20, 400, "a Slack token"),
    shape("xoxb-", Alphabet::Url, 20, 400, "a Slack token"),
    shape("xoxp-", Alphabet::Url, 20, 400, "a Slack token"),
    shape("xoxr-", Alphabet::Url, 20, 400, "a Slack token"),
    shape("xoxs-", Alphabet::Url, 20, 400, "a Slack token"),
    shape("xapp-", Alphabet::Url, 20, 400, "a Slack token"),
    shape("hooks.slack.com/services/T", Alphabet::Base64, 30, 80, "a Slack webhook"),
    shape("sk_live_", Alphabet::Word, 10, 250, "a Stripe key"),
    shape("rk_live_", Alphabet::Word, 10, 250, "a Stripe key"),
    shape("npm_", Alphabet::Word, 36, 36, "an npm token"),
    shape("pypi-AgEIcHlwaS5vcmc", Alphabet::Url, 50, 1000, "a PyPI token"),
    shape("rubygems_", Alphabet::Hex, 48, 48, "a RubyGems token"),
    shape("cio", Alphabet::Word, 32, 32, "a crates.io token"),
    shape("oy2", Alphabet::Word, 43, 43, "a NuGet key"),
    shape("dckr_pat_", Alphabet::Url, 27, 27, "a Docker Hub token"),
    shape("hvs.", Alphabet::Url, 24, 300, "a Vault token"),
    shape("hvb.", Alphabet::Url, 100, 400, "a Vault token"),
    shape("dop_v1_", Alphabet::Hex, 64, 64, "a DigitalOcean token"),
    shape("doo_v1_", Alphabet::Hex, 64, 64, "a DigitalOcean token"),
    shape("hf_", Alphabet::Word, 34, 34, "a Hugging Face token"),
    shape("sk-ant-api03-", Alphabet::Url, 80, 120, "an Anthropic key"),
    shape("sk-ant-admin01-", Alphabet::Url, 80, 120, "an Anthropic key"),
    shape("sk-proj-", Alphabet::Url, 40, 300, "an OpenAI key"),
    shape("sk-svcacct-", Alphabet::Url, 40, 300, "an OpenAI key"),
    shape("SG.", Alphabet::Dotted, 66, 66, "a SendGrid key"),
    shape("key-", Alphabet::Hex, 32, 32, "a Mailgun key"),
    shape("shpat_", Alphabet::Hex, 32, 32, "a Shopify token"),
    shape("shpss_", Alphabet::Hex, 32, 32, "a Shopify secret"),
    shape("lin_api_", Alphabet::Word, 40, 40, "a Linear key"),
    shape("dapi", Alphabet::Hex, 32, 32, "a Databricks token"),
    shape("NRAK-", Alphabet::Word, 27, 27, "a New Relic key"),
    shape("glsa_", Alphabet::Url, 41, 41, "a Grafana token"),
    shape("glc_", Alphabet::Base64, 32, 400, "a Grafana token"),
    shape("pul-", Alphabet::Hex, 40, 40, "a Pulumi token"),
    shape("dp.pt.", Alphabet::Word, 43, 43, "a Doppler token"),
    shape("sntrys_", Alphabet::Base64, 60, 400, "a Sentry token"),
    shape("AccountKey=", Alphabet::Base64, 86, 88, "an Azure storage key"),
];

pub(super) fn find(text: &str) -> Vec<Secret> {
    let mut out = Vec::new();
    for shape in SHAPES {
        for (start, _) in text.match_indices(shape.prefix) {
            out.extend(token(text, shape, start));
        }
    }
    out.extend(private_keys(text));
    out.extend(web_tokens(text));
    out
}

fn token(text: &str, shape: &Shape, start: usize) -> Option<Secret> {
    let bytes = text.as_bytes();
    let before = start.checked_sub(1).and_then(|i| bytes.get(i));
    if before.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        return None;
    }
    let body = start + shape.prefix.len();
    let length = run(bytes, body, |b| shape.alphabet.has(b));
    // A run that goes on is another thing: a hash, or a word.
    let goes_on = bytes.get(body + length).is_some_and(|b| b.is_ascii_alphanumeric());
    let value = text.get(body..body + length)?;
    let plain = value.contains("EXAMPLE") || super::entropy(value) < 2.5;
    if length < shape.min || shape.max < length || goes_on || plain {
        return None;
    }
    let start = if shape.prefix.ends_with('=') { body } else { start };
    Some(Secret { range: start..body + length, what: shape.what, name: String::new(), weak: false })
}

/// How many bytes from `from` on fit.
fn run(bytes: &[u8], from: usize, fits: impl Fn(u8) -> bool) -> usize {
    bytes.get(from..).map_or(0, |rest| rest.iter().take_while(|b| fits(**b)).count())
}

/// PEM and OpenSSH private keys; the rest of the text is the key.
fn private_keys(text: &str) -> Vec<Secret> {
    let mut out = Vec::new();
    for (start, begin) in text.match_indices("-----BEGIN ") {
        let label: String = text.get(start + begin.len()..).unwrap_or("").chars().take(40).collect();
        let Some((label, _)) = label.split_once("-----") else { continue };
        if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
            continue;
        }
        let rest = text.get(start..).unwrap_or("");
        let end = rest.find("-----END ").and_then(|e| {
            let tail = rest.get(e + 9..)?;
            tail.find("-----").map(|t| e + 9 + t + 5)
        });
        let end = start + end.unwrap_or(rest.len());
        out.push(Secret { range: start..end, what: "a private key", name: String::new(), weak: false });
    }
    out
}

/// Three base64url parts, the first two beginning `{"` (RFC 7519).
fn web_tokens(text: &str) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let part = |from: usize| run(bytes, from, |b| Alphabet::Url.has(b));
    let mut out = Vec::new();
    for (start, _) in text.match_indices("eyJ") {
        let head = part(start);
        let middle = start + head + 1;
        let dotted = bytes.get(start + head) == Some(&b'.')
            && text.get(middle..).is_some_and(|t| t.starts_with("eyJ"));
        if !dotted || head < 12 {
            continue;
        }
        let body = part(middle);
        let signature = part(middle + body + 1);
        if bytes.get(middle + body) == Some(&b'.') && 12 <= body && 12 <= signature {
            let range = start..middle + body + 1 + signature;
            out.push(Secret { range, what: "a JSON web token", name: String::new(), weak: false });
        }
    }
    out
}
