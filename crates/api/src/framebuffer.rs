//! The framebuffer: pixels in memory, which the screen shows.

/// A framebuffer of direct colour.
///
/// The pixel at column `x` of row `y` begins at byte `y * pitch + x * bits_per_pixel / 8`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framebuffer {
    /// Physical address of the pixel at the top left, zero where there is no framebuffer.
    pub physical_address: u64,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes from the start of a row to the start of the next one.
    pub pitch: u32,
    /// Bits of a pixel: 16, 24 or 32.
    pub bits_per_pixel: u16,
    /// How the CPU caches the memory.
    pub memory_type: MemoryType,
    /// Zero.
    pub padding: u8,
    /// Where a pixel has its red.
    pub red: ColorMask,
    /// Where a pixel has its green.
    pub green: ColorMask,
    /// Where a pixel has its blue.
    pub blue: ColorMask,
    /// Which bits of a pixel have no meaning.
    pub reserved: ColorMask,
}

/// A run of bits in a pixel.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColorMask {
    /// Number of bits.
    pub size: u8,
    /// Number of the lowest bit.
    pub position: u8,
}

/// How the CPU caches memory, as the memory-type range registers encode it. Not an `enum`: there may be more.
///
/// Source: Intel SDM vol. 3A, "Memory Types That Can Be Encoded in MTRRs".
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryType(pub u8);

impl MemoryType {
    /// Uncacheable.
    pub const UNCACHEABLE: Self = Self(0);
    /// Write combining.
    pub const WRITE_COMBINING: Self = Self(1);
    /// Write through.
    pub const WRITE_THROUGH: Self = Self(4);
    /// Write protected.
    pub const WRITE_PROTECTED: Self = Self(5);
    /// Write back.
    pub const WRITE_BACK: Self = Self(6);
}

impl Framebuffer {
    /// No framebuffer.
    pub const NONE: Self = Self {
        physical_address: 0,
        width: 0,
        height: 0,
        pitch: 0,
        bits_per_pixel: 0,
        memory_type: MemoryType::UNCACHEABLE,
        padding: 0,
        red: ColorMask::NONE,
        green: ColorMask::NONE,
        blue: ColorMask::NONE,
        reserved: ColorMask::NONE,
    };

    /// Returns the bytes from the first pixel to the end of the last row.
    #[must_use]
    pub const fn len_bytes(&self) -> u64 {
        self.pitch as u64 * self.height as u64
    }
}

impl ColorMask {
    /// No bits.
    pub const NONE: Self = Self { size: 0, position: 0 };
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<Framebuffer>() == 32);
    assert!(offset_of!(Framebuffer, width) == 8);
    assert!(offset_of!(Framebuffer, height) == 12);
    assert!(offset_of!(Framebuffer, pitch) == 16);
    assert!(offset_of!(Framebuffer, bits_per_pixel) == 20);
    assert!(offset_of!(Framebuffer, memory_type) == 22);
    assert!(offset_of!(Framebuffer, red) == 24);
    assert!(offset_of!(Framebuffer, green) == 26);
    assert!(offset_of!(Framebuffer, blue) == 28);
    assert!(offset_of!(Framebuffer, reserved) == 30);
};
