//! Interrupts of devices: lines by name, their handlers, and the controller that they come through.
//!
//! Line N has vector [`FIRST_VECTOR`] + N, whatever the controller. A handler gets the whole frame of what was
//! interrupted and may put another there: the end of interrupt is sent when the handler has returned, and the
//! frame is loaded last of all. Interrupts don't nest.
//!
//! A line without a handler is masked when it interrupts, and a spurious interrupt is counted: neither can hang
//! the kernel.

use core::fmt;

use spin::Once;

use crate::arch::trap::{self, TrapFrame, TrapResult};
use crate::sync::IrqMutex;

/// Lines that a PC has had since 1984.
pub const LINES: usize = 16;

/// The vector of the first line.
pub const FIRST_VECTOR: u8 = 32;

/// A line, by the device that a PC has there.
///
/// Source: RBIL INT 08h to 0Fh, INT 70h to 77h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the devices' names")]
pub enum Irq {
    Timer,
    Keyboard,
    /// The second interrupt controller: never seen as such.
    Cascade,
    Serial2,
    Serial1,
    Parallel2,
    Floppy,
    Parallel1,
    Rtc,
    Acpi,
    Irq10,
    Irq11,
    Mouse,
    Coprocessor,
    PrimaryAta,
    SecondaryAta,
}

impl Irq {
    /// All lines, in their order.
    pub const ALL: [Self; LINES] = [
        Self::Timer,
        Self::Keyboard,
        Self::Cascade,
        Self::Serial2,
        Self::Serial1,
        Self::Parallel2,
        Self::Floppy,
        Self::Parallel1,
        Self::Rtc,
        Self::Acpi,
        Self::Irq10,
        Self::Irq11,
        Self::Mouse,
        Self::Coprocessor,
        Self::PrimaryAta,
        Self::SecondaryAta,
    ];

    /// The line's vector.
    #[must_use]
    pub const fn vector(self) -> u8 {
        FIRST_VECTOR + self as u8
    }

    fn of_vector(vector: u64) -> Option<Self> {
        let line = vector.checked_sub(u64::from(FIRST_VECTOR))?;
        Self::ALL.get(line as usize).copied()
    }
}

impl fmt::Display for Irq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IRQ {} ({self:?})", *self as u8)
    }
}

/// Called for each interrupt of a line, with interrupts off. It must not wait for what it may have interrupted:
/// locks that it takes are [`IrqMutex`]es.
pub type Handler = fn(&mut TrapFrame);

/// An interrupt controller. All methods may be called with interrupts on, and in a handler.
pub(crate) trait Controller: Sync {
    /// What it is, for people.
    fn name(&self) -> &'static str;
    /// Holds the line's interrupts back.
    fn mask(&self, irq: Irq);
    /// Lets the line's interrupts through, on [`Irq::vector`].
    fn unmask(&self, irq: Irq);
    /// Whether the interrupt that has just come on this line is none. If so, it needs no end any more.
    fn is_spurious(&self, irq: Irq) -> bool;
    /// The interrupt that has come on this line is dealt with.
    fn end_of_interrupt(&self, irq: Irq);
    /// Has the timer's line come another way, unmasked, if there is one. Called where it doesn't come.
    fn reroute_timer(&self) -> bool {
        false
    }
}

static CONTROLLER: Once<&'static dyn Controller> = Once::new();

/// What is known of a line.
#[derive(Clone, Copy)]
struct Line {
    handler: Option<Handler>,
    is_unmasked: bool,
    spurious: u64,
}

/// Called at the end of each interrupt.
static ON_EXIT: Once<fn(&mut TrapFrame)> = Once::new();

/// Registers what is called at the end of each interrupt, after its handler and the end of interrupt: it may replace the
/// frame by that of another thread. The first call counts.
pub(crate) fn on_exit(switch: fn(&mut TrapFrame)) {
    ON_EXIT.call_once(|| switch);
}

/// Ends an interrupt that came another way than through the controller, as [`dispatch`] ends one that did.
pub(crate) fn leave(frame: &mut TrapFrame) {
    if let Some(switch) = ON_EXIT.get() {
        switch(frame);
    }
}

static STATE: IrqMutex<[Line; LINES]> =
    IrqMutex::new([Line { handler: None, is_unmasked: false, spurious: 0 }; LINES]);

/// Takes interrupts from `controller`, which has all lines masked. The first call counts.
pub(crate) fn init(controller: &'static dyn Controller) {
    CONTROLLER.call_once(|| controller);
    Irq::ALL.into_iter().for_each(|irq| trap::set_handler(irq.vector(), dispatch));
}

/// Has `handler` called for each interrupt of `irq`, in the place of any other before. [`unmask`] lets them
/// through.
pub fn set_handler(irq: Irq, handler: Handler) {
    STATE.lock()[irq as usize].handler = Some(handler);
}

/// Lets the interrupts of a line through.
pub fn unmask(irq: Irq) {
    if let Some(controller) = CONTROLLER.get() {
        STATE.lock()[irq as usize].is_unmasked = true;
        controller.unmask(irq);
    }
}

/// Holds the interrupts of a line back.
pub fn mask(irq: Irq) {
    if let Some(controller) = CONTROLLER.get() {
        STATE.lock()[irq as usize].is_unmasked = false;
        controller.mask(irq);
    }
}

/// Has the timer's interrupts come another way, if the controller has one.
pub(crate) fn reroute_timer() -> bool {
    CONTROLLER.get().is_some_and(|controller| controller.reroute_timer())
}

/// What there is to say of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineStatus {
    /// The line.
    pub irq: Irq,
    /// Interrupts so far.
    pub count: u64,
    /// Spurious ones, which `count` leaves out.
    pub spurious: u64,
    /// Whether its interrupts are let through.
    pub is_unmasked: bool,
    /// Whether they have a handler.
    pub has_handler: bool,
}

/// What there is to say of `irq`.
#[must_use]
pub fn status(irq: Irq) -> LineStatus {
    let Line { handler, is_unmasked, spurious } = STATE.lock()[irq as usize];
    let count = trap::count(irq.vector()).saturating_sub(spurious);
    LineStatus { irq, count, spurious, is_unmasked, has_handler: handler.is_some() }
}

/// What the interrupts come through.
#[must_use]
pub fn controller_name() -> &'static str {
    CONTROLLER.get().map_or("none", |controller| controller.name())
}

fn dispatch(frame: &mut TrapFrame) -> TrapResult {
    let (Some(irq), Some(controller)) = (Irq::of_vector(frame.vector), CONTROLLER.get()) else {
        return TrapResult::Unhandled;
    };
    if controller.is_spurious(irq) {
        STATE.lock()[irq as usize].spurious += 1;
        return TrapResult::Handled;
    }
    let handler = STATE.lock()[irq as usize].handler;
    match handler {
        Some(handler) => handler(frame),
        None => {
            mask(irq);
            log::warn!("{irq}: no handler installed, masking it");
        }
    }
    controller.end_of_interrupt(irq);
    leave(frame);
    TrapResult::Handled
}
