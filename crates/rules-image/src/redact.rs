//! Secrets never leave the program: whatever is quoted from a configuration or a history line goes through here.

use inventory::secret::{bounded, find};

/// The text with every secret that the secret rules know replaced by `***`, and with what lies beyond the bound of
/// those rules left out.
#[must_use]
pub fn redact(text: &str) -> String {
    let inside = bounded(text);
    let mut out = String::with_capacity(inside.len());
    let mut at = 0;
    for secret in find(inside) {
        out.push_str(inside.get(at..secret.range.start).unwrap_or(""));
        out.push_str("***");
        at = secret.range.end;
    }
    out.push_str(inside.get(at..).unwrap_or(""));
    if inside.len() < text.len() {
        out.push_str(" …");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_starred_and_nothing_else_changes() {
        assert_eq!(
            redact("RUN mysql --password s3cr3tpass && curl -u a:hunter22 https://b:hunter23@c/d"),
            "RUN mysql --password *** && curl -u a:*** https://b:***@c/d"
        );
        assert_eq!(redact("ENV A=b PATH=/bin"), "ENV A=b PATH=/bin");
    }
}
