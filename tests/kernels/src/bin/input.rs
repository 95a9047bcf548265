//! Lines that a person types, printed back until one is `quit`. With `storm` on the command line the keyboard's
//! controller says first what no person could type so fast.

#![no_std]
#![no_main]

use core::time::Duration;

use farjump_api::BootInfo;
use farjump_kernel::tty::{self, Input, input};
use farjump_kernel::{command_line, println, time};
use test_kernels::test_kernel;
use x86_64::instructions::port::Port;

test_kernel!(lines_are_read_until_quit);

fn lines_are_read_until_quit(boot_info: &'static BootInfo) {
    let storm = command_line::has_word(boot_info.command_line.get(), "storm");
    if storm {
        raise_storm();
        println!("keys lost: {}", input::lost());
        assert!(input::lost() > 0, "the queue has room for a storm");
        while input::try_next().is_some() {}
    }
    println!("type now");
    loop {
        match tty::read_line("> ") {
            Input::Line(line) => {
                println!("line: {:?}", &*line);
                if &*line == "quit" {
                    return;
                }
            }
            Input::Interrupted => println!("interrupted"),
            Input::EndOfInput => panic!("there are devices"),
        }
    }
}

/// Has the controller send bytes as if they were the keyboard's: its command D2h does. Each raises an interrupt.
fn raise_storm() {
    const WRITE_KEYBOARD_OUTPUT: u8 = 0xD2;
    const INPUT_FULL: u8 = 1 << 1;
    const OUTPUT_FULL: u8 = 1 << 0;
    let (mut data, mut command) = (Port::<u8>::new(0x60), Port::<u8>::new(0x64));
    for number in 0..20_000_u32 {
        let [scan_code, ..] = number.to_le_bytes();
        // SAFETY: the byte that follows goes to the output buffer.
        unsafe { command.write(WRITE_KEYBOARD_OUTPUT) };
        // SAFETY: it looks as if the keyboard had sent it.
        unsafe { data.write(scan_code) };
        time::spin_until(Duration::from_millis(10), || {
            // SAFETY: reading the status changes nothing.
            unsafe { command.read() & (INPUT_FULL | OUTPUT_FULL) == 0 }
        });
    }
    let status = farjump_kernel::interrupts::status(farjump_kernel::interrupts::Irq::Keyboard);
    assert!(status.count >= 10_000 && status.is_unmasked, "{status:?}");
}
