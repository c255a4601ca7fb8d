//! The targets: a name, what is done with the bytes, and valid files to begin from.

use std::hint::black_box;

use crate::{documents, seeds};

/// A fuzz target.
pub struct Target {
    /// Name of the target and of its corpus.
    pub name: &'static str,
    /// What is done with the bytes. A panic, a hang and too much memory are faults; every other answer is right.
    pub run: fn(&[u8]),
    /// Valid files.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

/// Every target.
pub const TARGETS: &[Target] = &[
    target("advisory", advisory_document, seeds::advisories),
    target("apk", |data| drop(pkgdb::apk::installed(data)), seeds::apk),
    target("challenge", challenge, seeds::challenges),
    target("cyclonedx", bill, seeds::cyclonedx),
    target("database", database, seeds::database),
    target("dpkg", dpkg, seeds::dpkg),
    target("edit", edit, seeds::workloads),
    target("elf", executable, seeds::executables),
    target("engine", engine, seeds::engines),
    target("gate", gate, seeds::gates),
    target("glob", glob, || seeds::texts(&["usr/**/bin\nusr/local/bin", "*.{js,ts}\na.ts", "[!a-z]?\nQ9"])),
    target("ignore-file", |data| drop(eval::suppress::parse_ignore("ignore", data)), seeds::ignore_files),
    target("jar", archives, seeds::jars),
    target("kubernetes", kubernetes, seeds::workloads),
    target("layer", layer, seeds::layers),
    target("layer-index", layer_index, seeds::layer_indexes),
    target("link", link, seeds::links),
    target(
        "lock-build",
        |data| documents::run(documents::BUILD, data),
        || documents::seeds(documents::BUILD),
    ),
    target(
        "lock-go-rust",
        |data| documents::run(documents::GO_RUST, data),
        || documents::seeds(documents::GO_RUST),
    ),
    target("lock-java", |data| documents::run(documents::JAVA, data), || documents::seeds(documents::JAVA)),
    target("lock-node", |data| documents::run(documents::NODE, data), || documents::seeds(documents::NODE)),
    target(
        "lock-others",
        |data| documents::run(documents::OTHERS, data),
        || documents::seeds(documents::OTHERS),
    ),
    target(
        "lock-python",
        |data| documents::run(documents::PYTHON, data),
        || documents::seeds(documents::PYTHON),
    ),
    target("manifest", manifest, seeds::manifests),
    target("merge", merge, seeds::pairs_of_tars),
    target("openvex", |data| drop(eval::suppress::parse_vex("vex", data)), seeds::openvex),
    target("pipeline", pipeline, seeds::pipelines),
    target("purl", purl, seeds::purls),
    target("ranges", ranges, seeds::ranges),
    target("reference", reference, seeds::references),
    target("rpmdb", rpm_database, seeds::rpm_databases),
    target("spdx", bill, seeds::spdx),
    target("tar", layer, seeds::tars),
    target("toc", tables, seeds::tables),
    target("usage", usage, seeds::usage),
    target("versions", versions, seeds::versions),
];

/// Reads objects and asks every check of both levels about their pods.
fn kubernetes(data: &[u8]) {
    use rules_cluster::pod_security::{evaluate, Level, Version};
    drop(manifest::comments(data, "plimsoll:ignore"));
    drop(manifest::read(data, &mut |object| {
        if let Ok(Some(pod)) = rules_cluster::workload::Pod::of(&object) {
            for version in [Version::Minor(0), Version::Minor(20), Version::Latest] {
                drop(black_box(evaluate(Level::Restricted, version, &pod)));
            }
        }
    }));
}

/// What Prometheus and the metrics API say of containers.
fn usage(data: &[u8]) {
    for resource in [None, Some("cpu")] {
        drop(black_box(rules_cluster::remedy::Usage::default().add(data, resource)));
    }
}

/// Changes every object in every way; what was changed can be read, and is as it was wanted.
fn edit(data: &[u8]) {
    use manifest::edit::{path, Edit, New, Sheet};
    let Ok(mut sheet) = Sheet::read(data) else { return };
    let spec = "spec.template.spec.containers[0]";
    let edits = [
        Edit::Set(path(&format!("{spec}.securityContext.privileged")), New::Bool(false)),
        Edit::Append(path(&format!("{spec}.securityContext.capabilities.drop")), New::from("ALL")),
        Edit::Remove { path: path(&format!("{spec}.ports[0].hostPort")), keep: 1 },
        Edit::Remove { path: path("spec.template.spec.hostPID"), keep: 1 },
        Edit::Replace {
            path: path("spec.volumes[0].hostPath"),
            key: "emptyDir".into(),
            value: New::Map(Vec::new()),
        },
        Edit::Set(path("spec.a.b"), New::from("no")),
    ];
    for address in sheet.objects().iter().take(4) {
        for edit in &edits {
            if sheet.apply(address, std::slice::from_ref(edit)) == Ok(true) {
                let again = Sheet::read(&sheet.bytes()).map(|s| s.objects().len());
                assert_eq!(again, Ok(sheet.objects().len()), "a changed file is a file of as many objects");
            }
        }
    }
}

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Two parts, cut at the first line break.
fn two(data: &[u8]) -> Option<(&str, &str)> {
    text(data)?.split_once('\n')
}

fn advisory_document(data: &[u8]) {
    for name in ["a.json", "a.yaml", "a.csv", "a.zip"] {
        black_box(advisory::read(name, data));
    }
}

fn bill(data: &[u8]) {
    black_box(sbom::detect(data));
    let read = sbom::read(data).map(|(d, _)| d.packages.len());
    let mut memory = sbom::Memory::<()>::default();
    for _ in 0..2 {
        assert_eq!(memory.packages(data).map(|p| p.len()), read, "a memory reads as the reader does");
    }
    drop(black_box(sbom::open(data)));
    black_box(sbom::check(data));
}

fn database(data: &[u8]) {
    let bytes: std::sync::Arc<dyn AsRef<[u8]> + Send + Sync> = std::sync::Arc::new(data.to_vec());
    let Ok(database) = advisory::db::Database::open(bytes) else { return };
    black_box(database.info());
    drop(black_box(database.verify()));
    drop(black_box(database.search("lo", 10)));
    for (ecosystem, name) in [("npm", "lodash"), ("PyPI", "django"), ("Alpine:v3.18", "openssl"), ("", "")] {
        for entry in database.lookup(ecosystem, name).unwrap_or_default() {
            black_box(&entry);
        }
    }
}

/// Whatever a registry says of where its list continues stays below `/v2/`.
fn link(data: &[u8]) {
    let Some(header) = text(data) else { return };
    if let Ok(Some(next)) = registry::following(std::iter::once(header), "team/x/tags/list?n=2") {
        assert!(!next.split('/').any(|part| part == ".."), "{next}");
    }
}

/// No more is read of a header than its bounds, and what is read is what the server wrote.
fn challenge(data: &[u8]) {
    let Some(header) = text(data) else { return };
    let found = registry::challenges(header);
    assert!(found.len() <= registry::CHALLENGES_MAX, "{} challenges", found.len());
    for challenge in &found {
        black_box((challenge.get("realm"), challenge.get("scope")));
        let lower = header.to_ascii_lowercase();
        assert!(lower.contains(&challenge.scheme), "`{}` was never said", challenge.scheme);
    }
}

/// The whole name of an image parses to the same image, and names one registry.
fn reference(data: &[u8]) {
    let Some(Ok(image)) = text(data).map(oci::reference::Reference::parse) else { return };
    let written = image.to_string();
    match oci::reference::Reference::parse(&written) {
        Ok(again) => assert_eq!(again, image, "`{written}` is another image"),
        Err(e) => panic!("`{written}` was written and does not parse: {e}"),
    }
    black_box((image.name(), image.wanted()));
}

fn dpkg(data: &[u8]) {
    black_box(pkgdb::dpkg::status(data));
    black_box(pkgdb::dpkg::list(data));
    black_box(pkgdb::dpkg::md5sums(data));
    black_box(pkgdb::dpkg::diversions(data));
    black_box(pkgdb::dpkg::licenses(data));
}

fn archives(data: &[u8]) {
    drop(black_box(binary::java::archive("app.jar", data)));
    drop(black_box(binary::zipapp::read(data)));
}

fn executable(data: &[u8]) {
    black_box(binary::format(data));
    drop(black_box(binary::dotnet::deps(data)));
    let Ok(file) = binary::Executable::parse(data) else { return };
    drop(black_box(binary::go::build(&file)));
    drop(black_box(binary::rust::crates(&file)));
}

/// The first byte chooses the language, the rest is the file.
fn pipeline(data: &[u8]) {
    const PATHS: [&str; 5] =
        [".gitlab-ci.yml", ".github/workflows/a.yml", "Jenkinsfile", "azure-pipelines.yml", ".drone.yml"];
    let Some((first, text)) = data.split_first() else { return };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let files = [(path.to_owned(), text.to_vec())];
    black_box(rules_image::hold::evidence(&files, &rules_image::hold::Project::default()));
}

fn engine(data: &[u8]) {
    let read = |at: u64, len: usize| {
        let rest = usize::try_from(at).ok().and_then(|at| data.get(at..)).unwrap_or_default();
        Ok(rest.get(..len).unwrap_or(rest).to_vec())
    };
    drop(black_box(oci::engine::containerd::images(&read)));
    drop(black_box(oci::engine::docker::repositories(data)));
    drop(black_box(oci::engine::podman::images(data)));
    if let Ok(layers) = oci::engine::podman::layers(data) {
        let top = layers.last().map_or("", |l| l.id.as_str());
        drop(black_box(oci::engine::podman::stack(&layers, top)));
    }
    black_box(oci::engine::split::Pieces::new(data).take(10_000).count());
    if let Some((name, wanted)) = two(data) {
        black_box((oci::engine::is_called(name, wanted), oci::engine::is_id(name, wanted)));
    }
}

fn gate(data: &[u8]) {
    if let Some(expression) = text(data) {
        drop(black_box(eval::gate::Expression::parse(expression)));
    }
}

fn glob(data: &[u8]) {
    let Some((pattern, path)) = two(data) else { return };
    if let Ok(glob) = eval::Glob::parse(pattern) {
        black_box(glob.matches(path));
    }
}

fn read_layer(mut data: &[u8]) -> oci::LayerIndex {
    oci::read_layer(&mut data, &catalogers::Catalogers, &mut |_| {}).index
}

/// A layer is read, written as the cache writes it, and read back the same; every path is followed.
fn layer(data: &[u8]) {
    let index = read_layer(data);
    let mut written = Vec::new();
    if index.encode(&mut written).is_ok() {
        let mut again = Vec::new();
        match oci::LayerIndex::decode(&mut written.as_slice()) {
            Ok(decoded) => drop(decoded.encode(&mut again)),
            Err(e) => panic!("a layer's index was written and does not read: {e:?}"),
        }
        assert_eq!(written, again, "a layer's index survives the cache");
    }
    follow(&oci::merge(vec![index.into()]).tree);
}

/// A layer as a file of ranges.
struct Stored<'s>(&'s [u8]);

impl oci::toc::Ranged for Stored<'_> {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn range(&self, at: u64, len: u64) -> Result<Box<dyn std::io::Read + '_>, oci::toc::TocError> {
        let cut = |at: u64, len: u64| {
            self.0.get(usize::try_from(at).ok()?..usize::try_from(at.checked_add(len)?).ok()?)
        };
        match cut(at, len) {
            Some(bytes) => Ok(Box::new(bytes)),
            None => panic!("{at}+{len} of {} bytes is asked for", self.0.len()),
        }
    }
}

/// A table of contents by itself, before the layer it is of: its text, a line break, the layer. Then the layer with
/// its own table, believed whatever its digest.
fn tables(data: &[u8]) {
    let cut = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let (text, rest) = data.split_at(cut);
    let stored = Stored(rest.get(1..).unwrap_or_default());
    let end = oci::toc::Ranged::size(&stored);
    if let Ok(toc) = oci::toc::parse(text, end) {
        drop(black_box(oci::toc::read_members(&toc, &catalogers::Catalogers, &stored)));
        drop(black_box(oci::toc::open_member(&toc, 0, 1 << 20, &stored)));
    }
    let kind = oci::toc::TocKind::EStargz;
    for chain in [oci::toc::Chain { kind, digest: oci::sha256(text) }] {
        drop(black_box(oci::toc::load(&chain, &stored)));
    }
    let kind = oci::toc::TocKind::ZstdChunked { at: 0, stored: end, inflated: text.len() as u64 };
    drop(black_box(oci::toc::load(&oci::toc::Chain { kind, digest: oci::sha256(stored.0) }, &stored)));
}

fn layer_index(data: &[u8]) {
    let mut source = data;
    if let Ok(index) = oci::LayerIndex::decode(&mut source) {
        follow(&oci::merge(vec![index.into()]).tree);
    }
}

/// Two layers: four bytes say how long the first is.
fn merge(data: &[u8]) {
    let Some((length, rest)) = data.split_first_chunk::<4>() else { return };
    let cut = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(0).min(rest.len());
    let (lower, upper) = rest.split_at(cut);
    follow(&oci::merge(vec![read_layer(lower).into(), read_layer(upper).into()]).tree);
}

/// Whatever a tree holds can be looked at, and no link leads out of it.
fn follow(tree: &oci::Tree) {
    let paths: Vec<String> = tree.iter().map(|f| f.path.to_owned()).collect();
    for path in &paths {
        assert!(!path.starts_with('/') && !path.split('/').any(|c| c == ".."), "`{path}` leaves the root");
        black_box(tree.get(path).map(|f| f.size));
        if let Some(found) = tree.resolve(path) {
            assert!(!found.path.split('/').any(|c| c == ".."), "`{path}` leads to `{}`", found.path);
        }
        black_box(tree.kept(path));
        drop(black_box(tree.open(path, 1 << 20)));
    }
    black_box(catalogers::catalog(tree, inventory::TargetKind::Oci));
}

fn manifest(data: &[u8]) {
    drop(black_box(oci::spec::read_document(data)));
    drop(black_box(oci::spec::read_config(data)));
    drop(black_box(oci::spec::read_saved(data)));
}

/// What parses must build to a text that parses to the same.
fn purl(data: &[u8]) {
    let Some(purl) = text(data).and_then(|t| model::purl::Purl::parse(t).ok()) else { return };
    let written = purl.to_string();
    match model::purl::Purl::parse(&written) {
        Ok(again) => assert_eq!(again.to_string(), written, "a package URL is canonical"),
        Err(e) => panic!("`{written}` was written and does not parse: {e}"),
    }
}

fn rpm_database(data: &[u8]) {
    black_box(pkgdb::rpm::form(data));
    black_box(pkgdb::rpm::database(data));
}

/// Every grammar of ranges, asked about a version.
fn ranges(data: &[u8]) {
    let Some((range, version)) = two(data) else { return };
    for dialect in version::range::Dialect::ALL {
        drop(black_box(version::range::allows(dialect, range, version)));
    }
}

/// In every scheme the order of two versions is the reverse of the order of the two exchanged.
fn versions(data: &[u8]) {
    use version::Scheme as S;
    let Some((a, b)) = two(data) else { return };
    let schemes = [
        S::Deb,
        S::Apk,
        S::Rpm,
        S::Alpm,
        S::Semver,
        S::Pub,
        S::Maven,
        S::Gem,
        S::Composer,
        S::Nuget,
        S::Hackage,
        S::Cran,
        S::Conda,
        S::Conan,
        S::Pep440,
    ];
    for scheme in schemes {
        let (Ok(one), Ok(other)) = (version::compare(scheme, a, b), version::compare(scheme, b, a)) else {
            continue;
        };
        assert_eq!(one, other.reverse(), "{}: `{a}` and `{b}`", scheme.as_str());
    }
}
