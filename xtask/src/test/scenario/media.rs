//! Boot media: an image, as users make it, or a disk that is built byte by byte.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use disk_image::FatKind;

use crate::test::image_builder::ImageBuilder;
use crate::test::observe::Seen;

/// The kernel on an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kernel {
    /// The one in kernel/, with `exit` on its command line.
    Demo,
    /// The same with a read-only segment added, so that this many MiB are loaded.
    DemoOfMib(u32),
    /// The one in this directory of examples/, copied out of farjump's tree as a user would.
    Example(&'static str),
    /// A binary of tests/kernels; the directory that it is in says how it is linked.
    Test(&'static str),
}

/// The medium that boots.
#[derive(Debug, Clone)]
pub(crate) enum Media {
    /// An image as `cargo xtask image` makes it.
    Image(Image),
    /// A disk with a fault.
    Disk(Disk),
    /// None: an interpreter runs code of stage 2.
    Interpreted(fn(&ImageBuilder) -> Result<Seen>),
}

/// How an image is made.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) kernel: Kernel,
    pub(crate) command_line: Option<String>,
    /// The bytes of farjump.conf, if it isn't to be generated.
    pub(crate) config: Option<Vec<u8>>,
    /// Whether the kernel's function names are on it.
    pub(crate) has_symbols: bool,
    /// Whether farjump's modules and programs are on it.
    pub(crate) has_own_modules: bool,
    /// Whether it is signed, by a key of its own.
    pub(crate) is_signed: bool,
    pub(crate) size: Option<u64>,
    pub(crate) fat: Option<FatKind>,
    /// Names and sizes of modules; byte N of each is N modulo 251.
    pub(crate) modules: Vec<(&'static str, usize)>,
    /// Files of the same kind that are on the volume but not loaded at boot: their absolute names, and sizes.
    pub(crate) files: Vec<(&'static str, usize)>,
    /// Done to the finished image; returns the one to boot.
    pub(crate) finish: Option<fn(&Path) -> Result<PathBuf>>,
}

impl Image {
    /// Describes the default image of a kernel, with `exit` on the command line.
    pub(crate) fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            command_line: Some("exit".to_owned()),
            config: None,
            has_symbols: true,
            has_own_modules: false,
            is_signed: false,
            size: None,
            fat: None,
            modules: Vec::new(),
            files: Vec::new(),
            finish: None,
        }
    }
}

/// How a disk is made.
#[derive(Clone)]
pub(crate) struct Disk {
    /// Makes it.
    pub(crate) make: MakeDisk,
    /// The test kernel on it, if it isn't the demo kernel.
    pub(crate) test_kernel: Option<&'static str>,
    /// How often reads of a sector fail, and which sector of the disk it is.
    pub(crate) bad_sector: Option<(Failures, FindSector)>,
}

/// Makes a disk.
type MakeDisk = Arc<dyn Fn(&ImageBuilder) -> Result<Bytes> + Send + Sync>;

/// Finds a sector on a disk.
type FindSector = Arc<dyn Fn(&[u8]) -> Result<u64> + Send + Sync>;

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("test_kernel", &self.test_kernel).finish_non_exhaustive()
    }
}

/// A disk that was made.
#[derive(Debug, Clone)]
pub(crate) enum Bytes {
    /// Its bytes.
    InMemory(Vec<u8>),
    /// A file that is there already, and stays.
    File(PathBuf),
}

/// A sector whose reads fail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BadSector {
    /// Its number.
    pub(crate) lba: u64,
    /// How often that happens.
    pub(crate) failures: Failures,
}

/// How many reads fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failures {
    /// The first so many.
    First(usize),
    /// All.
    All,
}
