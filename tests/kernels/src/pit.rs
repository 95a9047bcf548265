//! A timer interrupt: channel 0 of the PIT through the first PIC, and nothing else.
//!
//! Source: Intel 8259A, "Initialization Command Words"; Intel 8254, "Control Word Format".

use x86_64::instructions::port::PortWriteOnly;

/// The vector that the first PIC's IRQ 0 is given.
pub const TIMER_VECTOR: u8 = 32;

const PIC_COMMAND: u16 = 0x20;
const PIC_DATA: u16 = 0x21;
const PIT_CHANNEL_0: u16 = 0x40;
const PIT_COMMAND: u16 = 0x43;

/// ICW1: initialise, ICW4 follows, another PIC is there.
const INITIALISE: u8 = 0x11;
/// ICW3: the other PIC is at IRQ 2.
const SECOND_PIC_LINE: u8 = 1 << 2;
/// ICW4: 8086 mode.
const MODE_8086: u8 = 1;
/// All lines but IRQ 0 masked.
const ONLY_TIMER: u8 = !1;
/// All lines masked.
const NONE: u8 = 0xFF;
/// OCW2: the interrupt in service is done.
const END_OF_INTERRUPT: u8 = 0x20;
/// Channel 0, low byte then high byte, mode 2: rate generator.
const RATE_GENERATOR: u8 = 0x34;
/// The PIT's clock in Hertz.
const PIT_CLOCK: u32 = 1_193_182;

/// Has IRQ 0 come so often a second.
pub fn start(ticks_per_second: u32) {
    write(PIC_COMMAND, INITIALISE);
    write(PIC_DATA, TIMER_VECTOR);
    write(PIC_DATA, SECOND_PIC_LINE);
    write(PIC_DATA, MODE_8086);
    write(PIC_DATA, ONLY_TIMER);
    let [low, high, ..] = (PIT_CLOCK / ticks_per_second).to_le_bytes();
    write(PIT_COMMAND, RATE_GENERATOR);
    write(PIT_CHANNEL_0, low);
    write(PIT_CHANNEL_0, high);
}

/// Has it come no more.
pub fn stop() {
    write(PIC_DATA, NONE);
}

/// Tells the PIC that the next one may come.
pub fn end_of_interrupt() {
    write(PIC_COMMAND, END_OF_INTERRUPT);
}

fn write(port: u16, value: u8) {
    // SAFETY: a register of PIC or PIT: they interrupt, and do nothing to memory.
    unsafe { PortWriteOnly::<u8>::new(port).write(value) };
}
