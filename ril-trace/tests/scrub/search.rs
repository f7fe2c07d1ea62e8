//! Looking for something in bytes, in every encoding in which it may stand there.

/// Something that must not be found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Original {
    /// Decimal digits.
    Digits(String),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A frame in all the ways in which it can be looked at, each as strings of ones and zeros: the first bit of each byte
/// first, and the last bit first.
pub(crate) struct Searched(Vec<(&'static str, String, String)>);

impl Searched {
    pub(crate) fn new(body: &[u8]) -> Self {
        Self(
            views(body)
                .into_iter()
                .map(|(view, bytes)| (view, bits(&bytes, 8, true), bits(&bytes, 8, false)))
                .collect(),
        )
    }

    /// The encoding in which an original stands in the frame, if it does.
    pub(crate) fn find(&self, original: &Original) -> Option<String> {
        let patterns = patterns(original);
        self.0.iter().find_map(|(view, most_first, least_first)| {
            let found = patterns.iter().find(|(_, is_most_first, pattern)| {
                if *is_most_first { most_first.contains(pattern) } else { least_first.contains(pattern) }
            });
            found.map(|(encoding, ..)| format!("{encoding} in {view}"))
        })
    }
}

/// Names, order of bits, and the bits of an original in each encoding.
fn patterns(original: &Original) -> Vec<(&'static str, bool, String)> {
    let text = |text: &str| {
        let bytes = text.as_bytes();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let narrow: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut patterns = vec![
            ("UTF-8", true, bits(bytes, 8, true)),
            ("UTF-16", true, bits(&wide, 8, true)),
            ("UTF-16, least first", true, bits(&narrow, 8, true)),
        ];
        if text.is_ascii() {
            patterns.push(("seven bits", true, bits(bytes, 7, true)));
            patterns.push(("GSM seven bits", false, bits(bytes, 7, false)));
        }
        patterns
    };
    match original {
        Original::Text(original) => text(original),
        Original::Bytes(bytes) => vec![("bytes", true, bits(bytes, 8, true))],
        Original::Digits(digits) => {
            let values: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
            let dtmf: Vec<u8> = values.iter().map(|digit| if *digit == 0 { 10 } else { *digit }).collect();
            let mut patterns = text(digits);
            patterns.push(("BCD", true, bits(&values, 4, true)));
            patterns.push(("swapped BCD", false, bits(&values, 4, false)));
            patterns.push(("DTMF", true, bits(&dtmf, 8, true)));
            patterns.push(("packed DTMF", true, bits(&dtmf, 4, true)));
            patterns
        }
    }
}

/// The bytes as they are; those of strings in ASCII; those that have words to themselves; those that are written in
/// hexadecimal.
fn views(body: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let every = |step: usize, from: usize| -> Vec<u8> { body.iter().copied().skip(from).step_by(step).collect() };
    let mut views = vec![("bytes", body.to_vec()), ("strings", every(2, 0))];
    views.extend((0..4).map(|from| ("words", every(4, from))));
    let ascii = every(2, 0);
    for run in ascii.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() >= 6) {
        for digits in [run, &run[1..]] {
            let text = String::from_utf8(digits[..digits.len() / 2 * 2].to_vec()).unwrap();
            views.push(("hexadecimal", ril_protocol::hex::from_hex(&text).unwrap()));
        }
    }
    views
}

fn bits(values: &[u8], width: usize, most_first: bool) -> String {
    let mut bits = String::with_capacity(values.len() * width);
    for value in values {
        for at in 0..width {
            let at = if most_first { width - 1 - at } else { at };
            bits.push(if value >> at & 1 == 1 { '1' } else { '0' });
        }
    }
    bits
}

#[test]
fn what_is_there_is_found_in_every_encoding() {
    let digits = Original::Digits("5550143267".to_owned());
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let found: Vec<_> = [
        b"x5550143267".to_vec(),
        wide("+15550143267"),
        wide("0791550541237600"),
        wide("00915155103462F7"),
        [5, 5, 5, 10, 1, 4, 3, 2, 6, 7].iter().flat_map(|digit| [*digit, 0, 0, 0]).collect(),
        ril_protocol::sms_pdu::septets::pack(b"ab5550143267", 3),
        vec![0x55, 0x50, 0x14, 0x32, 0x67],
    ]
    .iter()
    .map(|body| Searched::new(body).find(&digits))
    .collect();
    assert!(found.iter().all(Option::is_some), "{found:?}");
    assert_eq!(Searched::new(&wide("5550143268")).find(&digits), None);
    let text = Original::Text("Zebra".to_owned());
    assert!(Searched::new(&wide("005A0065006200720061")).find(&text).is_some());
    assert!(Searched::new(&wide("zebra")).find(&text).is_none());
}
