//! Report formats: table, JSON, SARIF, HTML.
