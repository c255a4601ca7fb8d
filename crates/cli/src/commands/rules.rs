//! `plimsoll rules list|show ID`

use config::Layer;
use flows::{Identifiers, RuleInfo};
use serde_json::{Value, json};

use crate::args::{Rules, list, text};
use crate::commands::Command;
use crate::failure::Failure;
use crate::layers;
use crate::outside::Outside;

/// Runs the verb of `rules`.
pub(super) fn run(command: &Command<'_>, verb: Rules, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let mut flags = Layer::default();
    let format = match &verb {
        Rules::List { control, format } => {
            list(&mut flags, "control", control);
            format
        }
        Rules::Show { format, .. } => format,
    };
    text(&mut flags, "rules.format", format.as_ref());
    let settings = command.settings(flags, outside)?;
    let json = layers::choice(&settings, "rules.format", &["table", "json"])? == "json";
    let rules = flows::rules();
    let text = match verb {
        Rules::List { .. } => listed(&rules, settings.list("control"), json)?,
        Rules::Show { id, .. } => shown(&rules, &id, json)?,
    };
    outside.print(text.as_bytes())?;
    Ok(0)
}

fn listed(rules: &[RuleInfo], controls: &[String], json: bool) -> Result<String, Failure> {
    let known = flows::controls()?;
    for control in controls {
        if !known.contains(control) {
            return Err(Failure::usage(format!("`{control}` is no control; one of {}", known.join(", "))));
        }
    }
    let chosen = rules.iter().filter(|r| controls.is_empty() || controls.iter().any(|c| c == r.control));
    if json {
        let all: Vec<Value> = chosen.map(as_json).collect();
        return Ok(format!("{:#}\n", Value::Array(all)));
    }
    let chosen: Vec<&RuleInfo> = chosen.collect();
    let id = chosen.iter().map(|r| r.id.len()).max().unwrap_or(0) + 2;
    let control = chosen.iter().map(|r| r.control.len()).max().unwrap_or(0) + 2;
    let mut out = format!("{:<id$}{:<control$}{:<10}{}\n", "rule", "control", "severity", "what it holds");
    for rule in chosen {
        let severity = rule.severity;
        out.push_str(&format!("{:<id$}{:<control$}{severity:<10}{}\n", rule.id, rule.control, rule.title));
    }
    Ok(out)
}

fn shown(rules: &[RuleInfo], id: &str, json: bool) -> Result<String, Failure> {
    let Some(rule) = rules.iter().find(|r| r.id == id) else {
        let near: Vec<&str> =
            rules.iter().map(|r| r.id).filter(|r| r.contains(id) || id.contains(r)).take(5).collect();
        let hint = if near.is_empty() {
            "`plimsoll rules list` lists them".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        return Err(Failure::usage(format!("`{id}` is no rule; {hint}")));
    };
    let others = flows::identifiers()?;
    let others = others.get(rule.id).map_or(&[][..], Vec::as_slice);
    if json {
        let mut value = as_json(rule);
        let row = |i: &Identifiers| json!({ "of": i.of, "ids": i.ids });
        if let Some(fields) = value.as_object_mut() {
            fields.insert("identifiers".to_owned(), others.iter().map(row).collect());
        }
        return Ok(format!("{value:#}\n"));
    }
    let page = page(rule.doc);
    let names: String = others.iter().map(|i| format!("\n{}: {}", i.title, i.ids.join(", "))).collect();
    Ok(format!(
        "{}: {}\ncontrol {}, severity {}\n\n{}\n{names}{}",
        rule.id,
        rule.title,
        rule.control,
        rule.severity,
        page.trim_end(),
        if names.is_empty() { "" } else { "\n" }
    ))
}

fn as_json(rule: &RuleInfo) -> Value {
    json!({
        "id": rule.id, "control": rule.control, "severity": rule.severity, "title": rule.title, "page": page(rule.doc),
    })
}

/// The user's page in a rule's source: the `//!` lines at its head, or the whole text where there are none.
pub(super) fn page(doc: &str) -> String {
    let lines: Vec<&str> = doc.lines().map_while(|l| l.strip_prefix("//!")).collect();
    if lines.is_empty() {
        return doc.trim().to_owned();
    }
    let lines: Vec<&str> = lines.into_iter().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    lines.join("\n").trim().to_owned()
}
