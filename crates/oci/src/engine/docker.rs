//! Docker's names of images (moby, `reference/store.go`) and the chain of its layers (`layer/layer.go`).

use std::collections::BTreeMap;

use serde::Deserialize;

/// Bytes of `repositories.json`.
pub const REPOSITORIES_BYTES_MAX: u64 = 64 << 20;

#[derive(Deserialize)]
struct Repositories {
    #[serde(rename = "Repositories", default)]
    repositories: BTreeMap<String, BTreeMap<String, String>>,
}

/// Every name with the id of its image (`sha256:…`), by name; names are `shop:1` or `shop@sha256:…`.
///
/// # Errors
/// In words, if it is no such document.
pub fn repositories(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let read: Repositories =
        serde_json::from_slice(bytes).map_err(|e| format!("not a `repositories.json`: {e}"))?;
    Ok(read.repositories.into_values().flatten().collect())
}

/// The names of the layers' folders: each is the digest of the one below and the layer's own diff id.
#[must_use]
pub fn chain(diff_ids: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(diff_ids.len());
    for diff_id in diff_ids {
        let next = match out.last() {
            Some(below) => crate::sha256(format!("{below} {diff_id}").as_bytes()).to_string(),
            None => diff_id.clone(),
        };
        out.push(next);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{chain, repositories};

    #[test]
    fn names_lead_to_ids_and_layers_to_folders() {
        let text = br#"{"Repositories":{"shop":{"shop:1":"sha256:aa","shop@sha256:bb":"sha256:aa"}}}"#;
        let found = repositories(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], ("shop:1".to_owned(), "sha256:aa".to_owned()));
        assert!(repositories(b"7").is_err() && repositories(b"{}").unwrap().is_empty());
        // As Docker 20.10 named the folder of a second layer.
        let ids = [
            "sha256:1bccf10afce5c1ffe31381419930ad565c1436eaeb1ca680494b0663e0028419".to_owned(),
            "sha256:c33860909a58a36e48d428df27c359c671b5139890e834a7305e2e7c6c1eb2e0".to_owned(),
        ];
        assert_eq!(chain(&ids)[1], "sha256:8ffa082cf1b6f68f7578f239918b8b90a0fe51b4e4419a81659ba9d5b0d6ba82");
    }
}
