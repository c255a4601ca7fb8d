//! Documents of every form, and what edits make of them.

use super::{Address, Edit, EditError, New, Sheet, path};

fn set(at: &str, value: impl Into<New>) -> Edit {
    Edit::Set(path(at), value.into())
}

fn remove(at: &str) -> Edit {
    Edit::Remove { path: path(at), keep: 1 }
}

fn edited(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sheet = Sheet::read(text.as_bytes())?;
    let addresses: Vec<Address> = sheet.objects();
    sheet.apply(&addresses[0], edits)?;
    Ok(String::from_utf8(sheet.bytes()).unwrap())
}

fn check(before: &str, edits: &[Edit], after: &str) {
    assert_eq!(edited(before, edits).as_deref(), Ok(after), "{before}");
}

const HEAD: &str = "apiVersion: v1\nkind: Pod\n";

fn pod(rest: &str) -> String {
    format!("{HEAD}{rest}")
}

#[test]
fn a_field_is_set_where_it_stands_and_its_comment_stays() {
    let before = pod("spec:\n  # why\n  hostPID: true # needed\n  hostIPC: 'x'\n");
    let after = pod("spec:\n  # why\n  hostPID: false # needed\n  hostIPC: 'it''s'\n");
    check(&before, &[set("spec.hostPID", false), set("spec.hostIPC", "it's")], &after);
    let before = pod("spec:\n  image: \"a:1\" # pin\n  other: b\n");
    let after = pod("spec:\n  image: \"a:1@sha256:00\" # pin\n  other: \"yes\"\n");
    check(&before, &[set("spec.image", "a:1@sha256:00"), set("spec.other", "yes")], &after);
}

#[test]
fn a_field_is_put_behind_the_others_in_the_habits_of_the_document() {
    let before = pod(
        "spec:\n    containers:\n    - name: a\n      image: b # of us\n      # below\n    - name: c\n# end\n",
    );
    let after = pod(
        "spec:\n    containers:\n    - name: a\n      image: b # of us\n      securityContext:\n          privileged: false\n      # below\n    - name: c\n# end\n",
    );
    check(&before, &[set("spec.containers[0].securityContext.privileged", false)], &after);
    let after = pod(
        "spec:\n    containers:\n    - name: a\n      image: b # of us\n      # below\n    - name: c\n    hostPID: false\n# end\n",
    );
    check(&before, &[set("spec.hostPID", false)], &after);
    let lists = New::Map(vec![
        ("drop".to_owned(), New::List(vec!["ALL".into()])),
        (
            "env".to_owned(),
            New::List(vec![New::Map(vec![
                ("name".to_owned(), "x".into()),
                ("value".to_owned(), "1".into()),
            ])]),
        ),
    ]);
    let after = pod(
        "spec:\n    containers:\n    - name: a\n      image: b # of us\n      # below\n    - name: c\n      more:\n          drop:\n          - ALL\n          env:\n          - name: x\n            value: \"1\"\n# end\n",
    );
    check(&before, &[Edit::Set(path("spec.containers[1].more"), lists)], &after);
}

#[test]
fn line_ends_and_a_missing_last_one_stay() {
    let before = pod("spec:\n  a: 1\n").replace('\n', "\r\n");
    let after = pod("spec:\n  a: 2\n  b: x\n").replace('\n', "\r\n");
    check(&before, &[set("spec.a", 2), set("spec.b", "x")], &after);
    check(&pod("spec:\n  a: 1"), &[set("spec.b", true)], &pod("spec:\n  a: 1\n  b: true"));
    check(
        &format!("\u{feff}{HEAD}spec: {{}}\n"),
        &[set("spec.b", true)],
        &format!("\u{feff}{HEAD}spec:\n  b: true\n"),
    );
}

#[test]
fn flow_form_stays_flow_form() {
    let before = pod("spec: {containers: [{name: a, image: b}], x: [1, 2]}\n");
    let after =
        pod("spec: {containers: [{name: a, image: b, securityContext: {drop: [ALL]}}], x: [1, 2, 3]}\n");
    let edits = [
        Edit::Set(path("spec.containers[0].securityContext.drop"), New::List(vec!["ALL".into()])),
        Edit::Append(path("spec.x"), New::Integer(3)),
    ];
    check(&before, &edits, &after);
    let before = pod("spec: {\n  a: 1, # one\n  b: 2 # two\n}\n");
    let after = pod("spec: {\n  a: 1, # one\n  b: 2, # two\n  c: 3\n}\n");
    check(&before, &[set("spec.c", 3)], &after);
    let after = pod("spec: {\n  b: 2 # two\n}\n");
    let lost = edited(&before, &[remove("spec.a")]);
    assert_eq!(lost.as_deref(), Ok(after.as_str()));
}

#[test]
fn json_stays_json() {
    let before = "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"Pod\",\n    \"spec\": {\n        \"x\": {},\n        \"hostPID\": true\n    }\n}\n";
    let after = "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"Pod\",\n    \"spec\": {\n        \"x\": {\n            \"y\": \"z\"\n        },\n        \"securityContext\": {\n            \"seccompProfile\": {\n                \"type\": \"RuntimeDefault\"\n            }\n        }\n    }\n}\n";
    check(
        before,
        &[
            set("spec.securityContext.seccompProfile.type", "RuntimeDefault"),
            remove("spec.hostPID"),
            set("spec.x.y", "z"),
        ],
        after,
    );
    let before = r#"{"apiVersion":"v1","kind":"Pod","spec":{"a":["x"]}}"#;
    let after = r#"{"apiVersion":"v1","kind":"Pod","spec":{"a":["x", "y"], "b":true}}"#;
    check(before, &[Edit::Append(path("spec.a"), "y".into()), set("spec.b", true)], after);
    let list = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{}}]}\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}";
    let after = list.replace("\"spec\":{}", "\"spec\":{\"a\":1}");
    check(list, &[set("spec.a", 1)], &after);
}

#[test]
fn what_is_removed_takes_along_what_it_leaves_empty() {
    let before = pod("spec:\n  securityContext:\n    sysctls:\n    - name: a\n      value: b\n  x: 1\n");
    let gone = pod("spec:\n  x: 1\n");
    check(&before, &[remove("spec.securityContext.sysctls[0]")], &gone);
    let before = pod(
        "spec:\n  ports:\n  - containerPort: 1\n    hostPort: 2 # two\n    name: x\n  - hostPort: 1\n    name: y\n",
    );
    let after = pod("spec:\n  ports:\n  - containerPort: 1\n    name: x\n  - name: y\n");
    check(&before, &[remove("spec.ports[0].hostPort"), remove("spec.ports[1].hostPort")], &after);
    let before = pod("spec:\n  add: [A, B, C]\n  list:\n  - a\n  - b\n");
    let after = pod("spec:\n  add: [A]\n  list:\n  - b\n");
    check(&before, &[remove("spec.add[2]"), remove("spec.add[1]"), remove("spec.list[0]")], &after);
    let before = pod(
        "spec:\n  volumes:\n  - name: a\n    hostPath: # bad\n      path: /\n  - hostPath: {path: /}\n    name: b\n",
    );
    let after = pod("spec:\n  volumes:\n  - name: a\n    emptyDir: {}\n  - emptyDir: {}\n    name: b\n");
    let swap =
        |at: &str| Edit::Replace { path: path(at), key: "emptyDir".to_owned(), value: New::Map(Vec::new()) };
    check(&before, &[swap("spec.volumes[0].hostPath"), swap("spec.volumes[1].hostPath")], &after);
}

#[test]
fn nothing_and_null_are_filled() {
    let before = pod("spec:\n  a: # todo\n  b: null\n  c: ~\n  d:\n");
    let after = pod("spec:\n  a: # todo\n    x: 1\n  b: {x: 2}\n  c: {x: 3}\n  d: true\n");
    check(
        &before,
        &[set("spec.a.x", 1), set("spec.b.x", 2), set("spec.c.x", 3), set("spec.d", true)],
        &after,
    );
}

#[test]
fn an_empty_mapping_among_blocks_is_filled_as_a_block() {
    let before = pod("spec:\n  a: {} # none\n  list:\n  - b: {}\n    c: &x {}\n  d: {e: {}}\n");
    let after = pod(
        "spec:\n  a: # none\n    x:\n      z: 1\n  list:\n  - b:\n      x: 2\n    c: &x {x: 3}\n  d: {e: {x: 4}}\n",
    );
    let edits =
        [set("spec.a.x.z", 1), set("spec.list[0].b.x", 2), set("spec.list[0].c.x", 3), set("spec.d.e.x", 4)];
    check(&before, &edits, &after);
    check(&format!("{HEAD}spec: {{}}"), &[set("spec.x", 1)], &format!("{HEAD}spec:\n  x: 1"));
    let before = pod("spec:\n  a:\n    {}\n  b: 1\n");
    let after = pod("spec:\n  a:\n    x: 1\n    w:\n      z: 2\n  b: 1\n");
    check(&before, &[set("spec.a.x", 1), set("spec.a.w.z", 2)], &after);
    check(
        &before.replace('\n', "\r\n"),
        &[set("spec.a.x", 1), set("spec.a.w.z", 2)],
        &after.replace('\n', "\r\n"),
    );
}

#[test]
fn a_block_scalar_at_the_end_is_not_torn() {
    let before = pod("spec:\n  a: 1\n  text: |+\n    x\n\n---\n").replace("---\n", "")
        + "---\napiVersion: v1\nkind: Pod\n";
    let after = before.replace("  a: 1\n", "  a: 1\n  b: 2\n");
    check(&before, &[set("spec.b", 2)], &after);
    let only = pod("spec:\n  text: |\n    x\n");
    check(&only, &[set("spec.b", 2)], &pod("spec:\n  text: |\n    x\n  b: 2\n"));
    assert!(edited(&only, &[set("spec.text", "y")]).is_err());
}

#[test]
fn what_an_anchor_shares_is_changed_for_all_or_not_at_all() {
    let before = pod("spec:\n  a: &s\n    x: 1\n  b: *s\n");
    let both = pod("spec:\n  a: &s\n    x: 1\n    z: 2\n  b: *s\n");
    check(&before, &[set("spec.a.z", 2), set("spec.b.z", 2)], &both);
    assert_eq!(edited(&before, &[set("spec.a.z", 2)]), Err(EditError::Elsewhere));
    let place = pod("spec:\n  a: &s\n    x: 1\n  b: {<<: *s, z: 2}\n");
    check(&before, &[set("spec.b.z", 2)], &place);
    let merged = pod("base: &b {x: 1}\nspec:\n  <<: *b\n  y: 1\n");
    check(&merged, &[set("spec.x", 2)], &pod("base: &b {x: 1}\nspec:\n  <<: *b\n  y: 1\n  x: 2\n"));
    assert!(edited(&merged, &[remove("spec.x")]).is_err());
}

#[test]
fn documents_are_changed_one_by_one() {
    let text =
        format!("# licence\n---\n{HEAD}spec: {{}}\n# of the second\n---\n\n---\n{HEAD}spec:\n  a: 1\n...\n");
    let mut sheet = Sheet::read(text.as_bytes()).unwrap();
    let addresses = sheet.objects();
    assert_eq!(addresses.len(), 2);
    assert_eq!(sheet.apply(&addresses[1], &[set("spec.b", 2)]), Ok(true));
    assert_eq!(sheet.apply(&addresses[1], &[set("spec.b", 2)]), Ok(false), "it is so already");
    let after = text.replace("  a: 1\n", "  a: 1\n  b: 2\n");
    assert_eq!(String::from_utf8(sheet.bytes()).unwrap(), after);
    let broken = format!("a: [\n---\n{HEAD}spec: {{}}\n--- # more\n{HEAD}x: 'a\n---\nb'\n--- {{a: 1}}\n");
    let mut sheet = Sheet::read(broken.as_bytes()).unwrap();
    let addresses = sheet.objects();
    assert_eq!(addresses.len(), 1, "a broken document costs itself");
    assert_eq!(sheet.apply(&addresses[0], &[set("spec.b", 2)]), Ok(true));
    assert_eq!(String::from_utf8(sheet.bytes()).unwrap(), broken.replace("spec: {}", "spec:\n  b: 2"));
    assert!(Sheet::read(b"%YAML 1.1\n---\na: 1\n").is_err());
}

#[test]
fn a_comment_is_not_lost() {
    let before = pod("spec:\n  a: [x, # why\n    y]\n  b: 1\n");
    let replaced = Edit::Set(path("spec.a"), New::List(vec!["z".into()]));
    assert_eq!(edited(&before, &[replaced]), Err(EditError::Comment));
}

#[test]
fn lines_of_old_macs_are_left_alone() {
    // Found by fuzzing: a document boundary moved with a line that only some readers see.
    let text = "apiVersion: v1\nkind: Pod\n? \r\r#\r\r\n\r---\n |\n  text\n";
    assert!(matches!(Sheet::read(text.as_bytes()), Err(EditError::Form(_))));
}

#[test]
fn a_value_is_a_document_of_its_own() {
    let (head, _) = Sheet::read(pod("a: [x, 1.5, null]\nb: {c: {d: \"yes\"}, e: [{f: 1}]}\n").as_bytes())
        .map(|s| (s.object(&s.objects()[0]).unwrap(), ()))
        .unwrap();
    let text = super::yaml(&New::from(&head.node));
    assert_eq!(text, pod("a: [x, 1.5, null]\nb:\n  c:\n    d: \"yes\"\n  e:\n    - f: 1\n"));
}

#[test]
fn paths_are_read_and_written() {
    let text = "spec.containers[0].ports[12].name";
    assert_eq!(super::dotted(&path(text)), text);
}

#[test]
fn a_document_beyond_the_bound_is_left_alone() {
    let text = pod(&format!("x: {}\n", "a".repeat(super::EDITED_BYTES_MAX)));
    assert!(matches!(edited(&text, &[set("spec.a", 1)]), Err(EditError::Large(_))));
}

#[test]
fn the_items_of_a_list_are_changed_one_by_one() {
    let yaml = "kind: List\napiVersion: v1\nitems:\n# first\n- apiVersion: v1\n  kind: Pod # a\n  spec: {}\n# second\n- apiVersion: v1\n  kind: Pod\n  spec:\n    a: 1\n# end\nmetadata: {}\n";
    let json = "{\n  \"apiVersion\": \"v1\",\n  \"items\": [\n    {\n      \"spec\": {}\n    },\n    {\n      \"spec\": {\n        \"a\": 1\n      }\n    }\n  ],\n  \"kind\": \"PodList\"\n}\n";
    for (text, from, to) in [
        (yaml, "    a: 1\n", "    a: 1\n    b:\n      c: 2\n"),
        (json, "        \"a\": 1\n", "        \"a\": 1,\n        \"b\": {\n          \"c\": 2\n        }\n"),
    ] {
        let mut sheet = Sheet::read(text.as_bytes()).unwrap();
        let addresses = sheet.objects();
        assert_eq!(addresses.len(), 2, "{text}");
        assert_eq!(&*sheet.object(&addresses[1]).unwrap().kind, "Pod");
        assert_eq!(sheet.apply(&addresses[1], &[set("spec.b.c", 2)]), Ok(true));
        assert_eq!(String::from_utf8(sheet.bytes()).unwrap(), text.replace(from, to));
        assert_eq!(sheet.objects(), addresses);
    }
    // An alias of an item leads into another: they are one document.
    let shared = yaml.replace("spec: {}", "spec: &s {}").replace("spec:\n    a: 1", "spec: *s");
    let mut sheet = Sheet::read(shared.as_bytes()).unwrap();
    let addresses = sheet.objects();
    assert_eq!(sheet.apply(&addresses[0], &[set("spec.b", 2)]), Err(EditError::Elsewhere));
}
