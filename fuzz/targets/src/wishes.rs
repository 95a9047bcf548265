//! A kernel's notes, in which the loader looks for its requests.

use farjump_api::{BootInfo, NOTE_NAME, NOTE_TYPE_WISHES, Wishes};
use farjump_loader::elf_plan::find_wishes;

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "wishes", what: "a kernel's notes", corpus, run };

fn corpus() -> Vec<Vec<u8>> {
    let ours = note(&NOTE_NAME, NOTE_TYPE_WISHES, &descriptor(Wishes::DEFAULT));
    let linkers = note(b"GNU\0", 3, &[0xAB; 20]);
    vec![ours.clone(), [linkers, ours].concat()]
}

/// Returns a note as linkers make them, all of its parts multiples of 4 bytes.
pub(crate) fn note(name: &[u8], kind: u32, descriptor: &[u8]) -> Vec<u8> {
    let sizes = [name.len(), descriptor.len()].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
    let words = [sizes[0], sizes[1], kind].map(u32::to_le_bytes);
    [words.as_flattened(), name, descriptor].concat()
}

pub(crate) fn descriptor(requests: Wishes) -> Vec<u8> {
    let Wishes { protocol_version, size, stack_size, reserved, .. } = requests;
    let words = [protocol_version, size, stack_size, reserved].map(u32::to_le_bytes);
    [words.as_flattened(), &requests.physical_memory().to_le_bytes()].concat()
}

fn run(bytes: &[u8]) {
    match find_wishes(bytes) {
        Ok(Some(requests)) => {
            assert_eq!(requests.protocol_version, BootInfo::VERSION);
            assert!((4 << 10..=16 << 20).contains(&requests.stack_size));
            assert!(requests.physical_memory().is_multiple_of(1 << 30));
        }
        Ok(None) => {}
        Err(error) => assert_one_line(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_notes_have_the_requests() {
        assert!(corpus().iter().all(|bytes| find_wishes(bytes) == Ok(Some(Wishes::DEFAULT))));
    }
}
