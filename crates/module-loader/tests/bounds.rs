//! Files of 16 MiB that make the loader work as hard as they can: each is done with in a second of the CPU's time,
//! with 64 MiB of memory, the file included.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::time::Duration;

use farjump_module_loader::memory::Scratch;
use farjump_module_loader::sample::{GNU_HASH, HASH, Sample};
use farjump_module_loader::{NoLibraries, Plan, limits};
use fuzz_mutator::{CountingAllocator, most_allocated};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const TIME_LIMIT: Duration = Duration::from_secs(1);
const MEMORY_LIMIT: usize = 64 << 20;

/// The file's first part, which the sample has, and then a table that fills the rest.
const TABLE: usize = 0xA40;

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap())
}

/// Returns what `cargo xtask modcheck` does with a file, verdict included.
fn check(file: &[u8]) -> String {
    let verdict = Plan::new(file, &NoLibraries).and_then(|plan| {
        let image = plan.map(&mut Scratch).map_err(|error| panic!("{error}"));
        image.map(|image| format!("ok: {} symbols", image.symbols().len()))
    });
    verdict.unwrap_or_else(|error| error.to_string())
}

fn assert_within_bounds(sample: Sample, verdict: &str) {
    assert!(sample.bytes.len() <= limits::FILE_SIZE);
    let mut text = String::new();
    let started = thread_time();
    let allocated = most_allocated(|| text = check(&sample.bytes));
    let duration = thread_time() - started;
    println!(
        "{duration:?}, {} KiB: {}",
        (allocated + sample.bytes.len()) >> 10,
        &text[..text.len().min(100)]
    );
    assert!(text.starts_with(verdict), "{}", &text[..text.len().min(200)]);
    assert!(duration <= TIME_LIMIT, "{duration:?}");
    assert!(allocated + sample.bytes.len() <= MEMORY_LIMIT, "{allocated}");
}

/// Returns the sample, with a segment of `table` after it: readable, or writable.
fn with_table(table: &[u8], flags: u32) -> Sample {
    let mut sample = Sample::new();
    sample.bytes.extend(table);
    let at = Sample::program_header(farjump_module_loader::sample::SPARE_HEADER);
    sample.set_u32(at, 1);
    sample.set_u32(at + 4, flags);
    let size = table.len() as u64;
    for (field, value) in [(8, TABLE as u64), (16, TABLE_ADDRESS), (32, size), (40, size)] {
        sample.set_u64(at + field, value);
    }
    sample
}

const TABLE_ADDRESS: u64 = 0x6000 + TABLE as u64;

/// Room for a table: the file and the image have 16 MiB at most.
const ROOM: usize = limits::FILE_SIZE - 0x8000;

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn relocations() {
    let entry = words(&[0x3A00, 8, 0]);
    let table = entry.repeat(ROOM / entry.len());
    let mut sample = with_table(&table, 4);
    sample.set_dynamic(7, TABLE_ADDRESS);
    sample.set_dynamic(8, table.len() as u64);
    // Its initialisers aren't relocated any more.
    [25, 27, 26, 28].into_iter().for_each(|tag| sample.remove_dynamic(tag));
    assert_within_bounds(sample, "ok: 2 symbols");
}

#[test]
fn packed_relocations() {
    // Half of the image is a table that relocates the other half, .bss, word by word.
    let bitmaps = (ROOM / 8 / 63 * 8 / 9).min(30_000);
    let mut table = words(&[TABLE_ADDRESS + 0x10_0000]);
    table.extend(words(&vec![u64::MAX; bitmaps]));
    let mut sample = with_table(&table, 6);
    let at = Sample::program_header(farjump_module_loader::sample::SPARE_HEADER);
    sample.set_u64(at + 40, ROOM as u64);
    for (tag, value) in [(36, TABLE_ADDRESS), (35, table.len() as u64)] {
        sample.set_dynamic(tag, value);
    }
    assert_within_bounds(sample, "ok: 2 symbols");
}

#[test]
fn symbols_with_long_names() {
    let count = limits::SYMBOLS;
    // One name of the greatest size, for all of them: undefined and strong, so that all are to be listed.
    let name = [&[b'a'; limits::NAME_SIZE][..], &[0]].concat();
    let mut table = name.clone();
    table.resize(2048, 0);
    table.extend([0; 24]);
    table.extend(words(&[0x10_0000_0000, 0, 0]).repeat(count - 1));
    let mut sample = with_table(&table, 4);
    for (tag, value) in [(5, TABLE_ADDRESS), (10, 2048), (6, TABLE_ADDRESS + 2048)] {
        sample.set_dynamic(tag, value);
    }
    sample.remove_dynamic(0x6FFF_FEF5);
    sample.set_u32(HASH + 4, u32::try_from(count).unwrap());
    sample.set_u32(HASH + 8, 0);
    // The chains need a word for each symbol: the hash table moves after the symbols.
    let start = sample.bytes.len();
    let hash = sample.bytes[HASH..HASH + 8].to_vec();
    sample.bytes.extend(hash);
    sample.bytes.extend(vec![0; 4 + 4 * count]);
    let size = (sample.bytes.len() - TABLE) as u64;
    let at = Sample::program_header(farjump_module_loader::sample::SPARE_HEADER);
    sample.set_u64(at + 32, size);
    sample.set_u64(at + 40, size);
    sample.set_dynamic(4, start as u64 + 0x6000);
    assert_within_bounds(sample, "undefined: ");
}

#[test]
fn hash_buckets() {
    let buckets = u32::try_from(ROOM / 4 - 64).unwrap();
    let mut table = [buckets, 4].map(u32::to_le_bytes).concat();
    table.resize(ROOM, 0);
    let mut sample = with_table(&table, 4);
    sample.remove_dynamic(0x6FFF_FEF5);
    sample.set_dynamic(4, TABLE_ADDRESS);
    assert_within_bounds(sample, "hash-lies: ");

    let mut table = [buckets - 64, 4, 1, 6].map(u32::to_le_bytes).concat();
    table.resize(ROOM, 0);
    let mut sample = with_table(&table, 4);
    sample.remove_dynamic(4);
    sample.set_dynamic(0x6FFF_FEF5, TABLE_ADDRESS);
    assert_within_bounds(sample, "ok: 0 symbols");
}

#[test]
fn dynamic_entries_and_needed_libraries() {
    let entry = words(&[1, 23]);
    let table = entry.repeat(ROOM / entry.len());
    let mut sample = with_table(&table, 4);
    let at = Sample::program_header(farjump_module_loader::sample::DYNAMIC_HEADER);
    for (field, value) in [(8, TABLE as u64), (16, TABLE_ADDRESS), (32, table.len() as u64)] {
        sample.set_u64(at + field, value);
    }
    assert_within_bounds(sample, "dynamic-end: ");
}

#[test]
fn program_headers() {
    let mut sample = Sample::new();
    let present = sample.bytes[Sample::program_header(0)..Sample::program_header(8)].to_vec();
    let start = sample.bytes.len() as u64;
    sample.bytes.extend(present);
    sample.bytes.extend(vec![0; 56 * (0xFFFF - 8)]);
    sample.set_u64(32, start);
    sample.set_u16(56, 0xFFFF);
    assert_within_bounds(sample, "ok: 2 symbols");
}

#[test]
fn an_image_of_16_mib() {
    let mut sample = with_table(&[1], 6);
    let at = Sample::program_header(farjump_module_loader::sample::SPARE_HEADER);
    sample.set_u64(at + 40, limits::IMAGE_SIZE - TABLE_ADDRESS);
    sample.bytes.resize(limits::FILE_SIZE, 0);
    assert!(sample.bytes[GNU_HASH] != 0);
    assert_within_bounds(sample, "ok: 2 symbols");
}
