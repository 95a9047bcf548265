//! `cargo xtask update-checksums`: new digests and a new config checksum, after a kernel or the configuration was
//! replaced by hand.
//!
//! Takes the directory in which the volume is mounted, or an image. Nothing but `/farjump.conf` is changed, and that
//! only once all files that it names could be read.
//!
//! Rejects an invalid configuration, and a signed one: `cargo xtask image --sign` makes a new image.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, ensure};
use boot_layout::disk::SECTOR_SIZE;
use disk_image::{ExistingVolume, TemporaryImage};
use farjump_fs::partition::BootPartition;
use farjump_loader::config::{self, Verify};
use farjump_loader::signature;

use crate::file_disk::{FileDisk, FileError};
use crate::image::{checksums, parse_verify};
use crate::interrupt;
use crate::output::outln;

/// Options of `cargo xtask update-checksums`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where the volume is mounted, or a raw image
    #[arg(value_name = "DIR|IMAGE")]
    target: PathBuf,
    /// Verify in this way from now on: none or checksum; or sha256, if the image was made with it
    #[arg(long, value_name = "HOW", value_parser = parse_verify)]
    verify: Option<Verify>,
}

/// Updates the checksums and prints that it did.
///
/// # Errors
/// A file that can't be read or written; no volume; an invalid configuration.
pub fn run(args: &Args) -> Result<ExitCode> {
    update(&args.target, args.verify)?;
    outln!("{}: checksums updated", args.target.display());
    Ok(ExitCode::SUCCESS)
}

/// Updates the checksums of a volume in a directory or on an image.
///
/// # Errors
/// As [`run`].
pub fn update(target: &Path, verify: Option<Verify>) -> Result<()> {
    if target.is_dir() {
        let config = inside(target, config::PATH);
        let read = |path: &Path| fs::read(path).with_context(|| format!("{}: can't read it", path.display()));
        refuse_signed(inside(target, signature::PATH).exists(), target)?;
        let updated =
            checksums::update(&read(&config)?, verify, &[], &mut |path| read(&inside(target, path)))?;
        replace(&config, &updated)
    } else {
        let volume = volume(target)?;
        refuse_signed(volume.read(signature::PATH).is_ok(), target)?;
        let text = volume.read(config::PATH)?;
        let updated = checksums::update(&text, verify, &[], &mut |path| Ok(volume.read(path)?))?;
        Ok(volume.replace(config::PATH, &updated)?)
    }
}

/// Writes a file beside `config` and puts it in its place in one step: an error, a full volume or a signal leaves the
/// old configuration whole.
fn replace(config: &Path, updated: &[u8]) -> Result<()> {
    let temporary = TemporaryImage::beside(config)?;
    let _undo = interrupt::removes_file(temporary.path().to_owned());
    fs::write(temporary.path(), updated).with_context(|| format!("{}: can't write it", config.display()))?;
    Ok(temporary.replace_target()?)
}

/// Rejects a signed configuration: its loader would reject the changed one.
fn refuse_signed(is_signed: bool, target: &Path) -> Result<()> {
    ensure!(!is_signed, "{}: it is signed; cargo xtask image --sign makes a new one", target.display());
    Ok(())
}

/// Returns the path of a file on the volume that is mounted at `directory`.
fn inside(directory: &Path, path: &str) -> PathBuf {
    directory.join(path.trim_start_matches('/'))
}

/// The volume that a loader would boot from.
pub fn volume(image: &Path) -> Result<ExistingVolume> {
    let name = || format!("{}: can't open it", image.display());
    let mut file = OpenOptions::new().read(true).write(true).open(image).with_context(name)?;
    let partition = boot_partition(&mut file).with_context(|| image.display().to_string())?;
    let sector = SECTOR_SIZE as u64;
    Ok(ExistingVolume::open(file, partition.start_lba * sector, partition.sector_count * sector)?)
}

fn boot_partition(file: &mut File) -> Result<BootPartition<FileError>> {
    BootPartition::find(&mut FileDisk::new(file)?).map_err(|error| anyhow!("partition table: {error}"))
}
