//! What holds for every workload.

use proptest::prelude::*;

use super::support::{Outcome, PRIORITY, mlfq, nonzero, round_robin, run};
use crate::simulation::Job;
use crate::{AtExpiry, Config, EventKind, Mlfq, Policy, Priority, QueueEnd, RoundRobin};

/// A job that owns its bursts.
#[derive(Debug, Clone)]
pub(super) struct OwnedJob {
    pub(super) arrival: u64,
    pub(super) priority: u8,
    pub(super) bursts: Vec<u64>,
}

pub(super) fn borrowed(jobs: &[OwnedJob]) -> Vec<Job<'_>> {
    jobs.iter()
        .map(|OwnedJob { arrival, priority, bursts }| Job { arrival: *arrival, priority: *priority, bursts })
        .collect()
}

/// Up to `most` jobs that may sleep.
pub(super) fn jobs(most: usize) -> impl Strategy<Value = Vec<OwnedJob>> {
    let bursts = prop::collection::vec(1u64..7, 1..6).prop_map(|mut bursts| {
        bursts.truncate((bursts.len() - 1) / 2 * 2 + 1);
        bursts
    });
    let job = (0u64..20, 0u8..4, bursts);
    prop::collection::vec(
        job.prop_map(|(arrival, priority, bursts)| OwnedJob { arrival, priority, bursts }),
        1..=most,
    )
}

/// Jobs of one burst.
fn single_jobs(most: usize) -> impl Strategy<Value = Vec<OwnedJob>> {
    jobs(most).prop_map(|mut jobs| {
        jobs.iter_mut().for_each(|job| job.bursts.truncate(1));
        jobs
    })
}

pub(super) fn policies() -> impl Strategy<Value = Policy> {
    let ends = prop_oneof![Just(QueueEnd::Head), Just(QueueEnd::Tail)];
    let expiries = prop_oneof![Just(AtExpiry::ArrivalsFirst), Just(AtExpiry::ExpiredFirst)];
    let priorities = (any::<[bool; 2]>(), 0u32..5, ends.clone(), 0u32..6, expiries.clone());
    prop_oneof![
        Just(Policy::Fcfs),
        Just(Policy::Sjf),
        Just(Policy::Srtf),
        (1u32..6, expiries).prop_map(|(quantum, at_expiry)| Policy::RoundRobin(RoundRobin {
            quantum: nonzero(quantum),
            at_expiry
        })),
        priorities.prop_map(|([lower_is_higher, preemptive], quantum, preempted_to, ageing, at_expiry)| {
            let optional = |number| (number > 0).then(|| nonzero(number));
            let (quantum, ageing) = (optional(quantum), optional(ageing));
            Policy::Priority(Priority {
                lower_is_higher,
                preemptive,
                quantum,
                preempted_to,
                ageing,
                at_expiry,
            })
        }),
        (0u32..15, any::<bool>(), ends).prop_map(|(boost, reset_on_block, woken_to)| {
            Policy::Mlfq(Mlfq { reset_on_block, woken_to, ..mlfq(&[(1, 2), (2, 1), (3, 2)], boost) })
        }),
    ]
}

fn outcome(policy: Policy, jobs: &[OwnedJob]) -> Outcome {
    run(Config::new(policy), &borrowed(jobs))
}

fn turnarounds(policy: Policy, jobs: &[OwnedJob]) -> u64 {
    outcome(policy, jobs).turnaround.iter().sum()
}

/// Instants at which nothing runs although a task is ready, by the events alone.
fn lazy_instants(outcome: &Outcome) -> Vec<u64> {
    let (mut ready, mut running, mut lazy) = (0, false, Vec::new());
    for (index, event) in outcome.events.iter().enumerate() {
        match event.kind {
            EventKind::Arrive | EventKind::Wake => ready += 1,
            EventKind::Dispatch => (ready, running) = (ready - 1, true),
            EventKind::Expire | EventKind::Preempt | EventKind::Yield => {
                (ready, running) = (ready + 1, false)
            }
            kind if kind.is_stop() => running = false,
            _ => {}
        }
        let instant_is_over = outcome.events.get(index + 1).is_none_or(|next| next.tick > event.tick);
        if instant_is_over && !running && ready > 0 {
            lazy.push(event.tick);
        }
    }
    lazy
}

proptest! {
    #[test]
    fn bars_never_overlap_and_add_up_to_the_bursts(policy in policies(), jobs in jobs(8)) {
        let bars = outcome(policy, &jobs).bars;
        prop_assert!(bars.windows(2).all(|pair| pair[0].2 <= pair[1].1));
        for (number, job) in jobs.iter().enumerate() {
            let ran: u64 = bars.iter().filter(|bar| bar.0 == number).map(|bar| bar.2 - bar.1).sum();
            prop_assert_eq!(ran, job.bursts.iter().step_by(2).sum::<u64>());
        }
    }

    #[test]
    fn the_cpu_idles_only_when_nothing_is_ready(policy in policies(), jobs in jobs(8)) {
        prop_assert_eq!(lazy_instants(&outcome(policy, &jobs)), []);
    }

    #[test]
    fn two_runs_are_equal(policy in policies(), jobs in jobs(8)) {
        prop_assert_eq!(outcome(policy, &jobs), outcome(policy, &jobs));
    }

    #[test]
    fn in_round_robin_no_task_waits_longer_than_the_others_quanta(quantum in 1u64..6, jobs in single_jobs(8)) {
        let outcome = outcome(round_robin(u32::try_from(quantum).unwrap()), &jobs);
        let most = (jobs.len() as u64 - 1) * quantum;
        for number in 0..jobs.len() {
            let mine: Vec<_> = outcome.bars.iter().filter(|bar| bar.0 == number).collect();
            prop_assert!(outcome.response[number] <= most);
            prop_assert!(mine.windows(2).all(|pair| pair[1].1 - pair[0].2 <= most));
        }
    }

    #[test]
    fn round_robin_with_a_huge_quantum_is_fcfs(jobs in jobs(8)) {
        prop_assert_eq!(outcome(round_robin(1000), &jobs), outcome(Policy::Fcfs, &jobs));
    }

    #[test]
    fn equal_priorities_are_fcfs(preemptive: bool, mut jobs in jobs(8)) {
        jobs.iter_mut().for_each(|job| job.priority = 7);
        let policy = Policy::Priority(Priority { preemptive, ..PRIORITY });
        prop_assert_eq!(outcome(policy, &jobs), outcome(Policy::Fcfs, &jobs));
    }

    #[test]
    fn priorities_that_are_the_bursts_are_sjf(mut jobs in single_jobs(8)) {
        for job in &mut jobs {
            (job.arrival, job.priority) = (0, u8::try_from(job.bursts[0]).unwrap());
        }
        prop_assert_eq!(outcome(Policy::Priority(PRIORITY), &jobs), outcome(Policy::Sjf, &jobs));
    }

    #[test]
    fn one_level_of_mlfq_is_round_robin_expired_first(quantum in 1u32..6, jobs in single_jobs(8)) {
        let turns = RoundRobin { quantum: nonzero(quantum), at_expiry: AtExpiry::ExpiredFirst };
        let one_level = Policy::Mlfq(mlfq(&[(quantum, 1)], 0));
        prop_assert_eq!(outcome(one_level, &jobs), outcome(Policy::RoundRobin(turns), &jobs));
    }

    #[test]
    fn no_policy_has_a_better_mean_turnaround_than_srtf(policy in policies(), jobs in single_jobs(8)) {
        prop_assert!(turnarounds(Policy::Srtf, &jobs) <= turnarounds(policy, &jobs));
    }

    #[test]
    fn sjf_is_the_best_without_preemption_if_all_arrive_together(lower_is_higher: bool, mut jobs in single_jobs(8)) {
        jobs.iter_mut().for_each(|job| job.arrival = 0);
        let best = turnarounds(Policy::Sjf, &jobs);
        prop_assert!(best <= turnarounds(Policy::Fcfs, &jobs));
        let priority = Policy::Priority(Priority { lower_is_higher, ..PRIORITY });
        prop_assert!(best <= turnarounds(priority, &jobs));
    }

    #[test]
    fn all_times_can_be_scaled(factor in 2u64..5, jobs in single_jobs(8)) {
        let mut scaled = jobs.clone();
        for job in &mut scaled {
            (job.arrival, job.bursts[0]) = (job.arrival * factor, job.bursts[0] * factor);
        }
        let priority = Policy::Priority(Priority { preemptive: true, ..PRIORITY });
        for policy in [Policy::Fcfs, Policy::Sjf, Policy::Srtf, priority] {
            let bars = outcome(policy, &jobs).bars;
            let bars: Vec<_> = bars.into_iter().map(|(job, start, end)| (job, start * factor, end * factor)).collect();
            prop_assert_eq!(outcome(policy, &scaled).bars, bars);
        }
    }

    #[test]
    fn with_ageing_no_task_starves(period in 1u32..5, jobs in single_jobs(8)) {
        let ageing = Priority { ageing: Some(nonzero(period)), ..PRIORITY };
        let waiting = outcome(Policy::Priority(ageing), &jobs).waiting;
        // After three periods the worst of four priorities is as good as the best that comes then.
        let others: u64 = jobs.iter().map(|job| job.bursts[0]).sum();
        prop_assert!(waiting.iter().all(|waited| *waited <= others + 3 * u64::from(period)));
    }

    #[test]
    fn switches_cost_their_ticks_and_nothing_else(cost in 1u32..4, jobs in single_jobs(6)) {
        let config = Config { switch_cost: cost, ..Config::new(Policy::Fcfs) };
        let dear = run(config, &borrowed(&jobs));
        let cheap = outcome(Policy::Fcfs, &jobs);
        prop_assert_eq!(dear.bars.len(), cheap.bars.len());
        prop_assert!(dear.bars.windows(2).all(|pair| pair[1].1 - pair[0].2 >= u64::from(cost)));
        let switches = dear.events.iter().filter(|event| event.kind == EventKind::Switch).count();
        prop_assert_eq!(switches, jobs.len() - 1);
    }
}

/// Arrivals are queued while the CPU goes over, but the choice stands: C, which is shorter, comes too late.
#[test]
fn the_choice_isnt_remade_while_the_cpu_goes_over() {
    let jobs = [(0, 2, 0), (1, 5, 0), (3, 1, 0), (4, 1, 0)];
    let jobs: Vec<OwnedJob> = jobs
        .into_iter()
        .map(|(arrival, burst, priority)| OwnedJob { arrival, priority, bursts: vec![burst] })
        .collect();
    let config = Config { switch_cost: 2, ..Config::new(Policy::Srtf) };
    let outcome = run(config, &borrowed(&jobs));
    let expected = [(0, 0, 2), (1, 4, 5), (2, 7, 8), (3, 10, 11), (1, 13, 17)];
    assert_eq!(outcome.bars, expected);
    assert_eq!(outcome.response, [0, 3, 4, 6]);
}
