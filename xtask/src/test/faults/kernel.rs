//! Kernels that can't be loaded, or would not run.

use anyhow::{Context as _, Result};

use super::keep;
use crate::padded_elf::PaddedElf;
use crate::test::image_builder::ImageBuilder;
use crate::test::scenario::{LeftOut, Scenario};
use farjump::smoke::KERNEL_OK;

/// Offsets in the ELF header.
mod header {
    pub(super) const CLASS: usize = 4;
    pub(super) const DATA: usize = 5;
    pub(super) const TYPE: usize = 16;
    pub(super) const MACHINE: usize = 18;
    pub(super) const ENTRY: usize = 24;
    pub(super) const TABLE: usize = 32;
    pub(super) const ENTRY_SIZE: usize = 54;
    pub(super) const COUNT: usize = 56;
}

/// Offsets in a program header, and its size.
mod segment {
    pub(super) const FLAGS: usize = 4;
    pub(super) const ADDRESS: usize = 16;
    pub(super) const FILE_SIZE: usize = 32;
    pub(super) const MEMORY_SIZE: usize = 40;
    pub(super) const SIZE: usize = 56;
}

pub(super) fn faults() -> Vec<Scenario> {
    let kept = [
        "kernel: not ELF",
        "kernel: truncated in a segment",
        "kernel: a segment that may be written and executed",
        "kernel: a segment where the loader is",
        "kernel: larger than memory",
        "kernel: made for a newer protocol",
    ];
    let mut faults = [headers(), segments(), notes()].concat();
    faults = keep(&kept, LeftOut::HostBoots, faults);
    faults.extend(sizes());
    faults
}

/// A kernel that `change` has spoilt, which the loader refuses with `line`.
fn spoilt(
    name: &str,
    line: &str,
    change: impl Fn(&mut Vec<u8>) -> Result<()> + Send + Sync + 'static,
) -> Scenario {
    Scenario::halts(
        &format!("kernel: {name}"),
        &format!("loader: error: /kernel.elf: {line}"),
        move |builder: &ImageBuilder| {
            let mut kernel = builder.kernel.clone();
            change(&mut kernel)?;
            builder.disk().kernel(kernel).make()
        },
    )
}

fn put<const N: usize>(kernel: &mut [u8], at: usize, bytes: [u8; N]) -> Result<()> {
    *kernel.get_mut(at..).and_then(|rest| rest.first_chunk_mut()).context("the kernel is shorter")? = bytes;
    Ok(())
}

/// Returns the offset of the program header of the PT_LOAD segment with this number.
fn load(kernel: &[u8], number: usize) -> Result<usize> {
    let field = |at: usize| {
        kernel.get(at..).and_then(|rest| rest.first_chunk::<8>()).copied().map(u64::from_le_bytes)
    };
    let table = usize::try_from(field(header::TABLE).context("no ELF header")?)?;
    let count = usize::from(kernel[header::COUNT]);
    let mut loads =
        (0..count).map(|index| table + index * segment::SIZE).filter(|at| kernel.get(*at) == Some(&1));
    loads.nth(number).context("the kernel has fewer segments")
}

fn headers() -> Vec<Scenario> {
    vec![
        spoilt("not ELF", "not an ELF file: it begins with 4d5a464c", |kernel| put(kernel, 0, *b"MZFL")),
        spoilt("32 bits", "ELF class 1", |kernel| put(kernel, header::CLASS, [1])),
        spoilt("big-endian", "ELF data encoding 2", |kernel| put(kernel, header::DATA, [2])),
        spoilt("for another machine", "ELF machine 183", |kernel| put(kernel, header::MACHINE, [183, 0])),
        spoilt("an object file", "an object file (ELF type 1)", |kernel| put(kernel, header::TYPE, [1, 0])),
        spoilt("a core dump", "ELF type 4", |kernel| put(kernel, header::TYPE, [4, 0])),
        spoilt("program headers of another size", "program headers of 32 bytes", |kernel| {
            put(kernel, header::ENTRY_SIZE, [32, 0])
        }),
        spoilt("no program headers", "0 program headers", |kernel| put(kernel, header::COUNT, [0, 0])),
        spoilt("more program headers than there are", "program headers up to byte", |kernel| {
            // A file of less than 65534 headers' bytes, whatever the kernel has grown to.
            kernel.truncate(1 << 20);
            put(kernel, header::COUNT, [0xFE, 0xFF])
        }),
        spoilt("truncated in its header", "not an ELF file: only 40 bytes", |kernel| {
            kernel.truncate(40);
            Ok(())
        }),
        spoilt(
            "truncated in a segment",
            "segment at 0x*, reaches past the file's 30000 bytes: was it cut short?",
            |kernel| {
                kernel.truncate(30_000);
                Ok(())
            },
        ),
        spoilt("entry outside any segment", "entry point 0x10 isn't in an executable segment", |kernel| {
            put(kernel, header::ENTRY, 0x10u64.to_le_bytes())
        }),
    ]
}

/// Changes eight bytes of a PT_LOAD segment's header.
fn field(
    number: usize,
    at: usize,
    value: u64,
) -> impl Fn(&mut Vec<u8>) -> Result<()> + Send + Sync + 'static {
    move |kernel| {
        let place = load(kernel, number)? + at;
        put(kernel, place, value.to_le_bytes())
    }
}

fn segments() -> Vec<Scenario> {
    vec![
        spoilt(
            "a segment that may be written and executed",
            "segment at 0x* may be written and executed",
            |kernel| {
                let place = load(kernel, 1)? + segment::FLAGS;
                put(kernel, place, [7, 0, 0, 0])
            },
        ),
        spoilt(
            "more bytes in the file than in memory",
            "segment at 0x* bytes in the file, only 16 in memory",
            field(0, segment::MEMORY_SIZE, 16),
        ),
        spoilt(
            "a segment longer than the file",
            "segment at 0x* bytes in the file, only ",
            field(0, segment::FILE_SIZE, 1 << 40),
        ),
        spoilt(
            "addresses that wrap",
            "segment at 0x* leaves the canonical addresses",
            field(2, segment::MEMORY_SIZE, u64::MAX - 5),
        ),
        spoilt(
            "addresses that aren't canonical",
            "segment at 0x900000000000 with * leaves the canonical addresses",
            field(0, segment::ADDRESS, 0x9000_0000_0000),
        ),
        spoilt(
            "descending segments",
            "segment at 0x200000 comes after the one at 0x",
            field(1, segment::ADDRESS, 0x20_0000),
        ),
        spoilt("segments that share a page", "segments at 0x* share a page", |kernel| {
            let first = load(kernel, 0)? + segment::ADDRESS;
            let address: [u8; 8] = *kernel[first..].first_chunk().context("the kernel is shorter")?;
            field(1, segment::ADDRESS, u64::from_le_bytes(address))(kernel)
        }),
        spoilt("overlapping segments", "segments at 0x* share a page", |kernel| {
            let first = load(kernel, 0)? + segment::ADDRESS;
            let address: [u8; 8] = *kernel[first..].first_chunk().context("the kernel is shorter")?;
            field(1, segment::ADDRESS, u64::from_le_bytes(address) + 0x1000)(kernel)
        }),
    ]
    .into_iter()
    .chain(places())
    .collect()
}

/// Segments where something else is.
fn places() -> Vec<Scenario> {
    vec![
        spoilt("a segment in page 0", "segment at 0x0 is in page 0", field(0, segment::ADDRESS, 0)),
        spoilt(
            "a segment where the loader is",
            "segment at 0x8000 overlaps the loader's trampoline",
            field(0, segment::ADDRESS, 0x8000),
        ),
        spoilt(
            "a segment where the stack goes",
            "segment at 0xffffff7f00000000 overlaps the stack at 0x",
            field(0, segment::ADDRESS, 0xFFFF_FF7F_0000_0000),
        ),
        Scenario::halts(
            "kernel: larger than memory",
            "loader: error: memory: no * contiguous free bytes below 4 GiB",
            |builder| {
                let mut kernel = builder.kernel.clone();
                field(2, segment::MEMORY_SIZE, 1 << 30)(&mut kernel)?;
                builder.disk().kernel(kernel).make()
            },
        ),
    ]
}

/// The requests: in the note that begins with the sizes of name and descriptor, type and name.
fn notes() -> Vec<Scenario> {
    let request = |name: &str, line: &str, at: usize, value: u32| {
        spoilt(name, line, move |kernel| {
            let found = kernel
                .windows(8)
                .position(|bytes| bytes == b"farjump\0")
                .context("the kernel has no requests")?;
            put(kernel, found + 8 + at, value.to_le_bytes())
        })
    };
    vec![
        request("made for version 1 of the protocol", "the farjump note doesn't begin with REQUESTS", 0, 1),
        request("made for a newer protocol", "the kernel is for version 99", 8, 99),
        request("made for an older protocol", "the kernel is for version 0", 8, 0),
        request("a note that is cut off", "the farjump note is cut off after", 12, 1000),
        request("a request for a stack of 3 bytes", "the kernel requests 3 bytes of stack", 16, 3),
        request("a request for 4 GiB of stack", "the kernel requests 4294967295 bytes", 16, u32::MAX),
        request(
            "a request for physical memory at a misaligned address",
            "the kernel requests physical memory at",
            24,
            5,
        ),
    ]
}

fn sizes() -> Vec<Scenario> {
    vec![Scenario::survives("kernel: thousands of segments", KERNEL_OK, |builder| {
        builder.disk().kernel(with_segments(&builder.kernel, 3000)?).make()
    })]
}

/// Returns the kernel with this many more read-only segments of a page each, after all others.
fn with_segments(kernel: &[u8], count: u16) -> Result<Vec<u8>> {
    let mut elf = PaddedElf::new(kernel.to_vec())?;
    // It puts the table of program headers at the end, where there is room for more.
    elf.grow_loaded_bytes_to(elf.loaded_bytes()? + 16)?;
    let mut kernel = elf.into_bytes();
    let added = load(&kernel, 3)?;
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|index| kernel[at + index]));
    let (table, last) = (usize::try_from(word(header::TABLE))?, word(added + segment::ADDRESS));
    let entries = usize::from(kernel[header::COUNT]);
    let mut headers = kernel[table..table + entries * segment::SIZE].to_vec();
    let model = kernel[added..added + segment::SIZE].to_vec();
    for index in 1..=u64::from(count) {
        let mut one = model.clone();
        one[segment::ADDRESS..segment::ADDRESS + 8].copy_from_slice(&(last + index * 4096).to_le_bytes());
        headers.extend(one);
    }
    let place = kernel.len().next_multiple_of(8);
    kernel.resize(place, 0);
    kernel.extend(headers);
    put(&mut kernel, header::TABLE, (place as u64).to_le_bytes())?;
    put(&mut kernel, header::COUNT, (u16::try_from(entries)? + count).to_le_bytes())?;
    Ok(kernel)
}
