//! Notes with and without requests.

use super::*;
use farjump_api::{BootInfo, KernelRequests, NOTE_TYPE_REQUESTS, RequestFlags, RequestsNote};

/// A note as the assembler's `.note` sections have them.
fn note(name: &[u8], kind: u32, descriptor: &[u8]) -> Vec<u8> {
    let sizes = [name.len(), descriptor.len()].map(|size| u32::try_from(size).unwrap().to_le_bytes());
    let mut bytes = [sizes.concat(), kind.to_le_bytes().to_vec(), name.to_vec()].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(descriptor);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The descriptor, field by field as docs/boot-protocol.md has it.
fn descriptor(requests: KernelRequests) -> Vec<u8> {
    let KernelRequests { magic, version, size, stack_size, flags, physical_memory_low, physical_memory_high } =
        requests;
    let words = [version, size, stack_size, flags.bits(), physical_memory_low, physical_memory_high];
    [magic.to_vec(), words.map(u32::to_le_bytes).concat()].concat()
}

fn found(requests: KernelRequests) -> Result<Option<KernelRequests>, ElfError> {
    find_requests(&note(b"farjump\0", NOTE_TYPE_REQUESTS, &descriptor(requests)))
}

#[test]
fn requests_are_found_among_the_notes_of_others() {
    let flags = RequestFlags::SMBIOS;
    let requests = KernelRequests { stack_size: 1 << 20, flags, ..KernelRequests::DEFAULT };
    let others = [note(b"GNU\0", 3, &[0xAB; 20]), note(b"", 1, b""), note(b"farjump\0", 7, b"new")].concat();
    assert_eq!(find_requests(&others), Ok(None));
    assert_eq!(find_requests(&[]), Ok(None));
    let ours = note(b"farjump\0", NOTE_TYPE_REQUESTS, &descriptor(requests));
    assert_eq!(ours.len(), size_of::<RequestsNote>());
    assert_eq!(find_requests(&[others, ours].concat()), Ok(Some(requests)));
}

#[test]
fn requests_that_cannot_be_served_are_refused() {
    for version in [0, 1, BootInfo::VERSION + 1] {
        let requests = KernelRequests { version, ..KernelRequests::DEFAULT };
        assert_eq!(found(requests), Err(RequestError::Version(version).into()));
    }
    for stack_size in [0, 4095, (16 << 20) + 1] {
        let requests = KernelRequests { stack_size, ..KernelRequests::DEFAULT };
        assert_eq!(found(requests), Err(RequestError::StackSize(stack_size).into()));
    }
    for offset in [0, 1 << 30, 0x8000_0000_0000, 0xFFFF_8000_2000_0000, 0xFFFF_7FFF_C000_0000] {
        let requests = KernelRequests::DEFAULT.with_physical_memory_at(offset);
        assert_eq!(found(requests), Err(RequestError::PhysicalMemoryOffset(offset).into()));
    }
    assert!(found(KernelRequests::DEFAULT.with_physical_memory_at(0xFFFF_FFFF_C000_0000)).is_ok());
}

#[test]
fn a_note_of_version_1_is_refused_as_one() {
    let words = [1, 24, 65_536, 0, 0, 0xFFFF_8000_u32].map(u32::to_le_bytes).concat();
    let found = find_requests(&note(b"farjump\0", NOTE_TYPE_REQUESTS, &words));
    assert_eq!(found, Err(RequestError::Magic.into()));
    assert!(found.unwrap_err().to_string().contains("version 1 of the boot protocol"));
}

#[test]
fn an_older_note_and_a_newer_one_are_both_read() {
    let older = KernelRequests { size: 20, stack_size: 1 << 20, ..KernelRequests::DEFAULT };
    let bytes = note(b"farjump\0", NOTE_TYPE_REQUESTS, &descriptor(older)[..20]);
    assert_eq!(find_requests(&bytes), Ok(Some(older)));
    let newer = KernelRequests { size: 40, ..older };
    let bytes = note(b"farjump\0", NOTE_TYPE_REQUESTS, &[descriptor(newer), vec![0xFF; 8]].concat());
    assert_eq!(find_requests(&bytes), Ok(Some(newer)));
}

#[test]
fn notes_reach_no_further_than_the_file() {
    let note = |offset, file_size| Header { kind: PT_NOTE, offset, file_size, ..Header::load(0, 0, PF_R) };
    let past_end = |offset| SegmentError::NotesPastFileEnd { offset, file_size: FILE_SIZE }.into();
    assert_eq!(refused(&[note(FILE_SIZE - 8, 9)]), past_end(FILE_SIZE - 8));
    assert_eq!(refused(&[note(u64::MAX - 3, 4)]), past_end(u64::MAX - 3));
    let code = Header::load(0x10_0000, 0x100, PF_R | PF_X);
    assert!(plan(&elf(ET_EXEC, 0x10_0000, &[code, note(FILE_SIZE - 8, 8), note(u64::MAX, 0)])).is_ok());
}

#[test]
fn notes_are_verified_after_the_headers_and_before_the_segments() {
    let code = Header::load(0x10_0000, 0x100, PF_R | PF_X);
    let notes = [0x8000, 0x4000].map(|offset| Header { kind: PT_NOTE, offset, file_size: 52, ..code });
    let bytes = elf(ET_EXEC, 0x10_0000, &[notes[0], code, notes[1]]);
    let header = KernelHeader::parse(&bytes, FILE_SIZE).unwrap();
    let plan = KernelPlan::new(&header, &bytes[64..], FILE_SIZE).unwrap();
    let parts: Vec<_> = plan.file_parts(&header).collect();
    assert_eq!(parts, [0..64, 64..232, 0x8000..0x8034, 0x4000..0x4034, 0..0x100]);
}

#[test]
fn notes_that_are_cut_off_are_refused() {
    let whole = [
        note(b"GNU\0", 3, &[1; 4]),
        note(b"farjump\0", NOTE_TYPE_REQUESTS, &descriptor(KernelRequests::DEFAULT)),
    ]
    .concat();
    assert_eq!(find_requests(&whole[..60]), Ok(None));
    let short = note(b"farjump\0", NOTE_TYPE_REQUESTS, &descriptor(KernelRequests::DEFAULT)[..16]);
    assert_eq!(find_requests(&short), Err(RequestError::Short(16).into()));
    assert_eq!(find_requests(&[0xFF; 24]), Ok(None));
}
