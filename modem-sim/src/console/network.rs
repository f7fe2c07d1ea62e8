//! Commands about the network: registration, signal, technology, data calls, time.

use super::words::words;
use super::{Context, Outcome, Refusal, split_word};
use crate::model::data::REGULAR_DEACTIVATION;
use crate::model::network::{Registration, Technology};

/// RSSI of the five levels that Android shows, from none to great.
const PROFILES: [i32; 5] = [0, 5, 10, 15, 31];

/// What the emulator calls a network speed and we take for a technology, with its bits per second up and down.
const SPEEDS: [(&str, u32, u32); 10] = [
    ("gsm", 14_400, 14_400),
    ("hscsd", 14_400, 57_600),
    ("gprs", 28_800, 57_600),
    ("edge", 473_600, 473_600),
    ("umts", 384_000, 384_000),
    ("hsdpa", 5_760_000, 13_980_000),
    ("lte", 58_000_000, 173_000_000),
    ("evdo", 75_000, 280_000),
    ("5g", 0, 0),
    ("full", 0, 0),
];

fn registration(args: &str, command: &str) -> Result<Registration, Refusal> {
    if args.is_empty() {
        return Err(format!("missing argument, try '{command} <state>'").into());
    }
    let bad = || format!("bad state name '{args}', use unregistered, home, roaming, searching, denied, off or on");
    args.parse().map_err(|()| bad().into())
}

pub(super) fn voice(context: &mut Context<'_>, args: &str) -> Outcome {
    let wanted = registration(args, "gsm voice")?;
    context.modem.set_voice(wanted, context.to);
    Ok(String::new())
}

pub(super) fn data(context: &mut Context<'_>, args: &str) -> Outcome {
    let wanted = registration(args, "gsm data")?;
    context.modem.set_data(wanted, context.to);
    Ok(String::new())
}

/// `network STATE`: voice and data together.
pub(super) fn both(context: &mut Context<'_>, args: &str) -> Outcome {
    let wanted = args.parse::<Registration>().map_err(|()| " bad sub-command")?;
    context.modem.set_voice(wanted, context.to);
    context.modem.set_data(wanted, context.to);
    Ok(String::new())
}

/// `gsm status`: what the console has set, as the emulator prints it.
pub(super) fn gsm_status(context: &mut Context<'_>, args: &str) -> Outcome {
    if !args.is_empty() {
        return Err("no argument required".into());
    }
    let network = &context.modem.network;
    Ok(format!("gsm voice state: {}\ngsm data state:  {}", network.voice, network.data))
}

/// `gsm signal RSSI [BER]`
pub(super) fn signal(context: &mut Context<'_>, args: &str) -> Outcome {
    let (strength, errors) = split_word(args);
    if strength.is_empty() {
        return Err("not enough arguments: see 'help gsm signal' for details".into());
    }
    let strength = within(strength, 31, "RSSI - must be 0..31 or 99")?;
    let errors = match errors {
        "" => context.modem.network.signal().1,
        errors => within(errors, 7, "BER - must be 0..7 or 99")?,
    };
    context.modem.network.set_signal(strength, errors, context.to);
    Ok(String::new())
}

fn within(text: &str, most: i32, what: &str) -> Result<i32, Refusal> {
    let value: i32 = text.parse().map_err(|_| format!("argument '{text}' is not a number"))?;
    let fits = (0..=most).contains(&value) || value == 99;
    fits.then_some(value).ok_or_else(|| format!("invalid {what}").into())
}

pub(super) fn signal_profile(context: &mut Context<'_>, args: &str) -> Outcome {
    let level: usize = args.parse().map_err(|_| format!("argument '{args}' is not a number"))?;
    let strength = *PROFILES.get(level).ok_or("invalid signal strength - must be 0..4")?;
    let errors = context.modem.network.signal().1;
    context.modem.network.set_signal(strength, errors, context.to);
    Ok(String::new())
}

pub(super) fn meter(_: &mut Context<'_>, args: &str) -> Outcome {
    match args {
        "on" | "off" => Ok(String::new()),
        _ => Err("try 'gsm meter on|off'".into()),
    }
}

/// `network status`: no packet flows here, so that nothing limits one.
pub(super) fn status(context: &mut Context<'_>, _: &str) -> Outcome {
    let technology = context.modem.network.technology.to_string();
    let known = SPEEDS.iter().find(|(name, ..)| *name == technology);
    let (up, down) = known.map_or((0, 0), |(_, up, down)| (*up, *down));
    Ok(format!(
        "Current network status:\n  download speed:   {down:8} bits/s ({:.1} KB/s)\n  upload speed:     {up:8} bits/s \
         ({:.1} KB/s)\n  minimum latency:  0 ms\n  maximum latency:  0 ms",
        f64::from(down) / 8192.0,
        f64::from(up) / 8192.0
    ))
}

/// `network speed NAME`: the technology of that name. Numbers, and names without a GSM technology, change nothing.
pub(super) fn speed(context: &mut Context<'_>, args: &str) -> Outcome {
    let is_rate = |text: &str| text.parse::<f64>().is_ok_and(|rate| rate >= 0.0);
    let rates = args.split_once(':').map_or(is_rate(args), |(up, down)| is_rate(up) && is_rate(down));
    match args.parse::<Technology>() {
        Ok(technology) => context.modem.set_technology(technology, context.to),
        Err(()) if rates || SPEEDS.iter().any(|(name, ..)| *name == args) => {}
        Err(()) if args.is_empty() => return Err("missing <speed> argument, see 'help network speed'".into()),
        Err(()) => return Err("invalid <speed> argument, see 'help network speed' for valid values".into()),
    }
    Ok(String::new())
}

pub(super) fn delay(_: &mut Context<'_>, args: &str) -> Outcome {
    if args.is_empty() { Err("missing <delay> argument, see 'help network delay'".into()) } else { Ok(String::new()) }
}

/// `network cell AREA CELL`
pub(super) fn cell(context: &mut Context<'_>, args: &str) -> Outcome {
    let (area, cell) = split_word(args);
    let area = u16::from_str_radix(area, 16).map_err(|_| "an area is four hexadecimal digits at most")?;
    let cell = u32::from_str_radix(cell, 16).ok().filter(|cell| *cell < 1 << 28);
    context.modem.network.location = (area, cell.ok_or("a cell is seven hexadecimal digits at most")?);
    context.modem.network_changed(context.to);
    Ok(String::new())
}

/// `network ecc [NUMBER... | none]`: the network's emergency numbers; without arguments, shows them.
pub(super) fn ecc(context: &mut Context<'_>, args: &str) -> Outcome {
    let numbers = &mut context.modem.network.emergency;
    if args.is_empty() {
        return Ok(numbers.join("\n"));
    }
    let words: Vec<String> = args.split_whitespace().filter(|word| *word != "none").map(str::to_owned).collect();
    let is_number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(word) = words.iter().find(|word| !is_number(word)) {
        return Err(format!("'{word}' is not digits").into());
    }
    *numbers = words;
    Ok(String::new())
}

/// `nitz [SECONDS [QUARTERS [DST]]]`
pub(super) fn nitz(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let usage = "try 'nitz [<seconds> [<quarters> [<dst>]]]'";
    let seconds = match words.first() {
        Some(seconds) => seconds.parse().map_err(|_| usage)?,
        None => context.modem.unix_time(),
    };
    let quarters = match words.get(1) {
        Some(quarters) => quarters.parse().ok().filter(|q| (-48..=56).contains(q)).ok_or(usage)?,
        None => context.modem.config().zone,
    };
    let daylight = match words.get(2) {
        Some(hours) => hours.parse().ok().filter(|hours| *hours <= 2).ok_or(usage)?,
        None => 0,
    };
    let told = context.modem.tell_time(seconds, quarters, daylight, context.to);
    if told { Ok(String::new()) } else { Err("the year is not one of 1990 to 2089".into()) }
}

/// `data list`: cid, APN, kind, interface, addresses.
pub(super) fn data_list(context: &mut Context<'_>, _: &str) -> Outcome {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let lines = context.modem.data.calls().map(|(call, apn)| {
        format!("{} {apn} {} {} {}", call.cid, text(&call.pdp_type), text(&call.ifname), text(&call.addresses))
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

pub(super) fn data_drop(context: &mut Context<'_>, args: &str) -> Outcome {
    if args == "all" {
        context.modem.data.drop_all(context.to);
        return Ok(String::new());
    }
    let usage = "try 'data drop <cid>|all [<cause>]'";
    let (cid, cause) = split_word(args);
    let cid = cid.parse().map_err(|_| usage)?;
    let cause = if cause.is_empty() { REGULAR_DEACTIVATION } else { cause.parse().map_err(|_| usage)? };
    let dropped = context.modem.data.drop_call(cid, cause, context.to);
    if dropped { Ok(String::new()) } else { Err(format!("no data call {cid}").into()) }
}

/// `data change CID`
pub(super) fn data_change(context: &mut Context<'_>, args: &str) -> Outcome {
    let cid = args.parse().map_err(|_| "try 'data change <cid>'")?;
    let changed = context.modem.data.change(cid, context.to);
    if changed { Ok(String::new()) } else { Err(format!("no data call {cid}").into()) }
}

/// `data profiles`: the APN of the first attach, then the profiles. Names and passwords are not shown.
pub(super) fn data_profiles(context: &mut Context<'_>, _: &str) -> Outcome {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let data = &context.modem.data;
    let attach =
        data.attach_apn.iter().map(|attach| format!("attach {} {}", text(&attach.apn), text(&attach.protocol)));
    let profiles = data.profiles.iter().map(|profile| {
        let state = if profile.enabled { "" } else { " disabled" };
        format!("{} {} {}{state}", profile.profile_id, text(&profile.apn), text(&profile.protocol))
    });
    Ok(attach.chain(profiles).collect::<Vec<_>>().join("\n"))
}
