//! Scores of CVSS vectors.

use std::str::FromStr;

use cvss::Cvss;

/// Version and score of a vector; only the base metrics that the vector names count.
///
/// # Errors
/// Why it is none.
pub(crate) fn score(vector: &str) -> Result<(&'static str, f64), String> {
    let parsed = Cvss::from_str(vector.trim_matches(['(', ')', ' '])).map_err(|e| e.to_string())?;
    let version = match parsed {
        Cvss::CvssV20(_) => "2.0",
        Cvss::CvssV30(_) => "3.0",
        Cvss::CvssV31(_) => "3.1",
        Cvss::CvssV40(_) => "4.0",
        _ => return Err("a version of CVSS that is not read".to_owned()),
    };
    Ok((version, parsed.score()))
}
