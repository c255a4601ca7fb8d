//! The difference of two texts as `diff -u` writes it, so that `git apply` and `patch` read it. Lines are matched as
//! Myers does it: An O(ND) Difference Algorithm and Its Variations, Algorithmica 1 (1986).

use std::collections::BTreeMap;

/// Lines around a change.
const AROUND: usize = 3;

/// Lines that two texts may differ by before they are compared between the lines that each has once.
const DIFFERENT_LINES_MAX: usize = 2_000;

/// The unified difference; empty if there is none.
#[must_use]
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let steps = steps(&old, &new);
    if steps.iter().all(|s| matches!(s, Step::Same)) {
        return String::new();
    }
    let path = path.trim_start_matches('/');
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    for (start, end) in hunks(&steps) {
        hunk(&mut out, &steps, (start, end), (&old, &new));
    }
    out
}

/// What is done with the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Same,
    Out,
    In,
}

/// The steps from one text to the other.
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let old = old.get(..old.len() - tail).unwrap_or_default();
    let new = new.get(..new.len() - tail).unwrap_or_default();
    let middle = shortest(old, new).unwrap_or_else(|| between_anchors(old, new));
    let same = |n| std::iter::repeat_n(Step::Same, n);
    same(head).chain(middle).chain(same(tail)).collect()
}

/// The way from one anchor to the next: lines that each text has once, in the longest order that both have them in.
fn between_anchors(old: &[&str], new: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut x, mut y) = (0, 0);
    for (next_x, next_y) in anchors(old, new).into_iter().chain([(old.len(), new.len())]) {
        let (before, after) =
            (old.get(x..next_x).unwrap_or_default(), new.get(y..next_y).unwrap_or_default());
        steps.extend(shortest(before, after).unwrap_or_else(|| {
            let all = |step, n| std::iter::repeat_n(step, n);
            all(Step::Out, before.len()).chain(all(Step::In, after.len())).collect()
        }));
        if next_x < old.len() {
            steps.push(Step::Same);
        }
        (x, y) = (next_x + 1, next_y + 1);
    }
    steps
}

/// Pairs of places of the lines that each text has once, ascending in both.
fn anchors(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let (of_old, of_new) = (once(old), once(new));
    let mut pairs: Vec<(usize, usize)> =
        of_old.iter().filter_map(|(line, x)| Some(((*x)?, (*of_new.get(line)?)?))).collect();
    pairs.sort_unstable();
    // The longest rising run of the second halves: each pile keeps its lowest top, and what lay on the pile before.
    let mut tops: Vec<usize> = Vec::new();
    let mut below: Vec<Option<usize>> = Vec::new();
    for (index, (_, y)) in pairs.iter().enumerate() {
        let lower = |top: &usize| pairs.get(*top).is_some_and(|(_, other)| other < y);
        let pile = tops.partition_point(lower);
        below.push(pile.checked_sub(1).and_then(|p| tops.get(p)).copied());
        match tops.get_mut(pile) {
            Some(top) => *top = index,
            None => tops.push(index),
        }
    }
    let mut run = Vec::new();
    let mut at = tops.last().copied();
    while let Some(index) = at {
        run.extend(pairs.get(index));
        at = below.get(index).copied().flatten();
    }
    run.reverse();
    run
}

/// The lines that stand in a text, each with its place if it stands there once.
fn once<'t>(lines: &[&'t str]) -> BTreeMap<&'t str, Option<usize>> {
    let mut found = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        found.entry(*line).and_modify(|at| *at = None).or_insert(Some(index));
    }
    found
}

/// The shortest way from one to the other; `None` if it has more steps than are looked for.
fn shortest(old: &[&str], new: &[&str]) -> Option<Vec<Step>> {
    let (n, m) = (old.len() as isize, new.len() as isize);
    let most = DIFFERENT_LINES_MAX.min(old.len() + new.len()) as isize;
    // How far down the old text each diagonal (old minus new) reaches; the state before each round is kept.
    let mut reach = vec![0_isize; 2 * most as usize + 3];
    let slot = |diagonal: isize| (diagonal + most + 1) as usize;
    let at = |reach: &[isize], diagonal: isize| reach.get(slot(diagonal)).copied().unwrap_or(0);
    let mut rounds: Vec<Vec<isize>> = Vec::new();
    for round in 0..=most {
        rounds.push(reach.get(slot(-round) - 1..=slot(round) + 1).unwrap_or_default().to_vec());
        for diagonal in (-round..=round).step_by(2) {
            let comes_down = diagonal == -round
                || (diagonal != round && at(&reach, diagonal - 1) < at(&reach, diagonal + 1));
            let mut x = if comes_down { at(&reach, diagonal + 1) } else { at(&reach, diagonal - 1) + 1 };
            while x < n && x - diagonal < m && same_line(old, x, new, x - diagonal) {
                x += 1;
            }
            if let Some(place) = reach.get_mut(slot(diagonal)) {
                *place = x;
            }
            if n <= x && m <= x - diagonal {
                return Some(back(&rounds, n, m));
            }
        }
    }
    None
}

fn same_line(old: &[&str], x: isize, new: &[&str], y: isize) -> bool {
    let line = |lines: &[&str], i: isize| usize::try_from(i).ok().filter(|i| *i < lines.len());
    match (line(old, x), line(new, y)) {
        (Some(x), Some(y)) => old.get(x) == new.get(y),
        _ => false,
    }
}

/// The way back from the end through the rounds.
fn back(rounds: &[Vec<isize>], mut x: isize, mut y: isize) -> Vec<Step> {
    let mut steps = Vec::new();
    for (round, reach) in rounds.iter().enumerate().rev() {
        let round = round as isize;
        let at = |diagonal: isize| reach.get((diagonal + round + 1) as usize).copied().unwrap_or(0);
        let diagonal = x - y;
        let comes_down = diagonal == -round || (diagonal != round && at(diagonal - 1) < at(diagonal + 1));
        let from = if comes_down { diagonal + 1 } else { diagonal - 1 };
        let (from_x, from_y) = if round == 0 { (0, 0) } else { (at(from), at(from) - from) };
        while from_x < x && from_y < y {
            steps.push(Step::Same);
            (x, y) = (x - 1, y - 1);
        }
        if round != 0 {
            steps.push(if comes_down { Step::In } else { Step::Out });
        }
        (x, y) = (from_x, from_y);
    }
    steps.reverse();
    steps
}

/// Runs of steps that are shown together: changes and what is around them.
fn hunks(steps: &[Step]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (index, _) in steps.iter().enumerate().filter(|(_, s)| !matches!(s, Step::Same)) {
        let (start, end) = (index.saturating_sub(AROUND), (index + 1 + AROUND).min(steps.len()));
        match found.last_mut() {
            Some((_, last)) if start <= *last => *last = end,
            _ => found.push((start, end)),
        }
    }
    found
}

fn hunk(out: &mut String, steps: &[Step], (start, end): (usize, usize), (old, new): (&[&str], &[&str])) {
    let count = |from: usize, to: usize, wanted: Step| {
        let some = steps.get(from..to).unwrap_or_default();
        some.iter().filter(|s| matches!(s, Step::Same) || **s == wanted).count()
    };
    let (old_at, new_at) = (count(0, start, Step::Out), count(0, start, Step::In));
    let (old_len, new_len) = (count(start, end, Step::Out), count(start, end, Step::In));
    let range = |at: usize, len: usize| match len {
        0 => format!("{at},0"),
        1 => format!("{}", at + 1),
        _ => format!("{},{len}", at + 1),
    };
    out.push_str(&format!("@@ -{} +{} @@\n", range(old_at, old_len), range(new_at, new_len)));
    let (mut old, mut new) = (old.iter().skip(old_at), new.iter().skip(new_at));
    for step in steps.get(start..end).unwrap_or_default() {
        let (mark, line) = match step {
            Step::Same => {
                new.next();
                (' ', old.next())
            }
            Step::Out => ('-', old.next()),
            Step::In => ('+', new.next()),
        };
        let line = line.copied().unwrap_or_default();
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that a difference makes of another.
    fn patched(before: &str, diff: &str) -> String {
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let (mut out, mut at, mut is_out) = (String::new(), 0, false);
        for line in diff.split_inclusive('\n').skip(2) {
            if let Some(rest) = line.strip_prefix("@@ -") {
                let (start, len) = rest
                    .split(' ')
                    .next()
                    .unwrap()
                    .split_once(',')
                    .unwrap_or((rest.split(' ').next().unwrap(), "1"));
                let start: usize = start.parse().unwrap();
                let until = if len == "0" { start } else { start - 1 };
                out.extend(old[at..until].iter().copied());
                at = until;
            } else if let Some(text) = line.strip_prefix('+') {
                out.push_str(text);
            } else if let Some(text) = line.strip_prefix(' ') {
                out.push_str(text);
                at += 1;
            } else if line.starts_with('-') {
                at += 1;
            } else if !is_out {
                out.pop();
            }
            is_out = line.starts_with('-');
        }
        out.extend(old[at..].iter().copied());
        out
    }

    #[test]
    fn a_difference_makes_the_one_of_the_other() {
        let lines = |numbers: &[u32]| numbers.iter().map(|n| format!("{n}\n")).collect::<String>();
        let long: Vec<u32> = (0..60).collect();
        let mut other = long.clone();
        other.splice(50..52, [7, 8, 9]);
        other.remove(10);
        other.insert(0, 99);
        for (before, after) in [
            (lines(&long), lines(&other)),
            (lines(&other), lines(&long)),
            (String::new(), lines(&[1, 2])),
            (lines(&[1, 2]), String::new()),
            ("a\nb".to_owned(), "a\nb\nc".to_owned()),
            ("a\r\nb\r\n".to_owned(), "a\r\nc\r\n".to_owned()),
            (lines(&[1, 2, 3, 1, 2, 2, 1]), lines(&[3, 2, 1, 2, 1, 3])),
        ] {
            let diff = unified("x", &before, &after);
            assert_eq!(patched(&before, &diff), after, "{diff}");
        }
        assert_eq!(unified("x", "a\n", "a\n"), "");
    }

    #[test]
    fn long_texts_are_compared_between_the_lines_that_each_has_once() {
        let item = |n: usize, more: &str| format!("name: {n}\nsame\n{more}same\nend\n");
        let text = |more: &str| (0..DIFFERENT_LINES_MAX).map(|n| item(n, more)).collect::<String>();
        let (before, after) = (text(""), text("new\nlines\n"));
        let diff = unified("x", &before, &after);
        assert_eq!(patched(&before, &diff), after);
        let out = diff.lines().skip(2).filter(|l| l.starts_with('-')).count();
        assert_eq!(out, 0, "nothing goes that comes again");
    }

    #[test]
    fn what_differs_too_much_is_one_change() {
        let text = |seed: usize| {
            (0..DIFFERENT_LINES_MAX).map(|n| format!("{}\n", n * seed + seed)).collect::<String>()
        };
        let (before, after) = (text(3), text(7) + "end\n");
        let diff = unified("x", &before, &after);
        assert_eq!(diff.matches("@@ -").count(), 1);
        assert_eq!(patched(&before, &diff), after);
    }

    #[test]
    fn a_difference_reads_as_others_write_it() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let diff = unified("deploy/web.yaml", before, &before.replace("h\n", "h\ni\n"));
        assert_eq!(diff, "--- a/deploy/web.yaml\n+++ b/deploy/web.yaml\n@@ -6,3 +6,4 @@\n f\n g\n h\n+i\n");
    }
}
