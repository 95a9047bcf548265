//! Made-up machines: what may be overwritten, and what mustn't.

use super::*;
use crate::flash::linux::machine::{Device, Mount};

const IMAGE: u64 = 16 << 20;

fn device(name: &str, holders: &[&str]) -> Device {
    Device { name: name.to_owned(), holders: holders.iter().map(|holder| (*holder).to_owned()).collect() }
}

fn disk(name: &str, gib: u64, partitions: Vec<Device>) -> Disk {
    Disk { device: device(name, &[]), partitions, size_bytes: gib << 30, ..Disk::default() }
}

fn mount(device: &str, directory: &str) -> Mount {
    Mount { device: device.to_owned(), directory: directory.to_owned() }
}

/// A laptop: an NVMe drive with an encrypted volume group, swap in it, and a stick.
fn laptop() -> Machine {
    let system = disk("nvme0n1", 1000, vec![device("nvme0n1p1", &[]), device("nvme0n1p2", &["dm-0"])]);
    let encrypted = Disk { device: device("dm-0", &["dm-1", "dm-2"]), ..disk("dm-0", 999, vec![]) };
    let stick = disk("sda", 16, vec![device("sda1", &[])]);
    Machine {
        disks: vec![system, encrypted, disk("dm-1", 900, vec![]), disk("dm-2", 16, vec![]), stick],
        mounts: vec![mount("nvme0n1p1", "/boot"), mount("dm-1", "/")],
        swaps: vec!["dm-2".into()],
    }
}

fn verdict(machine: &Machine, name: &str) -> Result<(), Rejection> {
    check(machine, &Target::Disk(name.into()), IMAGE, Permissions::default()).map(|_| ())
}

#[test]
fn a_stick_that_nothing_is_done_with_may_be_overwritten() {
    let machine = laptop();
    let stick = check(&machine, &Target::Disk("sda".into()), IMAGE, Permissions::default());
    assert_eq!(stick.unwrap().unwrap().device.name, "sda");
}

#[test]
fn the_systems_disk_is_found_through_encryption_and_volume_groups() {
    let mut machine = laptop();
    let system = |directory: &str| Rejection::System { disk: "nvme0n1".into(), directory: directory.into() };
    assert_eq!(verdict(&machine, "nvme0n1"), Err(system("/boot")));
    machine.mounts.remove(0);
    assert_eq!(verdict(&machine, "nvme0n1"), Err(system("/")), "dm-1 in dm-0 in nvme0n1p2");
    machine.mounts.clear();
    assert_eq!(verdict(&machine, "nvme0n1"), Err(Rejection::Swap("dm-2".into())));
    machine.swaps.clear();
    let held = Rejection::Held { device: "nvme0n1p2".into(), holder: "dm-0".into() };
    assert_eq!(verdict(&machine, "nvme0n1"), Err(held));
}

#[test]
fn devices_that_hold_each_other_in_a_circle_end() {
    let mut machine = laptop();
    machine.disks[1].device.holders = vec!["dm-0".into(), "nvme0n1".into(), "gone".into()];
    machine.mounts = vec![];
    assert!(matches!(verdict(&machine, "nvme0n1"), Err(Rejection::Held { .. })));
}

#[test]
fn a_stick_in_use_is_refused_with_the_command_that_frees_it() {
    let mut machine = laptop();
    machine.mounts.push(mount("sda1", "/media/stick"));
    let rejection = verdict(&machine, "sda").unwrap_err();
    assert_eq!(
        rejection.to_string(),
        "sda1 is mounted at /media/stick; if it is the right disk: umount /media/stick"
    );
    machine.mounts.pop();
    machine.mounts.push(mount("sda", "/mnt"));
    assert!(
        matches!(verdict(&machine, "sda"), Err(Rejection::Mounted { .. })),
        "the whole disk, without partitions"
    );
    machine.mounts.pop();
    machine.swaps.push("sda1".into());
    assert_eq!(verdict(&machine, "sda"), Err(Rejection::Swap("sda1".into())));
}

#[test]
fn a_disk_that_cannot_take_the_image_is_refused() {
    let stick = |change: fn(&mut Disk)| {
        let mut machine = laptop();
        change(&mut machine.disks[4]);
        verdict(&machine, "sda")
    };
    assert_eq!(stick(|disk| disk.size_bytes = 0), Err(Rejection::NoMedium("sda".into())));
    assert_eq!(stick(|disk| disk.is_read_only = true), Err(Rejection::ReadOnly("sda".into())));
    let large_sectors = stick(|disk| disk.sector_bytes = Some(4096)).unwrap_err().to_string();
    assert!(
        large_sectors.starts_with("sda has sectors of 4096 bytes, the image is made for 512"),
        "{large_sectors}"
    );
    assert_eq!(stick(|disk| disk.sector_bytes = Some(512)), Ok(()));
    assert_eq!(stick(|disk| disk.size_bytes = IMAGE), Ok(()));
    let small = Rejection::TooSmall { name: "sda".into(), size: IMAGE - 512, needed: IMAGE };
    assert_eq!(stick(|disk| disk.size_bytes = IMAGE - 512), Err(small));
}

#[test]
fn a_large_disk_needs_a_second_yes() {
    let mut machine = laptop();
    machine.disks[4].size_bytes = 256_060_514_304; // what is sold as 256 GB
    assert_eq!(verdict(&machine, "sda"), Ok(()));
    machine.disks[4].size_bytes = 260_000_000_000;
    assert_eq!(verdict(&machine, "sda"), Err(Rejection::Large("sda".into(), 260_000_000_000)));
    machine.disks[4].size_bytes = 500_107_862_016;
    assert_eq!(verdict(&machine, "sda"), Err(Rejection::Large("sda".into(), 500_107_862_016)));
    let allowed = Permissions { large: true, file: false };
    assert!(check(&machine, &Target::Disk("sda".into()), IMAGE, allowed).is_ok());
    let system = check(&machine, &Target::Disk("nvme0n1".into()), IMAGE, allowed);
    assert!(matches!(system, Err(Rejection::System { .. })), "no yes is strong enough for that");
}

#[test]
fn what_is_no_whole_disk_is_refused() {
    let machine = laptop();
    let verdict = |target, allowed| check(&machine, &target, IMAGE, allowed).map(|disk| disk.is_some());
    let nothing = Permissions::default();
    let partition = Target::Partition { name: "sda1".into(), disk: "sda".into() };
    assert!(verdict(partition, nothing).unwrap_err().to_string().ends_with("name /dev/sda"));
    assert_eq!(verdict(Target::File, nothing), Err(Rejection::File));
    assert_eq!(verdict(Target::File, Permissions { file: true, ..nothing }), Ok(false));
    assert_eq!(verdict(Target::Other, Permissions { file: true, large: true }), Err(Rejection::Other));
    assert_eq!(verdict(Target::Disk("sdz".into()), nothing), Err(Rejection::Unknown("sdz".into())));
}
