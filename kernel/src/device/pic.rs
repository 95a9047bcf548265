//! The pair of 8259 interrupt controllers: sixteen lines, of which the second controller's eight come in by
//! line 2 of the first.
//!
//! A line that goes down again before the CPU has asked which one it was is spurious: the controller then
//! says 7, without having 7 in service. Of the second one that is 15, and the first one has its line 2 in
//! service all the same.
//!
//! Source: Intel 8259A, "Interrupt Sequence", "Operation Command Words".

use pic8259::ChainedPics;
use x86_64::instructions::port::Port;

use crate::interrupts::{Controller, FIRST_VECTOR, Irq};
use crate::sync::IrqMutex;

/// Lines of one controller.
const LINES: u8 = 8;

/// Command ports of the two.
const COMMAND_PORTS: [u16; 2] = [0x20, 0xA0];

/// OCW3: the next read of the command port returns what is in service.
const READ_IN_SERVICE: u8 = 0x0B;

/// All lines masked.
const ALL_MASKED: u8 = 0xFF;

/// The two controllers as one.
pub(crate) struct Pics(IrqMutex<ChainedPics>);

/// The PC's pair. [`Pics::init`] comes first.
pub(crate) static PICS: Pics = {
    // SAFETY: 32 to 47 are no exceptions' vectors, and no other code drives the controllers.
    Pics(IrqMutex::new(unsafe { ChainedPics::new_contiguous(FIRST_VECTOR) }))
};

impl Pics {
    /// Assigns the vectors from [`FIRST_VECTOR`] on to the lines, and masks all but the second controller's.
    pub(crate) fn init(&self) {
        let mut pics = self.0.lock();
        // SAFETY: whatever comes now comes on vectors that have handlers.
        unsafe { pics.initialize() };
        let [first, second] = [ALL_MASKED & !(1 << Irq::Cascade as u8), ALL_MASKED];
        // SAFETY: keeps interrupts away.
        unsafe { pics.write_masks(first, second) };
    }

    fn change_mask(&self, irq: Irq, change: impl FnOnce(u8, u8) -> u8) {
        let mut pics = self.0.lock();
        // SAFETY: reading changes nothing.
        let mut masks = unsafe { pics.read_masks() };
        let (controller, line) = (irq as u8 / LINES, irq as u8 % LINES);
        if let Some(mask) = masks.get_mut(usize::from(controller)) {
            *mask = change(*mask, 1 << line);
        }
        // SAFETY: what comes then has a vector with a handler.
        unsafe { pics.write_masks(masks[0], masks[1]) };
    }
}

impl Controller for Pics {
    fn name(&self) -> &'static str {
        "8259 PIC"
    }

    fn mask(&self, irq: Irq) {
        self.change_mask(irq, |mask, line| mask | line);
    }

    fn unmask(&self, irq: Irq) {
        self.change_mask(irq, |mask, line| mask & !line);
    }

    fn is_spurious(&self, irq: Irq) -> bool {
        let command_port = match irq {
            Irq::Parallel1 => COMMAND_PORTS[0],
            Irq::SecondaryAta => COMMAND_PORTS[1],
            _ => return false,
        };
        let mut pics = self.0.lock();
        let is_real = in_service(command_port) & 1 << (LINES - 1) != 0;
        if !is_real && irq == Irq::SecondaryAta {
            // SAFETY: ends what the first controller has in service, which doesn't know of the spurious one.
            unsafe { pics.notify_end_of_interrupt(Irq::Cascade.vector()) };
        }
        !is_real
    }

    fn end_of_interrupt(&self, irq: Irq) {
        // SAFETY: its handler has run.
        unsafe { self.0.lock().notify_end_of_interrupt(irq.vector()) };
    }
}

/// The lines that a controller has in service, a bit each. The caller holds the controllers' lock.
fn in_service(command_port: u16) -> u8 {
    let mut port = Port::<u8>::new(command_port);
    // SAFETY: selects the register for the next read, no more.
    unsafe { port.write(READ_IN_SERVICE) };
    // SAFETY: reading changes nothing.
    unsafe { port.read() }
}
