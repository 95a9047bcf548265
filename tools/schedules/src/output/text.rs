//! A Gantt chart and a table.

#![expect(clippy::cast_possible_truncation, reason = "a picture has few columns and labels")]

use super::table::table;
use super::{mean_or_dash, or_dash};
use crate::schedule::{Figures, Phase, Schedule, TaskTimes, Totals};

/// Columns of the chart.
pub(crate) const WIDTH: u64 = 96;

/// Columns from one number of the axis to the next, at least.
const LABEL_GAP: u64 = 8;

/// Returns a schedule as text.
pub(crate) fn text(schedule: &Schedule, title: &str) -> String {
    let figures = Figures::of(schedule);
    format!("{title}\n\n{}\n{}\n{}", chart(schedule), times(schedule, &figures), summary(schedule, &figures))
}

/// The scale from ticks to columns.
#[derive(Debug, Clone, Copy)]
struct Scale {
    start: u64,
    per_column: u64,
    columns: usize,
}

impl Scale {
    fn of(schedule: &Schedule) -> Self {
        let ticks = (schedule.end - schedule.start).max(1);
        let per_column = ticks.div_ceil(WIDTH);
        Self { start: schedule.start, per_column, columns: ticks.div_ceil(per_column) as usize }
    }

    /// Returns the columns that a time touches.
    fn columns(self, start: u64, end: u64) -> std::ops::Range<usize> {
        let first = (start - self.start) / self.per_column;
        let last = (end - self.start).div_ceil(self.per_column);
        first as usize..(last as usize).min(self.columns)
    }
}

fn chart(schedule: &Schedule) -> String {
    let scale = Scale::of(schedule);
    let names = schedule.tasks.iter().map(|task| task.name.chars().count());
    let margin = names.chain([4]).max().unwrap_or(0);
    let mut text = String::new();
    for task in &schedule.tasks {
        let cells: String = row(task, scale).into_iter().collect();
        text += &format!("{:<margin$} |{}|\n", task.name, cells);
    }
    let idle = schedule.idle();
    if !idle.is_empty() {
        text += &format!("{:<margin$} |{}|\n", "idle", marks(&idle, scale));
    }
    text += &format!("{:margin$} {}\n", "", axis(scale));
    text += &format!("{:margin$}  # runs  . ready  z sleeps", "");
    if scale.per_column > 1 {
        text += &format!("; a column is {} ticks", scale.per_column);
    }
    text + "\n"
}

/// Of several phases in a column, the most important one is shown.
fn row(task: &TaskTimes, scale: Scale) -> Vec<char> {
    let mut cells = vec![' '; scale.columns];
    for (phase, mark) in [(Phase::Waiting, 'z'), (Phase::Ready, '.'), (Phase::Running, '#')] {
        for span in task.spans.iter().filter(|span| span.phase == phase) {
            cells[scale.columns(span.start, span.end)].fill(mark);
        }
    }
    cells
}

fn marks(times: &[(u64, u64)], scale: Scale) -> String {
    let mut cells = vec![' '; scale.columns];
    for (start, end) in times {
        cells[scale.columns(*start, *end)].fill('-');
    }
    cells.into_iter().collect()
}

fn axis(scale: Scale) -> String {
    let step = LABEL_GAP.div_ceil(5) * 5;
    let mut text = String::new();
    for column in (0..=scale.columns as u64).step_by(step as usize) {
        let label = (scale.start + column * scale.per_column).to_string();
        // The bar at the left edge stands in front of column 0.
        text += &" ".repeat((column as usize + 1).saturating_sub(text.chars().count()));
        text += &label;
    }
    text
}

fn times(schedule: &Schedule, figures: &Figures) -> String {
    let heading = ["task", "arrival", "CPU", "sleep", "completion", "turnaround", "waiting", "response"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(schedule.tasks.iter().map(|task| {
        let known = [task.completion, task.turnaround(), task.waiting(), task.response()];
        let first =
            [task.name.clone(), or_dash(task.arrival), task.cpu().to_string(), task.sleep().to_string()];
        first.into_iter().chain(known.map(or_dash)).collect()
    }));
    let empty = || [(); 4].map(|()| String::new());
    let Totals { turnaround, waiting, response } = figures.sum;
    let sums = [turnaround, waiting, response].map(|sum| sum.to_string());
    rows.push(["sum".to_owned()].into_iter().chain(empty()).chain(sums).collect());
    let Totals { turnaround, waiting, response } = figures.mean;
    let means = [turnaround, waiting, response].map(mean_or_dash);
    rows.push(["avg".to_owned()].into_iter().chain(empty()).chain(means).collect());
    table(&rows)
}

fn summary(schedule: &Schedule, figures: &Figures) -> String {
    let percent =
        figures.utilisation().map_or_else(String::new, |share| format!(" ({:.1} %)", share * 100.0));
    let jain = figures.jain_index.map_or_else(|| "–".to_owned(), |index| format!("{index:.4}"));
    format!(
        "makespan {}, busy {}{percent}, context switches {}, preemptions {}, Jain's index {jain}\n",
        or_dash(figures.makespan),
        figures.busy,
        schedule.context_switches,
        schedule.preemptions,
    )
}
