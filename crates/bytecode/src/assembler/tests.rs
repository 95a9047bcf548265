use proptest::prelude::*;

use super::*;
use crate::disassembler::disassemble;
use crate::program::LoadError;

/// Returns the codes of what is wrong with a source, with their lines and columns.
fn errors(source: &str) -> Vec<(&'static str, usize, usize)> {
    let errors = assemble(source.as_bytes()).unwrap_err();
    errors.iter().map(|error| (error.code.name(), error.line, error.column)).collect()
}

#[test]
fn labels_comments_literals_and_any_case_are_understood() {
    let source = "\u{FEFF}.name \"a b\" ; x\r\n.PRIORITY 0x0A\r\n.arrival 7\r\n\r\n# comment\r\n\
                  start: one: push ';' # y\r\n  Sub;z\r\ntwo:\r\n\tjnz start\r\n jmp -3\r\nHALT";
    let program = assemble(source.as_bytes()).unwrap().program;
    assert_eq!((program.name(), program.priority(), program.arrival()), ("a b", 10, 7));
    assert_eq!(program.code(), [0x01, 59, 0, 0, 0, 0x04, 0x0E, 0xF7, 0xFF, 0x0C, 0xFD, 0xFF, 0x08]);
}

#[test]
fn each_error_has_its_code_and_its_place() {
    for (source, expected) in [
        ("NOP\n  PSH 1", ("A02", 2, 3)),
        (".nam x\nNOP", ("A03", 1, 1)),
        ("NOP\n.name x", ("A04", 2, 1)),
        (".name x\n.name y\nNOP", ("A05", 2, 1)),
        ("PUSH", ("A06", 1, 1)),
        (".name\nNOP", ("A06", 1, 1)),
        ("NOP 1", ("A07", 1, 5)),
        ("PUSH 1 2", ("A07", 1, 8)),
        (".name a b\nNOP", ("A07", 1, 9)),
        ("PUSH 2147483648", ("A08", 1, 6)),
        ("LOAD 16", ("A08", 1, 6)),
        ("WORK 0", ("A08", 1, 6)),
        ("SLEEP -1", ("A08", 1, 7)),
        (".priority 256\nNOP", ("A08", 1, 11)),
        ("PUSH x", ("A09", 1, 6)),
        ("PUSH 'ab'", ("A09", 1, 6)),
        ("1x: NOP", ("A10", 1, 1)),
        ("halt: NOP", ("A11", 1, 1)),
        ("a: NOP\na: NOP\nJMP a", ("A12", 2, 1)),
        ("JMP b", ("A13", 1, 5)),
        ("NOP\nJMP end\nend:", ("A15", 2, 5)),
        ("PUSH 1\nJMP -4\nHALT", ("A15", 2, 5)),
        ("; nothing\n", ("A16", 1, 1)),
        (".name seventeen_letters\nNOP", ("A18", 1, 7)),
        (".name \"x\nNOP", ("A18", 1, 7)),
        (".format 0\n.name x\nNOP", ("A19", 2, 1)),
        (".format 0\nPUSH 1", ("A07", 2, 6)),
    ] {
        assert_eq!(errors(source), [expected], "{source}");
    }
    let not_text = assemble(b"NOP\n\xC3\xA4 \xFF").unwrap_err();
    assert_eq!((not_text[0].code.name(), not_text[0].line, not_text[0].column), ("A01", 2, 3));
}

#[test]
fn lengths_and_distances_end_where_they_are_said_to() {
    let far = |pushes: usize| format!("JMP end\n{}end: HALT", "PUSH 1\n".repeat(pushes));
    assert!(assemble(far(6553).as_bytes()).is_ok(), "32765 bytes");
    assert_eq!(errors(&far(6554)), [("A14", 1, 5)]);
    assert!(assemble("NOP\n".repeat(MAX_CODE).as_bytes()).is_ok());
    assert_eq!(errors(&"NOP\n".repeat(MAX_CODE + 2)), [("A17", MAX_CODE + 1, 1)]);
}

#[test]
fn twenty_errors_are_collected_in_the_order_of_the_source() {
    let source = format!("JMP nowhere\n{}", "FOO\n".repeat(50));
    let found = errors(&source);
    assert_eq!(found.len(), 20);
    assert_eq!(found[0], ("A13", 1, 5));
    assert_eq!(found[19], ("A02", 20, 1));
}

#[test]
fn an_error_is_shown_with_its_line_and_what_is_near() {
    let source = b"again:\n\tPSH 5\n\tJMP agan";
    let shown: Vec<String> = assemble(source)
        .unwrap_err()
        .iter()
        .map(|error| error.in_file("p.asm", source).to_string())
        .collect();
    assert_eq!(
        shown,
        [
            "p.asm:2:2: error[A02]: there is no instruction `PSH`; the nearest is `PUSH`\n    2 | \tPSH 5\n      | \t^^^",
            "p.asm:3:6: error[A13]: there is no label `agan`; the nearest is `again`\n    3 | \tJMP agan\n      | \t    ^^^^"
        ]
    );
}

#[test]
fn what_looks_wrong_is_a_warning() {
    for (source, expected) in [
        ("a: HALT", Some("W01")),
        ("HALT\nNOP", Some("W02")),
        ("a: JMP a\nHALT", Some("W02")),
        ("a: JMP a", Some("W03")),
        ("JMP 0\nHALT", None),
    ] {
        let warnings = assemble(source.as_bytes()).unwrap().warnings;
        assert_eq!(warnings.first().map(|warning| warning.code.name()), expected, "{source}");
        assert!(warnings.len() <= 1, "{source}");
    }
}

#[test]
fn a_program_survives_its_file() {
    let program = assemble(b".name x\n.priority 200\n.arrival 70000\nWORK 300\nHALT").unwrap().program;
    assert_eq!(Program::load(&program.to_file()), Ok(program));
    let raw = assemble(b".format 0\nPUSH\nADD\nHALT").unwrap().program;
    assert_eq!(raw.to_file(), [1, 3, 8]);
    assert_eq!(Program::load(&[1, 3, 8]), Ok(raw));
}

#[test]
fn a_damaged_file_is_refused_with_its_offset() {
    use crate::program::Problem;
    let good = assemble(b".name x\nPUSH 1\nHALT").unwrap().program.to_file();
    let damaged = |offset: usize, byte: u8| {
        let mut file = good.clone();
        file[offset] = byte;
        Program::load(&file).map_err(|LoadError { offset, .. }| offset)
    };
    assert_eq!(damaged(4, 2), Err(4), "version");
    assert_eq!(damaged(5, 1), Err(5), "flags");
    assert_eq!(damaged(7, 1), Err(7), "reserved");
    assert_eq!(damaged(12, 9), Err(12), "length");
    for offset in [6, 8, 16, 31, 32, 36, 41] {
        assert_eq!(damaged(offset, good[offset] ^ 1), Err(32), "checksum, by byte {offset}");
    }
    for len in 4..good.len() {
        assert!(Program::load(&good[..len]).is_err(), "cut to {len}");
    }
    let problem = |bytes: &[u8]| Program::load(bytes).map_err(|error| (error.offset, error.problem));
    assert_eq!(problem(&[]), Err((0, Problem::Empty)));
    assert_eq!(problem(&[0, 0x12]), Err((1, Problem::UnknownOpcode(0x12))));
    let crafted = |code: &[u8]| Program::new(Format::Full, String::new(), 0, 0, code.to_vec()).to_file();
    assert_eq!(problem(&crafted(&[0, 1, 2])), Err((37, Problem::CutOperand)));
    assert_eq!(problem(&crafted(&[9, 0, 0])), Err((36, Problem::ZeroWork)));
    assert_eq!(problem(&crafted(&[0x0C, 0, 0])), Err((36, Problem::Jump(3))));
    assert_eq!(problem(&crafted(&[1, 0, 0, 0, 0, 0x0C, 0xFA, 0xFF])), Err((41, Problem::Jump(2))));
    assert_eq!(problem(&crafted(&[])), Err((36, Problem::Empty)));
}

#[test]
fn a_lenient_load_says_how_many_bytes_it_dropped() {
    let lenient = Program::load_lenient(&[0x01, 0xEE, 0x08, 0xFF]).unwrap();
    assert_eq!((lenient.program.code(), lenient.dropped), (&[1, 8][..], 2));
    assert!(Program::load_lenient(&[0xEE]).is_err());
}

/// Sources of random instructions, any of which may be jumped to.
fn sources() -> impl Strategy<Value = String> {
    let line = (0usize..18, any::<i32>(), 0usize..30);
    prop::collection::vec(line, 1..30).prop_map(|lines| {
        let count = lines.len();
        let text = |(index, (opcode, number, target)): (usize, (usize, i32, usize))| {
            let opcode = Opcode::ALL[opcode];
            let (least, greatest) = opcode.operand().range();
            let operand = match opcode.operand().size() {
                0 => String::new(),
                _ if opcode.operand() == crate::OperandKind::Jump => format!("l{}", target % count),
                _ => i64::from(number)
                    .rem_euclid(i64::from(greatest) - i64::from(least) + 1)
                    .checked_add(least.into())
                    .unwrap()
                    .to_string(),
            };
            format!("l{index}: {} {operand}\n", opcode.mnemonic())
        };
        lines.into_iter().enumerate().map(text).collect()
    })
}

proptest! {
    #[test]
    fn what_is_disassembled_assembles_to_the_same_bytes(source in sources()) {
        let file = assemble(source.as_bytes()).unwrap().program.to_file();
        let again = disassemble(&Program::load(&file).unwrap());
        prop_assert_eq!(assemble(again.as_bytes()).unwrap().program.to_file(), file);
    }

    #[test]
    fn so_does_what_has_no_operands(bytes in prop::collection::vec(0u8..0x12, 1..60)) {
        let again = disassemble(&Program::load(&bytes).unwrap());
        prop_assert_eq!(assemble(again.as_bytes()).unwrap().program.to_file(), bytes);
    }
}
