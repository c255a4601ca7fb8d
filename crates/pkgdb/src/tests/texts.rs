//! The text databases of dpkg and apk.

use crate::apk;
use crate::dpkg::{self, State};

#[test]
fn a_stanza_is_a_package_in_the_state_it_says() {
    let text = b"Package: a\nStatus: install ok installed\nVersion: 1:2-3\nArchitecture: amd64\nDepends: b (>= 1),\n c:any | d\nDescription: x\n .\n more: text\n\n\
        Package: b\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: c\nStatus: install reinstreq half-installed\nVersion: 1\n";
    let found = dpkg::status(text);
    assert_eq!(found.problems, []);
    let seen: Vec<_> = found.packages.iter().map(|p| (p.name.as_str(), p.state)).collect();
    assert_eq!(seen, [("a", State::Present), ("b", State::Absent), ("c", State::Present)]);
    let a = &found.packages[0];
    assert_eq!((a.version.as_str(), a.source.as_str(), a.source_version.as_str()), ("1:2-3", "a", "1:2-3"));
    assert_eq!(a.depends, [vec!["b".to_owned()], vec!["c".to_owned(), "d".to_owned()]]);
}

#[test]
fn a_source_may_have_a_version_of_its_own() {
    let found = dpkg::status(b"Package: liba\nVersion: 1.2-3+b1\nSource: a (1.2-3)\n");
    assert_eq!(
        (found.packages[0].source.as_str(), found.packages[0].source_version.as_str()),
        ("a", "1.2-3")
    );
}

#[test]
fn what_is_no_stanza_is_said_with_its_line() {
    let found = dpkg::status(b"Package: a\nVersion: 1\nrubbish\n\nVersion: 2\n\nPackage: c\n");
    let said: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "line 3: neither a field nor its continuation",
            "line 5: a stanza without `Package`",
            "line 7: package `c` has no `Version`"
        ]
    );
    assert_eq!(found.packages.len(), 2);
}

#[test]
fn lists_of_files_are_relative_to_the_root() {
    assert_eq!(dpkg::list(b"/.\n/usr\n/usr/bin/a b\n"), ["usr", "usr/bin/a b"]);
    assert_eq!(dpkg::md5sums(b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\n"), ["usr/bin/a b"]);
    let diversions = dpkg::diversions(b"/bin/sh\n/bin/sh.distrib\ndash\n/cut\n");
    assert_eq!(diversions.len(), 1);
    assert_eq!((diversions[0].from.as_str(), diversions[0].to.as_str()), ("bin/sh", "bin/sh.distrib"));
}

#[test]
fn a_copyright_file_names_licences_in_either_form() {
    let machine = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n x License: no\n\nLicense: MIT\n";
    assert_eq!(dpkg::licenses(machine), ["GPL-2+", "MIT"]);
    let free = b"On Debian systems see /usr/share/common-licenses/GPL-3.\nAlso `/usr/share/common-licenses/Apache-2.0'.";
    assert_eq!(dpkg::licenses(free), ["Apache-2.0", "GPL-3"]);
}

#[test]
fn an_apk_entry_owns_what_its_folders_hold() {
    let text = b"C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\np:so:libc.musl-x86_64.so.1=1 cmd:ldd\nF:lib\nR:ld-musl.so\nZ:Q1\nF:usr/bin\nR:ldd\n\n\
        P:scan\nV:1\nD:musl>=1 !old so:libz.so.1 /bin/sh py3-x~3.1\n\n";
    let found = apk::installed(text);
    assert_eq!(found.problems, []);
    assert_eq!(found.packages[0].files, ["lib/ld-musl.so", "usr/bin/ldd"]);
    assert_eq!(found.packages[0].provides, ["so:libc.musl-x86_64.so.1", "cmd:ldd"]);
    assert_eq!(found.packages[1].depends, ["musl", "so:libz.so.1", "/bin/sh", "py3-x"]);
    assert_eq!(found.packages[1].origin, "scan");
}

#[test]
fn an_apk_entry_without_a_name_is_said() {
    let found = apk::installed(b"V:1\n\nnonsense\n\nP:a\n");
    let said: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "line 1: an entry without a name (`P:`)",
            "line 3: no field: a letter and a colon were expected",
            "line 3: an entry without a name (`P:`)",
            "line 5: package `a` has no version (`V:`)"
        ]
    );
}
