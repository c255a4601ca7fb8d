//! Files of every shape, and what becomes of them.

use std::io::Write;

use crate::input::Input;
use crate::object::read_input;
use crate::{Node, Object, Packed, Position, Summary, Value, plain, read, read_packed, yaml};

fn objects(text: &str) -> (Vec<Object>, Summary) {
    let mut found = Vec::new();
    let summary = read(text.as_bytes(), &mut |o| found.push(o));
    (found, summary)
}

fn names(text: &str) -> Vec<String> {
    objects(text).0.iter().map(|o| format!("{} {}", o.kind, o.name())).collect()
}

#[test]
fn every_document_is_an_object_with_places() {
    let text = "# a comment\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostPID: yes\n---\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\n  namespace: shop\n";
    let (found, summary) = objects(text);
    assert_eq!((summary.documents, summary.objects, summary.flaws.len()), (2, 2, 0));
    let spec = found[0].node.get("spec").unwrap();
    assert_eq!(spec.bool_field("hostPID"), Ok(Some(true)));
    assert_eq!(spec.entry("hostPID").unwrap().at, Position { line: 6, column: 3 });
    assert_eq!((found[1].name(), found[1].namespace()), ("b", "shop"));
}

#[test]
fn lists_are_their_items_in_both_forms() {
    let yaml = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}\n";
    assert_eq!(names(yaml), ["Pod a", "Deployment b"]);
    let json = r#"{"apiVersion":"v1","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}],"kind":"List"}
        {"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"b"}}]}"#;
    assert_eq!(names(json), ["Pod a", "Pod b"]);
    assert_eq!(names("{apiVersion: v1, kind: Pod, metadata: {name: flow}}"), ["Pod flow"]);
}

#[test]
fn json_has_places_and_every_escape() {
    let (found, _) = objects(
        "{\n  \"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n  \"data\": {\"ä\": \"\\ud83d\\ude00\\n\\u00e4\", \"num\": -1.5e2}\n}",
    );
    let data = found[0].node.get("data").unwrap();
    assert_eq!(data.text_field("ä"), Ok(Some("😀\nä")));
    assert_eq!(data.get("num").map(|n| &n.value), Some(&Value::Float(-150.0)));
    assert_eq!(data.entry("num").unwrap().at, Position { line: 3, column: 41 });
}

#[test]
fn anchors_and_merge_keys_are_filled_in_within_a_budget() {
    let text = "apiVersion: v1\nkind: Pod\nbase: &b {one: 1, two: 2}\nmine: {<<: *b, two: 3}\n";
    let (found, _) = objects(text);
    let mine = found[0].node.get("mine").unwrap();
    assert_eq!((mine.integer_field("one"), mine.integer_field("two")), (Ok(Some(1)), Ok(Some(3))));
    let mut bomb = "a0: &a0 [1,2,3,4,5,6,7,8,9,0]\n".to_owned();
    for i in 1..9 {
        let before = format!("*a{},", i - 1).repeat(10);
        bomb.push_str(&format!("a{i}: &a{i} [{before}]\n"));
    }
    let (found, summary) =
        objects(&format!("apiVersion: v1\nkind: Pod\n{bomb}---\napiVersion: v1\nkind: Pod\n"));
    assert_eq!(found.len(), 1, "the neighbour is read");
    assert!(summary.flaws[0].reason.contains("aliases"), "{:?}", summary.flaws);
}

#[test]
fn merge_keys_are_put_where_they_stand_as_kubectl_does() {
    for (fields, one, flaws) in [
        ("<<: *b\n  one: 3", 3, 0),
        ("one: 3\n  <<: *b", 1, 1),
        ("one: 1\n  <<: *b", 1, 0),
        ("<<: *b\n  <<: *c", 2, 0),
        ("<<: [*b, *c]", 1, 0),
        ("<<: *c\n  one: 3\n  <<: *b", 1, 1),
    ] {
        let text =
            format!("apiVersion: v1\nkind: Pod\nb: &b {{one: 1}}\nc: &c {{one: 2}}\nmine:\n  {fields}\n");
        let (found, summary) = objects(&text);
        let mine = found[0].node.get("mine").unwrap();
        assert_eq!((mine.integer_field("one"), summary.flaws.len()), (Ok(Some(one)), flaws), "{text}");
    }
    let (_, summary) = objects("apiVersion: v1\nkind: Pod\nb: &b {one: 1}\nmine:\n  one: 3\n  <<: *b\n");
    assert_eq!(summary.flaws[0].at, Position { line: 5, column: 3 });
    let (found, _) = objects("apiVersion: v1\nkind: Pod\nb: &b {one: 1}\nmine: {'<<': *b}\n");
    assert!(found[0].node.at_path(&["mine", "one"]).is_none(), "in quotes it is a key like any other");
    assert!(objects("apiVersion: v1\nkind: Pod\nmine: {<<: 1}\n").1.flaws[0].reason.contains("`<<`"));
}

#[test]
fn tags_mean_what_they_mean_to_kubectl() {
    let (found, summary) = objects("apiVersion: v1\nkind: Pod\na: !x yes\nb: ! 1\nc: !!int \"2\"\n");
    let text = |key: &str| found[0].node.text_field(key);
    assert_eq!((text("a"), text("b"), summary.flaws.len()), (Ok(Some("yes")), Ok(Some("1")), 0));
    assert_eq!(found[0].node.integer_field("c"), Ok(Some(2)));
    for wrong in ["!!int a", "!!bool 1", "!!null x", "!!int 1.5", "!!binary YQ==", ".inf", "[.nan]"] {
        let (_, summary) = objects(&format!("apiVersion: v1\nkind: Pod\na: {wrong}\n"));
        assert_eq!(summary.flaws.len(), 1, "{wrong}");
    }
}

#[test]
fn a_field_behind_a_line_break_of_old_is_not_hidden() {
    for sign in ['\u{85}', '\u{2028}', '\u{2029}'] {
        let (_, summary) = objects(&format!("apiVersion: v1\nkind: Pod\na: 1 # ä{sign}hostPID: true\n"));
        assert_eq!(summary.flaws[0].at, Position { line: 3, column: 9 }, "{:?}", summary.flaws);
    }
}

#[test]
fn json_may_be_followed_by_yaml_and_be_a_bare_list() {
    let json = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\n\"metadata\":{\"name\":\"a\"}}\n";
    let yaml = "apiVersion: v1\nkind: Pod\nmetadata: {name: b, x: [}\n";
    assert_eq!(names(&format!("{json}---\n{json}---\n{json}{json}")).len(), 3, "the last is two in one");
    let (found, summary) = objects(&format!("{json}--- # more\n{}---\n{yaml}", yaml.replace(", x: [", "")));
    assert_eq!((found.len(), found[1].node.at.line), (2, 4));
    assert_eq!(summary.flaws[0].at.line, 10, "{:?}", summary.flaws);
    assert!(!objects(&format!("{}---", json.trim_end())).1.flaws.is_empty());
    assert_eq!(names(&format!("[{json},{json}]")), ["Pod a", "Pod a"]);
    let list = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"Pod\"},{\"spec\":{}}]}";
    assert_eq!(names(list), ["Pod ", "Pod "], "the list's version is theirs");
    let (found, summary) = objects(&list.replace("PodList", "List"));
    assert_eq!((found.len(), summary.flaws.len()), (0, 2), "what has no name is named");
}

#[test]
fn what_cannot_be_read_is_named_and_costs_only_itself() {
    let good = "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\n";
    for bad in [
        "a: [1, 2\n",
        "a:\n\t- b\n",
        "a: b: c\n",
        "key: \"no end\n",
        "{{ .Values.x }}: {{ y }}\n",
        "? [a]\n: b\n",
    ] {
        let (found, summary) = objects(&format!("{good}---\n{bad}---\n{good}"));
        assert_eq!(summary.flaws.len(), 1, "{bad}: {summary:?}");
        assert_eq!(found.len(), 2, "{bad}");
    }
    assert_eq!(objects("\0").1.objects, 0);
    let mut found = 0;
    assert_eq!(read(b"apiVersion: v1\xff", &mut |_| found += 1).flaws.len(), 1);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(objects(&deep).1.flaws[0].reason.contains("nested"));
    let deep = "[".repeat(100_000);
    assert_eq!(objects(&deep).1.flaws.len(), 1);
    for broken in ["{\"apiVersion\"", "{\"a\": \"\\x\"}"] {
        assert!(!objects(broken).1.flaws.is_empty() || objects(broken).1.others == 1, "{broken}");
    }
}

#[test]
fn a_field_that_stands_twice_is_named_and_the_last_counts() {
    for text in ["apiVersion: v1\nkind: Pod\nx: 1\nx: 2\n", r#"{"apiVersion":"v1","kind":"Pod","x":1,"x":2}"#]
    {
        let (found, summary) = objects(text);
        assert_eq!(found[0].node.integer_field("x"), Ok(Some(2)));
        assert!(summary.flaws[0].reason.contains("twice"));
    }
}

#[test]
fn keys_are_what_kubectl_makes_of_them() {
    let (found, _) =
        objects("apiVersion: v1\nkind: ConfigMap\ndata:\n  y: a\n  014: b\n  \"y\": c\n  1.50: d\n");
    let keys: Vec<&str> = found[0].node.get("data").unwrap().fields().iter().map(|e| &*e.key).collect();
    assert_eq!(keys, ["true", "12", "y", "1.5"]);
}

#[test]
fn a_wrong_type_is_an_error_and_null_is_absence() {
    let (found, _) = objects("apiVersion: v1\nkind: Pod\na: \"true\"\nb: null\n");
    let node: &Node = &found[0].node;
    assert!(node.bool_field("a").unwrap_err().to_string().contains("text"));
    assert_eq!(node.bool_field("b"), Ok(None));
    assert_eq!(node.bool_field("c"), Ok(None));
}

#[test]
fn a_manifest_in_utf_16_is_seen_and_named() {
    let text = "apiVersion: v1\nkind: Pod\n";
    for encode in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in ["\u{feff}", ""] {
            let bytes: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(encode).collect();
            assert!(crate::looks_like_manifest(&bytes));
            let summary = crate::read(&bytes, &mut |_| panic!("an object"));
            assert!(summary.flaws[0].reason.contains("UTF-16"), "{:?}", summary.flaws);
        }
    }
    assert!(crate::looks_like_manifest(text.as_bytes()) && !crate::looks_like_manifest(b"kind: apiversion"));
}

/// Documents of every kind, long enough for many pieces.
fn of_all_kinds() -> Vec<Vec<u8>> {
    let object = "apiVersion: v1\nkind: Pod\nmetadata: {name: \"ä😀\"}\nspec:\n  a: |\n    --- no mark\n   \n  b: [1, 2]\n";
    let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ä\u00e4\ud83d\ude00"},"n":[1.5e3,true,null,-7]}"#;
    let mut texts = vec![
        format!("{object}---\n{object}...\n%YAML 1.2\n---\n{object}--- # again\n{object}"),
        format!("\u{feff}%YAML 1.2\n---\r\n{}", object.replace('\n', "\r\n")),
        format!("{object}---\na: [1, 2\n---\n{object}---\n{{{{ x }}}}\n---\n{object}---x: y\n---"),
        format!("{json}\n{json}"),
        format!("  {{\"kind\":\"List\",\"items\":[{json},\n {json}],\"apiVersion\":\"v1\"}}"),
        format!("{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{json},\n {json}}}"),
        "{apiVersion: v1, kind: Pod, metadata: {name: flow}}\n---\na: b\n".to_owned(),
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"x\": \"\\".to_owned(),
        String::new(),
    ];
    texts.push(texts.concat());
    let mut all: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    all.push([object.as_bytes(), b"---\na: \"\xff\"\n---\n", object.as_bytes()].concat());
    all.push(b"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":\"\xff\"}".to_vec());
    all
}

#[test]
fn in_pieces_a_file_is_read_as_it_is_whole() {
    for bytes in of_all_kinds() {
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        let of_whole = read(&bytes, &mut |o| whole.push(o));
        for piece in [1, 2, 3, 7, 64] {
            pieces.clear();
            let chunks = || Input::pieces(piece, bytes.chunks(piece).map(|c| Ok(c.to_vec())));
            let of_pieces = read_input(&chunks, &mut |o| pieces.push(o));
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!((&whole, &of_whole), (&pieces, &of_pieces), "{piece}: {text}");
        }
    }
}

#[test]
fn what_is_no_utf_8_costs_its_document_and_is_named_with_its_place() {
    let bytes = of_all_kinds();
    let mut found = 0;
    let summary = read(&bytes[bytes.len() - 2], &mut |_| found += 1);
    assert_eq!((found, summary.flaws.len()), (2, 1));
    assert_eq!(summary.flaws[0].at, Position { line: 10, column: 5 });
}

#[test]
fn packed_files_are_read_as_they_were_written() {
    let item = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"some text"}},"#;
    let mut text = String::from("{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[\n");
    (0..40_000).for_each(|_| text.push_str(item));
    text.truncate(text.len() - 1);
    text.push_str("]}\n");
    let mut packed = Packed::default();
    packed.write_all(text.as_bytes()).unwrap();
    assert_eq!(packed.len(), text.len() as u64);
    let (mut whole, mut unpacked) = (Vec::new(), Vec::new());
    let of_whole = read(text.as_bytes(), &mut |o| whole.push(o));
    let of_packed = read_packed(&packed, &mut |o| unpacked.push(o));
    assert_eq!((whole.len(), of_whole), (unpacked.len(), of_packed));
    assert!(whole == unpacked);
}

/// A document as the parser of all YAML reads it: its root if that is all, and nothing is wrong.
fn parsed(text: &str) -> Option<Node> {
    let (mut roots, mut wrong) = (Vec::new(), false);
    yaml::documents(text, 0, &mut |document| match document {
        yaml::Document::Root(root) => roots.push(root),
        yaml::Document::Broken(_) | yaml::Document::Flawed(_) => wrong = true,
    });
    if wrong || roots.len() != 1 { None } else { roots.pop() }
}

const PLAIN: [&str; 7] = [
    "---\n# of a web server\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web # ours\n  labels: {}\n  \"a b\": 'x # y'\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: web\n        image: \"web:1\"\n        args: []\n        command:\n          - sh\n          - -c\n          - \"echo \\\"a\\\"\\n\"\n        env:\n        -   name: A\n            value: 1.5\n        - name: B\n          value: ~\n      - name: b\n",
    "- a\n- - b\n  - c: d\n    e: f\n- g:\n    h: no\n-\n  i: 0x1f\n- j:\n  - k\n",
    "a:\n  b:\n    c: http://x.example:80/#y\n  d: -1\n\ne: --flag=x\n014: on\nf: 2026-01-01T00:00:00Z # g\n",
    "a: b\n  c\n  é/d\nd: |\n  # e\n   f\n\n  g: [\n\n# h\nh: >-\n  i\n  j \n\nk:\n- |+ # l\n  m\n\n- >\n   n\n- o\n  p\nq: é # ü\n",
    "a: [b, \"c d\", 'e, f', -g, 1.5, {h: i/j:k, \"l\": [ m , n ]}, []]\no: { p: { q: r s }, t: '' } # u\nv: [ ]\n- w\n",
    "a: [b, \"c d\", 'e, f', -g, 1.5, {h: i/j:k, \"l\": [ m , n ]}, []]\no: { p: { q: r s }, t: '' } # u\nv:\n- [w]\n- x: {y: [z, 0]}\n",
    "a: b\n  c\nd: |\n  e\nf: [g\n ]\nh: &i j\nk: *i\nl: \"m\n  n\"\no:\np: - q\n",
];

#[test]
fn plain_documents_are_read_as_the_parser_of_all_yaml_reads_them() {
    for text in PLAIN[..3].iter().chain([&PLAIN[3], &PLAIN[5]]) {
        let root = plain::read(text, 0);
        assert!(root.is_some(), "{text}");
        assert_eq!(root, parsed(text), "{text}");
    }
    assert_eq!(plain::read(".inf: a\n", 0), None);
    assert_eq!((plain::read(PLAIN[4], 0), plain::read(PLAIN[6], 0)), (None, None));
}

#[test]
fn what_is_read_as_plain_is_read_alike_however_a_document_is_bent() {
    let bits = [
        "\n", " ", "  ", "-", "- ", ":", ": ", "#", " #", "'", "\"", "\\", "a", "{}", "[]", "?", "|", "\n\n",
        "---\n", "<<: x\n", "&", "*", "!", "~", "\t", "é", "|", ">", "|-\n", "[", "]", "{", "}", ",", ", ",
        "b: c", "\n  ",
    ];
    let mut dice = 0x9e37_79b9_u64;
    let mut roll = |below: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice % below as u64).unwrap()
    };
    let mut plainly = 0;
    for round in 0..40_000 {
        let mut text = PLAIN[round % PLAIN.len()].to_owned();
        for _ in 0..=roll(3) {
            let places: Vec<usize> = text.char_indices().map(|(n, _)| n).collect();
            let at = places[roll(places.len())];
            match roll(3) {
                0 => drop(text.remove(at)),
                1 => text.insert_str(at, bits[roll(bits.len())]),
                _ => {
                    text.remove(at);
                    text.insert_str(at, bits[roll(bits.len())]);
                }
            }
        }
        if let Some(root) = plain::read(&text, 0) {
            plainly += 1;
            assert_eq!(Some(root), parsed(&text), "{text}");
        }
    }
    assert!(4_000 < plainly, "{plainly}");
}
