//! Error codes, decoded.

use core::fmt;

use x86_64::structures::idt::{PageFaultErrorCode, SelectorErrorCode};

use crate::Exception;

/// An exception's error code, shown for people.
#[derive(Debug, Clone, Copy)]
pub struct ErrorCode {
    /// Whose it is.
    pub exception: Exception,
    /// What the CPU pushed.
    pub value: u64,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.value)?;
        match self.exception {
            Exception::PAGE_FAULT => page_fault(f, PageFaultErrorCode::from_bits_truncate(self.value)),
            Exception::INVALID_TSS
            | Exception::SEGMENT_NOT_PRESENT
            | Exception::STACK_SEGMENT
            | Exception::GENERAL_PROTECTION
                if self.value != 0 =>
            {
                selector(f, self.value)
            }
            _ => Ok(()),
        }
    }
}

/// Source: Intel SDM vol. 3A, figure "Page-Fault Error Code".
fn page_fault(f: &mut fmt::Formatter<'_>, code: PageFaultErrorCode) -> fmt::Result {
    type Code = PageFaultErrorCode;
    let protection = code.contains(Code::PROTECTION_VIOLATION);
    f.write_str(if protection { ": the page forbids it" } else { ": the page isn't present" })?;
    f.write_str(if code.contains(Code::USER_MODE) { ", user mode" } else { ", kernel mode" })?;
    let words = [
        (Code::MALFORMED_TABLE, ", a reserved bit is set in the page tables"),
        (Code::PROTECTION_KEY, ", by its protection key"),
        (Code::SHADOW_STACK, ", shadow stack"),
        (Code::SGX, ", SGX"),
    ];
    words.iter().filter(|(bit, _)| code.contains(*bit)).try_for_each(|(_, word)| f.write_str(word))
}

/// What a page fault's `code` says was tried, in a word.
#[must_use]
pub fn access(code: u64) -> &'static str {
    let code = PageFaultErrorCode::from_bits_truncate(code);
    if code.contains(PageFaultErrorCode::INSTRUCTION_FETCH) {
        "execute"
    } else if code.contains(PageFaultErrorCode::CAUSED_BY_WRITE) {
        "write"
    } else {
        "read"
    }
}

/// Source: Intel SDM vol. 3A, figure "Error Code".
fn selector(f: &mut fmt::Formatter<'_>, code: u64) -> fmt::Result {
    let code = SelectorErrorCode::new_truncate(code);
    let external = if code.external() { ", from outside the program" } else { "" };
    write!(f, ": entry {} of the {:?}{external}", code.index(), code.descriptor_table())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(exception: Exception, value: u64) -> String {
        ErrorCode { exception, value }.to_string()
    }

    #[test]
    fn a_page_fault_says_what_was_tried_and_why_it_failed() {
        assert_eq!(shown(Exception::PAGE_FAULT, 0), "0x0: the page isn't present, kernel mode");
        assert_eq!(shown(Exception::PAGE_FAULT, 0b111), "0x7: the page forbids it, user mode");
        assert!(shown(Exception::PAGE_FAULT, 0b1001).contains("a reserved bit is set"));
        assert_eq!([0b0, 0b10, 0b1_0000].map(access), ["read", "write", "execute"]);
        assert!(shown(Exception::PAGE_FAULT, u64::MAX).starts_with("0xffffffffffffffff: "));
    }

    #[test]
    fn a_selector_is_taken_apart_where_the_code_is_one() {
        assert_eq!(shown(Exception::GENERAL_PROTECTION, 0), "0x0");
        assert_eq!(shown(Exception::GENERAL_PROTECTION, 0x28), "0x28: entry 5 of the Gdt");
        assert_eq!(shown(Exception::INVALID_TSS, 0x29), "0x29: entry 5 of the Gdt, from outside the program");
        assert_eq!(shown(Exception::DOUBLE_FAULT, 0), "0x0");
    }
}
