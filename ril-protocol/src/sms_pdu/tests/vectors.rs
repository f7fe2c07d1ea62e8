//! PDUs that others published, each with its origin, read and written back octet for octet.

use std::time::Duration;

use super::super::rewrite;
use super::super::*;
use super::{number, time, timestamp};

type Test = Result<(), Box<dyn std::error::Error>>;

/// Reads a PDU from the modem and checks that it is written back alike.
fn received<T: Tpdu>(hex: &str) -> Result<Addressed<T>, Box<dyn std::error::Error>> {
    let pdu = Addressed::<T>::from_hex(hex)?;
    assert_eq!(pdu.to_hex()?, hex.to_uppercase());
    Ok(pdu)
}

/// AOSP GsmSmsTest, testAddressing.
#[test]
fn deliver_from_an_international_number() -> Test {
    let pdu = received::<Deliver>("07914151551512f2040B916105551511f100006060605130308A04D4F29C0E")?;
    assert_eq!(pdu.service_centre.map(|centre| centre.to_string()).as_deref(), Some("+14155551212"));
    assert_eq!(pdu.tpdu.originating_address, number("+16505551111"));
    assert_eq!(pdu.tpdu.originating_address.to_string(), "+16505551111");
    assert!(!pdu.tpdu.more_messages);
    assert_eq!(pdu.tpdu.text()?, "Test");
    Ok(())
}

/// oFono unit/test-sms.c, simple_deliver.
#[test]
fn deliver_with_a_negative_time_zone() -> Test {
    let pdu = received::<Deliver>("07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07")?;
    assert_eq!(pdu.service_centre.map(|centre| centre.to_string()).as_deref(), Some("+31624000000"));
    assert_eq!(pdu.tpdu.originating_address.to_string(), "+31641600986");
    assert_eq!(pdu.tpdu.timestamp.date_time(), Some(time(2002, 8, 26, [19, 37, 41], -4)));
    assert_eq!(pdu.tpdu.text()?, "How are you?");
    Ok(())
}

/// oFono unit/test-sms.c, alnum_sender.
#[test]
fn deliver_from_a_name() -> Test {
    let pdu = received::<Deliver>("0791447758100650040DD0F334FC1CA6970100008080312170224008D4F29CDE0EA7D9")?;
    assert_eq!(pdu.tpdu.originating_address, Address::alphanumeric("sipgate")?);
    assert_eq!(pdu.tpdu.originating_address.name().as_deref(), Some("sipgate"));
    assert_eq!(pdu.tpdu.originating_address.digits(), None);
    assert_eq!(pdu.tpdu.timestamp.date_time(), Some(time(2008, 8, 13, [12, 7, 22], 4)));
    assert_eq!(pdu.tpdu.text()?, "Testmail");
    Ok(())
}

/// oFono unit/test-sms.c, unicode_deliver: a name of eleven characters and 16-bit text.
#[test]
fn deliver_in_ucs2_from_a_long_name() -> Test {
    let pdu = received::<Deliver>(concat!(
        "04819999990414D0FBFD7EBFDFEFF77BFE1E0019512090801361807E00DC00FC00C400E400D600F600C500E500D800F800C6",
        "00E600C700E700C900E900CA00EA00DF0031003200330034003500360037003800390030002000540068006900730020006D",
        "00650073007300610067006500200069007300200036003300200075006E00690063006F0064006500200063006800610072",
        "0073002E",
    ))?;
    assert_eq!(pdu.tpdu.originating_address.name().map(|name| name.chars().count()), Some(11));
    assert_eq!(pdu.tpdu.data_coding.coding(), Coding::Ucs2);
    let text = pdu.tpdu.text()?;
    assert!(text.starts_with("ÜüÄäÖöÅåØøÆæÇçÉéÊêß1234567890"), "{text}");
    assert!(text.ends_with("This message is 63 unicode chars."), "{text}");
    assert_eq!(text.chars().count(), 63);
    Ok(())
}

/// AOSP GsmSmsTest, testUcs2.
#[test]
fn deliver_in_ucs2() -> Test {
    let pdu =
        received::<Deliver>("07912160130300F4040B914151245584F600087010807121352B10212200A900AE00680065006C006C006F")?;
    assert_eq!(pdu.tpdu.text()?, "\u{2122}\u{a9}\u{ae}hello");
    Ok(())
}

/// AOSP GsmSmsTest, testUdh: a multimedia notification in two parts, 8-bit data for an application port.
#[test]
fn deliver_of_data_with_ports_and_concatenation() -> Test {
    let first = received::<Deliver>(concat!(
        "07914140279510F6440A8111110301003BF56080207130138A8C0B05040B8423F000032A02010106276170706C6963617469",
        "6F6E2F766E642E7761702E6D6D732D6D65737361676500AF848D0185B4848C8298524E453955304A6D713551414142666C41",
        "4141414D7741414236514141414141008D908918802B31353132323937373638332F545950453D504C4D4E008A808E022B91",
        "8805810306977F83687474703A2F2F36",
    ))?;
    let second = received::<Deliver>(concat!(
        "07914140279510F6440A8111110301003BF56080207130238A3B0B05040B8423F000032A0202362E3130322E3137312E3135",
        "302F524E453955304A6D713551414142666C414141414D774141423651414141414100",
    ))?;
    for (sequence, pdu) in [(1, &first), (2, &second)] {
        let header = pdu.tpdu.user_data.header()?.ok_or("no header")?;
        assert_eq!(header.concatenation(), Some(Concatenation { reference: Reference::Short(42), total: 2, sequence }));
        assert_eq!(header.ports(), Some((2948, 9200)));
        assert_eq!(pdu.tpdu.data_coding.coding(), Coding::Octets);
        assert_eq!(pdu.tpdu.data_coding.class(), Some(MessageClass::Phone));
        assert_eq!(pdu.tpdu.text(), Err(TextError::Binary));
    }
    assert!(second.tpdu.user_data.payload()?.starts_with(b"6.102.171.150/"));
    Ok(())
}

/// AOSP GsmSmsTest, testMultipart: 7-bit text behind a header and one fill bit.
#[test]
fn deliver_of_text_in_two_parts() -> Test {
    let first = received::<Deliver>(concat!(
        "07916163838408F6440B816105224431F700007060217175830AA005000300020162B1582C168BC562B1582C168BC562B158",
        "2C168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C",
        "168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C168BC562B1582C16",
        "8BC562B1582C168BC562B1582C168BC562",
    ))?;
    let second = received::<Deliver>(concat!(
        "07916163838408F6440B816105224431F700007060217185000A2305000300020262B1582C168BC96432994C2693C9643299",
        "4C2693C96432990C",
    ))?;
    assert_eq!(first.tpdu.text()?, "1".repeat(153));
    assert_eq!(second.tpdu.text()?, "1111111222222222222222222222");
    let joined = join([&first.tpdu.part(), &second.tpdu.part()])?;
    assert_eq!(joined, "1".repeat(160) + &"2".repeat(21));
    assert_eq!(split(&joined, Reference::Short(0))?, [first.tpdu.part(), second.tpdu.part()]);
    Ok(())
}

/// AOSP GsmSmsTest, testExtendedCharacterTable.
#[test]
fn deliver_with_escaped_characters() -> Test {
    let pdu = received::<Deliver>(concat!(
        "07914151551512f2040B916105551511f100006080615131728A44D4F29C0E2AE3E96537B94C068DD16179784C2FCB41F4B0",
        "985D06B958ADD00FB0E94536AF974974DA6D281BA00E95E26D509B946FC3DBF87A25D56A04",
    ))?;
    let text = "Test extended character table .,-!?@~_\\/&\"';^|:()<{}>[]=%*+#";
    assert_eq!(pdu.tpdu.text()?, text);
    assert_eq!(split(text, Reference::Short(0))?, [pdu.tpdu.part()]);
    Ok(())
}

/// AOSP GsmSmsTest, testEmailGateway, the second message: a short code as sender.
#[test]
fn deliver_from_a_short_code() -> Test {
    let pdu = received::<Deliver>(concat!(
        "07914151551512f204038105f400007011103105458a29e6f71b50c687db7076d9357eb741af0d0a442fcfe9c23739bfe16d",
        "289bdee6b5f1813629",
    ))?;
    assert_eq!(pdu.tpdu.originating_address, number("504"));
    assert_eq!(pdu.tpdu.text()?, "foo@example.com /{ testBody[^~\\] }");
    Ok(())
}

/// AOSP GsmSmsTest, testCPHSVoiceMail: a name of two characters which ends with the code zero.
#[test]
fn deliver_from_a_name_that_ends_with_an_at_sign() -> Test {
    let pdu = received::<Deliver>("07912160130310F20404D0110041006060627171118A0120")?;
    assert_eq!(pdu.tpdu.originating_address.name().as_deref(), Some("_@"));
    assert_eq!(pdu.tpdu.protocol_identifier, 0x41);
    assert_eq!(pdu.tpdu.text()?, " ");
    Ok(())
}

/// AOSP GsmSmsTest, testCingularVoiceMail, and oFono unit/test-sms.c, simple_mwi: nothing but an indication.
#[test]
fn deliver_of_a_waiting_indication() -> Test {
    let set = received::<Deliver>("07912180958750F84401800500C87020026195702B06040102000200")?.tpdu;
    let active = Waiting { active: true, kind: 0, discard: true };
    assert_eq!(set.data_coding.waiting(), Some(active));
    let header = set.user_data.header()?.ok_or("no header")?;
    assert_eq!(header.elements, [Element::Other { identifier: 1, data: vec![0, 2] }]);
    assert_eq!(set.text()?, "");

    let clear = received::<Deliver>("07912180958750F84401800500C07020027160112B06040102000000")?.tpdu;
    assert_eq!(clear.data_coding.waiting(), Some(Waiting { active: false, ..active }));

    let bare = received::<Deliver>("07913366002020F8040B913366600600F100C83180706174148000")?.tpdu;
    assert_eq!(bare.data_coding.waiting(), Some(active));
    assert_eq!(bare.timestamp.date_time(), Some(time(2013, 8, 7, [16, 47, 41], 8)));
    assert_eq!(bare.user_data.length(), 0);
    Ok(())
}

/// oFono unit/test-sms.c, assembly_pdu1 to 3: Russian text in three parts; the third is shown here.
#[test]
fn deliver_of_ucs2_in_parts() -> Test {
    let pdu = received::<Deliver>(concat!(
        "038121F340048155550119906041001222044A0500031E0303043C043D043004420443002C0020043F043E04370430043104",
        "4B0432000A0434043004360435002C002004470442043E002000200431044B043B0020043D04300433002E",
    ))?;
    assert_eq!(pdu.tpdu.originating_address.to_string(), "5555");
    assert_eq!(pdu.tpdu.originating_address.type_of_address(), TypeOfAddress::UNKNOWN);
    assert_eq!(pdu.tpdu.text()?, "мнату, позабыв\nдаже, что  был наг.");
    Ok(())
}

/// oFono unit/test-sms.c, simple_submit, less its service centre octet.
#[test]
fn submit_with_a_relative_validity() -> Test {
    let hex = "11000B916407281553F80000AA0AE8329BFD4697D9EC37";
    let submit = Submit::from_hex(hex)?;
    assert_eq!(submit.to_hex()?, hex);
    assert_eq!(submit.message_reference, 0);
    assert_eq!(submit.destination_address.to_string(), "+46708251358");
    assert_eq!(submit.validity, Validity::Relative(0xaa));
    assert_eq!(submit.validity.period(), Some(Duration::from_secs(4 * 24 * 60 * 60)));
    assert_eq!(submit.text()?, "hellohello");
    Ok(())
}

/// oFono unit/test-sms.c, expected_no_fragmentation_7bit, built from its parts.
#[test]
fn submit_built_from_text() -> Test {
    let part = split("This is testing !", Reference::Short(0))?.pop().ok_or("no part")?;
    let tpdu = Submit { validity: Validity::Relative(0xa7), ..Submit::new(number("+358478400241"), part) };
    let pdu = Addressed { service_centre: Some(ServiceCentre::number("+358405202090")?), tpdu };
    let hex = "079153485002020911000C915348870420140000A71154747A0E4ACF41F4F29C9E769F4121";
    assert_eq!(pdu.to_hex()?, hex);
    assert_eq!(Addressed::<Submit>::from_hex(hex)?, pdu);
    Ok(())
}

/// oFono unit/test-sms.c, ems_udh_test_1: seven-bit text behind five formatting elements.
#[test]
fn submit_with_unknown_header_elements() -> Test {
    let pdu = received::<Submit>(concat!(
        "0041000B915121551532F40000631A0A031906200A032104100A032705040A032E05080A043807002B8ACD29A85D9ECFC3E7",
        "F21C340EBB41E3B79B1E4EBB41697A989D1EB340E2379BCC02B1C3F27399059AB7C36C3628EC2683C66FF65B5E2683E8653C",
        "1D",
    ))?;
    assert_eq!(pdu.service_centre, None);
    let header = pdu.tpdu.user_data.header()?.ok_or("no header")?;
    assert_eq!(header.elements.first(), Some(&Element::Other { identifier: 0x0a, data: vec![0x19, 0x06, 0x20] }));
    assert_eq!(header.elements.len(), 5);
    assert_eq!(pdu.tpdu.text()?, "EMS messages can contain italic, bold, large, small and colored text");
    let rebuilt = UserData::from_septets(Some(&header), &pdu.tpdu.user_data.septets()?)?;
    assert_eq!(rebuilt, pdu.tpdu.user_data);
    Ok(())
}

/// A session of oFono with AOSP reference-ril: RIL_REQUEST_SEND_SMS with a null service centre.
#[test]
fn submit_of_a_ril_session() -> Test {
    let hex = "11000891515521430000A71AE8329BFD0699E5EF36E86D7EBBDFA0B7BD2C07C9D36C32";
    let submit = Submit::from_hex(hex)?;
    assert_eq!(submit.to_hex()?, hex);
    assert_eq!(submit.destination_address.to_string(), "+15551234");
    assert_eq!(submit.validity.period(), Some(Duration::from_secs(24 * 60 * 60)));
    assert_eq!(submit.text()?, "hello from ofono over rild");
    Ok(())
}

/// HeboTech ATLib, SmsStatusReportDecoderTests.
#[test]
fn status_report() -> Test {
    let hex = "07911326040000F006D60B911326880736F4111011719551401110117195714000";
    let pdu = received::<StatusReport>(hex)?;
    let sent = time(2011, 1, 11, [17, 59, 15], 4);
    let report = StatusReport::new(
        214,
        number("+31628870634"),
        timestamp(sent),
        timestamp(DateTime { second: 17, ..sent }),
        Status::RECEIVED,
    );
    assert_eq!(pdu.tpdu, report);
    assert_eq!(pdu.tpdu.status.outcome(), Outcome::Completed);
    Ok(())
}

/// The report above with all that TS 23.040, 9.2.2.3 and 9.2.3.27 let follow, built by hand.
#[test]
fn status_report_with_parameters() -> Test {
    let hex = concat!(
        "07911326040000F0",
        "46D60B911326880736F4111011719551401110117195714046", // TP-UDHI is set, TP-ST says validity expired
        "878001",                                             // TP-PI announces all, and is extended twice
        "0004",                                               // TP-PID and TP-DCS, 8-bit data
        "0603240101C0FF",                                     // a header of one element and two octets
        "EE"                                                  // what only a later standard may explain
    );
    let report = received::<StatusReport>(hex)?.tpdu;
    assert_eq!((report.status, report.status.outcome()), (Status(0x46), Outcome::PermanentError));
    let parameters = report.parameters.ok_or("no parameters")?;
    assert_eq!(parameters.extensions, [0x80, 0x01]);
    assert_eq!(parameters.protocol_identifier, Some(0));
    assert_eq!(parameters.data_coding, Some(DataCoding::OCTETS));
    let user_data = parameters.user_data.ok_or("no user data")?;
    assert_eq!(user_data.header()?, Some(Header::new([Element::SingleShift(1)])));
    assert_eq!(user_data.payload()?, [0xc0, 0xff]);
    assert_eq!(parameters.rest, [0xee]);
    Ok(())
}

/// The first vector again: a caller tag behind the number is taken off, and all else stays.
#[test]
fn rewriting_the_originating_address() -> Test {
    let tagged = from_hex("07914151551512F2040C9161055515112100006060605130308A04D4F29C0E")?;
    let plain = from_hex("07914151551512F2040B916105551511F100006060605130308A04D4F29C0E")?;
    let address = rewrite::originating_address(&tagged)?;
    assert_eq!(address.to_string(), "+165055511112");
    let untagged = address.with_digits("16505551111")?;
    assert_eq!(rewrite::replace_originating_address(&tagged, &untagged)?, plain);
    assert_eq!(rewrite::replace_originating_address(&plain, &address)?, tagged);
    Ok(())
}

/// TP-MR of a message and of its report, changed in place.
#[test]
fn rewriting_the_message_reference() -> Test {
    let mut submit = from_hex("11000B916407281553F80000AA0AE8329BFD4697D9EC37")?;
    rewrite::set_submit_reference(&mut submit, 0x2a)?;
    assert_eq!(to_hex(&submit), "112A0B916407281553F80000AA0AE8329BFD4697D9EC37");
    assert_eq!(rewrite::submit_reference(&submit)?, 0x2a);
    assert_eq!(rewrite::destination_address(&submit)?, number("+46708251358"));

    let mut report = from_hex("07911326040000F006D60B911326880736F4111011719551401110117195714000")?;
    assert_eq!(rewrite::report_reference(&report)?, 214);
    rewrite::set_report_reference(&mut report, 1)?;
    assert_eq!(to_hex(&report), "07911326040000F006010B911326880736F4111011719551401110117195714000");
    Ok(())
}

/// A message type of another operation is refused, and nothing is changed.
#[test]
fn rewriting_refuses_other_types() -> Test {
    let deliver = from_hex("07914151551512F2040B916105551511F100006060605130308A04D4F29C0E")?;
    let wrong = |at, found| DecodeError { field: Field::FirstOctet, at, reason: DecodeReason::WrongType { found } };
    let mut changed = deliver.clone();
    assert_eq!(rewrite::set_report_reference(&mut changed, 1), Err(wrong(8, 0)));
    assert_eq!(changed, deliver);
    let mut tpdu = deliver.get(8..).ok_or("too short")?.to_vec();
    assert_eq!(rewrite::set_submit_reference(&mut tpdu, 1), Err(wrong(0, 0)));
    assert_eq!(rewrite::destination_address(&tpdu), Err(wrong(0, 0)));
    Ok(())
}

/// Errors name the field and where it is.
#[test]
fn errors_name_field_and_offset() {
    let error = |hex: &str| Addressed::<Deliver>::from_hex(hex).map(|_| ()).map_err(|error| error.to_string());
    let named = |text: &str| Err(text.to_owned());
    assert_eq!(error("0791415155151"), named("PDU at octet 6: not a pair of hex digits"));
    assert_eq!(error("0791é1"), named("PDU at octet 2: not a pair of hex digits"));
    assert_eq!(error("0791415155"), named("SC address at octet 5: 3 octets missing"));
    assert_eq!(error("0C"), named("SC address at octet 0: length 12 exceeds 11"));
    assert_eq!(error("0001"), named("TP-MTI at octet 1: message type 1 where another is expected"));
    assert_eq!(error("00041591"), named("TP-OA at octet 2: length 21 exceeds 20"));
    assert_eq!(error("000403815"), named("PDU at octet 4: not a pair of hex digits"));
    assert_eq!(error("0004038105F4"), named("TP-PID at octet 6: 1 octets missing"));
    assert_eq!(error("0004038105F40000701110310545"), named("TP-SCTS at octet 14: 1 octets missing"));
    assert_eq!(error("0004038105F400007011103105458AA1"), named("TP-UDL at octet 15: length 161 exceeds 160"));
    assert_eq!(error("0004038105F400007011103105458A01"), named("TP-UD at octet 16: 1 octets missing"));
    assert_eq!(error("0004038105F400007011103105458A0020"), named("TP-UD at octet 16: 1 octets after the end"));
}

/// TS 23.040, 9.2.3.1: a phone treats the reserved type as SMS-DELIVER and keeps the message as it came.
#[test]
fn deliver_of_the_reserved_type() -> Test {
    let pdu = received::<Deliver>("07914151551512f2170B916105551511f100006060605130308A04D4F29C0E")?;
    assert_eq!(pdu.tpdu.reserved, 0x13);
    assert_eq!(pdu.tpdu.text()?, "Test");
    Ok(())
}

/// Service centre strings of RIL_REQUEST_SEND_SMS (TS 27.005, 3.1).
#[test]
fn service_centre_strings() -> Test {
    let centre = ServiceCentre::from_hex("07914151551512F2")?;
    assert_eq!(centre, Some(ServiceCentre::number("+14155551212")?));
    assert_eq!(centre.map(|centre| centre.to_hex()).as_deref(), Some("07914151551512F2"));
    assert_eq!(ServiceCentre::from_hex("00")?, None);
    let reason = DecodeReason::Trailing { count: 1 };
    assert_eq!(ServiceCentre::from_hex("0000"), Err(DecodeError { field: Field::ServiceCentre, at: 1, reason }));
    Ok(())
}
