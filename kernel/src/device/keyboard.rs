//! The keyboard at the 8042 controller, real or emulated: a US layout.
//!
//! The controller is taken as the BIOS leaves it. It isn't tested: the test takes half a second on some machines,
//! and ends a USB keyboard's imitation on others. Scan codes are those of set 1, into which it translates.
//!
//! Source: RBIL PORT 0060h-006Fh; PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
//! Controller".

use farjump_line_editor::Key;
use pc_keyboard::layouts::Us104Key;
use pc_keyboard::{DecodedKey, HandleControl, KeyCode, PS2Keyboard, ScancodeSet1};
use spin::Once;
use x86_64::instructions::port::Port;

use super::KeySink;
use crate::arch::trap::TrapFrame;
use crate::interrupts::{self, Irq};
use crate::sync::IrqMutex;

const DATA: u16 = 0x60;
/// Status when it is read, command when it is written.
const STATUS: u16 = 0x64;

/// Status: there is a byte to read.
const OUTPUT_FULL: u8 = 1 << 0;
/// Status: the last byte that was written isn't taken yet.
const INPUT_FULL: u8 = 1 << 1;
/// Status: the byte to read is the mouse's.
const FROM_MOUSE: u8 = 1 << 5;
/// What ports without a device read as.
const NO_DEVICE: u8 = 0xFF;

const READ_CONFIGURATION: u8 = 0x20;
const WRITE_CONFIGURATION: u8 = 0x60;
const DISABLE_MOUSE: u8 = 0xA7;
const DISABLE_KEYBOARD: u8 = 0xAD;
const ENABLE_KEYBOARD: u8 = 0xAE;

/// Configuration: the keyboard interrupts.
const KEYBOARD_INTERRUPT: u8 = 1 << 0;
/// Configuration: the keyboard's clock is held.
const KEYBOARD_OFF: u8 = 1 << 4;
/// Configuration: scan codes are translated to set 1.
const TRANSLATION: u8 = 1 << 6;

/// How often the controller is polled: some 20 ms.
const POLLS: u32 = 20_000;

/// Bytes taken at once. A controller that has more isn't one.
const BYTES_AT_ONCE: u32 = 256;

static KEYBOARD: IrqMutex<PS2Keyboard<Us104Key, ScancodeSet1>> =
    IrqMutex::new(PS2Keyboard::new(ScancodeSet1::new(), Us104Key, HandleControl::MapLettersToUnicode));

/// Where keys go.
static KEYS: Once<KeySink> = Once::new();

/// Enables the keyboard's interrupt, and sends keys to `keys`. Only the first call has an effect. Returns false if there
/// is no controller, or it doesn't obey its commands.
pub(crate) fn init(keys: KeySink) -> bool {
    KEYS.call_once(|| keys);
    if status() == NO_DEVICE {
        log::info!("there is no keyboard controller");
        return false;
    }
    if configure().is_none() {
        log::warn!("the keyboard controller doesn't answer: only the serial port is heard");
        return false;
    }
    interrupts::set_handler(Irq::Keyboard, |_: &mut TrapFrame| take_bytes());
    interrupts::unmask(Irq::Keyboard);
    // One that came before would keep its interrupt's line up, and no other would be seen.
    take_bytes();
    true
}

fn configure() -> Option<()> {
    command(DISABLE_KEYBOARD)?;
    // A mouse's bytes aren't read, and the first one would block all keys.
    command(DISABLE_MOUSE)?;
    (0..BYTES_AT_ONCE).find(|_| read_byte().is_none())?;
    command(READ_CONFIGURATION)?;
    let configuration = (0..POLLS).find_map(|_| read_byte())?;
    command(WRITE_CONFIGURATION)?;
    wait_for_input()?;
    write(DATA, configuration & !KEYBOARD_OFF | KEYBOARD_INTERRUPT | TRANSLATION);
    command(ENABLE_KEYBOARD)
}

/// Takes what has come. Called for the keyboard's interrupt.
fn take_bytes() {
    for _ in 0..BYTES_AT_ONCE {
        let from_mouse = status() & FROM_MOUSE != 0;
        let Some(byte) = read_byte() else { return };
        if !from_mouse && let Some(key) = decode(byte) {
            push(key);
        }
    }
    interrupts::mask(Irq::Keyboard);
    log::warn!("the keyboard controller sends without an end: it isn't heard any more");
}

fn push(key: Key) {
    if let Some(keys) = KEYS.get() {
        (keys.push)(key);
    }
}

fn decode(byte: u8) -> Option<Key> {
    let mut keyboard = KEYBOARD.lock();
    let Ok(event) = keyboard.add_byte(byte) else {
        // Noise: the next byte begins anew.
        keyboard.clear();
        return None;
    };
    match keyboard.process_keyevent(event?)? {
        DecodedKey::Unicode('\x7F') => Some(Key::Delete),
        DecodedKey::Unicode(character) => Key::of_byte(u8::try_from(character).ok()?),
        DecodedKey::RawKey(code) => of_code(code),
    }
}

const fn of_code(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::ArrowLeft => Key::Left,
        KeyCode::ArrowRight => Key::Right,
        KeyCode::ArrowUp => Key::Up,
        KeyCode::ArrowDown => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Delete => Key::Delete,
        _ => return None,
    })
}

fn command(command: u8) -> Option<()> {
    wait_for_input()?;
    write(STATUS, command);
    Some(())
}

/// Waits until the controller takes a byte.
fn wait_for_input() -> Option<()> {
    (0..POLLS).any(|_| status() & INPUT_FULL == 0).then_some(())
}

fn read_byte() -> Option<u8> {
    (status() & OUTPUT_FULL != 0).then(|| read(DATA))
}

fn status() -> u8 {
    read(STATUS)
}

fn read(port: u16) -> u8 {
    // SAFETY: the controller's ports: reading takes a byte at most.
    unsafe { Port::<u8>::new(port).read() }
}

fn write(port: u16, value: u8) {
    // SAFETY: all that is written is about the keyboard's bytes and interrupts; none of it resets the machine.
    unsafe { Port::<u8>::new(port).write(value) };
}
