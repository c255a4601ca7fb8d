//! Golden files, made from reports built by hand.

mod diff;
mod fix;
mod golden;
mod html;
mod policy;
mod running;
mod sample;
mod scale;
mod schema;
mod text;

use crate::{Format, TableStyle};

/// Every format of both reports is compared with its committed file.
#[test]
fn every_format_writes_what_its_golden_file_holds() {
    for (name, report) in [("scan", sample::scan()), ("assess", sample::assess())] {
        for format in Format::ALL {
            let text = crate::render(format, &report, &TableStyle::default());
            golden::compare(&format!("{name}.{}", golden::extension(format)), &text);
        }
    }
}

#[test]
fn a_table_fits_narrow_and_wide_and_ascii_terminals() {
    for (name, width, unicode) in [("narrow", 60, true), ("wide", 200, true), ("ascii", 80, false)] {
        let style = TableStyle { width, colour: false, unicode };
        for (verb, report) in [("scan", sample::scan()), ("assess", sample::assess())] {
            let text = crate::render(Format::Table, &report, &style);
            for line in text.lines() {
                assert!(crate::text::width(line) <= width, "{verb} {name}: too wide: {line}");
                assert!(unicode || line.is_ascii(), "{verb} {name}: not ASCII: {line}");
            }
            golden::compare(&format!("{verb}.{name}.txt"), &text);
        }
    }
}

#[test]
fn what_several_controls_wanted_to_know_is_counted_once() {
    let one = sample::scan();
    let mut many = one.clone();
    let broken = one.doubts.iter().find(|d| d.r#where == "layer 3").unwrap();
    for control in ["dependencies", "secrets", "image-hardening"] {
        many.doubts.push(model::Doubt { control: control.into(), ..broken.clone() });
    }
    for format in [Format::Table, Format::Markdown] {
        let write = |report: &api::Report| crate::render(format, report, &TableStyle::default());
        assert_eq!(write(&many), write(&one), "{format:?}");
    }
}

#[test]
fn lines_to_be_copied_stay_lines() {
    let mut report = sample::scan();
    let stage = "FROM scratch\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]";
    for finding in report.findings.iter_mut().filter(|f| f.vulnerability.is_none()) {
        finding.fix = Some(Box::new(api::Fix {
            kind: api::FixKind::Command,
            command: Some(stage.into()),
            patch: None,
            version: None,
        }));
    }
    let table = crate::render(Format::Table, &report, &TableStyle::default());
    let shown =
        "    fix: FROM scratch\n         COPY --from=build /app /app\n         ENTRYPOINT [\"/app\"]\n";
    assert!(table.contains(shown), "{table}");
    let markdown = crate::render(Format::Markdown, &report, &TableStyle::default());
    assert!(markdown.contains("   ```text\n   FROM scratch\n   COPY --from=build /app /app\n"), "{markdown}");
    let html = crate::render(Format::Html, &report, &TableStyle::default());
    assert!(html.contains("<pre>FROM scratch\nCOPY --from=build /app /app\n"));
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let report = sample::assess();
    let plain = crate::render(Format::Table, &report, &TableStyle::default());
    let colour = crate::render(Format::Table, &report, &TableStyle { colour: true, ..TableStyle::default() });
    let mut stripped = String::new();
    let mut inside = false;
    for c in colour.chars() {
        match c {
            '\x1b' => inside = true,
            'm' if inside => inside = false,
            _ if inside => {}
            c => stripped.push(c),
        }
    }
    let trimmed: Vec<&str> = stripped.lines().map(str::trim_end).collect();
    assert_eq!(trimmed, plain.lines().collect::<Vec<_>>());
    assert!(!plain.contains('\x1b'));
}
