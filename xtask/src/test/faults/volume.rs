//! Faults of the FAT volume, and of the configuration on it.

use super::keep;
use crate::test::control_names;
use crate::test::image_builder::fat::Places;
use crate::test::image_builder::{ImageBuilder, UNVERIFIED_CONFIG};
use crate::test::scenario::{LeftOut, Scenario};
use farjump::smoke::KERNEL_OK;

pub(super) fn faults() -> Vec<Scenario> {
    let files_kept = ["long names", "control characters in a name"];
    let chains_kept = [
        "a chain that runs in a circle",
        "a fragmented file, the last fragment first",
        "a file whose clusters are another file's",
    ];
    let configurations_kept = [
        "configuration: missing",
        "configuration: unknown key",
        "configuration: verify = sha256 and no stage 2 that can",
        "configuration: no checksum at all",
        "configuration: another kernel than the one with the checksum",
    ];
    let mut faults = keep(&files_kept, LeftOut::HostBoots, files());
    faults.extend(keep(&chains_kept, LeftOut::HostBoots, chains()));
    faults.extend(keep(&["a volume that isn't formatted"], LeftOut::HostBoots, records()));
    faults.extend(keep(&configurations_kept, LeftOut::HostBoots, configurations()));
    faults
}

fn files() -> Vec<Scenario> {
    let long = "/a directory with a long name/größe.bin";
    let mut faults = Vec::new();
    faults.push(Scenario::survives("long names", KERNEL_OK, move |builder| {
        let config = format!("{}module = {long}\n", UNVERIFIED_CONFIG);
        builder.disk().config(config).file(long, vec![1; 1000]).make()
    }));
    faults.push(Scenario::survives("an empty module", KERNEL_OK, |builder| {
        let config = format!("{}module = /empty\n", UNVERIFIED_CONFIG);
        builder.disk().config(config).file("/empty", Vec::new()).make()
    }));
    faults.push(Scenario::halts(
        "an empty kernel",
        "loader: error: /kernel.elf: not an ELF file",
        |builder| builder.disk().kernel(Vec::new()).make(),
    ));
    faults.push(Scenario::halts(
        "a module that isn't there",
        "loader: error: /modules/no.bin: no such file",
        |builder| builder.disk().config(format!("{}module = /modules/no.bin\n", UNVERIFIED_CONFIG)).make(),
    ));
    let listed: &str = format!("loader: error:     {}, 5 bytes", control_names::SHOWN).leak();
    let control =
        Scenario::halts("control characters in a name", "loader: error: /no.bin: no such file", |builder| {
            let disk = builder.disk().config(format!("{}module = /no.bin\n", UNVERIFIED_CONFIG));
            let mut disk = disk.file(&format!("/{}", control_names::NAME), vec![b'x'; 5]).make()?;
            control_names::put_into(&mut disk);
            Ok(disk)
        });
    faults.push(control.and_line(listed));
    faults
}

/// The kernel's first link, replaced.
fn chains() -> Vec<Scenario> {
    let linked = |name: &str, line: &str, link: fn(usize) -> usize| {
        Scenario::halts(
            name,
            &format!("loader: error: /kernel.elf: {line}"),
            move |builder: &ImageBuilder| {
                let mut disk = builder.standard()?;
                let places = Places::of(&disk);
                let first = Places::first_cluster(&disk, places.entry(&disk, b"KERNEL  ELF")?);
                let [low, high, ..] = link(first).to_le_bytes();
                disk[places.link(first)..places.link(first) + 2].copy_from_slice(&[low, high]);
                Ok(disk)
            },
        )
    };
    vec![
        linked("a chain that ends early", "the file's clusters end after 1, before its size", |_| 0xFFFF),
        linked("a chain that leaves the volume", "cluster 65000, clusters are 2 to", |_| 65_000),
        Scenario::halts(
            "a chain that leaves the volume by one cluster",
            "loader: error: /kernel.elf: cluster *, clusters are 2 to ",
            |builder| {
                let mut disk = builder.standard()?;
                let places = Places::of(&disk);
                let first = Places::first_cluster(&disk, places.entry(&disk, b"KERNEL  ELF")?);
                let [low, high, ..] = places.cluster_limit(&disk).to_le_bytes();
                disk[places.link(first)..places.link(first) + 2].copy_from_slice(&[low, high]);
                Ok(disk)
            },
        ),
        linked("a chain into a free cluster", "cluster ", |_| 0),
        linked("a chain into a bad cluster", "cluster ", |_| 0xFFF7),
        linked("a chain that runs in a circle", "the file's clusters run in a circle", |first| first),
        linked("a chain into another file", "the file's clusters end after 2, before its size", |_| 2),
        Scenario::survives("a fragmented file, the last fragment first", KERNEL_OK, |builder| {
            let mut disk = builder.standard()?;
            reverse(&mut disk, b"KERNEL  ELF")?;
            Ok(disk)
        }),
        // Its clusters are as many as they should be: only its bytes can tell.
        Scenario::halts(
            "a file whose clusters are another file's",
            "loader: error: /modules/numbers.bin: checksum mismatch",
            |builder| {
                let mut disk = builder.standard()?;
                let places = Places::of(&disk);
                let module = places.module_entry(&disk)?;
                let kernel = places.chain(&disk, places.entry(&disk, b"KERNEL  ELF")?);
                let clusters = places.chain(&disk, module).len();
                let shared = kernel[kernel.len() - clusters].to_le_bytes();
                disk[module + 26..module + 28].copy_from_slice(&shared[..2]);
                Ok(disk)
            },
        ),
    ]
}

/// Moves a file's clusters, the first apart, to each other's places in reverse.
fn reverse(disk: &mut [u8], name: &[u8; 11]) -> anyhow::Result<()> {
    let places = Places::of(disk);
    let chain = places.chain(disk, places.entry(disk, name)?);
    let reversed: Vec<_> = chain[..1].iter().chain(chain[1..].iter().rev()).copied().collect();
    let before = disk.to_vec();
    for (old, new) in chain.iter().zip(&reversed) {
        let (from, size) = (places.bytes(*old), places.bytes(*old + 1) - places.bytes(*old));
        disk[places.bytes(*new)..][..size].copy_from_slice(&before[from..from + size]);
    }
    let ends = reversed[1..].iter().copied().chain([0xFFFF]);
    for (cluster, next) in reversed.iter().zip(ends) {
        let [low, high, ..] = next.to_le_bytes();
        disk[places.link(*cluster)..][..2].copy_from_slice(&[low, high]);
    }
    Ok(())
}

fn records() -> Vec<Scenario> {
    let volume = boot_layout::disk::PARTITION_LBA as usize * 512;
    let patched = move |name: &str, line: &str, at: usize, byte: u8| {
        Scenario::halts(
            name,
            &format!("loader: error: partition 1: {line}"),
            move |builder: &ImageBuilder| {
                let mut disk = builder.disk().make()?;
                disk[volume + at] = byte;
                Ok(disk)
            },
        )
    };
    vec![
        patched("no sectors per cluster", "0 sectors per cluster, not a power of two", 13, 0),
        patched("three sectors per cluster", "3 sectors per cluster, not a power of two", 13, 3),
        patched("no file allocation table", "no file allocation table", 16, 0),
        patched("sectors of 4096 bytes", "4096 bytes per sector", 12, 0x10),
        patched("a volume that isn't formatted", "no boot sector: it ends in 00", 510, 0),
        Scenario::halts("NTFS", "loader: error: partition 1: the file system is NTFS", move |builder| {
            let mut disk = builder.disk().make()?;
            disk[volume + 3..volume + 11].copy_from_slice(b"NTFS    ");
            Ok(disk)
        }),
        Scenario::halts(
            "a directory that never ends",
            "loader: error: /modules/no.bin: the directory has more than",
            |builder| {
                let config = format!("{}module = /modules/no.bin\n", UNVERIFIED_CONFIG);
                let mut disk = builder.disk().config(config).file("/modules/x", vec![1]).make()?;
                let places = Places::of(&disk);
                let cluster = Places::first_cluster(&disk, places.entry(&disk, b"MODULES    ")?);
                let (bytes, link) = (places.bytes(cluster), places.link(cluster));
                disk[bytes..places.bytes(cluster + 1)].fill(0xE5);
                let [low, high, ..] = cluster.to_le_bytes();
                disk[link..link + 2].copy_from_slice(&[low, high]);
                Ok(disk)
            },
        ),
    ]
}

fn configurations() -> Vec<Scenario> {
    let refused = |name: &str, line: &str, config: &[u8]| {
        let config = config.to_vec();
        Scenario::halts(
            &format!("configuration: {name}"),
            &format!("loader: error: /farjump.conf: {line}"),
            move |builder| builder.disk().config(config.clone()).make(),
        )
    };
    vec![
        Scenario::halts("configuration: missing", "loader: error: /farjump.conf: no such file", |builder| {
            let mut disk = builder.disk().make()?;
            let entry = Places::of(&disk)
                .entry(&disk, b"FARJUM~1CON")
                .or_else(|_| Places::of(&disk).entry(&disk, b"FARJUMP CON"))?;
            disk[entry] = 0xE5;
            Ok(disk)
        }),
        refused("empty", "no line says which kernel", b""),
        refused("binary", "line 1, column 1: ", &[0x7F, 0x45, 0x4C, 0x46, 2, 1, 1]),
        refused("1 MiB", "1048576 bytes, more than the 65536", &vec![b'#'; 1 << 20]),
        refused(
            "unknown key",
            "line 2, column 1: unknown key \"modul\"",
            b"kernel = /kernel.elf\nmodul = /x\n",
        ),
        refused(
            "duplicate key",
            "line 2, column 1: second \"kernel\"",
            b"kernel = /kernel.elf\nkernel = /k\n",
        ),
        refused("no kernel", "no line says which kernel", b"cmdline = exit\n"),
        refused(
            "bad UTF-8",
            "line 2, column 12: byte 0xe4 isn't UTF-8",
            b"kernel = /kernel.elf\ncmdline = \xC3\xA4\xE4\n",
        ),
        refused(
            "a wrong config checksum",
            "checksum mismatch",
            format!("seal = {:064}\nkernel = /kernel.elf\n", 0).as_bytes(),
        ),
        refused(
            "the config checksum of an older farjump",
            "line 1, column 8: a checksum of an older farjump's: cargo xtask seal",
            format!("seal = {:032}\nkernel = /kernel.elf\n", 0).as_bytes(),
        ),
    ]
    .into_iter()
    .chain(unusual_configurations())
    .collect()
}

/// Configurations that are well formed, with and without what they ask for.
fn unusual_configurations() -> Vec<Scenario> {
    let taken = |name: &str, config: &str| {
        let config = config.to_owned();
        Scenario::survives(&format!("configuration: {name}"), KERNEL_OK, move |builder| {
            builder.disk().config(config.clone()).make()
        })
    };
    vec![
        Scenario::halts(
            "configuration: verify = sha256 and no stage 2 that can",
            "loader: error: /kernel.elf: verify = sha256 needs",
            |builder| builder.disk().config("verify = sha256\nkernel = /kernel.elf\n").make(),
        ),
        Scenario::survives(
            "configuration: no checksum at all",
            "loader: /kernel.elf: unverified: ",
            |builder| builder.disk().make(),
        ),
        Scenario::halts(
            "configuration: another kernel than the one with the checksum",
            "loader: error: /kernel.elf: checksum mismatch: it is",
            |builder| {
                let config =
                    farjump::image::checksums::update(UNVERIFIED_CONFIG.as_bytes(), None, &[], &mut |_| {
                        Ok(builder.kernel.clone())
                    })?;
                let mut kernel = builder.kernel.clone();
                let middle = kernel.iter().position(|byte| *byte == b'K').unwrap_or(0x2000);
                kernel[middle.max(0x1200)] ^= 1;
                builder.disk().config(config).kernel(kernel).make()
            },
        ),
        taken("CR LF", "kernel = /kernel.elf\r\ncmdline = exit\r\n"),
        taken("a byte order mark", "\u{FEFF}kernel = /kernel.elf\ncmdline = exit\n"),
    ]
}
