//! `sha256-` sources of the page's style and script (CSP Level 3, 6.7.3.3). A test computes them, and rewrites this file
//! with `UPDATE_GOLDEN=1`.

/// Of `page.css`.
pub(crate) const STYLE_HASH: &str = "sha256-IgGV2I2HNoLfsY66T7gEWqT0LRv/B7radmMrNI4vi08=";
/// Of `page.js`.
pub(crate) const SCRIPT_HASH: &str = "sha256-JiClvAueY/MmROrrgnkcdMpKc7k+MhWvJ5/IG9dC1z8=";
