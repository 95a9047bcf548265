//! What is done with a good file: memory, relocation, protection, symbols. None of it is executed here.
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]
#![expect(clippy::cast_possible_truncation, reason = "usize has 64 bits")]

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use farjump_kernel_memory::protection::Protection;
use farjump_module_loader::sample::{
    ANSWER, COUNTER, DATA_SEGMENT, GNU_HASH, HELPER, LIBRARY_NAME, RELRO_HEADER, Sample, address,
};
use farjump_module_loader::{
    Image, Library, LoadError, Mapped, Mapper, NoLibraries, Plan, Region, Reserved, Resolver, Rule,
    SymbolError, SymbolKind,
};

const BASE: u64 = 0xFFFF_FE00_0000_1000;

/// Remembers what is done with its memory.
#[derive(Debug, Clone, Default)]
struct Recorder {
    log: Rc<RefCell<Log>>,
    /// Refuses to protect.
    is_broken: bool,
}

#[derive(Debug, Default)]
struct Log {
    /// Blocks of memory that are in use.
    live: usize,
    /// The last one's bytes, as they were when it was protected.
    image: Vec<u8>,
    regions: Vec<Region>,
}

#[derive(Debug)]
struct Memory {
    bytes: Vec<u8>,
    recorder: Recorder,
}

#[derive(Debug, PartialEq, Eq)]
struct CantProtect;

impl fmt::Display for CantProtect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("can't protect")
    }
}

impl Mapper for Recorder {
    type Reserved = Memory;

    fn reserve(&mut self, size_bytes: u64) -> Result<Memory, CantProtect> {
        self.log.borrow_mut().live += 1;
        Ok(Memory { bytes: vec![0; size_bytes as usize], recorder: self.clone() })
    }
}

impl Reserved for Memory {
    type Mapped = Self;

    fn address(&self) -> u64 {
        BASE
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn protect(self, regions: &[Region]) -> Result<Self, CantProtect> {
        if self.recorder.is_broken {
            return Err(CantProtect);
        }
        let mut log = self.recorder.log.borrow_mut();
        log.regions = regions.to_vec();
        log.image.clone_from(&self.bytes);
        drop(log);
        Ok(self)
    }
}

impl Mapped for Memory {
    type Error = CantProtect;

    fn unmap(self) -> Result<(), CantProtect> {
        Ok(())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.recorder.log.borrow_mut().live -= 1;
    }
}

/// The symbol that the sample leaves undefined, and a library.
struct Helper;

impl Resolver for Helper {
    fn has_library(&self, name: &[u8]) -> bool {
        name == b"libneeded.so"
    }

    fn address_of(&self, name: &[u8]) -> Option<u64> {
        (name == b"helper").then_some(0x1234)
    }
}

fn map(sample: &Sample, recorder: &mut Recorder) -> Image<Memory> {
    Plan::new(&sample.bytes, &NoLibraries).unwrap().map(recorder).unwrap()
}

impl Recorder {
    /// Returns the word of the image that is at `address` of the file's linker.
    fn word(&self, address: u64) -> u64 {
        let image = &self.log.borrow().image;
        u64::from_le_bytes(*image[address as usize..].first_chunk().unwrap())
    }

    fn live(&self) -> usize {
        self.log.borrow().live
    }
}

/// Returns the addresses of the sample's pointers: see its relocations.
fn pointer(index: u64) -> u64 {
    0x28C0 + 8 * index
}

#[test]
fn each_kind_of_relocation_writes_what_it_should() {
    let mut recorder = Recorder::default();
    let image = map(&Sample::new(), &mut recorder);
    assert_eq!((image.base(), image.size()), (BASE, 0x6000));
    let (code, data) = (address(0x680), address(0xA00));
    assert_eq!(recorder.word(address(0x8A0)), BASE + code + 16, "RELATIVE");
    assert_eq!(recorder.word(pointer(0)), BASE + code + 4, "64 with an addend");
    assert_eq!(recorder.word(pointer(1)), BASE + data, "GLOB_DAT");
    assert_eq!(recorder.word(pointer(2)), 0, "a weak symbol that is undefined");
    assert_eq!(recorder.word(pointer(3)), 0, "NONE");
    assert_eq!(recorder.word(pointer(4)), BASE + code, "JUMP_SLOT");
    assert_eq!((recorder.word(data), recorder.word(data + 8)), (BASE + data + 8, BASE + data), "RELR");
    assert_eq!(recorder.word(data + 0x1000), 0, ".bss");
    assert_eq!(recorder.log.borrow().image[code as usize], 0xB8, "code is as it was");
}

/// All that is relocated, exported or protected is the same, wherever the linker has put the module.
#[test]
fn a_module_that_is_linked_above_zero_is_loaded_as_one_at_zero() {
    let (mut at_zero, mut above) = (Recorder::default(), Recorder::default());
    let image = map(&Sample::new(), &mut at_zero);
    for start in [0x1000, 0x40_0000, 0xFFFF_FFFF_8000_0000] {
        let moved = map(&Sample::linked_at(start), &mut above);
        assert_eq!((moved.base(), moved.size()), (BASE, 0x6000), "{start:#x}");
        let words = (0x8A0..0xA40).step_by(8).map(address);
        for word in words {
            assert_eq!(above.word(word), at_zero.word(word), "the word at {word:#x} after {start:#x}");
        }
        let code = address(0x680)..address(0x6A0);
        let bytes = |recorder: &Recorder| {
            recorder.log.borrow().image[code.start as usize..code.end as usize].to_vec()
        };
        assert_eq!(bytes(&above), bytes(&at_zero), "code");
        assert_eq!(above.log.borrow().regions, at_zero.log.borrow().regions);
        for name in [&b"answer"[..], b"counter"] {
            let address = |image: &Image<Memory>| image.find(name).unwrap().address;
            assert_eq!(address(&moved), address(&image), "{start:#x}");
        }
    }
}

#[test]
fn no_page_is_writable_and_executable_and_relro_is_read_only() {
    let mut recorder = Recorder::default();
    drop(map(&Sample::new(), &mut recorder));
    let expected = [
        (0x0000..0x1000, Protection::ReadOnly),
        (0x1000..0x2000, Protection::ReadExecute),
        (0x2000..0x3000, Protection::ReadOnly),
        (0x3000..0x6000, Protection::ReadWrite),
    ];
    assert_eq!(
        recorder.log.borrow().regions,
        expected.map(|(range, protection)| Region { range, protection })
    );
}

#[test]
fn a_page_that_relro_has_only_the_beginning_of_stays_writable() {
    let mut sample = Sample::new();
    let (at, start) = (Sample::program_header(RELRO_HEADER), address(0xA00));
    sample.set_u64(at + 16, start);
    sample.set_u64(at + 40, 0x5000 - start + 8);
    let mut recorder = Recorder::default();
    drop(map(&sample, &mut recorder));
    let regions = recorder.log.borrow().regions[2..].to_vec();
    let expected = [
        (0x2000..0x3000, Protection::ReadWrite),
        (0x3000..0x5000, Protection::ReadOnly),
        (0x5000..0x6000, Protection::ReadWrite),
    ];
    assert_eq!(regions, expected.map(|(range, protection)| Region { range, protection }));
}

#[test]
fn pages_between_segments_have_no_rights() {
    let mut sample = Sample::new();
    let at = Sample::program_header(DATA_SEGMENT);
    sample.set_u64(at + 16, 0x8A00);
    // They would relocate what isn't there any more.
    [36, 35, 37].into_iter().for_each(|tag| sample.remove_dynamic(tag));
    sample.set_u64(Sample::symbol(COUNTER) + 8, 0x8A00);
    let mut recorder = Recorder::default();
    drop(map(&sample, &mut recorder));
    let regions = &recorder.log.borrow().regions;
    assert_eq!((regions[2].range.end, regions[3].range.start), (0x3000, 0x8000));
}

#[test]
fn whatever_goes_wrong_the_memory_is_freed() {
    let mut broken = Recorder { is_broken: true, ..Recorder::default() };
    let sample = Sample::new();
    let plan = Plan::new(&sample.bytes, &NoLibraries).unwrap();
    let error = plan.map(&mut broken).unwrap_err();
    assert_eq!(error, LoadError::Memory(CantProtect));
    assert_eq!(error.to_string(), "no memory for the module: can't protect");
    assert_eq!(broken.live(), 0);

    let mut recorder = Recorder::default();
    let mut sample = Sample::new();
    sample.set_u64(Sample::relocation(0) + 16, address(0xA00));
    let plan = Plan::new(&sample.bytes, &NoLibraries).unwrap();
    let Err(LoadError::Rejected(error)) = plan.map(&mut recorder) else { panic!("an initialiser in data") };
    assert_eq!(error.rule, Rule::Initialiser);
    assert_eq!(recorder.live(), 0);
}

#[test]
fn a_resolver_knows_libraries_and_symbols() {
    let mut sample = Sample::new();
    sample.add_dynamic(1, LIBRARY_NAME);
    sample.bytes[Sample::symbol(HELPER) + 4] = 0x10;
    let mut recorder = Recorder::default();
    Plan::new(&sample.bytes, &Helper).unwrap().map(&mut recorder).unwrap();
    assert_eq!(recorder.word(pointer(2)), 0x1234);
    let error = Plan::new(&sample.bytes, &NoLibraries).unwrap_err();
    assert_eq!((error.rule, error.names), (Rule::Needed, vec![&b"libneeded.so"[..]]));
}

#[test]
fn one_hash_table_is_enough_whichever() {
    for removed in [4, 0x6FFF_FEF5] {
        let mut sample = Sample::new();
        sample.remove_dynamic(removed);
        let image = map(&sample, &mut Recorder::default());
        assert_eq!(
            image.symbols().map(|symbol| symbol.name).collect::<Vec<_>>(),
            [&b"answer"[..], b"counter"]
        );
    }
}

#[test]
fn an_empty_gnu_hash_table_leaves_undefined_symbols_to_the_relocations() {
    let mut sample = Sample::new();
    sample.remove_dynamic(4);
    // As GNU ld writes it for a file without exports: first symbol 1, no symbol in the bucket.
    sample.set_u32(GNU_HASH + 4, 1);
    sample.set_u32(GNU_HASH + 24, 0);
    let mut recorder = Recorder::default();
    let image = map(&sample, &mut recorder);
    assert_eq!(image.symbols().len(), 0);
    assert_eq!(recorder.word(pointer(0)), BASE + address(0x680) + 4);
}

#[test]
fn what_is_not_read_does_not_matter() {
    let mut sample = Sample::new();
    sample.bytes[7] = 3; // OS/ABI: Linux.
    sample.set_u64(24, u64::MAX); // e_entry
    sample.set_u64(40, u64::MAX); // e_shoff
    sample.put(58, &[0xFF; 6]); // sections' size, number, names
    sample.add_dynamic(14, u64::MAX); // DT_SONAME
    sample.add_dynamic(0x6FFF_FFF0, u64::MAX); // DT_VERSYM
    sample.add_dynamic(0x6FFF_FFFE, u64::MAX); // DT_VERNEED
    map(&sample, &mut Recorder::default());
}

#[test]
fn symbols_that_others_may_not_see_are_not_exported() {
    type Change = fn(&mut Sample);
    let changes: [(&str, Change); 3] = [
        ("local", |s| s.bytes[Sample::symbol(ANSWER) + 4] = 0x02),
        ("hidden", |s| s.bytes[Sample::symbol(ANSWER) + 5] = 2),
        ("absolute", |s| s.set_u16(Sample::symbol(ANSWER) + 6, 0xFFF1)),
    ];
    for (what, change) in changes {
        let mut sample = Sample::new();
        change(&mut sample);
        let image = map(&sample, &mut Recorder::default());
        assert_eq!(image.find(b"answer"), None, "{what}");
        assert!(image.find(b"counter").is_some(), "{what}");
    }
}

#[test]
fn an_absolute_symbol_is_not_moved() {
    let mut sample = Sample::new();
    sample.set_u16(Sample::symbol(ANSWER) + 6, 0xFFF1);
    sample.set_u64(Sample::symbol(ANSWER) + 8, 0x5678);
    let mut recorder = Recorder::default();
    drop(map(&sample, &mut recorder));
    assert_eq!(recorder.word(pointer(4)), 0x5678);
}

/// Returns a sample that calls nothing when it is loaded or unloaded.
fn silent() -> Sample {
    let mut sample = Sample::new();
    [25, 27, 26, 28, 12, 13].into_iter().for_each(|tag| sample.remove_dynamic(tag));
    sample
}

fn load(sample: &Sample, recorder: &mut Recorder) -> Library<Memory> {
    // SAFETY: none of the module is called: it has no initialisers.
    unsafe { Library::load(&sample.bytes, &NoLibraries, recorder) }.unwrap()
}

#[test]
fn a_symbol_is_found_with_and_without_its_nul() {
    let library = load(&silent(), &mut Recorder::default());
    for name in [&b"counter"[..], b"counter\0"] {
        // SAFETY: a static of 8 bytes; only its address is looked at.
        let counter = unsafe { library.get::<*const u64>(name) }.unwrap();
        assert_eq!(counter.addr() as u64, BASE + address(0xA00));
    }
    let answer = library.find(b"answer").unwrap();
    assert_eq!((answer.kind, answer.size), (SymbolKind::Function, 6));
    assert_eq!(library.symbols().count(), 2);
    assert_eq!(library.find(b"counter").unwrap().kind, SymbolKind::Data);
}

#[test]
fn each_wrong_way_to_ask_for_a_symbol_has_its_error() {
    let library = load(&silent(), &mut Recorder::default());
    let error = |name: &[u8]| {
        // SAFETY: it is rejected.
        unsafe { library.get::<*const u64>(name) }.unwrap_err()
    };
    assert_eq!(error(b""), SymbolError::Empty);
    assert_eq!(error(b"\0"), SymbolError::Empty);
    assert_eq!(error(b"ans\0wer"), SymbolError::InteriorNul(3));
    assert_eq!(error(b"answer\0\0"), SymbolError::InteriorNul(6));
    assert_eq!(error(b"answe"), SymbolError::Undefined);
    assert_eq!(error(b"helper"), SymbolError::Undefined);
    // SAFETY: it is rejected.
    let wide = unsafe { library.get::<[usize; 2]>(b"answer") };
    assert_eq!(wide.unwrap_err(), SymbolError::WrongSize(16));
    // SAFETY: it is rejected.
    let narrow = unsafe { library.get::<u8>(b"answer") };
    assert_eq!(narrow.unwrap_err(), SymbolError::WrongSize(1));
    let errors =
        [SymbolError::Empty, SymbolError::InteriorNul(3), SymbolError::Undefined, SymbolError::WrongSize(16)];
    assert_eq!(
        errors.map(|error| error.to_string()),
        [
            "the symbol's name is empty",
            "the symbol's name has a NUL, at byte 3",
            "the module exports no such symbol",
            "a symbol is a pointer of 8 bytes; the type that was asked for has 16",
        ]
    );
}

#[test]
fn closing_and_dropping_free_the_memory() {
    let mut recorder = Recorder::default();
    let sample = silent();
    let library = load(&sample, &mut recorder);
    assert_eq!((library.base(), library.size()), (BASE, 0x6000));
    drop(library);
    for _ in 0..10_000 {
        let (closed, dropped) = (load(&sample, &mut recorder), load(&sample, &mut recorder));
        assert_eq!(recorder.live(), 2);
        drop(dropped);
        closed.close().unwrap();
        assert_eq!(recorder.live(), 0);
    }
}
