//! All figures as one JSON object. Objects by id keep the jobs' order.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::value::RawValue;

use crate::schedule::{Figures, Schedule, TaskTimes, Totals};

/// Returns a schedule as JSON.
pub(crate) fn json(schedule: &Schedule) -> String {
    // It holds nothing that JSON can't.
    serde_json::to_string_pretty(&ScheduleJson::of(schedule)).unwrap_or_default() + "\n"
}

/// What is shown.
#[derive(Debug, Serialize)]
pub(super) struct ScheduleJson<'a> {
    gantt: Vec<(&'a str, u64, u64)>,
    completion: ById<'a>,
    turnaround: ById<'a>,
    waiting: ById<'a>,
    response: ById<'a>,
    completion_order: Vec<&'a str>,
    sum: Three<u64>,
    avg: Three<Option<f64>>,
    makespan: Option<u64>,
    busy: u64,
    context_switches: u64,
    jain_index: Option<Box<RawValue>>,
}

/// Times by id; null if there is none.
#[derive(Debug)]
struct ById<'a>(&'a [TaskTimes], fn(&TaskTimes) -> Option<u64>);

#[derive(Debug, Serialize)]
struct Three<T> {
    turnaround: T,
    waiting: T,
    response: T,
}

impl<T> From<Totals<T>> for Three<T> {
    fn from(Totals { turnaround, waiting, response }: Totals<T>) -> Self {
        Self { turnaround, waiting, response }
    }
}

impl Serialize for ById<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for task in self.0 {
            map.serialize_entry(&task.name, &(self.1)(task))?;
        }
        map.end()
    }
}

impl<'a> ScheduleJson<'a> {
    pub(super) fn of(schedule: &'a Schedule) -> Self {
        let figures = Figures::of(schedule);
        let tasks = &schedule.tasks;
        let bars = schedule.bars.iter();
        Self {
            gantt: bars.map(|bar| (schedule.name(bar), bar.start, bar.end)).collect(),
            completion: ById(tasks, |task| task.completion),
            turnaround: ById(tasks, TaskTimes::turnaround),
            waiting: ById(tasks, TaskTimes::waiting),
            response: ById(tasks, TaskTimes::response),
            completion_order: completion_order(tasks),
            sum: figures.sum.into(),
            avg: figures.mean.into(),
            makespan: figures.makespan,
            busy: figures.busy,
            context_switches: schedule.context_switches,
            jain_index: figures.jain_index.and_then(four_decimals),
        }
    }
}

fn completion_order(tasks: &[TaskTimes]) -> Vec<&str> {
    let mut done: Vec<(u64, &str)> =
        tasks.iter().filter_map(|task| Some((task.completion?, task.name.as_str()))).collect();
    // Stable; one CPU completes two jobs at one instant only if one of them is killed.
    done.sort_by_key(|(tick, _)| *tick);
    done.into_iter().map(|(_, name)| name).collect()
}

/// Returns a number with exactly four decimals, which a float wouldn't keep.
fn four_decimals(number: f64) -> Option<Box<RawValue>> {
    RawValue::from_string(format!("{number:.4}")).ok()
}
