//! Commands about short messages and cell broadcast.

use ril_protocol::payload::sms::GsmBroadcastConfig;
use ril_protocol::sms_pdu::{Address, MessageClass};

use super::escapes::{escape, unescape};
use super::{Context, Outcome, Refusal, split_word};
use crate::model::sms::{Incoming, SentText, Waiting, status};

/// `sms send NUMBER|NAME TEXT`
pub(super) fn send(context: &mut Context<'_>, args: &str) -> Outcome {
    compose(context, args, None, "sms send <phonenumber> <text message>")
}

/// `sms class 0|1|2|3 NUMBER|NAME TEXT`
pub(super) fn class(context: &mut Context<'_>, args: &str) -> Outcome {
    let (class, rest) = split_word(args);
    let class = match class {
        "0" => MessageClass::Flash,
        "1" => MessageClass::Phone,
        "2" => MessageClass::Sim,
        "3" => MessageClass::Terminal,
        _ => return Err("a class is 0, 1, 2 or 3".into()),
    };
    compose(context, rest, Some(class), "sms class <class> <number> <text>")
}

fn compose(context: &mut Context<'_>, args: &str, class: Option<MessageClass>, usage: &str) -> Outcome {
    let (sender, text) = sender(args)?;
    let Some(sender) = sender.filter(|_| !text.is_empty()) else {
        return Err(format!("missing argument, try '{usage}'").into());
    };
    let text = unescaped(text)?;
    let now = context.modem.unix_time();
    for message in context.modem.sms.compose(&sender, class, &text, now)? {
        context.modem.sms.inbox.arrive(message);
    }
    context.modem.pump_sms(context.to);
    Ok(String::new())
}

/// Who sends, and what follows: a number, or a name, which begins with a letter or stands in quotes. `None` for nobody.
fn sender(args: &str) -> Result<(Option<Address>, &str), Refusal> {
    let quote = args.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (word, text) = match quote.and_then(|quote| args.get(1..)?.split_once(quote)) {
        Some((name, text)) => (name, text.trim_start()),
        None => split_word(args),
    };
    if word.is_empty() || text.is_empty() {
        return Ok((None, text));
    }
    if quote.is_some() || word.starts_with(char::is_alphabetic) {
        let name = Address::alphanumeric(word).map_err(|error| error.to_string())?;
        return Ok((Some(name), text));
    }
    let digits = word.strip_prefix('+').unwrap_or(word);
    let number = Address::number(word).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    Ok((Some(number.ok_or("bad phone number format, must be [+](0-9)*")?), text))
}

fn unescaped(text: &str) -> Result<String, Refusal> {
    unescape(text).map_err(|text| Refusal { text, reason: "badly formatted text".to_owned() })
}

/// `sms pdu HEX`
pub(super) fn pdu(context: &mut Context<'_>, args: &str) -> Outcome {
    if args.is_empty() {
        return Err("missing argument, try 'sms pdu <hexstring>'".into());
    }
    let message = Incoming::from_hex(args).ok_or("badly formatted <hexstring>")?;
    context.modem.sms.inbox.arrive(message);
    context.modem.pump_sms(context.to);
    Ok(String::new())
}

/// `sms list`: a line for each message, with how much of it came where parts are missing.
pub(super) fn list(context: &mut Context<'_>, _: &str) -> Outcome {
    let line = |sent: SentText| {
        let missing = match sent.parts {
            (came, total) if came < total => format!(" ({came} of {total} parts)"),
            _ => String::new(),
        };
        format!("{}\t{}{missing}", sent.to, escape(&sent.text))
    };
    Ok(context.modem.sms.outbox.texts().into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

pub(super) fn clear(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.sms.outbox.clear();
    Ok(String::new())
}

pub(super) fn waiting(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(context.modem.sms.inbox.undelivered().to_string())
}

/// `sms queue`: how often it was delivered, the PDU.
pub(super) fn queue(context: &mut Context<'_>, _: &str) -> Outcome {
    let line = |Waiting { message, transmissions }: Waiting<Incoming>| {
        format!("{transmissions} {}", message.to_hex().unwrap_or_default())
    };
    Ok(context.modem.sms.inbox.queue().map(line).collect::<Vec<_>>().join("\n"))
}

pub(super) fn retry(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.sms.inbox.retry_now();
    context.modem.pump_sms(context.to);
    Ok(String::new())
}

/// `sms reports [now|hold|fail]`: without an argument, the policy and how many are held.
pub(super) fn reports(context: &mut Context<'_>, args: &str) -> Outcome {
    let reports = &mut context.modem.sms.reports;
    if args.is_empty() {
        return Ok(format!("{} {}", reports.policy, reports.held()));
    }
    reports.policy = args.parse()?;
    Ok(String::new())
}

/// `sms report [received|trying|failed|HEX]`: the oldest held report goes to the phone.
pub(super) fn report(context: &mut Context<'_>, args: &str) -> Outcome {
    let wanted = if args.is_empty() { "received" } else { args };
    let status = status(wanted).ok_or("a status is received, trying, failed or two hexadecimal digits")?;
    let now = context.modem.unix_time();
    if !context.modem.sms.report(status, now) {
        return Err("no status report is held".into());
    }
    context.modem.pump_sms(context.to);
    Ok(String::new())
}

/// `cb config`: whether it is on, then a line for each range in the order in which the phone gave them.
pub(super) fn broadcast_config(context: &mut Context<'_>, _: &str) -> Outcome {
    let broadcast = &context.modem.sms.broadcast;
    let line = |range: &GsmBroadcastConfig| {
        let GsmBroadcastConfig { from_service_id, to_service_id, from_code_scheme, to_code_scheme, selected } = range;
        let wanted = if *selected { "wanted" } else { "not wanted" };
        format!("{from_service_id}-{to_service_id} coding {from_code_scheme}-{to_code_scheme} {wanted}")
    };
    let state = if broadcast.active { "on" } else { "off" }.to_owned();
    Ok(std::iter::once(state).chain(broadcast.config.iter().map(line)).collect::<Vec<_>>().join("\n"))
}

/// `cb CHANNEL TEXT`
pub(super) fn broadcast(context: &mut Context<'_>, args: &str) -> Outcome {
    let (channel, text) = split_word(args);
    let channel = channel.parse().map_err(|_| "try 'cb <channel> <text>', channels are 0 to 65535")?;
    let heard = context.modem.broadcast(channel, &unescaped(text)?, context.to)?;
    Ok(if heard { "received".to_owned() } else { "not received: the phone does not listen to this channel".to_owned() })
}
