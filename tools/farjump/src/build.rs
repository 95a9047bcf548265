//! `cargo xtask build`: what boots, compiled, flattened, checked and measured.
//!
//! ```text
//! stage1/  stage2/        kernel/ or yours
//!     │ cargo build, the same flags for all (build/cargo.rs)
//!   ELF file                 ELF file
//!     │ build/flatten.rs        │
//!   flat bytes                  │ as it is, debug information and all
//!     └───────────┬─────────────┘
//!            disk image (image.rs)
//! ```

mod cargo;
mod elf_size;
mod flatten;
mod link_error;
mod module;
mod pe;
mod report;
pub mod source_paths;
mod trust;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use farjump_api::virtual_memory::KERNEL_BASE;
use farjump_loader::signature::VerificationKey;

pub use cargo::{PROFILE, Profile, TARGET};
pub(crate) use elf_size::{LoadedSize, SectionSizes};
pub use module::{BuiltModule, MODULES, Module, modules};

use crate::output::out;
use crate::workspace::Workspace;
use cargo::Addresses;

/// Options of `cargo xtask build`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
}

/// Builds everything that boots and prints a table of bytes used and left.
///
/// # Errors
/// Something doesn't compile, doesn't link (a stage outgrew its room) or isn't laid out as it should be.
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let boot = stages(&workspace, Stage2::Plain, args.offline)?;
    let kernel = demo_kernel(&workspace, args.offline)?;
    let modules = modules(&workspace, args.offline)?;
    let uefi = uefi_loader(&workspace, args.offline)?;
    fs::write(workspace.target.join("BOOTX64.EFI"), uefi)?;
    out!("{}", report::table(&boot, &kernel, &modules)?);
    Ok(ExitCode::SUCCESS)
}

/// What boots, built.
#[derive(Debug, Clone)]
pub struct Boot {
    /// The boot sector, flat, 512 bytes: what the disk-image crate takes.
    pub stage1: Vec<u8>,
    /// Stage 2, flat, whole sectors, its checksum in place.
    pub stage2: Vec<u8>,
    /// The ELF file that the boot sector was flattened from.
    pub stage1_elf: PathBuf,
    /// The ELF file that stage 2 was flattened from.
    pub stage2_elf: PathBuf,
}

/// What a stage 2 can do beside loading: what isn't needed costs neither size nor instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage2 {
    /// Checksums.
    #[default]
    Plain,
    /// SHA-256 too.
    Sha256,
    /// Boots nothing that isn't signed.
    Signed(VerificationKey),
}

impl Stage2 {
    /// The features of the package `stage2`.
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[],
            Self::Sha256 => &["stage2/sha256"],
            Self::Signed(_) => &["stage2/signed"],
        }
    }
}

/// Builds both stages.
///
/// # Errors
/// As [`run`].
pub fn stages(workspace: &Workspace, stage2: Stage2, offline: bool) -> Result<Boot> {
    let job = cargo::Job {
        manifest: &workspace.path("Cargo.toml"),
        packages: &["stage1", "stage2"],
        bins: &["stage1", "stage2"],
        features: stage2.features(),
        addresses: Addresses::Low,
        profile: Profile::Boot,
        link_args: &[],
        offline,
    };
    let built = job.run(workspace)?;
    let (stage1_elf, stage2_elf) = (take(&built, "stage1")?, take(&built, "stage2")?);
    let mut image = flatten_file(&stage2_elf, flatten::stage2)?;
    if let Stage2::Signed(trust) = &stage2 {
        let elf = fs::read(&stage2_elf).with_context(|| format!("can't read {}", stage2_elf.display()))?;
        trust::write(&mut image, &elf, trust).with_context(|| stage2_elf.display().to_string())?;
    }
    Ok(Boot { stage1: flatten_file(&stage1_elf, flatten::stage1)?, stage2: image, stage1_elf, stage2_elf })
}

/// Builds the loader for UEFI firmware, `BOOTX64.EFI`; returns the PE32+ file's bytes.
///
/// # Errors
/// As [`run`].
pub fn uefi_loader(workspace: &Workspace, offline: bool) -> Result<Vec<u8>> {
    let job = cargo::Job {
        manifest: &workspace.path("Cargo.toml"),
        packages: &["farjump-uefi"],
        bins: &["bootx64"],
        features: &[],
        addresses: Addresses::Any,
        profile: Profile::Boot,
        link_args: &[],
        offline,
    };
    let elf = take(&job.run(workspace)?, "bootx64")?;
    flatten_file(&elf, pe::convert)
}

/// The package and the binary of the kernel in kernel/.
const DEMO_KERNEL: (&str, &str) = ("farjump-kernel", "demo-kernel");

/// Builds the kernel in kernel/; returns its ELF file.
///
/// # Errors
/// It doesn't compile or link.
pub fn demo_kernel(workspace: &Workspace, offline: bool) -> Result<PathBuf> {
    let (package, bin) = DEMO_KERNEL;
    kernel(workspace, package, bin, offline)
}

/// Builds the binary `bin` of the package `package` in farjump's workspace with the flags for what boots; returns its
/// ELF file.
///
/// # Errors
/// It doesn't compile or link, or there is no such binary.
pub fn kernel(workspace: &Workspace, package: &str, bin: &str, offline: bool) -> Result<PathBuf> {
    let manifest = workspace.path("Cargo.toml");
    Kernel { offline, ..Kernel::new(&manifest, package, bin) }.build(workspace)
}

/// Builds several test kernels of one package, each crate that they share once; returns the ELF file of each by its
/// name. In one run of cargo, which links as many at a time as there are cores.
///
/// # Errors
/// As [`demo_kernel`].
pub fn kernels(
    workspace: &Workspace,
    package: &str,
    bins: &[&str],
    offline: bool,
) -> Result<BTreeMap<String, PathBuf>> {
    let manifest = workspace.path("Cargo.toml");
    Kernel { offline, profile: Profile::Test, ..Kernel::new(&manifest, package, "") }.bins(workspace, bins)
}

/// A kernel that is to be built: farjump's own, a test's, or one of another workspace.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// The Cargo.toml of its package or workspace.
    pub manifest: PathBuf,
    /// Its package.
    pub package: String,
    /// Its binary in that package.
    pub bin: String,
    /// Link it position independent (ET_DYN), so that it may be loaded at any address.
    pub pie: bool,
    /// Arguments for the linker, beside those of the package's build script.
    pub link_args: Vec<String>,
    /// How well it is optimised.
    pub profile: Profile,
    /// Don't use the network.
    pub offline: bool,
}

impl Kernel {
    /// A kernel linked to a fixed address, by what its build script tells the linker.
    #[must_use]
    pub fn new(manifest: &Path, package: &str, bin: &str) -> Self {
        Self {
            manifest: manifest.to_owned(),
            package: package.to_owned(),
            bin: bin.to_owned(),
            pie: false,
            link_args: Vec::new(),
            profile: Profile::Boot,
            offline: false,
        }
    }

    /// A kernel of another workspace, in the binary that is called like its package: it gets farjump's
    /// linker script, and needs no build script.
    #[must_use]
    pub fn outside(workspace: &Workspace, manifest: &Path, package: &str) -> Self {
        let script = format!("-T{}", workspace.path("linker/kernel.ld").display());
        let link_args = vec![script, format!("--defsym=KERNEL_BASE={KERNEL_BASE:#x}")];
        Self { link_args, ..Self::new(manifest, package, package) }
    }

    /// Builds it and returns the path of the ELF file.
    ///
    /// # Errors
    /// As [`demo_kernel`].
    pub fn build(&self, workspace: &Workspace) -> Result<PathBuf> {
        take(&self.bins(workspace, &[&self.bin])?, &self.bin)
    }

    /// Builds these binaries of the package instead.
    fn bins(&self, workspace: &Workspace, bins: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
        let job = cargo::Job {
            manifest: &self.manifest,
            packages: &[&self.package],
            bins,
            features: &[],
            addresses: if self.pie { Addresses::Any } else { Addresses::LowOrHigh },
            profile: self.profile,
            link_args: &self.link_args,
            offline: self.offline,
        };
        job.run(workspace)
    }
}

fn take(built: &BTreeMap<String, PathBuf>, bin: &str) -> Result<PathBuf> {
    built.get(bin).cloned().with_context(|| format!("cargo built no executable `{bin}`"))
}

fn flatten_file(elf: &Path, flatten: fn(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let bytes = fs::read(elf).with_context(|| format!("can't read {}", elf.display()))?;
    flatten(&bytes).with_context(|| elf.display().to_string())
}
