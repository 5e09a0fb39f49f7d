# As somebody writes it for Terraform, with nothing of drctl's in it but one rule.
package recovery

import rego.v1

# Nothing that holds data goes away.
deny contains message if {
	some change in input.resource_changes
	change.type in {"aws_rds_cluster", "aws_rds_global_cluster", "aws_backup_vault", "aws_kms_key"}
	"delete" in change.change.actions
	message := sprintf("%s would be destroyed", [change.address])
}

# Backups are kept for a month.
deny contains message if {
	some change in input.resource_changes
	change.type == "aws_backup_plan"
	some rule in change.change.after.rule
	some lifecycle in rule.lifecycle
	lifecycle.delete_after < 30
	message := sprintf("%s keeps backups for %v days only", [change.address, lifecycle.delete_after])
}

# Topics are encrypted; a key that is not known yet is a key.
deny contains message if {
	some change in input.resource_changes
	change.type == "aws_sns_topic"
	"create" in change.change.actions
	object.get(change.change.after, "kms_master_key_id", null) == null
	not change.change.after_unknown.kms_master_key_id
	message := sprintf("%s is not encrypted", [change.address])
}

# What drctl alone knows.
deny contains message if {
	some change in input.resource_changes
	some effect in change.drctl.effects
	effect.severity == "critical"
	message := sprintf("%s: %s", [change.address, effect.text])
}
