//! `irq`: which interrupts and exceptions have come, and how often.

use super::Monitor;
use super::command::{Command, CommandError};
use crate::arch::trap;
use crate::device::local_timer;
use crate::interrupts::{self, Irq, LineStatus};
use crate::println;
use farjump_x86::Exception;

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "irq",
    synopsis: "",
    help: "how often each interrupt and each exception has come",
    run: irq,
}];

fn irq<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    println!("controller: {}", interrupts::controller_name());
    println!("vector       count  spurious");
    for vector in 0..=u8::MAX {
        let line = Irq::ALL.into_iter().find(|irq| irq.vector() == vector);
        match line {
            Some(irq) => print_line(irq),
            None => print_vector(vector),
        }
    }
    Ok(())
}

/// A line that has come or may come.
fn print_line(irq: Irq) {
    let LineStatus { count, spurious, is_unmasked, .. } = interrupts::status(irq);
    if is_unmasked || count > 0 || spurious > 0 {
        let masked = if is_unmasked { "" } else { ", masked" };
        println!("{:6}{count:12}{spurious:10}  {irq}{masked}", irq.vector());
    }
}

/// A vector that is no line's, if it has come.
fn print_vector(vector: u8) {
    let count = trap::count(vector);
    if count > 0 {
        let name = match vector {
            local_timer::VECTOR => "the local APIC's timer",
            _ => Exception::of_vector(vector.into()).map_or("unassigned", Exception::name),
        };
        println!("{vector:6}{count:12}{:10}  {name}", "");
    }
}
