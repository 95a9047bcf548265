//! INT 13h: the boot drive, read into the bounce buffer.

use core::fmt;

use boot_layout::{BOUNCE_BUFFER, bios, disk as layout};
use farjump_fs::BlockDevice;

use super::packet::DiskAddressPacket;
use super::{buffer, call};
use crate::early::{BUFFER, Frame};
use crate::memory;

/// INT 13h, AH: size and kind of a drive, for EDD.
const GET_EXTENDED_PARAMETERS: u32 = 0x48;

/// Bytes of the answer that every version of EDD gives.
const PARAMETERS_SIZE: u16 = 26;

/// The drive that the BIOS booted from.
pub(crate) struct Disk {
    drive: u8,
    access: Access,
    sectors: Option<u64>,
}

/// How the drive wants to be addressed.
#[derive(Clone, Copy)]
enum Access {
    /// By sector number.
    Extended,
    /// By cylinder, head and sector.
    Geometry { sectors_per_track: u16, heads: u16 },
}

impl Disk {
    /// Finds out how `drive` is read.
    pub(crate) fn open(drive: u8) -> Result<Self, DriveError> {
        Self::find_access(drive).map_err(|cause| DriveError { drive, cause })
    }

    fn find_access(drive: u8) -> Result<Self, DiskError> {
        if has_packet_access(drive) {
            let sectors = extended_sectors(drive)?;
            return Ok(Self { drive, access: Access::Extended, sectors });
        }
        Ok(Self { drive, access: geometry(drive)?, sectors: None })
    }

    /// Reads some sectors, at least one and `at_once` at most, into the bounce buffer at `done` sectors, and gives
    /// their number.
    ///
    /// After a failure `at_once` is one: the sector that can't be read gets named, those in front of it get read, and
    /// so does a drive whose BIOS takes no long reads.
    fn read_some(&self, lba: u64, count: u16, done: u16, at_once: &mut u16) -> Result<u16, ReadError> {
        let mut status = 0;
        for _ in 0..bios::READ_TRIES {
            let count = count.min(*at_once);
            let (read, result) = match self.access {
                Access::Extended => read_extended(self.drive, lba, count, done),
                Access::Geometry { sectors_per_track, heads } => {
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

    /// A geometry doesn't say: it leaves out what is no whole cylinder.
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
        // SAFETY: the buffer is this module's; the slice borrows the disk, so no read can overlap it.
        Ok(unsafe { memory::slice_mut(BOUNCE_BUFFER.start, len_bytes) })
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drive {:02x}h", self.drive)
    }
}

/// EAX for a service.
const fn ah(service: u8) -> u32 {
    (service as u32) << 8
}

/// Segment of the bounce buffer's sector `done`.
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

/// Whether the drive takes disk address packets. Carry alone is no proof.
fn has_packet_access(drive: u8) -> bool {
    let reply = call(
        bios::INT_DISK,
        Frame {
            eax: ah(bios::EDD_INSTALLATION_CHECK),
            ebx: bios::EDD_QUESTION.into(),
            edx: drive.into(),
            ..Frame::default()
        },
    );
    let [bl, bh, ..] = reply.ebx.to_le_bytes();
    let supported = reply.ecx & u32::from(bios::EDD_PACKET_ACCESS) != 0;
    !reply.carry() && u16::from_le_bytes([bl, bh]) == bios::EDD_ANSWER && supported
}

/// The drive's sectors, where the BIOS says, and whether they have a size that the loader reads.
///
/// Source: RBIL INT 13/AH=48h, table 00273.
fn extended_sectors(drive: u8) -> Result<Option<u64>, DiskError> {
    buffer::write(PARAMETERS_SIZE.to_le_bytes());
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
    let answer: [u8; PARAMETERS_SIZE as usize] = buffer::read();
    let [.., a, b, c, d, e, f, g, h, size_low, size_high] = answer;
    let sector_size = u16::from_le_bytes([size_low, size_high]);
    // Zero is no size: a BIOS that doesn't say.
    if sector_size != 0 && usize::from(sector_size) != layout::SECTOR_SIZE {
        return Err(DiskError::SectorSize(sector_size));
    }
    let sectors = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    Ok((sectors != 0 && sectors != u64::MAX).then_some(sectors))
}

/// The drive's geometry.
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
    Ok(Access::Geometry { sectors_per_track, heads: u16::from(highest_head) + 1 })
}

/// One read by disk address packet: the sectors that were read, and the status if it failed.
fn read_extended(drive: u8, lba: u64, count: u16, done: u16) -> (u16, Result<(), u8>) {
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

/// One read by cylinder, head and sector, to the end of the track at most: the sectors that were read, and the status
/// if it failed.
///
/// Source: RBIL INT 13/AH=02h: AL says how many were read, but after a success not in every BIOS. What can't be true
/// isn't believed.
fn read_chs(drive: u8, lba: u64, count: u16, done: u16, per_track: u16, heads: u16) -> (u16, Result<(), u8>) {
    /// AH of a read that asks for what the drive hasn't got. Source: RBIL table 00234.
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

/// What is wrong with a drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DiskError {
    /// The BIOS reports sectors of this size.
    SectorSize(u16),
    /// The BIOS gives no geometry; AH.
    Geometry(u8),
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SectorSize(size) => {
                write!(f, "its sectors have {size} bytes, not {}: use another drive", layout::SECTOR_SIZE)
            }
            Self::Geometry(status) => {
                write!(f, "neither EDD nor a geometry, INT 13h AH=08h gives AH={status:02x}h")
            }
        }
    }
}
