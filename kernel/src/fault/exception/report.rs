//! The report of an exception: what, where, registers, backtrace, and what was logged before.

use farjump_x86::ErrorCode;
use x86_64::registers::control::{Cr2, Cr3};

use crate::arch::machine_check;
use crate::arch::page_walk;
use crate::arch::trap::TrapFrame;
use crate::fault::address::AddressClass;
use crate::fault::backtrace::Backtrace;
use crate::fault::{self, symbols};
use crate::{logger, print, println};
use farjump_x86::Exception;

/// Prints everything that is known.
pub(super) fn print(exception: Exception, frame: &TrapFrame) {
    let cr2 = Cr2::read_raw();
    println!("\nexception {}, {}", exception.vector(), exception.name());
    if exception == Exception::PAGE_FAULT {
        print_page_fault(cr2, frame.error_code);
    }
    println!("error code {}", ErrorCode { exception, value: frame.error_code });
    if exception == Exception::MACHINE_CHECK {
        print!("{}", machine_check::report());
    }
    println!("in {}", symbols::find(frame.rip, frame.rip));
    fault::print_thread();
    print_registers(frame, cr2);
    if exception == Exception::GENERAL_PROTECTION && frame.error_code == 0 {
        print_non_canonical(frame);
    }
    print!("{}", Backtrace::of_trap(frame));
    logger::print_last_lines();
}

fn print_page_fault(address: u64, error_code: u64) {
    let place = AddressClass::of(address);
    if place.is_stack_overflow() {
        println!("stack overflow");
    }
    println!("can't {} {place}, at {address:#x}", farjump_x86::access(error_code));
}

fn print_registers(f: &TrapFrame, cr2: u64) {
    f.registers.lines(f.rsp).for_each(|line| println!("{line}"));
    let cr3 = Cr3::read().0.start_address();
    println!("rip {:016x} cr2 {cr2:016x} cr3 {cr3:016x} rflags {:08x}", f.rip, f.rflags);
    println!("cs {:x} ss {:x}", f.cs, f.ss);
}

/// The usual cause of a general protection without an error code, of which the CPU tells nothing more.
fn print_non_canonical(f: &TrapFrame) {
    let registers = f.registers.named(f.rsp);
    let non_canonical = || registers.iter().filter(|(_, value)| !page_walk::is_canonical(*value));
    if non_canonical().next().is_some() {
        print!("no address, for bits 48 to 63 aren't as bit 47:");
        non_canonical().for_each(|(name, _)| print!(" {name}"));
        println!();
    }
}
