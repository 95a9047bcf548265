//! Kernels made byte by byte: what is planned for the good ones, and why the others are refused.

mod relocation;
mod requests;

use super::*;
use elf::abi::{ET_DYN, ET_EXEC, PF_R, PF_W, PF_X, PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NOTE, PT_TLS};
use farjump_api::SegmentFlags;

/// Bytes of the files that are planned.
const FILE_SIZE: u64 = 0x10_0000;

/// A program header.
#[derive(Clone, Copy)]
struct Header {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    file_size: u64,
    memory_size: u64,
    align: u64,
}

impl Header {
    /// A segment whose bytes are all in the file, at the offset that the address has in its 64 KiB.
    const fn load(address: u64, size: u64, flags: u32) -> Self {
        let offset = address & 0xFFFF;
        Self { kind: PT_LOAD, flags, offset, address, file_size: size, memory_size: size, align: 4096 }
    }
}

/// Returns the start of an ELF file: its header, followed by the program headers.
fn elf(file_type: u16, entry: u64, headers: &[Header]) -> Vec<u8> {
    let mut bytes = b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend([file_type, 62].map(u16::to_le_bytes).concat());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend([entry, 64, 0].map(u64::to_le_bytes).concat());
    bytes.extend(0u32.to_le_bytes());
    let count = u16::try_from(headers.len()).unwrap();
    bytes.extend([64, 56, count, 64, 0, 0].map(u16::to_le_bytes).concat());
    for header in headers {
        let Header { kind, flags, offset, address, file_size, memory_size, align } = *header;
        bytes.extend([kind, flags].map(u32::to_le_bytes).concat());
        let longs = [offset, address, address, file_size, memory_size, align];
        bytes.extend(longs.map(u64::to_le_bytes).concat());
    }
    bytes
}

/// The plan for a file of [`FILE_SIZE`] that begins with these bytes.
fn plan(bytes: &[u8]) -> Result<KernelPlan<'_>, ElfError> {
    let header = KernelHeader::parse(bytes, FILE_SIZE)?;
    let start = usize::try_from(header.program_headers().start).unwrap();
    KernelPlan::new(&header, bytes.get(start..).unwrap_or_default(), FILE_SIZE)
}

/// Why the executable with these program headers is refused. Its entry is at 0x100000.
fn refused(headers: &[Header]) -> ElfError {
    let mut all = vec![Header::load(0x10_0000, 0x100, PF_R | PF_X)];
    all.extend(headers);
    plan(&elf(ET_EXEC, 0x10_0000, &all)).map(|_| ()).unwrap_err()
}

const HIGH: u64 = 0xFFFF_FFFF_8010_0000;

#[test]
fn the_plan_of_an_executable_is_its_program_headers() {
    let bss = Header { memory_size: 0x3000, ..Header::load(HIGH + 0x2010, 0x20, PF_R | PF_W) };
    let empty = Header { memory_size: 0, file_size: 0, ..bss };
    let note = Header { kind: PT_NOTE, ..Header::load(HIGH + 0x10, 0x20, PF_R) };
    let note_in_no_segment = Header { address: 0, offset: 0xF_0000, ..note };
    let empty_note = Header { file_size: 0, ..note };
    let dynamic = Header { kind: PT_DYNAMIC, ..Header::load(HIGH + 0x2010, 0x20, PF_R) };
    let code = Header::load(HIGH, 0x1001, PF_R | PF_X);
    let bytes = elf(ET_EXEC, HIGH + 4, &[note, note_in_no_segment, empty_note, empty, code, dynamic, bss]);
    let plan = plan(&bytes).unwrap();
    let segments: Vec<_> = plan.segments().collect();
    assert_eq!(
        segments,
        [
            Segment {
                virtual_address: HIGH,
                file_range: 0..0x1001,
                memory_size: 0x1001,
                flags: SegmentFlags::READ | SegmentFlags::EXECUTE,
            },
            Segment {
                virtual_address: HIGH + 0x2010,
                file_range: 0x2010..0x2030,
                memory_size: 0x3000,
                flags: SegmentFlags::READ | SegmentFlags::WRITE,
            },
        ]
    );
    assert_eq!(segments[0].page_range(), HIGH..HIGH + 0x2000);
    assert_eq!(segments[1].page_range(), HIGH + 0x2000..HIGH + 0x6000);
    assert_eq!((plan.load_bias(), plan.entry(), plan.page_count()), (0, HIGH + 4, 6));
    assert!(plan.notes().eq([0x10..0x30, 0xF_0000..0xF_0020]));
    assert_eq!(plan.dynamic(), Some(HIGH + 0x2010..HIGH + 0x2030));
}

#[test]
fn a_position_independent_kernel_goes_to_the_last_2_gib() {
    let base = 0xFFFF_FFFF_8000_0000;
    for (address, align, expected) in [
        (0, 4096, base),
        (0x40_0123, 4096, base + 0x123),
        (0x40_0123, 0x20_0000, base + 0x123),
        (0x30_0000, 0x20_0000, base + 0x10_0000),
        (HIGH, 4096, HIGH),
    ] {
        let code = Header { align, ..Header::load(address, 0x100, PF_R | PF_X) };
        let data = Header::load(address + 0x1000, 8, PF_R | PF_W);
        let bytes = elf(ET_DYN, address + 8, &[code, data]);
        let plan = plan(&bytes).unwrap();
        assert_eq!(plan.segments().next().unwrap().virtual_address, expected);
        assert_eq!(plan.segments().nth(1).unwrap().virtual_address, expected + 0x1000);
        assert_eq!(plan.entry(), expected + 8);
        assert_eq!(plan.load_bias(), expected.wrapping_sub(address));
    }
    let aligned = |align| {
        let bytes = elf(ET_DYN, 0x1000, &[Header { align, ..Header::load(0x1000, 8, PF_X) }]);
        plan(&bytes).map(|plan| plan.load_bias())
    };
    assert_eq!(aligned(1 << 30), Ok(base), "the largest alignment there is");
    for align in [3 << 12, 1 << 31, 1 << 63] {
        assert_eq!(aligned(align), Err(SegmentError::Alignment { address: 0x1000, align }.into()));
    }
}

#[test]
fn headers_of_other_files_and_machines_are_refused_by_name() {
    let good = elf(ET_EXEC, HIGH, &[Header::load(HIGH, 8, PF_X)]);
    let refused = |offset: usize, bytes: &[u8]| {
        let mut damaged = good.clone();
        damaged[offset..offset + bytes.len()].copy_from_slice(bytes);
        KernelHeader::parse(&damaged, FILE_SIZE).unwrap_err()
    };
    assert!(KernelHeader::parse(&good, FILE_SIZE).is_ok());
    assert_eq!(refused(0, b"#!/b"), HeaderError::Magic(0x2321_2F62).into());
    assert_eq!(refused(4, &[1]), HeaderError::Class(1).into());
    assert_eq!(refused(5, &[2]), HeaderError::Endianness(2).into());
    assert_eq!(refused(6, &[0]), HeaderError::Version(0).into());
    assert_eq!(refused(20, &[2]), HeaderError::Version(2).into());
    assert_eq!(refused(16, &[1]), HeaderError::FileType(1).into());
    assert_eq!(refused(18, &[183]), HeaderError::Machine(183).into());
    assert_eq!(refused(54, &[32]), HeaderError::ProgramHeaderSize(32).into());
    assert_eq!(refused(56, &[0]), HeaderError::ProgramHeaderCount(0).into());
    assert_eq!(refused(56, &[0xFF, 0xFF]), HeaderError::ProgramHeaderCount(0xFFFF).into());
    let past_end = HeaderError::ProgramHeadersPastEnd { end: FILE_SIZE + 56, file_size: FILE_SIZE };
    assert_eq!(refused(32, &FILE_SIZE.to_le_bytes()), past_end.into());
    assert!(matches!(refused(32, &[0xFF; 8]), ElfError::Header(HeaderError::ProgramHeadersPastEnd { .. })));
    assert_eq!(KernelHeader::parse(&good[..63], FILE_SIZE), Err(HeaderError::Truncated(63).into()));
    // The program headers are the last bytes of the file.
    assert!(KernelHeader::parse(&good, good.len() as u64).is_ok());
}

/// This very program: a position-independent executable of Linux, which wants its interpreter.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
fn a_program_of_linux_is_an_elf_file_and_no_kernel() {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let header = KernelHeader::parse(&bytes, bytes.len() as u64).unwrap();
    assert_eq!(header.program_headers().start, 64);
    let verdict = KernelPlan::new(&header, &bytes[64..], bytes.len() as u64).map(|_| ());
    assert_eq!(verdict, Err(SegmentError::Interpreter.into()));
}

#[test]
fn what_the_loader_cannot_serve_is_refused() {
    let interpreter = Header { kind: PT_INTERP, ..Header::load(0x10_0000, 8, PF_R) };
    assert_eq!(refused(&[interpreter]), SegmentError::Interpreter.into());
    let thread_local = Header { kind: PT_TLS, ..Header::load(0x10_0000, 8, PF_R) };
    assert_eq!(refused(&[thread_local]), SegmentError::ThreadLocal(8).into());
    let headers = elf(ET_EXEC, HIGH, &[Header { memory_size: 0, ..Header::load(HIGH, 0, PF_X) }]);
    assert_eq!(plan(&headers).map(|_| ()), Err(SegmentError::NoSegments.into()));
    let both = Header::load(0x20_0000, 8, PF_R | PF_W | PF_X);
    assert_eq!(refused(&[both]), SegmentError::WritableAndExecutable(0x20_0000).into());
    let header = KernelHeader::parse(&headers, FILE_SIZE).unwrap();
    let verdict = KernelPlan::new(&header, &headers[64..119], FILE_SIZE).map(|_| ());
    assert_eq!(verdict, Err(SegmentError::Truncated(55).into()));
}

#[test]
fn segments_that_do_not_fit_the_file_or_the_address_space_are_refused() {
    let data = Header::load(0x20_0000, 8, PF_R | PF_W);
    let address = data.address;
    let larger = SegmentError::FileLargerThanMemory { address, file: 8, memory: 7 };
    assert_eq!(refused(&[Header { memory_size: 7, ..data }]), larger.into());
    for offset in [FILE_SIZE - 7, u64::MAX] {
        let past_end = SegmentError::PastFileEnd { address, offset, file_size: FILE_SIZE };
        assert_eq!(refused(&[Header { offset, ..data }]), past_end.into());
    }
    for (address, size) in [
        (0x7FFF_FFFF_FFFF, 2),
        (0x8000_0000_0000, 1),
        (0xFFFF_7FFF_FFFF_FFFF, 1),
        (0x20_0000, u64::MAX),
        (u64::MAX, 1),
        (0xFFFF_FFFF_FFFF_E000, 0x1001),
    ] {
        let header = Header { address, memory_size: size, file_size: 0, ..data };
        assert_eq!(refused(&[header]), SegmentError::NotCanonical { address, size }.into());
    }
    let last_of_lower_half = Header { address: 0x7FFF_FFFF_F000, memory_size: 0x1000, file_size: 0, ..data };
    let bytes = elf(ET_EXEC, HIGH, &[last_of_lower_half, Header::load(HIGH, 8, PF_X)]);
    assert_eq!(plan(&bytes).unwrap().page_count(), 2, "it ends exactly where the lower half does");
    let last_pages = Header { address: 0xFFFF_FFFF_FFFF_E000, memory_size: 0x1000, file_size: 0, ..data };
    let bytes = elf(ET_EXEC, HIGH, &[Header::load(HIGH, 8, PF_X), last_pages]);
    assert_eq!(plan(&bytes).unwrap().page_count(), 2);
    let page_zero = elf(ET_EXEC, 0xFFF, &[Header::load(0xFFF, 8, PF_X)]);
    assert_eq!(plan(&page_zero).map(|_| ()), Err(SegmentError::PageZero(0xFFF).into()));
}

#[test]
fn segments_that_share_a_page_or_descend_are_refused_by_both_addresses() {
    let shares = refused(&[Header::load(0x10_0F00, 8, PF_R)]);
    assert_eq!(shares, SegmentError::SharedPage { first: 0x10_0000, second: 0x10_0F00 }.into());
    assert_eq!(
        shares.to_string(),
        "segments at 0x100000 and 0x100f00 share a page: align them to 4096 in the linker script"
    );
    let descends = SegmentError::Descending { first: 0x10_0000, second: 0xF_0000 };
    assert_eq!(refused(&[Header::load(0xF_0000, 8, PF_R)]), descends.into());
}

#[test]
fn the_entry_must_be_in_the_files_executable_bytes() {
    let code = Header { memory_size: 0x100, ..Header::load(HIGH, 0x10, PF_R | PF_X) };
    let data = Header::load(HIGH + 0x1000, 0x10, PF_R);
    for (entry, taken) in
        [(HIGH, true), (HIGH + 0xF, true), (HIGH + 0x10, false), (HIGH + 0x1000, false), (0, false)]
    {
        let bytes = elf(ET_EXEC, entry, &[code, data]);
        let expected = if taken { Ok(()) } else { Err(SegmentError::Entry(entry).into()) };
        assert_eq!(plan(&bytes).map(|_| ()), expected);
    }
}

#[test]
fn a_segment_where_the_loader_needs_the_addresses_is_refused() {
    let bytes = elf(ET_EXEC, 0x9000, &[Header::load(0x9000, 0x1800, PF_X), Header::load(HIGH, 8, PF_R)]);
    let plan = plan(&bytes).unwrap();
    let reserved = |range| ReservedRange { name: "the trampoline", range };
    assert_eq!(plan.check_reserved(&[reserved(0x8000..0x9000), reserved(0xB000..0xC000)]), Ok(()));
    let error = SegmentError::Reserved { address: 0x9000, name: "the trampoline", start: 0xA800 };
    assert_eq!(plan.check_reserved(&[reserved(0..0), reserved(0xA800..0xB000)]), Err(error.into()));
}
