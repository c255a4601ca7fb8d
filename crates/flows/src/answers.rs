//! What the database answers about a target's packages, asked on several threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use advisory::db::Database;
use model::Package;
use rules_package::{Answers, ask, questions};

/// Questions that a thread takes at a time; fewer are not worth another thread.
const TAKEN: usize = 8;

/// Worker threads where so many are asked for; 0 for one a core.
pub(crate) fn threads(jobs: usize) -> usize {
    match jobs {
        0 => thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    }
}

/// Asks whatever is to be asked about `packages`.
pub(crate) fn of(packages: &[Package], database: &Database, jobs: usize) -> Answers {
    let questions = questions(packages, database);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut out = Answers::new();
        loop {
            let from = next.fetch_add(TAKEN, Ordering::Relaxed);
            let Some(taken) = questions.get(from..) else { return out };
            for question in taken.iter().take(TAKEN) {
                out.insert(question.clone(), ask(database, question).map(Arc::new));
            }
        }
    };
    let more = threads(jobs).min(questions.len().div_ceil(TAKEN)).saturating_sub(1);
    thread::scope(|scope| {
        let others: Vec<_> = (0..more).map(|_| scope.spawn(work)).collect();
        let mut out = work();
        for other in others {
            match other.join() {
                Ok(mut answers) => out.append(&mut answers),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        out
    })
}
