//! Six policies, side by side.

use farjump_scheduler::PolicyKind;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::json::ScheduleJson;
use super::table::table;
use super::{mean_or_dash, or_dash};
use crate::schedule::{Figures, Schedule};

/// The result of one policy.
#[derive(Debug)]
pub struct Comparison {
    /// The policy.
    pub kind: PolicyKind,
    /// The text of the policy with its parameters.
    pub title: String,
    /// Its schedule.
    pub schedule: Schedule,
}

/// Returns a table, a row for each policy, and what the rows' parameters are.
pub(crate) fn compare_text(rows: &[Comparison]) -> String {
    let heading = ["policy", "turnaround", "waiting", "response", "makespan", "busy", "switches", "Jain"];
    let mut cells = vec![heading.map(str::to_owned).to_vec()];
    for Comparison { kind, schedule, .. } in rows {
        let figures = Figures::of(schedule);
        let means = [figures.mean.turnaround, figures.mean.waiting, figures.mean.response].map(mean_or_dash);
        let jain = figures.jain_index.map_or_else(|| "–".to_owned(), |index| format!("{index:.4}"));
        let rest = [
            or_dash(figures.makespan),
            figures.busy.to_string(),
            schedule.context_switches.to_string(),
            jain,
        ];
        cells.push([kind.name().to_owned()].into_iter().chain(means).chain(rest).collect());
    }
    let titles: String = rows.iter().map(|row| format!("{:<9} {}\n", row.kind.name(), row.title)).collect();
    format!("{}\nTurnaround, waiting and response are means, in ticks.\n\n{titles}", table(&cells))
}

/// Returns an object with each policy's figures, as `run --format json` has them.
pub(crate) fn compare_json(rows: &[Comparison]) -> String {
    // It holds nothing that JSON can't.
    serde_json::to_string_pretty(&ByPolicy(rows)).unwrap_or_default() + "\n"
}

struct ByPolicy<'a>(&'a [Comparison]);

impl Serialize for ByPolicy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for row in self.0 {
            map.serialize_entry(row.kind.name(), &ScheduleJson::of(&row.schedule))?;
        }
        map.end()
    }
}
