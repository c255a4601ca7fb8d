//! Feeds of advisories over HTTP: only what changed is fetched, what broke off goes on, what is kept is never half.

mod artifact;
mod catalogue;
mod download;
mod folder;
mod lock;
mod prebuilt;
mod resolve;
mod signature;
mod state;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use ports::feeds::{Feed, Feeds, Folder, Prebuilt, PrebuiltFile};
use ports::http::{Http, Wait};
use ports::knowledge::KnowledgeError;
use ports::remote::Remote;
use ports::source::Progress;

/// What the user says about feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedSettings {
    /// Where what was fetched is kept; `None` if there is no home to keep it in.
    pub folder: Option<PathBuf>,
    /// A mirror that serves `HOST/PATH` of every upstream below it.
    pub mirror: Option<String>,
    /// The user's own sources, `NAME=ADDRESS`.
    pub own: Vec<String>,
}

/// Fetches feeds over `http`.
pub struct HttpFeeds {
    settings: FeedSettings,
    http: Arc<dyn Http>,
    wait: Arc<dyn Wait>,
    registries: Arc<dyn Remote>,
}

impl HttpFeeds {
    /// Fetches as `settings` say; a prebuilt database may lie in one of `registries`.
    #[must_use]
    pub fn new(
        settings: FeedSettings,
        http: Arc<dyn Http>,
        wait: Arc<dyn Wait>,
        registries: Arc<dyn Remote>,
    ) -> Self {
        Self { settings, http, wait, registries }
    }
}

impl Feeds for HttpFeeds {
    fn catalogue(&self) -> Result<Vec<Feed>, KnowledgeError> {
        catalogue::feeds(self.settings.mirror.as_deref(), &self.settings.own)
    }

    fn open(&self, note: &dyn Fn(&str)) -> Result<Box<dyn Folder + '_>, KnowledgeError> {
        let Some(path) = &self.settings.folder else {
            let text =
                "there is no folder to keep feeds in: set HOME or XDG_DATA_HOME, or name one with `--folder`";
            return Err(KnowledgeError::Usage(text.to_owned()));
        };
        Ok(Box::new(folder::Opened::open(
            path,
            self.settings.mirror.clone(),
            &*self.http,
            &*self.wait,
            note,
        )?))
    }

    fn prebuilt(
        &self,
        wanted: &Prebuilt,
        progress: &dyn Progress,
        note: &dyn Fn(&str),
        take: &mut dyn FnMut(&PrebuiltFile) -> Result<(), KnowledgeError>,
    ) -> Result<(), KnowledgeError> {
        let ways = prebuilt::Ways { http: &*self.http, wait: &*self.wait, registries: &*self.registries };
        prebuilt::fetch(wanted, &ways, progress, note, take)
    }
}
