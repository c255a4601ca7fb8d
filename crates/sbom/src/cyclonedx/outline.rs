//! The outline of a CycloneDX document in JSON: its members and its components as stretches of the text, found without
//! building a tree of the whole.
//!
//! Whatever is unusual gives no outline, and the document is read as a tree: that reading alone decides what is wrong.
//! A document with an outline is valid as soon as the stretches that are handed out are: here only the brackets and
//! commas between them were looked at, and what nobody asks for was checked.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Brackets inside one stretch. The tree reader ends at 127 in a document, of which three lie around a component.
const NESTED_MAX: usize = 100;

/// Members that a document has according to its specification. Others might be the mark of another format.
const MEMBERS: [&str; 19] = [
    "$schema",
    "bomFormat",
    "specVersion",
    "serialNumber",
    "version",
    "metadata",
    "components",
    "services",
    "externalReferences",
    "dependencies",
    "compositions",
    "vulnerabilities",
    "annotations",
    "formulation",
    "declarations",
    "definitions",
    "properties",
    "citations",
    "signature",
];

/// Where things stand.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    /// The version as written, of which nothing is known.
    pub(crate) spec_version: &'a str,
    /// What describes the document, valid.
    pub(crate) metadata: Value,
    /// Each component, not looked into.
    pub(crate) components: Vec<&'a str>,
    /// The dependencies, not looked into.
    pub(crate) dependencies: Option<&'a str>,
    /// The vulnerabilities, valid.
    pub(crate) vulnerabilities: Option<&'a str>,
}

/// The outline of `text`; `None` if it is not plainly a CycloneDX document.
pub(crate) fn outline(text: &str) -> Option<Outline<'_>> {
    let mut cursor = Cursor { text, at: 0 };
    let mut out = Outline {
        spec_version: "",
        metadata: Value::Null,
        components: Vec::new(),
        dependencies: None,
        vulnerabilities: None,
    };
    let mut is_cyclonedx = false;
    let mut seen = [false; MEMBERS.len()];
    cursor.expect(b'{')?;
    loop {
        let key = unquoted(cursor.value()?)?;
        let member = MEMBERS.iter().position(|m| *m == key)?;
        // A member that is there twice has two readings.
        if std::mem::replace(seen.get_mut(member)?, true) {
            return None;
        }
        cursor.expect(b':')?;
        if key == "components" {
            out.components = cursor.items()?;
        } else {
            let value = cursor.value()?;
            match key {
                "bomFormat" => is_cyclonedx = unquoted(value)? == "CycloneDX",
                "specVersion" => out.spec_version = unquoted(value)?,
                "metadata" => out.metadata = serde_json::from_str(value).ok()?,
                "dependencies" => out.dependencies = Some(value),
                "vulnerabilities" => {
                    is_valid(value).then_some(())?;
                    out.vulnerabilities = Some(value);
                }
                _ => is_valid(value).then_some(())?,
            }
        }
        if cursor.eat(b'}') {
            break;
        }
        cursor.expect(b',')?;
    }
    (is_cyclonedx && cursor.is_at_end()).then_some(out)
}

/// True for what the tree reader would read: the same grammar, and nothing kept.
pub(crate) fn is_valid(value: &str) -> bool {
    serde_json::from_str::<Valid>(value).is_ok()
}

/// The content of a string in which nothing is escaped.
fn unquoted(value: &str) -> Option<&str> {
    let content = value.strip_prefix('"')?.strip_suffix('"')?;
    content.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\' && b != b'"').then_some(content)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        while matches!(self.text.as_bytes().get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_next = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    /// The items of a list.
    fn items(&mut self) -> Option<Vec<&'a str>> {
        self.expect(b'[')?;
        let mut out = Vec::new();
        if self.eat(b']') {
            return Some(out);
        }
        loop {
            out.push(self.value()?);
            if self.eat(b']') {
                return Some(out);
            }
            self.expect(b',')?;
        }
    }

    /// The stretch of the next value, if it is one: only where it ends is looked at.
    fn value(&mut self) -> Option<&'a str> {
        self.skip_space();
        let bytes = self.text.as_bytes();
        let from = self.at;
        self.at = match bytes.get(from)? {
            b'"' => string_end(bytes, from)?,
            b'{' | b'[' => nested_end(bytes, from)?,
            _ => word_end(bytes, from),
        };
        self.text.get(from..self.at)
    }
}

/// Behind the quotation mark that ends the string which begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Behind the bracket that ends the one at `at`; that they are of one kind is for others to check.
fn nested_end(bytes: &[u8], at: usize) -> Option<usize> {
    let (mut at, mut depth) = (at, 0usize);
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                if NESTED_MAX < depth {
                    return None;
                }
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
}

/// The end of a number or a word.
fn word_end(bytes: &[u8], at: usize) -> usize {
    let is_end = |b: &u8| matches!(b, b',' | b':' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(is_end).unwrap_or(rest.len())
}

/// A value that is read by the rules of a tree and not kept. [`serde::de::IgnoredAny`] lets pass what a tree does not:
/// numbers without an end, broken escapes, any depth.
struct Valid;

impl<'de> Deserialize<'de> for Valid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Check)
    }
}

struct Check;

impl<'de> Visitor<'de> for Check {
    type Value = Valid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Valid, E> {
        Ok(Valid)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Valid, E> {
        Ok(Valid)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Valid, E> {
        Ok(Valid)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Valid, E> {
        Ok(Valid)
    }

    fn visit_str<E>(self, _: &str) -> Result<Valid, E> {
        Ok(Valid)
    }

    fn visit_unit<E>(self) -> Result<Valid, E> {
        Ok(Valid)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Valid, A::Error> {
        while items.next_element::<Valid>()?.is_some() {}
        Ok(Valid)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Valid, A::Error> {
        while members.next_entry::<Valid, Valid>()?.is_some() {}
        Ok(Valid)
    }
}

#[cfg(test)]
mod tests {
    use super::{NESTED_MAX, is_valid, outline};

    fn with(components: &str) -> String {
        format!(r#"{{ "bomFormat" : "CycloneDX", "specVersion":"1.5", "components": {components} }} "#)
    }

    #[test]
    fn components_are_told_apart_without_being_read() {
        let text = with(r#"[ {"name":"a]}\"","x":[{}]} , 7,"s" ]"#);
        let outline = outline(&text).unwrap();
        assert_eq!(outline.spec_version, "1.5");
        assert_eq!(outline.components, [r#"{"name":"a]}\"","x":[{}]}"#, "7", "\"s\""]);
        assert_eq!(outline.dependencies, None);
        assert!(super::outline(&with("[]")).unwrap().components.is_empty());
    }

    #[test]
    fn what_is_unusual_has_no_outline() {
        for components in
            ["{}", "null", "[1,]", "[1 2]", "[", "[\"a]", r#"[],"components":[]"#, r#"[],"runs":[]"#]
        {
            // A lack of a value between commas is found by whoever reads the item.
            let text = with(components);
            let items = outline(&text).map(|o| o.components);
            assert!(items.is_none_or(|i| i.iter().any(|c| !is_valid(c))), "{components}");
        }
        for text in
            ["", "{}", "[]", r#"{"specVersion":"1.5"}"#, r#"{"bomFormat":"SPDX"}"#, r#"{"bomFormat"}"#]
        {
            assert!(outline(text).is_none(), "{text}");
        }
        assert!(outline(&format!("{} x", with("[]"))).is_none());
        assert!(outline(&with(r#"[],"services":[1e999]"#)).is_none());
        let deep = |n: usize| with(&format!("[{}{}]", "[".repeat(n), "]".repeat(n)));
        assert!(outline(&deep(NESTED_MAX)).is_some());
        assert!(outline(&deep(NESTED_MAX + 1)).is_none());
    }

    #[test]
    fn what_is_not_kept_is_read_as_strictly_as_a_tree() {
        for text in [
            "1",
            "-1",
            "1.5",
            "1e999",
            "1e",
            "\"a\"",
            r#""\ud800""#,
            r#""\u12"#,
            "\"\n\"",
            "null",
            "tru",
            "[1,{}]",
            "[1,]",
            r#"{"a":1}"#,
            r#"{"a":1,}"#,
            "{1:1}",
            "",
            "1 1",
            r#"{"\ud800":1}"#,
            "01",
        ] {
            assert_eq!(is_valid(text), serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        for n in 126..130 {
            assert_eq!(
                is_valid(&deep(n)),
                serde_json::from_str::<serde_json::Value>(&deep(n)).is_ok(),
                "{n}"
            );
        }
    }
}
