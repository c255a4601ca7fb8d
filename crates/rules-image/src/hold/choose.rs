//! The compound commands of a script that choose: conditions, loops and `case`.

use super::flow::{Flow, Scan, Walk, Way, decided, passed_over};
use super::parse::Node;
use super::value::{Status, Value};

/// Rounds of a loop that are followed.
const ROUNDS_MAX: usize = 3;

impl<'t> Walk<'t> {
    pub(super) fn choice(
        &mut self,
        arms: &'t [(Node, Node)],
        otherwise: Option<&'t Node>,
        way: Way,
        tested: bool,
    ) -> Vec<Way> {
        let (mut open, mut out) = (vec![way], Vec::new());
        for (n, (asked, body)) in arms.iter().enumerate() {
            let shown = self.shown(asked);
            let here = self.has(body);
            let later = arms.iter().skip(n + 1).any(|(a, b)| self.has(a) || self.has(b))
                || otherwise.is_some_and(|o| self.has(o));
            let (mut next, mut found) = (Vec::new(), Vec::new());
            for way in open {
                self.sort(asked, way, true, &mut found, &mut out);
            }
            for way in found {
                let ways = answered(way);
                let sure = ways.len() == 1;
                for (holds, way) in ways {
                    let way = way.without(if holds { later } else { here }, || match (sure, holds) {
                        (true, true) => format!("it never runs (it is the other way of `if {shown}`)"),
                        (true, false) => format!("it never runs (`if {shown}`)"),
                        (false, true) => format!("it runs only where `{shown}` does not hold"),
                        (false, false) => format!("it runs only `if {shown}`"),
                    });
                    match holds {
                        true => out.extend(self.eval(body, way, tested)),
                        false => next.push(way),
                    }
                }
            }
            open = self.merged(next);
        }
        for way in open {
            match otherwise {
                Some(body) => out.extend(self.eval(body, way, tested)),
                None => out.push(way.ends(Status::Zero)),
            }
        }
        out
    }

    pub(super) fn turns(
        &mut self,
        until: bool,
        asked: &'t Node,
        body: &'t Node,
        way: Way,
        tested: bool,
    ) -> Vec<Way> {
        let (mut open, mut out) = (vec![way], Vec::new());
        let (shown, has) = (self.shown(asked), self.has(body));
        let word = if until { "until" } else { "while" };
        for _ in 0..ROUNDS_MAX {
            let mut found = Vec::new();
            for way in std::mem::take(&mut open) {
                self.round(asked, way, true, &mut found, &mut out);
            }
            for way in found {
                let ways = answered(way);
                let sure = ways.len() == 1;
                for (holds, way) in ways {
                    if holds == until {
                        let way = way.without(has, || match sure {
                            true => format!("it never runs (`{word} {shown}`)"),
                            false => format!("it runs only `{word} {shown}`"),
                        });
                        out.push(way.ends(Status::Zero));
                    } else {
                        self.round(body, way, tested, &mut open, &mut out);
                    }
                }
            }
            open = self.merged(open);
        }
        self.endless |= !open.is_empty();
        out
    }

    /// One round of a loop: ways that begin another are `next`.
    fn round(&mut self, body: &'t Node, way: Way, tested: bool, next: &mut Vec<Way>, out: &mut Vec<Way>) {
        for way in self.eval(body, way, tested) {
            match way.flow {
                Flow::Next | Flow::Continue(0 | 1) => next.push(way.goes(Flow::Next)),
                Flow::Break(0 | 1) => out.push(way.goes(Flow::Next)),
                Flow::Break(n) => out.push(way.goes(Flow::Break(n - 1))),
                Flow::Continue(n) => out.push(way.goes(Flow::Continue(n - 1))),
                Flow::Return | Flow::Exit => out.push(way),
            }
        }
    }

    /// `for x in …`: once for each word, so at least once for a word that stands there.
    pub(super) fn each(
        &mut self,
        name: &str,
        words: &[String],
        body: &'t Node,
        way: Way,
        tested: bool,
    ) -> Vec<Way> {
        let fixed = |w: &&String| !w.contains(['$', '*', '?', '`']) || w.starts_with("$(seq");
        let known = words.iter().all(|w| fixed(&w));
        let mut out = Vec::new();
        if !words.iter().any(|w| fixed(&w)) {
            let why = || "it stands in a loop, of which nobody knows how often it runs".to_owned();
            out.push(way.clone().without(self.has(body), why).ends(Status::Zero));
        }
        let mut open = vec![way];
        let rounds = if known { words.len().min(ROUNDS_MAX) } else { ROUNDS_MAX };
        for round in 0..rounds {
            let mut next = Vec::new();
            for mut way in open {
                let word = words.get(round).filter(|_| known).cloned();
                way.state.values.variables.insert(name.to_owned(), word.map_or(Value::Unset, Value::Text));
                let way = if way.carries() { way.clone().because(passed_over(&way, tested)) } else { way };
                self.round(body, way, tested, &mut next, &mut out);
            }
            open = self.merged(next);
        }
        out.extend(open);
        out
    }

    pub(super) fn case(
        &mut self,
        word: &str,
        arms: &'t [(Vec<String>, Node)],
        way: Way,
        tested: bool,
    ) -> Vec<Way> {
        let mut out = Vec::new();
        let mut open = Some(way);
        for (patterns, body) in arms {
            let Some(way) = open.take() else { break };
            let fit = patterns.iter().map(|p| match p.as_str() {
                "*" => Status::Zero,
                pattern => way.state.values.test(&[word, "=", pattern]),
            });
            let fit: Vec<Status> = fit.collect();
            if fit.contains(&Status::Zero) {
                out.extend(self.eval(body, way, tested));
            } else if fit.iter().all(|s| *s == Status::Fails) {
                open = Some(way.without(self.has(body), || format!("it never runs (`case {word}`)")));
            } else {
                out.extend(self.eval(body, way.clone(), tested));
                open = Some(way.without(self.has(body), || "it stands in a `case`".to_owned()));
            }
        }
        let later = |n: &Way| n.state.scan == Scan::NotRun && n.why.is_none();
        let has = arms.iter().any(|(_, body)| self.has(body));
        let told = out.into_iter().map(|w| match has && later(&w) {
            true => w.because("it stands in a `case`"),
            false => w,
        });
        let mut out: Vec<Way> = told.collect();
        out.extend(open.map(|way| way.ends(Status::Zero)));
        out
    }
}

/// Whether what was asked holds. The answer of a scan that was asked only chooses what comes next.
fn answered(way: Way) -> Vec<(bool, Way)> {
    decided(match way.carries() {
        true => way.because("its answer only chooses what the script does next"),
        false => way,
    })
}
