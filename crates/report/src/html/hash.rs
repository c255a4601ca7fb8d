//! `sha256-` sources of the page's style and script (CSP Level 3, 6.7.3.3). A test computes them, and rewrites this file
//! with `UPDATE_GOLDEN=1`.

/// Of `page.css`.
pub(crate) const STYLE_HASH: &str = "sha256-C9KeDjnjKMfQu1MoTO48SLPhgq0C9sORziB34O8E6+8=";
/// Of `page.js`.
pub(crate) const SCRIPT_HASH: &str = "sha256-lQBmCaQ2FWAX14u9wDfKQoGS5A3+SAfvsfhH7HK0ppY=";
