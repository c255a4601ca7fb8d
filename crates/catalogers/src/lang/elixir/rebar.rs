//! Erlang: `rebar.lock`, a list of Erlang terms, in newer versions within a tuple that names the format.

use inventory::Harvest;
use model::PackageType;

use super::{Token, tokens};
use crate::lang::locked::{CONTROL, Locked};
use crate::lang::text::{Broken, decode};

/// Reads `rebar.lock`. Level 0 is what the project itself asks for.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    let text = decode(bytes)?;
    // `<<"name">>` is a text as well.
    let text = text.replace("<<\"", "\"").replace("\">>", "\"");
    let tokens = tokens(&text)?;
    if tokens.first() != Some(&Token::Open) {
        return Err(Broken::new("of another shape than its name says: no Erlang term"));
    }
    let mut locked = Locked::new(PackageType::Hex, "rebar.lock", path);
    let mut rest = tokens.as_slice();
    while let Some((_, next)) = rest.split_first() {
        match rest {
            // {"application", {pkg, "name", "version", …}, level}
            [
                Token::Open,
                Token::Text(_),
                Token::Open,
                Token::Word("pkg"),
                Token::Text(name),
                Token::Text(version),
                ..,
            ] => {
                let id = locked.add(name, version);
                let level = rest.iter().skip(4).skip_while(|t| **t != Token::Close).nth(1);
                if let Some(Token::Word(level)) = level {
                    locked.direct(id, *level == "0");
                }
            }
            // {"application", {git, "address", {ref, "commit"}}, level}
            [
                Token::Open,
                Token::Text(application),
                Token::Open,
                Token::Word("git" | "git_subdir" | "hg"),
                ..,
            ] => {
                locked.problem(inventory::Problem::unknown(
                    CONTROL,
                    path,
                    format!("`{application}` is taken from a repository, at a commit and no version"),
                    "take it from Hex, or check it against its publisher's own announcements",
                ));
            }
            _ => {}
        }
        rest = next;
    }
    Ok(locked.finish())
}
