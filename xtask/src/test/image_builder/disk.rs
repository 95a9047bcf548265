//! Disks that are put together part by part, for scenarios that change single bytes of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use disk_image::{FLOPPY_SIZE, FatKind, ImagePlan};
use farjump_loader::config::Verify;
use farjump_loader::signature;

use super::{ImageBuilder, lock, signing_key};
use farjump::build::Boot;
use farjump::image::checksums;
use farjump::image::strip::stripped;

/// The path of the kernel on the disks.
pub(in crate::test) const KERNEL_PATH: &str = "/kernel.elf";

/// The path of a module on the disks.
pub(in crate::test) const MODULE_PATH: &str = "/modules/numbers.bin";

/// Bytes of a large module.
const LARGE_SIZE: usize = 256 << 20;

/// A configuration that nothing verifies.
pub(in crate::test) const UNVERIFIED_CONFIG: &str = "kernel = /kernel.elf\ncmdline = exit\n";

/// The contents of a signed disk, without the stages.
pub(in crate::test) struct SignedSet {
    pub(in crate::test) config: Vec<u8>,
    pub(in crate::test) kernel: Vec<u8>,
    pub(in crate::test) module: Vec<u8>,
    pub(in crate::test) signature: Vec<u8>,
}

impl SignedSet {
    /// Returns `text` with the hashes of this set's files.
    pub(in crate::test) fn with_hashes(&self, text: &[u8]) -> Result<Vec<u8>> {
        checksums::update(text, Some(Verify::Sha256), &[], &mut |path| {
            Ok(if path == KERNEL_PATH { self.kernel.clone() } else { self.module.clone() })
        })
    }
}

/// A disk in the making.
pub(in crate::test) struct Disk<'a> {
    builder: &'a ImageBuilder,
    stages: Option<Boot>,
    config: Vec<u8>,
    kernel: Vec<u8>,
    kind: Option<FatKind>,
    size: Option<u64>,
    files: Vec<(String, Vec<u8>)>,
}

impl ImageBuilder {
    /// Returns the standard disk: kernel, a module, and a configuration with checksums. It is made once.
    pub(in crate::test) fn standard(&self) -> Result<Vec<u8>> {
        let mut made = lock(&self.standard);
        if made.is_none() {
            *made = Some(self.make_standard()?);
        }
        made.clone().context("it was just made")
    }

    fn make_standard(&self) -> Result<Vec<u8>> {
        let module: Vec<u8> = (0..=250).cycle().take(20_000).collect();
        let text = format!("{UNVERIFIED_CONFIG}module = {MODULE_PATH}\n");
        let config = checksums::update(text.as_bytes(), None, &[], &mut |path| {
            Ok(if path == KERNEL_PATH { self.kernel.clone() } else { module.clone() })
        })?;
        self.disk().config(config).file(MODULE_PATH, module.clone()).make()
    }

    /// A disk with this test kernel.
    pub(in crate::test) fn disk_of_test_kernel(&self, name: &str) -> Result<Vec<u8>> {
        self.disk().kernel(fs::read(self.test_kernels.path(name)?)?).make()
    }

    /// A floppy with the demo kernel.
    pub(in crate::test) fn floppy(&self) -> Result<Vec<u8>> {
        let kernel = stripped(self.kernel.clone())?;
        Disk { kind: None, size: Some(FLOPPY_SIZE), ..self.disk() }.kernel(kernel).make()
    }

    /// Returns the path of a disk with a large module; it is made once.
    pub(in crate::test) fn large(&self) -> Result<PathBuf> {
        let mut made = lock(&self.large);
        if made.is_none() {
            let path = self.directory.path().join("large.img");
            let config = format!("{UNVERIFIED_CONFIG}module = {MODULE_PATH}\n");
            let module = vec![0; LARGE_SIZE];
            let disk = Disk { kind: None, ..self.disk() };
            disk.config(config).file(MODULE_PATH, module).write(&path)?;
            *made = Some(path);
        }
        made.clone().context("it was just made")
    }

    /// Returns the contents of a signed disk.
    pub(in crate::test) fn signed_set(&self, counter: u64) -> Result<SignedSet> {
        let module = (0..=250).cycle().take(20_000).collect();
        let mut set =
            SignedSet { config: Vec::new(), kernel: self.kernel.clone(), module, signature: Vec::new() };
        let text = format!("{UNVERIFIED_CONFIG}module = {MODULE_PATH}\ncounter = {counter}\n");
        set.config = set.with_hashes(text.as_bytes())?;
        set.signature = signing_key().sign(&set.config).to_vec();
        Ok(set)
    }

    /// A disk with this set, and with a stage 2 that takes sets from `min_rollback_index` on.
    pub(in crate::test) fn signed(&self, set: SignedSet, min_rollback_index: u64) -> Result<Vec<u8>> {
        let boot = self.signed_stages(min_rollback_index)?;
        let mut disk =
            self.disk().stages(boot).config(set.config).kernel(set.kernel).file(MODULE_PATH, set.module);
        if !set.signature.is_empty() {
            disk = disk.file(signature::PATH, set.signature);
        }
        disk.make()
    }

    /// A disk with the demo kernel and a configuration that nothing verifies.
    pub(in crate::test) fn disk(&self) -> Disk<'_> {
        Disk {
            builder: self,
            stages: None,
            config: UNVERIFIED_CONFIG.into(),
            kernel: self.kernel.clone(),
            kind: Some(FatKind::Fat16),
            size: None,
            files: Vec::new(),
        }
    }
}

impl Disk<'_> {
    fn stages(self, stages: Boot) -> Self {
        Self { stages: Some(stages), ..self }
    }

    pub(in crate::test) fn config(self, config: impl Into<Vec<u8>>) -> Self {
        Self { config: config.into(), ..self }
    }

    pub(in crate::test) fn kernel(self, kernel: Vec<u8>) -> Self {
        Self { kernel, ..self }
    }

    pub(in crate::test) fn file(mut self, path: &str, bytes: Vec<u8>) -> Self {
        self.files.push((path.to_owned(), bytes));
        self
    }

    /// The disk's bytes.
    pub(in crate::test) fn make(self) -> Result<Vec<u8>> {
        let image = tempfile::Builder::new().suffix(".img").tempfile_in(self.builder.directory.path())?;
        self.write(image.path())?;
        Ok(fs::read(image.path())?)
    }

    /// Writes the disk to a file.
    fn write(self, path: &Path) -> Result<()> {
        let boot = self.stages.as_ref().unwrap_or(&self.builder.boot);
        let mut plan = ImagePlan::new(&boot.stage1, &boot.stage2);
        plan.add_bytes(farjump_loader::config::PATH, self.config)?;
        plan.add_bytes(KERNEL_PATH, self.kernel)?;
        for (path, bytes) in self.files {
            plan.add_bytes(&path, bytes)?;
        }
        if let Some(kind) = self.kind {
            plan.set_kind(kind);
        }
        if let Some(size) = self.size {
            plan.set_size(size);
        }
        plan.write(path, &mut |_| ())?;
        Ok(())
    }
}
