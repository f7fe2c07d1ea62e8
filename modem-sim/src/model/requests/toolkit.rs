//! Rows about the SIM toolkit.

use ril_protocol::payload::call::Dial;
use ril_protocol::{Errno, RequestCode as R};

use super::Needs::{Modem, Nothing};
use super::{Row, done, ok, text};
use crate::model::Modem as Phone;
use crate::model::effects::Effects;

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::REPORT_STK_SERVICE_IS_RUNNING => Row(Nothing, |m, _, to| {
            m.toolkit.run(to);
            done()
        }),
        R::STK_GET_PROFILE => Row(Modem, |m, _, _| text(&m.toolkit.profile)),
        R::STK_SET_PROFILE => Row(Modem, |m, args, _| {
            m.toolkit.profile = args.text()?;
            done()
        }),
        R::STK_SEND_TERMINAL_RESPONSE => Row(Modem, |m, args, to| {
            m.inserted()?;
            m.toolkit.respond(&args.text()?, to).and_then(|()| done())
        }),
        R::STK_SEND_ENVELOPE_COMMAND => Row(Modem, |m, args, to| {
            m.inserted()?;
            ok(&m.toolkit.envelope(&args.text()?, to)?)
        }),
        R::STK_SEND_ENVELOPE_WITH_STATUS => Row(Modem, |m, args, to| {
            m.inserted()?;
            ok(&m.toolkit.envelope_with_status(&args.text()?, to)?)
        }),
        R::STK_HANDLE_CALL_SETUP_REQUESTED_FROM_SIM => Row(Modem, |m, args, to| {
            m.inserted()?;
            if let Some(number) = m.toolkit.handle_call(args.flag()?, to)? {
                m.dial_for_card(number, to);
            }
            done()
        }),
        _ => return None,
    })
}

impl Phone {
    fn inserted(&self) -> Result<(), Errno> {
        if self.sim.is_present() { Ok(()) } else { Err(Errno::SIM_ABSENT) }
    }

    /// The modem makes a call that the card wants. Where that cannot be, the card alone is told why.
    fn dial_for_card(&mut self, number: String, to: &mut Effects) {
        let refused = self.dial(&Dial { address: Some(number), ..Dial::default() }, to).err();
        if let Some(errno) = refused {
            self.toolkit.log.last_answer = Some(format!("call accepted, not made: {errno}"));
        }
    }
}
