//! What comes over a serial port, cut into lines, each with the moment at which it was complete.

use std::io::{self, Read, Write as _};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

/// A line that came, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When its end came.
    pub at: Instant,
    /// Its text; bytes that are no UTF-8 are replaced.
    pub text: String,
}

/// Reads lines from `source` in a thread of its own until it ends. With `echo`, what comes is also written
/// to standard output at once, unfinished lines too.
#[must_use]
pub fn lines(source: impl Read + Send + 'static, echo: bool) -> Receiver<Line> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || forward(source, echo, &sender));
    receiver
}

fn forward(mut source: impl Read, echo: bool, sender: &Sender<Line>) {
    let mut cutter = Cutter::default();
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = source.read(&mut chunk) {
        let at = Instant::now();
        if echo {
            show(&chunk[..length]);
        }
        for text in cutter.cut(&chunk[..length]) {
            // No one listens any more once the boot has been judged; the pipe is emptied all the same.
            let _ = sender.send(Line { at, text });
        }
    }
    if let Some(text) = cutter.rest() {
        let _ = sender.send(Line { at: Instant::now(), text });
    }
}

fn show(bytes: &[u8]) {
    let mut stdout = io::stdout().lock();
    // A closed standard output must not end the machine: the exit status still counts.
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// Cuts a stream of bytes at line feeds; carriage returns before them go too.
#[derive(Debug, Default)]
struct Cutter {
    unfinished: Vec<u8>,
}

impl Cutter {
    /// The longest line that is waited for: a port that spouts garbage doesn't fill the memory.
    const LONGEST: usize = 1 << 16;

    fn cut(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' => lines.extend(Some(self.take())),
                _ => self.unfinished.push(*byte),
            }
            if self.unfinished.len() == Self::LONGEST {
                lines.push(self.take());
            }
        }
        lines
    }

    fn rest(&mut self) -> Option<String> {
        (!self.unfinished.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        let bytes = std::mem::take(&mut self.unfinished);
        String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_wherever_the_chunks_are() {
        let mut cutter = Cutter::default();
        assert_eq!(cutter.cut(b"Boot"), [""; 0]);
        assert_eq!(cutter.cut(b"ing ...\r\nStage2"), ["Booting ..."]);
        assert_eq!(cutter.cut(b": OK\n\n> "), ["Stage2: OK", ""]);
        assert_eq!(cutter.rest().unwrap(), "> ");
        assert_eq!(cutter.rest(), None);
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let lines = lines(io::Cursor::new(b"a\r\nb".to_vec()), false);
        assert_eq!(lines.iter().map(|line| line.text).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn garbage_without_an_end_is_cut_too() {
        let mut cutter = Cutter::default();
        assert_eq!(cutter.cut(&vec![b'x'; Cutter::LONGEST + 1]).len(), 1);
        assert_eq!(cutter.rest().unwrap(), "x");
    }
}
