//! Modules that are loaded at run time: `greeter.so` and `calculator.so`, which the loader has put into memory.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use core::sync::atomic::{AtomicBool, Ordering};

use farjump_api::{BootInfo, CpuFeatures};
use farjump_kernel::fault::backtrace::Backtrace;
use farjump_kernel::memory::{PAGE_SIZE, Part, frames, pages, paging};
use farjump_kernel::module::{self, ModuleError};
use farjump_module_loader::sample::{self, Sample};
use test_kernels::raise::{Rip, check, expect};
use test_kernels::{page_table, raise, test_kernel};
use x86_64::VirtAddr;
use x86_64::registers::control::Cr2;

test_kernel!(
    the_greeter_is_loaded_called_unloaded_and_called_again_after_reload,
    initialisers_and_finalisers_run,
    a_module_calls_its_host_and_is_called_by_name,
    a_module_that_runs_is_not_unloaded,
    what_cannot_be_done_is_an_error,
    a_rejected_file_leaks_nothing,
    code_and_constants_are_read_only_and_data_is_not_executable,
    a_module_lies_between_guard_pages,
    nothing_is_mapped_between_a_modules_segments,
    a_module_that_is_linked_above_zero_is_loaded_and_called,
    a_backtrace_goes_through_a_module,
    what_is_not_memory_is_no_text,
    ten_thousand_loads_and_unloads_leak_no_frame,
);

type EachOperation = extern "C" fn(extern "C" fn(*const u8, usize));

const SIX_TIMES_SEVEN: &str = "6 7 *";

fn load(name: &str) -> Result<(), ModuleError> {
    let file = module::in_memory(name).expect("the loader has put it into memory");
    // SAFETY: a module of the project's.
    unsafe { module::load(name, file) }.map(drop)
}

fn call(name: &str, symbol: &str) -> Result<Option<alloc::string::String>, ModuleError> {
    // SAFETY: the functions that the tests call return text.
    unsafe { module::call(name, symbol) }
}

fn the_greeter_is_loaded_called_unloaded_and_called_again_after_reload(_: &'static BootInfo) {
    for _ in 0..2 {
        load("greeter").expect("it is good");
        assert_eq!(call("greeter", "greet"), Ok(Some("Hello from Rust!".into())));
        module::unload("greeter").expect("it isn't in use");
        assert_eq!(call("greeter", "greet"), Err(ModuleError::NotLoaded));
    }
}

/// The finaliser's line is in the row of `cargo xtask test`.
fn initialisers_and_finalisers_run(_: &'static BootInfo) {
    load("calculator").expect("it is good");
    assert_eq!(call("calculator", "report"), Ok(Some("evaluations: 0, initialisers run: 1".into())));
    module::unload("calculator").expect("it isn't in use");
}

fn a_module_calls_its_host_and_is_called_by_name(_: &'static BootInfo) {
    load("calculator").expect("it is good");
    let calculator = module::find("calculator").expect("it is loaded");
    type Evaluate = unsafe extern "C" fn(*const u8, usize, *mut i64) -> i32;
    // SAFETY: the type that modules/calculator says.
    let evaluate = unsafe { calculator.get::<Evaluate>(b"evaluate") }.expect("it is exported");
    // SAFETY: as above.
    let evaluations = unsafe { calculator.get::<*const u64>(b"EVALUATIONS\0") }.expect("it is exported");
    let mut result = 0;
    // SAFETY: the text's own address and size, and a number.
    let status = unsafe { evaluate(SIX_TIMES_SEVEN.as_ptr(), SIX_TIMES_SEVEN.len(), &raw mut result) };
    // SAFETY: a static of the module, which nothing uses now.
    assert_eq!((status, result, unsafe { **evaluations }), (0, 42, 1), "status, result, evaluations");
    drop(calculator);
    module::unload("calculator").expect("it isn't in use any more");
}

extern "C" fn try_to_unload(_: *const u8, _: usize) {
    let uses = module::list()[0].uses;
    assert_eq!(module::unload("calculator"), Err(ModuleError::InUse(uses)));
}

fn a_module_that_runs_is_not_unloaded(_: &'static BootInfo) {
    load("calculator").expect("it is good");
    let calculator = module::find("calculator").expect("it is loaded");
    // SAFETY: the type that modules/calculator says.
    let each_operation =
        unsafe { calculator.get::<EachOperation>(b"each_operation") }.expect("it is exported");
    each_operation(try_to_unload);
    let second = calculator.clone();
    drop(calculator);
    assert_eq!(module::unload("calculator"), Err(ModuleError::InUse(1)));
    drop(second);
    assert_eq!(module::unload("calculator"), Ok(()));
}

fn what_cannot_be_done_is_an_error(_: &'static BootInfo) {
    load("calculator").expect("it is good");
    assert_eq!(load("calculator"), Err(ModuleError::AlreadyLoaded));
    assert_eq!(module::unload("greeter"), Err(ModuleError::NotLoaded));
    assert_eq!(module::in_memory("nothing"), None);
    assert_eq!(call("calculator", "EVALUATIONS"), Err(ModuleError::NotAFunction));
    assert!(matches!(call("calculator", "nothing"), Err(ModuleError::Symbol(_))));
    assert_eq!(module::list().len(), 1, "modules after what was refused");
    module::unload("calculator").expect("it isn't in use");
    assert!(module::list().is_empty(), "no module is left");
}

fn a_rejected_file_leaks_nothing(_: &'static BootInfo) {
    let whole = module::in_memory("greeter").expect("it is there");
    let free_before = frames::free_count();
    for length in [0, 63, 64, 300, 500] {
        // SAFETY: it is refused, and none of it runs.
        let verdict = unsafe { module::load("greeter", &whole[..length]) }.map(drop);
        let Err(ModuleError::Rejected(reason)) = verdict else { panic!("{verdict:?}") };
        assert!(reason.contains(": "), "{reason}");
    }
    assert_eq!(frames::free_count(), free_before, "free frames after files that were refused");
    assert!(module::list().is_empty(), "a refused module is in the list");
}

fn code_and_constants_are_read_only_and_data_is_not_executable(boot_info: &'static BootInfo) {
    load("calculator").expect("it is good");
    let calculator = module::find("calculator").expect("it is loaded");
    let address = |name: &str| calculator.find(name.as_bytes()).expect("it is exported").address;
    let (code, data, constants) = (address("evaluate"), address("EVALUATIONS"), calculator.base());
    expect(14);
    for (what, read_only) in [("code", code), ("constants", constants)] {
        raise!("mov [rax], rcx", rax = read_only);
        assert_eq!(Cr2::read_raw(), read_only, "a write to a module's {what} has to fault, and didn't");
        check(14, 0b0_0011, Rip::AtCause);
    }
    if boot_info.cpu_features.contains(CpuFeatures::NO_EXECUTE) {
        for (what, not_executable) in [("data", data), ("constants", constants)] {
            raise!("mov r13, rax; jmp rax", rax = not_executable);
            assert_eq!(
                Cr2::read_raw(),
                not_executable,
                "a jump to a module's {what} has to fault, and didn't"
            );
            check(14, 0b1_0001, Rip::AtCause);
        }
        page_table::for_each(boot_info, |mapping| {
            assert!(!mapping.is_writable_and_executable(), "{mapping:?}")
        });
    }
    farjump_kernel::arch::trap::remove_handler(14);
    drop(calculator);
    module::unload("calculator").expect("it isn't in use");
}

fn a_module_lies_between_guard_pages(_: &'static BootInfo) {
    for name in ["greeter", "calculator"] {
        load(name).expect("it is good");
    }
    for info in module::list() {
        let (start, end) = (info.base, info.base + info.size);
        assert_eq!(info.base % PAGE_SIZE, 0, "{} begins at a page", info.name);
        assert_eq!(pages::owner(start - 1), Some(("a module", Part::GuardBelow)));
        assert_eq!(pages::owner(end), Some(("a module", Part::GuardAbove)));
        for guard in [start - 1, end] {
            let mapping = paging::translate(VirtAddr::new(guard));
            assert_eq!(mapping, None, "{}: {guard:#x} is in a guard page", info.name);
        }
        module::unload(&info.name).expect("it isn't in use");
        let mapping = paging::translate(VirtAddr::new(start));
        assert_eq!(mapping, None, "{}: {start:#x} after it was unloaded", info.name);
    }
}

/// The sample has one more segment, two pages after the last.
fn nothing_is_mapped_between_a_modules_segments(_: &'static BootInfo) {
    const LAST: u64 = 0x8000;
    let free_before = frames::free_count();
    let mut sample = Sample::new();
    let header = Sample::program_header(sample::SPARE_HEADER);
    // PT_LOAD, readable and writable; offset, addresses, size in the file and in memory, alignment.
    sample.set_u32(header, 1);
    sample.set_u32(header + 4, 6);
    let fields = [0, LAST, LAST, 0, PAGE_SIZE, PAGE_SIZE];
    sample.put(header + 8, fields.map(u64::to_le_bytes).as_flattened());
    // SAFETY: its code does nothing.
    unsafe { module::load("sample", &sample.bytes) }.expect("it is good");
    let base = module::list()[0].base;
    assert_eq!(module::list()[0].size, LAST + PAGE_SIZE, "bytes from the first to the last page");
    expect(14);
    for gap in [LAST - 2 * PAGE_SIZE, LAST - 1] {
        raise!("mov cl, [rax]", rax = base + gap);
        assert_eq!(Cr2::read_raw(), base + gap, "a read {gap:#x} bytes after the base has to fault");
        check(14, 0b0_0000, Rip::AtCause);
    }
    farjump_kernel::arch::trap::remove_handler(14);
    for mapped in [LAST - 2 * PAGE_SIZE - 1, LAST] {
        assert!(paging::translate(VirtAddr::new(base + mapped)).is_some(), "{mapped:#x}");
    }
    module::unload("sample").expect("it isn't in use");
    drop(sample);
    assert_eq!(frames::free_count(), free_before, "free frames after the module was unloaded");
}

/// Its function returns a word that a relocation has set to the address of a text in its data.
fn a_module_that_is_linked_above_zero_is_loaded_and_called(_: &'static BootInfo) {
    for start in [0x1000, 0xFFFF_FFFF_8000_0000] {
        let mut sample = Sample::linked_at(start);
        let segment = |sample: &Sample, index| {
            let offset = sample.u64(Sample::program_header(index) + 8);
            usize::try_from(offset).expect("the file is small")
        };
        let (code, data) = (segment(&sample, sample::TEXT_SEGMENT), segment(&sample, sample::DATA_SEGMENT));
        // The first word of the data points to the second, which becomes a text.
        sample.set_u64(data, sample::address(data) + 16 + start);
        sample.put(data + 16, b"linked above zero\0");
        // mov rax, [rip + data]; ret
        let displacement = sample::address(data) - (sample::address(code) + 7);
        sample.put(code, &[0x48, 0x8B, 0x05]);
        sample.set_u32(code + 3, u32::try_from(displacement).expect("the module is small"));
        sample.put(code + 7, &[0xC3]);
        // SAFETY: its code does nothing else.
        let loaded = unsafe { module::load("sample", &sample.bytes) }.map(drop);
        assert_eq!(loaded, Ok(()), "a module linked at {start:#x}");
        assert_eq!(call("sample", "answer"), Ok(Some("linked above zero".into())), "linked at {start:#x}");
        module::unload("sample").expect("it isn't in use");
    }
}

/// Whether the backtrace went through the module and then to this file's functions.
static WENT_THROUGH: AtomicBool = AtomicBool::new(false);

extern "C" fn look_back(_: *const u8, _: usize) {
    let text = format!("{}", Backtrace::here());
    let mut lines = text.lines().skip_while(|line| !line.starts_with("  at calculator+0x"));
    let caller = lines.find(|line| line.contains("a_backtrace_goes_through_a_module"));
    WENT_THROUGH.store(caller.is_some(), Ordering::Relaxed);
}

fn a_backtrace_goes_through_a_module(_: &'static BootInfo) {
    load("calculator").expect("it is good");
    let calculator = module::find("calculator").expect("it is loaded");
    // SAFETY: the type that modules/calculator says.
    let each_operation =
        unsafe { calculator.get::<EachOperation>(b"each_operation") }.expect("it is exported");
    each_operation(look_back);
    assert!(WENT_THROUGH.load(Ordering::Relaxed), "no line of this function after the module's");
    drop(calculator);
    module::unload("calculator").expect("it isn't in use");
}

/// The sample's function returns the address of a device's registers: mapped, but reading them may change them.
fn what_is_not_memory_is_no_text(boot_info: &'static BootInfo) {
    const LOCAL_APIC: u64 = 0xFEE0_0000;
    let address = boot_info.physical_memory_offset + LOCAL_APIC;
    assert!(paging::translate(VirtAddr::new(address)).is_some(), "the loader maps the local APIC");
    let mut sample = Sample::new();
    let offset = sample.u64(Sample::program_header(sample::TEXT_SEGMENT) + 8);
    let code = usize::try_from(offset).expect("the file is small");
    // mov rax, address; ret
    sample.put(code, &[0x48, 0xB8]);
    sample.set_u64(code + 2, address);
    sample.put(code + 10, &[0xC3]);
    // SAFETY: its code does nothing else.
    unsafe { module::load("sample", &sample.bytes) }.expect("it is good");
    assert_eq!(call("sample", "answer"), Err(ModuleError::NoText(address)));
    module::unload("sample").expect("it isn't in use");
}

fn ten_thousand_loads_and_unloads_leak_no_frame(_: &'static BootInfo) {
    let free_before = frames::free_count();
    for _ in 0..10_000 {
        load("greeter").expect("it is good");
        module::unload("greeter").expect("it isn't in use");
    }
    assert_eq!(frames::free_count(), free_before, "free frames after 10,000 loads");
}
