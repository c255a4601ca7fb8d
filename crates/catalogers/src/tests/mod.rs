//! Cases of whole images.
