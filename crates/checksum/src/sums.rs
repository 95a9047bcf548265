//! Running sums over the parts of a file. Each part comes in chunks of any length.

use crate::row::{Lanes, Row};
use crate::{BLOCK, Checksum, ROW};

/// A checksum under construction.
#[derive(Clone, Copy)]
pub struct Sums {
    lanes: Lanes,
    /// Number of bytes so far.
    len_bytes: u64,
    /// The part's last bytes, until they fill a row; zeros after them.
    pending: [u8; ROW],
    pending_len: usize,
}

impl Default for Sums {
    fn default() -> Self {
        Self::new()
    }
}

impl Sums {
    /// Returns the sums of no bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self { lanes: Lanes::new(), len_bytes: 0, pending: [0; ROW], pending_len: 0 }
    }

    /// Copies `from` to `to`, which has the same length, and adds it to the part.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn copy(&mut self, from: &[u8], to: &mut [u8]) {
        assert!(from.len() == to.len());
        self.len_bytes += from.len() as u64;
        // Bytes that complete a row, if the chunk before ended within one.
        let first = if self.pending_len == 0 { 0 } else { from.len().min(ROW - self.pending_len) };
        let (head, from) = from.split_at(first);
        let (head_to, to) = to.split_at_mut(first);
        head_to.copy_from_slice(head);
        self.append(head);

        let whole = from.len() - from.len() % ROW;
        let (from, tail) = from.split_at(whole);
        let (to, tail_to) = to.split_at_mut(whole);
        self.lanes.copy(rows(from), rows_mut(to));
        tail_to.copy_from_slice(tail);
        self.append(tail);
    }

    /// Adds a whole part without copying it.
    pub fn part(&mut self, bytes: &[u8]) {
        let mut unused = [0; ROW];
        bytes.chunks(ROW).for_each(|bytes| self.copy(bytes, &mut unused[..bytes.len()]));
        self.end_part();
    }

    /// Ends the part: the next bytes begin a new row.
    pub fn end_part(&mut self) {
        if self.pending_len > 0 {
            self.take_pending();
        }
    }

    /// Returns the checksum of all parts.
    #[must_use]
    pub fn finish(mut self) -> Checksum {
        self.end_part();
        self.append(&self.len_bytes.to_le_bytes());
        self.end_part();
        self.lanes.sums().checksum()
    }

    /// Appends bytes to the pending ones. Together they fit into a row.
    fn append(&mut self, bytes: &[u8]) {
        let end = self.pending_len + bytes.len();
        self.pending[self.pending_len..end].copy_from_slice(bytes);
        self.pending_len = end;
        if end == ROW {
            self.take_pending();
        }
    }

    fn take_pending(&mut self) {
        let row = core::mem::replace(&mut self.pending, [0; ROW]);
        self.lanes.copy(rows(&row), rows_mut(&mut [0; ROW]));
        self.pending_len = 0;
    }
}

fn rows(bytes: &[u8]) -> &[Row] {
    bytes.as_chunks::<BLOCK>().0.as_chunks().0
}

fn rows_mut(bytes: &mut [u8]) -> &mut [Row] {
    bytes.as_chunks_mut::<BLOCK>().0.as_chunks_mut().0
}
