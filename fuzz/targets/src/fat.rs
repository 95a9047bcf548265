//! A FAT volume, as the loader mounts it, lists it and reads its files.
//!
//! ```text
//! input   records: an offset on the volume in units of 32 bytes (u32), and one such unit
//! ```
//!
//! The rest of the volume is zeros. So an input contains only the relevant parts of 36 MiB, and mutations change these.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{Cursor, Write as _};

use farjump_fs::fat::{FatError, Volume};
use farjump_fs::{BlockDevice, SECTOR_SIZE};
use fatfs::{FatType, FormatVolumeOptions, FsOptions};

use crate::{Fields, Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "fat", what: "a FAT volume", corpus, run };

/// First sector of the partition.
const PARTITION: std::ops::Range<u64> = 63..131_072;

/// Parts of a sector that records hold: each is as long as a directory entry.
const UNITS_PER_SECTOR: u32 = 16;

const UNIT_SIZE: usize = SECTOR_SIZE / UNITS_PER_SECTOR as usize;

/// The maximum number of sectors in a read, the same as for a BIOS.
const MAX_SECTORS: u16 = 127;

/// The maximum number of reads for one volume: several times the longest possible chain of clusters.
const MAX_READS: u32 = 150_000;

/// Of files larger than this, only the end is read: following the chain of clusters is what can fail.
const READ_WHOLE: u64 = 1 << 20;

/// Returns a volume of each kind.
fn corpus() -> Vec<Vec<u8>> {
    [(FatType::Fat12, 2), (FatType::Fat16, 4), (FatType::Fat32, 36)]
        .into_iter()
        .filter_map(|(kind, megabytes)| Some(records(&volume(kind, megabytes).ok()?)))
        .collect()
}

/// Returns a volume with files, one of them in a directory, one with a long name.
fn volume(fat_type: FatType, megabytes: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Cursor::new(vec![0; megabytes << 20]);
    let options = FormatVolumeOptions::new().fat_type(fat_type).bytes_per_cluster(512);
    fatfs::format_volume(&mut bytes, options)?;
    bytes.set_position(0);
    let volume = fatfs::FileSystem::new(&mut bytes, FsOptions::new())?;
    volume.root_dir().create_dir("modules")?;
    volume.root_dir().create_file("modules/greeter.so")?.write_all(&[0; 5000])?;
    volume.root_dir().create_file("a long file name.conf")?.write_all(&[0; 600])?;
    volume.unmount()?;
    Ok(bytes.into_inner())
}

/// Returns the units that aren't all zeros.
fn records(volume: &[u8]) -> Vec<u8> {
    let (units, _) = volume.as_chunks::<UNIT_SIZE>();
    let numbered = (0u32..).zip(units).filter(|(_, unit)| **unit != [0; UNIT_SIZE]);
    numbered.flat_map(|(place, unit)| [&place.to_le_bytes()[..], unit].concat()).collect()
}

fn run(bytes: &[u8]) {
    if let Err(error) = explore(&mut SparseDrive::new(bytes)) {
        assert_one_line(&error);
    }
}

/// Lists the volume and reads its files, as the loader would; returns the number of bytes read from files.
fn explore(drive: &mut SparseDrive) -> Result<u64, FatError<Infallible>> {
    let mut volume = Volume::mount(drive, PARTITION.start, PARTITION.end - PARTITION.start)?;
    let mut names = vec!["/modules/greeter.so".to_owned()];
    let listed = volume.for_each_entry(drive, "/", |name, _, _| {
        if names.len() < 10 {
            names.push(format!("/{name}"));
        }
    });
    let mut total = 0;
    for name in names {
        let Ok(mut file) = volume.open(drive, &name) else { continue };
        let size = file.size();
        let range = if size > READ_WHOLE { size - 100..size } else { 0..size };
        let (mut read, length) = (0, range.end - range.start);
        let verdict = volume.read(drive, &mut file, range, |chunk| read += chunk.len() as u64);
        assert!(verdict.is_err() || read == length);
        total += read;
    }
    listed.map(|()| total)
}

/// A drive with a few sectors that aren't zeros.
struct SparseDrive {
    sectors: HashMap<u64, [u8; SECTOR_SIZE]>,
    buffer: Vec<u8>,
    reads: u32,
}

impl SparseDrive {
    fn new(records: &[u8]) -> Self {
        let mut sectors = HashMap::new();
        for record in records.chunks(4 + UNIT_SIZE) {
            let mut fields = Fields(record);
            let place = fields.u32();
            let lba = PARTITION.start + u64::from(place / UNITS_PER_SECTOR);
            let sector = sectors.entry(lba).or_insert([0; SECTOR_SIZE]);
            let start = (place % UNITS_PER_SECTOR) as usize * UNIT_SIZE;
            sector[start..start + UNIT_SIZE].copy_from_slice(&fields.array::<UNIT_SIZE>());
        }
        Self { sectors, buffer: Vec::new(), reads: 0 }
    }
}

impl BlockDevice for SparseDrive {
    type Error = Infallible;

    fn sectors(&self) -> Option<u64> {
        Some(PARTITION.end)
    }

    fn max_sectors(&self) -> u16 {
        MAX_SECTORS
    }

    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], Infallible> {
        assert!((1..=MAX_SECTORS).contains(&count), "{count} sectors in one read");
        assert!(PARTITION.start <= lba && lba + u64::from(count) <= PARTITION.end, "outside the partition");
        self.reads += 1;
        assert!(self.reads < MAX_READS, "{} reads", self.reads);
        self.buffer.clear();
        for lba in lba..lba + u64::from(count) {
            self.buffer.extend(self.sectors.get(&lba).unwrap_or(&[0; SECTOR_SIZE]));
        }
        Ok(&self.buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_volumes_to_begin_with_all_files_are_read() {
        let volumes = corpus();
        assert_eq!(volumes.len(), 3);
        for bytes in volumes {
            assert_eq!(explore(&mut SparseDrive::new(&bytes)), Ok(5000 + 600));
        }
    }
}
