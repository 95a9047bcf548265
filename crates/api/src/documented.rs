//! The structures as docs/boot-protocol.md has them, in tables and in C, compared with those of this crate.

use std::collections::HashMap;
use std::mem::offset_of;

use crate::{
    BootDevice, BootInfo, ColorMask, Console, Efi, EfiMemoryMap, Framebuffer, KernelImage, KernelRequests,
    KernelSegment, MemoryRegion, Module, RequestsNote, SignedFile, Slice, TextScreen, TimelineEntry,
};

const PAGE: &str = include_str!("../../../docs/boot-protocol.md");

/// A field's name, its offset and its size.
type Field = (String, usize, usize);

/// Names, offsets and sizes of fields.
macro_rules! fields {
    ($structure:ty: $($($name:ident).+),+) => {
        vec![$((
            stringify!($($name).+).replace(' ', ""),
            offset_of!($structure, $($name).+),
            size_of_pointed_to(|structure: &$structure| &raw const structure.$($name).+),
        )),+]
    };
}

fn size_of_pointed_to<S, F>(_: impl Fn(&S) -> *const F) -> usize {
    size_of::<F>()
}

/// The structures that the page has a table of, by their headings: name and size.
fn tables() -> Vec<(&'static str, usize, Vec<Field>)> {
    macro_rules! table {
        ($structure:ident: $($fields:tt)+) => {
            (stringify!($structure), size_of::<$structure>(), fields!($structure: $($fields)+))
        };
    }
    vec![
        table!(BootInfo: magic, version, size, memory_map, modules, timeline, command_line, physical_memory_offset,
            physical_memory_size, rsdp_address, cpu_features, kernel, boot_device, console, flags, signed_files,
            smbios_address, tsc_hz, framebuffer, efi),
        table!(MemoryRegion: start, end, kind, reserved),
        table!(Module: name, bytes, physical_address),
        table!(SignedFile: path, sha256),
        table!(TimelineEntry: phase, reserved, tsc),
        table!(KernelImage: segments, entry, load_bias, stack_top, stack_size, page_table, trampoline_page),
        table!(KernelSegment: virtual_address, physical_address, size, flags, reserved),
        table!(BootDevice: table, entry, partition_lba, partition_sectors, sector_size, disk_signature, bios_drive_or_none,
            mbr_type, reserved, disk_guid, partition_guid),
        table!(Console: serial_port, reserved, screen.physical_address, screen.columns, screen.rows, screen.cursor_column,
            screen.cursor_row),
        table!(Framebuffer: physical_address, width, height, pitch, bits_per_pixel, memory_type, padding, red, green,
            blue, reserved),
        table!(Efi: system_table, memory_map.physical_address, memory_map.len_bytes, memory_map.descriptor_size,
            memory_map.descriptor_version),
    ]
}

/// The rows of the table after the heading `NAME: SIZE bytes`, and of a second one that continues it.
fn documented(name: &str, size: usize) -> Vec<Field> {
    let heading = format!("# {name}: {size} bytes");
    let section = PAGE.split_once(&heading).unwrap_or_else(|| panic!("no heading {heading:?}")).1;
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (offset, size) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
        // The kernel's accessor of the same name returns an `Option`.
        let name = cells.next()?.trim_matches('`').replace("bios_drive", "bios_drive_or_none");
        Some((name, offset, size))
    });
    rows.collect()
}

#[test]
fn the_tables_have_the_fields_offsets_and_sizes_of_the_structures() {
    for (name, size, fields) in tables() {
        assert_eq!(documented(name, size), fields, "{name}");
    }
}

/// A structure of the page's C: its size, its alignment and its fields.
#[derive(Default, Clone)]
struct CStruct {
    size: usize,
    align: usize,
    fields: Vec<Field>,
}

/// The C of the page, laid out as the System V ABI says.
fn c_structs() -> HashMap<&'static str, CStruct> {
    let mut known = HashMap::new();
    for definition in PAGE.split("\nstruct ").skip(1) {
        let (name, body) = definition.split_once(" {\n").unwrap();
        let body = body.split_once("\n};").unwrap().0;
        let mut structure = CStruct { align: 1, ..CStruct::default() };
        for line in body.lines().map(str::trim).filter(|line| !line.starts_with("/*")) {
            let declaration = line.split_once(';').unwrap_or_else(|| panic!("{line:?} is no declaration")).0;
            let (kind, name) = declaration.rsplit_once(' ').unwrap();
            let (name, count) =
                name.strip_suffix(']').and_then(|name| name.split_once('[')).unwrap_or((name, "1"));
            let (size, align) = c_type(kind, &known);
            let offset = structure.size.next_multiple_of(align);
            let size = size * count.parse::<usize>().unwrap();
            structure.fields.push((name.to_owned(), offset, size));
            structure.size = offset + size;
            structure.align = structure.align.max(align);
        }
        structure.size = structure.size.next_multiple_of(structure.align);
        known.insert(name, structure);
    }
    known
}

/// Size and alignment.
fn c_type(kind: &str, known: &HashMap<&str, CStruct>) -> (usize, usize) {
    match kind {
        "uint8_t" | "char" => (1, 1),
        "uint16_t" => (2, 2),
        "uint32_t" => (4, 4),
        "uint64_t" => (8, 8),
        _ => {
            let structure = &known[kind.strip_prefix("struct ").unwrap_or_else(|| panic!("type {kind:?}"))];
            (structure.size, structure.align)
        }
    }
}

#[test]
fn the_structures_in_c_have_the_fields_offsets_and_sizes_of_those_in_rust() {
    let c = c_structs();
    let expect = |name: &str, size: usize, fields: Vec<Field>| {
        let structure = &c[name];
        let renamed = fields
            .into_iter()
            .map(|(name, offset, size)| (name.replace("bios_drive_or_none", "bios_drive"), offset, size));
        assert_eq!(structure.fields, renamed.collect::<Vec<_>>(), "{name}");
        assert_eq!(structure.size, size, "{name}");
    };
    for (name, size, fields) in tables() {
        let mut c_name = "farjump".to_owned();
        for letter in name.chars() {
            c_name.extend(letter.is_uppercase().then_some('_'));
            c_name.push(letter.to_ascii_lowercase());
        }
        // Those with a structure in them have its fields in the table, and not in C.
        match name {
            "Console" => expect(&c_name, size, fields!(Console: serial_port, reserved, screen)),
            "Efi" => expect(&c_name, size, fields!(Efi: system_table, memory_map)),
            _ => expect(&c_name, size, fields),
        }
    }
    expect("farjump_slice", 16, vec![("address".into(), 0, 8), ("count".into(), 8, 8)]);
    assert_eq!(size_of::<Slice<u8>>(), 16);
    let screen = fields!(TextScreen: physical_address, columns, rows, cursor_column, cursor_row);
    expect("farjump_text_screen", 16, screen);
    expect("farjump_color_mask", 2, fields!(ColorMask: size, position));
    let map = fields!(EfiMemoryMap: physical_address, len_bytes, descriptor_size, descriptor_version);
    expect("farjump_efi_memory_map", 24, map);
    let requests = fields!(KernelRequests: magic, version, size, stack_size, flags, physical_memory_low,
        physical_memory_high);
    expect("farjump_requests", 32, requests);
    assert_eq!(c["farjump_note"].size, size_of::<RequestsNote>());
    assert_eq!(c.len(), 17, "each structure is compared");
}

/// The note, byte by byte, as the page has it.
#[test]
fn the_default_note_has_the_documented_bytes() {
    let section = PAGE.split_once("## The requests: a note").unwrap().1;
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let offset: usize = cells.next()?.parse().ok()?;
        let bytes = cells.next()?.trim_matches('`').split(' ');
        Some((offset, bytes.map(|byte| u8::from_str_radix(byte, 16).ok()).collect::<Option<Vec<u8>>>()?))
    });
    let documented = rows.fold(Vec::new(), |mut note, (offset, bytes)| {
        assert_eq!(note.len(), offset);
        note.extend(bytes);
        note
    });
    let note = RequestsNote::new(KernelRequests::DEFAULT);
    // SAFETY: a note is numbers without padding.
    let bytes: [u8; size_of::<RequestsNote>()] = unsafe { core::mem::transmute(note) };
    assert_eq!(documented, bytes);
}
