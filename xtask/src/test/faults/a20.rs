//! A20 that is off at entry.
//!
//! In QEMU the BIOS fault injector switches it off, and prints its state where the loader first asks for it. Every machine of
//! QEMU has port 92h and the 8042, so neither way to switch A20 on can fail there. So an interpreter also runs the code of
//! `stage2/src/a20.S`, on a board on which each way is broken, alone and with the others, in each way that it can be.

mod board;
mod every_board;
mod interpreter;

use boot_shim::{Setting, a20, a20_service};

use super::injector::Injector;
use super::keep;
use crate::test::image_builder::{ImageBuilder, UNVERIFIED_CONFIG};
use crate::test::scenario::{LeftOut, Scenario};
use farjump::qemu::Disk;

/// What the BIOS fault injector prints when INT 15h AX=2401h is called, which the loader does only where it has found A20 off.
const OFF: &str = "shim: A20 is off, and INT 15h AX=2401h is called";

/// The machine then halts with this message, since there is no such module, and the state of A20 can be observed.
const END: &str = "loader: error: /none: no such file";

pub(super) fn faults() -> Vec<Scenario> {
    // On IDE, SeaBIOS reads in real mode. To read from virtio it enters protected mode and switches A20 on by port 92h,
    // and afterwards off again, if port 92h had it off; off by the 8042, it is the BIOS itself that can't run then.
    let disks =
        [("by port 92h", a20::PORT_92, Disk::Ide), ("by port 92h, virtio", a20::PORT_92, Disk::Virtio)];
    let disks = disks.into_iter().chain([("by the 8042", a20::KEYBOARD_CONTROLLER, Disk::Ide)]);
    let services = [("", 0), (", INT 15h fails", a20_service::FAILS), (", INT 15h lies", a20_service::LIES)];
    let faults = disks.flat_map(|off| services.map(|service| switched_off(off, service))).collect();
    let kept = [
        "A20 off at entry, by port 92h",
        "A20 off at entry, by port 92h, INT 15h fails",
        "A20 off at entry, by port 92h, INT 15h lies",
        "A20 off at entry, by port 92h, virtio",
        "A20 off at entry, by the 8042",
    ];
    let mut faults = keep(&kept, LeftOut::Varies, faults);
    faults.extend(every_board::faults());
    faults
}

fn switched_off((off, how, disk): (&str, u8, Disk), (service, answer): (&str, u8)) -> Scenario {
    let injector = Injector::new().with(Setting::A20Off, how).with(Setting::A20Service, answer);
    let fault =
        Scenario::halts(&format!("A20 off at entry, {off}{service}"), END, move |builder: &ImageBuilder| {
            let config = format!("{UNVERIFIED_CONFIG}module = /none\n");
            injector.before(builder, builder.disk().config(config).make()?)
        });
    fault.and_line(OFF).machine(move |machine| machine.disk = disk)
}
