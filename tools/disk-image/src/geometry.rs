//! Cylinders, heads and sectors: the disk's geometry for the partition table and the volume's BPB.

/// A disk's shape, as INT 13h functions below 41h see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// Heads a cylinder.
    pub(crate) heads: u8,
    /// Sectors a track, 1 to 63.
    pub(crate) sectors_per_track: u8,
}

impl Geometry {
    /// What BIOSes and partitioning tools take for hard disks of more than 504 MiB, and for all that do LBA.
    pub(crate) const LBA_ASSISTED: Self = Self { heads: 255, sectors_per_track: 63 };

    /// A 3.5-inch high-density floppy disk: 80 cylinders, 2 heads, 18 sectors.
    pub(crate) const FLOPPY: Self = Self { heads: 2, sectors_per_track: 18 };

    /// Stands for a sector that CHS can't reach.
    const BEYOND: [u8; 3] = [0xFE, 0xFF, 0xFF];

    /// Returns the three bytes for sector `lba` of a partition table entry: head; sector, with cylinder bits 8 and
    /// 9 on top; cylinder bits 0 to 7.
    ///
    /// Source: RBIL, "Format of partition record", table 00652.
    pub(crate) fn chs_bytes(self, lba: u32) -> [u8; 3] {
        let (heads, sectors) = (u32::from(self.heads), u32::from(self.sectors_per_track));
        let (track, sector) = (lba / sectors, lba % sectors + 1);
        let (cylinder, head) = (track / heads, track % heads);
        let bytes = [head, sector | (cylinder >> 8) << 6, cylinder & 0xFF].map(u8::try_from);
        match bytes {
            [Ok(head), Ok(sector), Ok(cylinder_low)] if cylinder <= 1023 => [head, sector, cylinder_low],
            _ => Self::BEYOND,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lba_2048_is_where_partitioning_tools_say_it_is() {
        // What fdisk writes for a partition at 1 MiB.
        assert_eq!(Geometry::LBA_ASSISTED.chs_bytes(2048), [0x20, 0x21, 0x00]);
    }

    #[test]
    fn the_last_sector_that_chs_reaches_is_cylinder_1023() {
        let sectors = 1024 * 255 * 63;
        assert_eq!(Geometry::LBA_ASSISTED.chs_bytes(sectors - 1), [254, 0xFF, 0xFF]);
        assert_eq!(Geometry::LBA_ASSISTED.chs_bytes(sectors), Geometry::BEYOND);
        assert_eq!(Geometry::LBA_ASSISTED.chs_bytes(u32::MAX), Geometry::BEYOND);
    }

    #[test]
    fn a_floppy_ends_at_cylinder_79_head_1_sector_18() {
        assert_eq!(Geometry::FLOPPY.chs_bytes(2879), [1, 18, 79]);
    }
}
