//! The first serial port, as stage 1 has set it up.
//!
//! Own code, not a driver crate's: the crate's presence test waits without a limit, and a port that is broken
//! must not stop a boot.

use farjump_x86::uart;
use x86_64::instructions::port::{Port, PortReadOnly};

/// Modem control with the transmitter looped back to the receiver.
const LOOPBACK: u8 = 1 << 4 | uart::DTR_RTS;

/// Line status: a received byte is waiting.
const DATA_READY: u8 = 1 << 0;

/// Line status: transmitter and its shift register are idle.
const IDLE: u8 = 1 << 6;

/// A UART that has answered.
pub(crate) struct Serial {
    data: Port<u8>,
    line_status: PortReadOnly<u8>,
}

impl Serial {
    /// The port, if what is sent in loopback mode comes back.
    pub(crate) fn probe() -> Option<Self> {
        let mut serial =
            Self { data: Port::new(uart::DATA), line_status: PortReadOnly::new(uart::LINE_STATUS) };
        let mut modem_control = Port::<u8>::new(uart::MODEM_CONTROL);
        serial.wait_for(IDLE)?; // what was sent before must not be looped back
        serial.drain()?;
        // SAFETY: loopback keeps what is sent off the line; it is taken back below.
        unsafe { modem_control.write(LOOPBACK) };
        let answers = [0x55, 0xAA].iter().all(|&byte| serial.exchange(byte) == Some(byte));
        // SAFETY: what stage 1 wrote here.
        unsafe { modem_control.write(uart::DTR_RTS) };
        answers.then_some(serial)
    }

    /// Sends all bytes. `None`: the UART has stopped taking them.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Option<()> {
        for &byte in bytes {
            self.wait_for(uart::TRANSMITTER_EMPTY)?;
            // SAFETY: the UART's transmitter takes any byte.
            unsafe { self.data.write(byte) };
        }
        Some(())
    }

    /// The I/O port.
    #[expect(clippy::unused_self, reason = "only a UART that answered has a port")]
    pub(crate) fn port(&self) -> u16 {
        uart::DATA
    }

    fn exchange(&mut self, byte: u8) -> Option<u8> {
        // SAFETY: the UART's transmitter takes any byte.
        unsafe { self.data.write(byte) };
        self.wait_for(DATA_READY)?;
        Some(self.receive())
    }

    /// Takes what has been received before. `None`: more than any FIFO holds, so this is no UART.
    fn drain(&mut self) -> Option<()> {
        const LARGEST_FIFO: u32 = 256;
        for _ in 0..LARGEST_FIFO {
            if self.status() & DATA_READY == 0 {
                return Some(());
            }
            self.receive();
        }
        None
    }

    fn wait_for(&mut self, bit: u8) -> Option<()> {
        (0..uart::MAX_POLLS).any(|_| self.status() & bit != 0).then_some(())
    }

    fn status(&mut self) -> u8 {
        // SAFETY: reading line status clears only error bits.
        unsafe { self.line_status.read() }
    }

    fn receive(&mut self) -> u8 {
        // SAFETY: takes a byte out of the receiver.
        unsafe { self.data.read() }
    }
}
