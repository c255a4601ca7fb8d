//! A shell script as the commands it runs, each with what becomes of its answer.

use super::flow;
use super::parse::{Kind, Node, Simple, Tree, parse};

/// Commands of one script; of a longer one it is not known what becomes of any answer.
pub(super) const SCRIPT_COMMANDS_MAX: usize = 4096;

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
    pub(super) fn set(&mut self, words: &[&str]) {
        let mut words = words.iter().skip(1).copied();
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

/// A script, read once.
pub(super) struct Script {
    tree: Tree,
    shell: Shell,
}

impl Script {
    pub(super) fn read(text: &str, shell: Shell) -> Self {
        Self { tree: parse(text), shell }
    }

    /// Its commands, those in quotes that it hands to another shell as well.
    pub(super) fn commands(&self) -> &[Simple] {
        &self.tree.commands
    }

    /// Whether it does one command after the other, whatever comes.
    pub(super) fn is_straight(&self) -> bool {
        let simple = |node: &Node| matches!(node.kind, Kind::Simple(_));
        match &self.tree.root.kind {
            Kind::List(nodes) => nodes.iter().all(simple),
            _ => simple(&self.tree.root),
        }
    }

    /// What becomes of the answer of a command.
    pub(super) fn ends(&self, index: usize) -> Ends {
        if SCRIPT_COMMANDS_MAX < self.tree.commands.len() {
            return Ends::perhaps(format!("its script has more than {SCRIPT_COMMANDS_MAX} commands"));
        }
        match self.tree.commands.get(index) {
            Some(command) if !command.flawed => flow::ends(&self.tree, index, self.shell),
            _ => Ends::perhaps("its script cannot be read as one of a POSIX shell"),
        }
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
