//! What the system says of its disks, as plain data: tests make machines up.

use std::fmt;

/// The block devices of a machine and what they are used for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Machine {
    /// Everything in `/sys/block`: disks, and what is made of them, such as `dm-0` and `md0`.
    pub(super) disks: Vec<Disk>,
    /// Mounted devices, and where.
    pub(super) mounts: Vec<Mount>,
    /// Names of devices that are swapped to.
    pub(super) swaps: Vec<String>,
}

/// A whole disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Disk {
    pub(super) device: Device,
    pub(super) partitions: Vec<Device>,
    /// Zero where no medium is in the drive.
    pub(super) size_bytes: u64,
    /// As the disk calls itself; empty where it doesn't.
    pub(super) model: String,
    pub(super) is_removable: bool,
    pub(super) is_read_only: bool,
    /// Bytes of what the disk calls a sector; `None` where the system doesn't say.
    pub(super) sector_bytes: Option<u64>,
    /// The sequence number that Linux assigned to the disk when it found it, or its medium; `None` before Linux 5.15.
    pub(super) sequence: Option<u64>,
}

/// A disk or a partition, and what is made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Device {
    /// Such as `sda` or `nvme0n1p2`.
    pub(super) name: String,
    /// Devices that this one is a part of: LVM, encryption, RAID.
    pub(super) holders: Vec<String>,
}

/// A device and the directory it is mounted at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) device: String,
    pub(super) directory: String,
}

/// What the device's path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The whole disk of this name.
    Disk(String),
    /// A partition, and the disk that it is on.
    Partition { name: String, disk: String },
    /// A regular file.
    File,
    /// A directory, a character device, a pipe.
    Other,
}

impl Machine {
    /// The disk with this name.
    pub(super) fn disk(&self, name: &str) -> Option<&Disk> {
        self.disks.iter().find(|disk| disk.device.name == name)
    }

    /// A disk's device, its partitions, what is made of them, and so on.
    pub(super) fn devices_of<'a>(&'a self, disk: &'a Disk) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        let mut left = vec![disk];
        while let Some(disk) = left.pop() {
            for device in
                disk.devices().filter(|device| !names.contains(&device.name.as_str())).collect::<Vec<_>>()
            {
                names.push(&device.name);
                left.extend(device.holders.iter().filter_map(|name| self.disk(name)));
            }
        }
        names
    }
}

/// Bytes as they are printed on disks and sticks, in powers of ten: `31.9 GB`.
pub(super) fn capacity(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB")];
    let (unit, name) = units.into_iter().find(|(unit, _)| bytes >= *unit).unwrap_or((1000, "kB"));
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

impl Disk {
    /// The disk itself and its partitions.
    pub(super) fn devices(&self) -> impl Iterator<Item = &Device> {
        [&self.device].into_iter().chain(&self.partitions)
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = if self.model.is_empty() { "no model name" } else { &self.model };
        let kind = if self.is_removable { "removable" } else { "not removable" };
        let size = capacity(self.size_bytes);
        write!(f, "{}: {model}, {size}, {kind}, {} partitions", self.device.name, self.partitions.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capacity_is_what_is_printed_on_the_disk() {
        let shown = [1 << 20, 31_914_983_424, 256_060_514_304, 2_000_398_934_016, 512].map(capacity);
        assert_eq!(shown, ["1.0 MB", "31.9 GB", "256.0 GB", "2.0 TB", "0.5 kB"]);
    }
}
