//! Prints what the files of the given folders say of themselves: `cargo run -p plimsoll-binary --example identify DIR…`.

use std::path::{Path, PathBuf};

use plimsoll_binary::{Executable, Format, format, go, rust, software};

fn main() {
    for root in std::env::args_os().skip(1) {
        visit(&PathBuf::from(root));
    }
}

fn visit(path: &Path) {
    let Ok(meta) = path.symlink_metadata() else { return };
    if meta.is_dir() {
        let Ok(entries) = path.read_dir() else { return };
        let mut inside: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        inside.sort();
        inside.iter().for_each(|p| visit(p));
    } else if meta.is_file() {
        let Ok(bytes) = std::fs::read(path) else { return };
        identify(&path.to_string_lossy(), &bytes);
    }
}

fn identify(path: &str, bytes: &[u8]) {
    if !matches!(format(bytes), Some(Format::Elf | Format::Pe | Format::MachO)) {
        return;
    }
    let file = match Executable::parse(bytes) {
        Ok(file) => file,
        Err(reason) => return println!("{path}: {reason}"),
    };
    if software::is_candidate(path) {
        for found in software::recognise(path, &file) {
            println!("{path}: {} {}", found.product, found.version);
        }
    }
    match go::build(&file) {
        Some(Ok(build)) => println!("{path}: {} with {} modules", build.toolchain, build.dependencies.len()),
        Some(Err(reason)) => println!("{path}: {reason}"),
        None => {}
    }
    match rust::crates(&file) {
        Some(Ok(crates)) => println!("{path}: {} crates", crates.len()),
        Some(Err(reason)) => println!("{path}: {reason}"),
        None => {}
    }
}
