//! Traps: exceptions and interrupts, as one kind of frame for one kind of handler.

use core::mem::offset_of;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use farjump_x86::{Exception, MXCSR_DEFAULT, Registers};
use x86_64::registers::rflags::RFlags;
use x86_64::registers::segmentation::{CS, SS, Segment};

use super::probe;

/// Vectors that the CPU has: exceptions are 0 to 31.
pub const VECTORS: usize = 256;

/// Bytes from one stub in `trap.S` to the next.
pub(super) const STUB_SIZE: usize = 16;

/// Bytes in a word of the stack.
const WORD: usize = size_of::<u64>();

core::arch::global_asm!(
    farjump_x86::register_macros!(),
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

impl SseState {
    /// As the ABI wants it where a function begins: all exceptions masked, round to nearest, x87 with its full
    /// precision, registers empty.
    ///
    /// Source: Intel SDM vol. 1, "FXSAVE Area": FCW at byte 0, MXCSR at byte 24; System V ABI, AMD64 supplement,
    /// "Process Initialization".
    pub const INITIAL: Self = {
        const X87_CONTROL_WORD: u16 = 0x037F;
        let mut bytes = [0; 512];
        [bytes[0], bytes[1]] = X87_CONTROL_WORD.to_le_bytes();
        [bytes[24], bytes[25], bytes[26], bytes[27]] = MXCSR_DEFAULT.to_le_bytes();
        Self(bytes)
    };
}

/// What was interrupted, as `trap.S` leaves it on the stack. A handler may change it: it is loaded back.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "registers have their names")]
pub struct TrapFrame {
    pub sse: SseState,
    pub registers: Registers,
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

/// Bit 1 of RFLAGS.
///
/// Source: Intel SDM vol. 1, "EFLAGS Register".
const RFLAGS_ALWAYS_SET: u64 = 1 << 1;

impl TrapFrame {
    /// What begins in the kernel at `rip`, with interrupts on and all but the stack's and SSE's registers zero.
    pub(crate) fn begin(rip: u64, rsp: u64) -> Self {
        Self {
            sse: SseState::INITIAL,
            registers: Registers::default(),
            vector: 0,
            error_code: 0,
            rip,
            cs: CS::get_reg().0.into(),
            rflags: RFLAGS_ALWAYS_SET | RFlags::INTERRUPT_FLAG.bits(),
            rsp,
            ss: SS::get_reg().0.into(),
        }
    }

    /// Whether what was interrupted had interrupts on.
    #[must_use]
    pub fn interrupts_were_on(&self) -> bool {
        self.rflags & RFlags::INTERRUPT_FLAG.bits() != 0
    }
}

// `trap.S` aligns nothing: the CPU's five or six words, the vector and 15 registers come to whole 16 bytes.
const _: () = assert!(size_of::<SseState>() == 512);
const _: () = assert!(size_of::<TrapFrame>() == 512 + 22 * WORD);
const _: () = assert!(size_of::<TrapFrame>().is_multiple_of(align_of::<TrapFrame>()));

/// Whether a handler has dealt with a trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapResult {
    /// It has: what was interrupted goes on, as the frame now says.
    Handled,
    /// It hasn't: the trap is treated as if there were no handler.
    Unhandled,
}

/// Called for each trap of a vector, with interrupts off, on that vector's stack.
///
/// It must not wait for a lock that what it interrupts may hold.
pub type Handler = fn(&mut TrapFrame) -> TrapResult;

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

/// Called for an exception that no handler takes.
pub(crate) type Unhandled = fn(Exception, &mut TrapFrame);

/// An [`Unhandled`], or null.
static UNHANDLED: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// Registers what is called for each exception that no handler takes. Without it such an exception resets the machine.
pub(crate) fn set_unhandled(end: Unhandled) {
    UNHANDLED.store(end as *mut (), Ordering::Release);
}

fn unhandled() -> Option<Unhandled> {
    let end = UNHANDLED.load(Ordering::Acquire);
    // SAFETY: null, which is `None`, or what `set_unhandled` made of an `Unhandled`.
    unsafe { core::mem::transmute::<*mut (), Option<Unhandled>>(end) }
}

/// Called for an interrupt whose vector has no handler.
static UNKNOWN: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// Has `end` called with the vector of each interrupt that has no handler, in the place of any other before.
pub(crate) fn set_unknown(end: fn(u8)) {
    UNKNOWN.store(end as *mut (), Ordering::Release);
}

fn unknown() -> Option<fn(u8)> {
    let end = UNKNOWN.load(Ordering::Acquire);
    // SAFETY: null, which is `None`, or what `set_unknown` made of a function.
    unsafe { core::mem::transmute::<*mut (), Option<fn(u8)>>(end) }
}

/// How many traps of `vector` there have been.
#[must_use]
pub fn count(vector: u8) -> u64 {
    COUNTS[usize::from(vector)].load(Ordering::Relaxed)
}

/// Raises the trap of `VECTOR`, and goes on when its handler has returned: as far as the compiler knows, anything may
/// have happened to memory by then.
pub(crate) fn raise<const VECTOR: u8>() {
    // SAFETY: every vector has a gate, which saves and restores all registers and leaves the red zone alone.
    unsafe { core::arch::asm!("int {}", const VECTOR) };
}

/// Called by `trap.S`. An interrupt without a handler is only counted and ended: it is spurious, or of a device without a
/// driver.
extern "sysv64" fn trap_handler(frame: &mut TrapFrame) {
    let vector = frame.vector as usize % VECTORS;
    COUNTS[vector].fetch_add(1, Ordering::Relaxed);
    if probe::recover(frame) {
        return;
    }
    if let Some(handler) = handler(vector)
        && handler(frame) == TrapResult::Handled
    {
        return;
    }
    if let Some(exception) = Exception::of_vector(frame.vector) {
        match unhandled() {
            Some(end) => end(exception, frame),
            None => crate::arch::triple_fault(),
        }
    } else if let Some(end) = unknown() {
        end(vector as u8);
    }
}

fn handler(vector: usize) -> Option<Handler> {
    let handler = HANDLERS[vector].load(Ordering::Acquire);
    // SAFETY: null, which is `None`, or what `set_handler` made of a `Handler`.
    unsafe { core::mem::transmute::<*mut (), Option<Handler>>(handler) }
}
