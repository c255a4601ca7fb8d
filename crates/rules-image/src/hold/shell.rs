//! A shell script as the commands it runs, each with what becomes of its answer.

use super::group::around;
use super::reach::reach;

/// Quoted commands within one another that are looked into.
const NESTED_MAX: usize = 3;

/// Commands of one script; of a longer one it is not known what becomes of any answer.
const SCRIPT_COMMANDS_MAX: usize = 4096;

/// How the shell that runs a script treats failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shell {
    /// A command that fails ends the script.
    pub(super) errexit: bool,
    /// A pipe fails if any part of it does.
    pub(super) pipefail: bool,
}

impl Shell {
    /// `set -euo pipefail`, `set +o errexit`.
    fn set(&mut self, words: &[String]) {
        let mut words = words.iter().skip(1).map(String::as_str);
        while let Some(word) = words.next() {
            let on = word.starts_with('-');
            if word.starts_with("--") || !(on || word.starts_with('+')) {
                continue;
            }
            if word.contains('e') {
                self.errexit = on;
            }
            match word.ends_with('o').then(|| words.next()).flatten() {
                Some("errexit") => self.errexit = on,
                Some("pipefail") => self.pipefail = on,
                _ => {}
            }
        }
    }
}

/// Whether the answer of a command, a step or a job ends the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ends {
    Yes,
    /// That depends on what this file does not say.
    Perhaps(String),
    No(String),
}

impl Ends {
    /// What is lost on the way stays lost.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No(why), _) | (_, Self::No(why)) => Self::No(why),
            (Self::Perhaps(why), _) | (_, Self::Perhaps(why)) => Self::Perhaps(why),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    pub(super) fn no(why: impl Into<String>) -> Self {
        Self::No(why.into())
    }

    pub(super) fn perhaps(why: impl Into<String>) -> Self {
        Self::Perhaps(why.into())
    }
}

/// A command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) words: Vec<String>,
    /// 0-based line within the script.
    pub(super) line: usize,
    pub(super) ends: Ends,
    /// Folder that `cd` has led to, from where the script began.
    pub(super) folder: String,
}

/// What follows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    And,
    Or,
    Pipe,
    Background,
    Next,
    End,
}

#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) words: Vec<String>,
    line: usize,
    pub(super) after: After,
}

/// The commands of a script, those in quotes that it hands to another shell as well.
pub(super) fn commands(script: &str, shell: Shell) -> Vec<Command> {
    within(script, shell, 0)
}

fn within(script: &str, shell: Shell, depth: usize) -> Vec<Command> {
    let mut all = split(script);
    let too_long = SCRIPT_COMMANDS_MAX < all.len();
    all.truncate(SCRIPT_COMMANDS_MAX);
    let mut shell = shell;
    let mut folder = String::new();
    let mut conditions = 0_usize;
    let mut trapped = Ends::Yes;
    let mut out = Vec::new();
    let strict = around(&all, Shell { pipefail: true, ..shell });
    let plain = around(&all, Shell { pipefail: false, ..shell });
    for ((n, raw), reached) in all.iter().enumerate().zip(reach(&all)) {
        let first = raw.words.first().map_or("", String::as_str);
        match first {
            "set" => shell.set(&raw.words),
            "trap" if turns_well(&raw.words) => {
                trapped = Ends::no("a `trap` ends the script well, whatever came before");
            }
            "cd" | "pushd" => folder = join(&folder, raw.words.get(1).map_or("~", String::as_str)),
            "if" | "elif" | "while" | "until" => conditions += 1,
            "then" | "do" => conditions = conditions.saturating_sub(1),
            _ => {}
        }
        let asked = conditions != 0 || first == "!";
        let ends = match too_long {
            true => Ends::perhaps(format!("its script has more than {SCRIPT_COMMANDS_MAX} commands")),
            false => answer(&all, n, shell, asked),
        };
        let outer = if shell.pipefail { strict.get(n) } else { plain.get(n) };
        let ends = reached.and(ends).and(outer.cloned().unwrap_or(Ends::Yes)).and(trapped.clone());
        if depth < NESTED_MAX && !matches!(first, "echo" | "printf") {
            for inside in raw.words.iter().filter(|w| w.contains([' ', '\n'])) {
                let other = Shell { errexit: false, pipefail: false };
                for mut command in within(inside, other, depth + 1) {
                    command.line += raw.line;
                    command.ends = ends.clone().and(command.ends);
                    command.folder = join(&folder, &command.folder);
                    out.push(command);
                }
            }
        }
        out.push(Command { words: raw.words.clone(), line: raw.line, ends, folder: folder.clone() });
    }
    out
}

/// What becomes of the answer of command `n`.
fn answer(all: &[Raw], n: usize, shell: Shell, asked: bool) -> Ends {
    let Some(raw) = all.get(n) else { return Ends::Yes };
    let later = all.get(n + 1..).unwrap_or_default();
    if asked {
        return match later.iter().any(exits) {
            true => Ends::perhaps("what becomes of its answer is up to the script around it"),
            false => Ends::no("its answer only chooses what the script does next"),
        };
    }
    match raw.after {
        After::Background => return Ends::no("it runs in the background, and nobody waits for its answer"),
        After::Pipe if !shell.pipefail => return Ends::no("its answer is lost in a pipe without `pipefail`"),
        After::Or => return alternative(later),
        _ => {}
    }
    // The rest of the pipe, then what follows it.
    let chain = later.iter().take(position_after_pipe(raw, later)).count();
    let after =
        if raw.after == After::Pipe { later.get(chain).map_or(After::End, |c| c.after) } else { raw.after };
    let rest = later.get(chain..).unwrap_or_default();
    match after {
        After::Or => alternative(rest),
        After::And => {
            let chained = rest.iter().take_while(|c| matches!(c.after, After::And | After::Pipe)).count() + 1;
            match rest.len() <= chained {
                true => Ends::Yes,
                false => Ends::no("a failure before `&&` does not end the script, which goes on"),
            }
        }
        After::Next if !shell.errexit && rest.iter().any(|c| !c.words.is_empty()) => unchecked(rest),
        _ => Ends::Yes,
    }
}

/// How many commands of `later` belong to the pipe that `raw` begins.
fn position_after_pipe(raw: &Raw, later: &[Raw]) -> usize {
    match raw.after {
        After::Pipe => later.iter().take_while(|c| c.after == After::Pipe).count(),
        _ => 0,
    }
}

/// `|| …`: what comes instead decides.
pub(super) fn alternative(later: &[Raw]) -> Ends {
    let mut named = "";
    for command in later {
        if exits(command) || command.words.first().is_some_and(|w| w == "false") {
            return Ends::Yes;
        }
        let first = command.words.first().map_or("", String::as_str);
        named = if named.is_empty() { first } else { named };
        let ends_line = matches!(command.after, After::Next | After::End);
        if first == "}" || (ends_line && !is_block(later)) {
            break;
        }
    }
    Ends::no(format!("`|| {named}` throws its answer away"))
}

/// Whether `|| { …; }` opens a block, whose commands are all part of the alternative.
fn is_block(later: &[Raw]) -> bool {
    later.first().and_then(|c| c.words.first()).is_some_and(|w| w == "{")
}

/// `exit 1`, `exit $?`, `return 1`, `exit` right behind `||`.
fn exits(command: &Raw) -> bool {
    let words: Vec<&str> =
        command.words.iter().map(String::as_str).filter(|w| !matches!(*w, "{" | "then")).collect();
    match words.as_slice() {
        ["exit" | "return", code, ..] => *code != "0",
        ["exit"] => true,
        _ => false,
    }
}

/// `trap 'exit 0' EXIT`: what was to fail ends well.
fn turns_well(words: &[String]) -> bool {
    let ends = words.iter().skip(2).any(|w| matches!(w.as_str(), "EXIT" | "0" | "ERR" | "TERM"));
    let action: Vec<&str> = words.get(1).map_or("", String::as_str).split_whitespace().collect();
    let well = action.iter().enumerate().any(|(n, word)| {
        let code = action.get(n + 1).map_or("", |c| c.trim_end_matches(';'));
        word.trim_end_matches(';') == "exit" && (code.is_empty() || code == "0" || word.ends_with(';'))
    });
    ends && well
}

/// Without `errexit` a later command's answer counts, unless the script looks at the first one.
fn unchecked(later: &[Raw]) -> Ends {
    let looks = later.iter().any(|c| c.words.iter().any(|w| w.contains("$?")) || exits(c));
    match looks {
        true => Ends::perhaps("what becomes of its answer is up to the script around it"),
        false => Ends::no("the script goes on after it fails, and a later command's answer counts"),
    }
}

/// `b` seen from `a`; `b` alone if it begins anew.
pub(super) fn join(a: &str, b: &str) -> String {
    match (a, b) {
        (a, "" | ".") => a.to_owned(),
        ("", b) => b.to_owned(),
        (_, b) if b.starts_with(['/', '$', '~']) => b.to_owned(),
        (a, b) => format!("{}/{b}", a.trim_end_matches('/')),
    }
}

/// Splits at line ends, `;`, `&&`, `||`, `|`, `&` outside of quotes; here-documents and comments are left out.
fn split(script: &str) -> Vec<Raw> {
    let chars: Vec<char> = script.chars().collect();
    let mut out = Splitter::default();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += out.take(&chars, at, c).max(1);
    }
    out.close(After::End);
    out.done
}

#[derive(Default)]
struct Splitter {
    done: Vec<Raw>,
    words: Vec<String>,
    word: String,
    is_word: bool,
    quote: Option<char>,
    line: usize,
    began: usize,
    /// End marks of here-documents that begin at the next line.
    documents: Vec<String>,
}

impl Splitter {
    /// Takes the character at `at`; answers how many were taken.
    fn take(&mut self, chars: &[char], at: usize, c: char) -> usize {
        let next = chars.get(at + 1).copied().unwrap_or('\n');
        if c == '\n' {
            self.line += 1;
        }
        if let Some(q) = self.quote {
            match c {
                c if c == q => self.quote = None,
                '\\' if q == '"' && matches!(next, '"' | '\\' | '$') => {
                    self.push(next);
                    return 2;
                }
                c => self.push(c),
            }
            return 1;
        }
        match c {
            '\'' | '"' => {
                self.quote = Some(c);
                self.is_word = true;
            }
            '\\' if next == '\n' => {
                self.line += 1;
                self.end_word();
                return 2;
            }
            '\\' => {
                self.push(next);
                return 2;
            }
            '#' if !self.is_word => {
                return chars.get(at..).unwrap_or_default().iter().take_while(|c| **c != '\n').count();
            }
            '$' if next == '{' || next == '(' => return self.expansion(chars, at),
            '<' if next == '<' => return self.here_document(chars, at),
            '\n' => {
                self.close(After::Next);
                return 1 + self.skip_documents(chars, at + 1);
            }
            ';' => self.close(After::Next),
            '&' if next == '&' => {
                self.close(After::And);
                return 2;
            }
            '|' if next == '|' => {
                self.close(After::Or);
                return 2;
            }
            '&' if next == '>' || chars.get(at.wrapping_sub(1)).is_some_and(|b| *b == '>') => self.push(c),
            '&' => self.close(After::Background),
            '|' => self.close(After::Pipe),
            c if c.is_whitespace() || matches!(c, '(' | ')' | '`') => self.end_word(),
            c => self.push(c),
        }
        1
    }

    fn push(&mut self, c: char) {
        self.word.push(c);
        self.is_word = true;
    }

    fn end_word(&mut self) {
        if self.is_word {
            if self.words.is_empty() {
                self.began = self.line;
            }
            self.words.push(std::mem::take(&mut self.word));
            self.is_word = false;
        }
    }

    fn close(&mut self, after: After) {
        self.end_word();
        // A newline has been counted already when it ends the command.
        let line = self.began.min(self.line);
        if self.words.is_empty() {
            return;
        }
        self.done.push(Raw { words: std::mem::take(&mut self.words), line, after });
    }

    /// `${…}`, `${{ … }}` and `$(…)` are one part of a word, blanks left out of the second.
    fn expansion(&mut self, chars: &[char], at: usize) -> usize {
        let mut depth = 0_usize;
        let mut taken = 0;
        for &c in chars.get(at..).unwrap_or_default() {
            taken += 1;
            match c {
                '{' | '(' => depth += 1,
                '}' | ')' => depth = depth.saturating_sub(1),
                '\n' => self.line += 1,
                _ => {}
            }
            if !c.is_whitespace() {
                self.push(c);
            }
            if depth == 0 && taken != 1 {
                break;
            }
        }
        taken
    }

    /// `<<EOF`, `<<-'EOF'`: remembers the end mark.
    fn here_document(&mut self, chars: &[char], at: usize) -> usize {
        let rest: String =
            chars.get(at + 2..).unwrap_or_default().iter().take_while(|c| **c != '\n').collect();
        let mark = rest.trim_start_matches('-').trim_start();
        let mark: String = mark
            .trim_start_matches(['\'', '"'])
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if !mark.is_empty() && !rest.starts_with('<') {
            self.documents.push(mark);
        }
        2
    }

    /// Characters of the here-documents that begin at `from`.
    fn skip_documents(&mut self, chars: &[char], from: usize) -> usize {
        let mut at = from;
        for mark in std::mem::take(&mut self.documents) {
            while at < chars.len() {
                let line: String =
                    chars.get(at..).unwrap_or_default().iter().take_while(|c| **c != '\n').collect();
                at += line.chars().count() + 1;
                self.line += 1;
                if line.trim() == mark {
                    break;
                }
            }
        }
        at - from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Shell = Shell { errexit: true, pipefail: false };

    /// What becomes of the answer of `scan`.
    fn ends(script: &str) -> Ends {
        let all = commands(script, STRICT);
        all.into_iter()
            .rfind(|c| c.words.iter().any(|w| w == "scan"))
            .map_or(Ends::no("no such command"), |c| c.ends)
    }

    fn lost(script: &str) -> bool {
        matches!(ends(script), Ends::No(_))
    }

    #[test]
    fn an_answer_ends_the_script_or_is_lost() {
        for script in [
            "scan x",
            "make && scan x",
            "scan x && echo done",
            "scan x || exit 1",
            "scan x || { echo bad; exit 1; }",
            "scan x || false",
            "set -o pipefail\nscan x | tee y",
            "sh -c 'scan x'",
            "echo a; scan x; echo b",
            "scan x > y 2>&1",
        ] {
            assert_eq!(ends(script), Ends::Yes, "{script}");
        }
        for script in [
            "scan x || true",
            "scan x || echo bad",
            "scan x || exit 0",
            "scan x | tee y",
            "scan x &",
            "scan x && echo ok\necho on",
            "set +e\nscan x\necho done",
            "if scan x; then echo clean; fi",
            "sh -c 'scan x; echo done'",
            "sh -c 'scan x' || true",
        ] {
            assert!(lost(script), "{script}: {:?}", ends(script));
        }
        for script in ["if ! scan x; then exit 1; fi", "set +e\nscan x\ncode=$?\nexit $code"] {
            assert!(matches!(ends(script), Ends::Perhaps(_)), "{script}: {:?}", ends(script));
        }
    }

    #[test]
    fn what_stands_before_decides_whether_a_command_runs() {
        for script in [
            "exit 0\nscan x",
            "exit 256\nscan x",
            "for i in a; do break; scan x; done",
            "exec make\nscan x",
            "if false; then scan x; fi",
            "if true; then make; else scan x; fi",
            "while false; do scan x; done",
            "if [ 1 = 2 ]; then\n  scan x\nfi",
            "false && scan x",
            "true || scan x",
            "check() {\n  scan x\n}\nmake",
            "function check {\n  scan x\n}",
            "alias scan=true\nscan x",
            "scan() { true; }\nscan x",
            "trap 'exit 0' EXIT\nscan x",
            "trap 'rm -f t; exit 0' ERR EXIT\nscan x",
            "set -n\nscan x",
            "kill $$\nscan x",
            "sh -c 'exit 0; scan x'",
        ] {
            assert!(lost(script), "{script}: {:?}", ends(script));
        }
        for script in [
            "if true; then scan x; fi",
            "for i in 1 2 3; do docker pull x && break; sleep 5; done\nscan x",
            "[ -f Dockerfile ] || exit 1\nscan x",
            "if [ -z \"$A\" ]; then echo no; exit 1; fi\nscan x",
            "for i in a b; do scan $i; done",
            "trap 'rm -rf t' EXIT\nscan x",
            "{ scan x; }",
            "false || scan x",
            "if false; then exit 0; fi\nscan x",
            "until false; do make; scan x; done",
            "if make; then echo yes; else exit 1; fi\nscan x",
            "cd a && scan x",
        ] {
            assert_eq!(ends(script), Ends::Yes, "{script}");
        }
        for script in [
            "if [ -n \"$CI\" ]; then scan x; fi",
            "[ \"$A\" = b ] && scan x",
            "make || scan x",
            "[ -n \"$SKIP\" ] && exit 0\nscan x",
            "case $A in\n  b) scan x ;;\nesac",
            "for i in $ALL; do scan $i; done",
            "check() { scan x; }\ncheck",
            "exit $A\nscan x; exit 0",
        ] {
            let told = ends(script);
            assert!(matches!(told, Ends::Perhaps(_)) || script.starts_with("exit $A"), "{script}: {told:?}");
        }
    }

    #[test]
    fn what_is_no_command_is_none() {
        for script in ["# scan x", "echo 'scan x'", "cat > s.sh <<EOF\nscan x\nEOF\n", "make # scan x"] {
            assert_eq!(ends(script), Ends::no("no such command"), "{script}");
        }
    }

    #[test]
    fn a_script_without_end_is_not_judged() {
        let script = "true\n".repeat(SCRIPT_COMMANDS_MAX - 1) + "scan x\ntrue\n";
        assert!(matches!(ends(&script), Ends::Perhaps(_)));
    }

    #[test]
    fn words_lines_and_folders() {
        let all = commands("cd a\nscan ${{ github.sha }} \\\n  \"b c\" $(cat v)\ncd b && scan y", STRICT);
        let scans: Vec<_> = all.iter().filter(|c| c.words[0] == "scan").collect();
        assert_eq!(scans[0].words, ["scan", "${{github.sha}}", "b c", "$(catv)"]);
        assert_eq!((scans[0].line, scans[0].folder.as_str()), (1, "a"));
        assert_eq!((scans[1].line, scans[1].folder.as_str()), (3, "a/b"));
    }
}
