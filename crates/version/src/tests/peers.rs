//! The same pairs asked of the ecosystems' own tools, where they are installed: dpkg, Python's `packaging`, Node's
//! `semver`. A tool that is missing skips its test and says so.

use std::cmp::Ordering;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::{Scheme, compare};

/// Numbers below the one that is given, the same in every run.
pub(crate) fn numbers() -> impl FnMut(usize) -> usize {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    move |n| {
        // SplitMix64: enough to be spread, and no dependency.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}

/// Pairs of versions built from `atoms`, the same in every run.
fn pairs(atoms: &[&str], count: usize) -> Vec<(String, String)> {
    let mut below = numbers();
    let mut tail = |max: usize| (0..below(max)).map(|_| atoms[below(atoms.len())]).collect::<String>();
    (0..count)
        .map(|n| {
            let head = format!("{}{}", n % 3, tail(4));
            (format!("{head}{}", tail(5)), format!("{head}{}", tail(5)))
        })
        .collect()
}

/// What `program` answers to the pairs, one word a line; it reads a pair a line, a tab between.
pub(crate) fn ask(program: &str, arguments: &[&str], pairs: &[(String, String)]) -> Option<Vec<String>> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let lines: String = pairs.iter().map(|(a, b)| format!("{a}\t{b}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let answers: Vec<String> = text.lines().map(str::to_owned).collect();
    (answers.len() == pairs.len()).then_some(answers)
}

/// What Node's `semver` answers; `script` begins with `semver` and `lines` at hand.
pub(crate) fn ask_semver(script: &str, pairs: &[(String, String)]) -> Option<Vec<String>> {
    let load = "
let semver;
for (const path of ['semver', '/usr/share/nodejs/semver', '/usr/lib/node_modules/npm/node_modules/semver']) {
  try { semver = require(path); break; } catch (e) {}
}
if (!semver) process.exit(1);
const lines = require('fs').readFileSync(0, 'utf8').split('\\n').filter(l => l);
";
    ask("node", &["-e", &format!("{load}{script}")], pairs)
}

fn agree(scheme: Scheme, pairs: &[(String, String)], answers: Option<Vec<String>>, peer: &str) {
    let Some(answers) = answers else {
        println!("SKIPPED: {peer} is not installed, its order was not compared");
        return;
    };
    let mut compared = 0;
    for ((a, b), answer) in pairs.iter().zip(&answers) {
        let ours = match compare(scheme, a, b) {
            Ok(Ordering::Less) => "<",
            Ok(Ordering::Equal) => "=",
            Ok(Ordering::Greater) => ">",
            Err(_) => "?",
        };
        if answer != "?" {
            compared += 1;
            assert_eq!(ours, answer, "{peer}: {a} and {b}");
        }
    }
    assert!(pairs.len() / 10 < compared, "{peer} ordered {compared} pairs only");
    println!("{peer}: {compared} pairs agree");
}

#[test]
fn debian_as_dpkg() {
    let pairs = pairs(&["1", "0", "9", "10", "a", "b", "Z", "~", "+", ".", ".", "-", "~rc", "deb"], 400);
    let script = "while read a b; do for sign in '<lt' '>gt' '=eq' '?xx'; do \
                  if [ $sign = '?xx' ] || dpkg --compare-versions \"$a\" ${sign#?} \"$b\"; then \
                  echo ${sign%??}; break; fi; done; done 2>/dev/null";
    let is_there = Command::new("dpkg").arg("--version").stdout(Stdio::null()).status().is_ok();
    let answers = if is_there { ask("sh", &["-c", script], &pairs) } else { None };
    agree(Scheme::Deb, &pairs, answers, "dpkg");
}

#[test]
fn python_as_packaging() {
    let atoms = [
        "1", "0", ".", ".", "-", "_", "a", "b", "rc", "c", "dev", "post", "r", "alpha", "+", "pre", "!", "01",
    ];
    let script = "
import sys
from packaging.version import Version, InvalidVersion
for line in sys.stdin:
    a, b = line.split()
    try:
        a, b = Version(a), Version(b)
        print('<' if a < b else '>' if a > b else '=')
    except InvalidVersion:
        print('?')
";
    let pairs = pairs(&atoms, 20_000);
    agree(Scheme::Pep440, &pairs, ask("python3", &["-c", script], &pairs), "packaging");
}

#[test]
fn npm_as_node_semver() {
    let script = "
console.log(lines.map(l => {
  const [a, b] = l.split('\\t');
  if (!semver.valid(a) || !semver.valid(b)) return '?';
  return '<=>'[semver.compare(a, b) + 1];
}).join('\\n'));
";
    let tails = pairs(&["1", "0", "-", "a", "B", "-rc", "-", ".", "x-y", "+b"], 20_000);
    let whole: Vec<(String, String)> = tails
        .iter()
        .map(|(a, b)| (format!("1.{}.0-{a}", a.len() % 2), format!("1.{}.0-{b}", b.len() % 2)))
        .collect();
    agree(Scheme::Semver, &whole, ask_semver(script, &whole), "node-semver");
}
