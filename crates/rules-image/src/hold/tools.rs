//! Which scanners a line calls, and whether what they find ends the build.

use super::lines::{Language, Line, block, key_value};
use super::{CONTROLS, swallowed};

/// Quoted commands within one another that are looked into.
const NESTED_MAX: usize = 3;

/// A call of a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) tool: &'static str,
    pub(super) controls: &'static [&'static str],
    /// Why its findings do not end the build, if they do not.
    pub(super) gates: Result<(), String>,
}

const BOTH: &[&str] = &CONTROLS;
const DEPENDENCIES: &[&str] = &["dependencies"];

/// The calls of line `n`.
pub(super) fn calls(all: &[Line], n: usize, language: Language) -> Vec<Call> {
    let Some(line) = all.get(n) else { return Vec::new() };
    let mut text = line.text.as_str();
    if language == Language::Yaml
        && let Some((key, value)) = key_value(text)
    {
        const COMMANDS: [&str; 12] = [
            "run",
            "script",
            "before_script",
            "after_script",
            "command",
            "commands",
            "cmd",
            "args",
            "sh",
            "bash",
            "pwsh",
            "powershell",
        ];
        if key == "uses" {
            return action(all, n, value).into_iter().collect();
        }
        if !COMMANDS.contains(&key) {
            return Vec::new();
        }
        text = value;
    }
    let whole = |word: &str| all.iter().any(|l| l.text.contains(word));
    let context = Context { pipefail: whole("pipefail"), exit_code: whole("TRIVY_EXIT_CODE") };
    command_line(text, &context, 0)
}

/// What the rest of the file says about every command in it.
struct Context {
    pipefail: bool,
    exit_code: bool,
}

fn command_line(text: &str, context: &Context, depth: usize) -> Vec<Call> {
    let mut out = Vec::new();
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    for (words, after) in commands(text) {
        if let Some(mut call) = call(&words, context) {
            if let Some(why) = swallowed(after) {
                call.gates = call.gates.and(Err(why));
            } else if after.starts_with('|') && !after.starts_with("||") && !context.pipefail {
                call.gates =
                    call.gates.and(Err("its answer is lost in a pipe without `pipefail`".to_owned()));
            }
            out.push(call);
            continue;
        }
        // `sh -c "…"`, `sh '…'` of Jenkins, an item of a list in quotes; what `echo` says is no command.
        let says = words.first().is_some_and(|w| matches!(w.as_str(), "echo" | "printf"));
        if depth < NESTED_MAX && !says {
            let nested = words.iter().filter(|w| w.contains(' '));
            for inside in nested {
                let mut calls = command_line(inside, context, depth + 1);
                for call in &mut calls {
                    if let Some(why) = swallowed(after) {
                        call.gates = call.gates.clone().and(Err(why));
                    }
                }
                out.extend(calls);
            }
        }
    }
    out
}

/// Splits a line at `;`, `&&`, `||`, `|` outside of quotes: the words of each command, and the text from its separator on.
fn commands(text: &str) -> Vec<(Vec<String>, &str)> {
    let mut out = Vec::new();
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ';' | '|' | '&') => {
                while rest.next_if(|(_, n)| matches!(n, '|' | '&')).is_some() {}
                out.push((std::mem::replace(&mut words, vec![String::new()]), text.get(at..).unwrap_or("")));
            }
            (None, c) if c.is_whitespace() || matches!(c, '(' | ')' | ',' | '`') => words.push(String::new()),
            (_, c) => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    out.push((words, ""));
    out.into_iter()
        .map(|(words, after)| (words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>(), after))
        .filter(|(words, _)| !words.is_empty())
        .collect()
}

/// The scanner that the words call, wrappers left out.
fn call(words: &[String], context: &Context) -> Option<Call> {
    const WRAPPERS: [&str; 12] =
        ["sudo", "time", "exec", "nice", "env", "command", "npx", "uvx", "pipx", "timeout", "then", "do"];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let first = words.iter().position(|w| {
        let assigns = w.split_once('=').is_some_and(|(n, _)| !n.starts_with('-') && !n.contains('/'));
        let option = w.starts_with('-') && !w.contains(' ');
        !(assigns || option || WRAPPERS.contains(w))
    })?;
    let words = words.get(first..)?;
    let container = matches!(words, ["docker" | "podman" | "nerdctl", "run", ..]);
    let at = if container { words.iter().position(|w| is_scanner(program(w)))? } else { 0 };
    let tool = program(words.get(at)?);
    scanner(tool, words.get(at + 1..)?, context)
}

/// `./bin/trivy`, `aquasec/trivy:0.50`, `trivy.exe` are `trivy`.
fn program(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    let name = name.split([':', '@']).next().unwrap_or(name);
    name.strip_suffix(".exe").unwrap_or(name)
}

fn is_scanner(name: &str) -> bool {
    ["plimsoll", "trivy", "grype", "snyk", "osv-scanner"].contains(&name)
}

fn scanner(tool: &str, arguments: &[&str], context: &Context) -> Option<Call> {
    let first = arguments.iter().find(|a| !a.starts_with('-')).copied().unwrap_or("");
    let has = |option: &str| arguments.iter().any(|a| *a == option || a.starts_with(&format!("{option}=")));
    let call = |tool, controls, gates| Some(Call { tool, controls, gates });
    let needs = |yes: bool, why: &str| if yes { Ok(()) } else { Err(why.to_owned()) };
    match (tool, first) {
        ("plimsoll", "scan" | "assess") => call(
            "plimsoll",
            BOTH,
            needs(has("--fail-on"), "without `--fail-on` nothing it finds ends the build"),
        ),
        ("trivy", _) => trivy(arguments, context),
        ("grype", _) => {
            let project =
                arguments.iter().any(|a| a.starts_with("dir:") || a.starts_with("sbom:") || *a == ".");
            let gates =
                needs(has("--fail-on") || has("-f"), "without `--fail-on` nothing it finds ends the build");
            call("grype", if project { DEPENDENCIES } else { BOTH }, gates)
        }
        ("snyk", "container") if arguments.contains(&"test") => call("snyk", BOTH, Ok(())),
        ("snyk", "test") => call("snyk", DEPENDENCIES, Ok(())),
        ("snyk", "monitor") => {
            call("snyk", DEPENDENCIES, Err("`monitor` reports and never fails".to_owned()))
        }
        ("osv-scanner", _) if arguments.contains(&"image") => call("osv-scanner", BOTH, Ok(())),
        ("osv-scanner", _) => call("osv-scanner", DEPENDENCIES, Ok(())),
        ("docker", "scout") if arguments.contains(&"cves") => {
            let gates = needs(
                has("--exit-code") || has("-e"),
                "without `--exit-code` nothing it finds ends the build",
            );
            call("docker scout", BOTH, gates)
        }
        ("npm" | "pnpm" | "yarn", "audit") if !arguments.contains(&"fix") => {
            call("npm audit", DEPENDENCIES, Ok(()))
        }
        ("yarn", "npm") if arguments.contains(&"audit") => call("yarn npm audit", DEPENDENCIES, Ok(())),
        ("pip-audit" | "pip_audit", _) => call("pip-audit", DEPENDENCIES, Ok(())),
        ("python" | "python3" | "uv", _)
            if arguments.contains(&"pip_audit") || arguments.contains(&"pip-audit") =>
        {
            call("pip-audit", DEPENDENCIES, Ok(()))
        }
        ("safety", "check" | "scan") => call("safety", DEPENDENCIES, Ok(())),
        ("cargo", "audit") => call("cargo audit", DEPENDENCIES, Ok(())),
        ("cargo", "deny") if arguments.contains(&"check") => call("cargo deny", DEPENDENCIES, Ok(())),
        ("bundle", "audit") | ("bundler-audit" | "bundle-audit", _) => {
            call("bundler-audit", DEPENDENCIES, Ok(()))
        }
        ("govulncheck", _) => call("govulncheck", DEPENDENCIES, Ok(())),
        ("composer", "audit") => call("composer audit", DEPENDENCIES, Ok(())),
        _ => None,
    }
}

/// Trivy ends with 0 whatever it finds, unless told otherwise.
fn trivy(arguments: &[&str], context: &Context) -> Option<Call> {
    let kind = arguments.iter().find_map(|a| match *a {
        "image" | "i" => Some(BOTH),
        "fs" | "filesystem" | "repo" | "repository" | "rootfs" | "sbom" => Some(DEPENDENCIES),
        _ => None,
    })?;
    let value = |option: &str| {
        arguments.iter().enumerate().find_map(|(n, a)| match a.strip_prefix(option) {
            Some("") => arguments.get(n + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        })
    };
    if value("--scanners").is_some_and(|s| !s.split(',').any(|s| s == "vuln")) {
        return None;
    }
    let code = value("--exit-code").map(|code| code != "0");
    let gates = match code {
        Some(true) => Ok(()),
        None if context.exit_code => Ok(()),
        Some(false) => Err("`--exit-code 0` lets the build go on".to_owned()),
        None => Err("without `--exit-code` nothing it finds ends the build".to_owned()),
    };
    Some(Call { tool: "trivy", controls: kind, gates })
}

/// A GitHub action and the inputs of its step.
fn action(all: &[Line], n: usize, uses: &str) -> Option<Call> {
    let name = uses.split('@').next().unwrap_or(uses);
    let level = all.get(n).map_or(0, |l| l.indent);
    let (start, end) = block(all, n, level);
    let step = all.get(start..end).unwrap_or_default();
    let input =
        |key: &str| step.iter().filter_map(|l| key_value(&l.text)).find(|(k, _)| *k == key).map(|(_, v)| v);
    let call = |tool, controls, gates| Some(Call { tool, controls, gates });
    match name {
        "aquasecurity/trivy-action" => {
            let controls = match input("scan-type") {
                None | Some("image") => BOTH,
                Some("config") => return None,
                Some(_) => DEPENDENCIES,
            };
            let gates = match input("exit-code") {
                None | Some("0") => Err("without `exit-code` nothing it finds ends the build".to_owned()),
                Some(_) => Ok(()),
            };
            call("trivy", controls, gates)
        }
        "anchore/scan-action" => {
            let controls = if input("path").is_some() { DEPENDENCIES } else { BOTH };
            let off = input("fail-build") == Some("false");
            let gates = if off { Err("`fail-build: false` lets the build go on".to_owned()) } else { Ok(()) };
            call("grype", controls, gates)
        }
        "actions/dependency-review-action" => call("dependency review", DEPENDENCIES, Ok(())),
        "snyk/actions/docker" => call("snyk", BOTH, Ok(())),
        _ if name.starts_with("snyk/actions/") => call("snyk", DEPENDENCIES, Ok(())),
        _ if name.starts_with("google/osv-scanner-action") => call("osv-scanner", DEPENDENCIES, Ok(())),
        _ => None,
    }
}
