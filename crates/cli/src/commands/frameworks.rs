//! `plimsoll frameworks list|show NAME`

use config::Layer;
use flows::{Control, Domain, FRAMEWORK_BYTES_MAX, Framework};
use serde_json::{Value, json};

use crate::args::{Frameworks, text};
use crate::commands::Command;
use crate::failure::Failure;
use crate::layers;
use crate::outside::{Outside, read};

/// Runs the verb of `frameworks`.
pub(super) fn run(command: &Command<'_>, verb: Frameworks, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let (Frameworks::List { format } | Frameworks::Show { format, .. }) = &verb;
    let mut flags = Layer::default();
    text(&mut flags, "rules.format", format.as_ref());
    let settings = command.settings(flags, outside)?;
    let is_json = layers::choice(&settings, "rules.format", &["table", "json"])? == "json";
    let text = match verb {
        Frameworks::List { .. } => listed(&flows::frameworks()?, is_json),
        Frameworks::Show { name, .. } => shown(&named(&name, outside)?, is_json),
    };
    outside.print(text.as_bytes())?;
    Ok(0)
}

/// The framework of a name in the program, or of a file: what has a `/` or ends in `.toml` is one.
pub(super) fn named(name: &str, outside: &Outside<'_>) -> Result<Framework, Failure> {
    if name.contains('/') || name.ends_with(".toml") {
        let bytes = read(&outside.resolve(name), name, FRAMEWORK_BYTES_MAX as u64)?;
        let text =
            String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{name}: it is no UTF-8 text")))?;
        return Ok(flows::parse_framework(name, &text)?);
    }
    let mut known = flows::frameworks()?;
    match known.iter().position(|f| f.name == name) {
        Some(at) => Ok(known.swap_remove(at)),
        None => {
            let names: Vec<&str> = known.iter().map(|f| f.name.as_str()).collect();
            let names = names.join(", ");
            Err(Failure::usage(format!("`{name}` is no framework; one of {names}, or a file `./mine.toml`")))
        }
    }
}

/// Controls, and those of them that a rule answers.
fn counted(framework: &Framework) -> (usize, usize) {
    let answered = |c: &&Control| c.see.iter().any(|q| !q.rules.is_empty());
    (framework.controls().count(), framework.controls().filter(answered).count())
}

fn listed(all: &[Framework], is_json: bool) -> String {
    if is_json {
        let row = |f: &Framework| {
            let (controls, answered) = counted(f);
            json!({"name": f.name, "title": f.title, "source": f.source, "controls": controls, "answered": answered})
        };
        return format!("{:#}\n", all.iter().map(row).collect::<Value>());
    }
    let width = all.iter().map(|f| f.name.len()).max().unwrap_or(0) + 2;
    let mut out = format!("{:<width$}{:>8}{:>10}  {}\n", "framework", "controls", "answered", "title");
    for framework in all {
        let (controls, answered) = counted(framework);
        out.push_str(&format!(
            "{:<width$}{controls:>8}{answered:>10}  {}\n",
            framework.name, framework.title
        ));
    }
    out
}

fn shown(framework: &Framework, is_json: bool) -> String {
    let rules = |c: &Control| -> Vec<String> { c.see.iter().flat_map(|q| q.rules.clone()).collect() };
    if is_json {
        let control = |c: &Control| {
            let asks: Vec<&str> = c.see.iter().map(|q| q.ask.as_str()).collect();
            json!({"id": c.id, "title": c.title, "asks": asks, "rules": rules(c)})
        };
        let domain = |d: &Domain| {
            let controls: Value = d.controls.iter().map(control).collect();
            json!({"id": d.id, "title": d.title, "controls": controls})
        };
        let domains: Value = framework.domains.iter().map(domain).collect();
        let (name, title, source) = (&framework.name, &framework.title, &framework.source);
        return format!(
            "{:#}\n",
            json!({"name": name, "title": title, "source": source, "domains": domains})
        );
    }
    let mut out = format!("{} ({})\n", report::clean(&framework.title), report::clean(&framework.name));
    if !framework.source.is_empty() {
        out.push_str(&format!("{}\n", report::clean(&framework.source)));
    }
    let width = framework.control_ids().map(str::len).max().unwrap_or(0) + 4;
    for domain in &framework.domains {
        out.push_str(&format!("\n{}\n", report::clean(&domain.title)));
        for control in &domain.controls {
            let id = format!("  {}", report::clean(&control.id));
            out.push_str(&format!("{id:<width$}{}\n", report::clean(&control.title)));
            let rules = rules(control);
            let rules =
                if rules.is_empty() { "no rule of this version".to_owned() } else { rules.join(", ") };
            out.push_str(&format!("{:<width$}{rules}\n", ""));
        }
    }
    out
}
