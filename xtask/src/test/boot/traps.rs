//! Boot tests of exceptions, interrupts, and what the kernel prints of them.

use crate::test::scenario::{Kernel, LeftOut, Scenario};
use farjump::qemu::Outcome;

/// What `page_fault_report` does, and what has to be said of it.
const PAGE_FAULTS: [(&str, &str, &str); 7] = [
    ("null", "can't read the null page, at 0x0", "error code 0x0: the page isn't present, kernel mode"),
    ("code", "can't write the kernel's code, at 0x*", "error code 0x3: the page forbids it, kernel mode"),
    (
        "rodata",
        "can't write the kernel's read-only data, at 0x*",
        "error code 0x3: the page forbids it, kernel mode",
    ),
    ("jump", "can't execute the kernel's data, at 0x*", "error code 0x11: the page forbids it, kernel mode"),
    ("reserved", "can't write some pages, at 0x*", "error code 0x3: the page forbids it, kernel mode"),
    (
        "guard",
        "can't read the guard page above some pages, at 0x*",
        "error code 0x0: the page isn't present, kernel mode",
    ),
    (
        "unmapped",
        "can't read a page that isn't mapped, at 0xffffffff00000000",
        "error code 0x0: the page isn't present, kernel mode",
    ),
];

pub(super) fn cases() -> Vec<Scenario> {
    let mut cases = vec![
        Scenario::tests("each of the 32 exceptions is taken with its frame whole", "exceptions"),
        red_zone("interrupts keep the red zone and the SSE registers"),
        red_zone("interrupts keep the red zone and the SSE registers, a million times")
            .command_line("exit interrupts=1000000")
            .left_out(LeftOut::Varies),
        stack_overflow(),
        stack_overflow_in_a_handler(),
        general_protection(),
        x87_error(),
        panic_backtrace(),
        panic_in_a_panic(),
        without_symbols(),
    ];
    cases.extend(PAGE_FAULTS.iter().map(|(kind, what, why)| page_fault(kind, what, why)));
    cases
}

fn red_zone(name: &str) -> Scenario {
    // Real time has far fewer ticks than a fast timer: the emulator's own time has them all.
    Scenario::tests(name, "red_zone").machine(|machine| machine.icount = true).seconds(180)
}

fn stack_overflow() -> Scenario {
    let lines = [
        "exception 14, page fault",
        "stack overflow",
        "can't write the guard page below the boot stack of 64 KiB, at 0x*",
        "in stack_overflow::recurse+*",
        "backtrace:",
        "  at stack_overflow::recurse+*",
        "  at stack_overflow::recurse+*",
        "  at stack_overflow::overflows_its_stack+*",
        "last lines of the log:",
        "  [*] INFO  stack_overflow: this line was logged before",
    ];
    let case = Scenario::boot("a stack overflow is reported as one", Kernel::Test("stack_overflow"));
    case.lines(&lines).outcome(Outcome::Exception)
}

fn stack_overflow_in_a_handler() -> Scenario {
    let lines = [
        "stack overflow",
        "can't write the guard page below the interrupt stack, at 0x*",
        "  at stack_overflow::recurse+*",
        "  at stack_overflow::handler+*",
        "  at trap_entry+*",
        "  at stack_overflow::overflows_its_stack+*",
    ];
    Scenario::boot("a stack overflow in a handler is reported as one", Kernel::Test("stack_overflow"))
        .command_line("exit in-handler")
        .lines(&lines)
        .outcome(Outcome::Exception)
}

fn page_fault(kind: &str, what: &str, why: &str) -> Scenario {
    let end = ["rax *", "backtrace:", "  at test_kernels::run_to_its_end+*"];
    let lines = [&["exception 14, page fault", what, why][..], &end].concat();
    fault(&format!("a page fault is explained: {kind}"), kind).lines(&lines)
}

fn general_protection() -> Scenario {
    let lines = [
        "exception 13, general protection",
        "in page_fault_report::read_by_rax+*",
        "no address, for bits 48 to 63 aren't as bit 47: rax*",
        "  at page_fault_report::read_by_rax+*",
    ];
    fault("an address that is none is named with its register", "non-canonical").lines(&lines)
}

fn x87_error() -> Scenario {
    Scenario::boot("an x87 error is an exception of its own", Kernel::Test("x87_error"))
        .lines(&["exception 16, x87 floating-point error", "in x87_error::divides_zero_by_zero+*"])
        .outcome(Outcome::Exception)
}

fn fault(name: &str, kind: &str) -> Scenario {
    let command_line = format!("exit fault={kind}");
    Scenario::boot(name, Kernel::Test("page_fault_report"))
        .command_line(command_line)
        .outcome(Outcome::Exception)
}

fn panic_backtrace() -> Scenario {
    let lines = [
        "panicked at *",
        "this panic is wanted",
        "backtrace:",
        "  at panic_backtrace::inner+*",
        "  at panic_backtrace::outer+*",
        "  at panic_backtrace::panics_deep_in_calls+*",
    ];
    let case = Scenario::boot("a panic says who called", Kernel::Test("panic_backtrace"));
    case.lines(&lines).outcome(Outcome::Panicked)
}

fn panic_in_a_panic() -> Scenario {
    Scenario::boot("a panic in a panic's message ends cleanly", Kernel::Test("panic_backtrace"))
        .command_line("exit twice")
        .lines(&[
            "panicked at *",
            "panicked at tests/kernels/src/bin/panic_backtrace.rs:20:9 while the end was being reported",
        ])
        .outcome(Outcome::Panicked)
}

fn without_symbols() -> Scenario {
    Scenario::boot("without a symbol table the addresses stand alone", Kernel::Test("panic_backtrace"))
        .without_symbols()
        .lines(&["this panic is wanted", "backtrace:", "  at 0xffffffff8*"])
        .outcome(Outcome::Panicked)
}
