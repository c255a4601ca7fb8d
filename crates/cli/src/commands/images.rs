//! `--images-from`: what lies at each place that it names.

use std::path::Path;
use std::sync::Arc;

use config::Settings;
use flows::{ImageSource, ImagesRequest};

use super::rematch::Files;
use crate::failure::Failure;
use crate::outside::{Outside, reason};

/// Layouts and archives in a folder.
const FOLDER_IMAGES_MAX: usize = 10_000;

/// What `images` and `images-from` ask for; nothing where neither is set.
pub(super) fn request(settings: &Settings, outside: &Outside<'_>) -> Result<Option<ImagesRequest>, Failure> {
    let (registry, written) = (settings.is_on("images"), settings.list("images-from"));
    if !registry && written.is_empty() {
        return Ok(None);
    }
    let mut from = Vec::new();
    for text in written {
        from.extend(sources(text, outside)?);
    }
    Ok(Some(ImagesRequest { registry, from }))
}

fn sources(text: &str, outside: &Outside<'_>) -> Result<Vec<ImageSource>, Failure> {
    if matches!(text, "docker:" | "podman:" | "containerd:") {
        return Ok(vec![ImageSource::Engine(text.to_owned())]);
    }
    // Whatever is there as it is written is a path, an equals sign in it or not.
    let there = |text: &str| outside.resolve(bare(text)).exists();
    let (name, target) = match text.split_once('=') {
        Some((name, target)) if !there(text) => (Some(name.to_owned()), target),
        _ => (None, text),
    };
    let path = outside.resolve(bare(target));
    if path.is_dir() && !path.join("index.json").is_file() {
        return folder(target, &path, name.as_deref());
    }
    if path.is_file() && target.ends_with(".json") {
        if name.is_some() {
            return Err(Failure::usage(format!(
                "`--images-from {text}`: a report names its images itself; leave `REPOSITORY=` out"
            )));
        }
        return Ok(vec![reports(Files::of(vec![(target.to_owned(), path)]))]);
    }
    Ok(vec![ImageSource::Images { target: target.to_owned(), name }])
}

/// A path without the word for its kind.
fn bare(target: &str) -> &str {
    let kinds = ["oci:", "docker-archive:"];
    kinds.iter().find_map(|kind| target.strip_prefix(kind)).unwrap_or(target)
}

fn reports(files: Files) -> ImageSource {
    ImageSource::Reports(Arc::new(files))
}

/// The layouts and archives of a folder, and the reports in it.
fn folder(name: &str, path: &Path, repository: Option<&str>) -> Result<Vec<ImageSource>, Failure> {
    let name = name.trim_end_matches('/');
    let cannot = |e: std::io::Error| {
        Failure::usage(format!("`--images-from`: `{name}` cannot be read: {}", reason(&e)))
    };
    let mut items: Vec<_> =
        std::fs::read_dir(path).map_err(cannot)?.collect::<Result<_, _>>().map_err(cannot)?;
    items.sort_by_key(std::fs::DirEntry::file_name);
    let (mut found, mut documents) = (Vec::new(), Vec::new());
    for item in items {
        let own = item.file_name().to_string_lossy().into_owned();
        let (target, path) = (format!("{name}/{own}"), item.path());
        let is_archive = [".tar", ".tar.gz", ".tgz", ".tar.zst"].iter().any(|end| own.ends_with(end));
        if path.join("index.json").is_file() || (is_archive && path.is_file()) {
            found.push(ImageSource::Images { target, name: repository.map(str::to_owned) });
        } else if own.ends_with(".json") && path.is_file() {
            documents.push((target, path));
        }
    }
    if FOLDER_IMAGES_MAX < found.len() {
        let text = format!("`--images-from`: `{name}` holds more than {FOLDER_IMAGES_MAX} images");
        return Err(Failure::usage(text));
    }
    if found.is_empty() && documents.is_empty() {
        let text = format!("`--images-from`: `{name}` holds no image layout, archive or report");
        return Err(Failure::usage(text));
    }
    if !documents.is_empty() {
        found.push(reports(Files::of(documents)));
    }
    Ok(found)
}
