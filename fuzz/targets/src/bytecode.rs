//! Files of bytecode programs, loaded and run.

use farjump_bytecode::assembler::assemble;
use farjump_bytecode::{Action, Host, Machine, Program};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "bytecode", what: "bytecode programs", corpus, run };

/// Ticks after which a program is stopped: some don't end.
const TICKS: usize = 2000;

fn corpus() -> Vec<Vec<u8>> {
    let sources = [
        include_bytes!("../../../programs/fibonacci.asm").as_slice(),
        include_bytes!("../../../programs/sleeper.asm"),
        include_bytes!("../../../programs/riser.asm"),
    ];
    let files = sources.map(|source| assemble(source).map(|assembled| assembled.program.to_file()));
    // Without their headers, whose checksum few mutations pass, they are programs of format 0.
    let raw = (0..0x12).collect();
    files.into_iter().flatten().chain([raw]).collect()
}

/// Receives a program's output.
struct NullHost;

impl Host for NullHost {
    fn print(&mut self, _: i32) {}
    fn set_priority(&mut self, _: u8) {}
}

fn run(bytes: &[u8]) {
    match Program::load(bytes) {
        Ok(program) => {
            assert_eq!(program.to_file(), bytes, "nothing of a file is lost");
            play(program);
        }
        Err(error) => assert_one_line(&error),
    }
    if let Ok(lenient) = Program::load_lenient(bytes) {
        assert!(lenient.dropped < bytes.len());
        play(lenient.program);
    }
    // With a header that is right, whatever the code is.
    if let Ok(program) = Program::from_code(bytes) {
        play(program);
    }
}

fn play(program: Program) {
    let mut machine = Machine::new(program);
    for _ in 0..TICKS {
        match machine.tick(&mut NullHost) {
            Action::Exits => return,
            Action::Faults(fault) => return assert_one_line(&fault),
            Action::Runs | Action::Yields | Action::Sleeps(_) => {}
        }
    }
}
