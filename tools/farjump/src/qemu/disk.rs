//! Where the image is plugged in: each way that a BIOS can boot a disk from.

use std::path::Path;

use anyhow::{Result, bail};
use clap::ValueEnum;

/// What the image pretends to be. SeaBIOS boots from each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Disk {
    /// A disk at the PIIX3's IDE controller
    #[default]
    Ide,
    /// A SATA disk at a Q35 board's AHCI controller
    Ahci,
    /// A virtio block device
    Virtio,
    /// An `NVMe` drive
    Nvme,
    /// A stick at an xHCI USB controller
    Usb,
    /// A disk at an LSI 53C895A SCSI controller
    Scsi,
    /// A floppy disk; the image must be of a floppy's size
    Floppy,
}

impl Disk {
    /// QEMU's name for the board: only AHCI wants the one that has it built in.
    #[must_use]
    pub const fn board(self) -> &'static str {
        match self {
            Self::Ahci => "q35",
            _ => "pc",
        }
    }

    /// The arguments that plug `image` in and make it the first thing that the BIOS boots.
    pub fn arguments(self, image: &Path) -> Result<Vec<String>> {
        let interface = if self == Self::Floppy { "floppy" } else { "none" };
        let format = ImageFormat::of(image)?.qemu_name();
        let file = comma_escaped(image);
        let mut arguments = vec![
            "-drive".into(),
            format!("if={interface},id=boot-disk,format={format},snapshot=on,file={file}"),
        ];
        for device in self.devices() {
            arguments.extend(["-device".into(), (*device).into()]);
        }
        if self == Self::Floppy {
            arguments.extend(["-boot".into(), "a".into()]);
        }
        Ok(arguments)
    }

    const fn devices(self) -> &'static [&'static str] {
        match self {
            Self::Ide | Self::Ahci => &["ide-hd,drive=boot-disk,bootindex=0"],
            Self::Virtio => &["virtio-blk-pci,drive=boot-disk,bootindex=0"],
            Self::Nvme => &["nvme,serial=farjump,drive=boot-disk,bootindex=0"],
            Self::Usb => &["qemu-xhci", "usb-storage,removable=on,drive=boot-disk,bootindex=0"],
            Self::Scsi => &["lsi53c895a", "scsi-hd,drive=boot-disk,bootindex=0"],
            Self::Floppy => &[],
        }
    }
}

/// How the bytes of an image file are arranged, told by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// Sector after sector
    Raw,
    /// QEMU's own
    Qcow2,
    /// `VMware`'s
    Vmdk,
    /// `VirtualBox`'s
    Vdi,
    /// Hyper-V's
    Vhdx,
}

impl ImageFormat {
    /// The format that `image`'s name ends in. Refuses an ending that says nothing.
    pub fn of(image: &Path) -> Result<Self> {
        let ending = image.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        Ok(match ending.as_str() {
            "" | "img" | "raw" | "bin" | "flp" => Self::Raw,
            "qcow2" => Self::Qcow2,
            "vmdk" => Self::Vmdk,
            "vdi" => Self::Vdi,
            "vhdx" => Self::Vhdx,
            _ => bail!(
                "{}: can't tell the image's format by `.{ending}`; name it .img, .raw, .qcow2, .vmdk, .vdi or .vhdx",
                image.display()
            ),
        })
    }

    const fn qemu_name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
            Self::Vdi => "vdi",
            Self::Vhdx => "vhdx",
        }
    }
}

/// `path` as a value inside one of QEMU's comma-separated options, where a comma is written twice.
pub fn comma_escaped(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_never_written() {
        for disk in Disk::value_variants() {
            let arguments = disk.arguments(Path::new("a.img")).unwrap();
            assert!(arguments[1].contains("snapshot=on"), "{disk:?}: {arguments:?}");
        }
    }

    #[test]
    fn a_comma_in_a_path_stays_part_of_the_path() {
        let arguments = Disk::Ide.arguments(Path::new("a,b.img")).unwrap();
        assert!(arguments[1].ends_with("file=a,,b.img"), "{arguments:?}");
    }

    #[test]
    fn the_format_is_told_by_the_end_of_the_name() {
        assert_eq!(ImageFormat::of(Path::new("a.QCOW2")).unwrap(), ImageFormat::Qcow2);
        assert_eq!(ImageFormat::of(Path::new("farjump.img")).unwrap(), ImageFormat::Raw);
        assert!(ImageFormat::of(Path::new("a.elf")).unwrap_err().to_string().contains(".qcow2"));
    }

    #[test]
    fn a_stick_is_plugged_into_its_controller() {
        let arguments = Disk::Usb.arguments(Path::new("a.img")).unwrap();
        let xhci = arguments.iter().position(|argument| argument == "qemu-xhci");
        let stick = arguments.iter().position(|argument| argument.starts_with("usb-storage"));
        assert!(xhci < stick && xhci.is_some(), "{arguments:?}");
    }
}
