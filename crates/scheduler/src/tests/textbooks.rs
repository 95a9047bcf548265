//! Schedules whose figures are published.

use super::support::{PRIORITY, chart, mean_in_hundredths, mlfq, nonzero, round_robin, run, run_single};
use crate::simulation::Job;
use crate::{AtExpiry, Config, Policy, Priority};

/// Source: Stallings, *Operating Systems: Internals and Design Principles*, tables 9.4 and 9.5.
#[test]
fn stallings_table_9_5() {
    let jobs = [(0, 3, 0), (2, 6, 0), (4, 4, 0), (6, 5, 0), (8, 2, 0)];
    for (policy, finish, mean) in [
        (Policy::Fcfs, [3, 9, 13, 18, 20], 860),
        (round_robin(1), [4, 18, 17, 20, 15], 1080),
        (round_robin(4), [3, 17, 11, 20, 19], 1000),
        (Policy::Sjf, [3, 9, 15, 20, 11], 760),
        (Policy::Srtf, [3, 15, 8, 20, 10], 720),
    ] {
        let outcome = run_single(policy, &jobs);
        assert_eq!(outcome.completion, finish, "{policy:?}");
        assert_eq!(mean_in_hundredths(&outcome.turnaround), mean, "{policy:?}");
    }
}

/// Source: Silberschatz, Galvin, Gagne, *Operating System Concepts*, section 5.3.1.
#[test]
fn osc_fcfs_depends_on_the_order_of_arrival() {
    let long_first = run_single(Policy::Fcfs, &[(0, 24, 0), (0, 3, 0), (0, 3, 0)]);
    assert_eq!(
        (long_first.waiting.clone(), mean_in_hundredths(&long_first.waiting)),
        (vec![0, 24, 27], 1700)
    );
    let long_last = run_single(Policy::Fcfs, &[(0, 3, 0), (0, 3, 0), (0, 24, 0)]);
    assert_eq!((long_last.waiting.clone(), mean_in_hundredths(&long_last.waiting)), (vec![0, 3, 6], 300));
}

/// Source: the same, section 5.3.2.
#[test]
fn osc_sjf_and_srtf() {
    let jobs = [(0, 6, 0), (0, 8, 0), (0, 7, 0), (0, 3, 0)];
    let sjf = run_single(Policy::Sjf, &jobs);
    assert_eq!(sjf.bars, chart("D3 A6 C7 B8"));
    assert_eq!(mean_in_hundredths(&sjf.waiting), 700);
    assert_eq!(mean_in_hundredths(&run_single(Policy::Fcfs, &jobs).waiting), 1025);

    let jobs = [(0, 8, 0), (1, 4, 0), (2, 9, 0), (3, 5, 0)];
    let srtf = run_single(Policy::Srtf, &jobs);
    assert_eq!(srtf.bars, chart("A1 B4 D5 A7 C9"));
    assert_eq!(mean_in_hundredths(&srtf.waiting), 650);
    assert_eq!(mean_in_hundredths(&run_single(Policy::Sjf, &jobs).waiting), 775);
}

/// Source: the same, section 5.3.3.
#[test]
fn osc_round_robin() {
    let outcome = run_single(round_robin(4), &[(0, 24, 0), (0, 3, 0), (0, 3, 0)]);
    assert_eq!(outcome.bars, chart("A4 B3 C3 A20"));
    assert_eq!(mean_in_hundredths(&outcome.waiting), 567);
}

/// Source: the same, section 5.3.4.
#[test]
fn osc_priority_and_priority_with_round_robin() {
    let jobs = [(0, 10, 3), (0, 1, 1), (0, 2, 4), (0, 1, 5), (0, 5, 2)];
    let outcome = run_single(Policy::Priority(PRIORITY), &jobs);
    assert_eq!(outcome.bars, chart("B1 E5 A10 C2 D1"));
    assert_eq!(mean_in_hundredths(&outcome.waiting), 820);

    let jobs = [(0, 4, 3), (0, 5, 2), (0, 8, 2), (0, 7, 1), (0, 3, 3)];
    let sliced = Policy::Priority(Priority { quantum: Some(nonzero(2)), ..PRIORITY });
    assert_eq!(run_single(sliced, &jobs).bars, chart("D7 B2 C2 B2 C2 B1 C4 A2 E2 A2 E1"));
}

/// Source: Arpaci-Dusseau, *Operating Systems: Three Easy Pieces*, chapter 7, figures 7.1 to 7.7.
#[test]
fn ostep_chapter_7() {
    let short_last = [(0, 100, 0), (0, 10, 0), (0, 10, 0)];
    let short_later = [(0, 100, 0), (10, 10, 0), (10, 10, 0)];
    for (policy, jobs, mean) in [
        (Policy::Fcfs, [(0, 10, 0); 3], 2000),
        (Policy::Fcfs, short_last, 11000),
        (Policy::Sjf, short_last, 5000),
        (Policy::Sjf, short_later, 10333),
        (Policy::Srtf, short_later, 5000),
    ] {
        assert_eq!(mean_in_hundredths(&run_single(policy, &jobs).turnaround), mean, "{policy:?}");
    }
    let equal = [(0, 5, 0); 3];
    assert_eq!(mean_in_hundredths(&run_single(Policy::Sjf, &equal).response), 500);
    let turns = run_single(round_robin(1), &equal);
    assert_eq!(mean_in_hundredths(&turns.response), 100);
    assert_eq!((turns.turnaround.clone(), mean_in_hundredths(&turns.turnaround)), (vec![13, 14, 15], 1400));
}

/// Overlapping I/O: A runs 10 and waits 10, five times; B runs 50. Here it runs
/// one more: of two bursts of 10, the running one would continue.
///
/// Source: the same, figure 7.9.
#[test]
fn ostep_chapter_7_runs_one_job_while_the_other_waits() {
    let jobs = [
        Job { arrival: 0, priority: 0, bursts: &[10, 10, 10, 10, 10, 10, 10, 10, 10] },
        Job { arrival: 0, priority: 0, bursts: &[51] },
    ];
    let outcome = run(Config::new(Policy::Srtf), &jobs);
    assert_eq!(outcome.bars, chart("A10 B10 A10 B10 A10 B10 A10 B10 A10 B11"));
}

/// Source: the same, chapter 8, figure 8.2: a long job sinks through three levels of 10 ms.
/// Figure 8.3: a short one that comes at 100 goes first, and is done in two turns.
#[test]
fn ostep_chapter_8_long_jobs_sink_and_short_ones_pass_them() {
    let levels = Policy::Mlfq(mlfq(&[(10, 1), (10, 1), (10, 1)], 0));
    let alone = run_single(levels, &[(0, 200, 0)]);
    assert_eq!(alone.bars, chart("A200"));
    let both = run_single(levels, &[(0, 180, 0), (100, 20, 0)]);
    assert_eq!(both.bars, chart("A100 B20 A80"));
}

/// Source: the same, figure 8.4: a job that computes for a tick and waits for nine stays on top.
#[test]
fn ostep_chapter_8_interactive_jobs_stay_on_top() {
    let levels = mlfq(&[(10, 1), (10, 1), (10, 1)], 0);
    let interactive: Vec<u64> = [1, 9].repeat(4).into_iter().chain([1]).collect();
    let jobs = [
        Job { arrival: 0, priority: 0, bursts: &[50] },
        Job { arrival: 30, priority: 0, bursts: &interactive },
    ];
    // The whole allotment isn't used up before the job ends, so it interrupts A each time it wakes.
    let outcome = run(Config::new(Policy::Mlfq(levels)), &jobs);
    assert_eq!(outcome.bars, chart("A30 B1 A9 B1 A9 B1 A2 -7 B1 -9 B1"));
}

/// Source: the same, figure 8.5: with a boost, a long job under two that never wait for long gets on.
#[test]
fn ostep_chapter_8_a_boost_ends_starvation() {
    let interactive: Vec<u64> = [1, 1].repeat(99).into_iter().chain([1]).collect();
    let jobs = [
        Job { arrival: 0, priority: 0, bursts: &[300] },
        Job { arrival: 220, priority: 0, bursts: &interactive },
        Job { arrival: 221, priority: 0, bursts: &interactive },
    ];
    // A is on the lower level from 200 on; the two take turns on the upper one until 420.
    let policy = |boost| Config::new(Policy::Mlfq(mlfq(&[(10, 20), (10, 20)], boost)));
    assert_eq!(run(policy(0), &jobs).completion[0], 500);
    // At 300 it joins them there, with 80 ticks to go, and has its turns of 10.
    let boosted = run(policy(300), &jobs).completion[0];
    assert!((380..420).contains(&boosted), "{boosted}");
}

/// A task that arrives at the instant at which a slice ends: the default queues it first.
#[test]
fn who_is_first_at_expiry_is_a_parameter() {
    let jobs = [(0, 4, 0), (2, 2, 0)];
    assert_eq!(run_single(round_robin(2), &jobs).bars, chart("A2 B2 A2"));
    let Policy::RoundRobin(mut params) = round_robin(2) else { unreachable!() };
    params.at_expiry = AtExpiry::ExpiredFirst;
    assert_eq!(run_single(Policy::RoundRobin(params), &jobs).bars, chart("A4 B2"));
}
