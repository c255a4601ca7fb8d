//! Which scanners a command calls, what they look at, and whether what they find fails.

use model::{PackageType, Timestamp};

use super::look::{Look, Mounts};
use super::ours::{OwnSettings, plimsoll};
use super::shell::Ends;

/// A call of a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) tool: &'static str,
    pub(super) controls: Vec<&'static str>,
    /// Whether findings fail the command.
    pub(super) gates: Ends,
    /// What it looks at; several targets are several looks.
    pub(super) looks: Vec<Look>,
    /// Ecosystems that it knows; empty for all that there are.
    pub(super) ecosystems: &'static [PackageType],
}

/// What the environment of a command says, as far as scanners heed it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Environment<'e> {
    /// `TRIVY_EXIT_CODE` is set to something else than 0.
    pub(super) trivy_exit_code: bool,
    /// What our own variables and the project's `plimsoll.toml` set.
    pub(super) settings: &'e OwnSettings,
    /// Files of the project that may be ignore files, by path.
    pub(super) ignores: &'e [(&'e str, &'e [u8])],
    /// The day that counts.
    pub(super) as_of: Timestamp,
}

pub(super) const IMAGES: &str = "image-scanning";
pub(super) const DEPENDENCIES: &str = "dependencies";

const NPM: &[PackageType] = &[PackageType::Npm];

pub(super) fn both() -> Vec<&'static str> {
    vec![IMAGES, DEPENDENCIES]
}

/// The scanner that the words call, wrappers left out.
pub(super) fn call(words: &[String], environment: &Environment<'_>) -> Option<Call> {
    const WRAPPERS: [&str; 10] =
        ["command", "env", "exec", "nice", "npx", "pipx", "sudo", "time", "timeout", "uvx"];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if matches!(words.as_slice(), ["command", "-v" | "-V", ..]) {
        return None;
    }
    let first = words.iter().position(|w| {
        let assigns = w.split_once('=').is_some_and(|(n, _)| !n.starts_with('-') && !n.contains('/'));
        let option = w.starts_with('-') && !w.contains(' ');
        let duration = w.trim_end_matches(['s', 'm', 'h']).bytes().all(|b| b.is_ascii_digit());
        !(assigns || option || duration || WRAPPERS.contains(w))
    })?;
    let own: Vec<&str> = words.get(..first)?.iter().copied().filter(|w| w.contains('=')).collect();
    let mut settings = environment.settings.clone();
    own.iter().filter_map(|w| w.split_once('=')).for_each(|(name, value)| settings.set(name, value));
    let environment = Environment {
        settings: &settings,
        trivy_exit_code: environment.trivy_exit_code
            || own.iter().any(|w| w.strip_prefix("TRIVY_EXIT_CODE=").is_some_and(|v| v != "0")),
        ..*environment
    };
    let words = words.get(first..)?;
    let container = matches!(words, ["docker" | "podman" | "nerdctl", "run", ..]);
    let at = if container { words.iter().position(|w| is_scanner(program(w)))? } else { 0 };
    let mounts = if container { Mounts::of(words.get(..at)?) } else { Mounts::default() };
    let tool = program(words.get(at)?);
    let arguments = Arguments { words: words.get(at + 1..)?, mounts: &mounts };
    scanner(tool, &arguments, &environment)
}

/// `./bin/trivy`, `aquasec/trivy:0.50`, `trivy.exe` are `trivy`.
fn program(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    let name = name.split([':', '@']).next().unwrap_or(name);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Whether an image is a scanner's own, so that what stands beside it are its arguments.
pub(super) fn is_scanner_image(image: &str) -> bool {
    is_scanner(program(image))
}

fn is_scanner(name: &str) -> bool {
    ["plimsoll", "trivy", "grype", "snyk", "osv-scanner"].contains(&name)
}

/// What stands behind a program's name.
pub(super) struct Arguments<'a> {
    words: &'a [&'a str],
    mounts: &'a Mounts,
}

impl<'a> Arguments<'a> {
    fn has(&self, option: &str) -> bool {
        self.value(option).is_some()
            || self
                .words
                .iter()
                .any(|a| *a == option || a.strip_prefix(option).is_some_and(|r| r.starts_with('=')))
    }

    pub(super) fn names(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    /// The value of an option: `--x v`, `--x=v`.
    pub(super) fn value(&self, option: &str) -> Option<&'a str> {
        self.values(option).into_iter().next_back()
    }

    pub(super) fn values(&self, option: &str) -> Vec<&'a str> {
        let of = |(n, a): (usize, &&'a str)| match a.strip_prefix(option) {
            Some("") => self.words.get(n + 1).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        self.words.iter().enumerate().filter_map(of).collect()
    }

    /// Words that are neither options nor values of `taking` options.
    pub(super) fn plain(&self, taking: &[&str]) -> Vec<&'a str> {
        let mut out = Vec::new();
        let mut is_value = false;
        for word in self.words {
            if is_value {
                is_value = false;
            } else if word.starts_with('-') && word.len() != 1 {
                is_value = taking.contains(word);
            } else {
                out.push(*word);
            }
        }
        out
    }

    fn path(&self, path: &str) -> Look {
        Look::Tree(self.mounts.outside(path))
    }

    fn here(&self) -> Vec<Look> {
        vec![self.path(".")]
    }
}

fn needs(yes: bool, why: &str) -> Ends {
    if yes { Ends::Yes } else { Ends::no(why) }
}

pub(super) const FAIL_ON: &str = "without `--fail-on` nothing it finds ends the build";
const EXIT_CODE: &str = "without `--exit-code` nothing it finds ends the build";

fn scanner(tool: &str, arguments: &Arguments<'_>, environment: &Environment<'_>) -> Option<Call> {
    let first = arguments.words.iter().find(|a| !a.starts_with('-')).copied().unwrap_or("");
    let call = |tool, controls, gates, looks| Some(Call { tool, controls, gates, looks, ecosystems: &[] });
    match (tool, first) {
        ("plimsoll", "scan" | "assess") => Some(plimsoll(arguments, environment)),
        ("trivy", _) => trivy(arguments, environment),
        ("grype", _) => Some(grype(arguments)),
        ("snyk", "container") if arguments.names("test") => {
            let image = arguments.plain(&[]).last().map(|w| Look::Image((*w).to_owned()));
            call("snyk", both(), Ends::Yes, image.into_iter().collect())
        }
        ("snyk", "test") => {
            let path = arguments.plain(&[]).get(1).copied().unwrap_or(".");
            call("snyk", vec![DEPENDENCIES], Ends::Yes, vec![arguments.path(path)])
        }
        ("snyk", "monitor") => {
            call("snyk", vec![DEPENDENCIES], Ends::no("`monitor` reports and never fails"), arguments.here())
        }
        ("osv-scanner", _) => osv_scanner(arguments),
        ("docker", "scout") if arguments.names("cves") => {
            let image =
                arguments.plain(&["--format", "--output", "--platform", "--only-severity"]).last().copied();
            let gates = needs(arguments.has("--exit-code") || arguments.names("-e"), EXIT_CODE);
            call(
                "docker scout",
                both(),
                gates,
                image.map(|i| Look::Image(i.to_owned())).into_iter().collect(),
            )
        }
        _ => of_ecosystem(tool, first, arguments),
    }
}

/// The scanners of one ecosystem, which look at the folder that they stand in.
fn of_ecosystem(tool: &str, first: &str, arguments: &Arguments<'_>) -> Option<Call> {
    let only = |tool, ecosystems| {
        Some(Call {
            tool,
            controls: vec![DEPENDENCIES],
            gates: Ends::Yes,
            looks: arguments.here(),
            ecosystems,
        })
    };
    match (tool, first) {
        ("npm" | "pnpm" | "yarn", "audit") if !arguments.names("fix") && !arguments.names("signatures") => {
            let never = arguments.value("--audit-level") == Some("none");
            let mut out = only("npm audit", NPM)?;
            out.gates = needs(!never, "`--audit-level none` lets everything pass");
            Some(out)
        }
        ("yarn", "npm") if arguments.names("audit") => only("yarn npm audit", NPM),
        ("pip-audit" | "pip_audit", _) => pip_audit(arguments),
        ("python" | "python3" | "uv", _) if arguments.names("pip_audit") || arguments.names("pip-audit") => {
            pip_audit(arguments)
        }
        ("safety", "check" | "scan") => {
            let mut out = only("safety", &[PackageType::Pypi])?;
            let goes_on =
                arguments.names("--continue-on-error") || arguments.value("--exit-code") == Some("0");
            out.gates = needs(!goes_on, "its options let the build go on");
            Some(out)
        }
        ("cargo", "audit") => only("cargo audit", &[PackageType::Cargo]),
        ("cargo", "deny") if arguments.names("check") => only("cargo deny", &[PackageType::Cargo]),
        ("bundle", "audit") if arguments.words.last() != Some(&"update") => {
            only("bundler-audit", &[PackageType::Gem])
        }
        ("bundler-audit" | "bundle-audit", first) if first != "update" => {
            only("bundler-audit", &[PackageType::Gem])
        }
        ("govulncheck", _) => {
            let mut out = only("govulncheck", &[PackageType::Golang])?;
            let silent = arguments.names("-json") || arguments.value("-format").is_some_and(|f| f != "text");
            out.gates = needs(!silent, "with a machine's format it ends well whatever it finds");
            Some(out)
        }
        ("composer", "audit") => only("composer audit", &[PackageType::Composer]),
        _ => None,
    }
}

fn pip_audit(arguments: &Arguments<'_>) -> Option<Call> {
    let dry = arguments.names("--dry-run");
    Some(Call {
        tool: "pip-audit",
        controls: vec![DEPENDENCIES],
        gates: needs(!dry, "`--dry-run` looks nothing up"),
        looks: arguments.here(),
        ecosystems: &[PackageType::Pypi],
    })
}

fn osv_scanner(arguments: &Arguments<'_>) -> Option<Call> {
    const TAKING: [&str; 9] =
        ["--lockfile", "-L", "--sbom", "-S", "--config", "--format", "-f", "--output", "--licenses"];
    let plain = arguments.plain(&TAKING);
    let rest: Vec<&str> =
        plain.iter().copied().filter(|w| !matches!(*w, "scan" | "source" | "image")).collect();
    if plain.contains(&"image") {
        let looks = rest.iter().map(|i| Look::Image((*i).to_owned())).collect();
        return Some(Call {
            tool: "osv-scanner",
            controls: both(),
            gates: Ends::Yes,
            looks,
            ecosystems: &[],
        });
    }
    let files = ["--lockfile", "-L"].iter().flat_map(|o| arguments.values(o));
    let looks = rest.iter().copied().chain(files).map(|p| arguments.path(p)).collect();
    Some(Call { tool: "osv-scanner", controls: vec![DEPENDENCIES], gates: Ends::Yes, looks, ecosystems: &[] })
}

fn grype(arguments: &Arguments<'_>) -> Call {
    const TAKING: [&str; 12] = [
        "--config",
        "-c",
        "--exclude",
        "--fail-on",
        "-f",
        "--file",
        "--name",
        "--output",
        "-o",
        "--platform",
        "--scope",
        "-s",
    ];
    let gates = needs(arguments.has("--fail-on") || arguments.has("-f"), FAIL_ON);
    let looks: Vec<Look> =
        arguments.plain(&TAKING).last().map(|t| target(arguments, t)).into_iter().collect();
    let project = looks.iter().any(|l| matches!(l, Look::Tree(_) | Look::Document(_)));
    let controls = if project { vec![DEPENDENCIES] } else { both() };
    Call { tool: "grype", controls, gates, looks, ecosystems: &[] }
}

/// A target as Plimsoll and Grype write it.
pub(super) fn target(arguments: &Arguments<'_>, written: &str) -> Look {
    let (scheme, rest) = written.split_once(':').unwrap_or(("", written));
    match scheme {
        "dir" | "file" | "rootfs" | "manifests" | "git" => arguments.path(rest),
        "sbom" | "purl" => Look::Document(rest.to_owned()),
        "oci" | "oci-dir" | "oci-archive" | "docker-archive" | "singularity" => {
            Look::Archive(rest.to_owned())
        }
        "registry" | "docker" | "podman" | "containerd" => Look::Image(rest.to_owned()),
        _ if written.starts_with(['.', '/', '~']) || is_folder_variable(written) => arguments.path(written),
        _ if written.ends_with(".tar") => Look::Archive(written.to_owned()),
        _ => Look::Image(written.to_owned()),
    }
}

fn is_folder_variable(written: &str) -> bool {
    super::look::ROOTS.iter().any(|r| written.starts_with(r))
}

/// Trivy ends with 0 whatever it finds, unless told otherwise.
fn trivy(arguments: &Arguments<'_>, environment: &Environment<'_>) -> Option<Call> {
    const TAKING: [&str; 30] = [
        "--cache-dir",
        "--config",
        "-c",
        "--db-repository",
        "--exit-code",
        "--exit-on-eol",
        "--file-patterns",
        "--format",
        "-f",
        "--ignore-policy",
        "--ignore-status",
        "--ignorefile",
        "--image-src",
        "--input",
        "--java-db-repository",
        "--output",
        "-o",
        "--parallel",
        "--pkg-types",
        "--platform",
        "--scanners",
        "--security-checks",
        "--server",
        "--severity",
        "-s",
        "--skip-dirs",
        "--skip-files",
        "--template",
        "--timeout",
        "--vuln-type",
    ];
    let plain = arguments.plain(&TAKING);
    let kind = *plain.first()?;
    let target = plain.get(1..).and_then(<[&str]>::last).copied();
    let looks: Vec<Look> = match kind {
        "image" | "i" => {
            let input = arguments.value("--input").map(|i| Look::Archive(i.to_owned()));
            input.or(target.map(|t| Look::Image(t.to_owned()))).into_iter().collect()
        }
        "fs" | "filesystem" | "rootfs" => target.map(|t| arguments.path(t)).into_iter().collect(),
        "repo" | "repository" => {
            let local = |t: &str| !t.contains("://") && !t.starts_with("github.com/");
            target
                .map(|t| if local(t) { arguments.path(t) } else { Look::Elsewhere(t.to_owned()) })
                .into_iter()
                .collect()
        }
        "sbom" => target.map(|t| Look::Document(t.to_owned())).into_iter().collect(),
        _ => return None,
    };
    let looked_for = arguments.value("--scanners").or(arguments.value("--security-checks"));
    if looked_for.is_some_and(|s| !s.split(',').any(|s| s == "vuln")) {
        return None;
    }
    let mut controls = if matches!(kind, "image" | "i") { both() } else { vec![DEPENDENCIES] };
    match arguments.value("--vuln-type").or(arguments.value("--pkg-types")) {
        Some("os") => controls.retain(|c| *c == IMAGES),
        Some("library") => controls.retain(|c| *c == DEPENDENCIES),
        _ => {}
    }
    let gates = match arguments.value("--exit-code") {
        Some("0") => Ends::no("`--exit-code 0` lets the build go on"),
        None if !environment.trivy_exit_code => Ends::no(EXIT_CODE),
        _ => Ends::Yes,
    };
    Some(Call { tool: "trivy", controls, gates, looks, ecosystems: &[] })
}

/// A GitHub action and the inputs of its step.
pub(super) fn action(
    uses: &str,
    input: &dyn Fn(&str) -> Option<String>,
    environment: &Environment<'_>,
) -> Option<Call> {
    if let Some(image) = uses.strip_prefix("docker://") {
        let arguments = input("args").unwrap_or_default();
        let words: Vec<String> =
            std::iter::once(image).chain(arguments.split_whitespace()).map(str::to_owned).collect();
        return call(&words, environment);
    }
    let name = uses.split('@').next().unwrap_or(uses);
    let none = Mounts::default();
    let arguments = Arguments { words: &[], mounts: &none };
    let call = |tool, controls, gates, looks| Some(Call { tool, controls, gates, looks, ecosystems: &[] });
    let is = |key: &str, value: &str| input(key).is_some_and(|v| v == value);
    match name {
        "aquasecurity/trivy-action" => {
            let image = input("image-ref").map(Look::Image).or(input("input").map(Look::Archive));
            let tree = |key: &str| arguments.path(input(key).as_deref().unwrap_or("."));
            let (mut controls, looks) = match input("scan-type").as_deref() {
                None | Some("image") => (both(), image.into_iter().collect()),
                Some("config") => return None,
                Some("sbom") => {
                    (vec![DEPENDENCIES], input("scan-ref").map(Look::Document).into_iter().collect())
                }
                Some(_) => (vec![DEPENDENCIES], vec![tree("scan-ref")]),
            };
            if input("scanners").is_some_and(|s| !s.split(',').any(|s| s.trim() == "vuln")) {
                return None;
            }
            if is("vuln-type", "os") {
                controls.retain(|c| *c == IMAGES);
            }
            let gates = match input("exit-code").as_deref() {
                None | Some("0" | "") => Ends::no("without `exit-code` nothing it finds ends the build"),
                Some(_) => Ends::Yes,
            };
            call("trivy", controls, gates, looks)
        }
        "anchore/scan-action" => {
            let gates = needs(!is("fail-build", "false"), "`fail-build: false` lets the build go on");
            match (input("path"), input("sbom"), input("image")) {
                (Some(path), ..) => call("grype", vec![DEPENDENCIES], gates, vec![arguments.path(&path)]),
                (_, Some(sbom), _) => call("grype", vec![DEPENDENCIES], gates, vec![Look::Document(sbom)]),
                (.., image) => call("grype", both(), gates, image.map(Look::Image).into_iter().collect()),
            }
        }
        "actions/dependency-review-action" => {
            let gates = needs(!is("warn-only", "true"), "`warn-only: true` lets the build go on");
            call("dependency review", vec![DEPENDENCIES], gates, arguments.here())
        }
        "docker/scout-action" => {
            let gates =
                needs(is("exit-code", "true"), "without `exit-code: true` nothing it finds ends the build");
            call("docker scout", both(), gates, input("image").map(Look::Image).into_iter().collect())
        }
        "snyk/actions/docker" => {
            call("snyk", both(), Ends::Yes, input("image").map(Look::Image).into_iter().collect())
        }
        _ if name.starts_with("snyk/actions/") => {
            call("snyk", vec![DEPENDENCIES], Ends::Yes, arguments.here())
        }
        _ if name.starts_with("google/osv-scanner-action") => {
            call("osv-scanner", vec![DEPENDENCIES], Ends::Yes, arguments.here())
        }
        _ => None,
    }
}
