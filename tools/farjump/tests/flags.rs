//! What boots is built in one way, whatever the user has configured; and says so when it doesn't link.
//!
//! Builds a kernel of a few lines in a workspace of its own. Needs cargo, no network and no QEMU.
//!
//! Without Rust's own harness: one of the tests starts this program again, in another environment.

#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use farjump::build::Kernel;
use farjump::workspace::Workspace;
use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

const MANIFEST: &str = "[workspace]\n[package]\nname = 'probe'\nversion = '0.1.0'\nedition = '2024'\n";

/// Its loop gets another shape with each instruction set.
const SOURCE: &str = r#"
    #![no_std]
    #![no_main]
    #[unsafe(no_mangle)]
    pub fn _start(numbers: &mut [f32; 64]) {
        for number in numbers { *number = *number * 3.0 + 1.0; }
    }
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! { loop {} }
"#;

/// A user's settings, all of which would change the probe.
const USERS_CONFIG: &str = r#"
    [build]
    rustflags = ["-Ctarget-cpu=haswell"]
    [target.x86_64-unknown-linux-gnu]
    rustflags = ["-Ctarget-cpu=haswell"]
    linker = "a-linker-that-is-not-there"
    [profile.boot]
    opt-level = "z"
    [profile.release]
    strip = true
"#;

/// Where this program, started in a changed environment, finds the probe that it is to build.
const PROBE_VARIABLE: &str = "FARJUMP_TEST_PROBE";

fn probe() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("src")).unwrap();
    fs::write(directory.path().join("Cargo.toml"), MANIFEST).unwrap();
    fs::write(directory.path().join("src/main.rs"), SOURCE).unwrap();
    directory
}

fn build(probe: &Path, target: &str, link_args: &[&str]) -> anyhow::Result<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned();
    let workspace = Workspace { root, target: probe.join(target) };
    let kernel = Kernel {
        offline: true,
        link_args: link_args.iter().map(|arg| (*arg).to_owned()).collect(),
        ..Kernel::new(&probe.join("Cargo.toml"), "probe", "probe")
    };
    Ok(fs::read(kernel.build(&workspace)?)?)
}

fn main() -> ExitCode {
    if let Some(probe) = env::var_os(PROBE_VARIABLE) {
        build_in_this_environment(Path::new(&probe));
        return ExitCode::SUCCESS;
    }
    let tests: [(&str, fn()); 3] = [
        (
            "a_users_flags_and_configuration_do_not_change_what_boots",
            a_users_flags_and_configuration_do_not_change_what_boots,
        ),
        (
            "a_position_independent_kernel_is_asked_for_by_one_field",
            a_position_independent_kernel_is_asked_for_by_one_field,
        ),
        ("what_does_not_link_is_an_error", what_does_not_link_is_an_error),
    ];
    let trials = tests.map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn a_users_flags_and_configuration_do_not_change_what_boots() {
    let probe = probe();
    let before = build(probe.path(), "before", &[]).unwrap();
    fs::create_dir(probe.path().join(".cargo")).unwrap();
    fs::write(probe.path().join(".cargo/config.toml"), USERS_CONFIG).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .env(PROBE_VARIABLE, probe.path())
        .env("RUSTFLAGS", "-Ctarget-cpu=haswell")
        .env("CARGO_BUILD_RUSTFLAGS", "-Ctarget-cpu=haswell")
        .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-Ctarget-cpu=haswell")
        .env("CARGO_BUILD_TARGET", "i686-unknown-linux-gnu")
        .env("CARGO_PROFILE_BOOT_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true")
        .env("CARGO_INCREMENTAL", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(before == fs::read(probe.path().join("after.elf")).unwrap());
}

fn build_in_this_environment(probe: &Path) {
    fs::write(probe.join("after.elf"), build(probe, "after", &[]).unwrap()).unwrap();
}

fn a_position_independent_kernel_is_asked_for_by_one_field() {
    let probe = probe();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned();
    let workspace = Workspace { root, target: probe.path().join("target") };
    let kernel = Kernel {
        offline: true,
        pie: true,
        ..Kernel::new(&probe.path().join("Cargo.toml"), "probe", "probe")
    };
    let elf = fs::read(kernel.build(&workspace).unwrap()).unwrap();
    assert_eq!(elf[16], 3, "ET_DYN");
}

fn what_does_not_link_is_an_error() {
    let probe = probe();
    let script = probe.path().join("small.ld");
    fs::write(
        &script,
        "MEMORY { ROOM : ORIGIN = 0x7C00, LENGTH = 16 }\nSECTIONS { .text : { *(.text*) } > ROOM }\n",
    )
    .unwrap();
    let error = build(probe.path(), "target", &[&format!("-T{}", script.display())]).unwrap_err();
    assert_eq!(error.to_string(), "probe didn't build; the reason stands above");
}
