//! `reboot`, `poweroff`.

use super::command::Command;
use crate::power;

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "reboot", synopsis: "", help: "start the machine again", run: |_, _| power::reboot() },
    Command {
        name: "poweroff",
        synopsis: "",
        help: "switch the machine off",
        run: |_, _| power::power_off(),
    },
];
