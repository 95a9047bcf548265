//! Sources of bytecode programs, as `cargo xtask asm` reads them.

use farjump_bytecode::Program;
use farjump_bytecode::assembler::{MAX_DIAGNOSTICS, assemble};
use farjump_bytecode::disassembler::disassemble;

use crate::Target;

/// This target.
pub const TARGET: Target = Target { name: "assembler", what: "bytecode sources", corpus, run };

fn corpus() -> Vec<Vec<u8>> {
    [
        include_bytes!("../../../programs/fibonacci.asm").to_vec(),
        include_bytes!("../../../programs/riser.asm").to_vec(),
        b"\xEF\xBB\xBF.format 0\r\nPUSH\r\na:ADD;x\r\nJMP\r\n".to_vec(),
        b".name \"a b\"\n.priority 0b1\n.arrival 0xFFFFFFFF\nx: PUSH '\\n'\n\tPUSH -2147483648\nJLT x\nHALT"
            .to_vec(),
    ]
    .to_vec()
}

fn run(bytes: &[u8]) {
    match assemble(bytes) {
        Ok(assembled) => {
            let file = assembled.program.to_file();
            assert_eq!(Program::load(&file).as_ref(), Ok(&assembled.program), "it can be loaded");
            let again = assemble(disassemble(&assembled.program).as_bytes());
            assert_eq!(again.map(|again| again.program.to_file()), Ok(file), "and comes back");
        }
        Err(errors) => {
            assert!((1..=MAX_DIAGNOSTICS).contains(&errors.len()));
            for error in errors {
                let shown = error.in_file("input", bytes).to_string();
                let is_plain = |letter: char| matches!(letter, '\n' | '\t') || !letter.is_control();
                assert!(shown.lines().count() == 3 && shown.chars().all(is_plain), "{shown:?}");
            }
        }
    }
}
