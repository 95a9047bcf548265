//! A kernel's notes, in which the loader looks for its requests.

use farjump_api::{BootInfo, KernelRequests, NOTE_NAME, NOTE_TYPE_REQUESTS};
use farjump_loader::elf_plan::find_requests;

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "requests", what: "a kernel's notes", corpus, run };

fn corpus() -> Vec<Vec<u8>> {
    let ours = note(&NOTE_NAME, NOTE_TYPE_REQUESTS, &descriptor(KernelRequests::DEFAULT));
    let linkers = note(b"GNU\0", 3, &[0xAB; 20]);
    vec![ours.clone(), [linkers, ours].concat()]
}

/// A note as linkers make them, all of its parts multiples of 4 bytes.
pub(crate) fn note(name: &[u8], kind: u32, descriptor: &[u8]) -> Vec<u8> {
    let sizes = [name.len(), descriptor.len()].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
    let words = [sizes[0], sizes[1], kind].map(u32::to_le_bytes);
    [words.as_flattened(), name, descriptor].concat()
}

pub(crate) fn descriptor(requests: KernelRequests) -> Vec<u8> {
    let KernelRequests { magic, version, size, stack_size, flags, .. } = requests;
    let words = [version, size, stack_size, flags.bits()].map(u32::to_le_bytes);
    [&magic, words.as_flattened(), &requests.physical_memory().to_le_bytes()].concat()
}

fn run(bytes: &[u8]) {
    match find_requests(bytes) {
        Ok(Some(requests)) => {
            assert_eq!(requests.version, BootInfo::VERSION);
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
    fn the_notes_to_begin_with_have_the_requests() {
        assert!(corpus().iter().all(|bytes| find_requests(bytes) == Ok(Some(KernelRequests::DEFAULT))));
    }
}
