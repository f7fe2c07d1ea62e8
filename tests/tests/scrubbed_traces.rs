//! A trace of a real session of two oFonos, scrubbed: nothing of it is left, and it is still a session.

use std::fs::File;
use std::path::Path;

use ril_trace::format::{Item, Reader, Record, What};
use rild_proxy_tests::binaries;
use rild_proxy_tests::phones::Phones;
use rild_proxy_tests::processes::Program;
use rild_proxy_tests::traces::{as_recorded, done, rilctl, text};

use search::{Original, Searched};

#[path = "../../ril-trace/tests/scrub/search.rs"]
#[allow(dead_code, reason = "others look for bytes too")]
mod search;

const SOMEBODY: &str = "+15550100123";
const LONG_TEXT: &str = "κάθε γράμμα, πολλές φορές; κάθε γράμμα, πολλές φορές; κάθε γράμμα, πολλές φορές";

fn records(file: &Path) -> Vec<Record> {
    let mut reader = Reader::open(File::open(file).unwrap()).unwrap();
    let mut records = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Session(_) => {}
            Item::Record(entry) => records.push(entry.record),
            Item::Damage(damage) => panic!("{damage:?}"),
        }
    }
    records
}

/// Which of these are anywhere in a trace.
fn found<'a>(file: &Path, originals: &'a [Original]) -> Vec<&'a Original> {
    let bodies: Vec<Searched> = records(file)
        .iter()
        .map(|record| match &record.what {
            What::Frame(frame) => Searched::new(&frame.body),
            // What events hold is shown as text.
            other => Searched::new(format!("{other:?}").as_bytes()),
        })
        .collect();
    originals.iter().filter(|original| bodies.iter().any(|body| body.find(original).is_some())).collect()
}

/// Two phones that call, write, ask the network and open data calls.
fn session() -> Phones {
    let mut phones = Phones::start();
    let (personal, work) = phones.signals();
    phones.personal.dial(SOMEBODY).expect("the phone with the screen may dial");
    phones.personal.wait_for_call("active");
    phones.personal.manage_calls("HangupAll");
    phones.personal.wait_for_no_call();
    phones.modem.run("gsm call +15550100187");
    phones.personal.wait_for_call("incoming");
    phones.modem.run("gsm cancel +15550100187");
    phones.personal.wait_for_no_call();
    phones.work.send_text("+15550100124", "Quagga meets Zebra");
    phones.modem.run("sms send +15550100124 Zebra agrees");
    phones.work.wait_for_texts(work, 1);
    phones.personal.send_text(SOMEBODY, LONG_TEXT);
    phones.modem.run("ussd notify Welcome to the savanna");
    phones.personal.wait_for_notification(personal);
    let context = phones.personal.open_context("grassland.example");
    phones.personal.close_context(&context);
    phones
}

#[test]
fn a_session_is_scrubbed_and_compared() {
    let phones = session();
    let recorded = phones.path("recorded.riltrace");
    done(&["--control", &text(&phones.path("run/control.sock")), "trace", "dump", &text(&recorded)]);
    nothing_of_it_is_left_and_it_can_still_be_played(&phones, &recorded);
    pseudonyms_are_the_same_under_one_key_and_not_under_another(&phones, &recorded);
}

fn nothing_of_it_is_left_and_it_can_still_be_played(phones: &Phones, recorded: &Path) {
    let scrubbed = phones.path("scrubbed.riltrace");
    let file = text(&scrubbed);
    let said = done(&["trace", "scrub", &text(recorded), "-o", &file]);
    assert!(said.contains(" frames, "), "{said}");

    let digits = |digits: &str| Original::Digits(digits.to_owned());
    let words = |words: &str| Original::Text(words.to_owned());
    let originals = [
        // Numbers: those that were called and written to, those of the SIM's mail box and service centre.
        digits("5550100123"),
        digits("5550100124"),
        digits("5550100187"),
        digits("5550100099"),
        digits("5550100000"),
        // IMSI and ICCID of the card.
        digits("0123456789"),
        digits("1234567890128"),
        words("Quagga meets"),
        words("Zebra agrees"),
        words("κάθε γράμμα"),
        words("savanna"),
        words("grassland"),
    ];
    assert_eq!(found(recorded, &originals), originals.iter().collect::<Vec<_>>(), "all of this was recorded");
    assert_eq!(found(&scrubbed, &originals), [&originals[0]; 0]);

    let (before, after) = (records(recorded), records(&scrubbed));
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.at, after.at);
        if let (What::Frame(before), What::Frame(after)) = (&before.what, &after.what) {
            assert_eq!((before.body.len(), before.way, before.phone), (after.body.len(), after.way, after.phone));
        }
    }

    let listen = phones.path("replayed.sock");
    let program = Program::new(binaries::rilctl()).arg("trace").arg("replay").arg(&scrubbed).arg("--as").arg("modem");
    let program = program.arg("--phone").arg("work").arg("--full-speed").arg("--listen").arg(&listen);
    let modem = program.start("replayed rild");
    modem.wait_for(0, "serving");
    let listen = text(&listen);
    let said =
        done(&["trace", "replay", &file, "--as", "client", "--phone", "work", "--connect", &listen, "--full-speed"]);
    assert!(as_recorded(&said) > 0, "{said}");

    // The router does the same with the pseudonyms; what it had stored is not in the trace any more.
    let config = text(&phones.path("root.toml"));
    let said = done(&[
        "trace",
        "replay",
        &file,
        "--as",
        "router",
        "--config",
        &config,
        "--ignore",
        "event.*.key",
        "--ignore",
        "event.*.value",
    ]);
    assert!(as_recorded(&said) > 0, "{said}");
}

fn pseudonyms_are_the_same_under_one_key_and_not_under_another(phones: &Phones, recorded: &Path) {
    let key = phones.path("key");
    std::fs::write(&key, "a key that nobody has guessed\n").unwrap();
    let ([one, two, other], recorded) =
        (["one", "two", "other"].map(|name| text(&phones.path(&format!("{name}.riltrace")))), text(recorded));
    for file in [&one, &two] {
        done(&["trace", "scrub", &recorded, "-o", file, "--key", &text(&key)]);
    }
    done(&["trace", "scrub", &recorded, "-o", &other]);
    let said = done(&["trace", "diff", &one, &two]);
    assert!(as_recorded(&said) > 0, "{said}");

    let output = rilctl(&["trace", "diff", &one, &other, "--phone", "personal", "--message", "DIAL"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("personal -> router: ") && said.contains("  payload.address: recorded \"+1"), "{said}");
    assert!(said.contains(": 1 of 2 as recorded, 1 differ"), "{said}");
    let output = rilctl(&["trace", "diff", &one, &other, "--message", "DIAL", "--json"]);
    let line = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["differences"][0]["field"], "payload.address");
    done(&["trace", "diff", &one, &other, "--message", "DIAL", "--ignore", "payload.address"]);

    std::fs::write(&key, "short\n").unwrap();
    let nowhere = text(&phones.path("no.riltrace"));
    let refused = rilctl(&["trace", "scrub", &recorded, "-o", &nowhere, "--key", &text(&key)]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(rilctl(&["trace", "scrub", &recorded, "-o", &one]).status.code(), Some(2), "never over a file");
}
