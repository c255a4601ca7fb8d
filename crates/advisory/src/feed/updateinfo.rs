//! `updateinfo.xml` of a dnf or zypper repository, as Amazon Linux publishes its advisories: one `update` each, with
//! the CVE ids it answers and the packages that fix them
//! (<https://github.com/rpm-software-management/createrepo_c>, `updateinfo`).

use model::Timestamp;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::feed::{Parsed, Problem};
use crate::record::{Affected, Coverage, Rating, Record};

/// Updates in one file; Amazon Linux 2 had some 4,000 in 2025.
const UPDATES_MAX: usize = 400_000;

/// Packages in one update.
const PACKAGES_MAX: usize = 20_000;

/// Updates in a file that is whole; fewer are an excerpt.
const UPDATES_COMPLETE_MIN: usize = 200;

/// The release of which one repository is never the whole: its extras (nginx, docker, newer kernels) have each a
/// repository and advisories of their own, and nothing in a package tells which one it came from.
const EXTRAS: &str = "Amazon Linux:2";

/// Problems listed one by one.
const PROBLEMS_MAX: usize = 20;

/// True if `head`, the beginning of a document, is that of an updateinfo file.
pub(crate) fn is_updateinfo(head: &[u8]) -> bool {
    let has = |key: &str| super::holds(head, key);
    has("<updates") && (has("<update ") || has("<update>") || has("<updates/"))
}

#[derive(Default)]
struct Update {
    kind: String,
    id: String,
    title: String,
    severity: String,
    description: String,
    issued: String,
    updated: String,
    collection: String,
    cves: Vec<String>,
    links: Vec<String>,
    packages: Vec<(String, String)>,
    overflow: bool,
}

pub(crate) fn read(name: &str, text: &[u8], parsed: &mut Parsed) {
    let Ok(text) = std::str::from_utf8(text) else {
        return parsed.problems.push(Problem::new(name, "no UTF-8"));
    };
    let mut reader = Reader::from_str(text);
    let mut state = State { name, text: String::new(), update: None, found: 0, broken: 0, parsed };
    let mut closed = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => state.start(&start),
            Ok(Event::Empty(start)) => {
                state.start(&start);
                state.end(start.local_name().as_ref());
            }
            Ok(Event::Text(t)) => state.text.push_str(&t),
            Ok(Event::CData(t)) => state.text.push_str(&t),
            Ok(Event::GeneralRef(r)) => match r.resolve_char_ref() {
                Ok(Some(c)) => state.text.push(c),
                _ => match quick_xml::escape::resolve_predefined_entity(&r) {
                    Some(text) => state.text.push_str(text),
                    None => state.problem(format!("the entity `&{};` is not known", &*r)),
                },
            },
            Ok(Event::End(end)) => {
                closed = end.local_name().as_ref() == "updates";
                state.end(end.local_name().as_ref());
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(e) => {
                state.problem(format!("the XML is damaged at byte {}: {e}", reader.error_position()));
                break;
            }
        }
        if UPDATES_MAX <= state.found {
            state.problem(format!("more than UPDATES_MAX ({UPDATES_MAX}) updates"));
            break;
        }
    }
    if !closed && state.broken == 0 {
        state.problem("the XML is cut off".to_owned());
    }
    let whole = closed && state.broken == 0 && UPDATES_COMPLETE_MIN <= state.found;
    let mut ecosystems: Vec<String> =
        state.parsed.records.iter().flat_map(|r| &r.affected).map(|a| a.ecosystem.clone()).collect();
    ecosystems.sort_unstable();
    ecosystems.dedup();
    let coverage = |ecosystem: &str| match whole && ecosystem != EXTRAS {
        true => Coverage::Complete,
        false => Coverage::Partial,
    };
    state.parsed.coverage.extend(ecosystems.into_iter().map(|e| (e.clone(), coverage(&e))));
}

struct State<'s> {
    name: &'s str,
    text: String,
    update: Option<Update>,
    found: usize,
    broken: usize,
    parsed: &'s mut Parsed,
}

impl State<'_> {
    fn problem(&mut self, reason: String) {
        self.broken += 1;
        if self.broken <= PROBLEMS_MAX {
            self.parsed.problems.push(Problem::new(self.name, reason));
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        self.text.clear();
        let attribute = |key: &str| attribute(start, key);
        if start.local_name().as_ref() == "update" {
            self.update = Some(Update { kind: attribute("type"), ..Update::default() });
            return;
        }
        let Some(update) = &mut self.update else { return };
        match start.local_name().as_ref() {
            "issued" => update.issued = attribute("date"),
            "updated" => update.updated = attribute("date"),
            "reference" => {
                let (id, href) = (attribute("id"), attribute("href"));
                if attribute("type") == "cve" || id.starts_with("CVE-") {
                    update.cves.push(id);
                } else if href.starts_with("https://") {
                    update.links.push(href);
                }
            }
            "collection" => update.collection = attribute("short"),
            "package" if PACKAGES_MAX <= update.packages.len() => update.overflow = true,
            "package" => {
                let (epoch, version, release) =
                    (attribute("epoch"), attribute("version"), attribute("release"));
                let epoch =
                    if matches!(epoch.as_str(), "" | "0") { String::new() } else { format!("{epoch}:") };
                update.packages.push((attribute("name"), format!("{epoch}{version}-{release}")));
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        let text = std::mem::take(&mut self.text);
        if name == "update" {
            if let Some(update) = self.update.take() {
                self.found += 1;
                self.close(update);
            }
            return;
        }
        let Some(update) = &mut self.update else { return };
        let text = text.trim();
        match name {
            "id" if update.id.is_empty() => text.clone_into(&mut update.id),
            "title" => text.clone_into(&mut update.title),
            "severity" => text.clone_into(&mut update.severity),
            "description" => text.clone_into(&mut update.description),
            "name" if !text.is_empty() => text.clone_into(&mut update.collection),
            _ => {}
        }
    }

    fn close(&mut self, update: Update) {
        if update.kind != "security" {
            return;
        }
        if update.overflow {
            self.problem(format!("{}: more than PACKAGES_MAX ({PACKAGES_MAX}) packages", update.id));
        }
        let Some(ecosystem) = ecosystem(&update).filter(|_| !update.id.is_empty()) else {
            return self.problem(format!("`{}` is no update of Amazon Linux", update.id));
        };
        let mut packages = update.packages;
        packages.retain(|(name, version)| !name.is_empty() && version.len() > 1);
        packages.sort_unstable();
        packages.dedup();
        let affected = packages.iter().map(|(name, version)| Affected {
            primary: true,
            ..Affected::until(&ecosystem, name, Some(version))
        });
        let time = |text: &str| {
            text.trim()
                .replacen(' ', "T", 1)
                .parse::<Timestamp>()
                .or_else(|e| text.get(..10).ok_or(e)?.parse())
                .ok()
        };
        let severity: String = update.severity.clone();
        let rated = severity.parse::<model::Severity>().is_ok();
        self.parsed.records.push(Record {
            affected: affected.collect(),
            related: update.cves,
            summary: super::osv::summary("", &update.description),
            published: time(&update.issued),
            modified: time(&update.updated).or_else(|| time(&update.issued)),
            urls: update.links.into_iter().take(super::osv::URLS_MAX).collect(),
            ratings: if rated { vec![Rating::Word(severity)] } else { Vec::new() },
            id: update.id,
            ..Record::default()
        });
    }
}

/// `Amazon Linux:2023` of `ALAS2023-2024-500`, or of the collection's name where the id does not tell.
fn ecosystem(update: &Update) -> Option<String> {
    let place = format!("{} {}", update.collection, update.title).to_ascii_lowercase();
    let release = match update.id.as_str() {
        id if id.starts_with("ALAS2023") => "2023",
        id if id.starts_with("ALAS2022") => "2022",
        id if id.starts_with("ALAS2") => "2",
        id if !id.starts_with("ALAS") && !place.contains("amazon") => return None,
        _ if place.contains("2023") && place.contains("linux-2023") => "2023",
        _ if place.contains("amazon linux 2") || place.contains("amazon-linux-2") => "2",
        _ => "1",
    };
    Some(format!("Amazon Linux:{release}"))
}

fn attribute(start: &BytesStart<'_>, wanted: &str) -> String {
    let mut attributes = start.attributes();
    let found = attributes.with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == wanted);
    let Some(found) = found else { return String::new() };
    let raw: &str = found.value.as_ref();
    quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), std::borrow::Cow::into_owned)
}
