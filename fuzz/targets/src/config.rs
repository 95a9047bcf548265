//! `farjump.conf`, as the loader parses it.

use farjump_loader::config::Config;

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "config", what: "farjump.conf", corpus, run };

fn corpus() -> Vec<Vec<u8>> {
    [
        "kernel = /kernel.elf\n",
        "\u{FEFF}# farjump\r\n\r\n  kernel\t= /kernel.elf \r\ncmdline = log=info # \u{20ac}\r\nquiet=yes\r\n",
        "module = /modules/a b.so\nmodule=/c\nkernel=/\u{e4}\nquiet = no\ncmdline=\n",
    ]
    .map(Vec::from)
    .to_vec()
}

fn run(bytes: &[u8]) {
    match Config::parse(bytes) {
        Ok(config) => {
            assert!(config.modules().chain([config.kernel]).all(|path| path.starts_with('/')));
            assert!(!config.command_line.contains(|letter: char| letter.is_control() && letter != '\t'));
        }
        Err(error) => assert_one_line(&error),
    }
}
