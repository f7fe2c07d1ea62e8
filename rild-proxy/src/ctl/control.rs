//! `rilctl phones`, `foreground`, `calls`, `sms`, `data`, `status` and `watch`: what the root daemon tells.
//!
//! `calls` shows numbers, because the operator asks for them; `watch` never does.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use ril_protocol::payload::call::{CallState, Presentation};
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use serde::Serialize;
use serde_json::json;

use super::args::Format;
use super::error::CtlError;
use super::table;
use crate::control::client::{ControlClient, unexpected};
use crate::control::event::What;
use crate::control::reply::Answer;
use crate::control::request::Ask;
use crate::control::sms::State;
use crate::control::{
    Call, DataCall, Event, GetStatus, LibraryFaults, ListCalls, ListData, ListPhones, ListSms, ModemSide, Phone,
    ServiceLink, SetForeground, SimAccess, Sms, Status, sim_access,
};
use ril_trace::terminal::{escaped, printable};

/// Width of the names in `rilctl status`.
const FIRST_COLUMN: usize = 22;

pub(super) fn phones(socket: &Path, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    match ask(socket, Ask::Phones(ListPhones {}))? {
        Answer::Phones(list) => write_phones(&list.phones, format, out),
        other => Err(unexpected(&other).into()),
    }
}

pub(super) fn foreground(socket: &Path, name: &str, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    match ask(socket, Ask::Foreground(SetForeground { name: name.to_owned() }))? {
        Answer::Foreground(_) if format.json => json_line(&json!({"foreground": name}), out),
        Answer::Foreground(_) => Ok(()),
        other => Err(unexpected(&other).into()),
    }
}

pub(super) fn calls(socket: &Path, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    match ask(socket, Ask::Calls(ListCalls {}))? {
        Answer::Calls(list) => write_calls(&list.calls, format, out),
        other => Err(unexpected(&other).into()),
    }
}

pub(super) fn sms(socket: &Path, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    match ask(socket, Ask::Sms(ListSms {}))? {
        Answer::Sms(list) => write_sms(&list.sms, format, out),
        other => Err(unexpected(&other).into()),
    }
}

pub(super) fn data(socket: &Path, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    match ask(socket, Ask::Data(ListData {}))? {
        Answer::Data(list) => write_data(&list.calls, format, out),
        other => Err(unexpected(&other).into()),
    }
}

pub(super) fn status(socket: &Path, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    match ask(socket, Ask::Status(GetStatus {}))? {
        Answer::Status(status) => write_status(&status, format, out),
        other => Err(unexpected(&other).into()),
    }
}

pub(super) fn watch(socket: &Path, count: Option<u64>, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    let mut client = ControlClient::connect(socket)?;
    client.watch()?;
    let mut seen = 0;
    while count.is_none_or(|count| seen < count) {
        write_event(&client.event()?, format, out)?;
        out.flush()?;
        seen += 1;
    }
    Ok(())
}

fn ask(socket: &Path, ask: Ask) -> Result<Answer, CtlError> {
    Ok(ControlClient::connect(socket)?.ask(ask)?)
}

fn json_line(value: &impl Serialize, out: &mut dyn Write) -> Result<(), CtlError> {
    let text = serde_json::to_string(value).map_err(|error| CtlError::Failed(error.to_string()))?;
    Ok(writeln!(out, "{}", escaped(&text))?)
}

fn write_phones(phones: &[Phone], format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    if format.json {
        return json_line(&phones, out);
    }
    let rows: Vec<_> = phones
        .iter()
        .map(|phone| {
            [
                phone.name.clone(),
                if phone.foreground { "foreground" } else { "background" }.to_owned(),
                if phone.connected { "connected" } else { "-" }.to_owned(),
                RadioState(phone.radio).to_string(),
                if phone.privileged { "yes" } else { "no" }.to_owned(),
                phone.unanswered.to_string(),
            ]
        })
        .collect();
    Ok(table::write(out, ["PHONE", "SCREEN", "CLIENT", "RADIO", "PRIVILEGED", "UNANSWERED"], &rows)?)
}

fn write_calls(calls: &[Call], format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    if format.json {
        return json_line(&calls, out);
    }
    // A missed call has none.
    let index = |index: i32| if index == 0 { "-".to_owned() } else { index.to_string() };
    let rows: Vec<_> = calls
        .iter()
        .map(|call| {
            [
                call.phone.clone(),
                index(call.index),
                index(call.modem_index),
                match (call.missed, call.hidden) {
                    (true, _) => "missed".to_owned(),
                    (_, true) => "ending".to_owned(),
                    _ => CallState(call.state).to_string(),
                },
                if call.incoming { "incoming" } else { "outgoing" }.to_owned(),
                far_end(call),
                if call.conference { "yes" } else { "no" }.to_owned(),
                call.access.clone().unwrap_or_else(|| "-".to_owned()),
            ]
        })
        .collect();
    let heading = ["PHONE", "INDEX", "MODEM", "STATE", "DIRECTION", "NUMBER", "CONFERENCE", "ACCESS"];
    Ok(table::write(out, heading, &rows)?)
}

fn write_sms(sms: &[Sms], format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    if format.json {
        return json_line(&sms, out);
    }
    let rows: Vec<_> = sms
        .iter()
        .map(|sms| {
            [
                sms.phone.clone(),
                match UnsolCode(sms.unsolicited) {
                    UnsolCode::RESPONSE_NEW_SMS => "message".to_owned(),
                    UnsolCode::RESPONSE_NEW_SMS_STATUS_REPORT => "status report".to_owned(),
                    UnsolCode::RESPONSE_CDMA_NEW_SMS => "CDMA message".to_owned(),
                    other => other.to_string(),
                },
                match sms.state() {
                    State::Storing => "being stored",
                    State::Waiting => "waits",
                    State::HandedOver => "handed over",
                    State::Direct => "for the SIM",
                    State::Unspecified => "unknown",
                }
                .to_owned(),
                duration(Duration::from_millis(sms.age_ms)),
                sms.tries.to_string(),
            ]
        })
        .collect();
    Ok(table::write(out, ["PHONE", "KIND", "STATE", "AGE", "TRIES"], &rows)?)
}

/// Days, hours, minutes and seconds.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{} d {:02}:{:02}:{:02}", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

fn write_data(calls: &[DataCall], format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    if format.json {
        return json_line(&calls, out);
    }
    let rows: Vec<_> = calls
        .iter()
        .map(|call| {
            let holders: Vec<String> =
                call.holders.iter().map(|holder| format!("{}:{}", holder.phone, holder.cid)).collect();
            [
                call.cid.to_string(),
                if call.apn.is_empty() { "-".to_owned() } else { printable(&call.apn) },
                printable(&call.r#type),
                printable(&call.ifname),
                match call.active {
                    0 => "inactive".to_owned(),
                    1 => "dormant".to_owned(),
                    2 => "active".to_owned(),
                    other => other.to_string(),
                },
                if holders.is_empty() { "-".to_owned() } else { holders.join(" ") },
            ]
        })
        .collect();
    Ok(table::write(out, ["CID", "APN", "TYPE", "INTERFACE", "STATE", "HOLDERS"], &rows)?)
}

fn far_end(call: &Call) -> String {
    match (Presentation(call.number_presentation), call.number.as_deref()) {
        (Presentation::RESTRICTED, _) => "withheld".to_owned(),
        (Presentation::PAYPHONE, None | Some("")) => "payphone".to_owned(),
        (_, None | Some("")) => "unknown".to_owned(),
        (_, Some(number)) => number.to_owned(),
    }
}

fn write_status(status: &Status, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    if format.json {
        return json_line(status, out);
    }
    let counters = status.counters.unwrap_or_default();
    let lines = [
        ("version", status.program.clone()),
        ("process", status.pid.to_string()),
        ("uptime", duration(Duration::from_millis(status.uptime_ms))),
        ("modem", status.modem.clone()),
        (
            "RIL version",
            status.ril_version.map_or_else(|| "none, it is down".to_owned(), |version| version.to_string()),
        ),
        ("radio", RadioState(status.radio).to_string()),
        ("store", if status.store_failing { "fails: the log says why" } else { "works" }.to_owned()),
        ("from phones", counters.from_phones.to_string()),
        ("to phones", counters.to_phones.to_string()),
        ("to modem", counters.to_modem.to_string()),
        ("from modem", counters.from_modem.to_string()),
        ("denied", counters.denied.to_string()),
        ("flooded", counters.flooded.to_string()),
        ("malformed", counters.malformed.to_string()),
        ("undecodable", counters.undecodable.to_string()),
        ("unknown replies", counters.unknown_replies.to_string()),
        ("timed out", counters.timed_out.to_string()),
        ("calls rejected", counters.calls_rejected.to_string()),
        ("calls missed", counters.calls_missed.to_string()),
        ("messages refused", counters.sms_refused.to_string()),
    ];
    let faults = status.library_faults.map(|faults| faults_of(&faults)).unwrap_or_default();
    let service = status.service_link.as_ref().map(|link| ("number service", service_link(link)));
    let side = status.modem_side.as_ref().map(modem_side).unwrap_or_default();
    let wake_lock =
        status.wake_lock.as_ref().map(|it| ("wake lock", format!("taken {}, failed {}", it.taken, it.failed)));
    let sim = status.sim.map(|number| ("SIM", number.to_string()));
    let access = status.sim_access.as_ref().map(|access| ("SIM access", sim_access(access)));
    let more = side.into_iter().chain(wake_lock).chain(service).chain(access).chain(faults);
    for (name, value) in sim.into_iter().chain(lines).chain(more) {
        writeln!(out, "{name:FIRST_COLUMN$}  {}", printable(&value))?;
    }
    Ok(())
}

/// Whose the SIM Access Profile is, and how it stands.
fn sim_access(access: &SimAccess) -> String {
    let how = match (access.modem(), access.session(), access.client) {
        (sim_access::Modem::Without, ..) => "not offered by the modem side",
        (sim_access::Modem::Down | sim_access::Modem::Unspecified, ..) => "no modem",
        (_, sim_access::Session::Open, _) => "the SIM is a client's",
        (_, sim_access::Session::Opening, _) => "the SIM is asked for",
        (_, sim_access::Session::Ending, _) => "the modem has not said that it has the SIM back",
        (_, sim_access::Session::Closed, true) => "a client without a session",
        (_, sim_access::Session::Closed, false) => "no client",
    };
    let SimAccess { phone, sessions, requests, refused, .. } = access;
    format!("{phone}: {how}; {sessions} sessions, {requests} requests, {refused} refused")
}

/// How the modem is reached, where that is more than a library in the daemon.
fn modem_side(side: &ModemSide) -> Vec<(&'static str, String)> {
    let since = duration(Duration::from_millis(side.since_ms));
    let up = if side.up { "up" } else { "down" };
    let mut lines = vec![("modem by way of", format!("{}, {up} for {since}", side.kind))];
    if side.ends > 0 {
        lines.push(("modem ended", format!("{} times, last: {}", side.ends, side.last_end)));
    }
    if let Some(it) = &side.replayed {
        lines.push(("as recorded", it.as_recorded.to_string()));
        lines.push(("with other arguments", it.other_arguments.to_string()));
        lines.push(("not recorded", it.not_recorded.to_string()));
        lines.push(("never asked for", it.left.to_string()));
    }
    lines
}

/// Whether the number service can be talked to, since when, and why not.
fn service_link(link: &ServiceLink) -> String {
    let since = duration(Duration::from_millis(link.since_ms));
    match (link.up, link.trouble.as_str()) {
        (true, _) => format!("linked for {since}"),
        (false, "") => "not linked yet".to_owned(),
        (false, trouble) => format!("not linked for {since}: {trouble}"),
    }
}

/// Only what happened: a library that behaves needs no lines.
fn faults_of(faults: &LibraryFaults) -> Vec<(&'static str, String)> {
    let all = [
        ("late completions", faults.late_completions),
        ("doubled completions", faults.doubled_completions),
        ("invented completions", faults.invented_completions),
        ("bad requests", faults.bad_requests),
        ("bad responses", faults.bad_responses),
        ("early unsolicited", faults.early_unsolicited),
        ("overflowed unsolicited", faults.overflowed_unsolicited),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name, count.to_string())).collect()
}

fn write_event(event: &Event, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    if format.json {
        return json_line(event, out);
    }
    let (seconds, milliseconds) = (event.unix_ms / 1000, event.unix_ms % 1000);
    let time = format!("{:02}:{:02}:{:02}.{milliseconds:03}Z", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let phone = if event.phone.is_empty() { "-" } else { &event.phone };
    Ok(writeln!(out, "{time}  {:12}  {}", printable(phone), printable(&sentence(event.what.as_ref())))?)
}

/// The event in words.
fn sentence(what: Option<&What>) -> String {
    match what {
        None => "something that this rilctl does not know".to_owned(),
        Some(What::Malformed(it)) => format!("a frame of {} bytes that is no message was dropped", it.length),
        Some(What::Denied(it)) => format!("{} denied: {}", RequestCode(it.request), Errno(it.errno)),
        Some(What::UnknownReply(it)) => format!("an answer to nothing was dropped, serial {}", it.serial),
        Some(What::TimedOut(it)) => format!("the modem did not answer {} in time", RequestCode(it.request)),
        Some(What::Flooded(_)) => "a request was refused: too many are unanswered".to_owned(),
        Some(What::CallAssigned(it)) => {
            let direction = if it.incoming { "incoming" } else { "outgoing" };
            let how = if it.tagged { ", by the caller's tag" } else { "" };
            format!("{direction} call {} (call {} at the modem){how}", it.index, it.modem_index)
        }
        Some(What::CallEnded(it)) => format!("call {} at the modem ended", it.modem_index),
        Some(What::CallRejected(_)) => "incoming call rejected as busy".to_owned(),
        Some(What::CallMissed(_)) => "call missed: there is no client".to_owned(),
        Some(What::Emergency(_)) => "emergency call".to_owned(),
        Some(What::SmsAssigned(it)) if it.delivered => "short message handed over".to_owned(),
        Some(What::SmsAssigned(_)) => "short message waits".to_owned(),
        Some(What::SmsRefused(_)) => "short message not taken in time".to_owned(),
        Some(What::Foreground(_)) => "in the foreground".to_owned(),
        Some(What::Radio(it)) => format!("radio {}", RadioState(it.state)),
        Some(What::Undecodable(it)) => format!("{} of the modem cannot be read", it.what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{CallAssigned, Counters, DataHolder, Denied, Emergency, Radio, Replayed, WakeLock};

    const TEXT: Format = Format { json: false };
    const JSON: Format = Format { json: true };

    fn shown(write: impl Fn(Format, &mut dyn Write) -> Result<(), CtlError>, format: Format) -> String {
        let mut out = Vec::new();
        write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn phone(name: &str) -> Phone {
        Phone { name: name.to_owned(), radio: RadioState::ON.0, ..Phone::default() }
    }

    #[test]
    fn phones_as_a_table_and_as_json() {
        let phones = [
            Phone { connected: true, foreground: true, privileged: true, ..phone("personal") },
            Phone { radio: RadioState::OFF.0, unanswered: 12, ..phone("work") },
        ];
        let list = |format, out: &mut dyn Write| write_phones(&phones, format, out);
        assert_eq!(
            shown(list, TEXT),
            "PHONE     SCREEN      CLIENT     RADIO  PRIVILEGED  UNANSWERED\n\
             personal  foreground  connected  ON     yes         0\n\
             work      background  -          OFF    no          12\n"
        );
        assert_eq!(
            shown(list, JSON),
            "[{\"name\":\"personal\",\"connected\":true,\"foreground\":true,\"privileged\":true,\"radio\":\"ON\",\
              \"unanswered\":0},\
              {\"name\":\"work\",\"connected\":false,\"foreground\":false,\"privileged\":false,\"radio\":\"OFF\",\
              \"unanswered\":12}]\n"
        );
    }

    #[test]
    fn calls_show_numbers_as_their_owner_sees_them() {
        let calls = [
            Call {
                phone: "work".to_owned(),
                modem_index: 2,
                index: 1,
                state: CallState::INCOMING.0,
                incoming: true,
                conference: false,
                number: Some("+15550100002".to_owned()),
                number_presentation: Presentation::ALLOWED.0,
                ..Call::default()
            },
            Call {
                modem_index: 1,
                index: 1,
                number_presentation: Presentation::RESTRICTED.0,
                number: Some(String::new()),
                ..Call::default()
            },
            Call {
                phone: "work".to_owned(),
                modem_index: 3,
                index: 2,
                state: CallState::ALERTING.0,
                number: Some("+15550122222".to_owned()),
                access: Some("+15550100002".to_owned()),
                ..Call::default()
            },
            Call {
                phone: "work".to_owned(),
                modem_index: 4,
                index: 3,
                hidden: true,
                access: Some("+15550100002".to_owned()),
                ..Call::default()
            },
            Call { phone: "work".to_owned(), incoming: true, missed: true, ..Call::default() },
        ];
        let list = |format, out: &mut dyn Write| write_calls(&calls, format, out);
        assert_eq!(
            shown(list, TEXT),
            "PHONE  INDEX  MODEM  STATE     DIRECTION  NUMBER        CONFERENCE  ACCESS\n\
             work   1      2      INCOMING  incoming   +15550100002  no          -\n       \
             1      1      ACTIVE    outgoing   withheld      no          -\n\
             work   2      3      ALERTING  outgoing   +15550122222  no          +15550100002\n\
             work   3      4      ending    outgoing   unknown       no          +15550100002\n\
             work   -      -      missed    incoming   unknown       no          -\n"
        );
        let json: serde_json::Value = serde_json::from_str(&shown(list, JSON)).unwrap();
        assert_eq!(json[0]["state"], "INCOMING");
        assert_eq!(json[0]["number"], "+15550100002");
        assert_eq!(json[1]["number_presentation"], "RESTRICTED");
    }

    #[test]
    fn messages_show_neither_numbers_nor_texts() {
        let sms = [
            Sms { phone: "work".to_owned(), unsolicited: 1003, age_ms: 90_061_999, state: 2, tries: 0 },
            Sms { phone: "personal".to_owned(), unsolicited: 1004, age_ms: 1000, state: 3, tries: 2 },
        ];
        let list = |format, out: &mut dyn Write| write_sms(&sms, format, out);
        assert_eq!(
            shown(list, TEXT),
            "PHONE     KIND           STATE        AGE           TRIES\n\
             work      message        waits        1 d 01:01:01  0\n\
             personal  status report  handed over  0 d 00:00:01  2\n"
        );
        assert_eq!(
            shown(list, JSON).lines().next().unwrap_or_default().split("},").next(),
            Some(
                "[{\"phone\":\"work\",\"unsolicited\":\"RESPONSE_NEW_SMS\",\"age_ms\":90061999,\
                 \"state\":\"waiting\",\"tries\":0"
            )
        );
    }

    #[test]
    fn data_calls_show_their_holders_and_no_address() {
        let holder = |phone: &str, cid| DataHolder { phone: phone.to_owned(), cid };
        let calls = [
            DataCall {
                cid: 3,
                apn: "internet".to_owned(),
                r#type: "IPV4V6".to_owned(),
                ifname: "rmnet0".to_owned(),
                active: 2,
                holders: vec![holder("personal", 1), holder("work", 2)],
            },
            DataCall { cid: 4, r#type: "IP".to_owned(), ifname: "rmnet1".to_owned(), ..DataCall::default() },
        ];
        let list = |format, out: &mut dyn Write| write_data(&calls, format, out);
        assert_eq!(
            shown(list, TEXT),
            "CID  APN       TYPE    INTERFACE  STATE     HOLDERS\n\
             3    internet  IPV4V6  rmnet0     active    personal:1 work:2\n\
             4    -         IP      rmnet1     inactive  -\n"
        );
        let json: serde_json::Value = serde_json::from_str(&shown(list, JSON)).unwrap();
        assert_eq!(json[0]["holders"][1], json!({"phone": "work", "cid": 2}));
    }

    #[test]
    fn status_for_people_and_for_programs() {
        let status = Status {
            program: "1.2.3\u{1b}".to_owned(),
            pid: 4711,
            uptime_ms: 90_061_999,
            modem: "sim\u{7}ulated".to_owned(),
            ril_version: Some(12),
            radio: RadioState::ON.0,
            counters: Some(Counters { denied: 3, calls_missed: 5, ..Counters::default() }),
            library_faults: Some(LibraryFaults { doubled_completions: 2, ..LibraryFaults::default() }),
            service_link: Some(ServiceLink { up: false, since_ms: 1000, trouble: "it hung\u{7} up".to_owned() }),
            store_failing: true,
            wake_lock: Some(WakeLock { taken: 8, failed: 1 }),
            sim_access: Some(SimAccess {
                phone: "work".to_owned(),
                modem: sim_access::Modem::Up.into(),
                client: true,
                session: sim_access::Session::Open.into(),
                sessions: 2,
                requests: 40,
                refused: 1,
            }),
            sim: Some(2),
            modem_side: Some(ModemSide {
                kind: "isolated library".to_owned(),
                up: false,
                since_ms: 2000,
                ends: 3,
                last_end: "signal\u{7} 9".to_owned(),
                replayed: Some(Replayed { as_recorded: 5, left: 6, ..Replayed::default() }),
            }),
        };
        let write = |format, out: &mut dyn Write| write_status(&status, format, out);
        let text = shown(write, TEXT);
        assert!(text.starts_with(
            "SIM                     2\nversion                 1.2.3\u{fffd}\nprocess                 4711\n"
        ));
        assert!(
            text.contains("\nuptime                  1 d 01:01:01\nmodem                   sim\u{fffd}ulated\n"),
            "{text}"
        );
        for (name, value) in [("store", "fails: the log says why"), ("denied", "3"), ("calls missed", "5")] {
            assert!(text.contains(&format!("\n{name:FIRST_COLUMN$}  {value}\n")), "{text}");
        }
        let line = "\nmodem by way of         isolated library, down for 0 d 00:00:02\n\
                    modem ended             3 times, last: signal\u{fffd} 9\nas recorded             5\n";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("\nwake lock               taken 8, failed 1\n"), "{text}");
        let line = "\nSIM access              work: the SIM is a client's; 2 sessions, 40 requests, 1 refused\n";
        assert!(text.contains(line), "{text}");
        let line = "\nnumber service          not linked for 0 d 00:00:01: it hung\u{fffd} up\n";
        assert!(text.contains(line), "{text}");
        assert!(text.ends_with("\ndoubled completions     2\n"), "a library's faults come last: {text}");
        let json: serde_json::Value = serde_json::from_str(&shown(write, JSON)).unwrap();
        assert_eq!(json["radio"], "ON");
        assert_eq!(json["counters"]["denied"], 3);
        assert_eq!((&json["sim_access"]["modem"], &json["sim_access"]["session"]), (&"up".into(), &"open".into()));
    }

    #[test]
    fn events_are_lines() {
        let event = |phone: &str, what| Event { unix_ms: 3_661_042, phone: phone.to_owned(), what: Some(what) };
        let lines = [
            event("work", What::CallAssigned(CallAssigned { modem_index: 1, index: 1, incoming: true, tagged: true })),
            event("work", What::Denied(Denied { request: RequestCode::ENTER_SIM_PIN.0, errno: 2 })),
            event("", What::Radio(Radio { state: RadioState::UNAVAILABLE.0 })),
            Event { unix_ms: 0, phone: String::new(), what: None },
        ]
        .map(|event| shown(|format, out: &mut dyn Write| write_event(&event, format, out), TEXT));
        assert_eq!(
            lines.concat(),
            "01:01:01.042Z  work          incoming call 1 (call 1 at the modem), by the caller's tag\n\
             01:01:01.042Z  work          ENTER_SIM_PIN denied: GENERIC_FAILURE\n\
             01:01:01.042Z  -             radio UNAVAILABLE\n\
             00:00:00.000Z  -             something that this rilctl does not know\n"
        );
        let json = |event: Event| shown(|format, out: &mut dyn Write| write_event(&event, format, out), JSON);
        assert_eq!(
            json(event("work", What::Denied(Denied { request: 2, errno: 2 }))),
            "{\"unix_ms\":3661042,\"phone\":\"work\",\"event\":\"denied\",\"request\":\"ENTER_SIM_PIN\",\
             \"errno\":\"GENERIC_FAILURE\"}\n"
        );
        assert_eq!(json(event("", What::Emergency(Emergency {}))), "{\"unix_ms\":3661042,\"event\":\"emergency\"}\n");
    }
}
