//! A thread to be, what is kept of one, and the handle to wait for its end.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use farjump_scheduler::{NewTask, TaskId};
use x86_64::instructions::interrupts::without_interrupts;

use super::table::MayHold;
use super::{THREADS, WaitChannel, current, end_current, switch_when_possible, wait_until, wait_until_tick};
use crate::arch::trap::TrapFrame;
use crate::memory::pages::{KernelPages, PagesError};
use crate::memory::{PAGE_SIZE, Protection};
use crate::sync::IrqMutex;
use farjump_x86::Exception;

/// A name of at most [`ThreadName::MOST_BYTES`] bytes, which a terminal shows and a line of CSV can hold: no control
/// characters, commas or quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadName {
    bytes: [u8; Self::MOST_BYTES],
    len: u8,
}

impl ThreadName {
    /// Bytes at most.
    pub const MOST_BYTES: usize = 31;

    /// `None` if the name can't be one.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        if name.contains(|character: char| character.is_control() || ",\"".contains(character)) {
            return None;
        }
        let mut bytes = [0; Self::MOST_BYTES];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        Some(Self { bytes, len: u8::try_from(name.len()).ok()? })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len.into()).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl fmt::Display for ThreadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitReason {
    /// It came to its end, or called [`exit`](super::exit()).
    Exited,
    /// Another ended it.
    Killed,
    /// It panicked.
    Panicked,
    /// It raised an exception that nobody handles.
    Faulted(Exception),
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited => f.write_str("finished"),
            Self::Killed => f.write_str("was killed"),
            Self::Panicked => f.write_str("panicked"),
            Self::Faulted(exception) => {
                write!(f, "raised exception {}, {}", exception.vector(), exception.name())
            }
        }
    }
}

/// What is known of a thread after its end, too.
#[derive(Debug)]
pub(super) struct ThreadStatus {
    number: u64,
    name: ThreadName,
    end: IrqMutex<Option<ExitReason>>,
}

impl ThreadStatus {
    fn new(number: u64, name: ThreadName) -> Arc<Self> {
        Arc::new(Self { number, name, end: IrqMutex::new(None) })
    }

    pub(super) fn set_end(&self, end: ExitReason) {
        *self.end.lock() = Some(end);
    }
}

/// What the table keeps of a thread that hasn't ended.
pub(super) struct Thread {
    /// The scheduler's; `None` until it is inserted.
    pub(super) id: Option<TaskId>,
    pub(super) status: Arc<ThreadStatus>,
    /// Its registers, while another runs.
    pub(super) frame: TrapFrame,
    /// `None`: the first thread has the boot stack.
    pub(super) stack: Option<Stack>,
    /// What it is to run, until it begins.
    pub(super) main: Option<Main>,
    /// What it waits for, and how many had waited before it.
    pub(super) waiting: Option<(WaitChannel, u64)>,
}

/// The number of the thread that [`super::start`] makes of the code that runs.
const FIRST: u64 = 0;

impl Thread {
    /// The one that runs.
    pub(super) fn first() -> Self {
        let name = ThreadName::new("main").unwrap_or(ThreadName { bytes: [0; _], len: 0 });
        Self::new(ThreadStatus::new(FIRST, name), TrapFrame::begin(0, 0), None, None)
    }

    fn new(status: Arc<ThreadStatus>, frame: TrapFrame, stack: Option<Stack>, main: Option<Main>) -> Self {
        Self { id: None, status, frame, stack, main, waiting: None }
    }

    /// Takes what is left to free where interrupts are on.
    pub(super) fn take_remains(&mut self) -> Remains {
        Remains { _stack: self.stack.take(), _main: self.main.take() }
    }

    pub(super) fn number(&self) -> u64 {
        self.status.number
    }

    pub(super) fn name(&self) -> ThreadName {
        self.status.name
    }

    pub(super) fn is_first(&self) -> bool {
        self.number() == FIRST
    }
}

/// A thread's stack, with an unmapped page on either side.
#[derive(Debug)]
pub(super) struct Stack(KernelPages);

impl Stack {
    /// Bytes that a thread needs to be interrupted and to print.
    pub(super) const LEAST_SIZE: u64 = 2 * PAGE_SIZE;

    pub(super) fn new(size_bytes: u64) -> Result<Self, PagesError> {
        KernelPages::new("a thread's stack", size_bytes.max(Self::LEAST_SIZE), Protection::ReadWrite)
            .map(Self)
    }

    /// Whether `address` is where the stack would grow to next.
    pub(super) fn is_guard(&self, address: u64) -> bool {
        let start = self.0.range().start;
        (start - PAGE_SIZE..start).contains(&address)
    }

    /// What to load into the CPU to have `main` begin on this stack.
    ///
    /// Source: System V ABI, AMD64 supplement, "The Stack Frame": RSP + 8 is a multiple of 16 where a function
    /// begins. The return address is 0, and RBP too: there a backtrace ends.
    pub(super) fn first_frame(&self, main: extern "sysv64" fn() -> !) -> TrapFrame {
        let rsp = self.0.range().end - size_of::<u64>() as u64;
        TrapFrame::begin(main as usize as u64, rsp)
    }
}

/// A thread to be.
#[derive(Debug, Clone, Copy)]
pub struct Builder<'a> {
    name: &'a str,
    stack_bytes: u64,
    task: NewTask,
    delay: u64,
}

/// What a thread is to run, of a type that [`begin`] knows.
pub(super) type Main = Box<dyn Any + Send>;

/// What a thread that has ended leaves to be freed.
pub(super) struct Remains {
    _stack: Option<Stack>,
    /// Only of a thread that never began.
    _main: Option<Main>,
}

impl<'a> Builder<'a> {
    /// Bytes of a thread's stack where nobody asks for another size.
    pub const STACK_BYTES: u64 = 32 << 10;

    /// The priority of a thread where nobody asks for another. The first thread has 0, the best.
    pub const PRIORITY: u8 = 128;

    /// With the usual stack and a priority in the middle.
    #[must_use]
    pub fn new(name: &'a str) -> Self {
        let task = NewTask { priority: Self::PRIORITY, burst: 0 };
        Self { name, stack_bytes: Self::STACK_BYTES, task, delay: 0 }
    }

    /// Bytes of its stack, rounded up to pages.
    #[must_use]
    pub fn stack_bytes(self, stack_bytes: u64) -> Self {
        Self { stack_bytes, ..self }
    }

    /// Its priority, which the policy `priority` looks at; the smaller goes first.
    #[must_use]
    pub fn priority(self, priority: u8) -> Self {
        Self { task: NewTask { priority, ..self.task }, ..self }
    }

    /// How many ticks its first burst has: for a scheduler that is told, under virtual ticks.
    #[must_use]
    pub fn burst(self, burst: u64) -> Self {
        Self { task: NewTask { burst, ..self.task }, ..self }
    }

    /// Ticks from now until it can run.
    #[must_use]
    pub fn delay(self, delay: u64) -> Self {
        Self { delay, ..self }
    }

    /// Makes the thread. It ends when `main` returns.
    ///
    /// # Errors
    /// [`SpawnError`].
    pub fn spawn<F: FnOnce() + Send + 'static>(self, main: F) -> Result<JoinHandle, SpawnError> {
        static NEXT_NUMBER: AtomicU64 = AtomicU64::new(FIRST + 1);
        free_ended();
        let name = ThreadName::new(self.name).ok_or(SpawnError::Name)?;
        let stack = Stack::new(self.stack_bytes)?;
        let frame = stack.first_frame(begin::<F>);
        let status = ThreadStatus::new(NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), name);
        let mut thread = Some(Thread::new(Arc::clone(&status), frame, Some(stack), Some(Box::new(main))));
        // What is left of the thread, or of one before it, is dropped after the lock is released: `main` may own
        // anything.
        let inserted =
            THREADS.lock().as_mut().map(|threads| threads.insert(self.task, self.delay, &mut thread));
        inserted.unwrap_or(Err(SpawnError::NotStarted))?;
        switch_when_possible();
        Ok(JoinHandle { status })
    }
}

/// Where every thread but the first begins.
extern "sysv64" fn begin<F: FnOnce() + Send + 'static>() -> ! {
    run::<F>();
    end_current(ExitReason::Exited, MayHold::Nothing)
}

/// What it owns is dropped when it returns: nothing is where a thread exits.
fn run<F: FnOnce() + Send + 'static>() {
    // The box is freed before anything can kill the thread, which would never come to its end.
    let main: Option<F> = without_interrupts(|| {
        let main = THREADS.lock().as_mut().and_then(|threads| threads.take_main());
        main.and_then(|main| main.downcast().ok()).map(|main| *main)
    });
    main.expect("a thread begins once, with what `spawn` has given to it")();
}

/// Frees what threads that have ended have left.
fn free_ended() {
    while let Some(remains) = take_ended() {
        drop(remains);
    }
}

/// The lock is released when it returns, before the stack is unmapped.
fn take_ended() -> Option<Remains> {
    THREADS.lock().as_mut()?.take_ended()
}

/// The way to wait for a thread that somebody else has spawned; `None` if it has ended.
#[must_use]
pub fn find(number: u64) -> Option<JoinHandle> {
    let threads = THREADS.lock();
    let status = Arc::clone(&threads.as_ref()?.live().find(|thread| thread.number() == number)?.status);
    Some(JoinHandle { status })
}

/// The way to wait for a thread's end. Dropping it lets the thread run on.
#[derive(Debug)]
pub struct JoinHandle {
    status: Arc<ThreadStatus>,
}

impl JoinHandle {
    /// The thread's number, which no other thread ever has.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.status.number
    }

    /// Waits until the thread has ended, and says how it did.
    ///
    /// # Panics
    /// It is the thread that runs, and would wait for itself; or interrupts are off.
    pub fn join(self) -> ExitReason {
        assert!(self.status.number != current(), "a thread waits for its own end");
        let end = wait_until(WaitChannel::of(&*self.status), || *self.status.end.lock());
        free_ended();
        end
    }

    /// Waits for its end for at most this many ticks.
    #[must_use]
    pub fn join_for(&self, ticks: u64) -> Option<ExitReason> {
        wait_until_tick(WaitChannel::of(&*self.status), ticks, || *self.status.end.lock())
    }

    /// How it has ended, if it has.
    #[must_use]
    pub fn end(&self) -> Option<ExitReason> {
        *self.status.end.lock()
    }
}

/// Why there is no thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpawnError {
    /// Nobody has called [`super::start`].
    NotStarted,
    /// There are [`super::MAX_THREADS`] already.
    TooManyThreads,
    /// The name can't be a [`ThreadName`].
    Name,
    /// There is no memory for its place in the table.
    OutOfMemory,
    /// There is none for its stack.
    Stack(PagesError),
}

impl From<PagesError> for SpawnError {
    fn from(error: PagesError) -> Self {
        Self::Stack(error)
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("threads aren't started: call thread::start first"),
            Self::TooManyThreads => write!(f, "there are {} threads already", super::MAX_THREADS),
            Self::Name => write!(
                f,
                "a thread's name has {} bytes at most, and no control character, comma or quote",
                ThreadName::MOST_BYTES
            ),
            Self::OutOfMemory => f.write_str("out of memory"),
            Self::Stack(error) => write!(f, "no stack: {error}"),
        }
    }
}

impl core::error::Error for SpawnError {}
