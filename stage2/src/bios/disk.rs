//! INT 13h: reads the boot drive into the bounce buffer.

use core::fmt;

use boot_layout::{BOUNCE_BUFFER, bios, disk as layout};
use farjump_fs::BlockDevice;

use super::packet::DiskAddressPacket;
use super::{buffer, call};
use crate::early::{BUFFER, Frame};
use crate::memory::{self, Plain};

/// INT 13h, AH: parameters of a drive, with EDD.
const GET_EXTENDED_PARAMETERS: u32 = 0x48;

/// The drive that the BIOS booted from.
pub(crate) struct Disk {
    drive: u8,
    access: Access,
    sectors: Option<u64>,
}

/// How sectors of the drive are addressed.
#[derive(Clone, Copy)]
enum Access {
    /// By LBA.
    Edd,
    /// By cylinder, head and sector.
    Chs { sectors_per_track: u16, heads: u16 },
}

impl Disk {
    /// Finds out how to read `drive`.
    pub(crate) fn open(drive: u8) -> Result<Self, DriveError> {
        Self::find_access(drive).map_err(|cause| DriveError { drive, cause })
    }

    fn find_access(drive: u8) -> Result<Self, DiskError> {
        if has_edd(drive) {
            let sectors = edd_sectors(drive)?;
            return Ok(Self { drive, access: Access::Edd, sectors });
        }
        Ok(Self { drive, access: geometry(drive)?, sectors: None })
    }

    /// Reads at least one and at most `at_once` sectors into the bounce buffer, after its first `done` sectors. Returns
    /// the number of sectors read.
    ///
    /// A failure sets `at_once` to one. The sectors before a bad one are then still read, the error names the bad one, and
    /// a BIOS that can't read many sectors at once still works.
    fn read_some(&self, lba: u64, count: u16, done: u16, at_once: &mut u16) -> Result<u16, ReadError> {
        let mut status = 0;
        for _ in 0..bios::READ_TRIES {
            let count = count.min(*at_once);
            let (read, result) = match self.access {
                Access::Edd => read_edd(self.drive, lba, count, done),
                Access::Chs { sectors_per_track, heads } => {
                    read_chs(self.drive, lba, count, done, sectors_per_track, heads)
                }
            };
            match result {
                Ok(()) if read > 0 => return Ok(read.min(count)),
                Ok(()) => status = 0,
                Err(cause) => status = cause,
            }
            *at_once = 1;
            call(
                bios::INT_DISK,
                Frame { eax: ah(bios::RESET_DISK), edx: self.drive.into(), ..Frame::default() },
            );
        }
        Err(ReadError { lba, status })
    }
}

impl BlockDevice for Disk {
    type Error = ReadError;

    /// A geometry doesn't tell the number: it leaves out an incomplete last cylinder.
    fn sectors(&self) -> Option<u64> {
        self.sectors
    }

    fn max_sectors(&self) -> u16 {
        layout::MAX_SECTORS_PER_READ
    }

    fn read(&mut self, lba: u64, count: u16) -> Result<&[u8], ReadError> {
        assert!(count <= layout::MAX_SECTORS_PER_READ);
        let (mut done, mut at_once) = (0, count);
        while done < count {
            done += self.read_some(lba + u64::from(done), count - done, done, &mut at_once)?;
        }
        let len_bytes = usize::from(count) * layout::SECTOR_SIZE;
        // SAFETY: only this module uses the buffer; the slice borrows the disk, so no read can overlap it.
        Ok(unsafe { memory::slice_mut(BOUNCE_BUFFER.start, len_bytes) })
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drive {:02x}h", self.drive)
    }
}

/// Returns EAX for a service.
const fn ah(service: u8) -> u32 {
    (service as u32) << 8
}

/// Returns the segment of sector `done` of the bounce buffer.
fn bounce_segment(done: u16) -> u16 {
    const START: u16 = {
        assert!(BOUNCE_BUFFER.end >> 4 <= u16::MAX as u64);
        #[expect(clippy::cast_possible_truncation, reason = "checked above")]
        {
            (BOUNCE_BUFFER.start >> 4) as u16
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "32")]
    const PARAGRAPHS_PER_SECTOR: u16 = (layout::SECTOR_SIZE / 16) as u16;
    START + done * PARAGRAPHS_PER_SECTOR
}

/// Returns whether the drive supports disk address packets. A clear carry flag alone doesn't prove it.
fn has_edd(drive: u8) -> bool {
    let reply = call(
        bios::INT_DISK,
        Frame {
            eax: ah(bios::EDD_INSTALLATION_CHECK),
            ebx: bios::EDD_SIGNATURE_IN.into(),
            edx: drive.into(),
            ..Frame::default()
        },
    );
    let [bl, bh, ..] = reply.ebx.to_le_bytes();
    let supported = reply.ecx & u32::from(bios::EDD_FIXED_DISK_ACCESS) != 0;
    !reply.carry() && u16::from_le_bytes([bl, bh]) == bios::EDD_SIGNATURE_OUT && supported
}

/// The parameters of a drive that every version of EDD returns.
///
/// Source: RBIL INT 13/AH=48h, table 00273.
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct DriveParameters {
    size: u16,
    flags: u16,
    cylinders: u32,
    heads: u32,
    sectors_per_track: u32,
    sectors: u64,
    sector_size: u16,
}

impl DriveParameters {
    #[expect(clippy::cast_possible_truncation, reason = "26")]
    const SIZE: u16 = size_of::<Self>() as u16;
}

// SAFETY: integers without padding: any bytes are valid.
unsafe impl Plain for DriveParameters {}

/// Returns the number of sectors, if the BIOS reports it. Fails if the sectors have a size that the loader can't read.
fn edd_sectors(drive: u8) -> Result<Option<u64>, DiskError> {
    buffer::write(DriveParameters::SIZE);
    let reply = call(
        bios::INT_DISK,
        Frame {
            eax: GET_EXTENDED_PARAMETERS << 8,
            edx: drive.into(),
            esi: BUFFER.into(),
            ..Frame::default()
        },
    );
    if reply.carry() {
        return Ok(None);
    }
    let DriveParameters { sectors, sector_size, .. } = buffer::read();
    // Zero: the BIOS doesn't report the size.
    if sector_size != 0 && usize::from(sector_size) != layout::SECTOR_SIZE {
        return Err(DiskError::SectorSize(sector_size));
    }
    Ok((sectors != 0 && sectors != u64::MAX).then_some(sectors))
}

/// Returns the drive's geometry.
///
/// Source: RBIL INT 13/AH=08h.
fn geometry(drive: u8) -> Result<Access, DiskError> {
    let reply = call(
        bios::INT_DISK,
        Frame { eax: ah(bios::GET_DRIVE_PARAMETERS), edx: drive.into(), ..Frame::default() },
    );
    let [cl, ..] = reply.ecx.to_le_bytes();
    let highest_head = reply.edx.to_le_bytes()[1];
    let sectors_per_track = u16::from(cl & bios::GEOMETRY_SECTOR_MASK);
    if reply.carry() || sectors_per_track == 0 {
        return Err(DiskError::Geometry(reply.status()));
    }
    Ok(Access::Chs { sectors_per_track, heads: u16::from(highest_head) + 1 })
}

/// Reads by disk address packet. Returns the number of sectors read, and the status if it failed.
fn read_edd(drive: u8, lba: u64, count: u16, done: u16) -> (u16, Result<(), u8>) {
    let packet =
        DiskAddressPacket { sector_count: count, buffer_segment: bounce_segment(done), start_lba: lba };
    buffer::write(packet.to_bytes());
    let reply = call(
        bios::INT_DISK,
        Frame { eax: ah(bios::EDD_READ), edx: drive.into(), esi: BUFFER.into(), ..Frame::default() },
    );
    let transferred = DiskAddressPacket::transferred(buffer::read());
    (transferred, if reply.carry() { Err(reply.status()) } else { Ok(()) })
}

/// Reads by cylinder, head and sector, at most to the end of the track. Returns the number of sectors read, and the status
/// if it failed.
///
/// Source: RBIL INT 13/AH=02h: AL is the number of sectors read, but after a success not in every BIOS. An impossible
/// number is ignored.
fn read_chs(drive: u8, lba: u64, count: u16, done: u16, per_track: u16, heads: u16) -> (u16, Result<(), u8>) {
    /// AH if the sector doesn't exist. Source: RBIL table 00234.
    const SECTOR_NOT_FOUND: u8 = 0x04;
    let (track, sector) = (lba / u64::from(per_track), lba % u64::from(per_track));
    let (cylinder, head) = (track / u64::from(heads), track % u64::from(heads));
    let (Ok(cylinder @ 0..1024), Ok(head), Ok(sector)) =
        (u16::try_from(cylinder), u8::try_from(head), u8::try_from(sector))
    else {
        return (0, Err(SECTOR_NOT_FOUND));
    };
    let in_track = count.min(per_track - u16::from(sector));
    let [cylinder_low, cylinder_high] = cylinder.to_le_bytes();
    let reply = call(
        bios::INT_DISK,
        Frame {
            eax: ah(bios::CHS_READ) | u32::from(in_track),
            ecx: u32::from_le_bytes([
                cylinder_high << bios::CYLINDER_HIGH_SHIFT | (sector + 1),
                cylinder_low,
                0,
                0,
            ]),
            edx: u32::from_le_bytes([drive, head, 0, 0]),
            es: bounce_segment(done),
            ..Frame::default()
        },
    );
    let [al, ..] = reply.eax.to_le_bytes();
    let transferred = Some(u16::from(al)).filter(|count| (1..in_track).contains(count));
    (transferred.unwrap_or(in_track), if reply.carry() { Err(reply.status()) } else { Ok(()) })
}

/// A read that failed three times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadError {
    lba: u64,
    status: u8,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INT 13h failed {} times at LBA {}, AH={:02x}h", bios::READ_TRIES, self.lba, self.status)
    }
}

/// A drive that can't be booted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DriveError {
    drive: u8,
    cause: DiskError,
}

impl fmt::Display for DriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { drive, cause } = self;
        write!(f, "drive {drive:02x}h: {cause}")
    }
}

/// Why a drive can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DiskError {
    /// The BIOS reports sectors of this size.
    SectorSize(u16),
    /// The BIOS returns no geometry; AH.
    Geometry(u8),
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SectorSize(size) => {
                write!(f, "its sectors have {size} bytes, not {}: use another drive", layout::SECTOR_SIZE)
            }
            Self::Geometry(status) => {
                write!(f, "neither EDD nor a geometry, INT 13h AH=08h returns AH={status:02x}h")
            }
        }
    }
}
