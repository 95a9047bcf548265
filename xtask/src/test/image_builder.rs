//! Makes what boots: the images of scenarios, disks with something wrong, and the kernels on both.

mod disk;
pub(super) mod fat;
mod own_kernel;
mod test_kernels;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use boot_layout::disk::{PARTITION_LBA, SECTOR_SIZE};
use disk_image::ExistingVolume;
use farjump_loader::config;
use farjump_loader::signature::VerificationKey;

use super::runner::lock;
use super::scenario::{Image, Kernel, Media, Scenario};
use crate::padded_elf::PaddedElf;
use farjump::build::{self, Boot, Stage2};
use farjump::image;
use farjump::signing_key::SigningKey;
use farjump::workspace::Workspace;

pub(super) use disk::{MODULE_PATH, SignedSet, UNVERIFIED_CONFIG};
pub(super) use test_kernels::TestKernels;

/// A key for tests alone.
const SIGNING_SEED: [u8; 32] = [7; 32];

/// The least rollback index that a stage 2 of signed images takes.
const MIN_ROLLBACK_INDEX: u64 = 3;

/// Makes images and disks: of parts that are built once, so that one takes milliseconds.
pub(super) struct ImageBuilder {
    pub(super) boot: Boot,
    /// The demo kernel's ELF file.
    pub(super) kernel: Vec<u8>,
    test_kernels: TestKernels,
    /// The usual disk, once it is made.
    standard: Mutex<Option<Vec<u8>>>,
    /// The disk with a large module, once it is made.
    large: Mutex<Option<PathBuf>>,
    directory: tempfile::TempDir,
    workspace: Workspace,
    offline: bool,
}

impl ImageBuilder {
    /// Builds the stages and the kernels that `scenarios` boot most.
    ///
    /// # Errors
    /// One doesn't build.
    pub(super) fn new(workspace: &Workspace, scenarios: &[Scenario], offline: bool) -> Result<Self> {
        let names = scenarios.iter().filter_map(Scenario::test_kernel);
        let test_kernels = TestKernels::build(workspace, names, offline)?;
        let boot = build::stages(workspace, Stage2::Plain, offline)?;
        let kernel = build::demo_kernel(workspace, offline)?;
        let kernel = fs::read(&kernel).with_context(|| format!("can't read {}", kernel.display()))?;
        fs::create_dir_all(&workspace.target)?;
        let directory = tempfile::tempdir_in(&workspace.target)?;
        let (standard, large) = (Mutex::new(None), Mutex::new(None));
        let workspace = workspace.clone();
        Ok(Self { boot, kernel, test_kernels, standard, large, directory, workspace, offline })
    }

    /// Builds the rest of what `scenarios` boot, so that it is there when they do. What doesn't build is reported by the
    /// scenario that needs it.
    pub(super) fn build_ahead(&self, scenarios: &[Scenario]) {
        let images = scenarios.iter().filter_map(|scenario| match &scenario.media {
            Media::Image(image) => Some(image),
            _ => None,
        });
        let images: Vec<_> = images.collect();
        if images.iter().any(|image| image.has_own_modules) {
            let _ = build::modules(&self.workspace, self.offline);
        }
        if images.iter().any(|image| image.is_signed) {
            let _ = self.signed_stages(MIN_ROLLBACK_INDEX);
        }
        for kernel in images.iter().map(|image| image.kernel) {
            if let Kernel::Example(name) = kernel {
                let _ = own_kernel::build(&self.workspace, name, self.offline);
            }
        }
    }

    /// Makes the image in `directory`, which is the boot's own; returns where it is.
    pub(super) fn image(&self, image: &Image, directory: &Path) -> Result<PathBuf> {
        let made = image::make(&self.workspace, &self.image_args(image, directory)?)?;
        if let Some(config) = &image.config {
            replace_config(&made, config)?;
        }
        image.finish.map_or(Ok(made.clone()), |finish| finish(&made))
    }

    /// Returns the arguments of `cargo xtask image`.
    fn image_args(&self, image: &Image, directory: &Path) -> Result<image::Args> {
        let mut args = image::Args {
            kernel: Some(self.kernel(image.kernel, directory)?),
            cmdline: image.command_line.clone(),
            own_modules: image.has_own_modules,
            no_symbols: !image.has_symbols,
            size: image.size,
            fat: image.fat,
            output: Some(directory.join("farjump.img")),
            offline: self.offline,
            ..image::Args::default()
        };
        for (name, size) in &image.modules {
            args.modules.push(numbers(directory, name, *size)?);
        }
        for (path, size) in &image.files {
            let source = numbers(directory, &path.replace('/', "-"), *size)?;
            args.files.push(image::ExtraFile { source, destination: (*path).to_owned() });
        }
        if image.is_signed {
            let key = directory.join("signing.key");
            let seed: String = SIGNING_SEED.iter().map(|byte| format!("{byte:02x}")).collect();
            fs::write(&key, seed)?;
            (args.sign, args.counter) = (Some(key), MIN_ROLLBACK_INDEX);
        }
        Ok(args)
    }

    /// Returns the ELF file of a kernel; `directory` is for one that is made of another.
    fn kernel(&self, kernel: Kernel, directory: &Path) -> Result<PathBuf> {
        match kernel {
            Kernel::Demo => build::demo_kernel(&self.workspace, self.offline),
            Kernel::DemoOfMib(mib) => self.padded(mib, directory),
            Kernel::Test(name) => self.test_kernels.path(name).map(Path::to_owned),
            Kernel::Example(name) => own_kernel::build(&self.workspace, name, self.offline),
        }
    }

    fn padded(&self, mib: u32, directory: &Path) -> Result<PathBuf> {
        let mut elf = PaddedElf::new(self.kernel.clone())?;
        elf.grow_loaded_bytes_to(u64::from(mib) << 20)?;
        let path = directory.join("kernel.elf");
        fs::write(&path, elf.into_bytes())?;
        Ok(path)
    }

    /// Builds stages that boot only signed images with this rollback index or a higher one.
    fn signed_stages(&self, min_rollback_index: u64) -> Result<Boot> {
        let trust = VerificationKey::new(signing_key().public(), min_rollback_index);
        build::stages(&self.workspace, Stage2::Signed(trust), self.offline)
    }

    /// Builds the BIOS fault injector; returns its ELF file.
    pub(super) fn injector(&self) -> Result<PathBuf> {
        build::kernel(&self.workspace, "boot-shim", "boot-shim", self.offline)
    }
}

/// Replaces the configuration of a finished image by these bytes, valid or not.
fn replace_config(image: &Path, bytes: &[u8]) -> Result<()> {
    let disk = fs::OpenOptions::new().read(true).write(true).open(image)?;
    let start = u64::from(PARTITION_LBA) * SECTOR_SIZE as u64;
    let size = disk.metadata()?.len() - start;
    Ok(ExistingVolume::open(disk, start, size)?.replace(config::PATH, bytes)?)
}

fn signing_key() -> SigningKey {
    SigningKey::from_seed(SIGNING_SEED)
}

/// Makes a file of which byte N is N modulo 251.
fn numbers(directory: &Path, name: &str, size: usize) -> Result<PathBuf> {
    let path = directory.join(name);
    let bytes: Vec<u8> = (0..251).cycle().take(size).collect();
    fs::write(&path, bytes)?;
    Ok(path)
}
