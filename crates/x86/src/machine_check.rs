//! What the CPU says of a machine check: its banks of registers, and which of them hold an error.
//!
//! Reading model-specific registers is the caller's: the functions here take it as a function.
//!
//! Source: Intel SDM vol. 3B, "Machine-Check Architecture".

use core::fmt;

/// The bits of `IA32_MCG_CAP`, by which the CPU says what it has.
pub const MCG_CAP: u32 = 0x179;
/// The state of the CPU in a machine check.
pub const MCG_STATUS: u32 = 0x17A;
/// Which errors are reported at all; only where [`HAS_MCG_CTL`].
pub const MCG_CTL: u32 = 0x17B;

/// Of [`MCG_CAP`]: there is [`MCG_CTL`].
pub const HAS_MCG_CTL: u64 = 1 << 8;
/// Of [`MCG_STATUS`]: a machine check is being handled; a second one shuts the CPU down.
pub const MCG_IN_PROGRESS: u64 = 1 << 2;

/// CPUID leaf 1, EDX: there are these registers.
pub const CPUID_MCA: u32 = 1 << 14;

/// Registers of bank 0, and how many each bank has.
const FIRST_BANK: u32 = 0x400;
const BANK_REGISTERS: u32 = 4;
/// More would run into other registers.
const MOST_BANKS: u32 = 32;

/// Of a bank's status.
const VALID: u64 = 1 << 63;
const OVERFLOW: u64 = 1 << 62;
const UNCORRECTED: u64 = 1 << 61;
const MISC_VALID: u64 = 1 << 59;
const ADDRESS_VALID: u64 = 1 << 58;
const CONTEXT_CORRUPT: u64 = 1 << 57;

/// How many banks there are, by [`MCG_CAP`].
#[must_use]
pub fn bank_count(mcg_cap: u64) -> u32 {
    u32::from(mcg_cap.to_le_bytes()[0]).min(MOST_BANKS)
}

/// `IA32_MCi_CTL`: which errors of the bank are reported.
#[must_use]
pub const fn control_register(bank: u32) -> u32 {
    FIRST_BANK + bank * BANK_REGISTERS
}

/// `IA32_MCi_STATUS`: the bank's error.
#[must_use]
pub const fn status_register(bank: u32) -> u32 {
    control_register(bank) + 1
}

/// A bank that holds an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BankError {
    /// The bank's number.
    pub bank: u32,
    /// `IA32_MCi_STATUS`.
    pub status: u64,
    /// `IA32_MCi_ADDR`, where the status says that it is valid.
    pub address: Option<u64>,
    /// `IA32_MCi_MISC`, the same.
    pub misc: Option<u64>,
}

impl BankError {
    /// The error in `bank`, if there is one. `read` reads a model-specific register; only those are read that are there.
    pub fn read(bank: u32, mut read: impl FnMut(u32) -> u64) -> Option<Self> {
        let status_register = status_register(bank);
        let status = read(status_register);
        if status & VALID == 0 {
            return None;
        }
        let address = (status & ADDRESS_VALID != 0).then(|| read(status_register + 1));
        let misc = (status & MISC_VALID != 0).then(|| read(status_register + 2));
        Some(Self { bank, status, address, misc })
    }
}

impl fmt::Display for BankError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bank {}: status {:#018x}", self.bank, self.status)?;
        self.address.map_or(Ok(()), |address| write!(f, ", address {address:#x}"))?;
        self.misc.map_or(Ok(()), |misc| write!(f, ", misc {misc:#x}"))?;
        let flags = [
            (UNCORRECTED, "uncorrected"),
            (CONTEXT_CORRUPT, "the CPU's state is lost"),
            (OVERFLOW, "others before it are lost"),
        ];
        flags
            .iter()
            .filter(|(flag, _)| self.status & flag != 0)
            .try_for_each(|(_, text)| write!(f, ", {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_is_read_as_far_as_its_status_says() {
        // As QEMU's monitor injects it: mce 0 1 0xbd00000000000000 0x5 0x12345000 0x8c.
        let registers = |msr| match msr {
            0x405 => 0xBD00_0000_0000_0000,
            0x406 => 0x1234_5000,
            0x407 => 0x8C,
            _ => panic!("register {msr:#x} isn't bank 1's"),
        };
        let error = BankError::read(1, registers).unwrap();
        let (address, misc) = (Some(0x1234_5000), Some(0x8C));
        assert_eq!(error, BankError { bank: 1, status: 0xBD00_0000_0000_0000, address, misc });
        assert_eq!(
            error.to_string(),
            "bank 1: status 0xbd00000000000000, address 0x12345000, misc 0x8c, uncorrected"
        );
    }

    #[test]
    fn what_the_status_calls_invalid_is_not_read() {
        let no_error = |msr| if msr == 0x401 { !VALID } else { panic!("register {msr:#x}") };
        assert_eq!(BankError::read(0, no_error), None);
        let bare = |msr| if msr == 0x411 { VALID | OVERFLOW | CONTEXT_CORRUPT } else { panic!("{msr:#x}") };
        let error = BankError::read(4, bare).unwrap();
        assert_eq!((error.address, error.misc), (None, None));
        assert_eq!(
            error.to_string(),
            "bank 4: status 0xc200000000000000, the CPU's state is lost, others before it are lost"
        );
    }

    #[test]
    fn banks_are_counted_and_bounded() {
        assert_eq!(bank_count(0x0100_010A), 10);
        assert_eq!(bank_count(0xFF), 32);
        assert_eq!((control_register(0), status_register(2)), (0x400, 0x409));
    }
}
