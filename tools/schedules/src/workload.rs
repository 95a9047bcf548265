//! A workload file: a policy, its parameters, and jobs.
//!
//! ```json
//! {"policy": "rr", "params": {"quantum": 4},
//!  "jobs": [{"id": "A", "arrival": 0, "burst": 3, "priority": 1},
//!           {"id": "B", "arrival": 2, "bursts": [3, 5, 2]}]}
//! ```
//!
//! Rejects, with the path of the field: unknown and missing fields, numbers that aren't whole or are
//! negative, bursts of zero, ids that come twice, and more than can be simulated ([`MAX_JOBS`], [`MAX_TICKS`]).

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use farjump_scheduler::simulation::{self, Job, Stopped};
use farjump_scheduler::{Config, PolicyKind};
use serde::Deserialize;

use crate::name;
use crate::params::Params;
use crate::trace::Trace;

/// The maximum number of jobs.
pub(crate) const MAX_JOBS: usize = 1000;

/// The tick by which all jobs must be done.
pub(crate) const MAX_TICKS: u64 = 1_000_000;

/// What can be simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    policy: Option<String>,
    params: Params,
    jobs: Vec<NamedJob>,
    last_tick: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedJob {
    id: String,
    arrival: u64,
    priority: u8,
    bursts: Vec<u64>,
}

/// A workload in its file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWorkload {
    policy: Option<String>,
    #[serde(default)]
    params: Params,
    jobs: Vec<WrittenJob>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenJob {
    id: String,
    #[serde(default)]
    arrival: u64,
    #[serde(default)]
    priority: u8,
    burst: Option<u64>,
    bursts: Option<Vec<u64>>,
}

/// Returns a message without the Rust types of numbers.
fn in_numbers(message: String) -> String {
    let ranges = [("a nonzero u32", "1 to 4294967295"), ("u8", "0 to 255"), ("u32", "0 to 4294967295")];
    let ranges = ranges.into_iter().chain([("u64", "0 to 18446744073709551615")]);
    ranges.fold(message, |message, (rust, range)| {
        message.replace(&format!("expected {rust}"), &format!("expected {range}"))
    })
}

impl Workload {
    /// Parses the bytes of a file.
    ///
    /// # Errors
    /// The first invalid field, with its path.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let written: WrittenWorkload = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let (path, message) = (error.path().to_string(), in_numbers(error.inner().to_string()));
            // "." is the whole file.
            let path = if path == "." { String::new() } else { path + ": " };
            anyhow!(name::printable(&(path + &message)))
        })?;
        json.end().context("something follows the workload")?;
        ensure!(!written.jobs.is_empty(), "jobs: there are none; at least one is needed");
        let count = written.jobs.len();
        ensure!(count <= MAX_JOBS, "jobs: there are {count}; {MAX_JOBS} is the limit");
        let jobs = written.jobs.into_iter().enumerate();
        let jobs: Vec<NamedJob> = jobs.map(|(index, job)| job.check(index)).collect::<Result<_>>()?;
        check_ids(&jobs)?;
        let last_tick = check_ticks(&jobs)?;
        Ok(Self { policy: written.policy, params: written.params, jobs, last_tick })
    }

    /// Returns the tick by which all jobs are done under any policy that leaves no CPU idle, if switches take no time.
    #[must_use]
    pub const fn last_tick(&self) -> u64 {
        self.last_tick
    }

    /// Returns its own policy, with parameters that are that policy's.
    ///
    /// # Errors
    /// No policy, an unknown one, one without a parameter that it needs, or with one that isn't its own.
    pub fn config(&self) -> Result<Config> {
        let names = || PolicyKind::ALL.map(PolicyKind::name).join(", ");
        let name = self.policy.as_deref().with_context(|| format!("policy: missing; one of {}", names()))?;
        let kind = PolicyKind::from_name(name)
            .with_context(|| format!("policy: {name:?} is unknown; one of {}", names()))?;
        self.params.check_only_for(kind)?;
        self.params.config(kind)
    }

    /// Returns another policy, with the parameters of the workload, and defaults for missing ones.
    ///
    /// # Errors
    /// The workload's own policy is unknown, or a parameter is invalid.
    pub fn config_for(&self, kind: PolicyKind) -> Result<Config> {
        if let Some(name) = self.policy.as_deref().filter(|name| PolicyKind::from_name(name).is_none()) {
            bail!("policy: {name:?} is unknown; one of {}", PolicyKind::ALL.map(PolicyKind::name).join(", "));
        }
        self.params.config_or_default(kind)
    }

    /// Simulates the workload with a policy, and returns the trace.
    ///
    /// # Errors
    /// Switches take so long that it doesn't end.
    pub fn simulate(&self, config: Config) -> Result<Trace> {
        let jobs: Vec<Job> = self.jobs.iter().map(NamedJob::job).collect();
        let names = self.jobs.iter().map(|job| job.id.clone()).collect();
        let trace = Trace { names, events: Vec::new() };
        match simulation::run::<_, MAX_JOBS>(config, &jobs, trace, MAX_TICKS) {
            Ok(scheduler) => Ok(scheduler.into_recorder()),
            Err(Stopped::Limit) => {
                bail!("params.switch_cost: the jobs aren't done by tick {MAX_TICKS}, which is the limit")
            }
            Err(Stopped::TooManyJobs) => bail!("jobs: {MAX_JOBS} is the limit"),
            Err(Stopped::Bursts(index)) => {
                bail!("jobs[{index}].bursts: CPU, sleep, CPU, ... of a tick at least")
            }
        }
    }
}

impl NamedJob {
    fn job(&self) -> Job<'_> {
        Job { arrival: self.arrival, priority: self.priority, bursts: &self.bursts }
    }
}

impl WrittenJob {
    fn check(self, index: usize) -> Result<NamedJob> {
        let Self { id, arrival, priority, burst, bursts } = self;
        let at = |field: &str| format!("jobs[{index}].{field}");
        name::check(&id).map_err(|error| anyhow!("{}: {error}", at("id")))?;
        let (field, bursts) = match (burst, bursts) {
            (Some(burst), None) => ("burst", vec![burst]),
            (None, Some(bursts)) => ("bursts", bursts),
            (None, None) => bail!("{}: missing; write `burst` or `bursts`", at("burst")),
            (Some(_), Some(_)) => bail!("{}: there is `burst` too; write only one of them", at("bursts")),
        };
        if let Some(zero) = bursts.iter().position(|burst| *burst == 0) {
            let place = if field == "burst" { String::new() } else { format!("[{zero}]") };
            bail!("{}{place}: is 0; a burst has a tick at least", at(field));
        }
        let count = bursts.len();
        ensure!(
            count % 2 == 1,
            "{}: there are {count}; CPU, sleep, CPU, ... begins and ends with CPU",
            at(field)
        );
        Ok(NamedJob { id, arrival, priority, bursts })
    }
}

fn check_ids(jobs: &[NamedJob]) -> Result<()> {
    let mut seen = HashMap::new();
    for (index, job) in jobs.iter().enumerate() {
        if let Some(first) = seen.insert(&job.id, index) {
            bail!("jobs[{index}].id: {:?} is the id of jobs[{first}] too", job.id);
        }
    }
    Ok(())
}

/// Returns when all jobs are done if they run one after the other, and checks that this is within the limit.
fn check_ticks(jobs: &[NamedJob]) -> Result<u64> {
    let mut total = 0_u64;
    for (index, job) in jobs.iter().enumerate() {
        let bursts = job.bursts.iter().fold(0_u64, |sum, burst| sum.saturating_add(*burst));
        total = total.saturating_add(bursts);
        ensure!(
            job.arrival.saturating_add(total) <= MAX_TICKS,
            "jobs[{index}]: with it the jobs need {} ticks; {MAX_TICKS} is the limit",
            job.arrival.saturating_add(total)
        );
    }
    let last = jobs.iter().map(|job| job.arrival).max().unwrap_or(0);
    let end = last.saturating_add(total);
    ensure!(end <= MAX_TICKS, "jobs: they could take until tick {end}; {MAX_TICKS} is the limit");
    Ok(end)
}
