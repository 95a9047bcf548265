//! Makes a bootable disk image of the two stages and of the files that they load.
//!
//! ```text
//! LBA 0        boot sector, with disk signature and partition table filled in
//! LBA 1..      stage 2
//! LBA 2048..   partition 1: FAT, active, to the end of the disk (right after stage 2 on a floppy)
//! ```
//!
//! Assumes nothing about what the stages and files hold, except that the boot sector has free space for the
//! disk signature and the partition table. The same input makes the same image, byte for byte: times
//! in the volume are `SOURCE_DATE_EPOCH`, or the start of 1980.
//!
//! Rejects: names that FAT can't hold, two files of one name, contents that don't fit, a target that
//! isn't a regular file. The target is replaced in one step: after an error it is what it was before.
//!
//! ```no_run
//! # fn main() -> Result<(), disk_image::Error> {
//! # let (stage1, stage2) = ([0; 512], [0; 512]);
//! let mut plan = disk_image::ImagePlan::new(&stage1, &stage2);
//! plan.add_file("/kernel.elf", "target/kernel".as_ref())?;
//! plan.add_bytes("/farjump.conf", b"kernel = /kernel.elf\n".to_vec())?;
//! plan.write("disk.img".as_ref(), &mut |_| ())?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod content;
mod destination;
mod edit;
mod error;
mod fat;
mod geometry;
mod layout;
mod mbr;
mod plan;
mod size;
mod temporary;
mod timestamp;
mod volume;
mod window;

pub use edit::ExistingVolume;
pub use error::Error;
pub use plan::ImagePlan;
pub use size::{FLOPPY_SIZE, InvalidSize, format_size, parse_size};
pub use temporary::{TemporaryImage, replace, replaceable};
pub use volume::FatKind;
