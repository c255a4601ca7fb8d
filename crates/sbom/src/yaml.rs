//! SPDX in YAML as a JSON value whose scalars are all texts: `1.10` stays `1.10`.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Collections within collections.
const YAML_DEPTH_MAX: usize = 64;

enum Open {
    List(Vec<Value>),
    /// The members, and the key whose value comes next.
    Table(Map<String, Value>, Option<String>),
}

/// The first document of `text`. Aliases are refused: no bill of materials needs them, and they can grow without end.
///
/// # Errors
/// What is wrong, with the line.
pub(crate) fn to_json(text: &str) -> Result<Value, String> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|e| e.to_string())?;
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "~" | "null") => Value::Null,
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            Event::SequenceStart(..) => {
                begin(&mut open, Open::List(Vec::new()))?;
                continue;
            }
            Event::MappingStart(..) => {
                begin(&mut open, Open::Table(Map::new(), None))?;
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(list)) => Value::Array(list),
                Some(Open::Table(table, _)) => Value::Object(table),
                None => return Err("a collection ends that never began".to_owned()),
            },
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                return Err(format!("an alias at line {}, which is not read", span.start.line()));
            }
            _ => continue,
        };
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(list)) => list.push(value),
            Some(Open::Table(table, key)) => match (key.take(), value) {
                (Some(key), value) => {
                    table.insert(key, value);
                }
                (None, Value::String(text)) => *key = Some(text),
                (None, _) => return Err(format!("a key that is no text at line {}", span.start.line())),
            },
        }
    }
    Err("no document".to_owned())
}

fn begin(open: &mut Vec<Open>, collection: Open) -> Result<(), String> {
    if YAML_DEPTH_MAX <= open.len() {
        return Err(format!("nested deeper than {YAML_DEPTH_MAX}"));
    }
    open.push(collection);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::to_json;

    #[test]
    fn scalars_are_texts_and_what_could_grow_is_refused() {
        let value = to_json("a: 1.10\nb: [x, 'true', ~]\n").unwrap();
        assert_eq!(value, serde_json::json!({"a": "1.10", "b": ["x", "true", null]}));
        assert!(to_json("a: &x [1]\nb: *x\n").is_err());
        assert!(to_json(&"[".repeat(5000)).is_err());
        assert!(to_json("? [a]\n: b\n").is_err());
        assert!(to_json("").is_err());
    }
}
