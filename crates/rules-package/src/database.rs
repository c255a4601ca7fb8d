//! The database as the report names it.

use advisory::Coverage;
use advisory::db::Info;
use api::{DatabaseInfo, DatabaseSource};

/// What the report says of a database.
#[must_use]
pub fn database_info(info: &Info) -> DatabaseInfo {
    DatabaseInfo {
        id: info.id.clone(),
        built: info.built,
        sources: info
            .sources
            .iter()
            .map(|s| DatabaseSource {
                name: s.name.clone(),
                snapshot: s.snapshot,
                records: s.records,
                coverage: match s.coverage {
                    Coverage::Complete => api::Coverage::Complete,
                    Coverage::Partial => api::Coverage::Partial,
                },
            })
            .collect(),
    }
}
