//! A second implementation of the same rules, which looks at all tasks at each instant and has no queues.
//!
//! MLFQ is told as the book's simulator tells it: a task that runs stands in its queue, and allotments are counted
//! in quanta.

use proptest::prelude::*;

use super::properties::{OwnedJob, borrowed, jobs, policies};
use super::support::{Outcome, mlfq, nonzero, run};
use crate::config::{AtExpiry, Policy, QueueEnd};
use crate::{Config, Mlfq};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Away,
    Ready,
    Running,
    Done,
}

/// A job on its way.
#[derive(Debug, Clone)]
struct Task {
    job: OwnedJob,
    is: Is,
    /// Which of its bursts, and ticks left of it.
    burst: usize,
    left: u64,
    order: i64,
    since: u64,
    slice: Option<u32>,
    quanta: u32,
    level: usize,
}

struct Model {
    policy: Policy,
    now: u64,
    tasks: Vec<Task>,
    /// (due, number of the setting, task).
    timers: Vec<(u64, usize, usize)>,
    settings: usize,
    last_order: i64,
    first_order: i64,
    bars: Vec<(usize, u64, u64)>,
    completion: Vec<u64>,
}

impl Model {
    fn new(policy: Policy, jobs: &[OwnedJob]) -> Self {
        let task = |job: &OwnedJob| Task {
            job: job.clone(),
            is: Is::Away,
            burst: 0,
            left: job.bursts[0],
            order: 0,
            since: 0,
            slice: None,
            quanta: 0,
            level: 0,
        };
        let mut model = Self {
            policy,
            now: 0,
            tasks: jobs.iter().map(task).collect(),
            timers: Vec::new(),
            settings: 0,
            last_order: 0,
            first_order: 0,
            bars: Vec::new(),
            completion: vec![0; jobs.len()],
        };
        for (number, job) in jobs.iter().enumerate() {
            model.set_timer(number, job.arrival);
            model.enter(number, 0);
        }
        model
    }

    fn set_timer(&mut self, task: usize, due: u64) {
        self.timers.push((due, self.settings, task));
        self.settings += 1;
    }

    fn run(mut self) -> Self {
        loop {
            self.timers_and_boost(None);
            self.choose();
            if self.tasks.iter().all(|task| task.is == Is::Done) {
                return self;
            }
            // The closing of a tick may requeue a task, around what else happens at the instant.
            while let Some(running) = self.running() {
                self.now += 1;
                let requeued = self.close(running);
                self.timers_and_boost(requeued);
                self.choose();
            }
            self.now += u64::from(self.tasks.iter().any(|task| task.is != Is::Done));
        }
    }

    fn running(&self) -> Option<usize> {
        self.tasks.iter().position(|task| task.is == Is::Running)
    }

    /// Ends the tick; returns the task if its slice is over.
    fn close(&mut self, running: usize) -> Option<usize> {
        match self.bars.last_mut() {
            Some(last) if last.0 == running && last.2 == self.now - 1 => last.2 = self.now,
            _ => self.bars.push((running, self.now - 1, self.now)),
        }
        let task = &mut self.tasks[running];
        task.left -= 1;
        task.slice = task.slice.map(|slice| slice - 1);
        let expired = task.slice == Some(0);
        if task.left == 0 {
            self.burst_is_over(running, expired);
            return None;
        }
        if expired {
            task.is = Is::Away;
            self.next_slice(running);
        }
        expired.then_some(running)
    }

    fn burst_is_over(&mut self, number: usize, expired: bool) {
        let task = &mut self.tasks[number];
        let Some(sleep) = task.job.bursts.get(task.burst + 1).copied() else {
            task.is = Is::Done;
            self.completion[number] = self.now;
            return;
        };
        task.is = Is::Away;
        task.burst += 2;
        task.left = task.job.bursts[task.burst];
        let level = task.level;
        if let Policy::Mlfq(mlfq) = self.policy {
            if mlfq.reset_on_block {
                self.enter(number, level);
            }
            if expired {
                self.next_slice(number);
            }
        }
        self.set_timer(number, self.now + sleep);
    }

    fn enter(&mut self, number: usize, level: usize) {
        let quantum = match &self.policy {
            Policy::RoundRobin(params) => Some(params.quantum),
            Policy::Priority(params) => params.quantum,
            Policy::Mlfq(params) => Some(params.levels.as_slice()[level].quantum),
            _ => None,
        };
        let task = &mut self.tasks[number];
        task.slice = quantum.map(|quantum| quantum.get());
        if let Policy::Mlfq(params) = &self.policy {
            task.level = level;
            task.quanta = params.levels.as_slice()[level].allotment.get();
        }
    }

    fn next_slice(&mut self, number: usize) {
        let Policy::Mlfq(Mlfq { levels, .. }) = self.policy else { return self.enter(number, 0) };
        let task = &mut self.tasks[number];
        let (level, quanta) = (task.level, task.quanta - 1);
        self.enter(number, if quanta == 0 { (level + 1).min(levels.as_slice().len() - 1) } else { level });
        if quanta > 0 {
            self.tasks[number].quanta = quanta;
        }
    }

    fn queue(&mut self, number: usize) {
        self.last_order += 1;
        let task = &mut self.tasks[number];
        (task.is, task.order, task.since) = (Is::Ready, self.last_order, self.now);
    }

    fn timers_and_boost(&mut self, requeued: Option<usize>) {
        let first = match &self.policy {
            Policy::RoundRobin(params) => params.at_expiry == AtExpiry::ExpiredFirst,
            Policy::Priority(params) => params.at_expiry == AtExpiry::ExpiredFirst,
            _ => true,
        };
        if let Some(task) = requeued.filter(|_| first) {
            self.queue(task);
        }
        self.boost();
        self.timers.sort_unstable();
        while let Some((_, _, task)) = self.timers.first().copied().filter(|timer| timer.0 <= self.now) {
            self.timers.remove(0);
            let woken = self.tasks[task].burst > 0;
            if !matches!(self.policy, Policy::Mlfq(_)) {
                self.enter(task, 0);
            }
            self.queue(task);
            if woken && matches!(self.policy, Policy::Mlfq(mlfq) if mlfq.woken_to == QueueEnd::Head) {
                self.first_order -= 1;
                self.tasks[task].order = self.first_order;
            }
        }
        if let Some(task) = requeued.filter(|_| !first) {
            self.queue(task);
        }
    }

    fn boost(&mut self) {
        let Policy::Mlfq(Mlfq { boost: Some(period), .. }) = self.policy else { return };
        if self.now == 0 || !self.now.is_multiple_of(period.get().into()) {
            return;
        }
        let mut lower: Vec<usize> = (0..self.tasks.len())
            .filter(|task| matches!(self.tasks[*task].is, Is::Ready | Is::Running))
            .filter(|task| self.tasks[*task].level > 0)
            .collect();
        lower.sort_by_key(|task| (usize::MAX - self.tasks[*task].level, self.tasks[*task].order));
        for task in lower {
            self.last_order += 1;
            self.tasks[task].order = self.last_order;
        }
        for task in 0..self.tasks.len() {
            self.enter(task, 0);
        }
    }

    /// Returns a task's key without its ready order; smaller goes first.
    fn key(&self, number: usize) -> i64 {
        let task = &self.tasks[number];
        match &self.policy {
            Policy::Sjf | Policy::Srtf => i64::try_from(task.left).unwrap(),
            Policy::Mlfq(_) => i64::try_from(task.level).unwrap(),
            Policy::Priority(params) => {
                let number = i64::from(task.job.priority);
                let waited = if task.is == Is::Ready { self.now - task.since } else { 0 };
                let better = params.ageing.map_or(0, |period| waited / u64::from(period.get()));
                (if params.lower_is_higher { number } else { -number }) - i64::try_from(better).unwrap()
            }
            Policy::Fcfs | Policy::RoundRobin(_) => 0,
        }
    }

    fn choose(&mut self) {
        let ready = (0..self.tasks.len()).filter(|task| self.tasks[*task].is == Is::Ready);
        let Some(best) = ready.min_by_key(|task| (self.key(*task), self.tasks[*task].order)) else { return };
        if let Some(running) = self.running() {
            let mine = (self.key(running), self.tasks[running].order);
            let better = self.key(best) < mine.0;
            let preempts = match &self.policy {
                Policy::Srtf => better,
                Policy::Priority(params) => better && params.preemptive,
                Policy::Mlfq(_) => (self.key(best), self.tasks[best].order) < mine,
                _ => false,
            };
            if !preempts {
                return;
            }
            (self.tasks[running].is, self.tasks[running].since) = (Is::Ready, self.now);
            if matches!(self.policy, Policy::Priority(params) if params.preempted_to == QueueEnd::Tail) {
                self.queue(running);
                self.enter(running, 0);
            }
        }
        self.tasks[best].is = Is::Running;
    }
}

fn agree(policy: Policy, jobs: &[OwnedJob]) -> Result<(), TestCaseError> {
    let model = Model::new(policy, jobs).run();
    let Outcome { bars, completion, .. } = run(Config::new(policy), &borrowed(jobs));
    prop_assert_eq!((bars, completion), (model.bars, model.completion));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn both_implementations_of_every_policy_agree(policy in policies(), jobs in jobs(7)) {
        agree(policy, &jobs)?;
    }

    #[test]
    fn both_agree_on_queues_with_every_option(
        boost in 0u32..12, reset_on_block: bool, front: bool,
        levels in prop::collection::vec((1u32..4, 1u32..3), 1..4), jobs in jobs(6),
    ) {
        let woken_to = if front { QueueEnd::Head } else { QueueEnd::Tail };
        let policy = Policy::Mlfq(Mlfq { reset_on_block, woken_to, ..mlfq(&levels, boost) });
        agree(policy, &jobs)?;
    }

    #[test]
    fn both_agree_on_ageing(period in 1u32..9, preemptive: bool, jobs in jobs(7)) {
        let priority = crate::Priority { preemptive, ageing: Some(nonzero(period)), ..super::support::PRIORITY };
        agree(Policy::Priority(priority), &jobs)?;
    }
}
