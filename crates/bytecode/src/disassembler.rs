//! From a program to a source that assembles to the same bytes.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use crate::instruction::{Instruction, OperandKind};
use crate::program::{Format, Program, decode, jump_target};

/// Returns a program's source. The targets of jumps have labels, `L` and the offset.
#[must_use]
pub fn disassemble(program: &Program) -> String {
    let mut source = head(program);
    let targets: BTreeSet<usize> = jumps(program).collect();
    for (offset, instruction) in instructions(program) {
        if targets.contains(&offset) {
            push(&mut source, format_args!("{}:\n", label(offset)));
        }
        push(&mut source, format_args!("    {}\n", text(program.format(), offset, instruction)));
    }
    source
}

/// Returns the directives.
fn head(program: &Program) -> String {
    let mut head = String::new();
    if program.format() == Format::Raw {
        push(&mut head, format_args!(".format 0\n"));
        return head;
    }
    if !program.name().is_empty() {
        push(&mut head, format_args!(".name \"{}\"\n", program.name()));
    }
    push(&mut head, format_args!(".priority {}\n.arrival {}\n", program.priority(), program.arrival()));
    head
}

/// Instructions with their offsets; up to the first that is none, which a loaded program doesn't have.
pub fn instructions(program: &Program) -> impl Iterator<Item = (usize, Instruction)> {
    let mut offset = 0;
    core::iter::from_fn(move || {
        let (instruction, size) = decode(program.format(), program.code().get(offset..)?).ok()?;
        offset += size;
        Some((offset - size, instruction))
    })
}

/// Returns where jumps go.
fn jumps(program: &Program) -> impl Iterator<Item = usize> {
    let full = program.format() == Format::Full;
    let jumps = instructions(program).filter(move |(_, instruction)| full && is_jump(*instruction));
    jumps.filter_map(|(offset, jump)| target(offset, jump))
}

fn is_jump(instruction: Instruction) -> bool {
    instruction.opcode.operand() == OperandKind::Jump
}

fn target(offset: usize, jump: Instruction) -> Option<usize> {
    usize::try_from(jump_target(offset + jump.size(), jump.operand)).ok()
}

/// Returns an instruction as a source has it.
fn text(format: Format, offset: usize, instruction: Instruction) -> String {
    let mnemonic = instruction.opcode.mnemonic();
    match target(offset, instruction) {
        _ if format == Format::Raw => mnemonic.into(),
        Some(target) if is_jump(instruction) => format!("{mnemonic} {}", label(target)),
        _ => format!("{instruction}"),
    }
}

fn label(offset: usize) -> String {
    format!("L{offset}")
}

fn push(source: &mut String, text: core::fmt::Arguments<'_>) {
    // Writing to a String can't fail.
    let _ = source.write_fmt(text);
}
