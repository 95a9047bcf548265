//! A small instruction set for tasks, made for watching a scheduler at work.
//!
//! | module | holds |
//! |---|---|
//! | [`instruction`] | the instructions: bytes, mnemonics, operands |
//! | [`program`] | programs in files, and what is checked when one is loaded |
//! | [`machine`] | runs a program, one tick at a time |
//! | [`assembler`] | text to program |
//! | [`disassembler`] | program to text |
//!
//! Assumes nothing about the bytes or the text that it reads. Rejects a bad program with the offset, a bad
//! source with line and column; a program that fails while it runs ends with a fault.
//! `docs/bytecode.md` describes instructions, files and messages.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod assembler;
pub mod disassembler;
pub mod instruction;
pub mod machine;
pub mod program;

pub use instruction::{Instruction, Opcode, OperandKind};
pub use machine::{Action, Fault, FaultReason, Host, Machine};
pub use program::{Format, LoadError, Program};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
