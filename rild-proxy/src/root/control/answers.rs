//! What each request is answered, from the core as it is at this moment.

use std::time::Duration;

use ril_protocol::payload::call;

use super::super::core::{Core, SharedCore};
use super::super::lines::{Lines, SwitchRefusedBy};
use super::refusal;
use crate::control::error::Kind;
use crate::control::reply::Answer;
use crate::control::request::Ask;
use crate::control::sms::State;
use crate::control::{
    Call, CallList, DESCRIPTION, DataCall, DataCallList, DataHolder, Description, Done, LibraryFaults, ModemSide,
    Phone, PhoneList, Replayed, ServiceLink, SimAccess, Sms, SmsList, Status, VERSION, WakeLock, Welcome, sim_access,
};
use crate::router::{CallView, PhoneId, SmsState, SwitchRefused};
use crate::sap;

/// Most short messages that are listed: as many as an answer has room for.
const MOST_LISTED: usize = 1000;

/// Most characters that are shown of a number or a name of the modem's or a phone's. An access point's name has 100 at
/// most (3GPP TS 23.003, 9.1), and who asks for a longer one is not to make the list too long for a frame.
const MOST_SHOWN: usize = 100;

/// The version of the daemon.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

pub(super) fn welcome() -> Answer {
    Answer::Welcome(Welcome { version: VERSION, program: PROGRAM.to_owned() })
}

/// Answers what concerns the core; what concerns the connection has been dealt with.
pub(super) fn answer(core: &mut Core, ask: &Ask) -> Answer {
    match ask {
        Ask::Phones(_) => phones(core),
        Ask::Calls(_) => calls(core),
        Ask::Status(_) => status(core),
        Ask::Sms(_) => sms(core),
        Ask::Data(_) => data(core),
        Ask::Describe(_) => Answer::Description(Description { file_descriptor_set: DESCRIPTION.to_vec() }),
        Ask::Hello(_)
        | Ask::Foreground(_)
        | Ask::Watch(_)
        | Ask::StartTrace(_)
        | Ask::StopTrace(_)
        | Ask::TraceRing(_) => refusal(Kind::Unspecified, "that is for the connection"),
    }
}

fn phones(core: &Core) -> Answer {
    let phones = core.router().phones().map(|phone| Phone {
        name: phone.name,
        connected: phone.connected,
        foreground: phone.foreground,
        privileged: phone.privileged,
        radio: phone.radio.0,
        unanswered: phone.unanswered,
    });
    Answer::Phones(PhoneList { phones: phones.collect() })
}

/// The phone of this name on this line, which is on all of them.
pub(super) fn set_foreground(core: &SharedCore, lines: &Lines, name: &str) -> Answer {
    let phone = core.borrow().router().phone_named(name);
    let Some(phone) = phone else { return no_such_phone(&core.borrow(), name) };
    match lines.set_foreground(phone) {
        Ok(()) => Answer::Foreground(Done {}),
        Err(SwitchRefusedBy { why: SwitchRefused::NoSuchPhone, .. }) => no_such_phone(&core.borrow(), name),
        Err(refused) => refusal(Kind::InCall, &refused.to_string()),
    }
}

pub(super) fn no_such_phone(core: &Core, name: &str) -> Answer {
    let names: Vec<String> = core.router().phones().map(|phone| phone.name).collect();
    refusal(Kind::NoSuchPhone, &format!("there is no phone {name:?}; there are {}", names.join(", ")))
}

fn calls(core: &Core) -> Answer {
    let names: Vec<String> = core.router().phones().map(|phone| phone.name).collect();
    let shown = |phone: PhoneId, call: call::Call| Call {
        phone: names.get(phone.0).cloned().unwrap_or_default(),
        index: call.index,
        state: call.state.0,
        incoming: call.is_mt,
        conference: call.is_mpty,
        number: call.number.map(cut),
        number_presentation: call.number_presentation.0,
        ..Call::default()
    };
    let calls = core.router().calls().map(|view| {
        let CallView { phone, modem_index, call, hidden, access } = view;
        Call { modem_index, hidden, access: access.map(cut), ..shown(phone, call) }
    });
    let missed = core.router().missed_calls().map(|(phone, call)| Call { missed: true, ..shown(phone, call) });
    Answer::Calls(CallList { calls: calls.chain(missed).collect() })
}

fn sms(core: &Core) -> Answer {
    let names: Vec<String> = core.router().phones().map(|phone| phone.name).collect();
    let sms = core.router().messages(core.uptime()).map(|view| Sms {
        phone: names.get(view.phone.0).cloned().unwrap_or_default(),
        unsolicited: view.code.0,
        age_ms: milliseconds(view.age),
        state: match view.state {
            SmsState::Storing => State::Storing,
            SmsState::Waiting => State::Waiting,
            SmsState::HandedOver => State::HandedOver,
            SmsState::Direct => State::Direct,
        }
        .into(),
        tries: view.tries,
    });
    // As many as a frame of this protocol holds.
    Answer::Sms(SmsList { sms: sms.take(MOST_LISTED).collect() })
}

fn data(core: &Core) -> Answer {
    let names: Vec<String> = core.router().phones().map(|phone| phone.name).collect();
    let name = |phone: PhoneId| names.get(phone.0).cloned().unwrap_or_default();
    let calls = core.router().data_calls().map(|view| DataCall {
        cid: view.cid,
        apn: cut(view.apn),
        r#type: cut(view.pdp_type),
        ifname: cut(view.ifname),
        active: view.active,
        holders: view.holders.into_iter().map(|(phone, cid)| DataHolder { phone: name(phone), cid }).collect(),
    });
    Answer::Data(DataCallList { calls: calls.collect() })
}

fn status(core: &mut Core) -> Answer {
    let faults = core.faults().map(|faults| LibraryFaults {
        late_completions: faults.late_completions,
        doubled_completions: faults.doubled_completions,
        invented_completions: faults.invented_completions,
        bad_requests: faults.bad_requests,
        bad_responses: faults.bad_responses,
        early_unsolicited: faults.early_unsolicited,
        overflowed_unsolicited: faults.overflowed_unsolicited,
    });
    let uptime = core.uptime();
    let service_link = core.service().view().map(|link| ServiceLink {
        up: link.up,
        since_ms: milliseconds(uptime.saturating_sub(link.since)),
        trouble: link.trouble,
    });
    Answer::Status(Box::new(Status {
        program: PROGRAM.to_owned(),
        pid: std::process::id(),
        uptime_ms: milliseconds(uptime),
        modem: core.modem(),
        ril_version: core.router().modem_version().map(|version| version.0),
        radio: core.router().radio().0,
        counters: Some(core.counters()),
        library_faults: faults,
        service_link,
        store_failing: core.store_is_failing(),
        modem_side: Some(modem_side(core)),
        sim: core.sim().map(u32::from),
        wake_lock: core.wake_lock().map(|it| WakeLock { taken: it.taken, failed: it.failed }),
        sim_access: sim_access(core),
    }))
}

fn sim_access(core: &Core) -> Option<SimAccess> {
    let (phone, view) = core.sap_view()?;
    Some(SimAccess {
        phone: core.router().phones().nth(phone.0).map(|phone| phone.name).unwrap_or_default(),
        modem: match view.modem {
            sap::Modem::Down => sim_access::Modem::Down,
            sap::Modem::Without => sim_access::Modem::Without,
            sap::Modem::Up => sim_access::Modem::Up,
        }
        .into(),
        client: view.client,
        session: match view.session {
            sap::Session::Closed => sim_access::Session::Closed,
            sap::Session::Opening => sim_access::Session::Opening,
            sap::Session::Open => sim_access::Session::Open,
            sap::Session::Ending => sim_access::Session::Ending,
        }
        .into(),
        sessions: view.sessions,
        requests: view.requests,
        refused: view.refused,
    })
}

fn modem_side(core: &Core) -> ModemSide {
    let view = core.modem_view();
    let replayed = view.replayed.map(|it| Replayed {
        as_recorded: it.as_recorded,
        other_arguments: it.other_arguments,
        not_recorded: it.not_recorded,
        left: it.left,
    });
    ModemSide {
        kind: view.kind.to_owned(),
        up: view.up,
        since_ms: milliseconds(view.changed.unwrap_or_else(|| core.uptime())),
        ends: view.ends,
        last_end: view.last_end,
        replayed,
    }
}

/// As much of a text as is shown.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_SHOWN) {
        text.truncate(end);
    }
    text
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
