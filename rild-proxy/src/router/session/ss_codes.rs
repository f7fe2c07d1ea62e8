//! Supplementary service codes in dialled and USSD strings: `**21*5550123#` sets call forwarding as surely as
//! SET_CALL_FORWARD does, so the same phones may do it.
//!
//! Only codes that change what all phones share are of interest. Questions (`*#21#`), a call with its own CLIR
//! (`#31#5550123`) and the network's own USSD codes (`*100#`) are not.
//!
//! Reference: 3GPP TS 22.030, 6.5.2 and annexes B and C.

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

/// Whether this string, dialled or sent as USSD, changes a setting that all phones share.
pub(in crate::router) fn changes_shared_setting(text: &str) -> bool {
    // Separators do not count, and neither does what stands behind the code, unless that is a number to call.
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
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
    use super::changes_shared_setting;

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
}
