//! The tests, and what each needs of the machine.

#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use boot_layout::disk::{BOOT_SIGNATURE, PARTITION_TABLE};
use boot_layout::stage2_header::{self, MAGIC, MAGIC_OFFSET, SECTOR_COUNT_OFFSET};
use disk_image::ImagePlan;
use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

/// What a test needs of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    LoopDevice,
    LoopDeviceAndStrace,
}

/// Each test, by its name, and what it needs.
const TESTS: [(&str, Needs, fn()); 7] = [
    ("a_file_is_overwritten_only_where_that_is_asked_for", Needs::Nothing, overwrites_a_file),
    ("what_is_no_image_of_farjumps_is_not_written", Needs::Nothing, refuses_what_is_no_image),
    ("a_disk_is_overwritten_once_its_name_is_confirmed", Needs::LoopDevice, overwrites_a_disk),
    ("a_disk_that_is_too_small_is_refused", Needs::LoopDevice, refuses_a_small_disk),
    ("a_disk_with_sectors_of_4096_bytes_is_refused_by_name", Needs::LoopDevice, refuses_large_sectors),
    (
        "a_disk_that_another_program_holds_is_refused_before_anything_is_asked",
        Needs::LoopDevice,
        refuses_a_held_disk,
    ),
    (
        "a_disk_is_opened_once_and_held_until_it_was_read_back",
        Needs::LoopDeviceAndStrace,
        opens_a_disk_once_and_holds_it,
    ),
];

/// Runs them, and says which are left out, and why.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = TESTS.map(|(name, needs, test)| {
        let lack = needs.lack();
        let is_chosen = arguments.filter.as_ref().is_none_or(|filter| name.contains(filter));
        if let Some(lack) = lack.filter(|_| is_chosen && !arguments.list) {
            // As `cargo xtask test` writes it, which counts these lines.
            println!("test {name} ... skipped, {lack}");
        }
        Trial::test(name, move || {
            test();
            Ok(())
        })
        .with_ignored_flag(lack.is_some())
    });
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

impl Needs {
    /// What of it this machine lacks.
    fn lack(self) -> Option<&'static str> {
        if self != Self::Nothing && !LoopDevice::can_be_had() {
            Some("no loop device can be had; root has them where the kernel's module `loop` is loaded")
        } else if self == Self::LoopDeviceAndStrace && Command::new("strace").arg("-V").output().is_err() {
            Some("strace isn't here")
        } else {
            None
        }
    }
}

/// A stage 2 of one sector that does nothing, but has a header and a checksum.
fn stage2() -> Vec<u8> {
    let mut sector = vec![0; 512];
    sector[MAGIC_OFFSET..MAGIC_OFFSET + 2].copy_from_slice(&MAGIC.to_le_bytes());
    sector[SECTOR_COUNT_OFFSET] = 1;
    stage2_header::update_checksums(&mut sector);
    sector
}

/// A directory with an image.
fn directory_with_image() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("farjump.img");
    let mut stage1 = [0x90; 512];
    stage1[440..].fill(0);
    stage1[PARTITION_TABLE.end..].copy_from_slice(&BOOT_SIGNATURE);
    let stage2 = stage2();
    let mut plan = ImagePlan::new(&stage1, &stage2);
    plan.add_bytes("/numbers", (0..100_000u32).flat_map(u32::to_le_bytes).collect()).unwrap();
    plan.write(&image, &mut |_| ()).unwrap();
    (directory, image)
}

fn flash(device: &Path, image: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farjump"));
    command.arg("flash").arg(device).arg("--image").arg(image).args(options);
    command.stdin(Stdio::null()).output().unwrap()
}

fn rejection(device: &Path, image: &Path, options: &[&str]) -> String {
    let output = flash(device, image, options);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn overwrites_a_file() {
    let (directory, image) = directory_with_image();
    let disk = directory.path().join("disk");
    fs::write(&disk, "precious").unwrap();
    assert!(rejection(&disk, &image, &[]).contains("--file overwrites it all the same"));
    assert_eq!(fs::read(&disk).unwrap(), b"precious");
    let output = flash(&disk, &image, &["--file"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read(&disk).unwrap() == fs::read(&image).unwrap());
    assert!(rejection(&image, &image, &["--file"]).contains("is the image itself"));
    assert!(rejection(Path::new("/dev/null"), &image, &["--file"]).contains("neither a disk nor a file"));
    assert!(rejection(Path::new("/dev/no-such-disk"), &image, &[]).contains("lsblk lists them"));
}

fn refuses_what_is_no_image() {
    let (directory, image) = directory_with_image();
    let disk = directory.path().join("disk");
    fs::write(&disk, "precious").unwrap();
    let good = fs::read(&image).unwrap();
    // The boot signature, the partition's status, a byte of stage 2's header, one of its code; half a sector less.
    for damaged in [510, 446, 512 + MAGIC_OFFSET, 512 + 300, good.len()] {
        let mut bytes = good.clone();
        match bytes.get_mut(damaged) {
            Some(byte) => *byte ^= 0x01,
            None => bytes.truncate(good.len() - 256),
        }
        fs::write(&image, bytes).unwrap();
        let error = rejection(&disk, &image, &["--file"]);
        assert!(error.contains("no image of farjump's"), "byte {damaged}: {error}");
    }
    fs::remove_file(&image).unwrap();
    assert!(rejection(&disk, &image, &["--file"]).contains("there is no image"));
    assert_eq!(fs::read(&disk).unwrap(), b"precious");
}

/// A loop device, detached when it is dropped.
struct LoopDevice(PathBuf);

impl LoopDevice {
    fn can_be_had() -> bool {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 20).unwrap();
        Self::try_on(file.path(), &[]).is_some()
    }

    fn on(file: &Path, options: &[&str]) -> Self {
        Self::try_on(file, options).unwrap()
    }

    /// `None` where the rights don't suffice, or there are none.
    fn try_on(file: &Path, options: &[&str]) -> Option<Self> {
        let output =
            Command::new("losetup").args(["--find", "--show"]).args(options).arg(file).output().ok()?;
        let device = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| Self(device.trim().into()))
    }

    fn name(&self) -> &str {
        self.0.file_name().unwrap().to_str().unwrap()
    }
}

impl Drop for LoopDevice {
    fn drop(&mut self) {
        let _ = Command::new("losetup").arg("--detach").arg(&self.0).status();
    }
}

/// A file of zeroes to lay a loop device on, with room for the image and a MiB more.
fn empty_disk(directory: &TempDir, image: &Path) -> PathBuf {
    let (disk, size) = (directory.path().join("disk"), fs::metadata(image).unwrap().len());
    fs::File::create(&disk).unwrap().set_len(size + (1 << 20)).unwrap();
    disk
}

fn is_untouched(disk: &Path) -> bool {
    fs::read(disk).unwrap().iter().all(|byte| *byte == 0)
}

fn overwrites_a_disk() {
    let (directory, image) = directory_with_image();
    let disk = empty_disk(&directory, &image);
    let device = LoopDevice::on(&disk, &[]);
    let unconfirmed = rejection(&device.0, &image, &[]);
    assert!(unconfirmed.contains(&format!("--confirm {}", device.name())), "{unconfirmed}");
    assert!(rejection(&device.0, &image, &["--confirm", "sda"]).contains("nothing was written"));
    assert!(is_untouched(&disk));
    let output = flash(&device.0, &image, &["--confirm", device.name()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (written, image) = (fs::read(&disk).unwrap(), fs::read(&image).unwrap());
    assert!(written[..image.len()] == image && written[image.len()..].iter().all(|byte| *byte == 0));
}

fn refuses_a_small_disk() {
    let (directory, image) = directory_with_image();
    let disk = directory.path().join("disk");
    fs::File::create(&disk).unwrap().set_len(1 << 20).unwrap();
    let device = LoopDevice::on(&disk, &[]);
    let error = rejection(&device.0, &image, &["--confirm", device.name()]);
    assert!(error.contains("take a larger one"), "{error}");
}

fn refuses_large_sectors() {
    let (directory, image) = directory_with_image();
    let disk = empty_disk(&directory, &image);
    let device = LoopDevice::on(&disk, &["--sector-size", "4096"]);
    let error = rejection(&device.0, &image, &["--confirm", device.name()]);
    assert!(error.contains(&format!("{} has sectors of 4096 bytes", device.name())), "{error}");
    assert!(is_untouched(&disk));
}

fn refuses_a_held_disk() {
    let (directory, image) = directory_with_image();
    let disk = empty_disk(&directory, &image);
    let device = LoopDevice::on(&disk, &[]);
    let exclusive = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::EXCL;
    let held = rustix::fs::open(&device.0, exclusive, rustix::fs::Mode::empty()).unwrap();
    let error = rejection(&device.0, &image, &[]);
    assert!(error.contains("something uses it"), "{error}");
    drop(held);
    assert!(rejection(&device.0, &image, &[]).contains("not a terminal"));
    assert!(is_untouched(&disk));
}

/// Reads the system calls that strace has recorded: one open, exclusive, for reading and writing, and the descriptor is
/// closed only when the image was read back from it.
fn opens_a_disk_once_and_holds_it() {
    let (directory, image) = directory_with_image();
    let disk = empty_disk(&directory, &image);
    let (device, log) = (LoopDevice::on(&disk, &[]), directory.path().join("calls"));
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=open,openat,read,write,fsync,close", "-o"]).arg(&log);
    command.arg(env!("CARGO_BIN_EXE_farjump")).arg("flash").arg(&device.0).arg("--image").arg(&image);
    let output = command.args(["--confirm", device.name()]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = fs::read_to_string(log).unwrap();
    let path = format!("\"{}\"", device.0.display());
    let calls: Vec<&str> = log.lines().collect();
    let opens: Vec<usize> = (0..calls.len()).filter(|call| calls[*call].contains(&path)).collect();
    let [open] = opens[..] else { panic!("one open, not {}: {log}", opens.len()) };
    assert!(calls[open].contains("O_RDWR") && calls[open].contains("O_EXCL"), "{}", calls[open]);
    let descriptor = calls[open].rsplit("= ").next().unwrap();
    let held = calls[open..].iter().take_while(|call| !call.contains(&format!("close({descriptor})")));
    let held: Vec<&&str> = held.collect();
    let synced = held.iter().position(|call| call.contains(&format!("fsync({descriptor})"))).unwrap();
    let read_back: u64 = held[synced..]
        .iter()
        .filter(|call| call.contains(&format!("read({descriptor},")))
        .map(|call| call.rsplit("= ").next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert!(read_back >= fs::metadata(&image).unwrap().len(), "{read_back} bytes: {log}");
}
