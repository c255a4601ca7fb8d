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
        let start = Instant::now();
        let sources = plimsoll_local::LocalSources::new(cache.clone());
        let spec = TargetSpec::parse(&arg)?;
        let opened = sources.open(&spec, &oci::NoAnalyzer, &ReadOptions::default(), &Silent)?;
        for target in &opened {
            let (entries, wasted) = match &target.content {
                Content::Files(files) => (files.tree.len(), files.wasted_bytes),
                Content::Document(bytes) => (bytes.len(), 0),
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
    let status = std::fs::read_to_string("/proc/self/status")?;
    status.lines().filter(|l| l.starts_with("VmHWM")).for_each(|l| println!("{l}"));
    Ok(())
}
