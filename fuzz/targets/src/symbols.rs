//! The kernel's table of function names, in which a backtrace looks addresses up.

use farjump_symbol_table::{Symbol, SymbolTable, build};

use crate::Target;

/// This target.
pub const TARGET: Target = Target { name: "symbols", what: "a kernel's function names", corpus, run };

/// The lowest address of the kernel here.
const BASE: u64 = 0xFFFF_FFFF_8000_0000;

/// Names with and without a size, with a gap between them; and a table without any.
fn corpus() -> Vec<Vec<u8>> {
    let functions =
        [(0x1000, 0x20, "main"), (0x1020, 0, "core::fmt::write"), (0x1100, 0x40, "<T as \u{e4}>::b")];
    let symbol =
        |(offset, size, name): (u64, u64, &str)| Symbol { address: BASE + offset, size, name: name.into() };
    vec![build(BASE, functions.map(symbol).to_vec()), build(BASE, Vec::new())]
}

fn run(bytes: &[u8]) {
    let Some(table) = SymbolTable::parse(bytes) else { return };
    // Around each entry, of which the first follows the 24 bytes of the header.
    let offsets = bytes[24..].as_chunks::<12>().0.iter().take(8).map(|[a, b, c, d, ..]| [*a, *b, *c, *d]);
    let base = u64::from_le_bytes(std::array::from_fn(|index| bytes[8 + index]));
    let starts = offsets.map(|offset| base.wrapping_add(u32::from_le_bytes(offset).into()));
    let around = starts.flat_map(|start| [start.wrapping_sub(1), start, start.wrapping_add(1)]);
    for address in around.chain([0, BASE, BASE + 0x1010, u64::MAX]) {
        let Some(found) = table.find(address) else { continue };
        assert!(address >= base && found.offset <= address - base, "{found:?}");
        assert!(!found.name.contains('\0'));
        let text = bytes.as_ptr_range();
        assert!(text.contains(&found.name.as_ptr()) || found.name.is_empty(), "a name is in the file");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_to_begin_with_name_their_functions() {
        let [table, empty] = corpus().try_into().unwrap();
        let find = |bytes: &[u8], offset| {
            SymbolTable::parse(bytes)?.find(BASE + offset).map(|found| found.name.len())
        };
        assert_eq!(find(&table, 0x1010), Some(4));
        assert_eq!(find(&table, 0x1050), Some(16));
        assert_eq!((find(&table, 0x1140), find(&empty, 0)), (None, None));
    }
}
