//! What a command costs: CPU time, wall time and peak memory of it and nothing else.
//!
//! The kernel counts the peak of a child from the moment of `fork`, when it still is its parent. So every command is
//! started by a fresh, small process of ours (`bench measure …`), which reads `wait4` and says what it read.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// What a command cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// User and system time, seconds.
    pub(crate) cpu_s: f64,
    /// From start to end, seconds.
    pub(crate) wall_s: f64,
    /// Largest resident set, mapped files included, KiB.
    pub(crate) peak_kib: u64,
    /// Exit code.
    pub(crate) exit: i32,
}

/// Runs a command and answers what it cost. Its output is dropped.
pub(crate) fn cost<S: AsRef<OsStr>>(program: &Path, args: &[S], env: &[(&str, &Path)]) -> Result<Cost> {
    let me = std::env::current_exe().context("where this program lies is not known")?;
    let mut command = Command::new(me);
    command.arg("measure").arg(program).args(args).envs(env.iter().copied()).stdin(Stdio::null());
    let output = command.output().context("the measuring process could not be started")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let Some(line) = said.lines().last() else {
        bail!("`{}` was not measured: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    };
    serde_json::from_str(line).with_context(|| format!("the measuring process said `{line}`"))
}

/// The same several times; medians, each figure for itself. An exit code outside `expected` is an error.
pub(crate) fn median<S: AsRef<OsStr>>(
    times: usize,
    program: &Path,
    args: &[S],
    env: &[(&str, &Path)],
    expected: &[i32],
) -> Result<Cost> {
    let mut costs = Vec::new();
    for _ in 0..times {
        let cost = cost(program, args, env)?;
        if !expected.contains(&cost.exit) {
            let words: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy().into_owned()).collect();
            bail!("`{} {}` ended with {}", program.display(), words.join(" "), cost.exit);
        }
        costs.push(cost);
    }
    medians(&costs)
}

/// Medians of several costs.
pub(crate) fn medians(costs: &[Cost]) -> Result<Cost> {
    let last = *costs.last().context("nothing was measured")?;
    let middle = |of: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let peak = middle(|c| c.peak_kib as f64) as u64;
    Ok(Cost { cpu_s: middle(|c| c.cpu_s), wall_s: middle(|c| c.wall_s), peak_kib: peak, exit: last.exit })
}

/// The measuring process: starts the command, waits, prints one line of JSON.
pub(crate) fn inside(command: &[&str]) -> Result<()> {
    let Some((program, args)) = command.split_first() else { bail!("`measure` needs a command") };
    let begun = Instant::now();
    let child = Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("`{program}` could not be started"))?;
    let (exit, usage) = wait(child.id())?;
    let wall_s = begun.elapsed().as_secs_f64();
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    let cost = Cost {
        cpu_s: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        wall_s,
        peak_kib: u64::try_from(usage.ru_maxrss).unwrap_or(0),
        exit,
    };
    println!("{}", serde_json::to_string(&cost)?);
    Ok(())
}

#[expect(unsafe_code, reason = "the standard library waits without telling what the child cost")]
fn wait(child: u32) -> Result<(i32, libc::rusage)> {
    let pid = libc::pid_t::try_from(child).context("a process id that is none")?;
    let mut status = 0;
    // SAFETY: `rusage` is plain numbers, for which zeros are a value; `wait4` writes both places and keeps neither.
    let (waited, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(pid, &raw mut status, 0, &raw mut usage), usage)
    };
    if waited != pid {
        bail!("waiting failed: {}", std::io::Error::last_os_error());
    }
    let exit = if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) };
    Ok((exit, usage))
}
