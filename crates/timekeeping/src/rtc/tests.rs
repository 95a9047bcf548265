//! A clock of 128 bytes, that may change while it is read.

use super::*;

const CENTURY: u8 = 0x32;

/// Registers, and what happens to them: after so many reads they are others.
struct Clock {
    registers: [u8; 128],
    then: Option<(u32, [u8; 128])>,
    reads: u32,
}

impl CmosRegisters for Clock {
    fn read(&mut self, register: u8) -> u8 {
        self.reads += 1;
        if let Some((at, registers)) = self.then
            && self.reads >= at
        {
            self.registers = registers;
        }
        self.registers[usize::from(register)]
    }
}

/// Registers with year, month, day, hour, minute, second, century, and status B.
fn registers(date: [u8; 7], status_b: u8) -> [u8; 128] {
    let mut registers = [0; 128];
    let places = [YEAR, MONTH, DAY, HOURS, MINUTES, SECONDS, CENTURY];
    for (register, value) in places.into_iter().zip(date) {
        registers[usize::from(register)] = value;
    }
    registers[usize::from(STATUS_B)] = status_b;
    registers
}

fn still(registers: [u8; 128]) -> Clock {
    Clock { registers, then: None, reads: 0 }
}

fn time(date: [u8; 7], status_b: u8) -> Result<DateTime, RtcError> {
    read(&mut still(registers(date, status_b)), Some(CENTURY))
}

const NOON: DateTime = DateTime { year: 2026, month: 10, day: 31, hour: 12, minute: 59, second: 8 };

#[test]
fn all_four_forms_are_understood() {
    assert_eq!(time([0x26, 0x10, 0x31, 0x12, 0x59, 0x08, 0x20], HOURS_24), Ok(NOON));
    assert_eq!(time([26, 10, 31, 12, 59, 8, 20], HOURS_24 | BINARY), Ok(NOON));
    assert_eq!(time([0x26, 0x10, 0x31, 0x92, 0x59, 0x08, 0x20], 0), Ok(NOON));
    assert_eq!(time([26, 10, 31, 0x80 | 12, 59, 8, 20], BINARY), Ok(NOON));
}

#[test]
fn twelve_in_the_morning_is_midnight_and_eleven_in_the_afternoon_is_23() {
    assert_eq!(time([26, 10, 31, 12, 59, 8, 20], BINARY).unwrap().hour, 0);
    assert_eq!(time([26, 10, 31, 0x80 | 11, 59, 8, 20], BINARY).unwrap().hour, 23);
}

#[test]
fn without_a_century_it_is_the_21st() {
    let mut clock = still(registers([0x26, 0x10, 0x31, 0x12, 0x59, 0x08, 0], HOURS_24));
    assert_eq!(read(&mut clock, None), Ok(NOON));
}

#[test]
fn what_is_no_date_is_refused_with_its_register() {
    let invalid = |register, value| Err(RtcError::Invalid { register, value });
    assert_eq!(time([26, 13, 1, 0, 0, 0, 20], HOURS_24 | BINARY), invalid(MONTH, 13));
    assert_eq!(time([26, 2, 29, 0, 0, 0, 20], HOURS_24 | BINARY), invalid(DAY, 29));
    assert_eq!(time([24, 2, 29, 24, 0, 0, 20], HOURS_24 | BINARY), invalid(HOURS, 24));
    assert_eq!(time([24, 2, 29, 0, 0, 0, 20], BINARY), invalid(HOURS, 0));
    assert_eq!(time([0x2A, 1, 1, 0, 0, 0, 0x20], HOURS_24), invalid(YEAR, 0x2A));
    assert_eq!(time([26, 1, 1, 0, 0, 60, 20], HOURS_24 | BINARY), invalid(SECONDS, 60));
    assert_eq!(time([26, 1, 1, 0, 0, 0, 0], HOURS_24 | BINARY), invalid(CENTURY, 0));
}

#[test]
fn a_missing_clock_and_one_that_never_rests_are_told() {
    assert_eq!(read(&mut still([0xFF; 128]), None), Err(RtcError::Missing));
    let mut registers = registers([26, 1, 1, 0, 0, 0, 20], HOURS_24 | BINARY);
    registers[usize::from(STATUS_A)] = UPDATE_IN_PROGRESS;
    assert_eq!(read(&mut still(registers), None), Err(RtcError::Busy));
}

#[test]
fn a_change_during_a_reading_is_never_seen_by_halves() {
    let before = registers([26, 12, 31, 23, 59, 59, 20], HOURS_24 | BINARY);
    let after = registers([27, 1, 1, 0, 0, 0, 20], HOURS_24 | BINARY);
    let times = [before, after].map(|registers| read(&mut still(registers), Some(CENTURY)).unwrap());
    for reads in 1..40 {
        let mut clock = Clock { registers: before, then: Some((reads, after)), reads: 0 };
        assert!(times.contains(&read(&mut clock, Some(CENTURY)).unwrap()), "after {reads} reads");
    }
}

/// Source of the numbers: `date -u -d "$DATE" +%s`.
#[test]
fn seconds_since_1970_are_those_of_date() {
    let seconds =
        |year, month, day| DateTime { year, month, day, hour: 0, minute: 0, second: 0 }.unix_seconds();
    assert_eq!(seconds(1970, 1, 1), 0);
    assert_eq!(seconds(2000, 2, 29), 951_782_400);
    assert_eq!(seconds(2000, 3, 1), 951_868_800);
    assert_eq!(seconds(2026, 10, 31), 1_793_404_800);
    assert_eq!(seconds(1969, 12, 31), -86_400);
    assert_eq!(NOON.unix_seconds(), 1_793_404_800 + 12 * 3600 + 59 * 60 + 8);
}

#[test]
fn it_is_printed_as_iso_8601_with_a_space() {
    assert_eq!(NOON.to_string(), "2026-10-31 12:59:08");
}
