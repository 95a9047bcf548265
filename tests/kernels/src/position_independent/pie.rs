//! A position-independent kernel, linked as a program would be, without a script: it was linked at 0 and has
//! been moved.

#![no_std]
#![no_main]

use core::hint::black_box;

use farjump_api::BootInfo;
use farjump_api::virtual_memory::KERNEL_BASE;
use test_kernels::test_kernel;

test_kernel!(the_kernel_has_been_moved, pointers_in_data_have_been_relocated);

static WORDS: [&str; 3] = ["one", "two", "three"];
static FUNCTIONS: [fn(u32) -> u32; 2] = [double, triple];

fn double(number: u32) -> u32 {
    2 * number
}

fn triple(number: u32) -> u32 {
    3 * number
}

fn the_kernel_has_been_moved(boot_info: &'static BootInfo) {
    assert_ne!(boot_info.kernel.load_bias, 0);
    assert!(boot_info.kernel.entry >= KERNEL_BASE);
    assert!((&raw const WORDS).addr() as u64 >= KERNEL_BASE);
}

fn pointers_in_data_have_been_relocated(_: &'static BootInfo) {
    let letters = |word: &&str| word.bytes().filter(u8::is_ascii_lowercase).count();
    assert_eq!(black_box(&WORDS).iter().map(letters).sum::<usize>(), 11);
    assert_eq!(black_box(&FUNCTIONS).map(|function| function(7)), [14, 21]);
}
