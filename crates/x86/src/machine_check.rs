//! Machine-check banks: which registers hold them, and what an error's status says.
//!
//! A machine check (exception 18) has no error code: what was wrong stands in banks of model-specific registers, one bank
//! for a unit of the CPU. The caller reads the registers; here is where they are and what they mean. Assumes that CPUID
//! has MCA ([`cpuid::MCA`](crate::cpuid::MCA)): without it the registers don't exist, and reading one is a general-protection fault.
//!
//! Source: Intel SDM vol. 3B, "Machine-Check Architecture".

use core::fmt;

/// IA32_MCG_CAP: its low byte is the number of banks.
pub const MCG_CAP: u32 = 0x179;

/// Of IA32_MCG_CAP: [`MCG_CTL`] exists.
pub const HAS_MCG_CTL: u64 = 1 << 8;

/// IA32_MCG_STATUS: the CPU's state in a machine check.
pub const MCG_STATUS: u32 = 0x17A;

/// IA32_MCG_CTL: which errors are reported at all.
pub const MCG_CTL: u32 = 0x17B;

/// IA32_MC0_STATUS. A bank has four registers: control, status, address, miscellaneous.
const MC0_STATUS: u32 = 0x401;
const REGISTERS_OF_A_BANK: u32 = 4;

/// The numbers from 480h on are those of VMX's registers, so a count above this isn't believed.
const MAX_BANKS: u32 = 32;

/// IA32_MCi_STATUS, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u64);

impl Status {
    const VALID: u64 = 1 << 63;
    const OVERFLOW: u64 = 1 << 62;
    const UNCORRECTED: u64 = 1 << 61;
    const MISC_VALID: u64 = 1 << 59;
    const ADDRESS_VALID: u64 = 1 << 58;
    const CONTEXT_CORRUPT: u64 = 1 << 57;
    const ERROR_CODE: u64 = 0xFFFF;

    /// Whether the bank holds an error at all.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 & Self::VALID != 0
    }

    /// The MCA error code: what kind of unit and access failed.
    #[must_use]
    pub const fn error_code(self) -> u64 {
        self.0 & Self::ERROR_CODE
    }
}

/// A bank that holds an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank {
    /// Its number.
    pub number: u32,
    /// IA32_MCi_STATUS.
    pub status: Status,
    /// IA32_MCi_ADDR, where the status says that it is valid: usually a physical address.
    pub address: Option<u64>,
    /// IA32_MCi_MISC, where the status says that it is valid.
    pub misc: Option<u64>,
}

/// Returns how many banks there are, by the value of [`MCG_CAP`].
#[must_use]
pub fn bank_count(mcg_cap: u64) -> u32 {
    u32::from(mcg_cap.to_le_bytes()[0]).min(MAX_BANKS)
}

/// Returns the number of IA32_MCi_CTL, which says which errors of the bank are reported.
#[must_use]
pub const fn control_register(bank: u32) -> u32 {
    status_register(bank) - 1
}

/// Returns the number of IA32_MCi_STATUS.
#[must_use]
pub const fn status_register(bank: u32) -> u32 {
    MC0_STATUS + bank * REGISTERS_OF_A_BANK
}

/// Returns the banks that hold an error. `read_msr` reads the model-specific register of a number.
pub fn banks(mut read_msr: impl FnMut(u32) -> u64) -> impl Iterator<Item = Bank> {
    let count = bank_count(read_msr(MCG_CAP));
    (0..count).filter_map(move |number| {
        let register = status_register(number);
        let status = Status(read_msr(register));
        status.is_valid().then(|| Bank {
            number,
            status,
            address: (status.0 & Status::ADDRESS_VALID != 0).then(|| read_msr(register + 1)),
            misc: (status.0 & Status::MISC_VALID != 0).then(|| read_msr(register + 2)),
        })
    })
}

impl fmt::Display for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bank {}: status {:#x}: ", self.number, self.status.0)?;
        f.write_str(if self.status.0 & Status::UNCORRECTED != 0 { "uncorrected" } else { "corrected" })?;
        write!(f, " error, code {:#x}", self.status.error_code())?;
        if self.status.0 & Status::CONTEXT_CORRUPT != 0 {
            f.write_str(", the CPU's state may be corrupt")?;
        }
        if self.status.0 & Status::OVERFLOW != 0 {
            f.write_str(", and errors before it were lost")?;
        }
        self.address.map_or(Ok(()), |address| write!(f, ", address {address:#x}"))?;
        self.misc.map_or(Ok(()), |misc| write!(f, ", misc {misc:#x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `mce 0 1 0xbd00000000000000 0x5 0x12345000 0x8c` of QEMU's monitor leaves, with ten banks.
    fn one_error(msr: u32) -> u64 {
        match msr {
            0x179 => 0x0100_000A,
            0x405 => 0xBD00_0000_0000_0000,
            0x406 => 0x1234_5000,
            0x407 => 0x8C,
            0x400..0x428 => 0,
            _ => panic!("there is no register {msr:#x}"),
        }
    }

    #[test]
    fn the_banks_with_an_error_are_found_and_no_register_past_them_is_read() {
        let found: Vec<Bank> = banks(one_error).collect();
        let status = Status(0xBD00_0000_0000_0000);
        assert_eq!(found, [Bank { number: 1, status, address: Some(0x1234_5000), misc: Some(0x8C) }]);
    }

    #[test]
    fn address_and_misc_are_read_only_where_the_status_has_them() {
        let read = |msr| match msr {
            0x179 => 1,
            0x401 => 0xE000_0000_0001_0151,
            _ => panic!("{msr:#x} isn't valid"),
        };
        let found: Vec<String> = banks(read).map(|bank| bank.to_string()).collect();
        assert_eq!(
            found,
            [
                "bank 0: status 0xe000000000010151: uncorrected error, code 0x151, and errors before it were lost"
            ]
        );
    }

    #[test]
    fn a_bank_is_shown_with_what_it_holds() {
        let shown: Vec<String> = banks(one_error).map(|bank| bank.to_string()).collect();
        assert_eq!(
            shown,
            ["bank 1: status 0xbd00000000000000: uncorrected error, code 0x0, address 0x12345000, misc 0x8c"]
        );
        let corrupt = Bank { number: 3, status: Status(0x8200_0000_0000_0005), address: None, misc: None };
        assert_eq!(
            corrupt.to_string(),
            "bank 3: status 0x8200000000000005: corrected error, code 0x5, the CPU's state may be corrupt"
        );
    }

    #[test]
    fn a_banks_registers_follow_those_of_the_bank_before_it() {
        assert_eq!((control_register(0), status_register(0)), (0x400, 0x401));
        assert_eq!((control_register(2), status_register(2)), (0x408, 0x409));
        assert_eq!((bank_count(0x0100_010A), bank_count(0xFF)), (10, 32));
    }

    #[test]
    fn a_count_of_more_banks_than_there_are_registers_is_cut() {
        let mut highest = 0;
        let read = |msr| {
            highest = highest.max(msr);
            if msr == MCG_CAP { 0xFF } else { 0 }
        };
        assert_eq!(banks(read).count(), 0);
        assert_eq!(highest, 0x47D);
    }
}
