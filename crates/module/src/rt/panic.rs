//! A panic in a module: its message, if there is a host to print it; then an invalid instruction, which every host
//! reports with the address where it stands.

use core::panic::PanicInfo;

#[cfg_attr(farjump_boots, panic_handler)]
#[cfg_attr(not(farjump_boots), expect(dead_code, reason = "std's panic handler is in its place"))]
fn panic(info: &PanicInfo<'_>) -> ! {
    crate::println!("a module {info}");
    // SAFETY: it is the end: the CPU raises the exception for an invalid opcode.
    unsafe { core::arch::asm!("ud2", options(noreturn)) }
}
