//! Prebuilt databases in registries.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

use ports::feeds::Prebuilt;
use ports::remote::{Choice, Listing, PartError, Parts, Remote};
use ports::source::SourceError;
use serde_json::json;
use tempfile::TempDir;

use super::signed;
use super::{Patience, Upstream};
use crate::{FeedSettings, HttpFeeds};

/// No registry at all.
pub(super) struct Nowhere;

impl Remote for Nowhere {
    fn image(&self, name: &str) -> Result<Arc<dyn Parts>, SourceError> {
        Err(SourceError::Usage(format!("there is no `{name}`")))
    }
    fn list(&self, _: &Choice) -> Result<Listing, SourceError> {
        Ok(Listing::default())
    }
}

/// A registry of one artifact.
#[derive(Clone, Default)]
struct Shelf {
    index: Vec<u8>,
    parts: BTreeMap<String, Vec<u8>>,
    /// Bytes after which a connection breaks.
    breaks: Option<u64>,
    /// It cannot begin in the middle.
    no_ranges: bool,
    /// Where ranges began.
    asked: Arc<Mutex<Vec<u64>>>,
}

/// Bytes, then a broken connection.
struct Broken<'b>(&'b [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
            n => Ok(n),
        }
    }
}

impl Shelf {
    /// Layers by media type and title.
    fn of(layers: &[(&str, &str, &[u8])]) -> Self {
        let mut out = Self::default();
        let mut rows = Vec::new();
        for (kind, title, bytes) in layers {
            let digest = out.put(bytes);
            rows.push(json!({ "mediaType": kind, "digest": digest, "size": bytes.len(),
                              "annotations": { "org.opencontainers.image.title": title } }));
        }
        let empty = out.put(b"{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": rows,
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 },
        });
        let bytes = manifest.to_string().into_bytes();
        let digest = out.put(&bytes);
        let named = json!({ "schemaVersion": 2, "manifests": [{ "digest": digest, "size": bytes.len() }] });
        out.index = named.to_string().into_bytes();
        out
    }

    fn put(&mut self, bytes: &[u8]) -> String {
        let digest = oci::sha256(bytes).to_string();
        self.parts.insert(format!("blobs/{}", digest.replacen(':', "/", 1)), bytes.to_vec());
        digest
    }

    /// Replaces a blob and leaves its name.
    fn harm(mut self, before: &[u8], after: &[u8]) -> Self {
        for bytes in self.parts.values_mut().filter(|b| b.as_slice() == before) {
            *bytes = after.to_vec();
        }
        self
    }
}

impl Remote for Shelf {
    fn image(&self, name: &str) -> Result<Arc<dyn Parts>, SourceError> {
        match name {
            "host.example/advisories:1" => Ok(Arc::new(self.clone())),
            _ => Err(SourceError::Usage(format!("there is no `{name}`"))),
        }
    }
    fn list(&self, _: &Choice) -> Result<Listing, SourceError> {
        Ok(Listing::default())
    }
}

impl Parts for Shelf {
    fn name(&self) -> &'static str {
        "host.example/advisories"
    }
    fn index(&self) -> &[u8] {
        &self.index
    }
    fn document(&self, part: &str, _: u64) -> Result<Vec<u8>, PartError> {
        self.parts.get(part).cloned().ok_or(PartError::Missing)
    }
    fn size(&self, part: &str) -> Option<u64> {
        self.parts.get(part).map(|b| b.len() as u64)
    }
    fn open(&self, part: &str) -> Result<Box<dyn Read + Send + '_>, PartError> {
        let bytes = self.parts.get(part).ok_or(PartError::Missing)?;
        Ok(match self.breaks {
            Some(n) => Box::new(Broken(&bytes[..usize::try_from(n).unwrap().min(bytes.len())])),
            None => Box::new(bytes.as_slice()),
        })
    }
    fn range(&self, part: &str, at: u64, len: u64) -> Result<Option<Box<dyn Read + Send + '_>>, PartError> {
        self.asked.lock().unwrap().push(at);
        let bytes = self.parts.get(part).ok_or(PartError::Missing)?;
        let range = usize::try_from(at).unwrap()..usize::try_from(at + len).unwrap();
        Ok((!self.no_ranges).then(|| Box::new(&bytes[range]) as Box<dyn Read + Send>))
    }
    fn take_notes(&self) -> Vec<String> {
        Vec::new()
    }
}

const DATABASE: &str = "application/vnd.plimsoll.database.v1";
const PLAIN: &str = "application/vnd.oci.image.layer.v1.tar";

/// A database and who signed it.
type Taken = (Vec<u8>, Option<&'static str>);

/// What comes of the artifact, or why nothing does; and the files left behind.
fn taken(shelf: Shelf, key: Option<&[u8]>) -> (Result<Taken, String>, usize) {
    taken_into(&tempfile::tempdir().unwrap(), shelf, key)
}

fn taken_into(directory: &TempDir, shelf: Shelf, key: Option<&[u8]>) -> (Result<Taken, String>, usize) {
    let (upstream, patience) = (Arc::new(Upstream::default()), Arc::new(Patience::default()));
    let feeds = HttpFeeds::new(FeedSettings::default(), upstream, patience, Arc::new(shelf));
    let wanted = Prebuilt {
        from: "oci://host.example/advisories:1".to_owned(),
        key: key.map(<[u8]>::to_vec),
        signature: None,
        folder: directory.path().display().to_string(),
    };
    let got = super::prebuilt(&feeds, &wanted).map_err(|e| e.to_string());
    let got = got.map(|file| (std::fs::read(&file.path).unwrap(), file.signed));
    (got, std::fs::read_dir(directory.path()).unwrap().count())
}

#[test]
fn a_database_is_taken_from_a_registry_as_oras_pushes_it() {
    for kind in [DATABASE, PLAIN] {
        let shelf = Shelf::of(&[(kind, "plimsoll.db", b"the database")]);
        assert_eq!(taken(shelf, None).0.unwrap(), (b"the database".to_vec(), None));
    }
    let beside = Shelf::of(&[(PLAIN, "readme.md", b"words"), (DATABASE, "plimsoll.db", b"the database")]);
    assert_eq!(taken(beside, None).0.unwrap().0, b"the database");
}

#[test]
fn its_signature_lies_beside_it_and_has_to_fit() {
    let pair = signed::Ed25519KeyPair::generate().unwrap();
    let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let key = signed::pem(&head, signed::KeyPair::public_key(&pair).as_ref());
    let shelf = |message: &[u8]| {
        let signature = pair.sign(message);
        let layers = [
            (PLAIN, "plimsoll.db", b"the database".as_slice()),
            (PLAIN, "plimsoll.db.sig", signature.as_ref()),
        ];
        Shelf::of(&layers)
    };
    let (got, _) = taken(shelf(b"the database"), Some(&key));
    assert_eq!(got.unwrap(), (b"the database".to_vec(), Some("ed25519")));
    let (got, left) = taken(shelf(b"another"), Some(&key));
    assert!(got.unwrap_err().contains("does not fit"));
    assert_eq!(left, 0, "nothing unsigned stays");
    let (got, left) = taken(Shelf::of(&[(DATABASE, "plimsoll.db", b"the database")]), Some(&key));
    assert!(got.unwrap_err().contains("--insecure-unsigned"));
    assert_eq!(left, 0);
}

#[test]
fn what_its_manifest_does_not_prove_is_refused() {
    let good = Shelf::of(&[(DATABASE, "plimsoll.db", b"the database")]);
    for bad in ["the databasE", "the data", "the database and more"] {
        let (got, left) = taken(good.clone().harm(b"the database", bad.as_bytes()), None);
        assert!(got.unwrap_err().contains("host.example/advisories:1"), "{bad}");
        assert_eq!(left, 0, "{bad}");
    }
    let two = Shelf::of(&[(PLAIN, "a.db", b"one"), (PLAIN, "b.db", b"two")]);
    assert!(taken(two, None).0.unwrap_err().contains("one is wanted"));
    assert!(taken(Shelf::of(&[]), None).0.is_err());
    let broken = Shelf { index: b"{".to_vec(), ..Shelf::default() };
    assert!(taken(broken, None).0.is_err());
}

#[test]
fn a_database_that_broke_off_is_gone_on_with_and_nothing_else_is() {
    let good = Shelf::of(&[(DATABASE, "plimsoll.db", b"the database")]);
    let directory = tempfile::tempdir().unwrap();
    let (got, left) = taken_into(&directory, Shelf { breaks: Some(5), ..good.clone() }, None);
    assert!(got.unwrap_err().contains("broke off after 5 bytes"));
    assert_eq!(left, 2, "the part and what it is of");
    // Another database does not go on with it.
    let other = Shelf::of(&[(DATABASE, "plimsoll.db", b"an other one")]);
    let asked = Arc::clone(&other.asked);
    let again = tempfile::tempdir().unwrap();
    for name in [".prebuilt.part", ".prebuilt.part.json"] {
        std::fs::copy(directory.path().join(name), again.path().join(name)).unwrap();
    }
    assert_eq!(taken_into(&again, other, None).0.unwrap().0, b"an other one");
    assert!(asked.lock().unwrap().is_empty());
    // One whose bytes were changed meanwhile is not taken, and the next run begins anew.
    std::fs::copy(directory.path().join(".prebuilt.part.json"), again.path().join(".prebuilt.part.json"))
        .unwrap();
    std::fs::write(again.path().join(".prebuilt.part"), b"thX d").unwrap();
    assert!(taken_into(&again, good.clone(), None).0.unwrap_err().contains("not what its manifest names"));
    assert_eq!(taken_into(&again, good.clone(), None).0.unwrap().0, b"the database");
    // The same does, from where it broke off.
    let asked = Arc::clone(&good.asked);
    asked.lock().unwrap().clear();
    assert_eq!(taken_into(&directory, good.clone(), None).0.unwrap().0, b"the database");
    assert_eq!(*asked.lock().unwrap(), [5]);
    // Without ranges it begins anew.
    let directory = tempfile::tempdir().unwrap();
    assert!(taken_into(&directory, Shelf { breaks: Some(5), ..good.clone() }, None).0.is_err());
    let (got, _) = taken_into(&directory, Shelf { no_ranges: true, ..good }, None);
    assert_eq!(got.unwrap().0, b"the database");
}
