//! JSON (RFC 8259) into trees with places, fast and in one pass. The items of a top-level `items` list are handed on as
//! they come, so that a dump of a whole cluster is never held at once.

use std::ops::Range;

use crate::input::Input;
use crate::node::{Entry, Node, Position, Value};
use crate::object::Flaw;
use crate::yaml::repeated;
use crate::{DEPTH_MAX, NODES_MAX};

/// What is told while reading.
pub(crate) enum Part {
    /// An item of the top-level `items` that names its own kind.
    Item(Node),
    /// A root, without the items already handed on.
    Root(Node),
    /// Something wrong that the document survives.
    Flawed(Flaw),
}

/// Reads one value after another, as `kubectl` takes them, up to a line that begins with `---`: then the input begins with
/// it, and so many lines stood before. The error ends the file.
pub(crate) fn read(input: &mut Input<'_>, each: &mut dyn FnMut(Part)) -> Result<Option<usize>, Flaw> {
    let mut reader = Reader { input, at: 0, line: 1, column: 1, marked: 0, nodes: 0, each };
    reader.space();
    while reader.peek().is_some() {
        if reader.comes(b"---") {
            let (at, lines) = (reader.at, reader.line.saturating_sub(1));
            let is_line = reader.position().column == 1;
            return match is_line {
                true => {
                    input.skip(at);
                    Ok(Some(lines as usize))
                }
                false => reader.fail("`---` stands on no line of its own"),
            };
        }
        reader.nodes = 0;
        let root = reader.root()?;
        (reader.each)(Part::Root(root));
        reader.let_go();
        reader.space();
    }
    Ok(None)
}

/// Reads the one value of a text, its items where they stand.
pub(crate) fn read_one(text: &str) -> Result<Node, Flaw> {
    let mut flawed = None;
    let mut each = |part: Part| {
        if let Part::Flawed(flaw) = part {
            flawed = Some(flaw);
        }
    };
    let mut input = Input::whole(text.as_bytes());
    let mut reader =
        Reader { input: &mut input, at: 0, line: 1, column: 1, marked: 0, nodes: 0, each: &mut each };
    reader.space();
    let root = reader.value(0)?;
    reader.space();
    if reader.peek().is_some() {
        return reader.fail("more than one value");
    }
    flawed.map_or(Ok(root), Err)
}

struct Reader<'r, 't> {
    input: &'r mut Input<'t>,
    /// Where in the input's window.
    at: usize,
    line: u32,
    /// Column of `marked`, in characters from one.
    column: u32,
    marked: usize,
    nodes: usize,
    each: &'r mut dyn FnMut(Part),
}

impl Reader<'_, '_> {
    fn peek(&mut self) -> Option<u8> {
        self.input.get(self.at)
    }

    /// What stands at `range` of the window; none if it is no UTF-8.
    fn passed(&self, range: Range<usize>) -> Option<&str> {
        std::str::from_utf8(self.input.window().get(range)?).ok()
    }

    /// Whether `bytes` come next.
    fn comes(&mut self, bytes: &[u8]) -> bool {
        // The last byte first: then all are at hand.
        self.input.get((self.at + bytes.len()).saturating_sub(1)).is_some()
            && self.input.window().get(self.at..).unwrap_or_default().starts_with(bytes)
    }

    /// Between values: what was read need not be held.
    fn let_go(&mut self) {
        let _ = self.position();
        let gone = self.input.let_go(self.at);
        self.at -= gone;
        self.marked -= gone;
    }

    fn space(&mut self) {
        while let Some(b) = self.peek() {
            match b {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    self.line = self.line.saturating_add(1);
                    self.column = 1;
                    self.marked = self.at;
                }
                _ => return,
            }
        }
    }

    fn position(&mut self) -> Position {
        let passed = self.input.window().get(self.marked..self.at).unwrap_or_default();
        let characters = passed.iter().filter(|b| (**b & 0xc0) != 0x80).count();
        self.column = self.column.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX));
        self.marked = self.at;
        Position { line: self.line, column: self.column }
    }

    fn fail<T>(&mut self, reason: &str) -> Result<T, Flaw> {
        Err(Flaw::new(self.position(), format!("not valid JSON: {reason}")))
    }

    fn root(&mut self) -> Result<Node, Flaw> {
        let at = self.position();
        if self.peek() != Some(b'{') {
            return self.value(0);
        }
        let mut fields = Vec::new();
        self.members(&mut |reader, key, key_at| {
            let value = if key == "items" && reader.peek() == Some(b'[') {
                reader.items()?
            } else {
                reader.value(1)?
            };
            fields.push(Entry { key: key.into(), at: key_at, value });
            Ok(())
        })?;
        Ok(Node { value: Value::Map(self.single(fields)), at })
    }

    /// The items that do not say what they are; the others are handed on.
    fn items(&mut self) -> Result<Node, Flaw> {
        let at = self.position();
        let mut kept = Vec::new();
        self.elements(&mut |reader| {
            reader.let_go();
            reader.nodes = 0;
            let item = reader.value(2)?;
            if item.get("kind").is_some() && item.get("apiVersion").is_some() {
                (reader.each)(Part::Item(item));
            } else {
                kept.push(item);
            }
            Ok(())
        })?;
        Ok(Node { value: Value::List(kept), at })
    }

    fn value(&mut self, depth: usize) -> Result<Node, Flaw> {
        let at = self.position();
        self.nodes += 1;
        if DEPTH_MAX < depth {
            return self.fail(&format!("nested deeper than {DEPTH_MAX}"));
        }
        if NODES_MAX < self.nodes {
            return self.fail(&format!("more than {NODES_MAX} nodes"));
        }
        let value = match self.peek() {
            Some(b'{') => {
                let mut fields = Vec::new();
                self.members(&mut |reader, key, key_at| {
                    let value = reader.value(depth + 1)?;
                    fields.push(Entry { key: key.into(), at: key_at, value });
                    Ok(())
                })?;
                Value::Map(self.single(fields))
            }
            Some(b'[') => {
                let mut items = Vec::new();
                self.elements(&mut |reader| {
                    items.push(reader.value(depth + 1)?);
                    Ok(())
                })?;
                Value::List(items)
            }
            Some(b'"') => Value::Text(self.string()?.into()),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            None => return self.fail("it ends in the middle"),
            Some(_) => return self.fail("no value begins like this"),
        };
        Ok(Node { value, at })
    }

    fn members(
        &mut self,
        member: &mut dyn FnMut(&mut Self, &str, Position) -> Result<(), Flaw>,
    ) -> Result<(), Flaw> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key_at = self.position();
            if self.peek() != Some(b'"') {
                return self.fail("a key in quotes is missing");
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return self.fail("`:` is missing after a key");
            }
            self.at += 1;
            self.space();
            member(self, &key, key_at)?;
            if self.closes(b'}')? {
                return Ok(());
            }
        }
    }

    fn elements(&mut self, element: &mut dyn FnMut(&mut Self) -> Result<(), Flaw>) -> Result<(), Flaw> {
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            if self.closes(b']')? {
                return Ok(());
            }
        }
    }

    /// Behind a value: true at the end of its collection, false behind a comma.
    fn closes(&mut self, end: u8) -> Result<bool, Flaw> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(false)
            }
            Some(b) if b == end => {
                self.at += 1;
                Ok(true)
            }
            None => self.fail("it ends in the middle"),
            Some(_) => self.fail("`,` is missing between values"),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Flaw> {
        if !self.comes(word.as_bytes()) {
            return self.fail("no value begins like this");
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Flaw> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let text = self.passed(begin..self.at).unwrap_or_default().to_owned();
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let leading_zero = digits.len() > 1
            && digits.starts_with('0')
            && !digits.starts_with("0.")
            && !digits.starts_with("0e")
            && !digits.starts_with("0E");
        if leading_zero
            || !digits.starts_with(|c: char| c.is_ascii_digit())
            || digits.ends_with('.')
            || digits.contains(".e")
            || digits.contains(".E")
        {
            return self.fail(&format!("`{text}` is no number"));
        }
        if let Ok(n) = text.parse::<i64>() {
            return Ok(Value::Integer(n));
        }
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(Value::Float(n)),
            _ => self.fail(&format!("`{text}` is no number")),
        }
    }

    fn string(&mut self) -> Result<String, Flaw> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let begin = self.at;
            loop {
                let rest = self.input.window().get(self.at..).unwrap_or_default();
                let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f));
                self.at += plain.unwrap_or(rest.len());
                if plain.is_some() {
                    break;
                }
                if !self.input.read_on() {
                    return self.fail("a text has no end");
                }
            }
            // Quotes, backslashes and controls are bytes of their own in UTF-8: the slice is on a boundary.
            match self.passed(begin..self.at) {
                Some(plain) => out.push_str(plain),
                None => return self.fail("a text is no UTF-8"),
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    let c = self.escape()?;
                    out.push(c);
                }
                _ => return self.fail("a control character in a text"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Flaw> {
        let letter = self.input.get(self.at + 1);
        self.at += 2;
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.hex()?;
                if !(0xd800..0xdc00).contains(&high) {
                    // A lone low half is what Go makes of it: the replacement character.
                    return Ok(char::from_u32(high).unwrap_or('\u{fffd}'));
                }
                if !self.comes(b"\\u") {
                    return Ok('\u{fffd}');
                }
                let before = self.at;
                self.at += 2;
                let low = self.hex()?;
                if (0xdc00..0xe000).contains(&low) {
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).unwrap_or('\u{fffd}')
                } else {
                    self.at = before;
                    '\u{fffd}'
                }
            }
            _ => return self.fail("an unknown escape in a text"),
        })
    }

    fn hex(&mut self) -> Result<u32, Flaw> {
        let digit = |n: usize| char::from(self.input.get(self.at + n)?).to_digit(16);
        match (0..4).map(digit).try_fold(0, |sum, digit| Some(sum * 16 + digit?)) {
            Some(n) => {
                self.at += 4;
                Ok(n)
            }
            None => self.fail("`\\u` without four hexadecimal digits"),
        }
    }

    /// Keeps the last of the fields that stand twice, naming it.
    fn single(&mut self, mut fields: Vec<Entry>) -> Vec<Entry> {
        for index in repeated(&fields).into_iter().rev() {
            let entry = fields.remove(index);
            let reason = format!("`{}` stands twice in one mapping: the last counts", entry.key);
            (self.each)(Part::Flawed(Flaw::new(entry.at, reason)));
        }
        fields
    }
}
