//! White space, and words that belong to one machine only.

use std::collections::BTreeSet;

use super::Text;

/// Extensions of files that people write and that the rules of white space hold for.
const WRITTEN: [&str; 8] = [".rs", ".md", ".toml", ".sh", ".yml", ".yaml", ".css", ".js"];

/// Every fault of white space and every word of one machine.
pub(crate) fn faults(texts: &[Text]) -> Vec<String> {
    let hosts = machine_hosts();
    let mut faults = Vec::new();
    for text in texts {
        if WRITTEN.iter().any(|e| text.path.ends_with(e)) && !text.path.contains("/fixtures/") {
            faults.extend(white_space(text));
        }
        for (n, line) in text.text.lines().enumerate() {
            faults.extend(
                machine_word(line, &hosts)
                    .map(|w| format!("{}:{}: `{w}` names one machine; say it without", text.path, n + 1)),
            );
        }
    }
    faults
}

fn white_space(text: &Text) -> Vec<String> {
    let mut faults = Vec::new();
    // A fenced block of a page shows a file as it is: `go.mod` has tabs.
    let page = text.path.ends_with(".md");
    let mut fenced = false;
    for (n, line) in text.text.lines().enumerate() {
        fenced ^= page && line.trim_start().starts_with("```");
        let fault = if line.contains('\t') && !fenced {
            "a tab"
        } else if line.ends_with('\r') {
            "a carriage return"
        } else if line.ends_with(' ') {
            "trailing white space"
        } else {
            continue;
        };
        faults.push(format!("{}:{}: {fault}", text.path, n + 1));
    }
    if !text.text.is_empty() && !text.text.ends_with('\n') {
        faults.push(format!("{}: the last line does not end", text.path));
    }
    faults
}

/// A path of the machine this was written on, or the host of a package mirror only it knows.
fn machine_word<'a>(line: &str, hosts: &'a BTreeSet<String>) -> Option<&'a str> {
    const PATHS: [&str; 3] =
        [concat!("/wo", "rk/main"), concat!("/wo", "rk/shared"), concat!("/root/", ".cargo")];
    PATHS
        .into_iter()
        .find(|p| line.contains(p))
        .or_else(|| hosts.iter().map(String::as_str).find(|h| line.contains(h)))
}

/// Hosts that this machine's package clients are pointed at and that are not the public ones.
fn machine_hosts() -> BTreeSet<String> {
    const PUBLIC: [&str; 12] = [
        "crates.io",
        "github.com",
        "golang.org",
        "npmjs.org",
        "pypi.org",
        "debian.org",
        "rubygems.org",
        "localhost",
        "pythonhosted.org",
        "example.com",
        "rust-lang.org",
        "127.0.0.1",
    ];
    let mut texts: Vec<String> = [
        "GOPROXY",
        "PIP_INDEX_URL",
        "NPM_CONFIG_REGISTRY",
        "npm_config_registry",
        "CARGO_REGISTRIES_CRATES_IO_INDEX",
    ]
    .iter()
    .filter_map(|name| std::env::var(name).ok())
    .collect();
    if let Some(home) = std::env::var_os("HOME").map(std::path::PathBuf::from) {
        let files = [".cargo/config.toml", ".npmrc", ".config/pip/pip.conf", ".pip/pip.conf"];
        texts.extend(files.iter().filter_map(|f| std::fs::read_to_string(home.join(f)).ok()));
    }
    texts.extend(std::fs::read_to_string("/etc/pip.conf").ok());
    let hosts = texts.iter().flat_map(|t| hosts_of(t));
    hosts.filter(|h| !PUBLIC.iter().any(|p| h == p || h.ends_with(&format!(".{p}")))).collect()
}

fn hosts_of(text: &str) -> Vec<String> {
    let host = |rest: &str| -> String {
        let rest = rest.rsplit_once('@').filter(|(user, _)| !user.contains('/')).map_or(rest, |(_, h)| h);
        rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-')).collect()
    };
    text.split("://").skip(1).map(host).filter(|h| 3 < h.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_held() {
        let text = Text { path: "a.rs".into(), text: "a\tb\nc \nd".into() };
        assert_eq!(white_space(&text).len(), 3);
        assert!(white_space(&Text { path: "a.rs".into(), text: "a\n".into() }).is_empty());
    }

    #[test]
    fn a_mirror_that_one_machine_knows_is_named() {
        let hosts: BTreeSet<String> =
            hosts_of("registry = \"sparse+https://crates.mirror.internal/index/\"").into_iter().collect();
        assert_eq!(
            machine_word("see https://crates.mirror.internal/x", &hosts),
            Some("crates.mirror.internal")
        );
        assert_eq!(machine_word("see https://crates.io/x", &hosts), None);
    }
}
