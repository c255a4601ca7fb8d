//! The port `Remote` over HTTP.

use std::sync::{Arc, Mutex, PoisonError};

use oci::reference::Reference;
use ports::http::{Http, Wait};
use ports::remote::{Choice, Listing, Parts, Remote};
use ports::source::SourceError;

use crate::endpoint::Endpoint;
use crate::exchange::{AskError, Exchange};
use crate::image::ImageParts;
use crate::list;
use crate::settings::RegistrySettings;

/// Registries.
pub struct RegistryRemote {
    exchange: Arc<Exchange>,
    /// The one registry that the login of the command line is for.
    bound: Mutex<Option<String>>,
}

impl RegistryRemote {
    /// Registries reached by `http`.
    #[must_use]
    pub fn new(http: Arc<dyn Http>, wait: Arc<dyn Wait>, settings: RegistrySettings) -> Self {
        Self { exchange: Arc::new(Exchange::new(http, wait, settings)), bound: Mutex::default() }
    }

    fn endpoints(&self, registry: &str) -> Vec<Endpoint> {
        let mirrors = self.exchange.settings.mirrors.iter().filter(|(of, _)| {
            let of = of.to_ascii_lowercase();
            of == registry || (registry == "docker.io" && of == "index.docker.io")
        });
        mirrors.map(|(_, mirror)| Endpoint::mirror(mirror)).chain([Endpoint::own(registry)]).collect()
    }

    /// A login of the command line says nothing about which registry it is for, so there must be only one.
    fn bind(&self, registry: &str) -> Result<(), SourceError> {
        if self.exchange.settings.login.is_none() {
            return Ok(());
        }
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let first = bound.get_or_insert_with(|| registry.to_owned());
        if first == registry {
            return Ok(());
        }
        Err(SourceError::Usage(format!(
            "`--registry-user` is for one registry, and both `{first}` and `{registry}` are asked: use `docker login`, \
             or two commands"
        )))
    }
}

impl Remote for RegistryRemote {
    fn image(&self, name: &str) -> Result<Arc<dyn Parts>, SourceError> {
        let reference = Reference::parse(name)
            .map_err(|e| SourceError::Usage(format!("`{name}` is no image's name: {e}")))?;
        self.bind(&reference.registry)?;
        let endpoints = self.endpoints(&reference.registry);
        let shown = reference.to_string();
        match ImageParts::find(&self.exchange, endpoints, reference) {
            Ok(parts) => Ok(Arc::new(parts)),
            Err(e) => Err(self.failed(&shown, &e)),
        }
    }

    fn list(&self, choice: &Choice) -> Result<Listing, SourceError> {
        self.bind(&choice.registry)?;
        let endpoint = Endpoint::own(&choice.registry);
        list::list(&self.exchange, &endpoint, choice)
    }
}

impl RegistryRemote {
    fn failed(&self, shown: &str, e: &AskError) -> SourceError {
        let notes = self.exchange.take_notes();
        let notes: String = notes.iter().map(|n| format!("; {n}")).collect();
        match e {
            AskError::Missing(text) => SourceError::Missing(format!("image `{shown}`: {text}{notes}")),
            AskError::Denied(text) | AskError::Invalid(text) | AskError::Failed(text) => {
                SourceError::Unreadable(format!("image `{shown}`: {text}{notes}"))
            }
        }
    }
}
