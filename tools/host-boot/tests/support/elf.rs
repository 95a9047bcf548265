//! A kernel's ELF file, made by hand.

use farjump_api::{KernelRequests, NOTE_NAME, NOTE_TYPE_REQUESTS, SegmentFlags};

/// Where the usual kernel is linked.
pub(crate) const BASE: u64 = 0xFFFF_FFFF_8020_0000;

/// Types of program headers.
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_NOTE: u32 = 4;

/// A file in the making.
#[derive(Debug, Clone)]
pub(crate) struct Elf {
    pub(crate) is_position_independent: bool,
    pub(crate) entry: u64,
    pub(crate) segments: Vec<Segment>,
    /// Virtual address and length of the note, and of the dynamic section.
    pub(crate) note: Option<(u64, u64)>,
    pub(crate) dynamic: Option<(u64, u64)>,
}

/// A segment that is loaded.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) address: u64,
    pub(crate) flags: SegmentFlags,
    pub(crate) bytes: Vec<u8>,
    pub(crate) memory_size: u64,
}

impl Segment {
    /// Its pages as they must be in memory.
    pub(crate) fn in_memory(&self) -> (u64, SegmentFlags, Vec<u8>) {
        let start = self.address & !0xFFF;
        let mut bytes = vec![0; usize::try_from(self.address - start).unwrap()];
        bytes.extend_from_slice(&self.bytes);
        let end = (self.address + self.memory_size).next_multiple_of(4096);
        bytes.resize(usize::try_from(end - start).unwrap(), 0);
        (start, self.flags, bytes)
    }

    fn end_of_file_part(&self) -> u64 {
        self.address + self.bytes.len() as u64
    }
}

/// A note with these requests.
pub(crate) fn note(requests: &KernelRequests) -> Vec<u8> {
    let words = [
        requests.version,
        requests.size,
        requests.stack_size,
        requests.flags.bits(),
        requests.physical_memory_low,
        requests.physical_memory_high,
    ];
    let sizes = [8, 32, NOTE_TYPE_REQUESTS].map(u32::to_le_bytes).concat();
    [sizes, NOTE_NAME.to_vec(), requests.magic.to_vec(), words.map(u32::to_le_bytes).concat()].concat()
}

impl Elf {
    /// Code, constants with the requests, and data followed by zeros; none of them begins at a page boundary.
    pub(crate) fn usual() -> Self {
        let note = note(&KernelRequests { stack_size: 20 << 10, ..KernelRequests::DEFAULT });
        let note_place = (BASE + 0x2010, note.len() as u64);
        let mixed = |seed: u32, length: u32| -> Vec<u8> {
            (0..length).map(|i| (i ^ seed).wrapping_mul(0x9E37_79B9).to_be_bytes()[0]).collect()
        };
        let read = SegmentFlags::READ;
        let segment = |address, flags, bytes: Vec<u8>, zeros| Segment {
            address,
            flags,
            memory_size: bytes.len() as u64 + zeros,
            bytes,
        };
        Self {
            is_position_independent: false,
            entry: BASE + 0x45,
            segments: vec![
                segment(BASE + 0x40, read | SegmentFlags::EXECUTE, mixed(1, 5000), 0),
                segment(BASE + 0x2010, read, [note, mixed(2, 100)].concat(), 0),
                segment(BASE + 0x3020, read | SegmentFlags::WRITE, mixed(3, 700), 10_000),
            ],
            note: Some(note_place),
            dynamic: None,
        }
    }

    /// Offset of the note in the file.
    pub(crate) fn note_offset(&self) -> usize {
        self.to_bytes().windows(8).position(|bytes| bytes == NOTE_NAME).unwrap() - 12
    }

    /// The file's bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let others = [(PT_NOTE, self.note), (PT_DYNAMIC, self.dynamic)];
        let count = self.segments.len() + others.iter().filter(|(_, place)| place.is_some()).count();
        let mut offset = 64 + 56 * count;
        let mut offsets = Vec::new();
        for segment in &self.segments {
            offsets.push(offset as u64);
            offset = (offset + segment.bytes.len()).next_multiple_of(16);
        }
        let mut file = self.header(u16::try_from(count).unwrap());
        for (segment, offset) in self.segments.iter().zip(&offsets) {
            let sizes = (segment.bytes.len() as u64, segment.memory_size);
            file.extend(program_header(PT_LOAD, segment.flags.bits(), *offset, segment.address, sizes));
        }
        for (kind, place) in others {
            let Some((address, size)) = place else { continue };
            let mut segments = self.segments.iter().zip(&offsets);
            let (segment, offset) = segments
                .find(|(segment, _)| (segment.address..segment.end_of_file_part()).contains(&address))
                .unwrap();
            file.extend(program_header(kind, 4, offset + address - segment.address, address, (size, size)));
        }
        for (segment, offset) in self.segments.iter().zip(offsets) {
            file.resize(usize::try_from(offset).unwrap(), 0);
            file.extend(&segment.bytes);
        }
        file
    }

    /// The ELF header. Source: System V ABI, "ELF Header".
    fn header(&self, count: u16) -> Vec<u8> {
        let mut header = vec![0; 64];
        header[..7].copy_from_slice(&[0x7F, b'E', b'L', b'F', 2, 1, 1]);
        header[16] = if self.is_position_independent { 3 } else { 2 };
        header[18] = 62;
        header[20] = 1;
        header[24..32].copy_from_slice(&self.entry.to_le_bytes());
        header[32] = 64;
        header[52] = 64;
        header[54] = 56;
        header[56..58].copy_from_slice(&count.to_le_bytes());
        header
    }
}

/// The file of `elf` with these notes at its end, each of which has a program header of its own, and with no other note.
pub(crate) fn with_notes_at_end(mut elf: Elf, notes: &[&[u8]]) -> Vec<u8> {
    const HEADER_SIZE: usize = 56;
    // The headers in which the notes are put: those of an empty note, and as many dynamic sections.
    assert!(notes.len() <= 2 && elf.dynamic.is_none());
    let (address, _) = elf.note.unwrap();
    elf.dynamic = (notes.len() == 2).then_some((address, 0));
    let first = 64 + HEADER_SIZE * elf.segments.len();
    let mut file = elf.to_bytes();
    for (index, note) in notes.iter().enumerate() {
        file.resize(file.len().next_multiple_of(4), 0);
        let size = note.len() as u64;
        let header = program_header(PT_NOTE, 4, file.len() as u64, 0, (size, size));
        let at = first + HEADER_SIZE * index;
        file[at..at + HEADER_SIZE].copy_from_slice(&header);
        file.extend_from_slice(note);
    }
    file
}

/// A program header. Source: System V ABI, "Program Header".
fn program_header(kind: u32, flags: u32, offset: u64, address: u64, (file, memory): (u64, u64)) -> Vec<u8> {
    let words = [offset, address, address, file, memory, 16];
    [[kind, flags].map(u32::to_le_bytes).concat(), words.map(u64::to_le_bytes).concat()].concat()
}
