//! Which files are part of a configuration, by their names.

/// Endings of the files that declare something.
const ENDINGS: [&str; 4] = [".hcl", ".tf", ".hcl.json", ".tf.json"];

/// Whether a file of that name declares something.
pub fn is_configuration(name: &str) -> bool {
    !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a file of that name holds values for variables.
pub fn holds_values(name: &str) -> bool {
    name.strip_suffix(".json").unwrap_or(name).ends_with(".tfvars")
}

/// Whether a file of that name, in the directory of the configuration, gives values to variables
/// without being asked for.
pub fn is_read_by_itself(name: &str) -> bool {
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.ends_with(".auto.tfvars") || name == "terraform.tfvars" || name == "drctl.tfvars"
}

/// Whether a module of that source is one that drctl itself has.
pub fn is_built_in(source: &str) -> bool {
    source.starts_with("drctl:")
}
