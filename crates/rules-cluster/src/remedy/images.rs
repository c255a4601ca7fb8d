//! Images by their digest, where it is known.

use super::{Place, Proposal, Remedy, wrong};
use crate::image;

/// The digest behind the tag; or, where it is not known, a node that asks for the tag each time.
pub(super) fn propose(rule: &str, place: &Place<'_, '_>) -> Proposal {
    let container = place.container()?;
    let image = container.node.text_field("image").map_err(wrong)?.ok_or("it names no image")?;
    let policy = format!("{}.imagePullPolicy", container.path);
    if rule == "image-not-pulled" && image::parts(image).digest.is_some() {
        return Ok(Remedy::setting(&policy, "IfNotPresent")
            .noting("the node asks the registry for what it does not have"));
    }
    match place.wishes.digests.get(&whole(image)) {
        Some((digest, platform)) => {
            let field = format!("{}.image", container.path);
            let of = platform.as_ref().map(|p| format!(", which is that of {p} alone,")).unwrap_or_default();
            let note =
                format!("container \"{}\" runs this digest{of} until it is raised here", container.name);
            Ok(Remedy::setting(&field, format!("{image}@{digest}").as_str()).noting(note))
        }
        None if rule == "image-not-pulled" => {
            Ok(Remedy::setting(&policy, "Always").noting("the node asks the registry at every start"))
        }
        None => Err(format!("the digest of `{image}` is not known: give `--digest {image}=sha256:…`")),
    }
}

/// A name with its tag, `latest` where none is written, and without what may be left out of names of Docker's registry:
/// what a digest is known by.
pub(crate) fn whole(image: &str) -> String {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    let image = image.strip_prefix("index.docker.io/").or(image.strip_prefix("docker.io/")).unwrap_or(image);
    let image = image.strip_prefix("library/").unwrap_or(image);
    match image::parts(image).tag {
        Some(_) => image.to_owned(),
        None => format!("{image}:latest"),
    }
}
