//! The general-purpose registers on the stack: how they come there, and how they are read and printed.

use core::fmt;

/// Assembly, AT&T syntax, for `global_asm!`: the macros `push_registers`, which leaves [`Registers`] at RSP, and
/// `pop_registers`, which takes it away again; `push_callee_saved` and `pop_callee_saved` do so with those alone that a
/// function must keep by the System V ABI. All leave flags and all else as it is.
#[macro_export]
macro_rules! register_macros {
    () => {
        "
.macro push_registers
    .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    pushq   %\\register
    .endr
.endm

.macro pop_registers
    .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    popq    %\\register
    .endr
.endm

.macro push_callee_saved
    .irp register, rbx, rbp, r12, r13, r14, r15
    pushq   %\\register
    .endr
.endm

.macro pop_callee_saved
    .irp register, r15, r14, r13, r12, rbp, rbx
    popq    %\\register
    .endr
.endm
"
    };
}

/// What `push_registers` leaves: the register that was pushed last comes first. RSP is the CPU's to save.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "registers have their names")]
pub struct Registers {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
}

impl Registers {
    /// All sixteen with their names, in the manual's groups of four; `rsp` is from the CPU's frame.
    #[must_use]
    pub const fn named(&self, rsp: u64) -> [(&'static str, u64); 16] {
        [
            ("rax", self.rax),
            ("rbx", self.rbx),
            ("rcx", self.rcx),
            ("rdx", self.rdx),
            ("rsi", self.rsi),
            ("rdi", self.rdi),
            ("rbp", self.rbp),
            ("rsp", rsp),
            ("r8", self.r8),
            ("r9", self.r9),
            ("r10", self.r10),
            ("r11", self.r11),
            ("r12", self.r12),
            ("r13", self.r13),
            ("r14", self.r14),
            ("r15", self.r15),
        ]
    }

    /// The same as the four lines of a report.
    pub fn lines(&self, rsp: u64) -> impl Iterator<Item = impl fmt::Display> {
        let named = self.named(rsp);
        (0..named.len()).step_by(4).map(move |first| {
            fmt::from_fn(move |f| {
                for (index, (name, value)) in named.iter().skip(first).take(4).enumerate() {
                    let separator = if index == 0 { "" } else { " " };
                    write!(f, "{separator}{name:<3} {value:016x}")?;
                }
                Ok(())
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_lines_name_sixteen_registers() {
        let registers = Registers { rax: 1, r8: 0x8000_0000_0000_0000, r15: 15, ..Registers::default() };
        let lines: Vec<_> = registers.lines(0xFFFF).map(|line| line.to_string()).collect();
        assert_eq!(lines[0], format!("rax {:016x} rbx {:016x} rcx {:016x} rdx {:016x}", 1, 0, 0, 0));
        assert!(lines[1].ends_with(" rsp 000000000000ffff"));
        assert!(lines[2].starts_with("r8  8000000000000000 r9  0000000000000000 "));
        assert!(lines[3].ends_with(" r15 000000000000000f"));
        assert_eq!(lines.len(), 4);
    }
}
