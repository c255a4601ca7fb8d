//! Jenkinsfiles: Groovy, read as far as braces, strings and the steps that run a shell.

use std::rc::Rc;

use super::shell::{Ends, Shell, join};
use super::step::{Step, Work};

/// Blocks within blocks.
const BLOCKS_MAX: usize = 64;

/// Something in a block: a statement, or a block with its head.
#[derive(Debug)]
enum Item {
    Statement { line: usize, text: String },
    Block { head: String, items: Vec<Item> },
}

/// The shell steps of a Jenkinsfile, and what `docker.build` names as commands.
pub(super) fn steps(text: &str) -> Vec<Step> {
    let chars: Vec<char> = text.chars().collect();
    let mut reader = Reader { chars: &chars, at: 0, line: 1 };
    let items = reader.items(0);
    let mut out = Vec::new();
    let around = Around { ends: Ends::Yes, folder: String::new(), settings: Vec::new() };
    walk(&items, &around, &mut out);
    out
}

/// What the blocks around a step say of it.
#[derive(Clone)]
struct Around {
    ends: Ends,
    folder: String,
    settings: Vec<(String, String)>,
}

fn walk(items: &[Item], outer: &Around, out: &mut Vec<Step>) {
    let mut here = outer.clone();
    for item in items {
        let Item::Block { head, items } = item else { continue };
        match head.trim() {
            "when" => here.ends = here.ends.and(when(items)),
            "input" => here.ends = here.ends.and(Ends::no("it runs only when somebody lets it (`input`)")),
            "environment" => here.settings.extend(items.iter().filter_map(set)),
            _ => {}
        }
    }
    for (n, item) in items.iter().enumerate() {
        match item {
            Item::Statement { line, text } => statement(*line, text, &here, out),
            Item::Block { head, items: inner } => {
                let head = head.trim();
                if head == "when" || head == "environment" {
                    continue;
                }
                let mut below = here.clone();
                below.ends = below.ends.and(block(head, items.get(n + 1)));
                if let Some(rest) = head.strip_prefix("dir") {
                    below.folder = join(&here.folder, strings(rest).first().map_or("", |(_, s)| s.as_str()));
                }
                if let Some(rest) = head.strip_prefix("withEnv") {
                    let pairs = strings(rest).into_iter();
                    below.settings.extend(pairs.filter_map(|(_, s)| {
                        s.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
                    }));
                }
                walk(inner, &below, out);
            }
        }
    }
}

/// A line of `environment { … }`; what is no string is known only when it runs.
fn set(item: &Item) -> Option<(String, String)> {
    let Item::Statement { text, .. } = item else { return None };
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim().to_owned(), value.trim());
    let text = value.starts_with(['\'', '"']).then(|| strings(value).into_iter().next()).flatten();
    Some((name.clone(), text.map_or_else(|| format!("${name}"), |(_, text)| text)))
}

/// What a block does with failures inside of it.
fn block(head: &str, next: Option<&Item>) -> Ends {
    let word = head.split(['(', ' ']).next().unwrap_or("");
    match word {
        "catchError" | "warnError" => Ends::no(format!("`{word}` lets the build go on")),
        "try" => match next {
            Some(Item::Block { head, items })
                if head.trim().trim_start_matches('}').trim().starts_with("catch") =>
            {
                match throws(items) {
                    true => Ends::Yes,
                    false => Ends::no("`try … catch` lets the build go on"),
                }
            }
            _ => Ends::Yes,
        },
        "input" => Ends::no("it runs only when somebody lets it"),
        "if" if head.contains("BRANCH_NAME") || head.contains("CHANGE_ID") => Ends::Yes,
        "if" => Ends::perhaps(format!("whether it runs depends on `{head}`")),
        _ => Ends::Yes,
    }
}

fn throws(items: &[Item]) -> bool {
    items.iter().any(|i| match i {
        Item::Statement { text, .. } => {
            let text = text.trim();
            text.starts_with("throw")
                || text.starts_with("error")
                || text.contains("currentBuild.result = 'FAILURE'")
        }
        Item::Block { items, .. } => throws(items),
    })
}

/// The conditions of a stage.
fn when(items: &[Item]) -> Ends {
    let mut ends = Ends::Yes;
    for item in items {
        let text = match item {
            Item::Statement { text, .. } => text.trim().to_owned(),
            Item::Block { head, items } => format!("{} {}", head.trim(), flat(items)),
        };
        let word = text.split([' ', '(']).next().unwrap_or("");
        ends = ends.and(match word {
            "" | "branch" | "changeRequest" | "tag" | "buildingTag" | "beforeAgent" | "beforeInput"
            | "beforeOptions" | "not" | "anyOf" | "allOf" => Ends::Yes,
            "expression"
                if matches!(text.trim_start_matches("expression").trim(), "false" | "return false") =>
            {
                Ends::no("its stage never runs (`when { expression { false } }`)")
            }
            "expression"
                if matches!(text.trim_start_matches("expression").trim(), "true" | "return true") =>
            {
                Ends::Yes
            }
            "expression" if text.contains("BRANCH_NAME") || text.contains("CHANGE_ID") => Ends::Yes,
            "triggeredBy" => {
                Ends::no(format!("its stage runs only when a clock or somebody starts it (`{text}`)"))
            }
            _ => Ends::perhaps(format!("whether its stage runs depends on `{text}`")),
        });
    }
    ends
}

fn flat(items: &[Item]) -> String {
    let texts = items.iter().map(|i| match i {
        Item::Statement { text, .. } => text.trim().to_owned(),
        Item::Block { head, items } => format!("{} {}", head.trim(), flat(items)),
    });
    texts.collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn statement(line: usize, text: &str, around: &Around, out: &mut Vec<Step>) {
    let lead = text.len() - text.trim_start().len();
    let line = line + text.get(..lead).unwrap_or("").matches('\n').count();
    let text = text.trim();
    let found = strings(text);
    let Some((at, script)) = found.first() else { return };
    let before = text.get(..*at).unwrap_or("");
    let words: Vec<&str> = before.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '_').collect();
    let code = if words.iter().any(|w| matches!(*w, "sh" | "bat" | "powershell" | "pwsh")) {
        script.clone()
    } else if words.contains(&"docker.build") {
        format!("docker build -t {script} .")
    } else {
        return;
    };
    let outside: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let lost = match outside.contains("returnStatus:true") {
        true if words.first() == Some(&"sh") => Ends::no("`returnStatus: true` lets the build go on"),
        true => Ends::perhaps("what becomes of its answer is up to the pipeline (`returnStatus: true`)"),
        false => Ends::Yes,
    };
    let line = line + before.matches('\n').count();
    let shell = Shell { errexit: true, pipefail: false };
    let work = Work::Script { texts: vec![(line, code)], shell };
    let Around { ends, folder, settings } = around.clone();
    out.push(Step { ends: ends.and(lost), work, folder, job: 0, around: Rc::default(), settings });
}

/// The strings of a statement, each with the byte at which it begins.
fn strings(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(start) = rest.find(['\'', '"']) else { break };
        let quoted = rest.get(start..).unwrap_or("");
        let (mark, quote) = match quoted {
            q if q.starts_with("'''") => ("'''", '\''),
            q if q.starts_with("\"\"\"") => ("\"\"\"", '"'),
            q if q.starts_with('\'') => ("'", '\''),
            _ => ("\"", '"'),
        };
        let body = quoted.get(mark.len()..).unwrap_or("");
        let length = end_of_string(body, mark);
        let value = body.get(..length).unwrap_or(body);
        out.push((at + start, value.replace(&format!("\\{quote}"), &quote.to_string())));
        at += start + mark.len() + length + mark.len();
    }
    out
}

/// Bytes up to the closing mark, escaped characters passed over.
fn end_of_string(body: &str, mark: &str) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if body.get(at..).is_some_and(|r| r.starts_with(mark)) => return at,
            _ => {}
        }
    }
    body.len()
}

struct Reader<'c> {
    chars: &'c [char],
    at: usize,
    line: usize,
}

impl Reader<'_> {
    /// The items up to the closing brace.
    fn items(&mut self, depth: usize) -> Vec<Item> {
        let mut out = Vec::new();
        let mut text = String::new();
        let mut line = self.line;
        let mut round = 0_usize;
        let done = |text: &mut String, line: usize, out: &mut Vec<Item>| {
            let text = std::mem::take(text);
            if !text.trim().is_empty() {
                out.push(Item::Statement { line, text });
            }
        };
        while let Some(c) = self.next() {
            match c {
                '/' if self.peek() == Some('/') && !text.ends_with(':') => self.skip_line(),
                '/' if self.peek() == Some('*') => self.skip_comment(),
                '\'' | '"' => self.string(c, &mut text),
                '{' if depth < BLOCKS_MAX => {
                    let head = std::mem::take(&mut text);
                    let items = self.items(depth + 1);
                    out.push(Item::Block { head, items });
                    line = self.line;
                }
                '}' => {
                    done(&mut text, line, &mut out);
                    return out;
                }
                '\n' | ';' if round == 0 => {
                    done(&mut text, line, &mut out);
                    line = self.line;
                }
                c => {
                    match c {
                        '(' | '[' => round += 1,
                        ')' | ']' => round = round.saturating_sub(1),
                        _ => {}
                    }
                    text.push(c);
                }
            }
        }
        done(&mut text, line, &mut out);
        out
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied()?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.next();
        }
    }

    fn skip_comment(&mut self) {
        let mut before = ' ';
        self.next();
        while let Some(c) = self.next() {
            if before == '*' && c == '/' {
                return;
            }
            before = c;
        }
    }

    /// Copies a string with its quotes, one or three of them.
    fn string(&mut self, quote: char, text: &mut String) {
        text.push(quote);
        let triple = self.peek() == Some(quote) && self.chars.get(self.at + 1) == Some(&quote);
        if triple {
            text.extend([quote, quote]);
            self.next();
            self.next();
        }
        let mut escaped = false;
        while let Some(c) = self.next() {
            text.push(c);
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == quote && !triple => return,
                c if c == quote
                    && self.peek() == Some(quote)
                    && self.chars.get(self.at + 1) == Some(&quote) =>
                {
                    text.extend([quote, quote]);
                    self.next();
                    self.next();
                    return;
                }
                '\n' if !triple => return,
                _ => {}
            }
        }
    }
}
