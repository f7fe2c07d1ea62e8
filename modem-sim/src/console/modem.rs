//! Commands about the modem itself: power, faults.

use std::time::Duration;

use ril_protocol::payload::call::Clir;
use ril_protocol::{Errno, RequestCode};
use vendor_shim::guest::Wrong;

use super::words::words;
use super::{Context, GREETING, Outcome, Refusal, split_word};
use crate::model::VERSION;
use crate::model::supplementary::Condition;
use crate::states::{radio, states};

/// The emulator greets again after `auth`.
pub(super) fn auth(_: &mut Context<'_>, args: &str) -> Outcome {
    if args.is_empty() { Err("missing authentication token".into()) } else { Ok(GREETING.to_owned()) }
}

pub(super) fn ping(_: &mut Context<'_>, _: &str) -> Outcome {
    Ok("I am alive!".to_owned())
}

pub(super) fn status(context: &mut Context<'_>, _: &str) -> Outcome {
    let lines = states(context.modem).into_iter().map(|(name, value)| format!("{}: {value}", name.replace('-', " ")));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

pub(super) fn services(context: &mut Context<'_>, _: &str) -> Outcome {
    let services = &context.modem.services;
    let forward = |name: &str, condition| format!("forward {name}: {}", services.forwarded(condition).unwrap_or("off"));
    let clir = match services.clir {
        Clir::INVOCATION => "withheld",
        Clir::SUPPRESSION => "shown",
        _ => "as subscribed",
    };
    Ok([
        forward("always", Condition::Unconditional),
        forward("busy", Condition::Busy),
        forward("no reply", Condition::NoReply),
        forward("unreachable", Condition::Unreachable),
        format!("call waiting: {}", if services.call_waiting { "on" } else { "off" }),
        format!("own number: {clir}"),
    ]
    .join("\n"))
}

pub(super) fn radio_on(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.power_on(context.to);
    Ok(String::new())
}

pub(super) fn radio_off(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.power_off(context.to);
    Ok(String::new())
}

pub(super) fn radio_reset(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.power_off(context.to);
    context.modem.power_on(context.to);
    Ok(String::new())
}

/// `radio crash [off|same] [REASON]`
pub(super) fn radio_crash(context: &mut Context<'_>, args: &str) -> Outcome {
    let (back, reason) = split_word(args);
    let same = match back {
        "" | "off" => false,
        "same" => true,
        _ => return Err("try 'radio crash [off|same] [<reason>]'".into()),
    };
    let reason = if reason.is_empty() { "ordered on the console" } else { reason };
    context.modem.crash(same, reason, context.to);
    Ok(String::new())
}

pub(super) fn radio_hang(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.fall_silent();
    Ok(String::new())
}

pub(super) fn radio_resume(context: &mut Context<'_>, _: &str) -> Outcome {
    if !context.modem.is_silent() {
        return Err("the modem is not silent".into());
    }
    context.modem.speak_again(context.to);
    Ok(String::new())
}

pub(super) fn radio_status(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(radio(context.modem.radio()).to_owned())
}

/// `fail REQUEST ERRNO [TIMES]`
pub(super) fn fail(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let (code, errno, times) = match words.as_slice() {
        [code, errno] => (code, errno, 1),
        [code, errno, times] => (code, errno, times.parse().map_err(|_| "the number of times is not a number")?),
        _ => return Err("try 'fail <request> <errno> [<times>]'".into()),
    };
    let errno: Errno = errno.parse().map_err(|_| format!("no errno '{errno}' in ril.h"))?;
    context.modem.faults.fail(request(code)?, errno, times);
    Ok(String::new())
}

/// `delay all|REQUEST MS`
pub(super) fn delay(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let [code, milliseconds] = words.as_slice() else { return Err("try 'delay all|<request> <ms>'".into()) };
    let delay = Duration::from_millis(milliseconds.parse().map_err(|_| "milliseconds are a number")?);
    match code.as_str() {
        "all" => context.modem.faults.slow_down(delay),
        one => context.modem.faults.delay(request(one)?, delay),
    }
    Ok(String::new())
}

/// `hang REQUEST`
pub(super) fn hang(context: &mut Context<'_>, args: &str) -> Outcome {
    context.modem.faults.hang(request(args)?);
    Ok(String::new())
}

/// `reply REQUEST JSON`
pub(super) fn reply(context: &mut Context<'_>, args: &str) -> Outcome {
    let (name, result) = split_word(args);
    if result.is_empty() {
        return Err("try 'reply <request> <json>'".into());
    }
    let code = request(name)?;
    let row = code.row().ok_or_else(|| format!("ril.h does not say what {code} is answered with"))?;
    let result = serde_json::from_str(result).map_err(|error| format!("no JSON: {error}"))?;
    let payload = row.response.from_json(result, VERSION).map_err(|error| error.to_string())?;
    if context.modem.faults.reply(code, payload) { Ok(String::new()) } else { Err("too many wait already".into()) }
}

/// `cut REQUEST [TIMES]`
pub(super) fn cut(context: &mut Context<'_>, args: &str) -> Outcome {
    answer_wrongly(context, args, Wrong::Cut)
}

/// `twice REQUEST [TIMES]`
pub(super) fn twice(context: &mut Context<'_>, args: &str) -> Outcome {
    answer_wrongly(context, args, Wrong::Twice)
}

fn answer_wrongly(context: &mut Context<'_>, args: &str, wrong: Wrong) -> Outcome {
    let (code, times) = split_word(args);
    let times = if times.is_empty() { "1" } else { times };
    let times = times.parse().map_err(|_| "the number of times is not a number")?;
    context.modem.faults.answer_wrongly(request(code)?, wrong, times);
    Ok(String::new())
}

pub(super) fn faults(context: &mut Context<'_>, args: &str) -> Outcome {
    match args {
        "" => Ok(context.modem.faults.list().join("\n")),
        "clear" => {
            context.modem.faults.clear();
            Ok(String::new())
        }
        _ => Err("try 'faults [clear]'".into()),
    }
}

/// `requests [clear]`: name and number of each kind that has come, then of all.
pub(super) fn requests(context: &mut Context<'_>, args: &str) -> Outcome {
    let counts = &mut context.modem.counts;
    match args {
        "" => {
            let known = counts.known().map(|(code, count)| format!("{code} {count}"));
            let sums = [("unknown", counts.unknown()), ("total", counts.total())];
            let sums = sums.into_iter().filter(|(name, count)| *name == "total" || *count > 0);
            let sums = sums.map(|(name, count)| format!("{name} {count}"));
            Ok(known.chain(sums).collect::<Vec<_>>().join("\n"))
        }
        "clear" => {
            counts.clear();
            Ok(String::new())
        }
        _ => Err("try 'requests [clear]'".into()),
    }
}

fn request(name: &str) -> Result<RequestCode, Refusal> {
    name.parse().map_err(|_| format!("no request '{name}' in ril.h").into())
}

/// `scenario` and `watch`, which a door carries out and nobody else.
pub(super) fn at_a_door(_: &mut Context<'_>, _: &str) -> Outcome {
    Err("this takes a connection to the console of its own".into())
}

/// `slot`, which a door carries out: it knows the other modems.
pub(super) fn slot(_: &mut Context<'_>, _: &str) -> Outcome {
    Err("this is about a connection to the console".into())
}

pub(super) fn crash(context: &mut Context<'_>, _: &str) -> Outcome {
    context.to.abort();
    Ok(String::new())
}
