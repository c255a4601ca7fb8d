//! Records to the tables of the file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::Timestamp;

use crate::db::build::BuildError;
use crate::db::codec::Writer;
use crate::db::compose::compose;
use crate::db::detail::Detail;
use crate::db::info::{Ecosystem, FeedInfo, Source};
use crate::db::layout::{ID_IS_ADVISORY, KEY_SEPARATOR, Meta, Section};
use crate::db::write::{Blocks, Items, assemble};
use crate::ecosystem::{base, is_distribution_advisory};
use crate::feed::{KevEntry, Problem};
use crate::identity::Identities;
use crate::record::{Affected, Coverage, Kind, Rating, Record};

/// What is known beside the records.
pub(crate) struct Knowledge<'k> {
    pub(crate) kev: &'k BTreeMap<String, KevEntry>,
    pub(crate) epss: &'k HashMap<String, (u32, u32)>,
    pub(crate) complete: &'k BTreeSet<String>,
    pub(crate) feeds: &'k [FeedInfo],
}

/// Writes every table; returns the file and the number of vulnerabilities in it.
pub(crate) fn write(
    records: Vec<Record>,
    identities: &Identities,
    knowledge: &Knowledge<'_>,
    sources: Vec<Source>,
    problems: &mut BTreeMap<String, Problem>,
) -> Result<(Vec<u8>, u64), BuildError> {
    let keys = keys(&records);
    let order = detail_order(&keys, identities);
    let mut sections = BTreeMap::new();
    let advisories = advisory_numbers(&keys, records.len());
    let mut blocks = Blocks::new();
    let mut details = Vec::with_capacity(order.vulnerabilities.len());
    for &vulnerability in &order.vulnerabilities {
        let detail = detail(vulnerability, &records, identities, &order, knowledge, problems);
        blocks.push(&detail.encode())?;
        details.push((detail.id, detail.aliases));
    }
    let places = std::mem::take(&mut blocks.places);
    let (rows, bytes) = blocks.finish()?;
    sections.insert(Section::BlockRows, rows);
    sections.insert(Section::Blocks, bytes);
    write_vulnerabilities(&details, &places, &mut sections)?;
    write_advisories(&records, &advisories, identities, &order, &mut sections)?;
    write_ids(&records, &details, &advisories, &mut sections)?;
    let ecosystems = ecosystems(&keys, knowledge.complete);
    write_keys(&keys, &advisories, &mut sections)?;
    let meta = Meta {
        id: String::new(),
        built: sources.iter().map(|s| s.snapshot).max().unwrap_or(Timestamp(0)),
        sources,
        ecosystems,
        vulnerabilities: details.len() as u64,
        advisories: advisories.iter().flatten().count() as u64,
        sections: Vec::new(),
        feeds: knowledge.feeds.to_vec(),
    };
    let count = details.len() as u64;
    drop(keys);
    Ok((assemble(meta, sections)?, count))
}

/// A key with its entries: record and what it says.
type Keys<'r> = Vec<(String, Vec<(usize, &'r Affected)>)>;

fn keys(records: &[Record]) -> Keys<'_> {
    let mut flat: Vec<(&str, &str, usize, &Affected)> = Vec::new();
    for (n, record) in records.iter().enumerate() {
        flat.extend(record.affected.iter().map(|a| (a.ecosystem.as_str(), a.name.as_str(), n, a)));
    }
    flat.sort_by_key(|(ecosystem, name, n, _)| (*ecosystem, *name, *n));
    let mut out: Keys<'_> = Vec::new();
    for chunk in flat.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let Some((ecosystem, name, ..)) = chunk.first() else { continue };
        let key = format!("{ecosystem}{KEY_SEPARATOR}{name}");
        out.push((key, chunk.iter().map(|(_, _, n, a)| (*n, *a)).collect()));
    }
    out
}

/// Vulnerabilities in the order in which their details are kept: those of one package beside one another, so that the
/// hits of a package lie in few blocks.
struct Order {
    vulnerabilities: Vec<u32>,
    /// New number of each, if a package is affected by it.
    number: Vec<Option<u32>>,
    /// Records about each.
    records: Vec<Vec<u32>>,
}

fn detail_order(keys: &Keys<'_>, identities: &Identities) -> Order {
    let count = identities.vulnerabilities.len();
    let mut order =
        Order { vulnerabilities: Vec::new(), number: vec![None; count], records: vec![Vec::new(); count] };
    let about = |n: usize| identities.of_record.get(n).into_iter().flatten().copied();
    for v in keys.iter().flat_map(|(_, entries)| entries).flat_map(|(n, _)| about(*n)) {
        if let Some(number @ None) = order.number.get_mut(v as usize) {
            *number = Some(order.vulnerabilities.len() as u32);
            order.vulnerabilities.push(v);
        }
    }
    for n in 0..identities.of_record.len() {
        for v in about(n) {
            if let Some(list) = order.records.get_mut(v as usize) {
                list.push(n as u32);
            }
        }
    }
    order
}

/// Numbers of the records that a key refers to.
fn advisory_numbers(keys: &Keys<'_>, records: usize) -> Vec<Option<u32>> {
    let mut used = vec![false; records];
    for (n, _) in keys.iter().flat_map(|(_, entries)| entries) {
        if let Some(flag) = used.get_mut(*n) {
            *flag = true;
        }
    }
    let mut next = 0..;
    used.into_iter().map(|u| if u { next.next() } else { None }).collect()
}

fn detail(
    vulnerability: u32,
    records: &[Record],
    identities: &Identities,
    order: &Order,
    knowledge: &Knowledge<'_>,
    problems: &mut BTreeMap<String, Problem>,
) -> Detail {
    let v = vulnerability as usize;
    let Some((id, aliases)) = identities.vulnerabilities.get(v) else { return Detail::default() };
    let about: Vec<&Record> =
        order.records.get(v).into_iter().flatten().filter_map(|n| records.get(*n as usize)).collect();
    let mut detail = compose(id, aliases.iter().cloned(), &about, problems);
    detail.kev = knowledge.kev.get(id).map(Into::into);
    detail.epss = knowledge.epss.get(id).map(|(s, p)| (f64::from(*s) / 1e9, f64::from(*p) / 1e9));
    detail
}

fn write_vulnerabilities(
    details: &[(String, Vec<String>)],
    places: &[(u32, u32, u32)],
    sections: &mut BTreeMap<Section, Vec<u8>>,
) -> Result<(), BuildError> {
    let mut items = Items::new("vulnerabilities");
    for ((id, _), (block, offset, length)) in details.iter().zip(places) {
        let mut row = Writer::default();
        row.text(id);
        [block, offset, length].into_iter().for_each(|n| row.number(u64::from(*n)));
        items.push(&row.0, 0)?;
    }
    let (rows, bytes) = items.finish()?;
    sections.insert(Section::VulnerabilityRows, rows);
    sections.insert(Section::Vulnerabilities, bytes);
    Ok(())
}

fn write_advisories(
    records: &[Record],
    numbers: &[Option<u32>],
    identities: &Identities,
    order: &Order,
    sections: &mut BTreeMap<Section, Vec<u8>>,
) -> Result<(), BuildError> {
    let mut items = Items::new("advisories");
    for (n, record) in
        records.iter().enumerate().filter(|(n, _)| numbers.get(*n).is_some_and(Option::is_some))
    {
        let mut row = Writer::default();
        row.text(&record.id);
        let own =
            !is_distribution_advisory(&record.id) || crate::ecosystem::embedded_cve(&record.id).is_some();
        row.number(u64::from(own));
        let about = identities.of_record.get(n).into_iter().flatten();
        let about: Vec<u32> =
            about.filter_map(|v| order.number.get(*v as usize).copied().flatten()).collect();
        row.number(about.len() as u64);
        about.iter().for_each(|v| row.number(u64::from(*v)));
        row.signed(record.modified.unwrap_or(Timestamp(0)).0);
        row.texts(&texts(&record.ratings));
        row.texts(&record.streams);
        row.text(record.urls.first().map_or("", String::as_str));
        items.push(&row.0, 0)?;
    }
    let (rows, bytes) = items.finish()?;
    sections.insert(Section::AdvisoryRows, rows);
    sections.insert(Section::Advisories, bytes);
    Ok(())
}

fn texts(ratings: &[Rating]) -> Vec<&str> {
    let text = |r| match r {
        &Rating::Cvss(ref s) | &Rating::Word(ref s) => s.as_str(),
    };
    ratings.iter().map(text).collect()
}

fn write_ids(
    records: &[Record],
    details: &[(String, Vec<String>)],
    numbers: &[Option<u32>],
    sections: &mut BTreeMap<Section, Vec<u8>>,
) -> Result<(), BuildError> {
    let mut ids: BTreeSet<(&str, u32)> = BTreeSet::new();
    for (n, (id, aliases)) in (0_u32..).zip(details) {
        ids.insert((id, n));
        ids.extend(aliases.iter().map(|a| (a.as_str(), n)));
    }
    for (record, number) in records.iter().zip(numbers) {
        if let Some(n) = number.filter(|_| is_distribution_advisory(&record.id)) {
            ids.insert((&record.id, n | ID_IS_ADVISORY));
        }
    }
    let mut items = Items::new("ids");
    for (id, target) in ids {
        items.push(id.as_bytes(), target)?;
    }
    let (rows, bytes) = items.finish()?;
    sections.insert(Section::Ids, rows);
    sections.insert(Section::IdText, bytes);
    Ok(())
}

fn write_keys(
    keys: &Keys<'_>,
    numbers: &[Option<u32>],
    sections: &mut BTreeMap<Section, Vec<u8>>,
) -> Result<(), BuildError> {
    let mut items = Items::new("keys");
    let mut entries = Writer::default();
    for (key, list) in keys {
        let offset = u32::try_from(entries.0.len()).map_err(|_| BuildError::TooLarge("entries"))?;
        items.push(key.as_bytes(), offset)?;
        entries.number(list.len() as u64);
        for (record, affected) in list {
            let number = numbers.get(*record).copied().flatten().unwrap_or(0);
            entries.number(u64::from(number));
            entries.bytes(&entry(affected));
        }
    }
    let (mut rows, bytes) = items.finish()?;
    let end = u32::try_from(entries.0.len()).map_err(|_| BuildError::TooLarge("entries"))?;
    let last = rows.len().saturating_sub(4);
    rows.splice(last.., end.to_le_bytes());
    sections.insert(Section::Keys, rows);
    sections.insert(Section::KeyText, bytes);
    sections.insert(Section::Entries, entries.0);
    Ok(())
}

fn entry(affected: &Affected) -> Vec<u8> {
    let mut out = Writer::default();
    out.number(affected.ranges.len() as u64);
    for range in &affected.ranges {
        out.number(range.events.len() as u64);
        for event in &range.events {
            out.0.push(match event.kind {
                Kind::Introduced => 0,
                Kind::Fixed => 1,
                Kind::LastAffected => 2,
                Kind::Limit => 3,
            });
            out.text(&event.version);
        }
    }
    out.texts(&affected.versions);
    out.text(affected.urgency.as_deref().unwrap_or(""));
    out.texts(&texts(&affected.ratings));
    // Since format 1.1; an older program reads to here and no further.
    if affected.primary || affected.statement.is_some() || affected.stream.is_some() {
        out.0.push(u8::from(affected.primary));
        out.0.push(affected.statement.as_ref().map_or(0, |s| s.stance.code()));
        out.text(affected.statement.as_ref().map_or("", |s| s.reason.as_str()));
    }
    // Since format 1.2.
    if let Some(stream) = &affected.stream {
        out.text(stream);
    }
    out.0
}

fn ecosystems(keys: &Keys<'_>, complete: &BTreeSet<String>) -> Vec<Ecosystem> {
    let mut out: BTreeMap<&str, (BTreeSet<usize>, u64)> = BTreeMap::new();
    for (key, entries) in keys {
        let name = key.split(KEY_SEPARATOR).next().unwrap_or(key);
        let (advisories, packages) = out.entry(name).or_default();
        advisories.extend(entries.iter().map(|(n, _)| *n));
        *packages += 1;
    }
    out.into_iter()
        .map(|(name, (advisories, packages))| Ecosystem {
            name: name.to_owned(),
            advisories: advisories.len() as u64,
            packages,
            coverage: match complete.contains(name) || complete.contains(base(name)) {
                true => Coverage::Complete,
                false => Coverage::Partial,
            },
        })
        .collect()
}
