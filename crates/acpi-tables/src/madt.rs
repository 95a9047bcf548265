//! The multiple APIC description table: interrupt controllers, and how interrupt lines reach them.
//!
//! Source: ACPI 6.5, "Multiple APIC Description Table (MADT)".

use crate::{Error, Signature, Tables, u8_at, u16_at, u32_at};

/// Where entries begin. The local APICs' address and the flag that says whether there are 8259s come before: the CPU
/// knows the one, and 8259s are masked wherever they are.
const ENTRIES: usize = 44;

/// Flag of a local APIC: its CPU can be used.
const ENABLED: u32 = 1;

/// A table with its entries.
#[derive(Debug, Clone, Copy)]
pub struct Madt<'m> {
    bytes: &'m [u8],
}

/// What an entry says. Other kinds are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A CPU's local APIC.
    LocalApic {
        /// Its number, which interrupts are sent to.
        id: u32,
        /// Whether the CPU can be used.
        enabled: bool,
    },
    /// A controller of interrupt lines.
    IoApic(IoApic),
    /// An ISA interrupt that isn't the line of its own number, or not edge-triggered and active high.
    IsaOverride {
        /// 0 to 15.
        irq: u8,
        /// Where it comes.
        line: Line,
    },
    /// A line that is to come as a non-maskable interrupt.
    NmiSource(Line),
    /// A pin of local APICs that is to come as a non-maskable interrupt.
    LocalNmi(LocalNmi),
}

/// A controller of interrupt lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IoApic {
    /// Its number.
    pub id: u8,
    /// Physical address of its registers.
    pub address: u32,
    /// The number of its first line among all.
    pub first_line: u32,
}

/// A pin of local APICs that is to come as a non-maskable interrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalNmi {
    /// LINT0 or LINT1.
    pub pin: u8,
    /// How it signals.
    pub signal: Signal,
}

/// An interrupt line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its number among the lines of all I/O APICs: ACPI's "global system interrupt".
    pub number: u32,
    /// How it signals.
    pub signal: Signal,
}

/// How an interrupt is signalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signal {
    /// By a low level, or a change to it.
    pub active_low: bool,
    /// By the level, as long as it lasts, and not by its change.
    pub level_triggered: bool,
}

impl<'m> Madt<'m> {
    /// Returns the table of a machine.
    ///
    /// # Errors
    /// As for [`Tables::find`].
    pub fn find(tables: &Tables<'m>) -> Result<Self, Error> {
        tables.find(Signature::MADT).map(|table| Self { bytes: table.bytes() })
    }

    /// Returns the controllers of interrupt lines.
    pub fn io_apics(&self) -> impl Iterator<Item = IoApic> + use<'m> {
        self.entries().filter_map(|entry| match entry {
            Entry::IoApic(io_apic) => Some(io_apic),
            _ => None,
        })
    }

    /// Returns where an ISA interrupt comes; `None` where its line is another's, as that of IRQ 2 is the timer's.
    #[must_use]
    pub fn isa_line(&self, irq: u8) -> Option<Line> {
        let mut taken = false;
        for entry in self.entries() {
            if let Entry::IsaOverride { irq: overridden, line } = entry {
                if overridden == irq {
                    return Some(line);
                }
                taken |= line.number == u32::from(irq);
            }
        }
        (!taken).then_some(Line { number: irq.into(), signal: Signal::default() })
    }

    /// Returns the entries, as far as they are whole.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + use<'m> {
        let mut rest = self.bytes.get(ENTRIES..).unwrap_or_default();
        let entries = core::iter::from_fn(move || {
            // Type and length, at least: a length of zero would never end.
            let length = usize::from(u8_at(rest, 1)?);
            let (entry, following) = rest.split_at_checked(length).filter(|_| length >= 2)?;
            rest = following;
            Some(entry)
        });
        entries.filter_map(Entry::parse)
    }
}

impl Entry {
    /// `None`: of a kind that isn't known, or too short for its kind.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let enabled = |flags: u32| flags & ENABLED != 0;
        Some(match u8_at(bytes, 0)? {
            0 => Self::LocalApic { id: u8_at(bytes, 3)?.into(), enabled: enabled(u32_at(bytes, 4)?) },
            1 => Self::IoApic(IoApic {
                id: u8_at(bytes, 2)?,
                address: u32_at(bytes, 4)?,
                first_line: u32_at(bytes, 8)?,
            }),
            2 => Self::IsaOverride {
                irq: u8_at(bytes, 3)?,
                line: Line { number: u32_at(bytes, 4)?, signal: Signal::parse(u16_at(bytes, 8)?) },
            },
            3 => {
                Self::NmiSource(Line { number: u32_at(bytes, 4)?, signal: Signal::parse(u16_at(bytes, 2)?) })
            }
            4 => Self::LocalNmi(LocalNmi { pin: u8_at(bytes, 5)?, signal: Signal::parse(u16_at(bytes, 3)?) }),
            9 => Self::LocalApic { id: u32_at(bytes, 4)?, enabled: enabled(u32_at(bytes, 8)?) },
            10 => {
                Self::LocalNmi(LocalNmi { pin: u8_at(bytes, 8)?, signal: Signal::parse(u16_at(bytes, 2)?) })
            }
            _ => return None,
        })
    }
}

impl Signal {
    /// Reads "MPS INTI Flags". What conforms to the bus is as ISA has it: edge-triggered, active high.
    fn parse(flags: u16) -> Self {
        Self { active_low: flags & 0b11 == 0b11, level_triggered: flags & 0b1100 == 0b1100 }
    }
}
