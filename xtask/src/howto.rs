//! Runs the commands of `docs/how`: every fenced block that begins ```` ```sh ````, in the order of the page.
//!
//! A page runs in a directory of its own that holds `examples/`; `plimsoll` is on the path. A line must exit with 0
//! unless it ends in `# exit N`. A block begun with ```` ```sh not run: REASON ```` is left out and counted.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::suite::Tally;
use crate::workspace;

/// A fenced block of shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// 1-based line of the fence.
    pub(crate) line: usize,
    /// Commands, continuation lines joined.
    pub(crate) commands: Vec<String>,
    /// Why it is not run.
    pub(crate) not_run: Option<String>,
}

/// `cargo xtask howto`.
pub(crate) fn command(args: &[&str]) -> Result<()> {
    if !args.is_empty() {
        bail!("`howto` takes no argument");
    }
    let tally = run(&workspace::root()?)?;
    println!("howto: {}", tally.line());
    if 0 < tally.failed {
        bail!("{} commands of docs/how failed", tally.failed);
    }
    Ok(())
}

/// Runs every page.
pub(crate) fn run(root: &Path) -> Result<Tally> {
    let mut cargo = workspace::cargo(root);
    workspace::run(cargo.args(["build", "--quiet", "--package", "plimsoll"]), "cargo build of plimsoll")?;
    let bin = workspace::target_dir(root).join("debug");
    let bin = std::path::absolute(&bin).with_context(|| format!("`{}` is no path", bin.display()))?;
    let mut tally = Tally::default();
    for page in workspace::files(root)?.iter().filter(|f| f.starts_with("docs/how/") && f.ends_with(".md")) {
        tally.add(run_page(root, page, &bin)?);
    }
    Ok(tally)
}

fn run_page(root: &Path, page: &str, bin: &Path) -> Result<Tally> {
    let text =
        std::fs::read_to_string(root.join(page)).with_context(|| format!("`{page}` cannot be read"))?;
    let dir = scratch(root, page)?;
    let mut tally = Tally::default();
    for block in blocks(&text) {
        if let Some(reason) = &block.not_run {
            println!("{page}:{}: not run: {reason}", block.line);
            continue;
        }
        for line in &block.commands {
            match run_line(line, &dir, bin)? {
                None => tally.passed += 1,
                Some(fault) => {
                    println!("{page}:{}: `{line}`: {fault}", block.line);
                    tally.failed += 1;
                }
            }
        }
    }
    std::fs::remove_dir_all(&dir).with_context(|| format!("`{}` cannot be removed", dir.display()))?;
    Ok(tally)
}

/// A fresh directory with a copy of `examples/`, and a cache of its own.
fn scratch(root: &Path, page: &str) -> Result<PathBuf> {
    let name = page.replace(['/', '.'], "-");
    let dir = std::env::temp_dir().join(format!("plimsoll-howto-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("`{}` cannot be made", dir.display()))?;
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(root.join("examples")).arg(&dir);
    workspace::run(&mut copy, "copy of examples/")?;
    Ok(dir)
}

fn run_line(line: &str, dir: &Path, bin: &Path) -> Result<Option<String>> {
    let path = std::env::var("PATH").unwrap_or_default();
    let expected = expected_exit(line);
    let output = Command::new("bash")
        .args(["-c", line])
        .current_dir(dir)
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("XDG_CACHE_HOME", dir.join(".cache"))
        .env_remove("PLIMSOLL_SHARED")
        .output()
        .context("bash could not be started")?;
    let code = output.status.code().unwrap_or(-1);
    if code == expected {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(Some(format!("exit {code}, expected {expected}: {}", said.lines().next().unwrap_or_default())))
}

/// The number after a closing `# exit N`, 0 without one.
fn expected_exit(line: &str) -> i32 {
    line.rsplit_once("# exit ").and_then(|(_, n)| n.trim().parse().ok()).unwrap_or(0)
}

/// Every block of shell in a page.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((n, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, l)| l).take_while(|l| !l.trim_start().starts_with("```")).collect();
        let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
        if matches!(language, "sh" | "bash" | "console" | "shell") {
            let not_run = rest.trim().strip_prefix("not run: ").map(str::to_owned);
            blocks.push(Block { line: n + 1, commands: commands(&body), not_run });
        }
    }
    blocks
}

fn commands(body: &[&str]) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut open = false;
    for line in body {
        let line = line.trim();
        let (line, continues) = line.strip_suffix('\\').map_or((line, false), |l| (l.trim_end(), true));
        match commands.last_mut() {
            Some(last) if open => {
                last.push(' ');
                last.push_str(line);
            }
            _ if line.is_empty() || line.starts_with('#') => {}
            _ => commands.push(line.to_owned()),
        }
        open = continues;
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_shell_are_found_and_others_are_not() {
        let page = "# t\n```sh\n# a remark\nplimsoll scan \\\n  x # exit 1\n```\n```text\nno\n```\n```sh not run: needs a cluster\nk\n```\n";
        let blocks = blocks(page);
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].commands, ["plimsoll scan x # exit 1"]);
        assert_eq!(expected_exit(&blocks[0].commands[0]), 1);
        assert_eq!(blocks[1].not_run.as_deref(), Some("needs a cluster"));
    }
}
