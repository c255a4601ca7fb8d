//! What a jar without `pom.properties` is: by its manifest and its file name.

use super::manifest::Properties;
use super::{Artifact, Evidence};

/// Groups of libraries that are often shipped without Maven's own metadata, by artifact id (Maven Central).
const GROUPS: &[(&str, &str)] = &[
    ("activation", "javax.activation"),
    ("ant", "org.apache.ant"),
    ("antlr", "antlr"),
    ("aopalliance", "aopalliance"),
    ("aspectjweaver", "org.aspectj"),
    ("c3p0", "com.mchange"),
    ("cglib", "cglib"),
    ("commons-beanutils", "commons-beanutils"),
    ("commons-codec", "commons-codec"),
    ("commons-collections", "commons-collections"),
    ("commons-collections4", "org.apache.commons"),
    ("commons-compress", "org.apache.commons"),
    ("commons-fileupload", "commons-fileupload"),
    ("commons-io", "commons-io"),
    ("commons-lang", "commons-lang"),
    ("commons-lang3", "org.apache.commons"),
    ("commons-logging", "commons-logging"),
    ("commons-text", "org.apache.commons"),
    ("derby", "org.apache.derby"),
    ("dom4j", "dom4j"),
    ("ecj", "org.eclipse.jdt"),
    ("fastjson", "com.alibaba"),
    ("groovy", "org.codehaus.groovy"),
    ("gson", "com.google.code.gson"),
    ("guava", "com.google.guava"),
    ("h2", "com.h2database"),
    ("hibernate-core", "org.hibernate"),
    ("hsqldb", "org.hsqldb"),
    ("httpclient", "org.apache.httpcomponents"),
    ("jackson-annotations", "com.fasterxml.jackson.core"),
    ("jackson-core", "com.fasterxml.jackson.core"),
    ("jackson-databind", "com.fasterxml.jackson.core"),
    ("jasper", "org.apache.tomcat"),
    ("jdom", "org.jdom"),
    ("jetty-server", "org.eclipse.jetty"),
    ("jstl", "javax.servlet"),
    ("junit", "junit"),
    ("log4j", "log4j"),
    ("log4j-api", "org.apache.logging.log4j"),
    ("log4j-core", "org.apache.logging.log4j"),
    ("logback-classic", "ch.qos.logback"),
    ("logback-core", "ch.qos.logback"),
    ("mysql-connector-java", "mysql"),
    ("ojdbc8", "com.oracle.database.jdbc"),
    ("postgresql", "org.postgresql"),
    ("quartz", "org.quartz-scheduler"),
    ("servlet-api", "javax.servlet"),
    ("slf4j-api", "org.slf4j"),
    ("snakeyaml", "org.yaml"),
    ("spring-aop", "org.springframework"),
    ("spring-beans", "org.springframework"),
    ("spring-boot", "org.springframework.boot"),
    ("spring-context", "org.springframework"),
    ("spring-core", "org.springframework"),
    ("spring-expression", "org.springframework"),
    ("spring-jdbc", "org.springframework"),
    ("spring-tx", "org.springframework"),
    ("spring-web", "org.springframework"),
    ("spring-webmvc", "org.springframework"),
    ("sqlite-jdbc", "org.xerial"),
    ("struts2-core", "org.apache.struts"),
    ("tomcat-embed-core", "org.apache.tomcat.embed"),
    ("velocity", "org.apache.velocity"),
    ("xalan", "xalan"),
    ("xercesImpl", "xerces"),
    ("xml-apis", "xml-apis"),
    ("xmlpull", "xmlpull"),
    ("xstream", "com.thoughtworks.xstream"),
];

/// Names the archive `file`; `None` if neither manifest nor file name tell anything that a library would.
pub(super) fn identify(file: &str, inside: &str, manifest: &Properties, license: String) -> Option<Artifact> {
    // Archives of the Java runtime itself are no libraries; the runtime is known by its `release` file.
    if manifest.get("Implementation-Title").is_some_and(|t| t.starts_with("Java Runtime Environment")) {
        return None;
    }
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if ["-sources", "-javadoc"].iter().any(|end| stem.ends_with(end)) {
        return None;
    }
    let (name, version) = split(stem);
    let said = ["Implementation-Version", "Bundle-Version", "Specification-Version"];
    let (version, evidence) = match version {
        Some(version) => (version.to_owned(), Evidence::FileName),
        None => match said.iter().find_map(|key| manifest.get(key)) {
            Some(version) => (plain(version)?, Evidence::Manifest),
            // A name without any version says nothing that could be held against an advisory.
            None => return None,
        },
    };
    let group = group(name, manifest);
    Some(Artifact { inside: inside.to_owned(), group, artifact: name.to_owned(), version, license, evidence })
}

/// `spring-core-5.3.1` → `spring-core`, `5.3.1`: the version begins at a hyphen that a digit follows, and every later
/// part of it is a number or one of Maven's words (`log4j-1.2-api-2.14.1` is the artifact `log4j-1.2-api`).
fn split(stem: &str) -> (&str, Option<&str>) {
    let cuts = || {
        stem.match_indices('-').filter_map(|(at, _)| {
            let (name, version) = (stem.get(..at)?, stem.get(at + 1..)?);
            (!name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit())).then_some((name, version))
        })
    };
    if let Some((name, version)) = cuts().find(|(_, version)| version.split('-').all(is_version_part)) {
        return (name, Some(version));
    }
    // A classifier (`-sources`, `-linux-x86_64`) follows: what stands before it is the version.
    match cuts().find(|(_, version)| version.split('-').next().is_some_and(is_version_part)) {
        Some((name, version)) => {
            let mut end = 0;
            for part in version.split('-').take_while(|p| is_version_part(p)) {
                end += part.len() + 1;
            }
            (name, version.get(..end.saturating_sub(1)).filter(|v| !v.is_empty()).or(Some(version)))
        }
        None => (stem, None),
    }
}

/// Words that Maven's and Java's version schemes use after a hyphen.
const QUALIFIERS: &[&str] = &[
    "alpha",
    "android",
    "beta",
    "build",
    "ca",
    "cr",
    "final",
    "ga",
    "incubating",
    "jre",
    "m",
    "milestone",
    "pre",
    "preview",
    "r",
    "rc",
    "redhat",
    "release",
    "rev",
    "sec",
    "snapshot",
    "sp",
    "b",
    "v",
    "empty",
    "to",
    "patch",
];

fn is_version_part(part: &str) -> bool {
    let word: String = part.chars().take_while(char::is_ascii_alphabetic).collect();
    if word.is_empty() {
        return part.starts_with(|c: char| c.is_ascii_digit());
    }
    let rest = part.get(word.len()..).unwrap_or_default();
    let numbered = rest.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'_');
    numbered && QUALIFIERS.contains(&word.to_ascii_lowercase().as_str())
}

/// `1.2.3 (build 5)` and `"1.2.3"` → `1.2.3`; `None` if no digit begins it.
fn plain(version: &str) -> Option<String> {
    let version = version.trim_matches('"').split([' ', ';', '(']).next()?.trim_start_matches('v');
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

fn group(artifact: &str, manifest: &Properties) -> String {
    if let Ok(at) = GROUPS.binary_search_by(|(name, _)| name.cmp(&artifact)) {
        return GROUPS.get(at).map(|(_, group)| (*group).to_owned()).unwrap_or_default();
    }
    let dotted =
        |s: &str| s.contains('.') && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if let Some(vendor) = manifest.get("Implementation-Vendor-Id").filter(|v| dotted(v)) {
        return vendor.to_owned();
    }
    // `org.foo.bar;singleton:=true`, where bar is the artifact, names the group before it.
    let symbolic = manifest.get("Bundle-SymbolicName").or(manifest.get("Automatic-Module-Name"));
    let symbolic = symbolic.and_then(|s| s.split(';').next()).map(str::trim).filter(|s| dotted(s));
    let Some(symbolic) = symbolic else { return String::new() };
    let last = artifact.rsplit(['-', '.']).next().unwrap_or(artifact);
    match symbolic.rsplit_once('.') {
        Some((before, tail)) if tail == artifact || tail == last => before.to_owned(),
        _ => symbolic.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, split};

    #[test]
    fn the_groups_are_sorted_for_the_search() {
        assert!(GROUPS.is_sorted());
    }

    #[test]
    fn a_version_begins_at_the_first_hyphen_before_a_digit() {
        assert_eq!(split("spring-core-5.3.1"), ("spring-core", Some("5.3.1")));
        assert_eq!(split("log4j-1.2-api-2.14.1"), ("log4j-1.2-api", Some("2.14.1")));
        assert_eq!(split("guava-31.1-jre"), ("guava", Some("31.1-jre")));
        assert_eq!(split("netty-tcnative-2.0.5.Final-linux-x86_64"), ("netty-tcnative", Some("2.0.5.Final")));
        assert_eq!(split("tools"), ("tools", None));
    }
}
