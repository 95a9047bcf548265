//! The two logs that each boot leaves.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Where a boot's logs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// All that came over the serial port.
    pub serial: PathBuf,
    /// QEMU's own: what the guest did wrong, and the registers at each CPU reset.
    pub qemu: PathBuf,
}

impl Logs {
    /// `target/logs/NAME.serial.log` and `target/logs/NAME.qemu.log`, both empty.
    pub fn create(target: &Path, name: &str) -> Result<Self> {
        let directory = Self::directory(target);
        fs::create_dir_all(&directory)
            .with_context(|| format!("can't make the directory {}", directory.display()))?;
        let name = file_name(name);
        let logs = Self {
            serial: directory.join(format!("{name}.serial.log")),
            qemu: directory.join(format!("{name}.qemu.log")),
        };
        for path in [&logs.serial, &logs.qemu] {
            fs::write(path, []).with_context(|| format!("can't write the log {}", path.display()))?;
        }
        Ok(logs)
    }

    /// Where all boots' logs are.
    #[must_use]
    pub fn directory(target: &Path) -> PathBuf {
        target.join("logs")
    }

    /// The last `count` lines of QEMU's own log, or why it can't be read.
    #[must_use]
    pub fn qemu_tail(&self, count: usize) -> String {
        match fs::read(&self.qemu) {
            Ok(bytes) => last_lines(&String::from_utf8_lossy(&bytes), count).to_owned(),
            Err(error) => format!("{}: {error}", self.qemu.display()),
        }
    }

    /// Whether the CPU faulted while it handled a double fault: QEMU resets then, as a PC does.
    #[must_use]
    pub fn tell_of_triple_fault(&self) -> bool {
        fs::read(&self.qemu).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("Triple fault"))
    }
}

fn file_name(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The last `count` lines of `text`.
fn last_lines(text: &str, count: usize) -> &str {
    let text = text.trim_end_matches('\n');
    let start =
        text.rmatch_indices('\n').nth(count.saturating_sub(1)).map_or(0, |(position, _)| position + 1);
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_becomes_a_file_name() {
        assert_eq!(file_name("boot: disk ahci, 6 GiB"), "boot-disk-ahci-6-GiB");
    }

    #[test]
    fn the_last_lines_are_the_last_lines() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a\n", 2), "a");
        assert_eq!(last_lines("", 2), "");
    }
}
