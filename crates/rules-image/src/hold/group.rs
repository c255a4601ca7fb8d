//! Compound commands: what stands behind `}`, `fi`, `done` or `esac` takes the answers of all that is within.

use super::shell::{After, Ends, Raw, Shell, alternative};

/// For each command what becomes of its answer on the way out of the compound commands around it.
pub(super) fn around(all: &[Raw], shell: Shell) -> Vec<Ends> {
    let mut out = vec![Ends::Yes; all.len()];
    let mut opened = Vec::new();
    for (n, raw) in all.iter().enumerate() {
        for word in raw.words.iter().map(String::as_str).take_while(|w| leads(w)) {
            match word {
                "if" | "while" | "until" | "for" | "select" | "case" | "{" => opened.push(n),
                "fi" | "done" | "esac" | "}" => {
                    let from = opened.pop().unwrap_or(n);
                    let ends = behind(raw, all.get(n + 1..).unwrap_or_default(), shell);
                    for inside in out.iter_mut().take(n).skip(from) {
                        *inside = inside.clone().and(ends.clone());
                    }
                }
                _ => {}
            }
        }
        // `name() {`, `function name {`
        match raw.words.as_slice() {
            [function, ..] if function == "function" => opened.push(n),
            [name, brace, ..] if brace == "{" && !leads(name) => opened.push(n),
            _ => {}
        }
    }
    out
}

/// Words that may stand before a simple command.
fn leads(word: &str) -> bool {
    matches!(
        word,
        "if" | "while"
            | "until"
            | "for"
            | "select"
            | "case"
            | "{"
            | "fi"
            | "done"
            | "esac"
            | "}"
            | "then"
            | "do"
            | "else"
            | "elif"
            | "!"
    )
}

fn behind(closing: &Raw, later: &[Raw], shell: Shell) -> Ends {
    match closing.after {
        After::Or => alternative(later),
        After::Pipe if !shell.pipefail => Ends::no("its answer is lost in a pipe without `pipefail`"),
        After::Background => Ends::no("it runs in the background, and nobody waits for its answer"),
        _ => Ends::Yes,
    }
}
