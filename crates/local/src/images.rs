//! Reads images: layers of all of them in parallel, each once; then each image merged from its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use inventory::{HistoryLine, Image, Target, TargetKind};
use model::{Digest, LayerRef, Ledger};
use oci::{Analyzer, FILE_KEEP_BYTES_MAX, Inflated, LayerIndex, LayerRead, OpenError, Origin, Reopen};
use ports::source::{Content, Files, Opened, Progress, ReadOptions};

use crate::blobs::{self, BlobError, Store};
use crate::cache::DirCache;
use crate::doubts::Account;
use crate::known::{
    Proof, cache, facts_key, key, key_now, layer_ref, ledger_key, proven, seen_key, table_key, unchanged,
};
use crate::late::settle_late;
use crate::lazy;
use crate::plan::{AGAIN, ImagePlan, LayerPlan};

/// Layers that are fetched at once where nothing else is asked for.
const DOWNLOADS: usize = 4;

/// What reading images needs.
pub(crate) struct Reading<'r> {
    pub(crate) store: Arc<Store>,
    pub(crate) cache: Option<&'r DirCache>,
    pub(crate) analyzer: &'r dyn Analyzer,
    pub(crate) options: &'r ReadOptions,
    pub(crate) progress: &'r dyn Progress,
}

/// A layer as it will be merged.
#[derive(Clone, Default)]
struct Layer {
    index: Arc<LayerIndex>,
    /// What the bytes unpack to, if they were seen or are known from the cache.
    diff_id: Option<Digest>,
    /// How it was read, if it was read now.
    inflated: Option<Inflated>,
    account: Account,
    cached: bool,
    /// Read by its table of contents.
    by_table: bool,
    /// A line for standard error.
    note: Option<String>,
}

/// How targets are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Called<'c> {
    pub(crate) kind: TargetKind,
    /// The word before the colon.
    pub(crate) word: &'c str,
    /// In front of a plan's suffix.
    pub(crate) name: &'c str,
}

/// Reads `plans`, but for images whose facts whoever asks keeps (`kept`).
pub(crate) fn read(
    reading: &Reading<'_>,
    plans: Vec<ImagePlan>,
    called: Called<'_>,
    kept: &dyn Fn(&str) -> bool,
) -> Vec<Opened> {
    let proven = |plan| unchanged(reading, plan).filter(|(key, _)| kept(key));
    let kept: Vec<Option<(String, Ledger)>> = plans.iter().map(proven).collect();
    let unknown = plans.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(plan, _)| plan);
    let layers = read_layers(reading, unknown);
    let mut out: Vec<Opened> = plans
        .into_iter()
        .zip(kept)
        .map(|(plan, kept)| match kept {
            Some((key, ledger)) => unread(plan, key, ledger, called),
            None => image(reading, plan, &layers, called),
        })
        .collect();
    if let (Some(cache), Some(first)) = (reading.cache, out.first_mut()) {
        first.notes.extend(ports::cache::Cache::take_notes(cache));
    }
    out
}

/// The parts that the cache does not know, links followed.
pub(crate) fn missing(reading: &Reading<'_>, plans: &[ImagePlan]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for layer in plans.iter().flat_map(|p| &p.layers) {
        if let (Some(part), Store::Stream(stream)) = (&layer.part, &*reading.store)
            && from_cache(reading, part, layer).is_none()
        {
            out.insert(stream.resolve(part));
        }
    }
    out
}

/// Every layer of the plans, by part; the largest first, on as many threads as are asked for.
fn read_layers<'p>(
    reading: &Reading<'_>,
    plans: impl Iterator<Item = &'p ImagePlan>,
) -> BTreeMap<String, Layer> {
    let mut tasks: BTreeMap<&str, &LayerPlan> = BTreeMap::new();
    for layer in plans.flat_map(|p| &p.layers) {
        if let Some(part) = &layer.part {
            tasks.entry(part).or_insert(layer);
        }
    }
    let mut found: BTreeMap<String, Layer> = BTreeMap::new();
    let mut queue: Vec<(u64, &str, &LayerPlan)> = Vec::new();
    for (part, layer) in tasks {
        match from_cache(reading, part, layer) {
            Some(cached) => {
                found.insert(part.to_owned(), cached);
            }
            None => queue.push((reading.store.size(part).unwrap_or_default(), part, layer)),
        }
    }
    queue.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    reading.progress.expect(queue.iter().map(|q| q.0).sum());
    let (next, read) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((_, part, plan)) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
            let layer = read_layer(reading, part, plan);
            if let Ok(mut read) = read.lock() {
                read.push(((*part).to_owned(), layer));
            }
        }
    };
    let threads = match (&*reading.store, reading.options.jobs) {
        // A line is idle while a thread works, and a thread while the line does.
        (Store::Remote(_), 0) => threads(0).max(DOWNLOADS),
        (_, jobs) => threads(jobs),
    };
    let threads = threads.min(queue.len());
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    found.extend(read.into_inner().unwrap_or_default());
    found
}

/// How many threads work.
pub(crate) fn threads(jobs: usize) -> usize {
    match jobs {
        0 => thread::available_parallelism().map_or(1, NonZeroUsize::get),
        n => n,
    }
}

fn from_cache(reading: &Reading<'_>, part: &str, plan: &LayerPlan) -> Option<Layer> {
    let cache = cache(reading)?;
    let key = key_now(reading, part, plan)?;
    let Some(mut reader) = cache.reader(&key) else {
        return by_table_from_cache(reading, cache, plan);
    };
    let proof = proven(reading, cache, part, plan, &key)?;
    match LayerIndex::decode(&mut reader) {
        Ok(index) => {
            let account = account(&index, &plan.place());
            Some(Layer {
                index: Arc::new(index),
                diff_id: plan.diff_id,
                account,
                cached: proof == Proof::Known,
                ..Layer::default()
            })
        }
        Err(e) => {
            cache.damaged(&key, &e);
            None
        }
    }
}

fn by_table_from_cache(reading: &Reading<'_>, cache: &DirCache, plan: &LayerPlan) -> Option<Layer> {
    let key = table_key(reading, plan)?;
    match LayerIndex::decode(&mut cache.reader(&key)?) {
        Ok(index) => {
            let account = account(&index, &plan.place());
            Some(Layer { index: Arc::new(index), account, cached: true, by_table: true, ..Layer::default() })
        }
        Err(e) => {
            cache.damaged(&key, &e);
            None
        }
    }
}

/// Reads a layer by its table of contents, as far as that is offered and worth it; otherwise why not.
fn read_by_table(reading: &Reading<'_>, part: &str, plan: &LayerPlan) -> Result<Layer, oci::toc::TocError> {
    let lazy::Read { index, lost, note } = lazy::read(reading, part, plan)?;
    let mut account = account(&index, &plan.place());
    for (path, e) in lost {
        account.doubt(&format!("{} {path}", plan.place()), &e.to_string(), AGAIN);
    }
    let whole = account.is_whole() && index.is_whole();
    if let (Some(cache), Some(key)) = (reading.cache.filter(|_| whole), table_key(reading, plan))
        && (index.bytes() as u64) < crate::cache::CACHE_ENTRY_BYTES_MAX
    {
        cache.write(&key, &|out| index.encode(out));
    }
    Ok(Layer { index: Arc::new(index), account, by_table: true, note: Some(note), ..Layer::default() })
}

fn read_layer(reading: &Reading<'_>, part: &str, plan: &LayerPlan) -> Layer {
    if !lazy::can(reading, plan) {
        return read_whole(reading, part, plan, None);
    }
    let (note, lie) = match read_by_table(reading, part, plan) {
        Ok(layer) => {
            reading.progress.advance(plan.size.unwrap_or_default());
            return layer;
        }
        Err(oci::toc::TocError::Whole(why)) => (format!("{} is fetched whole: {why}", plan.place()), None),
        Err(oci::toc::TocError::Lie(why)) => (format!("{} is fetched whole: {why}", plan.place()), Some(why)),
    };
    let mut layer = read_whole(reading, part, plan, lie.as_deref());
    layer.note = Some(note);
    layer
}

/// Reads all of a layer. `lie` is what is wrong with its table of contents, by which other programs may unpack it.
fn read_whole(reading: &Reading<'_>, part: &str, plan: &LayerPlan, lie: Option<&str>) -> Layer {
    let place = plan.place();
    // Asked before a byte is read: who writes meanwhile makes another state of the file.
    let origin = reading.store.origin(part);
    let LayerRead { mut index, inflated } = match read_part(reading, part) {
        Ok(read) => read,
        Err(e) => {
            let mut account = Account::default();
            account.doubt(&place, &format!("the layer was not read: {e}"), AGAIN);
            return Layer { account, ..Layer::default() };
        }
    };
    if let Some(refused) = refused(reading, plan, &index, &inflated) {
        return Layer { account: refused, ..Layer::default() };
    }
    let lost = settle_late(reading, part, &mut index);
    let mut account = account(&index, &place);
    for (path, e) in lost {
        account.doubt(&format!("{place} {path}"), &e.to_string(), AGAIN);
    }
    if let Some(lie) = lie {
        account.doubt(&place, &format!("{}: {lie}", lazy::REFUSED), AGAIN);
    }
    let whole = account.is_whole() && index.is_whole();
    let layer = Layer {
        index: Arc::new(index),
        diff_id: inflated.digest,
        inflated: Some(inflated),
        account,
        ..Layer::default()
    };
    let mut wrong = Account::default();
    verify(plan, &layer, &mut wrong);
    if let (Some(cache), Some(inflated)) =
        (reading.cache.filter(|_| whole && wrong.is_whole()), &layer.inflated)
        && let Some(key) = key(reading, plan, inflated.stored_bytes)
        && (layer.index.bytes() as u64) < crate::cache::CACHE_ENTRY_BYTES_MAX
    {
        cache.write(&key, &|out| layer.index.encode(out));
        if let blobs::Origin::File(origin) = origin {
            ports::cache::Cache::put(cache, &seen_key(&key, &origin), b"");
        }
    }
    layer
}

/// What a registry sent and no digest proves is not used, not even for the part that could be read.
fn refused(
    reading: &Reading<'_>,
    plan: &LayerPlan,
    index: &LayerIndex,
    inflated: &Inflated,
) -> Option<Account> {
    let Store::Remote(_) = &*reading.store else {
        return None;
    };
    let proven = inflated.stored_digest.is_some() && inflated.stored_digest == plan.stored;
    let unpacks = inflated.broken.is_some() || plan.diff_id.is_none() || inflated.digest == plan.diff_id;
    if proven && unpacks {
        return None;
    }
    let mut out = account(index, &plan.place());
    (out.ledger.files, out.ledger.bytes) = (0, 0);
    let seen = Layer { diff_id: inflated.digest, inflated: Some(inflated.clone()), ..Layer::default() };
    verify(plan, &seen, &mut out);
    out.doubt(
        &plan.place(),
        "refused: its bytes are not proven to be the image's, so nothing of them was used",
        AGAIN,
    );
    Some(out)
}

/// Names what is not as the image says. Per image, because two may say different things of one layer.
fn verify(plan: &LayerPlan, layer: &Layer, account: &mut Account) {
    if plan.unverified {
        let reason = "read from the folder into which the engine unpacked it: its digest cannot be verified";
        return account.note(&plan.place(), reason);
    }
    if layer.by_table {
        return account.note(&plan.place(), lazy::NOT_PROVEN);
    }
    let mut wrong = |what: &str, named: &dyn std::fmt::Display, found: &dyn std::fmt::Display| {
        account.doubt(&plan.place(), &format!("wrong {what}: named {named}, found {found}"), AGAIN);
    };
    if let (Some(named), Some(found)) = (plan.diff_id, layer.diff_id)
        && named != found
    {
        wrong("digest of the unpacked layer", &named, &found);
    }
    let Some(inflated) = &layer.inflated else {
        return;
    };
    if let (Some(named), Some(found)) = (plan.stored, inflated.stored_digest)
        && named != found
    {
        wrong("digest", &named, &found);
    }
    if let Some(named) = plan.size
        && named != inflated.stored_bytes
        && inflated.stored_digest.is_some()
    {
        wrong("size", &named, &inflated.stored_bytes);
    }
}

fn read_part(reading: &Reading<'_>, part: &str) -> Result<LayerRead, BlobError> {
    if let Store::Stream(stream) = &*reading.store {
        let name = stream.resolve(part);
        let read = stream.layers.lock().ok().and_then(|mut layers| layers.remove(&name));
        return read.ok_or(BlobError::Missing);
    }
    let (mut reader, _) = reading.store.open(part)?;
    Ok(oci::read_layer(&mut reader, reading.analyzer, &mut |bytes| reading.progress.advance(bytes)))
}

/// What a layer counts for, and what is wrong with it.
fn account(index: &LayerIndex, place: &str) -> Account {
    let mut account = Account::default();
    account.ledger.files = index.counts.files;
    account.ledger.bytes = index.counts.bytes;
    account.ledger.layers = 1;
    let at = |path: &str| if path.is_empty() { place.to_owned() } else { format!("{place} {path}") };
    for flaw in &index.flaws {
        if flaw.loses {
            account.doubt(&at(&flaw.place), &flaw.reason, AGAIN);
        } else {
            account.note(&at(&flaw.place), &flaw.reason);
        }
    }
    for skip in &index.skipped {
        account.skip(&at(&skip.place), &skip.bound, skip.limit, skip.loses);
    }
    account
}

fn image(
    reading: &Reading<'_>,
    mut plan: ImagePlan,
    layers: &BTreeMap<String, Layer>,
    called: Called<'_>,
) -> Opened {
    let own: Vec<Layer> = plan.layers.iter().map(|l| layer_of(l, layers)).collect();
    let mut notes = Vec::new();
    let cached = own.iter().filter(|l| l.cached).count();
    if 0 < cached {
        notes.push(from_the_cache(&plan, cached, called));
    }
    notes.extend(own.iter().filter_map(|l| l.note.clone()));
    let diff_ids = plan.layers.iter().zip(&own).map(|(plan, layer)| plan.diff_id.or(layer.diff_id));
    let refs: Vec<LayerRef> = diff_ids.enumerate().map(layer_ref).collect();
    let mut found = Account::default();
    for (layer, named) in own.iter().zip(&plan.layers) {
        verify(named, layer, &mut plan.account);
        found.add(layer.account.clone());
    }
    if let Some(flaw) = reading.store.flaw() {
        plan.account.doubt("archive", flaw, "write the archive again");
    }
    let merged = oci::merge(own.iter().map(|l| Arc::clone(&l.index)).collect());
    for (number, flaw) in &merged.flaws {
        let place = plan.layers.get(*number as usize).map_or_else(String::new, LayerPlan::place);
        let place = format!("{place} {}", flaw.place);
        found.doubt(&place, &flaw.reason, AGAIN);
    }
    let by_table = |(layer, plan): (&Layer, &LayerPlan)| plan.chain.clone().filter(|_| layer.by_table);
    let source = Again {
        store: Arc::clone(&reading.store),
        parts: plan.layers.iter().map(|l| l.part.clone()).collect(),
        tables: own.iter().zip(&plan.layers).map(by_table).map(lazy::Table::of).collect(),
    };
    let mut tree = merged.tree;
    for (path, e) in
        tree.settle_late(reading.analyzer, &mut |origin| source.reopen(origin, FILE_KEEP_BYTES_MAX))
    {
        found.doubt(&path, &format!("a hard link's file cannot be read: {e}"), AGAIN);
    }
    let tree = Arc::new(tree.with_reopen(Box::new(source)));
    let verified = !plan.layers.iter().any(|l| l.unverified);
    let by_table: Vec<bool> = own.iter().map(|l| l.by_table).collect();
    let whole = verified && plan.account.is_whole() && found.is_whole();
    let facts_key = whole.then(|| facts_key(reading, &plan, &refs, &by_table));
    if let (Some(cache), Some(key), Ok(ledger)) =
        (reading.cache, &facts_key, serde_json::to_vec(&found.ledger))
    {
        ports::cache::Cache::put(cache, &ledger_key(key), &ledger);
    }
    plan.account.add(found);
    let image = Some(describe(&plan, refs));
    let (wasted_bytes, wasted) = (merged.wasted_bytes, merged.wasted);
    let files = Files { tree, image, wasted_bytes, wasted, facts_key };
    opened(plan, Content::Files(Box::new(files)), notes, called)
}

/// An image that needs no reading: whoever asks has its facts.
fn unread(mut plan: ImagePlan, key: String, ledger: Ledger, called: Called<'_>) -> Opened {
    let notes = vec![from_the_cache(&plan, plan.layers.len(), called)];
    plan.account.ledger.add(ledger);
    opened(plan, Content::Kept(key), notes, called)
}

fn from_the_cache(plan: &ImagePlan, cached: usize, called: Called<'_>) -> String {
    format!(
        "{}{}: {cached} of {} layers come from the cache and were not read again (`--verify` reads them)",
        called.name,
        plan.suffix,
        plan.layers.len()
    )
}

fn opened(plan: ImagePlan, content: Content, notes: Vec<String>, called: Called<'_>) -> Opened {
    let Called { kind, word, name } = called;
    let name = format!("{name}{}", plan.suffix);
    let config = plan.config_digest.map(|d| d.to_string());
    let target = Target {
        digest: plan.digest,
        platform: plan.platform,
        called: plan.called.into_iter().chain(config).collect(),
        ..Target::new(format!("{word}:{name}"), kind, name)
    };
    let (doubts, ledger) = plan.account.close(&target.id);
    Opened { target, content, doubts, ledger, notes }
}

fn layer_of(plan: &LayerPlan, layers: &BTreeMap<String, Layer>) -> Layer {
    let missing = Layer::default();
    plan.part.as_ref().and_then(|p| layers.get(p)).cloned().unwrap_or(missing)
}

/// The image's configuration as a fact.
fn describe(plan: &ImagePlan, layers: Vec<LayerRef>) -> Image {
    let config = &plan.config;
    let with_layer = config.history.iter().filter(|h| !h.empty_layer).count();
    // Lines and layers belong together only if there are as many of them.
    let maps = with_layer == layers.len();
    let mut next = 0u32;
    let history = config.history.iter().map(|line| {
        let layer = (maps && !line.empty_layer).then(|| {
            next += 1;
            next - 1
        });
        HistoryLine {
            created_by: line.created_by.clone(),
            comment: line.comment.clone(),
            empty_layer: line.empty_layer,
            layer,
        }
    });
    let run = &config.config;
    Image {
        unread: !plan.configured,
        history: history.collect(),
        user: run.user.clone(),
        env: run.env.clone(),
        entrypoint: run.entrypoint.clone(),
        cmd: run.cmd.clone(),
        working_dir: run.working_dir.clone(),
        exposed_ports: run.exposed_ports.clone(),
        volumes: run.volumes.clone(),
        labels: run.labels.iter().map(|(k, v)| (k.clone(), v.clone().unwrap_or_default())).collect(),
        healthcheck: run.healthcheck.as_ref().map(|h| h.test.clone()).unwrap_or_default(),
        can_have_healthcheck: plan.can_have_healthcheck || run.healthcheck.is_some(),
        created: config.created.clone(),
        architecture: config.architecture.clone(),
        os: config.os.clone(),
        layers,
    }
}

/// Reads files of an image again.
struct Again {
    store: Arc<Store>,
    parts: Vec<Option<String>>,
    /// Of layers that were read by their tables of contents.
    tables: Vec<Option<lazy::Table>>,
}

impl Reopen for Again {
    fn reopen(&self, origin: Origin<'_>, max: u64) -> Result<Vec<u8>, OpenError> {
        let part =
            self.parts.get(origin.layer as usize).and_then(Option::as_deref).ok_or(OpenError::Missing)?;
        if let Some(Some(table)) = self.tables.get(origin.layer as usize) {
            return table.open(&self.store, part, origin.ordinal, max);
        }
        let (mut reader, _) = self.store.open(part).map_err(|e| OpenError::Source(e.to_string()))?;
        let reader: &mut dyn Read = &mut reader;
        let mut files = oci::read_files(reader, &[origin.ordinal], max)?;
        files.remove(&origin.ordinal).ok_or(OpenError::Missing)
    }
}
