//! The page's text.

use std::fmt::Write as _;
use std::ops::Range;

use boot_layout::{REGIONS, disk, stage2_header};
use farjump_api::virtual_memory;
use farjump_loader::IDENTITY_MAP_END;
use farjump_x86::ISA_DMA_END;

use super::defsyms::Defsyms;

const HEAD: &str = "# Memory and disk map\n\n\
    Made by `cargo xtask memory-map --write` from the constants in `crates/boot-layout`, `crates/api` and \
    `crates/x86`; CI compares it (`--check`).\nEnds are exclusive.\n";

/// The page, for what the build scripts hand to the linker.
pub(super) fn render(defsyms: &[Defsyms]) -> String {
    [HEAD.to_owned(), physical(), on_disk(), boot_sector(), stage2(), virtual_addresses(), linker(defsyms)]
        .join("\n")
}

fn physical() -> String {
    let mut text = section(
        "Physical memory while the loader runs",
        "| start | end | KiB | name | what |",
        "--:|--:|--:|---|---",
    );
    for region in REGIONS {
        let Range { start, end } = region.range;
        let kib = (end - start) as f64 / 1024.0;
        row(
            &mut text,
            &[hex(start), hex(end), kib.to_string(), code(region.name), region.purpose.to_owned()],
        );
    }
    text + &format!(
        "\nThe loader's page tables map the first {} GiB at their own addresses. It takes frames from the \
         firmware's memory map, those below {} MiB, which ISA DMA reaches, last.\n",
        IDENTITY_MAP_END >> 30,
        ISA_DMA_END >> 20
    )
}

fn on_disk() -> String {
    let mut text = section("Disk", "| LBA | name | what |", "--:|---|---");
    let stage2_lba = disk::STAGE2_LBA;
    row(&mut text, &["0".to_owned(), String::new(), "boot sector".to_owned()]);
    row(
        &mut text,
        &[
            stage2_lba.to_string(),
            code("STAGE2_LBA"),
            "stage 2, as many sectors as its header says".to_owned(),
        ],
    );
    row(
        &mut text,
        &[
            disk::PARTITION_LBA.to_string(),
            code("PARTITION_LBA"),
            "partition 1: FAT, active, to the disk's end; on a floppy it begins right after stage 2"
                .to_owned(),
        ],
    );
    text
}

fn boot_sector() -> String {
    let mut text = section("Boot sector", "| bytes | name | what |", "---|---|---");
    for (range, name, what) in [
        (disk::BPB, "BPB", "BIOS parameter block: no code, a BIOS may write here"),
        (disk::STAGE1_CODE, "STAGE1_CODE", "stage 1, jump and BPB included"),
        (disk::DISK_SIGNATURE, "DISK_SIGNATURE", "disk signature, two reserved bytes"),
        (disk::PARTITION_TABLE, "PARTITION_TABLE", "four partition entries"),
        (disk::PARTITION_TABLE.end..disk::SECTOR_SIZE, "BOOT_SIGNATURE", "55 AA"),
    ] {
        let bytes = format!("{} to {}", range.start, range.end - 1);
        row(&mut text, &[bytes, code(name), what.to_owned()]);
    }
    text
}

fn stage2() -> String {
    let mut text = section("Header of stage 2", "| byte | name | what |", "--:|---|---");
    for (offset, name, what) in [
        (stage2_header::MAGIC_OFFSET, "MAGIC_OFFSET", "magic"),
        (stage2_header::SECTOR_COUNT_OFFSET, "SECTOR_COUNT_OFFSET", "sectors, this one included"),
        (stage2_header::SUMS_OFFSET, "SUMS_OFFSET", "the two sums of all other sectors"),
        (
            stage2_header::CRC32_OFFSET,
            "CRC32_OFFSET",
            "complement of the CRC-32 of this sector's bytes before it",
        ),
    ] {
        row(&mut text, &[offset.to_string(), code(name), what.to_owned()]);
    }
    text
}

fn virtual_addresses() -> String {
    let title = "Virtual memory of a kernel that requests nothing else";
    let mut text = section(title, "| address | name | what |", "---|---|---");
    for (address, name, what) in [
        (virtual_memory::PHYSICAL_MEMORY, "PHYSICAL_MEMORY", "physical memory: all below 4 GiB, RAM above"),
        (virtual_memory::VMALLOC_AREA.start, "VMALLOC_AREA", "what the kernel maps itself: heap, stacks"),
        (virtual_memory::KERNEL_STACK_AREA, "KERNEL_STACK_AREA", "the lowest that a boot stack may reach"),
        (
            virtual_memory::KERNEL_STACK_TOP,
            "KERNEL_STACK_TOP",
            "end of the boot stack; it grows down from here",
        ),
        (virtual_memory::KERNEL_BASE, "KERNEL_BASE", "a position-independent kernel that was linked at zero"),
    ] {
        row(&mut text, &[hex(address), code(name), what.to_owned()]);
    }
    text
}

fn linker(defsyms: &[Defsyms]) -> String {
    let mut text =
        section("Who gets these numbers", "| linker script | from | symbols (`--defsym`) |", "---|---|---");
    let list = |names: &[String]| names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
    for Defsyms { build_script, linker_scripts, symbols } in defsyms {
        row(&mut text, &[list(linker_scripts), code(build_script), list(symbols)]);
    }
    text + "\nAssembly gets them as `const` operands, Rust as constants.\n"
}

fn section(title: &str, columns: &str, rule: &str) -> String {
    format!("## {title}\n\n{columns}\n|{rule}|\n")
}

fn row(text: &mut String, cells: &[String]) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

/// A number as addresses are written: four digits at a time.
fn hex(number: u64) -> String {
    let digits = format!("{number:X}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(4).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_and_symbol_stands_on_the_page() {
        let page = render(&[Defsyms {
            build_script: "stage1/build.rs".to_owned(),
            linker_scripts: vec!["linker/stage1.ld".to_owned()],
            symbols: vec!["STAGE1_START".to_owned()],
        }]);
        for region in REGIONS {
            assert!(page.contains(&code(region.name)), "{}", region.name);
        }
        assert!(page.contains("| `linker/stage1.ld` | `stage1/build.rs` | `STAGE1_START` |"));
    }

    #[test]
    fn addresses_are_written_in_groups_of_four_digits() {
        assert_eq!(
            [0x7C00, 0x5_0000, 0xFFFF_8000_0000_0000].map(hex),
            ["7C00", "5_0000", "FFFF_8000_0000_0000"]
        );
    }
}
