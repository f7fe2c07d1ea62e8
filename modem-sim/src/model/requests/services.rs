//! Rows about supplementary services and USSD.

use ril_protocol::payload::call::{Clir, ForwardInfo};
use ril_protocol::{Errno, RequestCode as R};

use super::Needs::Radio;
use super::{Row, done, int, ok, place};
use crate::model::Modem as Phone;
use crate::model::effects::{Effects, Outcome, Reply};
use crate::model::{Timer, service_codes, ussd};

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::GET_CLIR => Row(Radio, |m, _, _| ok(&m.services.clir_report())),
        R::SET_CLIR => Row(Radio, |m, args, _| {
            let wanted = Clir(args.int()?);
            wanted.name().ok_or(Errno::INVALID_ARGUMENTS)?;
            m.services.clir = wanted;
            done()
        }),
        R::QUERY_CLIP => Row(Radio, |_, _, _| int(1)),
        R::QUERY_CALL_FORWARD_STATUS => Row(Radio, |m, args, _| {
            let wanted: ForwardInfo = args.read()?;
            ok(&m.services.forward_report(wanted.reason, wanted.service_class)?)
        }),
        R::SET_CALL_FORWARD => Row(Radio, |m, args, _| m.services.set_forward(&args.read()?).and_then(|()| done())),
        R::QUERY_CALL_WAITING => Row(Radio, |m, args, _| ok(&m.services.call_waiting_report(args.int()?))),
        R::SET_CALL_WAITING => Row(Radio, |m, args, _| {
            let ints: Vec<i32> = args.read()?;
            let [on, class, ..] = ints[..] else { return Err(Errno::INVALID_ARGUMENTS) };
            m.services.set_call_waiting(on != 0, class);
            done()
        }),
        R::CHANGE_BARRING_PASSWORD => Row(Radio, |m, args, _| {
            let strings = args.strings()?;
            m.services.change_password(place(&strings, 1)?, place(&strings, 2)?)?;
            done()
        }),
        R::SEND_USSD => Row(Radio, |m, args, to| m.send_ussd(&args.text()?, to)),
        R::CANCEL_USSD => Row(Radio, |m, _, _| {
            m.ussd.cancel();
            done()
        }),
        _ => return None,
    })
}

impl Phone {
    /// A service code that the card's call control makes a service of; false for anything else.
    pub(in crate::model) fn run_as_service(&mut self, text: &str, to: &mut Effects) -> bool {
        if !self.ussd.as_services || self.ussd.in_session() {
            return false;
        }
        let response = service_codes::run_as_service(text, &mut self.services);
        response.map(|response| to.after(self.config.pace.ussd, Timer::OnSs(Box::new(response)))).is_some()
    }

    fn send_ussd(&mut self, text: &str, to: &mut Effects) -> Result<Outcome, Errno> {
        if !self.network.voice_now().in_service() {
            return Err(Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW);
        }
        if self.run_as_service(text, to) {
            return Err(Errno::USSD_MODIFIED_TO_SS);
        }
        let early = self.ussd.early;
        if let Some(message) = self.ussd.reply(text, self.sim.msisdn(), &mut self.services) {
            if early {
                ussd::tell(&message, to);
                return Ok(Outcome::Later(self.config.pace.ussd, Reply::done()));
            }
            to.after(self.config.pace.ussd, Timer::Ussd(self.ussd.epoch(), message));
        }
        done()
    }
}
