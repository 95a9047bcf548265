//! A client for gdb's remote serial protocol: the few commands that stamping one instruction takes.
//!
//! Assumes QEMU's stub for a 64-bit x86: registers are numbered as gdb's amd64 description has them.
//! Source: GDB manual, appendix E, "Remote Serial Protocol".

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context as _, Result, bail, ensure};

/// A register that the stub reads and writes alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Register {
    Rax = 0,
    Rdx = 2,
    Rip = 16,
}

/// A machine under a gdb stub; it stands still between commands.
#[derive(Debug)]
pub(super) struct GdbRemote {
    stream: BufReader<TcpStream>,
}

impl GdbRemote {
    /// Talks to the stub at the other end of `stream`.
    pub(super) fn new(stream: TcpStream) -> Result<Self> {
        let mut remote = Self { stream: BufReader::new(stream) };
        remote.ask("qSupported:xmlRegisters=i386")?;
        // QEMU takes single registers only from those who have read how they are numbered.
        remote.ask("qXfer:features:read:target.xml:0,ffb")?;
        Ok(remote)
    }

    /// Lets the machine run to the instruction at `address`. Running there takes no instruction away.
    pub(super) fn run_to(&mut self, address: u64) -> Result<()> {
        self.expect_ok(&format!("Z1,{address:x},1"))?;
        let stop = self.ask("c")?;
        ensure!(stop.starts_with('T') || stop.starts_with('S'), "the machine didn't stop: {stop}");
        self.expect_ok(&format!("z1,{address:x},1"))
    }

    /// Executes one instruction.
    pub(super) fn step(&mut self) -> Result<()> {
        self.ask("s").map(drop)
    }

    /// Lets the machine go for good.
    pub(super) fn resume(mut self) -> Result<()> {
        self.send("D")
    }

    pub(super) fn register(&mut self, register: Register) -> Result<u64> {
        let answer = self.ask(&format!("p{:x}", register as u8))?;
        let bytes = from_hex(&answer)?;
        let bytes = bytes.first_chunk().with_context(|| format!("{register:?} came as {answer:?}"))?;
        Ok(u64::from_le_bytes(*bytes))
    }

    pub(super) fn set_register(&mut self, register: Register, value: u64) -> Result<()> {
        self.expect_ok(&format!("P{:x}={}", register as u8, to_hex(&value.to_le_bytes())))
    }

    pub(super) fn memory(&mut self, address: u64, length: usize) -> Result<Vec<u8>> {
        from_hex(&self.ask(&format!("m{address:x},{length:x}"))?)
    }

    pub(super) fn set_memory(&mut self, address: u64, bytes: &[u8]) -> Result<()> {
        self.expect_ok(&format!("M{address:x},{:x}:{}", bytes.len(), to_hex(bytes)))
    }

    fn expect_ok(&mut self, command: &str) -> Result<()> {
        let answer = self.ask(command)?;
        ensure!(answer == "OK", "QEMU's gdb stub answers {command} with {answer:?}");
        Ok(())
    }

    fn ask(&mut self, command: &str) -> Result<String> {
        self.send(command)?;
        let answer = self.receive()?;
        self.stream.get_mut().write_all(b"+")?;
        Ok(answer)
    }

    fn send(&mut self, command: &str) -> Result<()> {
        let packet = format!("${command}#{:02x}", sum(command.as_bytes()));
        self.stream.get_mut().write_all(packet.as_bytes()).context("QEMU's gdb stub is gone")
    }

    /// The next packet; what stands before it are acknowledgements.
    fn receive(&mut self) -> Result<String> {
        while self.byte()? != b'$' {}
        let mut text = Vec::new();
        loop {
            match self.byte()? {
                b'#' => break,
                byte => text.push(byte),
            }
        }
        let check = [self.byte()?, self.byte()?];
        ensure!(check == *format!("{:02x}", sum(&text)).as_bytes(), "a packet of QEMU's gdb stub is damaged");
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte).context("QEMU's gdb stub doesn't answer")?;
        Ok(byte[0])
    }
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Result<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { bail!("QEMU's gdb stub says {text:?}") };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes.with_context(|| format!("QEMU's gdb stub says {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packets_check_is_the_sum_of_its_bytes() {
        // The example of the manual's section "Overview" is `$OK#9a`.
        assert_eq!(sum(b"OK"), 0x9A);
    }

    #[test]
    fn bytes_travel_as_pairs_of_hex_digits() {
        assert_eq!(to_hex(&[0x0F, 0x31]), "0f31");
        assert_eq!(from_hex("0f31").unwrap(), [0x0F, 0x31]);
        assert!(from_hex("0f3").is_err());
        assert!(from_hex("E01 ").is_err());
    }
}
