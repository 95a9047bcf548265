//! The prompt, on serial port and keyboard.

use command_words::words::commands;

use super::{command, script};
use crate::{console, print, println};

/// Bytes of a line at most.
const LONGEST_LINE: usize = 256;

/// Asks for commands and does them, for ever.
pub fn interact() -> ! {
    println!("`help` lists the commands");
    let mut buffer = [0; LONGEST_LINE];
    loop {
        print!("> ");
        match read_line(&mut buffer) {
            Some(line) => commands(line).for_each(|line| {
                command::execute(line);
            }),
            None => println!("that is no UTF-8"),
        }
    }
}

/// Whether the person at the prompt wants what can't be undone. A script does.
pub(super) fn confirms(what: &str) -> bool {
    if script::is_running() {
        return true;
    }
    print!("{what}: are you sure? [y/N] ");
    let mut buffer = [0; LONGEST_LINE];
    matches!(read_line(&mut buffer), Some("y" | "Y" | "yes"))
}

fn read_line(buffer: &mut [u8; LONGEST_LINE]) -> Option<&str> {
    let mut length = 0;
    loop {
        match console::receive() {
            None => core::hint::spin_loop(),
            Some(b'\r' | b'\n') => {
                println!();
                return core::str::from_utf8(&buffer[..length]).ok();
            }
            Some(0x08 | 0x7F) if length > 0 => {
                length -= 1;
                print!("\x08 \x08");
            }
            Some(byte @ b' '..=b'~') if length < LONGEST_LINE => {
                buffer[length] = byte;
                length += 1;
                print!("{}", char::from(byte));
            }
            Some(_) => {}
        }
    }
}
