//! How fast the time stamp counter counts, by what the CPU or the hypervisor says: without a measurement.

/// CPUID leaf 1, ECX: a hypervisor says that it is one.
pub const CPUID_HYPERVISOR: u32 = 1 << 31;

/// The leaf whose EAX has the highest leaf of the hypervisor's.
const HYPERVISOR_LEAVES: u32 = 0x4000_0000;

/// The leaf whose EAX has the counter's kHz. VMware's, and what QEMU and others have taken over from it.
///
/// Source: LKML, "CPUID usage for interaction between Hypervisors and Linux", leaf 0x40000010.
const HYPERVISOR_TIMING: u32 = 0x4000_0010;

/// The leaf with the ratio of counter to crystal, EBX to EAX, and the crystal's Hz in ECX.
const TSC_LEAF: u32 = 0x15;

/// The leaf with the base frequency in MHz in EAX, which is the counter's.
const FREQUENCY_LEAF: u32 = 0x16;

/// Returns the counter's frequency in Hz. `cpuid` returns EAX, EBX, ECX and EDX of a leaf.
///
/// Source: Intel SDM vol. 3B, "Determining the Processor Base Frequency"; vol. 2A, CPUID leaves 15h and 16h.
pub fn hz_by_cpuid(cpuid: impl Fn(u32) -> [u32; 4]) -> Option<u64> {
    let [last_leaf, ..] = cpuid(0);
    let [_, _, features, _] = cpuid(1);
    if features & CPUID_HYPERVISOR != 0 && cpuid(HYPERVISOR_LEAVES)[0] >= HYPERVISOR_TIMING {
        let [khz, ..] = cpuid(HYPERVISOR_TIMING);
        if khz > 0 {
            return Some(u64::from(khz) * 1000);
        }
    }
    if last_leaf >= TSC_LEAF {
        let [denominator, numerator, crystal_hz, _] = cpuid(TSC_LEAF);
        let crystal_counts = u64::from(crystal_hz) * u64::from(numerator);
        if let Some(hz @ 1..) = crystal_counts.checked_div(denominator.into()) {
            return Some(hz);
        }
    }
    let [base_mhz, ..] = if last_leaf >= FREQUENCY_LEAF { cpuid(FREQUENCY_LEAF) } else { [0; 4] };
    (base_mhz > 0).then(|| u64::from(base_mhz) * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A CPU that has these leaves; all others are the highest basic one's, as on Intel's.
    fn hz(leaves: &[(u32, [u32; 4])]) -> Option<u64> {
        let find = |wanted| leaves.iter().find(|(leaf, _)| *leaf == wanted).map(|(_, values)| *values);
        hz_by_cpuid(|leaf| find(leaf).unwrap_or([7, 7, 7, 7]))
    }

    #[test]
    fn the_ratio_to_the_crystal_counts_before_the_base_frequency() {
        let (cpu, base) = ((1, [0; 4]), (0x16, [2400, 4800, 100, 0]));
        let leaf_0 = |last| (0, [last, 0, 0, 0]);
        // A server's crystal of 25 MHz.
        assert_eq!(hz(&[leaf_0(0x16), cpu, (0x15, [2, 168, 25_000_000, 0]), base]), Some(2_100_000_000));
        // The crystal isn't said: a client of Skylake's time.
        assert_eq!(hz(&[leaf_0(0x16), cpu, (0x15, [2, 200, 0, 0]), base]), Some(2_400_000_000));
        assert_eq!(hz(&[leaf_0(0x16), cpu, (0x15, [0, 0, 0, 0]), base]), Some(2_400_000_000));
        assert_eq!(hz(&[leaf_0(0x16), cpu, (0x15, [2, 0, 24_000_000, 0]), (0x16, [0; 4])]), None);
        assert_eq!(hz(&[leaf_0(0x15), cpu, (0x15, [1, 100, 24_000_000, 0])]), Some(2_400_000_000));
        assert_eq!(hz(&[leaf_0(0x15), cpu, (0x15, [0; 4]), base]), None);
        let largest = u64::from(u32::MAX) * u64::from(u32::MAX);
        assert_eq!(hz(&[leaf_0(0x15), cpu, (0x15, [1, u32::MAX, u32::MAX, 0])]), Some(largest));
    }

    /// A leaf that the CPU doesn't have returns another one's values.
    #[test]
    fn a_leaf_counts_only_if_the_cpu_has_it() {
        let leaves =
            [(0, [0x14, 0, 0, 0]), (1, [0; 4]), (0x15, [2, 168, 25_000_000, 0]), (0x16, [2400, 0, 0, 0])];
        assert_eq!(hz(&leaves), None);
    }

    #[test]
    fn a_hypervisor_that_says_it_counts_first() {
        let cpu = [(0, [0x16, 0, 0, 0]), (0x15, [0; 4]), (0x16, [2400, 0, 0, 0])];
        let under = |features, last, khz| {
            let hypervisor =
                [(1, [0, 0, features, 0]), (0x4000_0000, [last, 0, 0, 0]), (0x4000_0010, [khz, 0, 0, 0])];
            hz(&[&cpu[..], &hypervisor].concat())
        };
        assert_eq!(under(1 << 31, 0x4000_0010, 2_893_202), Some(2_893_202_000));
        for (features, last, khz) in
            [(0, 0x4000_0010, 2_893_202), (1 << 31, 0x4000_0001, 2_893_202), (1 << 31, 0x4000_0010, 0)]
        {
            assert_eq!(under(features, last, khz), Some(2_400_000_000));
        }
    }
}
