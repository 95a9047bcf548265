//! Modules and the command line: `/modules/numbers.bin`, whose byte N is N modulo 251, then an empty one.

#![no_std]
#![no_main]

use farjump_api::{BootInfo, MemoryKind};
use test_kernels::test_kernel;

test_kernel!(names_and_sizes_are_as_configured, bytes_are_the_files, the_command_line_arrives_whole);

fn names_and_sizes_are_as_configured(boot_info: &'static BootInfo) {
    let modules = boot_info.modules.get();
    assert_eq!(modules.len(), 2);
    assert_eq!(modules[0].name.get(), "/modules/numbers.bin");
    assert_eq!(modules[0].bytes.get().len(), 1_000_003);
    assert_eq!(modules[1].name.get(), "/modules/empty.bin");
    assert_eq!(modules[1].bytes.get(), []);
}

fn bytes_are_the_files(boot_info: &'static BootInfo) {
    let module = &boot_info.modules.get()[0];
    for (index, byte) in module.bytes.get().iter().enumerate() {
        assert_eq!(usize::from(*byte), index % 251, "byte {index}");
    }
    assert_eq!(module.physical_address % 4096, 0);
    let region =
        boot_info.memory_map.get().iter().find(|region| region.range().contains(&module.physical_address));
    let region = region.expect("the module is in the map");
    assert_eq!(region.kind, MemoryKind::MODULE);
    assert!(module.physical_address + 1_000_003 <= region.end);
}

fn the_command_line_arrives_whole(boot_info: &'static BootInfo) {
    assert_eq!(boot_info.command_line.get(), "exit name=\"größe\" # no comment");
}
