//! The policies, as the command line and the monitor name them.

use core::fmt;
use core::num::NonZeroU32;

use farjump_scheduler::{Bursts, Config, PolicyKind};

/// Ticks of a turn: with the usual timer, 10 ms.
const QUANTUM: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// What SJF and SRTF take for a thread's first burst, in ticks.
const FIRST_GUESS: u32 = 10;

/// How threads are scheduled under the policy of this name: of priorities, the smaller number goes first.
///
/// A kernel can't know how long its threads will run: SJF and SRTF go by an average of the past.
///
/// # Errors
/// There is no such policy.
pub fn policy(name: &str) -> Result<Config, UnknownPolicy> {
    let kind = PolicyKind::from_name(name).ok_or(UnknownPolicy)?;
    Ok(of_kind(kind))
}

/// Returns the policy that the kernel starts with by default: round robin.
#[must_use]
pub fn default_policy() -> Config {
    of_kind(PolicyKind::RoundRobin)
}

fn of_kind(kind: PolicyKind) -> Config {
    Config {
        bursts: Bursts::Estimated { first_guess: FIRST_GUESS },
        ..Config::new(kind.with_quantum(QUANTUM))
    }
}

/// Whether threads run by a guess of how long each will.
#[must_use]
pub fn goes_by_estimates(config: &Config) -> bool {
    let is_guessed = matches!(config.bursts, Bursts::Estimated { .. });
    is_guessed && matches!(config.policy.kind(), PolicyKind::Sjf | PolicyKind::Srtf)
}

/// The policy's name, and that its lengths are guesses where they are.
pub fn describe(config: &Config) -> impl fmt::Display + use<> {
    let (name, is_guess) = (config.policy.kind().name(), goes_by_estimates(config));
    let note = if is_guess { ", by an estimate of how long each thread will run" } else { "" };
    fmt::from_fn(move |f| write!(f, "{name}{note}"))
}

/// There is no policy of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPolicy;

impl fmt::Display for UnknownPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such policy; there are")?;
        PolicyKind::ALL.iter().try_for_each(|kind| write!(f, " {}", kind.name()))
    }
}

impl core::error::Error for UnknownPolicy {}
