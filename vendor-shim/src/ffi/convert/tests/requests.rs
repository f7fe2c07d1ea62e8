//! What a library gets to see of a request.

use std::ffi::{CStr, c_char};

use ril_protocol::RequestCode;
use ril_protocol::RilVersion;
use ril_protocol::parcel::encode;
use ril_protocol::payload::call::{Dial, ForwardInfo};
use ril_protocol::payload::cdma::SmsMessage;
use ril_protocol::payload::data::{DataProfile, InitialAttachApn};
use ril_protocol::payload::device::CarrierRestrictions;
use ril_protocol::payload::ims::{ImsMessage, ImsSms};
use ril_protocol::payload::sim::SimIo;
use ril_protocol::payload::sms::GsmBroadcastConfig;
use ril_protocol::payload::{Ints, Raw, Strings, Text};

use super::{Arena, CData, ConvertError, V12};
use crate::ffi::abi;
use crate::ffi::abi::CText;
use crate::ffi::convert::request_to_c;

fn texts(texts: &[Option<&str>]) -> Strings {
    texts.iter().map(|text| text.map(str::to_owned)).collect()
}

fn request<T: ril_protocol::parcel::Parcel>(
    code: RequestCode,
    version: RilVersion,
    arguments: &T,
    arena: &mut Arena,
) -> Result<CData, ConvertError> {
    request_to_c(code, &encode(arguments, version), version, arena)
}

/// # Safety
/// `text` must be a string of C.
unsafe fn str_of<'a>(text: CText) -> &'a str {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

#[test]
fn lengths_are_those_of_libril() {
    let mut arena = Arena::new();
    let pointer = size_of::<*const u8>();
    let len = |data: Result<CData, ConvertError>| data.unwrap().len;

    let text: Text = Some("5".into());
    assert_eq!(len(request(RequestCode::DTMF, V12, &text, &mut arena)), pointer);
    let strings = texts(&[None, Some("00")]);
    assert_eq!(len(request(RequestCode::SEND_SMS, V12, &strings, &mut arena)), 2 * pointer);
    assert_eq!(len(request(RequestCode::HANGUP, V12, &vec![1], &mut arena)), 4);
    assert_eq!(len(request(RequestCode::GET_IMEI, V12, &(), &mut arena)), 0);
    assert_eq!(len(request(RequestCode::OEM_HOOK_RAW, V12, &Raw(Some(vec![1, 2, 3])), &mut arena)), 3);
    let configs = vec![GsmBroadcastConfig::default(); 3];
    assert_eq!(len(request(RequestCode::GSM_SET_BROADCAST_SMS_CONFIG, V12, &configs, &mut arena)), 3 * pointer);

    let dial = Dial { address: Some("112".into()), ..Dial::default() };
    let io = SimIo { path: Some("3F00".into()), ..SimIo::default() };
    let gsm = ImsSms { retry: false, message_ref: 0, message: ImsMessage::Gsm(strings) };
    let cdma = ImsSms { message: ImsMessage::Cdma(SmsMessage::default()), ..gsm.clone() };
    assert_eq!(len(request(RequestCode::IMS_SEND_SMS, V12, &gsm, &mut arena)), 9 + 2 * pointer);
    assert_eq!(len(request(RequestCode::IMS_SEND_SMS, V12, &cdma, &mut arena)), 9 + 372);
    if cfg!(target_pointer_width = "64") {
        assert_eq!(len(request(RequestCode::DIAL, V12, &dial, &mut arena)), 24);
        assert_eq!(len(request(RequestCode::DIAL, RilVersion(2), &dial, &mut arena)), 16);
        assert_eq!(len(request(RequestCode::SIM_IO, V12, &io, &mut arena)), 56);
        assert_eq!(len(request(RequestCode::SIM_IO, RilVersion(5), &io, &mut arena)), 48);
    }
}

#[test]
fn a_list_without_items_is_not_null() {
    let mut arena = Arena::new();
    let none = request(RequestCode::GET_IMSI, V12, &Strings::new(), &mut arena).unwrap();
    assert!(!none.ptr.is_null());
    assert_eq!(none.len, 0);
    let no_ints = request(RequestCode::HANGUP, V12, &Ints::new(), &mut arena);
    assert_eq!(no_ints.unwrap_err(), ConvertError::TooFew { got: 0, wanted: 1 });
}

#[test]
fn null_is_refused_where_a_library_was_promised_a_string() {
    let mut arena = Arena::new();
    let null = || None::<String>;
    for code in [
        RequestCode::DTMF,
        RequestCode::DTMF_START,
        RequestCode::SEND_USSD,
        RequestCode::SET_NETWORK_SELECTION_MANUAL,
        RequestCode::STK_SET_PROFILE,
        RequestCode::STK_SEND_ENVELOPE_COMMAND,
        RequestCode::STK_SEND_TERMINAL_RESPONSE,
        RequestCode::STK_SEND_ENVELOPE_WITH_STATUS,
        RequestCode::CDMA_FLASH,
        RequestCode::CDMA_VALIDATE_AND_WRITE_AKEY,
        RequestCode::SET_SMSC_ADDRESS,
        RequestCode::ISIM_AUTHENTICATION,
    ] {
        let refused = request(code, V12, &null(), &mut arena).unwrap_err();
        assert_eq!(refused, ConvertError::NullString { place: 0 }, "{code}");
        assert!(matches!(request_to_c(code, &[], V12, &mut arena), Err(ConvertError::Parcel(_))), "{code}");
    }
    let to_nobody = request(RequestCode::DIAL, V12, &Dial::default(), &mut arena).unwrap_err();
    assert_eq!(to_nobody, ConvertError::NullField("address"));
    let no_pin = request(RequestCode::ENTER_SIM_PIN, V12, &texts(&[None, None]), &mut arena).unwrap_err();
    assert_eq!(no_pin, ConvertError::NullString { place: 0 });
    let any_application = request(RequestCode::SIM_OPEN_CHANNEL, V12, &null(), &mut arena).unwrap();
    assert!(any_application.ptr.is_null());
}

#[test]
fn strings_end_at_a_nul_inside_them() {
    let mut arena = Arena::new();
    let text: Text = Some("*100#\u{0}rubbish".into());
    let data = request(RequestCode::SEND_USSD, V12, &text, &mut arena).unwrap();
    // SAFETY: the arena still holds the string.
    assert_eq!(unsafe { str_of(data.ptr.cast_mut().cast::<c_char>()) }, "*100#");
}

#[test]
fn null_stays_null_inside_a_list() {
    let mut arena = Arena::new();
    let data = request(RequestCode::SEND_SMS, V12, &texts(&[None, Some("0100")]), &mut arena).unwrap();
    // SAFETY: the arena still holds the list of two strings.
    unsafe {
        let list = data.ptr.cast::<CText>();
        assert!((*list).is_null());
        assert_eq!(str_of(*list.add(1)), "0100");
        // The spare place behind the list.
        assert!((*list.add(2)).is_null());
    }
}

#[test]
fn old_libraries_get_six_strings_to_set_up_a_data_call() {
    let mut arena = Arena::new();
    let strings = texts(&[Some("1"), Some("0"), Some("internet"), None, None, Some("0"), Some("IP")]);
    let pointer = size_of::<CText>();
    for (version, count) in [(2, 6), (3, 6), (4, 7), (12, 7)] {
        let data = request(RequestCode::SETUP_DATA_CALL, RilVersion(version), &strings, &mut arena).unwrap();
        assert_eq!(data.len, count * pointer, "version {version}");
    }
}

#[test]
fn an_empty_number_to_forward_to_is_null() {
    let mut arena = Arena::new();
    let rule = ForwardInfo { status: 2, number: Some(String::new()), ..ForwardInfo::default() };
    let data = request(RequestCode::QUERY_CALL_FORWARD_STATUS, V12, &rule, &mut arena).unwrap();
    // SAFETY: the arena still holds the struct.
    let rule = unsafe { data.ptr.cast::<abi::call::CallForwardInfo>().read() };
    assert_eq!(rule.status, 2);
    assert!(rule.number.is_null());
}

#[test]
fn what_ril_h_does_not_have_is_not_converted() {
    let mut arena = Arena::new();
    let unknown = request_to_c(RequestCode(999), &[], V12, &mut arena).unwrap_err();
    assert_eq!(unknown, ConvertError::NotSupported);
    let untyped = request_to_c(RequestCode::START_NETWORK_SCAN, &[1, 0, 0, 0], V12, &mut arena).unwrap_err();
    assert_eq!(untyped, ConvertError::NotSupported);
}

#[test]
fn carriers_are_restricted_by_libraries_that_know_of_it() {
    let mut arena = Arena::new();
    let mut restrict = |version| {
        let code = RequestCode::SET_CARRIER_RESTRICTIONS;
        request(code, RilVersion(version), &CarrierRestrictions::default(), &mut arena).map(|data| data.len)
    };
    assert_eq!(restrict(13), Err(ConvertError::NotSupported));
    assert_eq!(restrict(14), Ok(size_of::<abi::device::CarrierRestrictions>()));
}

#[test]
fn libraries_of_version_fifteen_get_what_parcels_do_not_say() {
    const V15: RilVersion = RilVersion(15);
    let mut arena = Arena::new();
    let strings = texts(&[Some("16"), Some("0"), Some("internet"), None, None, Some("0"), Some("IPV6")]);
    let data = request(RequestCode::SETUP_DATA_CALL, V15, &strings, &mut arena).unwrap();
    assert_eq!(data.len, 15 * size_of::<CText>());
    // SAFETY: the arena still holds the list of fifteen strings.
    let places = unsafe { [6, 7, 8, 14].map(|place| str_of(*data.ptr.cast::<CText>().add(place))) };
    assert_eq!(places, ["IPV6", "IPV6", "-1", "1"]);

    let aid: Text = Some("A0000000871002".into());
    let data = request(RequestCode::SIM_OPEN_CHANNEL, V15, &aid, &mut arena).unwrap();
    // SAFETY: the arena still holds the struct and its string.
    let (aid, p2) = unsafe {
        let params = data.ptr.cast::<abi::sim::OpenChannelParams>().read();
        (str_of(params.aid), params.p2)
    };
    assert_eq!((aid, p2), ("A0000000871002", -1));

    let apn = InitialAttachApn { apn: Some("ims".into()), protocol: Some("IP".into()), ..InitialAttachApn::default() };
    let data = request(RequestCode::SET_INITIAL_ATTACH_APN, V15, &apn, &mut arena).unwrap();
    assert_eq!(data.len, size_of::<abi::data::InitialAttachApnV15>());
    let profiles = vec![DataProfile::default(); 2];
    let data = request(RequestCode::SET_DATA_PROFILE, V15, &profiles, &mut arena).unwrap();
    // SAFETY: the arena still holds the list of two pointers and what they point to.
    let types = unsafe { (**data.ptr.cast::<*mut abi::data::DataProfileV15>().add(1)).supported_types_bitmask };
    assert_eq!((data.len, types), (2 * size_of::<CText>(), -1));
}
