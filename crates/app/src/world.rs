//! The adapters behind the ports, the clock, and the demonstration database in the program.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cli::{AdapterSettings, Adapters, Door, NetworkSettings};
use feeds::{FeedSettings, HttpFeeds};
use kube::KubeClusters;
use local::{DirCache, LocalSources};
use model::Timestamp;
use net::{Clock, Connections, HostSettings, NetClient, NetSettings};
use ports::cache::{Cache, NoCache};
use ports::remote::Remote;
use registry::{RegistryRemote, RegistrySettings};
use stdx::Secret;
use store::DatabaseStore;

/// The advisories of `examples/advisories`: name and text.
static DEMONSTRATION: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/demonstration.rs"));

/// This machine.
pub(crate) struct Here;

impl Door for Here {
    fn adapters(&self, settings: &AdapterSettings) -> Adapters {
        let kept = settings.cache_dir.clone().map(|dir| Arc::new(DirCache::new(dir)));
        let cache: Box<dyn Cache> = match &kept {
            Some(kept) => Box::new(Arc::clone(kept)),
            None => Box::new(NoCache),
        };
        let knowledge = DatabaseStore { own: settings.own_database.clone(), demonstration: DEMONSTRATION };
        let http: Arc<dyn ports::http::Http> = http(&settings.network);
        let registries =
            RegistryRemote::new(Arc::clone(&http), Arc::new(Clock), registries(&settings.network));
        let registries: Arc<dyn Remote> = Arc::new(registries);
        let connections = Arc::new(Connections(connections(&settings.network)));
        let clusters = KubeClusters::new(connections, Arc::new(Clock), settings.network.environment.clone());
        let sources =
            LocalSources::new(kept).with_remote(Arc::clone(&registries)).with_clusters(Arc::new(clusters));
        let feeds = FeedSettings {
            folder: settings.feeds.folder.clone(),
            mirror: settings.feeds.mirror.clone(),
            own: settings.feeds.own.clone(),
        };
        let feeds = HttpFeeds::new(feeds, http, Arc::new(Clock), registries);
        Adapters { sources: Box::new(sources), knowledge: Box::new(knowledge), feeds: Box::new(feeds), cache }
    }

    fn now(&self) -> Timestamp {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        store::write_atomically(path, bytes)
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// The network as the settings ask for it: one client for everything that fetches.
fn http(network: &NetworkSettings) -> Arc<NetClient> {
    Arc::new(NetClient::new(connections(network)))
}

fn connections(network: &NetworkSettings) -> NetSettings {
    let mut out = NetSettings {
        user_agent: concat!("plimsoll/", env!("CARGO_PKG_VERSION")).to_owned(),
        authorities: network.authorities.clone(),
        environment: network.environment.clone(),
        ..NetSettings::default()
    };
    for name in &network.plain_http {
        host(&mut out.hosts, name).plain_http = true;
    }
    for name in &network.insecure {
        host(&mut out.hosts, name).insecure = true;
    }
    for (name, certificate, key) in &network.client_certificates {
        let host = host(&mut out.hosts, name);
        host.client_certificate = Some(certificate.clone());
        host.client_key.clone_from(key);
    }
    out
}

/// The settings of a host; names are the same in any case.
fn host<'h>(hosts: &'h mut BTreeMap<String, HostSettings>, name: &str) -> &'h mut HostSettings {
    hosts.entry(name.to_ascii_lowercase()).or_default()
}

/// What the settings say about registries.
fn registries(network: &NetworkSettings) -> RegistrySettings {
    RegistrySettings {
        mirrors: network.mirrors.clone(),
        plain_http: network.plain_http.clone(),
        login: network.login.as_ref().map(|l| (l.user.clone(), Secret::new(l.password.as_str()))),
        auth_files: RegistrySettings::auth_files(&network.environment),
    }
}
