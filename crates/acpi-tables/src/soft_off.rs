//! `_S5_`: what to write into the power management control registers to switch off.
//!
//! The package is found by its bytes in the DSDT, then in the SSDTs: AML isn't executed. Compilers write a name that
//! holds a constant package in one way only, so nothing is lost but packages that a method computes, which the
//! specification doesn't allow for `_S5_`.
//!
//! ```text
//! 08 [5C] '_S5_'  12 PkgLength NumElements  value value ...
//! name    [\]     package
//! ```
//!
//! Source: ACPI 6.5, "\_S5 (System State)", "AML Grammar Definition".

use crate::fadt::Fadt;
use crate::{Error, Signature, Tables};

const NAME: &[u8; 4] = b"_S5_";

/// AML's operations and prefixes.
const NAME_OP: u8 = 0x08;
const ROOT: u8 = b'\\';
const PACKAGE_OP: u8 = 0x12;
const ZERO: u8 = 0x00;
const ONE: u8 = 0x01;
const BYTE: u8 = 0x0A;
const WORD: u8 = 0x0B;
const DOUBLE_WORD: u8 = 0x0C;

/// `SLP_TYP` for state S5, 0 to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SleepType {
    /// For PM1a control.
    pub a: u8,
    /// For PM1b control.
    pub b: u8,
}

impl SleepType {
    /// Returns what the machine's tables say.
    ///
    /// # Errors
    /// [`Error::NoSoftOff`], or what is wrong with the DSDT.
    pub fn find(tables: &Tables<'_>, fadt: &Fadt<'_>) -> Result<Self, Error> {
        let dsdt = fadt.dsdt(tables);
        let secondary = tables.all(Signature::SSDT).filter_map(Result::ok);
        let mut codes = dsdt.into_iter().chain(secondary);
        let found = codes.find_map(|table| Self::in_aml(table.body()));
        found.ok_or(dsdt.err().unwrap_or(Error::NoSoftOff))
    }

    /// Returns the first good `_S5_` in a table's byte code.
    fn in_aml(aml: &[u8]) -> Option<Self> {
        let windows = aml.windows(NAME.len()).enumerate();
        windows.filter(|(_, window)| window == NAME).find_map(|(position, _)| {
            let (before, rest) = aml.split_at_checked(position)?;
            let is_named = matches!(before, [.., NAME_OP] | [.., NAME_OP, ROOT]);
            if is_named { Self::of_package(rest.get(NAME.len()..)?) } else { None }
        })
    }

    fn of_package(aml: &[u8]) -> Option<Self> {
        let (_, aml) = aml.split_first().filter(|(operation, _)| **operation == PACKAGE_OP)?;
        // Bits 7 and 6 count the bytes of the length that follow its first.
        let length_size = usize::from(*aml.first()? >> 6) + 1;
        let (count, aml) = aml.get(length_size..)?.split_first()?;
        let (first, aml) = integer(aml)?;
        let (a, b) = match count {
            0 => return None,
            // As ACPI 1.0 was read by some: both in one number.
            1 => (first & 0xFF, first >> 8),
            _ => (first, integer(aml)?.0),
        };
        let sleep_type = |value: u32| u8::try_from(value).ok().filter(|value| *value < 8);
        Some(Self { a: sleep_type(a)?, b: sleep_type(b)? })
    }
}

/// Returns a constant, and what follows it.
fn integer(aml: &[u8]) -> Option<(u32, &[u8])> {
    let (prefix, rest) = aml.split_first()?;
    let size = match *prefix {
        ZERO => return Some((0, rest)),
        ONE => return Some((1, rest)),
        BYTE => 1,
        WORD => 2,
        DOUBLE_WORD => 4,
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(size)?;
    let value = bytes.iter().rev().fold(0, |value, byte| (value << 8) | u32::from(*byte));
    Some((value, rest))
}
