//! Rows about CDMA.

use ril_protocol::payload::Text;
use ril_protocol::{Errno, RequestCode as R, UnsolCode};

use super::Needs::{Modem, Radio};
use super::calls::is_tone;
use super::{Row, done, int, ok, place};
use crate::model::effects::{Outcome, Reply};

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::CDMA_GET_SUBSCRIPTION_SOURCE => Row(Modem, |m, _, _| int(m.handset.cdma_source)),
        R::CDMA_SET_SUBSCRIPTION_SOURCE => Row(Modem, |m, args, to| {
            m.handset.cdma_source = args.int()?;
            to.tell(UnsolCode::CDMA_SUBSCRIPTION_SOURCE_CHANGED, &vec![m.handset.cdma_source]);
            done()
        }),
        // Without digits, it takes the call that waits.
        R::CDMA_FLASH => Row(Radio, |m, args, _| {
            let digits = args.read::<Text>()?.unwrap_or_default();
            if m.calls.lines().is_empty() {
                return Err(Errno::INVALID_STATE);
            }
            m.cdma.record(format!("flash {digits}").trim_end().to_owned());
            done()
        }),
        R::CDMA_BURST_DTMF => Row(Radio, |m, args, _| {
            let strings = args.strings()?;
            let tones = place(&strings, 0)?;
            if tones.is_empty() || !tones.chars().all(is_tone) {
                return Err(Errno::INVALID_ARGUMENTS);
            }
            for tone in tones.chars() {
                m.calls.dtmf(tone)?;
            }
            m.cdma.record(format!("burst {tones}"));
            done()
        }),
        R::EXIT_EMERGENCY_CALLBACK_MODE => Row(Radio, |m, _, to| {
            m.cdma.exit_callback_mode(to);
            done()
        }),
        R::CDMA_SMS_ACKNOWLEDGE => Row(Radio, |m, args, to| {
            m.cdma.acknowledge(&args.read()?, to)?;
            m.pump_sms(to);
            done()
        }),
        R::CDMA_SEND_SMS => Row(Radio, |m, args, _| {
            if !m.network.voice_now().in_service() {
                return Err(Errno::NETWORK_NOT_READY);
            }
            let sent = m.cdma.send(&args.read()?);
            Ok(Outcome::Later(m.config.pace.submit, Reply::of(&sent)))
        }),
        R::CDMA_GET_BROADCAST_SMS_CONFIG => Row(Modem, |m, _, _| ok(&m.cdma.services.config)),
        R::CDMA_SET_BROADCAST_SMS_CONFIG => Row(Modem, |m, args, _| {
            m.cdma.services.config = args.read()?;
            done()
        }),
        // 0 is on, 1 is off.
        R::CDMA_SMS_BROADCAST_ACTIVATION => Row(Modem, |m, args, _| {
            m.cdma.services.active = !args.flag()?;
            done()
        }),
        R::CDMA_WRITE_SMS_TO_RUIM => Row(Modem, |m, args, to| int(m.cdma.write_to_ruim(args.read()?, to)?)),
        R::CDMA_DELETE_SMS_ON_RUIM => Row(Modem, |m, args, _| {
            m.cdma.ruim.delete(args.int()?)?;
            done()
        }),
        R::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE => Row(Radio, |m, args, _| {
            m.cdma.voice_privacy = args.int()?;
            done()
        }),
        R::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE => Row(Modem, |m, _, _| int(m.cdma.voice_privacy)),
        _ => return None,
    })
}
