//! Every rule of this room, in order of its id. Rewritten by `cargo xtask gen`.

use eval::Rule;

use crate::Subject;

mod dependency_malicious;
mod dependency_too_new;
mod dependency_vulnerable;
mod os_package_vulnerable;
mod runtime_end_of_life;

/// The rules.
pub static RULES: &[Rule<Subject>] = &[
    dependency_malicious::RULE,
    dependency_too_new::RULE,
    dependency_vulnerable::RULE,
    os_package_vulnerable::RULE,
    runtime_end_of_life::RULE,
];
