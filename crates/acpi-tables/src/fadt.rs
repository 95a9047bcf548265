//! The fixed ACPI description table: registers that every ACPI machine has.
//!
//! Source: ACPI 6.5, "Fixed ACPI Description Table (FADT)".

use crate::{Error, Signature, Table, Tables, u8_at, u32_at, u64_at};

/// Offsets. ACPI 1.0's table ends before [`RESET_REGISTER`].
const DSDT: usize = 40;
const SMI_COMMAND: usize = 48;
const ACPI_ENABLE: usize = 52;
const PM1A_CONTROL: usize = 64;
const PM1B_CONTROL: usize = 68;
const PM_TIMER: usize = 76;
const CENTURY: usize = 108;
const FLAGS: usize = 112;
const RESET_REGISTER: usize = 116;
const RESET_VALUE: usize = 128;
const X_DSDT: usize = 140;
const X_PM1A_CONTROL: usize = 172;
const X_PM1B_CONTROL: usize = 184;
const X_PM_TIMER: usize = 208;

/// Flag `RESET_REG_SUP`: there is a reset register.
const RESET_SUPPORTED: u32 = 1 << 10;

/// A table with its registers.
#[derive(Debug, Clone, Copy)]
pub struct Fadt<'m> {
    bytes: &'m [u8],
}

/// How to take power management over from the firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcpiEnable {
    /// The I/O port `SMI_CMD`.
    pub port: u16,
    /// What to write there.
    pub value: u8,
}

/// Where a register is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// A physical address.
    Memory(u64),
    /// An I/O port.
    Port(u16),
    /// In the configuration space of a device on PCI bus 0.
    PciConfiguration {
        /// 0 to 31.
        device: u8,
        /// 0 to 7.
        function: u8,
        /// 0 to 255.
        offset: u8,
    },
}

impl<'m> Fadt<'m> {
    /// Returns the table of a machine.
    ///
    /// # Errors
    /// As for [`Tables::find`].
    pub fn find(tables: &Tables<'m>) -> Result<Self, Error> {
        tables.find(Signature::FADT).map(|table| Self { bytes: table.bytes() })
    }

    /// Returns the DSDT, by the address of 64 bits where there is one.
    ///
    /// # Errors
    /// As for [`Table::read`].
    pub fn dsdt(&self, tables: &Tables<'m>) -> Result<Table<'m>, Error> {
        let wide = u64_at(self.bytes, X_DSDT).filter(|address| *address != 0);
        let address = wide.or_else(|| u32_at(self.bytes, DSDT).map(u64::from));
        tables.at(address.ok_or(Error::Missing(Signature::DSDT))?, Signature::DSDT)
    }

    /// Returns how to switch ACPI mode on; `None` where it is always on.
    #[must_use]
    pub fn acpi_enable(&self) -> Option<AcpiEnable> {
        let port = port(u32_at(self.bytes, SMI_COMMAND)?.into())?;
        let value = u8_at(self.bytes, ACPI_ENABLE).filter(|value| *value != 0)?;
        Some(AcpiEnable { port, value })
    }

    /// Returns the port of the first power management control register, 16 bits wide.
    ///
    /// # Errors
    /// [`Error::NoRegister`]: there is none, or it is in memory, as on machines with ACPI's reduced hardware.
    pub fn pm1a_control(&self) -> Result<u16, Error> {
        self.control(PM1A_CONTROL, X_PM1A_CONTROL).ok_or(Error::NoRegister("port of PM1a control"))
    }

    /// Returns the port of the second one, which few machines have.
    #[must_use]
    pub fn pm1b_control(&self) -> Option<u16> {
        self.control(PM1B_CONTROL, X_PM1B_CONTROL)
    }

    /// Returns the port of the power management timer, 32 bits wide; `None` where there is none, or it is in memory.
    #[must_use]
    pub fn pm_timer(&self) -> Option<u16> {
        self.control(PM_TIMER, X_PM_TIMER)
    }

    /// Returns the register of the real-time clock that holds the century, 1 to 127; `None` where there is none.
    #[must_use]
    pub fn century_register(&self) -> Option<u8> {
        u8_at(self.bytes, CENTURY).filter(|register| (1..128).contains(register))
    }

    /// Returns the reset register, and what to write there: one byte.
    ///
    /// # Errors
    /// [`Error::NoRegister`]: there is none, or it isn't where the specification allows it.
    pub fn reset(&self) -> Result<(Register, u8), Error> {
        self.supported_reset().ok_or(Error::NoRegister("reset register"))
    }

    fn supported_reset(&self) -> Option<(Register, u8)> {
        if u32_at(self.bytes, FLAGS)? & RESET_SUPPORTED == 0 {
            return None;
        }
        Some((Register::at(self.bytes, RESET_REGISTER)?, u8_at(self.bytes, RESET_VALUE)?))
    }

    /// Returns the port that the wide field names; where that is absent or zero, the narrow one's.
    fn control(&self, narrow: usize, wide: usize) -> Option<u16> {
        match Register::at(self.bytes, wide) {
            Some(Register::Port(port)) => Some(port),
            Some(_) => None,
            None => port(u32_at(self.bytes, narrow)?.into()),
        }
    }
}

impl Register {
    /// Reads a generic address structure. `None`: the address is zero, or of a kind that isn't among these.
    ///
    /// Source: ACPI 6.5, "Generic Address Structure (GAS)".
    fn at(bytes: &[u8], offset: usize) -> Option<Self> {
        let address = u64_at(bytes, offset + 4).filter(|address| *address != 0)?;
        match u8_at(bytes, offset)? {
            0 => Some(Self::Memory(address)),
            1 => port(address).map(Self::Port),
            2 => Self::pci(address),
            _ => None,
        }
    }

    /// Words of 16 bits from the highest: reserved, device, function, offset.
    fn pci(address: u64) -> Option<Self> {
        let word = |index: u32| u8::try_from((address >> (16 * index)) & 0xFFFF).ok();
        let (device, function) = (word(2)?, word(1)?);
        (device < 32 && function < 8).then_some(Self::PciConfiguration { device, function, offset: word(0)? })
    }
}

fn port(address: u64) -> Option<u16> {
    u16::try_from(address).ok().filter(|port| *port != 0)
}
