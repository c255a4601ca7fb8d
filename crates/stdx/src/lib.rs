//! Small helpers that the standard library lacks: bounded reading, hexadecimal, ordering.
