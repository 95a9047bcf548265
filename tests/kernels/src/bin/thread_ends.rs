//! Threads that fault, overflow their stacks, or panic: each ends alone, and the report says which.

#![no_std]
#![no_main]

use core::hint::black_box;

use boot_protocol::BootInfo;
use kernel::arch::exception::Exception;
use kernel::memory::frames;
use kernel::task::{self, NewThread, ThreadEnd};
use test_kernels::test_kernel;

test_kernel!(
    a_fault_ends_its_thread_alone,
    an_invalid_instruction_ends_its_thread_alone,
    a_stack_overflow_ends_its_thread_alone,
    a_panic_ends_its_thread_alone,
    a_thread_that_waits_for_its_own_end_is_refused,
    what_ended_leaves_no_frame_behind,
    sse_registers_survive_preemption,
);

fn end_of(name: &str, main: impl FnOnce() + Send + 'static) -> ThreadEnd {
    NewThread::new(name).spawn(main).expect("there is room for a thread").join()
}

fn a_fault_ends_its_thread_alone(_: &BootInfo) {
    assert_eq!(task::start(task::default_policy()), Ok(()));
    assert_eq!(end_of("faulty", read_null), ThreadEnd::Faulted(Exception::PAGE_FAULT));
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
    assert_eq!(end, ThreadEnd::Faulted(Exception::INVALID_OPCODE));
}

fn a_stack_overflow_ends_its_thread_alone(_: &BootInfo) {
    let end = end_of("deep", || {
        black_box(recurse(black_box(u64::MAX)));
    });
    assert_eq!(end, ThreadEnd::Faulted(Exception::PAGE_FAULT));
}

#[inline(never)]
fn recurse(depth: u64) -> u64 {
    if depth == 0 { 0 } else { black_box(recurse(black_box(depth - 1))) + 1 }
}

fn a_panic_ends_its_thread_alone(_: &BootInfo) {
    assert_eq!(end_of("worried", || panic!("this panic is wanted")), ThreadEnd::Panicked);
}

fn a_thread_that_waits_for_its_own_end_is_refused(_: &BootInfo) {
    let end = end_of("circular", || {
        task::find(task::current()).expect("it runs").join();
    });
    assert_eq!(end, ThreadEnd::Panicked);
}

fn what_ended_leaves_no_frame_behind(_: &BootInfo) {
    end_of("first", read_null);
    let before = frames::free_count();
    for _ in 0..20 {
        end_of("again", read_null);
    }
    assert_eq!(frames::free_count(), before);
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
        let (sender, receiver) = task::channel(1).expect("memory for one");
        let thread = NewThread::new("sums").spawn(move || {
            // The receiver is there until it has got it.
            let _ = sender.send(sum(start));
        });
        (thread.expect("there is room for a thread"), receiver)
    });
    for ((thread, receiver), alone) in threads.into_iter().zip(alone) {
        assert_eq!(receiver.receive(), Ok(alone));
        assert_eq!(thread.join(), ThreadEnd::Finished);
    }
}
