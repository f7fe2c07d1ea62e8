//! Compares the numbers beside every struct with those of C compilers.
//!
//! `tests/vendor/layout.c` declares the structs in C; compiled to assembly it tells their layout, also of machines that
//! these tests do not run on. Every `c_struct!` has a test that calls [`agrees_with_c`].

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

/// Offset of a field, or size of a struct, by its name in C.
type Rows = HashMap<String, usize>;

/// Structs that layout.c does not have: those of libraries before version 6, and those that came with Android 9.
const NOT_IN_C: [&str; 7] = [
    "RIL_Dial of version 2",
    "RIL_Call of version 2",
    "RIL_CDMA_CallWaiting_v5",
    "RIL_CellIdentity_v16",
    "RIL_VoiceRegistrationStateResponse",
    "RIL_DataRegistrationStateResponse",
    "RIL_OpenChannelParams",
];

/// The compilers' word, with the place of their machine among the numbers of a `c_struct!`.
static MACHINES: LazyLock<Vec<(&str, usize, Rows)>> = LazyLock::new(|| {
    let clang = |target| ["clang", target];
    let all = [
        ("x86-64", 0, clang("--target=x86_64-linux-android")),
        ("AArch64", 0, clang("--target=aarch64-linux-android")),
        ("Arm", 1, clang("--target=armv7a-linux-androideabi")),
        ("x86", 2, clang("--target=i686-linux-android")),
        ("this machine", on_this_machine(), ["cc", "-std=c11"]),
    ];
    all.into_iter().filter_map(|(machine, place, compiler)| Some((machine, place, rows(compiler)?))).collect()
});

fn on_this_machine() -> usize {
    if cfg!(target_pointer_width = "64") {
        0
    } else if cfg!(target_arch = "x86") {
        2
    } else {
        1
    }
}

/// What the compiler says of the layout, or nothing if it is not installed.
fn rows([compiler, option]: [&str; 2]) -> Option<Rows> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vendor/layout.c");
    let output = Command::new(compiler).args([option, "-S", "-ffreestanding", "-o", "-"]).arg(source).output().ok()?;
    assert!(output.status.success(), "{compiler} {option}: {}", String::from_utf8_lossy(&output.stderr));
    let assembly = String::from_utf8(output.stdout).unwrap();
    let quoted = assembly.lines().filter_map(|line| line.split_once("\"-> ")?.1.split_once('"'));
    let row = |row: &str| match row.split(' ').collect::<Vec<_>>()[..] {
        [name, offset, size] => {
            let number = if name.contains('.') { offset } else { size };
            (name.to_owned(), number.parse().unwrap())
        }
        _ => panic!("{row}"),
    };
    Some(quoted.map(|(text, _)| row(text)).collect())
}

/// Checks a struct: its size, and that a field of C lies where each of its fields does. `numbers` are 64-bit, Arm, x86.
pub(in crate::ffi) fn agrees_with_c(name: &str, size: &[usize], fields: &[(&str, &[usize])]) {
    if NOT_IN_C.contains(&name) {
        return;
    }
    assert!(MACHINES.iter().any(|(machine, ..)| *machine == "this machine"), "these tests need a C compiler");
    for (machine, place, rows) in &*MACHINES {
        let number = |numbers: &[usize]| *numbers.get(*place).or(numbers.last()).unwrap();
        assert_eq!(rows.get(name), Some(&number(size)), "size of {name} on {machine}");
        let offsets: Vec<usize> = rows
            .iter()
            .filter(|(row, _)| row.strip_prefix(name).is_some_and(|field| field.starts_with('.')))
            .map(|(_, offset)| *offset)
            .collect();
        for (field, offset) in fields {
            assert!(offsets.contains(&number(offset)), "{name} has nothing at {field} on {machine}: {offsets:?}");
        }
    }
}
