//! What the fields of typed payloads hold: a row per field. A payload with a field that has no row does not compile.

use super::{Censor, Held, Secret, Secretive};
use crate::payload::{call, cdma, data, device, ims, network, radio, sim, sms, stk};

/// The instruction that selects a file or application (ETSI TS 102 221, 10.1.2).
const SELECT: i32 = 0xa4;

/// What each field of a payload holds: `Open` if everybody may read it, `Fields` if its own fields say it.
macro_rules! hold {
    ($($Type:path { $($field:ident: $held:ident,)* })*) => {$(
        impl Secretive for $Type {
            fn show(&mut self, _: Held, censor: &mut dyn Censor) {
                let Self { $($field),* } = self;
                $(show!($field $held censor);)*
                let _ = censor;
            }
        }
    )*};
}

/// Only a field whose type can hold a secret can be declared one.
macro_rules! show {
    ($field:ident Open $censor:ident) => {
        let _ = $field;
    };
    ($field:ident Fields $censor:ident) => {
        $field.show(Held::Fields, $censor);
    };
    ($field:ident $secret:ident $censor:ident) => {
        $field.show(Held::All(Secret::$secret), $censor);
    };
}

hold! {
    call::Uus { uus_type: Open, dcs: Open, data: Unknown, }
    call::Dial { address: Number, clir: Open, uus: Fields, }
    call::Call {
        state: Open, index: Open, toa: Open, is_mpty: Open, is_mt: Open, als: Open, is_voice: Open, is_voice_privacy: Open,
        number: Number, number_presentation: Open, name: Text, name_presentation: Open, uus: Fields,
    }
    call::ForwardInfo { status: Open, reason: Open, service_class: Open, toa: Open, number: Number, time_seconds: Open, }
    call::SuppSvcNotification { notification_type: Open, code: Open, index: Open, toa: Open, number: Number, }

    cdma::Subaddress { subaddress_type: Open, odd: Open, digits: Unknown, }
    cdma::SmsMessage {
        teleservice_id: Open, is_service_present: Open, service_category: Open, address: Fields, sub_address: Fields,
        bearer_data: CdmaBearerData,
    }
    cdma::SmsAck { error_class: Open, sms_cause_code: Open, }
    cdma::SmsWriteArgs { status: Open, message: Fields, }
    cdma::BroadcastConfig { service_category: Open, language: Open, selected: Open, }
    cdma::SignalInfo { is_present: Open, signal_type: Open, alert_pitch: Open, signal: Open, }
    cdma::CallWaiting {
        number: Number, number_presentation: Open, name: Text, signal_info_record: Fields, number_type: Open,
        number_plan: Open,
    }
    cdma::NumberInfo { number: Number, number_type: Open, number_plan: Open, pi: Open, si: Open, }
    cdma::RedirectingNumber { redirecting_number: Fields, redirecting_reason: Open, }
    cdma::LineControl { polarity_included: Open, toggle: Open, reverse: Open, power_denial: Open, }
    cdma::AudioControl { up_link: Open, down_link: Open, }

    data::DataCallList { version: Open, calls: Fields, }
    data::DataCall {
        status: Open, suggested_retry_time: Open, cid: Open, active: Open, pdp_type: Keyword, ifname: Open,
        addresses: Addresses, dnses: Addresses, gateways: Addresses, pcscf: Addresses, mtu: Open,
    }
    data::InitialAttachApn { apn: AccessPoint, protocol: Keyword, auth_type: Open, username: Text, password: Key, }
    data::DataProfile {
        profile_id: Open, apn: AccessPoint, protocol: Keyword, auth_type: Open, user: Text, password: Key, profile_type: Open,
        max_conns_time: Open, max_conns: Open, wait_time: Open, enabled: Open,
    }
    data::PcoData { cid: Open, bearer_proto: Keyword, pco_id: Open, contents: Unknown, }
    data::DcRtInfo { time: Open, power_state: Open, }

    // Identifiers of modems and slots are names that the vendor gave them, such as "com.xxx.modem0".
    device::HardwareModem { uuid: Open, state: Open, rat: Open, max_voice: Open, max_data: Open, max_standby: Open, }
    device::HardwareSim { uuid: Open, state: Open, modem_uuid: Open, }
    device::RadioCapability { version: Open, session: Open, phase: Open, rat: Open, logical_modem_uuid: Open, status: Open, }
    device::ActivityInfo { sleep_mode_time_ms: Open, idle_mode_time_ms: Open, tx_mode_time_ms: Open, rx_mode_time_ms: Open, }
    device::LceStatus { lce_status: Open, actual_interval_ms: Open, }
    device::LceData { last_hop_capacity_kbps: Open, confidence_level: Open, lce_suspended: Open, }
    device::NvReadItem { item_id: Open, }
    device::NvWriteItem { item_id: Open, value: Key, }
    device::UiccSubscription { slot: Open, app_index: Open, sub_type: Open, act_status: Open, }
    device::Carrier { mcc: Operator, mnc: Operator, match_type: Open, match_data: CarrierMatch, }
    device::CarrierRestrictions { allowed_carriers: Fields, excluded_carriers: Fields, }

    ims::ImsSms { retry: Open, message_ref: Open, message: Fields, }

    network::SignalStrength {
        gw_signal_strength: Open, gw_bit_error_rate: Open, cdma_dbm: Open, cdma_ecio: Open, evdo_dbm: Open,
        evdo_ecio: Open, evdo_signal_noise_ratio: Open, lte_signal_strength: Open, lte_rsrp: Open, lte_rsrq: Open,
        lte_rssnr: Open, lte_cqi: Open, tdscdma_rscp: Open,
    }
    network::NeighboringCell { rssi: Open, cid: Cell, }
    // A trace says when everything was, so that its time of day is no secret.
    network::NitzTime { time: Open, received: Open, }
    network::CellInfo { registered: Open, time_stamp_type: Open, time_stamp: Open, cell: Fields, }
    network::GsmCell {
        mcc: Operator, mnc: Operator, lac: Cell, cid: Cell, arfcn: Open, bsic: PhysicalCell, signal_strength: Open,
        bit_error_rate: Open, timing_advance: Open,
    }
    network::WcdmaCell {
        mcc: Operator, mnc: Operator, lac: Cell, cid: Cell, psc: PhysicalCell, uarfcn: Open, signal_strength: Open,
        bit_error_rate: Open,
    }
    network::CdmaCell {
        network_id: CellDecimal, system_id: CellDecimal, basestation_id: CellDecimal, longitude: Position, latitude: Position,
        cdma_dbm: Open, cdma_ecio: Open, evdo_dbm: Open, evdo_ecio: Open, evdo_signal_noise_ratio: Open,
    }
    network::LteCell {
        mcc: Operator, mnc: Operator, ci: Cell, pci: PhysicalCell, tac: Cell, earfcn: Open, signal_strength: Open,
        rsrp: Open, rsrq: Open, rssnr: Open, cqi: Open, timing_advance: Open,
    }
    network::TdscdmaCell { mcc: Operator, mnc: Operator, lac: Cell, cid: Cell, cpid: PhysicalCell, rscp: Open, }

    sim::AppStatus {
        app_type: Open, app_state: Open, perso_substate: Open, aid: Application, app_label: Text, pin1_replaced: Open, pin1: Open,
        pin2: Open,
    }
    sim::CardStatus {
        card_state: Open, universal_pin_state: Open, gsm_umts_subscription_app_index: Open,
        cdma_subscription_app_index: Open, ims_subscription_app_index: Open, applications: Fields,
    }
    sim::SimIo {
        command: Open, file_id: Open, path: Path, p1: Open, p2: Open, p3: Open, data: SimFile, pin2: Pin, aid: Application,
    }
    sim::SimIoResponse { sw1: Open, sw2: Open, response: SimResponse, }
    sim::SimRefresh { result: Open, ef_id: Open, aid: Application, }
    sim::SimAuthentication { auth_context: Open, auth_data: Challenge, aid: Application, }

    sms::SmsResponse { message_ref: Open, ack_pdu: ReportPdu, error_code: Open, }
    sms::SmsWriteArgs { status: Open, pdu: OutgoingPdu, smsc: Smsc, }
    sms::GsmBroadcastConfig {
        from_service_id: Open, to_service_id: Open, from_code_scheme: Open, to_code_scheme: Open, selected: Open,
    }

    stk::SsResponse {
        service_type: Open, request_type: Open, teleservice_type: Open, service_class: Open, result: Open, cf_data: Fields,
        ss_info: Open,
    }
}

impl Secretive for radio::RadioState {
    fn show(&mut self, _: Held, _: &mut dyn Censor) {}
}

impl Secretive for Option<call::Uus> {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        if let Some(uus) = self {
            uus.show(held, censor);
        }
    }
}

impl Secretive for Option<cdma::SignalInfo> {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        if let Some(info) = self {
            info.show(held, censor);
        }
    }
}

impl Secretive for call::FailCause {
    fn show(&mut self, _: Held, censor: &mut dyn Censor) {
        let Self { cause: _, vendor_cause } = self;
        if let Some(vendor_cause) = vendor_cause {
            vendor_cause.show(Held::All(Secret::Text), censor);
        }
    }
}

impl Secretive for cdma::Address {
    fn show(&mut self, _: Held, censor: &mut dyn Censor) {
        let Self { digit_mode, number_mode: _, number_type: _, number_plan: _, digits } = self;
        let is_dtmf = *digit_mode == cdma::DigitMode::FOUR_BIT;
        censor.bytes(if is_dtmf { Secret::CdmaDigits } else { Secret::CdmaCharacters }, digits);
    }
}

impl Secretive for sim::SimApdu {
    fn show(&mut self, _: Held, censor: &mut dyn Censor) {
        let Self { session_id: _, cla: _, instruction, p1: _, p2: _, p3: _, data } = self;
        // The name of a file or application.
        if *instruction != SELECT {
            data.show(Held::All(Secret::Apdu), censor);
        }
    }
}

impl Secretive for Vec<u8> {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        if let Some(secret) = held.secret() {
            censor.bytes(secret, self);
        }
    }
}

impl Secretive for cdma::InfoRecord {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        match self {
            Self::Display(text) | Self::ExtendedDisplay(text) => text.show(Held::All(Secret::Text), censor),
            Self::CalledPartyNumber(info) | Self::CallingPartyNumber(info) | Self::ConnectedNumber(info) => {
                info.show(held, censor);
            }
            Self::RedirectingNumber(info) => info.show(held, censor),
            Self::Signal(_) | Self::LineControl(_) | Self::T53Clir(_) | Self::T53AudioControl(_) => {}
        }
    }
}

impl Secretive for device::HardwareConfig {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        match self {
            Self::Modem(modem) => modem.show(held, censor),
            Self::Sim(sim) => sim.show(held, censor),
        }
    }
}

impl Secretive for ims::ImsMessage {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        match self {
            Self::Gsm(strings) => strings.show(super::places::SUBMITTED, censor),
            Self::Cdma(message) => message.show(held, censor),
        }
    }
}

impl Secretive for network::Cell {
    fn show(&mut self, held: Held, censor: &mut dyn Censor) {
        match self {
            Self::Gsm(cell) => cell.show(held, censor),
            Self::Cdma(cell) => cell.show(held, censor),
            Self::Lte(cell) => cell.show(held, censor),
            Self::Wcdma(cell) => cell.show(held, censor),
            Self::Tdscdma(cell) => cell.show(held, censor),
            Self::Other(_) => {}
        }
    }
}
