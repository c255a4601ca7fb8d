//! Advisories: OSV, Alpine secdb, CISA KEV, EPSS, CVSS, and the one database file they become.
