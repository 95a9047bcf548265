//! `params` of a workload: the parameters of each policy, and their defaults.

use std::fmt::Write as _;
use std::num::NonZeroU32;

use anyhow::{Context as _, Result, anyhow, bail};
use farjump_scheduler::{
    AtExpiry, Bursts, Config, Level, Levels, Mlfq, Policy, PolicyKind, Priority, QueueEnd, RoundRobin,
};
use serde::Deserialize;

/// The quantum that `compare` uses if the workload has none.
const DEFAULT_QUANTUM: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);

/// The parameters of all policies. `None` if a parameter is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    quantum: Option<NonZeroU32>,
    at_expiry: Option<WrittenAtExpiry>,
    switch_cost: Option<u32>,
    preemptive: Option<bool>,
    lower_is_higher: Option<bool>,
    preempted_to: Option<WrittenEnd>,
    ageing: Option<NonZeroU32>,
    levels: Option<Vec<WrittenLevel>>,
    boost: Option<NonZeroU32>,
    reset_on_block: Option<bool>,
    woken_to: Option<WrittenEnd>,
    estimate: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenAtExpiry {
    ArrivalsFirst,
    ExpiredFirst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenEnd {
    Head,
    Tail,
    /// An alias of the head.
    Front,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLevel {
    quantum: NonZeroU32,
    #[serde(default = "one")]
    allotment: NonZeroU32,
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl From<WrittenEnd> for QueueEnd {
    fn from(end: WrittenEnd) -> Self {
        match end {
            WrittenEnd::Head | WrittenEnd::Front => Self::Head,
            WrittenEnd::Tail => Self::Tail,
        }
    }
}

impl Params {
    /// Returns the names of those that are present.
    fn present(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.quantum.is_some(), "quantum"),
            (self.at_expiry.is_some(), "at_expiry"),
            (self.preemptive.is_some(), "preemptive"),
            (self.lower_is_higher.is_some(), "lower_is_higher"),
            (self.preempted_to.is_some(), "preempted_to"),
            (self.ageing.is_some(), "ageing"),
            (self.levels.is_some(), "levels"),
            (self.boost.is_some(), "boost"),
            (self.reset_on_block.is_some(), "reset_on_block"),
            (self.woken_to.is_some(), "woken_to"),
            (self.estimate.is_some(), "estimate"),
            (self.switch_cost.is_some(), "switch_cost"),
        ];
        all.into_iter().filter_map(|(is_present, name)| is_present.then_some(name))
    }

    /// Rejects parameters of other policies.
    pub(crate) fn check_only_for(&self, kind: PolicyKind) -> Result<()> {
        let known = names(kind);
        let stranger = self.present().find(|name| !known.contains(name));
        match stranger {
            Some(name) => {
                bail!("params.{name}: {} has no such parameter; it has {}", kind.name(), known.join(", "))
            }
            None => Ok(()),
        }
    }

    /// Returns a policy with these parameters, with defaults for those that it needs and that are left out.
    pub(crate) fn config_or_default(&self, kind: PolicyKind) -> Result<Config> {
        let quantum = self.quantum.unwrap_or(DEFAULT_QUANTUM);
        let mut params = self.clone();
        match kind {
            PolicyKind::RoundRobin => params.quantum = Some(quantum),
            PolicyKind::Mlfq if params.levels.is_none() => {
                let written =
                    |level: &Level| WrittenLevel { quantum: level.quantum, allotment: level.allotment };
                params.levels = Some(Levels::doubling(quantum).as_slice().iter().map(written).collect());
            }
            _ => {}
        }
        params.config(kind)
    }

    /// Returns a policy with these parameters.
    pub(crate) fn config(&self, kind: PolicyKind) -> Result<Config> {
        let policy = match kind {
            PolicyKind::Fcfs => Policy::Fcfs,
            PolicyKind::Sjf => Policy::Sjf,
            PolicyKind::Srtf => Policy::Srtf,
            PolicyKind::RoundRobin => Policy::RoundRobin(self.round_robin()?),
            PolicyKind::Priority => Policy::Priority(self.priority()),
            PolicyKind::Mlfq => Policy::Mlfq(self.mlfq()?),
        };
        let uses_estimate = matches!(kind, PolicyKind::Sjf | PolicyKind::Srtf);
        let bursts = match self.estimate {
            Some(first_guess) if uses_estimate => Bursts::Estimated { first_guess },
            _ => Bursts::Known,
        };
        Ok(Config { policy, switch_cost: self.switch_cost.unwrap_or(0), bursts })
    }

    fn round_robin(&self) -> Result<RoundRobin> {
        let quantum = self.quantum.context("params.quantum: missing; rr needs the ticks of a turn")?;
        Ok(RoundRobin { quantum, at_expiry: self.at_expiry() })
    }

    fn priority(&self) -> Priority {
        Priority {
            lower_is_higher: self.lower_is_higher.unwrap_or(false),
            preemptive: self.preemptive.unwrap_or(false),
            quantum: self.quantum,
            preempted_to: self.preempted_to.map_or(QueueEnd::Head, QueueEnd::from),
            ageing: self.ageing,
            at_expiry: self.at_expiry(),
        }
    }

    fn mlfq(&self) -> Result<Mlfq> {
        let written = self
            .levels
            .as_ref()
            .context("params.levels: missing; mlfq needs [{\"quantum\": ..., \"allotment\": ...}, ...]")?;
        let level = |level: &WrittenLevel| Level { quantum: level.quantum, allotment: level.allotment };
        let levels: Vec<Level> = written.iter().map(level).collect();
        let levels = Levels::new(&levels).map_err(|error| {
            anyhow!("params.levels: there are {}; 1 to {}", error.0, farjump_scheduler::config::MAX_LEVELS)
        })?;
        Ok(Mlfq {
            levels,
            boost: self.boost,
            reset_on_block: self.reset_on_block.unwrap_or(false),
            woken_to: self.woken_to.map_or(QueueEnd::Tail, QueueEnd::from),
        })
    }

    fn at_expiry(&self) -> AtExpiry {
        match self.at_expiry {
            Some(WrittenAtExpiry::ExpiredFirst) => AtExpiry::ExpiredFirst,
            Some(WrittenAtExpiry::ArrivalsFirst) | None => AtExpiry::ArrivalsFirst,
        }
    }
}

/// Returns the parameters that a policy has.
fn names(kind: PolicyKind) -> &'static [&'static str] {
    match kind {
        PolicyKind::Fcfs => &["switch_cost"],
        PolicyKind::Sjf | PolicyKind::Srtf => &["estimate", "switch_cost"],
        PolicyKind::RoundRobin => &["quantum", "at_expiry", "switch_cost"],
        PolicyKind::Priority => &[
            "preemptive",
            "lower_is_higher",
            "quantum",
            "preempted_to",
            "ageing",
            "at_expiry",
            "switch_cost",
        ],
        PolicyKind::Mlfq => &["levels", "boost", "reset_on_block", "woken_to", "switch_cost"],
    }
}

/// Returns the text of the policy with its parameters.
#[must_use]
pub fn title(config: &Config) -> String {
    let mut title = match &config.policy {
        Policy::Fcfs => "FCFS".to_owned(),
        Policy::Sjf => "SJF".to_owned(),
        Policy::Srtf => "SRTF".to_owned(),
        Policy::RoundRobin(RoundRobin { quantum, at_expiry }) => {
            let order = if *at_expiry == AtExpiry::ExpiredFirst { ", expired first" } else { "" };
            format!("Round robin, quantum {quantum}{order}")
        }
        Policy::Priority(priority) => priority_title(priority),
        Policy::Mlfq(mlfq) => mlfq_title(mlfq),
    };
    if let Bursts::Estimated { first_guess } = config.bursts {
        // Writing to a String can't fail.
        let _ = write!(title, " by estimated bursts, first guess {first_guess}");
    }
    if config.switch_cost > 0 {
        let _ = write!(title, ", switches cost {}", config.switch_cost);
    }
    title
}

fn priority_title(priority: &Priority) -> String {
    let mut title = String::from("Priority");
    title += if priority.lower_is_higher { ", lowest number first" } else { ", highest number first" };
    if priority.preemptive {
        title += ", preemptive";
        if priority.preempted_to == QueueEnd::Tail {
            title += " to the tail";
        }
    }
    if let Some(quantum) = priority.quantum {
        title += &format!(", quantum {quantum}");
        if priority.at_expiry == AtExpiry::ExpiredFirst {
            title += ", expired first";
        }
    }
    if let Some(period) = priority.ageing {
        title += &format!(", ageing {period}");
    }
    title
}

fn mlfq_title(mlfq: &Mlfq) -> String {
    let level = |level: &Level| match level.allotment {
        NonZeroU32::MIN => level.quantum.to_string(),
        allotment => format!("{}x{allotment}", level.quantum),
    };
    let levels: Vec<String> = mlfq.levels.as_slice().iter().map(level).collect();
    let mut title = format!("MLFQ, levels {}", levels.join("/"));
    if let Some(boost) = mlfq.boost {
        title += &format!(", boost {boost}");
    }
    if mlfq.reset_on_block {
        title += ", reset on block";
    }
    if mlfq.woken_to == QueueEnd::Head {
        title += ", woken to the front";
    }
    title
}
