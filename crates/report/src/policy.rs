//! Converted PodSecurityPolicies: a table for people, and the labels of namespaces as YAML.

use std::fmt::Write as _;

use api::{ConvertedPolicy, NamespaceLevel, PolicyConversion, PolicySubject, RemainderKind};

use crate::text::clean;

/// Accounts and policies that a line of a namespace names.
const BECAUSE_SHOWN_MAX: usize = 3;

/// Formats of a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyFormat {
    /// For people.
    Table,
    /// `plimsoll.policy-conversion/1`.
    Json,
    /// The namespaces with their labels, for `kubectl apply --server-side`.
    Yaml,
}

impl PolicyFormat {
    /// Reads `table`, `json` or `yaml`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "table" => Some(Self::Table),
            "json" => Some(Self::Json),
            "yaml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// The conversion in `format`, as text.
#[must_use]
pub fn render_policies(format: PolicyFormat, conversion: &PolicyConversion) -> String {
    match format {
        PolicyFormat::Table => table(conversion),
        PolicyFormat::Json => crate::json::pretty(conversion),
        PolicyFormat::Yaml => yaml(conversion),
    }
}

fn table(conversion: &PolicyConversion) -> String {
    let mut out = String::new();
    heading(&mut out, "Policies");
    conversion.policies.iter().for_each(|p| policy(&mut out, p));
    heading(&mut out, "Who may use them");
    conversion.subjects.iter().for_each(|s| subject(&mut out, s));
    heading(&mut out, "Namespaces");
    conversion.namespaces.iter().for_each(|n| namespace(&mut out, n));
    let labelled: Vec<&NamespaceLevel> = conversion.namespaces.iter().filter(|n| is_name(&n.name)).collect();
    if !labelled.is_empty() {
        heading(&mut out, "Labels");
    }
    for namespace in labelled {
        let NamespaceLevel { name, labels, uncertain, .. } = namespace;
        let mark = if *uncertain { "# uncertain: " } else { "" };
        for (key, value) in labels {
            let _ = writeln!(out, "{mark}kubectl label --overwrite namespace {name} {key}={value}");
            if let Some(level) = &namespace.but_for_node_profiles {
                let why = "if no pod asks for SELinux options or AppArmor profiles";
                let _ = writeln!(out, "#   or {key}={level}, {why}");
            }
        }
    }
    if !conversion.doubts.is_empty() {
        heading(&mut out, "Not known");
    }
    for doubt in &conversion.doubts {
        let _ =
            writeln!(out, "{}: {}; {}", clean(&doubt.r#where), clean(&doubt.reason), clean(&doubt.remedy));
    }
    out
}

fn heading(out: &mut String, text: &str) {
    let gap = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(out, "{gap}{text}");
}

fn policy(out: &mut String, policy: &ConvertedPolicy) {
    let place = match (policy.r#where.path.as_str(), policy.r#where.line) {
        ("", _) | (_, None) => String::new(),
        (path, Some(line)) => format!("  {}:{line}", clean(path)),
    };
    let but = policy.but_for_node_profiles.as_ref();
    let but =
        but.map_or_else(String::new, |l| format!(" ({l} but for SELinux and AppArmor, left to the node)"));
    let _ = writeln!(out, "  {}: {}{but}{place}", clean(&policy.name), policy.level);
    for one in &policy.remainder {
        let word = match one.kind {
            RemainderKind::Permits => "permits",
            RemainderKind::Demands => "demands",
            RemainderKind::Changes => "changes",
        };
        let below = one.below.as_ref().map_or_else(String::new, |level| format!(" (not {level})"));
        let line = one.line.map_or_else(String::new, |line| format!(":{line}"));
        let (field, message) = (clean(&one.field), clean(&one.message));
        let _ = writeln!(out, "    {word:<8} {field}{line}: {message}{below}");
    }
}

fn subject(out: &mut String, subject: &PolicySubject) {
    let name = match subject.namespace.as_str() {
        "" => subject.name.clone(),
        namespace => format!("{namespace}/{}", subject.name),
    };
    let within = match subject.within.as_str() {
        "" => "in every namespace".to_owned(),
        namespace => format!("in {namespace}"),
    };
    let _ = writeln!(
        out,
        "  {} {} {}: {} by {}, through {}",
        clean(&subject.kind),
        clean(&name),
        clean(&within),
        subject.level,
        clean(&subject.policies.join(", ")),
        clean(&subject.through.join(", "))
    );
}

fn namespace(out: &mut String, namespace: &NamespaceLevel) {
    let now = namespace.now.as_ref().map_or_else(String::new, |now| format!(", enforces {now} now"));
    let workloads =
        namespace.workloads.as_ref().map_or_else(String::new, |l| format!(", its workloads keep to {l}"));
    let uncertain = if namespace.uncertain { ", uncertain" } else { "" };
    let (name, level) = (clean(&namespace.name), &namespace.level);
    let _ = writeln!(out, "  {name}: {level}{}{workloads}{uncertain}", clean(&now));
    for because in namespace.because.iter().take(BECAUSE_SHOWN_MAX) {
        let _ = writeln!(out, "    {}", clean(because));
    }
    if let Some(more) = namespace.because.len().checked_sub(BECAUSE_SHOWN_MAX).filter(|n| *n != 0) {
        let _ = writeln!(out, "    and {more} more, see --format json");
    }
}

/// A name as namespaces have it, which needs no quotes anywhere.
fn is_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && name.bytes().all(is_plain)
}

fn yaml(conversion: &PolicyConversion) -> String {
    let mut out = String::from(
        "# Labels that follow from PodSecurityPolicies. Apply them beside what else the namespaces have:\n\
         # kubectl apply --server-side --field-manager=pod-security-levels -f FILE\n",
    );
    for namespace in conversion.namespaces.iter().filter(|n| is_name(&n.name)) {
        let NamespaceLevel { name, labels, because, uncertain, but_for_node_profiles, .. } = namespace;
        out.push_str("---\n");
        if *uncertain {
            out.push_str("# Uncertain: see what is not known.\n");
        }
        for text in because.iter().take(1) {
            let _ = writeln!(out, "# {}", clean(text));
        }
        // A name of digits alone would be a number.
        let _ = writeln!(out, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \"{name}\"\n  labels:");
        for (key, value) in labels {
            let _ = writeln!(out, "    {key}: {value}");
        }
        if let Some(level) = but_for_node_profiles {
            let _ =
                writeln!(out, "    # Or {level}, if no pod asks for SELinux options or AppArmor profiles.");
        }
    }
    out
}
