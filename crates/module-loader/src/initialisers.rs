//! What is called when a module is loaded and unloaded.
//!
//! Loading calls `DT_INIT`, then `DT_INIT_ARRAY` in its order; unloading `DT_FINI_ARRAY` in reverse, then `DT_FINI`.
//! The arrays are read after relocation and before anything is called: a module can't change the list afterwards.
//!
//! Source: System V ABI, "Initialization and Termination Functions".

use alloc::vec::Vec;

use crate::dynamic::Dynamic;
use crate::relocations::WORD_SIZE;
use crate::rule::Rule;
use crate::segments::Segments;
use crate::validation_error::Rejected;

/// Where the functions' addresses are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Initialisers {
    init: Option<u64>,
    fini: Option<u64>,
    /// Address and number of pointers.
    init_array: (u64, u64),
    fini_array: (u64, u64),
}

/// The functions' addresses, in the order in which they are called.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) on_load: Vec<u64>,
    pub(crate) on_unload: Vec<u64>,
}

impl Initialisers {
    pub(crate) fn new<'a>(dynamic: &Dynamic<'a>, segments: &Segments<'_>) -> Result<Self, Rejected<'a>> {
        let entries = &dynamic.entries;
        // Zero is what some linkers write for "none".
        let [init, fini] =
            [entries.init, entries.fini].map(|function| function.filter(|address| *address != 0));
        for function in [init, fini].into_iter().flatten() {
            if !segments.is_code(function) {
                return Err(Rule::Initialiser.at_address(function));
            }
        }
        Ok(Self { init, fini, init_array: dynamic.init_array, fini_array: dynamic.fini_array })
    }

    /// Reads the arrays from the relocated image, which begins at the address `start` of the file's linker and is
    /// moved by `bias`.
    pub(crate) fn read<'a>(
        &self,
        image: &[u8],
        segments: &Segments<'_>,
        bias: u64,
    ) -> Result<Calls, Rejected<'a>> {
        let array = |(address, count)| read_array(image, segments, bias, address, count);
        let moved = |function: Option<u64>| function.map(|address| address.wrapping_add(bias));
        let (on_load, mut on_unload) = (array(self.init_array)?, array(self.fini_array)?);
        on_unload.reverse();
        on_unload.extend(moved(self.fini));
        Ok(Calls { on_load: moved(self.init).into_iter().chain(on_load).collect(), on_unload })
    }
}

fn read_array<'a>(
    image: &[u8],
    segments: &Segments<'_>,
    bias: u64,
    address: u64,
    count: u64,
) -> Result<Vec<u64>, Rejected<'a>> {
    let mut functions = Vec::new();
    for index in 0..count {
        let at = address + index * WORD_SIZE;
        let start = (at - segments.span().start) as usize;
        let word = image.get(start..).and_then(<[u8]>::first_chunk);
        let function = u64::from_le_bytes(*word.ok_or_else(|| Rule::InitialiserRange.at_address(at))?);
        if !segments.is_code(function.wrapping_sub(bias)) {
            return Err(Rule::Initialiser.at_address(at).number(function.wrapping_sub(bias)));
        }
        functions.push(function);
    }
    Ok(functions)
}
