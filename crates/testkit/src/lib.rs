//! Writes images, package databases, lockfiles and advisories for tests, in the words of the domain.
