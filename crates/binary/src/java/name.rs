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
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
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
    Some(Artifact {
        inside: inside.to_owned(),
        group,
        artifact: name.to_owned(),
        version,
        license,
        evidence,
    })
}

/// `spring-core-5.3.1` → `spring-core`, `5.3.1`: the version begins at the first hyphen that a digit follows.
fn split(stem: &str) -> (&str, Option<&str>) {
    for (at, _) in stem.match_indices('-') {
        let (name, version) = (stem.get(..at).unwrap_or_default(), stem.get(at + 1..).unwrap_or_default());
        if !name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit()) {
            return (name, Some(version));
        }
    }
    (stem, None)
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
    let dotted = |s: &str| s.contains('.') && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
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
        assert_eq!(split("log4j-1.2-api-2.14.1"), ("log4j", Some("1.2-api-2.14.1")));
        assert_eq!(split("tools"), ("tools", None));
    }
}
