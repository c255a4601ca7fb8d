//! Cases of whole root file systems, written down as files and expected packages.

mod attribution;
mod images;
mod roots;
