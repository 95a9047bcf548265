//! The partition table, as the loader reads it from sector 0.

use farjump_fs::mbr::PartitionTable;

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "mbr", what: "partition table", corpus, run };

/// Sectors of the drive.
const DRIVE: u64 = 100_000;

/// Returns the tables of an image and of a drive with four partitions.
fn corpus() -> Vec<Vec<u8>> {
    let active = [0x80, 0x20, 0x21, 0, 0x0C, 0xFE, 0xFF, 0xFF, 0, 8, 0, 0, 0, 0x80, 0, 0];
    let other = [0, 0, 0, 0, 0x83, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
    vec![sector(&[active]), sector(&[other, other, active, other])]
}

fn sector(entries: &[[u8; 16]]) -> Vec<u8> {
    let mut sector = vec![0x90; 446];
    sector.extend(entries.as_flattened());
    sector.resize(510, 0);
    sector.extend([0x55, 0xAA]);
    sector
}

fn run(bytes: &[u8]) {
    for drive_sectors in [None, Some(DRIVE)] {
        let partition = PartitionTable::parse(bytes).and_then(|table| table.boot_partition(drive_sectors));
        match partition {
            Ok(partition) => {
                let end = partition.start_lba + partition.sector_count;
                assert!(0 < partition.start_lba && partition.start_lba < end);
                assert_ne!(partition.partition_type, 0xEE, "what stands for a GPT is booted");
                // One sector more is let pass.
                assert!(drive_sectors.is_none_or(|sectors| end <= sectors + 1));
            }
            Err(error) => assert_one_line(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_to_begin_with_are_taken() {
        for bytes in corpus() {
            let table = PartitionTable::parse(&bytes).unwrap();
            assert_eq!(table.boot_partition(Some(DRIVE)).unwrap().start_lba, 2048);
        }
    }
}
