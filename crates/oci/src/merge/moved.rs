//! Entries behind symbolic links: a layer that says `lib/x` without naming `lib` puts `x` where the `lib` of the
//! layers below points to, because that is where a runtime unpacks it.

use std::collections::HashSet;

use super::view::View;
use crate::index::{Class, Kind, LayerBuilder, LayerIndex, Record};
use crate::links::{Step, follow};

/// True if entries of `layer` lie behind links of its own or of the layers below, where `links` are.
pub(super) fn is_needed(layer: &LayerIndex, links: &HashSet<&str>) -> bool {
    layer.through_links || layer.records.iter().any(|r| stands_on_link(layer, r, links))
}

/// True if a directory that the record needs and the layer does not name is a link.
fn stands_on_link(layer: &LayerIndex, record: &Record, links: &HashSet<&str>) -> bool {
    let path = layer.path(record);
    // Whiteouts and opaque marks need their directory too, and imply none.
    let is_link = |dir: &str| {
        let own = layer.find(dir).and_then(|at| layer.records.get(at));
        match own.map(Record::kind) {
            Some(Kind::Symlink) => true,
            None | Some(Kind::Implied) => links.contains(dir),
            Some(_) => false,
        }
    };
    let mut above = path.match_indices('/').filter_map(|(slash, _)| path.get(..slash));
    match record.class() {
        Class::Entry => record.kind() == Kind::Implied && links.contains(path),
        Class::Whiteout => above.any(is_link),
        // The mark stands in the directory it is about.
        Class::Opaque => is_link(path) || above.any(is_link),
    }
}

/// The layer with every entry where it is unpacked, and the paths that lead nowhere.
pub(super) fn move_layer(layer: &LayerIndex, below: &View<'_>) -> (LayerIndex, Vec<String>) {
    let mut records: Vec<Record> =
        layer.records.iter().filter(|r| r.kind() != Kind::Implied).copied().collect();
    // In the order of the archive, because the builder reads precedence from it.
    records.sort_unstable_by_key(|r| r.path_at);
    let mut moved =
        LayerIndex { text: String::with_capacity(layer.text.len()), records: Vec::new(), ..layer.clone() };
    moved.through_links = false;
    let (mut lost, mut last) = (Vec::new(), (String::new(), Some(String::new())));
    for mut record in records {
        let path = layer.path(&record);
        // The mark of an opaque directory stands in it: the whole path is a directory's.
        let (dir, name) = match record.class() {
            Class::Opaque => (path, ""),
            _ => path.rsplit_once('/').unwrap_or(("", path)),
        };
        if last.0 != dir {
            last = (dir.to_owned(), place(dir, layer, below));
        }
        let Some(dir) = &last.1 else {
            lost.push(path.to_owned());
            continue;
        };
        let at = moved.text.len();
        moved.text.push_str(dir);
        if !dir.is_empty() && !name.is_empty() {
            moved.text.push('/');
        }
        moved.text.push_str(name);
        let (Ok(path_at), Ok(path_len)) = (u32::try_from(at), u16::try_from(moved.text.len() - at)) else {
            moved.text.truncate(at);
            lost.push(path.to_owned());
            continue;
        };
        (record.path_at, record.path_len) = (path_at, path_len);
        moved.text.push_str(layer.link(&record_of(layer, &record, path)));
        moved.records.push(record);
    }
    (LayerBuilder::finish_moved(moved), lost)
}

/// The record as it stood in `layer`, whose link is still to be copied.
fn record_of(layer: &LayerIndex, moved: &Record, path: &str) -> Record {
    let found = layer.find_class(path, moved.class()).and_then(|at| layer.records.get(at));
    found.copied().unwrap_or_default()
}

/// Where the directory `dir` is when links of the layer itself and of those below are followed. What is missing or no
/// directory is taken as it is named.
fn place(dir: &str, layer: &LayerIndex, below: &View<'_>) -> Option<String> {
    let walked = follow(dir, |place| {
        let own =
            layer.find(place).and_then(|at| layer.records.get(at)).filter(|r| r.kind() != Kind::Implied);
        let link = match own {
            Some(r) if r.kind() == Kind::Symlink => Some(layer.link(r)),
            Some(_) => None,
            None => below.link(place),
        };
        Some(((), link.map_or(Step::Directory, Step::Link)))
    });
    walked.ok().map(|(place, _)| place)
}
