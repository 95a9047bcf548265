//! Local APIC and I/O APICs as one controller of the sixteen ISA lines.
//!
//! ACPI's MADT says where the I/O APICs are and which of their lines an ISA interrupt is: the timer's IRQ 0 most
//! often is line 2. All of it is found before anything is changed, so that what fails leaves the 8259s as they are.
//! Interrupts go to the CPU that starts the kernel, whatever others there are.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

use farjump_acpi_tables::madt::{Entry, Line, Madt};
use spin::Once;

use super::io_apic::{Delivery, IoApic, IoApicError};
use super::local_apic::{LocalApic, LocalApicError};
use super::pic::PICS;
use crate::acpi;
use crate::interrupts::{Controller, Irq, LINES};
use crate::memory::device::DeviceError;
use crate::sync::IrqMutex;

/// I/O APICs at most. One has 24 lines or more, and the ISA lines are most often all in the first.
const IO_APICS: usize = 8;

/// The machine's I/O APICs. Those beyond are left as the firmware has left them.
type IoApics = [Option<IoApic>; IO_APICS];

static APIC: Once<Apic> = Once::new();

/// The machine's APICs.
struct Apic {
    local: &'static LocalApic,
    io: IrqMutex<IoApics>,
    /// Where each ISA line is; `None` for one that can't come.
    pins: [Option<Pin>; LINES],
    /// The timer comes by the 8259s, which LINT0 leads to.
    timer_by_8259: AtomicBool,
}

/// A line of an I/O APIC.
#[derive(Debug, Clone, Copy)]
struct Pin {
    /// Which I/O APIC.
    io_apic: usize,
    number: u32,
}

/// Finds the APICs and takes interrupts through them, all lines masked. The 8259s are masked before.
pub(crate) fn init() -> Result<&'static dyn Controller, ApicError> {
    let local = LocalApic::get()?;
    let apic_id = local.id();
    // Entries of I/O APICs have eight bits for it.
    let apic_id = u8::try_from(apic_id).map_err(|_| ApicError::Id(apic_id))?;
    let tables = acpi::tables()?;
    let madt = Madt::find(&tables)?;
    let mut io_apics = open(&madt)?;
    if find(&io_apics, timer_line(&madt)).is_none() {
        return Err(ApicError::NoTimerLine);
    }
    io_apics.iter_mut().flatten().for_each(IoApic::mask_all);
    let pins = Irq::ALL.map(|irq| {
        let line = madt.isa_line(irq as u8)?;
        route(&mut io_apics, line, Delivery::Vector(irq.vector()), apic_id)
    });
    for line in madt.entries().filter_map(nmi_line) {
        if let Some(pin) = route(&mut io_apics, line, Delivery::Nmi, apic_id) {
            with_pin(&mut io_apics, pin, IoApic::unmask);
        }
    }
    local.enable(madt.entries().filter_map(|entry| match entry {
        Entry::LocalNmi(nmi) => Some(nmi),
        _ => None,
    }));
    let lines: u32 = io_apics.iter().flatten().map(IoApic::lines).sum();
    log::debug!("{lines} lines of I/O APICs, sent to the local APIC {apic_id}");
    Ok(APIC.call_once(|| Apic {
        local,
        io: IrqMutex::new(io_apics),
        pins,
        timer_by_8259: AtomicBool::new(false),
    }))
}

fn open(madt: &Madt<'_>) -> Result<IoApics, ApicError> {
    let mut io_apics = [const { None }; IO_APICS];
    for (place, description) in io_apics.iter_mut().zip(madt.io_apics()) {
        *place = Some(IoApic::open(description)?);
    }
    Ok(io_apics)
}

fn timer_line(madt: &Madt<'_>) -> Option<u32> {
    Some(madt.isa_line(Irq::Timer as u8)?.number)
}

fn nmi_line(entry: Entry) -> Option<Line> {
    match entry {
        Entry::NmiSource(line) => Some(line),
        _ => None,
    }
}

fn find(io_apics: &IoApics, line: Option<u32>) -> Option<Pin> {
    let mut places = io_apics.iter().enumerate();
    places.find_map(|(io_apic, place)| Some(Pin { io_apic, number: place.as_ref()?.pin(line?)? }))
}

/// Sets a line's entry; `None` where no I/O APIC has the line.
fn route(io_apics: &mut IoApics, line: Line, delivery: Delivery, apic_id: u8) -> Option<Pin> {
    let pin = find(io_apics, Some(line.number))?;
    with_pin(io_apics, pin, |io_apic, number| io_apic.route(number, line.signal, delivery, apic_id));
    Some(pin)
}

fn with_pin(io_apics: &mut IoApics, pin: Pin, change: impl FnOnce(&mut IoApic, u32)) {
    if let Some(Some(io_apic)) = io_apics.get_mut(pin.io_apic) {
        change(io_apic, pin.number);
    }
}

impl Apic {
    /// Whether this line comes by the 8259s.
    fn is_8259s(&self, irq: Irq) -> bool {
        irq == Irq::Timer && self.timer_by_8259.load(Ordering::Relaxed)
    }

    fn with_line(&self, irq: Irq, change: fn(&mut IoApic, u32)) {
        if let Some(pin) = self.pins[irq as usize] {
            with_pin(&mut self.io.lock(), pin, change);
        }
    }
}

impl Controller for Apic {
    fn name(&self) -> &'static str {
        self.local.name()
    }

    fn mask(&self, irq: Irq) {
        if self.is_8259s(irq) {
            return PICS.mask(irq);
        }
        self.with_line(irq, IoApic::mask);
    }

    fn unmask(&self, irq: Irq) {
        if self.is_8259s(irq) {
            return PICS.unmask(irq);
        }
        self.with_line(irq, IoApic::unmask);
    }

    /// The APIC has a vector of its own for those. But an 8259, masked as it is, has the vectors of its last lines.
    fn is_spurious(&self, irq: Irq) -> bool {
        matches!(irq, Irq::Parallel1 | Irq::SecondaryAta) && !self.local.is_in_service(irq.vector())
    }

    fn end_of_interrupt(&self, irq: Irq) {
        if self.is_8259s(irq) {
            // The local APIC only passes it on, and has nothing in service.
            return PICS.end_of_interrupt(irq);
        }
        self.local.end_of_interrupt();
    }

    /// By the 8259 and LINT0, which is how the BIOS has had it.
    ///
    /// Source: Intel MultiProcessor Specification 1.4, "Virtual Wire Mode".
    fn reroute_timer(&self) -> bool {
        self.mask(Irq::Timer);
        self.timer_by_8259.store(true, Ordering::Relaxed);
        self.local.take_8259s();
        self.unmask(Irq::Timer);
        true
    }
}

/// Why interrupts don't come through APICs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApicError {
    /// There is no local APIC to be used.
    Local(LocalApicError),
    /// Its number doesn't fit an entry of an I/O APIC.
    Id(u32),
    /// The tables don't say where the I/O APICs are.
    Tables(acpi::Error),
    /// An I/O APIC can't be reached.
    IoApic(DeviceError),
    /// No I/O APIC is at this address.
    Absent(u32),
    /// No I/O APIC has the timer's line.
    NoTimerLine,
}

impl From<LocalApicError> for ApicError {
    fn from(error: LocalApicError) -> Self {
        Self::Local(error)
    }
}

impl From<IoApicError> for ApicError {
    fn from(error: IoApicError) -> Self {
        match error {
            IoApicError::Device(error) => Self::IoApic(error),
            IoApicError::Absent(address) => Self::Absent(address),
        }
    }
}

impl From<acpi::Error> for ApicError {
    fn from(error: acpi::Error) -> Self {
        Self::Tables(error)
    }
}

impl fmt::Display for ApicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(error) => error.fmt(f),
            Self::Id(id) => write!(f, "I/O APICs can't send to local APIC {id}"),
            Self::Tables(error) => error.fmt(f),
            Self::IoApic(error) => write!(f, "an I/O APIC: {error}"),
            Self::Absent(address) => write!(f, "an I/O APIC: nothing answers at {address:#x}"),
            Self::NoTimerLine => f.write_str("ACPI names no I/O APIC with the timer's line"),
        }
    }
}
