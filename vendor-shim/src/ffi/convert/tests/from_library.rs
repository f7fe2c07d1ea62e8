//! What becomes of what a library passes: libril's rules on NULL, lengths and versions.

use std::ffi::{CStr, c_char};
use std::ptr;

use ril_protocol::messages::{REQUESTS, UNSOLICITED};
use ril_protocol::parcel::encode;
use ril_protocol::payload::call::{Call, FailCause};
use ril_protocol::payload::cdma::{CallWaiting, InfoRecord};
use ril_protocol::payload::data::{DataCallList, PcoData};
use ril_protocol::payload::network::SignalStrength;
use ril_protocol::payload::sim::{CardStatus, SimRefresh};
use ril_protocol::payload::{Ints, Raw, Strings, Text};
use ril_protocol::{RequestCode, RilVersion, UnsolCode};

use super::{ConvertError, V12, V13, decode, response, unsolicited};
use crate::ffi::abi::{self, CText, Plain};
use crate::ffi::convert::{response_from_c, response_to_c, unsolicited_from_c};

const UNKNOWN: i32 = i32::MAX;

fn c_text(text: &'static CStr) -> CText {
    text.as_ptr().cast_mut()
}

fn length<T: Plain>(got: usize) -> ConvertError {
    ConvertError::Length { what: T::NAME, got, size: size_of::<T>() }
}

#[test]
fn null_is_the_empty_payload_of_every_response() {
    for row in REQUESTS {
        for (len, version) in [(0, 6), (0, 12), (8, 12), (0, 15)] {
            let mut out = Vec::new();
            // SAFETY: NULL is always allowed.
            let result = unsafe { response_from_c(row.code, ptr::null(), len, RilVersion(version), &mut out) };
            assert_eq!((result, out.len()), (Ok(()), 0), "{}", row.name);
        }
    }
}

#[test]
fn null_in_an_unsolicited_message_is_an_empty_list_a_null_string_or_an_error() {
    let none = |code: UnsolCode, version, len| {
        let mut out = Vec::new();
        // SAFETY: NULL is always allowed.
        unsafe { unsolicited_from_c(code, ptr::null(), len, version, &mut out) }.map(|()| out)
    };
    let int = |value: i32| value.to_ne_bytes().to_vec();
    for row in UNSOLICITED {
        let expected = match row.payload.type_name.replace(' ', "").as_str() {
            "()" | "radio::RadioState" | "Opaque" => Some(Vec::new()),
            "Ints" | "Strings" => Some(int(0)),
            "Text" | "Raw" | "network::NitzTime" => Some(int(-1)),
            "data::DataCallList" => Some([int(6), int(0)].concat()),
            name if name.starts_with("Option") => Some(Vec::new()),
            "Vec<network::CellInfo>" | "Vec<device::HardwareConfig>" => Some(int(0)),
            _ => None,
        };
        assert_eq!(none(row.code, V12, 0).ok(), expected, "{}: {}", row.name, row.payload.type_name);
    }
    assert_eq!(none(UnsolCode::DATA_CALL_LIST_CHANGED, V13, 0), Ok([int(11), int(0)].concat()));
    assert_eq!(none(UnsolCode::SIGNAL_STRENGTH, V12, 0).unwrap_err(), {
        ConvertError::Length { what: "RIL_SignalStrength_v10", got: 0, size: 56 }
    });
    assert_eq!(none(UnsolCode::ON_USSD, V12, 16), Err(ConvertError::NullPointer(<CText as Plain>::NAME)));
}

#[test]
fn lengths_that_are_no_multiple_are_refused() {
    let three = [0_u8; 3];
    assert_eq!(response(RequestCode::GET_CLIR, V12, &three), Err(length::<i32>(3)));
    assert_eq!(response(RequestCode::OPERATOR, V12, &three), Err(length::<CText>(3)));
    assert_eq!(response(RequestCode::GET_CURRENT_CALLS, V12, &three), Err(length::<CText>(3)));
    assert_eq!(response(RequestCode::SEND_SMS, V12, &three), Err(length::<abi::sms::SmsResponse>(3)));
    assert_eq!(response(RequestCode::SIM_IO, V12, &three), Err(length::<abi::sim::SimIoResponse>(3)));
    assert_eq!(response(RequestCode::DATA_CALL_LIST, V12, &three), Err(length::<abi::data::DataCallV11>(3)));
    assert_eq!(response(RequestCode::GET_SIM_STATUS, V12, &three), Err(length::<abi::sim::CardStatusV5>(3)));
    assert_eq!(response(RequestCode::GET_SIM_STATUS, V13, &three), Err(length::<abi::sim::CardStatusV6>(3)));
    assert_eq!(response(RequestCode::GET_CELL_INFO_LIST, V12, &three), Err(length::<abi::network::CellInfoV12>(3)));
    assert_eq!(unsolicited(UnsolCode::RESTRICTED_STATE_CHANGED, V12, &three), Err(length::<i32>(3)));
}

#[test]
fn lengths_that_no_message_can_have_are_refused_or_not_looked_at() {
    // More than any one struct, and zero, so that pointers in it are NULL.
    let memory = vec![0_u64; 1 << 15];
    let lens = || (1..=512_usize).map(usize::wrapping_neg).chain([usize::MAX / 2, usize::MAX / 2 - 7]);
    for version in [4, 6, 9, 12, 13, 15].map(RilVersion) {
        for (row, len) in REQUESTS.iter().flat_map(|row| lens().map(move |len| (row, len))) {
            let mut out = Vec::new();
            // SAFETY: there is one of whatever is wanted, and no message has two where these lengths are believed.
            let result = unsafe { response_from_c(row.code, memory.as_ptr().cast(), len, version, &mut out) };
            assert!(result.is_err() || out.len() < 2048, "{} {len:#x}", row.name);
        }
        for (row, len) in UNSOLICITED.iter().flat_map(|row| lens().map(move |len| (row, len))) {
            let mut out = Vec::new();
            // SAFETY: as above.
            let result = unsafe { unsolicited_from_c(row.code, memory.as_ptr().cast(), len, version, &mut out) };
            assert!(result.is_err() || out.len() < 2048, "{} {len:#x}", row.name);
        }
    }
}

#[test]
fn null_among_pointers_is_an_error_not_a_crash() {
    let pointers = [ptr::null_mut::<abi::call::Call>(); 2];
    let error = response(RequestCode::GET_CURRENT_CALLS, V12, &pointers).unwrap_err();
    assert_eq!(error, ConvertError::NullPointer("RIL_Call"));
}

#[test]
fn strings_may_be_null_or_any_bytes() {
    let strings = [c_text(c"Tele\xFFcom"), ptr::null_mut(), c_text(c"00101")];
    let payload = response(RequestCode::OPERATOR, V12, &strings).unwrap();
    let expected = [Some("Tele\u{FFFD}com".to_owned()), None, Some("00101".to_owned())];
    assert_eq!(decode::<Strings>(&payload, V12), expected);
}

#[test]
fn a_string_is_read_to_its_end_whatever_the_length() {
    for len in [0, 1, 8, 1000] {
        let mut out = Vec::new();
        // SAFETY: a string of C.
        unsafe { response_from_c(RequestCode::GET_IMEI, c"004999".as_ptr().cast(), len, V12, &mut out) }.unwrap();
        assert_eq!(decode::<Text>(&out, V12).as_deref(), Some("004999"));
    }
}

#[test]
fn signal_strength_is_always_thirteen_integers() {
    let given = [15, 0, 80, 90, 85, 95, 5, -1, -100, -1, 7, -1, 3, 60];
    let old: [i32; 7] = given[..7].try_into().unwrap();
    let payload = unsolicited(UnsolCode::SIGNAL_STRENGTH, RilVersion(6), &old).unwrap();
    assert_eq!(payload.len(), 13 * 4);
    let signal: SignalStrength = decode(&payload, V12);
    assert_eq!((signal.gw_signal_strength, signal.evdo_signal_noise_ratio), (15, 5));
    assert_eq!((signal.lte_signal_strength, signal.lte_rsrp, signal.tdscdma_rscp), (99, UNKNOWN, UNKNOWN));

    // Layouts 6 and 8: LTE is mended, TD-SCDMA is missing.
    let v6: [i32; 12] = given[..12].try_into().unwrap();
    let v8: [i32; 13] = given[..13].try_into().unwrap();
    let from_v6 = response(RequestCode::SIGNAL_STRENGTH, V12, &v6).unwrap();
    assert_eq!(from_v6, response(RequestCode::SIGNAL_STRENGTH, V12, &v8).unwrap());
    let signal: SignalStrength = decode(&from_v6, V12);
    assert_eq!((signal.lte_signal_strength, signal.lte_rsrp, signal.lte_rsrq), (99, 100, UNKNOWN));
    assert_eq!((signal.lte_rssnr, signal.lte_cqi, signal.tdscdma_rscp), (7, UNKNOWN, UNKNOWN));

    let v10 = response(RequestCode::SIGNAL_STRENGTH, V13, &given).unwrap();
    assert_eq!(decode::<SignalStrength>(&v10, V13).tdscdma_rscp, 60);
    assert!(response(RequestCode::SIGNAL_STRENGTH, V13, &v8).is_err());
    assert!(response(RequestCode::SIGNAL_STRENGTH, V12, &[0_i32; 6]).is_err());
    let minimum = [i32::MIN; 14];
    let extreme: SignalStrength = decode(&response(RequestCode::SIGNAL_STRENGTH, V12, &minimum).unwrap(), V12);
    assert_eq!(extreme.lte_rsrp, i32::MAX);
}

fn call_v6(cid: i32) -> abi::data::DataCallV6 {
    abi::data::DataCallV6 {
        status: 0,
        suggested_retry_time: -1,
        cid,
        active: 2,
        pdp_type: c_text(c"IP"),
        ifname: c_text(c"rmnet0"),
        addresses: c_text(c"10.0.0.2"),
        dnses: ptr::null_mut(),
        gateways: c_text(c"10.0.0.1"),
    }
}

fn call_v9(cid: i32) -> abi::data::DataCallV9 {
    abi::data::DataCallV9 { v6: call_v6(cid), pcscf: c_text(c"10.0.0.9") }
}

fn call_v11(cid: i32) -> abi::data::DataCallV11 {
    abi::data::DataCallV11 { v9: call_v9(cid), mtu: 1400 }
}

#[test]
fn the_length_tells_the_layout_of_data_calls() {
    let list = |payload: Result<Vec<u8>, ConvertError>| decode::<DataCallList>(&payload.unwrap(), V12);
    let code = RequestCode::DATA_CALL_LIST;
    let v6 = list(response(code, V12, &[call_v6(1), call_v6(2)]));
    assert_eq!((v6.version, v6.calls.len(), v6.calls[1].cid), (6, 2, 2));
    let v9 = list(response(code, V12, &[call_v9(1)]));
    assert_eq!((v9.version, v9.calls[0].pcscf.as_deref()), (10, Some("10.0.0.9")));
    let v11 = list(response(RequestCode::SETUP_DATA_CALL, V12, &[call_v11(3)]));
    assert_eq!((v11.version, v11.calls[0].mtu), (11, 1400));
    assert_eq!(list(response(code, V12, &[0_u8; 0])).version, 6);
    assert_eq!(list(unsolicited(UnsolCode::DATA_CALL_LIST_CHANGED, V13, &[call_v11(1)])).version, 11);
    assert!(response(code, V13, &[call_v6(1)]).is_err());

    let v4 = abi::data::DataCallV4 {
        cid: 1,
        active: 1,
        pdp_type: c_text(c"IP"),
        apn: ptr::null_mut(),
        address: c_text(c"10.0.0.2"),
    };
    let v4 = list(response(code, RilVersion(4), &[v4]));
    assert_eq!((v4.version, v4.calls[0].addresses.as_deref()), (4, Some("10.0.0.2")));
}

/// Seven calls of layout 11 are as long as nine of layout 6 (64-bit), nine as long as eleven (32-bit).
#[test]
fn a_length_of_two_layouts_is_of_the_one_in_which_every_call_has_a_state() {
    const CALLS: usize = if cfg!(target_pointer_width = "64") { 7 } else { 9 };
    let calls: [abi::data::DataCallV11; CALLS] = std::array::from_fn(|cid| call_v11(cid as i32));
    assert_eq!(size_of_val(&calls) % size_of::<abi::data::DataCallV6>(), 0);
    let payload = response(RequestCode::DATA_CALL_LIST, V12, &calls).unwrap();
    let list: DataCallList = decode(&payload, V12);
    assert_eq!((list.version, list.calls.len(), list.calls[CALLS - 1].mtu), (11, CALLS, 1400));

    let older: [abi::data::DataCallV6; CALLS + 2] = std::array::from_fn(|cid| call_v6(cid as i32));
    let list: DataCallList = decode(&response(RequestCode::DATA_CALL_LIST, V12, &older).unwrap(), V12);
    assert_eq!((list.version, list.calls.len(), list.calls[CALLS + 1].cid), (6, CALLS + 2, CALLS as i32 + 1));

    // A library of ours does not bring a libril into that position: it uses the layout that is tried first.
    let mut arena = super::Arena::new();
    let data = response_to_c(RequestCode::DATA_CALL_LIST, &payload, V12.into(), &mut arena).unwrap();
    assert_eq!(data.len, CALLS * size_of::<abi::data::DataCallV6>());
}

#[test]
fn before_version_five_a_new_data_call_is_strings_behind_the_version() {
    let strings = [c_text(c"1"), c_text(c"rmnet0"), c_text(c"10.0.0.2")];
    let payload = response(RequestCode::SETUP_DATA_CALL, RilVersion(4), &strings).unwrap();
    assert_eq!(payload[..4], 4_i32.to_ne_bytes());
    assert_eq!(decode::<Strings>(&payload[4..], V12)[1].as_deref(), Some("rmnet0"));
}

fn card(num_applications: i32) -> abi::sim::CardStatusV6 {
    let mut applications = [abi::sim::AppStatus::NONE; abi::sim::CARD_MAX_APPS];
    applications[0].app_type = 2;
    applications[0].aid = c_text(c"A0000000871002");
    abi::sim::CardStatusV6 {
        card_state: 1,
        universal_pin_state: 0,
        gsm_umts_subscription_app_index: 0,
        cdma_subscription_app_index: -1,
        ims_subscription_app_index: 3,
        num_applications,
        applications,
    }
}

#[test]
fn a_card_has_as_many_applications_as_it_says_but_no_more_than_there_is_room_for() {
    let status: CardStatus = decode(&response(RequestCode::GET_SIM_STATUS, V12, &card(1)).unwrap(), V12);
    assert_eq!((status.applications.len(), status.ims_subscription_app_index), (1, 3));
    assert_eq!(status.applications[0].aid.as_deref(), Some("A0000000871002"));
    for count in [-1, 9, i32::MAX] {
        let error = response(RequestCode::GET_SIM_STATUS, V12, &card(count)).unwrap_err();
        assert_eq!(error, ConvertError::Value { what: "number of applications", got: count });
    }
}

/// The card behind which a library says more, to that many bytes.
fn said_with_more<const SIZE: usize>(version: RilVersion) -> CardStatus {
    let mut bytes = [0xAA_u8; SIZE];
    // SAFETY: the bytes are more than the struct.
    unsafe { bytes.as_mut_ptr().cast::<abi::sim::CardStatusV6>().write_unaligned(card(2)) };
    decode(&response(RequestCode::GET_SIM_STATUS, version, &bytes).unwrap(), version)
}

#[test]
fn what_later_libraries_say_behind_a_card_is_left_out() {
    const SIZES: [usize; 3] = abi::sim::LATER_CARD_STATUS;
    for version in [V12, V13, RilVersion(15)] {
        let cards: [fn(RilVersion) -> CardStatus; 3] =
            [said_with_more::<{ SIZES[0] }>, said_with_more::<{ SIZES[1] }>, said_with_more::<{ SIZES[2] }>];
        for status in cards.map(|card| card(version)) {
            assert_eq!((status.applications.len(), status.ims_subscription_app_index), (2, 3), "{version}");
            assert_eq!(status.applications[0].aid.as_deref(), Some("A0000000871002"));
        }
    }
}

#[test]
fn what_later_libraries_say_behind_a_signal_strength_is_left_out() {
    let ints: [i32; 22] = std::array::from_fn(|at| i32::try_from(at).unwrap());
    let strength: SignalStrength = decode(&response(RequestCode::SIGNAL_STRENGTH, V13, &ints).unwrap(), V13);
    assert_eq!((strength.gw_bit_error_rate, strength.tdscdma_rscp), (1, 13));
}

#[test]
fn a_card_of_version_five_has_no_application_for_ims() {
    let new = card(1);
    let old = abi::sim::CardStatusV5 {
        card_state: new.card_state,
        universal_pin_state: new.universal_pin_state,
        gsm_umts_subscription_app_index: new.gsm_umts_subscription_app_index,
        cdma_subscription_app_index: new.cdma_subscription_app_index,
        num_applications: new.num_applications,
        applications: new.applications,
    };
    let payload = response(RequestCode::GET_SIM_STATUS, RilVersion(5), &old).unwrap();
    let status: CardStatus = decode(&payload, V12);
    assert_eq!((status.applications.len(), status.ims_subscription_app_index), (1, -1));
}

#[test]
fn a_refresh_is_two_integers_or_a_struct() {
    let ints: SimRefresh = decode(&unsolicited(UnsolCode::SIM_REFRESH, RilVersion(6), &[1, 0x6F3B]).unwrap(), V12);
    assert_eq!((ints.result, ints.ef_id, ints.aid), (1, 0x6F3B, None));
    let new = abi::sim::SimRefreshV7 { result: 0, ef_id: 0x6F3C, aid: c_text(c"A000") };
    let refresh: SimRefresh = decode(&unsolicited(UnsolCode::SIM_REFRESH, V12, &new).unwrap(), V12);
    assert_eq!((refresh.ef_id, refresh.aid.as_deref()), (0x6F3C, Some("A000")));
    // A library of version 12 that passes the old form is not read further than it reaches.
    assert!(unsolicited(UnsolCode::SIM_REFRESH, V12, &[1, 2]).is_ok());
    assert!(unsolicited(UnsolCode::SIM_REFRESH, V13, &[1, 2]).is_err());
}

#[test]
fn why_a_call_failed_is_an_integer_or_a_struct() {
    let payload = response(RequestCode::LAST_CALL_FAIL_CAUSE, V12, &16).unwrap();
    assert_eq!(decode::<FailCause>(&payload, V12), FailCause { cause: 16, vendor_cause: None });
    let info = abi::call::LastCallFailCauseInfo { cause_code: 17, vendor_cause: ptr::null_mut() };
    let payload = response(RequestCode::LAST_CALL_FAIL_CAUSE, V12, &info).unwrap();
    assert_eq!(decode::<FailCause>(&payload, V12), FailCause { cause: 17, vendor_cause: Some(None) });
    assert!(response(RequestCode::LAST_CALL_FAIL_CAUSE, V12, &[1, 2, 3]).is_err());
}

#[test]
fn protocol_configuration_without_contents_is_no_bytes() {
    let pco = |contents_length, contents| abi::data::PcoData {
        cid: 1,
        bearer_proto: c_text(c"IP"),
        pco_id: 0xFF00,
        contents_length,
        contents,
    };
    let payload = unsolicited(UnsolCode::PCO_DATA, V13, &pco(0, ptr::null_mut())).unwrap();
    assert_eq!(decode::<PcoData>(&payload, V13).contents, Raw(Some(Vec::new())));
    let error = unsolicited(UnsolCode::PCO_DATA, V13, &pco(3, ptr::null_mut())).unwrap_err();
    assert_eq!(error, ConvertError::NullPointer("contents"));
    let negative = unsolicited(UnsolCode::PCO_DATA, V13, &pco(-1, c_text(c"x"))).unwrap_err();
    assert_eq!(negative, ConvertError::Value { what: "number of bytes", got: -1 });
}

#[test]
fn user_information_of_a_call_is_as_long_as_it_says_and_ignored_before_version_three() {
    let mut data = *b"Hello";
    let mut uus = abi::call::UusInfo { uus_type: 1, dcs: 4, length: 4, data: data.as_mut_ptr().cast::<c_char>() };
    let v2 = abi::call::CallV2 {
        state: 4,
        index: 1,
        toa: 129,
        is_mpty: 0,
        is_mt: 1,
        als: -1_i8 as c_char,
        is_voice: 1,
        is_voice_privacy: 0,
        number: ptr::null_mut(),
        number_presentation: 1,
        name: ptr::null_mut(),
        name_presentation: 2,
    };
    let mut call = abi::call::Call { v2, uus: &raw mut uus };
    let calls = response(RequestCode::GET_CURRENT_CALLS, V12, &[&raw mut call]).unwrap();
    let decoded: Vec<Call> = decode(&calls, V12);
    assert!(decoded[0].is_mt && decoded[0].is_voice && !decoded[0].is_mpty);
    assert_eq!(decoded[0].als, i32::from(-1_i8 as c_char), "the sign of char is the machine's");
    assert_eq!(decoded[0].uus.as_ref().unwrap().data, Raw(Some(b"Hell".to_vec())));

    let mut old = v2;
    let calls = response(RequestCode::GET_CURRENT_CALLS, RilVersion(2), &[&raw mut old]).unwrap();
    assert_eq!(decode::<Vec<Call>>(&calls, V12)[0].uus, None);

    let mut absurd = abi::call::UusInfo { length: -5, ..uus };
    call.uus = &raw mut absurd;
    let error = response(RequestCode::GET_CURRENT_CALLS, V12, &[&raw mut call]).unwrap_err();
    assert_eq!(error, ConvertError::Value { what: "number of bytes", got: -5 });
}

#[test]
fn a_waiting_cdma_call_may_be_of_the_old_layout() {
    let signal_info_record = abi::cdma::SignalInfo { is_present: 1, signal_type: 2, alert_pitch: 0, signal: 3 };
    let old = abi::cdma::CallWaitingV5 {
        number: c_text(c"5550100"),
        number_presentation: 0,
        name: ptr::null_mut(),
        signal_info_record,
    };
    let call: CallWaiting = decode(&unsolicited(UnsolCode::CDMA_CALL_WAITING, V12, &old).unwrap(), V12);
    assert_eq!((call.number.as_deref(), call.number_type), (Some("5550100"), 0));
    assert!(unsolicited(UnsolCode::CDMA_CALL_WAITING, V13, &old).is_err());
}

#[test]
fn information_records_that_lie_about_their_length_are_refused() {
    let mut record = abi::cdma::InfoRecord::NONE;
    let mut text = [b'x'; abi::cdma::ALPHA_MAX];
    text[..5].copy_from_slice(b"Hello");
    record.value.display = abi::cdma::DisplayInfo { len: 5, text };
    let mut list = abi::cdma::InfoRecords { count: 1, records: [record; abi::cdma::INFO_RECORDS_MAX] };
    let told = unsolicited(UnsolCode::CDMA_INFO_REC, V12, &list).unwrap();
    assert_eq!(decode::<Vec<InfoRecord>>(&told, V12), [InfoRecord::Display(Some("Hello".to_owned()))]);

    // libril tells of ten at most.
    list.count = 11;
    let told = unsolicited(UnsolCode::CDMA_INFO_REC, V12, &list).unwrap();
    assert_eq!(decode::<Vec<InfoRecord>>(&told, V12).len(), 10);

    list.records[0].value.display = abi::cdma::DisplayInfo { len: 65, text };
    let error = unsolicited(UnsolCode::CDMA_INFO_REC, V12, &list).unwrap_err();
    assert_eq!(error, ConvertError::Value { what: "length of an information record", got: 65 });

    list.records[0].name = 9;
    let error = unsolicited(UnsolCode::CDMA_INFO_REC, V12, &list).unwrap_err();
    assert_eq!(error, ConvertError::Value { what: "RIL_CDMA_InformationRecord", got: 9 });
}

#[test]
fn the_radio_state_is_left_to_the_caller() {
    assert_eq!(unsolicited(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, V12, &[10]), Ok(Vec::new()));
}

#[test]
fn a_failed_conversion_leaves_the_output_as_it_was() {
    let mut out = encode(&Ints::from([7]), V12);
    let before = out.clone();
    let list = [c_text(c"1"), ptr::null_mut()];
    // SAFETY: the list has two pointers; it is the length that is wrong.
    let result = unsafe { response_from_c(RequestCode::OPERATOR, list.as_ptr().cast(), 9, V12, &mut out) };
    assert!(result.is_err());
    assert_eq!(out, before);
}

#[test]
fn a_library_of_version_fifteen_tells_its_registration_in_a_struct() {
    const V15: RilVersion = RilVersion(15);
    let text = |text: &str| Some(text.to_owned());
    let cell = abi::network::CellIdentityV16 { cell_type: 3, identity: [1, 1, 0x0ABCDEF, 77, 0x1A2B, 1300] };
    let voice = abi::network::VoiceRegistration {
        reg_state: 1,
        rat: 14,
        css_supported: 0,
        roaming_indicator: 0,
        system_is_in_prl: 0,
        default_roaming_indicator: 0,
        reason_for_denial: 0,
        cell,
    };
    let voice: Strings = decode(&response(RequestCode::VOICE_REGISTRATION_STATE, V15, &voice).unwrap(), V15);
    assert_eq!(voice[..4], [text("1"), text("1a2b"), text("abcdef"), text("14")]);
    assert_eq!((voice.len(), voice[4].clone(), voice[14].clone()), (15, None, None));

    let data = abi::network::DataRegistration { reg_state: 5, rat: 14, reason_data_denied: 0, max_data_calls: 8, cell };
    let data: Strings = decode(&response(RequestCode::DATA_REGISTRATION_STATE, V15, &data).unwrap(), V15);
    assert_eq!(data[..6], [text("5"), text("1a2b"), text("abcdef"), text("14"), text("0"), text("8")]);
    assert_eq!(data[6..9], [text("6699"), text("77"), text("11259375")]);

    let cdma = abi::network::CellIdentityV16 { cell_type: 2, identity: [9, 8, 4, 6, 5, 0] };
    let voice = abi::network::VoiceRegistration { rat: 6, cell: cdma, ..VOICE_NOWHERE };
    let voice: Strings = decode(&response(RequestCode::VOICE_REGISTRATION_STATE, V15, &voice).unwrap(), V15);
    assert_eq!([4, 5, 6, 8, 9].map(|place| voice[place].clone()), ["4", "5", "6", "8", "9"].map(text));

    // A library that kept to strings is known by the length.
    let strings = [c_text(c"1"), c_text(c"00c3"), c_text(c"01a2"), c_text(c"2")];
    assert!(response(RequestCode::VOICE_REGISTRATION_STATE, V15, &strings).is_ok());
}

const VOICE_NOWHERE: abi::network::VoiceRegistration = abi::network::VoiceRegistration {
    reg_state: 0,
    rat: 0,
    css_supported: 0,
    roaming_indicator: 0,
    system_is_in_prl: 0,
    default_roaming_indicator: 0,
    reason_for_denial: 0,
    cell: abi::network::CellIdentityV16 { cell_type: 0, identity: [0; abi::network::IDENTITY_INTS] },
};
