//! `cargo xtask image`: stages, kernel, modules and configuration on a disk image.
//!
//! ```text
//! /farjump.conf         generated, or the file that --config names
//! /kernel.elf           as cargo built it: the loader reads only what PT_LOAD maps, debug information is free
//! /modules/NAME         each --module
//! /modules/NAME.so      beside the kernel in kernel/: the modules in modules/, for it to load at run time
//! /modules/kernel.sym   the kernel's function names, for its backtraces; not with --no-symbols
//! /programs/NAME.bin    each program of programs/, assembled, beside the shown kernel
//! DST                   each --file SRC=DST
//! ```

mod config;
mod convert;
mod elf_check;
mod own_folder;
mod programs;
pub(crate) mod progress;
pub mod seal;
pub mod strip;
mod symbols;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use disk_image::{FatKind, ImagePlan, TemporaryImage};
use farjump_loader::config::{Config, Verify};
use farjump_loader::signature::{self, VerificationKey};

use crate::build::{self, Boot, BuiltModule, Stage2};
use crate::interrupt;
use crate::output::outln;
use crate::signing_key::SigningKey;
use crate::temporary;
use crate::workspace::Workspace;

pub use own_folder::OwnFolder;

/// Where the kernel stands in the image.
const KERNEL_PATH: &str = "/kernel.elf";

/// Options of `cargo xtask image`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// The kernel's ELF file [default: build the one in kernel/]
    #[arg(long, value_name = "ELF")]
    pub kernel: Option<PathBuf>,
    /// A file that the loader hands to the kernel; may be given several times
    #[arg(long = "module", value_name = "FILE")]
    pub modules: Vec<PathBuf>,
    /// A file that is only put on the volume; may be given several times
    #[arg(long = "file", value_name = "SRC=DST", value_parser = parse_file)]
    pub files: Vec<ExtraFile>,
    /// What the kernel gets as its command line
    #[arg(long, value_name = "STR", conflicts_with = "config")]
    pub cmdline: Option<String>,
    /// A farjump.conf of your own instead of the generated one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Bytes for farjump.conf that aren't checked: tests put nonsense here. Stronger than `config`.
    #[arg(skip)]
    pub raw_config: Option<Vec<u8>>,
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
    /// Take any kernel: tests give ones that the loader must refuse.
    #[arg(skip)]
    pub unchecked_kernel: bool,
    /// Put the modules of modules/ on the volume, as beside the kernel in kernel/: tests want it for others.
    #[arg(skip)]
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
    /// The kind of FAT, where it shouldn't follow from the size: tests choose it.
    #[arg(skip)]
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
/// As [`make`].
pub fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::locate()?;
    let path = make(&workspace, args)?;
    let size = path.metadata().with_context(|| format!("can't read {}", path.display()))?.len();
    outln!("{}: {}", path.display(), disk_image::format_size(size));
    Ok(ExitCode::SUCCESS)
}

/// Builds what the image needs (the shown kernel, if `args` names no other) and writes the image; gives its path.
///
/// # Errors
/// Something doesn't build; a file is missing or isn't what it should be; the contents don't fit. What
/// was at the image's path before is then still there.
pub fn make(workspace: &Workspace, args: &Args) -> Result<PathBuf> {
    let output = output_path(workspace, args)?;
    let target = check_output(args, &output)?;
    let mut config = config::contents(args)?;
    check_input(args)?;
    let key = args.sign.as_deref().map(SigningKey::read).transpose()?;
    ensure!(
        key.is_none() || matches!(args.verify, None | Some(Verify::Sha256)),
        "a signed image is verified by SHA-256; leave out --verify"
    );
    let boot = build::stages(workspace, stage2(&config, key.as_ref(), args), args.offline)?;
    let kernel = match &args.kernel {
        Some(kernel) => kernel.clone(),
        None => build::demo_kernel(workspace, args.offline)?,
    };
    let symbols = if args.has_symbols()? { symbols::table(&kernel)? } else { None };
    let scratch = temporary::Folder::create(&std::env::temp_dir(), "farjump-")?;
    let kernel = if args.strips() { strip::stripped_copy(&kernel, scratch.path())? } else { kernel };
    if symbols.is_some() && args.config.is_none() && args.raw_config.is_none() {
        config.extend(format!("module = {}\n", symbols::PATH).into_bytes());
    }
    let mut plan = plan(&boot, &kernel, symbols, args)?;
    if args.has_own_modules() {
        add_modules(&mut plan, &build::modules(workspace, args.offline)?, args)?;
        add_programs(&mut plan, workspace, args)?;
    }
    add_config(&mut plan, config, key.as_ref(), args)?;
    if args.format == Format::Raw {
        write(&plan, &target)?;
    } else {
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let scratch = temporary::Folder::create(folder, ".farjump-")?;
        let raw = scratch.path().join("raw.img");
        write(&plan, &raw)?;
        convert::convert(&raw, args.format, &target)?;
    }
    Ok(output)
}

impl Args {
    /// Whether the table of function names is to be made: not where a file of the user's has its name.
    fn has_symbols(&self) -> Result<bool> {
        Ok(!self.no_symbols && !self.is_taken(symbols::PATH)?)
    }

    /// Whether the kernel is stripped: a floppy's always is.
    fn strips(&self) -> bool {
        self.strip || self.size == Some(disk_image::FLOPPY_SIZE)
    }

    /// Whether what is in modules/ and programs/ is on the volume too.
    fn has_own_modules(&self) -> bool {
        self.own_modules || self.kernel.is_none()
    }

    /// Whether a file of the user's has this name in the image.
    fn is_taken(&self, name: &str) -> Result<bool> {
        let modules =
            self.modules.iter().map(|module| config::module_path(module)).collect::<Result<Vec<_>>>()?;
        let files = self.files.iter().map(|file| &file.destination);
        Ok(modules.iter().chain(files).any(|path| path.eq_ignore_ascii_case(name)))
    }
}

/// The file that `output` leads to, once it is known that writing it destroys nothing else.
fn check_output(args: &Args, output: &Path) -> Result<PathBuf> {
    let target = disk_image::replaceable(output)?;
    let files = args.files.iter().map(|file| &file.source);
    let mut inputs = args.kernel.iter().chain(&args.config).chain(&args.modules).chain(files);
    if let Some(input) = inputs.find(|input| input.canonicalize().is_ok_and(|input| input == target)) {
        bail!(
            "{}: is read for the image, and would be overwritten by it; choose another -o",
            input.display()
        );
    }
    Ok(target)
}

/// The stage 2 that this configuration needs.
fn stage2(config: &[u8], key: Option<&SigningKey>, args: &Args) -> Stage2 {
    if let Some(key) = key {
        return Stage2::Signed(VerificationKey::new(key.public(), args.counter));
    }
    let verify = args.verify.or(Config::parse(config).ok().map(|config| config.verify));
    if verify == Some(Verify::Sha256) { Stage2::Sha256 } else { Stage2::Plain }
}

/// Adds the configuration, with the digests of files in `plan` and its seal, and its signature. A signed one lists all
/// files: the kernel runs none of the volume's that it doesn't list.
fn add_config(
    plan: &mut ImagePlan<'_>,
    mut config: Vec<u8>,
    key: Option<&SigningKey>,
    args: &Args,
) -> Result<()> {
    if args.raw_config.is_none() {
        if key.is_some() {
            config.extend(format!("counter = {}\n", args.counter).into_bytes());
        }
        let verify = if key.is_some() { Some(Verify::Sha256) } else { args.verify };
        let others: Vec<&str> = plan.paths().filter(|_| key.is_some()).collect();
        config = seal::sealed(&config, verify, &others, &mut |wanted| {
            plan.read(wanted)?.with_context(|| format!("{wanted}: not in the image"))
        })?;
    }
    let signature = key.map(|key| key.sign(&config));
    plan.add_bytes_first(farjump_loader::config::PATH, config)?;
    if let Some(signature) = signature {
        plan.add_bytes(signature::PATH, signature.into())?;
    }
    Ok(())
}

/// Finds what is wrong with the command line before anything is built.
fn check_input(args: &Args) -> Result<()> {
    if let Some(kernel) = args.kernel.as_ref().filter(|_| !args.unchecked_kernel) {
        elf_check::check(kernel)?;
    }
    for source in args.modules.iter().chain(args.files.iter().map(|file| &file.source)) {
        source.metadata().with_context(|| format!("{}: can't read it", source.display()))?;
    }
    if args.format == Format::Raw { Ok(()) } else { convert::check_installed(args.format) }
}

fn plan<'a>(boot: &'a Boot, kernel: &Path, symbols: Option<Vec<u8>>, args: &Args) -> Result<ImagePlan<'a>> {
    let mut plan = ImagePlan::new(&boot.stage1, &boot.stage2);
    plan.add_file(KERNEL_PATH, kernel)?;
    for module in &args.modules {
        plan.add_file(&config::module_path(module)?, module)?;
    }
    if let Some(symbols) = symbols {
        plan.add_bytes(symbols::PATH, symbols)?;
    }
    for file in &args.files {
        plan.add_file(&file.destination, &file.source)?;
    }
    if let Some(size) = args.size {
        plan.set_size(size);
    }
    if let Some(kind) = args.fat {
        plan.set_kind(kind);
    }
    Ok(plan)
}

/// Puts modules on the volume, but where the user has something else of the name.
fn add_modules(plan: &mut ImagePlan<'_>, modules: &[BuiltModule], args: &Args) -> Result<()> {
    for module in modules {
        let path = config::module_path(&module.path)?;
        if !args.is_taken(&path)? {
            plan.add_file(&path, &module.path)?;
        }
    }
    Ok(())
}

/// The same for the programs of programs/.
fn add_programs(plan: &mut ImagePlan<'_>, workspace: &Workspace, args: &Args) -> Result<()> {
    for (path, bytes) in programs::all(workspace)? {
        if !args.is_taken(&path)? {
            plan.add_bytes(&path, bytes)?;
        }
    }
    Ok(())
}

fn write(plan: &ImagePlan<'_>, output: &Path) -> Result<()> {
    let bar = progress::bar(plan.content_bytes(), "writing the image");
    let temporary = TemporaryImage::beside(output)?;
    let _undo = interrupt::removes_file(temporary.path().to_owned());
    let written = plan.write_to(&temporary, &mut |bytes| bar.inc(bytes));
    bar.finish_and_clear();
    written?;
    temporary.replace_target()?;
    Ok(())
}

/// The image's path, whose folder exists.
fn output_path(workspace: &Workspace, args: &Args) -> Result<PathBuf> {
    if let Some(output) = &args.output {
        return Ok(output.clone());
    }
    fs::create_dir_all(&workspace.target)
        .with_context(|| format!("can't create {}", workspace.target.display()))?;
    Ok(workspace.target.join("farjump").with_extension(args.format.ending()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_also_an_input_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let kernel = folder.path().join("kernel.elf");
        fs::write(&kernel, "precious").unwrap();
        let args = Args { kernel: Some(kernel.clone()), ..Args::default() };
        let error = check_output(&args, &kernel).unwrap_err();
        assert!(error.to_string().contains("overwritten"), "{error}");
        assert!(check_output(&args, &folder.path().join("new.img")).is_ok());
    }

    #[test]
    #[cfg(unix)]
    fn an_output_that_is_no_file_is_refused_in_every_format() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&socket, &link).unwrap();
        for output in [socket.as_path(), &link, folder.path()] {
            assert!(check_output(&Args::default(), output).is_err(), "{}", output.display());
        }
    }
}
