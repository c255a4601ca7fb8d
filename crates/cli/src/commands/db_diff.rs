//! `plimsoll db diff OLD NEW`

use advisory::db::{Change, Delta};
use config::Layer;
use serde_json::{Value, json};

use crate::args::IntoLayer;
use crate::commands::Command;
use crate::db_args::Diff;
use crate::failure::Failure;
use crate::layers;
use crate::outside::Outside;

/// Packages shown of one advisory.
const PACKAGES_MAX: usize = 4;

/// Says what differs.
pub(super) fn run(command: &Command<'_>, args: &Diff, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    args.add(&mut flags);
    let settings = command.settings(flags, outside)?;
    let json = layers::choice(&settings, "db.format", &["table", "json"])? == "json";
    let limit = settings.number("db.limit").map_or(20, usize::from);
    let delta = command.with_world(&settings, outside, |w| flows::db_diff(w, &args.old, &args.new))?;
    let text = if json { format!("{:#}\n", as_json(&delta)) } else { as_text(&delta, limit) };
    outside.print(text.as_bytes())?;
    Ok(0)
}

fn as_text(delta: &Delta, limit: usize) -> String {
    if delta.is_empty() {
        return "the two databases say the same\n".to_owned();
    }
    let mut out = format!(
        "{} advisories appeared, {} went, {} changed; {} packages are touched\n",
        delta.appeared.len(),
        delta.gone.len(),
        delta.changed.len(),
        delta.packages().len()
    );
    for (title, changes) in
        [("appeared", &delta.appeared), ("gone", &delta.gone), ("changed", &delta.changed)]
    {
        if changes.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{title}\n"));
        for change in changes.iter().take(limit) {
            let packages: Vec<String> =
                change.packages.iter().take(PACKAGES_MAX).map(|(e, p)| format!("{e} {p}")).collect();
            let more = change.packages.len().saturating_sub(PACKAGES_MAX);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let about: Vec<&str> =
                change.vulnerabilities.iter().map(String::as_str).filter(|v| *v != change.advisory).collect();
            let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
            let line = format!("  {}{about}: {}{more}", change.advisory, packages.join(", "));
            out.push_str(&report::clean(&line));
            out.push('\n');
        }
        if let Some(more) = changes.len().checked_sub(limit).filter(|n| *n != 0) {
            out.push_str(&format!("  … {more} more, see --limit and --format json\n"));
        }
    }
    if !delta.exploited.is_empty() {
        out.push_str(&format!(
            "\nnewly known to be exploited\n  {}\n",
            report::clean(&delta.exploited.join(", "))
        ));
    }
    out
}

fn as_json(delta: &Delta) -> Value {
    let list = |changes: &[Change]| -> Vec<Value> {
        let packages = |c: &Change| -> Vec<Value> {
            c.packages.iter().map(|(e, p)| json!({"ecosystem": e, "package": p})).collect()
        };
        changes
            .iter()
            .map(|c| json!({"advisory": c.advisory, "vulnerabilities": c.vulnerabilities, "packages": packages(c)}))
            .collect()
    };
    json!({"schema": "plimsoll.database-diff/1", "old": delta.old, "new": delta.new,
        "appeared": list(&delta.appeared), "gone": list(&delta.gone), "changed": list(&delta.changed),
        "exploited": delta.exploited})
}
