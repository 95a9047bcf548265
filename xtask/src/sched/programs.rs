//! `cargo xtask sched trace`: bytecode programs under a policy, each instruction printed as it begins.
//!
//! Status 0: all have ended. 1: a program was refused. 3: the tick limit was reached. 4: a program has faulted, and
//! the others have ended.

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use farjump_bytecode::{Action, Fault, Format, Host, Instruction, Machine, Program};
use farjump_scheduler::{Bursts, Config, NewTask, PolicyKind, Scheduler, TaskId, TickOutcome};

use farjump::output::noteln;

/// Programs that can be traced.
const MAX_PROGRAMS: usize = 1000;

/// The status where the tick limit ended the run.
const LIMIT_REACHED: u8 = 3;

/// The status where a program has faulted.
const FAULTED: u8 = 4;

/// Bytes that a program's file can have: code and header.
const MAX_FILE: u64 = 2 * farjump_bytecode::program::MAX_CODE as u64;

/// SJF and SRTF guess bursts, from this on.
const FIRST_GUESS: u32 = 1;

/// Options of `cargo xtask sched trace`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// Bytecode programs: files from `cargo xtask asm`, or bare opcodes
    #[arg(required = true)]
    programs: Vec<PathBuf>,
    /// The scheduling policy
    #[arg(long, value_parser = policy_kind, default_value = "rr")]
    policy: PolicyKind,
    /// The quantum, in ticks
    #[arg(long, default_value = "1")]
    quantum: NonZeroU32,
    /// End after this many ticks, with status 3
    #[arg(long, value_name = "TICKS", default_value_t = 1_000_000)]
    limit: u64,
    /// Skip bytes that aren't instructions, and print their number
    #[arg(long)]
    lenient: bool,
}

fn policy_kind(name: &str) -> Result<PolicyKind, String> {
    let names = PolicyKind::ALL.map(PolicyKind::name).join(", ");
    PolicyKind::from_name(name).ok_or_else(|| format!("one of {names}"))
}

/// A program that runs.
struct Task {
    name: String,
    machine: Machine,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Done,
    Limit,
    Faulted,
}

/// Runs the programs.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let count = args.programs.len();
    ensure!(count <= MAX_PROGRAMS, "{count} programs; {MAX_PROGRAMS} is the limit");
    let mut tasks = args.programs.iter().map(|path| load(path, args.lenient)).collect::<Result<Vec<_>>>()?;
    let policy = args.policy.with_quantum(args.quantum);
    let config = Config { bursts: Bursts::Estimated { first_guess: FIRST_GUESS }, ..Config::new(policy) };
    if matches!(args.policy, PolicyKind::Sjf | PolicyKind::Srtf) {
        noteln!("{}: lengths of bursts are estimates, made of past ones", args.policy.name());
    }
    let mut output = io::BufWriter::new(io::stdout().lock());
    let ended = play(&mut tasks, config, args.limit, &mut output).and_then(|ended| {
        output.flush()?;
        Ok(ended)
    });
    match ended {
        Ok(Ended::Done) => Ok(ExitCode::SUCCESS),
        Ok(Ended::Faulted) => Ok(ExitCode::from(FAULTED)),
        Ok(Ended::Limit) => {
            noteln!("the limit of {} ticks was reached; --limit sets another", args.limit);
            Ok(ExitCode::from(LIMIT_REACHED))
        }
        // The reader has closed the pipe, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error).context("can't write to the standard output"),
    }
}

fn load(path: &Path, lenient: bool) -> Result<Task> {
    let shown = path.display();
    let file = super::read(path, MAX_FILE)?;
    let program = if lenient {
        let loaded = Program::load_lenient(&file).with_context(|| shown.to_string())?;
        if loaded.dropped > 0 {
            noteln!("{shown}: left out {} bytes that are no instruction", loaded.dropped);
        }
        loaded.program
    } else {
        Program::load(&file).with_context(|| shown.to_string())?
    };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Task { name, machine: Machine::new(program) })
}

/// Runs to the end, or to the limit.
fn play(tasks: &mut [Task], config: Config, limit: u64, output: &mut impl Write) -> io::Result<Ended> {
    let mut scheduler = Scheduler::<(), MAX_PROGRAMS>::new(config, ());
    for task in &mut *tasks {
        let program = task.machine.program();
        let new = NewTask { priority: program.priority(), ..NewTask::default() };
        scheduler
            .spawn_at(new, program.arrival().into())
            .map_err(|_| io::Error::other("too many programs"))?;
    }
    let mut ended = Ended::Done;
    let mut running = scheduler.reschedule();
    while scheduler.has_tasks() {
        if scheduler.now() >= limit {
            return Ok(Ended::Limit);
        }
        running = match running.and_then(|id| Some((id, tasks.get_mut(id.slot())?))) {
            None => scheduler.tick(TickOutcome::Runs),
            Some((id, task)) => {
                let (turn, fault) = task.tick(&mut scheduler, id, output)?;
                if let Some(fault) = fault {
                    noteln!("{}: {fault}", task.name);
                    ended = Ended::Faulted;
                }
                scheduler.tick(turn)
            }
        };
    }
    Ok(ended)
}

impl Task {
    /// A tick of its program.
    fn tick(
        &mut self,
        scheduler: &mut Scheduler<(), MAX_PROGRAMS>,
        id: TaskId,
        output: &mut impl Write,
    ) -> io::Result<(TickOutcome, Option<Fault>)> {
        let has_operands = self.machine.program().format() == Format::Full;
        let mut host = Printer { name: &self.name, has_operands, output, result: Ok(()), priority: None };
        let action = self.machine.tick(&mut host);
        let Printer { result, priority, .. } = host;
        result?;
        if let Some(priority) = priority {
            // It runs, so it isn't gone.
            let _ = scheduler.set_priority(id, priority);
        }
        Ok(match action {
            Action::Runs => (TickOutcome::Runs, None),
            Action::Yields => (TickOutcome::Yields, None),
            Action::Sleeps(ticks) => (TickOutcome::Sleeps(ticks.into()), None),
            Action::Exits => (TickOutcome::Exits, None),
            Action::Faults(fault) => (TickOutcome::Exits, Some(fault)),
        })
    }
}

/// Prints what a program does.
struct Printer<'a, W> {
    name: &'a str,
    has_operands: bool,
    output: &'a mut W,
    result: io::Result<()>,
    priority: Option<u8>,
}

impl<W: Write> Host for Printer<'_, W> {
    fn print(&mut self, value: i32) {
        if self.result.is_ok() {
            self.result = writeln!(self.output, "[{}] prints {value}", self.name);
        }
    }

    fn set_priority(&mut self, priority: u8) {
        self.priority = Some(priority);
    }

    fn begins(&mut self, _offset: usize, instruction: Instruction) {
        self.result = if self.has_operands {
            writeln!(self.output, "[{}]: {instruction}", self.name)
        } else {
            writeln!(self.output, "[{}]: {}", self.name, instruction.opcode.mnemonic())
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, bytes: &[u8]) -> Task {
        Task { name: name.to_owned(), machine: Machine::new(Program::load(bytes).unwrap()) }
    }

    fn trace(tasks: &mut [Task], limit: u64) -> (Ended, String) {
        let config = Config::new(PolicyKind::RoundRobin.with_quantum(NonZeroU32::MIN));
        let mut output = Vec::new();
        let ended = play(tasks, config, limit, &mut output).unwrap();
        (ended, String::from_utf8(output).unwrap())
    }

    #[test]
    fn three_programs_take_turns_of_one_instruction() {
        let mut tasks = [
            task("p1.bin", &[0x01, 0x03, 0x04, 0x02, 0x08]),
            task("p2.bin", &[0x06, 0x06, 0x06, 0x00, 0x08]),
            task("p3.bin", &[0x01, 0x02, 0x08]),
        ];
        let (ended, text) = trace(&mut tasks, 1000);
        assert_eq!(ended, Ended::Done);
        let expected = [
            "[p1.bin]: PUSH",
            "[p2.bin]: SLEEP",
            "[p3.bin]: PUSH",
            "[p1.bin]: ADD",
            "[p2.bin]: SLEEP",
            "[p3.bin]: LOAD",
            "[p1.bin]: SUB",
            "[p2.bin]: SLEEP",
            "[p3.bin]: HALT",
            "[p1.bin]: LOAD",
            "[p2.bin]: NOP",
            "[p1.bin]: HALT",
            "[p2.bin]: HALT",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_fault_ends_its_program_and_no_other() {
        let source =
            |text: &str| farjump_bytecode::assembler::assemble(text.as_bytes()).unwrap().program.to_file();
        let mut tasks = [task("bad", &source("DROP\nHALT")), task("good", &source("PUSH 7\nPRINT\nHALT"))];
        let (ended, text) = trace(&mut tasks, 1000);
        assert_eq!(ended, Ended::Faulted);
        assert_eq!(text, "[bad]: DROP\n[good]: PUSH 7\n[good]: PRINT\n[good] prints 7\n[good]: HALT\n");
    }

    #[test]
    fn the_limit_ends_a_program_that_doesnt_end() {
        let endless = farjump_bytecode::assembler::assemble(b"a: JMP a").unwrap().program.to_file();
        let (ended, text) = trace(&mut [task("endless", &endless)], 5);
        assert_eq!((ended, text.lines().count()), (Ended::Limit, 5));
    }
}
