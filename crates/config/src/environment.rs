//! The environment: one variable a key.

use crate::key::{KEYS, Key, Kind, nearest};
use crate::settings::{ConfigError, Layer, Setting, Source, Value};

/// Reads the variables that are keys; the others are not Plimsoll's. A name that is nearly a key's is an error: a slip
/// that is passed over in silence would let a gate go unasked.
///
/// # Errors
/// [`ConfigError`] that names the variable.
pub fn parse_environment(
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Layer, ConfigError> {
    let known: Vec<(String, &'static Key)> = KEYS.iter().map(|k| (k.variable(), k)).collect();
    let mut sorted: Vec<(String, String)> = variables.into_iter().collect();
    sorted.sort();
    let mut layer = Layer::default();
    for (name, text) in sorted {
        if !name.starts_with(crate::ENVIRONMENT_PREFIX) {
            continue;
        }
        let Some((_, key)) = known.iter().find(|(variable, _)| *variable == name) else {
            if let Some(meant) = nearest(&name, known.iter().map(|(v, _)| v.as_str())) {
                let message = format!("is no setting; did you mean `{meant}`?");
                return Err(ConfigError { place: format!("environment variable `{name}`"), message });
            }
            continue;
        };
        let value = value(key, &text)
            .map_err(|message| ConfigError { place: format!("environment variable `{name}`"), message })?;
        layer.0.insert(key.name, Setting { value, source: Source::Environment(name) });
    }
    Ok(layer)
}

fn value(key: &Key, text: &str) -> Result<Value, String> {
    let parts = |separator: char| {
        let words = text.split(separator).map(str::trim).filter(|w| !w.is_empty());
        Value::List(words.map(str::to_owned).collect())
    };
    Ok(match key.kind {
        Kind::Text | Kind::Path => Value::Text(text.to_owned()),
        Kind::List | Kind::Paths => parts(','),
        Kind::Lines => parts('\n'),
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Value::Flag(true),
            "0" | "false" | "no" | "off" => Value::Flag(false),
            _ => return Err(format!("holds `{text}`; write true or false")),
        },
        Kind::Number => match text.parse() {
            Ok(n) => Value::Number(n),
            Err(_) => return Err(format!("holds `{text}`; write {}", key.kind.expected())),
        },
    })
}
