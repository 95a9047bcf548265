//! The six policies by name.

use core::num::NonZeroU32;

use super::{AtExpiry, Level, Levels, Mlfq, Policy, Priority, QueueEnd, RoundRobin};

/// One of the six, without its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// First come, first served.
    Fcfs,
    /// Shortest job first.
    Sjf,
    /// Shortest remaining time first.
    Srtf,
    /// Round robin.
    RoundRobin,
    /// The best priority.
    Priority,
    /// Multi-level feedback queue.
    Mlfq,
}

impl PolicyKind {
    /// All six, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::Fcfs, Self::Sjf, Self::Srtf, Self::RoundRobin, Self::Priority, Self::Mlfq];

    /// Returns what workloads, command lines and outputs call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fcfs => "fcfs",
            Self::Sjf => "sjf",
            Self::Srtf => "srtf",
            Self::RoundRobin => "rr",
            Self::Priority => "priority",
            Self::Mlfq => "mlfq",
        }
    }

    /// Returns the policy of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the policy for tasks without a description, such as a kernel's threads: the smaller priority number goes
    /// first and interrupts, equals take turns, and MLFQ has three levels of 1, 2 and 4 quanta and a boost every
    /// 100.
    #[must_use]
    pub fn with_quantum(self, quantum: NonZeroU32) -> Policy {
        let at_expiry = AtExpiry::ArrivalsFirst;
        match self {
            Self::Fcfs => Policy::Fcfs,
            Self::Sjf => Policy::Sjf,
            Self::Srtf => Policy::Srtf,
            Self::RoundRobin => Policy::RoundRobin(RoundRobin { quantum, at_expiry }),
            Self::Priority => Policy::Priority(Priority {
                lower_is_higher: true,
                preemptive: true,
                quantum: Some(quantum),
                preempted_to: QueueEnd::Head,
                ageing: None,
                at_expiry,
            }),
            Self::Mlfq => Policy::Mlfq(Mlfq {
                levels: Levels::doubling(quantum),
                boost: NonZeroU32::new(quantum.get().saturating_mul(100)),
                reset_on_block: false,
                woken_to: QueueEnd::Tail,
            }),
        }
    }
}

impl Levels {
    /// Three levels of 1, 2 and 4 times `quantum`, for one quantum each.
    #[must_use]
    pub fn doubling(quantum: NonZeroU32) -> Self {
        let double = |quantum: NonZeroU32| quantum.saturating_add(quantum.get());
        let level = |quantum| Level { quantum, allotment: NonZeroU32::MIN };
        Self::three([level(quantum), level(double(quantum)), level(double(double(quantum)))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_is_found_by_its_own_name_and_by_no_other() {
        for kind in PolicyKind::ALL {
            assert_eq!(PolicyKind::from_name(kind.name()), Some(kind));
        }
        for unknown in ["", "RR", "rr ", "fair"] {
            assert_eq!(PolicyKind::from_name(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn three_levels_double_the_quantum_and_end_at_the_largest_number() {
        let quanta = |quantum: u32| {
            let levels = Levels::doubling(NonZeroU32::new(quantum).unwrap());
            levels
                .as_slice()
                .iter()
                .map(|level| (level.quantum.get(), level.allotment.get()))
                .collect::<Vec<_>>()
        };
        assert_eq!(quanta(5), [(5, 1), (10, 1), (20, 1)]);
        assert_eq!(quanta(u32::MAX / 3), [(u32::MAX / 3, 1), (u32::MAX / 3 * 2, 1), (u32::MAX, 1)]);
    }
}
