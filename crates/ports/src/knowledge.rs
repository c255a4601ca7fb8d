//! What is known of vulnerabilities.
