//! Which commands of a script are run: what stands before them may end it, choose another way or take their name.
//!
//! The walk knows what is decided without running anything (`true`, `false`, `[ 1 = 2 ]`); of any other condition it
//! says that what hangs on it is not known.

use super::shell::{After, Ends, Raw};

/// Whether a condition holds, as far as that is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Holds,
    Fails,
    /// It looks at something that only the run knows.
    Asked,
    /// It does some work, whose failure is not expected.
    Work,
}

/// What a command stands in.
#[derive(Debug)]
enum Frame {
    /// `if`, `elif`, `while`, `until`: the condition so far, and what it says of the commands that follow.
    Condition { word: &'static str, truth: Truth, shown: String, reach: Ends },
    /// `for`, `case`, `{`: what it says of the commands in it.
    Block(Ends),
}

/// For each command whether it is run: [`Ends::Yes`], or why not, or why nobody knows.
pub(super) fn reach(all: &[Raw]) -> Vec<Ends> {
    let mut walk = Walk::default();
    all.iter().map(|raw| walk.step(all, raw)).collect()
}

struct Walk {
    frames: Vec<Frame>,
    /// Whether the script still runs.
    alive: Ends,
    /// What `&&` and `||` in front say.
    chain: Ends,
    /// Programs whose name a function or an alias took.
    taken: Vec<String>,
    before: After,
}

impl Default for Walk {
    fn default() -> Self {
        let (frames, taken) = (Vec::new(), Vec::new());
        Self { frames, alive: Ends::Yes, chain: Ends::Yes, taken, before: After::Next }
    }
}

impl Walk {
    fn step(&mut self, all: &[Raw], raw: &Raw) -> Ends {
        let words: Vec<&str> = raw.words.iter().map(String::as_str).collect();
        let words = self.enter(all, &words);
        let inside = self.frames.iter().fold(Ends::Yes, |sum, frame| {
            sum.and(match frame {
                Frame::Condition { reach, .. } | Frame::Block(reach) => reach.clone(),
            })
        });
        let reach = self.alive.clone().and(inside).and(self.chain.clone());
        self.follow(words, raw, &reach);
        match self.taken.iter().find(|name| words.first() == Some(&name.as_str())) {
            Some(name) => {
                reach.and(Ends::no(format!("`{name}` is another thing here: the script took its name")))
            }
            _ => reach,
        }
    }

    /// Takes the words of compound commands in front away; what is left is a simple command.
    fn enter<'w>(&mut self, all: &[Raw], mut words: &'w [&'w str]) -> &'w [&'w str] {
        loop {
            let (Some(first), rest) = (words.first(), words.get(1..).unwrap_or_default()) else {
                return words;
            };
            match *first {
                "if" => self.condition("if", rest),
                "while" => self.condition("while", rest),
                "until" => self.condition("until", rest),
                "elif" => self.otherwise(Some(rest)),
                "else" => self.otherwise(None),
                "then" | "do" => self.body(),
                "fi" | "done" | "esac" | "}" => drop(self.frames.pop()),
                "for" | "select" => {
                    self.frames.push(Frame::Block(once_each(rest)));
                    return &[];
                }
                "case" => {
                    self.frames.push(Frame::Block(Ends::perhaps("it stands in a `case`")));
                    return &[];
                }
                "function" => return self.define(all, rest.first().copied().unwrap_or("")),
                "{" => self.frames.push(Frame::Block(Ends::Yes)),
                "!" => {}
                name if rest.first() == Some(&"{") && is_name(name) => return self.define(all, name),
                _ => {
                    if let Some(Frame::Condition { truth, shown, .. }) = self.frames.last_mut()
                        && *truth == Truth::Work
                        && shown.is_empty()
                    {
                        (*truth, *shown) = (truth_of(words), words.join(" "));
                    }
                    return words;
                }
            }
            words = rest;
        }
    }

    fn condition(&mut self, word: &'static str, rest: &[&str]) {
        let (truth, shown) = match rest.is_empty() {
            true => (Truth::Work, String::new()),
            false => (truth_of(rest), rest.join(" ")),
        };
        self.frames.push(Frame::Condition { word, truth, shown, reach: Ends::Yes });
    }

    /// `then`, `do`: from here on the condition decides.
    fn body(&mut self) {
        if let Some(Frame::Condition { word, truth, shown, reach }) = self.frames.last_mut() {
            let holds = match (*word, *truth) {
                ("until", Truth::Holds) => Truth::Fails,
                ("until", Truth::Fails) => Truth::Holds,
                (_, truth) => truth,
            };
            *reach = match holds {
                Truth::Holds => reach.clone(),
                Truth::Fails => Ends::no(format!("it never runs (`{word} {shown}`)")),
                Truth::Asked | Truth::Work => Ends::perhaps(format!("it runs only `{word} {shown}`")),
            };
        }
    }

    /// `else`, `elif`: what the conditions before leave.
    fn otherwise(&mut self, next: Option<&[&str]>) {
        if let Some(Frame::Condition { truth, shown, reach, .. }) = self.frames.last_mut() {
            *reach = match *truth {
                Truth::Holds => Ends::no(format!("it never runs (it is the other way of `if {shown}`)")),
                Truth::Fails => Ends::Yes,
                Truth::Asked | Truth::Work => {
                    Ends::perhaps(format!("it runs only where `{shown}` does not hold"))
                }
            };
            if let Some(next) = next {
                (*truth, *shown) = (truth_of(next), next.join(" "));
            }
        }
    }

    /// A function: its commands run where it is called.
    fn define(&mut self, all: &[Raw], name: &str) -> &'static [&'static str] {
        let called = all.iter().any(|raw| {
            raw.words.first().is_some_and(|w| w == name) && raw.words.get(1).is_none_or(|w| w != "{")
        });
        self.frames.push(Frame::Block(match called {
            true => Ends::perhaps(format!("it stands in the function `{name}`")),
            false => Ends::no(format!("it stands in the function `{name}`, which nothing calls")),
        }));
        self.taken.push(name.to_owned());
        &[]
    }

    /// What a command means for those behind it.
    fn follow(&mut self, words: &[&str], raw: &Raw, reach: &Ends) {
        if let ["alias", named @ ..] = words {
            self.taken.extend(named.iter().filter_map(|w| Some(w.split_once('=')?.0.to_owned())));
        }
        if let Some(end) = ends(words, self.before) {
            let gone = match reach {
                Ends::Yes => Ends::no(format!("`{end}` has ended the script before it")),
                Ends::Perhaps(_) => Ends::perhaps(format!("`{end}` may end the script before it")),
                Ends::No(_) => Ends::Yes,
            };
            self.alive = self.alive.clone().and(gone);
        }
        if let ["break" | "continue", ..] = words {
            let shown = words.join(" ");
            let always = *reach == Ends::Yes && !matches!(self.before, After::And | After::Or);
            let gone = match always {
                true => Ends::no(format!("`{shown}` stands before it")),
                false => Ends::perhaps(format!("`{shown}` may come before it")),
            };
            if let Some(Frame::Condition { reach, .. } | Frame::Block(reach)) = self.frames.last_mut() {
                *reach = reach.clone().and(gone);
            }
        }
        let shown = words.join(" ");
        self.chain = match (raw.after, truth_of(words)) {
            (After::And, Truth::Fails) => Ends::no(format!("it never runs (behind `{shown} &&`)")),
            (After::And, Truth::Asked) => Ends::perhaps(format!("it runs only if `{shown}` holds")),
            (After::Or, Truth::Holds) => Ends::no(format!("it never runs (behind `{shown} ||`)")),
            (After::Or, Truth::Asked | Truth::Work) => {
                Ends::perhaps(format!("it runs only if `{shown}` fails"))
            }
            (After::And | After::Or | After::Pipe, _) => self.chain.clone(),
            (After::Next | After::Background | After::End, _) => Ends::Yes,
        };
        self.before = raw.after;
    }
}

/// `for x in …`: once for each word, so at least once for a word that stands there.
fn once_each(words: &[&str]) -> Ends {
    let fixed = |w: &&&str| !w.contains(['$', '*', '?', '`']);
    match words.iter().skip_while(|w| **w != "in").skip(1).any(|w| fixed(&w)) {
        true => Ends::Yes,
        false => Ends::perhaps("it stands in a loop, of which nobody knows how often it runs"),
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// The command that ends the script well, or whatever a variable says; one that ends it with a failure ends the build.
fn ends(words: &[&str], before: After) -> Option<String> {
    // The code is a byte (POSIX, `exit`).
    let well = |code: &&str| code.starts_with('$') || code.parse::<u64>().is_ok_and(|n| n % 256 == 0);
    match words {
        ["exit" | "return"] if before != After::Or => words.first().map(|w| (*w).to_owned()),
        ["exit" | "return", code, ..] if well(code) && *code != "$?" => Some(words.join(" ")),
        ["exec", program, ..] if !program.starts_with(['>', '<', '2', '&']) => {
            Some(format!("exec {program}"))
        }
        ["kill", rest @ ..] if rest.contains(&"$$") => Some(words.join(" ")),
        ["set", option, ..]
            if option.starts_with('-') && !option.starts_with("--") && option.contains('n') =>
        {
            Some(words.join(" "))
        }
        _ => None,
    }
}

/// Whether a command holds, as a condition.
fn truth_of(words: &[&str]) -> Truth {
    match words {
        ["!", rest @ ..] => match truth_of(rest) {
            Truth::Holds => Truth::Fails,
            Truth::Fails => Truth::Holds,
            other => other,
        },
        ["true" | ":", ..] => Truth::Holds,
        ["false", ..] => Truth::Fails,
        ["[" | "[[", test @ .., "]" | "]]"] | ["test", test @ ..] => compared(test),
        ["grep" | "egrep" | "which" | "type" | "hash" | "cmp" | "diff", ..]
        | ["command", "-v" | "-V", ..] => Truth::Asked,
        _ => Truth::Work,
    }
}

/// `[ a = b ]` without a variable is decided.
fn compared(test: &[&str]) -> Truth {
    if test.iter().any(|w| w.contains(['$', '`', '*', '?', '['])) {
        return Truth::Asked;
    }
    let number = |w: &str| w.parse::<i64>().ok();
    let decided = match test {
        ["!", rest @ ..] => match compared(rest) {
            Truth::Holds => Some(false),
            Truth::Fails => Some(true),
            _ => None,
        },
        [] => Some(false),
        ["-n", word] => Some(!word.is_empty()),
        ["-z", word] => Some(word.is_empty()),
        [a, "=" | "==", b] => Some(a == b),
        [a, "!=", b] => Some(a != b),
        [a, "-eq", b] => number(a).zip(number(b)).map(|(a, b)| a == b),
        [a, "-ne", b] => number(a).zip(number(b)).map(|(a, b)| a != b),
        [a, "-lt", b] => number(a).zip(number(b)).map(|(a, b)| a < b),
        [a, "-gt", b] => number(a).zip(number(b)).map(|(a, b)| b < a),
        [word] if !word.starts_with('-') => Some(true),
        _ => None,
    };
    match decided {
        Some(true) => Truth::Holds,
        Some(false) => Truth::Fails,
        None => Truth::Asked,
    }
}
