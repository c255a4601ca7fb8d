//! Erlang applications that are installed: the resource file `NAME/ebin/NAME.app` of a release or a dependency, a term
//! `{application, NAME, [{vsn, "1.0"}, …]}`.

use inventory::Harvest;
use model::PackageType;

use super::{Token, tokens};
use crate::lang::locked::Locked;
use crate::lang::text::{Broken, lenient};

/// Applications that come with Erlang/OTP and Elixir; Hex has none of them, and their versions are those of the whole.
const OWN: &[&str] = &[
    "asn1",
    "common_test",
    "compiler",
    "crypto",
    "debugger",
    "dialyzer",
    "diameter",
    "edoc",
    "eex",
    "eldap",
    "elixir",
    "erl_docgen",
    "erl_interface",
    "erts",
    "et",
    "eunit",
    "ex_unit",
    "ftp",
    "hipe",
    "iex",
    "inets",
    "jinterface",
    "kernel",
    "logger",
    "megaco",
    "mix",
    "mnesia",
    "observer",
    "odbc",
    "os_mon",
    "otp_mibs",
    "parsetools",
    "public_key",
    "reltool",
    "runtime_tools",
    "sasl",
    "snmp",
    "ssh",
    "ssl",
    "stdlib",
    "syntax_tools",
    "tftp",
    "tools",
    "wx",
    "xmerl",
];

/// Reads a resource file.
pub(in crate::lang) fn read(path: &str, bytes: &[u8]) -> Result<Harvest, Broken> {
    // `%` begins a comment, and a text may hold one: a line is one only from its first character.
    let text = lenient(bytes);
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with('%')).collect();
    let text = lines.join("\n");
    let tokens = tokens(&text)?;
    let [Token::Open, Token::Word("application"), Token::Word(name), rest @ ..] = tokens.as_slice() else {
        return Err(Broken::new("of another shape than its name says: no `{application, …}`"));
    };
    let name = name.trim_matches('\'');
    if OWN.contains(&name) {
        return Ok(Harvest::default());
    }
    let version = rest.windows(3).find_map(|three| match three {
        [Token::Open, Token::Word("vsn"), Token::Text(version)] => Some(*version),
        _ => None,
    });
    let mut locked = Locked::new(PackageType::Hex, "Erlang application", path);
    locked.add(name, version.unwrap_or_default());
    Ok(locked.finish())
}
