//! What the message of a log line says of a request, its answer, or an unsolicited message.
//!
//! `[0123]> NAME arguments`, `[0123]< NAME result`, `[0123] Ack < NAME`, `[UNSL]< NAME particulars`, as the client in
//! Java (RILJ) writes them in all versions of Android, and libril (RILC) in those that were built to. Names are those
//! of ril.h of the log's time, with `RIL_REQUEST_`, `REQUEST_`, `RIL_UNSOL_`, `UNSOL_` or nothing before them.
//!
//! Reference: frameworks/opt/telephony `RIL.java`, `RILRequest.java`, `RILUtils.java` (`requestToString`,
//! `responseToString`, `serialString`, `onError`); hardware/ril `libril/ril.cpp` (`printRequest`, `printResponse`,
//! `failCauseToString`).

use ril_protocol::{Errno, RequestCode, UnsolCode};

/// A message, as a line names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said<'a> {
    pub(super) what: What,
    /// What the line says behind the name: arguments or results, in no form that can be relied on.
    pub(super) rest: &'a str,
    /// The SIM that it is about, such as `SUB0` or `PHONE1`.
    pub(super) sim: Option<&'a str>,
}

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Request(i32, RequestCode),
    Reply(i32, RequestCode, Errno),
    /// An answer came, and the client could make nothing of it.
    Spoilt(i32, RequestCode),
    Ack(i32),
    Unsolicited(UnsolCode),
}

/// Why a line of that form is of no use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable<'a> {
    /// ril.h has no such message; vendors have, and Android since it has no ril.h.
    NoSuchMessage(&'a str),
    /// Neither ril.h nor libril has such an error, or it stands for several.
    NoSuchError(&'a str),
}

/// Names that ril.h had once, or that a log misspells, and what they are called now.
const REQUESTS: [(&str, RequestCode); 21] = [
    ("REGISTRATION_STATE", RequestCode::VOICE_REGISTRATION_STATE),
    ("GPRS_REGISTRATION_STATE", RequestCode::DATA_REGISTRATION_STATE),
    ("SETUP_DEFAULT_PDP", RequestCode::SETUP_DATA_CALL),
    ("DEACTIVATE_DEFAULT_PDP", RequestCode::DEACTIVATE_DATA_CALL),
    ("LAST_PDP_FAIL_CAUSE", RequestCode::LAST_DATA_CALL_FAIL_CAUSE),
    ("PDP_CONTEXT_LIST", RequestCode::DATA_CALL_LIST),
    ("CDMA_SET_SUBSCRIPTION", RequestCode::CDMA_SET_SUBSCRIPTION_SOURCE),
    ("CDMA_VALIDATE_AKEY", RequestCode::CDMA_VALIDATE_AND_WRITE_AKEY),
    ("GET_BROADCAST_CONFIG", RequestCode::GSM_GET_BROADCAST_SMS_CONFIG),
    ("GSM_GET_BROADCAST_CONFIG", RequestCode::GSM_GET_BROADCAST_SMS_CONFIG),
    ("SET_BROADCAST_CONFIG", RequestCode::GSM_SET_BROADCAST_SMS_CONFIG),
    ("GSM_SET_BROADCAST_CONFIG", RequestCode::GSM_SET_BROADCAST_SMS_CONFIG),
    ("BROADCAST_ACTIVATION", RequestCode::GSM_SMS_BROADCAST_ACTIVATION),
    ("GSM_BROADCAST_ACTIVATION", RequestCode::GSM_SMS_BROADCAST_ACTIVATION),
    ("CDMA_GET_BROADCAST_CONFIG", RequestCode::CDMA_GET_BROADCAST_SMS_CONFIG),
    ("CDMA_SET_BROADCAST_CONFIG", RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG),
    ("SET_CDMA_BROADCAST_CONFIG", RequestCode::CDMA_SET_BROADCAST_SMS_CONFIG),
    ("CDMA_BROADCAST_ACTIVATION", RequestCode::CDMA_SMS_BROADCAST_ACTIVATION),
    ("SET_CELL_INFO_LIST_RATE", RequestCode::SET_UNSOL_CELL_INFO_LIST_RATE),
    ("SET_ALLOWED_CARRIERS", RequestCode::SET_CARRIER_RESTRICTIONS),
    ("GET_ALLOWED_CARRIERS", RequestCode::GET_CARRIER_RESTRICTIONS),
];

const UNSOLICITED: [(&str, UnsolCode); 3] = [
    ("RESPONSE_NETWORK_STATE_CHANGED", UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED),
    ("PDP_CONTEXT_LIST_CHANGED", UnsolCode::DATA_CALL_LIST_CHANGED),
    ("LCE_INFO_RECV", UnsolCode::LCEDATA_RECV),
];

const ERRORS: [(&str, Errno); 3] = [
    ("OP_NOT_ALLOWED_BEFORE_REG_NW", Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW),
    ("SMS_FAIL_RETRY", Errno::SMS_SEND_FAIL_RETRY),
    ("RAIDO_NOT_AVAILABLE", Errno::RADIO_NOT_AVAILABLE),
];

/// Reads the message of a log line; `None` if it is no line of that form.
pub(super) fn said(message: &str) -> Option<Result<Said<'_>, Unusable<'_>>> {
    let (number, behind) = message.trim_start().strip_prefix('[')?.split_once(']')?;
    let (behind, sim) = sim(behind.trim_end());
    if number == "UNSL" {
        let (name, rest) = name(behind.strip_prefix("< ")?);
        let code = unsolicited(name).ok_or(Unusable::NoSuchMessage(name));
        return Some(code.map(|code| Said { what: What::Unsolicited(code), rest, sim }));
    }
    let serial = number.parse::<i32>().ok()?;
    if let Some(asked) = behind.strip_prefix("> ") {
        // SIM_IO has a word more before it.
        let (name, rest) = name(asked.strip_prefix("iccIO: ").unwrap_or(asked));
        let code = request(name).ok_or(Unusable::NoSuchMessage(name));
        return Some(code.map(|code| Said { what: What::Request(serial, code), rest, sim }));
    }
    if behind.starts_with(" Ack < ") {
        return Some(Ok(Said { what: What::Ack(serial), rest: "", sim }));
    }
    let (name, rest) = name(behind.strip_prefix("< ")?);
    let Some(code) = request(name) else { return Some(Err(Unusable::NoSuchMessage(name))) };
    Some(reply(serial, code, rest).map(|(what, rest)| Said { what, rest, sim }))
}

/// `RILJ` puts the SIM behind what it says. No phone has ten.
fn sim(text: &str) -> (&str, Option<&str>) {
    let found = text.strip_suffix(']').and_then(|text| text.rsplit_once('['));
    let is_digit = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_sim = |sim: &str| ["SUB", "PHONE"].into_iter().any(|word| sim.strip_prefix(word).is_some_and(is_digit));
    match found {
        Some((before, sim)) if is_sim(sim) => (before.trim_end(), Some(sim)),
        _ => (text, None),
    }
}

/// The name, and what follows it.
fn name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (name, rest.trim_start_matches([':', ' ']).trim_end())
}

fn request(name: &str) -> Option<RequestCode> {
    let name = ["RIL_REQUEST_", "REQUEST_"].into_iter().find_map(|word| name.strip_prefix(word)).unwrap_or(name);
    let now = REQUESTS.iter().find(|(then, _)| *then == name).map(|(_, code)| *code);
    now.or_else(|| name.parse().ok().filter(|_| is_word(name)))
}

fn unsolicited(name: &str) -> Option<UnsolCode> {
    let upper = name.to_ascii_uppercase();
    let bare = ["RIL_UNSOL_", "UNSOL_"].into_iter().find_map(|word| upper.strip_prefix(word)).unwrap_or(&upper);
    let now = UNSOLICITED.iter().find(|(then, _)| *then == bare).map(|(_, code)| *code);
    now.or_else(|| bare.parse().ok().filter(|_| is_word(bare)))
}

/// Whether it is a name, and no number, of which a log has none in this place.
fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// An answer by what follows its name.
fn reply(serial: i32, code: RequestCode, rest: &str) -> Result<(What, &str), Unusable<'_>> {
    if rest.starts_with("exception, possible invalid") {
        return Ok((What::Spoilt(serial, code), ""));
    }
    // RILJ: "error: com.android.internal.telephony.CommandException: NAME ret=result". RILC: "fails by E_NAME".
    let (error, rest) = match (rest.strip_prefix("error: "), rest.rsplit_once("fails by E_")) {
        (Some(error), _) => {
            let (error, result) = error.split_once(" ret=").unwrap_or((error, ""));
            (error.rsplit(' ').next().unwrap_or(error), result)
        }
        (None, Some((result, error))) => (error, result.trim_end()),
        (None, None) => return Ok((What::Reply(serial, code, Errno::SUCCESS), rest)),
    };
    let known = ERRORS.iter().find(|(then, _)| *then == error).map(|(_, errno)| *errno);
    let errno = known.or_else(|| error.parse().ok().filter(|_| is_word(error)));
    match errno {
        // Java has this name for what it could not read as well.
        Some(Errno::INVALID_RESPONSE) | None => Err(Unusable::NoSuchError(error)),
        Some(errno) => Ok((What::Reply(serial, code, errno), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> (What, &str, Option<&str>) {
        let said = said(message).unwrap_or_else(|| panic!("{message}")).unwrap_or_else(|why| panic!("{why:?}"));
        (said.what, said.rest, said.sim)
    }

    #[test]
    fn requests_are_named_in_many_ways() {
        for (message, serial, code, rest, sim) in [
            ("[0003]> GET_SIM_STATUS [SUB0]", 3, RequestCode::GET_SIM_STATUS, "", Some("SUB0")),
            ("[0123]> RADIO_POWER on", 123, RequestCode::RADIO_POWER, "on", None),
            (
                "[0124]> iccIO: SIM_IO 0xc0 0x6f07 path: 3F007FFF,0,0,15 [PHONE1]",
                124,
                RequestCode::SIM_IO,
                "0xc0 0x6f07 path: 3F007FFF,0,0,15",
                Some("PHONE1"),
            ),
            ("[0125]> SCREEN_STATE: true", 125, RequestCode::SCREEN_STATE, "true", None),
            ("[0126]> RIL_REQUEST_GET_CELL_INFO_LIST", 126, RequestCode::GET_CELL_INFO_LIST, "", None),
            ("[0127]> REQUEST_GET_NEIGHBORING_CELL_IDS", 127, RequestCode::GET_NEIGHBORING_CELL_IDS, "", None),
            ("[0128]> GPRS_REGISTRATION_STATE", 128, RequestCode::DATA_REGISTRATION_STATE, "", None),
            ("[12345]> DIAL (num=5550100,clir=0)", 12345, RequestCode::DIAL, "(num=5550100,clir=0)", None),
        ] {
            assert_eq!(read(message), (What::Request(serial, code), rest, sim), "{message}");
        }
    }

    #[test]
    fn answers_say_whether_they_are_errors() {
        let exception = "error: com.android.internal.telephony.CommandException:";
        let error = |name: &str, end: &str| format!("[0007]< OPERATOR {exception} {name}{end}");
        let ok = |errno| What::Reply(7, RequestCode::OPERATOR, errno);
        assert_eq!(
            read("[0007]< OPERATOR {Home, Home, 00101} [SUB1]"),
            (ok(Errno::SUCCESS), "{Home, Home, 00101}", Some("SUB1"))
        );
        assert_eq!(read(&error("REQUEST_NOT_SUPPORTED", " ret=")).0, ok(Errno::REQUEST_NOT_SUPPORTED));
        assert_eq!(read(&error("SMS_FAIL_RETRY", "")).0, ok(Errno::SMS_SEND_FAIL_RETRY));
        assert_eq!(read("[0007]< OPERATOR fails by E_RAIDO_NOT_AVAILABLE").0, ok(Errno::RADIO_NOT_AVAILABLE));
        assert_eq!(said(&error("INVALID_RESPONSE", "")), Some(Err(Unusable::NoSuchError("INVALID_RESPONSE"))));
        assert_eq!(said(&error("OTHER", " ret=")), Some(Err(Unusable::NoSuchError("OTHER"))));
        let spoilt = read("[0007]< OPERATOR exception, possible invalid RIL response");
        assert_eq!(spoilt.0, What::Spoilt(7, RequestCode::OPERATOR));
        assert_eq!(read("[0007] Ack < OPERATOR [SUB0]"), (What::Ack(7), "", Some("SUB0")));
    }

    #[test]
    fn unsolicited_messages_have_no_serial() {
        for (message, code, rest) in [
            (
                "[UNSL]< UNSOL_RESPONSE_RADIO_STATE_CHANGED RADIO_ON [SUB0]",
                UnsolCode::RESPONSE_RADIO_STATE_CHANGED,
                "RADIO_ON",
            ),
            ("[UNSL]< UNSOL_RESPONSE_NETWORK_STATE_CHANGED", UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, ""),
            ("[UNSL]< UNSOl_CDMA_PRL_CHANGED {1}", UnsolCode::CDMA_PRL_CHANGED, "{1}"),
            ("[UNSL]< RIL_UNSOL_HARDWARE_CONFIG_CHANGED", UnsolCode::HARDWARE_CONFIG_CHANGED, ""),
            ("[UNSL]< UNSOL_LCE_INFO_RECV", UnsolCode::LCEDATA_RECV, ""),
        ] {
            let (what, of_rest, _) = read(message);
            assert_eq!((what, of_rest), (What::Unsolicited(code), rest), "{message}");
        }
        let newer = said("[UNSL]< UNSOL_PHYSICAL_CHANNEL_CONFIG [PHONE0]");
        assert_eq!(newer, Some(Err(Unusable::NoSuchMessage("UNSOL_PHYSICAL_CHANNEL_CONFIG"))));
        assert_eq!(said("[0001]> <unknown request>"), Some(Err(Unusable::NoSuchMessage(""))));
        for other in
            ["setRadioPower", "Response received for [0001] DIAL Sending ack to ril.cpp", "[x]> DIAL", "C[locl]> DIAL"]
        {
            assert_eq!(said(other), None, "{other}");
        }
    }
}
