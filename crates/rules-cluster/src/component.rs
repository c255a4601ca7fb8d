//! Components of a control plane that pods run, and the flags that they are started with.
//!
//! A kubeadm cluster runs them as static pods; their files and what the API server shows of them are read alike. Flags
//! are read as the components do: `github.com/spf13/pflag` for those of Kubernetes, `flag` of Go and the environment for
//! etcd. What a shell, a wrapper or a variable decides is unknown.

use eval::Judgement;
use manifest::{Node, Position, WrongType};

use crate::Subject;
use crate::look::{self, Wrong};
use crate::workload::{Container, Spot};

/// The API server.
pub(crate) const API_SERVER: &str = "kube-apiserver";
/// The controller manager.
pub(crate) const CONTROLLER_MANAGER: &str = "kube-controller-manager";
/// The scheduler.
pub(crate) const SCHEDULER: &str = "kube-scheduler";
/// The store of the cluster; in `kube-system` alone, projects run their own elsewhere.
pub(crate) const ETCD: &str = "etcd";

/// Where the cluster's own components run.
const SYSTEM: &str = "kube-system";

/// Programs that take a command line as text.
const SHELLS: &[&str] = &["ash", "bash", "dash", "sh"];

/// Why something cannot be known from the command line.
#[derive(Debug)]
pub(crate) struct Unknown(pub(crate) String);

impl From<WrongType> for Unknown {
    fn from(e: WrongType) -> Self {
        Self(e.to_string())
    }
}

/// What a look at a component finds.
pub(crate) type Found = Result<Vec<Wrong>, Unknown>;

/// A word of the command line.
#[derive(Debug, Clone)]
struct Word<'o> {
    text: &'o str,
    field: String,
    at: Position,
}

/// A flag as it is given.
#[derive(Debug)]
struct Flag<'o> {
    name: String,
    /// Behind the equals sign.
    given: Option<&'o str>,
    /// The word behind the flag, if it is no flag.
    next: Option<&'o str>,
    spot: Spot,
}

/// A component and its flags.
#[derive(Debug)]
pub(crate) struct Component<'o> {
    /// Its name, `kube-apiserver`.
    pub(crate) name: &'static str,
    container: &'o Container<'o>,
    flags: Vec<Flag<'o>>,
}

/// Looks at each container of a workload that runs one of the named components.
pub(crate) fn judge(
    subject: &Subject<'_>,
    names: &[&'static str],
    remedy: &str,
    find: impl Fn(&Component<'_>) -> Found,
) -> Judgement {
    let pod = match &subject.pod {
        Ok(Some(pod)) => pod,
        Err(e) if subject.object.namespace() == SYSTEM => return look::answer(subject, remedy, Err(e)),
        _ => return Judgement::not_applicable(),
    };
    let mut judgement = Judgement::default();
    for container in pod.containers.iter().filter(|c| c.list == "containers") {
        let part = match read(subject, container, names) {
            Ok(None) => continue,
            Ok(Some(component)) => find(&component),
            Err(e) => Err(e),
        };
        let part = match part {
            Ok(wrongs) => look::answer::<WrongType>(subject, remedy, Ok(wrongs)),
            Err(Unknown(why)) => look::unknown(subject, &why, "give the flag and its value, or the file"),
        };
        judgement.applicable = true;
        judgement.faults.extend(part.faults);
        judgement.doubts.extend(part.doubts);
    }
    judgement
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn read<'o>(
    subject: &Subject<'_>,
    container: &'o Container<'o>,
    names: &[&'static str],
) -> Result<Option<Component<'o>>, Unknown> {
    let words = words(container)?;
    let Some((first, rest)) = words.split_first() else { return Ok(None) };
    let is_here = |name: &str| name != ETCD || subject.object.namespace() == SYSTEM;
    let named = |word: &str| names.iter().find(|n| **n == base(word) && is_here(n)).copied();
    if let Some(name) = named(first.text) {
        return Ok(Some(Component { name, container, flags: flags(rest) }));
    }
    let is_shell = SHELLS.contains(&base(first.text));
    let inside = rest.iter().find_map(|w| match is_shell {
        true => started(w.text, &named),
        false => named(w.text).filter(|_| w.text.starts_with('/')),
    });
    match inside {
        Some(name) => Err(Unknown(format!("`{}` starts {name}, with flags that are not read", first.text))),
        None => Ok(None),
    }
}

/// The component that a line of a shell gives flags to.
fn started(script: &str, named: &impl Fn(&str) -> Option<&'static str>) -> Option<&'static str> {
    let mut words = script.split_whitespace();
    let name = words.find_map(named)?;
    words.any(|w| w.starts_with('-')).then_some(name)
}

fn words<'o>(container: &'o Container<'o>) -> Result<Vec<Word<'o>>, Unknown> {
    let mut words = Vec::new();
    for list in ["command", "args"] {
        for (index, word) in container.node.list_field(list)?.iter().enumerate() {
            let field = format!("{}.{list}[{index}]", container.path);
            let text = word.text().ok_or_else(|| Unknown(format!("`{field}` is no text")))?;
            words.push(Word { text, field, at: word.at });
        }
    }
    Ok(words)
}

fn flags<'o>(words: &[Word<'o>]) -> Vec<Flag<'o>> {
    let mut flags = Vec::new();
    for (index, word) in words.iter().enumerate().take_while(|(_, w)| w.text != "--") {
        let bare = word.text.strip_prefix("--").or_else(|| word.text.strip_prefix('-'));
        let Some(bare) = bare else { continue };
        let (name, given) = match bare.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (bare, None),
        };
        let next = words.get(index + 1).map(|w| w.text).filter(|w| !w.starts_with('-'));
        let spot = Spot { field: word.field.clone(), at: word.at };
        // Underscores are hyphens to them: `WordSepNormalizeFunc` of `k8s.io/component-base`.
        flags.push(Flag { name: name.replace('_', "-"), given, next, spot });
    }
    flags
}

impl Component<'_> {
    /// Where a flag stands, or would.
    pub(crate) fn spot(&self, name: &str) -> Spot {
        match self.flags.iter().rfind(|f| f.name == name) {
            Some(flag) => flag.spot.clone(),
            None if self.container.node.get("command").is_some() => self.container.spot("command"),
            None => self.container.spot("args"),
        }
    }

    /// Something wrong with a flag.
    pub(crate) fn wrong(&self, name: &str, what: impl Into<String>) -> Wrong {
        Wrong::keyed(format!("{} {}", self.container.name, name), self.spot(name), what)
    }

    /// The value of a flag; `None` if it is not given, or empty. The last one counts.
    ///
    /// # Errors
    /// [`Unknown`] if a variable decides.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Unknown> {
        let value = match self.flags.iter().rfind(|f| f.name == name) {
            Some(flag) => flag.given.or(flag.next),
            None => self.environment(name)?,
        };
        value.map(|v| plain(name, v)).transpose().map(|v| v.filter(|v| !v.is_empty()))
    }

    /// Whether a flag is given a value.
    ///
    /// # Errors
    /// [`Unknown`] if a variable decides.
    pub(crate) fn has(&self, name: &str) -> Result<bool, Unknown> {
        Ok(self.text(name)?.is_some())
    }

    /// The value of a boolean flag; `None` if it is not given. The last one counts.
    ///
    /// # Errors
    /// [`Unknown`] if it is none, stands apart from the flag, where it is not read, or a variable decides.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, Unknown> {
        let value = match self.flags.iter().rfind(|f| f.name == name) {
            Some(Flag { given: Some(value), .. }) => Some(*value),
            Some(Flag { next: Some(next), .. }) => {
                let why = format!("`--{name} {next}` is no way to give a boolean: {} refuses it", self.name);
                return Err(Unknown(why));
            }
            Some(_) => Some("true"),
            None => self.environment(name)?,
        };
        match value.map(|v| plain(name, v)).transpose()? {
            None => Ok(None),
            // As `strconv.ParseBool` of Go has it.
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Some(true)),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Some(false)),
            Some(other) => Err(Unknown(format!("`{other}` of `--{name}` is no boolean"))),
        }
    }

    /// The words of a flag that takes a list, of all its occurrences; `None` if it is not given.
    ///
    /// # Errors
    /// [`Unknown`] if a variable decides.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<&str>>, Unknown> {
        let mut all: Option<Vec<&str>> = None;
        for flag in self.flags.iter().filter(|f| f.name == name) {
            let value = plain(name, flag.given.or(flag.next).unwrap_or(""))?;
            let words = value.split(',').map(str::trim).filter(|w| !w.is_empty());
            all.get_or_insert_default().extend(words);
        }
        Ok(all)
    }

    /// What the environment says in a flag's stead, which etcd alone asks.
    fn environment(&self, name: &str) -> Result<Option<&str>, Unknown> {
        if self.name != ETCD {
            return Ok(None);
        }
        let variable = format!("ETCD_{}", name.replace('-', "_").to_uppercase());
        for entry in self.container.node.list_field("env")? {
            if entry.text_field("name")? == Some(&*variable) {
                let value = entry.get("value").and_then(Node::text);
                let why = || Unknown(format!("`{variable}` is set from elsewhere"));
                return value.map(Some).ok_or_else(why);
            }
        }
        match self.container.node.list_field("envFrom")? {
            [] => Ok(None),
            _ => Err(Unknown(format!("`{variable}` may come with `envFrom`"))),
        }
    }
}

fn plain<'v>(name: &str, value: &'v str) -> Result<&'v str, Unknown> {
    match value.contains("$(") {
        true => Err(Unknown(format!("a variable decides `--{name}`"))),
        false => Ok(value),
    }
}
