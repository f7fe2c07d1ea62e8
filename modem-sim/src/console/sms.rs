//! Commands about short messages and cell broadcast.

use ril_protocol::sms_pdu::Address;

use super::escapes::{escape, unescape};
use super::{Context, Outcome, Refusal, split_word};
use crate::model::sms::{Incoming, SentText};

/// `sms send NUMBER TEXT`
pub(super) fn send(context: &mut Context<'_>, args: &str) -> Outcome {
    let (number, text) = split_word(args);
    if text.is_empty() {
        return Err("missing argument, try 'sms send <phonenumber> <text message>'".into());
    }
    let digits = number.strip_prefix('+').unwrap_or(number);
    let sender = Address::number(number).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let sender = sender.ok_or("bad phone number format, must be [+](0-9)*")?;
    let text = unescaped(text)?;
    let now = context.modem.unix_time();
    for message in context.modem.sms.compose(&sender, &text, now)? {
        context.modem.sms.arrive(message);
    }
    context.modem.pump_sms(context.to);
    Ok(String::new())
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
    context.modem.sms.arrive(message);
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
    Ok(context.modem.sms.undelivered().to_string())
}

/// `cb CHANNEL TEXT`
pub(super) fn broadcast(context: &mut Context<'_>, args: &str) -> Outcome {
    let (channel, text) = split_word(args);
    let channel = channel.parse().map_err(|_| "try 'cb <channel> <text>', channels are 0 to 65535")?;
    let heard = context.modem.sms.broadcast.send(channel, &unescaped(text)?, context.to)?;
    Ok(if heard { "received".to_owned() } else { "not received: the phone does not listen to this channel".to_owned() })
}
