//! A client for QEMU's monitor protocol, QMP: a JSON object a line.
//!
//! Source: QEMU documentation, "QEMU Machine Protocol Specification".

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::{Value, json};

use super::Child;

/// How long QEMU may take to call us or to answer.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Waits until `child` calls `listener`. Fails at once if it ends instead.
pub fn accept(listener: &TcpListener, child: &mut Child) -> Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let deadline = Instant::now() + TIME_LIMIT;
    loop {
        match listener.accept() {
            Ok((stream, _)) => return configured(stream),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error).context("can't accept QEMU's call"),
        }
        if let Some(status) = child.status()? {
            bail!("QEMU ended with {status} before it started the machine: {}", child.errors());
        }
        if Instant::now() >= deadline {
            bail!("QEMU didn't call back within {} s", TIME_LIMIT.as_secs());
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn configured(stream: TcpStream) -> Result<TcpStream> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIME_LIMIT))?;
    Ok(stream)
}

/// Where SeaBIOS puts the ACPI timer of both of QEMU's boards. Source: SeaBIOS, `PORT_ACPI_PM_BASE`; ACPI 6.5,
/// "Power Management Timer".
const PM_TIMER_PORT: u16 = 0x608;

/// Its frequency.
const PM_TIMER_HZ: u64 = 3_579_545;

/// Returns what follows `name` in QEMU's description of the CPU.
fn register<'a>(registers: &'a str, name: &str) -> Option<&'a str> {
    registers.split_once(name).and_then(|(_, rest)| rest.split_whitespace().next())
}

/// Reads `RFL=` or, on CPUs of 32 bits, `EFL=`, and `HLT=`.
fn is_halted_for_good(registers: &str) -> Option<bool> {
    const INTERRUPT_FLAG: u32 = 1 << 9;
    let value = register(registers, "RFL=").or_else(|| register(registers, "EFL="))?;
    let flags = u32::from_str_radix(value, 16).ok()?;
    Some(register(registers, "HLT=")? == "1" && flags & INTERRUPT_FLAG == 0)
}

/// A monitor, ready for commands.
#[derive(Debug)]
pub struct Qmp {
    stream: BufReader<TcpStream>,
}

impl Qmp {
    /// Greets the monitor at the other end of `stream`.
    pub fn new(stream: TcpStream) -> Result<Self> {
        let mut qmp = Self { stream: BufReader::new(stream) };
        let banner = qmp.receive()?;
        if banner.get("QMP").is_none() {
            bail!("QEMU's monitor greets with {banner}, which isn't QMP");
        }
        qmp.execute("qmp_capabilities")?;
        Ok(qmp)
    }

    /// Lets a machine go that was started paused.
    pub fn resume(&mut self) -> Result<()> {
        self.execute("cont").map(drop)
    }

    /// Ends QEMU. What the machine has sent over its serial port is delivered before.
    pub fn quit(&mut self) {
        // It may be gone before it has answered.
        let _ = self.execute("quit");
    }

    /// The system's number of the thread that runs the first CPU.
    pub fn cpu_thread(&mut self) -> Result<u64> {
        let cpus = self.execute("query-cpus-fast")?;
        cpus.pointer("/0/thread-id").and_then(Value::as_u64).context("QEMU names no thread for its CPU")
    }

    /// Eight bytes of the machine's physical memory.
    pub fn physical_u64(&mut self, address: u64) -> Result<u64> {
        let line = format!("xp /1gx {address:#x}");
        let answer = self.human(&line)?;
        let number = answer.split_once(": 0x");
        let number = number.and_then(|(_, digits)| u64::from_str_radix(digits.trim(), 16).ok());
        number.with_context(|| format!("QEMU answers `{line}` with {answer}"))
    }

    /// Presses the keys with these names, joined by `-`, at once, and lets them go.
    pub fn press(&mut self, keys: &str) -> Result<()> {
        const HOLD_MILLISECONDS: u32 = 10;
        let keys: Vec<Value> = keys.split('-').map(|key| json!({ "type": "qcode", "data": key })).collect();
        let arguments = json!({ "keys": keys, "hold-time": HOLD_MILLISECONDS });
        self.execute_with("send-key", arguments).map(drop)
    }

    /// Whether the first CPU stands still for good: it has halted, and no interrupt can wake it.
    pub fn has_halted_for_good(&mut self) -> Result<bool> {
        let registers = self.human("info registers")?;
        is_halted_for_good(&registers).with_context(|| format!("QEMU's registers are {registers:?}"))
    }

    /// The first CPU's stack pointer.
    pub fn stack_pointer(&mut self) -> Result<String> {
        let registers = self.human("info registers")?;
        let value = register(&registers, "RSP=").or_else(|| register(&registers, "ESP="));
        Ok(value.with_context(|| format!("QEMU's registers are {registers:?}"))?.to_owned())
    }

    /// Whether the first CPU's address line 20 works.
    pub fn a20_is_on(&mut self) -> Result<bool> {
        let registers = self.human("info registers")?;
        let value = register(&registers, "A20=");
        Ok(value.with_context(|| format!("QEMU's registers are {registers:?}"))? == "1")
    }

    /// Writes physical memory to a file, which QEMU makes.
    pub fn save_memory(&mut self, range: &Range<u64>, file: &Path) -> Result<()> {
        let size = range.end - range.start;
        let answer = self.human(&format!("pmemsave {:#x} {size:#x} \"{}\"", range.start, file.display()))?;
        ensure!(answer.trim().is_empty(), "QEMU can't save memory: {answer}");
        Ok(())
    }

    /// The guest's time in milliseconds, modulo 4687: by the ACPI timer, which counts 24 bits of the virtual clock.
    pub fn guest_ms(&mut self) -> Result<u64> {
        let line = format!("i /1wx {PM_TIMER_PORT:#x}");
        let answer = self.human(&line)?;
        let ticks =
            answer.rsplit_once("0x").and_then(|(_, digits)| u64::from_str_radix(digits.trim(), 16).ok());
        Ok(ticks.with_context(|| format!("QEMU answers `{line}` with {answer:?}"))? * 1000 / PM_TIMER_HZ)
    }

    /// Has the monitor for people do what `line` says. It has nothing to say if that worked.
    pub fn command(&mut self, line: &str) -> Result<()> {
        let answer = self.human(line)?;
        ensure!(answer.trim().is_empty(), "QEMU says to `{line}`: {answer}");
        Ok(())
    }

    /// What the monitor for people says to `line`.
    pub fn human(&mut self, line: &str) -> Result<String> {
        let answer = self.execute_with("human-monitor-command", json!({ "command-line": line }))?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    fn execute(&mut self, command: &str) -> Result<Value> {
        self.execute_with(command, json!({}))
    }

    fn execute_with(&mut self, command: &str, arguments: Value) -> Result<Value> {
        let mut message = json!({ "execute": command, "arguments": arguments }).to_string();
        message.push('\n');
        self.stream.get_mut().write_all(message.as_bytes()).context("QEMU's monitor is gone")?;
        loop {
            let mut answer = self.receive()?;
            if let Some(error) = answer.get("error") {
                return Err(anyhow!("QEMU refuses {command}: {error}"));
            }
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
            // Anything else is an event, which we don't need.
        }
    }

    fn receive(&mut self) -> Result<Value> {
        let mut line = String::new();
        let length = self.stream.read_line(&mut line).context("QEMU's monitor doesn't answer")?;
        if length == 0 {
            bail!("QEMU closed its monitor");
        }
        serde_json::from_str(&line).with_context(|| format!("QEMU's monitor says {line:?}, which isn't JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A monitor that says `script`, whatever it is asked.
    fn monitor(script: &'static str) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(script.as_bytes()).unwrap();
            let mut asked = String::new();
            let _ = BufReader::new(stream).read_line(&mut asked);
        });
        configured(TcpStream::connect(address).unwrap()).unwrap()
    }

    #[test]
    fn events_before_the_answer_are_passed_over() {
        let script = concat!(
            r#"{"QMP":{}}"#,
            "\n",
            r#"{"return":{}}"#,
            "\n",
            r#"{"event":"RESUME"}"#,
            "\n",
            r#"{"return":[{"thread-id":42}]}"#,
            "\n",
        );
        assert_eq!(Qmp::new(monitor(script)).unwrap().cpu_thread().unwrap(), 42);
    }

    #[test]
    fn memory_is_read_from_the_human_monitors_words() {
        let script = concat!(
            r#"{"QMP":{}}"#,
            "\n",
            r#"{"return":{}}"#,
            "\n",
            r#"{"return":"0000000000000600: 0x00000000007e9a2c\r\n"}"#,
            "\n",
        );
        assert_eq!(Qmp::new(monitor(script)).unwrap().physical_u64(0x600).unwrap(), 0x7E_9A2C);
    }

    #[test]
    fn what_is_no_monitor_is_told_so() {
        assert!(Qmp::new(monitor("{}\n")).unwrap_err().to_string().contains("isn't QMP"));
        assert!(Qmp::new(monitor("hello\n")).unwrap_err().to_string().contains("isn't JSON"));
    }

    #[test]
    fn a_cpu_that_an_interrupt_would_wake_has_not_halted_for_good() {
        let halted =
            |flags, halted| format!("RIP=00 RFL={flags} [-------] CPL=0 II=0 A20=1 SMM=0 HLT={halted}\r\n");
        assert_eq!(is_halted_for_good(&halted("00000046", 1)), Some(true));
        assert_eq!(is_halted_for_good(&halted("00000246", 1)), Some(false));
        assert_eq!(is_halted_for_good(&halted("00000046", 0)), Some(false));
        assert_eq!(is_halted_for_good("EIP=0 EFL=00000006 HLT=1"), Some(true));
        assert_eq!(is_halted_for_good("nothing"), None);
    }

    #[test]
    fn a_rejection_says_what_was_rejected() {
        let script = concat!(r#"{"QMP":{}}"#, "\n", r#"{"error":{"desc":"no"}}"#, "\n");
        assert!(Qmp::new(monitor(script)).unwrap_err().to_string().contains("qmp_capabilities"));
    }
}
