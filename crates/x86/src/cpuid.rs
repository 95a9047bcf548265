//! CPUID's leaves, and the feature bits that a loader asks for.
//!
//! Source: Intel SDM vol. 2A, "CPUID"; AMD64 vol. 3, appendix E.

/// The leaf of the features.
pub const FEATURES: u32 = 1;

/// EDX of [`FEATURES`]: CR4.MCE and exception 18 exist.
pub const MCE: u32 = 1 << 7;

/// EDX of [`FEATURES`]: the registers of [`machine_check`](crate::machine_check) exist.
pub const MCA: u32 = 1 << 14;

/// EDX of [`FEATURES`]: FXSAVE and FXRSTOR.
pub const FXSR: u32 = 1 << 24;

/// EDX of [`FEATURES`]: SSE2.
pub const SSE2: u32 = 1 << 26;

/// The leaf whose EAX is the highest extended leaf.
pub const HIGHEST_EXTENDED: u32 = 0x8000_0000;

/// The leaf of the features of 64-bit CPUs.
pub const EXTENDED_FEATURES: u32 = 0x8000_0001;

/// EDX of [`EXTENDED_FEATURES`]: pages that can't be executed.
pub const NO_EXECUTE: u32 = 1 << 20;

/// EDX of [`EXTENDED_FEATURES`]: pages of 1 GiB.
pub const GIB_PAGES: u32 = 1 << 26;

/// EDX of [`EXTENDED_FEATURES`]: long mode.
pub const LONG_MODE: u32 = 1 << 29;
