//! The part of SARIF 2.1.0 (OASIS, 27 March 2020) that Plimsoll writes. Names are the standard's.

use std::collections::BTreeMap;

use serde::Serialize;

/// `sarifLog`, 3.13.
#[derive(Serialize)]
pub(super) struct Log<'r> {
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    pub version: &'static str,
    pub runs: [Run<'r>; 1],
}

/// `run`, 3.14.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'r> {
    pub tool: Tool,
    pub automation_details: AutomationDetails,
    pub invocations: [Invocation; 1],
    pub original_uri_base_ids: BTreeMap<&'static str, BaseId>,
    pub column_kind: &'static str,
    pub results: Vec<Result<'r>>,
    pub properties: RunProperties,
}

/// `runAutomationDetails`, 3.17.
#[derive(Serialize)]
pub(super) struct AutomationDetails {
    pub id: String,
}

/// What a run says of its knowledge and its verdict.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunProperties {
    pub as_of: String,
    pub database: String,
    pub outcome: api::VerdictOutcome,
}

/// `artifactLocation` without a URI: where relative ones begin is for the reader to say, 3.14.14.
#[derive(Serialize)]
pub(super) struct BaseId {
    pub description: Text,
}

/// `message` and `multiformatMessageString` with text only.
#[derive(Serialize)]
pub(super) struct Text {
    pub text: String,
}

/// `multiformatMessageString`, 3.12.
#[derive(Serialize)]
pub(super) struct Help {
    pub text: String,
    pub markdown: String,
}

/// `tool`, 3.18.
#[derive(Serialize)]
pub(super) struct Tool {
    pub driver: Driver,
}

/// `toolComponent`, 3.19.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver {
    pub name: &'static str,
    pub version: String,
    pub rules: Vec<Rule>,
}

/// `reportingDescriptor`, 3.49.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub id: String,
    pub name: String,
    pub short_description: Text,
    pub full_description: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_uri: Option<String>,
    pub help: Help,
    pub default_configuration: Configuration,
    pub properties: RuleProperties,
}

/// `reportingConfiguration`, 3.50.
#[derive(Serialize)]
pub(super) struct Configuration {
    pub level: &'static str,
}

/// `properties` that code scanning services read.
#[derive(Serialize)]
pub(super) struct RuleProperties {
    pub tags: Vec<String>,
    pub precision: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    pub security_severity: Option<String>,
}

/// `invocation`, 3.20.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub execution_successful: bool,
    pub exit_code: u8,
    pub tool_execution_notifications: Vec<Notification>,
    pub tool_configuration_notifications: Vec<Notification>,
}

/// `notification`, 3.58.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    pub level: &'static str,
    pub message: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descriptor: Option<Reference>,
    pub properties: BTreeMap<&'static str, String>,
}

/// `reportingDescriptorReference`, 3.52.
#[derive(Serialize)]
pub(super) struct Reference {
    pub id: String,
}

/// `result`, 3.27.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result<'r> {
    pub rule_id: String,
    pub rule_index: usize,
    pub level: &'static str,
    pub message: Text,
    pub locations: [Location; 1],
    pub partial_fingerprints: BTreeMap<&'static str, String>,
    /// Present on every result as soon as one is suppressed, and empty on the open ones: 3.27.23.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressions: Option<Vec<Suppression<'r>>>,
    pub properties: ResultProperties<'r>,
}

/// `location`, 3.28.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logical_locations: Vec<LogicalLocation>,
}

/// `physicalLocation`, 3.29.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub artifact_location: ArtifactLocation,
    pub region: Region,
}

/// `artifactLocation`, 3.4.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    pub uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri_base_id: Option<&'static str>,
}

/// `region`, 3.30.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_column: Option<u32>,
}

/// `logicalLocation`, 3.33.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation {
    pub fully_qualified_name: String,
    pub kind: &'static str,
}

/// `suppression`, 3.35.
#[derive(Serialize)]
pub(super) struct Suppression<'r> {
    pub kind: &'static str,
    pub status: &'static str,
    pub justification: String,
    pub properties: &'r api::Suppression,
}

/// What a finding says that SARIF has no word for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultProperties<'r> {
    pub target: &'r str,
    pub control: &'r str,
    pub severity: model::Severity,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    pub security_severity: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub packages: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<&'r str>,
    #[serde(skip_serializing_if = "<[api::Because]>::is_empty")]
    pub because: &'r [api::Because],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<&'r api::Fix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss: Option<api::Epss>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kev: Option<&'r api::Kev>,
}
