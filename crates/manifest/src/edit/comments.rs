//! The comments of a document, to prove that none is lost.

use granit_parser::{Event, Parser};

use super::EditError;
use crate::yaml;

/// Every comment, sorted.
pub(super) fn of(text: &str) -> Result<Vec<String>, EditError> {
    let mut options = yaml::options();
    options.set_emit_comments(true);
    options.max_buffered_comment_events = usize::MAX;
    let parser = Parser::new_from_str_with_options(text, options);
    let mut found = Vec::new();
    for next in parser {
        let (event, _) = next.map_err(|e| EditError::Unread(e.info().to_owned()))?;
        if let Event::Comment(comment, _) = event {
            found.push(comment.trim_end().to_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// Whether every one of `some` is in `all`; both sorted.
pub(super) fn are_among(some: &[String], all: &[String]) -> bool {
    let mut all = all.iter();
    some.iter().all(|comment| all.any(|other| other == comment))
}
