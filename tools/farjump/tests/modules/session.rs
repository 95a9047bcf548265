//! The same things done with the calculator, whichever loader has loaded it.

use std::alloc::Layout;
use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::mem;
use std::path::Path;

use farjump_module::{ENTRY, Entry, HostFunctions, STARTED, TextFunction};
use farjump_module_loader::{Library, NoLibraries};

use crate::memory::Pages;

/// What a session returns.
pub(crate) const EXPECTED: [&str; 9] = [
    "start: 0",
    "evaluations: 0, initialisers run: 1",
    "6 7 * -> 0, 42",
    "1 0 / -> 4, 0",
    "+ - * / %",
    "1 2 3 4 5 6 * + - * + = -61",
    "evaluations: 3, initialisers run: 1",
    "EVALUATIONS: 3",
    "calculator: goodbye; evaluations: 3\n",
];

thread_local! {
    /// What the module has printed.
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

static HOST: HostFunctions = HostFunctions { size: size_of::<HostFunctions>(), print, allocate, free };

unsafe extern "C" fn print(text: *const u8, size: usize) {
    // SAFETY: the module vouches for its text.
    let bytes = unsafe { std::slice::from_raw_parts(text, size) };
    PRINTED.with_borrow_mut(|printed| printed.push_str(&String::from_utf8_lossy(bytes)));
}

extern "C" fn allocate(size: usize, align: usize) -> *mut u8 {
    // SAFETY: at least one byte, as the interface says.
    unsafe { std::alloc::alloc(Layout::from_size_align(size, align).unwrap()) }
}

unsafe extern "C" fn free(memory: *mut u8, size: usize, align: usize) {
    // SAFETY: the module frees what it allocated, with the same layout.
    unsafe { std::alloc::dealloc(memory, Layout::from_size_align(size, align).unwrap()) };
}

/// Appends a word to what is printed: for `each_operation`.
extern "C" fn visit(name: *const u8, size: usize) {
    // SAFETY: the module's own text.
    unsafe { print(name, size) };
    PRINTED.with_borrow_mut(|printed| printed.push(' '));
}

type Evaluate = unsafe extern "C" fn(*const u8, usize, *mut i64) -> i32;
type EachOperation = extern "C" fn(extern "C" fn(*const u8, usize));

/// By `module-loader`.
pub(crate) fn by_module_loader(file: &[u8]) -> Vec<String> {
    // SAFETY: a module of the project's.
    let library = unsafe { Library::load(file, &NoLibraries, &mut Pages) }.unwrap();
    // SAFETY: `run` knows what the symbols are.
    let mut lines = run(&|name| unsafe { *library.get::<*const ()>(name.as_bytes()).unwrap() });
    library.close().unwrap();
    lines.push(PRINTED.take());
    lines
}

/// By the C library that this test runs on.
pub(crate) fn by_linux(path: &Path) -> Vec<String> {
    // SAFETY: a module of the project's.
    let library = unsafe { libloading::Library::new(path) }.unwrap();
    // SAFETY: `run` knows what the symbols are.
    let mut lines = run(&|name| unsafe { *library.get::<*const ()>(name.as_bytes()).unwrap() });
    library.close().unwrap();
    lines.push(PRINTED.take());
    lines
}

fn run(get: &dyn Fn(&str) -> *const ()) -> Vec<String> {
    // SAFETY: the types that modules/calculator says; here and below.
    let start = unsafe { mem::transmute::<*const (), Entry>(get(ENTRY)) };
    // SAFETY: as above.
    let report = unsafe { mem::transmute::<*const (), TextFunction>(get("report")) };
    // SAFETY: as above.
    let demo = unsafe { mem::transmute::<*const (), TextFunction>(get("demo")) };
    // SAFETY: as above.
    let evaluate = unsafe { mem::transmute::<*const (), Evaluate>(get("evaluate")) };
    // SAFETY: as above.
    let each_operation = unsafe { mem::transmute::<*const (), EachOperation>(get("each_operation")) };
    let evaluations: *const u64 = get("EVALUATIONS").cast();
    assert_eq!(start(&HOST), STARTED);
    let mut lines = vec!["start: 0".to_owned(), text(report())];
    for expression in ["6 7 *", "1 0 /"] {
        let mut result = 0;
        // SAFETY: the text's own address and size, and a number.
        let status = unsafe { evaluate(expression.as_ptr(), expression.len(), &raw mut result) };
        lines.push(format!("{expression} -> {status}, {result}"));
    }
    each_operation(visit);
    lines.push(PRINTED.take().trim_end().to_owned());
    lines.extend([text(demo()), text(report())]);
    // SAFETY: a static of the module, which nothing else uses now.
    lines.push(format!("EVALUATIONS: {}", unsafe { *evaluations }));
    lines
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: text of the module's, up to its NUL.
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_owned()
}
