//! A boot sector in front of ours, which makes the machine worse and then starts ours.
//!
//! ```text
//! LBA 0      the shim, with our partition table: moves to 600h, changes something, reads ours to 7C00h, jumps
//! LBA 2000   our boot sector
//! ```
//!
//! Machine code by hand: there is too little of it for an assembler among the tests.

use boot_layout::disk::{BOOT_SIGNATURE, PARTITION_TABLE, SECTOR_SIZE};

use super::Fault;
use crate::smoke::KERNEL_OK;

/// Where our boot sector goes: in the gap, behind stage 2.
const OURS_LBA: u16 = 2000;

/// Where the shim moves to. What it hooks stays there: the loader's own memory begins at 1000h.
const HOME: u16 = 0x600;

/// Moves 512 bytes from 7C00h to HOME and jumps there, behind this.
const MOVE: [u8; 28] = [
    0x31, 0xC0, // xor ax, ax
    0x8E, 0xD8, // mov ds, ax
    0x8E, 0xC0, // mov es, ax
    0x8E, 0xD0, // mov ss, ax
    0xBC, 0x00, 0x7C, // mov sp, 7C00h
    0xFC, // cld
    0xBE, 0x00, 0x7C, // mov si, 7C00h
    0xBF, 0x00, 0x06, // mov di, 600h
    0xB9, 0x00, 0x01, // mov cx, 256
    0xF3, 0xA5, // rep movsw
    0xEA, 0x1C, 0x06, 0x00, 0x00, // jmp 0:61Ch
];

/// A20 off by port 92h.
const A20_OFF_BY_92: [u8; 6] = [
    0xE4, 0x92, // in al, 92h
    0x24, 0xFC, // and al, ~3
    0xE6, 0x92, // out 92h, al
];

/// A20 off by the keyboard controller's output port.
const A20_OFF_BY_8042: [u8; 20] = [
    0xB0, 0xD1, 0xE6, 0x64, // mov al, 0D1h; out 64h, al
    0xE4, 0x64, 0xA8, 0x02, 0x75, 0xFA, // in al, 64h; test al, 2; jnz $-4
    0xB0, 0xDD, 0xE6, 0x60, // mov al, 0DDh; out 60h, al
    0xE4, 0x64, 0xA8, 0x02, 0x75, 0xFA, // in al, 64h; test al, 2; jnz $-4
];

/// Puts a handler in front of INT 15h that fails, by carry, where `test` jumps `fails`; `at` is where this stands.
fn int15_without(at: u16, test: &[u8]) -> Vec<u8> {
    const INSTALL: u16 = 19;
    let [old_low, old_high] = (at + INSTALL + 2).to_le_bytes();
    let [handler_low, handler_high] = (at + INSTALL + 6).to_le_bytes();
    let mut code = vec![
        0xFA, // cli
        0x66,
        0xA1,
        0x54,
        0x00, // mov eax, [4 * 15h]
        0x66,
        0xA3,
        old_low,
        old_high, // mov [old], eax
        0x66,
        0xC7,
        0x06,
        0x54,
        0x00,
        handler_low,
        handler_high,
        0x00,
        0x00, // mov dword [4 * 15h], handler
        0xFB, // sti
        0xEB,
        4, // jmp behind `old`: patched below to behind the handler
        0,
        0,
        0,
        0, // old
    ];
    code.extend(test); // each ends in a jump to `fails`, which is 5 bytes behind its last one
    code.extend([0x2E, 0xFF, 0x2E, old_low, old_high]); // jmp far cs:[old]
    code.extend([0x55, 0x89, 0xE5, 0x80, 0x4E, 0x06, 0x01, 0x5D, 0xCF]); // fails: set carry in the caller's flags
    let behind = code.len() - usize::from(INSTALL) - 2;
    code[usize::from(INSTALL) + 1] = u8::try_from(behind).unwrap_or_default();
    code
}

/// `cmp eax, E820h; je fails`.
const NO_E820: [u8; 8] = [0x66, 0x3D, 0x20, 0xE8, 0x00, 0x00, 0x74, 0x05];

/// The same, and `cmp ax, E801h; je fails` behind it.
const NO_E820_NO_E801: [u8; 13] =
    [0x66, 0x3D, 0x20, 0xE8, 0x00, 0x00, 0x74, 0x0A, 0x3D, 0x01, 0xE8, 0x74, 0x05];

/// `disk` with a shim that runs `change` before it reads our boot sector, and `last` behind that.
fn shimmed(mut disk: Vec<u8>, change: &[u8], last: &[u8]) -> Vec<u8> {
    let ours = disk[..SECTOR_SIZE].to_vec();
    let place = usize::from(OURS_LBA) * SECTOR_SIZE;
    disk[place..place + SECTOR_SIZE].copy_from_slice(&ours);
    let mut shim = [&MOVE, change].concat();
    let packet = HOME + u16::try_from(shim.len() + last.len()).unwrap_or_default() + 12;
    let ([low, high], [lba_low, lba_high]) = (packet.to_le_bytes(), OURS_LBA.to_le_bytes());
    shim.extend([0xB4, 0x42, 0xBE, low, high, 0xCD, 0x13]); // mov ah, 42h; mov si, packet; int 13h
    shim.extend(last);
    shim.extend([0xEA, 0x00, 0x7C, 0x00, 0x00]); // jmp 0:7C00h
    shim.extend([16, 0, 1, 0, 0x00, 0x7C, 0, 0, lba_low, lba_high, 0, 0, 0, 0, 0, 0]);
    disk[..PARTITION_TABLE.start].fill(0);
    disk[..shim.len()].copy_from_slice(&shim);
    disk[SECTOR_SIZE - 2..SECTOR_SIZE].copy_from_slice(&BOOT_SIGNATURE);
    disk
}

pub(super) fn faults() -> Vec<Fault> {
    let home = HOME + 0x1C;
    let boots = |name: &str, line: &str, change: Vec<u8>| {
        Fault::boots(name, line, move |maker| Ok(shimmed(maker.sealed()?, &change, &[])))
    };
    vec![
        boots("another boot sector first", KERNEL_OK, Vec::new()),
        Fault::boots("a drive number in DL that is none", KERNEL_OK, |maker| {
            Ok(shimmed(maker.sealed()?, &[], &[0xB2, 0x35])) // mov dl, 35h
        }),
        boots("A20 off at entry, by port 92h", "A20 Line: Enabled", A20_OFF_BY_92.into()),
        boots("A20 off at entry, by the 8042", "A20 Line: Enabled", A20_OFF_BY_8042.into()),
        boots("no E820: E801 is asked", "loader: 261624 KiB of memory (E801)", int15_without(home, &NO_E820)),
        boots(
            "neither E820 nor E801: AH=88h is asked",
            "loader: 65144 KiB of memory (INT 15h AH=88h)",
            int15_without(home, &NO_E820_NO_E801),
        ),
    ]
}
