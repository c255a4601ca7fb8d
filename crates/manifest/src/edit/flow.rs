//! Changes in flow form: `{a: 1, b: [2, 3]}`, on one line or on many, and JSON.

use super::New;
use super::splice::{Page, Splice};
use super::syntax::{Pair, Src};

/// A field behind the last one.
pub(super) fn insert(page: &Page<'_>, map: &Src, pairs: &[Pair], field: (&str, &New)) -> Option<Splice> {
    let spans: Vec<(usize, usize)> = pairs.iter().map(|p| (p.key.start, p.value.end)).collect();
    put(page, map, &spans, &|indent: Option<&str>| match indent {
        Some(indent) => page.habits.lined_pair(field.0, field.1, indent),
        None => page.habits.pair(field.0, field.1),
    })
}

/// An item behind the last one.
pub(super) fn append(page: &Page<'_>, list: &Src, items: &[Src], value: &New) -> Option<Splice> {
    let spans: Vec<(usize, usize)> = items.iter().map(|i| (i.start, i.end)).collect();
    put(page, list, &spans, &|indent: Option<&str>| match indent {
        Some(indent) if page.habits.json => page.habits.lined(value, indent),
        _ => page.habits.flow(value),
    })
}

/// Takes one of the children out, and one comma.
pub(super) fn remove(page: &Page<'_>, spans: &[(usize, usize)], index: usize) -> Option<Splice> {
    let (start, end) = *spans.get(index)?;
    if let Some((next, _)) = spans.get(index + 1) {
        return Some(Splice::new(start, *next, ""));
    }
    match index.checked_sub(1).and_then(|i| spans.get(i)) {
        Some((_, before)) => Some(Splice::new(*before, end, "")),
        None => {
            // A comma behind the only child goes too.
            let rest = page.text.get(end..)?;
            let blank = rest.len() - rest.trim_start().len();
            let comma = rest.get(blank..)?.starts_with(',');
            Some(Splice::new(start, if comma { end + blank + 1 } else { end }, ""))
        }
    }
}

/// Puts a child behind the others of a collection; it is written for a line of its own, whose indent is given, or for
/// the line of the others.
fn put(
    page: &Page<'_>,
    around: &Src,
    spans: &[(usize, usize)],
    write: &dyn Fn(Option<&str>) -> String,
) -> Option<Splice> {
    let line = page.habits.line;
    let (Some((first, _)), Some((_, last))) = (spans.first(), spans.last()) else {
        // Empty: what is between the brackets stays.
        let at = around.start + 1;
        let is_pretty = page.habits.json && page.text.trim().contains('\n');
        if !is_pretty {
            return Some(Splice::new(at, at, write(None)));
        }
        let start = page.line_start(around.start);
        let outer: String = page.text.get(start..)?.chars().take_while(|c| *c == ' ').collect();
        let inner = format!("{outer}{}", " ".repeat(page.habits.step));
        return Some(Splice::new(
            at,
            around.end.checked_sub(1)?,
            format!("{line}{inner}{}{line}{outer}", write(Some(&inner))),
        ));
    };
    let on_lines = page.text.get(around.start..*first)?.contains('\n');
    if !on_lines {
        return Some(Splice::new(*last, *last, format!(", {}", write(None))));
    }
    let indent = " ".repeat(page.column(*first));
    let child = format!("{indent}{}", write(Some(&indent)));
    let rest = page.text.get(*last..around.end)?;
    match rest.find('\n') {
        // A comment on the last line stays there.
        Some(at) => {
            let behind = rest.get(..at)?.trim_end_matches('\r');
            let has_comma = behind.trim_start().starts_with(',');
            let comma = if has_comma { "" } else { "," };
            let more = if has_comma { "," } else { "" };
            Some(Splice::new(*last, *last + behind.len(), format!("{comma}{behind}{line}{child}{more}")))
        }
        None => Some(Splice::new(*last, *last, format!(",{line}{child}"))),
    }
}
