//! Rows about short messages and cell broadcast.

use ril_protocol::hex::from_hex;
use ril_protocol::payload::Strings;
use ril_protocol::payload::sms::SmsWriteArgs;
use ril_protocol::{Errno, RequestCode as R, UnsolCode};

use super::Needs::{Modem, Radio};
use super::{Row, done, int, number_at, ok, place, text};
use crate::model::effects::{Effects, Outcome, Reply};
use crate::model::sms::{self, Sms};
use crate::model::{Modem as Phone, Timer};

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::SEND_SMS | R::SEND_SMS_EXPECT_MORE => Row(Radio, |m, args, to| m.send_sms(&args.strings()?, to)),
        R::SMS_ACKNOWLEDGE => Row(Radio, |m, args, to| {
            let ints: Vec<i32> = args.read()?;
            let taken = *ints.first().ok_or(Errno::INVALID_ARGUMENTS)? != 0;
            m.sms.inbox.acknowledge(taken, ints.get(1).copied().unwrap_or(0), to)?;
            m.pump_sms(to);
            done()
        }),
        R::ACKNOWLEDGE_INCOMING_GSM_SMS_WITH_PDU => Row(Radio, |m, args, to| {
            let strings = args.strings()?;
            let taken = number_at(&strings, 0)? != 0;
            m.sms.inbox.acknowledge(taken, failure_cause(&strings), to)?;
            m.pump_sms(to);
            done()
        }),
        R::REPORT_SMS_MEMORY_STATUS => Row(Modem, |m, args, to| {
            let full = !args.flag()?;
            m.sms.inbox.set_phone_full(full);
            m.cdma.set_phone_full(full);
            m.pump_sms(to);
            done()
        }),
        R::WRITE_SMS_TO_SIM => Row(Modem, |m, args, to| {
            let index = sms::write_to_card(&args.read::<SmsWriteArgs>()?, &mut m.sim);
            if m.sim.sms_full() {
                to.tell(UnsolCode::SIM_SMS_STORAGE_FULL, &());
            }
            int(index?)
        }),
        R::DELETE_SMS_ON_SIM => Row(Modem, |m, args, to| {
            m.sim.delete_sms(args.int()?)?;
            m.pump_sms(to);
            done()
        }),
        R::GET_SMSC_ADDRESS => Row(Modem, |m, _, _| text(&m.sms.smsc_report())),
        R::SET_SMSC_ADDRESS => Row(Modem, |m, args, _| {
            let number = m.sms.set_smsc(&args.text()?)?;
            m.sim.set_service_centre(number);
            done()
        }),
        R::GSM_GET_BROADCAST_SMS_CONFIG => Row(Modem, |m, _, _| ok(&m.sms.broadcast.config)),
        R::GSM_SET_BROADCAST_SMS_CONFIG => Row(Modem, |m, args, _| {
            m.sms.broadcast.config = args.read()?;
            done()
        }),
        // 0 is on, 1 is off.
        R::GSM_SMS_BROADCAST_ACTIVATION => Row(Modem, |m, args, _| {
            m.sms.broadcast.active = !args.flag()?;
            done()
        }),
        _ => return None,
    })
}

/// TP-FCS, the second octet of the SMS-DELIVER-REPORT for an RP-ERROR (TS 23.040, 9.2.2.1a).
fn failure_cause(strings: &Strings) -> i32 {
    let report = strings.get(1).and_then(|pdu| pdu.as_deref()).and_then(from_hex);
    report.and_then(|report| report.get(1).copied()).map_or(0, i32::from)
}

impl Phone {
    fn send_sms(&mut self, strings: &Strings, to: &mut Effects) -> Result<Outcome, Errno> {
        let (smsc, pdu) = (strings.first().and_then(|smsc| smsc.as_deref()), place(strings, 1)?);
        if !self.network.voice_now().in_service() {
            return Err(Errno::NETWORK_NOT_READY);
        }
        if !self.sim.may_dial(&Sms::recipient(pdu)?) {
            return Err(Errno::FDN_CHECK_FAILURE);
        }
        let sent = self.sms.send(smsc, pdu, self.sim.msisdn(), self.unix_time())?;
        let pace = self.config.pace;
        for message in sent.echo {
            to.after(pace.submit + pace.deliver, Timer::SmsArrives(Box::new(message)));
        }
        Ok(Outcome::Later(pace.submit, Reply::of(&sent.response)))
    }
}
