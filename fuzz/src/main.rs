//! One program, one target a run: `PLIMSOLL_FUZZ_TARGET` names it.
//!
//! One binary keeps the build short; libFuzzer's counters then cover every crate, and a target's edges are those it
//! reaches. With `PLIMSOLL_FUZZ_SEEDS` the program writes the seeds of every target into that directory and ends.

#![no_main]

use std::path::Path;
use std::process::exit;
use std::sync::OnceLock;

mod documents;
mod seeds;
mod targets;

use targets::{Target, TARGETS};

static TARGET: OnceLock<&'static Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(init: choose(), |data: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(data);
    }
});

fn choose() {
    if let Some(dir) = std::env::var_os("PLIMSOLL_FUZZ_SEEDS") {
        write_seeds(Path::new(&dir));
        exit(0);
    }
    let name = std::env::var("PLIMSOLL_FUZZ_TARGET").unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|t| t.name == name) else {
        eprintln!("PLIMSOLL_FUZZ_TARGET={name} is no target; there are:");
        TARGETS.iter().for_each(|t| eprintln!("  {}", t.name));
        exit(2);
    };
    TARGET.get_or_init(|| target);
}

fn write_seeds(dir: &Path) {
    for target in TARGETS {
        let folder = dir.join(target.name);
        let written = std::fs::create_dir_all(&folder).and_then(|()| {
            (target.seeds)()
                .iter()
                .enumerate()
                .try_for_each(|(n, seed)| std::fs::write(folder.join(format!("seed-{n:02}")), seed))
        });
        if let Err(e) = written {
            eprintln!("{}: {e}", folder.display());
            exit(2);
        }
    }
}
