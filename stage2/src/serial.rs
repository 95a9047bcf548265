//! The first serial port, with the settings of stage 1.
//!
//! This doesn't use a driver crate: the presence test of such a crate waits without a limit, and a broken port must not
//! stop a boot.

use farjump_x86::uart;
use x86_64::instructions::port::{Port, PortReadOnly};

/// Modem control with the transmitter looped back to the receiver.
const LOOPBACK: u8 = 1 << 4 | uart::DTR_RTS;

/// Line status: a received byte is waiting.
const DATA_READY: u8 = 1 << 0;

/// Line status: the transmitter and its shift register are idle.
const IDLE: u8 = 1 << 6;

/// A UART that has passed the loopback test.
pub(crate) struct Serial {
    data: Port<u8>,
    line_status: PortReadOnly<u8>,
}

impl Serial {
    /// Returns the port if it receives what it sends in loopback mode.
    pub(crate) fn probe() -> Option<Self> {
        let mut serial =
            Self { data: Port::new(uart::DATA), line_status: PortReadOnly::new(uart::LINE_STATUS) };
        let mut modem_control = Port::<u8>::new(uart::MODEM_CONTROL);
        serial.wait_for(IDLE)?; // a byte that is still being sent must not be looped back
        serial.drain()?;
        // SAFETY: in loopback mode, the UART sends nothing on the line; the mode is switched off below.
        unsafe { modem_control.write(LOOPBACK) };
        let is_present = [0x55, 0xAA].iter().all(|&byte| serial.loop_back(byte) == Some(byte));
        // SAFETY: the value that stage 1 has written here.
        unsafe { modem_control.write(uart::DTR_RTS) };
        is_present.then_some(serial)
    }

    /// Sends all bytes. Returns `None` if the UART has stopped accepting them.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Option<()> {
        for &byte in bytes {
            self.wait_for(uart::TRANSMITTER_EMPTY)?;
            // SAFETY: the UART's transmitter accepts any byte.
            unsafe { self.data.write(byte) };
        }
        Some(())
    }

    /// Returns the I/O port.
    #[expect(clippy::unused_self, reason = "only a UART that was found has a port")]
    pub(crate) fn port(&self) -> u16 {
        uart::DATA
    }

    fn loop_back(&mut self, byte: u8) -> Option<u8> {
        // SAFETY: the UART's transmitter accepts any byte.
        unsafe { self.data.write(byte) };
        self.wait_for(DATA_READY)?;
        Some(self.receive())
    }

    /// Discards the bytes that were received before. Returns `None` if there are more than any FIFO holds: this isn't a UART.
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
        // SAFETY: this only removes a byte from the receiver.
        unsafe { self.data.read() }
    }
}
