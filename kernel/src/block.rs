//! Block devices: disks that are read and written by sectors.

pub mod ata;

use crate::command_line;
use ata::Access;

/// Returns the access to disks that the command line allows: writing too if it says `rw`.
#[must_use]
pub fn access(command_line: &str) -> Access {
    if command_line::has_word(command_line, "rw") { Access::ReadWrite } else { Access::ReadOnly }
}
