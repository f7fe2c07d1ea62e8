//! Rows about voice calls.

use ril_protocol::payload::call::{Dial, FailCause};
use ril_protocol::{Errno, RequestCode as R};

use super::Needs::{Modem, Radio};
use super::{Args, Row, done, int, ok};

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::GET_CURRENT_CALLS => Row(Modem, |m, _, _| ok(&m.calls.report())),
        R::DIAL => Row(Radio, |m, args, to| m.dial(&args.read::<Dial>()?, to)),
        R::ANSWER => Row(Radio, |m, _, to| m.calls.answer(to).and_then(|()| done())),
        R::HANGUP => Row(Radio, |m, args, to| m.calls.hang_up(args.int()?, to).and_then(|()| done())),
        R::HANGUP_WAITING_OR_BACKGROUND => {
            Row(Radio, |m, _, to| m.calls.release_held_or_refuse(to).and_then(|()| done()))
        }
        R::HANGUP_FOREGROUND_RESUME_BACKGROUND => {
            Row(Radio, |m, _, to| m.calls.release_active_and_accept(to).and_then(|()| done()))
        }
        R::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE => {
            Row(Radio, |m, _, to| m.calls.hold_active_and_accept(to).and_then(|()| done()))
        }
        R::CONFERENCE => Row(Radio, |m, _, to| m.calls.join(to).and_then(|()| done())),
        R::SEPARATE_CONNECTION => Row(Radio, |m, args, to| m.calls.separate(args.int()?, to).and_then(|()| done())),
        R::EXPLICIT_CALL_TRANSFER => Row(Radio, |m, _, to| m.calls.transfer(to).and_then(|()| done())),
        R::UDUB => Row(Radio, |m, _, to| m.calls.refuse(to).and_then(|()| done())),
        R::LAST_CALL_FAIL_CAUSE => {
            Row(Modem, |m, _, _| ok(&FailCause { cause: m.calls.last_cause.0, vendor_cause: None }))
        }
        R::DTMF => Row(Radio, |m, args, _| m.calls.dtmf(tone(args)?).and_then(|()| done())),
        R::DTMF_START => Row(Radio, |m, args, _| m.calls.dtmf_start(tone(args)?).and_then(|()| done())),
        R::DTMF_STOP => Row(Radio, |m, _, _| {
            m.calls.dtmf_stop();
            done()
        }),
        R::SET_MUTE => Row(Radio, |m, args, _| {
            m.calls.muted = args.flag()?;
            done()
        }),
        R::GET_MUTE => Row(Modem, |m, _, _| int(m.calls.muted.into())),
        R::SET_SUPP_SVC_NOTIFICATION => Row(Modem, |m, args, _| {
            m.calls.notify_services = args.flag()?;
            done()
        }),
        _ => return None,
    })
}

/// The one tone of the arguments.
fn tone(args: &Args<'_>) -> Result<char, Errno> {
    let text = args.text()?;
    let tone = text.chars().next().map(|tone| tone.to_ascii_uppercase());
    tone.filter(|tone| is_tone(*tone)).ok_or(Errno::INVALID_ARGUMENTS)
}

/// A tone of ITU-T Q.23.
pub(super) fn is_tone(tone: char) -> bool {
    matches!(tone, '0'..='9' | '*' | '#' | 'A'..='D')
}
