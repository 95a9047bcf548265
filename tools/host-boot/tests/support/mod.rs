//! Disks to boot from: a kernel made by hand, a module, and a configuration with their checksums.

#![expect(clippy::unwrap_used, reason = "it is a test")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses a part of it")]

pub(crate) mod elf;

use disk_image::{FatKind, ImagePlan};
use farjump_checksum::Sums;
use farjump_loader::config::{self, Verify};
use farjump_loader::elf_plan::{KernelHeader, KernelPlan};
use farjump_loader::policy::Policy;
use host_boot::{HostDisk, Kernel, Ram, Report, Snapshot};
use sha2::Digest as _;

/// Path of the module.
pub(crate) const MODULE_PATH: &str = "/modules/numbers.bin";

/// MiB of the machine's memory.
pub(crate) const MEMORY_MIB: usize = 32;

/// A disk under construction.
pub(crate) struct Disk {
    pub(crate) kind: FatKind,
    pub(crate) kernel: Vec<u8>,
    pub(crate) module: Vec<u8>,
    /// Replaces the configuration with checksums.
    pub(crate) config: Option<Vec<u8>>,
    pub(crate) verify: Verify,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Disk {
    /// Returns the default disk.
    pub(crate) fn new() -> Self {
        Self {
            kind: FatKind::Fat16,
            kernel: elf::Elf::usual().to_bytes(),
            module: (0..=250).cycle().take(5000).collect(),
            config: None,
            verify: Verify::Checksum,
            files: Vec::new(),
        }
    }

    /// Returns the configuration with checksums.
    pub(crate) fn config(&self) -> Vec<u8> {
        let text = format!(
            "kernel = /kernel.elf\ncmdline = log=info\nmodule = {MODULE_PATH}\nverify = {}\n",
            self.verify.name()
        );
        let digests = [("/kernel.elf", kernel_parts(&self.kernel)), (MODULE_PATH, vec![&*self.module])];
        let lines = digests.into_iter().map(|(path, parts)| self.digest(path, &parts));
        with_config_checksum(&(text + &lines.collect::<String>()))
    }

    fn digest(&self, path: &str, parts: &[&[u8]]) -> String {
        match self.verify {
            Verify::None => String::new(),
            Verify::Checksum => {
                let mut sums = Sums::new();
                parts.iter().for_each(|part| sums.part(part));
                format!("checksum = {} {path}\n", sums.finish())
            }
            Verify::Sha256 => {
                let hash = parts.iter().fold(sha2::Sha256::new(), |hash, part| hash.chain_update(part));
                let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                format!("sha256 = {digits} {path}\n")
            }
        }
    }

    /// Returns the disk's bytes.
    pub(crate) fn make(&self) -> Vec<u8> {
        let mut stage1 = vec![0; 512];
        stage1[510..].copy_from_slice(&[0x55, 0xAA]);
        let stage2 = vec![0; 512];
        let mut plan = ImagePlan::new(&stage1, &stage2);
        let config = self.config.clone().unwrap_or_else(|| self.config());
        plan.add_bytes(config::PATH, config).unwrap();
        plan.add_bytes("/kernel.elf", self.kernel.clone()).unwrap();
        plan.add_bytes(MODULE_PATH, self.module.clone()).unwrap();
        for (path, bytes) in &self.files {
            plan.add_bytes(path, bytes.clone()).unwrap();
        }
        plan.set_kind(self.kind);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("disk.img");
        plan.write(&path, &mut |_| ()).unwrap();
        std::fs::read(path).unwrap()
    }

    /// Returns the data that a kernel on this disk must receive, according to the ELF file.
    pub(crate) fn expected(&self) -> Snapshot {
        let elf = elf::Elf::usual();
        Snapshot {
            entry: elf.entry,
            segments: elf.segments.iter().map(elf::Segment::in_memory).collect(),
            modules: vec![(MODULE_PATH.to_owned(), self.module.clone())],
            command_line: "log=info".to_owned(),
        }
    }
}

/// Returns `text` after a line with its checksum.
pub(crate) fn with_config_checksum(text: &str) -> Vec<u8> {
    format!("seal = {}\n{text}", config::checksum(text.as_bytes())).into_bytes()
}

/// Returns the parts of a kernel's file that are read; none if it isn't a kernel.
pub(crate) fn kernel_parts(file: &[u8]) -> Vec<&[u8]> {
    let size = file.len() as u64;
    let part = |range: std::ops::Range<u64>| {
        let [start, end] = [range.start, range.end].map(|offset| usize::try_from(offset).unwrap());
        &file[start..end]
    };
    let Ok(header) = KernelHeader::parse(file, size) else { return Vec::new() };
    let Ok(plan) = KernelPlan::new(&header, part(header.program_headers()), size) else { return Vec::new() };
    plan.file_parts(&header).map(part).collect()
}

/// Boots a disk whose kernel needs no signature.
pub(crate) fn boot(disk: &[u8]) -> (Report, Ram) {
    boot_with(HostDisk::new(disk), Policy::ANY)
}

/// Boots a disk.
pub(crate) fn boot_with(disk: HostDisk<'_>, policy: Policy) -> (Report, Ram) {
    let mut ram = Ram::new(MEMORY_MIB);
    (host_boot::boot(disk, &mut ram, policy), ram)
}

/// Returns the error of a disk that doesn't boot.
pub(crate) fn error(disk: &[u8]) -> String {
    let report = boot(disk).0;
    report.error().unwrap_or_else(|| panic!("it boots: {:#?}", report.lines)).to_owned()
}

/// Returns the data that the kernel of a disk receives.
pub(crate) fn snapshot(disk: &[u8]) -> Snapshot {
    let (report, ram) = boot(disk);
    let entry = report.entry.unwrap_or_else(|| panic!("{:#?}", report.lines));
    Kernel::new(&ram, entry).snapshot().unwrap()
}

/// Replaces the disk's MBR by a GPT, which the crate `gpt` writes.
pub(crate) fn with_gpt(mut disk: Vec<u8>) -> Vec<u8> {
    let start = u64::from(boot_layout::disk::PARTITION_LBA);
    let length = (disk.len() / 512) as u64 - start;
    disk.resize(disk.len() + 33 * 512, 0);
    let sectors = u32::try_from(disk.len() / 512).unwrap();
    let mut device = std::io::Cursor::new(disk);
    gpt::mbr::ProtectiveMBR::with_lb_size(sectors - 1).update_conservative(&mut device).unwrap();
    let mut table = gpt::GptConfig::new().writable(true).create_from_device(device, None).unwrap();
    table.add_partition_at("boot", 1, 34, 100, gpt::partition_types::BIOS, 0).unwrap();
    table.add_partition_at("loader", 2, start, length, gpt::partition_types::EFI, 0).unwrap();
    table.write().unwrap().into_inner()
}
