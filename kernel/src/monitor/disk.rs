//! `ls`, `cat`, `hexdump`: the volume that was booted from, and the sectors of its disk.

use alloc::vec::Vec;

use farjump_ata::SECTOR_SIZE;

use super::Monitor;
use super::bytes::print_line;
use super::command::{Command, CommandError, number};
use crate::volume::{self, Attributes, BootVolume};
use crate::{print, println};

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "ls", synopsis: "[PATH]", help: "list a directory of the boot volume", run: list },
    Command { name: "cat", synopsis: "PATH", help: "show a text file of the boot volume", run: show },
    Command {
        name: "hexdump",
        synopsis: "PATH|LBA [OFFSET] [COUNT]",
        help: "show bytes of a file, or of the boot disk from a sector on",
        run: dump,
    },
];

/// Bytes of a file that `cat` shows: at the speed of a serial port, some six seconds.
const MAX_TEXT: u64 = 64 << 10;

/// Bytes that `hexdump` shows by default, and at most.
const DEFAULT_DUMP: u64 = 256;
const MAX_DUMP: u64 = 4096;

/// Bytes in a line of a dump.
const LINE: usize = 16;

fn list<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let path = words.first().copied().unwrap_or("/");
    let mut volume = open()?;
    let listed = volume.list(path, |name, size, attributes| {
        if attributes.is_directory() {
            println!("{} {:>10}  {name}/", letters(attributes), "");
        } else {
            println!("{} {size:>10}  {name}", letters(attributes));
        }
    });
    listed.map_err(|error| CommandError::reported(format_args!("{path}: {error}")))
}

/// The attributes as DOS shows them: directory, read-only, hidden, system, archive.
fn letters(attributes: Attributes) -> impl core::fmt::Display {
    let letters = [
        (attributes.is_directory(), 'd'),
        (attributes.is_read_only(), 'r'),
        (attributes.is_hidden(), 'h'),
        (attributes.is_system(), 's'),
        (attributes.is_archive(), 'a'),
    ];
    core::fmt::from_fn(move |f| {
        let shown = letters.iter().map(|(is_set, letter)| if *is_set { *letter } else { '-' });
        shown.into_iter().try_for_each(|letter| write!(f, "{letter}"))
    })
}

fn show<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[path] = words else { return Err(CommandError::Usage) };
    let (bytes, left) = read(path, 0, MAX_TEXT)?;
    let text = text(&bytes, left > 0).ok_or(CommandError::Rejected("that is no text; `hexdump` shows it"))?;
    print!("{text}");
    if !text.ends_with('\n') && !text.is_empty() {
        println!();
    }
    if left > 0 {
        println!("... and {left} bytes more; `hexdump {path} OFFSET` shows any of them");
    }
    Ok(())
}

/// `bytes` as text, without a last character that is cut where the file is; `None` if a terminal would take them for
/// more than text.
fn text(bytes: &[u8], is_cut: bool) -> Option<&str> {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if is_cut && error.error_len().is_none() => {
            core::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |character: char| !character.is_control() || matches!(character, '\n' | '\r' | '\t');
    text.chars().all(is_text).then_some(text)
}

fn dump<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[source, ref range @ ..] = words else { return Err(CommandError::Usage) };
    let offset = range.first().map_or(Ok(0), |word| number(word))?;
    let count = range.get(1).map_or(Ok(DEFAULT_DUMP), |word| number(word))?;
    if count > MAX_DUMP {
        return Err(CommandError::Rejected("that is too much: 4096 bytes at most"));
    }
    let (address, bytes) = if source.starts_with('/') {
        (offset, read(source, offset, count)?.0)
    } else {
        read_sectors(number(source)?, offset, count)?
    };
    for (address, line) in (address..).step_by(LINE).zip(bytes.chunks(LINE)) {
        print_line(address, line);
    }
    Ok(())
}

fn open<'a>() -> Result<BootVolume, CommandError<'a>> {
    BootVolume::open().map_err(CommandError::reported)
}

/// Up to `count` bytes of a file, from `offset` on, and how many follow them.
fn read<'a>(path: &str, offset: u64, count: u64) -> Result<(Vec<u8>, u64), CommandError<'a>> {
    let failed = |error| CommandError::reported(format_args!("{path}: {error}"));
    let mut volume = open()?;
    let mut file = volume.open_file(path).map_err(failed)?;
    let size = file.size();
    if offset > size {
        return Err(CommandError::reported(format_args!("{path}: it has {size} bytes")));
    }
    let end = offset.saturating_add(count).min(size);
    let mut bytes = with_capacity(end - offset)?;
    volume.read(&mut file, offset..end, |chunk| bytes.extend_from_slice(chunk)).map_err(failed)?;
    Ok((bytes, size - end))
}

/// `count` bytes of the boot disk, `offset` bytes after the start of sector `lba`, and their address.
fn read_sectors<'a>(lba: u64, offset: u64, count: u64) -> Result<(u64, Vec<u8>), CommandError<'a>> {
    const PAST_THE_END: CommandError<'static> = CommandError::Rejected("that is past the end of any disk");
    let sector = SECTOR_SIZE as u64;
    let address = lba.checked_mul(sector).and_then(|start| start.checked_add(offset)).ok_or(PAST_THE_END)?;
    let (lba, skip) = (address / sector, address % sector);
    let length = (skip + count).next_multiple_of(sector);
    let mut bytes = with_capacity(length)?;
    bytes.resize(length as usize, 0);
    let disk = volume::boot_disk().map_err(CommandError::reported)?;
    disk.read(lba, &mut bytes).map_err(|error| CommandError::about("hexdump", error))?;
    bytes.truncate((skip + count) as usize);
    bytes.drain(..skip as usize);
    Ok((address, bytes))
}

fn with_capacity<'a>(size: u64) -> Result<Vec<u8>, CommandError<'a>> {
    let mut bytes = Vec::new();
    let reserved = bytes.try_reserve_exact(size as usize);
    reserved.map_err(|_| CommandError::Rejected("there is no memory for that"))?;
    Ok(bytes)
}
