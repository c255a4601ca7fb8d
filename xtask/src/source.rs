//! Reads Rust source far enough to tell code from comments, text and tests.

/// The code of `text` with comments, the contents of literals and everything under `#[cfg(test)]` replaced by
/// spaces; lines and columns stay where they are.
pub(crate) fn code_only(text: &str) -> String {
    blank_tests(&blank_literals(text))
}

/// Names of modules that exist only under `#[cfg(test)]` and live in a file of their own (`mod tests;`).
pub(crate) fn test_modules(text: &str) -> Vec<String> {
    let code = blank_literals(text);
    let mut names = Vec::new();
    for (at, _) in code.match_indices(CFG_TEST) {
        let rest = after_attributes(&code[at + CFG_TEST.len()..]);
        let rest = rest.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        if let Some(item) = rest.strip_prefix("mod ")
            && let Some(end) = item.find([';', '{'])
            && item[end..].starts_with(';')
        {
            names.push(item[..end].trim().to_owned());
        }
    }
    names
}

const CFG_TEST: &str = "#[cfg(test)]";

fn after_attributes(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start();
        match rest.strip_prefix("#[").and_then(|r| r.find(']').map(|end| &r[end + 1..])) {
            Some(next) => rest = next,
            None => return rest,
        }
    }
}

fn blank_tests(code: &str) -> String {
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(at) = out[from..].find(CFG_TEST).map(|i| i + from) {
        let end = item_end(&out, at + CFG_TEST.len());
        let blank: String = out[at..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(at..end, &blank);
        from = at;
    }
    out
}

/// End of the item that begins at `from`: its `;`, or the brace that closes its first block.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (i, c) in code[from..].char_indices() {
        match c {
            ';' if depth == 0 => return from + i + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return from + i + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Blanks comments and the contents of string and character literals, keeping the length in characters a line.
fn blank_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let end = match literal_end(&chars, i) {
            Some(end) => end,
            None => {
                out.push(if chars[i].is_ascii() { chars[i] } else { '_' });
                i += 1;
                continue;
            }
        };
        out.extend(chars[i..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        i = end;
    }
    out
}

/// End of the comment or literal that begins at `i`, if one does.
fn literal_end(chars: &[char], i: usize) -> Option<usize> {
    let at = |k: usize| chars.get(k).copied().unwrap_or('\0');
    let word_before = 0 < i && (at(i - 1).is_alphanumeric() || at(i - 1) == '_');
    match (at(i), at(i + 1)) {
        ('/', '/') => Some(scan(chars, i, |k| at(k) == '\n').min(chars.len())),
        ('/', '*') => Some(block_comment_end(chars, i)),
        ('"', _) => Some(string_end(chars, i + 1)),
        ('b' | 'c', '"') if !word_before => Some(string_end(chars, i + 2)),
        ('r', '"' | '#') if !word_before => raw_string_end(chars, i + 1),
        ('b' | 'c', 'r') if !word_before => raw_string_end(chars, i + 2),
        ('\'', '\\') => Some(scan(chars, i + 3, |k| at(k) == '\'') + 1),
        ('\'', _) if at(i + 2) == '\'' => Some(i + 3),
        _ => None,
    }
}

fn scan(chars: &[char], from: usize, stop: impl Fn(usize) -> bool) -> usize {
    (from..chars.len()).find(|k| stop(*k)).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], i: usize) -> usize {
    let (mut depth, mut k) = (0_usize, i);
    while k + 1 < chars.len() {
        match (chars[k], chars[k + 1]) {
            ('/', '*') => (depth, k) = (depth + 1, k + 2),
            ('*', '/') if depth <= 1 => return k + 2,
            ('*', '/') => (depth, k) = (depth - 1, k + 2),
            _ => k += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut k: usize) -> usize {
    while k < chars.len() {
        match chars[k] {
            '\\' => k += 2,
            '"' => return k + 1,
            _ => k += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from..].iter().take_while(|c| **c == '#').count();
    if chars.get(from + hashes) != Some(&'"') {
        return None;
    }
    let mut k = from + hashes + 1;
    while k < chars.len() {
        if chars[k] == '"' && chars[k + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(k + 1 + hashes);
        }
        k += 1;
    }
    Some(chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_text_and_tests_are_blank_and_lines_stay() {
        let text = "let a = \"std::fs\"; // std::fs\nlet b = r#\"x\"std\"#; /* std /* */ std */ let c = '\\'';\nlet d: &'static str;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\nfn e() {}\n";
        let code = code_only(text);
        assert!(!code.contains("std"), "{code}");
        assert!(code.contains("let d: &'static str;"), "{code}");
        assert!(code.contains("fn e() {}"), "{code}");
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn modules_that_are_tests_are_named() {
        assert_eq!(
            test_modules("#[cfg(test)]\nmod tests;\nmod real;\n#[cfg(test)]\nmod more { }\n"),
            ["tests"]
        );
    }
}
