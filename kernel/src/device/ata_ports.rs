//! The ports of the PC's two ATA channels.

use farjump_ata::{Ports, Register, Sector};
use x86_64::instructions::port::Port;

/// The ports of a channel.
///
/// Source: ATA/ATAPI host adapters for a PC; "PCI IDE Controller Specification", compatibility mode.
#[derive(Debug)]
pub(crate) struct Channel {
    /// The data register; the others follow.
    command: u16,
    /// The alternate status and device control register.
    control: u16,
}

impl Channel {
    /// 1F0h and 3F6h.
    pub(crate) const PRIMARY: Self = Self { command: 0x1F0, control: 0x3F6 };
    /// 170h and 376h.
    pub(crate) const SECONDARY: Self = Self { command: 0x170, control: 0x376 };
}

impl Channel {
    const fn port(&self, register: Register) -> u16 {
        match register {
            Register::Error => self.command + 1,
            Register::SectorCount => self.command + 2,
            Register::LbaLow => self.command + 3,
            Register::LbaMid => self.command + 4,
            Register::LbaHigh => self.command + 5,
            Register::Device => self.command + 6,
            Register::StatusCommand => self.command + 7,
            Register::AlternateStatusControl => self.control,
        }
    }
}

impl Ports for Channel {
    fn read(&mut self, register: Register) -> u8 {
        // SAFETY: a register of the channel, or a port without a device. Reading it touches no memory.
        unsafe { Port::new(self.port(register)).read() }
    }

    fn write(&mut self, register: Register, value: u8) {
        // SAFETY: as above. The drive touches no memory either: no command here uses DMA.
        unsafe { Port::new(self.port(register)).write(value) };
    }

    fn read_data(&mut self, sector: &mut Sector) {
        // SAFETY: as many words as the sector has go into it, upwards, for DF is clear in Rust code.
        unsafe {
            core::arch::asm!(
                "rep insw",
                inout("rcx") sector.len() / size_of::<u16>() => _,
                inout("rdi") sector.as_mut_ptr() => _,
                in("dx") self.command,
                options(nostack, preserves_flags),
            );
        }
    }

    fn write_data(&mut self, sector: &Sector) {
        // SAFETY: as many words as the sector has are read from it, upwards, for DF is clear in Rust code.
        unsafe {
            core::arch::asm!(
                "rep outsw",
                inout("rcx") sector.len() / size_of::<u16>() => _,
                inout("rsi") sector.as_ptr() => _,
                in("dx") self.command,
                options(nostack, preserves_flags, readonly),
            );
        }
    }
}
