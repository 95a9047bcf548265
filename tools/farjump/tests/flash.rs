//! `cargo xtask flash`, live: onto a file, and where the rights suffice onto a loop device.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use boot_layout::disk::{BOOT_SIGNATURE, PARTITION_TABLE};
use boot_layout::stage2_header::{self, MAGIC, MAGIC_OFFSET, SECTOR_COUNT_OFFSET};
use disk_image::ImagePlan;
use tempfile::TempDir;

/// A stage 2 of one sector that does nothing, but has a header and a checksum.
fn stage2() -> Vec<u8> {
    let mut sector = vec![0; 512];
    sector[MAGIC_OFFSET..MAGIC_OFFSET + 2].copy_from_slice(&MAGIC.to_le_bytes());
    sector[SECTOR_COUNT_OFFSET] = 1;
    stage2_header::seal(&mut sector);
    sector
}

/// A folder with an image.
fn folder_with_image() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("farjump.img");
    let mut stage1 = [0x90; 512];
    stage1[440..].fill(0);
    stage1[PARTITION_TABLE.end..].copy_from_slice(&BOOT_SIGNATURE);
    let stage2 = stage2();
    let mut plan = ImagePlan::new(&stage1, &stage2);
    plan.add_bytes("/numbers", (0..100_000u32).flat_map(u32::to_le_bytes).collect()).unwrap();
    plan.write(&image, &mut |_| ()).unwrap();
    (folder, image)
}

fn flash(device: &Path, image: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farjump"));
    command.arg("flash").arg(device).arg("--image").arg(image).args(options);
    command.stdin(Stdio::null()).output().unwrap()
}

fn refusal(device: &Path, image: &Path, options: &[&str]) -> String {
    let output = flash(device, image, options);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_file_is_overwritten_only_where_that_is_asked_for() {
    let (folder, image) = folder_with_image();
    let disk = folder.path().join("disk");
    fs::write(&disk, "precious").unwrap();
    assert!(refusal(&disk, &image, &[]).contains("--file overwrites it all the same"));
    assert_eq!(fs::read(&disk).unwrap(), b"precious");
    let output = flash(&disk, &image, &["--file"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read(&disk).unwrap() == fs::read(&image).unwrap());
    assert!(refusal(&image, &image, &["--file"]).contains("is the image itself"));
    assert!(refusal(Path::new("/dev/null"), &image, &["--file"]).contains("neither a disk nor a file"));
    assert!(refusal(Path::new("/dev/no-such-disk"), &image, &[]).contains("lsblk lists them"));
}

#[test]
fn what_is_no_image_of_farjumps_is_not_written() {
    let (folder, image) = folder_with_image();
    let disk = folder.path().join("disk");
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
        let error = refusal(&disk, &image, &["--file"]);
        assert!(error.contains("no image of farjump's"), "byte {damaged}: {error}");
    }
    fs::remove_file(&image).unwrap();
    assert!(refusal(&disk, &image, &["--file"]).contains("there is no image"));
    assert_eq!(fs::read(&disk).unwrap(), b"precious");
}

/// A loop device, given back when it is dropped.
struct LoopDevice(PathBuf);

impl LoopDevice {
    /// `None` where the rights don't suffice, or there are none.
    fn on(file: &Path) -> Option<Self> {
        let output = Command::new("losetup").args(["--find", "--show"]).arg(file).output().ok()?;
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

#[test]
fn a_disk_is_overwritten_once_its_name_is_confirmed() {
    let (folder, image) = folder_with_image();
    let (disk, size) = (folder.path().join("disk"), fs::metadata(&image).unwrap().len());
    fs::File::create(&disk).unwrap().set_len(size + (1 << 20)).unwrap();
    let Some(device) = LoopDevice::on(&disk) else {
        eprintln!(
            "skipped: no loop device can be had; root has them where the kernel's module `loop` is loaded"
        );
        return;
    };
    let nobody = refusal(&device.0, &image, &[]);
    assert!(nobody.contains(&format!("--confirm {}", device.name())), "{nobody}");
    assert!(refusal(&device.0, &image, &["--confirm", "sda"]).contains("nothing was written"));
    assert!(fs::read(&disk).unwrap().iter().all(|byte| *byte == 0));
    let output = flash(&device.0, &image, &["--confirm", device.name()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (written, image) = (fs::read(&disk).unwrap(), fs::read(&image).unwrap());
    assert!(written[..image.len()] == image && written[image.len()..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_disk_that_is_too_small_is_refused() {
    let (folder, image) = folder_with_image();
    let disk = folder.path().join("disk");
    fs::File::create(&disk).unwrap().set_len(1 << 20).unwrap();
    let Some(device) = LoopDevice::on(&disk) else {
        eprintln!("skipped: no loop device can be had");
        return;
    };
    let error = refusal(&device.0, &image, &["--confirm", device.name()]);
    assert!(error.contains("take a larger one"), "{error}");
}
