//! Faults of disk, volume, configuration, kernel, verification and signature that need no machine: each has its own
//! message, or is harmless. One of each kind is booted in QEMU every day as well, and all of them by
//! `cargo xtask test faults --all`: `xtask/src/test/faults/`.

#![expect(clippy::unwrap_used, reason = "it is a test")]

mod support;

use std::ops::Range;

use disk_image::FatKind;
use farjump_api::KernelRequests;
use farjump_loader::config::Verify;
use farjump_loader::policy::Policy;
use farjump_loader::signature::{self, VerificationKey};
use host_boot::HostDisk;
use support::elf::{self, BASE, Elf};
use support::{Disk, MODULE_PATH, boot, boot_with, error, snapshot, with_config_checksum, with_gpt};

/// First byte of the volume.
const VOLUME: usize = boot_layout::disk::PARTITION_LBA as usize * 512;

/// First byte of the MBR's first entry.
const ENTRY: usize = boot_layout::disk::PARTITION_TABLE.start;

/// A configuration without checksums.
const UNVERIFIED: &str = "kernel = /kernel.elf\n";

/// Returns the default disk with other bytes at an offset.
fn patched(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut disk = Disk::new().make();
    disk[at..at + bytes.len()].copy_from_slice(bytes);
    disk
}

/// Asserts that the disk's error begins with `expected`, in which `*` matches any text.
#[track_caller]
fn assert_error(disk: &[u8], expected: &str) {
    let found = error(disk);
    let mut rest = found.as_str();
    for (index, part) in expected.split('*').enumerate() {
        let at = rest.find(part).filter(|at| index > 0 || *at == 0);
        rest =
            &rest[at.unwrap_or_else(|| panic!("{found:?} doesn't begin with {expected:?}")) + part.len()..];
    }
}

#[test]
fn partition_tables() {
    let cases: &[(usize, &[u8], &str)] = &[
        (ENTRY, &[0], "partition table: no partition is active"),
        (ENTRY + 16, &[0x80], "partition table: partitions 1 and 2 are both"),
        (ENTRY, &[0x81], "partition table: partition 1 has status 0x81"),
        (ENTRY + 4, &[0x83], "partition table: partition 1 has type 0x83"),
        (
            ENTRY + 4,
            &[0xEE],
            "partition table: GPT: no header: it begins with*; the backup in the last sector: no header",
        ),
        (ENTRY + 9, &[9], "partition table: partition 1 ends at sector"),
        (510, &[0], "partition table: no partition table: sector 0 ends in 00AA"),
        (ENTRY + 12, &[0; 4], "partition table: partition 1 has 0 sectors from sector 2048"),
    ];
    for (at, bytes, expected) in cases {
        assert_error(&patched(*at, bytes), expected);
    }
}

#[test]
fn gpts() {
    let good = with_gpt(Disk::new().make());
    let last = good.len() - 512;
    let spoilt = |change: &dyn Fn(&mut [u8])| {
        let mut disk = good.clone();
        change(&mut disk);
        disk
    };
    let both = |at: usize| spoilt(&|disk| [512, last].into_iter().for_each(|header| disk[header + at] ^= 1));
    assert_error(&both(0), "partition table: GPT: no header*the backup in the last sector: no header");
    assert_error(&both(40), "partition table: GPT: damaged header: its checksum is*the backup");
    let entries =
        spoilt(&|disk| [1024, last - 32 * 512].into_iter().for_each(|table| disk[table + 130] ^= 1));
    assert_error(&entries, "partition table: GPT: damaged entries: their checksum is*the backup");
    let mut short = good.clone();
    short.truncate(good.len() - 34 * 512);
    assert_error(&short, "partition table: GPT: sectors 34 to*doesn't fit");
    let report = boot_with(HostDisk::new(&good).of_unknown_size().with_bad_sector(1), Policy::ANY).0;
    assert_eq!(
        report.error(),
        Some(
            "partition table: GPT: sector 1 can't be read; no backup: the firmware doesn't say where the disk ends"
        )
    );
}

#[test]
fn disks_that_end_early() {
    let disk = Disk::new().make();
    let ends_at = "partition table: partition 1 ends at sector";
    for sectors in [1, 50, 2048, 2148, disk.len() / 512 - 2] {
        assert_error(&disk[..sectors * 512], ends_at);
    }
    assert_error(&[], "partition table: sector 0 can't be read");
    // A drive that is one sector short may be one of a BIOS that counts wrong.
    let report = boot(&disk[..disk.len() - 512]).0;
    assert!(
        report.entry.is_some() && report.lines[0].contains("one sector is let pass"),
        "{:#?}",
        report.lines
    );
}

#[test]
fn boot_sectors_of_volumes() {
    let cases: &[(usize, &[u8], &str)] = &[
        (13, &[0], "0 sectors per cluster, not a power of two"),
        (13, &[3], "3 sectors per cluster, not a power of two"),
        (16, &[0], "no file allocation table"),
        (12, &[0x10], "4096 bytes per sector"),
        (510, &[0], "no boot sector: it ends in 00"),
        (3, b"NTFS    ", "the file system is NTFS"),
        (3, b"EXFAT   ", "the file system is exFAT"),
        (14, &[0, 0], "no reserved sectors"),
    ];
    for (at, bytes, expected) in cases {
        assert_error(&patched(VOLUME + at, bytes), &format!("partition 1: {expected}"));
    }
    let mut gpt = with_gpt(Disk::new().make());
    gpt[VOLUME + 510] = 0;
    assert_error(&gpt, "GPT partition 2: no boot sector");
}

/// The layout of a FAT16 volume, in bytes.
struct Places {
    fat: usize,
    root: Range<usize>,
    data: usize,
    cluster: usize,
}

impl Places {
    fn of(disk: &[u8]) -> Self {
        let word = |at: usize| usize::from(u16::from_le_bytes([disk[VOLUME + at], disk[VOLUME + at + 1]]));
        let fat = VOLUME + word(14) * 512;
        let root = fat + word(22) * 512 * usize::from(disk[VOLUME + 16]);
        let data = root + word(17) * 32;
        Self { fat, root: root..data, data, cluster: usize::from(disk[VOLUME + 13]) * 512 }
    }

    /// The number that follows the last cluster's.
    fn cluster_limit(&self, disk: &[u8]) -> usize {
        let word = |at: usize| usize::from(u16::from_le_bytes([disk[VOLUME + at], disk[VOLUME + at + 1]]));
        let sectors = match word(19) {
            0 => word(32) | word(34) << 16,
            small => small,
        };
        2 + (VOLUME + sectors * 512 - self.data) / self.cluster
    }

    /// Returns the first cluster of the entry with this short name in the root directory.
    fn first_cluster(&self, disk: &[u8], name: &[u8; 11]) -> usize {
        let entry = disk[self.root.clone()].chunks(32).find(|entry| entry.starts_with(name)).unwrap();
        usize::from(u16::from_le_bytes([entry[26], entry[27]]))
    }
}

#[test]
fn chains_of_clusters() {
    let good = Disk::new().make();
    let places = Places::of(&good);
    let first = places.first_cluster(&good, b"KERNEL  ELF");
    let cases = [
        (0xFFFF, "the file's clusters end after 1, before its size"),
        (65_000, "cluster 65000, clusters are 2 to"),
        (0, "cluster * is in use and marked as free"),
        (0xFFF7, "cluster * is in use and marked as bad"),
        (first, "the file's clusters run in a circle"),
        (places.cluster_limit(&good), "cluster *, clusters are 2 to"),
        (2, "the file's clusters end after 2, before its size"),
    ];
    for (link, expected) in cases {
        let mut disk = good.clone();
        let [low, high, ..] = link.to_le_bytes();
        disk[places.fat + first * 2..][..2].copy_from_slice(&[low, high]);
        assert_error(&disk, &format!("/kernel.elf: {expected}"));
    }
}

#[test]
fn directories() {
    let config = format!("{UNVERIFIED}module = /modules/no.bin\n");
    let disk = Disk { config: Some(config.into()), ..Disk::new() }.make();
    assert_error(&disk, "/modules/no.bin: no such file");
    let lines = boot(&disk).0.lines;
    let listed = ["loader: error: /modules holds:", "loader: error:     numbers.bin, 5000 bytes"];
    assert!(lines.windows(2).any(|pair| pair == listed), "{lines:#?}");
    let mut endless = disk.clone();
    let places = Places::of(&disk);
    let cluster = places.first_cluster(&disk, b"MODULES    ");
    let bytes = places.data + (cluster - 2) * places.cluster;
    endless[bytes..bytes + places.cluster].fill(0xE5);
    let [low, high, ..] = cluster.to_le_bytes();
    endless[places.fat + cluster * 2..][..2].copy_from_slice(&[low, high]);
    assert_error(&endless, "/modules/no.bin: the directory has more than");
}

#[test]
fn configurations() {
    let large = vec![b'#'; 1 << 20];
    let wrong_checksum = format!("seal = {:064}\nkernel = /kernel.elf\n", 0);
    let cases: &[(&[u8], &str)] = &[
        (b"", "no line says which kernel"),
        (&[0x7F, 0x45, 0x4C, 0x46, 2, 1, 1], "line 1, column 1: "),
        (&large, "1048576 bytes, more than the 65536"),
        (b"kernel = /kernel.elf\nmodul = /x\n", "line 2, column 1: unknown key \"modul\""),
        (b"kernel = /kernel.elf\nkernel = /k\n", "line 2, column 1: second \"kernel\""),
        (b"cmdline = exit\n", "no line says which kernel"),
        (b"kernel = /kernel.elf\ncmdline = \xC3\xA4\xE4\n", "line 2, column 12: byte 0xe4 isn't UTF-8"),
        (
            b"seal = 00000000000000000000000000000000\nkernel = /kernel.elf\n",
            "line 1, column 8: a checksum of an older farjump's",
        ),
        (wrong_checksum.as_bytes(), "checksum mismatch"),
    ];
    for (text, expected) in cases {
        let disk = Disk { config: Some(text.to_vec()), ..Disk::new() };
        assert_error(&disk.make(), &format!("/farjump.conf: {expected}"));
    }
    for text in ["kernel = /kernel.elf\r\ncmdline = a\r\n", "\u{FEFF}kernel = /kernel.elf\ncmdline = a\n"] {
        let disk = Disk { config: Some(text.into()), ..Disk::new() }.make();
        assert_eq!(snapshot(&disk).command_line, "a");
        assert!(
            boot(&disk)
                .0
                .lines
                .contains(&"loader: /farjump.conf: unverified: it has no checksum in line 1".to_owned())
        );
    }
}

/// Returns the file of the default kernel with other bytes at an offset.
fn kernel(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut kernel = Elf::usual().to_bytes();
    kernel[at..at + bytes.len()].copy_from_slice(bytes);
    kernel
}

/// Returns a disk with this kernel and no checksums.
fn with_kernel(kernel: Vec<u8>) -> Vec<u8> {
    Disk { kernel, config: Some(UNVERIFIED.into()), ..Disk::new() }.make()
}

#[test]
fn elf_headers() {
    let cases: &[(usize, &[u8], &str)] = &[
        (0, b"MZFL", "not an ELF file: it begins with 4d5a464c"),
        (4, &[1], "ELF class 1"),
        (5, &[2], "ELF data encoding 2"),
        (18, &[183], "ELF machine 183"),
        (16, &[1], "an object file (ELF type 1)"),
        (16, &[4], "ELF type 4"),
        (54, &[32], "program headers of 32 bytes"),
        (56, &[0], "0 program headers"),
        (56, &[0xFE, 0xFF], "program headers up to byte"),
        (24, &[0x10, 0, 0, 0, 0, 0, 0, 0], "entry point 0x10 isn't in an executable segment"),
    ];
    for (at, bytes, expected) in cases {
        assert_error(&with_kernel(kernel(*at, bytes)), &format!("/kernel.elf: {expected}"));
    }
    assert_error(&with_kernel(Vec::new()), "/kernel.elf: not an ELF file");
    assert_error(&with_kernel(kernel(0, &[])[..40].to_vec()), "/kernel.elf: not an ELF file: only 40 bytes");
    let cut = kernel(0, &[])[..3000].to_vec();
    assert_error(&with_kernel(cut), "/kernel.elf: segment at 0x*, reaches past the file's 3000 bytes");
}

/// Returns the offset in the file of a field of a program header.
const fn field(number: usize, offset: usize) -> usize {
    64 + 56 * number + offset
}

#[test]
fn segments() {
    let quad = u64::to_le_bytes;
    let cases: &[(usize, &[u8], &str)] = &[
        (field(0, 4), &[7], "segment at 0x* may be written and executed"),
        (field(0, 40), &quad(16), "segment at 0x* bytes in the file, only 16 in memory"),
        (field(0, 32), &quad(1 << 40), "segment at 0x* bytes in the file, only "),
        (field(2, 40), &quad(u64::MAX - 5), "segment at 0x* leaves the canonical addresses"),
        (field(0, 16), &quad(0x9000_0000_0000), "segment at 0x900000000000 with * leaves the canonical"),
        (field(1, 16), &quad(0x20_0000), "segment at 0x200000 comes after the one at 0x"),
        (field(1, 16), &quad(BASE + 0x40), "segments at 0x* share a page"),
        (field(1, 16), &quad(BASE + 0x1040), "segments at 0x* share a page"),
        (field(0, 16), &quad(0), "segment at 0x0 is in page 0"),
        (field(0, 16), &quad(0x8000), "segment at 0x8000 overlaps the loader's trampoline"),
        (
            field(0, 16),
            &quad(0xFFFF_FF7F_0000_0000),
            "segment at 0xffffff7f00000000 overlaps the stack at 0x",
        ),
    ];
    for (at, bytes, expected) in cases {
        let mut kernel = kernel(*at, bytes);
        // The entry stays in the first segment, wherever that goes.
        if *at == field(0, 16) {
            let address = u64::from_le_bytes((*bytes).try_into().unwrap());
            kernel[24..32].copy_from_slice(&quad(address));
        }
        assert_error(&with_kernel(kernel), &format!("/kernel.elf: {expected}"));
    }
    let large = kernel(field(2, 40), &quad(1 << 29));
    assert_error(&with_kernel(large), "memory: no * contiguous free bytes below 4 GiB");
}

#[test]
fn notes() {
    let name = Elf::usual().to_bytes().windows(8).position(|bytes| bytes == b"farjump\0").unwrap();
    let cases = [
        (0, 1, "the farjump note doesn't begin with REQUESTS: it is for version 1 of the boot protocol"),
        (
            8,
            99,
            "the kernel is for version 99 of the boot protocol, the loader for version 2: rebuild the older",
        ),
        (8, 0, "the kernel is for version 0"),
        (12, 15, "the farjump note is cut off after 32 bytes"),
        (12, 1000, "the farjump note is cut off after 32 bytes"),
        (16, 3, "the kernel requests 3 bytes of stack, not 4 KiB to 16 MiB (default: 65536)"),
        (16, u32::MAX, "the kernel requests 4294967295 bytes"),
        (24, 5, "the kernel requests physical memory at"),
    ];
    for (at, value, expected) in cases {
        let kernel = kernel(name + 8 + at, &value.to_le_bytes());
        assert_error(&with_kernel(kernel), &format!("/kernel.elf: {expected}"));
    }
    let far = kernel(name + 8 + 24, &0xFFFF_FEFF_C000_0000u64.to_le_bytes());
    assert_error(
        &with_kernel(far),
        "kernel requests: * bytes of physical memory don't fit at 0xfffffeffc0000000: request a lower address",
    );
    let past_end = kernel(field(3, 8), &u64::MAX.to_le_bytes());
    assert_error(
        &with_kernel(past_end),
        "/kernel.elf: notes from byte 18446744073709551615 reach past the file's",
    );
}

#[test]
fn requests_are_read_before_anything_is_loaded_and_are_verified() {
    let note = elf::note(&KernelRequests { stack_size: 3, ..KernelRequests::DEFAULT });
    let mut elf = Elf::usual();
    elf.segments[2].memory_size = 1 << 29;
    // The segment is larger than memory, which shows only when it is loaded.
    assert_error(&with_kernel(elf.to_bytes()), "memory: no * contiguous free bytes below 4 GiB");
    let unservable = elf::with_notes_at_end(elf, &[&note]);
    assert_error(&with_kernel(unservable), "/kernel.elf: the kernel requests 3 bytes of stack");

    let note = elf::note(&KernelRequests { stack_size: 8 << 10, ..KernelRequests::DEFAULT });
    let kernel = elf::with_notes_at_end(Elf::usual(), &[&note]);
    let config = Some(Disk { kernel: kernel.clone(), ..Disk::new() }.config());
    assert!(
        boot(&Disk { kernel: kernel.clone(), config: config.clone(), ..Disk::new() }.make())
            .0
            .entry
            .is_some()
    );
    // Another stack, in a note that no segment has.
    let mut changed = kernel;
    let stack_size = changed.len() - 16;
    changed[stack_size + 1] ^= 0x10;
    let disk = Disk { kernel: changed, config, ..Disk::new() };
    assert_error(&disk.make(), "/kernel.elf: checksum mismatch: it is");
}

#[test]
fn files_that_do_not_match_the_configuration() {
    for (verify, what) in
        [(Verify::Checksum, "checksum mismatch: it is"), (Verify::Sha256, "SHA-256 mismatch")]
    {
        let good = Disk { verify, ..Disk::new() };
        let config = Some(good.config());
        let mut kernel = good.kernel.clone();
        *kernel.last_mut().unwrap() ^= 1;
        let disk = Disk { kernel, config: config.clone(), verify, ..Disk::new() };
        assert_error(&disk.make(), &format!("/kernel.elf: {what}"));
        let mut module = good.module.clone();
        module.swap(0, 1);
        let disk = Disk { module, config, verify, ..Disk::new() };
        assert_error(&disk.make(), &format!("{MODULE_PATH}: {what}"));
    }
    let lines = boot(&with_kernel(Elf::usual().to_bytes())).0.lines;
    let unverified = "loader: /kernel.elf: unverified: the configuration has no checksum of it";
    assert!(lines.contains(&unverified.to_owned()));
}

#[test]
fn long_names_and_empty_modules_are_harmless() {
    let long = "/a directory with a long name/größe.bin";
    let config = format!("{UNVERIFIED}module = {long}\nmodule = /empty\n");
    for kind in [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32] {
        let files = vec![(long.to_owned(), vec![1; 1000]), ("/empty".to_owned(), Vec::new())];
        let disk = Disk { kind, config: Some(config.clone().into()), files, ..Disk::new() };
        let modules = [(long.to_owned(), vec![1; 1000]), ("/empty".to_owned(), Vec::new())];
        assert_eq!(snapshot(&disk.make()).modules, modules);
    }
}

/// Returns a key pair for tests, and the policy of a loader with its public key and the minimum counter 2.
fn keys() -> (ed25519_compact::KeyPair, Policy) {
    let pair = ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new([7; 32]));
    let policy = Policy::signed(VerificationKey::new(*pair.pk, 2));
    (pair, policy)
}

/// Returns a signed disk with this counter.
fn signed(counter: u64) -> Disk {
    let mut disk = Disk { verify: Verify::Sha256, ..Disk::new() };
    let text = String::from_utf8(disk.config()).unwrap();
    let (_, body) = text.split_once('\n').unwrap();
    let config = with_config_checksum(&format!("{body}counter = {counter}\n"));
    let signature = keys().0.sk.sign(&config, None).to_vec();
    disk.files.push((signature::PATH.to_owned(), signature));
    disk.config = Some(config);
    disk
}

/// Changes the text of a configuration, and updates its checksum.
fn change_config(config: &[u8], change: &dyn Fn(String) -> String) -> Vec<u8> {
    let text = String::from_utf8(config.to_vec()).unwrap();
    let (_, body) = text.split_once('\n').unwrap();
    let changed = change(body.to_owned());
    assert_ne!(changed, body);
    with_config_checksum(&changed)
}

#[test]
fn signed_sets() {
    let policy = keys().1;
    let verdict = |disk: &Disk| {
        let report = boot_with(HostDisk::new(&disk.make()), policy).0;
        report.entry.is_none().then(|| report.error().unwrap().to_owned())
    };
    assert_eq!(verdict(&signed(2)), None);
    assert_eq!(verdict(&signed(3)), None, "a newer set for an older loader");
    let refused = |change: &dyn Fn(&mut Disk), expected: &str| {
        let mut disk = signed(2);
        change(&mut disk);
        let error = verdict(&disk).unwrap();
        assert!(error.starts_with(expected), "{error:?} doesn't begin with {expected:?}");
    };
    let older = verdict(&signed(1)).unwrap();
    assert!(older.starts_with("/farjump.sig: the configuration has counter 1"), "{older}");
    let wrong = "/farjump.sig: no signature of /farjump.conf by the key";
    refused(&|disk| disk.files.clear(), "/farjump.sig: no such file");
    refused(&|disk| disk.files[0].1.truncate(32), "/farjump.sig: 32 bytes, a signature has 64");
    refused(&|disk| disk.files[0].1[5] ^= 1, wrong);
    refused(&|disk| *disk.config.as_mut().unwrap().last_mut().unwrap() = b' ', wrong);
    let with_new_checksum = |change: &dyn Fn(String) -> String| {
        refused(&|disk| disk.config = Some(change_config(disk.config.as_ref().unwrap(), change)), wrong);
    };
    with_new_checksum(&|text| format!("{text}cmdline = exit\n"));
    with_new_checksum(&|text| text.replace(&format!("module = {MODULE_PATH}\n"), ""));
    refused(&|disk| disk.module[9] ^= 1, "/modules/numbers.bin: SHA-256 mismatch");
    refused(
        &|disk| {
            let last = disk.kernel.len() - 1;
            disk.kernel[last] ^= 1;
        },
        "/kernel.elf: SHA-256 mismatch",
    );
}

#[test]
fn a_signed_configuration_must_have_a_hash_of_every_file() {
    let (pair, policy) = keys();
    let config = with_config_checksum("kernel = /kernel.elf\nverify = none\ncounter = 2\n");
    let files = vec![(signature::PATH.to_owned(), pair.sk.sign(&config, None).to_vec())];
    let disk = Disk { config: Some(config), files, ..Disk::new() }.make();
    let report = boot_with(HostDisk::new(&disk), policy).0;
    assert_eq!(report.error(), Some("/kernel.elf: the signed configuration has no SHA-256 hash of it"));
}
