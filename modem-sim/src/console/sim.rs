//! Commands about the card.

use ril_protocol::hex::{from_hex, to_hex};

use super::words::words;
use super::{Context, Outcome, Refusal};
use crate::args::emergency_numbers;
use crate::model::card_changes::Refresh;
use crate::model::sim_card::file_system::Content;
use crate::states::card;

/// Most digits of an IMSI (3GPP TS 23.003, 2.2) and of a card's serial number (TS 51.011, 10.1.1).
const MOST_OF_IMSI: usize = 15;
const MOST_OF_ICCID: usize = 20;

pub(super) fn status(context: &mut Context<'_>, _: &str) -> Outcome {
    Ok(card(context.modem).to_owned())
}

pub(super) fn insert(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.insert_card(true, context.to);
    Ok(String::new())
}

pub(super) fn remove(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.insert_card(false, context.to);
    Ok(String::new())
}

pub(super) fn reclaim(context: &mut Context<'_>, when: &str) -> Outcome {
    let at_once = match when {
        "" => false,
        "now" => true,
        _ => return Err(Refusal::from("usage: 'sim reclaim [now]'")),
    };
    if context.modem.end_access(at_once, context.to) {
        Ok(String::new())
    } else {
        Err(Refusal::from("nobody has the card"))
    }
}

pub(super) fn lock(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.lock_card(false, context.to);
    Ok(String::new())
}

pub(super) fn block(context: &mut Context<'_>, _: &str) -> Outcome {
    context.modem.lock_card(true, context.to);
    Ok(String::new())
}

/// `sim pin PIN`: as if the phone had entered it.
pub(super) fn pin(context: &mut Context<'_>, args: &str) -> Outcome {
    let tried = context.modem.enter_pin(args, context.to);
    match tried {
        Ok(_) => Ok(String::new()),
        Err(Some(tries)) => Err(format!("wrong PIN, {tries} tries left").into()),
        Err(None) => Err("no card".into()),
    }
}

/// `sim ecc [NUMBER[/CATEGORY]... | none]`: EF_ECC; without arguments, shows it.
pub(super) fn ecc(context: &mut Context<'_>, args: &str) -> Outcome {
    if args.is_empty() {
        let numbers = context.modem.sim.emergency_numbers();
        return Ok(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
    let numbers = emergency_numbers(args.split_whitespace().filter(|word| *word != "none"))?;
    context.modem.set_emergency_numbers(&numbers, context.to);
    Ok(String::new())
}

/// `sim channels`: number and application of each open logical channel.
pub(super) fn channels(context: &mut Context<'_>, _: &str) -> Outcome {
    let lines = context.modem.sim.channels().map(|(number, aid)| format!("{number} {aid}"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// `sim swap IMSI [ICCID]`: the card that is there, if one is, is pulled out.
pub(super) fn swap(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let (imsi, iccid) = match words.as_slice() {
        [imsi] => (imsi, None),
        [imsi, iccid] => (imsi, Some(iccid)),
        _ => return Err("try 'sim swap <imsi> [<iccid>]'".into()),
    };
    let is_number = |digits: &str, most: usize| {
        (1..=most).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
    };
    if !is_number(imsi, MOST_OF_IMSI) || iccid.is_some_and(|iccid| !is_number(iccid, MOST_OF_ICCID)) {
        return Err(format!("an IMSI has up to {MOST_OF_IMSI} digits, an ICCID up to {MOST_OF_ICCID}").into());
    }
    context.modem.swap_card(imsi, iccid.map(String::as_str), context.to);
    Ok(String::new())
}

/// `sim puk PUK PIN`: as if the phone had entered it.
pub(super) fn puk(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let [puk, pin] = words.as_slice() else { return Err("try 'sim puk <puk> <new pin>'".into()) };
    match context.modem.enter_puk(puk, pin, context.to) {
        Ok(()) => Ok(String::new()),
        Err(Some(tries)) => Err(format!("wrong PUK or no PIN, {tries} tries left").into()),
        Err(None) => Err("no card".into()),
    }
}

/// `sim file FILE`: what is in it, a record a line.
pub(super) fn file(context: &mut Context<'_>, args: &str) -> Outcome {
    let (id, _) = place(args)?;
    let file = context.modem.sim.file(id).ok_or_else(|| format!("the card has no file {id:04x}"))?;
    Ok(match &file.content {
        Content::Transparent(bytes) => to_hex(bytes),
        Content::Records(records) => records.iter().map(|record| to_hex(record)).collect::<Vec<_>>().join("\n"),
    })
}

/// `sim write FILE[#RECORD] HEX`
pub(super) fn write(context: &mut Context<'_>, args: &str) -> Outcome {
    let words = words(args)?;
    let [file, octets] = words.as_slice() else { return Err("try 'sim write <file>[#<record>] <hex>'".into()) };
    let (id, record) = place(file)?;
    let octets = from_hex(octets).ok_or_else(|| format!("'{octets}' is not hexadecimal"))?;
    context.modem.write_file(id, record, &octets, context.to)?;
    Ok(String::new())
}

/// `sim refresh init|reset|FILE`
pub(super) fn refresh(context: &mut Context<'_>, args: &str) -> Outcome {
    let refresh = match args {
        "init" => Refresh::Files,
        "reset" => Refresh::Reset,
        file => Refresh::File(place(file)?.0),
    };
    if context.modem.refresh_card(refresh, context.to) { Ok(String::new()) } else { Err("no card".into()) }
}

/// A file by its identifier, four hexadecimal digits, and perhaps one of its records, from 1.
fn place(word: &str) -> Result<(u16, Option<usize>), Refusal> {
    let (file, record) = word.split_once('#').map_or((word, None), |(file, record)| (file, Some(record)));
    let id = u16::from_str_radix(file, 16).ok().filter(|_| file.len() == 4 && !file.starts_with('+'));
    let id = id.ok_or_else(|| format!("'{file}' is not the four hexadecimal digits of a file"))?;
    let record = record.map(|record| record.parse().ok().filter(|record| *record > 0));
    match record {
        Some(None) => Err("a record is a number from 1".into()),
        record => Ok((id, record.flatten())),
    }
}
