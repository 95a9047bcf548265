//! Whether a file is a disk image of ours, asked before a disk is overwritten with it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use anyhow::{Context as _, Result, anyhow, ensure};
use boot_layout::disk::{PARTITION_LBA, SECTOR_SIZE, STAGE2_LBA};
use boot_layout::stage2_header;
use farjump_fs::partition::BootPartition;

use crate::file_disk::FileDisk;

/// Refuses what isn't whole sectors, has no partition to boot, or no stage 2 whose checksum is right.
pub(super) fn check(image: &mut File, size: u64) -> Result<()> {
    ensure!(
        size > 0 && size.is_multiple_of(SECTOR_SIZE as u64),
        "{size} bytes aren't whole sectors of 512 bytes"
    );
    BootPartition::find(&mut FileDisk::new(image)?).map_err(|error| anyhow!("{error}"))?;
    let start = u64::from(STAGE2_LBA) * SECTOR_SIZE as u64;
    let header = read(image, start, SECTOR_SIZE)?;
    let sectors = stage2_header::sector_count(&header).context("no stage 2 after its boot sector")?;
    ensure!(u32::from(sectors) < PARTITION_LBA, "its stage 2 has {sectors} sectors");
    let stage2 = read(image, start, usize::from(sectors) * SECTOR_SIZE)?;
    ensure!(stage2_header::is_whole(&stage2), "its stage 2 is damaged");
    Ok(())
}

fn read(image: &mut File, start: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    image.seek(SeekFrom::Start(start))?;
    image.read_exact(&mut bytes).context("it ends too early")?;
    Ok(bytes)
}
