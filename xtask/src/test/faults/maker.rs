//! Makes disks: from parts that are built once, so that a disk costs milliseconds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use disk_image::{FLOPPY_SIZE, FatKind, ImagePlan};
use farjump_loader::config::Verify;
use farjump_loader::signature::{self, VerificationKey};

use crate::test::runner::lock;
use farjump::build::{self, Boot, Stage2};
use farjump::image::seal;
use farjump::image::strip::stripped;
use farjump::signing_key::SigningKey;
use farjump::workspace::Workspace;

/// Where the kernel stands on the disks.
pub(super) const KERNEL_PATH: &str = "/kernel.elf";

/// Where a module stands on the disks.
pub(super) const MODULE_PATH: &str = "/modules/numbers.bin";

/// Bytes of a large module.
const LARGE_SIZE: usize = 256 << 20;

/// A configuration that nothing verifies.
pub(super) const UNSEALED: &str = "kernel = /kernel.elf\ncmdline = exit\n";

/// What disks are made of.
pub(super) struct Maker {
    pub(super) boot: Boot,
    /// The shown kernel's ELF file.
    pub(super) kernel: Vec<u8>,
    /// The boot sector that worsens machines, and its body.
    pub(super) shim: Vec<u8>,
    /// The disk with a large module, once it is made.
    large: Mutex<Option<PathBuf>>,
    folder: tempfile::TempDir,
    workspace: Workspace,
    offline: bool,
}

/// What is on a signed disk, beside the stages.
pub(super) struct SignedSet {
    pub(super) config: Vec<u8>,
    pub(super) kernel: Vec<u8>,
    pub(super) module: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl SignedSet {
    /// `text` with the hashes of this set's files.
    pub(super) fn sealed(&self, text: &[u8]) -> Result<Vec<u8>> {
        seal::sealed(text, Some(Verify::Sha256), &[], &mut |path| {
            Ok(if path == KERNEL_PATH { self.kernel.clone() } else { self.module.clone() })
        })
    }
}

/// A key for tests alone.
fn signing_key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

/// A disk in the making.
pub(super) struct Disk<'a> {
    maker: &'a Maker,
    stages: Option<Boot>,
    config: Vec<u8>,
    kernel: Vec<u8>,
    kind: Option<FatKind>,
    size: Option<u64>,
    files: Vec<(String, Vec<u8>)>,
}

impl Maker {
    /// Builds stages and kernel.
    pub(super) fn new(workspace: &Workspace, offline: bool) -> Result<Self> {
        let boot = build::stages(workspace, Stage2::Plain, offline)?;
        let kernel = build::demo_kernel(workspace, offline)?;
        let kernel = fs::read(&kernel).with_context(|| format!("can't read {}", kernel.display()))?;
        let shim = super::shim::build(workspace, offline)?;
        fs::create_dir_all(&workspace.target)?;
        let folder = tempfile::tempdir_in(&workspace.target)?;
        let large = Mutex::new(None);
        Ok(Self { boot, kernel, shim, large, folder, workspace: workspace.clone(), offline })
    }

    /// A folder for the files of boots.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The usual disk: kernel, a module, and a configuration that is sealed.
    pub(super) fn sealed(&self) -> Result<Vec<u8>> {
        let module: Vec<u8> = (0..=250).cycle().take(20_000).collect();
        let text = format!("{UNSEALED}module = {MODULE_PATH}\n");
        let config = seal::sealed(text.as_bytes(), None, &[], &mut |path| {
            Ok(if path == KERNEL_PATH { self.kernel.clone() } else { module.clone() })
        })?;
        self.disk().config(config).file(MODULE_PATH, module.clone()).make()
    }

    /// A disk with this one of tests/kernels.
    pub(super) fn test_kernel(&self, name: &str) -> Result<Vec<u8>> {
        let kernels = build::kernels(&self.workspace, "test-kernels", &[name], self.offline)?;
        let path = kernels.get(name).with_context(|| format!("no kernel `{name}`"))?;
        self.disk().kernel(fs::read(path)?).make()
    }

    /// A floppy with the shown kernel.
    pub(super) fn floppy(&self) -> Result<Vec<u8>> {
        let kernel = stripped(self.kernel.clone())?;
        Disk { kind: None, size: Some(FLOPPY_SIZE), ..self.disk() }.kernel(kernel).make()
    }

    /// A disk in a file, with a module of this many bytes; the same each time.
    pub(super) fn large(&self) -> Result<PathBuf> {
        let mut made = lock(&self.large);
        if made.is_none() {
            let path = self.folder().join("large.img");
            let config = format!("{UNSEALED}module = {MODULE_PATH}\n");
            let module = vec![0; LARGE_SIZE];
            let disk = Disk { kind: None, ..self.disk() };
            disk.config(config).file(MODULE_PATH, module).write(&path)?;
            *made = Some(path);
        }
        made.clone().context("it was just made")
    }

    /// What is to be on a signed disk.
    pub(super) fn signed_set(&self, counter: u64) -> Result<SignedSet> {
        let module = (0..=250).cycle().take(20_000).collect();
        let mut set =
            SignedSet { config: Vec::new(), kernel: self.kernel.clone(), module, signature: Vec::new() };
        let text = format!("{UNSEALED}module = {MODULE_PATH}\ncounter = {counter}\n");
        set.config = set.sealed(text.as_bytes())?;
        set.signature = signing_key().sign(&set.config).to_vec();
        Ok(set)
    }

    /// A disk with this set, and with a stage 2 that takes sets from `least_counter` on.
    pub(super) fn signed(&self, set: SignedSet, least_counter: u64) -> Result<Vec<u8>> {
        let trust = VerificationKey::new(signing_key().public(), least_counter);
        let boot = build::stages(&self.workspace, Stage2::Signed(trust), self.offline)?;
        let mut disk =
            self.disk().stages(boot).config(set.config).kernel(set.kernel).file(MODULE_PATH, set.module);
        if !set.signature.is_empty() {
            disk = disk.file(signature::PATH, set.signature);
        }
        disk.make()
    }

    /// A disk with the shown kernel and a configuration that nothing verifies.
    pub(super) fn disk(&self) -> Disk<'_> {
        Disk {
            maker: self,
            stages: None,
            config: UNSEALED.into(),
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

    pub(super) fn config(self, config: impl Into<Vec<u8>>) -> Self {
        Self { config: config.into(), ..self }
    }

    pub(super) fn kernel(self, kernel: Vec<u8>) -> Self {
        Self { kernel, ..self }
    }

    pub(super) fn kind(self, kind: FatKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    pub(super) fn file(mut self, path: &str, bytes: Vec<u8>) -> Self {
        self.files.push((path.to_owned(), bytes));
        self
    }

    /// The disk's bytes.
    pub(super) fn make(self) -> Result<Vec<u8>> {
        let image = tempfile::Builder::new().suffix(".img").tempfile_in(self.maker.folder())?;
        self.write(image.path())?;
        Ok(fs::read(image.path())?)
    }

    /// Writes the disk to a file.
    fn write(self, path: &Path) -> Result<()> {
        let boot = self.stages.as_ref().unwrap_or(&self.maker.boot);
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

/// Where things are on a disk with a FAT16 volume, in bytes.
pub(super) struct Places {
    pub(super) fat: std::ops::Range<usize>,
    pub(super) root: std::ops::Range<usize>,
    data: usize,
    cluster: usize,
}

impl Places {
    /// Those of `disk`, by its boot record.
    ///
    /// Source: Microsoft FAT specification, "BPB".
    pub(super) fn of(disk: &[u8]) -> Self {
        let volume = boot_layout::disk::PARTITION_LBA as usize * 512;
        let word = |at: usize| usize::from(u16::from_le_bytes([disk[volume + at], disk[volume + at + 1]]));
        let fat = volume + word(14) * 512;
        let fat_size = word(22) * 512;
        let root = fat + fat_size * usize::from(disk[volume + 16]);
        let data = root + word(17) * 32;
        Self {
            fat: fat..fat + fat_size,
            root: root..data,
            data,
            cluster: usize::from(disk[volume + 13]) * 512,
        }
    }

    /// The directory entry of this short name, as 11 characters.
    pub(super) fn entry(&self, disk: &[u8], name: &[u8; 11]) -> Result<usize> {
        let entries = disk.get(self.root.clone()).unwrap_or_default().chunks(32);
        let index = entries.enumerate().find(|(_, entry)| entry.starts_with(name)).map(|(index, _)| index);
        let name = String::from_utf8_lossy(name);
        Ok(self.root.start + index.with_context(|| format!("the root directory has no {name}"))? * 32)
    }

    /// The module's entry in its folder.
    pub(super) fn module_entry(&self, disk: &[u8]) -> Result<usize> {
        let folder = self.bytes(Self::first_cluster(disk, self.entry(disk, b"MODULES    ")?));
        let mut entries = disk.get(folder..).unwrap_or_default().chunks(32);
        let index = entries.position(|entry| entry.starts_with(b"NUMBERS BIN"));
        Ok(folder + index.context("there is no module")? * 32)
    }

    /// The first cluster of the file or folder with this entry.
    pub(super) fn first_cluster(disk: &[u8], entry: usize) -> usize {
        usize::from(u16::from_le_bytes([disk[entry + 26], disk[entry + 27]]))
    }

    /// All clusters of the file or folder with this entry, in order.
    pub(super) fn chain(&self, disk: &[u8], entry: usize) -> Vec<usize> {
        let link = |cluster: usize| {
            let at = self.link(cluster);
            usize::from(u16::from_le_bytes([disk[at], disk[at + 1]]))
        };
        let first = Self::first_cluster(disk, entry);
        std::iter::successors(Some(first), |cluster| Some(link(*cluster)).filter(|next| *next < 0xFFF8))
            .collect()
    }

    /// The number that follows the last cluster's.
    pub(super) fn cluster_limit(&self, disk: &[u8]) -> usize {
        let volume = boot_layout::disk::PARTITION_LBA as usize * 512;
        let total = u32::from_le_bytes(std::array::from_fn(|index| disk[volume + 32 + index]));
        let total = match u16::from_le_bytes([disk[volume + 19], disk[volume + 20]]) {
            0 => total as usize,
            small => usize::from(small),
        };
        2 + (volume + total * 512 - self.data) / self.cluster
    }

    /// The bytes of the file with this entry, whose clusters follow one another.
    pub(super) fn file(&self, disk: &[u8], entry: usize) -> std::ops::Range<usize> {
        let start = self.bytes(Self::first_cluster(disk, entry));
        let size = u32::from_le_bytes(std::array::from_fn(|index| disk[entry + 28 + index]));
        start..start + size as usize
    }

    /// Where a cluster's link stands.
    pub(super) fn link(&self, cluster: usize) -> usize {
        self.fat.start + cluster * 2
    }

    /// Where a cluster's bytes are.
    pub(super) fn bytes(&self, cluster: usize) -> usize {
        self.data + (cluster - 2) * self.cluster
    }
}
