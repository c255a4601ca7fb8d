//! The effective settings of a command: flags over environment over `plimsoll.toml`, and what verbs ask of them.

use std::path::{Path, PathBuf};

use config::{FILE_BYTES_MAX, FILE_NAME, Layer, Settings, Source};
use model::Timestamp;

use crate::door::{AdapterSettings, Door, FeedsSettings};
use crate::failure::Failure;
use crate::network::PASSWORD_VARIABLE;
use crate::outside::{Outside, read};

/// The variable that names the configuration file, as `--config` does.
const CONFIG_VARIABLE: &str = "PLIMSOLL_CONFIG";

/// Lays flags over environment over file. `named` is `--config`; `none` reads no file for an empty name.
pub(crate) fn settings(
    outside: &Outside<'_>,
    flags: Layer,
    named: Option<&str>,
) -> Result<Settings, Failure> {
    let own = |name: &str| name == CONFIG_VARIABLE || name == PASSWORD_VARIABLE;
    let ours = outside.environment.iter().filter(|(name, _)| !own(name)).cloned();
    let environment = config::parse_environment(ours)?;
    let named = named.or_else(|| outside.variable(CONFIG_VARIABLE));
    let file = match named {
        Some("none") => Layer::default(),
        Some(path) => parse(&outside.resolve(path), path)?,
        None => match search(&outside.directory) {
            Some((path, written)) => parse(&path, &written)?,
            None => Layer::default(),
        },
    };
    Ok(Settings::of([flags, environment, file])?)
}

fn parse(path: &Path, written: &str) -> Result<Layer, Failure> {
    let bytes = read(path, written, FILE_BYTES_MAX as u64)?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::usage(format!("{written}: is not UTF-8 at byte {at}"))
    })?;
    let directory = written.rsplit_once('/').map_or("", |(directory, _)| directory);
    Ok(config::parse_file(written, directory, &text)?)
}

/// The nearest `plimsoll.toml` from `directory` upwards, and its name as seen from there.
fn search(directory: &Path) -> Option<(PathBuf, String)> {
    let mut written = FILE_NAME.to_owned();
    for ancestor in directory.ancestors() {
        let path = ancestor.join(FILE_NAME);
        if path.is_file() {
            return Some((path, written));
        }
        written.insert_str(0, "../");
    }
    None
}

/// Where the value of `key` came from, for messages.
pub(crate) fn origin(settings: &Settings, key: &str) -> String {
    match settings.get(key).map(|s| &s.source) {
        None => format!("`{key}`"),
        Some(Source::Flag(flag)) => format!("`{flag}`"),
        Some(source) => format!("{source}: `{key}`"),
    }
}

/// The moment ages are counted from.
pub(crate) fn as_of(settings: &Settings, door: &dyn Door) -> Result<Timestamp, Failure> {
    match settings.text("as-of") {
        None | Some("now") => Ok(door.now()),
        Some(text) => text.parse().map_err(|e| Failure::usage(format!("{}: {e}", origin(settings, "as-of")))),
    }
}

/// `--max-database-age`.
pub(crate) fn max_age(settings: &Settings) -> Result<flows::MaxAge, Failure> {
    match settings.text("max-database-age") {
        None => Ok(flows::MaxAge::Usual),
        Some("any") => Ok(flows::MaxAge::Any),
        Some(text) => span(text).map(flows::MaxAge::AtMost).ok_or_else(|| {
            let place = origin(settings, "max-database-age");
            Failure::usage(format!("{place}: `{text}` is no age: write `12h`, `7d`, `4w` or `any`"))
        }),
    }
}

/// `--min-package-age`, in seconds.
pub(crate) fn min_package_age(settings: &Settings) -> Result<Option<i64>, Failure> {
    let Some(text) = settings.text("min-package-age") else { return Ok(None) };
    span(text).map(Some).ok_or_else(|| {
        let place = origin(settings, "min-package-age");
        Failure::usage(format!("{place}: `{text}` is no age: write `12h`, `7d` or `4w`"))
    })
}

/// `12h`, `7d`, `4w` in seconds.
pub(crate) fn span(text: &str) -> Option<i64> {
    let unit = match text.chars().next_back()? {
        'h' => 3_600_i64,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let number = text.get(..text.len().saturating_sub(1))?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    Some(i64::from(number.parse::<u32>().ok().filter(|_| digits)?) * unit)
}

/// `--color`.
pub(crate) fn color(settings: &Settings) -> Result<&str, Failure> {
    choice(settings, "color", &["auto", "always", "never"])
}

/// One of `words`, the first by default.
pub(crate) fn choice<'s>(
    settings: &'s Settings,
    key: &str,
    words: &[&'static str],
) -> Result<&'s str, Failure> {
    let default: &'static str = words.first().copied().unwrap_or("");
    match settings.text(key) {
        None => Ok(default),
        Some(text) if words.contains(&text) => Ok(text),
        Some(text) => {
            let place = origin(settings, key);
            Err(Failure::usage(format!("{place}: `{text}` is none of {}", words.join(", "))))
        }
    }
}

/// `--jobs`.
pub(crate) fn jobs(settings: &Settings) -> usize {
    settings.number("jobs").map_or(0, usize::from)
}

/// `--render`: which programs render charts and kustomizations, if any may.
///
/// # Errors
/// [`Failure::Usage`] for a program that a configuration file names: the file may belong to what is scanned. For a flag
/// about rendering where nothing is rendered.
pub(crate) fn render(settings: &Settings) -> Result<Option<flows::Programs>, Failure> {
    let is_on = settings.is_on("render");
    for key in ["helm", "kustomize", "values"] {
        let place = origin(settings, key);
        match settings.get(key).map(|s| &s.source) {
            Some(Source::File { .. }) if key != "values" => {
                let variable = format!("PLIMSOLL_{}", key.to_ascii_uppercase());
                return Err(Failure::usage(format!(
                    "{place}: a file names no program to run, it may belong to what is scanned: give `--{key}` or set \
                     `{variable}`"
                )));
            }
            Some(Source::Flag(_)) if !is_on => {
                return Err(Failure::usage(format!("{place}: nothing is rendered without `--render`")));
            }
            _ => {}
        }
    }
    let text = |key: &str| settings.text(key).map(str::to_owned);
    let values = settings.list("values").to_vec();
    Ok(is_on.then(|| flows::Programs { helm: text("helm"), kustomize: text("kustomize"), values }))
}

/// How targets are read; nothing is rendered.
pub(crate) fn reading(settings: &Settings) -> flows::ReadRequest {
    let root = |key: &str| settings.text(key).map(str::to_owned);
    flows::ReadRequest {
        platform: settings.text("platform").map(str::to_owned),
        verify: settings.is_on("verify"),
        all_platforms: settings.is_on("all-platforms"),
        workloads: settings.list("workload").to_vec(),
        no_inline_ignore: settings.is_on("no-inline-ignore"),
        jobs: jobs(settings),
        render: None,
        engines: flows::Engines {
            containerd: root("containerd-root"),
            docker: root("docker-root"),
            podman: root("podman-root"),
        },
    }
}

/// What flags, configuration and the user's directories say about adapters (XDG Base Directory Specification 0.8).
///
/// # Errors
/// [`Failure::Usage`] for a setting of connections that cannot be meant.
pub(crate) fn adapters(settings: &Settings, outside: &Outside<'_>) -> Result<AdapterSettings, Failure> {
    let cache_dir = match settings.text("cache-dir") {
        _ if settings.is_on("no-cache") => None,
        Some(dir) => Some(outside.resolve(dir)),
        None => user_directory(outside, "XDG_CACHE_HOME", ".cache"),
    };
    let data = user_directory(outside, "XDG_DATA_HOME", ".local/share");
    let folder = match settings.text("db.folder") {
        Some(folder) => Some(outside.resolve(folder)),
        None => data.as_ref().map(|d| d.join("feeds")),
    };
    let feeds = FeedsSettings {
        folder,
        mirror: settings.text("db.mirror").map(str::to_owned),
        own: settings.list("db.sources").to_vec(),
    };
    let network = crate::network::settings(settings, outside)?;
    Ok(AdapterSettings { cache_dir, own_database: data.map(|d| d.join("advisories.db")), feeds, network })
}

/// The user's directory of one kind for this program.
pub(crate) fn user_directory(outside: &Outside<'_>, variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = outside.variable(variable).map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || outside.variable("HOME").map(|home| Path::new(home).join(below_home));
    set.or_else(home).map(|base| base.join("plimsoll"))
}
