//! What the tests of the verbs share: ports that keep everything in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use advisory::db::{Builder, Database};
use ports::cache::Cache;
use ports::feeds::NoFeeds;
use ports::knowledge::{
    BuildReport, BuildRequest, DatabaseOrigin, Knowledge, KnowledgeError, OpenedDatabase,
};
use ports::source::{Progress, Silent, Sources};

use crate::{MaxAge, ReadRequest, ScanRequest, World};

/// One advisory of Debian's, and the vulnerability that it is about.
const ADVISORIES: [(&str, &str); 2] = [
    (
        "dsa.json",
        r#"{"schema_version":"1.6.0","id":"DSA-9001-1","modified":"2026-01-02T00:00:00Z","published":"2026-01-01T00:00:00Z","related":["CVE-2026-9001"],"affected":[{"package":{"ecosystem":"Debian:12","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"3.0.11-1~deb12u2"}]}]}]}"#,
    ),
    (
        "cve.json",
        r#"{"schema_version":"1.6.0","id":"CVE-2026-9001","modified":"2026-01-02T00:00:00Z","published":"2026-01-01T00:00:00Z","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":{"ecosystem":"Debian:12","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"3.0.11-1~deb12u2"}]}]}]}"#,
    ),
];

/// Keeps every byte, as the fakes have no disk to read again from.
pub(crate) struct KeepAll;

impl oci::Analyzer for KeepAll {
    fn version(&self) -> u32 {
        0
    }
    fn interest(&self, _: &str, _: u64, _: u32, _: &[u8]) -> oci::Interest {
        oci::Interest::Keep
    }
    fn digest(&self, _: &str, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

/// Knows [`ADVISORIES`] alone.
pub(crate) struct FakeKnowledge;

impl Knowledge for FakeKnowledge {
    fn open(&self, path: Option<&str>) -> Result<OpenedDatabase, KnowledgeError> {
        if let Some(path) = path {
            return Err(KnowledgeError::Usage(format!("there is no database `{path}`")));
        }
        let mut builder = Builder::new();
        for (name, text) in ADVISORIES {
            builder.add(advisory::read(name, text.as_bytes()));
        }
        let bytes = builder.finish().map_err(|e| KnowledgeError::Unreadable(e.to_string()))?.bytes;
        let database =
            Database::open(Arc::new(bytes)).map_err(|e| KnowledgeError::Unreadable(e.to_string()))?;
        Ok(OpenedDatabase { database: Arc::new(database), origin: DatabaseOrigin::Demonstration })
    }

    fn build(&self, _: &BuildRequest, _: &dyn Progress) -> Result<BuildReport, KnowledgeError> {
        Err(KnowledgeError::Usage("nothing is built here".to_owned()))
    }
}

/// Keeps what it is given.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) Mutex<BTreeMap<String, Vec<u8>>>);

impl Cache for Memory {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }
    fn put(&self, key: &str, bytes: &[u8]) {
        self.0.lock().unwrap().insert(key.to_owned(), bytes.to_vec());
    }
    fn take_notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A scan of `targets` that asks for everything and gates nothing.
pub(crate) fn request(targets: &[&str]) -> ScanRequest {
    ScanRequest {
        framework: None,
        targets: targets.iter().map(|t| (*t).to_owned()).collect(),
        controls: Vec::new(),
        gates: Vec::new(),
        as_of: "2026-11-25".parse().unwrap(),
        database: None,
        max_age: MaxAge::Any,
        baseline: None,
        min_package_age: None,
        ignore: None,
        vex: Vec::new(),
        images: None,
        read: ReadRequest::default(),
    }
}

/// Nothing but `sources`, `cache` and what [`FakeKnowledge`] knows.
pub(crate) fn world<'w>(sources: &'w dyn Sources, cache: &'w dyn Cache) -> World<'w> {
    World {
        sources,
        knowledge: &FakeKnowledge,
        feeds: &NoFeeds,
        cache,
        progress: &Silent,
        note: &|_| (),
        version: "0.0.0",
    }
}
