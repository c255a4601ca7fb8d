//! Elixir: `mix.lock`, a map of Elixir terms; Erlang: `rebar.lock`; applications of both that are installed.

pub(super) mod application;
pub(super) mod rebar;

use std::collections::{BTreeMap, BTreeSet};

use inventory::Harvest;
use model::PackageType;
use version::range::Dialect;

use crate::lang::drift::Want;
use crate::lang::files::unread;
use crate::lang::locked::{Locked, NodeId};
use crate::lang::text::{Broken, decode};

/// Tokens of one file.
const TOKENS_MAX: usize = 1_000_000;

/// Nesting of terms.
const NESTING_MAX: usize = 32;

/// Reads `mix.lock`.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    let mut code = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    if !code.next().is_some_and(|line| line.starts_with("%{")) {
        return Err(Broken::new("it does not begin as a map of Elixir, `%{`"));
    }
    let tokens = tokens(&text)?;
    let mut locked = Locked::new(PackageType::Hex, "mix.lock", path);
    let mut edges = Vec::new();
    let mut applications: BTreeMap<&str, NodeId> = BTreeMap::new();
    for (name, items) in entries(&tokens)? {
        match items.as_slice() {
            // {:hex, :name, "version", "checksum", managers, dependencies, "repository", …}
            [Item::Word(":hex"), Item::Word(package), Item::Text(version), rest @ ..] => {
                let package = package.trim_start_matches(':').trim_matches('"');
                let id = locked.add(&in_repository(package, rest), version);
                applications.insert(name, id);
                let needs = rest.iter().filter_map(|item| match item {
                    Item::Tuples(names) => Some(names),
                    _ => None,
                });
                edges.extend(needs.flatten().map(|n| (id, *n)));
            }
            // {:git, "address", "commit", options}
            [Item::Word(":git"), ..] => {
                locked.add(name, "");
            }
            _ => locked.problem(unread(path, format!("`{name}` comes from a source that is not known"))),
        }
    }
    for (from, name) in edges {
        if let Some(&to) = applications.get(name) {
            locked.edge(from, to);
        }
    }
    Ok(locked.finish())
}

/// The package's name within its repository, `hexpm` if none is named: a private one (`hexpm:acme`, or one's own) has
/// packages of its own, whatever they are called.
fn in_repository(package: &str, rest: &[Item<'_>]) -> String {
    // {…, checksum, managers, dependencies, repository, checksum}
    let repository = match rest {
        [_, _, _, Item::Text(repository), ..] => *repository,
        _ => "hexpm",
    };
    match repository {
        "hexpm" | "" => package.to_owned(),
        _ => format!("{}/{package}", repository.strip_prefix("hexpm:").unwrap_or(repository)),
    }
}

/// Whose programs a manifest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `mix.exs`: `{:name, "requirement", …}`.
    Elixir,
    /// `rebar.config`: `{name, "requirement"}`.
    Erlang,
}

/// What a manifest that is a program asks for, as far as it stands there as text: a name that is asked for once, under its
/// own name.
pub(super) fn asked(bytes: &[u8], language: Language) -> BTreeSet<Want> {
    let Ok(text) = decode(bytes) else { return BTreeSet::new() };
    let code = match language {
        Language::Elixir => text.into_owned(),
        Language::Erlang => {
            text.lines().map(|l| l.split('%').next().unwrap_or(l)).collect::<Vec<_>>().join("\n")
        }
    };
    // What cannot be taken apart is a program that says more than a list of names.
    let Ok(tokens) = tokens(&code) else { return BTreeSet::new() };
    let mut found: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for at in 0..tokens.len() {
        let Some([Token::Open, Token::Word(word), Token::Text(range), rest @ ..]) = tokens.get(at..) else {
            continue;
        };
        let name = match (language, word.strip_prefix(':')) {
            (Language::Elixir, Some(name)) => name,
            (Language::Erlang, None) => *word,
            _ => continue,
        };
        let options = rest.iter().take_while(|token| !matches!(token, Token::Close | Token::Open));
        let renamed = options.into_iter().any(|token| *token == Token::Word("hex:"));
        found.entry(name).and_modify(|known| *known = None).or_insert((!renamed).then_some(range));
    }
    let once = found.into_iter().filter_map(|(name, range)| Some((name, range?)));
    once.map(|(name, range)| Want::perhaps(name, Dialect::Hex, range)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Text(&'t str),
    Word(&'t str),
    Open,
    Close,
}

/// An element of an entry's tuple.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item<'t> {
    Text(&'t str),
    Word(&'t str),
    /// A list: the first atom of every tuple in it.
    Tuples(Vec<&'t str>),
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Broken> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if TOKENS_MAX <= out.len() {
            return Err(Broken::new(format!("more than {TOKENS_MAX} tokens")));
        }
        let (token, length) = match c {
            '"' => {
                let inside = rest.get(1..).unwrap_or_default();
                let end = end_of_string(inside).ok_or_else(|| Broken::new("a text that does not end"))?;
                (Some(Token::Text(inside.get(..end).unwrap_or_default())), end + 2)
            }
            '{' | '[' => (Some(Token::Open), 1),
            '}' | ']' => (Some(Token::Close), 1),
            // The colon of `"name":` and of `:"name"`.
            ':' if rest.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_whitespace() || c == '"')) => {
                (None, 1)
            }
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            c if c.is_whitespace() || matches!(c, ',' | '%' | '=' | '>') => (None, c.len_utf8()),
            c => {
                let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '[' | ']' | '"');
                let end = rest.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(rest.len(), |(i, _)| i);
                (rest.get(..end).map(Token::Word), end.max(c.len_utf8()))
            }
        };
        out.extend(token);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(out)
}

fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(i),
            _ => {}
        }
    }
    None
}

/// The entries of the map: a text (or `key:`), then a tuple.
fn entries<'t>(tokens: &[Token<'t>]) -> Result<Vec<(&'t str, Vec<Item<'t>>)>, Broken> {
    let mut out = Vec::new();
    let mut depth = 0_usize;
    let mut name = "";
    let mut items: Vec<Item<'t>> = Vec::new();
    let mut first_of_tuple = false;
    for token in tokens {
        match token {
            Token::Open => {
                depth += 1;
                if NESTING_MAX < depth {
                    return Err(Broken::new(format!("terms nested deeper than {NESTING_MAX}")));
                }
                match depth {
                    2 => items = Vec::new(),
                    3 => items.push(Item::Tuples(Vec::new())),
                    4 => first_of_tuple = true,
                    _ => {}
                }
            }
            Token::Close => {
                if depth == 2 {
                    out.push((name, std::mem::take(&mut items)));
                }
                depth =
                    depth.checked_sub(1).ok_or_else(|| Broken::new("a term closes that was never opened"))?;
            }
            Token::Text(text) | Token::Word(text) if depth == 1 => name = text.trim_end_matches(':'),
            Token::Text(text) if depth == 2 => items.push(Item::Text(text)),
            Token::Word(text) if depth == 2 => items.push(Item::Word(text)),
            Token::Text(atom) | Token::Word(atom) if depth == 4 && first_of_tuple => {
                first_of_tuple = false;
                if let Some(Item::Tuples(names)) = items.last_mut() {
                    names.push(atom.trim_start_matches(':'));
                }
            }
            Token::Text(_) | Token::Word(_) => {}
        }
    }
    match depth {
        0 => Ok(out),
        _ => Err(Broken::new("a term that does not end")),
    }
}
