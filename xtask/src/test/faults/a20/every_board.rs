//! `stage2/src/a20.S`, interpreted on boards whose ways to switch A20 on are broken, alone and together.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use boot_layout::STAGE2;
use object::LittleEndian;
use object::elf::{FileHeader64, SHT_SYMTAB};
use object::read::elf::{FileHeader as _, Sym as _};

use super::board::{Asked, BrokenBoard, Keyboard, Port92, Service, Ways};
use super::interpreter::{self, End};
use crate::test::image_builder::ImageBuilder;
use crate::test::observe::Seen;
use crate::test::scenario::Scenario;

/// No way works.
const NONE: Ways =
    Ways { service: Service::DoesNothing, keyboard: Keyboard::Unwired, port_92: Port92::Absent, delay: 0 };

pub(super) fn faults() -> [Scenario; 2] {
    [
        Scenario::interpreted(
            "A20: each way to switch it on broken, alone and with the others",
            "60 boards",
            every_board,
        ),
        Scenario::interpreted(
            "A20: all ways to switch it on broken",
            "stage2: A20: it stays off;",
            all_broken,
        ),
    ]
}

/// Stage 2's code, and where its routines are.
struct Code<'a> {
    stage2: &'a [u8],
    start: u16,
    a20_enable: u16,
    stage2_fail: u16,
}

impl<'a> Code<'a> {
    fn of(builder: &'a ImageBuilder) -> Result<Self> {
        let elf = fs::read(&builder.boot.stage2_elf)?;
        let header = FileHeader64::<LittleEndian>::parse(&*elf)?;
        let symbols = header.sections(LittleEndian, &*elf)?.symbols(LittleEndian, &*elf, SHT_SYMTAB)?;
        let address = |name: &str| -> Result<u16> {
            let named = |symbol: &&_| {
                symbols.symbol_name(LittleEndian, symbol).is_ok_and(|found| found == name.as_bytes())
            };
            let symbol = symbols.iter().find(named).with_context(|| format!("stage 2 has no {name}"))?;
            Ok(u16::try_from(symbol.st_value(LittleEndian))?)
        };
        let (a20_enable, stage2_fail) = (address("a20_enable")?, address("stage2_fail")?);
        let start = u16::try_from(STAGE2.start)?;
        Ok(Self { stage2: &builder.boot.stage2, start, a20_enable, stage2_fail })
    }

    fn board(&self, ways: Ways) -> BrokenBoard {
        BrokenBoard::new(ways, self.start.into(), self.stage2)
    }

    /// Switches A20 on; returns stage 2's message if it fails, and the number of instructions.
    fn run(&self, board: &mut BrokenBoard) -> Result<(Option<String>, u32)> {
        let (end, instructions) = interpreter::run(board, self.a20_enable, self.stage2_fail)?;
        let text = match end {
            End::Returned => None,
            End::Stopped { si } => {
                let text = self.stage2.get(usize::from(si.saturating_sub(self.start))..).unwrap_or_default();
                let line = text.split(|byte| *byte == b'\r').next().unwrap_or_default();
                Some(String::from_utf8_lossy(line).into_owned())
            }
        };
        Ok((text, instructions))
    }
}

fn all_broken(builder: &ImageBuilder) -> Result<Seen> {
    let code = Code::of(builder)?;
    let (text, instructions) = code.run(&mut code.board(NONE))?;
    Ok(Seen::interpreted(text.context("it doesn't give up")?, instructions))
}

/// Checks on each board that the first way that works is taken and none after it, and that nothing else happens.
fn every_board(builder: &ImageBuilder) -> Result<Seen> {
    let code = Code::of(builder)?;
    let keyboards = [Keyboard::Works, Keyboard::Absent, Keyboard::Busy, Keyboard::Silent, Keyboard::Unwired];
    let (mut boards, mut most) = (0, 0);
    for service in [Service::Works, Service::DoesNothing] {
        for keyboard in keyboards {
            for port_92 in [Port92::Works, Port92::Absent] {
                for delay in [0, 1, 50_000] {
                    let ways = Ways { service, keyboard, port_92, delay };
                    most = most.max(check(&code, ways).with_context(|| format!("{ways:?}"))?);
                    boards += 1;
                }
            }
        }
    }
    let mut on = code.board(NONE);
    on.a20 = true;
    ensure!(
        code.run(&mut on)?.0.is_none() && on.asked.is_empty(),
        "A20 is on, and a way to switch it on is tried"
    );
    Ok(Seen::interpreted(format!("{boards} boards as expected"), most))
}

fn check(code: &Code<'_>, ways: Ways) -> Result<u32> {
    let (expected, mut board) = (ways.first_working(), code.board(ways));
    let (text, instructions) = code.run(&mut board)?;
    ensure!(board.a20 == expected.is_some(), "A20 is {} in the end", board.a20);
    ensure!(text.is_none() == expected.is_some(), "the last word is {text:?}");
    ensure!(board.asked.last() == expected.as_ref().or(Some(&Asked::Port92)), "{:?} were asked", board.asked);
    ensure!(board.asked.first() == Some(&Asked::Service), "{:?} were asked", board.asked);
    ensure!(board.keyboard_enabled, "the keyboard stays disabled");
    Ok(instructions)
}
