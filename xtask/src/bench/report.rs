//! What was measured, as a table and as JSON.

use serde_json::{Value, json};

use super::measure::Measured;
use super::scheduling::Scheduling;

/// A table: a row a phase, a column a case, millions of instructions.
pub(super) fn table(measured: &[Measured]) -> String {
    let mut text = String::from("million instructions, by what was reached at the end of each phase\n");
    for one in measured {
        text += &format!("\n{:<42}{:>12}\n", one.case.name(), millions(one.total()));
        for phase in &one.phases {
            text += &format!("    {:<38}{:>12}\n", phase.name, millions(phase.instructions));
        }
    }
    text
}

/// The same for programs.
pub(super) fn json(measured: &[Measured], scheduling: &Scheduling) -> Value {
    let boot = |one: &Measured| {
        let phase = |phase: &super::timeline::Phase| json!({ "reached": phase.name, "instructions": phase.instructions });
        json!({
            "name": one.case.name(),
            "instructions": one.total(),
            "phases": one.phases.iter().map(phase).collect::<Vec<_>>(),
        })
    };
    json!({ "exact": scheduling.is_exact(), "boots": measured.iter().map(boot).collect::<Vec<_>>() })
}

/// `instructions` in millions, to the thousand.
fn millions(instructions: u64) -> String {
    let thousands = (instructions + 500) / 1000;
    format!("{}.{:03}", thousands / 1000, thousands % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_shown_in_millions() {
        assert_eq!(millions(12_345_678), "12.346");
        assert_eq!(millions(999_999), "1.000");
        assert_eq!(millions(499), "0.000");
    }
}
