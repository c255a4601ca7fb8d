//! One PodSecurityPolicy as a level of the Pod Security Standards, field by field
//! (<https://kubernetes.io/docs/reference/access-authn-authz/psp-to-pod-security-standards/>; what a field means that is
//! absent: Kubernetes 1.24, `pkg/security/podsecuritypolicy`).

use api::{PolicyRemainder, RemainderKind};
use manifest::{Node, Object, Position, WrongType};

use crate::pod_security::{CAPABILITIES, Level, SELINUX_TYPES, texts};
use crate::workload::spot;

use super::words::{RESTRICTED_CAPABILITIES, RESTRICTED_VOLUMES, listed, ranges};

/// What a policy comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) level: Level,
    /// The level but for what the policy leaves to the node, if that is stricter.
    pub(super) but_for_node_profiles: Option<Level>,
    pub(super) remainder: Vec<PolicyRemainder>,
}

/// What a field says.
struct Said {
    field: String,
    at: Position,
    /// The strictest level that its value keeps to, and what it must be for the next stricter one.
    level: Level,
    wanted: String,
    demands: Demand,
    changes: Option<String>,
    /// It says nothing of SELinux or AppArmor.
    is_left_to_node: bool,
}

/// What a field demands of pods.
enum Demand {
    Nothing,
    /// What a level and every stricter one demand as well, in words.
    As(Level, String),
    /// What no level demands, in words.
    Alone(String),
    /// What only levels admit that admit no more than these, in words by level.
    Unless(Vec<(Level, Option<String>)>),
}

impl Demand {
    fn lost(&self, level: Level) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::As(from, text) => (level < *from).then_some(text),
            Self::Alone(text) => Some(text),
            Self::Unless(by) => by.iter().find(|(l, _)| *l == level)?.1.as_deref(),
        }
    }
}

/// Maps a policy.
///
/// # Errors
/// [`WrongType`] if a field is of another type.
pub(super) fn map(policy: &Object) -> Result<Mapped, WrongType> {
    let empty = Node { value: manifest::Value::Map(Vec::new()), at: policy.node.at };
    let spec = policy.node.map_field("spec")?.unwrap_or(&empty);
    let reader = Reader { spec, policy };
    let mut said = Vec::new();
    reader.flags(&mut said)?;
    reader.lists(&mut said)?;
    reader.volumes(&mut said)?;
    reader.identities(&mut said)?;
    reader.profiles(&mut said)?;
    let level = said.iter().map(|s| s.level).min().unwrap_or(Level::Restricted);
    let others = said.iter().filter(|s| !s.is_left_to_node).map(|s| s.level).min();
    let but_for_node_profiles = others.filter(|l| level < *l);
    let mut remainder: Vec<PolicyRemainder> = said.iter().flat_map(|s| s.remainder(level)).collect();
    remainder.sort_by_key(|r| r.kind);
    Ok(Mapped { level, but_for_node_profiles, remainder })
}

impl Said {
    fn remainder(&self, level: Level) -> Vec<PolicyRemainder> {
        let line = (self.at.line != 0).then_some(self.at.line);
        let of = |kind, message: String, below: Option<Level>| PolicyRemainder {
            kind,
            field: self.field.clone(),
            line,
            message,
            below: below.map(|l| l.to_string()),
        };
        let stricter = match self.level {
            Level::Privileged => Some(Level::Baseline),
            Level::Baseline => Some(Level::Restricted),
            Level::Restricted => None,
        };
        let permits = stricter.map(|l| of(RemainderKind::Permits, self.wanted.clone(), Some(l)));
        let demands = self.demands.lost(level).map(|text| of(RemainderKind::Demands, text.to_owned(), None));
        let changes = self.changes.as_ref().map(|text| of(RemainderKind::Changes, text.clone(), None));
        [permits, demands, changes].into_iter().flatten().collect()
    }
}

/// Reads the fields of a policy.
struct Reader<'p> {
    spec: &'p Node,
    policy: &'p Object,
}

impl Reader<'_> {
    fn said(&self, field: &str, level: Level, wanted: impl Into<String>) -> Said {
        let at = spot(self.spec, "spec", field).at;
        let field = format!("spec.{field}");
        Said {
            field,
            at,
            level,
            wanted: wanted.into(),
            demands: Demand::Nothing,
            changes: None,
            is_left_to_node: false,
        }
    }

    fn flags(&self, said: &mut Vec<Said>) -> Result<(), WrongType> {
        for field in ["privileged", "hostNetwork", "hostPID", "hostIPC"] {
            let is_on = self.spec.bool_field(field)?.unwrap_or(false);
            let level = if is_on { Level::Privileged } else { Level::Restricted };
            let mut one = self.said(field, level, "it is true, and must be false");
            if !is_on {
                one.demands = Demand::As(
                    Level::Baseline,
                    "it must be false, and no level below baseline says so".to_owned(),
                );
            }
            said.push(one);
        }
        let escalation = self.spec.bool_field("allowPrivilegeEscalation")?;
        let level = if escalation == Some(false) { Level::Restricted } else { Level::Baseline };
        let mut one = self.said("allowPrivilegeEscalation", level, "it is not false, and must be");
        if escalation == Some(false) {
            one.demands = Demand::As(
                Level::Restricted,
                "no container may gain privileges, and only restricted says so".to_owned(),
            );
            one.changes = Some("it sets securityContext.allowPrivilegeEscalation to false in every container that says nothing; write it there".to_owned());
        }
        said.push(one);
        if let Some(default) = self.spec.bool_field("defaultAllowPrivilegeEscalation")? {
            let mut one = self.said("defaultAllowPrivilegeEscalation", Level::Restricted, "");
            one.changes = Some(format!(
                "it sets securityContext.allowPrivilegeEscalation to {default} in every container that says nothing; write it there"
            ));
            said.push(one);
        }
        if self.spec.bool_field("readOnlyRootFilesystem")? == Some(true) {
            let mut one = self.said("readOnlyRootFilesystem", Level::Restricted, "");
            one.demands = Demand::Alone("every root file system must be read-only, and no level says so; hold it by an admission policy".to_owned());
            one.changes = Some("it sets securityContext.readOnlyRootFilesystem to true in every container that says nothing; write it there".to_owned());
            said.push(one);
        }
        Ok(())
    }

    fn lists(&self, said: &mut Vec<Said>) -> Result<(), WrongType> {
        let ports = self.spec.list_field("hostPorts")?;
        let shown = ranges(ports)?;
        let level = if ports.is_empty() { Level::Restricted } else { Level::Privileged };
        let mut one = self.said("hostPorts", level, format!("it allows {shown}, and must be empty"));
        one.demands = match shown.as_str() {
            "" => Demand::As(
                Level::Baseline,
                "no port of the node may be used, and no level below baseline says so".to_owned(),
            ),
            "0-65535" => Demand::Nothing,
            _ => Demand::Alone(format!("no port of the node but {shown} may be used, and no level says so")),
        };
        said.push(one);
        self.capabilities(said)?;
        for (field, plain) in [("allowedUnsafeSysctls", None), ("allowedProcMountTypes", Some("Default"))] {
            let words = texts(self.spec, field)?;
            let is_plain = words.iter().all(|w| Some(*w) == plain);
            let level = if is_plain { Level::Restricted } else { Level::Privileged };
            let mut one = self.said(field, level, format!("it allows {}, and must be empty", listed(&words)));
            if is_plain {
                let text = "it allows none but the usual, and no level below baseline says so";
                one.demands = Demand::As(Level::Baseline, text.to_owned());
            }
            said.push(one);
        }
        let forbidden = texts(self.spec, "forbiddenSysctls")?;
        if !forbidden.is_empty() {
            let mut one = self.said("forbiddenSysctls", Level::Restricted, "");
            one.demands =
                Demand::Alone(format!("{} may not be set, and no level says so", listed(&forbidden)));
            said.push(one);
        }
        Ok(())
    }

    fn capabilities(&self, said: &mut Vec<Said>) -> Result<(), WrongType> {
        let added = texts(self.spec, "defaultAddCapabilities")?;
        let allowed: Vec<&str> =
            texts(self.spec, "allowedCapabilities")?.into_iter().chain(added.clone()).collect();
        let within = |all: &[&str]| allowed.iter().all(|c| all.contains(c));
        let level = match () {
            () if within(RESTRICTED_CAPABILITIES) => Level::Restricted,
            () if within(CAPABILITIES) => Level::Baseline,
            () => Level::Privileged,
        };
        let may = if level == Level::Baseline { RESTRICTED_CAPABILITIES } else { CAPABILITIES };
        let wanted = format!("containers may add {}, and at most {}", listed(&allowed), listed(may));
        let mut one = self.said("allowedCapabilities", level, wanted);
        if !allowed.contains(&"*") {
            let more = |level: Level, all: &[&str]| {
                let more: Vec<&str> = all.iter().filter(|c| !allowed.contains(c)).copied().collect();
                (
                    level,
                    (!more.is_empty())
                        .then(|| format!("the level lets containers add {} as well", listed(&more))),
                )
            };
            let every = format!("containers may add {}, and the level lets them add any", listed(&allowed));
            one.demands = Demand::Unless(vec![
                (Level::Privileged, Some(every)),
                more(Level::Baseline, CAPABILITIES),
                more(Level::Restricted, RESTRICTED_CAPABILITIES),
            ]);
        }
        said.push(one);
        if !added.is_empty() {
            let mut one = self.said("defaultAddCapabilities", Level::Restricted, "");
            let text = "in every container that does not drop them; write them into securityContext.capabilities.add";
            one.changes = Some(format!("it adds {} {text}", listed(&added)));
            said.push(one);
        }
        let dropped = texts(self.spec, "requiredDropCapabilities")?;
        let is_all = dropped.contains(&"ALL");
        let level = if is_all { Level::Restricted } else { Level::Baseline };
        let mut one = self.said("requiredDropCapabilities", level, "it does not hold ALL, and must");
        if !dropped.is_empty() {
            let words = listed(&dropped);
            let text = format!("every container must drop {words}");
            one.demands = match is_all {
                true => Demand::As(Level::Restricted, format!("{text}, and only restricted says so")),
                false => Demand::Alone(format!("{text}, and the level does not say so")),
            };
            one.changes = Some(format!(
                "it drops {words} in every container; write them into securityContext.capabilities.drop"
            ));
        }
        said.push(one);
        Ok(())
    }

    fn volumes(&self, said: &mut Vec<Said>) -> Result<(), WrongType> {
        let volumes = texts(self.spec, "volumes")?;
        let level = match () {
            () if volumes.iter().any(|v| matches!(*v, "*" | "hostPath")) => Level::Privileged,
            () if volumes.iter().all(|v| RESTRICTED_VOLUMES.contains(v)) => Level::Restricted,
            () => Level::Baseline,
        };
        let wanted = match level {
            Level::Privileged => "it allows volumes of the node (hostPath), and must not".to_owned(),
            _ => format!("it allows {}, and at most {}", listed(&volumes), listed(RESTRICTED_VOLUMES)),
        };
        let mut one = self.said("volumes", level, wanted);
        if !volumes.contains(&"*") {
            let more: Vec<&str> =
                RESTRICTED_VOLUMES.iter().filter(|v| !volumes.contains(v)).copied().collect();
            let more =
                (!more.is_empty()).then(|| format!("the level allows volumes of {} as well", listed(&more)));
            let others = format!("volumes may be of {}, and the level allows others", listed(&volumes));
            one.demands = Demand::Unless(vec![
                (Level::Privileged, Some(others.clone())),
                (Level::Baseline, Some(others)),
                (Level::Restricted, more),
            ]);
        }
        said.push(one);
        for (field, key, what) in [
            ("allowedHostPaths", "pathPrefix", "folders of the node"),
            ("allowedFlexVolumes", "driver", "drivers of flexVolume"),
            ("allowedCSIDrivers", "name", "drivers of csi"),
        ] {
            let words = self.spec.list_field(field)?.iter().map(|n| Ok(n.text_field(key)?.unwrap_or("")));
            let words = words.collect::<Result<Vec<&str>, WrongType>>()?;
            if !words.is_empty() {
                let mut one = self.said(field, Level::Restricted, "");
                one.demands =
                    Demand::Alone(format!("of {what}, only {}, and no level says so", listed(&words)));
                said.push(one);
            }
        }
        Ok(())
    }

    fn rule(&self, field: &str) -> Result<(&str, Option<&Node>), WrongType> {
        let node = self.spec.map_field(field)?;
        Ok((node.map(|n| n.text_field("rule")).transpose()?.flatten().unwrap_or("RunAsAny"), node))
    }

    fn identities(&self, said: &mut Vec<Said>) -> Result<(), WrongType> {
        let (rule, node) = self.rule("runAsUser")?;
        let level = if rule == "MustRunAsNonRoot" { Level::Restricted } else { Level::Baseline };
        let mut one =
            self.said("runAsUser", level, format!("its rule is {rule}, and must be MustRunAsNonRoot"));
        match (rule, node) {
            ("MustRunAsNonRoot", _) => {
                let text = "no container may run as root, and only restricted says so";
                one.demands = Demand::As(Level::Restricted, text.to_owned());
                one.changes = Some("it sets securityContext.runAsNonRoot to true in every container that names no user; write it there".to_owned());
            }
            ("MustRunAs", Some(node)) => {
                let shown = ranges(node.list_field("ranges")?)?;
                one.demands =
                    Demand::Alone(format!("containers must run as user {shown}, and no level says so"));
                one.changes = Some(format!(
                    "it sets securityContext.runAsUser to the first of {shown}; write it there"
                ));
            }
            _ => {}
        }
        said.push(one);
        for (field, target) in [
            ("runAsGroup", "securityContext.runAsGroup"),
            ("supplementalGroups", "spec.securityContext.supplementalGroups"),
            ("fsGroup", "spec.securityContext.fsGroup"),
        ] {
            let (rule, Some(node)) = self.rule(field)? else { continue };
            if !matches!(rule, "MustRunAs" | "MayRunAs") {
                continue;
            }
            let shown = ranges(node.list_field("ranges")?)?;
            let mut one = self.said(field, Level::Restricted, "");
            one.demands = Demand::Alone(format!("groups must be {shown}, and no level says so"));
            if rule == "MustRunAs" {
                one.changes = Some(format!("it sets {target} to the first of {shown}; write it there"));
            }
            said.push(one);
        }
        self.selinux(said)
    }

    fn selinux(&self, said: &mut Vec<Said>) -> Result<(), WrongType> {
        let (rule, node) = self.rule("seLinux")?;
        let options = node.map(|n| n.map_field("seLinuxOptions")).transpose()?.flatten();
        let option = |key: &str| -> Result<&str, WrongType> {
            Ok(options.map(|o| o.text_field(key)).transpose()?.flatten().unwrap_or(""))
        };
        let (user, role, kind) = (option("user")?, option("role")?, option("type")?);
        let plain = user.is_empty() && role.is_empty() && SELINUX_TYPES.contains(&kind);
        let level = if rule == "MustRunAs" && plain { Level::Restricted } else { Level::Privileged };
        let wanted = match rule {
            "MustRunAs" => {
                "it names a user, a role or a type of SELinux's that no level but privileged allows"
                    .to_owned()
            }
            _ => format!(
                "its rule is {rule}, so that pods may take any SELinux options; it must be MustRunAs without user and role"
            ),
        };
        let mut one = self.said("seLinux", level, wanted);
        one.is_left_to_node = rule != "MustRunAs";
        if rule == "MustRunAs" {
            one.demands =
                Demand::Alone("SELinux options must be those of the policy, and no level says so".to_owned());
            one.changes = Some(
                "it sets securityContext.seLinuxOptions where there are none; write them there".to_owned(),
            );
        }
        said.push(one);
        if let Some(class) = self.spec.map_field("runtimeClass")? {
            let (allowed, default) =
                (texts(class, "allowedRuntimeClassNames")?, class.text_field("defaultRuntimeClassName")?);
            let mut one = self.said("runtimeClass", Level::Restricted, "");
            if !allowed.contains(&"*") {
                one.demands = Demand::Alone(format!(
                    "the runtime class must be one of {}, and no level says so",
                    listed(&allowed)
                ));
            }
            one.changes = default
                .map(|d| format!("it sets spec.runtimeClassName to {d} where there is none; write it there"));
            said.push(one);
        }
        Ok(())
    }

    fn profiles(&self, said: &mut Vec<Said>) -> Result<(), WrongType> {
        let metadata = self.policy.node.map_field("metadata")?;
        let annotations = metadata.map(|m| m.map_field("annotations")).transpose()?.flatten();
        for (system, prefix, target) in [
            ("seccomp", "seccomp.security.alpha.kubernetes.io/", "spec.securityContext.seccompProfile"),
            ("AppArmor", "apparmor.security.beta.kubernetes.io/", "securityContext.appArmorProfile"),
        ] {
            let annotation = |name: &str| -> Result<Option<(&str, String, Position)>, WrongType> {
                let (key, Some(annotations)) = (format!("{prefix}{name}"), annotations) else {
                    return Ok(None);
                };
                let at = annotations.entry(&key).map_or(annotations.at, |e| e.at);
                Ok(annotations.text_field(&key)?.map(|text| (text, key, at)))
            };
            let allowed = annotation("allowedProfileNames")?;
            let profiles: Option<Vec<&str>> = allowed.as_ref().map(|(text, ..)| text.split(',').collect());
            let (level, wanted) = profile_level(system, profiles.as_deref());
            let (field, at) = allowed.as_ref().map_or_else(
                || (format!("metadata.annotations.{prefix}allowedProfileNames"), self.policy.node.at),
                |(_, key, at)| (format!("metadata.annotations.{key}"), *at),
            );
            let mut one = Said {
                field,
                at,
                level,
                wanted,
                demands: Demand::Nothing,
                changes: None,
                is_left_to_node: system == "AppArmor" && allowed.is_none(),
            };
            if let Some((text, ..)) = allowed.filter(|(text, ..)| *text != "*") {
                one.demands = Demand::Alone(format!(
                    "the {system} profile must be one of `{text}`; levels allow the runtime's and those of the node"
                ));
            }
            said.push(one);
            if let Some((text, key, at)) = annotation("defaultProfileName")? {
                said.push(Said {
                    field: format!("metadata.annotations.{key}"),
                    at,
                    level: Level::Restricted,
                    wanted: String::new(),
                    demands: Demand::Nothing,
                    changes: Some(format!(
                        "it sets the {system} profile to {text} where there is none; write {target}"
                    )),
                    is_left_to_node: false,
                });
            }
        }
        Ok(())
    }
}

/// The level of allowed profiles: without a list, seccomp may not be set at all, and AppArmor to anything.
fn profile_level(system: &str, profiles: Option<&[&str]>) -> (Level, String) {
    let is_good =
        |p: &&str| matches!(*p, "runtime/default" | "docker/default") || p.starts_with("localhost/");
    let Some(profiles) = profiles else {
        return match system {
            "seccomp" => (Level::Baseline, "pods have no profile, and must have the runtime's or one of the node's".to_owned()),
            _ => (Level::Privileged, "it is absent, so that pods may be unconfined; it must be `runtime/default`, a comma behind it".to_owned()),
        };
    };
    let may_be_unset = profiles.contains(&"");
    if !profiles.iter().all(|p| p.is_empty() || is_good(p)) {
        let shown = profiles.join(",");
        return (
            Level::Privileged,
            format!("it allows `{shown}`, and must allow the runtime's and the node's alone"),
        );
    }
    match (system, may_be_unset) {
        ("seccomp", true) => (Level::Baseline, "it allows pods to have no profile, and must not".to_owned()),
        _ => (Level::Restricted, String::new()),
    }
}
