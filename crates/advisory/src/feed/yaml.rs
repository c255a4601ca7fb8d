//! YAML as PYSEC writes it, brought to a JSON value whose scalars are all texts: `1.10` stays `1.10`.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Collections within collections.
const DEPTH_MAX: usize = 64;

enum Open {
    List(Vec<Value>),
    Table(Map<String, Value>, Option<String>),
}

/// The first document of `text`.
pub(crate) fn to_json(text: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(text).map_err(|e| format!("no UTF-8: {e}"))?;
    let mut parser = Parser::new_from_str(text);
    let mut stack: Vec<Open> = Vec::new();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|e| format!("no YAML: {e}"))?;
        let value = match event {
            Event::Scalar(text, style, _, _) => scalar(&text, style),
            Event::SequenceStart(..) => {
                push(&mut stack, Open::List(Vec::new()))?;
                continue;
            }
            Event::MappingStart(..) => {
                push(&mut stack, Open::Table(Map::new(), None))?;
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                Some(Open::List(list)) => Value::Array(list),
                Some(Open::Table(map, _)) => Value::Object(map),
                None => return Err("no YAML: a collection ends that never began".to_owned()),
            },
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                return Err(format!("an alias at line {}: advisories have none", span.start.line()));
            }
            _ => continue,
        };
        match stack.last_mut() {
            None => return Ok(value),
            Some(Open::List(list)) => list.push(value),
            Some(Open::Table(map, key)) => match (key.take(), value) {
                (Some(k), value) => {
                    map.insert(k, value);
                }
                (None, Value::String(k)) => *key = Some(k),
                (None, _) => return Err(format!("a key that is no text at line {}", span.start.line())),
            },
        }
    }
    Err("no YAML document".to_owned())
}

fn push(stack: &mut Vec<Open>, open: Open) -> Result<(), String> {
    if DEPTH_MAX <= stack.len() {
        return Err(format!("nested deeper than DEPTH_MAX ({DEPTH_MAX})"));
    }
    stack.push(open);
    Ok(())
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        _ => Value::String(text.to_owned()),
    }
}
