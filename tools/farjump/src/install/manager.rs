//! The table of package managers: which system has which, and how each is asked for each tool.

use std::env;

use super::Tool;

/// A system's package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manager {
    /// The systems that have it.
    pub systems: &'static str,
    /// The program.
    pub program: &'static str,
    /// Whether it must be root who runs it.
    as_root: bool,
    /// What brings its lists of packages up to date, where that is a step of its own.
    update: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    /// Leaves out what a machine without a screen doesn't need.
    lean: &'static [&'static str],
    qemu: &'static [&'static str],
    qemu_img: &'static [&'static str],
    bochs: &'static [&'static str],
    gdb: &'static [&'static str],
}

/// All package managers that we know, each for its systems.
pub const MANAGERS: [Manager; 5] = [
    Manager {
        systems: "Debian, Ubuntu",
        program: "apt-get",
        as_root: true,
        update: Some(&["update"]),
        install: &["install", "--yes"],
        lean: &["--no-install-recommends"],
        qemu: &["qemu-system-x86"],
        qemu_img: &["qemu-utils"],
        bochs: &["bochs", "bochs-term", "bochsbios", "vgabios"],
        gdb: &["gdb"],
    },
    Manager {
        systems: "Fedora",
        program: "dnf",
        as_root: true,
        update: None,
        install: &["install", "--assumeyes"],
        lean: &[],
        qemu: &["qemu-system-x86"],
        qemu_img: &["qemu-img"],
        bochs: &["bochs"],
        gdb: &["gdb"],
    },
    Manager {
        systems: "Arch",
        program: "pacman",
        as_root: true,
        update: None,
        install: &["-S", "--needed", "--noconfirm"],
        lean: &[],
        qemu: &["qemu-desktop"],
        qemu_img: &["qemu-img"],
        bochs: &[],
        gdb: &["gdb"],
    },
    Manager {
        systems: "macOS",
        program: "brew",
        as_root: false,
        update: None,
        install: &["install"],
        lean: &[],
        qemu: &["qemu"],
        qemu_img: &["qemu"],
        bochs: &["bochs"],
        gdb: &["gdb"],
    },
    Manager {
        systems: "Windows",
        program: "winget",
        as_root: false,
        update: None,
        install: &["install", "--accept-package-agreements", "--accept-source-agreements"],
        lean: &[],
        qemu: &["SoftwareFreedomConservancy.QEMU"],
        qemu_img: &["SoftwareFreedomConservancy.QEMU"],
        bochs: &[],
        gdb: &[],
    },
];

impl Manager {
    /// The one that is installed here.
    #[must_use]
    pub fn here() -> Option<&'static Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let is_here = |manager: &&Self| {
            let file = format!("{}{}", manager.program, env::consts::EXE_SUFFIX);
            env::split_paths(&path).any(|directory| directory.join(&file).is_file())
        };
        MANAGERS.iter().find(is_here)
    }

    const fn packages(&self, tool: Tool) -> &'static [&'static str] {
        match tool {
            Tool::Qemu => self.qemu,
            Tool::QemuImg => self.qemu_img,
            Tool::Bochs => self.bochs,
            Tool::Gdb => self.gdb,
        }
    }

    /// The command lines that install `tool`, in order; none where there is no package of it.
    #[must_use]
    pub fn commands(&self, tool: Tool, who: Who) -> Vec<Vec<&'static str>> {
        let packages = self.packages(tool);
        if packages.is_empty() {
            return Vec::new();
        }
        let start: &[_] =
            if self.as_root && !who.is_root { &["sudo", self.program] } else { &[self.program] };
        let lean = if who.is_asked { &[] } else { self.lean };
        let update = self.update.map(|update| [start, update].concat());
        let install = [start, self.install, lean, packages].concat();
        update.into_iter().chain([install]).collect()
    }

    /// The same as one line for a shell.
    #[must_use]
    pub fn shell_line(&self, tool: Tool, who: Who) -> Option<String> {
        let commands = self.commands(tool, who);
        let lines: Vec<_> = commands.iter().map(|command| command.join(" ")).collect();
        (!lines.is_empty()).then(|| lines.join(" && "))
    }
}

/// Who installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// May write where programs go.
    pub is_root: bool,
    /// Sits at a terminal and can answer.
    pub is_asked: bool,
}

impl Who {
    /// Someone at a terminal who isn't root.
    pub const USER: Self = Self { is_root: false, is_asked: true };
}

#[cfg(test)]
mod tests {
    use super::*;

    const CI: Who = Who { is_root: true, is_asked: false };

    #[test]
    fn debian_ci_updates_its_lists_and_installs_no_window() {
        let commands = MANAGERS[0].commands(Tool::Qemu, CI);
        assert_eq!(commands[0], ["apt-get", "update"]);
        assert_eq!(
            commands[1],
            ["apt-get", "install", "--yes", "--no-install-recommends", "qemu-system-x86"]
        );
    }

    #[test]
    fn a_user_gets_a_line_with_sudo_to_copy() {
        let line = MANAGERS[1].shell_line(Tool::QemuImg, Who::USER).unwrap();
        assert_eq!(line, "sudo dnf install --assumeyes qemu-img");
        assert_eq!(MANAGERS[3].shell_line(Tool::Qemu, Who::USER).unwrap(), "brew install qemu");
    }

    #[test]
    fn every_system_has_a_package_of_qemu() {
        for manager in MANAGERS {
            assert!(manager.shell_line(Tool::Qemu, Who::USER).is_some(), "{}", manager.systems);
        }
    }

    #[test]
    fn what_has_no_package_has_no_command() {
        assert_eq!(MANAGERS[2].shell_line(Tool::Bochs, Who::USER), None);
    }
}
