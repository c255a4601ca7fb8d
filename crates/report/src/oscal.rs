//! OSCAL 1.1.2 assessment results (NIST): targets as inventory items, findings and doubts as observations, open findings
//! as risks with their remedy, and each judged cell of the scorecard as a finding about an objective of its control.
//!
//! A cell that could not be judged is *not satisfied* for another reason than failing: not knowing is not passing.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use api::{CellOutcome, ControlRow, Finding, Report, Status};
use model::Doubt;
use serde_json::{Map, Value, json};

use crate::identity::uuid;
use crate::text::clean;
use crate::view::{View, humanised, place_line};

/// Version of the model.
const OSCAL: &str = "1.1.2";
/// Namespace of our own properties.
const NAMESPACE: &str = "https://plimsoll.dev/ns/oscal";

/// Writes the document.
pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let view = View::new(report);
    let seed = seed(report);
    let plan = uuid(5, &format!("plan {seed}"));
    let verb = if report.controls.is_empty() { "scan" } else { "assess" };
    let document = json!({"assessment-results": {
        "uuid": uuid(5, &format!("results {seed}")),
        "metadata": {
            "title": format!("Plimsoll {verb}"),
            "last-modified": report.as_of.to_string(),
            "version": report.tool.version,
            "oscal-version": OSCAL,
        },
        "import-ap": {"href": format!("#{plan}")},
        "results": [result(&view, &seed)],
        "back-matter": {"resources": [{
            "uuid": plan,
            "title": "What was assessed",
            "description": "Every rule that the kind of each target allows, as one run of the program. There is no plan beside it.",
        }]},
    }});
    let mut buffered = io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(&mut buffered, &document).map_err(io::Error::from)?;
    io::Write::write_all(&mut buffered, b"\n")?;
    io::Write::flush(&mut buffered)
}

/// What makes the identifiers of one report its own.
fn seed(report: &Report) -> String {
    let targets: Vec<&str> = report.targets.iter().map(|t| t.digest.as_deref().unwrap_or(&t.id)).collect();
    let database = report.database.as_ref().map_or("", |d| d.id.as_str());
    format!("{} {} {database} {}", report.as_of, report.tool.version, targets.join(" "))
}

fn result(view: &View<'_>, seed: &str) -> Value {
    let report = view.report;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("uuid", json!(uuid(5, &format!("result {seed}"))));
    put("title", json!("Measured by Plimsoll"));
    let database = report.database.as_ref().map_or_else(
        || "No advisory database was asked.".to_owned(),
        |d| format!("Advisory database {} of {}.", d.id, d.built.date()),
    );
    let score = report.score.as_ref().map_or(String::new(), |s| format!(" Score: {}.", s.arithmetic));
    put("description", json!(format!("{database}{score}")));
    put("start", json!(report.as_of.to_string()));
    put("end", json!(report.as_of.to_string()));
    let items: Vec<Value> = report.targets.iter().map(|t| inventory_item(&t.id, t)).collect();
    if !items.is_empty() {
        put("local-definitions", json!({"inventory-items": items}));
    }
    put("reviewed-controls", reviewed(report));
    let mut observations: Vec<Value> = report.findings.iter().map(|f| observation(view, f)).collect();
    let mut seen = BTreeSet::new();
    observations.extend(report.doubts.iter().filter(|d| seen.insert(of_doubt(d))).map(|d| doubt(report, d)));
    if !observations.is_empty() {
        put("observations", Value::Array(observations));
    }
    let risks: Vec<Value> = report.findings.iter().map(risk).collect();
    if !risks.is_empty() {
        put("risks", Value::Array(risks));
    }
    let findings = findings(view);
    if !findings.is_empty() {
        put("findings", Value::Array(findings));
    }
    Value::Object(out)
}

fn of_target(id: &str) -> String {
    uuid(5, &format!("target {id}"))
}

fn of_finding(kind: &str, finding: &Finding) -> String {
    uuid(5, &format!("{kind} {} {}", finding.target, finding.id))
}

fn of_doubt(doubt: &Doubt) -> String {
    let rule = doubt.rule.as_deref().unwrap_or("");
    uuid(5, &format!("doubt {} {} {rule} {} {}", doubt.target, doubt.control, doubt.r#where, doubt.reason))
}

/// A text that is never empty, which the model refuses.
fn text(text: &str) -> String {
    let text = clean(text);
    if text.trim().is_empty() { "none".to_owned() } else { text.into_owned() }
}

fn prop(name: &str, value: &str) -> Value {
    json!({"name": name, "ns": NAMESPACE, "value": text(value).trim()})
}

fn inventory_item(id: &str, target: &api::TargetRow) -> Value {
    let mut props = vec![prop("kind", &target.kind)];
    props.extend(target.digest.iter().map(|d| prop("digest", d)));
    props.extend(target.platform.iter().map(|p| prop("platform", p)));
    json!({"uuid": of_target(id), "description": text(&target.name), "props": props})
}

/// Controls that were looked at: those of the scorecard that are measured, else those of the rules that ran.
fn reviewed(report: &Report) -> Value {
    let ids: BTreeSet<&str> = match report.controls.is_empty() {
        true => report.rules.iter().map(|r| r.control.as_str()).collect(),
        false => report
            .controls
            .iter()
            .filter(|c| c.see.outcome != CellOutcome::NotImplemented)
            .map(|c| c.id.as_str())
            .collect(),
    };
    let include: Vec<Value> =
        ids.into_iter().filter(|id| !id.is_empty()).map(|id| json!({"control-id": id})).collect();
    match include.is_empty() {
        true => json!({"control-selections": [{"description": "No control was measured."}]}),
        false => json!({"control-selections": [{"include-controls": include}]}),
    }
}

fn observation(view: &View<'_>, finding: &Finding) -> Value {
    let mut props = vec![
        prop("finding", &finding.id),
        prop("rule", &finding.rule),
        prop("control", &finding.control),
        prop("severity", finding.severity.as_str()),
        prop("status", if finding.status == Status::Open { "open" } else { "suppressed" }),
    ];
    if let Some(v) = &finding.vulnerability {
        props.push(prop("vulnerability", &v.id));
    }
    props.extend(view.packages(finding).into_iter().map(|p| prop("package", &p.purl)));
    let evidence: Vec<Value> = finding
        .because
        .iter()
        .map(|b| json!({"description": text(&format!("{} ({})", b.what, b.from))}))
        .collect();
    let mut out = json!({
        "uuid": of_finding("observation", finding),
        "title": text(&finding.title),
        "description": text(&finding.message),
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"],
        "subjects": [{"subject-uuid": of_target(&finding.target), "type": "inventory-item"}],
        "collected": view.report.as_of.to_string(),
    });
    let Some(map) = out.as_object_mut() else { return out };
    if !evidence.is_empty() {
        map.insert("relevant-evidence".to_owned(), Value::Array(evidence));
    }
    let place = place_line(finding);
    if !place.is_empty() {
        map.insert("remarks".to_owned(), json!(text(&place)));
    }
    out
}

/// What could not be known, as an observation by no method.
fn doubt(report: &Report, doubt: &Doubt) -> Value {
    let mut out = json!({
        "uuid": of_doubt(doubt),
        "title": text(&format!("Not known: {}", doubt.r#where)),
        "description": text(&doubt.reason),
        "props": [prop("control", doubt.control_text())],
        "methods": ["UNKNOWN"],
        "types": ["doubt"],
        "collected": report.as_of.to_string(),
        "remarks": text(&format!("To know it: {}", doubt.remedy)),
    });
    let known = report.targets.iter().any(|t| t.id == doubt.target);
    if let (true, Some(map)) = (known, out.as_object_mut()) {
        let subject = json!([{"subject-uuid": of_target(&doubt.target), "type": "inventory-item"}]);
        map.insert("subjects".to_owned(), subject);
    }
    out
}

fn risk(finding: &Finding) -> Value {
    let status = match (finding.status, &finding.suppression) {
        (Status::Open, _) => "open",
        (_, Some(s)) if s.reason.starts_with("fixed") || s.reason.starts_with("not_affected") => "closed",
        _ => "deviation-approved",
    };
    let mut out = json!({
        "uuid": of_finding("risk", finding),
        "title": text(&finding.title),
        "description": text(&finding.message),
        "statement": text(&finding.message),
        "status": status,
        "props": [prop("severity", finding.severity.as_str())],
        "related-observations": [{"observation-uuid": of_finding("observation", finding)}],
    });
    let Some(map) = out.as_object_mut() else { return out };
    if let Some(s) = &finding.suppression {
        let owner = s.owner.as_ref().map_or(String::new(), |o| format!(", {o}"));
        let until = s.until.as_ref().map_or(String::new(), |u| format!(", until {u}"));
        map.insert("remarks".to_owned(), json!(text(&format!("{} ({}{owner}{until})", s.reason, s.by))));
    }
    if let Some(fix) = &finding.fix {
        let version = fix.version.as_ref().map(|v| format!("Upgrade to {v}"));
        let how = [version, fix.command.clone()].into_iter().flatten().collect::<Vec<_>>().join(": ");
        map.insert(
            "remediations".to_owned(),
            json!([{
                "uuid": of_finding("remediation", finding),
                "lifecycle": "recommendation",
                "title": "What closes it",
                "description": text(&how),
            }]),
        );
    }
    out
}

/// The judged cells; without a scorecard, the controls of the rules that ran.
fn findings(view: &View<'_>) -> Vec<Value> {
    let report = view.report;
    let by_id: BTreeMap<&str, Vec<&Finding>> = report.findings.iter().fold(BTreeMap::new(), |mut all, f| {
        all.entry(f.id.as_str()).or_insert_with(Vec::new).push(f);
        all
    });
    if report.controls.is_empty() {
        return of_rules(view);
    }
    let cells = report
        .controls
        .iter()
        .flat_map(|c| [("see", &c.see), ("fix", &c.fix), ("hold", &c.hold)].map(|w| (c, w)));
    let mut out = Vec::new();
    for (control, (way, cell)) in cells {
        let (state, reason) = match cell.outcome {
            CellOutcome::Pass => ("satisfied", "pass"),
            CellOutcome::Fail => ("not-satisfied", "fail"),
            CellOutcome::Unknown => ("not-satisfied", "other"),
            CellOutcome::NotApplicable | CellOutcome::NotImplemented => continue,
        };
        let named = cell.findings.iter().filter_map(|id| by_id.get(id.as_str())).flatten();
        let named: Vec<&Finding> = named.copied().collect();
        let judged = Judged { state, reason, because: &cell.because, findings: &named };
        out.push(about(&control.id, way, &format!("{}: {way}", title_of(control)), &judged));
    }
    out
}

fn title_of(control: &ControlRow) -> String {
    if control.title.is_empty() { humanised(&control.id) } else { control.title.clone() }
}

/// What was judged of a control.
struct Judged<'j> {
    state: &'static str,
    reason: &'static str,
    because: &'j str,
    findings: &'j [&'j Finding],
}

fn about(control: &str, way: &str, title: &str, judged: &Judged<'_>) -> Value {
    let mut out = json!({
        "uuid": uuid(5, &format!("finding {control} {way} {}", judged.because)),
        "title": text(title),
        "description": text(judged.because),
        "target": {
            "type": "objective-id",
            "target-id": format!("{control}.{way}"),
            "status": {"state": judged.state, "reason": judged.reason},
        },
    });
    if let (false, Some(map)) = (judged.findings.is_empty(), out.as_object_mut()) {
        let all = |key: &str, kind: &str| {
            judged.findings.iter().map(|f| json!({key: of_finding(kind, f)})).collect::<Vec<_>>()
        };
        map.insert("related-observations".to_owned(), Value::Array(all("observation-uuid", "observation")));
        map.insert("related-risks".to_owned(), Value::Array(all("risk-uuid", "risk")));
    }
    out
}

fn of_rules(view: &View<'_>) -> Vec<Value> {
    let report = view.report;
    let mut controls: BTreeMap<&str, u64> = BTreeMap::new();
    for rule in &report.rules {
        *controls.entry(&rule.control).or_default() += rule.evaluated;
    }
    let mut out = Vec::new();
    for (control, evaluated) in controls {
        let open: Vec<&Finding> = view.open().filter(|f| f.control == control).collect();
        let doubts = report.doubts.iter().filter(|d| d.concerns(control)).count();
        let (state, reason, because) = match (open.len(), doubts, evaluated) {
            (0, 0, 0) => continue,
            (0, 0, n) => ("satisfied", "pass", format!("{n} judged, no fault")),
            (0, d, _) => ("not-satisfied", "other", format!("{d} things could not be known")),
            (n, ..) => ("not-satisfied", "fail", format!("{n} open findings")),
        };
        let judged = Judged { state, reason, because: &because, findings: &open };
        out.push(about(control, "see", &humanised(control), &judged));
    }
    out
}
