//! A virtual PC, and the arguments that make QEMU build it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Result, bail};
use clap::ValueEnum;

#[cfg(unix)]
use super::Pace;
use super::disk::comma_escaped;
use super::{Disk, Logs};

/// What executes the guest's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Accel {
    /// QEMU's emulator: works everywhere and behaves the same everywhere
    #[default]
    Tcg,
    /// Linux's KVM: fast; needs /dev/kvm
    Kvm,
}

/// Main memory as `-m` takes it: a number and K, M or G; a bare number counts MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemorySize(String);

impl MemorySize {
    /// So many MiB.
    #[must_use]
    pub fn of_mib(mib: u32) -> Self {
        Self(format!("{mib}M"))
    }
}

impl FromStr for MemorySize {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = text.strip_suffix(['K', 'M', 'G', 'k', 'm', 'g']).unwrap_or(text);
        match digits.parse::<u32>() {
            Ok(1..) => Ok(Self(text.to_owned())),
            _ => bail!("`{text}` is no memory size; write it like 256M or 6G"),
        }
    }
}

/// What COM1 is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SerialPort {
    /// QEMU's standard input and output.
    Stdio,
    /// A log alone.
    Log,
    /// The machine has no serial port.
    Absent,
    /// A line of its own, whose other end reads at a pace of its own. [`super::boot`] makes it.
    #[cfg(unix)]
    Line(Pace),
}

/// A virtual PC.
#[derive(Debug, Clone)]
pub struct Machine {
    /// What it boots.
    pub image: PathBuf,
    /// How the image is plugged in.
    pub disk: Disk,
    /// Main memory.
    pub memory: MemorySize,
    /// QEMU's name for the CPU. `None` is the oldest that QEMU has with a long mode, `qemu64`: what boots
    /// there boots on newer ones. Under KVM it is the host's own.
    pub cpu: Option<String>,
    /// Number of CPUs.
    pub smp: u8,
    /// What executes the code.
    pub accel: Accel,
    /// No window.
    pub headless: bool,
    /// Has a VGA adapter.
    pub vga: bool,
    /// COM1.
    pub serial: SerialPort,
    /// Virtual time counts instructions, one a nanosecond, and never waits for the host's.
    pub icount: bool,
    /// Stands still until a monitor or a gdb lets it go.
    pub paused: bool,
    /// The port of the loopback interface at which QEMU waits for a gdb.
    pub gdb: Option<u16>,
    /// Where we wait for QEMU's monitor to call.
    pub monitor: Option<SocketAddr>,
    /// More arguments, passed last, so that they win.
    pub extra: Vec<String>,
}

impl Machine {
    /// A headless PC that boots `image` from an IDE disk, with 256 MiB and one CPU.
    #[must_use]
    pub fn headless(image: PathBuf) -> Self {
        Self {
            image,
            disk: Disk::Ide,
            memory: MemorySize::of_mib(256),
            cpu: None,
            smp: 1,
            accel: Accel::Tcg,
            headless: true,
            vga: true,
            serial: SerialPort::Stdio,
            icount: false,
            paused: false,
            gdb: None,
            monitor: None,
            extra: Vec::new(),
        }
    }

    /// QEMU's arguments.
    pub fn arguments(&self, logs: &Logs) -> Result<Vec<String>> {
        let mut arguments = self.board();
        arguments.extend(self.disk.arguments(&self.image)?);
        arguments.extend(self.serial_port(logs));
        arguments.extend(self.control());
        let log = logs.qemu.display().to_string();
        arguments.extend(["-d", "guest_errors,cpu_reset", "-D", &log].map(String::from));
        arguments.extend(self.extra.iter().cloned());
        Ok(arguments)
    }

    fn board(&self) -> Vec<String> {
        let accel = match self.accel {
            Accel::Tcg => "tcg",
            Accel::Kvm => "kvm",
        };
        let default_cpu = if self.accel == Accel::Kvm { "host" } else { "qemu64" };
        let cpu = self.cpu.as_deref().unwrap_or(default_cpu);
        let smp = self.smp.to_string();
        let mut arguments = vec!["-machine", self.disk.board(), "-accel", accel, "-cpu", cpu];
        arguments.extend(["-smp", &smp, "-m", &self.memory.0]);
        // The kernel ends the machine through this port; without -no-reboot a triple fault would loop.
        arguments.extend(["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-no-reboot"]);
        // No network, and so none of its boot ROMs, and no window's or audio's default devices.
        arguments.extend(["-net", "none"]);
        if !self.vga {
            arguments.extend(["-vga", "none"]);
        }
        if self.headless {
            arguments.extend(["-display", "none"]);
        }
        arguments.into_iter().map(String::from).collect()
    }

    fn serial_port(&self, logs: &Logs) -> Vec<String> {
        let log = comma_escaped(&logs.serial);
        let chardev = match self.serial {
            SerialPort::Absent => return vec!["-serial".into(), "none".into()],
            SerialPort::Stdio => format!("stdio,id=com1,signal=on,logfile={log}"),
            SerialPort::Log => format!("file,id=com1,path={log}"),
            // Connected to nothing: who makes the line says to what.
            #[cfg(unix)]
            SerialPort::Line(_) => return Vec::new(),
        };
        vec!["-chardev".into(), chardev, "-serial".into(), "chardev:com1".into()]
    }

    fn control(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if self.icount {
            arguments.extend(["-icount".into(), "shift=0,sleep=off".into()]);
        }
        if self.paused {
            arguments.push("-S".into());
        }
        if let Some(port) = self.gdb {
            arguments.extend(["-gdb".into(), format!("tcp:127.0.0.1:{port}")]);
        }
        if let Some(address) = self.monitor {
            // QEMU calls us, not we it: the port is ours from the start, so no one else can take it.
            let socket = format!("socket,id=monitor,host={},port={}", address.ip(), address.port());
            arguments.extend(["-chardev".into(), socket]);
            arguments.extend(["-mon".into(), "chardev=monitor,mode=control".into()]);
        } else {
            arguments.extend(["-monitor".into(), "none".into()]);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs() -> Logs {
        Logs { serial: "s.log".into(), qemu: "q.log".into() }
    }

    /// Whether `option value` stands in the arguments, side by side.
    fn has(machine: &Machine, option: &str, value: &str) -> bool {
        let arguments = machine.arguments(&logs()).unwrap();
        arguments.windows(2).any(|pair| pair[0] == option && pair[1] == value)
    }

    #[test]
    fn the_default_machine_is_an_emulated_pc_that_ends_on_a_reset() {
        let machine = Machine::headless("a.img".into());
        assert!(has(&machine, "-machine", "pc"));
        assert!(has(&machine, "-accel", "tcg"));
        assert!(has(&machine, "-cpu", "qemu64"));
        assert!(has(&machine, "-m", "256M"));
        assert!(has(&machine, "-display", "none"));
        assert!(machine.arguments(&logs()).unwrap().contains(&"-no-reboot".to_owned()));
    }

    #[test]
    fn ahci_comes_with_the_board_that_has_it() {
        let machine = Machine { disk: Disk::Ahci, ..Machine::headless("a.img".into()) };
        assert!(has(&machine, "-machine", "q35"));
    }

    #[test]
    fn kvm_takes_the_hosts_cpu_unless_one_is_named() {
        let mut machine = Machine { accel: Accel::Kvm, ..Machine::headless("a.img".into()) };
        assert!(has(&machine, "-cpu", "host"));
        machine.cpu = Some("Nehalem".into());
        assert!(has(&machine, "-cpu", "Nehalem"));
    }

    #[test]
    fn a_machine_without_a_serial_port_has_none() {
        let machine = Machine { serial: SerialPort::Absent, ..Machine::headless("a.img".into()) };
        assert!(has(&machine, "-serial", "none"));
    }

    #[test]
    fn what_the_user_adds_comes_last() {
        let machine = Machine { extra: vec!["-m".into(), "1G".into()], ..Machine::headless("a.img".into()) };
        assert!(machine.arguments(&logs()).unwrap().ends_with(&["-m".into(), "1G".into()]));
    }

    #[test]
    fn memory_is_a_number_and_a_unit() {
        assert_eq!("6G".parse::<MemorySize>().unwrap(), MemorySize("6G".into()));
        for wrong in ["", "0", "G", "1T", "-1M", "256 M"] {
            assert!(wrong.parse::<MemorySize>().is_err(), "{wrong}");
        }
    }
}
