//! `peek`, `poke`: bytes of memory. What may be touched is decided by [`crate::memory::access`].

use super::Monitor;
use super::command::{Command, CommandError, number};
use crate::memory::access;
use crate::{print, println};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "peek",
        synopsis: "ADDRESS [COUNT]",
        help: "show bytes at a virtual address, 16 by default",
        run: peek,
    },
    Command {
        name: "poke",
        synopsis: "ADDRESS BYTE",
        help: "write a byte of free memory or of the screen, and say what was there",
        run: poke,
    },
];

/// Bytes in a line.
const LINE: usize = 16;

/// Bytes at most, a page's: more is no peek.
const MAX_COUNT: u64 = 4096;

fn peek<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[address, ref count @ ..] = words else { return Err(CommandError::Usage) };
    let address = number(address)?;
    let count = count.first().map_or(Ok(LINE as u64), |count| number(count))?;
    if count > MAX_COUNT {
        return Err(CommandError::Rejected("that is too much: 4096 bytes at most"));
    }
    let last = address.checked_add(count.saturating_sub(1));
    last.ok_or(CommandError::Rejected("address range overflows"))?;
    for offset in (0..count).step_by(LINE) {
        let mut line = [0; LINE];
        let line = &mut line[..(count - offset).min(LINE as u64) as usize];
        for (index, byte) in line.iter_mut().enumerate() {
            *byte = access::read(address + offset + index as u64).map_err(CommandError::Access)?;
        }
        print_line(address + offset, line);
    }
    Ok(())
}

/// A line of a dump: address, bytes, and the characters among them.
pub(super) fn print_line(address: u64, bytes: &[u8]) {
    print!("{address:016x} ");
    bytes.iter().for_each(|byte| print!(" {byte:02x}"));
    print!("{:1$}", "", 2 + 3 * (LINE - bytes.len().min(LINE)));
    let shown = |byte: u8| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' };
    bytes.iter().for_each(|byte| print!("{}", shown(*byte)));
    println!();
}

fn poke<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[address_word, byte] = words else { return Err(CommandError::Usage) };
    let address = number(address_word)?;
    let too_large = |_| CommandError::Rejected("a byte is 0 to 0xff");
    let byte = u8::try_from(number(byte)?).map_err(too_large)?;
    let old = access::write(address, byte).map_err(CommandError::Access)?;
    println!("{address:#x}: {old:#04x}, now {byte:#04x}; `poke {address_word} {old:#04x}` undoes it");
    Ok(())
}
