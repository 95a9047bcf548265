//! What the kernel calls, one by one and in any order.

use proptest::prelude::*;

use super::properties::policies;
use super::support::{PRIORITY, Trace, mlfq, round_robin};
use crate::{
    Bursts, Config, EventKind, Full, NewTask, Policy, Priority, Scheduler, State, TaskError, TaskId,
    TickOutcome,
};

/// Tasks that there is room for.
const ROOM: usize = 6;

type Small = Scheduler<Trace, ROOM>;

fn scheduler(policy: Policy) -> Small {
    Scheduler::new(Config::new(policy), Trace::default())
}

fn spawn(scheduler: &mut Small, priority: u8) -> TaskId {
    scheduler.spawn(NewTask { priority, burst: 5 }).unwrap()
}

#[test]
fn a_slot_is_used_again_under_another_id() {
    let mut scheduler = scheduler(Policy::Fcfs);
    let ids: Vec<TaskId> = (0..ROOM).map(|_| spawn(&mut scheduler, 0)).collect();
    assert_eq!(scheduler.spawn(NewTask::default()), Err(Full));
    scheduler.kill(ids[2]).unwrap();
    let next = spawn(&mut scheduler, 0);
    assert_eq!((ids[2].slot(), ids[2].generation()), (2, 0));
    assert_eq!((next.slot(), next.generation()), (2, 1));
    assert_eq!(scheduler.kill(ids[2]), Err(TaskError::NoSuchTask));
    assert_eq!(scheduler.wake(ids[2]), Err(TaskError::NoSuchTask));
    assert_eq!(scheduler.info(ids[2]), Err(TaskError::NoSuchTask));
    assert_eq!(scheduler.info(next).unwrap().state, State::Ready);
}

#[test]
fn a_task_that_yields_between_ticks_goes_after_the_others_with_a_new_slice() {
    let mut scheduler = scheduler(round_robin(3));
    let (a, b) = (spawn(&mut scheduler, 0), spawn(&mut scheduler, 0));
    assert_eq!(scheduler.reschedule(), Some(a));
    assert_eq!(scheduler.tick(TickOutcome::Runs), Some(a));
    scheduler.yield_now();
    assert_eq!(scheduler.reschedule(), Some(b));
    scheduler.yield_now();
    assert_eq!(scheduler.reschedule(), Some(a));
    let runs: Vec<_> = (0..3).map(|_| scheduler.tick(TickOutcome::Runs)).collect();
    assert_eq!(runs, [Some(a), Some(a), Some(b)], "a full slice, not the rest of one");
}

#[test]
fn ticks_that_come_at_once_are_charged_to_who_ran_and_wake_who_was_due() {
    let mut scheduler = scheduler(round_robin(5));
    let (a, b) = (spawn(&mut scheduler, 0), spawn(&mut scheduler, 0));
    assert_eq!(scheduler.reschedule(), Some(a));
    scheduler.sleep(4);
    assert_eq!(scheduler.reschedule(), Some(b));
    assert_eq!(scheduler.ticks(0, TickOutcome::Runs), Some(b));
    assert_eq!(scheduler.ticks(3, TickOutcome::Runs), Some(b), "its slice isn't over");
    assert_eq!(scheduler.info(a).unwrap().state, State::Sleeping);
    assert_eq!(scheduler.ticks(4, TickOutcome::Runs), Some(a), "due at tick 4, and the slice was over at 5");
    let ticks = [a, b].map(|id| scheduler.info(id).unwrap().ticks);
    assert_eq!((scheduler.now(), ticks), (7, [0, 7]));
}

#[test]
fn ticks_that_come_at_once_skip_no_boost() {
    let mut scheduler = scheduler(Policy::Mlfq(mlfq(&[(1, 1), (1, 1), (9, 9)], 10)));
    let ids = [spawn(&mut scheduler, 0), spawn(&mut scheduler, 0)];
    scheduler.reschedule();
    for _ in 0..6 {
        scheduler.tick(TickOutcome::Runs);
    }
    assert!(ids.iter().all(|id| scheduler.info(*id).unwrap().level > 0));
    scheduler.ticks(5, TickOutcome::Runs);
    assert_eq!(scheduler.now(), 11, "the boost was due in between");
    assert!(ids.iter().any(|id| scheduler.info(*id).unwrap().level == 0));
}

#[test]
fn blocked_tasks_dont_reorder_the_others() {
    let mut scheduler = scheduler(Policy::Fcfs);
    let ids: Vec<TaskId> = (0..4).map(|_| spawn(&mut scheduler, 0)).collect();
    scheduler.reschedule();
    scheduler.block();
    assert_eq!(scheduler.reschedule(), Some(ids[1]));
    scheduler.block();
    assert_eq!(scheduler.reschedule(), Some(ids[2]));
    scheduler.wake(ids[1]).unwrap();
    scheduler.wake(ids[0]).unwrap();
    let order: Vec<_> = (0..4)
        .map(|_| {
            scheduler.exit();
            scheduler.reschedule()
        })
        .collect();
    assert_eq!(order, [Some(ids[3]), Some(ids[1]), Some(ids[0]), None]);
}

#[test]
fn a_sleeper_wakes_at_its_tick_or_when_woken_and_not_twice() {
    let mut scheduler = scheduler(Policy::Fcfs);
    let (a, b) = (spawn(&mut scheduler, 0), spawn(&mut scheduler, 0));
    scheduler.reschedule();
    scheduler.sleep(2);
    scheduler.reschedule();
    scheduler.sleep(2);
    assert_eq!(scheduler.reschedule(), None);
    assert_eq!(scheduler.tick(TickOutcome::Runs), None);
    scheduler.wake(b).unwrap();
    assert_eq!(scheduler.wake(b), Err(TaskError::NotWaiting));
    assert_eq!(scheduler.reschedule(), Some(b));
    assert_eq!(scheduler.tick(TickOutcome::Exits), Some(a));
    assert_eq!(scheduler.now(), 2);
    let wakes = scheduler.recorder().0.iter().filter(|event| event.kind == EventKind::Wake);
    assert_eq!(wakes.map(|event| (event.tick, event.task)).collect::<Vec<_>>(), [(1, Some(b)), (2, Some(a))]);
}

#[test]
fn a_better_task_that_is_woken_takes_the_cpu_at_once_where_the_policy_says_so() {
    for (preemptive, expected) in [(true, 0), (false, 1)] {
        let mut scheduler = scheduler(Policy::Priority(Priority { preemptive, ..PRIORITY }));
        let ids = [spawn(&mut scheduler, 1), spawn(&mut scheduler, 2)];
        scheduler.reschedule();
        scheduler.block();
        scheduler.reschedule();
        scheduler.wake(ids[0]).unwrap();
        assert_eq!(scheduler.reschedule(), Some(ids[expected]));
    }
}

#[test]
fn another_priority_counts_from_the_next_decision() {
    let mut scheduler = scheduler(Policy::Priority(Priority { preemptive: true, ..PRIORITY }));
    let (a, b, c) = (spawn(&mut scheduler, 1), spawn(&mut scheduler, 2), spawn(&mut scheduler, 2));
    assert_eq!(scheduler.reschedule(), Some(a));
    scheduler.set_priority(a, 3).unwrap();
    assert_eq!(scheduler.reschedule(), Some(b));
    scheduler.set_priority(c, 1).unwrap();
    assert_eq!(scheduler.tick(TickOutcome::Runs), Some(c));
    assert_eq!(scheduler.info(c).unwrap().priority, 1);
}

#[test]
fn after_a_boost_every_task_is_on_the_top_level_with_all_of_its_allotment() {
    let mut scheduler = scheduler(Policy::Mlfq(mlfq(&[(1, 1), (2, 1), (4, 1)], 20)));
    let ids: Vec<TaskId> = (0..4).map(|_| spawn(&mut scheduler, 0)).collect();
    scheduler.reschedule();
    for _ in 0..19 {
        scheduler.tick(TickOutcome::Runs);
    }
    assert!(ids.iter().all(|id| scheduler.info(*id).unwrap().level > 0));
    // One of them falls asleep at this very instant, and is boosted all the same.
    scheduler.tick(TickOutcome::Sleeps(50));
    assert!(ids.iter().all(|id| scheduler.info(*id).unwrap().level == 0));
    assert_eq!(scheduler.allotments(), [1; 4]);
}

#[test]
fn mlfq_counts_the_time_before_a_yield_against_the_allotment() {
    let mut scheduler = scheduler(Policy::Mlfq(mlfq(&[(4, 1), (4, 1)], 0)));
    let id = spawn(&mut scheduler, 0);
    scheduler.reschedule();
    for _ in 0..3 {
        scheduler.tick(TickOutcome::Yields);
        assert_eq!(scheduler.info(id).unwrap().level, 0);
    }
    scheduler.tick(TickOutcome::Yields);
    assert_eq!(scheduler.info(id).unwrap().level, 1);
}

#[test]
fn an_estimate_is_made_of_past_bursts() {
    let bursts = Bursts::Estimated { first_guess: 10 };
    let config = Config { bursts, ..Config::new(Policy::Srtf) };
    let mut scheduler = Scheduler::<(), ROOM>::new(config, ());
    let id = scheduler.spawn(NewTask::default()).unwrap();
    scheduler.reschedule();
    for _ in 0..5 {
        scheduler.tick(TickOutcome::Runs);
    }
    scheduler.tick(TickOutcome::Sleeps(1));
    assert_eq!(scheduler.info(id).unwrap().estimate, 8);
}

#[test]
fn a_task_that_outruns_its_estimate_is_preempted_by_a_new_one() {
    let bursts = Bursts::Estimated { first_guess: 2 };
    let config = Config { bursts, ..Config::new(Policy::Srtf) };
    let mut scheduler = Scheduler::<(), ROOM>::new(config, ());
    let hog = scheduler.spawn(NewTask::default()).unwrap();
    scheduler.reschedule();
    for _ in 0..5 {
        assert_eq!(scheduler.tick(TickOutcome::Runs), Some(hog));
    }
    let new = scheduler.spawn(NewTask::default()).unwrap();
    assert_eq!(scheduler.reschedule(), Some(new));
}

#[test]
fn another_policy_keeps_all_tasks_and_their_order() {
    let mut scheduler = scheduler(Policy::Priority(PRIORITY));
    let ids: Vec<TaskId> = [1, 3, 2, 0].map(|priority| spawn(&mut scheduler, priority)).into();
    assert_eq!(scheduler.reschedule(), Some(ids[3]));
    scheduler.set_policy(round_robin(1));
    let order: Vec<_> = (0..4).filter_map(|_| scheduler.tick(TickOutcome::Runs)).collect();
    assert_eq!(order, [ids[0], ids[2], ids[1], ids[3]]);
}

/// A call of any kind, for the task that has this number among all that there were.
#[derive(Debug, Clone)]
enum Call {
    Spawn(u8),
    SpawnLater(u64),
    Tick(TickOutcome),
    Yield,
    Sleep(u64),
    Block,
    Exit,
    Wake(usize),
    Kill(usize),
    SetPriority(usize, u8),
    SetPolicy(Box<Policy>),
    Reschedule,
}

fn turns() -> impl Strategy<Value = TickOutcome> {
    prop_oneof![
        6 => Just(TickOutcome::Runs),
        1 => Just(TickOutcome::Yields),
        1 => (0u64..6).prop_map(TickOutcome::Sleeps),
        1 => Just(TickOutcome::Blocks),
        1 => Just(TickOutcome::Exits),
    ]
}

fn calls() -> impl Strategy<Value = Call> {
    let task = 0usize..20;
    prop_oneof![
        1 => (0u8..4).prop_map(Call::Spawn),
        1 => (0u64..9).prop_map(Call::SpawnLater),
        6 => turns().prop_map(Call::Tick),
        1 => Just(Call::Yield),
        1 => (0u64..6).prop_map(Call::Sleep),
        1 => Just(Call::Block),
        1 => Just(Call::Exit),
        2 => task.clone().prop_map(Call::Wake),
        1 => task.clone().prop_map(Call::Kill),
        1 => (task, 0u8..4).prop_map(|(task, priority)| Call::SetPriority(task, priority)),
        1 => policies().prop_map(|policy| Call::SetPolicy(policy.into())),
        2 => Just(Call::Reschedule),
    ]
}

/// The tasks that are alive by the results of the calls.
#[derive(Debug, Default)]
struct Ledger {
    all: Vec<TaskId>,
    live: Vec<TaskId>,
}

impl Ledger {
    fn named(&self, number: usize) -> Option<TaskId> {
        self.all.get(number).copied()
    }

    fn born(&mut self, id: Result<TaskId, Full>) {
        match id {
            Ok(id) => {
                assert!(!self.all.contains(&id), "an id comes once");
                self.all.push(id);
                self.live.push(id);
            }
            Err(Full) => assert_eq!(self.live.len(), ROOM),
        }
    }

    fn apply(&mut self, scheduler: &mut Small, call: Call) {
        let running = scheduler.running();
        let exits = matches!(call, Call::Exit | Call::Tick(TickOutcome::Exits));
        match call {
            Call::Spawn(priority) => self.born(scheduler.spawn(NewTask { priority, burst: 3 })),
            Call::SpawnLater(ticks) => {
                self.born(scheduler.spawn_at(NewTask::default(), scheduler.now() + ticks));
            }
            Call::Tick(turn) => drop(scheduler.tick(turn)),
            Call::Yield => scheduler.yield_now(),
            Call::Sleep(ticks) => scheduler.sleep(ticks),
            Call::Block => scheduler.block(),
            Call::Exit => scheduler.exit(),
            Call::Wake(number) => {
                let _ = self.named(number).map(|id| scheduler.wake(id));
            }
            Call::Kill(number) => {
                let Some(id) = self.named(number) else { return };
                assert_eq!(scheduler.kill(id).is_ok(), self.live.contains(&id));
                self.live.retain(|live| *live != id);
            }
            Call::SetPriority(number, priority) => {
                let Some(id) = self.named(number) else { return };
                assert_eq!(scheduler.set_priority(id, priority).is_ok(), self.live.contains(&id));
            }
            Call::SetPolicy(policy) => scheduler.set_policy(*policy),
            Call::Reschedule => drop(scheduler.reschedule()),
        }
        if exits {
            self.live.retain(|live| Some(*live) != running);
        }
    }

    /// The scheduler has the tasks that live, and each in its place.
    fn check(&self, scheduler: &Small) {
        let mut tasks: Vec<TaskId> = scheduler.tasks().map(|task| task.id).collect();
        let mut live = self.live.clone();
        tasks.sort();
        live.sort();
        assert_eq!(tasks, live);
        assert_eq!(scheduler.has_tasks(), !live.is_empty());
        scheduler.check();
    }
}

proptest! {
    #[test]
    fn calls_in_any_order_never_lose_or_double_a_task(
        policy in policies(), switch_cost in 0u32..3, calls in prop::collection::vec(calls(), 0..120),
    ) {
        let config = Config { switch_cost, ..Config::new(policy) };
        let mut scheduler = Small::new(config, Trace::default());
        let mut ledger = Ledger::default();
        for call in calls {
            ledger.apply(&mut scheduler, call);
            ledger.check(&scheduler);
        }
        // Every task that could run does so in the end: the CPU isn't idle while a task is ready.
        scheduler.reschedule();
        let is_ready = scheduler.tasks().any(|task| task.state == State::Ready);
        prop_assert!(!is_ready || !scheduler.is_idle());
    }
}
