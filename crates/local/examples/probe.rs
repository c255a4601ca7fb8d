//! Reads targets and prints what the reading cost: the tree pass without catalogers.

use std::sync::Arc;
use std::time::Instant;

use ports::source::{Content, ReadOptions, Silent, Sources, TargetSpec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut cache = None;
    for arg in std::env::args().skip(1) {
        if let Some(dir) = arg.strip_prefix("--cache=") {
            cache = Some(Arc::new(plimsoll_local::DirCache::new(dir.into())));
            continue;
        }
        if let Some(dir) = arg.strip_prefix("--floor=") {
            floor(dir)?;
            continue;
        }
        let start = Instant::now();
        let sources = plimsoll_local::LocalSources::new(cache.clone());
        let spec = TargetSpec::parse(&arg)?;
        let opened = sources.open(&spec, &oci::NoAnalyzer, &ReadOptions::default(), &Silent, &|_| false)?;
        for target in &opened {
            let (entries, wasted) = match &target.content {
                Content::Files(files) => (files.tree.len(), files.wasted_bytes),
                Content::Kept(_) => (0, 0),
                Content::Document(bytes) => (bytes.len(), 0),
                Content::Objects(packed) => (packed.len() as usize, 0),
            };
            let ledger = &target.ledger;
            println!(
                "{} platform {:?}: {entries} entries, wasted {wasted}, {} files, {} bytes, {} layers, {} doubts",
                target.target.id,
                target.target.platform,
                ledger.files,
                ledger.bytes,
                ledger.layers,
                target.doubts.len()
            );
            target.doubts.iter().for_each(|d| println!("  doubt: {}: {}", d.r#where, d.reason));
            ledger.unread.iter().take(20).for_each(|u| println!("  unread: {}: {}", u.r#where, u.reason));
            target.notes.iter().for_each(|n| println!("  note: {n}"));
        }
        println!("{:?}", start.elapsed());
    }
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let ticks = |n: usize| stat.rsplit(')').next()?.split_whitespace().nth(n)?.parse::<f64>().ok();
    println!("cpu {:?} s", ticks(11).zip(ticks(12)).map(|(u, s)| (u + s) / 100.0));
    let status = std::fs::read_to_string("/proc/self/status")?;
    status.lines().filter(|l| l.starts_with("VmHWM")).for_each(|l| println!("{l}"));
    Ok(())
}

/// Inflates and digests the blobs of a layout that are named on standard input, on two threads: the least a scan that
/// verifies digests can cost.
fn floor(dir: &str) -> std::io::Result<()> {
    let start = Instant::now();
    let names: Vec<String> = std::io::stdin().lines().collect::<Result<_, _>>()?;
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        while let Some(name) = names.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            let path = format!("{dir}/blobs/sha256/{name}");
            match std::fs::File::open(&path) {
                Ok(mut file) => {
                    let inflated = oci::inflate(&mut file, oci::Verify::Both, &mut Nothing);
                    println!("{name} {} {:?}", inflated.bytes, inflated.broken);
                }
                Err(e) => println!("{path}: {e}"),
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    println!("floor {:?}", start.elapsed());
    Ok(())
}

struct Nothing;

impl oci::Receive for Nothing {
    fn bytes(&mut self, _: &[u8]) -> bool {
        true
    }
    fn read(&mut self, _: u64) {}
}
