//! FIRST's Exploit Prediction Scoring System: `cve,epss,percentile`, a comment with the day above.

use crate::feed::{Parsed, Problem};
use crate::record::Coverage;

/// Name of the source in the database.
pub(crate) const SOURCE: &str = "epss";

/// FIRST scores every published CVE; 200,000 were passed in 2023. Fewer rows are an excerpt.
const ROWS_COMPLETE_MIN: usize = 200_000;

/// Problems listed one by one; the others are counted.
const PROBLEMS_MAX: usize = 20;

pub(crate) fn is_epss(text: &[u8]) -> bool {
    text.starts_with(b"#model_version") || text.starts_with(b"cve,epss")
}

pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let Ok(text) = std::str::from_utf8(text) else {
        return parsed.problems.push(Problem::new(name, "no UTF-8"));
    };
    let mut broken = 0_usize;
    for (number, line) in text.lines().enumerate() {
        if let Some(comment) = line.strip_prefix('#') {
            let day = comment.split(',').find_map(|part| part.strip_prefix("score_date:"));
            let day = day.and_then(|d| d.get(..10)).and_then(|d| d.parse().ok());
            parsed.snapshots.extend(day.map(|t| (SOURCE.to_owned(), t)));
            continue;
        }
        if line.trim().is_empty() || line.starts_with("cve,") {
            continue;
        }
        match row(line) {
            Some(row) => parsed.epss.push(row),
            None if broken < PROBLEMS_MAX => {
                parsed.problems.push(Problem::new(format!("{name}:{}", number + 1), "no row of EPSS"));
                broken += 1;
            }
            None => broken += 1,
        }
    }
    if PROBLEMS_MAX < broken {
        let more = format!("{} more rows are none of EPSS", broken - PROBLEMS_MAX);
        parsed.problems.push(Problem::new(name, more));
    }
    let whole = broken == 0 && ROWS_COMPLETE_MIN <= parsed.epss.len();
    let coverage = if whole { Coverage::Complete } else { Coverage::Partial };
    parsed.coverage.push((SOURCE.to_owned(), coverage));
}

fn row(line: &str) -> Option<(String, u32, u32)> {
    let mut fields = line.split(',').map(str::trim);
    let (cve, score, percentile) = (fields.next()?, fields.next()?, fields.next()?);
    cve.starts_with("CVE-").then_some(())?;
    Some((cve.to_owned(), billionths(score)?, billionths(percentile)?))
}

/// `0.03351` as 33,510,000: exact for the nine decimals that FIRST writes.
fn billionths(text: &str) -> Option<u32> {
    let value: f64 = text.parse().ok()?;
    (0.0..=1.0).contains(&value).then(|| (value * 1e9).round() as u32)
}
