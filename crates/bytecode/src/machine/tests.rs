use super::*;
use crate::assembler::assemble;

/// Keeps what a program says.
#[derive(Debug, Default)]
struct Log {
    printed: Vec<i32>,
    priorities: Vec<u8>,
    begun: Vec<String>,
}

impl Host for Log {
    fn print(&mut self, value: i32) {
        self.printed.push(value);
    }

    fn set_priority(&mut self, priority: u8) {
        self.priorities.push(priority);
    }

    fn begins(&mut self, _: usize, instruction: Instruction) {
        self.begun.push(instruction.to_string());
    }
}

/// Runs to the end, or for 2000 ticks: what was said, and what each tick wanted.
fn run(mut machine: Machine) -> (Log, Vec<Action>) {
    let mut log = Log::default();
    let mut actions = Vec::new();
    for _ in 0..2000 {
        let action = machine.tick(&mut log);
        actions.push(action);
        if matches!(action, Action::Exits | Action::Faults(_)) {
            break;
        }
    }
    (log, actions)
}

fn run_source(source: &str) -> (Log, Vec<Action>) {
    run(Machine::new(assemble(source.as_bytes()).unwrap().program))
}

fn run_raw(bytes: &[u8]) -> (Log, Vec<Action>) {
    run(Machine::new(Program::load(bytes).unwrap()))
}

#[test]
fn every_instruction_does_what_its_line_says() {
    let (log, actions) = run_source(
        "        PUSH 2147483647\n PUSH 1\n ADD\n PRINT    ; wraps\n\
                 PUSH 5\n PUSH 7\n SUB\n STORE 15\n LOAD 15\n DUP\n PRINT\n PRINT\n\
                 PUSH 9\n PUSH 8\n DROP\n PRINT\n LOAD 0\n PRINT\n SETPRIO 7\n NOP\n YIELD\n SLEEP 3\n SLEEP 0\n HALT",
    );
    assert_eq!(log.printed, [i32::MIN, -2, -2, 9, 0]);
    assert_eq!(log.priorities, [7]);
    let last = [Action::Yields, Action::Sleeps(3), Action::Yields, Action::Exits];
    assert!(actions.ends_with(&last));
    assert!(actions[..actions.len() - 4].iter().all(|action| *action == Action::Runs));
}

#[test]
fn jumps_go_where_their_condition_says() {
    let (log, _) = run_source(
        "       PUSH 0\n JZ a\n PUSH 1\n PRINT\n a: PUSH 1\n JZ end\n PUSH 0\n JNZ end\n PUSH 2\n JNZ b\n HALT\n\
         b:     PUSH 1\n PUSH 2\n JLT c\n HALT\n c: PUSH 2\n PUSH 2\n JLT end\n JMP ok\n HALT\n\
         ok:    PUSH 42\n PRINT\n end: HALT",
    );
    assert_eq!(log.printed, [42]);
}

#[test]
fn work_takes_its_ticks_and_all_else_takes_one() {
    let (log, actions) = run_source("WORK 3\nNOP\nWORK 1\nHALT");
    assert_eq!(actions.len(), 6);
    assert_eq!(log.begun, ["WORK 3", "NOP", "WORK 1", "HALT"]);
}

#[test]
fn a_fault_names_the_instruction_and_the_reason() {
    let loaded = |code: &[u8]| Machine::new(Program::new(Format::Full, String::new(), 0, 0, code.to_vec()));
    let endless = "again: PUSH 1\nJMP again";
    for (machine, pc, reason) in [
        (Machine::new(assemble(b"NOP\nADD\nHALT").unwrap().program), 1, FaultReason::StackUnderflow),
        (Machine::new(assemble(endless.as_bytes()).unwrap().program), 0, FaultReason::StackOverflow),
        (Machine::new(assemble(b"NOP").unwrap().program), 1, FaultReason::Outside),
        (loaded(&[0x02, 16]), 0, FaultReason::Slot(16)),
        (loaded(&[0x00, 0x12]), 1, FaultReason::Opcode(0x12)),
        (loaded(&[0x01, 1, 2, 3]), 0, FaultReason::Operand),
        (loaded(&[0x0C, 0xF0, 0xFF]), 0, FaultReason::Outside),
    ] {
        let (_, actions) = run(machine);
        assert_eq!(actions.last(), Some(&Action::Faults(Fault { pc, reason })), "{actions:?}");
    }
    let pushes = run_source(endless).1.len();
    assert_eq!(pushes, 2 * STACK + 1, "256 numbers fit");
}

#[test]
fn format_0_has_no_operands_and_is_done_at_its_end() {
    let (log, actions) = run_raw(&[0x01, 0x03, 0x04, 0x02, 0x08]);
    assert_eq!(log.begun.len(), 5);
    assert_eq!(actions.last(), Some(&Action::Exits));
    // SLEEP and WORK are a tick, a jump is one to the next instruction, ADD finds zeros.
    let (_, actions) = run_raw(&[0x06, 0x09, 0x0C, 0x03]);
    assert_eq!(actions, [Action::Runs, Action::Runs, Action::Runs, Action::Exits]);
    let full = vec![0x01; STACK + 1];
    assert!(matches!(run_raw(&full).1.last(), Some(Action::Faults(_))), "its stack isn't larger");
}
