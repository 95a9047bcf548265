//! The timestamps that a kernel prints: lines `timeline: PHASE TSC`, in order.

use anyhow::{Context as _, Result, ensure};

/// What such a line starts with.
const PREFIX: &str = "timeline: ";

/// The last timestamp's name: the kernel's first instruction.
const LAST_PHASE: &str = "kernel entry";

/// The count of a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phase {
    /// What was reached at its end.
    pub(super) name: String,
    pub(super) instructions: u64,
}

/// Turns timestamps into counts: from `start` to the first, from the first to the second, and so on.
pub(super) fn phases<'a>(lines: impl Iterator<Item = &'a str>, start: u64) -> Result<Vec<Phase>> {
    let mut phases = Vec::new();
    let mut previous = start;
    for line in lines {
        let Some(timestamp) = line.strip_prefix(PREFIX) else { continue };
        let (name, tsc) = timestamp.rsplit_once(' ').with_context(|| format!("no timestamp: `{line}`"))?;
        let tsc: u64 = tsc.parse().with_context(|| format!("no number: `{line}`"))?;
        let instructions = tsc.checked_sub(previous);
        let instructions =
            instructions.with_context(|| format!("`{line}` is before the previous timestamp"))?;
        phases.push(Phase { name: name.trim().to_owned(), instructions });
        previous = tsc;
    }
    let last = phases.last().map(|phase| phase.name.as_str());
    ensure!(last == Some(LAST_PHASE), "the kernel's last timestamp is {last:?}, not `{LAST_PHASE}`");
    Ok(phases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_become_instruction_counts() {
        let lines = ["Booting ...", "timeline: long mode 150", "timeline: kernel entry 400", "Kernel: OK"];
        let phases = phases(lines.into_iter(), 100).unwrap();
        assert_eq!(phases[0], Phase { name: "long mode".into(), instructions: 50 });
        assert_eq!(phases[1].instructions, 250);
    }

    #[test]
    fn invalid_timestamps_are_errors() {
        let error = |lines: &[&str]| phases(lines.iter().copied(), 100).unwrap_err().to_string();
        assert!(error(&["timeline: stage 2 50"]).contains("before"));
        assert!(error(&["timeline: stage 2 x"]).contains("no number"));
        assert!(error(&["timeline: stage 2 150"]).contains("kernel entry"));
        assert!(error(&[]).contains("kernel entry"));
    }
}
