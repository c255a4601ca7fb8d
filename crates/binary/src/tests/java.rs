//! Archives within archives.

use std::io::Write;

use crate::java::{Artifact, Evidence, archive, is_archive_name};

/// A zip archive of these files, deflated or (for nested archives, as Spring Boot does) stored.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = rawzip::ZipArchiveWriter::new(&mut out);
    for (name, data) in files {
        let stored = is_archive_name(name);
        let method =
            if stored { rawzip::CompressionMethod::STORE } else { rawzip::CompressionMethod::DEFLATE };
        let (mut entry, config) = writer.new_file(name).compression_method(method).start().unwrap();
        if stored {
            let mut wrapped = config.wrap(&mut entry);
            wrapped.write_all(data).unwrap();
            let (_, descriptor) = wrapped.finish().unwrap();
            entry.finish(descriptor).unwrap();
        } else {
            let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast());
            let mut wrapped = config.wrap(encoder);
            wrapped.write_all(data).unwrap();
            let (encoder, descriptor) = wrapped.finish().unwrap();
            encoder.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
    }
    writer.finish().unwrap();
    out
}

fn pom(group: &str, artifact: &str, version: &str) -> (String, String) {
    let path = format!("META-INF/maven/{group}/{artifact}/pom.properties");
    (path, format!("#Generated\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"))
}

fn with_pom(group: &str, artifact: &str, version: &str) -> Vec<u8> {
    let (path, text) = pom(group, artifact, version);
    zip(&[(&path, text.as_bytes()), ("a/B.class", b"x")])
}

fn seen(path: &str, bytes: &[u8]) -> Vec<String> {
    let found = archive(path, bytes);
    assert_eq!(found.problems, []);
    found.artifacts.iter().map(|a| format!("{} {}:{}:{}", a.inside, a.group, a.artifact, a.version)).collect()
}

#[test]
fn a_war_in_an_ear_gives_its_jars() {
    let jar = with_pom("org.foo", "bar", "1.2");
    let war = zip(&[("WEB-INF/lib/bar-1.2.jar", &jar)]);
    let ear = zip(&[("app.war", &war)]);
    assert_eq!(seen("shop.ear", &ear), ["app.war!/WEB-INF/lib/bar-1.2.jar org.foo:bar:1.2"]);
}

#[test]
fn a_shaded_jar_gives_what_it_swallowed_and_itself() {
    let (one, two) = (pom("org.foo", "bar", "1.2"), pom("org.baz", "qux", "3"));
    let jar = zip(&[(&one.0, one.1.as_bytes()), (&two.0, two.1.as_bytes()), ("x/Y.class", b"x")]);
    assert_eq!(seen("tool-9.1-all.jar", &jar), [" :tool:9.1", " org.baz:qux:3", " org.foo:bar:1.2"]);
}

#[test]
fn a_jar_without_poms_is_named_by_file_and_manifest() {
    let manifest = "Manifest-Version: 1.0\r\nBundle-SymbolicName: org.acme.wid\r\n gets;singleton:=true\r\n\
        Implementation-Version: 2.0\r\n\r\nName: x/\r\nImplementation-Version: 9\r\n";
    let jar = zip(&[("META-INF/MANIFEST.MF", manifest.as_bytes()), ("x/Y.class", b"x")]);
    assert_eq!(seen("lib/widgets-2.1.jar", &jar), [" org.acme:widgets:2.1"]);
    assert_eq!(seen("lib/widgets.jar", &jar), [" org.acme:widgets:2.0"]);
    let known = zip(&[("x/Y.class", b"x")]);
    assert_eq!(seen("log4j-core-2.14.1.jar", &known), [" org.apache.logging.log4j:log4j-core:2.14.1"]);
    assert_eq!(seen("resources.jar", &known), Vec::<String>::new());
}

#[test]
fn an_archive_of_the_runtime_itself_is_no_library() {
    let manifest = b"Implementation-Title: Java Runtime Environment\nImplementation-Version: 25.0.2\n\n";
    let jar = zip(&[("META-INF/MANIFEST.MF", manifest), ("x/Y.class", b"x")]);
    assert_eq!(seen("lib/jrt-fs.jar", &jar), Vec::<String>::new());
}

#[test]
fn the_best_evidence_is_kept() {
    let found = archive("bar-1.2.jar", &with_pom("org.foo", "bar", "1.2"));
    let evidence: Vec<Evidence> = found.artifacts.iter().map(|a: &Artifact| a.evidence).collect();
    assert_eq!(evidence, [Evidence::PomProperties]);
}

#[test]
fn an_archive_too_deep_or_broken_is_said() {
    let mut nested = with_pom("org.foo", "bar", "1.2");
    for _ in 0..=crate::java::DEPTH_MAX {
        nested = zip(&[("a.jar", &nested)]);
    }
    let found = archive("deep.jar", &nested);
    assert!(found.artifacts.is_empty());
    assert!(found.problems[0].1.contains("nested deeper"), "{:?}", found.problems);
    assert!(archive("cut.jar", b"PK\x03\x04 and nothing").problems[0].1.contains("no zip archive"));
}

#[test]
fn metadata_larger_than_the_bound_is_said() {
    let size = usize::try_from(crate::java::METADATA_BYTES_MAX).unwrap() + 1;
    let jar = zip(&[("META-INF/MANIFEST.MF", &vec![b'a'; size]), ("x/Y.class", b"x")]);
    let found = archive("bar-1.2.jar", &jar);
    assert!(found.problems[0].1.contains("larger than"), "{:?}", found.problems);
}

#[test]
fn a_launch_script_before_the_archive_hides_nothing() {
    let mut jar = b"#!/bin/bash\nexec java -jar \"$0\"\n".to_vec();
    jar.extend(with_pom("org.apache.logging.log4j", "log4j-core", "2.14.1"));
    assert_eq!(seen("app.jar", &jar), [" org.apache.logging.log4j:log4j-core:2.14.1"]);
}

#[test]
fn an_entry_whose_checksum_does_not_fit_is_said() {
    let inner = with_pom("org.foo", "bar", "1.2");
    let mut jar = zip(&[("lib/bar-1.2.jar", &inner)]);
    let at = jar.windows(inner.len()).position(|w| w == inner).unwrap();
    jar[at + inner.len() / 2] ^= 1;
    let found = archive("app.jar", &jar);
    assert!(found.problems.iter().any(|p| p.1.contains("checksum")), "{:?}", found.problems);
}

#[test]
fn a_property_goes_on_behind_a_backslash_and_sources_are_no_library() {
    let text = b"groupId=g\nartifactId=a\nversion=1.\\\n  2\n";
    let jar = zip(&[("META-INF/maven/g/a/pom.properties", text), ("a/B.class", b"x")]);
    assert_eq!(seen("a.jar", &jar), [" g:a:1.2"]);
    assert!(seen("commons-io-2.11.0-sources.jar", &zip(&[("a/B.java", b"x")])).is_empty());
}
