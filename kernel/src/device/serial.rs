//! The serial port: sends at once, receives by interrupt.
//!
//! A byte that came garbled is passed over, as is the break of a line.
//!
//! Source: PC16550D, "Line Status Register", "Interrupt Enable Register", "Modem Control Register".

use boot_layout::uart;
use line_editor::KeyDecoder;
use uart_16550::Uart16550;
use uart_16550::backend::{Backend as _, PioBackend};
use uart_16550::spec::registers::{IER, LSR, MCR, offsets};

use crate::input;
use crate::interrupts::Irq;

/// Bytes taken at once: a port that never runs dry doesn't keep the kernel.
const BYTES_AT_ONCE: u32 = 64;

/// The byte isn't what was sent.
const GARBLED: LSR = LSR::PARITY_ERROR.union(LSR::FRAMING_ERROR).union(LSR::BREAK_INTERRUPT);

/// A serial port.
pub(crate) struct SerialPort {
    uart: Uart16550<PioBackend>,
    base: u16,
    decoder: KeyDecoder,
    receives: bool,
}

impl SerialPort {
    /// The port with its registers at `base`, set up as somebody has left it.
    ///
    /// # Safety
    /// There is a UART or nothing, and nobody else drives it.
    pub(crate) unsafe fn at(base: u16) -> Option<Self> {
        // SAFETY: the caller's.
        let uart = unsafe { Uart16550::new_port(base) }.ok()?;
        Some(Self { uart, base, decoder: KeyDecoder::new(), receives: false })
    }

    /// The line of the port's interrupts: 4 for COM1 and COM3, 3 for COM2 and COM4.
    pub(crate) const fn irq(&self) -> Irq {
        if self.base & 0x100 == 0 { Irq::Serial2 } else { Irq::Serial1 }
    }

    /// Sends `byte`; what the port doesn't take in time is lost, for there is nobody else to tell.
    pub(crate) fn send(&mut self, byte: u8) {
        for _ in 0..uart::MAX_POLLS {
            if self.uart.try_send_byte(byte).is_ok() {
                return;
            }
            // At 115200 baud a line takes longer to send than the receiver has room for. The report of the end may
            // have interrupted whoever has the keys: then they are left where they are.
            if self.receives && input::can_push() {
                self.take_byte();
            }
        }
    }

    /// Has the port interrupt for each byte that comes.
    pub(crate) fn start_receiving(&mut self) {
        let control = MCR::DTR.union(MCR::RTS).union(MCR::OUT_2_INT_ENABLE);
        // SAFETY: a PC's ports interrupt only with OUT2 on; it changes nothing else.
        unsafe { self.uart.backend_mut().write(offsets::MCR as u8, control.bits()) };
        self.uart.enable_interrupts(IER::DATA_READY);
        self.receives = true;
        self.receive();
    }

    /// Takes what has come. Called for the port's interrupt.
    pub(crate) fn receive(&mut self) {
        let is_dry = (0..BYTES_AT_ONCE).any(|_| !self.take_byte());
        if !is_dry {
            // The controller sees edges: the line must go down and up again for the bytes that are left.
            self.uart.disable_interrupts(IER::DATA_READY);
            self.uart.enable_interrupts(IER::DATA_READY);
        }
    }

    /// Takes a byte, if one has come.
    fn take_byte(&mut self) -> bool {
        let status = self.uart.lsr();
        let Some(byte) = self.uart.try_receive_byte().ok() else { return false };
        if !status.intersects(GARBLED)
            && let Some(key) = self.decoder.push(byte)
        {
            input::push(key);
        }
        true
    }
}
