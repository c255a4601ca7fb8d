//! Lines of a pipeline file, comments left out and continued lines joined, with what indentation says of them.

/// What a pipeline file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Groovy,
}

/// A line, or several that a backslash joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// 1-based number of its first line.
    pub(super) number: usize,
    /// Column at which its content begins, after any `- `.
    pub(super) indent: usize,
    /// Whether it begins an item of a list.
    pub(super) item: bool,
    pub(super) text: String,
}

/// Every line that says something.
pub(super) fn lines(text: &str, language: Language) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut joins = false;
    let mut in_comment = false;
    for (n, raw) in text.lines().enumerate() {
        let code = without_comment(raw, language, &mut in_comment);
        let trimmed = code.trim();
        let (body, continues) = match trimmed.strip_suffix('\\') {
            Some(body) => (body.trim_end(), true),
            None => (trimmed, false),
        };
        match out.last_mut().filter(|_| joins) {
            Some(last) => {
                last.text.push(' ');
                last.text.push_str(body);
            }
            None if body.is_empty() => {}
            None => out.push(line(n + 1, code, body)),
        }
        joins = continues && !out.is_empty();
    }
    out
}

fn line(number: usize, code: &str, body: &str) -> Line {
    let mut indent = code.len() - code.trim_start().len();
    let mut text = body;
    let mut item = false;
    while let Some(rest) = text.strip_prefix("- ") {
        let inside = rest.trim_start();
        indent += text.len() - inside.len();
        text = inside;
        item = true;
    }
    Line { number, indent, item, text: text.to_owned() }
}

/// The line up to a comment: `#` after a blank, or `//` and `/* */` in Groovy, outside of quotes.
fn without_comment<'t>(raw: &'t str, language: Language, in_comment: &mut bool) -> &'t str {
    if *in_comment {
        *in_comment = !raw.contains("*/");
        return "";
    }
    let bytes = raw.as_bytes();
    let mut quote = 0_u8;
    for (at, byte) in bytes.iter().copied().enumerate() {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        match (language, byte) {
            (_, b'"' | b'\'') if quote == 0 => quote = byte,
            (_, b'"' | b'\'') if quote == byte && before != b'\\' => quote = 0,
            (Language::Yaml, b'#') if quote == 0 && before.is_ascii_whitespace() => {
                return raw.get(..at).unwrap_or("");
            }
            (Language::Groovy, b'/') if quote == 0 && next == b'/' && before != b':' => {
                return raw.get(..at).unwrap_or("");
            }
            (Language::Groovy, b'/') if quote == 0 && next == b'*' => {
                *in_comment = !raw.get(at..).unwrap_or("").contains("*/");
                return raw.get(..at).unwrap_or("");
            }
            _ => {}
        }
    }
    raw
}

/// Keys and values of the mappings around line `n`, from the inside out: of its step, of its job, of the file.
pub(super) fn settings(all: &[Line], n: usize) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut at = n;
    let mut level = all.get(n).map_or(0, |l| l.indent);
    loop {
        let (start, end) = block(all, at, level);
        let block = all.get(start..end).unwrap_or_default();
        out.extend(block.iter().filter(|l| l.indent == level).filter_map(|l| key_value(&l.text)));
        // The mapping around is that of the nearest line above that stands further left.
        let Some(parent) = all.get(..start).and_then(|above| above.iter().rposition(|l| l.indent < level))
        else {
            return out;
        };
        at = parent;
        level = all.get(parent).map_or(0, |l| l.indent);
    }
}

/// The item or mapping at `level` that line `at` belongs to, as a range of lines.
pub(super) fn block(all: &[Line], at: usize, level: usize) -> (usize, usize) {
    let begins = |l: &Line| l.item && l.indent <= level;
    let mut start = at;
    while 0 < start
        && !all.get(start).is_some_and(begins)
        && all.get(start - 1).is_some_and(|l| level <= l.indent)
    {
        start -= 1;
    }
    let mut end = at + 1;
    while all.get(end).is_some_and(|l| level <= l.indent && !begins(l)) {
        end += 1;
    }
    (start, end)
}

/// `key: value`, quotes left out.
pub(super) fn key_value(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let key = key.trim().trim_matches(['"', '\'']);
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_key = !key.is_empty() && key.chars().all(word) && (value.is_empty() || value.starts_with(' '));
    is_key.then(|| (key, value.trim().trim_matches(['"', '\''])))
}
