//! Commands about USSD.

use super::escapes::{escape, unescape};
use super::{Context, Outcome, split_word};
use crate::model::ussd::{Kind, Message};

pub(super) fn notify(context: &mut Context<'_>, args: &str) -> Outcome {
    say(context, Kind::Notify, args)
}

pub(super) fn request(context: &mut Context<'_>, args: &str) -> Outcome {
    say(context, Kind::Request, args)
}

pub(super) fn end(context: &mut Context<'_>, args: &str) -> Outcome {
    say(context, Kind::Ended, args)
}

fn say(context: &mut Context<'_>, kind: Kind, text: &str) -> Outcome {
    if text.is_empty() && kind != Kind::Ended {
        return Err("missing argument, try 'ussd notify <text>'".into());
    }
    let text = unescape(text)?;
    context.modem.ussd.say(&Message { kind, text: (!text.is_empty()).then_some(text) }, context.to);
    Ok(String::new())
}

/// `ussd answer CODE TEXT`
pub(super) fn answer(context: &mut Context<'_>, args: &str) -> Outcome {
    let (code, text) = split_word(args);
    if text.is_empty() {
        return Err("try 'ussd answer <code> <text>'".into());
    }
    let text = unescape(text)?;
    context.modem.ussd.set_answer(code, &text);
    Ok(String::new())
}

/// `ussd early [on|off]`
pub(super) fn early(context: &mut Context<'_>, args: &str) -> Outcome {
    switch(&mut context.modem.ussd.early, args, "ussd early")
}

/// `ussd services [on|off]`
pub(super) fn as_services(context: &mut Context<'_>, args: &str) -> Outcome {
    switch(&mut context.modem.ussd.as_services, args, "ussd services")
}

fn switch(setting: &mut bool, args: &str, command: &str) -> Outcome {
    *setting = match args {
        "" => return Ok(if *setting { "on" } else { "off" }.to_owned()),
        "on" => true,
        "off" => false,
        _ => return Err(format!("try '{command} [on|off]'").into()),
    };
    Ok(String::new())
}

pub(super) fn last(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(escape(context.modem.ussd.last().unwrap_or_default()))
}
