//! `cargo xtask image`: stages, kernel, modules and configuration on a disk image.
//!
//! ```text
//! /farjump.conf         generated, or the file that --config names
//! /kernel.elf           as cargo built it: the loader reads only what PT_LOAD maps, debug information is free
//! /modules/NAME         each --module
//! /modules/NAME.so      beside the kernel in kernel/: the modules in modules/, for it to load at run time
//! /modules/kernel.sym   the kernel's function names, for its backtraces; not with --no-symbols
//! /programs/NAME.bin    each program of programs/, assembled, beside the demo kernel
//! DST                   each --file SRC=DST
//! ```

pub mod checksums;
mod config;
mod convert;
mod elf_check;
mod programs;
pub(crate) mod progress;
mod run_dir;
mod spec;
pub mod strip;
mod symbols;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use disk_image::FatKind;
use farjump_loader::config::Verify;

use crate::output::outln;
use crate::workspace::Workspace;

pub use run_dir::RunDir;
pub use spec::ImageSpec;

/// Where the kernel stands in the image.
const KERNEL_PATH: &str = "/kernel.elf";

/// Options of `cargo xtask image`, which become an [`ImageSpec`].
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// The kernel's ELF file [default: build the one in kernel/]
    #[arg(long, value_name = "ELF")]
    pub kernel: Option<PathBuf>,
    /// A file that the loader hands to the kernel; may be repeated
    #[arg(long = "module", value_name = "FILE")]
    pub modules: Vec<PathBuf>,
    /// A file that is only put on the volume; may be repeated
    #[arg(long = "file", value_name = "SRC=DST", value_parser = parse_file)]
    pub files: Vec<ExtraFile>,
    /// What the kernel gets as its command line
    #[arg(long, value_name = "STR", conflicts_with = "config")]
    pub cmdline: Option<String>,
    /// A farjump.conf of your own instead of the generated one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How the loader checks kernel and modules: none, checksum or sha256
    /// [default: checksum, or as --config says]
    #[arg(long, value_name = "HOW", value_parser = parse_verify)]
    pub verify: Option<Verify>,
    /// Sign the configuration with this key, and have the loader boot nothing that isn't signed
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// With --sign: the set's number. A loader takes no set with a lower one than its own
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "sign")]
    pub counter: u64,
    /// Put farjump's modules and programs on the volume of another kernel too
    #[arg(long)]
    pub own_modules: bool,
    /// Leave out what the loader doesn't read of the kernel, as debug information; a floppy image has none of it
    #[arg(long)]
    pub strip: bool,
    /// Leave out the table of the kernel's function names, /modules/kernel.sym
    #[arg(long)]
    pub no_symbols: bool,
    /// The disk's size, such as 64M; 1440K makes a floppy image
    /// [default: a quarter more than needed, at least 16M]
    #[arg(long, value_name = "SIZE", value_parser = disk_image::parse_size)]
    pub size: Option<u64>,
    /// The kind of FAT: 12, 16 or 32 [default: what fits the size]
    #[arg(long, value_name = "BITS", value_parser = parse_fat)]
    pub fat: Option<FatKind>,
    /// The image's format; all but raw need qemu-img
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Where to write it [default: target/farjump.img, or the format's ending]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
}

/// What `--file SRC=DST` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraFile {
    /// A file of the host.
    pub source: PathBuf,
    /// Its absolute name in the image.
    pub destination: String,
}

/// Formats that an image can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The disk's bytes, to be written to a stick or taken by any emulator
    #[default]
    Raw,
    /// QEMU
    Qcow2,
    /// VMware
    Vmdk,
    /// VirtualBox
    Vdi,
    /// Hyper-V
    Vhdx,
}

impl Format {
    /// The file ending, which is also qemu-img's name for it but for `raw`.
    fn ending(self) -> &'static str {
        match self {
            Self::Raw => "img",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
            Self::Vdi => "vdi",
            Self::Vhdx => "vhdx",
        }
    }
}

/// Makes the image and prints its path and size.
///
/// # Errors
/// As [`ImageSpec::build`].
pub fn run(args: &Args) -> Result<ExitCode> {
    let path = make(&Workspace::locate()?, args)?;
    let size = path.metadata().with_context(|| format!("can't read {}", path.display()))?.len();
    outln!("{}: {}", path.display(), disk_image::format_size(size));
    Ok(ExitCode::SUCCESS)
}

/// Makes the image that the options ask for; returns its path.
///
/// # Errors
/// As [`ImageSpec::build`].
pub fn make(workspace: &Workspace, args: &Args) -> Result<PathBuf> {
    ImageSpec::from(args).build(workspace)
}

pub(crate) fn parse_file(text: &str) -> Result<ExtraFile> {
    let Some((source, destination)) = text.rsplit_once('=') else {
        bail!("write SRC=DST, a file of this machine and its name in the image, as in notes.txt=/notes.txt");
    };
    Ok(ExtraFile { source: source.into(), destination: destination.to_owned() })
}

pub(crate) fn parse_verify(text: &str) -> Result<Verify> {
    Verify::from_name(text).with_context(|| format!("{text:?} is none of none, checksum and sha256"))
}

fn parse_fat(text: &str) -> Result<FatKind> {
    Ok(match text {
        "12" => FatKind::Fat12,
        "16" => FatKind::Fat16,
        "32" => FatKind::Fat32,
        _ => bail!("{text:?} is none of 12, 16 and 32"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_fat_are_chosen_by_their_bits() {
        let kinds = ["12", "16", "32"].map(|text| parse_fat(text).unwrap());
        assert_eq!(kinds, [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32]);
        assert!(parse_fat("64").is_err());
    }
}
