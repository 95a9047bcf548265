//! `SOURCE_DATE_EPOCH`: an image's bytes depend on nothing of the environment but that, and only in its timestamps.
//!
//! Without Rust's own harness: a test has this program make an image, in another directory and environment.

#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

use boot_layout::disk::BOOT_SIGNATURE;
use disk_image::ImagePlan;
use libtest_mimic::{Arguments, Trial};

/// Where this program, started by a test, makes its image.
const PATH: &str = "FARJUMP_TEST_IMAGE";

/// Bytes of a directory entry, and where in it times and dates are: of creation, access and change.
///
/// Source: Microsoft FAT specification, "FAT Directory Structure".
const ENTRY: usize = 32;
const TIMESTAMPS: [std::ops::Range<usize>; 2] = [13..20, 22..26];

fn main() -> ExitCode {
    if let Some(path) = env::var_os(PATH) {
        make_here(Path::new(&path));
        return ExitCode::SUCCESS;
    }
    let tests: [(&str, fn()); 3] = [
        (
            "images_of_two_directories_are_the_same_with_an_epoch_and_without",
            images_of_two_directories_are_the_same_with_an_epoch_and_without,
        ),
        (
            "another_epoch_changes_timestamps_and_nothing_else",
            another_epoch_changes_timestamps_and_nothing_else,
        ),
        ("an_epoch_that_is_no_number_is_refused", an_epoch_that_is_no_number_is_refused),
    ];
    let trials = tests.map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// Makes a small image at `path`.
fn make_here(path: &Path) {
    let mut stage1 = [0x90; 512];
    stage1[440..].fill(0);
    stage1[510..].copy_from_slice(&BOOT_SIGNATURE);
    let mut plan = ImagePlan::new(&stage1, &[0x5A; 512]);
    plan.add_bytes("/farjump.conf", b"kernel = /kernels/kernel.elf\n".to_vec()).unwrap();
    plan.add_bytes("/kernels/kernel.elf", vec![7; 10_000]).unwrap();
    plan.write(path, &mut |_| ()).unwrap();
}

/// Has a program of its own make an image in `directory`, in which it works.
fn make(directory: &Path, epoch: Option<&str>) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.current_dir(directory).env(PATH, "disk.img").env_remove("SOURCE_DATE_EPOCH");
    command.envs(epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch))).output().unwrap()
}

fn image(epoch: Option<&str>) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let output = make(directory.path(), epoch);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(directory.path().join("disk.img")).unwrap()
}

fn images_of_two_directories_are_the_same_with_an_epoch_and_without() {
    for epoch in [None, Some("1700000000")] {
        assert!(image(epoch) == image(epoch), "{epoch:?}");
    }
}

fn another_epoch_changes_timestamps_and_nothing_else() {
    let (one, other) = (image(Some("1700000000")), image(Some("1800000001")));
    assert_eq!(one.len(), other.len());
    let changed: Vec<usize> = (0..one.len()).filter(|place| one[*place] != other[*place]).collect();
    assert!(!changed.is_empty());
    for place in changed {
        assert!(TIMESTAMPS.iter().any(|timestamp| timestamp.contains(&(place % ENTRY))), "byte {place}");
    }
}

fn an_epoch_that_is_no_number_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for epoch in ["", "yesterday", "-1", "1.5"] {
        let output = make(directory.path(), Some(epoch));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains("Epoch"), "{epoch}: {errors}");
        assert!(fs::read_dir(directory.path()).unwrap().next().is_none(), "nothing is left");
    }
}
