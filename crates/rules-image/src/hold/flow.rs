//! What becomes of a scan's answer: the script is followed as a shell would, on the supposition that the scan fails.
//!
//! Where only the run decides, all ways are followed. A scan enforces if no way on which it fails, or on which it is
//! left out, ends well. Other commands are taken to do their work.

use std::collections::{BTreeMap, BTreeSet};

use super::builtin;
use super::parse::{Kind, Node, Tree};
use super::shell::{Ends, Shell};
use super::value::{Status, Value, Values};

/// Steps of following one script.
const STEPS_MAX: usize = 200_000;

/// Ways through a script that are followed at a time.
const WAYS_MAX: usize = 128;

/// Calls and compound commands within one another.
const CALLS_DEPTH_MAX: usize = 100;

/// Where a way goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break(usize),
    Continue(usize),
    Return,
    Exit,
}

/// What has become of the scan on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    NotRun,
    Passed,
    Failed,
}

/// What the shell knows at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) values: Values,
    pub(super) functions: BTreeMap<String, usize>,
    pub(super) aliases: BTreeSet<String>,
    pub(super) exit_trap: Option<usize>,
    pub(super) error_trap: Option<usize>,
    pub(super) shell: Shell,
    pub(super) scan: Scan,
    /// Something else failed after the scan, and the script provides for it.
    pub(super) aside: bool,
}

/// A way through the script, up to where it is.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) flow: Flow,
    pub(super) state: State,
    /// What threw the answer away, or kept the scan from being run.
    pub(super) why: Option<String>,
}

impl Way {
    pub(super) fn status(&self) -> Status {
        self.state.values.status
    }

    pub(super) fn ends(mut self, status: Status) -> Self {
        self.state.values.status = status;
        self
    }

    pub(super) fn goes(mut self, flow: Flow) -> Self {
        self.flow = flow;
        self
    }

    pub(super) fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Its status is the scan's failure.
    pub(super) fn carries(&self) -> bool {
        self.state.scan == Scan::Failed && self.status() == Status::Fails
    }

    /// Notes why a part is passed over, if the scan stands there.
    pub(super) fn without(self, scan_is_there: bool, why: impl FnOnce() -> String) -> Self {
        if scan_is_there && self.state.scan == Scan::NotRun { self.because(why()) } else { self }
    }
}

/// Follows a script.
pub(super) struct Walk<'t> {
    pub(super) tree: &'t Tree,
    pub(super) scan: usize,
    /// Functions in which the scan stands, or that call one of them.
    holders: BTreeSet<&'t str>,
    steps: usize,
    depth: usize,
    /// It was too much to follow.
    lost: bool,
    /// A loop had no end that is known.
    pub(super) endless: bool,
    /// The status that a trap was entered with.
    pub(super) trapped: Option<Status>,
}

/// What becomes of the answer of command `scan` of a script.
pub(super) fn ends(tree: &Tree, scan: usize, shell: Shell) -> Ends {
    let mut walk = Walk {
        tree,
        scan,
        holders: BTreeSet::new(),
        steps: 0,
        depth: 0,
        lost: false,
        endless: false,
        trapped: None,
    };
    let function = walk.hold();
    let assigned = tree.commands.iter().flat_map(|c| builtin::assigned(&c.words));
    let variables = assigned.map(|(name, _)| (name.to_owned(), Value::Open)).collect();
    let values = Values { variables, status: Status::Zero, pipe: Vec::new(), job: None };
    let state = State {
        values,
        functions: BTreeMap::new(),
        aliases: BTreeSet::new(),
        exit_trap: None,
        error_trap: None,
        shell,
        scan: Scan::NotRun,
        aside: false,
    };
    let ways = walk.eval(&tree.root, Way { flow: Flow::Next, state, why: None }, false);
    let ways: Vec<Way> = ways.into_iter().flat_map(|way| walk.leave(way)).collect();
    match (walk.lost, walk.endless) {
        (true, _) => Ends::perhaps("its script has more ways than are followed"),
        (_, endless) => judged(&ways, function, endless),
    }
}

/// What the ends of all ways say.
fn judged(ways: &[Way], function: Option<&str>, endless: bool) -> Ends {
    const UNKNOWN: &str = "what becomes of its answer is up to the script around it";
    let (mut held, mut open) = (false, false);
    let (mut lost, mut skipped) = (None, None);
    for way in ways {
        match (way.state.scan, way.status()) {
            (Scan::Failed, Status::Fails) => held |= !way.state.aside,
            (Scan::Failed, Status::Open) => open = true,
            (Scan::Failed, _) => lost = lost.or(Some(way.why.as_deref().unwrap_or(UNKNOWN))),
            (Scan::Passed, _) | (Scan::NotRun, Status::Fails) => {}
            (Scan::NotRun, _) => {
                skipped = skipped.or(Some(way.why.as_deref().unwrap_or("it may be left out")))
            }
        }
    }
    let never = || match (function, ways.iter().find_map(|way| way.why.clone())) {
        (_, Some(why)) => why,
        (Some(name), None) => format!("it stands in the function `{name}`, which nothing calls"),
        (None, None) => "it never runs".to_owned(),
    };
    match (held, open, lost, skipped) {
        (true, false, None, None) => Ends::Yes,
        (_, true, ..) | (true, _, Some(_), _) => Ends::perhaps(UNKNOWN),
        (true, _, None, Some(why)) => Ends::perhaps(why),
        (false, false, Some(why), _) => Ends::no(why),
        (false, false, None, _) if endless => Ends::perhaps("it stands in a loop that may never end"),
        (false, false, None, _) => Ends::no(never()),
    }
}

impl<'t> Walk<'t> {
    /// Finds the functions that hold the scan; answers the one it stands in.
    fn hold(&mut self) -> Option<&'t str> {
        let tree = self.tree;
        let bodies =
            tree.functions.iter().filter_map(|(name, body)| Some((name.as_str(), tree.bodies.get(*body)?)));
        let all: Vec<(&str, &Node)> = bodies.collect();
        for _ in 0..all.len() {
            let before = self.holders.len();
            let found: Vec<&str> =
                all.iter().filter(|(_, body)| self.has(body)).map(|(name, _)| *name).collect();
            self.holders.extend(found);
            if self.holders.len() == before {
                break;
            }
        }
        all.iter().find(|(_, body)| (body.from..body.to).contains(&self.scan)).map(|(name, _)| *name)
    }

    /// Whether the scan stands in a part, or in a function that it calls.
    pub(super) fn has(&self, node: &Node) -> bool {
        let calls = |n: usize| {
            let first = self.tree.commands.get(n).and_then(|c| c.words.first());
            first.is_some_and(|w| self.holders.contains(w.as_str()))
        };
        (node.from..node.to).contains(&self.scan) || (node.from..node.to).any(calls)
    }

    /// The first command of a part, in words.
    pub(super) fn shown(&self, node: &Node) -> String {
        let first = self.tree.commands.get(node.from..node.to).and_then(<[_]>::first);
        first.map_or_else(|| "…".to_owned(), |c| c.words.join(" "))
    }

    /// Every way through a part. `tested` is one whose failure the script looks at, which does not end it.
    pub(super) fn eval(&mut self, node: &'t Node, way: Way, tested: bool) -> Vec<Way> {
        self.steps += 1;
        if self.lost || STEPS_MAX < self.steps || CALLS_DEPTH_MAX <= self.depth {
            self.lost = true;
            return vec![way];
        }
        self.depth += 1;
        let ways = match &node.kind {
            Kind::Simple(id) => self.simple(*id, way, tested),
            Kind::List(nodes) => self.list(nodes, way, tested),
            Kind::Chain(first, rest) => self.chain(first, rest, way, tested),
            Kind::Not(inner) => self.turned(inner, way),
            Kind::Pipe(nodes) => self.pipe(nodes, way, tested),
            Kind::Background(inner) => self.background(inner, way),
            Kind::Subshell(inner) => {
                let shell = way.state.shell;
                let ways = self.within(inner, way, shell, tested);
                ways.into_iter().flat_map(|way| self.settled(way, tested)).collect()
            }
            Kind::If(arms, otherwise) => self.choice(arms, otherwise.as_deref(), way, tested),
            Kind::Loop { until, asked, body } => self.turns(*until, asked, body, way, tested),
            Kind::For { name, words, body } => self.each(name, words, body, way, tested),
            Kind::Case { word, arms } => self.case(word, arms, way, tested),
            Kind::Function { name, body } => {
                let mut way = way.ends(Status::Zero);
                way.state.functions.insert(name.clone(), *body);
                vec![way]
            }
            Kind::Arithmetic(text) => {
                let status = way.state.values.arithmetic(text);
                self.settled(way.ends(status), tested)
            }
        };
        self.depth -= 1;
        self.merged(ways)
    }

    /// Ways that are at the same point are one.
    pub(super) fn merged(&mut self, ways: Vec<Way>) -> Vec<Way> {
        let mut out: Vec<Way> = Vec::with_capacity(ways.len());
        for way in ways {
            if !out.iter().any(|w| w.flow == way.flow && w.state == way.state) {
                out.push(way);
            }
        }
        if WAYS_MAX < out.len() {
            self.lost = true;
            out.truncate(1);
        }
        out
    }

    fn list(&mut self, nodes: &'t [Node], way: Way, tested: bool) -> Vec<Way> {
        let (mut open, mut done) = (vec![way], Vec::new());
        for node in nodes {
            let mut next = Vec::new();
            for way in open {
                let way = if way.carries() { way.clone().because(passed_over(&way, tested)) } else { way };
                self.sort(node, way, tested, &mut next, &mut done);
            }
            open = self.merged(next);
        }
        done.extend(open);
        done
    }

    /// Follows a part: ways that go on behind it are `next`, others `done`.
    pub(super) fn sort(
        &mut self,
        node: &'t Node,
        way: Way,
        tested: bool,
        next: &mut Vec<Way>,
        done: &mut Vec<Way>,
    ) {
        for way in self.eval(node, way, tested) {
            if way.flow == Flow::Next { next.push(way) } else { done.push(way) }
        }
    }

    fn chain(&mut self, first: &'t Node, rest: &'t [(bool, Node)], way: Way, tested: bool) -> Vec<Way> {
        let (mut open, mut done) = (Vec::new(), Vec::new());
        self.sort(first, way, true, &mut open, &mut done);
        let mut before = first;
        for (n, (and, node)) in rest.iter().enumerate() {
            let tested = tested || n + 1 != rest.len();
            let has = self.has(node);
            let mut next = Vec::new();
            for way in open {
                // What stands before a scan with `&&` is taken to work.
                let way = match way.status() {
                    Status::Work if *and && has => way.ends(Status::Zero),
                    _ => way,
                };
                let ways = decided(way);
                let sure = ways.len() == 1;
                for (holds, way) in ways {
                    if holds == *and {
                        let carries = way.carries();
                        let why = || format!("`|| {}` throws its answer away", self.shown(node));
                        let why = if carries { why() } else { String::new() };
                        for way in self.eval(node, way, tested) {
                            let lost = carries && way.status() != Status::Fails;
                            let way = if lost { way.because(why.clone()) } else { way };
                            if way.flow == Flow::Next { next.push(way) } else { done.push(way) }
                        }
                    } else {
                        let shown = self.shown(before);
                        next.push(way.without(has, || match (sure, and) {
                            (true, true) => format!("it never runs (behind `{shown} &&`)"),
                            (true, false) => format!("it never runs (behind `{shown} ||`)"),
                            (false, true) => format!("it runs only if `{shown}` holds"),
                            (false, false) => format!("it runs only if `{shown}` fails"),
                        }));
                    }
                }
            }
            open = self.merged(next);
            before = node;
        }
        done.extend(open);
        done
    }

    fn turned(&mut self, inner: &'t Node, way: Way) -> Vec<Way> {
        let turn = |way: Way| {
            let way = if way.carries() { way.because("`!` turns its answer round") } else { way };
            let status = match way.status() {
                Status::Zero => Status::Fails,
                Status::Fails => Status::Zero,
                Status::Work => Status::Turned,
                Status::Turned => Status::Work,
                other => other,
            };
            if way.flow == Flow::Next { way.ends(status) } else { way }
        };
        self.eval(inner, way, true).into_iter().map(turn).collect()
    }

    fn pipe(&mut self, nodes: &'t [Node], way: Way, tested: bool) -> Vec<Way> {
        let mut open = vec![(way, Vec::new())];
        for node in nodes {
            let mut next = Vec::new();
            for (way, statuses) in open {
                let shell = way.state.shell;
                for way in self.within(node, way, shell, tested) {
                    let mut statuses: Vec<Status> = statuses.clone();
                    statuses.push(way.status());
                    next.push((way, statuses));
                }
            }
            self.lost |= WAYS_MAX < next.len();
            next.truncate(WAYS_MAX);
            open = next;
        }
        let mut out = Vec::new();
        for (mut way, statuses) in open {
            let last = statuses.last().copied().unwrap_or(Status::Zero);
            let worst = [Status::Fails, Status::Open, Status::Asked, Status::Work];
            let worst = worst.into_iter().find(|s| statuses.contains(s)).unwrap_or(last);
            if way.state.scan == Scan::Failed && worst == Status::Fails && !way.state.shell.pipefail {
                way = way.because("its answer is lost in a pipe without `pipefail`");
            }
            let status = if way.state.shell.pipefail { worst } else { last };
            way.state.values.pipe = statuses;
            out.extend(self.settled(way.ends(status), tested));
        }
        out
    }

    fn background(&mut self, inner: &'t Node, way: Way) -> Vec<Way> {
        let shell = way.state.shell;
        let ways = self.within(inner, way, shell, false).into_iter().map(|way| {
            let mut way = match way.carries() {
                true => way.because("it runs in the background, and nobody waits for its answer"),
                false => way,
            };
            way.state.values.job = Some(way.status());
            way.ends(Status::Zero)
        });
        ways.collect()
    }

    /// A shell within the shell: what it sets is forgotten, its end is no end of the script.
    pub(super) fn within(&mut self, node: &'t Node, way: Way, shell: Shell, tested: bool) -> Vec<Way> {
        let outer = way.state.clone();
        let mut way = way;
        way.state.exit_trap = None;
        way.state.shell = shell;
        let ways = self.eval(node, way, tested);
        let ways: Vec<Way> = ways.into_iter().flat_map(|way| self.leave(way)).collect();
        let back = |way: Way| {
            let values = Values { status: way.status(), ..outer.values.clone() };
            let state = State { values, scan: way.state.scan, aside: way.state.aside, ..outer.clone() };
            Way { flow: Flow::Next, state, why: way.why }
        };
        ways.into_iter().map(back).collect()
    }

    /// The end of a shell, with what it trapped.
    fn leave(&mut self, mut way: Way) -> Vec<Way> {
        match way.state.exit_trap.take().and_then(|body| self.tree.bodies.get(body)) {
            Some(body) => self.trap(body, way.goes(Flow::Next)),
            None => vec![way],
        }
    }

    /// Runs what a trap holds; only `exit` in it changes the status.
    fn trap(&mut self, body: &'t Node, way: Way) -> Vec<Way> {
        let status = way.status();
        let before = self.trapped.replace(status);
        let ways = self.eval(body, way, false);
        self.trapped = before;
        let back = |way: Way| match way.flow {
            Flow::Exit if way.status() != status => {
                way.because("a `trap` ends the script well, whatever came before")
            }
            Flow::Exit => way,
            _ => way.ends(status).goes(Flow::Next),
        };
        ways.into_iter().map(back).collect()
    }

    /// What the shell does with the status of a command (POSIX, `set -e`).
    pub(super) fn settled(&mut self, mut way: Way, tested: bool) -> Vec<Way> {
        if tested {
            return vec![way];
        }
        if way.status() == Status::Fails
            && let Some(body) = way.state.error_trap.and_then(|body| self.tree.bodies.get(body))
        {
            let trap = way.state.error_trap.take();
            let ways = self.trap(body, way);
            let (mut back, mut gone) = (Vec::new(), Vec::new());
            for mut way in ways {
                way.state.error_trap = trap;
                if way.flow == Flow::Next { back.push(way) } else { gone.push(way) }
            }
            let strict = |way: Way| if way.state.shell.errexit { way.goes(Flow::Exit) } else { way };
            gone.extend(back.into_iter().map(strict));
            return gone;
        }
        match (way.state.shell.errexit, way.status()) {
            (true, Status::Fails) => vec![way.goes(Flow::Exit)],
            (true, Status::Open) => {
                let fails = way.clone().ends(Status::Fails).goes(Flow::Exit);
                vec![fails, way.ends(Status::Zero)]
            }
            (true, Status::Work | Status::Asked) => vec![way.ends(Status::Zero)],
            _ => vec![way],
        }
    }
}

/// Why a status that nobody asked for does not end the script.
pub(super) fn passed_over(way: &Way, tested: bool) -> &'static str {
    match way.state.shell.errexit && !tested {
        true => "a failure before `&&` does not end the script, which goes on",
        false => "the script goes on after it fails, and a later command's answer counts",
    }
}

/// Whether a condition holds; both ways where only the run knows.
pub(super) fn decided(way: Way) -> Vec<(bool, Way)> {
    let failed = way.state.scan == Scan::Failed;
    let aside = |mut way: Way| {
        way.state.aside |= failed;
        way
    };
    match way.status() {
        Status::Zero => vec![(true, way)],
        Status::Fails => vec![(false, way)],
        Status::Work => vec![(true, way.clone().ends(Status::Zero)), (false, aside(way))],
        Status::Turned => vec![(true, aside(way.clone()).ends(Status::Zero)), (false, way)],
        Status::Asked => vec![(true, way.clone().ends(Status::Zero)), (false, way)],
        Status::Open => {
            vec![(true, way.clone().ends(Status::Zero)), (false, way.ends(Status::Fails))]
        }
    }
}
