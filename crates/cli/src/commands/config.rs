//! `plimsoll config show`

use config::{Layer, Settings};
use serde_json::{Value, json};

use crate::args::{Config, text};
use crate::commands::Command;
use crate::failure::Failure;
use crate::layers;
use crate::outside::Outside;

/// Runs the verb of `config`.
pub(super) fn run(command: &Command<'_>, verb: Config, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let Config::Show { format } = verb;
    let mut flags = Layer::default();
    text(&mut flags, "config.format", format.as_ref());
    let settings = command.settings(flags, outside)?;
    let text = match layers::choice(&settings, "config.format", &["table", "json"])? {
        "json" => as_json(&settings),
        _ => as_table(&settings),
    };
    outside.print(text.as_bytes())?;
    Ok(0)
}

/// Lines that a `plimsoll.toml` could hold, each with its source as a comment.
fn as_table(settings: &Settings) -> String {
    let rows: Vec<(String, String)> = settings
        .iter()
        .map(|(key, setting)| match setting {
            Some(s) => (format!("{} = {}", key.name, s.value), format!("from {}", s.source)),
            None => (format!("# {}", key.name), format!("default: {}", key.default)),
        })
        .collect();
    let width = rows.iter().map(|(left, _)| left.chars().count()).filter(|w| *w <= 48).max().unwrap_or(0);
    let mut out = String::new();
    for (left, right) in rows {
        let left = report::clean(&left).into_owned();
        out.push_str(&format!("{left:<width$}  # {}\n", report::clean(&right)));
    }
    out
}

fn as_json(settings: &Settings) -> String {
    let rows: Vec<Value> = settings
        .iter()
        .map(|(key, setting)| {
            let value = setting.map(|s| match &s.value {
                config::Value::Text(text) => json!(text),
                config::Value::Flag(on) => json!(on),
                config::Value::Number(n) => json!(n),
                config::Value::List(list) => json!(list),
            });
            let source = setting.map_or_else(|| "default".to_owned(), |s| s.source.to_string());
            json!({
                "key": key.name, "value": value, "source": source, "default": key.default,
                "variable": key.variable(), "help": key.help,
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(rows))
}
