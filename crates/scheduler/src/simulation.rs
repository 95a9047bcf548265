//! Jobs whose bursts are known, run against the state machine.
//!
//! A [`Script`] is what a job does, tick by tick. [`run`] plays all jobs' scripts on a simulated clock; a kernel's
//! threads can each play their own, and must leave the same trace.

use crate::TaskId;
use crate::config::Config;
use crate::event::Recorder;
use crate::scheduler::{NewTask, Scheduler, TickOutcome};

/// A job: when it arrives, and what it does from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job<'a> {
    /// The instant at which it arrives.
    pub arrival: u64,
    /// Its base priority.
    pub priority: u8,
    /// Ticks of CPU, sleep, CPU, and so on: an odd number of them, none zero.
    pub bursts: &'a [u64],
}

/// Where a job has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Script<'a> {
    /// This CPU burst and all that follows.
    bursts: &'a [u64],
    /// Ticks left of the burst.
    left: u64,
}

/// What a job did at the end of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// For [`Scheduler::tick`].
    pub outcome: TickOutcome,
    /// For [`Scheduler::set_burst`], after that tick: a burst has ended, and the next one has this many ticks.
    pub next_burst: Option<u64>,
}

/// Why a simulation stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// There are more jobs than the scheduler has room for.
    TooManyJobs,
    /// Jobs weren't done by the limit.
    Limit,
    /// This job, counted from 0, has bursts that can't be: none, an even number, or one of zero ticks.
    Bursts(usize),
}

impl<'a> Job<'a> {
    /// Returns its script from the beginning, unless its bursts can't be.
    #[must_use]
    pub fn script(&self) -> Option<Script<'a>> {
        let is_whole = self.bursts.len() % 2 == 1 && !self.bursts.contains(&0);
        let left = *self.bursts.first().filter(|_| is_whole)?;
        Some(Script { bursts: self.bursts, left })
    }

    /// Returns the task that plays it.
    #[must_use]
    pub fn task(&self) -> NewTask {
        NewTask { priority: self.priority, burst: self.bursts.first().copied().unwrap_or(0) }
    }
}

impl Script<'_> {
    /// The job has run for a tick. After [`TickOutcome::Exits`] nothing follows.
    pub fn step(&mut self) -> Step {
        self.left = self.left.saturating_sub(1);
        if self.left > 0 {
            return Step { outcome: TickOutcome::Runs, next_burst: None };
        }
        let [_, sleep, rest @ ..] = self.bursts else {
            return Step { outcome: TickOutcome::Exits, next_burst: None };
        };
        self.bursts = rest;
        self.left = rest.first().copied().unwrap_or(0);
        Step { outcome: TickOutcome::Sleeps(*sleep), next_burst: Some(self.left) }
    }
}

/// Runs `jobs` until all are done, and returns the scheduler with what it recorded. Jobs get the slots 0, 1, ...
/// in their order.
///
/// # Errors
/// The jobs don't fit or can't be, or aren't done at the instant `limit`.
pub fn run<R: Recorder, const N: usize>(
    config: Config,
    jobs: &[Job],
    recorder: R,
    limit: u64,
) -> Result<Scheduler<R, N>, Stopped> {
    let mut scheduler = Scheduler::<R, N>::new(config, recorder);
    let mut scripts: [Option<Script>; N] = [None; N];
    for (index, job) in jobs.iter().enumerate() {
        let script = job.script().ok_or(Stopped::Bursts(index))?;
        *scripts.get_mut(index).ok_or(Stopped::TooManyJobs)? = Some(script);
        scheduler.spawn_at(job.task(), job.arrival).map_err(|_| Stopped::TooManyJobs)?;
    }
    let mut running = scheduler.reschedule();
    while scheduler.has_tasks() {
        if scheduler.now() >= limit {
            return Err(Stopped::Limit);
        }
        running = step(&mut scheduler, &mut scripts, running);
    }
    Ok(scheduler)
}

/// One tick.
fn step<R: Recorder, const N: usize>(
    scheduler: &mut Scheduler<R, N>,
    scripts: &mut [Option<Script>; N],
    running: Option<TaskId>,
) -> Option<TaskId> {
    let script = running.and_then(|task| Some((task, scripts.get_mut(task.slot())?.as_mut()?)));
    let Some((task, script)) = script else { return scheduler.tick(TickOutcome::Runs) };
    let Step { outcome, next_burst } = script.step();
    let next = scheduler.tick(outcome);
    if let Some(ticks) = next_burst {
        // It sleeps for a tick at least, so it is still there, and its burst has not been read yet.
        let _ = scheduler.set_burst(task, ticks);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Policy;

    const TASKS: usize = 3;

    fn outcome(bursts: &[&[u64]], limit: u64) -> Result<u64, Stopped> {
        let jobs: Vec<Job> = bursts.iter().map(|bursts| Job { arrival: 0, priority: 0, bursts }).collect();
        run::<(), TASKS>(Config::new(Policy::Fcfs), &jobs, (), limit).map(|scheduler| scheduler.now())
    }

    #[test]
    fn a_job_whose_bursts_cannot_be_is_refused_by_its_number() {
        for impossible in [&[][..], &[0], &[1, 2], &[1, 0, 1], &[1, 2, 0], &[1, 2, 3, 4]] {
            assert_eq!(outcome(&[&[1], impossible], 100), Err(Stopped::Bursts(1)), "{impossible:?}");
        }
        assert_eq!(outcome(&[&[1], &[2, 3, 4]], 100), Ok(10), "1 + 2, 3 ticks of sleep, 4");
    }

    #[test]
    fn jobs_without_room_or_beyond_the_limit_stop_the_simulation() {
        assert_eq!(outcome(&[&[2][..]; TASKS], 6), Ok(6));
        assert_eq!(outcome(&[&[2][..]; TASKS], 5), Err(Stopped::Limit));
        assert_eq!(outcome(&[&[2][..]; TASKS + 1], 100), Err(Stopped::TooManyJobs));
    }
}
