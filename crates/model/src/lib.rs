//! The nouns every room shares: packages, digests, severities, doubts, the ledger, places.

mod digest;
mod doubt;
mod package;
mod place;
pub mod purl;
mod severity;
mod text;
mod time;

pub use digest::{Digest, DigestError};
pub use doubt::{Doubt, DoubtKind, EVERY_CONTROL, Ledger, Rendering, Skipped, Unread};
pub use package::{Distribution, LayerRef, Package, PackageId, PackageType, SourcePackage};
pub use place::{ObjectRef, Place};
pub use severity::Severity;
pub use text::Text;
pub use time::{Timestamp, TimestampError};
