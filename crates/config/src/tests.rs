//! Precedence, errors with their places, every key by every way.

use crate::{KEYS, Kind, Layer, Settings, Source, Value, parse_environment, parse_file};

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_flag_beats_the_environment_beats_the_file_and_each_value_says_where_it_came_from() {
    let file = parse_file("plimsoll.toml", "", "jobs = 1\nquiet = true\nformat = [\"json\"]\n").unwrap();
    let environment =
        parse_environment([pair("PLIMSOLL_JOBS", "2"), pair("PLIMSOLL_FORMAT", "html, sarif=a.sarif")])
            .unwrap();
    let mut flags = Layer::default();
    flags.flag("jobs", Value::Number(3));
    let settings = Settings::of([flags, environment, file]).unwrap();
    assert_eq!(settings.number("jobs"), Some(3));
    assert_eq!(settings.get("jobs").unwrap().source, Source::Flag("--jobs".to_owned()));
    assert_eq!(settings.list("format"), ["html", "sarif=a.sarif"]);
    assert_eq!(settings.get("format").unwrap().source.to_string(), "environment PLIMSOLL_FORMAT");
    assert!(settings.is_on("quiet"));
    assert_eq!(settings.get("quiet").unwrap().source.to_string(), "plimsoll.toml:2");
    assert_eq!(settings.text("database"), None);
}

#[test]
fn a_flag_can_switch_off_what_the_file_switches_on() {
    let file = parse_file("plimsoll.toml", "", "no-cache = true").unwrap();
    let mut flags = Layer::default();
    flags.flag("no-cache", Value::Flag(false));
    assert!(!Settings::of([flags, file]).unwrap().is_on("no-cache"));
}

#[test]
fn every_slip_in_a_file_is_an_error_with_its_place() {
    for (text, expected) in [
        ("jobs = 1\nfial-on = [\"kev\"]\n", "p.toml:2:1: `fial-on` is no key; did you mean `fail-on`?"),
        ("zebra = 1", "p.toml:1:1: `zebra` is no key; `plimsoll config show` lists every key"),
        ("[db]\nfrmo = []", "p.toml:2:1: `db.frmo` is no key; did you mean `db.from`?"),
        ("[rules]\n[rules.image-setuid]\nallow = []", "p.toml:2:8: `rules.image-setuid` is no key"),
        ("jobs = \"many\"", "p.toml:1:8: `jobs` is string; write a whole number from 0 to 65535"),
        ("jobs = -1", "p.toml:1:8: `jobs` is integer"),
        ("jobs = 70000", "p.toml:1:8: `jobs` is integer"),
        ("quiet = \"yes\"", "p.toml:1:9: `quiet` is string; write true or false"),
        ("fail-on = \"kev\"", "p.toml:1:11: `fail-on` is string; write a list"),
        ("vex = [\"a\", 1]", "p.toml:1:13: `vex` is integer"),
        ("color = ", "p.toml:1:9: is not TOML"),
        ("ä = 1\nquiet", "p.toml:2:"),
    ] {
        let error = parse_file("p.toml", "", text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn paths_in_a_file_begin_at_the_file() {
    let text = "database = \"a.db\"\nvex = [\"b.json\", \"/c.json\"]\nplatform = \"linux/arm64\"";
    let settings = Settings::of([parse_file("../plimsoll.toml", "..", text).unwrap()]).unwrap();
    assert_eq!(settings.text("database"), Some("../a.db"));
    assert_eq!(settings.list("vex"), ["../b.json", "/c.json"]);
    assert_eq!(settings.text("platform"), Some("linux/arm64"));
}

#[test]
fn variables_that_are_nearly_a_setting_are_errors_and_others_are_not_ours() {
    let error = parse_environment([pair("PLIMSOLL_FAILON", "kev")]).unwrap_err();
    assert!(error.to_string().contains("did you mean `PLIMSOLL_FAIL_ON`?"), "{error}");
    assert!(parse_environment([pair("PLIMSOLL_SHARED", "/x"), pair("HOME", "/root")]).unwrap().0.is_empty());
    assert!(parse_environment([pair("PLIMSOLL_QUIET", "maybe")]).is_err());
    assert!(parse_environment([pair("PLIMSOLL_JOBS", "-3")]).is_err());
    let lines = parse_environment([pair("PLIMSOLL_FAIL_ON", "severity>=high\nage(30d, 1)")]).unwrap();
    assert_eq!(Settings::of([lines]).unwrap().list("fail-on"), ["severity>=high", "age(30d, 1)"]);
}

#[test]
fn every_key_can_be_set_in_a_file_and_in_the_environment() {
    for key in KEYS {
        let (toml, variable) = match key.kind {
            Kind::Text | Kind::Path => ("\"x\"", "x"),
            Kind::Flag => ("true", "true"),
            Kind::Number => ("7", "7"),
            Kind::List | Kind::Paths | Kind::Lines => ("[\"x\"]", "x"),
        };
        let file = parse_file("p.toml", "", &format!("{} = {toml}", key.name)).unwrap();
        let environment = parse_environment([pair(&key.variable(), variable)]).unwrap();
        assert_eq!(file.0[key.name].value, environment.0[key.name].value, "{}", key.name);
    }
}

#[test]
fn hostile_text_is_an_error_and_never_a_panic() {
    for text in [
        "\0",
        "a = [[[[[[",
        "a.b.c.d.e = 1",
        "\u{feff}jobs = 1",
        "[[db]]\nfrom = []",
        "jobs = 0x10",
        "jobs=nan",
    ] {
        let _ = parse_file("p.toml", "", text);
    }
    assert!(parse_file("p.toml", "", &"#".repeat(crate::FILE_BYTES_MAX + 1)).is_err());
}

#[test]
fn a_blank_value_is_never_taken_for_none() {
    let flag = |value: Value| {
        let mut layer = Layer::default();
        layer.flag("fail-on", value);
        Settings::of([layer]).map(|_| ()).map_err(|e| e.to_string())
    };
    for blank in [Value::List(vec![]), Value::List(vec![" ".to_owned()]), Value::Text(String::new())] {
        let error = flag(blank).unwrap_err();
        assert!(error.contains("flag --fail-on: `fail-on` is given and empty"), "{error}");
    }
    for text in ["", "  ", ","] {
        let layer = parse_environment([("PLIMSOLL_CONTROL".to_owned(), text.to_owned())]).unwrap();
        let error = Settings::of([layer]).unwrap_err().to_string();
        assert!(error.contains("environment PLIMSOLL_CONTROL"), "{error}");
    }
    let file = |text: &str| Settings::of([parse_file("p.toml", "", text).unwrap()]);
    assert!(file("fail-on = [\"\"]").unwrap_err().to_string().starts_with("p.toml:1"));
    assert!(file("fail-on = []").unwrap().list("fail-on").is_empty(), "a file may say that there is none");
}
