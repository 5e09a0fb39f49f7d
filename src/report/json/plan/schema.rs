//! The JSON Schema of the document, for whoever reads it with a program.
use serde_json::{Value as Tree, json};

use crate::report::json::plan::{OURS, PLAN_FORMAT};

/// What `drctl show -json` prints. Readers must ignore keys that they do not know; minor versions
/// add some.
#[expect(clippy::too_many_lines, reason = "it is one document")]
pub fn schema() -> Tree {
    let text = json!({ "type": "string" });
    let flag = json!({ "type": "boolean" });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let count = json!({ "type": "integer", "minimum": 0 });
    let severity = json!({ "enum": ["low", "medium", "high", "critical"] });
    let refer = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    let list = |name: &str| json!({ "type": "array", "items": refer(name) });
    let map = |name: &str| json!({ "type": "object", "additionalProperties": refer(name) });
    let subject = json!({
        "address": text, "module_address": text, "mode": { "enum": ["managed", "data"] },
        "type": text, "name": text, "index": { "type": ["string", "integer"] },
        "provider_name": text,
    });
    let with = |more: Tree| {
        let mut all = subject.clone();
        if let (Tree::Object(all), Tree::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        all
    };
    let named = ["address", "mode", "type", "name", "provider_name"];
    let change = |actions: &[&str]| {
        json!({
            "type": "object",
            "properties": {
                "actions": {
                    "enum": actions.iter().map(|one| one.split(' ').collect::<Vec<_>>())
                        .collect::<Vec<_>>(),
                },
                "before": { "description": "What there is; null for nothing. What is sensitive is null." },
                "after": { "description": "What there will be, without what is not known yet." },
                "after_unknown": { "description": "True where a value is not known yet." },
                "before_sensitive": { "description": "True where a value is sensitive." },
                "after_sensitive": { "description": "True where a value will be sensitive." },
                "replace_paths": {
                    "description": "What cannot be changed in place.",
                    "type": "array",
                    "items": { "type": "array", "items": { "type": ["string", "integer"] } },
                },
                "importing": {
                    "type": "object",
                    "properties": { "id": { "type": ["string", "null"] } },
                },
            },
            "required": ["actions", "before", "after_unknown", "before_sensitive", "after_sensitive"],
        })
    };
    let actions = ["no-op", "create", "read", "update", "delete", "delete create", "create delete"];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan, as `drctl show -json` prints it",
        "description": format!(
            "Terraform's plan format {PLAN_FORMAT}; what stands under keys named `drctl` is not \
             Terraform's and has a version of its own, {OURS}."
        ),
        "type": "object",
        "properties": {
            "format_version": { "const": PLAN_FORMAT },
            "terraform_version": { "description": "Whose language and format these are.", "type": "string" },
            "variables": { "type": "object", "additionalProperties": { "type": "object" } },
            "planned_values": refer("values"),
            "resource_drift": list("resource_change"),
            "resource_changes": list("resource_change"),
            "output_changes": map("output_change"),
            "prior_state": {
                "type": "object",
                "properties": {
                    "format_version": { "const": "1.0" }, "terraform_version": text,
                    "values": refer("values"),
                },
                "required": ["format_version"],
            },
            "configuration": {
                "type": "object",
                "properties": {
                    "provider_config": map("provider_config"), "root_module": refer("module"),
                },
            },
            "relevant_attributes": { "type": "array" },
            "checks": list("check"),
            "timestamp": { "type": "string", "format": "date-time" },
            "applyable": { "description": "Whether there is anything to do.", "type": "boolean" },
            "complete": {
                "description": "Whether all of the configuration was planned.", "type": "boolean",
            },
            "errored": flag,
            "drctl": refer("drctl"),
        },
        "required": [
            "format_version", "terraform_version", "planned_values", "resource_changes",
            "prior_state", "configuration", "timestamp", "applyable", "complete", "errored",
        ],
        "$defs": {
            "resource_change": {
                "type": "object",
                "properties": with(json!({
                    "previous_address": text,
                    "change": change(&actions),
                    "action_reason": { "enum": [
                        "replace_because_cannot_update", "replace_by_request", "replace_by_triggers",
                        "delete_because_no_resource_config", "read_because_config_unknown",
                        "read_because_dependency_pending",
                    ] },
                    "drctl": refer("ours"),
                })),
                "required": [named.as_slice(), &["change"]].concat(),
            },
            "output_change": change(&["no-op", "create", "update", "delete"]),
            "values": {
                "type": "object",
                "properties": {
                    "outputs": { "type": "object", "additionalProperties": { "type": "object" } },
                    "root_module": refer("module_values"),
                },
                "required": ["root_module"],
            },
            "module_values": {
                "type": "object",
                "properties": {
                    "address": text, "resources": list("resource_values"),
                    "child_modules": list("module_values"),
                },
                "additionalProperties": false,
            },
            "resource_values": {
                "type": "object",
                "properties": with(json!({
                    "schema_version": count, "values": { "type": "object" },
                    "sensitive_values": { "type": "object" }, "depends_on": texts,
                })),
                "required": [named.as_slice(), &["schema_version", "values", "sensitive_values"]].concat(),
                "additionalProperties": false,
            },
            "provider_config": {
                "type": "object",
                "properties": {
                    "name": text, "full_name": text, "alias": text,
                    "expressions": { "type": "object" }, "for_each_expression": refer("expression"),
                },
                "required": ["name", "full_name"],
            },
            "module": {
                "type": "object",
                "properties": {
                    "outputs": { "type": "object" }, "variables": { "type": "object" },
                    "resources": list("resource"), "module_calls": map("call"),
                },
            },
            "resource": {
                "type": "object",
                "properties": {
                    "address": text, "mode": { "enum": ["managed", "data"] }, "type": text,
                    "name": text, "provider_config_key": text, "expressions": { "type": "object" },
                    "schema_version": count, "count_expression": refer("expression"),
                    "for_each_expression": refer("expression"), "depends_on": texts,
                },
                "required": ["address", "mode", "type", "name", "provider_config_key", "expressions"],
            },
            "call": {
                "type": "object",
                "properties": {
                    "source": text, "expressions": map("expression"), "module": refer("module"),
                    "count_expression": refer("expression"),
                    "for_each_expression": refer("expression"), "depends_on": texts,
                },
                "required": ["source", "module"],
            },
            "expression": {
                "type": "object",
                "properties": { "constant_value": true, "references": texts },
                "additionalProperties": false,
            },
            "check": {
                "type": "object",
                "properties": {
                    "address": {
                        "type": "object",
                        "properties": { "kind": text, "name": text, "to_display": text },
                        "required": ["kind", "to_display"],
                    },
                    "status": { "enum": ["pass", "fail", "error", "unknown"] },
                },
                "required": ["address", "status"],
            },
            "scope": {
                "description": "Account and Region.",
                "type": ["object", "null"],
                "properties": { "account": text, "region": text },
                "required": ["account", "region"],
                "additionalProperties": false,
            },
            "ours": {
                "type": "object",
                "properties": {
                    "scope": refer("scope"),
                    "id": { "description": "What AWS knows it by.", "type": "string" },
                    "effects": {
                        "description": "What this does to the ability to recover, the worst first.",
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": { "severity": severity, "text": text },
                            "required": ["severity", "text"],
                            "additionalProperties": false,
                        },
                    },
                    "destroys_data": {
                        "description": "Whether data goes that cannot be had back.", "const": true,
                    },
                    "tags_only": {
                        "description": "Whether only the tags that say whose it is are written.",
                        "type": "boolean",
                    },
                    "moved_from": {
                        "description": "The address until now, as a tag can hold it.", "type": "string",
                    },
                    "differs_in": {
                        "description": "In what something to be adopted differs; it is not changed.",
                        "type": "array", "items": { "type": "string" },
                    },
                },
                "required": ["scope"],
                "additionalProperties": false,
            },
            "blocked": {
                "description": "What is refused, or of which nothing is known.",
                "type": "object",
                "properties": with(json!({
                    "reason": { "enum": ["unreadable", "upstream", "not_ours", "guarded"] },
                    "scope": refer("scope"), "detail": text, "waits_for": text, "key": text,
                    "owner": { "type": ["string", "null"] },
                })),
                "required": [named.as_slice(), &["reason"]].concat(),
                "additionalProperties": false,
            },
            "drctl": {
                "type": "object",
                "properties": {
                    "format_version": { "const": OURS },
                    "version": { "description": "Which drctl made the plan.", "type": "string" },
                    "stack": text,
                    "hash": {
                        "description": "Stands for the plan where it is approved.", "type": "string",
                    },
                    "expires": { "description": "Until when it may be applied.", "type": "string" },
                    "expired": flag,
                    "applied": {
                        "description": "When applying it was begun; a plan is applied once.",
                        "type": ["string", "null"],
                    },
                    "destroy": flag,
                    "counts": { "type": "object" },
                    "blocked": list("blocked"),
                    "unreadable": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "address": text, "scope": refer("scope"), "reason": text,
                                "unreachable": flag,
                            },
                            "required": ["address", "reason", "unreachable"],
                            "additionalProperties": false,
                        },
                    },
                },
                "required": ["format_version", "version", "stack", "hash", "destroy"],
                "additionalProperties": false,
            },
        },
    })
}
