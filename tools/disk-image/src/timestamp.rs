//! The one time that all files in an image carry, so that the clock doesn't change an image.

use std::sync::LazyLock;

use fatfs::{Date, DateTime, Time, TimeProvider};

use crate::error::Error;

const SECONDS_PER_DAY: u64 = 86_400;

/// 1980-01-01, the first day that FAT can say, in seconds since 1970.
const FAT_EPOCH: u64 = 3652 * SECONDS_PER_DAY;

/// 2107-12-31, the last one.
const FAT_END: u64 = 50_403 * SECONDS_PER_DAY - 1;

/// `SOURCE_DATE_EPOCH` if it is set (seconds since 1970), or the start of 1980. `Err`: what is set is no number.
///
/// Source: reproducible-builds.org, "SOURCE_DATE_EPOCH specification".
static IMAGE_TIME: LazyLock<Result<FixedTime, String>> = LazyLock::new(|| {
    let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(FixedTime::from_epoch(FAT_EPOCH));
    };
    let text = text.to_string_lossy();
    text.parse().map(FixedTime::from_epoch).map_err(|_| text.into_owned())
});

/// Returns the time of all files.
///
/// # Errors
/// `SOURCE_DATE_EPOCH` is no number of seconds.
pub(crate) fn image_time() -> Result<&'static FixedTime, Error> {
    IMAGE_TIME.as_ref().map_err(|text| Error::Epoch(text.clone()))
}

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct FixedTime(DateTime);

impl FixedTime {
    /// `seconds` since 1970, UTC, or the nearest that FAT can say.
    fn from_epoch(seconds: u64) -> Self {
        let seconds = seconds.clamp(FAT_EPOCH, FAT_END);
        let of_day = seconds % SECONDS_PER_DAY;
        let time = Time {
            hour: small(of_day / 3600),
            min: small(of_day / 60 % 60),
            sec: small(of_day % 60),
            millis: 0,
        };
        Self(DateTime { date: date_of_day((seconds - FAT_EPOCH) / SECONDS_PER_DAY), time })
    }
}

impl TimeProvider for FixedTime {
    fn get_current_date(&self) -> Date {
        self.0.date
    }

    fn get_current_date_time(&self) -> DateTime {
        self.0
    }
}

/// Returns the date `day` days after 1980-01-01.
fn date_of_day(mut day: u64) -> Date {
    let mut year = 1980;
    while day >= days_in_year(year) {
        day -= days_in_year(year);
        year += 1;
    }
    let mut month = 1;
    while day >= days_in_month(year, month) {
        day -= days_in_month(year, month);
        month += 1;
    }
    Date { year, month, day: small(day + 1) }
}

fn days_in_year(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: u16, month: u16) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Between 1980 and 2107, which has 2100 in it.
fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && year != 2100
}

fn small(number: u64) -> u16 {
    u16::try_from(number).expect("a part of a date or a time of day")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> [u16; 6] {
        let FixedTime(DateTime { date, time }) = FixedTime::from_epoch(seconds);
        [date.year, date.month, date.day, time.hour, time.min, time.sec]
    }

    #[test]
    fn seconds_become_the_date_that_the_date_command_prints() {
        assert_eq!(at(951_782_399), [2000, 2, 28, 23, 59, 59]);
        assert_eq!(at(951_782_400), [2000, 2, 29, 0, 0, 0]);
        assert_eq!(at(1_767_225_599), [2025, 12, 31, 23, 59, 59]);
        assert_eq!(at(4_107_542_400), [2100, 3, 1, 0, 0, 0]);
    }

    #[test]
    fn a_time_that_fat_can_not_say_becomes_the_nearest_that_it_can() {
        assert_eq!(at(0), [1980, 1, 1, 0, 0, 0]);
        assert_eq!(at(u64::MAX), [2107, 12, 31, 23, 59, 59]);
    }
}
