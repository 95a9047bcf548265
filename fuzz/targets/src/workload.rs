//! Workload files, as `cargo xtask sched` reads them: with their own policy and with all others, in every format.

use farjump_scheduler::PolicyKind;
use schedules::{Comparison, Format, Schedule, Workload, compare, csv, show, title};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "workload", what: "a workload's JSON", corpus, run };

/// The maximum number of simulated ticks: a burst that a mutation has extended to a million ticks is valid, but takes too
/// long.
const MAX_TICKS: u64 = 2000;

/// Ticks that a switch may cost, for the same reason.
const MAX_SWITCH_COST: u32 = 20;

/// Round robin, MLFQ, priorities with all that they can have, and guessed bursts.
fn corpus() -> Vec<Vec<u8>> {
    [
        r#"{"policy": "rr", "params": {"quantum": 4, "at_expiry": "expired_first", "switch_cost": 1}, "jobs": [
            {"id": "A", "arrival": 0, "burst": 3, "priority": 1}, {"id": "B", "arrival": 2, "bursts": [3, 5, 2]}]}"#,
        include_str!("../../../docs/workloads/gantt.json"),
        r#"{"policy": "priority", "params": {"preemptive": true, "lower_is_higher": true, "quantum": 2,
            "preempted_to": "tail", "ageing": 3}, "jobs": [{"id": "\u00e4", "burst": 9},
            {"id": "<&>", "arrival": 1, "bursts": [2, 1, 2], "priority": 255}]}"#,
        r#"{"policy": "srtf", "params": {"estimate": 5}, "jobs": [{"id": "x", "burst": 7}, {"id": "y", "burst": 1}]}"#,
    ]
    .map(Vec::from)
    .to_vec()
}

fn run(bytes: &[u8]) {
    match Workload::parse(bytes) {
        Ok(workload) if workload.last_tick() <= MAX_TICKS => {
            own_policy(&workload);
            all_policies(&workload);
        }
        Ok(_) => {}
        Err(error) => assert_one_line(&format!("{error:#}")),
    }
}

fn own_policy(workload: &Workload) {
    let config = match workload.config() {
        Ok(config) if config.switch_cost <= MAX_SWITCH_COST => config,
        Ok(_) => return,
        Err(error) => return assert_one_line(&format!("{error:#}")),
    };
    let Ok(trace) = workload.simulate(config) else { panic!("so few ticks are within the limit") };
    let text = csv::write(&trace);
    // Read back, tasks are numbered as they come: the text is the same, and the numbers may be others.
    assert_eq!(csv::parse(text.as_bytes()).map(|trace| csv::write(&trace)).ok(), Some(text));
    for format in [Format::Text, Format::Json, Format::Svg, Format::Chrome] {
        assert!(show(&trace, &title(&config), format).is_ok_and(|text| text.ends_with('\n')));
    }
}

/// Checks that the CPU has as much to do under every policy.
fn all_policies(workload: &Workload) {
    let row = |kind| {
        let config = workload.config_for(kind).ok().filter(|config| config.switch_cost <= MAX_SWITCH_COST)?;
        let schedule = Schedule::of(&workload.simulate(config).ok()?);
        Some(Comparison { kind, title: title(&config), schedule })
    };
    let rows: Vec<Comparison> = PolicyKind::ALL.into_iter().filter_map(row).collect();
    let busy: Vec<u64> = rows.iter().map(|row| row.schedule.busy()).collect();
    assert!(busy.windows(2).all(|pair| pair[0] == pair[1]), "{busy:?}");
    for format in [Format::Text, Format::Json, Format::Svg] {
        assert!(compare(&rows, format).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workloads_to_begin_with_are_simulated() {
        for bytes in corpus() {
            let workload = Workload::parse(&bytes).unwrap();
            assert!(workload.last_tick() <= MAX_TICKS);
            assert!(workload.config().unwrap().switch_cost <= MAX_SWITCH_COST);
        }
    }
}
