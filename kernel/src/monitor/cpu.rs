//! `cpu`, `bt`: the CPU, and where it is.

use raw_cpuid::{CpuId, CpuIdReaderNative};

use super::Monitor;
use super::command::{Command, CommandError};
use super::time::tsc_rate;
use crate::fault::backtrace::Backtrace;
use crate::{print, println};

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "cpu", synopsis: "", help: "vendor, model, features and frequency of the CPU", run: cpu },
    Command { name: "bt", synopsis: "", help: "print a backtrace", run: backtrace },
];

fn cpu<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    let cpu = CpuId::new();
    if let Some(vendor) = cpu.get_vendor_info() {
        println!("vendor {}", vendor.as_str());
    }
    if let Some(brand) = cpu.get_processor_brand_string() {
        println!("brand {}", brand.as_str().trim());
    }
    if let Some(info) = cpu.get_feature_info() {
        println!("family {}, model {}, stepping {}", info.family_id(), info.model_id(), info.stepping_id());
    }
    match tsc_rate() {
        Some((hertz, source)) => println!("time stamp counter {} kHz, {source:?}", hertz / 1000),
        None => println!("time stamp counter: its rate isn't known"),
    }
    print_features(&cpu);
    Ok(())
}

/// Those that a kernel decides by.
fn print_features(cpu: &CpuId<CpuIdReaderNative>) {
    let basic = cpu.get_feature_info();
    let extended = cpu.get_extended_feature_info();
    let amd = cpu.get_extended_processor_and_feature_identifiers();
    let power = cpu.get_advanced_power_mgmt_info();
    let has = |name, there: Option<bool>| (name, there.unwrap_or(false));
    let features = [
        has("apic", basic.as_ref().map(|info| info.has_apic())),
        has("x2apic", basic.as_ref().map(|info| info.has_x2apic())),
        has("tsc-deadline", basic.as_ref().map(|info| info.has_tsc_deadline())),
        has("sse3", basic.as_ref().map(|info| info.has_sse3())),
        has("sse4.1", basic.as_ref().map(|info| info.has_sse41())),
        has("sse4.2", basic.as_ref().map(|info| info.has_sse42())),
        has("popcnt", basic.as_ref().map(|info| info.has_popcnt())),
        has("aes", basic.as_ref().map(|info| info.has_aesni())),
        has("rdrand", basic.as_ref().map(|info| info.has_rdrand())),
        has("xsave", basic.as_ref().map(|info| info.has_xsave())),
        has("avx", basic.as_ref().map(|info| info.has_avx())),
        has("pcid", basic.as_ref().map(|info| info.has_pcid())),
        has("hypervisor", basic.as_ref().map(|info| info.has_hypervisor())),
        has("avx2", extended.as_ref().map(|info| info.has_avx2())),
        has("smep", extended.as_ref().map(|info| info.has_smep())),
        has("smap", extended.as_ref().map(|info| info.has_smap())),
        has("fsgsbase", extended.as_ref().map(|info| info.has_fsgsbase())),
        has("nx", amd.as_ref().map(|info| info.has_execute_disable())),
        has("1gib-pages", amd.as_ref().map(|info| info.has_1gib_pages())),
        has("rdtscp", amd.as_ref().map(|info| info.has_rdtscp())),
        has("invariant-tsc", power.as_ref().map(|info| info.has_invariant_tsc())),
    ];
    print!("features");
    features.iter().filter(|(_, there)| *there).for_each(|(name, _)| print!(" {name}"));
    println!();
}

fn backtrace<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    print!("{}", Backtrace::here());
    Ok(())
}
