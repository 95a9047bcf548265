//! How large a FAT volume's clusters are and how many it has: decided here, carried out by `fatfs`.
//!
//! The number of clusters makes the kind of FAT, so large clusters (32 KiB) put FAT12 on disks below
//! 128 MiB, FAT16 below 2 GiB and FAT32 above. Large clusters also mean short chains: what a loader has
//! to read of the FAT for a kernel of 64 MiB is 3 KiB.
//!
//! Source: Microsoft FAT specification, "FAT Type Determination".

use std::fmt;

use boot_layout::disk::SECTOR_SIZE;

/// Bytes of the largest cluster that all FAT drivers take, in sectors.
const MAX_CLUSTER_SECTORS: u32 = 64;

/// Entries of 32 bytes in the root directory of FAT12 and FAT16.
pub(crate) const ROOT_ENTRIES: u16 = 512;

/// The kinds of FAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FatKind {
    /// Up to 4084 clusters.
    Fat12,
    /// 4085 to 65524 clusters.
    Fat16,
    /// 65525 clusters and more.
    Fat32,
}

impl FatKind {
    /// All kinds, those with fewer clusters first.
    const ALL: [Self; 3] = [Self::Fat12, Self::Fat16, Self::Fat32];

    fn of_cluster_count(count: u32) -> Self {
        match count {
            ..4085 => Self::Fat12,
            4085..65525 => Self::Fat16,
            _ => Self::Fat32,
        }
    }

    /// Returns the partition table's type byte; for FAT16 and FAT32 the one that says "use LBA".
    ///
    /// Source: RBIL, "Values for operating system indicator", table 00652.
    pub(crate) fn partition_type(self) -> u8 {
        match self {
            Self::Fat12 => 0x01,
            Self::Fat16 => 0x0E,
            Self::Fat32 => 0x0C,
        }
    }

    fn bits_per_entry(self) -> u32 {
        match self {
            Self::Fat12 => 12,
            Self::Fat16 => 16,
            Self::Fat32 => 32,
        }
    }

    /// Sectors in front of the first FAT, and of the root directory after the second, as `fatfs` has them.
    fn fixed_sectors(self) -> u32 {
        match self {
            Self::Fat12 | Self::Fat16 => 1 + u32::from(ROOT_ENTRIES) * 32 / 512,
            Self::Fat32 => 8,
        }
    }
}

impl fmt::Display for FatKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FAT{}", self.bits_per_entry())
    }
}

/// The shape of a FAT volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VolumeLayout {
    pub(crate) kind: FatKind,
    /// Sectors a cluster, a power of two.
    pub(crate) cluster_sectors: u32,
    /// Data clusters.
    pub(crate) clusters: u32,
}

impl VolumeLayout {
    /// Returns the layout for a hard disk's volume of `sectors`: the kind as specified, or the one with the fewest
    /// clusters, and of that the largest clusters.
    pub(crate) fn for_disk(sectors: u32, kind: Option<FatKind>) -> Option<Self> {
        let sizes = || (0..=MAX_CLUSTER_SECTORS.ilog2()).rev().map(|shift| 1 << shift);
        let kinds = FatKind::ALL.into_iter().filter(|candidate| kind.is_none_or(|kind| kind == *candidate));
        kinds
            .flat_map(|kind| sizes().map(move |size| (kind, size)))
            .find_map(|(kind, cluster_sectors)| Self::with(sectors, kind, cluster_sectors))
    }

    /// Returns the layout for a floppy's volume: FAT12 with clusters of one sector, as everyone formats them.
    pub(crate) fn for_floppy(sectors: u32) -> Option<Self> {
        Self::with(sectors, FatKind::Fat12, 1)
    }

    /// `fatfs` computes the size of a FAT by this formula; the kind must come out as it went in.
    fn with(sectors: u32, kind: FatKind, cluster_sectors: u32) -> Option<Self> {
        let space = sectors.checked_sub(kind.fixed_sectors() + 8).filter(|space| *space > 0)? + 8;
        let entries_in_cluster_bits = cluster_sectors * SECTOR_BITS / kind.bits_per_entry();
        let fat_sectors = (space + 2 * cluster_sectors).div_ceil(entries_in_cluster_bits + 2);
        let clusters = space.checked_sub(2 * fat_sectors)? / cluster_sectors;
        (FatKind::of_cluster_count(clusters) == kind && clusters > 0).then_some(Self {
            kind,
            cluster_sectors,
            clusters,
        })
    }

    /// Returns the number of bytes a cluster.
    pub(crate) fn cluster_bytes(&self) -> u32 {
        self.cluster_sectors * (SECTOR_BITS / 8)
    }
}

const SECTOR_BITS: u32 = {
    assert!(SECTOR_SIZE == 512);
    512 * 8
};

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u32 = 2048;

    fn layout(sectors: u32) -> (FatKind, u32) {
        let layout = VolumeLayout::for_disk(sectors, None).unwrap();
        (layout.kind, layout.cluster_bytes())
    }

    #[test]
    fn the_kind_follows_from_the_size_and_clusters_are_32_kib() {
        let kinds = [15 * MIB, 127 * MIB, 128 * MIB, 2047 * MIB, 2049 * MIB].map(layout);
        let expected = [FatKind::Fat12, FatKind::Fat12, FatKind::Fat16, FatKind::Fat16, FatKind::Fat32];
        assert_eq!(kinds, expected.map(|kind| (kind, 32 << 10)));
    }

    #[test]
    fn a_kind_that_is_asked_for_gets_the_largest_clusters_it_allows() {
        let layout = VolumeLayout::for_disk(63 * MIB, Some(FatKind::Fat32)).unwrap();
        assert_eq!((layout.kind, layout.cluster_bytes()), (FatKind::Fat32, 512));
        assert_eq!(VolumeLayout::for_disk(15 * MIB, Some(FatKind::Fat32)), None);
        assert_eq!(VolumeLayout::for_disk(1023 * MIB, Some(FatKind::Fat12)), None);
    }

    #[test]
    fn a_volume_too_small_for_its_own_tables_has_no_layout() {
        assert_eq!(VolumeLayout::for_disk(0, None), None);
        assert_eq!(VolumeLayout::for_disk(40, None), None);
    }
}
