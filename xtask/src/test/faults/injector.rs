//! The BIOS fault injector, a boot sector that makes the BIOS answer wrongly and then starts ours: `tests/boot-shim`.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use boot_layout::disk::{BOOT_SIGNATURE, PARTITION_TABLE, SECTOR_SIZE};
use boot_shim::{ENTRIES, ENTRY_SIZE, MAX_ENTRIES, OURS_LBA, SECTORS, SETTINGS, Setting};
use object::LittleEndian;
use object::elf::FileHeader64;
use object::read::elf::{FileHeader as _, SectionHeader as _};

use crate::test::image_builder::ImageBuilder;

/// What the machine is to be like.
#[derive(Debug, Clone, Default)]
pub(super) struct Injector {
    settings: Vec<(Setting, u8)>,
    entries: Vec<[u8; ENTRY_SIZE]>,
}

impl Injector {
    /// A machine as it is.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// One that has this about it.
    pub(super) fn with(mut self, setting: Setting, value: u8) -> Self {
        self.settings.push((setting, value));
        self
    }

    /// Makes INT 15h AX=E820h return these entries of `size` bytes: start, length, type.
    pub(super) fn memory_map(self, size: u8, entries: impl IntoIterator<Item = (u64, u64, u32)>) -> Self {
        let entries: Vec<_> = entries.into_iter().map(entry).collect();
        let [low, high, ..] = entries.len().to_le_bytes();
        let map = self
            .with(Setting::E820, boot_shim::e820::ENTRIES)
            .with(Setting::EntrySize, size)
            .with(Setting::EntryCountLow, low)
            .with(Setting::EntryCountHigh, high);
        Self { entries, ..map }
    }

    /// `disk` in such a machine.
    pub(super) fn before(&self, builder: &ImageBuilder, mut disk: Vec<u8>) -> Result<Vec<u8>> {
        ensure!(
            self.entries.len() <= MAX_ENTRIES,
            "the injector has no room for {} entries",
            self.entries.len()
        );
        let mut injector = build(builder)?;
        for (setting, value) in &self.settings {
            injector[SETTINGS + *setting as usize] = *value;
        }
        for (place, entry) in injector[ENTRIES..].chunks_exact_mut(ENTRY_SIZE).zip(&self.entries) {
            place.copy_from_slice(entry);
        }
        let (boot_sector, body) = injector.split_at(SECTOR_SIZE);
        let place = usize::from(OURS_LBA) * SECTOR_SIZE;
        disk.copy_within(..SECTOR_SIZE, place);
        disk[place + SECTOR_SIZE..][..body.len()].copy_from_slice(body);
        disk[..PARTITION_TABLE.start].copy_from_slice(&boot_sector[..PARTITION_TABLE.start]);
        Ok(disk)
    }
}

/// Returns an entry as E820h returns it; the attributes of a long entry mark it as valid.
fn entry((start, length, kind): (u64, u64, u32)) -> [u8; ENTRY_SIZE] {
    let mut bytes = [0; ENTRY_SIZE];
    bytes[..8].copy_from_slice(&start.to_le_bytes());
    bytes[8..16].copy_from_slice(&length.to_le_bytes());
    bytes[16..20].copy_from_slice(&kind.to_le_bytes());
    bytes[20] = 1;
    bytes
}

/// Returns its boot sector and its body.
fn build(builder: &ImageBuilder) -> Result<Vec<u8>> {
    let elf = fs::read(builder.injector()?)?;
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(&*elf)?;
    let sections = header.sections(endian, &*elf)?;
    let (_, section) =
        sections.section_by_name(endian, b".shim").context("the injector has no section .shim")?;
    let mut bytes = section.data(endian, &*elf)?.to_vec();
    ensure!(bytes.len() == SECTORS * SECTOR_SIZE, "the injector has {} bytes", bytes.len());
    let code_end = bytes[..SECTOR_SIZE].iter().rposition(|byte| *byte != 0).unwrap_or_default();
    ensure!(code_end < PARTITION_TABLE.start, "the injector's boot sector has {code_end} bytes");
    bytes[PARTITION_TABLE.end..SECTOR_SIZE].copy_from_slice(&BOOT_SIGNATURE);
    Ok(bytes)
}
