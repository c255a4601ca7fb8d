//! Copies of one id, united: the newest wins for each ecosystem and package, what only an older one names is kept.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::record::Record;

/// One record for each id, sorted by id.
pub(crate) fn unite(mut records: Vec<Record>) -> Vec<Record> {
    // The whole record breaks ties, so that the order of documents does not show.
    records.sort_unstable_by(|a, b| {
        let key = |r: &Record| (Reverse(r.primary), Reverse(r.modified));
        a.id.cmp(&b.id).then_with(|| key(a).cmp(&key(b))).then_with(|| a.cmp(b))
    });
    let mut out: Vec<Record> = Vec::with_capacity(records.len());
    let mut records = records.into_iter().peekable();
    while let Some(first) = records.next() {
        if records.peek().is_none_or(|next| next.id != first.id) {
            out.push(first);
            continue;
        }
        let mut copies = vec![first];
        while let Some(next) = records.next_if(|next| copies.first().is_some_and(|f| f.id == next.id)) {
            copies.push(next);
        }
        out.push(one(copies));
    }
    out
}

/// Unites copies, the best first.
fn one(copies: Vec<Record>) -> Record {
    let mut out = Record::default();
    let newest = copies.iter().filter(|c| !c.primary).max_by_key(|c| c.modified).map(|c| c.withdrawn);
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for copy in copies {
        let new: Vec<_> = copy
            .affected
            .into_iter()
            .filter(|a| !seen.contains(&(a.ecosystem.clone(), a.name.clone())))
            .filter(|_| !copy.withdrawn)
            .collect();
        seen.extend(new.iter().map(|a| (a.ecosystem.clone(), a.name.clone())));
        out.affected.extend(new);
        add(&mut out.aliases, copy.aliases);
        add(&mut out.related, copy.related);
        add(&mut out.urls, copy.urls);
        out.published = [out.published, copy.published].into_iter().flatten().min();
        out.modified = out.modified.max(copy.modified);
        if out.summary.is_empty() {
            out.summary = copy.summary;
        }
        if out.ratings.is_empty() {
            out.ratings = copy.ratings;
        }
        if out.streams.is_empty() {
            out.streams = copy.streams;
        }
        out.id = copy.id;
    }
    // What the newest copy takes back is taken back, whatever older ones say.
    out.withdrawn = newest.unwrap_or(false);
    out
}

fn add(list: &mut Vec<String>, more: Vec<String>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}
