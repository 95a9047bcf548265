//! Somebody who types at a machine, on its serial port and on its keyboard, as its lines ask for it.

use std::collections::VecDeque;
use std::io::Write as _;
use std::process::ChildStdin;

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
}

/// What is typed when a line comes; a `*` in it stands for any text.
pub type Cue = (&'static str, Typing);

/// Types, cue by cue, in their order.
#[derive(Debug)]
pub(super) struct Typist {
    cues: VecDeque<Cue>,
    serial: Option<ChildStdin>,
}

impl Typist {
    pub(super) fn new(cues: Vec<Cue>, serial: Option<ChildStdin>) -> Self {
        Self { cues: cues.into(), serial }
    }

    /// Types if `line` is the next cue.
    pub(super) fn hear(&mut self, line: &str, monitor: &mut Qmp) -> Result<()> {
        if !self.cues.front().is_some_and(|(cue, _)| matches(cue, line)) {
            return Ok(());
        }
        match self.cues.pop_front() {
            Some((_, Typing::Serial(bytes))) => {
                let port = self.serial.as_mut().context("the serial port isn't ours")?;
                port.write_all(&bytes).and_then(|()| port.flush()).context("can't write to the serial port")
            }
            Some((_, Typing::Keys(keys))) => keys.iter().try_for_each(|keys| monitor.press(keys)),
            None => Ok(()),
        }
    }
}
