//! The supervisor and processes that do not behave, played by a shell.

use ril_protocol::dialect::DialectText;
use tokio::process::Command;
use tokio::task::LocalSet;
use tokio::time::timeout;

use super::shared::{NO_SAP, TOO_EARLY};
use super::*;
use crate::config::Modem;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The record of a library that has started, for `printf`.
const STARTED: &str = r#"\0\0\0\42U{"description":"sim","sap":false}"#;
const STARTED_WITH_SAP: &str = r#"\0\0\0\41U{"description":"sim","sap":true}"#;

fn on_event_loop(test: impl Future) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(LocalSet::new().run_until(async { timeout(PATIENCE, test).await.unwrap() }));
}

fn supervisor() -> Supervisor {
    supervisor_of(false)
}

/// Of a library whose SIM Access Profile is wanted, or not.
fn supervisor_of(sap: bool) -> Supervisor {
    isolate(Box::new(Start { modem: Modem::default(), dialect: DialectText::default(), sap })).1
}

/// A process that does this, its standard input being the socket.
fn played(script: &str) -> Running {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Running::start(command).unwrap()
}

#[test]
fn a_process_that_talks_before_it_has_started_is_ended() {
    on_event_loop(async {
        let supervisor = supervisor();
        for record in [r"\0\0\0\3F\0x", r#"\0\0\0\44T{"turn":0,"faults":[0,0,0,0,0,0,0]}"#] {
            let running = played(&format!("printf '{record}{STARTED}' >&0; exec cat > /dev/null"));
            let Err(NotUp::Ended(why)) = supervisor.come_up(running).await else { panic!("it came up") };
            assert!(why.starts_with(TOO_EARLY), "{why}");
            assert!(supervisor.shared.borrow().inboxes[0].is_empty());
        }
    });
}

#[test]
fn a_process_that_talks_of_a_sim_access_profile_that_is_not_served_is_ended() {
    on_event_loop(async {
        for record in [r"\0\0\0\6u\0\0\0\0\7", r"\0\0\0\12a\0\0\0\0\1\0\0\0\0"] {
            for (wanted, started) in [(false, STARTED), (false, STARTED_WITH_SAP), (true, STARTED)] {
                let supervisor = supervisor_of(wanted);
                let running = played(&format!("printf '{started}{record}' >&0; exec cat > /dev/null"));
                let Err(NotUp::Ended(why)) = supervisor.come_up(running).await else { panic!("it came up") };
                assert!(why.starts_with(NO_SAP), "{why}");
                assert!(supervisor.shared.borrow().sap_inboxes[0].is_empty());
            }
            let supervisor = supervisor_of(true);
            let running = played(&format!("printf '{STARTED_WITH_SAP}{record}' >&0; exec cat > /dev/null"));
            assert!(supervisor.come_up(running).await.is_ok());
            assert_eq!(supervisor.shared.borrow().sap_inboxes[0].len(), 1);
        }
    });
}

#[test]
fn what_a_process_has_said_is_forgotten_with_it() {
    on_event_loop(async {
        let supervisor = supervisor();
        for _ in 0..2 {
            let running = played(&format!(r"printf '{STARTED}\0\0\0\3F\0x' >&0; exec cat > /dev/null"));
            assert!(supervisor.come_up(running).await.is_ok());
            let shared = supervisor.shared.borrow();
            assert_eq!((shared.description.as_str(), shared.inboxes[0].as_slice()), ("sim", &b"\0\0\0\x01x"[..]));
        }
    });
}

#[test]
fn a_process_that_ends_before_it_has_started_is_missed_by_nobody() {
    on_event_loop(async {
        let supervisor = supervisor();
        for script in ["exit 5", "tail -f /dev/null <&0 & exit 5"] {
            let Err(NotUp::Ended(why)) = supervisor.come_up(played(script)).await else { panic!("it came up") };
            assert_eq!(why, "exit code 5");
        }
    });
}

#[test]
fn what_a_process_has_started_ends_with_it() {
    on_event_loop(async {
        let supervisor = supervisor();
        for dropped in [false, true] {
            // It holds the socket, so that we can see its end; and its parent's output and error.
            let running = played(&format!("tail -f /dev/null <&0 & printf '{STARTED}' >&0; exit 3"));
            let Ok(running) = supervisor.come_up(running).await else { panic!("it did not come up") };
            let connection = running.connection.clone();
            if dropped {
                drop(running);
            } else {
                assert_eq!(running.end().await, "exit code 3");
            }
            assert_eq!(connection.read(&mut Vec::new()).await.unwrap(), 0);
        }
    });
}
