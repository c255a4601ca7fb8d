//! Licences: which texts are identifiers or expressions of SPDX, and which are only words.

/// True for the exact SPDX identifier of a licence or exception, as CycloneDX' list has them.
pub(crate) fn is_spdx_id(text: &str) -> bool {
    // `spdx::license_id` would read `GPL-2.0+` as `GPL-2.0`; the list has both.
    let is_license = || spdx::identifiers::LICENSES.iter().any(|l| l.name == text && text != "NOASSERTION");
    let is_exception = || spdx::identifiers::EXCEPTIONS.iter().any(|e| e.name == text);
    is_license() || is_exception()
}

/// True for expressions of SPDX whose identifiers all exist; `LicenseRef-` counts.
pub(crate) fn is_expression(text: &str) -> bool {
    spdx::Expression::parse(text).is_ok()
}

/// One expression for all of `licenses`, if each is one: all of them apply.
pub(crate) fn join(licenses: &[String]) -> Option<String> {
    if licenses.is_empty() || !licenses.iter().all(|l| is_expression(l)) {
        return None;
    }
    if let [one] = licenses {
        return Some(one.clone());
    }
    let part = |l: &String| if l.contains(' ') { format!("({l})") } else { l.clone() };
    Some(licenses.iter().map(part).collect::<Vec<_>>().join(" AND "))
}
