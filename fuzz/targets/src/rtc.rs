//! The registers of the battery-backed clock.
//!
//! ```text
//! input   the century's register, or zero; then the registers' values, repeatedly
//! ```

use farjump_timekeeping::rtc::{CmosRegisters, DateTime, read};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "rtc", what: "the battery-backed clock", corpus, run };

/// Registers of the clock.
const REGISTERS: usize = 0x40;

/// The maximum number of reads: as many as for a clock that never ends its update.
const MAX_READS: u32 = 120_000;

/// 31 December, 23:59:58, in decimal with 24 hours, and in binary with 12; both with a century.
fn corpus() -> Vec<Vec<u8>> {
    let clock = |values: [(usize, u8); 9]| {
        let mut registers = vec![0; 1 + REGISTERS];
        registers[0] = 0x32;
        values.into_iter().for_each(|(register, value)| registers[1 + register] = value);
        registers
    };
    let decimal = [
        (0, 0x58),
        (2, 0x59),
        (4, 0x23),
        (7, 0x31),
        (8, 0x12),
        (9, 0x99),
        (0x32, 0x19),
        (0xA, 0x26),
        (0xB, 2),
    ];
    let binary =
        [(0, 58), (2, 59), (4, 0x80 | 11), (7, 31), (8, 12), (9, 24), (0x32, 20), (0xA, 0x26), (0xB, 4)];
    vec![clock(decimal), clock(binary)]
}

struct Registers<'a> {
    /// Values of all registers, one state of the clock after the other.
    states: std::iter::Cycle<std::slice::Chunks<'a, u8>>,
    now: &'a [u8],
    reads: u32,
}

impl CmosRegisters for Registers<'_> {
    fn read(&mut self, register: u8) -> u8 {
        self.reads += 1;
        // So that a second passes now and then.
        if self.reads.is_multiple_of(9) {
            self.now = self.states.next().unwrap_or_default();
        }
        self.now.get(usize::from(register)).copied().unwrap_or(0xFF)
    }
}

fn run(bytes: &[u8]) {
    let (century, values) = bytes.split_first().unwrap_or((&0, &[]));
    let mut registers = Registers { states: values.chunks(REGISTERS).cycle(), now: values, reads: 0 };
    match read(&mut registers, Some(*century).filter(|register| *register != 0)) {
        Ok(DateTime { year, month, day, hour, minute, second }) => {
            assert!((1..=12).contains(&month) && (1..=31).contains(&day) && year < 10_000);
            assert!(hour < 24 && minute < 60 && second < 60);
        }
        Err(error) => assert_one_line(&error),
    }
    assert!(registers.reads <= MAX_READS, "{} reads", registers.reads);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_to_begin_with_say_what_time_it_is() {
        let years = corpus().into_iter().map(|bytes| {
            let values = &bytes[1..];
            let mut registers = Registers { states: values.chunks(REGISTERS).cycle(), now: values, reads: 0 };
            let time = read(&mut registers, Some(0x32)).unwrap();
            assert_eq!((time.month, time.day, time.hour, time.minute, time.second), (12, 31, 23, 59, 58));
            time.year
        });
        assert!(years.eq([1999, 2024]));
    }
}
