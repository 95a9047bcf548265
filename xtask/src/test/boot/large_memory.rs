//! Boot tests of machines with memory above 4 GiB, up to terabytes. None of it costs the host anything until it is
//! written.

use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::{Disk, Machine, Outcome};
use farjump::smoke::KERNEL_OK;

/// Of a machine's memory, in KiB: a bit more than so many GiB, so that it ends on no boundary of a large page.
const fn a_bit_more_than(gib: u64) -> u64 {
    (gib << 20) + 8
}

pub(super) fn cases() -> Vec<Scenario> {
    vec![
        mapped("RAM that ends within a large page", a_bit_more_than(5), "max")
            .lines(&["pages above 4 GiB: 2 of 4 KiB, 0 of 2 MiB, 3 of 1 GiB", "a hole at 0x*"]),
        mapped("the same without pages of 1 GiB", a_bit_more_than(5), "qemu64,-pdpe1gb")
            .lines(&["pages above 4 GiB: 2 of 4 KiB, 1536 of 2 MiB, 0 of 1 GiB"]),
        // QEMU puts the memory of AMD's machines above the hole that ends at 1 TiB.
        mapped("memory above a hole of a TiB", a_bit_more_than(1100), "EPYC,phys-bits=46")
            .lines(&["a hole at 0xffffffffff", "another thread runs"]),
        touched_hole(),
        booted("1100 GiB of memory", 1100),
        booted("4 TiB of memory", 4096),
    ]
}

fn mapped(name: &str, kib: u64, cpu: &'static str) -> Scenario {
    Scenario::tests(&format!("physical memory is mapped and holes aren't: {name}"), "physical_memory")
        .machine(|machine| set(machine, kib, cpu))
        .seconds(180)
}

/// Reads the byte after the end of RAM.
fn touched_hole() -> Scenario {
    let what =
        "can't read physical address 0x180002000, where the memory map has no RAM: it isn't mapped, at 0x*";
    Scenario::boot("what lies in a hole above 4 GiB faults", Kernel::Test("page_fault_report"))
        .command_line("exit fault=hole")
        .machine(|machine| set(machine, a_bit_more_than(4), "max"))
        .lines(&["exception 14, page fault", what, "error code 0x0: the page isn't present, kernel mode"])
        .outcome(Outcome::Exception)
}

fn booted(name: &str, gib: u64) -> Scenario {
    Scenario::boot(name, Kernel::Demo)
        .command_line("exit log=info")
        .lines(&["[*] INFO  *: threads run under *", KERNEL_OK])
        .machine(|machine| set(machine, gib << 20, "max,phys-bits=46"))
        .seconds(180)
}

/// On the board of AHCI, of whose memory 2 GiB lie below 4 GiB.
fn set(machine: &mut Machine, kib: u64, cpu: &str) {
    machine.disk = Disk::Ahci;
    machine.cpu = Some(cpu.to_owned());
    let memory = format!("memory-backend-ram,id=memory,size={kib}K,reserve=off");
    let arguments = ["-m", &format!("{kib}K"), "-object", &memory, "-machine", "memory-backend=memory"];
    machine.extra.extend(arguments.map(str::to_owned));
}
