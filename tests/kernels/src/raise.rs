//! Fault injection: a handler that keeps the frame and resumes after the cause.

use core::cell::UnsafeCell;

use farjump_kernel::arch::trap::{self, TrapFrame, TrapResult};
use x86_64::registers::rflags::RFlags;
use x86_64::registers::segmentation::{CS, SS, Segment};

/// What [`raise!`](crate::raise) puts into R8 to R12 and XMM5, each plus its number.
pub const PATTERN: u64 = 0x5AFE_0123_4567_8900;

struct Seen(UnsafeCell<Option<TrapFrame>>);

// SAFETY: one CPU, and the one that raises waits for the handler.
unsafe impl Sync for Seen {}

static SEEN: Seen = Seen(UnsafeCell::new(None));

/// Handles `vector`: keeps the frame, and resumes where R15 says, without single steps.
pub fn expect(vector: u8) {
    trap::set_handler(vector, |frame| {
        // SAFETY: there is no other reference while the cause waits for this handler.
        unsafe { *SEEN.0.get() = Some(*frame) };
        frame.rip = frame.registers.r15;
        frame.rflags &= !RFlags::TRAP_FLAG.bits();
        TrapResult::Handled
    });
}

/// Where RIP points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rip {
    /// To the instruction that is the cause: a fault.
    AtCause,
    /// After it: a trap, or INT.
    After,
}

/// Checks the frame that the last [`raise!`](crate::raise) has left.
pub fn check(vector: u8, error_code: u64, rip: Rip) {
    // SAFETY: the handler has returned.
    let seen = unsafe { (*SEEN.0.get()).take() };
    let frame = seen.expect("it was raised");
    assert_eq!(frame.vector, u64::from(vector));
    assert_eq!(frame.error_code, error_code, "the error code of {vector}");
    let expected = if rip == Rip::AtCause { frame.registers.r13 } else { frame.registers.r15 };
    assert_eq!(frame.rip, expected, "RIP of {vector}");
    assert_eq!(frame.rsp, frame.registers.r14, "RSP of {vector}");
    assert_eq!((frame.cs, frame.ss), (CS::get_reg().0.into(), SS::get_reg().0.into()));
    assert_eq!(
        [
            frame.registers.r8,
            frame.registers.r9,
            frame.registers.r10,
            frame.registers.r11,
            frame.registers.r12
        ],
        [8, 9, 10, 11, 12].map(|number| PATTERN + number)
    );
    assert_eq!(xmm5(&frame), PATTERN + 5);
}

/// Source: Intel SDM vol. 1, table "Non-64-Bit-Mode Format of the FXSAVE Map": XMM0 is at byte 160.
fn xmm5(frame: &TrapFrame) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&frame.sse.0[160 + 5 * 16..][..8]);
    u64::from_le_bytes(bytes)
}

/// Runs the one instruction `$cause`, which raises an exception that [`expect`] handles. RAX has `$rax`.
#[macro_export]
macro_rules! raise {
    ($cause:literal, rax = $rax:expr $(, $name:ident = const $value:expr)?) => {{
        let pattern = $crate::raise::PATTERN;
        // SAFETY: the handler resumes at label 2, with all registers as they were.
        unsafe {
            core::arch::asm!(
                "lea r15, [rip + 2f]",
                "lea r13, [rip + 3f]",
                "mov r14, rsp",
                "3:",
                $cause,
                "2:",
                $($name = const $value,)?
                inout("rax") $rax => _,
                inout("rdx") 0_u64 => _,
                in("rcx") 0_u64,
                in("r8") pattern + 8,
                in("r9") pattern + 9,
                in("r10") pattern + 10,
                in("r11") pattern + 11,
                in("r12") pattern + 12,
                out("r13") _,
                out("r14") _,
                out("r15") _,
                in("xmm5") f64::from_bits(pattern + 5),
            )
        }
    }};
}
