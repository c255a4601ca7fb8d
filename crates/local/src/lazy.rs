//! Layers of a registry that are read by their tables of contents: the table and the members that are asked for are
//! fetched, and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use oci::toc::{self, Chain, Ranged, Toc, TocError};
use oci::{FILE_KEEP_BYTES_MAX, LayerIndex, OpenError};

use crate::blobs::Store;
use crate::images::Reading;
use crate::late::settle;
use crate::plan::LayerPlan;

/// What such a reading does not prove.
pub(crate) const NOT_PROVEN: &str = "read by its table of contents, which the manifest names by its digest; members that were read are proven by \
                                     the table, the layer's own digest and that of its unpacked archive are not (`--verify` reads it whole)";

/// What is said of a table that lies.
pub(crate) const REFUSED: &str =
    "its table of contents is refused, by which others may unpack it; the layer was read whole";

/// A layer as its table gives it.
pub(crate) struct Read {
    pub(crate) index: LayerIndex,
    /// Files that could not be read again for the name that a hard link gives them.
    pub(crate) lost: Vec<(String, OpenError)>,
    /// For standard error.
    pub(crate) note: String,
}

/// True if the layer may be read by its table of contents.
pub(crate) fn can(reading: &Reading<'_>, plan: &LayerPlan) -> bool {
    let remote = matches!(&*reading.store, Store::Remote(_));
    remote && plan.chain.is_some() && plan.stored.is_some() && !reading.options.verify
}

/// Reads it.
pub(crate) fn read(reading: &Reading<'_>, part: &str, plan: &LayerPlan) -> Result<Read, TocError> {
    let source = Part::new(&reading.store, part);
    let Some(chain) = &plan.chain else {
        return Err(TocError::Whole("the manifest names no table of contents".to_owned()));
    };
    let toc = toc::load(chain, &source)?;
    let toc::TocRead { mut index, .. } = toc::read_members(&toc, reading.analyzer, &source)?;
    let lost = late(reading, &toc, &source, &mut index);
    let fetched = source.fetched.lock().map_or(0, |n| *n);
    let note = format!(
        "{} is read by its table of contents: {fetched} of {} bytes are fetched",
        plan.place(),
        source.size
    );
    Ok(Read { index, lost, note })
}

/// Reads the files that only a hard link's name makes interesting.
fn late(
    reading: &Reading<'_>,
    toc: &Toc,
    source: &Part<'_>,
    index: &mut LayerIndex,
) -> Vec<(String, OpenError)> {
    let (mut files, mut lost, mut had) = (BTreeMap::new(), Vec::new(), Vec::new());
    for late in index.late().to_vec() {
        match toc::open_member(toc, late.ordinal, FILE_KEEP_BYTES_MAX, source) {
            Ok(bytes) => {
                files.insert(late.ordinal, bytes);
                had.push(late);
            }
            Err(e) => lost.push((late.path, e)),
        }
    }
    lost.extend(settle(reading.analyzer, index, had, &files));
    lost
}

/// A part of a registry, as ranges.
struct Part<'s> {
    store: &'s Store,
    part: &'s str,
    size: u64,
    fetched: Mutex<u64>,
}

impl<'s> Part<'s> {
    fn new(store: &'s Store, part: &'s str) -> Self {
        Self { store, part, size: store.size(part).unwrap_or_default(), fetched: Mutex::default() }
    }
}

impl Ranged for Part<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn range(&self, at: u64, len: u64) -> Result<Box<dyn std::io::Read + '_>, TocError> {
        match self.store.range(self.part, at, len) {
            Ok(Some(reader)) => {
                let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
                *fetched = fetched.saturating_add(len);
                Ok(reader)
            }
            Ok(None) => Err(TocError::Whole("the registry sends no ranges".to_owned())),
            Err(e) => Err(TocError::Whole(format!("a range of it could not be fetched: {e}"))),
        }
    }
}

/// The table of a layer that was read by it, fetched again once a file is asked for.
pub(crate) struct Table {
    chain: Chain,
    toc: Mutex<Option<Arc<Toc>>>,
}

impl Table {
    /// None for a layer that was read whole.
    pub(crate) fn of(chain: Option<Chain>) -> Option<Self> {
        chain.map(|chain| Self { chain, toc: Mutex::default() })
    }

    /// One file of the layer.
    pub(crate) fn open(
        &self,
        store: &Store,
        part: &str,
        ordinal: u32,
        max: u64,
    ) -> Result<Vec<u8>, OpenError> {
        let source = Part::new(store, part);
        let toc = {
            let mut kept = self.toc.lock().unwrap_or_else(PoisonError::into_inner);
            match &*kept {
                Some(toc) => Arc::clone(toc),
                None => {
                    let toc =
                        toc::load(&self.chain, &source).map_err(|e| OpenError::Source(e.to_string()))?;
                    Arc::clone(kept.insert(Arc::new(toc)))
                }
            }
        };
        toc::open_member(&toc, ordinal, max, &source)
    }
}
