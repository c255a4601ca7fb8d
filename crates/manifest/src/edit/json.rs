//! How a JSON value is written. The text was read by the reader proper before; here only places are noted.

use super::syntax::{Form, Pair, Src, Style};
use crate::DEPTH_MAX;

/// Reads the one value of `text`; `None` if it is no JSON, or more than one.
pub(super) fn read(text: &str) -> Option<Src> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    let root = reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(root)
}

/// The bytes of each value of a file, what stands before one included; `None` if it is no JSON.
pub(super) fn values(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut reader = Reader { text, at: 0 };
    let mut found = Vec::new();
    let mut start = 0;
    reader.space();
    while reader.at < text.len() {
        reader.value(0)?;
        reader.space();
        found.push((start, reader.at));
        start = reader.at;
    }
    Some(found)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn value(&mut self, depth: usize) -> Option<Src> {
        if DEPTH_MAX < depth {
            return None;
        }
        let start = self.at;
        let form = match self.peek()? {
            b'{' => Form::Map { flow: true, pairs: self.pairs(depth)? },
            b'[' => Form::List { flow: true, items: self.items(depth)? },
            b'"' => {
                self.string()?;
                Form::Scalar(Style::Double)
            }
            _ => {
                while matches!(self.peek(), Some(b'a'..=b'z' | b'0'..=b'9' | b'-' | b'+' | b'.' | b'E')) {
                    self.at += 1;
                }
                let word = self.text.get(start..self.at)?;
                let fits = matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok();
                fits.then_some(Form::Scalar(Style::Plain))?
            }
        };
        Some(Src { form, start, end: self.at })
    }

    fn pairs(&mut self, depth: usize) -> Option<Vec<Pair>> {
        let mut pairs = Vec::new();
        self.at += 1;
        self.space();
        if self.takes(b'}') {
            return Some(pairs);
        }
        loop {
            let start = self.at;
            let name = self.string()?;
            let key = Src { form: Form::Scalar(Style::Double), start, end: self.at };
            self.space();
            self.takes(b':').then_some(())?;
            self.space();
            let value = self.value(depth + 1)?;
            pairs.push(Pair { name: name.into(), key, value });
            self.space();
            if self.takes(b'}') {
                return Some(pairs);
            }
            self.takes(b',').then_some(())?;
            self.space();
        }
    }

    fn items(&mut self, depth: usize) -> Option<Vec<Src>> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.takes(b']') {
            return Some(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.takes(b']') {
                return Some(items);
            }
            self.takes(b',').then_some(())?;
            self.space();
        }
    }

    /// A text as written, without its quotes. A key with an escape in it is found by nobody, and so not changed.
    fn string(&mut self) -> Option<String> {
        self.takes(b'"').then_some(())?;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    let text = self.text.get(start..self.at)?.to_owned();
                    self.at += 1;
                    return Some(text);
                }
                b'\\' => self.at += 2,
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
    }
}
