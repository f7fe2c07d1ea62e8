//! Alphabets, addresses, times and the splitting of texts.

use std::time::Duration;

use super::super::alphabet::Codes;
use super::super::septets::{pack, packed_len, unpack};
use super::super::*;
use super::{number, time, timestamp};

type Test = Result<(), Box<dyn std::error::Error>>;

fn turkish(locking: bool) -> Alphabet {
    Alphabet { locking: locking.then_some(Language::Turkish), single: Some(Language::Turkish) }
}

/// libosmocore tests/sms/sms_test.c: the octets and septets of four texts.
#[test]
fn packed_texts() -> Test {
    let vectors = [
        ("test text", 9, "F4F29C0EA297F174"),
        (
            "!$ a more#^- complicated test@@?_%! case",
            41,
            "2101280C6ABFE5E5D186D2028DDF6D383B3D0ED3CB6410BD3CA70300BF4829041A87E765",
        ),
        (
            "enhanced ^ {][} test |+~ ^ test",
            39,
            "65373AEC1E97C9A00D05B4416D7C1BDE2605A297E774D006B8DAF4401B0A885E9ED301",
        ),
        (
            "enhanced ^ {][} test |+~ ^ tests",
            40,
            "65373AEC1E97C9A00D05B4416D7C1BDE2605A297E774D006B8DAF4401B0A885E9ED3E7",
        ),
    ];
    for (text, septets, hex) in vectors {
        let codes = Alphabet::DEFAULT.encode(text).map_err(String::from)?;
        assert_eq!(codes.len(), septets, "{text}");
        assert_eq!(to_hex(&pack(&codes, 0)), hex, "{text}");
        assert_eq!(Alphabet::DEFAULT.decode(&unpack(&from_hex(hex)?, 0, septets)), text);
    }
    Ok(())
}

/// libosmocore tests/sms/sms_test.c: a text in two parts with an eight-bit reference.
#[test]
fn concatenated_text() -> Test {
    let text = "this is a testmessage. ".repeat(6) + "cut here .....: this is a second testmessage. end here.";
    let parts = split(&text, Reference::Short(0x6f))?;
    let octets: Vec<String> = parts.iter().map(|part| to_hex(part.user_data.octets())).collect();
    let [first, second] = octets.as_slice() else { return Err("not two parts".into()) };
    assert_eq!(
        first,
        concat!(
            "0500036F0201E8E8F41C949E83C2207A794E6F97E7F3F0B9EC02D1D1E939283D078541F4F29CDE2ECFE7E173D905A2A3D373",
            "507A0E0A83E8E539BD5D9ECFC3E7B20B4447A7E7A0F41C1406D1CB737ABB3C9F87CF6517888E4ECF41E939280CA297E7F476",
            "793E0F9FCB2E101D9D9E83D2735018442FCFE9EDF27C1E3E975DA0719D0E4297E56590CBE572B974",
        )
    );
    assert_eq!(second, "0500036F02024074747A0E4ACF4161D0BC3C7EBBC9207A794E6F97E7F3F0B9EC0295DD6410BA2C2FBB00");
    assert_eq!(parts.iter().map(|part| part.user_data.length()).collect::<Vec<_>>(), [160, 47]);
    assert_eq!(join(&parts)?, text);
    Ok(())
}

/// libosmocore tests/sms/sms_test.c, test_enc_large_msg: runs of one letter repeat seven octets.
#[test]
fn long_runs_pack_into_repeated_octets() {
    let packed = pack(&[0x41; 2048], 0);
    assert_eq!(packed.len(), 1792);
    assert!(packed.chunks(7).all(|chunk| chunk == [0xc1, 0x60, 0x30, 0x18, 0x0c, 0x06, 0x83]));
    assert_eq!(packed_len(250, 0), 219);
}

/// oFono unit/test-sms.c, the sms_charset tests with extension: escaped characters of each language.
#[test]
fn extension_tables() -> Test {
    let both = |language| Alphabet { locking: Some(language), single: Some(language) };
    let vectors = [
        (Alphabet::DEFAULT, 21, "1BC58602DAA036A9CD6BC3DBF436BE0D705306", "\u{c}^ {}\\[~]|€"),
        (both(Language::Turkish), 26, "1BC586B2416D529BD786B7E96D7C1BE002C8011318870E", "\u{c}^{}\\[~]|ĞİŞç€ğış"),
        (
            both(Language::Portuguese),
            49,
            "84C446B160381E1BC96662D9543696CD6583D9643C1BD42675D9F0C01B9F8602CC74B75C0EE68030ECF91D",
            "êç\u{c}ÔôÁáΦΓ^ΩΠΨΣΘÊ{}\\[~]|ÀÍÓÚÃÕÂ€íóúãõâ",
        ),
        (
            both(Language::Spanish),
            38,
            "9BC446B1A16C509BD4E6B5E16D7A1BDF06B8096E929BE7A6BA096FCA9BF4E6BDA903",
            "ç\u{c}^{}\\[~]|ÁÍÓÚá€íóú",
        ),
    ];
    for (alphabet, count, hex, text) in vectors {
        let octets = from_hex(hex)?;
        assert_eq!(octets.len(), packed_len(count, 0), "{alphabet:?}");
        assert_eq!(alphabet.decode(&unpack(&octets, 0, count)), text, "{alphabet:?}");
        let written = pack(&alphabet.encode(text).map_err(String::from)?, 0);
        assert_eq!(to_hex(&written), hex, "{alphabet:?}");
    }
    Ok(())
}

/// oFono unit/test-sms.c, the sms_charset tests without extension: all 128 codes in order under each locking table.
#[test]
fn locking_tables() -> Test {
    let all = from_hex(concat!(
        "8080604028180E888462C168381E90886442A9582E988C06C4E9783EA09068442A994EA8946AC56AB95EB0986C46ABD96EB8",
        "9C6EC7EBF97EC0A070482C1A8FC8A472C96C3A9FD0A8744AAD5AAFD8AC76CBED7ABFE0B0784C2E9BCFE8B47ACD6EBBDFF0B8",
        "7C4EAFDBEFF8BC7ECFEFFBFF",
    ))?;
    let digits = "%&'()*+,-./0123456789:;<=>?";
    let (upper, lower) = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz");
    // In place of the escape stands the code of the space.
    let vectors = [
        (None, format!("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤{digits}¡{upper}ÄÖÑÜ§¿{lower}äöñüà")),
        (
            Some(Language::Turkish),
            format!("@£$¥€éùıòÇ\nĞğ\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ŞşßÉ !\"#¤{digits}İ{upper}ÄÖÑÜ§ç{lower}äöñüà"),
        ),
        (
            Some(Language::Portuguese),
            format!("@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó| ÂâÊÉ !\"#º{digits}Í{upper}ÃÕÚÜ§~{lower}ãõ`üà"),
        ),
    ];
    for (locking, text) in vectors {
        let alphabet = Alphabet { locking, single: None };
        assert_eq!(alphabet.decode(&unpack(&all, 0, 128)), text, "{locking:?}");
    }
    Ok(())
}

/// TS 23.038, 6.2.1.1: what a receiver shows for codes that the extension table lacks.
#[test]
fn undefined_escapes_fall_back() {
    assert_eq!(Alphabet::DEFAULT.decode(&[0x1b, 0x41]), "A");
    assert_eq!(turkish(true).decode(&[0x1b, 0x07]), "ı");
    assert_eq!(Alphabet::DEFAULT.decode(&[0x1b, 0x1b, 0x41]), " A");
    assert_eq!(Alphabet::DEFAULT.decode(&[0x41, 0x1b]), "A ");
}

/// TS 23.038, A.3.4 to A.3.13: the first and the last code of each table, as AOSP GsmAlphabet has them.
#[test]
fn south_asian_locking_tables() {
    let ends = [
        (Language::Bengali, "\u{981}", '\u{9f1}'),
        (Language::Gujarati, "\u{a81}", '\u{af1}'),
        (Language::Hindi, "\u{901}", '\u{97f}'),
        (Language::Kannada, " ", '\u{ce3}'),
        (Language::Malayalam, " ", '\u{d79}'),
        (Language::Oriya, "\u{b01}", '\u{b63}'),
        (Language::Punjabi, "\u{a01}", '\u{a74}'),
        (Language::Tamil, " ", '\u{bf9}'),
        (Language::Telugu, "\u{c01}", '\u{c63}'),
        (Language::Urdu, "\u{627}", '\u{670}'),
    ];
    for (language, first, last) in ends {
        let alphabet = Alphabet { locking: Some(language), single: Some(language) };
        assert_eq!(alphabet.decode(&[0x00, 0x61, 0x7f]), format!("{first}a{last}"), "{language:?}");
        assert_eq!(alphabet.decode(&[0x1b, 0x41, 0x1b, 0x65, 0x1b, 0x1b]), "A€ ", "{language:?}");
        assert_eq!(alphabet.encode_char(last), Some(Codes::Plain(0x7f)), "{language:?}");
        assert_eq!(alphabet.encode_char(' '), Some(Codes::Plain(0x20)), "{language:?}");
        assert_eq!(alphabet.encode_char('\0'), None, "{language:?}");
    }
}

#[test]
fn identifiers_name_languages() {
    assert_eq!(Language::ALL.map(Language::identifier), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    assert_eq!(Language::from_identifier(13), Some(Language::Urdu));
    assert_eq!((Language::from_identifier(0), Language::from_identifier(14)), (None, None));
}

#[test]
fn characters_without_a_code_are_refused() {
    assert_eq!(Alphabet::DEFAULT.encode("aĞ"), Err('Ğ'));
    assert_eq!(Alphabet::DEFAULT.encode("\u{1b}"), Err('\u{1b}'));
    assert_eq!(Alphabet::DEFAULT.encode_char('€'), Some(Codes::Escaped(0x65)));
    assert_eq!(turkish(false).encode_char('ğ'), Some(Codes::Escaped(0x67)));
    assert_eq!(turkish(true).encode_char('ğ'), Some(Codes::Plain(0x0c)));
}

/// AOSP GsmSmsTest, testFragmentText: 160 septets alone, 153 with others.
#[test]
fn default_alphabet_lengths() -> Test {
    let septets = |text: &str| -> Result<Vec<usize>, Box<dyn std::error::Error>> {
        let parts = split(text, Reference::Short(1))?;
        parts.iter().map(|part| Ok(part.user_data.septets()?.len())).collect()
    };
    assert_eq!(septets(&"1234567890".repeat(16))?, [160]);
    assert_eq!(septets(&("1234567890".repeat(16) + "1"))?, [153, 8]);
    // An escape and its code stay together.
    assert_eq!(septets(&("1".repeat(152) + "€" + "1234567"))?, [152, 9]);
    assert_eq!(septets("")?, [0]);
    Ok(())
}

/// AOSP GsmSmsTest, testFragmentTurkishText: 77 characters of the single shift table alone, 74 with others.
#[test]
fn turkish_single_shift_lengths() -> Test {
    let alphabet = Alphabet { locking: None, single: Some(Language::Turkish) };
    let header = Header::new([Element::SingleShift(Language::Turkish.identifier())]);
    let text: String = "ĞŞİğşı".chars().cycle().take(77).collect();
    let codes = alphabet.encode(&text).map_err(String::from)?;
    let user_data = UserData::from_septets(Some(&header), &codes)?;
    assert_eq!(user_data.length(), 4 + 1 + 154);
    assert_eq!(user_data.text(DataCoding::GSM7)?, text);
    Ok(())
}

/// Of the tables of a language, the splitter takes those that need the fewest parts and septets.
#[test]
fn splitting_with_national_tables() -> Test {
    let splitter =
        Splitter { reference: Reference::Short(7), languages: &Language::ALL, elements: &[], octets: MAX_OCTETS };
    let header = |text: &str| -> Result<Option<Header>, Box<dyn std::error::Error>> {
        let parts = splitter.split(text)?;
        assert_eq!(join(&parts)?, text);
        parts.first().map_or(Ok(None), |part| Ok(part.user_data.header()?))
    };
    assert_eq!(header("plain")?, None);
    assert_eq!(header("merhaba ğ")?, Some(Header::new([Element::LockingShift(1)])));
    assert_eq!(header("mañana Á")?, Some(Header::new([Element::SingleShift(2)])));
    assert_eq!(header("नमस्ते")?, Some(Header::new([Element::LockingShift(6)])));
    assert_eq!(header("हाँ A")?, Some(Header::new([Element::SingleShift(6), Element::LockingShift(6)])));
    let text: String = "ĞŞİğşı".chars().cycle().take(160).collect();
    assert_eq!(splitter.split(&text)?.len(), 2);
    let cyrillic = splitter.split("мир")?;
    assert_eq!(cyrillic.first().map(|part| part.data_coding), Some(DataCoding::UCS2));
    Ok(())
}

/// oFono unit/test-sms.c, surr_pair_split_test: 36 characters outside the basic plane, never cut in half.
#[test]
fn surrogate_pairs_stay_together() -> Test {
    let text = "\u{1f631}".repeat(36);
    let parts = split(&text, Reference::Long(0x1234))?;
    assert_eq!(parts.len(), 2);
    for part in &parts {
        assert!(part.user_data.text(part.data_coding)?.chars().all(|character| character == '\u{1f631}'));
    }
    assert_eq!(join(&parts)?, text);
    Ok(())
}

/// A sender may cut a pair all the same; it is whole again once the parts are joined.
#[test]
fn surrogate_pairs_cut_by_others_are_joined() -> Test {
    let part = |payload: &[u8]| {
        UserData::from_octets(None, payload).map(|user_data| Part { data_coding: DataCoding::UCS2, user_data })
    };
    let parts = [part(&[0x00, 0x41, 0xd8, 0x3d])?, part(&[0xde, 0x31])?];
    assert_eq!(join(&parts)?, "A\u{1f631}");
    let first = parts.first().ok_or("no part")?;
    assert_eq!(first.user_data.text(DataCoding::UCS2)?, "A\u{fffd}");
    Ok(())
}

/// oFono unit/test-sms.c, test_prepare_limits: 255 parts with both widths of reference, and not one character more.
#[test]
fn most_parts() -> Test {
    for (character, reference, each) in [
        ("A", Reference::Long(1), 152),
        ("A", Reference::Short(1), 153),
        ("Ж", Reference::Long(1), 66),
        ("Ж", Reference::Short(1), 67),
    ] {
        let text = character.repeat(255 * each);
        assert_eq!(split(&text, reference)?.len(), MAX_PARTS);
        let more = text + character;
        assert_eq!(split(&more, reference), Err(SplitError::TooManyParts { max: MAX_PARTS }));
    }
    Ok(())
}

#[test]
fn header_elements_of_the_caller_are_in_every_part() -> Test {
    let ports = [Element::Ports16 { destination: 5000, source: 5001 }];
    let splitter = Splitter { reference: Reference::Short(1), languages: &[], elements: &ports, octets: MAX_OCTETS };
    let parts = splitter.split(&"x".repeat(300))?;
    assert_eq!(parts.len(), 3);
    for part in &parts {
        assert_eq!(part.user_data.header()?.and_then(|header| header.ports()), Some((5000, 5001)));
    }
    let bulky = [Element::Other { identifier: 0x70, data: vec![0; 137] }];
    let splitter = Splitter { elements: &bulky, ..splitter };
    assert_eq!(splitter.split("text"), Err(SplitError::NoRoom));
    let huge = [Element::Other { identifier: 0x70, data: vec![0; 256] }];
    let reason = EncodeReason::TooLong { max: 255, actual: 256 };
    let error = EncodeError { field: Field::UserDataHeader, reason };
    assert_eq!(Splitter { elements: &huge, ..splitter }.split("text"), Err(SplitError::Header(error)));
    Ok(())
}

/// A header without text still fills up the septet that it ends in.
#[test]
fn header_without_text() -> Test {
    let header = Header::new([Element::Other { identifier: 1, data: vec![0x80, 1] }]);
    let user_data = UserData::from_septets(Some(&header), &[])?;
    assert_eq!((user_data.length(), user_data.octets().len()), (6, 6));
    assert_eq!(user_data.text(DataCoding::GSM7)?, "");
    Ok(())
}

/// TS 23.040, 9.2.3.24.1: counts that make no sense are ignored; of elements that exclude each other the last counts.
#[test]
fn senseless_and_repeated_elements() {
    let part = |total, sequence| Concatenation { reference: Reference::Short(9), total, sequence };
    for (total, sequence) in [(0, 0), (2, 0), (2, 3)] {
        assert_eq!(Header::new([Element::Concatenation(part(total, sequence))]).concatenation(), None);
    }
    let header = Header::new([part(2, 1), part(3, 2)].map(Element::Concatenation));
    assert_eq!(header.concatenation(), Some(part(3, 2)));
    let unknown = Header::new([Element::LockingShift(99), Element::SingleShift(2)]);
    assert_eq!(unknown.alphabet(), Alphabet { locking: None, single: Some(Language::Spanish) });
}

/// A header that claims more than there is costs the text and not the message.
#[test]
fn text_behind_a_malformed_header() -> Test {
    let deliver = Deliver::from_hex("440B916105551511F100006060605130308A0404D4F29C")?;
    let reason = DecodeReason::Truncated { missing: 1 };
    let error = DecodeError { field: Field::UserDataHeader, at: 4, reason };
    assert_eq!(deliver.text(), Err(TextError::Header(error)));
    Ok(())
}

/// libosmocore tests/sms/sms_test.c, test_gen_oa; a name there counts whole octets, ours counts semi-octets.
#[test]
fn addresses() -> Test {
    let written = |address: &Address| {
        let part = Part { data_coding: DataCoding::GSM7, user_data: UserData::default() };
        let octets = Submit::new(address.clone(), part).encode()?;
        Ok::<_, EncodeError>(octets.get(2..octets.len() - 3).map(to_hex).unwrap_or_default())
    };
    let long = "12345678901234567891";
    assert_eq!(written(&number(long))?, "148121436587092143658719");
    assert_eq!(written(&Address::with_type(TypeOfAddress(0xa1), long)?)?, "14A121436587092143658719");
    assert_eq!(written(&Address::alphanumeric("OpenBSC")?)?, "0DD04F78D92D9C0E01");
    assert_eq!(written(&Address::alphanumeric("OpenBSCabcd")?)?, "14D04F78D92D9C0EC3E23119");
    assert_eq!(written(&number("*#0abc"))?, "0681BAC0ED");
    assert_eq!(number("*#0ABC").to_string(), "*#0abc");

    let rounded = Submit::from_hex("01000ED04F78D92D9C0E01000000")?.destination_address;
    assert_eq!(rounded.to_string(), "OpenBSC");
    Ok(())
}

#[test]
fn texts_that_are_no_address() {
    let too_long = |actual| Err(AddressError::TooLong { max: 20, actual });
    assert_eq!(Address::number("+123456789012345678901"), too_long(21));
    assert_eq!(Address::number("555-0100"), Err(AddressError::NoCode('-')));
    assert_eq!(Address::alphanumeric("twelve chars"), too_long(21));
    assert_eq!(Address::alphanumeric("имя"), Err(AddressError::NoCode('и')));
    let name = Address::alphanumeric("name");
    assert_eq!(name.and_then(|name| name.with_digits("1")), Err(AddressError::Name));
}

/// TS 23.038, 4: one row per coding group.
#[test]
fn data_coding_groups() {
    let rows = [
        (0x00, Coding::Gsm7, None, false),
        (0x11, Coding::Gsm7, Some(MessageClass::Phone), false),
        (0x18, Coding::Ucs2, Some(MessageClass::Flash), false),
        (0x24, Coding::Octets, None, true),
        (0x56, Coding::Octets, Some(MessageClass::Sim), false),
        (0x0c, Coding::Gsm7, None, false),
        (0x85, Coding::Gsm7, None, false),
        (0xc8, Coding::Gsm7, None, false),
        (0xd0, Coding::Gsm7, None, false),
        (0xe0, Coding::Ucs2, None, false),
        (0xf2, Coding::Gsm7, Some(MessageClass::Sim), false),
        (0xf7, Coding::Octets, Some(MessageClass::Terminal), false),
    ];
    for (octet, coding, class, compressed) in rows {
        let data_coding = DataCoding(octet);
        assert_eq!(
            (data_coding.coding(), data_coding.class(), data_coding.is_compressed()),
            (coding, class, compressed),
            "{octet:#04x}"
        );
    }
    assert_eq!(DataCoding::UCS2.with_class(MessageClass::Flash), DataCoding(0x18));
    assert_eq!(UserData::default().text(DataCoding(0x20)), Err(TextError::Compressed));
}

#[test]
fn user_data_is_bound_to_its_data_coding() -> Test {
    let user_data = UserData::from_septets(None, &[0x31; 9])?;
    let submit = Submit {
        data_coding: DataCoding::UCS2,
        ..Submit::new(number("1"), Part { data_coding: DataCoding::GSM7, user_data })
    };
    let error = EncodeError { field: Field::UserData, reason: EncodeReason::OtherCoding };
    assert_eq!(submit.encode(), Err(error));
    Ok(())
}

#[test]
fn user_data_has_a_limit() {
    let error = |max, actual| EncodeError { field: Field::UserData, reason: EncodeReason::TooLong { max, actual } };
    assert_eq!(UserData::from_septets(None, &[0; 161]), Err(error(160, 161)));
    assert_eq!(UserData::from_octets(None, &[0; 141]), Err(error(140, 141)));
}

/// TS 23.040, 9.2.3.12.1 and 9.2.3.12.3.
#[test]
fn validity_periods() {
    let (minutes, hours, days) = (60, 3600, 86_400);
    for (value, seconds) in [
        (0, 5 * minutes),
        (143, 12 * hours),
        (144, 12 * hours + 30 * minutes),
        (167, 24 * hours),
        (168, 2 * days),
        (196, 30 * days),
        (197, 5 * 7 * days),
        (255, 63 * 7 * days),
    ] {
        assert_eq!(Validity::Relative(value).period(), Some(Duration::from_secs(seconds)), "{value}");
    }
    let enhanced = |octets| Validity::Enhanced(octets).period();
    assert_eq!(enhanced([0x00, 0, 0, 0, 0, 0, 0]), None);
    assert_eq!(enhanced([0x41, 143, 0, 0, 0, 0, 0]), Some(Duration::from_secs(12 * hours)));
    assert_eq!(enhanced([0x02, 90, 0, 0, 0, 0, 0]), Some(Duration::from_secs(90)));
    assert_eq!(enhanced([0x03, 0x10, 0x20, 0x30, 0, 0, 0]), Some(Duration::from_secs(hours + 2 * minutes + 3)));
    assert_eq!(enhanced([0x03, 0x0a, 0, 0, 0, 0, 0]), None);
    assert_eq!(enhanced([0x81, 0, 0, 0, 0, 0, 0]), None);
}

/// One SMS-SUBMIT per validity period format (9.2.3.3), built by hand.
#[test]
fn validity_formats() -> Test {
    let absolute = timestamp(time(2024, 2, 29, [23, 59, 58], 8));
    for (hex, validity) in [
        ("010001811F000000", Validity::Absent),
        ("110001811F0000FF00", Validity::Relative(0xff)),
        ("190001811F00004220923295858000", Validity::Absolute(absolute)),
        ("090001811F00000305000000000000", Validity::Enhanced([3, 5, 0, 0, 0, 0, 0])),
    ] {
        let hex = hex.replace("811F", "81F1");
        let submit = Submit::from_hex(&hex)?;
        assert_eq!(submit.validity, validity);
        assert_eq!(submit.to_hex()?, hex);
    }
    Ok(())
}

#[test]
fn times() {
    let leap = time(2024, 2, 29, [23, 59, 58], 8);
    assert_eq!(leap.unix_seconds(), 1_709_243_998);
    assert_eq!(DateTime::from_unix_seconds(1_709_243_998, 8), Some(leap));
    assert_eq!(time(1999, 12, 31, [23, 45, 0], -1).unix_seconds(), 946_684_800);
    assert_eq!(DateTime::from_unix_seconds(946_684_800, -1), Some(time(1999, 12, 31, [23, 45, 0], -1)));
    assert_eq!(DateTime::from_unix_seconds(i64::MIN, 0), None);
    assert_eq!(DateTime::from_unix_seconds(i64::MAX, 0), None);

    for nonsense in [time(2023, 2, 29, [0, 0, 0], 0), time(2023, 13, 1, [0, 0, 0], 0), time(2090, 1, 1, [0, 0, 0], 0)] {
        assert_eq!(Timestamp::from_date_time(nonsense), None);
    }
    assert_eq!(Timestamp([0; 7]).date_time(), None);
    assert_eq!(Timestamp([0x0a, 0x10, 0x10, 0, 0, 0, 0]).date_time(), None);
}
