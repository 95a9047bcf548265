//! When each step of the boot was reached.

use core::fmt;

/// One timestamp: a value of the time stamp counter.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimelineEntry {
    /// What had just been reached.
    pub phase: Phase,
    /// Zero.
    pub reserved: u32,
    /// The TSC at that moment. Its frequency is the machine's; under `-icount shift=0` it counts
    /// instructions.
    pub tsc: u64,
}

/// A step of the boot that has been reached. Not an `enum`: a newer loader may know more.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Phase(pub u32);

impl Phase {
    /// Stage 2 runs and knows that the CPU has a TSC. What came before is stage 1's.
    pub const STAGE2: Self = Self(1);
    /// The CPU is in long mode; 64-bit code begins.
    pub const LONG_MODE: Self = Self(2);
    /// The memory map is known.
    pub const MEMORY_MAP: Self = Self(3);
    /// The boot volume is open.
    pub const VOLUME: Self = Self(4);
    /// The configuration is read.
    pub const CONFIG: Self = Self(5);
    /// The kernel's segments are in memory.
    pub const KERNEL: Self = Self(6);
    /// All modules are in memory.
    pub const MODULES: Self = Self(7);
    /// The kernel's page tables and the `BootInfo` are made; the jump follows.
    pub const HANDOVER: Self = Self(8);

    /// The phase's name, `unknown` for a phase of the future.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::STAGE2 => "stage 2",
            Self::LONG_MODE => "long mode",
            Self::MEMORY_MAP => "memory map",
            Self::VOLUME => "volume",
            Self::CONFIG => "configuration",
            Self::KERNEL => "kernel",
            Self::MODULES => "modules",
            Self::HANDOVER => "handover",
            _ => "unknown",
        }
    }
}

impl fmt::Debug for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "unknown" => write!(f, "unknown ({})", self.0),
            name => f.pad(name),
        }
    }
}

const _: () = assert!(size_of::<TimelineEntry>() == 16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_have_the_numbers_and_names_of_the_protocol() {
        let names = [
            "stage 2",
            "long mode",
            "memory map",
            "volume",
            "configuration",
            "kernel",
            "modules",
            "handover",
        ];
        for (number, name) in (1..).zip(names) {
            let phase = Phase(number);
            assert_eq!(
                (phase.name(), phase.to_string(), format!("{phase:?}")),
                (name, name.into(), name.into())
            );
        }
        assert_eq!(format!("[{:>8}]", Phase::KERNEL), "[  kernel]");
    }

    #[test]
    fn a_phase_of_the_future_is_shown_by_its_number() {
        assert_eq!(
            (Phase(0).to_string(), Phase(9).to_string()),
            ("unknown (0)".into(), "unknown (9)".into())
        );
    }
}
