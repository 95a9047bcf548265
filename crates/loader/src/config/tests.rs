//! Tests the configuration's format and its errors. The fuzz targets test that no input makes the parser panic.

use super::*;
use proptest::prelude::*;

fn fault(text: &str) -> String {
    Config::parse(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_whole_configuration_is_read() {
    let text = "\u{FEFF}# farjump\r\n\r\n  kernel\t=  /kernel.elf  \r\ncmdline = log=info # root=/ \u{e4}\r\n\
                module = /a b.so\r\nquiet=yes\r\nmodule=/c.so";
    let config = Config::parse(text.as_bytes()).unwrap();
    assert_eq!(config.kernel, "/kernel.elf");
    assert_eq!(config.command_line, "log=info # root=/ \u{e4}");
    assert!(config.quiet);
    assert_eq!(config.modules().collect::<Vec<_>>(), ["/a b.so", "/c.so"]);
}

#[test]
fn all_but_the_kernel_may_be_left_out() {
    let config = Config::parse(b"kernel=/k\ncmdline =\n").unwrap();
    assert_eq!((config.kernel, config.command_line, config.quiet), ("/k", "", false));
    assert_eq!(config.modules().count(), 0);
}

#[test]
fn errors_in_a_key_have_their_position() {
    assert_eq!(
        fault("\n\n kernl = /k"),
        "line 3, column 2: unknown key \"kernl\" (did you mean \"kernel\"?)"
    );
    assert_eq!(fault("MODULES = /k"), "line 1, column 1: unknown key \"MODULES\" (did you mean \"module\"?)");
    assert_eq!(
        fault("timeout = 5"),
        "line 1, column 1: unknown key \"timeout\" (known: kernel cmdline module quiet verify checksum sha256 counter seal)"
    );
    assert_eq!(
        fault("= x"),
        "line 1, column 1: unknown key \"\" (known: kernel cmdline module quiet verify checksum sha256 counter seal)"
    );
    assert_eq!(
        fault("kernel=/k\n# \n\tkernel=/l"),
        "line 3, column 2: second \"kernel\", the first is in line 1"
    );
    assert_eq!(fault("quiet=no\nquiet=no"), "line 2, column 1: second \"quiet\", the first is in line 1");
    assert_eq!(fault("  kernel /k"), "line 1, column 3: not of the form \"key = value\"");
}

#[test]
fn errors_in_a_value_have_their_position() {
    assert_eq!(fault("module = "), "line 1, column 9: \"module\" needs a value");
    assert_eq!(
        fault("kernel = kernel.elf"),
        "line 1, column 10: path \"kernel.elf\" doesn't begin with \"/\""
    );
    assert_eq!(
        fault("kernel=/k\nquiet = maybe"),
        "line 2, column 9: \"maybe\" is neither \"yes\" nor \"no\""
    );
    assert_eq!(fault("quiet ="), "line 1, column 8: \"quiet\" needs a value");
    assert_eq!(fault("# nothing\n"), "no line says which kernel: add \"kernel = /path\"");
}

/// Returns a configuration with its checksum in line 1.
fn with_checksum(text: &str) -> String {
    format!("seal = {}\n{text}", checksum(text.as_bytes()))
}

#[test]
fn digests_are_found_by_path_whatever_its_case() {
    let (checksum, hash) = ("0123456789abcdef".repeat(4), "AB".repeat(32));
    let text = format!(
        "kernel=/k\nverify = sha256\ncounter = 7\nchecksum = {checksum} /K\nsha256 =\t{hash}\t /a b\n"
    );
    let config = Config::parse(text.as_bytes()).unwrap();
    assert_eq!((config.verify, config.counter, config.has_checksum), (Verify::Sha256, 7, false));
    assert_eq!(config.checksum_of("/k").unwrap().to_string(), checksum);
    assert_eq!(config.sha256_of("/A B"), Some([0xAB; 32]));
    assert_eq!((config.checksum_of("/a b"), config.sha256_of("/k")), (None, None));
    assert_eq!(Config::parse(b"kernel=/k").unwrap().verify, Verify::Checksum);
}

#[test]
fn hashed_files_are_listed_in_order_and_the_kernel_is_not_among_them() {
    let line = |byte: u8, path: &str| format!("sha256 = {} {path}\n", format!("{byte:02x}").repeat(32));
    let text = [
        line(1, "/Kernel.elf"),
        "kernel = /kernel.elf\nmodule = /m\n".to_owned(),
        line(2, "/modules/a = b.so"),
        format!("checksum = {:064x} /m\n", 7),
        "# sha256 = 00 /x\ncmdline = sha256\n".to_owned(),
        line(3, "/m"),
        line(4, "/M"),
    ];
    let text = text.concat();
    let config = Config::parse(text.as_bytes()).unwrap();
    let listed: Vec<_> = config.hashed_files().map(|(path, hash)| (path, hash[31])).collect();
    assert_eq!(listed, [("/modules/a = b.so", 2), ("/m", 3), ("/M", 4)]);
    assert_eq!(config.sha256_of("/M"), Some([3; 32]), "the first line of a path counts");
}

#[test]
fn the_first_of_several_digests_of_a_path_counts_in_any_order_of_lookups() {
    let line =
        |number: u8, path: &str| format!("checksum = {} {path}\r\n", format!("{number:02x}").repeat(32));
    let hash = format!("sha256=\t{} /a\r\n", "0C".repeat(32));
    let text = format!(
        "{}{hash}{}kernel=/k\r\n{}{}",
        line(1, "/a"),
        line(2, "\t/b c "),
        line(3, "/A"),
        line(4, "/d")
    );
    let mut slots = [[0xFF; 2]; _];
    let configs = [Config::parse(text.as_bytes()), Config::parse_indexed(text.as_bytes(), &mut slots)];
    for config in configs.map(Result::unwrap) {
        is_found_by_path(&config);
    }
}

fn is_found_by_path(config: &Config<'_>) {
    for (path, first) in [("/d", Some(4)), ("/B C", Some(2)), ("/a", Some(1)), ("/A", Some(1)), ("/b", None)]
    {
        let expected = first.map(|byte| Checksum::from_bytes([byte; 32]));
        assert_eq!(config.checksum_of(path), expected, "{path}");
    }
    assert_eq!((config.sha256_of("/A"), config.sha256_of("/d")), (Some([0x0C; 32]), None));
}

#[test]
fn errors_in_digests_and_in_verify_have_their_position() {
    assert_eq!(
        fault("verify = md5"),
        "line 1, column 10: \"md5\" is none of \"none\", \"checksum\" and \"sha256\""
    );
    assert_eq!(fault("counter = -1"), "line 1, column 11: \"-1\" isn't a number");
    let digest = "not 64 hexadecimal digits, a space and a path";
    let zeroes = "0".repeat(64);
    for value in [
        "/k",
        "0011 /k",
        &zeroes,
        &format!("{zeroes}/k"),
        &format!("{}x /k", "0".repeat(63)),
        &format!("{zeroes} k"),
    ] {
        assert_eq!(fault(&format!("checksum={value}")), format!("line 1, column 10: {digest}"));
    }
    assert_eq!(fault("sha256 = 0 /k"), "line 1, column 10: not 64 hexadecimal digits, a space and a path");
    assert_eq!(fault("seal = 12"), "line 1, column 8: not 64 hexadecimal digits");
    assert_eq!(fault("# \nseal = 12"), "line 2, column 8: the config checksum belongs in line 1");
}

#[test]
fn checksums_of_an_older_farjump_are_recognised() {
    let old = "a checksum of an older farjump's: cargo xtask seal makes today's";
    assert_eq!(fault(&format!("seal = {:032}\nkernel = /k", 0)), format!("line 1, column 8: {old}"));
    assert_eq!(fault(&format!("checksum = {:032X} /k", 0xABC)), format!("line 1, column 12: {old}"));
    for not_old in [format!("{:031}", 0), format!("{:033}", 0), format!("{:031}x", 0)] {
        assert_eq!(fault(&format!("seal = {not_old}")), "line 1, column 8: not 64 hexadecimal digits");
    }
}

#[test]
fn every_flipped_bit_of_a_configuration_with_a_checksum_is_found() {
    let text = with_checksum("# farjump\nkernel = /kernel.elf\ncmdline = log=info\nmodule = /a\n");
    assert!(Config::parse(text.as_bytes()).unwrap().has_checksum);
    for bit in 0..text.len() * 8 {
        let mut damaged = text.clone().into_bytes();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // In hexadecimal digits, upper and lower case are the same.
        let is_case = damaged.eq_ignore_ascii_case(text.as_bytes()) && bit / 8 < text.find('\n').unwrap();
        assert!(
            is_case || Config::parse(&damaged).is_err(),
            "bit {bit}: {}",
            String::from_utf8_lossy(&damaged)
        );
    }
}

#[test]
fn a_truncated_or_edited_configuration_with_a_checksum_is_rejected_and_the_error_says_what_to_do() {
    let text = with_checksum("kernel = /kernel.elf\ncmdline = log=info\nmodule = /a\n");
    for len in 0..text.len() {
        assert!(Config::parse(&text.as_bytes()[..len]).is_err(), "the first {len} bytes");
    }
    let edited = fault(&text.replace("info", "debug"));
    assert!(edited.starts_with("checksum mismatch"), "{edited}");
    assert!(edited.contains("cargo xtask seal, or delete line 1"), "{edited}");
}

#[test]
fn columns_count_characters_and_invalid_text_is_rejected() {
    assert_eq!(fault("# \u{e4}\u{20ac}\0"), "line 1, column 5: control character U+0000");
    assert_eq!(fault("kernel = /k\rquiet = yes"), "line 1, column 12: control character U+000D");
    let latin1 = Config::parse(b"kernel = /k\r\ncmdline = \xC3\xA4\xE4 x").unwrap_err();
    assert_eq!(latin1.to_string(), "line 2, column 12: byte 0xe4 isn't UTF-8: save the file as UTF-8");
    let cut = Config::parse(b"kernel=/\xC3").unwrap_err();
    assert_eq!(cut, ConfigError::Line { line: 1, column: 9, cause: LineError::NotUtf8(0xC3) });
}

#[test]
fn a_file_that_is_too_large_is_rejected_and_the_largest_is_not() {
    let mut bytes = b"kernel=/k\n".to_vec();
    bytes.resize(MAX_SIZE, b'\n');
    assert!(Config::parse(&bytes).is_ok());
    bytes.push(b'\n');
    assert_eq!(Config::parse(&bytes), Err(ConfigError::TooLarge(65_537)));
}

/// Returns values that are trimmed, have no control characters, and may be empty.
fn value() -> impl Strategy<Value = String> {
    "[a-z=#äß€ ]{0,20}".prop_map(|value| value.trim().to_owned())
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        kernel in value(),
        command_line in value(),
        modules in prop::collection::vec(value(), 0..100),
        quiet: bool,
        line_end in prop::sample::select(vec!["\n", "\r\n", "\n\n# comment\n"]),
    ) {
        let mut lines = vec![
            format!("kernel=/{kernel}"),
            format!("cmdline =\t{command_line}"),
            format!("quiet={}", if quiet { "yes" } else { "no" }),
        ];
        lines.extend(modules.iter().map(|module| format!("  module = /{module} ")));
        let text = lines.join(line_end);
        let config = Config::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(config.kernel.strip_prefix('/'), Some(kernel.as_str()));
        prop_assert_eq!(config.command_line, command_line);
        prop_assert_eq!(config.quiet, quiet);
        let read: Vec<_> = config.modules().map(|module| module[1..].to_owned()).collect();
        prop_assert_eq!(read, modules);
    }
}
