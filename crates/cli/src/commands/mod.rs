//! The verbs, one file each.

mod assess;
mod completions;
mod config;
mod db;
mod db_diff;
mod diff;
mod explain;
mod fix;
mod frameworks;
mod images;
mod import;
mod judge;
mod policy;
mod rematch;
mod rules;
mod sbom;
mod scan;
mod sweep;
mod update;
mod vex;

use ::config::{Layer, Settings};

use crate::args::{Cli, Common, IntoLayer, Verb};
use crate::door::Door;
use crate::failure::Failure;
use crate::layers;
use crate::outside::Outside;
use crate::progress::Bar;

/// Runs the verb and answers its exit code.
pub(crate) fn run(door: &dyn Door, cli: Cli, outside: &mut Outside<'_>) -> Result<u8, Failure> {
    let Cli { common, verb } = cli;
    let command = Command { door, common };
    match verb {
        Verb::Scan(args) => scan::run(&command, args, outside),
        Verb::Assess(args) => assess::run(&command, args, outside),
        Verb::Sbom(args) => sbom::run(&command, args, outside),
        Verb::Diff(args) => diff::run(&command, args, outside),
        Verb::Fix(args) => fix::run(&command, *args, outside),
        Verb::Import(args) => import::run(&command, args, outside),
        Verb::Vex(args) => vex::run(&command, args, outside),
        Verb::Db(verb) => db::run(&command, verb, outside),
        Verb::Policy(verb) => policy::run(&command, verb, outside),
        Verb::Rules(verb) => rules::run(&command, verb, outside),
        Verb::Frameworks(verb) => frameworks::run(&command, verb, outside),
        Verb::Explain(args) => explain::run(&command, args, outside),
        Verb::Config(verb) => config::run(&command, verb, outside),
        Verb::Completions { shell } => completions::run(shell, outside),
    }
}

/// What every verb is given.
struct Command<'d> {
    door: &'d dyn Door,
    common: Common,
}

impl Command<'_> {
    /// The effective settings, with the flags of the verb in `flags`.
    fn settings(&self, mut flags: Layer, outside: &Outside<'_>) -> Result<Settings, Failure> {
        self.common.add(&mut flags);
        let settings = layers::settings(outside, flags, self.common.config.as_deref())?;
        layers::color(&settings)?;
        Ok(settings)
    }

    /// Runs `flow` in the world that the adapters make, with progress if someone watches; notes follow.
    fn with_world<T>(
        &self,
        settings: &Settings,
        outside: &mut Outside<'_>,
        flow: impl FnOnce(&flows::World<'_>) -> Result<T, flows::FlowError>,
    ) -> Result<T, Failure> {
        let adapters = self.door.adapters(&layers::adapters(settings, outside)?);
        let quiet = settings.is_on("quiet");
        let bar = Bar::new(outside.stderr_terminal && !quiet);
        let notes = std::sync::Mutex::new(Vec::<String>::new());
        let note = |text: &str| {
            let mut notes = notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            notes.push(text.to_owned());
        };
        let progress: &dyn ports::source::Progress = match &bar {
            Some(bar) => bar,
            None => &ports::source::Silent,
        };
        let done = flow(&flows::World {
            sources: &*adapters.sources,
            knowledge: &*adapters.knowledge,
            feeds: &*adapters.feeds,
            cache: &*adapters.cache,
            progress,
            note: &note,
            version: self.door.version(),
        });
        if let Some(bar) = &bar {
            bar.finish();
        }
        if !quiet {
            for note in notes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
                outside.say(&format!("note: {}", report::clean(&note)));
            }
        }
        Ok(done?)
    }
}
