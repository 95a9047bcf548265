//! Makes what boots: the images of boot tests, and their kernels.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use boot_layout::disk::{PARTITION_LBA, SECTOR_SIZE};
use disk_image::ExistingVolume;
use farjump_loader::config;

use super::own_kernel;
use crate::padded_elf::PaddedElf;
use crate::test::case::{Case, Kernel};
use farjump::build;
use farjump::image;
use farjump::workspace::Workspace;

/// The package of the tests' own kernels.
const TEST_KERNELS: &str = "test-kernels";

/// Makes images.
pub(super) struct Factory<'a> {
    workspace: &'a Workspace,
    offline: bool,
    /// The ELF files of tests/kernels, by their names.
    test_kernels: BTreeMap<String, PathBuf>,
}

impl<'a> Factory<'a> {
    /// Builds all of tests/kernels that `cases` need, at once.
    pub(super) fn new(workspace: &'a Workspace, cases: &[Case], offline: bool) -> Result<Self> {
        let name = |case: &Case| if let Kernel::Test(bin) = case.kernel { Some(bin) } else { None };
        let mut bins: Vec<_> = cases.iter().filter_map(name).collect();
        bins.sort_unstable();
        bins.dedup();
        // None would be all of them.
        let test_kernels = if bins.is_empty() {
            BTreeMap::new()
        } else {
            build::kernels(workspace, TEST_KERNELS, &bins, offline)?
        };
        Ok(Self { workspace, offline, test_kernels })
    }

    /// The image that `case` boots, in `folder`, which is the boot's own.
    pub(super) fn image(&self, case: &Case, folder: &Path) -> Result<PathBuf> {
        let output = Some(folder.join("farjump.img"));
        let mut args = image::Args { offline: self.offline, output, ..case.image.clone() };
        args.kernel = Some(self.kernel(case.kernel, folder)?);
        for (name, size) in &case.modules {
            args.modules.push(numbers(folder, name, *size)?);
        }
        for (path, size) in &case.files {
            let source = numbers(folder, &path.replace('/', "-"), *size)?;
            args.files.push(image::ExtraFile { source, destination: (*path).to_owned() });
        }
        if case.signed {
            let key = folder.join("signing.key");
            fs::write(&key, "07".repeat(32))?;
            (args.sign, args.counter) = (Some(key), 3);
        }
        let image = image::make(self.workspace, &args)?;
        if let Some(config) = case.config {
            replace_config(&image, config)?;
        }
        match case.finish {
            Some(finish) => finish(&image),
            None => Ok(image),
        }
    }

    fn kernel(&self, kernel: Kernel, folder: &Path) -> Result<PathBuf> {
        match kernel {
            Kernel::Shown => build::demo_kernel(self.workspace, self.offline),
            Kernel::ShownOfMib(mib) => self.padded(mib, folder),
            Kernel::Test(bin) => {
                self.test_kernels.get(bin).cloned().with_context(|| format!("no kernel `{bin}`"))
            }
            Kernel::Example(name) => own_kernel::build(self.workspace, name, folder, self.offline),
            Kernel::TestPie(bin) => {
                let kernel = build::Kernel::new(&self.workspace.path("Cargo.toml"), TEST_KERNELS, bin);
                build::Kernel { pie: true, profile: build::Profile::Test, offline: self.offline, ..kernel }
                    .build(self.workspace)
            }
        }
    }

    fn padded(&self, mib: u32, folder: &Path) -> Result<PathBuf> {
        let mut elf = PaddedElf::new(fs::read(self.kernel(Kernel::Shown, folder)?)?)?;
        elf.grow_loaded_bytes_to(u64::from(mib) << 20)?;
        let path = folder.join("kernel.elf");
        fs::write(&path, elf.into_bytes())?;
        Ok(path)
    }
}

/// Makes `text` the configuration of a finished image.
fn replace_config(image: &Path, text: &str) -> Result<()> {
    let disk = fs::OpenOptions::new().read(true).write(true).open(image)?;
    let start = u64::from(PARTITION_LBA) * SECTOR_SIZE as u64;
    let size = disk.metadata()?.len() - start;
    Ok(ExistingVolume::open(disk, start, size)?.replace(config::PATH, text.as_bytes())?)
}

/// A file of which byte N is N modulo 251.
fn numbers(folder: &Path, name: &str, size: usize) -> Result<PathBuf> {
    let path = folder.join(name);
    let bytes: Vec<u8> = (0..251).cycle().take(size).collect();
    fs::write(&path, bytes)?;
    Ok(path)
}
