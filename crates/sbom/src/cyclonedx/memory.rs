//! Packages alone of many documents, most of whose components stand in others as well: equal components are read once,
//! and what the caller found out about a package is found beside it.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use model::{Distribution, Package};
use serde_json::Value;

use crate::cyclonedx::outline::{is_valid, outline};
use crate::cyclonedx::part::{What, parts};
use crate::cyclonedx::read::{is_read, settle_distribution};
use crate::{PACKAGES_MAX, SbomError};

/// Bytes of all components that are remembered; then all are forgotten.
const REMEMBERED_BYTES_MAX: usize = 32 << 20;

/// Distributions that one remembered package is kept for.
const DISTRIBUTIONS_MAX: usize = 8;

/// A package, and what the caller notes about it.
#[derive(Debug)]
pub struct Noted<T> {
    /// The package. What it depends on, which layer brought it and whether the project asked for it are left out.
    pub package: Package,
    /// The note.
    pub note: OnceCell<T>,
}

/// Components read before, by their bytes.
#[derive(Debug)]
pub struct Memory<T> {
    /// By [`digest`].
    known: BTreeMap<u64, Rc<Known<T>>>,
    bytes: usize,
}

#[derive(Debug)]
struct Known<T> {
    text: Box<str>,
    /// The first that is named within the component.
    distribution: Option<Distribution>,
    packages: Vec<Within<T>>,
}

/// A package in documents about one distribution, or about none.
type Settled<T> = (Option<Distribution>, Rc<Noted<T>>);

/// A package within documents.
#[derive(Debug)]
struct Within<T> {
    alone: Rc<Noted<T>>,
    /// Packages of a distribution in documents about one.
    of: RefCell<Vec<Settled<T>>>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), bytes: 0 }
    }
}

impl<T> Memory<T> {
    /// The packages of a document, in its order.
    ///
    /// # Errors
    /// As [`crate::read`].
    pub fn packages(&mut self, document: &[u8]) -> Result<Vec<Rc<Noted<T>>>, SbomError> {
        let text = crate::decode(document)?;
        if crate::is_json(&text)
            && let Some(packages) = self.remembered(&text)
        {
            return Ok(packages);
        }
        let (document, _) = crate::read_text(&text)?;
        Ok(document.packages.into_iter().map(noted).collect())
    }

    /// The packages of a document with an outline.
    fn remembered(&mut self, document: &str) -> Option<Vec<Rc<Noted<T>>>> {
        let outline = outline(document).filter(|o| is_read(o.spec_version))?;
        if outline.dependencies.is_some_and(|d| !is_valid(d)) {
            return None;
        }
        let mut all = Vec::with_capacity(outline.components.len());
        for component in outline.components {
            all.push(self.known(component)?);
        }
        // What the subject is assembled from.
        if let Some(inner) = outline.metadata.pointer("/component/components").and_then(Value::as_array) {
            all.extend(inner.iter().map(|component| Rc::new(Known::of("", component))));
        }
        let distribution = all.iter().find_map(|k| k.distribution.as_ref());
        let packages = all.iter().flat_map(|k| &k.packages).take(PACKAGES_MAX);
        Some(packages.map(|p| p.in_document(distribution)).collect())
    }

    /// What a component says; `None` if it is not JSON.
    fn known(&mut self, component: &str) -> Option<Rc<Known<T>>> {
        let key = digest(component.as_bytes());
        if let Some(known) = self.known.get(&key).filter(|k| *k.text == *component) {
            return Some(Rc::clone(known));
        }
        let value: Value = serde_json::from_str(component).ok()?;
        let known = Rc::new(Known::of(component, &value));
        self.bytes += component.len();
        if REMEMBERED_BYTES_MAX < self.bytes {
            self.known.clear();
            self.bytes = component.len();
        }
        self.known.insert(key, Rc::clone(&known));
        Some(known)
    }
}

impl<T> Known<T> {
    fn of(text: &str, component: &Value) -> Self {
        let mut out = Self { text: text.into(), distribution: None, packages: Vec::new() };
        for part in parts(component) {
            match part.what {
                What::Flaw(_) => {}
                What::Distribution(distribution) => {
                    out.distribution.get_or_insert(distribution);
                }
                What::Package(said) => {
                    out.packages.push(Within { alone: noted(said.among(&[])), of: RefCell::default() });
                }
            }
        }
        out
    }
}

impl<T> Within<T> {
    fn in_document(&self, distribution: Option<&Distribution>) -> Rc<Noted<T>> {
        if !self.alone.package.kind.is_distribution() {
            return Rc::clone(&self.alone);
        }
        let mut of = self.of.borrow_mut();
        if let Some((_, package)) = of.iter().find(|(of, _)| of.as_ref() == distribution) {
            return Rc::clone(package);
        }
        let mut package = self.alone.package.clone();
        settle_distribution(&mut package, distribution);
        let package = noted(package);
        if of.len() == DISTRIBUTIONS_MAX {
            of.clear();
        }
        of.push((distribution.cloned(), Rc::clone(&package)));
        package
    }
}

fn noted<T>(package: Package) -> Rc<Noted<T>> {
    Rc::new(Noted { package, note: OnceCell::new() })
}

/// A number for bytes. Others may have the same: what lies there is compared before it is believed.
fn digest(bytes: &[u8]) -> u64 {
    // A prime beside 2^64 divided by the golden ratio, as multiplicative hashing has it.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    let sum = rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)));
    sum ^ (sum >> 32)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{DISTRIBUTIONS_MAX, Memory, REMEMBERED_BYTES_MAX};
    use crate::read;

    fn with(components: &str) -> String {
        format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{components}]}}"#)
    }

    fn debian(version: usize) -> String {
        format!(
            r#"{{"type":"operating-system","name":"debian","version":"{version}"}},
            {{"type":"library","name":"zlib1g","version":"1","purl":"pkg:deb/debian/zlib1g@1"}}"#
        )
    }

    #[test]
    fn an_equal_component_of_another_document_keeps_its_note() {
        let mut memory: Memory<u8> = Memory::default();
        let idna = r#"{"type":"library","name":"idna","version":"2.10","purl":"pkg:pypi/idna@2.10"}"#;
        let first = memory.packages(with(idna).as_bytes()).unwrap();
        first[0].note.set(7).unwrap();
        let second = memory.packages(with(&format!("{{}},{idna}")).as_bytes()).unwrap();
        assert!(Rc::ptr_eq(&first[0], &second[0]));
        assert_eq!(second[0].note.get(), Some(&7));
    }

    #[test]
    fn a_package_of_a_distribution_is_another_in_another_one() {
        let mut memory: Memory<usize> = Memory::default();
        for n in (0..2 * DISTRIBUTIONS_MAX).chain(0..3) {
            let document = with(&debian(n));
            let packages = memory.packages(document.as_bytes()).unwrap();
            assert_eq!(packages[0].package, read(document.as_bytes()).unwrap().0.packages[0]);
            assert_eq!(packages[0].note.get_or_init(|| n), &n);
        }
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let mut memory: Memory<()> = Memory::default();
        let long = "x".repeat(REMEMBERED_BYTES_MAX / 4);
        for n in 0..9 {
            let component =
                format!(r#"{{"type":"library","name":"{n}","purl":"pkg:npm/n@{n}","x":"{long}"}}"#);
            assert_eq!(memory.packages(with(&component).as_bytes()).unwrap().len(), 1);
            assert!(memory.known.len() < 4 && memory.bytes <= REMEMBERED_BYTES_MAX);
        }
    }
}
