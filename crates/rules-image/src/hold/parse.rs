//! A shell script as a tree of what it does (POSIX shell, 2.9 and 2.10, with bash's habits).
//!
//! The parser takes whatever it is given: what it cannot place it passes over, and says so of all commands around.

use super::lex::{Kind as Lexed, Token, tokens};
use super::shell::join;

/// Quoted commands within one another that are looked into.
const NESTED_MAX: usize = 3;

/// Compound commands within one another.
const COMPOUNDS_MAX: usize = 40;

/// A script: its commands in the order in which they stand, and what decides which of them run.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) commands: Vec<Simple>,
    /// Bodies of functions and quoted commands, which run where something calls them.
    pub(super) bodies: Vec<Node>,
    /// Functions with their bodies.
    pub(super) functions: Vec<(String, usize)>,
    pub(super) root: Node,
}

/// A command without compound ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Simple {
    /// Without redirections.
    pub(super) words: Vec<String>,
    /// Each with the file that it names, or the here-document.
    pub(super) redirects: Vec<(&'static str, String)>,
    /// 0-based line within the script.
    pub(super) line: usize,
    /// Folder that `cd` has led to, from where the script began.
    pub(super) folder: String,
    /// Its script is none, as far as is known here.
    pub(super) flawed: bool,
    /// Body of what it hands to another shell.
    pub(super) inner: Option<usize>,
}

/// A part of the tree with the commands that stand in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What a part does.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Simple(usize),
    List(Vec<Node>),
    /// Each with whether `&&` stands before it, and not `||`.
    Chain(Box<Node>, Vec<(bool, Node)>),
    Not(Box<Node>),
    Pipe(Vec<Node>),
    Background(Box<Node>),
    Subshell(Box<Node>),
    /// Conditions with what they guard, and what `else` does.
    If(Vec<(Node, Node)>, Option<Box<Node>>),
    Loop {
        until: bool,
        asked: Box<Node>,
        body: Box<Node>,
    },
    For {
        name: String,
        words: Vec<String>,
        body: Box<Node>,
    },
    Case {
        word: String,
        arms: Vec<(Vec<String>, Node)>,
    },
    Function {
        name: String,
        body: usize,
    },
    Arithmetic(String),
}

impl Default for Kind {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

/// Words that only stand where something was opened.
const CLOSING: [&str; 9] = ["then", "elif", "else", "fi", "do", "done", "esac", "}", "in"];

/// Reads a script.
pub(super) fn parse(script: &str) -> Tree {
    let mut tree = Tree::default();
    let place = Place { line: 0, folder: String::new(), nested: 0 };
    tree.root = script_of(script, place, &mut tree);
    tree
}

/// Where a script within a script begins.
struct Place {
    line: usize,
    folder: String,
    nested: usize,
}

fn script_of(script: &str, place: Place, tree: &mut Tree) -> Node {
    let (tokens, closed) = tokens(script);
    let from = tree.commands.len();
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, flawed: !closed, place, tree };
    let node = parser.list(&[]);
    if parser.flawed {
        parser.tree.commands.iter_mut().skip(from).for_each(|c| c.flawed = true);
    }
    node
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    flawed: bool,
    place: Place,
    tree: &'t mut Tree,
}

impl<'t> Parser<'t> {
    fn peek(&self, ahead: usize) -> Option<&'t Lexed> {
        self.tokens.get(self.at + ahead).map(|t| &t.kind)
    }

    fn is_mark(&self, ahead: usize, mark: &str) -> bool {
        matches!(self.peek(ahead), Some(Lexed::Mark(m)) if *m == mark)
    }

    /// The next word as it is reserved: without quotes.
    fn reserved(&self) -> Option<&'t str> {
        match self.peek(0) {
            Some(Lexed::Word { text, plain: true }) => Some(text),
            _ => None,
        }
    }

    fn eat(&mut self, mark: &str) -> bool {
        let found = self.is_mark(0, mark) || self.reserved() == Some(mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) {
        self.flawed |= !self.eat(mark);
    }

    fn lines(&mut self) {
        while self.eat("\n") {}
    }

    fn word(&mut self) -> Option<String> {
        match self.peek(0) {
            Some(Lexed::Word { text, .. }) => {
                self.at += 1;
                Some(text.clone())
            }
            _ => None,
        }
    }

    fn node(&self, from: usize, kind: Kind) -> Node {
        Node { kind, from, to: self.tree.commands.len() }
    }

    fn begin(&self) -> usize {
        self.tree.commands.len()
    }

    /// Commands up to one of `until`, which stays.
    fn list(&mut self, until: &[&str]) -> Node {
        let from = self.begin();
        let mut nodes = Vec::new();
        self.depth += 1;
        while let Some(next) = self.peek(0) {
            let (word, mark) = match next {
                Lexed::Word { .. } => (self.reserved().unwrap_or(""), ""),
                Lexed::Mark(mark) => ("", *mark),
                Lexed::Redirect(_) => ("", ""),
            };
            if until.contains(&word) || until.contains(&mark) {
                break;
            }
            if matches!(mark, "\n" | ";") {
                self.at += 1;
                continue;
            }
            if CLOSING.contains(&word) && word != "in" {
                self.flawed = true;
                self.at += 1;
                continue;
            }
            let before = self.at;
            let node = self.chain();
            self.flawed |= before == self.at;
            self.at += usize::from(before == self.at);
            let background = self.eat("&");
            nodes.push(match background {
                true => Node { from: node.from, to: node.to, kind: Kind::Background(Box::new(node)) },
                false => node,
            });
        }
        self.depth -= 1;
        match nodes.len() {
            1 => nodes.remove(0),
            _ => self.node(from, Kind::List(nodes)),
        }
    }

    fn chain(&mut self) -> Node {
        let from = self.begin();
        let first = self.pipe();
        let mut rest = Vec::new();
        loop {
            let and = self.eat("&&");
            if !and && !self.eat("||") {
                break;
            }
            self.lines();
            rest.push((and, self.pipe()));
        }
        match rest.is_empty() {
            true => first,
            false => self.node(from, Kind::Chain(Box::new(first), rest)),
        }
    }

    fn pipe(&mut self) -> Node {
        let from = self.begin();
        let mut turned = false;
        loop {
            match self.reserved() {
                Some("!") => turned = !turned,
                Some("time") => {}
                _ => break,
            }
            self.at += 1;
        }
        let mut nodes = vec![self.command()];
        while self.eat("|") || self.eat("|&") {
            self.lines();
            nodes.push(self.command());
        }
        let node = match nodes.len() {
            1 => nodes.remove(0),
            _ => self.node(from, Kind::Pipe(nodes)),
        };
        if turned { self.node(from, Kind::Not(Box::new(node))) } else { node }
    }

    fn command(&mut self) -> Node {
        let from = self.begin();
        if COMPOUNDS_MAX < self.depth {
            self.flawed = true;
            return self.simple();
        }
        let kind = match (self.peek(0), self.reserved()) {
            (Some(Lexed::Mark("(")), _) => self.parentheses(),
            (_, Some("{")) => {
                self.at += 1;
                let node = self.list(&["}"]);
                self.expect("}");
                node.kind
            }
            (_, Some("if")) => self.condition(),
            (_, Some(word @ ("while" | "until"))) => {
                self.at += 1;
                let asked = Box::new(self.list(&["do"]));
                Kind::Loop { until: word == "until", asked, body: Box::new(self.body()) }
            }
            (_, Some("for" | "select")) => self.each(),
            (_, Some("case")) => self.case(),
            (_, Some("function")) => {
                self.at += 1;
                let name = self.word().unwrap_or_default();
                let _ = self.eat("(") && self.eat(")");
                self.function(name)
            }
            _ => return self.simple(),
        };
        while let Some(Lexed::Redirect(_)) = self.peek(0) {
            self.at += 1;
            self.flawed |= self.word().is_none();
        }
        self.node(from, kind)
    }

    /// `(…)` and `((…))`.
    fn parentheses(&mut self) -> Kind {
        self.at += 1;
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        let glued = |t: &Token, mark| t.glued && t.kind == Lexed::Mark(mark);
        if rest.first().is_some_and(|t| glued(t, "(")) {
            let line = rest.iter().take_while(|t| !matches!(t.kind, Lexed::Mark("\n" | ";")));
            let length = line.count();
            let end = (1..length).find(|n| {
                rest.get(n - 1).is_some_and(|t| t.kind == Lexed::Mark(")"))
                    && rest.get(*n).is_some_and(|t| glued(t, ")"))
            });
            if let Some(end) = end {
                self.at += end + 1;
                return Kind::Arithmetic(written(rest.get(1..end - 1).unwrap_or_default()));
            }
        }
        let folder = self.place.folder.clone();
        let node = self.list(&[")"]);
        self.expect(")");
        self.place.folder = folder;
        Kind::Subshell(Box::new(node))
    }

    fn condition(&mut self) -> Kind {
        let mut arms = Vec::new();
        while self.eat("if") || self.eat("elif") {
            let asked = self.list(&["then"]);
            self.expect("then");
            arms.push((asked, self.list(&["elif", "else", "fi"])));
        }
        let otherwise = self.eat("else").then(|| Box::new(self.list(&["fi"])));
        self.expect("fi");
        Kind::If(arms, otherwise)
    }

    fn body(&mut self) -> Node {
        self.expect("do");
        let body = self.list(&["done"]);
        self.expect("done");
        body
    }

    fn each(&mut self) -> Kind {
        self.at += 1;
        let name = self.word().unwrap_or_default();
        let mut words = Vec::new();
        self.lines();
        if self.eat("in") {
            while let Some(word) = self.word() {
                words.push(word);
            }
        } else {
            words.push("$@".to_owned());
            // `for ((…; …; …))`
            while self.reserved() != Some("do") && self.peek(0).is_some() && !self.is_mark(0, "\n") {
                self.at += 1;
            }
        }
        while self.eat(";") || self.eat("\n") {}
        Kind::For { name, words, body: Box::new(self.body()) }
    }

    fn case(&mut self) -> Kind {
        self.at += 1;
        let word = self.word().unwrap_or_default();
        self.lines();
        self.expect("in");
        let mut arms = Vec::new();
        loop {
            self.lines();
            if self.eat("esac") {
                break;
            }
            self.eat("(");
            let mut patterns: Vec<String> = self.word().into_iter().collect();
            while self.eat("|") {
                patterns.extend(self.word());
            }
            if patterns.is_empty() || !self.eat(")") {
                self.flawed = true;
                break;
            }
            let node = self.list(&[";;", ";&", ";;&", "esac"]);
            let _ = self.eat(";;") || self.eat(";&") || self.eat(";;&");
            arms.push((patterns, node));
        }
        Kind::Case { word, arms }
    }

    /// What stands behind a function's name.
    fn function(&mut self, name: String) -> Kind {
        self.lines();
        self.depth += 1;
        let body = self.command();
        self.depth -= 1;
        let index = self.tree.bodies.len();
        self.tree.bodies.push(body);
        self.tree.functions.push((name.clone(), index));
        Kind::Function { name, body: index }
    }

    fn simple(&mut self) -> Node {
        let from = self.begin();
        let line = self.place.line + self.tokens.get(self.at).map_or(0, |t| t.line);
        let mut out = Simple { line, ..Simple::default() };
        let mut lines = Vec::new();
        let test = self.reserved() == Some("[[");
        while let Some(token) = self.tokens.get(self.at) {
            match &token.kind {
                Lexed::Word { text, .. } => {
                    self.at += 1;
                    out.words.push(text.clone());
                    lines.push(token.line);
                    if test && text == "]]" {
                        break;
                    }
                }
                Lexed::Mark(mark) | Lexed::Redirect(mark) if test && !matches!(*mark, "\n" | ";") => {
                    self.at += 1;
                    out.words.push((*mark).to_owned());
                    lines.push(token.line);
                }
                Lexed::Redirect(mark) => {
                    self.at += 1;
                    match self.word() {
                        Some(target) => out.redirects.push((mark, target)),
                        None => self.flawed = true,
                    }
                }
                Lexed::Mark("(") if self.is_mark(1, ")") && out.words.len() == 1 => {
                    self.at += 2;
                    let kind = self.function(out.words.remove(0));
                    return self.node(from, kind);
                }
                Lexed::Mark(_) => break,
            }
        }
        self.finish(out, &lines);
        self.node(from, Kind::Simple(self.tree.commands.len().saturating_sub(1)))
    }

    /// Notes a command, behind those that it hands to another shell.
    fn finish(&mut self, mut command: Simple, lines: &[usize]) {
        if let [cd, rest @ ..] = command.words.as_slice()
            && matches!(cd.as_str(), "cd" | "pushd")
        {
            let target = rest.iter().find(|w| *w != "--").map_or("~", String::as_str);
            self.place.folder = join(&self.place.folder, target);
        }
        command.folder = self.place.folder.clone();
        if self.place.nested < NESTED_MAX
            && let Some(index) = handed(&command.words)
            && let Some(script) = command.words.get(index)
        {
            let line = self.place.line + lines.get(index).copied().unwrap_or(0);
            let place = Place { line, folder: command.folder.clone(), nested: self.place.nested + 1 };
            let body = script_of(script, place, self.tree);
            self.tree.bodies.push(body);
            command.inner = Some(self.tree.bodies.len() - 1);
        }
        self.tree.commands.push(command);
    }
}

/// Which of the words is a script for a shell: `sh -c '…'`, `eval '…'`, `trap '…' EXIT`.
fn handed(words: &[String]) -> Option<usize> {
    let first = words.first()?.as_str();
    let script = |w: &String| w.contains([' ', '\n']);
    match first {
        "echo" | "printf" | "git" => None,
        "trap" => words.get(1).filter(|w| *w != "-" && !w.is_empty()).map(|_| 1),
        "eval" => words.get(1).map(|_| 1),
        "ssh" => words.iter().position(script),
        _ => (1..words.len()).find(|n| {
            let option = words.get(n - 1).map_or("", String::as_str);
            let short = option.strip_prefix('-').is_some_and(|o| !o.starts_with('-') && o.ends_with('c'));
            (short || matches!(option, "--command" | "--run")) && words.get(*n).is_some_and(script)
        }),
    }
}

fn written(tokens: &[Token]) -> String {
    let texts = tokens.iter().map(|t| match &t.kind {
        Lexed::Word { text, .. } => text.as_str(),
        Lexed::Mark(mark) | Lexed::Redirect(mark) => mark,
    });
    texts.collect()
}
