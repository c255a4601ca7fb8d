//! What container engines write beside the layers they unpacked: containerd's names (bbolt), Docker's and podman's
//! documents, and the archives that tar-split takes apart.

pub mod bolt;
pub mod containerd;
pub mod docker;
pub mod podman;
pub mod split;

/// True if a person who writes `wanted` means the image called `name`: the whole name, the name without a registry or
/// with Docker's own left out, and `latest` where no tag is written.
#[must_use]
pub fn is_called(name: &str, wanted: &str) -> bool {
    let (full, wanted) = (whole(name), wanted.trim_start_matches('/'));
    let with_tag = if has_tag(wanted) { wanted.to_owned() } else { format!("{wanted}:latest") };
    name == wanted
        || full == whole(&with_tag)
        || full.strip_suffix(&with_tag).is_some_and(|rest| rest.ends_with('/'))
}

/// A name with registry and repository as Docker fills them in.
fn whole(name: &str) -> String {
    match name.split_once('/') {
        None => format!("docker.io/library/{name}"),
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
    }
}

fn has_tag(name: &str) -> bool {
    name.contains('@') || name.rsplit('/').next().is_some_and(|last| last.contains(':'))
}

/// True if `wanted` is the beginning of the hexadecimal id of an image, as `docker images` prints it.
#[must_use]
pub fn is_id(id: &str, wanted: &str) -> bool {
    let (id, wanted) = (bare(id), bare(wanted));
    7 <= wanted.len() && wanted.bytes().all(|b| b.is_ascii_hexdigit()) && id.starts_with(wanted)
}

/// A digest without its algorithm.
fn bare(digest: &str) -> &str {
    digest.trim_start_matches('@').trim_start_matches("sha256:")
}

#[cfg(test)]
mod tests {
    use super::{is_called, is_id};

    #[test]
    fn names_are_meant_as_people_write_them() {
        for (name, wanted) in [
            ("docker.io/library/alpine:3.20", "alpine:3.20"),
            ("alpine:3.20", "docker.io/library/alpine:3.20"),
            ("docker.io/library/alpine:latest", "alpine"),
            ("localhost/shop:1", "shop:1"),
            ("registry.example:5000/team/shop:1", "team/shop:1"),
            ("registry.example:5000/team/shop:latest", "registry.example:5000/team/shop"),
            ("docker.io/team/shop:1", "team/shop:1"),
        ] {
            assert!(is_called(name, wanted), "{name} {wanted}");
        }
        for (name, wanted) in [
            ("docker.io/library/alpine:3.20", "alpine"),
            ("docker.io/library/alpine:3.20", "ine:3.20"),
            ("localhost/shop:1", "other/shop:1"),
            ("localhost/shop:1", ""),
        ] {
            assert!(!is_called(name, wanted), "{name} {wanted}");
        }
        assert!(
            is_id("sha256:22a004719b20520f", "22a004719b20") && is_id("22a004719b20520f", "@sha256:22a0047")
        );
        assert!(!is_id("22a004719b20520f", "22a0") && !is_id("22a004719b20520f", "alpine"));
    }
}
