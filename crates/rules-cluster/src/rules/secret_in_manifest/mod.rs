//! The values of a Secret must not stand in a file of the project.
//!
//! **Why.** Base64 is no encryption: whoever has the file has the secret, and whoever has the repository has every
//! version of it.
//!
//! **What is looked at.** `data` and `stringData` of every Secret that a file holds. Certificates alone (`ca.crt`,
//! `tls.crt`), empty values, references (`$NAME`, `<path:…>`, `{{…}}`) and what SOPS encrypted are left alone. Values
//! are never printed.
//!
//! **Fix.** Change the secret wherever it is valid; keep it in a vault, and in the repository a reference
//! (ExternalSecret) or its encrypted form (SealedSecret, SOPS).
//!
//! Source: <https://kubernetes.io/docs/concepts/configuration/secret/>.

use eval::Rule;
use model::Severity;

use crate::look::{self, Found, Wrong};
use crate::workload::{Spot, texts};
use crate::{Objects, Subject};

pub(crate) const RULE: Rule<Objects> = Rule {
    id: "secret-in-manifest",
    control: "secrets",
    title: "A Secret stands in a file with its values",
    severity: Severity::High,
    doc: include_str!("mod.rs"),
    judge: |subject| {
        let remedy = "change it wherever it is valid, and keep a reference to a vault here";
        look::object(subject, ("", &["Secret"]), remedy, || find(subject))
    },
};

/// Keys that hold what everyone may know.
const PUBLIC: [&str; 2] = ["ca.crt", "tls.crt"];

fn find(subject: &Subject<'_>) -> Found {
    let mut found = Vec::new();
    for field in ["data", "stringData"] {
        let Some(map) = subject.object.node.map_field(field)? else { continue };
        let held = |value: &str| {
            let value = value.trim();
            !value.is_empty() && !["$", "<", "{{", "ENC["].iter().any(|p| value.starts_with(p))
        };
        let all = texts(map)?;
        let mut keys = all.iter().filter(|(key, value, _)| !PUBLIC.contains(key) && held(value));
        if let Some((key, _, at)) = keys.next() {
            let more = match keys.count() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let spot = Spot { field: format!("{field}.{key}"), at: *at };
            found.push(Wrong::keyed(
                field,
                spot,
                format!("`{field}.{key}`{more} holds the value of a secret"),
            ));
        }
    }
    Ok(found)
}
