//! Commands about CDMA: the emulator's settings, and what only a CDMA modem tells.

use ril_protocol::payload::cdma::{AudioControl, InfoRecord, NumberInfo, RedirectingNumber, SignalInfo};
use ril_protocol::payload::radio::RadioState;

use super::escapes::unescape;
use super::words::words;
use super::{Context, Outcome, Refusal, split_word};
use crate::model::cdma::Cdma;

const INFO: &str = "try 'cdma info display|extended <text>', 'called|calling|connected|redirecting <number>', \
                    'signal <type> <pitch> <signal>', 'clir <cause>' or 'audio <up> <down>'";

pub(super) fn subscription_source(context: &mut Context<'_>, args: &str) -> Outcome {
    context.modem.handset.cdma_source = match args {
        "ruim" => 0,
        "nv" => 1,
        "" => return Err("missing argument, try 'cdma ssource <source>'".into()),
        other => return Err(format!("no such source '{other}', use nv or ruim").into()),
    };
    Ok(String::new())
}

pub(super) fn prl_version(context: &mut Context<'_>, args: &str) -> Outcome {
    let version = args.parse().map_err(|_| "missing argument, try 'cdma prl_version <version>'")?;
    context.modem.handset.prl_version = version;
    Ok(String::new())
}

/// A radio that is off says nothing.
fn on_air(context: &Context<'_>) -> Result<(), Refusal> {
    if context.modem.radio() == RadioState::ON { Ok(()) } else { Err("the radio is not on".into()) }
}

/// `cdma call-waiting NUMBER [NAME]`
pub(super) fn call_waiting(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let [number, name @ ..] = words.as_slice() else {
        return Err("try 'cdma call-waiting <number> [<name>]'".into());
    };
    if context.modem.calls.lines().is_empty() {
        return Err("there is no call beside which this one could wait".into());
    }
    let name = name.join(" ");
    Cdma::call_waits(number, Some(name.as_str()).filter(|name| !name.is_empty()), context.to);
    Ok(String::new())
}

/// `cdma info KIND ...`
pub(super) fn info(context: &mut Context<'_>, args: &str) -> Outcome {
    let record = record(args)?;
    on_air(context)?;
    Cdma::inform(record, context.to);
    Ok(String::new())
}

fn record(args: &str) -> Result<InfoRecord, Refusal> {
    let (kind, rest) = split_word(args);
    if rest.is_empty() {
        return Err(INFO.into());
    }
    let number = || NumberInfo { number: Some(rest.to_owned()), number_plan: 1, ..NumberInfo::default() };
    let ints = || rest.split_whitespace().map(str::parse).collect::<Result<Vec<i32>, _>>().map_err(|_| INFO);
    Ok(match kind {
        "display" => InfoRecord::Display(Some(unescape(rest)?)),
        "extended" => InfoRecord::ExtendedDisplay(Some(unescape(rest)?)),
        "called" => InfoRecord::CalledPartyNumber(number()),
        "calling" => InfoRecord::CallingPartyNumber(number()),
        "connected" => InfoRecord::ConnectedNumber(number()),
        "redirecting" => {
            InfoRecord::RedirectingNumber(RedirectingNumber { redirecting_number: number(), redirecting_reason: 0 })
        }
        "signal" => {
            let [signal_type, alert_pitch, signal] = ints()?[..] else { return Err(INFO.into()) };
            InfoRecord::Signal(SignalInfo { is_present: true, signal_type, alert_pitch, signal })
        }
        "clir" => {
            let [cause] = ints()?[..] else { return Err(INFO.into()) };
            InfoRecord::T53Clir(cause)
        }
        "audio" => {
            let [up_link, down_link] = ints()?[..] else { return Err(INFO.into()) };
            InfoRecord::T53AudioControl(AudioControl { up_link, down_link })
        }
        _ => return Err(INFO.into()),
    })
}

/// `cdma ecbm [on|off]`
pub(super) fn callback_mode(context: &mut Context<'_>, args: &str) -> Outcome {
    let on = match args {
        "" => return Ok(if context.modem.cdma.in_callback_mode() { "on" } else { "off" }.to_owned()),
        "on" => true,
        "off" => false,
        _ => return Err("try 'cdma ecbm [on|off]'".into()),
    };
    on_air(context)?;
    context.modem.cdma.set_callback_mode(on, context.to);
    Ok(String::new())
}

/// `cdma sms NUMBER TEXT`
pub(super) fn sms(context: &mut Context<'_>, args: &str) -> Outcome {
    let (number, text) = split_word(args);
    if text.is_empty() {
        return Err("missing argument, try 'cdma sms <phonenumber> <text message>'".into());
    }
    let text = unescape(text)?;
    let now = context.modem.unix_time();
    context.modem.cdma.compose(number, &text, now)?;
    context.modem.pump_sms(context.to);
    Ok(String::new())
}

/// `cdma cb CATEGORY TEXT`
pub(super) fn broadcast(context: &mut Context<'_>, args: &str) -> Outcome {
    let (category, text) = split_word(args);
    let category = category.parse().map_err(|_| "try 'cdma cb <category> <text message>'")?;
    let text = unescape(text)?;
    let now = context.modem.unix_time();
    if !context.modem.cdma.broadcast(category, &text, now, false)? {
        return Ok("nobody listens".to_owned());
    }
    context.modem.pump_sms(context.to);
    Ok(String::new())
}

pub(super) fn waiting(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(context.modem.cdma.undelivered().to_string())
}

pub(super) fn log(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(context.modem.cdma.take_log().join("\n"))
}
