//! The control format of Debian (deb822): stanzas of `Field: value` lines.

/// Walks the stanzas of `bytes`; `field` gets the 1-based line, the name and the value of every field, continuation
/// lines included (joined by line feeds, their first blank dropped), `end` the line after each stanza.
pub(crate) fn walk<C>(
    bytes: &[u8],
    context: &mut C,
    mut field: impl FnMut(&mut C, Field<'_>),
    mut end: impl FnMut(&mut C, u32),
) {
    let mut lines = Lines { rest: bytes, number: 0 };
    let mut open = false;
    while let Some(line) = lines.next() {
        if line.iter().all(u8::is_ascii_whitespace) {
            if std::mem::take(&mut open) {
                end(context, lines.number);
            }
            continue;
        }
        open = true;
        let number = lines.number;
        let begin = lines.rest;
        let mut tail = 0;
        while let Some(next) = lines.peek_continuation() {
            tail += next;
        }
        let continuation = begin.get(..tail).unwrap_or_default();
        let (name, value) = match line.iter().position(|b| *b == b':') {
            Some(colon) if !matches!(line.first(), Some(b' ' | b'\t' | b'#')) => {
                let (name, value) = line.split_at(colon);
                (name, value.get(1..).unwrap_or_default().trim_ascii())
            }
            _ if line.first() == Some(&b'#') => continue,
            _ => (&[][..], line),
        };
        field(context, Field { line: number, name, value, continuation });
    }
    if open {
        end(context, lines.number + 1);
    }
}

/// A field of a stanza.
pub(crate) struct Field<'b> {
    /// 1-based line.
    pub(crate) line: u32,
    /// Name as written; empty if the line is no field.
    pub(crate) name: &'b [u8],
    /// Value of the first line, trimmed.
    pub(crate) value: &'b [u8],
    /// Raw continuation lines.
    pub(crate) continuation: &'b [u8],
}

impl Field<'_> {
    /// The whole value, its lines joined by blanks.
    pub(crate) fn joined(&self) -> String {
        let mut out = crate::text(self.value);
        for line in self.continuation.split(|b| *b == b'\n') {
            let line = line.trim_ascii();
            if !line.is_empty() {
                if !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(&crate::text(line));
            }
        }
        out
    }
}

struct Lines<'b> {
    rest: &'b [u8],
    number: u32,
}

impl<'b> Lines<'b> {
    fn next(&mut self) -> Option<&'b [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.number = self.number.saturating_add(1);
        let end = self.rest.iter().position(|b| *b == b'\n').unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        Some(line)
    }

    /// Eats one continuation line and tells its bytes, line feed included.
    fn peek_continuation(&mut self) -> Option<usize> {
        let first = *self.rest.first()?;
        if first != b' ' && first != b'\t' {
            return None;
        }
        let before = self.rest.len();
        let line = self.rest.split(|b| *b == b'\n').next().unwrap_or_default();
        if line.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        self.next();
        Some(before - self.rest.len())
    }
}
