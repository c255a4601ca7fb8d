//! The same ranges asked of the ecosystems' own libraries, where they are installed: Node's `semver`, Python's
//! `packaging` and `poetry-core`, Composer's `semver`, RubyGems, Elixir. What is missing skips its test and says so.

use crate::range::{Dialect, allows};
use crate::tests::peers::{ask, ask_semver, numbers};

/// Ranges of up to three clauses and versions, the same in every run.
fn questions(
    operators: &[&str],
    between: &[&str],
    parts: &[&str],
    tails: &[&str],
    count: usize,
) -> Vec<(String, String)> {
    let mut below = numbers();
    let mut pick = |from: &[&str]| from[below(from.len())].to_owned();
    let three = ["0", "1", "2", "3"];
    let version = |full: bool, pick: &mut dyn FnMut(&[&str]) -> String| {
        let mut out = pick(&three);
        for _ in 0..2 {
            let part = if full { pick(&three) } else { pick(parts) };
            if part.is_empty() {
                return out;
            }
            out = format!("{out}.{part}");
            if matches!(part.as_str(), "x" | "*") {
                return out;
            }
        }
        out + &pick(tails)
    };
    (0..count)
        .map(|n| {
            let mut range = pick(operators) + &version(false, &mut pick);
            for _ in 0..n % 3 {
                range = format!("{range}{}{}{}", pick(between), pick(operators), version(false, &mut pick));
            }
            (range, version(true, &mut pick))
        })
        .collect()
}

/// Compares answers, `y`, `n` or `?` for what the peer does not read. What the peer reads we may refuse (nothing is said
/// of it then), but not often.
fn agree(dialect: Dialect, questions: &[(String, String)], answers: Option<Vec<String>>, peer: &str) {
    let Some(answers) = answers else {
        println!("SKIPPED: {peer} is not installed, its ranges were not compared");
        return;
    };
    let (mut compared, mut refused) = (0, 0);
    for ((range, version), answer) in questions.iter().zip(&answers) {
        match (allows(dialect, range, version), answer.as_str()) {
            (_, "?") => {}
            (Err(_), _) => refused += 1,
            (Ok(ours), theirs) => {
                compared += 1;
                assert_eq!(ours, theirs == "y", "{peer}: `{range}` and {version}");
            }
        }
    }
    assert!(
        questions.len() / 4 < compared && refused * 10 < compared,
        "{peer}: {compared} compared, {refused} refused"
    );
    println!("{peer}: {compared} ranges agree, {refused} are refused");
}

const LABELS: [&str; 6] = ["", "", "", "-beta", "-beta.2", "-0"];

#[test]
fn npm_as_node_semver() {
    let script = "
console.log(lines.map(l => {
  const [range, version] = l.split('\\t');
  const read = semver.validRange(range, true);
  // To `semver` a range that allows everything allows no pre-release; npm does not ask it then.
  if (read === null || (read === '*' && version.includes('-'))) return '?';
  return semver.satisfies(version, range, true) ? 'y' : 'n';
}).join('\\n'));
";
    let operators = ["", "^", "~", ">=", "<=", ">", "<", "=", "~> ", ">= v"];
    let parts = ["0", "1", "2", "x", "*", ""];
    let mut asked = questions(&operators, &[" ", " || "], &parts, &LABELS, 20_000);
    asked.extend(questions(&[""], &[" - "], &parts, &LABELS, 3_000));
    agree(Dialect::Npm, &asked, ask_semver(script, &asked), "node-semver");
}

#[test]
fn python_as_packaging() {
    let script = "
import sys
from packaging.specifiers import SpecifierSet, InvalidSpecifier
for line in sys.stdin:
    range, version = line.rstrip('\\n').split('\\t')
    try:
        print('y' if SpecifierSet(range).contains(version, prereleases=True) else 'n')
    except InvalidSpecifier:
        print('?')
";
    let tails = ["", "", "a1", "rc2", ".post1", ".dev3", "+local", "b2.dev1"];
    let operators = ["==", "!=", ">=", "<=", ">", "<", "~="];
    let asked = questions(&operators, &[",", ", "], &["0", "1", "2", "*", ""], &tails, 20_000);
    agree(Dialect::Pep440, &asked, ask("python3", &["-c", script], &asked), "packaging");
}

#[test]
fn poetry_as_poetry_core() {
    let script = "
import sys
from poetry.core.constraints.version import parse_constraint, Version
for line in sys.stdin:
    range, version = line.rstrip('\\n').split('\\t')
    try:
        print('y' if parse_constraint(range).allows(Version.parse(version)) else 'n')
    except Exception:
        print('?')
";
    let tails = ["", "", "", "a1", "rc2", ".post1"];
    let operators = ["^", "~", "==", "", ">=", "<=", "<", "~=", "!="];
    let asked = questions(&operators, &[",", " ", " || "], &["0", "1", "2", ""], &tails, 20_000);
    agree(Dialect::Poetry, &asked, ask("python3", &["-c", script], &asked), "poetry-core");
}

#[test]
fn composer_as_composer_semver() {
    let script = "
foreach (['/usr/share/php/Composer/Semver/autoload.php'] as $file) { if (!@include_once $file) exit(1); }
$parser = new Composer\\Semver\\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    [$range, $version] = explode(\"\\t\", rtrim($line, \"\\n\"));
    try { echo Composer\\Semver\\Semver::satisfies($version, $range) ? 'y' : 'n', \"\\n\"; }
    catch (Throwable $e) { echo \"?\\n\"; }
}
";
    let tails = ["", "", "", "-beta1", "-RC2", "-dev", "-p1", "@beta"];
    let operators = ["^", "~", "", ">=", "<=", ">", "<", "!=", "="];
    let asked =
        questions(&operators, &[",", " ", " || ", " - "], &["0", "1", "2", "*", "x", ""], &tails, 20_000);
    agree(Dialect::Composer, &asked, ask("php", &["-r", script], &asked), "composer/semver");
}

#[test]
fn gems_as_rubygems() {
    let script = "
STDIN.each_line do |line|
  range, version = line.chomp.split(\"\\t\")
  begin
    puts Gem::Requirement.new(range.split(',')).satisfied_by?(Gem::Version.new(version)) ? 'y' : 'n'
  rescue ArgumentError
    puts '?'
  end
end
";
    let tails = ["", "", ".rc1", ".beta.2", "-x86", ".4"];
    let operators = ["~> ", "", "= ", ">= ", "<= ", "> ", "<", "!= "];
    let asked = questions(&operators, &[", ", ","], &["0", "1", "2", ""], &tails, 20_000);
    agree(Dialect::Gem, &asked, ask("ruby", &["-e", script], &asked), "rubygems");
}

#[test]
fn hex_as_elixir() {
    let script = "
IO.stream(:stdio, :line) |> Enum.each(fn line ->
  [range, version] = line |> String.trim_trailing(\"\\n\") |> String.split(\"\\t\")
  IO.puts(case {Version.parse_requirement(range), Version.parse(version)} do
    {{:ok, range}, {:ok, version}} -> if Version.match?(version, range), do: \"y\", else: \"n\"
    _ -> \"?\"
  end)
end)
";
    let operators = ["~> ", "", "== ", ">= ", "<= ", "> ", "< ", "!= "];
    let asked = questions(&operators, &[" and ", " or "], &["0", "1", "2", "3"], &LABELS, 20_000);
    agree(Dialect::Hex, &asked, ask("elixir", &["-e", script], &asked), "elixir");
}
