//! Builds, opens and asks a database: `db build OUT FROM…`, `db open FILE`, `db search FILE TEXT`.

use std::time::Instant;

use plimsoll_store::DatabaseStore;
use ports::knowledge::{BuildRequest, Knowledge};
use ports::source::Silent;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let verb = args.next().unwrap_or_default();
    let file = args.next().unwrap_or_default();
    let store = DatabaseStore { own: None, demonstration: &[] };
    let start = Instant::now();
    if verb == "build" {
        let request = BuildRequest {
            from: args.by_ref().collect(),
            out: Some(file.clone()),
            ..BuildRequest::default()
        };
        let report = store.build(&request, &Silent)?;
        let problems = &report.summary.problems;
        println!("{} bytes, {:?}", report.bytes, start.elapsed());
        problems.iter().take(20).for_each(|p| println!("problem: {}: {}", p.r#where, p.reason));
        let summary = advisory::db::Summary { problems: Vec::new(), ..report.summary.clone() };
        println!("{summary:?} problems={}", problems.len());
    }
    let start = Instant::now();
    let opened = store.open(Some(&file))?;
    println!("open {:?}", start.elapsed());
    if verb == "search" {
        for found in opened.database.search(&args.collect::<Vec<_>>().join(" "), 5)? {
            println!("{found:#?}");
        }
        println!("search {:?}", start.elapsed());
        return Ok(());
    }
    let info = opened.database.info();
    for s in &info.sources {
        println!("{:12} {} {:7} {:?}", s.name, s.snapshot, s.records, s.coverage);
    }
    println!(
        "{} {} v={} a={} bytes={}",
        info.id, info.built, info.vulnerabilities, info.advisories, info.bytes
    );
    let start = Instant::now();
    opened.database.verify()?;
    println!("verify {:?}", start.elapsed());
    for pass in 0..2 {
        let start = Instant::now();
        let mut details = 0;
        for name in ["linux", "openssl", "curl", "glibc", "imagemagick", "python3.11", "tiff"] {
            for entry in opened.database.lookup("Debian:12", name)? {
                for v in opened.database.advisory(entry.advisory)?.vulnerabilities {
                    opened.database.detail(v)?;
                    details += 1;
                }
            }
        }
        println!("pass {pass}: {details} details {:?}", start.elapsed());
    }
    Ok(())
}
