//! What is mended about a pod as a whole.

use manifest::edit::{Edit, New, Step, path};

use super::security::emptied;
use super::{Place, Proposal, Remedy, removal, wrong};

/// The lowest user that `pod-user-low` lets pass.
const USER_MIN: i64 = 10_000;

/// The socket of a container runtime: an empty directory in its place.
pub(super) fn without_socket(place: &Place<'_, '_>) -> Proposal {
    let index = path(place.field).iter().rev().find_map(|s| match s {
        Step::Index(index) => Some(*index),
        Step::Key(_) => None,
    });
    let index = index.ok_or("the volume's place is not known")?;
    let remedy = Remedy { edits: vec![emptied(place.pod, index, "hostPath")], notes: Vec::new() };
    Ok(remedy
        .noting("the container runtime of the node is not reached any more: what needs it must do without"))
}

/// Processes that are shared.
pub(super) fn apart(place: &Place<'_, '_>) -> Proposal {
    let remedy = Remedy { edits: vec![removal(place.pod, place.field)], notes: Vec::new() };
    Ok(remedy.noting("a container sees its own processes alone"))
}

/// A user that the node may have.
pub(super) fn user(place: &Place<'_, '_>) -> Proposal {
    match place.wishes.run_as_user {
        Some(user) if USER_MIN <= user => {
            let note = format!("it runs as user {user}, who must be able to read its files");
            Ok(Remedy::setting(place.field, user).noting(note))
        }
        _ => Err(format!(
            "which user the files of its image are for is not known: give `--run-as-user` ({USER_MIN} or more)"
        )),
    }
}

/// A root file system that can be written.
pub(super) fn read_only(place: &Place<'_, '_>) -> Proposal {
    if !place.wishes.read_only_root {
        return Err(
            "a program that writes outside its volumes would fail: give `--read-only-root`".to_owned()
        );
    }
    let note = "programs that write outside their volumes fail: mount an emptyDir where they do (`/tmp`)";
    Ok(Remedy::setting(place.field, true).noting(note))
}

/// A token that is mounted, where nothing in the input says that the work uses it.
pub(super) fn without_token(place: &Place<'_, '_>) -> Proposal {
    let mounted = place.pod.spec.bool_field("automountServiceAccountToken").map_err(wrong)?;
    if mounted == Some(true) {
        return Err(
            "the pod itself says `true`, as one that speaks to the API server does: take it out by hand"
                .to_owned(),
        );
    }
    let account = place.pod.account().map_err(wrong)?;
    if let Some(role) = place.subject.around.role_of(place.subject.object.namespace(), account) {
        return Err(format!(
            "its service account `{account}` is bound to `{role}`, so the work seems to speak to the API server: set it by \
             hand if it does not"
        ));
    }
    let edit = Edit::Set(path(place.field), New::Bool(false));
    let note = "what speaks to the API server has no token: ask for one in a projected volume";
    match mounted {
        Some(false) => Err("it is not mounted any more".to_owned()),
        _ => Ok(Remedy { edits: vec![edit], notes: vec![note.to_owned()] }),
    }
}
