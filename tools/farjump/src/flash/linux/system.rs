//! Asks Linux for its disks: `/sys/block`, `/proc/self/mountinfo`, `/proc/swaps`.
//!
//! Source: Linux, Documentation/ABI/stable/sysfs-block; proc(5).

use std::fs::{self, Metadata};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::identity::Number;
use super::machine::{Device, Disk, Machine, Mount, Target};

/// Bytes of the unit in which `/sys/block/*/size` counts, whatever the disk's sectors are.
const SIZE_UNIT: u64 = 512;

/// What the system says now.
///
/// # Errors
/// `/sys` or `/proc` isn't there: then nothing would be known to be in use.
pub(super) fn machine() -> Result<Machine> {
    let entries = fs::read_dir("/sys/block").context("can't read /sys/block")?;
    let disks = entries.map(|entry| Ok(disk(&entry?.path()))).collect::<Result<_>>()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").context("can't read /proc/self/mountinfo")?;
    // A kernel without swap has no such file.
    let swaps = fs::read_to_string("/proc/swaps").unwrap_or_default();
    Ok(Machine {
        disks,
        mounts: mounts.lines().filter_map(|line| mount(line, &name_of_number, &name_of_path)).collect(),
        swaps: swaps
            .lines()
            .skip(1)
            .filter_map(|line| name_of_path(line.split_whitespace().next()?))
            .collect(),
    })
}

/// What the user has named.
#[derive(Debug)]
pub(super) struct Named {
    /// Without links.
    pub(super) path: PathBuf,
    pub(super) target: Target,
    pub(super) metadata: Metadata,
}

/// What `path` leads to, through links such as those in `/dev/disk/by-id`.
pub(super) fn named(path: &Path) -> Result<Named> {
    let real = path
        .canonicalize()
        .with_context(|| format!("{}: there is no such disk; lsblk lists them", path.display()))?;
    let metadata = real.metadata().with_context(|| format!("{}: can't look at it", real.display()))?;
    let target = target(&real, &metadata)?;
    Ok(Named { path: real, target, metadata })
}

fn target(real: &Path, metadata: &Metadata) -> Result<Target> {
    let Some(sys) = Number::of(metadata).sys_directory() else {
        return Ok(if metadata.is_file() { Target::File } else { Target::Other });
    };
    let sys = sys
        .canonicalize()
        .with_context(|| format!("{}: the system doesn't know this device", real.display()))?;
    let name = file_name(&sys);
    Ok(match sys.parent().filter(|_| sys.join("partition").exists()) {
        Some(disk) => Target::Partition { name, disk: file_name(disk) },
        None => Target::Disk(name),
    })
}

/// The disk with the directory `sys`. What isn't told counts as unknown, a size as none.
fn disk(sys: &Path) -> Disk {
    let is_set = |file: &str| read(&sys.join(file)) == "1";
    let names = ["device/vendor", "device/model"].map(|file| read(&sys.join(file)));
    let partitions = children(sys).into_iter().filter(|child| child.join("partition").exists());
    Disk {
        device: device(sys),
        partitions: partitions.map(|partition| device(&partition)).collect(),
        size_bytes: read(&sys.join("size")).parse().unwrap_or(0) * SIZE_UNIT,
        model: names.join(" ").trim().to_owned(),
        is_removable: is_set("removable"),
        is_read_only: is_set("ro"),
        sector_bytes: read(&sys.join("queue/logical_block_size")).parse().ok(),
        sequence: read(&sys.join("diskseq")).parse().ok(),
    }
}

fn device(sys: &Path) -> Device {
    let holders = children(&sys.join("holders"));
    Device { name: file_name(sys), holders: holders.iter().map(|holder| file_name(holder)).collect() }
}

fn children(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default().trim().to_owned()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A line of mountinfo: `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`. The device is found by its
/// number; some file systems (btrfs) have one that no device has, and are found by their source.
fn mount(
    line: &str,
    by_number: &dyn Fn(&str) -> Option<String>,
    by_path: &dyn Fn(&str) -> Option<String>,
) -> Option<Mount> {
    let (own, source) = line.split_once(" - ")?;
    let mut own = own.split(' ').skip(2);
    let (number, directory) = (own.next()?, own.nth(1)?);
    let device = by_number(number).or_else(|| by_path(source.split(' ').nth(1)?))?;
    Some(Mount { device, directory: unescaped(directory) })
}

/// Spaces and the like are written as `\040` in `/proc`.
fn unescaped(text: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"]
        .iter()
        .zip([" ", "\t", "\n", "\\"])
        .fold(text.to_owned(), |text, (code, plain)| text.replace(code, plain))
}

/// The device with a number such as `8:1`.
fn name_of_number(number: &str) -> Option<String> {
    PathBuf::from("/sys/dev/block").join(number).canonicalize().ok().map(|sys| file_name(&sys))
}

/// The device at a path such as `/dev/mapper/root`. A file that is swapped to is none.
fn name_of_path(path: &str) -> Option<String> {
    let real = Path::new(path).canonicalize().ok()?;
    let is_device = real.metadata().is_ok_and(|metadata| metadata.file_type().is_block_device());
    is_device.then(|| file_name(&real))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_found_by_number_or_by_source() {
        let by_number = |number: &str| (number == "8:1").then(|| "sda1".to_owned());
        let by_path = |path: &str| path.strip_prefix("/dev/").map(str::to_owned);
        let mount = |line| mount(line, &by_number, &by_path);
        let line = "36 35 8:1 / /media/my\\040stick rw,noatime shared:1 master:2 - vfat /dev/other rw";
        assert_eq!(mount(line), Some(Mount { device: "sda1".into(), directory: "/media/my stick".into() }));
        let btrfs = "29 1 0:25 /@ / rw,relatime - btrfs /dev/sda2 rw,space_cache";
        assert_eq!(mount(btrfs), Some(Mount { device: "sda2".into(), directory: "/".into() }));
        assert_eq!(mount("22 1 0:20 / /proc rw - proc proc rw"), None);
        assert_eq!(mount("nonsense"), None);
    }

    #[test]
    fn this_machine_can_be_asked() {
        let machine = machine().unwrap();
        assert!(machine.disks.iter().all(|disk| !disk.device.name.is_empty()));
        assert_eq!(named(Path::new("/dev/null")).unwrap().target, Target::Other);
        assert_eq!(named(&std::env::current_exe().unwrap()).unwrap().target, Target::File);
        assert!(named(Path::new("/dev/no-such-disk")).is_err());
    }
}
