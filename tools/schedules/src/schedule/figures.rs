//! A schedule's figures. Sums and counts are integers; only the final ratios are calculated in floating point.

use super::{Schedule, TaskTimes};

/// Sums over tasks, or their means; of those tasks that have them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Totals<T> {
    pub(crate) turnaround: T,
    pub(crate) waiting: T,
    pub(crate) response: T,
}

/// A schedule's figures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    pub(crate) sum: Totals<u64>,
    /// `None`: no task has it.
    pub(crate) mean: Totals<Option<f64>>,
    /// Last completion - first arrival.
    pub(crate) makespan: Option<u64>,
    /// Ticks in which a task ran.
    pub(crate) busy: u64,
    /// Jain's index over CPU / turnaround: 1 if all tasks get the same share, 1/n if one gets all.
    pub(crate) jain_index: Option<f64>,
}

impl Figures {
    /// The figures of a schedule.
    pub(crate) fn of(schedule: &Schedule) -> Self {
        let totals = [TaskTimes::turnaround, TaskTimes::waiting, TaskTimes::response].map(|time| {
            let times: Vec<u64> = schedule.tasks.iter().filter_map(time).collect();
            let sum: u64 = times.iter().sum();
            (sum, (!times.is_empty()).then(|| ratio(sum, times.len() as u64)))
        });
        let [turnaround, waiting, response] = totals;
        let first = schedule.tasks.iter().filter_map(|task| task.arrival).min();
        let last = schedule.tasks.iter().filter_map(|task| task.completion).max();
        Self {
            sum: Totals { turnaround: turnaround.0, waiting: waiting.0, response: response.0 },
            mean: Totals { turnaround: turnaround.1, waiting: waiting.1, response: response.1 },
            makespan: first.zip(last).and_then(|(first, last)| last.checked_sub(first)),
            busy: schedule.busy(),
            jain_index: jain_index(&schedule.tasks),
        }
    }

    /// Returns the share of the makespan in which a task ran.
    pub(crate) fn utilisation(&self) -> Option<f64> {
        self.makespan.filter(|makespan| *makespan > 0).map(|makespan| ratio(self.busy, makespan))
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Source: Jain, Chiu, Hawe, *A Quantitative Measure of Fairness and Discrimination*, DEC-TR-301.
fn jain_index(tasks: &[TaskTimes]) -> Option<f64> {
    let share = |task: &TaskTimes| {
        task.turnaround().filter(|turnaround| *turnaround > 0).map(|turnaround| ratio(task.cpu(), turnaround))
    };
    let shares: Vec<f64> = tasks.iter().filter_map(share).collect();
    let (sum, squares) = shares.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    (squares > 0.0).then(|| sum * sum / (shares.len() as f64 * squares))
}
