//! Ink for the terminal: tones that vanish without colour, glyphs that fall back to ASCII, lines held to a width.

use api::CellOutcome;
use model::Severity;

use crate::TableStyle;
use crate::text::{clean, fit, pad, width, wrap};

/// Narrowest and widest table.
const WIDTH_MIN: usize = 20;
const WIDTH_MAX: usize = 200;

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Ordinary.
    Plain,
    /// A heading.
    Strong,
    /// Secondary.
    Quiet,
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Very bad.
    Worst,
    /// Not known, or in between.
    Warn,
    /// A little bad.
    Mild,
}

impl Tone {
    /// SGR parameters (ECMA-48); the eight base colours only, so that a person's own theme decides.
    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Quiet => "2",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Worst => "1;31",
            Self::Warn => "33",
            Self::Mild => "36",
        }
    }

    /// The tone of a severity.
    pub(crate) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Worst,
            Severity::High => Self::Bad,
            Severity::Medium | Severity::Unknown => Self::Warn,
            Severity::Low => Self::Mild,
            Severity::Info => Self::Quiet,
        }
    }

    /// The tone of a cell.
    pub(crate) fn of_cell(outcome: CellOutcome) -> Self {
        match outcome {
            CellOutcome::Pass => Self::Good,
            CellOutcome::Fail => Self::Bad,
            CellOutcome::Unknown => Self::Warn,
            CellOutcome::NotApplicable | CellOutcome::NotImplemented => Self::Quiet,
        }
    }
}

/// Writes the page.
pub(crate) struct Pen {
    /// What was written.
    pub out: String,
    /// Columns.
    pub width: usize,
    colour: bool,
    unicode: bool,
}

impl Pen {
    /// An empty page.
    pub(crate) fn new(style: &TableStyle) -> Self {
        Self {
            out: String::new(),
            width: style.width.clamp(WIDTH_MIN, WIDTH_MAX),
            colour: style.colour,
            unicode: style.unicode,
        }
    }

    /// `text` in `tone`.
    pub(crate) fn ink(&self, tone: Tone, text: &str) -> String {
        match tone.sgr() {
            "" => text.to_owned(),
            _ if !self.colour || text.is_empty() => text.to_owned(),
            sgr => format!("\x1b[{sgr}m{text}\x1b[0m"),
        }
    }

    /// The mark of something cut.
    pub(crate) fn more(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// What stands between two facts of one line.
    pub(crate) fn dot(&self) -> &'static str {
        if self.unicode { " · " } else { " | " }
    }

    /// The mark of a cell and its word.
    pub(crate) fn cell(&self, outcome: CellOutcome) -> String {
        let (glyph, ascii, word) = match outcome {
            CellOutcome::Pass => ("✓", "+", "pass"),
            CellOutcome::Fail => ("✗", "x", "fail"),
            CellOutcome::Unknown => ("?", "?", "unknown"),
            CellOutcome::NotApplicable => ("–", "-", "n/a"),
            CellOutcome::NotImplemented => ("·", ".", "not yet"),
        };
        format!("{} {word}", if self.unicode { glyph } else { ascii })
    }

    /// A bar of `of` parts, `value` of them full, `columns` wide.
    pub(crate) fn bar(&self, value: u64, of: u64, columns: usize) -> String {
        let (full, empty) = if self.unicode { ('█', '░') } else { ('#', '.') };
        let filled = (u64::try_from(columns).unwrap_or(0) * value).checked_div(of).unwrap_or(0);
        let filled = usize::try_from(filled).unwrap_or(columns).min(columns);
        let line = std::iter::repeat_n(full, filled).chain(std::iter::repeat_n(empty, columns - filled));
        line.collect()
    }

    /// One line as it is; what is wider than the page goes on in the next.
    pub(crate) fn line(&mut self, text: &str) {
        self.out.push_str(&folded(text.trim_end(), self.width));
        self.out.push('\n');
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A section's heading over a rule, with an optional remark at the right.
    pub(crate) fn heading(&mut self, text: &str, remark: &str) {
        self.gap();
        let remark = fit(remark, self.width.saturating_sub(width(text) + 2), self.more());
        let space = self.width.saturating_sub(width(text) + width(&remark));
        let line = format!(
            "{}{}{}",
            self.ink(Tone::Strong, text),
            " ".repeat(space),
            self.ink(Tone::Quiet, &remark)
        );
        self.line(&line);
        let rule = (if self.unicode { "─" } else { "-" }).repeat(self.width);
        let rule = self.ink(Tone::Quiet, &rule);
        self.line(&rule);
    }

    /// Wrapped text of others under `indent` columns, at most `lines` lines.
    pub(crate) fn paragraph(&mut self, tone: Tone, text: &str, indent: usize, lines: usize) {
        let text = self.printable(text);
        let room = self.width.saturating_sub(indent);
        let wrapped = wrap(&text, room);
        let cut = lines < wrapped.len();
        for (i, line) in wrapped.into_iter().take(lines).enumerate() {
            let line = if cut && i + 1 == lines { self.cut(&line, room) } else { line };
            let line = format!("{}{}", " ".repeat(indent), self.ink(tone, &line));
            self.line(&line);
        }
    }

    /// Lines to be copied, each on its own, under `indent` columns and behind `label`. A line that is too long goes on
    /// in the next rather than being cut.
    pub(crate) fn code(&mut self, label: &str, lines: &[&str], indent: usize) {
        let mut label = label.to_owned();
        let column = indent + width(&label);
        for line in lines {
            let text = self.printable(line);
            let own = text.len() - text.trim_start().len();
            for part in wrap(&text, self.width.saturating_sub(column + own)) {
                let line = format!("{}{label}{}{part}", " ".repeat(indent), " ".repeat(own));
                let line = self.ink(Tone::Quiet, &line);
                self.line(&line);
                label = " ".repeat(width(&label));
            }
        }
    }

    /// `label` in a column of `indent`, `text` wrapped beside it.
    pub(crate) fn labelled(&mut self, label: &str, tone: Tone, text: &str, indent: usize) {
        let text = self.printable(text);
        let mut label = self.ink(Tone::Quiet, &pad(label, indent));
        for line in wrap(&text, self.width.saturating_sub(indent)) {
            let line = format!("{label}{}", self.ink(tone, &line));
            self.line(&line);
            label = " ".repeat(indent);
        }
    }

    /// Text of others made harmless, and ASCII if asked.
    pub(crate) fn printable(&self, text: &str) -> String {
        let text = clean(text);
        if self.unicode || text.is_ascii() {
            return text.into_owned();
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '…' => out.push_str("..."),
                '–' | '—' => out.push('-'),
                '‘' | '’' => out.push('\''),
                '“' | '”' => out.push('"'),
                '×' => out.push('x'),
                '≥' => out.push_str(">="),
                '≤' => out.push_str("<="),
                '·' => out.push('|'),
                c if c.is_ascii() => out.push(c),
                _ => out.push('?'),
            }
        }
        out
    }

    /// `text` with the mark of something cut behind it, within `room`.
    fn cut(&self, text: &str, room: usize) -> String {
        let mark = self.more();
        if width(text) + width(mark) <= room {
            return format!("{text}{mark}");
        }
        fit(text, room.saturating_sub(1), mark)
    }
}

/// A line broken at its spaces where it is wider than `columns`; a colour ends with the line and begins again with the
/// next. A word that is wider stays whole.
fn folded(text: &str, columns: usize) -> String {
    if width(&plain(text)) <= columns {
        return text.to_owned();
    }
    let (mut out, mut used, mut ink) = (String::new(), 0, String::new());
    for part in text.split_inclusive(' ') {
        let bare = plain(part);
        if columns < used + width(bare.trim_end()) && used != 0 {
            let reset = if ink.is_empty() { "" } else { "\x1b[0m" };
            out = format!("{}{reset}\n{ink}  ", out.trim_end());
            used = 2;
        }
        out.push_str(part);
        used += width(&bare);
        for sgr in part.split('\x1b').skip(1).filter_map(|s| s.split_once('m')).map(|(sgr, _)| sgr) {
            ink = if sgr == "[0" { String::new() } else { format!("\x1b{sgr}m") };
        }
    }
    out
}

/// The text without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default();
    parts.fold(first.to_owned(), |sum, part| sum + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_wide_goes_on_and_takes_its_colour_with_it() {
        assert_eq!(folded("one two three", 13), "one two three");
        assert_eq!(folded("one two three", 8), "one two\n  three");
        assert_eq!(folded("unbreakable", 4), "unbreakable");
        assert_eq!(
            folded("a \x1b[31mred one\x1b[0m b", 6),
            "a \x1b[31mred\x1b[0m\n\x1b[31m  one\x1b[0m\n  b"
        );
    }
}
