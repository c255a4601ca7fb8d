//! The verbs: scan, assess, sbom, db; each one file, each seeing ports only.
