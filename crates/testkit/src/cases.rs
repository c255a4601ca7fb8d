//! Literate cases, `cases.md` beside a rule: a heading `## Title` a case, prose, and fenced blocks whose word after the
//! fence says what they are.

/// A case: its title and its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Title.
    pub title: String,
    /// Word after the fence, and text with its line ends.
    pub blocks: Vec<(String, String)>,
}

impl Case {
    /// The texts of every block of a kind.
    pub fn texts<'c>(&'c self, kind: &str) -> Vec<&'c str> {
        self.blocks.iter().filter(|(k, _)| k == kind).map(|(_, text)| text.as_str()).collect()
    }

    /// The lines of every block of a kind.
    pub fn lines(&self, kind: &str) -> Vec<String> {
        self.texts(kind).into_iter().flat_map(str::lines).map(str::to_owned).collect()
    }
}

/// The cases of a page.
///
/// # Errors
/// A block before the first heading, of another kind than `kinds`, or without an end.
pub fn cases(text: &str, kinds: &[&str]) -> Result<Vec<Case>, String> {
    let mut out: Vec<Case> = Vec::new();
    let mut block: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut block, line) {
            (Some(_), "```") => {
                let case = out.last_mut().ok_or("a block before the first heading")?;
                case.blocks.extend(block.take());
            }
            (Some((_, text)), line) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, line) => match (line.strip_prefix("## "), line.strip_prefix("```")) {
                (Some(title), _) => out.push(Case { title: title.to_owned(), blocks: Vec::new() }),
                (_, Some(kind)) if kinds.contains(&kind) => block = Some((kind.to_owned(), String::new())),
                (_, Some(kind)) => return Err(format!("a block of `{kind}`")),
                _ => {}
            },
        }
    }
    match block {
        Some((kind, _)) => Err(format!("a block of `{kind}` does not end")),
        None => Ok(out),
    }
}

/// Whether an answer is what a line of expectation says: the same up to the first `: `, and its words behind it.
#[must_use]
pub fn fits(answer: &str, expected: &str) -> bool {
    match expected.split_once(": ") {
        Some((head, words)) => answer.starts_with(&format!("{head}: ")) && answer.contains(words),
        None => answer == expected,
    }
}
