//! The loader's interrupt descriptor table. An exception in the loader is a hardware fault or a bug in the loader: its
//! handler prints the registers and halts.

use core::cell::UnsafeCell;

use farjump_x86::{Exception, Registers};
use x86_64::VirtAddr;
use x86_64::registers::control::Cr2;
use x86_64::structures::idt::{Entry, HandlerFunc};

use crate::{console, cpu};

/// Number of gates: only exceptions, because interrupts are off in long mode.
pub(crate) const VECTORS: usize = farjump_x86::EXCEPTIONS;

/// Bytes from one stub in `exceptions.S` to the next.
pub(crate) const STUB_SIZE: usize = 16;

/// The operand of LIDT; `bios_call.S` loads it again after each call.
#[repr(C, packed(2))]
pub(crate) struct IdtPointer {
    limit: u16,
    base: *const Entry<HandlerFunc>,
}

/// A static that is written once, before anything else reads it.
#[repr(transparent)]
pub(crate) struct Once<T>(UnsafeCell<T>);

// SAFETY: the loader has one CPU and no threads, and interrupts are off.
unsafe impl<T> Sync for Once<T> {}

static IDT: Once<[Entry<HandlerFunc>; VECTORS]> =
    Once(UnsafeCell::new([const { Entry::missing() }; VECTORS]));

pub(crate) static IDT_POINTER: Once<IdtPointer> = Once(UnsafeCell::new(IdtPointer {
    #[expect(clippy::cast_possible_truncation, reason = "32 entries of 16 bytes")]
    limit: (VECTORS * size_of::<Entry<HandlerFunc>>() - 1) as u16,
    base: IDT.0.get().cast(),
}));

/// Fills and loads the table.
pub(crate) fn install() {
    unsafe extern "C" {
        static exception_stubs: [u8; VECTORS * STUB_SIZE];
    }
    let first = (&raw const exception_stubs).addr() as u64;
    let idt = IDT.0.get();
    for vector in 0..VECTORS {
        // SAFETY: `vector` is within the table, and there is no other reference to the table yet.
        let entry = unsafe { &mut (*idt)[vector] };
        let stub = first + (vector * STUB_SIZE) as u64;
        // SAFETY: this is the address of the vector's stub in `exceptions.S`, which handles the vector's frame.
        unsafe { entry.set_handler_addr(VirtAddr::new_truncate(stub)) };
    }
    // SAFETY: the pointer describes the table that has just been filled.
    unsafe { core::arch::asm!("lidt [{}]", in(reg) IDT_POINTER.0.get(), options(readonly, nostack)) };
    // SAFETY: all 32 exceptions have a gate now. `bios_call.S` clears MCE during a BIOS call, `handover.S` for good.
    unsafe { cpu::enable_machine_checks() };
}

/// The frame that `exceptions.S` builds on the stack.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct ExceptionFrame {
    registers: Registers,
    vector: u64,
    error_code: u64,
    rip: u64,
    cs: u64,
    rflags: u64,
    rsp: u64,
    ss: u64,
}

/// Prints the exception and halts.
pub(crate) extern "sysv64" fn exception_handler(f: &ExceptionFrame) -> ! {
    console::break_lock();
    if !console::is_first_failure() {
        crate::halt() // an exception while the first one is printed
    }
    console::error!(
        "exception {} ({}), error code {:#x}, rip {:#x}, cr2 {:#x}",
        f.vector,
        Exception::of_vector(f.vector).map_or("", Exception::name),
        f.error_code,
        f.rip,
        Cr2::read_raw()
    );
    f.registers.lines(f.rsp).for_each(|line| console::error!("{line}"));
    console::error!("rflags {:#x} cs {:#x} ss {:#x}", f.rflags, f.cs, f.ss);
    if f.vector == u64::from(Exception::MACHINE_CHECK.vector()) {
        print_banks();
    }
    crate::halt()
}

/// Prints the errors in the machine-check banks: the exception itself doesn't tell the cause.
fn print_banks() {
    let mut banks = cpu::machine_check_banks().peekable();
    if banks.peek().is_none() {
        console::error!("machine check: no bank holds an error");
    }
    banks.for_each(|bank| console::error!("machine check: {bank}"));
}
