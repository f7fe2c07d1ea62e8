//! Supplementary service codes in dialled and USSD strings: `**21*5550123#` sets call forwarding as surely as
//! SET_CALL_FORWARD does, so the same phones may do it.
//!
//! Only codes that change what all phones share are of interest. Questions (`*#21#`), a call with its own CLIR
//! (`#31#5550123`) and the network's own USSD codes (`*100#`) are not.
//!
//! Carriers in North America, and networks of CDMA anywhere, also take codes that end in no `#`: `*72` and a number
//! forward all calls, `*228` programs the handset. Which ones, each carrier decides, so that all of them count but the
//! two about the number that is shown in one call.
//!
//! Reference: 3GPP TS 22.030, 6.5.2 and annexes B and C; 3GPP TS 22.090 for USSD codes; ATIS-0300075 (North American
//! Numbering Plan) for vertical service codes.

/// Service codes of settings that the SIM or the subscription has one of.
const SHARED_SETTINGS: &[&str] = &[
    "002", "004", "21", "61", "62", "67", // call forwarding
    "03", "33", "330", "331", "332", "333", "35", "351", "353", // call barring and its password
    "04", "042", "05", "052", // PIN, PIN2, and unblocking them
    "43", "31", "30", "76", "77", "300", // call waiting, number presentation
    "66",  // call deflection
];

/// Show and withhold the own number in one call (3GPP TS 22.030, annex B).
const CLIR_OF_A_CALL: [&str; 2] = ["*31#", "#31#"];

/// Withhold and show the own number in one call, in North America.
const CLIR_OF_CARRIERS: [&str; 2] = ["*67", "*82"];
/// Fewest digits of a number behind those: there are codes with three digits.
const SHORTEST_NUMBER: usize = 3;
/// Most digits of a code that ends in `#`. Of more, some are a number.
const LONGEST_CODE: usize = 6;

/// Whether this string, dialled or sent as USSD, changes a setting that all phones share.
pub(in crate::router) fn changes_shared_setting(text: &str) -> bool {
    // Separators do not count, and neither does what stands behind the code, unless that is a number to call.
    let text = without_separators(text);
    // Behind a CLIR code that is for one call there may stand another code, if a modem takes both.
    let mut rest = Some(&text[..]);
    while let Some(text) = rest {
        if is_shared_setting(text) {
            return true;
        }
        rest = CLIR_OF_A_CALL.iter().find_map(|clir| text.strip_prefix(clir));
    }
    false
}

/// Whether a carrier may take what is dialled for a code of its own, which may change anything. `is_cdma`: the network
/// has no codes of 3GPP.
pub(in crate::router) fn is_carriers_code(dialled: &str, is_cdma: bool) -> bool {
    let dialled = without_separators(dialled);
    let mut rest = dialled.trim_start_matches('+');
    while rest.starts_with(['*', '#']) {
        match behind_clir(rest) {
            Some(number) => rest = number,
            None => return is_cdma || !is_3gpp_code(rest),
        }
    }
    false
}

/// The number, or another code, behind one that shows or withholds the own number.
fn behind_clir(text: &str) -> Option<&str> {
    let of_a_call = CLIR_OF_A_CALL.iter().find_map(|clir| text.strip_prefix(clir)).filter(|number| !number.is_empty());
    of_a_call.or_else(|| {
        let number = CLIR_OF_CARRIERS.iter().find_map(|clir| text.strip_prefix(clir))?;
        let digits = number.chars().filter(char::is_ascii_digit).count();
        (number.starts_with(['*', '#']) || digits >= SHORTEST_NUMBER).then_some(number)
    })
}

/// Whether this has the form of a code of 3GPP: a service code or the network's own USSD code, and a `#` at the end.
fn is_3gpp_code(text: &str) -> bool {
    let code = text.trim_start_matches(['*', '#']).split(['*', '#']).next().unwrap_or_default();
    text.ends_with('#') && (1..=LONGEST_CODE).contains(&code.len())
}

fn without_separators(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')).collect()
}

fn is_shared_setting(text: &str) -> bool {
    let Some((code, behind)) = text.rsplit_once('#') else { return false };
    if behind.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | '+')) {
        return false;
    }
    let prefix = code.len() - code.trim_start_matches(['*', '#']).len();
    let (prefix, rest) = code.split_at(prefix);
    if !matches!(prefix, "*" | "**" | "#" | "##") {
        return false;
    }
    SHARED_SETTINGS.contains(&rest.split('*').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{changes_shared_setting, is_carriers_code};

    #[test]
    fn settings_are_told_from_questions_calls_and_ussd() {
        for text in [
            "**21*5550123#",
            "*21#",
            "##002#",
            "**21*5550123#;",
            "**21*5#,1",
            "*2 1#",
            "#33*0000#",
            "**04*1234*4321*4321#",
            "**05*12345678*1*1#",
            "*43#",
            "#31#**21*5550123#",
            "*31#*31#*43#",
        ] {
            assert!(changes_shared_setting(text), "{text}");
        }
        for text in ["*#21#", "*100#", "#31#5550123", "*31#5550123", "112", "**", "#", "", "21#", "*#06#", "*211#"] {
            assert!(!changes_shared_setting(text), "{text}");
        }
    }

    #[test]
    fn a_carriers_codes_are_told_from_those_of_3gpp_and_from_numbers() {
        for text in [
            "*72",
            "*725550123",
            "+*725550123",
            "*7 2",
            "#72",
            "*228",
            "*67",
            "*6712",
            "*67*72",
            "#31#*72",
            "*#",
            "*5550123#",
        ] {
            assert!(is_carriers_code(text, false), "{text}");
        }
        for text in
            ["*675550123", "*82911", "*67#31#5550123", "#31#55", "*#21#", "*100#", "*135*5550123#", "112", "5*72", ""]
        {
            assert!(!is_carriers_code(text, false), "{text}");
        }
        assert!(is_carriers_code("*100#", true) && !is_carriers_code("*675550123", true));
    }
}
