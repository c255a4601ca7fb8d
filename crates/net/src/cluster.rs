//! Connections to API servers, each with certificates of its own.

use std::sync::Arc;

use ports::cluster::{Connection, Connector};
use ports::http::{Http, HttpError};

use crate::client::NetClient;
use crate::settings::{HostSettings, NetSettings};
use crate::url::Url;

/// Makes them from the settings of every connection.
pub struct Connections(pub NetSettings);

impl Connector for Connections {
    fn connect(&self, connection: &Connection) -> Result<Arc<dyn Http>, HttpError> {
        let url = Url::parse(&connection.server).map_err(|reason| HttpError::BadUrl {
            url: ports::http::plain(&connection.server),
            reason: reason.to_owned(),
        })?;
        let mut settings = self.0.clone();
        let host = settings.hosts.entry(format!("{}:{}", url.host, url.port)).or_default();
        *host = HostSettings {
            insecure: connection.insecure,
            only_authorities: connection.authorities.clone(),
            client: connection.client.clone(),
            server_name: connection.server_name.clone(),
            ..host.clone()
        };
        if let Some(proxy) = &connection.proxy {
            settings.environment.retain(|(name, _)| !name.to_ascii_lowercase().ends_with("_proxy"));
            for scheme in ["https_proxy", "http_proxy"] {
                settings.environment.push((scheme.to_owned(), proxy.clone()));
            }
        }
        Ok(Arc::new(NetClient::new(settings)))
    }
}
