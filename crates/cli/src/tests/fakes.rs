//! A door of fakes: two bills of materials, one broken target, a database of one advisory; and a shell to run commands in.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use advisory::db::{Builder, Database};
use inventory::{Target, TargetKind};
use model::{Doubt, DoubtKind, Ledger, Timestamp};
use oci::TreeBuilder;
use ports::cache::NoCache;
use ports::knowledge::{
    BuildReport, BuildRequest, DatabaseOrigin, Knowledge, KnowledgeError, OpenedDatabase,
};
use ports::source::{
    Content, Files, Location, Opened, Progress, ReadOptions, SourceError, Sources, TargetSpec,
};

use crate::{AdapterSettings, Adapters, Door, Outside};

const BILL: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[
    {"type":"library","name":"left-pad","version":"1.0.0","purl":"pkg:npm/left-pad@1.0.0","bom-ref":"a"},
    {"type":"library","name":"right-pad","version":"2.0.0","purl":"pkg:npm/right-pad@2.0.0","bom-ref":"b"}]}"#;

const ADVISORY: &str = r#"{"id":"GHSA-aaaa-bbbb-cccc","modified":"2025-01-01T00:00:00Z","published":"2025-01-01T00:00:00Z",
    "aliases":["CVE-2025-0001"],"summary":"Padding runs away","severity":[{"type":"CVSS_V3",
    "score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":{"ecosystem":"npm","name":"left-pad"},
    "ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.0"}]}]}]}"#;

/// A web server that everybody reaches, and one whose image is nowhere.
const DEPLOY: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: 'images.example/web:2'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: lost, namespace: shop}
spec: {containers: [{name: lost, image: 'images.example/nowhere:1', securityContext: {privileged: true}}]}
";
/// A file of manifests, `web.yaml`.
pub(super) const POD: &str = "# ours\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  hostPID: true # to see all\n  containers:\n    - name: web\n      image: shop/web:1\n";

/// A file whose disk is full.
pub(super) const FULL: &str = "full.yaml";

/// Keeps every byte, as the fakes have no disk to read again from.
struct KeepAll;

impl oci::Analyzer for KeepAll {
    fn version(&self) -> u32 {
        0
    }
    fn interest(&self, _: &str, _: u64, _: u32, _: &[u8]) -> oci::Interest {
        oci::Interest::Keep
    }
    fn digest(&self, _: &str, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }
}

struct FakeSources;

impl Sources for FakeSources {
    fn open(
        &self,
        spec: &TargetSpec,
        _: &dyn oci::Analyzer,
        options: &ReadOptions,
        progress: &dyn Progress,
        _: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Opened>, SourceError> {
        let path = match &spec.location {
            Location::Path(path) => path,
            Location::Registry(name) if name.contains("nowhere") => {
                return Err(SourceError::Usage(format!("image `{name}`: there is none")));
            }
            Location::Registry(name) => {
                let kind = TargetKind::Registry;
                let target = Target::new(format!("registry:{name}"), kind, name.clone());
                return Ok(vec![Opened { target, ..opened(name) }]);
            }
            _ => return Ok(vec![opened("-")]),
        };
        progress.expect(10);
        progress.advance(10);
        match path.as_str() {
            "missing" => Err(SourceError::Usage("`missing`: there is no such file".to_owned())),
            "broken" => {
                let mut target = opened("broken");
                target.doubts.push(Doubt {
                    control: "image-scanning".to_owned(),
                    rule: None,
                    target: target.target.id.clone(),
                    kind: DoubtKind::Target,
                    r#where: "layer 1".to_owned(),
                    reason: "gzip stream ends before its trailer".to_owned(),
                    remedy: "export the image again".to_owned(),
                });
                Ok(vec![target])
            }
            "deploy.yaml" => {
                let target = Target::new("manifests:deploy.yaml", TargetKind::Manifests, "deploy.yaml");
                let content = Content::Objects(DEPLOY.as_bytes().into());
                Ok(vec![Opened { target, content, ..opened("deploy.yaml") }])
            }
            "two" => Ok(vec![opened("two/a"), opened("two/b")]),
            "web.yaml" => {
                let target =
                    Target::new("manifests:web.yaml".to_owned(), TargetKind::Manifests, path.clone());
                let content = Content::Objects(POD.as_bytes().into());
                Ok(vec![Opened { target, content, ..opened("web.yaml") }])
            }
            "shelf" => {
                let target = Target::new("manifests:shelf".to_owned(), TargetKind::Manifests, path.clone());
                let mut builder = TreeBuilder::default();
                for name in ["a.yaml", FULL, "z.yaml"] {
                    builder.file(
                        name,
                        0o644,
                        POD.replace("name: web", &format!("name: {}", &name[..1])).as_bytes(),
                        &KeepAll,
                    );
                }
                let content = Content::Files(Box::new(Files::of(Arc::new(builder.build(None)))));
                Ok(vec![Opened { target, content, ..opened("shelf") }])
            }
            path if options.verify => Ok(vec![opened(&format!("verified-{path}"))]),
            path => Ok(vec![opened(path)]),
        }
    }
}

fn opened(name: &str) -> Opened {
    let target = Target::new(format!("sbom:{name}"), TargetKind::Sbom, name.to_owned());
    Opened {
        target,
        content: Content::Document(BILL.as_bytes().to_vec()),
        doubts: Vec::new(),
        ledger: Ledger::default(),
        notes: vec![format!("{name} came from the cache")],
    }
}

struct FakeKnowledge;

impl Knowledge for FakeKnowledge {
    fn open(&self, path: Option<&str>) -> Result<OpenedDatabase, KnowledgeError> {
        if let Some(path) = path.filter(|p| p.contains("missing")) {
            return Err(KnowledgeError::Usage(format!("there is no database `{path}`")));
        }
        let mut builder = Builder::new();
        builder.add(advisory::read("a.json", ADVISORY.as_bytes()));
        let built = builder.finish().map_err(|e| KnowledgeError::Unreadable(e.to_string()))?;
        let database =
            Database::open(Arc::new(built.bytes)).map_err(|e| KnowledgeError::Unreadable(e.to_string()))?;
        let origin = path.map_or(DatabaseOrigin::Demonstration, |p| DatabaseOrigin::File(p.to_owned()));
        Ok(OpenedDatabase { database: Arc::new(database), origin })
    }

    fn build(&self, request: &BuildRequest, _: &dyn Progress) -> Result<BuildReport, KnowledgeError> {
        let mut builder = Builder::new();
        builder.add(advisory::read("a.json", ADVISORY.as_bytes()));
        builder.add(advisory::read("b.json", b"{"));
        let built = builder.finish().map_err(|e| KnowledgeError::Unreadable(e.to_string()))?;
        let path = request.out.clone().unwrap_or_else(|| "own.db".to_owned());
        Ok(BuildReport { path, bytes: built.bytes.len() as u64, summary: built.summary })
    }
}

/// The door.
struct Fakes;

impl Door for Fakes {
    fn adapters(&self, _: &AdapterSettings) -> Adapters {
        Adapters {
            feeds: Box::new(ports::feeds::NoFeeds),
            sources: Box::new(FakeSources),
            knowledge: Box::new(FakeKnowledge),
            cache: Box::new(NoCache),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp(1_764_072_000)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if path.ends_with(FULL) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        std::fs::write(path, bytes)
    }

    fn version(&self) -> &'static str {
        "9.9.9"
    }
}

/// What a command left behind.
pub(super) struct Ran {
    pub(super) exit: u8,
    pub(super) out: String,
    pub(super) err: String,
}

/// A directory, an environment, and whether someone watches.
pub(super) struct Shell {
    pub(super) directory: tempfile::TempDir,
    pub(super) environment: Vec<(String, String)>,
    pub(super) terminal: bool,
}

impl Shell {
    pub(super) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), environment: Vec::new(), terminal: false }
    }

    pub(super) fn file(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn run(&self, line: &[&str]) -> Ran {
        self.run_in("", line)
    }

    /// Runs in a directory below the shell's.
    pub(super) fn run_in(&self, below: &str, line: &[&str]) -> Ran {
        let (out, err) = (Rc::new(RefCell::new(Vec::new())), Rc::new(RefCell::new(Vec::new())));
        let exit = self.run_to(below, line, &mut Sink(Rc::clone(&out)), &mut Sink(Rc::clone(&err)));
        let text = |bytes: Rc<RefCell<Vec<u8>>>| String::from_utf8(bytes.borrow().clone()).unwrap();
        Ran { exit, out: text(out), err: text(err) }
    }

    pub(super) fn run_to(&self, below: &str, line: &[&str], out: &mut dyn Write, err: &mut dyn Write) -> u8 {
        let mut outside = Outside {
            arguments: std::iter::once("plimsoll").chain(line.iter().copied()).map(Into::into).collect(),
            environment: self.environment.clone(),
            directory: self.directory.path().join(below),
            stdout: out,
            stderr: err,
            stdout_terminal: self.terminal,
            stderr_terminal: false,
            columns: Some(90),
        };
        crate::run(&Fakes, &mut outside)
    }
}

struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe whose reader has gone.
pub(super) struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}
