//! Our own command as a step calls it: its options, what the environment and `plimsoll.toml` set beside them, and the
//! ignore file that it takes.

use std::collections::BTreeMap;

use super::gate;
use super::look::{Place, place};
use super::parse::Simple;
use super::shell::Ends;
use super::tools::{Arguments, Call, Environment, FAIL_ON, both, target};

/// What variables of ours begin with.
pub(super) const PREFIX: &str = "PLIMSOLL_";

/// Options that take a value.
const TAKING: [&str; 28] = [
    "--against",
    "--as-of",
    "--baseline",
    "--ca-file",
    "--cache-dir",
    "--color",
    "--config",
    "--control",
    "--database",
    "--exclude",
    "--fail-on",
    "--format",
    "--ignore-file",
    "--include",
    "--insecure-registry",
    "--jobs",
    "--max-database-age",
    "--min-package-age",
    "--mirror",
    "--plain-http",
    "--platform",
    "--rematch",
    "--root",
    "--since",
    "--state",
    "--user",
    "--vex",
    "-j",
];

/// The key that a variable of ours sets.
fn key_of(variable: &str) -> Option<String> {
    Some(variable.strip_prefix(PREFIX)?.to_ascii_lowercase().replace('_', "-"))
}

/// Settings by the names of their keys, as environment and file set them.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnSettings(pub(super) BTreeMap<String, String>);

impl OwnSettings {
    /// Takes over a variable, if it is one of ours.
    pub(super) fn set(&mut self, variable: &str, value: &str) {
        if let Some(key) = key_of(variable) {
            self.0.insert(key, value.to_owned());
        }
    }

    /// Takes over what the file says of keys that nothing stronger set; a file that cannot be read is refused by the
    /// scan itself.
    pub(super) fn fall_back(&mut self, bytes: &[u8]) {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        for (key, value) in text.parse::<toml::Table>().unwrap_or_default() {
            let text = match &value {
                toml::Value::String(text) => Some(text.clone()),
                toml::Value::Array(list) if !list.is_empty() => {
                    let mark = if key == "fail-on" { "\n" } else { "," };
                    Some(list.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(mark))
                }
                _ => None,
            };
            if let Some(text) = text {
                self.0.entry(key).or_insert(text);
            }
        }
    }

    /// `export PLIMSOLL_X=…`, `PLIMSOLL_X=…` and `unset PLIMSOLL_X` of a script.
    pub(super) fn note(&mut self, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["unset", names @ ..] => {
                for key in names.iter().filter_map(|n| key_of(n)) {
                    self.0.remove(&key);
                }
            }
            ["export" | "declare" | "typeset" | "env", words @ ..] => self.assigned(words),
            words if words.iter().all(|w| w.contains('=')) => self.assigned(words),
            _ => {}
        }
    }

    /// `echo "PLIMSOLL_X=…" >> "$GITHUB_ENV"`, which the later steps of a job see. What is written in any other way is
    /// known only when it runs.
    pub(super) fn written(&mut self, command: &Simple, sure: bool) {
        let file = |target: &String| target.contains("GITHUB_ENV");
        let plain = sure && command.redirects.iter().any(|(mark, target)| *mark == ">>" && file(target));
        let documents =
            command.redirects.iter().filter(|(mark, _)| mark.starts_with("<<")).map(|(_, text)| text);
        let words = match command.words.first().map(String::as_str) {
            Some("echo" | "printf" | "cat" | "tee" | "Write-Output") => command.words.as_slice(),
            _ => return,
        };
        for line in words.iter().chain(documents).flat_map(|text| text.lines()) {
            let name = line.split(['=', '<']).next().unwrap_or("");
            let value = line.split_once('=').filter(|(key, _)| plain && *key == name).map(|(_, value)| value);
            self.set(name, value.unwrap_or(&format!("${name}")));
        }
    }

    /// What a script may hand to later steps through CircleCI's `$BASH_ENV` or Azure's `task.setvariable`: every variable of
    /// ours that it names is known only when it runs.
    pub(super) fn handed_on(&mut self, text: &str) {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
        for name in words.map(|word| word.to_ascii_uppercase().replace('.', "_")) {
            if name.starts_with(PREFIX) {
                self.set(&name, &format!("${name}"));
            }
        }
    }

    fn assigned(&mut self, words: &[&str]) {
        words.iter().filter_map(|w| w.split_once('=')).for_each(|(name, value)| self.set(name, value));
    }
}

/// Our own gates are read as we would read them: what they could match decides what they hold.
pub(super) fn plimsoll(arguments: &Arguments<'_>, environment: &Environment<'_>) -> Call {
    let setting = |option: &str| {
        let set = environment.settings.0.get(option).map(String::as_str);
        arguments.value(&format!("--{option}")).or(set)
    };
    let named: Vec<&str> = match arguments.values("--control") {
        flags if flags.is_empty() => setting("control").into_iter().flat_map(|v| v.split(',')).collect(),
        flags => flags.into_iter().flat_map(|v| v.split(',')).collect(),
    };
    let unread = named.iter().any(|n| n.contains(['$', '%']));
    let asked = |control: &&str| named.is_empty() || unread || named.iter().any(|n| n.trim() == *control);
    let mut gates: Vec<&str> = arguments.values("--fail-on");
    if gates.is_empty() {
        gates = setting("fail-on").into_iter().flat_map(str::lines).collect();
    }
    // A blank gate is refused by the scan itself, which fails the build.
    gates.retain(|g| !g.trim().is_empty());
    let wanted: Vec<&'static str> = both().into_iter().filter(asked).collect();
    let (mut controls, ends) = match gates.is_empty() {
        true => (wanted, Ends::no(FAIL_ON)),
        false => gate::holds(&gates, wanted),
    };
    // Settings that take a control away are evidence of a gate that holds nothing, where no option says so itself.
    let narrowed = !named.is_empty() && arguments.values("--control").is_empty();
    let mut ends = ends.and(disarmed(arguments, &setting, environment));
    if unread {
        let asked = named.join(",");
        ends = ends.and(Ends::perhaps(format!("it asks for `{asked}`, which is known only when it runs")));
    }
    if let Some(report) = setting("baseline").filter(|_| !gate::fails_on_known(&gates)) {
        ends = ends.and(Ends::perhaps(format!("its gate lets pass what `{report}` has")));
    }
    if narrowed && controls.is_empty() {
        controls = both();
        ends = ends.and(Ends::no(format!("settings ask for `{}` alone", named.join(","))));
    }
    let targets = arguments.plain(&TAKING);
    let looks = targets.iter().skip(1).map(|t| target(arguments, t)).collect();
    Call { tool: "plimsoll", controls, gates: ends, looks, ecosystems: &[] }
}

/// What takes the sense out of a gate.
fn disarmed<'s>(
    arguments: &Arguments<'_>,
    setting: &dyn Fn(&str) -> Option<&'s str>,
    environment: &Environment<'_>,
) -> Ends {
    for word in ["--help", "-h", "--version", "-V"] {
        if arguments.names(word) {
            return Ends::no(format!("`{word}` scans nothing"));
        }
    }
    let mut ends = Ends::Yes;
    if let Some(time) = setting("as-of") {
        ends = ends.and(match time.contains(['$', '%']) {
            true => Ends::perhaps(format!("it judges as of `{time}`, which is known only when it runs")),
            false => Ends::no(format!("it judges as of {time}, and not of the day on which it runs")),
        });
    }
    if let Some(file) = setting("config").filter(|f| *f != "none") {
        ends = ends.and(Ends::perhaps(format!("what `{file}` sets is not read here")));
    }
    for option in ["include", "exclude", "since"] {
        if let Some(value) = setting(option) {
            ends = ends.and(Ends::perhaps(format!("what `--{option} {value}` leaves out is not said here")));
        }
    }
    if let Some(file) = setting("vex") {
        ends = ends.and(Ends::perhaps(format!("what `{file}` takes for harmless is not read here")));
    }
    if arguments.names("--rematch") {
        ends = ends.and(Ends::perhaps("it looks at reports of earlier scans (`--rematch`)"));
    }
    let mut files: Vec<&str> = arguments.values("--ignore-file");
    if files.is_empty() {
        files.extend(setting("ignore-file"));
    }
    files.into_iter().fold(ends, |sum, file| sum.and(accepted(file, environment)))
}

/// What an ignore file leaves of a gate.
fn accepted(file: &str, environment: &Environment<'_>) -> Ends {
    let Place::Inside(path) = place("", file) else {
        return Ends::perhaps(format!("what `{file}` accepts is not read here"));
    };
    match environment.ignores.iter().find(|(name, _)| *name == path) {
        None => Ends::perhaps(format!("what `{file}` accepts is not read here")),
        Some((_, bytes)) => match gate::swallows(&path, bytes, environment.as_of) {
            true => Ends::no(format!("`{path}` accepts everything")),
            false => Ends::Yes,
        },
    }
}
