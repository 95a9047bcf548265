//! Notes with and without wishes.

use super::*;
use farjump_api::{BootInfo, NOTE_TYPE_WISHES, Wishes, WishesNote};

/// A note as the assembler's `.note` sections have them.
fn note(name: &[u8], kind: u32, descriptor: &[u8]) -> Vec<u8> {
    let sizes = [name.len(), descriptor.len()].map(|size| u32::try_from(size).unwrap().to_le_bytes());
    let mut bytes = [sizes.concat(), kind.to_le_bytes().to_vec(), name.to_vec()].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(descriptor);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn descriptor(wishes: Wishes) -> Vec<u8> {
    let Wishes { protocol_version, size, stack_size, reserved, physical_memory_low, physical_memory_high } =
        wishes;
    [protocol_version, size, stack_size, reserved, physical_memory_low, physical_memory_high]
        .map(u32::to_le_bytes)
        .concat()
}

fn found(wishes: Wishes) -> Result<Option<Wishes>, ElfError> {
    find_wishes(&note(b"farjump\0", NOTE_TYPE_WISHES, &descriptor(wishes)))
}

#[test]
fn wishes_are_found_among_the_notes_of_others() {
    let wishes = Wishes { stack_size: 1 << 20, ..Wishes::DEFAULT };
    let others = [note(b"GNU\0", 3, &[0xAB; 20]), note(b"", 1, b""), note(b"farjump\0", 7, b"odd")].concat();
    assert_eq!(find_wishes(&others), Ok(None));
    assert_eq!(find_wishes(&[]), Ok(None));
    let ours = note(b"farjump\0", NOTE_TYPE_WISHES, &descriptor(wishes));
    assert_eq!(ours.len(), size_of::<WishesNote>());
    assert_eq!(find_wishes(&[others, ours].concat()), Ok(Some(wishes)));
}

#[test]
fn wishes_that_cannot_be_granted_are_refused() {
    let another_version = Wishes { protocol_version: BootInfo::VERSION + 1, ..Wishes::DEFAULT };
    assert_eq!(found(another_version), Err(WishError::ProtocolVersion(BootInfo::VERSION + 1).into()));
    for stack_size in [0, 4095, (16 << 20) + 1] {
        let wishes = Wishes { stack_size, ..Wishes::DEFAULT };
        assert_eq!(found(wishes), Err(WishError::StackSize(stack_size).into()));
    }
    for offset in [0, 1 << 30, 0x8000_0000_0000, 0xFFFF_8000_2000_0000, 0xFFFF_7FFF_C000_0000] {
        let wishes = Wishes::DEFAULT.with_physical_memory_at(offset);
        assert_eq!(found(wishes), Err(WishError::PhysicalMemoryOffset(offset).into()));
    }
    assert!(found(Wishes::DEFAULT.with_physical_memory_at(0xFFFF_FFFF_C000_0000)).is_ok());
}

#[test]
fn notes_that_are_cut_off_are_refused() {
    let whole =
        [note(b"GNU\0", 3, &[1; 4]), note(b"farjump\0", NOTE_TYPE_WISHES, &descriptor(Wishes::DEFAULT))]
            .concat();
    assert_eq!(find_wishes(&whole[..60]), Ok(None));
    let short = note(b"farjump\0", NOTE_TYPE_WISHES, &descriptor(Wishes::DEFAULT)[..16]);
    assert_eq!(find_wishes(&short), Err(WishError::Short(16).into()));
    assert_eq!(find_wishes(&[0xFF; 24]), Ok(None));
}
