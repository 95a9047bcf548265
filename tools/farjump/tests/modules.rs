//! The project's modules, built in several ways: loaded by `module-loader` and by Linux, they do the same; damaged,
//! they bring nothing down.
//!
//! Needs cargo and x86-64 Linux; no network and no QEMU.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

#[path = "modules/builds.rs"]
mod builds;
#[path = "modules/memory.rs"]
mod memory;
#[path = "modules/session.rs"]
mod session;

use std::env;
use std::ffi::{CStr, c_char};
use std::time::Duration;

use builds::{Build, Variant};
use farjump_module_loader::memory::Scratch;
use farjump_module_loader::{Library, NoLibraries, Plan};
use fuzz_mutator::{Campaign, CountingAllocator, EVERYDAY};
use memory::Pages;
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn both_loaders_get_the_same_text_from_the_same_file() {
    for variant in [Variant::Boot, Variant::Dev] {
        let build = Build::new("greeter", variant);
        // SAFETY: a module of the project's, which has no initialisers.
        let library = unsafe { Library::load(&build.bytes, &NoLibraries, &mut Pages) }.unwrap();
        // SAFETY: the type that modules/greeter says.
        let greet = unsafe { library.get::<extern "C" fn() -> *const c_char>(b"greet") }.unwrap();
        // SAFETY: a string in the module's constants.
        let ours = unsafe { CStr::from_ptr(greet()) }.to_str().unwrap().to_owned();
        assert_eq!(ours, "Hello from Rust!");
        assert_eq!(ours, farjump::module::greet::greeting(&build.path).unwrap());
    }
}

#[test]
fn however_the_calculator_is_built_both_loaders_run_it_the_same() {
    for variant in Variant::ALL {
        let build = Build::new("calculator", variant);
        assert!(build.has_what_its_variant_says(), "{variant:?}");
        let ours = session::by_module_loader(&build.bytes);
        let linux = session::by_linux(&build.path);
        assert_eq!(ours, linux, "{variant:?}");
        assert_eq!(ours, session::EXPECTED, "{variant:?}");
    }
}

#[test]
fn a_file_without_section_headers_is_as_good() {
    let whole = Build::new("calculator", Variant::Boot);
    let stripped = builds::without_sections(&whole.bytes);
    assert!(stripped.len() < whole.bytes.len());
    assert_eq!(session::by_module_loader(&stripped), session::EXPECTED);
}

#[test]
fn ten_thousand_loads_and_unloads_leave_nothing_mapped() {
    let build = Build::new("calculator", Variant::Boot);
    let mappings = || std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
    session::by_module_loader(&build.bytes);
    let before = (memory::live(), mappings());
    for _ in 0..10_000 {
        // SAFETY: a module of the project's.
        let library = unsafe { Library::load(&build.bytes, &NoLibraries, &mut Pages) }.unwrap();
        assert_eq!(memory::live(), before.0 + 1);
        library.close().unwrap();
    }
    assert_eq!(memory::live(), before.0);
    // Other tests' threads come and go: each leak would be a line or more.
    assert!(mappings() < before.1 + 1000, "{} mappings, then {}", before.1, mappings());
}

#[test]
fn damaged_modules_are_taken_or_refused_within_a_second_and_64_mib() {
    let count = env::var("FARJUMP_MUTATIONS").map_or(EVERYDAY, |count| count.parse().unwrap());
    for (package, variant) in Build::GOOD {
        let build = Build::new(package, variant);
        let mut longest = Duration::ZERO;
        let mut taken = 0;
        let campaign = Campaign { target: "module", seed: 1, iterations: 0..count };
        let report = campaign.run(&[build.bytes], |file| {
            let started = thread_time();
            taken += u64::from(is_taken(file));
            longest = longest.max(thread_time() - started);
        });
        println!("{package}, {variant:?}: {taken} taken, {longest:?} at most, {report:?}");
        assert!(longest < Duration::from_secs(1), "{longest:?}");
        assert!(report.peak_bytes < 64 << 20, "{report:?}");
        assert!(taken > 0 && taken < count);
    }
}

/// What `cargo xtask modcheck` does with a file.
fn is_taken(file: &[u8]) -> bool {
    let verdict = Plan::new(file, &NoLibraries).map(|plan| plan.map(&mut Scratch).map_err(|e| e.to_string()));
    verdict.map_err(|error| error.to_string()).and_then(|mapped| mapped).is_ok()
}

/// The CPU's time that this thread has had: what else the machine does isn't counted.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap())
}
