//! Names of tasks, in workloads and in traces.

use anyhow::{Result, ensure};

/// Characters of a name.
const MAX_CHARACTERS: usize = 64;

/// Refuses a name that a chart or a terminal couldn't show.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub(crate) fn check(name: &str) -> Result<()> {
    ensure!(!name.is_empty(), "is empty; give each job a name");
    ensure!(name.chars().count() <= MAX_CHARACTERS, "has more than {MAX_CHARACTERS} characters");
    ensure!(!name.chars().any(char::is_control), "has control characters");
    Ok(())
}
