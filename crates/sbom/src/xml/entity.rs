//! Entities that an XML document declares for itself.

use std::collections::BTreeMap;

/// Entities that one document declares.
const ENTITIES_MAX: usize = 1_000;

/// Bytes that entities of one document may add.
const ENTITY_BYTES_MAX: usize = 1 << 20;

/// The entities that a document declares for itself: plain text alone, so that nothing grows by being filled in.
#[derive(Default)]
pub(super) struct Entities {
    texts: BTreeMap<String, String>,
    added: usize,
}

impl Entities {
    /// Takes the `<!ENTITY name "text">` of a document type; those of files and those made of others stay unknown.
    pub(super) fn declare(&mut self, declarations: &str) -> Result<(), String> {
        for declaration in declarations.split("<!ENTITY").skip(1) {
            let declaration = declaration.trim_start();
            let Some((name, rest)) = declaration.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some(value) = rest.get(1..).and_then(|r| r.split_once(quote)).map(|(value, _)| value) else {
                continue;
            };
            if ENTITIES_MAX <= self.texts.len() {
                return Err(format!("more than {ENTITIES_MAX} entities of its own"));
            }
            if name != "%" && !value.contains(['&', '<', '%']) {
                self.texts.entry(name.to_owned()).or_insert_with(|| value.to_owned());
            }
        }
        Ok(())
    }

    pub(super) fn fill_in(&mut self, name: &str) -> Result<String, String> {
        let text = self.texts.get(name).cloned();
        let text = text.ok_or_else(|| format!("`&{name};` is no entity that can be filled in"))?;
        self.added = self.added.saturating_add(text.len());
        if ENTITY_BYTES_MAX < self.added {
            return Err(format!("its entities add more than {ENTITY_BYTES_MAX} bytes"));
        }
        Ok(text)
    }
}
