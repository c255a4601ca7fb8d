//! The end: what was read, what the gates said, and the verdict.

use api::{GateOutcome, VerdictOutcome};
use model::Ledger;

use crate::table::head::LABEL;
use crate::table::pen::{Pen, Tone};
use crate::text::{bytes, count};
use crate::view::View;

/// Entries of the ledger's lists shown.
const LEDGER_MAX: usize = 6;
/// Matched ids shown of one gate.
const MATCHED_MAX: usize = 6;

/// Writes ledger, gates and verdict.
pub(crate) fn write(pen: &mut Pen, view: &View<'_>) {
    pen.heading("Verdict", "");
    ledger(pen, &view.report.ledger);
    for gate in &view.report.verdict.gates {
        let (word, tone) = match gate.outcome {
            GateOutcome::Pass => ("pass", Tone::Good),
            GateOutcome::Fail => ("FAIL", Tone::Bad),
            GateOutcome::Incomplete => ("INCOMPLETE", Tone::Warn),
        };
        pen.labelled("Gate", tone, &format!("{word}: {}", gate.expression), LABEL);
        pen.labelled("", Tone::Plain, &gate.because, LABEL);
        if !gate.matched.is_empty() {
            let shown: Vec<&str> = gate.matched.iter().take(MATCHED_MAX).map(String::as_str).collect();
            let more = gate.matched.len().saturating_sub(MATCHED_MAX);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            pen.labelled("", Tone::Quiet, &format!("matched: {}{more}", shown.join(", ")), LABEL);
        }
    }
    let (word, tone, text) = sentence(view);
    pen.labelled("Verdict", tone, &format!("{word}: {text} (exit {})", view.report.verdict.exit), LABEL);
}

fn sentence(view: &View<'_>) -> (&'static str, Tone, String) {
    let verdict = &view.report.verdict;
    let with = |outcome| verdict.gates.iter().filter(|g| g.outcome == outcome).count() as u64;
    match verdict.outcome {
        VerdictOutcome::Pass => {
            let n = verdict.gates.len() as u64;
            (
                "PASS",
                Tone::Good,
                if n == 1 { "the gate passed".into() } else { format!("all {n} gates passed") },
            )
        }
        VerdictOutcome::Fail => {
            let failed = count(with(GateOutcome::Fail), "gate", "gates");
            ("FAIL", Tone::Bad, format!("{failed} failed on something known"))
        }
        VerdictOutcome::Incomplete if with(GateOutcome::Incomplete) != 0 => {
            let open = count(with(GateOutcome::Incomplete), "gate", "gates");
            ("INCOMPLETE", Tone::Warn, format!("{open} could not be decided, see what could not be known"))
        }
        VerdictOutcome::Incomplete => (
            "INCOMPLETE",
            Tone::Warn,
            "the target could not be read whole, see what could not be known".into(),
        ),
        VerdictOutcome::Ungated => (
            "UNGATED",
            Tone::Plain,
            "nothing was gated, the target was read whole; set a gate with --fail-on".into(),
        ),
    }
}

fn ledger(pen: &mut Pen, ledger: &Ledger) {
    let mut facts = vec![format!("{} in {}", bytes(ledger.bytes), count(ledger.files, "file", "files"))];
    for (n, one, many) in [
        (ledger.layers, "layer", "layers"),
        (ledger.documents, "document", "documents"),
        (ledger.objects, "object", "objects"),
    ] {
        if n != 0 {
            facts.push(count(n, one, many));
        }
    }
    if ledger.skipped.is_empty() && ledger.unread.is_empty() {
        facts.push("nothing skipped, nothing unread".to_owned());
    }
    let facts = facts.join(pen.dot());
    pen.labelled("Read", Tone::Plain, &facts, LABEL);
    let rendered = ledger.rendered.iter().map(|r| format!("{} ({})", r.r#where, r.by));
    list(pen, ("Rendered", Tone::Plain), ledger.rendered.len(), rendered);
    let skipped = ledger.skipped.iter().map(|s| format!("{} ({} = {})", s.r#where, s.bound, s.limit));
    list(pen, ("Skipped", Tone::Warn), ledger.skipped.len(), skipped);
    let unread = ledger.unread.iter().map(|u| format!("{}: {}", u.r#where, u.reason));
    list(pen, ("Unread", Tone::Warn), ledger.unread.len(), unread);
}

fn list(pen: &mut Pen, (mut label, tone): (&str, Tone), total: usize, entries: impl Iterator<Item = String>) {
    for entry in entries.take(LEDGER_MAX) {
        pen.labelled(label, tone, &entry, LABEL);
        label = "";
    }
    if let Some(more) = total.checked_sub(LEDGER_MAX).filter(|n| *n != 0) {
        let text = format!("{} {more} more, see --format json", pen.more());
        pen.labelled("", Tone::Quiet, &text, LABEL);
    }
}
