//! What a simple command does to the shell that runs it, and how it ends.

use super::flow::{Flow, Scan, Walk, Way};
use super::parse::Simple;
use super::shell::Shell;
use super::value::{Status, Value, is_name};

/// Programs that are shells.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "ash"];

/// Words before assignments that the shell keeps.
const DECLARING: [&str; 5] = ["export", "local", "readonly", "declare", "typeset"];

/// Variables that a command sets in its shell, each with the text.
pub(super) fn assigned(words: &[String]) -> Vec<(&str, &str)> {
    let split = |w: &'_ str| w.split_once('=').is_some_and(|(n, _)| is_name(n.trim_end_matches('+')));
    let rest = match words {
        [first, rest @ ..] if DECLARING.contains(&first.as_str()) => rest,
        all if all.iter().all(|w| split(w)) => all,
        _ => return Vec::new(),
    };
    let pairs = rest.iter().filter(|w| split(w)).filter_map(|w| w.split_once('='));
    pairs.collect()
}

impl<'t> Walk<'t> {
    pub(super) fn simple(&mut self, id: usize, mut way: Way, tested: bool) -> Vec<Way> {
        let tree = self.tree;
        let Some(command) = tree.commands.get(id) else { return vec![way] };
        let assigns = |w: &&String| w.split_once('=').is_some_and(|(name, _)| is_name(name));
        let all: Vec<&str> = command.words.iter().skip_while(assigns).map(String::as_str).collect();
        let name = all.first().copied().unwrap_or("");
        if let Some(ways) = self.taken(id, name, &way, tested) {
            return ways;
        }
        if id == self.scan {
            let ways = scanned(command, way).into_iter().flat_map(|way| self.settled(way, tested));
            let last = |way: Way| if name == "exec" { way.goes(Flow::Exit) } else { way };
            return ways.map(last).collect();
        }
        let set = assigned(&command.words);
        if !set.is_empty() || all.is_empty() {
            return self.assign(&set, way, tested);
        }
        if let Some(ways) = self.leaving(&all, &way) {
            return ways;
        }
        if name == "trap" {
            return vec![trapped(&all, command.inner, way)];
        }
        if let Some(body) = command.inner.and_then(|body| tree.bodies.get(body)) {
            if name == "eval" {
                return self.eval(body, way, tested);
            }
            // Another shell, which knows nothing of what this one looks at.
            let ways = self.within(body, way, shell_of(&command.words), false);
            return ways.into_iter().flat_map(|way| self.settled(way, tested)).collect();
        }
        let status = status(&all, &mut way);
        self.settled(ended(way, status), tested)
    }

    /// A function that has the command's name, or an alias.
    fn taken(&mut self, id: usize, name: &str, way: &Way, tested: bool) -> Option<Vec<Way>> {
        let why = || format!("`{name}` is another thing here: the script took its name");
        let note = |way: Way| {
            let unnoted = id == self.scan && way.state.scan == Scan::NotRun;
            if unnoted { way.because(why()) } else { way }
        };
        if way.state.aliases.contains(name) {
            let way = note(way.clone());
            return Some(self.settled(ended(way, Status::Work), tested));
        }
        let body = way.state.functions.get(name).and_then(|body| self.tree.bodies.get(*body))?;
        let way = note(way.clone());
        let ways = self.eval(body, way, tested);
        let back = |way: Way| match way.flow {
            Flow::Exit => vec![way],
            _ => self.settled(way.goes(Flow::Next), tested),
        };
        Some(ways.into_iter().flat_map(back).collect())
    }

    fn assign(&mut self, set: &[(&str, &str)], mut way: Way, tested: bool) -> Vec<Way> {
        let mut status = Status::Zero;
        for (name, text) in set {
            let value = match name.ends_with('+') {
                true => Value::Open,
                false => way.state.values.value(text),
            };
            if text.contains("$(") && !text.starts_with("$((") {
                status = Status::Work;
            }
            way.state.values.variables.insert(name.trim_end_matches('+').to_owned(), value);
        }
        self.settled(ended(way, status), tested)
    }

    /// Commands that end the script, a function or a loop.
    fn leaving(&self, words: &[&str], way: &Way) -> Option<Vec<Way>> {
        let shown = words.join(" ");
        let gone = |flow: Flow, status: Status, why: String| {
            let unnoted = way.state.scan == Scan::NotRun;
            let way = if unnoted { way.clone().because(why) } else { way.clone() };
            Some(vec![way.ends(status).goes(flow)])
        };
        let before = || format!("`{shown}` ends the script before it");
        match words {
            [word @ ("exit" | "return"), rest @ ..] => {
                let flow = if *word == "exit" { Flow::Exit } else { Flow::Return };
                let status = match (rest.first(), self.trapped) {
                    (Some(code), _) => way.state.values.code(code),
                    (None, Some(status)) if *word == "exit" => status,
                    (None, _) => way.status(),
                };
                gone(flow, status, before())
            }
            [word @ ("break" | "continue"), rest @ ..] => {
                let count = rest.first().and_then(|n| n.parse().ok()).unwrap_or(1);
                let flow = if *word == "break" { Flow::Break(count) } else { Flow::Continue(count) };
                gone(flow, Status::Zero, format!("`{shown}` stands before it"))
            }
            ["exec", _, ..] => gone(Flow::Exit, Status::Work, before()),
            ["kill", rest @ ..] if rest.contains(&"$$") => gone(Flow::Exit, Status::Fails, before()),
            ["set", option, ..]
                if option.starts_with('-') && !option.starts_with("--") && option.contains('n') =>
            {
                gone(Flow::Exit, Status::Zero, before())
            }
            _ => None,
        }
    }
}

/// The scan fails. One whose words hang on variables may fail once and pass at another time; one whose words are fixed
/// answers always alike.
fn scanned(command: &Simple, way: Way) -> Vec<Way> {
    let varies = command.words.iter().any(|w| w.contains('$'));
    let run = |mut way: Way, scan: Scan| {
        way.state.scan = scan;
        way.why = None;
        ended(way, if scan == Scan::Failed { Status::Fails } else { Status::Zero })
    };
    match (varies, way.state.scan) {
        (true, Scan::Failed) => vec![ended(way, Status::Zero)],
        (true, _) => vec![run(way.clone(), Scan::Failed), run(way, Scan::Passed)],
        (false, _) => vec![run(way, Scan::Failed)],
    }
}

fn ended(mut way: Way, status: Status) -> Way {
    way.state.values.pipe = vec![status];
    way.ends(status)
}

/// `trap ACTION EXIT`, `trap - EXIT`.
fn trapped(words: &[&str], inner: Option<usize>, mut way: Way) -> Way {
    for signal in words.iter().skip(2) {
        match *signal {
            "EXIT" | "0" => way.state.exit_trap = inner,
            "ERR" => way.state.error_trap = inner,
            _ => {}
        }
    }
    ended(way, Status::Zero)
}

/// How the shell treats failures that is called with a script: `bash -ec '…'`.
fn shell_of(words: &[String]) -> Shell {
    let mut shell = Shell { errexit: false, pipefail: false };
    let program = |w: &String| SHELLS.contains(&w.rsplit('/').next().unwrap_or(w));
    if let Some(at) = words.iter().position(program) {
        let options = words.iter().skip(at).take_while(|w| !w.contains([' ', '\n']));
        shell.set(&options.map(String::as_str).collect::<Vec<_>>());
    }
    shell
}

/// How any other command ends, and what it changes in its shell.
fn status(words: &[&str], way: &mut Way) -> Status {
    let asked = match way.state.scan {
        // What lies in files now may come from the scan.
        Scan::Failed => Status::Open,
        Scan::NotRun | Scan::Passed => Status::Asked,
    };
    match words {
        ["set", ..] => {
            way.state.shell.set(words);
            Status::Zero
        }
        ["alias", named @ ..] => {
            way.state.aliases.extend(named.iter().filter_map(|w| Some(w.split_once('=')?.0.to_owned())));
            Status::Zero
        }
        ["unset", names @ ..] => {
            for name in names {
                way.state.values.variables.insert((*name).to_owned(), Value::Text(String::new()));
                way.state.functions.remove(*name);
            }
            Status::Zero
        }
        ["read" | "let" | "mapfile" | "getopts", rest @ ..] => {
            for word in rest {
                let name = word.split(['=', '+', '-', '|']).next().unwrap_or("");
                if is_name(name) {
                    way.state.values.variables.insert(name.to_owned(), Value::Open);
                }
            }
            asked
        }
        ["wait", ids @ ..] => match ids.last() {
            Some(id) if id.starts_with('$') => way.state.values.code(id),
            Some(_) => Status::Open,
            None => Status::Zero,
        },
        ["true" | ":" | "echo" | "printf" | "shift" | "umask" | "pwd", ..] => Status::Zero,
        ["false", ..] => Status::Fails,
        ["[" | "[[", test @ .., "]" | "]]"] | ["test", test @ ..] => match way.state.values.test(test) {
            Status::Asked
                if test.first().is_some_and(|w| w.starts_with('-') && !matches!(*w, "-n" | "-z")) =>
            {
                asked
            }
            status => status,
        },
        ["grep" | "egrep" | "which" | "type" | "hash" | "cmp" | "diff" | "jq", ..]
        | ["command", "-v" | "-V", ..] => asked,
        _ => Status::Work,
    }
}
