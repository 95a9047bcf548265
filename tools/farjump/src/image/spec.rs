//! What an image is to hold, said step by step.

mod build;

use std::path::PathBuf;

use disk_image::FatKind;
use farjump_loader::config::Verify;

use super::{Args, ExtraFile, Format};

/// What an image is to hold. [`build`](Self::build) makes it.
///
/// ```no_run
/// use farjump::image::ImageSpec;
/// use farjump::workspace::Workspace;
///
/// # fn main() -> anyhow::Result<()> {
/// let image = ImageSpec::new("target/my-kernel")
///     .command_line("log=debug")
///     .module("initrd.img")
///     .output("my-kernel.img")
///     .build(&Workspace::locate()?)?;
/// println!("{}", image.display());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct ImageSpec {
    /// The demo kernel, if none.
    kernel: Option<PathBuf>,
    pub(super) modules: Vec<PathBuf>,
    pub(super) files: Vec<ExtraFile>,
    pub(super) command_line: Option<String>,
    config: Option<PathBuf>,
    verify: Option<Verify>,
    signer: Option<Signer>,
    own_modules: bool,
    is_stripped: bool,
    without_symbols: bool,
    size: Option<u64>,
    fat: Option<FatKind>,
    format: Format,
    output: Option<PathBuf>,
    offline: bool,
}

/// What the options say.
impl From<&Args> for ImageSpec {
    fn from(args: &Args) -> Self {
        let signer = |key: &PathBuf| Signer { key: key.clone(), rollback_index: args.counter };
        Self {
            kernel: args.kernel.clone(),
            modules: args.modules.clone(),
            files: args.files.clone(),
            command_line: args.cmdline.clone(),
            config: args.config.clone(),
            verify: args.verify,
            signer: args.sign.as_ref().map(signer),
            own_modules: args.own_modules,
            is_stripped: args.strip,
            without_symbols: args.no_symbols,
            size: args.size,
            fat: args.fat,
            format: args.format,
            output: args.output.clone(),
            offline: args.offline,
        }
    }
}

/// Who signs an image.
#[derive(Debug, Clone)]
struct Signer {
    /// The file with the key.
    key: PathBuf,
    /// The loader of this image rejects images with a lower one.
    rollback_index: u64,
}

impl ImageSpec {
    /// Returns an image of a kernel's ELF file.
    #[must_use]
    pub fn new(kernel: impl Into<PathBuf>) -> Self {
        Self::default().kernel(kernel)
    }

    /// Returns an image of the demo kernel, which is built for it, with its modules and programs.
    #[must_use]
    pub fn demo() -> Self {
        Self::default()
    }

    /// Boots another kernel.
    #[must_use]
    pub fn kernel(mut self, elf: impl Into<PathBuf>) -> Self {
        self.kernel = Some(elf.into());
        self
    }

    /// Adds a file that the loader hands to the kernel, as `/modules/NAME`.
    #[must_use]
    pub fn module(mut self, file: impl Into<PathBuf>) -> Self {
        self.modules.push(file.into());
        self
    }

    /// Adds a file that is only put on the volume, under an absolute name.
    #[must_use]
    pub fn file(mut self, source: impl Into<PathBuf>, destination: impl Into<String>) -> Self {
        self.files.push(ExtraFile { source: source.into(), destination: destination.into() });
        self
    }

    /// Sets the kernel's command line. A [configuration](Self::config) of the user's has its own.
    #[must_use]
    pub fn command_line(mut self, line: impl Into<String>) -> Self {
        self.command_line = Some(line.into());
        self
    }

    /// Takes this file as `/farjump.conf`, instead of a generated one.
    #[must_use]
    pub fn config(mut self, file: impl Into<PathBuf>) -> Self {
        self.config = Some(file.into());
        self
    }

    /// Sets how the loader checks kernel and modules; otherwise by checksums, or as the configuration says.
    #[must_use]
    pub fn verify(mut self, how: Verify) -> Self {
        self.verify = Some(how);
        self
    }

    /// Signs the image with the key in a file. Its loader boots nothing that isn't signed by that key, or whose rollback
    /// index is lower.
    #[must_use]
    pub fn sign_with(mut self, key: impl Into<PathBuf>, rollback_index: u64) -> Self {
        self.signer = Some(Signer { key: key.into(), rollback_index });
        self
    }

    /// Puts the modules and programs of farjump's tree on the volume, as for the demo kernel.
    #[must_use]
    pub fn own_modules(mut self) -> Self {
        self.own_modules = true;
        self
    }

    /// Leaves out what the loader doesn't read of the kernel. A floppy image never has it.
    #[must_use]
    pub fn strip(mut self) -> Self {
        self.is_stripped = true;
        self
    }

    /// Leaves out the table of the kernel's function names.
    #[must_use]
    pub fn without_symbols(mut self) -> Self {
        self.without_symbols = true;
        self
    }

    /// Sets the disk's size in bytes. [`disk_image::FLOPPY_SIZE`] makes a floppy image.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets the kind of FAT, where it shouldn't follow from the size.
    #[must_use]
    pub fn fat(mut self, kind: FatKind) -> Self {
        self.fat = Some(kind);
        self
    }

    /// Sets the image's format.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Sets where to write the image; otherwise into the target directory.
    #[must_use]
    pub fn output(mut self, file: impl Into<PathBuf>) -> Self {
        self.output = Some(file.into());
        self
    }

    /// Builds what the image needs without the network.
    #[must_use]
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }
}
