//! The serial port: receives and sends by interrupt.
//!
//! What is sent queues up and leaves by the transmitter's interrupt, once [`SerialPort::start_interrupts`] was called:
//! printing waits for the line only where the queue is full. Before that, and from [`SerialPort::wait_for_each`] on,
//! it leaves at once. A line that takes nothing is waited for once: see [`serial_output`].
//!
//! A byte that came garbled is passed over, as is the break of a line.
//!
//! Source: PC16550D, "Line Status Register", "Interrupt Enable Register", "FIFO Control Register", "Interrupt
//! Identification Register", "Modem Control Register".

use farjump_api::BootInfo;
use farjump_line_editor::KeyDecoder;
use farjump_serial_output::{Output, Transmitter};
use farjump_x86::uart;
use uart_16550::Uart16550;
use uart_16550::backend::{Backend as _, PioBackend};
use uart_16550::spec::registers::{FCR, IER, ISR, LSR, MCR, offsets};

use super::KeySink;
use crate::arch::cpu::time_stamp;
use crate::interrupts::Irq;

/// Bytes that may wait to be sent: a third of a second of the line.
const QUEUE_SIZE: usize = 4096;

/// Room in the queue that a writer who can wait with interrupts on waits for: some lines of text.
const ROOM_FOR_LINES: usize = 1024;

/// Bytes taken at once: a port that never runs dry doesn't keep the kernel.
const BYTES_AT_ONCE: u32 = 64;

/// What a transmitter holds whose FIFO is on, and one that has none.
const FIFO_DEPTH: usize = 16;
const NO_FIFO_DEPTH: usize = 1;

/// A wait for the line lasts as long as this many counts of the time-stamp counter at least, whatever the number of
/// polls: 27 ms of the fastest CPU. Its clock may be the one that this interrupts.
const LEAST_COUNTS: u64 = 1 << 27;

/// The byte isn't what was sent.
const GARBLED: LSR = LSR::PARITY_ERROR.union(LSR::FRAMING_ERROR).union(LSR::BREAK_INTERRUPT);

/// A serial port.
pub(crate) struct SerialPort {
    line: Line,
    output: Output<QUEUE_SIZE>,
    /// Bytes leave by interrupt, and not before the writer goes on.
    sends_by_interrupt: bool,
    /// The interrupts that are on.
    interrupts: IER,
}

/// The registers, and what comes by them.
struct Line {
    uart: Uart16550<PioBackend>,
    base: u16,
    depth: usize,
    decoder: KeyDecoder,
    /// Where keys go, once bytes come by interrupt.
    keys: Option<KeySink>,
}

impl SerialPort {
    /// The port with its registers at `base`, set up as the loader has left it, but with its FIFO on.
    ///
    /// # Safety
    /// There is a UART or nothing, and nobody else drives it.
    unsafe fn at(base: u16) -> Option<Self> {
        // SAFETY: the caller's.
        let uart = unsafe { Uart16550::new_port(base) }.ok()?;
        let mut line = Line { uart, base, depth: NO_FIFO_DEPTH, decoder: KeyDecoder::new(), keys: None };
        line.switch_fifo_on();
        Some(Self { line, output: Output::new(), sends_by_interrupt: false, interrupts: IER::empty() })
    }

    /// Returns the port that the loader has found, if there is one.
    pub(crate) fn of_loader(boot_info: &BootInfo) -> Option<Self> {
        let port = boot_info.console.serial_port;
        if port == 0 {
            return None;
        }
        // SAFETY: the loader has found a UART there, and has left it to the kernel, which has this one driver.
        unsafe { Self::at(port) }
    }

    /// Returns the first serial port, if there is one, for a panic without a BootInfo.
    pub(crate) fn com1() -> Option<Self> {
        // SAFETY: COM1 or nothing: no other device is at this port, and no other driver in this kernel.
        unsafe { Self::at(uart::DATA) }
    }

    /// The line of the port's interrupts: 4 for COM1 and COM3, 3 for COM2 and COM4.
    pub(crate) const fn irq(&self) -> Irq {
        if self.line.base & 0x100 == 0 { Irq::Serial2 } else { Irq::Serial1 }
    }

    /// Sends `bytes`, now or by interrupt. What the port doesn't take in time is counted: see [`Self::take_lost`].
    pub(crate) fn write(&mut self, bytes: impl IntoIterator<Item = u8>) {
        bytes.into_iter().for_each(|byte| self.output.push(byte, &mut self.line));
        if !self.sends_by_interrupt {
            self.output.flush(&mut self.line);
        }
    }

    /// Sends what the port takes now, and has it interrupt for the rest. True if there is a rest.
    pub(crate) fn advance(&mut self) -> bool {
        self.output.advance(&mut self.line);
        self.choose_interrupts();
        !self.output.is_empty()
    }

    /// Waits until all is sent, down to the last bit, while the line moves.
    pub(crate) fn flush(&mut self) {
        self.output.flush(&mut self.line);
        if !self.output.stands_still() && !self.line.wait_for(LSR::TRANSMITTER_EMPTY) {
            self.output.give_up();
        }
    }

    /// Sends what is queued, and from now on each byte before the writer goes on: nothing may be left when the machine
    /// ends, and interrupts may never be on again.
    pub(crate) fn wait_for_each(&mut self) {
        self.sends_by_interrupt = false;
        self.flush();
    }

    /// Whether a writer who could wait with interrupts on has no need to: there is room for lines, or waiting is of no
    /// use.
    pub(crate) const fn takes_lines(&self) -> bool {
        !self.sends_by_interrupt || self.output.room() >= ROOM_FOR_LINES || self.output.stands_still()
    }

    /// Bytes sent so far.
    pub(crate) const fn sent(&self) -> u64 {
        self.output.sent()
    }

    /// Says that the line has taken nothing for too long.
    pub(crate) const fn give_up(&mut self) {
        self.output.give_up();
    }

    /// Bytes that were lost before the line moved again; each is told of once.
    pub(crate) const fn take_lost(&mut self) -> u64 {
        self.output.take_lost()
    }

    /// Has the port interrupt for each byte that comes, whose keys go to `keys`, and, if ticks come to look after it, send
    /// by interrupt.
    pub(crate) fn start_interrupts(&mut self, keys: KeySink, sends_by_interrupt: bool) {
        let control = MCR::DTR.union(MCR::RTS).union(MCR::OUT_2_INT_ENABLE);
        // SAFETY: a PC's ports interrupt only with OUT2 on; it changes nothing else.
        unsafe { self.line.uart.backend_mut().write(offsets::MCR as u8, control.bits()) };
        self.line.keys = Some(keys);
        self.sends_by_interrupt = sends_by_interrupt;
        self.handle();
    }

    /// Takes what has come, and sends what the port takes. Called for the port's interrupt.
    pub(crate) fn handle(&mut self) {
        // Those that are left come with the next interrupt.
        (0..BYTES_AT_ONCE).any(|_| !self.line.take_byte());
        self.output.advance(&mut self.line);
        // The controller sees edges: the line must go down, and up again for what has come meanwhile.
        self.set_interrupts(IER::empty());
        self.choose_interrupts();
    }

    fn choose_interrupts(&mut self) {
        let mut wanted = IER::empty();
        wanted.set(IER::DATA_READY, self.line.keys.is_some());
        wanted.set(IER::THR_EMPTY, self.sends_by_interrupt && !self.output.is_empty());
        if wanted != self.interrupts {
            self.set_interrupts(wanted);
        }
    }

    fn set_interrupts(&mut self, wanted: IER) {
        self.interrupts = wanted;
        // SAFETY: these interrupts have a handler where they are on.
        unsafe { self.line.uart.backend_mut().write(offsets::IER as u8, wanted.bits()) };
    }
}

impl Line {
    /// Switches the FIFOs on, where there are any that work: 16 bytes may come while interrupts are off.
    fn switch_fifo_on(&mut self) {
        // What the loader has sent last is lost otherwise. A line that stands still is left to the first byte.
        self.wait_for(LSR::TRANSMITTER_EMPTY);
        self.write_fifo_control(FCR::FIFO_ENABLE.union(FCR::RX_FIFO_RESET).union(FCR::TX_FIFO_RESET));
        // A 16550 without an A says that its FIFOs are enabled and don't work: one of the two bits.
        if self.uart.isr().contains(ISR::FIFOS_ENABLED0.union(ISR::FIFOS_ENABLED1)) {
            self.depth = FIFO_DEPTH;
        } else {
            self.write_fifo_control(FCR::empty());
        }
    }

    fn write_fifo_control(&mut self, control: FCR) {
        // SAFETY: empties the FIFOs and does nothing to memory; an older UART ignores it.
        unsafe { self.uart.backend_mut().write(offsets::FCR as u8, control.bits()) };
    }

    /// Waits until any of these bits of the line status is set. False: it takes too long.
    fn wait_for(&mut self, bits: LSR) -> bool {
        let start = time_stamp();
        let mut polls = 0;
        while polls < uart::MAX_POLLS || time_stamp().wrapping_sub(start) < LEAST_COUNTS {
            polls += 1;
            if self.uart.lsr().intersects(bits) {
                return true;
            }
            // Meanwhile more may come than the receiver has room for. The report of the end may have interrupted
            // the code that has the keys: then they are left where they are.
            if self.keys.is_some_and(|keys| (keys.can_push)()) {
                self.take_byte();
            }
        }
        false
    }

    /// Takes a byte, if one has come.
    fn take_byte(&mut self) -> bool {
        let status = self.uart.lsr();
        let Some(byte) = self.uart.try_receive_byte().ok() else { return false };
        if !status.intersects(GARBLED)
            && let Some(key) = self.decoder.push(byte)
            && let Some(keys) = self.keys
        {
            (keys.push)(key);
        }
        true
    }
}

impl Transmitter for Line {
    fn is_ready(&mut self) -> bool {
        self.uart.lsr().contains(LSR::THR_EMPTY)
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn send(&mut self, byte: u8) {
        // SAFETY: the transmitter takes any byte.
        unsafe { self.uart.backend_mut().write(offsets::DATA as u8, byte) };
    }

    fn wait(&mut self) -> bool {
        self.wait_for(LSR::THR_EMPTY)
    }
}
