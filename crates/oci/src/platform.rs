//! What an image runs on, as indexes and configurations write it and as people ask for it.

use serde::Deserialize;

use crate::spec::nullable;

/// What an image runs on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// `amd64`.
    #[serde(deserialize_with = "nullable")]
    pub architecture: String,
    /// `linux`.
    #[serde(deserialize_with = "nullable")]
    pub os: String,
    /// `v7`.
    #[serde(deserialize_with = "nullable")]
    pub variant: String,
}

impl Platform {
    /// `linux/arm/v7`; `None` if nothing is known.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        if self.os.is_empty() && self.architecture.is_empty() {
            return None;
        }
        let variant = if self.variant.is_empty() { String::new() } else { format!("/{}", self.variant) };
        Some(format!("{}/{}{variant}", self.os, self.architecture))
    }

    /// True if `wanted` (`linux/arm64`, `linux/arm/v7`, `arm64`) names this platform; without a variant it names all of
    /// them.
    #[must_use]
    pub fn fits(&self, wanted: &str) -> bool {
        let Ok(wanted) = parts(wanted) else {
            return false;
        };
        let (architecture, variant) = normal(&self.architecture, &self.variant);
        let (asked, asked_variant) = normal(wanted.architecture, wanted.variant.unwrap_or_default());
        // These two architectures are variants as well.
        let is_both = ["armhf", "armel"].iter().any(|a| wanted.architecture.eq_ignore_ascii_case(a));
        let any_variant = wanted.variant.is_none() && !is_both;
        wanted.os.eq_ignore_ascii_case(&self.os)
            && architecture == asked
            && (any_variant || variant == asked_variant)
    }
}

/// Refuses what is no platform: `OS/ARCHITECTURE[/VARIANT]`, or an architecture of Linux.
///
/// # Errors
/// In words.
pub fn check_platform(wanted: &str) -> Result<(), String> {
    parts(wanted).map(drop)
}

struct Parts<'w> {
    os: &'w str,
    architecture: &'w str,
    variant: Option<&'w str>,
}

fn parts(wanted: &str) -> Result<Parts<'_>, String> {
    let words: Vec<&str> = wanted.split('/').collect();
    let is_word = |w: &&str| {
        !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    let wrong =
        || Err(format!("`{wanted}` is no platform: `OS/ARCHITECTURE[/VARIANT]`, such as `linux/arm/v7`"));
    if !words.iter().all(is_word) {
        return wrong();
    }
    match words.as_slice() {
        [architecture] => Ok(Parts { os: "linux", architecture, variant: None }),
        // No operating system is called as the variants are: `arm/v7`.
        [architecture, variant] if is_variant(variant) => {
            Ok(Parts { os: "linux", architecture, variant: Some(variant) })
        }
        [os, architecture] => Ok(Parts { os, architecture, variant: None }),
        [os, architecture, variant] => Ok(Parts { os, architecture, variant: Some(variant) }),
        _ => wrong(),
    }
}

fn is_variant(word: &str) -> bool {
    let digits = word.strip_prefix(['v', 'V']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Architecture and variant by one name each, as container engines compare them (containerd `platforms`,
/// `normalizeArch`).
fn normal(architecture: &str, variant: &str) -> (String, String) {
    let (architecture, variant) = (architecture.to_ascii_lowercase(), variant.to_ascii_lowercase());
    let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64", variant) => ("amd64", variant),
        ("i386" | "i686", _) => ("386", ""),
        ("aarch64" | "arm64", "8" | "v8") => ("arm64", ""),
        ("aarch64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    };
    (architecture.to_owned(), variant.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(named: &str, wanted: &str) -> bool {
        let words: Vec<&str> = named.split('/').collect();
        let word = |at: usize| words.get(at).copied().unwrap_or_default().to_owned();
        Platform { os: word(0), architecture: word(1), variant: word(2) }.fits(wanted)
    }

    #[test]
    fn one_platform_has_many_spellings() {
        for (named, wanted) in [
            ("linux/amd64", "amd64"),
            ("linux/amd64", "linux/x86_64"),
            ("linux/amd64", "Linux/AMD64"),
            ("linux/amd64", "linux/amd64/v1"),
            ("linux/amd64/v3", "linux/x86_64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64", "linux/arm64/v8"),
            ("linux/arm64", "aarch64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/v7", "arm/v7"),
            ("linux/arm/v7", "linux/arm/7"),
            ("linux/arm/v7", "linux/armhf"),
            ("linux/arm/v6", "linux/arm"),
            ("linux/arm/v6", "armel"),
            ("windows/amd64", "windows/amd64"),
        ] {
            assert!(fits(named, wanted), "{named} {wanted}");
        }
        for (named, wanted) in [
            ("linux/amd64", "linux/arm64"),
            ("linux/arm/v6", "linux/arm/v7"),
            ("linux/arm", "linux/arm/v6"),
            ("linux/arm/v7", "armel"),
            ("linux/arm64/v8", "linux/arm64/v9"),
            ("windows/amd64", "amd64"),
            ("linux/amd64", "linux/amd64/v1/x"),
        ] {
            assert!(!fits(named, wanted), "{named} {wanted}");
        }
    }

    #[test]
    fn what_is_no_platform_is_refused() {
        for wrong in
            ["", "/", "linux/", "linux//v7", "linux/arm/v7/x", "linux arm64", "linux/arm64,linux/amd64"]
        {
            assert!(check_platform(wrong).is_err(), "{wrong}");
        }
        assert!(check_platform("linux/arm64").is_ok() && check_platform("s390x").is_ok());
    }
}
