//! Traps: exceptions and interrupts, as one kind of frame for one kind of handler.

use core::mem::offset_of;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::exception::{self, Exception};
use super::probe;

/// Vectors that the CPU has: exceptions are 0 to 31.
pub const VECTORS: usize = 256;

/// Bytes from one stub in `trap.S` to the next.
pub(super) const STUB_SIZE: usize = 16;

/// Bytes in a word of the stack.
const WORD: usize = size_of::<u64>();

/// MXCSR as a CPU starts with it: no SSE exception is raised.
///
/// Source: Intel SDM vol. 1, "MXCSR Control and Status Register".
const MXCSR_DEFAULT: u32 = 0x1F80;

core::arch::global_asm!(
    include_str!("trap.S"),
    options(att_syntax),
    VECTORS = const VECTORS,
    STUB_SIZE = const STUB_SIZE,
    WORD = const WORD,
    SSE_STATE_SIZE = const size_of::<SseState>(),
    // Where the operand is computed, the frame is all that lies above RSP.
    FRAME_RIP = const offset_of!(TrapFrame, rip),
    // RBP and the return address of what looks like a call.
    CALL_LINK_SIZE = const 2 * WORD,
    VECTOR_AND_ERROR_CODE_SIZE = const offset_of!(TrapFrame, rip) - offset_of!(TrapFrame, vector),
    MXCSR_DEFAULT = const MXCSR_DEFAULT,
    trap_handler = sym trap_handler,
);

/// What FXSAVE saves: x87 and SSE registers. The kernel has AVX switched off.
///
/// Source: Intel SDM vol. 1, "FXSAVE Area".
#[repr(C, align(16))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseState(pub [u8; 512]);

/// What was interrupted, as `trap.S` leaves it on the stack. A handler may change it: it is loaded back.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "registers have their names")]
pub struct TrapFrame {
    pub sse: SseState,
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    /// Which gate it came through.
    pub vector: u64,
    /// The CPU's, zero where it has none.
    pub error_code: u64,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
}

// `trap.S` aligns nothing: the CPU's five or six words, the vector and 15 registers come to whole 16 bytes.
const _: () = assert!(size_of::<SseState>() == 512);
const _: () = assert!(size_of::<TrapFrame>() == 512 + 22 * WORD);
const _: () = assert!(size_of::<TrapFrame>().is_multiple_of(align_of::<TrapFrame>()));

/// What a handler says of a trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is dealt with: what was interrupted goes on, as the frame now says.
    Resume,
    /// It isn't the handler's: as if there were none.
    Unhandled,
}

/// Called for each trap of a vector, with interrupts off, on that vector's stack.
///
/// It must not wait for a lock that what it interrupts may hold.
pub type Handler = fn(&mut TrapFrame) -> Verdict;

/// A handler, or null.
static HANDLERS: [AtomicPtr<()>; VECTORS] = [const { AtomicPtr::new(core::ptr::null_mut()) }; VECTORS];

/// Traps so far, by vector.
static COUNTS: [AtomicU64; VECTORS] = [const { AtomicU64::new(0) }; VECTORS];

/// Has `handler` called for each trap of `vector`, in the place of any other before.
pub fn set_handler(vector: u8, handler: Handler) {
    HANDLERS[usize::from(vector)].store(handler as *mut (), Ordering::Release);
}

/// Has no handler called for `vector` any more.
pub fn remove_handler(vector: u8) {
    HANDLERS[usize::from(vector)].store(core::ptr::null_mut(), Ordering::Release);
}

/// How many traps of `vector` there have been.
#[must_use]
pub fn count(vector: u8) -> u64 {
    COUNTS[usize::from(vector)].load(Ordering::Relaxed)
}

/// What `trap.S` calls. An interrupt without a handler is counted and no more: a device that nobody serves,
/// or a spurious one.
extern "sysv64" fn trap_handler(frame: &mut TrapFrame) {
    let vector = frame.vector as usize % VECTORS;
    COUNTS[vector].fetch_add(1, Ordering::Relaxed);
    if probe::recover(frame) {
        return;
    }
    if let Some(handler) = handler(vector)
        && handler(frame) == Verdict::Resume
    {
        return;
    }
    if let Some(exception) = Exception::of_vector(frame.vector) {
        exception::unhandled(exception, frame);
    }
}

fn handler(vector: usize) -> Option<Handler> {
    let handler = HANDLERS[vector].load(Ordering::Acquire);
    // SAFETY: null, which is `None`, or what `set_handler` made of a `Handler`.
    unsafe { core::mem::transmute::<*mut (), Option<Handler>>(handler) }
}
