//! Output to a serial line: a queue of bytes, and its state when the line takes none.
//!
//! A line of 115,200 baud takes 87 microseconds for a byte, so the writer doesn't wait for each: bytes queue up, and
//! leave whenever the transmitter is ready. A writer waits only for room in the queue.
//!
//! A line can stand still for ever: a terminal that is paused, a cable that was pulled. The first wait that times out
//! marks the line as standing still. From then on a byte costs one look at the transmitter, until that is ready again:
//!
//! ```text
//!            a wait times out                        new bytes queue up; those that don't fit are counted
//!   moving ───────────────────▶ standing still ───── and lost
//!          ◀───────────────────
//!            the transmitter is ready
//! ```
//!
//! Bytes leave in the order in which they were queued. Only new ones are ever lost.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

/// The transmitter of a serial port.
pub trait Transmitter {
    /// Returns whether it takes bytes now, as many as [`Self::depth`] says. One look, without waiting.
    fn is_ready(&mut self) -> bool;

    /// Returns the number of bytes that it takes once it is ready: 1, or what its FIFO holds.
    fn depth(&self) -> usize;

    /// Sends a byte that it has said it takes.
    fn send(&mut self, byte: u8);

    /// Waits until it is ready. False: not within the time that the slowest line needs.
    fn wait(&mut self) -> bool;
}

/// The queue of a line: `N` bytes.
#[derive(Debug)]
pub struct Output<const N: usize> {
    bytes: [u8; N],
    /// Where the oldest byte is.
    first: usize,
    len: usize,
    /// Bytes that the transmitter still takes without being asked again.
    credit: usize,
    stands_still: bool,
    sent: u64,
    lost: u64,
}

impl<const N: usize> Output<N> {
    /// An empty queue of a line that moves.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], first: 0, len: 0, credit: 0, stands_still: false, sent: 0, lost: 0 }
    }

    /// Queues a byte. Where there is no room, waits for the line if that moves; else the byte is lost, and counted.
    pub fn push(&mut self, byte: u8, line: &mut impl Transmitter) {
        if self.room() == 0 {
            self.advance(line);
        }
        if self.room() == 0 && self.wait(line) {
            self.advance(line);
        }
        if self.room() == 0 {
            self.lost += 1;
            return;
        }
        self.bytes[(self.first + self.len) % N] = byte;
        self.len += 1;
    }

    /// Sends what the line takes now.
    pub fn advance(&mut self, line: &mut impl Transmitter) {
        while self.len > 0 {
            if self.credit == 0 {
                if !line.is_ready() {
                    return;
                }
                self.credit = line.depth();
                self.stands_still = false;
            }
            line.send(self.bytes[self.first]);
            self.first = (self.first + 1) % N;
            self.len -= 1;
            self.credit -= 1;
            self.sent += 1;
        }
    }

    /// Sends all, and waits for the line while that moves.
    pub fn flush(&mut self, line: &mut impl Transmitter) {
        loop {
            self.advance(line);
            if self.len == 0 || !self.wait(line) {
                return;
            }
        }
    }

    /// Waits for the line, unless it stands still. True if it takes bytes now.
    pub fn wait(&mut self, line: &mut impl Transmitter) -> bool {
        if self.stands_still {
            return false;
        }
        let is_ready = line.wait();
        self.stands_still = !is_ready;
        is_ready
    }

    /// Returns the number of bytes that find room.
    #[must_use]
    pub const fn room(&self) -> usize {
        N - self.len
    }

    /// Returns whether nothing is queued.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the number of bytes sent so far, which shows a writer that waits for space whether the line is moving.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// Returns whether a wait for the line has timed out, and it hasn't moved since.
    #[must_use]
    pub const fn stands_still(&self) -> bool {
        self.stands_still
    }

    /// Records that the line has taken nothing for too long.
    pub const fn give_up(&mut self) {
        self.stands_still = true;
    }

    /// Bytes that were lost, once the line moves again and there is room to say so: zero otherwise, and the next time.
    pub const fn take_lost(&mut self) -> u64 {
        if self.stands_still || self.len * 2 > N {
            return 0;
        }
        core::mem::replace(&mut self.lost, 0)
    }
}

impl<const N: usize> Default for Output<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
