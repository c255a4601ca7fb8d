//! Every rule of this room, in order of its id. Rewritten by `cargo xtask gen`.

use eval::Rule;

use crate::Subject;

/// The rules.
pub static RULES: &[Rule<Subject>] = &[];
