//! Commands about calls: the emulator's `gsm`, and our own.

use ril_protocol::payload::call::{CallState, Clir, Presentation};

use super::words::words;
use super::{Context, Outcome, Refusal, split_word};
use crate::model::Offered;
use crate::model::calls::{Caller, Cause, FarEnd, Line};

/// Digits, `+` and `#`: what the emulator takes for a number.
fn number<'a>(args: &'a str, usage: &str) -> Result<&'a str, Refusal> {
    if args.is_empty() {
        return Err(format!("missing argument, try '{usage} <phonenumber>'").into());
    }
    let fits = args.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '#'));
    fits.then_some(args).ok_or_else(|| "bad phone number format, use digits, # and + only".into())
}

/// The call with a number or `#index`.
fn find<'a>(context: &'a Context<'_>, who: &str) -> Result<&'a Line, Refusal> {
    context.modem.calls.find(who).ok_or_else(|| format!("no current call to/from number '{who}'").into())
}

/// `gsm list`: direction, number, state in the emulator's words and columns.
pub(super) fn list(context: &mut Context<'_>, _: &str) -> Outcome {
    let line = |call: &Line| {
        let direction = if call.outgoing { "outbound to " } else { "inbound from" };
        let state = match call.state {
            CallState::ACTIVE => "active",
            CallState::HOLDING => "held",
            CallState::ALERTING => "ringing",
            CallState::WAITING => "waiting",
            CallState::INCOMING => "incoming",
            _ => "unknown",
        };
        format!("{direction} {:<10} : {state}", call.caller.number.as_deref().unwrap_or_default())
    };
    Ok(context.modem.calls.lines().iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// `gsm call`: prints nothing; a call that nobody here gets to see is a `KO`.
pub(super) fn gsm_call(context: &mut Context<'_>, args: &str) -> Outcome {
    let number = number(args, "gsm call")?;
    match context.modem.offer_call(Caller::from_number(number), context.to) {
        Offered::Rings | Offered::Waits => Ok(String::new()),
        other => Err(describe(&other).into()),
    }
}

pub(super) fn busy(context: &mut Context<'_>, args: &str) -> Outcome {
    number(args, "gsm busy")?;
    let call = context.modem.calls.find(args).filter(|call| call.outgoing);
    let index = call.ok_or_else(|| format!("no current outbound call to number '{args}'"))?.index;
    context.modem.calls.end_remotely(index, Cause::BUSY, context.to);
    Ok(String::new())
}

pub(super) fn hold(context: &mut Context<'_>, args: &str) -> Outcome {
    number(args, "gsm hold")?;
    let index = find(context, args)?.index;
    let held = context.modem.calls.make_held(index, context.to);
    if held { Ok(String::new()) } else { Err("could not put this call on hold".into()) }
}

pub(super) fn accept(context: &mut Context<'_>, args: &str) -> Outcome {
    number(args, "gsm accept")?;
    let index = find(context, args)?.index;
    let accepted = context.modem.calls.make_active(index, context.to);
    if accepted { Ok(String::new()) } else { Err("could not activate this call".into()) }
}

pub(super) fn cancel(context: &mut Context<'_>, args: &str) -> Outcome {
    let number = number(args, "gsm cancel")?;
    let call = context.modem.calls.find(number).ok_or("could not cancel this number")?.index;
    context.modem.calls.end_remotely(call, Cause::NORMAL, context.to);
    Ok(String::new())
}

/// `call NUMBER|withheld|unknown|payphone [NAME]`
pub(super) fn call(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let [who, name @ ..] = words.as_slice() else {
        return Err("try 'call <number>|withheld|unknown|payphone [<name>]'".into());
    };
    let name = (!name.is_empty()).then(|| name.join(" "));
    let hidden = |presentation| Caller { number: None, presentation, name: name.clone() };
    let caller = match who.as_str() {
        "withheld" => hidden(Presentation::RESTRICTED),
        "unknown" => hidden(Presentation::UNKNOWN),
        "payphone" => hidden(Presentation::PAYPHONE),
        digits => Caller { name: name.clone(), ..Caller::from_number(number(digits, "call")?) },
    };
    Ok(describe(&context.modem.offer_call(caller, context.to)))
}

fn describe(offered: &Offered) -> String {
    match offered {
        Offered::Rings => "rings".to_owned(),
        Offered::Waits => "waits".to_owned(),
        Offered::Busy => "busy".to_owned(),
        Offered::Forwarded(number) => format!("forwarded to {number}"),
        Offered::Barred => "barred".to_owned(),
        Offered::Unreachable => "unreachable".to_owned(),
    }
}

/// `calls`: index, direction, number, state, then what else there is to say.
pub(super) fn calls(context: &mut Context<'_>, _: &str) -> Outcome {
    let line = |call: &Line| {
        let direction = if call.outgoing { "to" } else { "from" };
        let number = call.caller.number.as_deref().unwrap_or("withheld");
        let mut line = format!("#{} {direction} {number} {}", call.index, call.state);
        for (holds, word) in [
            (call.conference, " conference"),
            (call.held_remotely, " held-remotely"),
            (call.setup.clir == Clir::INVOCATION, " clir-invoked"),
            (call.setup.clir == Clir::SUPPRESSION, " clir-suppressed"),
            (call.setup.withheld, " number-withheld"),
            (call.setup.emergency, " emergency"),
        ] {
            if holds {
                line.push_str(word);
            }
        }
        line
    };
    Ok(context.modem.calls.lines().iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// `hangup NUMBER|#INDEX [CAUSE]`
pub(super) fn hang_up(context: &mut Context<'_>, args: &str) -> Outcome {
    let (who, cause) = split_word(args);
    let cause = match cause {
        "" => Cause::NORMAL,
        "busy" => Cause::BUSY,
        "congested" => Cause::CONGESTION,
        "lost" => Cause::NETWORK_OUT_OF_ORDER,
        number => Cause(number.parse().map_err(|_| "a cause is busy, congested, lost or a number of TS 24.008")?),
    };
    let index = find(context, who)?.index;
    context.modem.calls.end_remotely(index, cause, context.to);
    Ok(String::new())
}

/// `answer`, `answer POLICY`, `answer NUMBER POLICY`
pub(super) fn answer(context: &mut Context<'_>, args: &str) -> Outcome {
    let far_ends = &mut context.modem.calls.far_ends;
    match words(args)?.as_slice() {
        [] => {
            let rules = far_ends.rules().map(|(number, policy)| format!("{number} {policy}"));
            return Ok(std::iter::once(far_ends.others.to_string()).chain(rules).collect::<Vec<_>>().join("\n"));
        }
        [policy] => far_ends.others = policy.parse()?,
        [who, policy] => {
            let policy: FarEnd = policy.parse()?;
            far_ends.set(number(who, "answer")?, policy);
        }
        _ => return Err("try 'answer [<number>] <policy>'".into()),
    }
    Ok(String::new())
}

pub(super) fn remote_hold(context: &mut Context<'_>, args: &str) -> Outcome {
    remote(context, args, true)
}

pub(super) fn remote_retrieve(context: &mut Context<'_>, args: &str) -> Outcome {
    remote(context, args, false)
}

fn remote(context: &mut Context<'_>, who: &str, on_hold: bool) -> Outcome {
    let index = find(context, who)?.index;
    let done = context.modem.calls.hold_remotely(index, on_hold, context.to);
    if done { Ok(String::new()) } else { Err("the call is not connected, or is so already".into()) }
}

pub(super) fn mute(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(if context.modem.calls.muted { "on" } else { "off" }.to_owned())
}

pub(super) fn dtmf(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(context.modem.calls.take_tones())
}
