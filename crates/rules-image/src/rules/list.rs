//! Every rule of this room, in order of its id. Rewritten by `cargo xtask gen`.

use eval::Rule;

use crate::Subject;

mod add_from_network;
mod base_image_unpinned;
mod compiler_present;
mod credential_file;
mod distribution_end_of_life;
mod exposed_ssh_port;
mod file_capability;
mod image_large;
mod image_runs_as_root;
mod image_wasted_bytes;
mod missing_healthcheck;
mod network_tool_present;
mod package_manager_present;
mod secret_in_env;
mod secret_in_history;
mod setgid_file;
mod setuid_file;
mod shell_present;
mod world_writable_file;
mod writable_path_entry;

/// The rules.
pub static RULES: &[Rule<Subject>] = &[
    add_from_network::RULE,
    base_image_unpinned::RULE,
    compiler_present::RULE,
    credential_file::RULE,
    distribution_end_of_life::RULE,
    exposed_ssh_port::RULE,
    file_capability::RULE,
    image_large::RULE,
    image_runs_as_root::RULE,
    image_wasted_bytes::RULE,
    missing_healthcheck::RULE,
    network_tool_present::RULE,
    package_manager_present::RULE,
    secret_in_env::RULE,
    secret_in_history::RULE,
    setgid_file::RULE,
    setuid_file::RULE,
    shell_present::RULE,
    world_writable_file::RULE,
    writable_path_entry::RULE,
];
