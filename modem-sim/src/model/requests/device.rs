//! Rows about the device: identity, hardware, settings.

use ril_protocol::payload::device::{
    ActivityInfo, HardwareConfig, HardwareModem, HardwareSim, HardwareState, RadioCapability,
};
use ril_protocol::{Errno, RequestCode as R};

use super::Needs::{Modem, Nothing};
use super::{Row, done, int, ok, text};

const MODEM_UUID: &str = "sim-modem-0";
const CARD_UUID: &str = "sim-card-0";
/// GPRS, EDGE, UMTS, HSDPA, HSUPA, HSPA, LTE, HSPA+, GSM as bits of `RIL_RadioAccessFamily`.
const TECHNOLOGIES: u32 = 0b1_1100_1110_0000_1110;

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::GET_IMEI => Row(Modem, |m, _, _| text(&m.config.imei)),
        R::GET_IMEISV => Row(Modem, |m, _, _| text(&m.config.imeisv)),
        R::DEVICE_IDENTITY => {
            Row(Modem, |m, _, _| ok(&vec![Some(m.config.imei.clone()), Some(m.config.imeisv.clone()), None, None]))
        }
        R::BASEBAND_VERSION => Row(Modem, |m, _, _| text(&m.config.baseband)),
        R::SCREEN_STATE => Row(Nothing, |m, args, _| {
            m.handset.screen_on = args.flag()?;
            done()
        }),
        R::SET_TTY_MODE => Row(Modem, |m, args, _| {
            let mode = args.int()?;
            if !(0..=3).contains(&mode) {
                return Err(Errno::INVALID_ARGUMENTS);
            }
            m.handset.tty_mode = mode;
            done()
        }),
        R::QUERY_TTY_MODE => Row(Modem, |m, _, _| int(m.handset.tty_mode)),
        R::GET_HARDWARE_CONFIG => Row(Modem, |m, _, _| {
            let (modem, card) = (Some(MODEM_UUID.to_owned()), Some(CARD_UUID.to_owned()));
            let present = if m.sim.is_present() { HardwareState::ENABLED } else { HardwareState::DISABLED };
            ok(&vec![
                HardwareConfig::Modem(HardwareModem {
                    uuid: modem.clone(),
                    state: HardwareState::ENABLED,
                    rat: TECHNOLOGIES,
                    max_voice: 1,
                    max_data: 1,
                    max_standby: 1,
                }),
                HardwareConfig::Sim(HardwareSim { uuid: card, state: present, modem_uuid: modem }),
            ])
        }),
        R::GET_RADIO_CAPABILITY => Row(Modem, |_, _, _| {
            ok(&RadioCapability {
                version: 1,
                rat: TECHNOLOGIES,
                logical_modem_uuid: Some(MODEM_UUID.to_owned()),
                ..RadioCapability::default()
            })
        }),
        // It never sleeps, and takes no time to send and to receive.
        R::GET_ACTIVITY_INFO => Row(Modem, |m, _, _| {
            let idle = u32::try_from(m.now.as_millis()).unwrap_or(u32::MAX);
            ok(&ActivityInfo { idle_mode_time_ms: idle, ..ActivityInfo::default() })
        }),
        _ => return None,
    })
}
