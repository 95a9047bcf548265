//! The local APIC: the CPU's own interrupt controller, which the I/O APIC sends interrupts to.
//!
//! Its registers are in memory (xAPIC), or model-specific registers where the firmware has switched that on
//! (x2APIC): which one it is stays as the firmware left it.
//!
//! Source: Intel SDM vol. 3A, "Advanced Programmable Interrupt Controller (APIC)".

use core::arch::x86_64::__cpuid;
use core::fmt;

use farjump_acpi_tables::madt::LocalNmi;
use spin::Once;
use x86_64::registers::model_specific::Msr;

use crate::memory::device::{DeviceError, DeviceMemory};

/// CPUID leaf 1, EDX: there is a local APIC.
const CPUID_APIC: u32 = 1 << 9;

/// Where the registers are, and flags.
const APIC_BASE: Msr = Msr::new(0x1B);
/// The APIC is on.
const BASE_ENABLED: u64 = 1 << 11;
/// It is an x2APIC.
const BASE_X2APIC: u64 = 1 << 10;
/// The flags and reserved bits below the address.
const BASE_FLAGS: u64 = 0xFFF;

/// Bytes of the registers in memory.
const REGISTERS_SIZE: u64 = 0x400;
/// The x2APIC's first model-specific register; the others follow at a sixteenth of their offset.
const FIRST_MSR: u32 = 0x800;

/// Registers, by their offset in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Register {
    Id = 0x20,
    TaskPriority = 0x80,
    EndOfInterrupt = 0xB0,
    SpuriousVector = 0xF0,
    /// Bits 16 to 23: the number of the last entry of the local vector table.
    Version = 0x30,
    /// The first of eight: a bit for each vector whose handler runs.
    InService = 0x100,
    // The local vector table.
    CorrectedErrors = 0x2F0,
    Timer = 0x320,
    Thermal = 0x330,
    Performance = 0x340,
    /// LINT1's is the next.
    Pin0 = 0x350,
    Pin1 = 0x360,
    Error = 0x370,
    TimerInitialCount = 0x380,
    TimerCurrentCount = 0x390,
    TimerDivide = 0x3E0,
}

/// From one of a row of registers to the next.
const REGISTER_STEP: u32 = 0x10;

/// The vector that says that there was no interrupt. Without a handler it is counted, and it needs no end.
pub(crate) const SPURIOUS_VECTOR: u8 = 0xFF;
/// Spurious vector register: interrupts are taken.
const ENABLED: u32 = 1 << 8;

/// Version register: where the number of the last entry stands.
const LAST_ENTRY_SHIFT: u32 = 16;

/// An entry of the local vector table: nothing comes.
const MASKED: u32 = 1 << 16;
const PIN_LEVEL_TRIGGERED: u32 = 1 << 15;
const PIN_ACTIVE_LOW: u32 = 1 << 13;
/// A pin's entry: it comes as a non-maskable interrupt.
const PIN_NMI: u32 = 0b100 << 8;
/// A pin's entry: an 8259 is there, which says the vector.
const PIN_EXTINT: u32 = 0b111 << 8;
/// The timer's entry: it interrupts again and again.
const TIMER_PERIODIC: u32 = 1 << 17;
/// Divide configuration: the timer's clock divided by 16.
const DIVIDE_BY_16: u32 = 0b0011;
/// LINT0 and LINT1.
const PINS: u8 = 2;

/// The local APIC of the CPU that this runs on.
#[derive(Debug)]
pub(crate) enum LocalApic {
    /// Registers in memory.
    Memory(DeviceMemory),
    /// Model-specific registers.
    X2Apic,
}

/// The APIC of the one CPU that this kernel uses.
static LOCAL_APIC: Once<LocalApic> = Once::new();

impl LocalApic {
    /// The one of this CPU.
    pub(crate) fn get() -> Result<&'static Self, LocalApicError> {
        LOCAL_APIC.try_call_once(Self::find)
    }

    /// Finds it, and changes nothing.
    fn find() -> Result<Self, LocalApicError> {
        if __cpuid(1).edx & CPUID_APIC == 0 {
            return Err(LocalApicError::None);
        }
        // SAFETY: a CPU with an APIC and long mode has this register.
        let base = unsafe { APIC_BASE.read() };
        if base & BASE_ENABLED == 0 {
            return Err(LocalApicError::Off);
        }
        if base & BASE_X2APIC != 0 {
            return Ok(Self::X2Apic);
        }
        // SAFETY: the CPU says that its registers are there, and this is the only code that drives them.
        let registers = unsafe { DeviceMemory::map("local APIC", base & !BASE_FLAGS, REGISTERS_SIZE) };
        Ok(Self::Memory(registers?))
    }

    /// Masks all entries of the local vector table but the pins': what a firmware has left there unmasked would come on
    /// a vector that is never ended, and hold all vectors below it back.
    ///
    /// Source: Intel SDM vol. 3A, "Local Vector Table", "Local APIC Version Register".
    pub(crate) fn mask_leftovers(&self) {
        const ALWAYS: [Register; 2] = [Register::Timer, Register::Error];
        // From this number of the last entry on, there is one.
        const OPTIONAL: [(u32, Register); 3] =
            [(4, Register::Performance), (5, Register::Thermal), (6, Register::CorrectedErrors)];
        let last = self.read_at(Register::Version, 0) >> LAST_ENTRY_SHIFT & 0xFF;
        let optional = OPTIONAL.into_iter().filter(|(needed, _)| last >= *needed);
        for entry in ALWAYS.into_iter().chain(optional.map(|(_, entry)| entry)) {
            self.write(entry, self.read_at(entry, 0) | MASKED);
        }
    }

    /// Takes all interrupts of the I/O APICs, and none of the 8259s any more, whose way in is LINT0.
    pub(crate) fn enable(&self, nmis: impl Iterator<Item = LocalNmi>) {
        self.write(Register::TaskPriority, 0);
        self.mask_leftovers();
        self.write(Register::Pin0, MASKED);
        self.write(Register::Pin1, MASKED);
        for nmi in nmis.filter(|nmi| nmi.pin < PINS) {
            let polarity = if nmi.signal.active_low { PIN_ACTIVE_LOW } else { 0 };
            let trigger = if nmi.signal.level_triggered { PIN_LEVEL_TRIGGERED } else { 0 };
            self.write_at(Register::Pin0, nmi.pin.into(), PIN_NMI | polarity | trigger);
        }
        self.write(Register::SpuriousVector, ENABLED | u32::from(SPURIOUS_VECTOR));
    }

    /// Takes the interrupts of the 8259s by LINT0, beside all others.
    pub(crate) fn take_8259s(&self) {
        self.write(Register::SpuriousVector, ENABLED | u32::from(SPURIOUS_VECTOR));
        self.write(Register::Pin0, PIN_EXTINT);
    }

    /// Starts the timer's count down, without interrupts. [`Self::timer_counts`] says how far it is.
    pub(crate) fn start_timer(&self) {
        if self.read_at(Register::SpuriousVector, 0) & ENABLED == 0 {
            // Switching it on masks LINT0, and what comes then comes by the 8259s.
            self.take_8259s();
        }
        self.write(Register::Timer, MASKED);
        self.write(Register::TimerDivide, DIVIDE_BY_16);
        self.write(Register::TimerInitialCount, u32::MAX);
    }

    /// Counts of the timer since [`Self::start_timer`].
    pub(crate) fn timer_counts(&self) -> u32 {
        u32::MAX - self.read_at(Register::TimerCurrentCount, 0)
    }

    /// Has the timer interrupt on `vector` whenever it has counted so far.
    pub(crate) fn interrupt_each(&self, counts: u32, vector: u8) {
        self.write(Register::Timer, TIMER_PERIODIC | u32::from(vector));
        self.write(Register::TimerInitialCount, counts);
    }

    /// Its number, which interrupts are sent to.
    pub(crate) fn id(&self) -> u32 {
        let id = self.read_at(Register::Id, 0);
        match self {
            Self::Memory(_) => id >> 24,
            Self::X2Apic => id,
        }
    }

    /// Whether an interrupt of this vector has been taken and not ended.
    pub(crate) fn is_in_service(&self, vector: u8) -> bool {
        let (word, bit) = (u32::from(vector) / u32::BITS, u32::from(vector) % u32::BITS);
        self.read_at(Register::InService, word) & 1 << bit != 0
    }

    /// Ends the interrupt of a vector without a handler, if it is one: a device's that was on its way when it was
    /// masked.
    pub(crate) fn end_unknown(&self, vector: u8) {
        if self.is_in_service(vector) {
            self.end_of_interrupt();
        }
    }

    /// Ends the interrupt that has come last.
    pub(crate) fn end_of_interrupt(&self) {
        self.write(Register::EndOfInterrupt, 0);
    }

    /// What it is, for people.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Memory(_) => "I/O APIC",
            Self::X2Apic => "I/O APIC, x2APIC",
        }
    }

    fn write(&self, register: Register, value: u32) {
        self.write_at(register, 0, value);
    }

    /// Reads the register, or one of those that follow it.
    fn read_at(&self, first: Register, index: u32) -> u32 {
        let offset = first as u32 + index * REGISTER_STEP;
        match self {
            Self::Memory(registers) => registers.read_u32(offset.into()),
            // SAFETY: the APIC is in this mode, and reading any of these registers changes nothing.
            Self::X2Apic => unsafe { Msr::new(FIRST_MSR + offset / REGISTER_STEP).read() as u32 },
        }
    }

    /// Writes the register, or one of those that follow it.
    fn write_at(&self, first: Register, index: u32, value: u32) {
        let offset = first as u32 + index * REGISTER_STEP;
        match self {
            Self::Memory(registers) => registers.write_u32(offset.into(), value),
            // SAFETY: the APIC is in this mode, and these registers only say which interrupts come.
            Self::X2Apic => unsafe { Msr::new(FIRST_MSR + offset / REGISTER_STEP).write(value.into()) },
        }
    }
}

/// Why there is no local APIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocalApicError {
    /// The CPU has none.
    None,
    /// The firmware has switched it off.
    Off,
    /// Its registers can't be reached.
    Registers(DeviceError),
}

impl From<DeviceError> for LocalApicError {
    fn from(error: DeviceError) -> Self {
        Self::Registers(error)
    }
}

impl fmt::Display for LocalApicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("the CPU has no local APIC"),
            Self::Off => f.write_str("the firmware has switched the local APIC off"),
            Self::Registers(error) => write!(f, "the local APIC: {error}"),
        }
    }
}
