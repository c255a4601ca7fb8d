//! Lockfiles, manifests and installed packages: the first byte of an input chooses the file's name, the rest is the
//! file, read as the whole content of a project.

use inventory::TargetKind;

/// A file's path and a valid content.
type Example = (&'static str, &'static str);

/// Reads `data` as one of the files.
pub fn run(examples: &[Example], data: &[u8]) {
    let Some((choice, content)) = data.split_first() else { return };
    let (path, _) = examples[usize::from(*choice) % examples.len()];
    let mut builder = oci::TreeBuilder::default();
    builder.file(path, 0o644, content, &catalogers::Catalogers);
    std::hint::black_box(catalogers::catalog(&builder.build(None), TargetKind::Dir));
}

/// Every example behind the byte that chooses it.
pub fn seeds(examples: &[Example]) -> Vec<Vec<u8>> {
    let seed = |(n, (_, content)): (usize, &Example)| {
        let mut seed = vec![u8::try_from(n).unwrap_or(0)];
        seed.extend_from_slice(content.as_bytes());
        seed
    };
    examples.iter().enumerate().map(seed).collect()
}

/// Python.
pub const PYTHON: &[Example] = &[
    ("requirements.txt", include_str!("../../examples/shop/services/catalogue/requirements.txt")),
    ("poetry.lock", "[[package]]\nname = \"django\"\nversion = \"3.2.12\"\noptional = false\npython-versions = \">=3.6\"\n\n[package.dependencies]\nasgiref = \">=3.3.2,<4\"\n\n[metadata]\nlock-version = \"2.0\"\n"),
    ("uv.lock", "version = 1\nrequires-python = \">=3.9\"\n\n[[package]]\nname = \"idna\"\nversion = \"3.4\"\nsource = { registry = \"https://pypi.org/simple\" }\ndependencies = [{ name = \"x\", marker = \"python_version < '3'\" }]\n"),
    ("Pipfile.lock", "{\"_meta\": {\"pipfile-spec\": 6}, \"default\": {\"idna\": {\"version\": \"==2.10\", \"markers\": \"python_version >= '2.7'\"}}, \"develop\": {}}"),
    ("pdm.lock", "[metadata]\nlock_version = \"4.4\"\n\n[[package]]\nname = \"idna\"\nversion = \"3.4\"\ngroups = [\"default\"]\n"),
    ("pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\n\n[[packages]]\nname = \"idna\"\nversion = \"3.4\"\n"),
    ("a.dist-info/METADATA", "Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.11.2\nLicense: BSD-3-Clause\nClassifier: License :: OSI Approved :: BSD License\nRequires-Dist: MarkupSafe (>=0.23) ; extra == 'i18n'\n\nText\n"),
    ("a.egg-info/PKG-INFO", "Metadata-Version: 1.1\nName: six\nVersion: 1.16.0\nLicense: MIT\n"),
    ("pyproject.toml", "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"django>=3.2; python_version>'3'\"]\n\n[tool.poetry.dependencies]\npython = \"^3.9\"\n"),
    ("Pipfile", "[packages]\nrequests = \"*\"\n[dev-packages]\npytest = {version = \">=6\"}\n"),
];

/// JavaScript.
pub const NODE: &[Example] = &[
    ("package-lock.json", "{\"name\":\"a\",\"version\":\"1.0.0\",\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"a\",\"dependencies\":{\"lodash\":\"4.17.20\"}},\"node_modules/lodash\":{\"version\":\"4.17.20\",\"license\":\"MIT\"},\"node_modules/b\":{\"version\":\"1.0.0\",\"dev\":true,\"dependencies\":{\"lodash\":\"^4\"}}}}"),
    ("npm-shrinkwrap.json", "{\"name\":\"a\",\"lockfileVersion\":1,\"dependencies\":{\"qs\":{\"version\":\"6.7.0\",\"requires\":{\"x\":\"1\"},\"dependencies\":{\"x\":{\"version\":\"1.0.0\",\"dev\":true}}}}}"),
    ("yarn.lock", "# yarn lockfile v1\n\n\n\"@babel/core@^7.0.0\", \"@babel/core@^7.1.0\":\n  version \"7.12.3\"\n  resolved \"https://registry.yarnpkg.com/@babel/core/-/core-7.12.3.tgz#1\"\n  dependencies:\n    semver \"^5.4.1\"\n\nsemver@^5.4.1:\n  version \"5.7.1\"\n"),
    ("yarn.lock", "__metadata:\n  version: 6\n  cacheKey: 8\n\n\"lodash@npm:^4.17.20\":\n  version: 4.17.20\n  resolution: \"lodash@npm:4.17.20\"\n  dependencies:\n    a: ^1.0.0\n  languageName: node\n  linkType: hard\n"),
    ("pnpm-lock.yaml", "lockfileVersion: '6.0'\n\ndependencies:\n  lodash:\n    specifier: ^4.17.20\n    version: 4.17.20\n\npackages:\n\n  /lodash@4.17.20:\n    resolution: {integrity: sha512-x}\n    dev: false\n"),
    ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      qs: {specifier: 6.7.0, version: 6.7.0}\npackages:\n  qs@6.7.0:\n    resolution: {integrity: sha512-x}\nsnapshots:\n  qs@6.7.0: {}\n"),
    ("bun.lock", "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\"\": {\"name\": \"a\", \"dependencies\": {\"ms\": \"^2\"}}},\n  \"packages\": {\n    \"ms\": [\"ms@2.1.3\", \"\", {}, \"sha512-x\"],\n  }\n}\n"),
    ("package.json", "{\"name\":\"a\",\"version\":\"1.0.0\",\"dependencies\":{\"lodash\":\"^4\"},\"workspaces\":[\"b/*\"],\"license\":\"(MIT OR Apache-2.0)\"}"),
    ("node_modules/lodash/package.json", "{\"name\":\"lodash\",\"version\":\"4.17.20\",\"licenses\":[{\"type\":\"MIT\"}]}"),
];

/// Go and Rust.
pub const GO_RUST: &[Example] = &[
    ("go.mod", include_str!("../../examples/shop/services/gateway/go.mod")),
    ("go.mod", "module a\n\ngo 1.21\n\nrequire golang.org/x/net v0.6.0 // indirect\n\nreplace (\n\tgolang.org/x/net => ../net\n\tb v1 => c v2.0.0+incompatible\n)\nexclude d v1.0.0\n"),
    ("vendor/modules.txt", "# golang.org/x/net v0.6.0\n## explicit; go 1.17\ngolang.org/x/net/http2\n"),
    ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"time\"\nversion = \"0.1.43\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\ndependencies = [\n \"libc\",\n \"winapi 0.3.9\",\n]\n\n[[package]]\nname = \"libc\"\nversion = \"0.2.1\"\n"),
    ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[dependencies]\ntime = \"0.1\"\n[workspace]\nmembers = [\"b/*\"]\n"),
];

/// Java.
pub const JAVA: &[Example] = &[
    ("pom.xml", include_str!("../../examples/shop/services/payments/pom.xml")),
    ("pom.xml", "<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version><relativePath>../pom.xml</relativePath></parent><artifactId>a</artifactId><properties><v>${project.version}</v></properties><dependencyManagement><dependencies><dependency><groupId>b</groupId><artifactId>b</artifactId><version>${v}</version></dependency></dependencies></dependencyManagement><dependencies><dependency><groupId>b</groupId><artifactId>b</artifactId></dependency></dependencies></project>"),
    ("gradle.lockfile", "# This is a Gradle generated file for dependency locking.\norg.yaml:snakeyaml:1.29=compileClasspath,runtimeClasspath\nempty=annotationProcessor\n"),
    ("build.gradle", "dependencies {\n  implementation 'org.yaml:snakeyaml:1.29'\n  testImplementation(\"junit:junit:4.12\")\n}\n"),
    ("build.sbt.lock", "{\"lockVersion\":1,\"dependencies\":[{\"org\":\"org.yaml\",\"name\":\"snakeyaml\",\"version\":\"1.29\",\"configurations\":[\"compile\"]}]}"),
];

/// Ruby, PHP, .NET.
pub const BUILD: &[Example] = &[
    ("Gemfile.lock", "GEM\n  remote: https://rubygems.org/\n  specs:\n    nokogiri (1.13.1)\n      racc (~> 1.4)\n    racc (1.6.0)\n\nGIT\n  remote: https://example.com/a.git\n  revision: 1\n  specs:\n    a (1.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  nokogiri\n\nBUNDLED WITH\n   2.3.7\n"),
    ("specifications/rack-2.2.3.gemspec", "Gem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  s.version = \"2.2.3\"\n  s.licenses = [\"MIT\".freeze]\nend\n"),
    ("composer.lock", "{\"packages\":[{\"name\":\"a/b\",\"version\":\"v1.2.3\",\"license\":[\"MIT\"],\"require\":{\"php\":\">=7\",\"c/d\":\"^1\"}}],\"packages-dev\":[]}"),
    ("vendor/composer/installed.json", "{\"packages\":[{\"name\":\"a/b\",\"version\":\"1.2.3\"}],\"dev\":false}"),
    ("packages.lock.json", "{\"version\":1,\"dependencies\":{\"net6.0\":{\"Newtonsoft.Json\":{\"type\":\"Direct\",\"requested\":\"[12.0.1, )\",\"resolved\":\"12.0.1\"}}}}"),
    ("packages.config", "<?xml version=\"1.0\"?>\n<packages><package id=\"jQuery\" version=\"3.4.1\" targetFramework=\"net48\" /></packages>"),
    ("a.csproj", "<Project><PropertyGroup><V>1.0.0</V></PropertyGroup><ItemGroup><PackageReference Include=\"A\" Version=\"$(V)\" PrivateAssets=\"all\" /></ItemGroup></Project>"),
    ("a.deps.json", "{\"runtimeTarget\":{\"name\":\".NETCoreApp,Version=v6.0\"},\"libraries\":{\"A/1.0.0\":{\"type\":\"project\"},\"Newtonsoft.Json/12.0.1\":{\"type\":\"package\"}}}"),
];

/// The rest.
pub const OTHERS: &[Example] = &[
    ("conan.lock", "{\"version\":\"0.5\",\"requires\":[\"zlib/1.2.11#1%1\"]}"),
    ("conanfile.txt", "[requires]\nzlib/1.2.11\n[tool_requires]\ncmake/[>=3]\n"),
    ("pubspec.yaml", "dependencies:\n  http: ^0.13.0\n"),
    ("Project.toml", "[deps]\nHTTP = \"cd3eb016-35fb-5094-929b-558a96fad6f3\"\n"),
    ("Package.swift", "dependencies: [.package(url: \"https://a/b\", from: \"1.0.0\")]\n"),
    ("Podfile.lock", "PODS:\n  - AFNetworking (4.0.1):\n    - AFNetworking/NSURLSession (= 4.0.1)\n\nDEPENDENCIES:\n  - AFNetworking\n\nCOCOAPODS: 1.11.3\n"),
    ("Package.resolved", "{\"pins\":[{\"identity\":\"swift-nio\",\"location\":\"https://github.com/apple/swift-nio.git\",\"state\":{\"version\":\"2.41.0\"}}],\"version\":2}"),
    ("pubspec.lock", "packages:\n  http:\n    dependency: \"direct main\"\n    description: {name: http}\n    source: hosted\n    version: \"0.13.4\"\nsdks:\n  dart: \">=2.17.0 <3.0.0\"\n"),
    ("renv.lock", "{\"R\":{\"Version\":\"4.2.3\"},\"Packages\":{\"mime\":{\"Package\":\"mime\",\"Version\":\"0.7\",\"Source\":\"Bioconductor\",\"Depends\":[\"R (>= 3.5)\"]}}}"),
    ("Manifest.toml", "manifest_format = \"2.0\"\n\n[[deps.HTTP]]\ndeps = [\"URIs\"]\ngit-tree-sha1 = \"2\"\nuuid = \"c\"\nversion = \"1.6.2\"\n"),
    ("stack.yaml.lock", "packages:\n- completed:\n    hackage: lens-5.0.1@sha256:d4,1\nsnapshots:\n- original: lts-14.7\n"),
    ("cabal.project.freeze", "constraints: any.aeson ==2.1.2.1,\n             aeson -cffi\nindex-state: x\n"),
    ("rebar.lock", "{\"1.2.0\",\n[{<<\"cowboy\">>,{pkg,<<\"cowboy\">>,<<\"2.9.0\">>},0},\n {<<\"own\">>,{git,\"https://a\",{ref,\"8\"}},0}]}.\n"),
    ("conda-lock.yml", "version: 1\npackage:\n- {name: numpy, version: 1.24.3, manager: conda, platform: linux-64, url: https://a/b/c/d.conda, category: dev}\n- {name: A_b, version: 1, manager: pip}\n"),
    ("conda-meta/a-1-0.json", "{\"name\":\"a\",\"version\":\"1\",\"build\":\"0\",\"channel\":\"https://a/b/linux-64\",\"subdir\":\"linux-64\"}"),
    ("environment.yml", "dependencies:\n  - c::scipy==1.10.1\n  - python=3.11.3=h_0\n  - pip:\n    - requests==2.31.0\n"),
    (".github/workflows/a.yml", "jobs:\n  a:\n    steps:\n    - uses: actions/cache/restore@0c45773b623bea8c8e75f6c82b208c3cf94ea4f9 # v4.0.2\n    - uses: a/b@v1\n"),
    (".terraform.lock.hcl", "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"5.1.0\"\n  hashes = [\n  ]\n}\n"),
    ("a/ebin/a.app", "{application,a,[{description,\"100%\"},{vsn,\"1.0.0\"},{applications,[kernel]}]}.\n"),
    ("R/library/a/DESCRIPTION", "Package: a\nVersion: 1.0\nLicense: MIT + file LICENSE | GPL-2\nTitle: b\n  c\nBuilt: R 4.1.0\n"),
    ("pixi.lock", "version: 6\npackages:\n- conda: https://a/c/linux-64/b-1.0-0.conda\n  license: MIT\n- pypi: https://a/x.whl\n  name: x\n  version: 1.0\n"),
    ("conda-linux-64.lock", "@EXPLICIT\nhttps://a/c/linux-64/b-1.0-0.tar.bz2#1\n"),
    ("mix.lock", "%{\n  \"plug\": {:hex, :plug, \"1.13.6\", \"1\", [:mix], [{:mime, \"~> 1.0\", [hex: :mime]}], \"hexpm\", \"2\"},\n}\n"),
];
