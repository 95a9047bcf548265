//! Files: reads a range of bytes with as few reads of the drive as possible.
//!
//! ```text
//! range           [--------------------------------)
//! clusters     | 7    | 8    | 9    |     | 40   | 41   |
//! runs         |---- one run -------|     |- another ---|
//! reads          [max][max][rest....)     [.......)
//! ```

use core::ops::Range;

use crate::SECTOR_SIZE;

use super::{ChainError, FatError, Volume, read_sectors, sectors_per_read};
use crate::BlockDevice;

/// A file, and the position in its chain of clusters that was read last. A later read from that position or after it
/// doesn't start at the first cluster again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    size: u32,
    first_cluster: u32,
    /// `cluster` is the one with this index in the chain.
    index: u32,
    cluster: u32,
    /// First cluster of the run of adjacent clusters that contains `cluster`.
    run_start: u32,
    /// The number of jumps to a new run. `landmark` is the first cluster of the run whose number was the last power of two:
    /// a chain that reaches it again is circular. Source: Brent, "An Improved Monte Carlo Factorization Algorithm".
    jumps: u32,
    landmark: u32,
}

impl File {
    pub(super) const fn new(first_cluster: u32, size: u32) -> Self {
        Self {
            size,
            first_cluster,
            index: 0,
            cluster: first_cluster,
            run_start: first_cluster,
            jumps: 0,
            landmark: first_cluster,
        }
    }

    /// Moves to `next`, which follows in the chain.
    fn follow(&mut self, next: u32) -> Result<(), ChainError> {
        if next != self.cluster + 1 {
            if (self.run_start..=self.cluster).contains(&next) || next == self.landmark {
                return Err(ChainError::Circle(next));
            }
            self.run_start = next;
            self.jumps += 1;
            if self.jumps.is_power_of_two() {
                self.landmark = next;
            }
        }
        self.advance(next, 1);
        Ok(())
    }

    /// Moves forward by `links`, to `cluster`.
    const fn advance(&mut self, cluster: u32, links: u32) {
        self.cluster = cluster;
        self.index += links;
    }

    /// Returns the size of the file in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::from(self.size)
    }

    /// Returns the number of the first cluster; any value for an empty file.
    #[must_use]
    pub const fn first_cluster(&self) -> u32 {
        self.first_cluster
    }
}

impl Volume {
    /// Passes the bytes of `range` to `sink`, in order, in chunks of any length.
    ///
    /// Only sectors with some of these bytes are read, with as few reads as possible.
    ///
    /// # Errors
    /// [`FatError::PastFileEnd`] before anything is read. [`FatError::Read`] and [`FatError::Chain`], after `sink` may have
    /// received some of the bytes.
    pub fn read<R: BlockDevice>(
        &mut self,
        reader: &mut R,
        file: &mut File,
        range: Range<u64>,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), FatError<R::Error>> {
        if range.start > range.end || range.end > file.size() {
            return Err(FatError::PastFileEnd { end: range.end, size: file.size() });
        }
        let mut position = range.start;
        while position < range.end {
            let (lba, run_end) = self.run(reader, file, position..range.end)?;
            transfer(reader, lba, position % SECTOR_SIZE as u64, run_end - position, &mut sink)?;
            position = run_end;
        }
        // A circular chain, or one that leads into another file's, doesn't end here.
        if range.end == file.size() && !range.is_empty() && self.table.next(reader, file.cluster)?.is_some() {
            return Err(ChainError::TooLong(file.cluster).into());
        }
        Ok(())
    }

    /// Finds the longest run of adjacent sectors that begins with the byte at `range.start`. Returns the first sector, and the
    /// offset in the file at which the run or the range ends. Moves `file` to the run's last cluster.
    fn run<R: BlockDevice>(
        &mut self,
        reader: &mut R,
        file: &mut File,
        range: Range<u64>,
    ) -> Result<(u64, u64), FatError<R::Error>> {
        let shift = self.geometry.cluster_bytes_shift();
        // A file has fewer than 2^32 bytes, and so fewer clusters.
        let index_of = |offset: u64| u32::try_from(offset >> shift).unwrap_or(u32::MAX);
        self.seek(reader, file, index_of(range.start))?;
        let offset = range.start & ((1 << shift) - 1);
        let lba = self.geometry.cluster_lba(file.cluster) + offset / SECTOR_SIZE as u64;
        let last = index_of(range.end - 1);
        while file.index < last {
            self.skip_contiguous(file, last);
            if file.index == last {
                break;
            }
            // The window or the run ends here.
            let next = self.table.next(reader, file.cluster)?.ok_or(ChainError::TooShort(file.index + 1))?;
            if next != file.cluster + 1 {
                break;
            }
            file.advance(next, 1);
        }
        Ok((lba, range.end.min((u64::from(file.index) + 1) << shift)))
    }

    /// Moves `file` to the cluster with `index` in its chain.
    fn seek<R: BlockDevice>(
        &mut self,
        reader: &mut R,
        file: &mut File,
        index: u32,
    ) -> Result<(), FatError<R::Error>> {
        if index < file.index {
            *file = File::new(file.first_cluster, file.size);
        }
        let limit = self.geometry.cluster_limit;
        if index >= limit {
            return Err(ChainError::LargerThanVolume(file.size()).into());
        }
        if !(2..limit).contains(&file.cluster) {
            return Err(ChainError::OutOfRange { cluster: file.cluster, limit }.into());
        }
        while file.index < index {
            self.skip_contiguous(file, index);
            if file.index < index {
                let next = self.table.next(reader, file.cluster)?;
                file.follow(next.ok_or(ChainError::TooShort(file.index + 1))?)?;
            }
        }
        Ok(())
    }

    /// Moves `file` forward within a run of adjacent clusters, at most to the cluster with the index `last`, as long as this
    /// needs no read.
    fn skip_contiguous(&self, file: &mut File, last: u32) {
        let links = self.table.contiguous(file.cluster, last - file.index);
        file.advance(file.cluster + links, links);
    }
}

/// Reads `length` bytes in adjacent sectors. The first byte is `skip` bytes after the start of sector `lba`; `skip` is less
/// than a sector.
fn transfer<R: BlockDevice>(
    reader: &mut R,
    lba: u64,
    skip: u64,
    length: u64,
    sink: &mut impl FnMut(&[u8]),
) -> Result<(), FatError<R::Error>> {
    let (mut lba, mut skip, mut left) = (lba, skip, length);
    while left > 0 {
        let count = sectors_per_read(reader, (skip + left).div_ceil(SECTOR_SIZE as u64));
        let bytes = read_sectors(reader, lba, count)?;
        let bytes = usize::try_from(skip).ok().and_then(|skip| bytes.get(skip..)).unwrap_or_default();
        let bytes = usize::try_from(left).ok().and_then(|left| bytes.get(..left)).unwrap_or(bytes);
        sink(bytes);
        lba += u64::from(count);
        left -= bytes.len() as u64;
        skip = 0;
    }
    Ok(())
}
