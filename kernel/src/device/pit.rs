//! The 8254 interval timer: channel 0 ticks, channel 2 measures up to 54 ms in one-shot mode.
//!
//! The loudspeaker hangs on channel 2; it stays off.
//!
//! Source: Intel 8254, "Control Word Format", "Read-Back Command"; RBIL PORT 0040h-005Fh, PORT 0061h.

use farjump_timekeeping::pit::Rate;
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::port::Port;

const CHANNEL_0: u16 = 0x40;
const CHANNEL_2: u16 = 0x42;
const COMMAND: u16 = 0x43;
const SPEAKER: u16 = 0x61;

/// Channel 0, low byte then high byte, mode 2: rate generator.
const TICKS: u8 = 0x34;
/// Channel 2, low byte then high byte, mode 0: counts down once.
const ONE_SHOT: u8 = 0xB0;
/// Read-back: status and count of channel 2.
const READ_ONE_SHOT: u8 = 0xC8;

/// Status: the channel's output, in mode 0 high when the count is over.
const OUTPUT: u8 = 1 << 7;
/// Status: the count that was written isn't counted yet.
const NULL_COUNT: u8 = 1 << 6;

/// Speaker port: channel 2 counts.
const GATE: u8 = 1 << 0;
/// Speaker port: the speaker hears channel 2.
const SPEAKER_ON: u8 = 1 << 1;
/// Speaker port: bits that can be written.
const SPEAKER_WRITABLE: u8 = 0x0F;

/// The state of channel 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OneShot {
    /// So many counts of the timer's clock have passed.
    Running(u16),
    /// More have passed than it can count, or there is no timer.
    Over,
}

/// Has IRQ 0 come at `rate`.
pub(crate) fn start_ticks(rate: Rate) {
    load(TICKS, CHANNEL_0, rate.divisor());
}

/// Starts channel 2 from zero.
pub(crate) fn start_one_shot() {
    let speaker = read(SPEAKER) & SPEAKER_WRITABLE & !SPEAKER_ON;
    write(SPEAKER, speaker | GATE);
    load(ONE_SHOT, CHANNEL_2, u16::MAX);
}

/// Reads channel 2.
pub(crate) fn one_shot() -> OneShot {
    without_interrupts(|| {
        write(COMMAND, READ_ONE_SHOT);
        let status = read(CHANNEL_2);
        let count = u16::from_le_bytes([read(CHANNEL_2), read(CHANNEL_2)]);
        match status {
            status if status & OUTPUT != 0 => OneShot::Over,
            status if status & NULL_COUNT != 0 => OneShot::Running(0),
            _ => OneShot::Running(u16::MAX - count),
        }
    })
}

fn load(control: u8, channel: u16, count: u16) {
    let [low, high] = count.to_le_bytes();
    without_interrupts(|| {
        write(COMMAND, control);
        write(channel, low);
        write(channel, high);
    });
}

fn write(port: u16, value: u8) {
    // SAFETY: a register of the timer or the speaker's: they interrupt, and do nothing to memory.
    unsafe { Port::<u8>::new(port).write(value) };
}

fn read(port: u16) -> u8 {
    // SAFETY: as above; a read at most takes the next byte of a latched count.
    unsafe { Port::<u8>::new(port).read() }
}
