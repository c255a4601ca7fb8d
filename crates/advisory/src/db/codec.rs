//! Bytes of the database's tables: numbers of variable length, texts with their length before them.

/// Appends values.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    /// A number, seven bits a byte, lowest first.
    pub(crate) fn number(&mut self, mut n: u64) {
        while 0x80 <= n {
            self.0.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    /// A signed number.
    pub(crate) fn signed(&mut self, n: i64) {
        self.number(((n << 1) ^ (n >> 63)) as u64);
    }

    /// Bytes with their length.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// A text with its length.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A list of texts with its length.
    pub(crate) fn texts<S: AsRef<str>>(&mut self, texts: &[S]) {
        self.number(texts.len() as u64);
        texts.iter().for_each(|t| self.text(t.as_ref()));
    }
}

/// Takes values; `None` where the bytes end or make no sense.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'d>(pub(crate) &'d [u8]);

impl<'d> Reader<'d> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut out = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            out |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(out);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let n = self.number()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    /// A number of things of which each takes at least one byte: never more than there are bytes left.
    pub(crate) fn count(&mut self) -> Option<usize> {
        let n = usize::try_from(self.number()?).ok()?;
        (n <= self.0.len()).then_some(n)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'d [u8]> {
        let n = self.count()?;
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn text(&mut self) -> Option<&'d str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn texts(&mut self) -> Option<Vec<&'d str>> {
        (0..self.count()?).map(|_| self.text()).collect()
    }
}
