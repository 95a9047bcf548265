//! Threads that fault, overflow their stacks, or panic: each ends alone, and the report says which.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::sync::Arc;
use core::hint::black_box;

use farjump_api::BootInfo;
use farjump_kernel::fault::Exception;
use farjump_kernel::memory::{frames, heap};
use farjump_kernel::thread::{self, Builder, ExitReason, JoinHandle, Mutex};
use test_kernels::test_kernel;

test_kernel!(
    a_fault_ends_its_thread_alone,
    an_invalid_instruction_ends_its_thread_alone,
    a_stack_overflow_ends_its_thread_alone,
    a_panic_ends_its_thread_alone,
    a_thread_that_waits_for_its_own_end_is_refused,
    what_ended_leaks_no_frame,
    what_ended_leaves_nothing_of_the_kernels_on_the_heap,
    a_thread_that_never_began_drops_what_it_was_to_run,
    a_mutex_of_a_thread_that_exits_is_handed_on,
    sse_registers_survive_preemption,
);

fn end_of(name: &str, main: impl FnOnce() + Send + 'static) -> ExitReason {
    Builder::new(name).spawn(main).expect("there is room for a thread").join()
}

fn a_fault_ends_its_thread_alone(_: &BootInfo) {
    assert_eq!(thread::start(thread::default_policy()), Ok(()));
    assert_eq!(end_of("faulty", read_null), ExitReason::Faulted(Exception::PAGE_FAULT));
}

fn read_null() {
    let null = black_box(core::ptr::without_provenance::<u8>(8));
    // SAFETY: the first page is never mapped: it faults, which is the test.
    black_box(unsafe { null.read_volatile() });
}

fn an_invalid_instruction_ends_its_thread_alone(_: &BootInfo) {
    let end = end_of("confused", || {
        // SAFETY: raises an exception, and does nothing else.
        unsafe { core::arch::asm!("ud2") };
    });
    assert_eq!(end, ExitReason::Faulted(Exception::INVALID_OPCODE));
}

fn a_stack_overflow_ends_its_thread_alone(_: &BootInfo) {
    let end = end_of("deep", || {
        black_box(recurse(black_box(u64::MAX)));
    });
    assert_eq!(end, ExitReason::Faulted(Exception::PAGE_FAULT));
}

#[inline(never)]
fn recurse(depth: u64) -> u64 {
    if depth == 0 { 0 } else { black_box(recurse(black_box(depth - 1))) + 1 }
}

fn a_panic_ends_its_thread_alone(_: &BootInfo) {
    assert_eq!(end_of("worried", || panic!("this panic is wanted")), ExitReason::Panicked);
}

fn a_thread_that_waits_for_its_own_end_is_refused(_: &BootInfo) {
    let end = end_of("circular", || {
        thread::find(thread::current()).expect("it runs").join();
    });
    assert_eq!(end, ExitReason::Panicked);
}

fn what_ended_leaks_no_frame(_: &BootInfo) {
    end_of("first", read_null);
    let before = frames::free_count();
    for _ in 0..20 {
        end_of("again", read_null);
    }
    assert_eq!(frames::free_count(), before);
}

/// What each thread of the next test owns: enough that it has to be kept somewhere.
const OWNED: [u64; 16] = [1; 16];

fn allocations() -> u64 {
    heap::statistics().allocations
}

fn spawn(name: &str, main: impl FnOnce() + Send + 'static) -> JoinHandle {
    Builder::new(name).spawn(main).expect("there is room for a thread")
}

fn what_ended_leaves_nothing_of_the_kernels_on_the_heap(_: &BootInfo) {
    let owned = black_box(OWNED);
    type Round = fn([u64; 16]);
    let rounds: [(&str, Round); 3] = [
        ("faulted", |owned| {
            let end = end_of("faults", move || {
                black_box(owned);
                read_null();
            });
            assert_eq!(end, ExitReason::Faulted(Exception::PAGE_FAULT));
        }),
        ("killed as it ran", |owned| {
            let thread = spawn("sleeps", move || {
                black_box(owned);
                thread::sleep(u64::MAX);
            });
            thread::sleep(2);
            assert_eq!(thread::kill(thread.number()), Ok(()));
            assert_eq!(thread.join(), ExitReason::Killed);
        }),
        ("killed before it began", |owned| {
            let delayed = Builder::new("late").delay(u64::MAX / 2);
            let thread = delayed.spawn(move || _ = black_box(owned)).expect("there is room for a thread");
            assert_eq!(thread::kill(thread.number()), Ok(()));
            assert_eq!(thread.join(), ExitReason::Killed);
        }),
    ];
    for (name, round) in rounds {
        // The first may make a table grow.
        round(owned);
        let before = allocations();
        (0..20).for_each(|_| round(owned));
        assert_eq!(allocations(), before, "allocations before and after 20 threads that were {name}");
    }
}

fn a_thread_that_never_began_drops_what_it_was_to_run(_: &BootInfo) {
    let owned = Arc::new(());
    let kept = Arc::clone(&owned);
    let delayed = Builder::new("late").delay(u64::MAX / 2);
    let thread = delayed.spawn(move || drop(kept)).expect("there is room for a thread");
    assert_eq!(Arc::strong_count(&owned), 2);
    assert_eq!(thread::kill(thread.number()), Ok(()));
    assert_eq!(thread.join(), ExitReason::Killed);
    assert_eq!(Arc::strong_count(&owned), 1, "what the thread was to own is dropped");
}

/// `exit` doesn't drop the guard: who waits already has to hear of it, too.
fn a_mutex_of_a_thread_that_exits_is_handed_on(_: &BootInfo) {
    let mutex = Arc::new(Mutex::new(1));
    let held = Arc::clone(&mutex);
    let holder = spawn("holder", move || {
        let _guard = held.lock();
        thread::sleep(5);
        thread::exit();
    });
    thread::sleep(2);
    let waits = Arc::clone(&mutex);
    let waiter = spawn("waiter", move || assert!(waits.lock().is_poisoned()));
    assert_eq!(waiter.join_for(100), Some(ExitReason::Exited), "who waited for the mutex has got it");
    assert_eq!(holder.join(), ExitReason::Exited);
}

fn sse_registers_survive_preemption(_: &BootInfo) {
    /// Additions whose roundings differ for each thread.
    const ROUNDS: u32 = 3_000_000;
    let sum = |start: f64| {
        let mut sums = [start; 4];
        for round in 0..ROUNDS {
            for (index, sum) in sums.iter_mut().enumerate() {
                *sum = black_box(*sum) * 0.999_999 + f64::from(round % 7) + index as f64;
            }
        }
        sums.map(f64::to_bits)
    };
    let alone = [1.0, 2.0, 3.0].map(sum);
    let threads = [1.0, 2.0, 3.0].map(|start| {
        let (sender, receiver) = thread::channel(1).expect("memory for one");
        let thread = Builder::new("sums").spawn(move || {
            // The receiver is there until it has got it.
            let _ = sender.send(sum(start));
        });
        (thread.expect("there is room for a thread"), receiver)
    });
    for ((thread, receiver), alone) in threads.into_iter().zip(alone) {
        assert_eq!(receiver.receive(), Ok(alone));
        assert_eq!(thread.join(), ExitReason::Exited);
    }
}
