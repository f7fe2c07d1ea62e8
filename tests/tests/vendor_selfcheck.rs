//! The C test vendors do what their tables say, checked by a small C host, so that a failing test of ours is our fault.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use rild_proxy_tests::vendor::{self, Fifo, Row, Target};

const SIGABRT: i32 = 6;
const SIGBUS: i32 = 7;
const SIGFPE: i32 = 8;
const SIGSEGV: i32 = 11;

fn run(library: &Path, scenario: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(vendor::host());
    command.arg(library).arg(scenario).args(arguments);
    command.env("LD_LIBRARY_PATH", vendor::link_time_libril().parent().expect("it lies in a folder"));
    command.output().expect("the host starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a scenario of `host.c` on `libawkward.so`; it must hold. Returns what it printed.
fn holds(scenario: &str, arguments: &[&str]) -> String {
    let output = run(&vendor::awkward(), scenario, arguments);
    assert!(output.status.success(), "{scenario} {arguments:?}: {}: {}", output.status, stderr(&output));
    String::from_utf8(output.stdout).expect("the host prints ASCII")
}

#[test]
fn awkward_answers_truly() {
    holds("truth", &[]);
    holds("truth", &["-k", "1"]);
    holds("calls", &[]);
    holds("calls", &["-k", "1"]);
}

#[test]
fn awkward_refuses_what_does_not_fit() {
    holds("invalid_arguments", &[]);
}

#[test]
fn awkward_answers_last_first_from_its_own_threads() {
    holds("reversed", &[]);
}

#[test]
fn awkward_spoils_its_answers() {
    holds("spoiled", &["-k", "1"]);
}

#[test]
fn awkward_misuses_tokens_on_command() {
    holds("completed_twice", &["-k", "1"]);
    holds("completed_late", &["-k", "1"]);
    holds("invented_tokens", &[]);
    holds("never_until_release", &["-k", "1"]);
}

#[test]
fn awkward_gives_odd_answers_on_command() {
    holds("odd_answers", &["-k", "1"]);
}

#[test]
fn awkward_tells_the_order_of_requests() {
    holds("order_seen", &["-k", "1"]);
}

#[test]
fn awkward_blocks_until_the_pipe_is_written() {
    let fifo = Fifo::make();
    holds("blocked", &["-u", fifo.path()]);
}

#[test]
fn awkward_raises_unsolicited_messages_on_command() {
    holds("unsolicited", &[]);
}

#[test]
fn awkward_keeps_its_arguments() {
    let printed = holds("arguments", &["-v", "10"]);
    let lines: Vec<_> = printed.lines().skip(1).collect();
    assert_eq!(lines, ["-v", "10", "-c", "7", "NULL"]);
}

#[test]
fn awkward_answers_in_the_layout_of_the_version_it_reports() {
    let pointer = size_of::<usize>();
    for (version, signal, data) in
        [(5, 48, 5), (6, 48, 5), (8, 52, 5), (9, 52, 6), (10, 56, 6), (11, 56, 7), (15, 56, 7)]
    {
        let data = 16 + data * pointer;
        let expected = format!("version {version} signal {signal} data {data}\n");
        assert_eq!(holds("lengths", &["-v", &version.to_string()]), expected);
    }
}

#[test]
fn awkward_passes_socket_ids_in_the_multi_sim_flavour() {
    holds("sockets", &["-k", "1"]);
    let output = Command::new(vendor::host_multi_sim()).arg(vendor::awkward_multi_sim()).arg("sockets").output();
    let output = output.expect("the host starts");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn awkward_can_fail_to_start() {
    let output = run(&vendor::awkward(), "truth", &["-n"]);
    assert_eq!(stderr(&output).trim(), "RIL_Init returned NULL");
}

#[test]
fn awkward_dies_in_each_way() {
    for (scenario, signal) in [
        ("dies_segv", SIGSEGV),
        ("dies_abrt", SIGABRT),
        ("dies_bus", SIGBUS),
        ("dies_fpe", SIGFPE),
        ("dies_here", SIGSEGV),
    ] {
        let output = run(&vendor::awkward(), scenario, &[]);
        assert_eq!(output.status.signal(), Some(signal), "{scenario}: {}", stderr(&output));
    }
    assert_eq!(run(&vendor::awkward(), "dies_exit", &[]).status.code(), Some(3));
}

#[test]
fn awkward_aborts_when_the_host_breaks_its_promise() {
    let output = run(&vendor::awkward(), "second_thread", &[]);
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert!(stderr(&output).contains("on a second thread"), "{}", stderr(&output));

    let fifo = Fifo::make();
    let output = run(&vendor::awkward(), "concurrent", &["-u", fifo.path()]);
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert!(stderr(&output).contains("still running"), "{}", stderr(&output));

    let output = run(&vendor::awkward(), "stale_optind", &[]);
    assert_eq!(output.status.signal(), Some(SIGABRT));
    assert!(stderr(&output).contains("optind is 3"), "{}", stderr(&output));
}

#[test]
fn linked_goes_by_the_names_of_libril() {
    let output = run(&vendor::linked(), "linked", &["-r"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn linked_does_not_load_without_libril() {
    let output =
        Command::new(vendor::host()).arg(vendor::linked()).arg("linked").env_remove("LD_LIBRARY_PATH").output();
    let output = output.expect("the host starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("libril.so: cannot open"), "{}", stderr(&output));
}

fn place(rows: &[Row], name: &str) -> (usize, usize) {
    let row = rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no row {name}"));
    (row.offset, row.size)
}

/// Sizes that libril itself tells apart by length, and the fields that differ between the 32-bit targets.
#[test]
fn layout_is_that_of_the_target() {
    let native = vendor::layout(Target::Native).expect("there is a C compiler");
    if cfg!(target_pointer_width = "64") {
        assert_eq!(place(&native, "RIL_Dial"), (0, 24));
        assert_eq!(place(&native, "RIL_Dial.uusInfo"), (16, 8));
        assert_eq!(place(&native, "RIL_SIM_IO_v6"), (0, 56));
        assert_eq!(place(&native, "RIL_SignalStrength_v5"), (0, 28));
        assert_eq!(place(&native, "RIL_SignalStrength_v6"), (0, 48));
        assert_eq!(place(&native, "RIL_Env.OnRequestAck"), (24, 8));
    }
    for (target, timestamp) in [(Target::I386, 12), (Target::Arm, 16)] {
        let Some(rows) = vendor::layout(target) else {
            eprintln!("no compiler for {target:?} here");
            continue;
        };
        assert_eq!(place(&rows, "RIL_Dial"), (0, 12));
        assert_eq!(place(&rows, "RIL_SIM_IO_v6"), (0, 36));
        assert_eq!(place(&rows, "RIL_CellInfo_v12.timeStamp"), (timestamp, 8));
    }
}

/// Within each structure the rows follow one another without a hole larger than alignment explains, up to its end.
#[test]
fn layout_leaves_no_field_out() {
    let rows = vendor::layout(Target::Native).expect("there is a C compiler");
    let (mut structure, mut end) = (None::<&Row>, 0);
    let check_end = |structure: Option<&Row>, end: usize| {
        if let Some(row) = structure {
            assert!(end <= row.size && row.size - end < 8, "{} ends at {end} of {}", row.name, row.size);
        }
    };
    for row in &rows {
        match row.name.matches('.').count() {
            0 => {
                check_end(structure, end);
                (structure, end) = (Some(row), 0);
            }
            1 => {
                assert!(row.offset < end + 8, "there is a hole before {}", row.name);
                end = end.max(row.offset + row.size);
            }
            _ => {}
        }
    }
    check_end(structure, end);
    assert!(rows.len() > 500, "only {} rows", rows.len());
}
