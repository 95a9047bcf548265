//! The boot sector of a FAT volume: the BIOS parameter block, and the geometry it describes.
//!
//! Rejects sector sizes other than 512 bytes, invalid zeros, and everything outside the partition. Calculations with a valid
//! [`Geometry`] can't overflow.

use core::fmt;

use crate::SECTOR_SIZE;
use crate::mbr::BOOT_SIGNATURE;

/// The FAT type: the width of an entry of the file allocation table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FatType {
    /// 12 bits.
    Fat12,
    /// 16 bits.
    Fat16,
    /// 32 bits, of which 28 are used.
    Fat32,
}

impl FatType {
    /// Returns the type, which only the number of clusters determines.
    ///
    /// Source: Microsoft FAT 1.03, "FAT Type Determination".
    const fn from_cluster_count(clusters: u64) -> Self {
        match clusters {
            0..4085 => Self::Fat12,
            4085..65525 => Self::Fat16,
            _ => Self::Fat32,
        }
    }

    /// Returns the bits of an entry.
    pub(super) const fn entry_bits(self) -> u64 {
        match self {
            Self::Fat12 => 12,
            Self::Fat16 => 16,
            Self::Fat32 => 32,
        }
    }
}

impl fmt::Display for FatType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FAT{}", self.entry_bits())
    }
}

/// The location of the root directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// FAT12 and FAT16: in its own sectors.
    Fixed { lba: u64, sectors: u64 },
    /// FAT32: in a chain of clusters like any other directory.
    Cluster(u32),
}

/// The layout of a volume. Sector numbers are counted from the start of the drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) fat_type: FatType,
    /// First sector of the file allocation table in use.
    pub(super) fat_lba: u64,
    /// Sectors of one file allocation table.
    pub(super) fat_sectors: u64,
    pub(super) root: Root,
    /// First sector of cluster 2.
    pub(super) data_lba: u64,
    /// Sectors of a cluster, as a power of two.
    pub(super) cluster_shift: u32,
    /// Clusters have the numbers `2..cluster_limit`.
    pub(super) cluster_limit: u32,
}

/// The maximum `cluster_limit`: FAT32's entries from this value on have other meanings.
const CLUSTER_LIMIT: u64 = 0x0FFF_FFF7;

/// Bytes of a directory entry.
const DIRECTORY_ENTRY_SIZE: u64 = 32;

/// The BIOS parameter block in the sector.
struct Bpb {
    sectors_per_cluster: u8,
    reserved_sectors: u64,
    fats: u64,
    root_entries: u64,
    total_sectors: u64,
    fat_sectors: u64,
    /// Whether the block has the FAT32 layout: its 16-bit `fat_sectors` is zero.
    is_fat32: bool,
    active_fat: u64,
    version: u16,
    root_cluster: u32,
}

impl Bpb {
    fn parse(sector: &[u8; SECTOR_SIZE]) -> Result<Self, BootSectorError> {
        let u16_at = |offset: usize| u16::from_le_bytes([sector[offset], sector[offset + 1]]);
        let u32_at = |offset: usize| u32::from(u16_at(offset)) | u32::from(u16_at(offset + 2)) << 16;
        check_is_fat(sector)?;
        if usize::from(u16_at(11)) != SECTOR_SIZE {
            return Err(BootSectorError::SectorSize(u16_at(11)));
        }
        let is_fat32 = u16_at(22) == 0;
        // If mirroring is off, the low four bits are the number of the table in use.
        let flags = if is_fat32 { u16_at(40) } else { 0 };
        Ok(Self {
            sectors_per_cluster: sector[13],
            reserved_sectors: u64::from(u16_at(14)),
            fats: u64::from(sector[16]),
            root_entries: u64::from(u16_at(17)),
            total_sectors: if u16_at(19) != 0 { u64::from(u16_at(19)) } else { u64::from(u32_at(32)) },
            fat_sectors: if is_fat32 { u64::from(u32_at(36)) } else { u64::from(u16_at(22)) },
            is_fat32,
            active_fat: if flags & 0x80 != 0 { u64::from(flags & 0xF) } else { 0 },
            version: if is_fat32 { u16_at(42) } else { 0 },
            root_cluster: u32_at(44),
        })
    }

    /// Checks each number by itself.
    fn check(&self) -> Result<(), BootSectorError> {
        match *self {
            Self { sectors_per_cluster, .. } if !sectors_per_cluster.is_power_of_two() => {
                Err(BootSectorError::SectorsPerCluster(sectors_per_cluster))
            }
            Self { reserved_sectors: 0, .. } => Err(BootSectorError::NoReservedSectors),
            Self { fats: 0, .. } | Self { fat_sectors: 0, .. } => Err(BootSectorError::NoFat),
            Self { active_fat, fats, .. } if active_fat >= fats => {
                Err(BootSectorError::ActiveFat(active_fat))
            }
            Self { version, .. } if version != 0 => Err(BootSectorError::Version(version)),
            _ => Ok(()),
        }
    }
}

/// Checks that the sector is a boot sector, and not that of another known file system.
fn check_is_fat(sector: &[u8; SECTOR_SIZE]) -> Result<(), BootSectorError> {
    let signature = [sector[510], sector[511]];
    if signature != BOOT_SIGNATURE {
        return Err(BootSectorError::Signature(u16::from_be_bytes(signature)));
    }
    match &sector[3..11] {
        b"EXFAT   " => Err(BootSectorError::OtherFileSystem("exFAT")),
        b"NTFS    " => Err(BootSectorError::OtherFileSystem("NTFS")),
        _ => Ok(()),
    }
}

impl Geometry {
    /// Returns the geometry that the boot sector of a partition describes.
    pub(super) fn parse(
        sector: &[u8],
        partition_lba: u64,
        partition_sectors: u64,
    ) -> Result<Self, BootSectorError> {
        let bpb = Bpb::parse(sector.first_chunk().ok_or(BootSectorError::Signature(0))?)?;
        bpb.check()?;
        let Bpb { total_sectors, fat_sectors, .. } = bpb;
        if total_sectors > partition_sectors || partition_lba.checked_add(partition_sectors).is_none() {
            return Err(BootSectorError::PastPartitionEnd { total_sectors, partition_sectors });
        }
        // None of these numbers has more than 40 bits.
        let root_start = bpb.reserved_sectors + bpb.fats * fat_sectors;
        let root_sectors = (bpb.root_entries * DIRECTORY_ENTRY_SIZE).div_ceil(SECTOR_SIZE as u64);
        let data_start = root_start + root_sectors;
        let cluster_shift = bpb.sectors_per_cluster.trailing_zeros();
        let clusters = total_sectors.saturating_sub(data_start) >> cluster_shift;
        if clusters == 0 {
            return Err(BootSectorError::NoClusters { data_start, total_sectors });
        }
        let fat_type = FatType::from_cluster_count(clusters);
        if bpb.is_fat32 != (fat_type == FatType::Fat32) {
            return Err(BootSectorError::LayoutMismatch { is_fat32: bpb.is_fat32, clusters });
        }
        let entries = fat_sectors * SECTOR_SIZE as u64 * 8 / fat_type.entry_bits();
        let cluster_limit = (clusters + 2).min(entries).min(CLUSTER_LIMIT);
        let geometry = Self {
            fat_type,
            fat_lba: partition_lba + bpb.reserved_sectors + bpb.active_fat * fat_sectors,
            fat_sectors,
            root: Root::Fixed { lba: partition_lba + root_start, sectors: root_sectors },
            data_lba: partition_lba + data_start,
            cluster_shift,
            cluster_limit: u32::try_from(cluster_limit).unwrap_or_default(),
        };
        if bpb.is_fat32 { geometry.with_root_cluster(bpb.root_cluster) } else { Ok(geometry) }
    }

    /// Sets the location of FAT32's root directory.
    fn with_root_cluster(self, cluster: u32) -> Result<Self, BootSectorError> {
        if !(2..self.cluster_limit).contains(&cluster) {
            return Err(BootSectorError::RootCluster { cluster, limit: self.cluster_limit });
        }
        Ok(Self { root: Root::Cluster(cluster), ..self })
    }

    /// Returns the first sector of `cluster`, which is at least 2.
    pub(super) fn cluster_lba(&self, cluster: u32) -> u64 {
        self.data_lba + (u64::from(cluster.saturating_sub(2)) << self.cluster_shift)
    }

    /// Returns the sectors of a cluster.
    pub(super) const fn cluster_sectors(&self) -> u64 {
        1 << self.cluster_shift
    }

    /// Returns the bytes of a cluster, as a power of two.
    pub(super) const fn cluster_bytes_shift(&self) -> u32 {
        self.cluster_shift + SECTOR_SIZE.trailing_zeros()
    }
}

/// Why a boot sector isn't that of a supported FAT volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootSectorError {
    /// These two bytes, first byte high, instead of 55 AA.
    Signature(u16),
    /// It is the boot sector of this file system.
    OtherFileSystem(&'static str),
    /// Bytes a sector that aren't 512.
    SectorSize(u16),
    /// Sectors a cluster that aren't a power of two.
    SectorsPerCluster(u8),
    /// No reserved sector, where the boot sector itself is one.
    NoReservedSectors,
    /// No file allocation table, or one without sectors.
    NoFat,
    /// The table in use doesn't exist.
    ActiveFat(u64),
    /// A version of FAT32 other than 0.0.
    Version(u16),
    /// The volume is larger than its partition.
    PastPartitionEnd {
        /// Sectors of the volume.
        total_sectors: u64,
        /// Sectors of the partition.
        partition_sectors: u64,
    },
    /// No room is left for a cluster.
    NoClusters {
        /// Sectors before the clusters.
        data_start: u64,
        /// Sectors of the volume.
        total_sectors: u64,
    },
    /// A FAT32 boot sector for so few clusters that it can't be FAT32, or the other way round.
    LayoutMismatch {
        /// Whether the boot sector has FAT32's layout.
        is_fat32: bool,
        /// The number of clusters.
        clusters: u64,
    },
    /// The root directory's cluster isn't in the volume.
    RootCluster {
        /// Number of the cluster.
        cluster: u32,
        /// One more than the highest number.
        limit: u32,
    },
}

impl fmt::Display for BootSectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Signature(found) => write!(f, "no boot sector: it ends in {found:04X}, not 55AA"),
            Self::OtherFileSystem(name) => write!(f, "the file system is {name}: format it as FAT"),
            Self::SectorSize(size) => write!(f, "{size} bytes per sector, only 512 are supported"),
            Self::SectorsPerCluster(sectors) => {
                write!(f, "{sectors} sectors per cluster, not a power of two")
            }
            Self::NoReservedSectors => f.write_str("no reserved sectors"),
            Self::NoFat => f.write_str("no file allocation table"),
            Self::ActiveFat(index) => write!(f, "table {index} is in use, but isn't there"),
            Self::Version(version) => write!(f, "FAT32 version {version:#06x}, only 0 is known"),
            Self::PastPartitionEnd { total_sectors, partition_sectors } => {
                write!(f, "{total_sectors} sectors in a partition of {partition_sectors}")
            }
            Self::NoClusters { data_start, total_sectors } => {
                write!(f, "clusters begin at sector {data_start} of {total_sectors}")
            }
            Self::LayoutMismatch { is_fat32: true, clusters } => write!(
                f,
                "laid out as FAT32, which has 65525 clusters or more, with {clusters}: format it as FAT16, \
                 or with smaller clusters"
            ),
            Self::LayoutMismatch { is_fat32: false, clusters } => {
                write!(f, "laid out as FAT12 or FAT16, which have at most 65524 clusters, with {clusters}")
            }
            Self::RootCluster { cluster, limit } => {
                write!(
                    f,
                    "the root directory is in cluster {cluster}, clusters are 2 to {}",
                    limit.saturating_sub(1)
                )
            }
        }
    }
}

impl core::error::Error for BootSectorError {}
