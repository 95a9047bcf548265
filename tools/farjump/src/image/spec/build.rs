//! The steps that make an image: each takes what the steps before it returned.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use disk_image::{ImagePlan, TemporaryImage};
use farjump_loader::config::Verify;
use farjump_loader::signature::{self, VerificationKey};

use super::super::config::{self, UserConfig};
use super::super::{Format, KERNEL_PATH, checksums, convert, elf_check, programs, progress, strip, symbols};
use super::ImageSpec;
use crate::build::{self, Boot, Stage2};
use crate::interrupt;
use crate::signing_key::SigningKey;
use crate::temporary;
use crate::workspace::Workspace;

/// A kernel as it goes into the image.
struct KernelFiles {
    elf: PathBuf,
    /// The table of its function names.
    symbols: Option<Vec<u8>>,
}

impl ImageSpec {
    /// Builds what the image needs and writes it; returns its path.
    ///
    /// # Errors
    /// Something doesn't build; a file is missing or isn't what it should be; the contents don't fit. What
    /// was at the image's path before is then still there.
    pub fn build(&self, workspace: &Workspace) -> Result<PathBuf> {
        let output = self.output_path(workspace)?;
        let target = self.check_output(&output)?;
        let config = self.config.as_deref().map(|path| UserConfig::read(path, self)).transpose()?;
        self.check_input()?;
        let key = self.signing_key()?;
        let boot = build::stages(workspace, self.stage2(config.as_ref(), key.as_ref()), self.offline)?;
        let scratch = temporary::Directory::create(&std::env::temp_dir(), "farjump-")?;
        let kernel = self.kernel_files(workspace, scratch.path())?;
        let mut plan = self.plan(&boot, &kernel)?;
        if self.has_own_modules() {
            self.add_modules(&mut plan, workspace)?;
            self.add_programs(&mut plan, workspace)?;
        }
        let config = match config {
            Some(config) => config.bytes,
            None => config::generated(self, kernel.symbols.is_some())?.into_bytes(),
        };
        self.add_config(&mut plan, &config, key.as_ref())?;
        self.write(&plan, &target)?;
        Ok(output)
    }

    /// Whether what is in modules/ and programs/ is on the volume too.
    pub(in crate::image) fn has_own_modules(&self) -> bool {
        self.own_modules || self.kernel.is_none()
    }

    /// Whether the table of function names is to be made: not where a file of the user's has its name.
    pub(in crate::image) fn wants_symbols(&self) -> Result<bool> {
        Ok(!self.without_symbols && !self.is_taken(symbols::PATH)?)
    }

    /// Whether a file of the user's has this name in the image.
    fn is_taken(&self, name: &str) -> Result<bool> {
        let modules =
            self.modules.iter().map(|module| config::module_path(module)).collect::<Result<Vec<_>>>()?;
        let files = self.files.iter().map(|file| &file.destination);
        Ok(modules.iter().chain(files).any(|path| path.eq_ignore_ascii_case(name)))
    }

    /// Returns the image's path, whose directory exists.
    fn output_path(&self, workspace: &Workspace) -> Result<PathBuf> {
        if let Some(output) = &self.output {
            return Ok(output.clone());
        }
        fs::create_dir_all(&workspace.target)
            .with_context(|| format!("can't create {}", workspace.target.display()))?;
        Ok(workspace.target.join("farjump").with_extension(self.format.ending()))
    }

    /// Returns the file that `output` leads to, once it is known that writing it destroys nothing else.
    fn check_output(&self, output: &Path) -> Result<PathBuf> {
        let target = disk_image::replaceable(output)?;
        let files = self.files.iter().map(|file| &file.source);
        let mut inputs = self.kernel.iter().chain(&self.config).chain(&self.modules).chain(files);
        if let Some(input) = inputs.find(|input| input.canonicalize().is_ok_and(|input| input == target)) {
            bail!(
                "{}: is read for the image, and would be overwritten by it; choose another -o",
                input.display()
            );
        }
        Ok(target)
    }

    /// Finds what is wrong with the input before anything is built.
    fn check_input(&self) -> Result<()> {
        if self.config.is_none() {
            config::generated(self, false)?;
        }
        if let Some(kernel) = &self.kernel {
            elf_check::check(kernel)?;
        }
        for source in self.modules.iter().chain(self.files.iter().map(|file| &file.source)) {
            source.metadata().with_context(|| format!("{}: can't read it", source.display()))?;
        }
        if self.format == Format::Raw { Ok(()) } else { convert::check_installed(self.format) }
    }

    /// Returns the key that signs the image.
    fn signing_key(&self) -> Result<Option<SigningKey>> {
        let key = self.signer.as_ref().map(|signer| SigningKey::read(&signer.key)).transpose()?;
        ensure!(
            key.is_none() || matches!(self.verify, None | Some(Verify::Sha256)),
            "a signed image is verified by SHA-256; leave out --verify"
        );
        Ok(key)
    }

    /// Returns the stage 2 that the configuration needs.
    fn stage2(&self, config: Option<&UserConfig>, key: Option<&SigningKey>) -> Stage2 {
        if let (Some(key), Some(signer)) = (key, &self.signer) {
            return Stage2::Signed(VerificationKey::new(key.public(), signer.rollback_index));
        }
        let verify = self.verify.or(config.map(|config| config.verify));
        if verify == Some(Verify::Sha256) { Stage2::Sha256 } else { Stage2::Plain }
    }

    /// Returns the kernel as it goes into the image; a stripped one is made in `scratch`.
    fn kernel_files(&self, workspace: &Workspace, scratch: &Path) -> Result<KernelFiles> {
        let elf = match &self.kernel {
            Some(kernel) => kernel.clone(),
            None => build::demo_kernel(workspace, self.offline)?,
        };
        let symbols = if self.wants_symbols()? { symbols::table(&elf)? } else { None };
        let is_stripped = self.is_stripped || self.size == Some(disk_image::FLOPPY_SIZE);
        let elf = if is_stripped { strip::stripped_copy(&elf, scratch)? } else { elf };
        Ok(KernelFiles { elf, symbols })
    }

    /// Returns the plan of all that the user has named.
    fn plan<'a>(&self, boot: &'a Boot, kernel: &KernelFiles) -> Result<ImagePlan<'a>> {
        let mut plan = ImagePlan::new(&boot.stage1, &boot.stage2);
        plan.add_file(KERNEL_PATH, &kernel.elf)?;
        for module in &self.modules {
            plan.add_file(&config::module_path(module)?, module)?;
        }
        if let Some(symbols) = &kernel.symbols {
            plan.add_bytes(symbols::PATH, symbols.clone())?;
        }
        for file in &self.files {
            plan.add_file(&file.destination, &file.source)?;
        }
        if let Some(size) = self.size {
            plan.set_size(size);
        }
        if let Some(kind) = self.fat {
            plan.set_kind(kind);
        }
        Ok(plan)
    }

    /// Puts the modules of modules/ on the volume, unless the user has something else of the name.
    fn add_modules(&self, plan: &mut ImagePlan<'_>, workspace: &Workspace) -> Result<()> {
        for module in build::modules(workspace, self.offline)? {
            let path = config::module_path(&module.path)?;
            if !self.is_taken(&path)? {
                plan.add_file(&path, &module.path)?;
            }
        }
        Ok(())
    }

    /// The same for the programs of programs/.
    fn add_programs(&self, plan: &mut ImagePlan<'_>, workspace: &Workspace) -> Result<()> {
        for (path, bytes) in programs::all(workspace)? {
            if !self.is_taken(&path)? {
                plan.add_bytes(&path, bytes)?;
            }
        }
        Ok(())
    }

    /// Adds the configuration, with the digests of files in `plan` and its checksum, and its signature. A signed one lists
    /// all files: the kernel runs none of the volume's that it doesn't list.
    fn add_config(&self, plan: &mut ImagePlan<'_>, config: &[u8], key: Option<&SigningKey>) -> Result<()> {
        let read =
            &mut |wanted: &str| plan.read(wanted)?.with_context(|| format!("{wanted}: not in the image"));
        let Some((key, signer)) = key.zip(self.signer.as_ref()) else {
            let config = checksums::update(config, self.verify, &[], read)?;
            plan.add_bytes_first(farjump_loader::config::PATH, config)?;
            return Ok(());
        };
        let listing = [config, format!("counter = {}\n", signer.rollback_index).as_bytes()].concat();
        let config =
            checksums::update(&listing, Some(Verify::Sha256), &plan.paths().collect::<Vec<_>>(), read)?;
        let signature = key.sign(&config);
        plan.add_bytes_first(farjump_loader::config::PATH, config)?;
        plan.add_bytes(signature::PATH, signature.into())?;
        Ok(())
    }

    /// Writes the image, in its format.
    fn write(&self, plan: &ImagePlan<'_>, target: &Path) -> Result<()> {
        if self.format == Format::Raw {
            return write_raw(plan, target);
        }
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let scratch = temporary::Directory::create(directory.unwrap_or(Path::new(".")), ".farjump-")?;
        let raw = scratch.path().join("raw.img");
        write_raw(plan, &raw)?;
        convert::convert(&raw, self.format, target)
    }
}

fn write_raw(plan: &ImagePlan<'_>, output: &Path) -> Result<()> {
    let bar = progress::bar(plan.content_bytes(), "writing the image");
    let temporary = TemporaryImage::beside(output)?;
    let _undo = interrupt::removes_file(temporary.path().to_owned());
    let written = plan.write_to(&temporary, &mut |bytes| bar.inc(bytes));
    bar.finish_and_clear();
    written?;
    temporary.replace_target()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_also_an_input_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let kernel = directory.path().join("kernel.elf");
        fs::write(&kernel, "precious").unwrap();
        let spec = ImageSpec::new(&kernel);
        let error = spec.check_output(&kernel).unwrap_err();
        assert!(error.to_string().contains("overwritten"), "{error}");
        assert!(spec.check_output(&directory.path().join("new.img")).is_ok());
    }

    #[test]
    #[cfg(unix)]
    fn an_output_that_is_no_file_is_refused_in_every_format() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&socket, &link).unwrap();
        for output in [socket.as_path(), &link, directory.path()] {
            assert!(ImageSpec::demo().check_output(output).is_err(), "{}", output.display());
        }
    }

    #[test]
    fn a_file_of_the_users_takes_the_place_of_the_symbols() {
        assert!(ImageSpec::new("k").wants_symbols().unwrap());
        assert!(!ImageSpec::new("k").without_symbols().wants_symbols().unwrap());
        assert!(!ImageSpec::new("k").file("mine", "/MODULES/kernel.sym").wants_symbols().unwrap());
    }

    #[test]
    fn the_modules_of_the_tree_come_with_the_demo_kernel_or_when_asked_for() {
        assert!(ImageSpec::demo().has_own_modules());
        assert!(!ImageSpec::new("k").has_own_modules());
        assert!(ImageSpec::new("k").own_modules().has_own_modules());
    }
}
