//! Commands about the SIM toolkit.

use super::escapes::unescape;
use super::words::words;
use super::{Context, Outcome, split_word};
use crate::model::toolkit::{Command, Log, Menu, Toolkit};

/// `stk menu [TITLE ITEM...]`: a menu of one's own shows the item that is chosen.
pub(super) fn menu(context: &mut Context<'_>, args: &str) -> Outcome {
    let menu = match words(args)?.as_slice() {
        [] => Menu::default(),
        [title, items @ ..] => {
            let item = |name: &String| (name.clone(), Command::Text(name.clone()));
            Menu { title: title.clone(), items: items.iter().map(item).collect() }
        }
    };
    context.modem.toolkit.set_menu(menu)?;
    context.modem.let_card_speak(context.to);
    Ok(String::new())
}

pub(super) fn text(context: &mut Context<'_>, args: &str) -> Outcome {
    if args.is_empty() {
        return Err("missing argument, try 'stk text <text>'".into());
    }
    let text = unescape(args)?;
    offer(context, Command::Text(text))
}

pub(super) fn input(context: &mut Context<'_>, args: &str) -> Outcome {
    if args.is_empty() {
        return Err("missing argument, try 'stk input <question>'".into());
    }
    let question = unescape(args)?;
    offer(context, Command::Input(question))
}

/// `stk select TITLE ITEM...`
pub(super) fn select(context: &mut Context<'_>, args: &str) -> Outcome {
    match words(args)?.as_slice() {
        [] => Err("try 'stk select <title> <item>...'".into()),
        [title, items @ ..] => offer(context, Command::Select(title.clone(), items.to_vec())),
    }
}

/// `stk call NUMBER [QUESTION]`
pub(super) fn call(context: &mut Context<'_>, args: &str) -> Outcome {
    let (number, question) = split_word(args);
    let digits = number.strip_prefix('+').unwrap_or(number);
    if !(1..=20).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("try 'stk call <number> [<question>]'".into());
    }
    let question = unescape(question)?;
    offer(context, Command::Call(number.to_owned(), question))
}

fn offer(context: &mut Context<'_>, command: Command) -> Outcome {
    context.modem.toolkit.offer(command)?;
    context.modem.let_card_speak(context.to);
    Ok(String::new())
}

pub(super) fn notify(context: &mut Context<'_>, args: &str) -> Outcome {
    if !context.modem.toolkit.is_running() {
        return Err("nobody has said REPORT_STK_SERVICE_IS_RUNNING".into());
    }
    let text = unescape(args)?;
    context.modem.toolkit.notify(&text, context.to)?;
    Ok(String::new())
}

/// `stk alpha TEXT`
pub(super) fn alpha(context: &mut Context<'_>, args: &str) -> Outcome {
    let text = unescape(args)?;
    Toolkit::tell_of_change(&text, context.to);
    Ok(String::new())
}

pub(super) fn end(context: &mut Context<'_>, _: &str) -> Outcome {
    let ended = context.modem.toolkit.end(context.to);
    if ended { Ok(String::new()) } else { Err("there is no session".into()) }
}

pub(super) fn status(context: &mut Context<'_>, _: &str) -> Outcome {
    let toolkit = &context.modem.toolkit;
    let (current, waiting) = toolkit.pending();
    let current = current.map_or_else(|| "none".to_owned(), |(number, name)| format!("{number} {name}"));
    let log = &toolkit.log;
    let last = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    Ok(format!(
        "host: {}\ncommand: {current}\nwaiting: {waiting}\nresponses: {}\nunexpected: {}\nlast response: {}\n\
         envelopes: {}\nlast envelope: {}\nlast answer: {}",
        if toolkit.is_running() { "ready" } else { "not ready" },
        log.responses,
        log.unexpected,
        last(&log.last_response),
        log.envelopes,
        last(&log.last_envelope),
        last(&log.last_answer),
    ))
}

pub(super) fn clear(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.toolkit.log = Log::default();
    Ok(String::new())
}
