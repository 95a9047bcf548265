//! Types at a machine, on its serial port and on its keyboard, when certain lines come.

use std::collections::VecDeque;
use std::io::Write as _;
use std::process::ChildStdin;
use std::sync::mpsc::{self, Sender};
use std::thread;

use anyhow::{Context as _, Result};

use super::Qmp;
use super::expectation::matches;

/// What is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typing {
    /// Bytes over the serial port.
    Serial(Vec<u8>),
    /// Keys of the keyboard, one after the other, by QEMU's names for them; those joined by `-` at once.
    Keys(Vec<&'static str>),
    /// A line for QEMU's monitor, which does something to the machine.
    Monitor(&'static str),
}

/// What is typed when a line comes; a `*` in it stands for any text.
pub type Trigger = (&'static str, Typing);

/// Types what belongs to each trigger, in their order.
#[derive(Debug)]
pub(super) struct KeyInjector {
    triggers: VecDeque<Trigger>,
    serial: Option<Sender<Vec<u8>>>,
}

impl KeyInjector {
    pub(super) fn new(triggers: Vec<Trigger>, serial: Option<ChildStdin>) -> Self {
        Self { triggers: triggers.into(), serial: serial.map(writer) }
    }

    /// Types if `line` is the next trigger.
    pub(super) fn hear(&mut self, line: &str, monitor: &mut Qmp) -> Result<()> {
        if !self.triggers.front().is_some_and(|(trigger, _)| matches(trigger, line)) {
            return Ok(());
        }
        match self.triggers.pop_front() {
            Some((_, Typing::Serial(bytes))) => {
                let port = self.serial.as_ref().context("the serial port isn't ours")?;
                port.send(bytes).ok().context("the serial port takes nothing more")
            }
            Some((_, Typing::Keys(keys))) => keys.iter().try_for_each(|keys| monitor.press(keys)),
            Some((_, Typing::Monitor(line))) => monitor.command(line),
            None => Ok(()),
        }
    }
}

/// Writes to the port in a thread: a machine that reads nothing must not keep the one that watches the time limit.
fn writer(mut port: ChildStdin) -> Sender<Vec<u8>> {
    let (sender, bytes) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        // An error is the machine's end, which the watcher sees.
        let _ = bytes.iter().try_for_each(|bytes| port.write_all(&bytes).and_then(|()| port.flush()));
    });
    sender
}
