//! The fuzz targets: for each parser of external data, a function that accepts any bytes, and valid inputs as a corpus.
//!
//! The same functions run three times: 10,000 mutations each in this crate's tests, as many as requested by
//! `cargo xtask fuzz`, and guided by coverage in `fuzz/`, by `cargo fuzz` on nightly Rust.
//!
//! A target must return for every input. It fails by a panic, by arithmetic that overflows, by more steps or
//! memory than the input is worth, and by breaking a guarantee of the reader that it asserts.

pub mod acpi;
pub mod assembler;
pub mod ata;
pub mod ata_drive;
pub mod boot_info;
pub mod bytecode;
pub mod command_words;
pub mod config;
pub mod elf;
pub mod fat;
pub mod gpt;
pub mod line_editor;
pub mod mbr;
pub mod memory_map;
pub mod module;
pub mod requests;
pub mod rtc;
pub mod signature;
pub mod stage2;
pub mod symbols;
pub mod trace;
pub mod verification;
pub mod workload;

/// A parser of external data.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it reads, in a few words.
    pub what: &'static str,
    /// Returns valid inputs.
    pub corpus: fn() -> Vec<Vec<u8>>,
    /// Reads an input, valid or not.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    acpi::TARGET,
    assembler::TARGET,
    ata::TARGET,
    ata_drive::TARGET,
    boot_info::TARGET,
    bytecode::TARGET,
    command_words::TARGET,
    config::TARGET,
    elf::TARGET,
    fat::TARGET,
    gpt::TARGET,
    line_editor::TARGET,
    mbr::TARGET,
    memory_map::TARGET,
    module::TARGET,
    requests::TARGET,
    rtc::TARGET,
    signature::TARGET,
    stage2::TARGET,
    symbols::TARGET,
    trace::TARGET,
    verification::TARGET,
    workload::TARGET,
];

impl Target {
    /// Returns the target with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }
}

/// Checks that a message to the user is one printable line, whatever was read.
fn assert_one_line(error: &impl std::fmt::Display) {
    let text = error.to_string();
    let is_shown = |letter: char| letter == '\t' || !letter.is_control();
    assert!(!text.is_empty() && text.chars().all(is_shown), "{text:?}");
}

/// Reads little-endian integers from an input; zeros past its end.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        let (first, rest) = self.0.split_at(self.0.len().min(N));
        self.0 = rest;
        let mut array = [0; N];
        array[..first.len()].copy_from_slice(first);
        array
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuzz_mutator::{Campaign, CountingAllocator};

    #[global_allocator]
    static ALLOCATOR: CountingAllocator = CountingAllocator;

    #[test]
    fn cargo_fuzz_has_every_target() {
        let manifest = include_str!("../../../fuzz/Cargo.toml");
        for Target { name, .. } in TARGETS {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    }

    /// One test per target, so that they run in parallel and each has its own result.
    macro_rules! everyday {
        ($($test:ident: $target:ident,)+) => {
            $(#[test]
            fn $test() {
                let Target { name, corpus, run, .. } = $target::TARGET;
                Campaign::everyday(name).run(&corpus(), run);
            })+

            #[test]
            fn every_target_has_its_everyday_run_and_a_name_of_its_own() {
                let tested = [$($target::TARGET.name),+];
                assert!(TARGETS.iter().map(|target| target.name).eq(tested));
            }
        };
    }

    everyday! {
        ten_thousand_damaged_firmware_tables_are_read_to_an_end: acpi,
        ten_thousand_damaged_sources_are_assembled_or_refused: assembler,
        ten_thousand_damaged_identities_are_refused_or_make_sense: ata,
        ten_thousand_drives_that_answer_anything_are_read_or_time_out: ata_drive,
        ten_thousand_damaged_boot_infos_are_refused_or_read_whole: boot_info,
        ten_thousand_damaged_programs_end_with_a_fault_at_worst: bytecode,
        ten_thousand_damaged_commands_lose_no_word: command_words,
        ten_thousand_damaged_configurations_bring_nothing_down: config,
        ten_thousand_damaged_kernels_bring_nothing_down: elf,
        ten_thousand_damaged_volumes_are_read_within_bounds: fat,
        ten_thousand_damaged_gpts_bring_nothing_down: gpt,
        ten_thousand_lines_are_taken_as_they_stand_on_the_screen: line_editor,
        ten_thousand_damaged_partition_tables_bring_nothing_down: mbr,
        ten_thousand_damaged_firmware_lists_make_whole_maps_or_an_error: memory_map,
        ten_thousand_damaged_modules_bring_nothing_down: module,
        ten_thousand_damaged_notes_grant_no_request_that_cannot_be_granted: requests,
        ten_thousand_damaged_clocks_return_a_date_or_an_error: rtc,
        ten_thousand_damaged_sets_are_not_taken_for_signed_ones: signature,
        ten_thousand_damaged_stage_2s_are_found_out: stage2,
        ten_thousand_damaged_symbol_tables_name_only_what_they_hold: symbols,
        ten_thousand_damaged_traces_are_drawn_or_refused: trace,
        ten_thousand_damaged_verification_lines_are_read_as_a_second_reader_does: verification,
        ten_thousand_damaged_workloads_are_simulated_or_refused: workload,
    }
}
