//! Version order of every ecosystem, exact.
