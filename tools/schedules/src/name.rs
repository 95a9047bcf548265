//! Names of tasks, in workloads and in traces.

use anyhow::{Result, ensure};

/// The maximum number of characters in a name.
const MAX_CHARACTERS: usize = 64;

/// Returns a message that quotes unchecked names, with their control characters written out: a terminal may obey them.
pub(crate) fn printable(message: &str) -> String {
    let escape = |letter: char| match letter {
        letter if letter.is_control() => letter.escape_default().to_string(),
        letter => letter.to_string(),
    };
    message.chars().map(escape).collect()
}

/// Rejects a name that a chart or a terminal couldn't show.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub(crate) fn check(name: &str) -> Result<()> {
    ensure!(!name.is_empty(), "is empty; name each job");
    ensure!(name.chars().count() <= MAX_CHARACTERS, "has more than {MAX_CHARACTERS} characters");
    ensure!(!name.chars().any(char::is_control), "has control characters");
    Ok(())
}
