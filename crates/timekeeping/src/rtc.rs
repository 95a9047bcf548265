//! The battery-backed clock: its registers, in any of the four forms that they may have, into date and time.
//!
//! | status B | hours are | all numbers are |
//! |---|---|---|
//! | bit 1 set | 0 to 23 | |
//! | bit 1 clear | 1 to 12, with bit 7 for the afternoon | |
//! | bit 2 set | | binary |
//! | bit 2 clear | | binary-coded decimal: 59 is 59h |
//!
//! Once a second the clock changes its registers, one after the other: status A announces it, and two
//! readings that agree prove that none fell into it.
//!
//! Rejects a clock that isn't there, one whose change never ends, and numbers that are no date.
//!
//! Source: Motorola MC146818A, "Address Map", "Update Cycle"; RBIL CMOS.A.

use core::fmt;

const SECONDS: u8 = 0x00;
const MINUTES: u8 = 0x02;
const HOURS: u8 = 0x04;
const DAY: u8 = 0x07;
const MONTH: u8 = 0x08;
const YEAR: u8 = 0x09;
const STATUS_A: u8 = 0x0A;
const STATUS_B: u8 = 0x0B;

/// Status A: the registers are about to change, or do.
const UPDATE_IN_PROGRESS: u8 = 1 << 7;
/// Status B: hours are 0 to 23.
const HOURS_24: u8 = 1 << 1;
/// Status B: numbers are binary.
const BINARY: u8 = 1 << 2;
/// Hours, where they are 1 to 12: the afternoon.
const AFTERNOON: u8 = 1 << 7;

/// What a port without a device reads as.
const NO_DEVICE: u8 = 0xFF;

/// How often status A is asked: a change takes 2 ms, and an answer a microsecond at least.
const POLLS: u32 = 20_000;

/// How often the registers are read until two readings agree.
const READINGS: u32 = 5;

/// The century of a clock that doesn't say.
const THIS_CENTURY: u16 = 20;

/// The clock's registers.
pub trait CmosRegisters {
    /// Returns the register with this number, 0 to 127.
    fn read(&mut self, register: u8) -> u8;
}

/// A date and a time of day, in whatever zone the clock was set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names of a date's parts")]
pub struct DateTime {
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// Why the time isn't known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RtcError {
    /// There is no clock.
    Missing,
    /// The clock never stops changing its registers.
    Busy,
    /// This register holds what is no date and no time: a flat battery, a clock that was never set.
    Invalid {
        /// The register.
        register: u8,
        /// What it holds.
        value: u8,
    },
}

/// The registers as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    second: u8,
    minute: u8,
    hour: u8,
    day: u8,
    month: u8,
    year: u8,
    century: Option<(u8, u8)>,
}

/// Reads the clock. `century_register` is the one that ACPI's FADT names, where it names one.
///
/// # Errors
/// [`RtcError`].
pub fn read(cmos: &mut impl CmosRegisters, century_register: Option<u8>) -> Result<DateTime, RtcError> {
    let status_b = cmos.read(STATUS_B);
    if status_b == NO_DEVICE && cmos.read(STATUS_A) == NO_DEVICE {
        return Err(RtcError::Missing);
    }
    let mut previous = None;
    for _ in 0..READINGS {
        wait_for_update(cmos)?;
        let reading = Reading::take(cmos, century_register);
        if previous == Some(reading) {
            return reading.decode(status_b);
        }
        previous = Some(reading);
    }
    Err(RtcError::Busy)
}

fn wait_for_update(cmos: &mut impl CmosRegisters) -> Result<(), RtcError> {
    let mut polls = 0..POLLS;
    let over = polls.any(|_| cmos.read(STATUS_A) & UPDATE_IN_PROGRESS == 0);
    if over { Ok(()) } else { Err(RtcError::Busy) }
}

impl Reading {
    fn take(cmos: &mut impl CmosRegisters, century_register: Option<u8>) -> Self {
        Self {
            second: cmos.read(SECONDS),
            minute: cmos.read(MINUTES),
            hour: cmos.read(HOURS),
            day: cmos.read(DAY),
            month: cmos.read(MONTH),
            year: cmos.read(YEAR),
            century: century_register.map(|register| (register, cmos.read(register))),
        }
    }

    fn decode(self, status_b: u8) -> Result<DateTime, RtcError> {
        let number = |register, value: u8, low, high| {
            let decoded = if status_b & BINARY != 0 { Some(value) } else { decimal(value) };
            let error = RtcError::Invalid { register, value };
            decoded.filter(|decoded| (low..=high).contains(decoded)).ok_or(error)
        };
        let hour = if status_b & HOURS_24 != 0 {
            number(HOURS, self.hour, 0, 23)?
        } else {
            // Twelve is the first hour of its half of the day.
            let hour = number(HOURS, self.hour & !AFTERNOON, 1, 12)? % 12;
            if self.hour & AFTERNOON != 0 { hour + 12 } else { hour }
        };
        let century = match self.century {
            Some((register, value)) => number(register, value, 19, 99)?.into(),
            None => THIS_CENTURY,
        };
        let year = century * 100 + u16::from(number(YEAR, self.year, 0, 99)?);
        let month = number(MONTH, self.month, 1, 12)?;
        let day = number(DAY, self.day, 1, days_of_month(year, month))?;
        let minute = number(MINUTES, self.minute, 0, 59)?;
        let second = number(SECONDS, self.second, 0, 59)?;
        Ok(DateTime { year, month, day, hour, minute, second })
    }
}

/// Returns the number that two binary-coded decimal digits are; `None` if one isn't a digit.
const fn decimal(value: u8) -> Option<u8> {
    let (tens, ones) = (value >> 4, value & 0xF);
    if tens > 9 || ones > 9 { None } else { Some(tens * 10 + ones) }
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl DateTime {
    /// Seconds since 1970-01-01 00:00:00, as if the clock were set to UTC. Negative before.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        // Counted from a 1st of March, so that the day of a leap year is a year's last.
        let (year, month) =
            if self.month > 2 { (self.year, self.month - 3) } else { (self.year - 1, self.month + 9) };
        let year = i64::from(year);
        let days_before_month = (153 * i64::from(month) + 2) / 5;
        let days = year * 365 + year / 4 - year / 100 + year / 400 + days_before_month + i64::from(self.day)
            - DAYS_TO_1970;
        days * 86_400 + i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }
}

/// Days from the 0th of March of the year 0 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_469;

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

impl fmt::Display for RtcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no real-time clock"),
            Self::Busy => {
                f.write_str("the real-time clock never stops changing; its crystal or battery is bad")
            }
            Self::Invalid { register, value } => write!(
                f,
                "the real-time clock isn't set: register {register:#04x} holds {value:#04x}; set it in the setup"
            ),
        }
    }
}

impl core::error::Error for RtcError {}

#[cfg(test)]
mod tests;
