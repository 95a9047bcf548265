//! Modules that are only on the volume: `/modules/greeter.so`, and `/modules/large.so`, which is too large.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::ToString as _;

use farjump_api::BootInfo;
use farjump_kernel::module::{self, ModuleError};
use farjump_kernel::volume::VolumeError;
use test_kernels::test_kernel;

test_kernel!(
    a_module_is_read_from_the_volume_by_any_of_its_names,
    what_is_not_there_or_too_large_is_an_error
);

fn a_module_is_read_from_the_volume_by_any_of_its_names(_: &'static BootInfo) {
    assert_eq!(module::in_memory("greeter"), None);
    for name in ["greeter", "greeter.so", "/modules/greeter.so"] {
        let file = module::read(name).expect("it is on the volume");
        // SAFETY: a module of the project's.
        unsafe { module::load(module::name_of(name), &file) }.expect("it is good");
        // SAFETY: it returns text.
        let text = unsafe { module::call("greeter", "greet") };
        assert_eq!(text, Ok(Some("Hello from Rust!".into())));
        module::unload("greeter").expect("it isn't in use");
    }
}

fn what_is_not_there_or_too_large_is_an_error(_: &'static BootInfo) {
    let error = module::read("nothing").expect_err("it isn't there");
    assert!(matches!(error, ModuleError::Volume(VolumeError::File(_))), "{error}");
    let error = module::read("large").expect_err("it has more than 16 MiB");
    assert!(error.to_string().starts_with("refused: file-size: "), "{error}");
}
