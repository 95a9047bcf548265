//! Boot tests of the kernel's own disk driver, and of the boot volume read through it.
//!
//! A second disk is the primary channel's master; QEMU moves the boot disk to the secondary one. In the sectors
//! that a test reads, sector N of the second disk begins with N, in eight bytes; everything else is zero.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::signed::replace_text;
use crate::test::control_names;
use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::{Disk, Machine, Outcome, comma_escaped};

/// Bytes in a sector.
const SECTOR_SIZE: u64 = 512;

/// The first sector that 28 bits don't reach.
const LBA28_SECTORS: u64 = 1 << 28;

/// The sector that `disk_error` finds damaged.
const DAMAGED_SECTOR: u64 = 1000;

pub(super) fn cases() -> Vec<Scenario> {
    let mut cases = vec![
        Scenario::tests("a file of 5 MiB read by the ATA driver is the one that was written", "disk_volume")
            .file("/large.bin", 5 << 20)
            .file("/inputs/numbers.bin", 100_003)
            .seconds(300),
        Scenario::tests("sectors beyond 128 GiB are read by 48-bit addresses", "disk_large")
            .attach(large_disk),
        Scenario::tests("a sector that can't be read is an error with its reason", "disk_error")
            .lines(&["read sector 1000: the command was aborted (error register 0x04)"])
            .attach(damaged_disk),
        write(
            "nothing is written without the word rw",
            "exit",
            "write refused: nothing is written: the command line doesn't say `rw`",
        ),
        write("with the word rw what is written is read back", "exit rw", "write taken"),
    ];
    cases.extend(monitor());
    cases.extend(machines_without_the_boot_disk());
    cases
}

fn write(name: &str, command_line: &str, line: &str) -> Scenario {
    let command_line = command_line.to_owned();
    Scenario::tests(name, "disk_write").command_line(command_line).lines(&[line]).attach(scratch_disk)
}

/// A file's name and a module's text would clear the screen and set a title.
fn control_characters() -> Scenario {
    let command_line = "exit run=\"ls;insmod greeter;call greeter greet\"".to_owned();
    let listed: &str = format!("-----          5  {}", control_names::SHOWN).leak();
    let name: &'static str = format!("/{}", control_names::NAME).leak();
    Scenario::boot("monitor: control characters from the volume never reach a terminal", Kernel::Demo)
        .with_modules()
        .command_line(command_line)
        .file(name, 5)
        .finish(|image| {
            let mut disk = fs::read(image)?;
            control_names::put_into(&mut disk);
            fs::write(image, disk)?;
            replace_text(image, b"\x1b[2J\x08\x0c\r\x07a\tb\nc\x7fde")?;
            Ok(image.to_owned())
        })
        .lines(&[
            listed,
            "> call greeter greet",
            "\u{FFFD}[2J\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}a\tb",
            "c\u{FFFD}de",
            "run: 3 commands, 0 failed",
        ])
}

/// `ls`, `cat` and `hexdump` in the demo kernel. Byte N of `/numbers.bin` is N modulo 251, and so not text.
fn monitor() -> Vec<Scenario> {
    let run = |name: &str, commands: &str| {
        let command_line = format!("exit run=\"{commands}\"");
        Scenario::boot(name, Kernel::Demo).command_line(command_line).file("/inputs/numbers.bin", 1000)
    };
    vec![
        control_characters(),
        run("monitor: the boot volume is listed and shown", "ls;ls /INPUTS;cat /farjump.conf;hexdump /inputs/numbers.bin 250 18;hexdump 0 510 2;hexdump 1 0 16")
            .lines(&[
                "> ls",
                "d----             inputs/",
                "> ls /INPUTS",
                "-----       1000  numbers.bin",
                "> cat /farjump.conf",
                "kernel = /kernel.elf",
                "> hexdump /inputs/numbers.bin 250 18",
                "00000000000000fa  fa 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e *",
                "000000000000010a  0f 10 *",
                "00000000000001fe  55 aa *",
                "0000000000000200 *",
                "run: 6 commands, 0 failed",
            ]),
        run(
            "monitor: what can't be listed or shown is said",
            "ls /nothing;cat inputs;cat /inputs;cat /inputs/numbers.bin;hexdump /inputs/numbers.bin 1001;hexdump 0x1000000000;hexdump 0 0 5000;hexdump x",
        )
        .lines(&[
            "/nothing: no such file or directory",
            "inputs: the path doesn't begin with \"/\"",
            "/inputs: is a directory, not a file",
            "cat: that is no text; `hexdump` shows it",
            "/inputs/numbers.bin: it has 1000 bytes",
            "hexdump: sector 68719476736 is past the end: the drive has * sectors",
            "hexdump: that is too much: 4096 bytes at most",
            "hexdump: \"x\": *",
            "run: 8 commands, 8 failed",
        ])
        .outcome(Outcome::Failed),
    ]
}

/// Where the BIOS has read the kernel through another controller.
fn machines_without_the_boot_disk() -> Vec<Scenario> {
    let absent = |name: &str, line: &str, change: fn(&mut Machine)| {
        let begin = "no ATA disk has the boot volume (drive *";
        Scenario::tests(name, "disk_absent").lines(&[begin, line]).machine(change)
    };
    vec![
        absent(
            "a machine with AHCI says that it has no ATA channels",
            "primary master: no controller",
            |machine| {
                machine.disk = Disk::Ahci;
            },
        ),
        absent("a machine without any disk says so", "secondary master: no drive", |machine| {
            machine.disk = Disk::Virtio;
            machine.extra = ["-nodefaults", "-vga", "std"].map(String::from).into();
        }),
        absent(
            "a CD drive is told from a disk",
            "secondary master: a packet device (ATAPI: CD, DVD), which isn't read",
            |machine| machine.disk = Disk::Virtio,
        ),
        absent("another disk isn't taken for the boot disk", "primary master: another disk", |machine| {
            machine.disk = Disk::Nvme;
        })
        .attach(scratch_disk),
    ]
}

/// A disk of 200 GiB, of which nearly nothing is stored.
fn large_disk(directory: &Path) -> Result<Vec<String>> {
    let path = disk(
        directory,
        200 << 30,
        &[LBA28_SECTORS - 1, LBA28_SECTORS, LBA28_SECTORS + 256, (200 << 21) - 1],
    )?;
    Ok(primary_master(&format!("format=raw,snapshot=on,file={}", comma_escaped(&path))))
}

fn scratch_disk(directory: &Path) -> Result<Vec<String>> {
    let path = disk(directory, 1 << 20, &[])?;
    Ok(primary_master(&format!("format=raw,file={}", comma_escaped(&path))))
}

/// A disk whose sector [`DAMAGED_SECTOR`] can't be read the first time.
fn damaged_disk(directory: &Path) -> Result<Vec<String>> {
    let image = disk(directory, 1 << 20, &[DAMAGED_SECTOR - 1, DAMAGED_SECTOR, DAMAGED_SECTOR + 1])?;
    let config = directory.join("blkdebug.conf");
    let rule =
        format!("[inject-error]\nevent = \"read_aio\"\nsector = \"{DAMAGED_SECTOR}\"\nonce = \"on\"\n");
    fs::write(&config, rule).with_context(|| format!("can't write {}", config.display()))?;
    let (config, image) = (comma_escaped(&config), comma_escaped(&image));
    let image = format!("file.image.driver=file,file.image.filename={image}");
    Ok(primary_master(&format!("driver=raw,file.driver=blkdebug,file.config={config},{image}")))
}

/// Makes an image of so many bytes in which each of `sectors` begins with its number.
fn disk(directory: &Path, bytes: u64, sectors: &[u64]) -> Result<PathBuf> {
    let path = directory.join("second.img");
    let mut file = File::create(&path).with_context(|| format!("can't write {}", path.display()))?;
    file.set_len(bytes)?;
    for sector in sectors {
        file.seek(SeekFrom::Start(sector * SECTOR_SIZE))?;
        file.write_all(&sector.to_le_bytes())?;
    }
    Ok(path)
}

fn primary_master(drive: &str) -> Vec<String> {
    let drive = format!("if=none,id=second-disk,{drive}");
    let device = "ide-hd,drive=second-disk,bus=ide.0,unit=0";
    ["-drive", &drive, "-device", device].map(String::from).into()
}
