//! What a phone asks for with `SETUP_DATA_CALL`, and whether a call that exists serves it.
//!
//! Two asks are for the same thing when they would give the same connection: the same kind of access, profile, APN,
//! account and protocol. Letters of an APN have no case (3GPP TS 23.003, 9.1), null and empty say the same, and what
//! version 15 adds (APN types, bearers, MTU, MVNO, roaming) must be the same to the letter. So must a kind of access
//! that ril.h does not have: nobody knows what a library makes of it.
//!
//! An ask for IP or IPV6 is also served by a call that was granted IPV4V6: a second connection to the same APN would be
//! refused or would end the first (TS 24.301, 6.5.1.4.3, cause 55). Not the other way round. A call that was asked for
//! as IPV4V6 and granted as one of the two serves those who ask for IPV4V6 too: they would be granted no more.
//!
//! Reference: ril.h, `RIL_REQUEST_SETUP_DATA_CALL`; `libril/ril_service.cpp` of Android 9 for the strings of version
//! 15.

use ril_protocol::payload::Strings;
use ril_protocol::{RilVersion, parcel};

/// What is asked for before the protocol.
const BEFORE_PROTOCOL: usize = 6;

/// The protocol of an ask that names none.
const DEFAULT_PROTOCOL: &str = "IP";

/// Access points by which the device itself registers for calls and messages, and calls for help (GSMA IR.88, 6.3;
/// 3GPP TS 23.003, 9.1.1: what stands behind a dot names the operator).
const OF_THE_DEVICE: [&str; 2] = ["ims", "sos"];

/// Grants both address families (3GPP TS 27.007, 10.1.1).
pub(super) const DUAL: &str = "IPV4V6";

/// A kind of access network; connections of different kinds are different connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// GSM to NR, and what connects to the same core (eHRPD).
    ThreeGpp,
    /// cdmaOne to EV-DO.
    Cdma,
    /// Wireless LAN by way of the operator's gateway.
    Wlan,
    /// Something else, as it was written.
    Other(String),
}

impl Access {
    /// ril.h: 0 is CDMA, 1 is GSM, and above that it is `RIL_RadioTechnology` + 2.
    fn of(technology: &str) -> Self {
        let number = technology.parse::<i32>().ok().filter(|number| number.to_string() == technology);
        match number {
            Some(0 | 6..=10 | 14) => Self::Cdma,
            Some(1..=5 | 11..=13 | 15..=19 | 21..=22) => Self::ThreeGpp,
            Some(20) => Self::Wlan,
            _ => Self::Other(technology.to_owned()),
        }
    }

    fn written(&self) -> &str {
        match self {
            Self::ThreeGpp => "1",
            Self::Cdma => "0",
            Self::Wlan => "20",
            Self::Other(technology) => technology,
        }
    }
}

/// One address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    /// As ril.h writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V4 => "IP",
            Self::V6 => "IPV6",
        }
    }

    fn named(protocol: &str) -> Option<Self> {
        [Self::V4, Self::V6].into_iter().find(|family| family.name() == protocol)
    }
}

/// What a phone asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    access: Access,
    profile: String,
    pub(super) apn: String,
    user: String,
    password: String,
    authentication: String,
    protocol: String,
    /// The protocol abroad; before version 15 the client itself chooses.
    abroad: String,
    rest: Vec<String>,
}

impl Wanted {
    /// Reads the strings of a set-up.
    pub(super) fn read(payload: &[u8], version: RilVersion) -> Option<Self> {
        let strings = parcel::decode::<Strings>(payload, version).ok()?;
        Some(Self::of(&strings.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>()))
    }

    /// What these strings of a set-up ask for.
    pub(super) fn of(strings: &[String]) -> Self {
        let at = |place: usize| strings.get(place).map(String::as_str).unwrap_or_default();
        let or = |text: &str, default: &str| if text.is_empty() { default } else { text }.to_owned();
        let protocol = or(at(BEFORE_PROTOCOL), DEFAULT_PROTOCOL).to_ascii_uppercase();
        let abroad = or(at(BEFORE_PROTOCOL + 1), &protocol).to_ascii_uppercase();
        Self {
            access: Access::of(at(0)),
            profile: or(at(1), "0"),
            apn: at(2).to_ascii_lowercase(),
            user: at(3).to_owned(),
            password: at(4).to_owned(),
            authentication: or(at(5), "0"),
            protocol,
            abroad,
            rest: strings.get(BEFORE_PROTOCOL + 2..).unwrap_or_default().to_vec(),
        }
    }

    /// Whether it is for the device and not for a phone.
    pub(super) fn is_the_devices(&self) -> bool {
        let identifier = self.apn.split('.').next().unwrap_or_default();
        OF_THE_DEVICE.contains(&identifier)
    }

    /// Whether both are for the same access point, and under different accounts.
    pub(super) fn is_under_another_account(&self, other: &Self) -> bool {
        let of = |wanted: &Self| {
            let Self { user, password, authentication, .. } = wanted.clone();
            // Without a name nothing is authenticated.
            let is_anybody = user.is_empty() && password.is_empty();
            (user, password, if is_anybody { String::new() } else { authentication })
        };
        (&self.access, &self.apn) == (&other.access, &other.apn) && of(self) != of(other)
    }

    /// As strings that ask for the same.
    pub(super) fn written(&self) -> Vec<String> {
        let Self { access, profile, apn, user, password, authentication, protocol, abroad, rest } = self;
        let mut strings = vec![access.written().to_owned()];
        strings.extend([profile, apn, user, password, authentication, protocol, abroad].into_iter().cloned());
        strings.extend(rest.iter().cloned());
        strings
    }

    /// The one family that it asks for, at home and abroad.
    fn family(&self) -> Option<Family> {
        Family::named(&self.protocol).filter(|_| self.protocol == self.abroad)
    }

    /// Whether it is the same up to the protocol.
    fn is_beside(&self, other: &Self) -> bool {
        let alike = Self { protocol: other.protocol.clone(), abroad: other.abroad.clone(), ..self.clone() };
        alike == *other
    }

    /// Whether what is asked for with `self` may serve `other` too, when all is granted.
    pub(super) fn may_serve(&self, other: &Self) -> bool {
        self == other || other.family().is_some() && self.protocol == DUAL && self.is_beside(other)
    }

    /// How a call that was asked for with `self` and granted this PDP type serves `other`: not at all, as it is, or as
    /// the one family that was asked for.
    pub(super) fn serves(&self, granted: Option<&str>, other: &Self) -> Option<Option<Family>> {
        if self == other {
            return Some(None);
        }
        let family = other.family().filter(|_| granted == Some(DUAL) && self.is_beside(other))?;
        Some(Some(family))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(strings: &[&str]) -> Wanted {
        Wanted::of(&strings.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_written_in_another_way_is_the_same() {
        let usual = wanted(&["1", "0", "internet", "", "", "0", "IP"]);
        for same in [
            &["16", "0", "Internet", "", "", "0", "IP"][..],
            &["2", "", "INTERNET", "", "", "", "ip"],
            &["1", "0", "internet"],
            &["1", "0", "internet", "", "", "0", "IP", "IP"],
        ] {
            assert_eq!(wanted(same), usual, "{same:?}");
        }
        for other in [
            &["0", "0", "internet", "", "", "0", "IP"][..],
            &["20", "0", "internet", "", "", "0", "IP"],
            &["x", "0", "internet", "", "", "0", "IP"],
            &["", "0", "internet", "", "", "0", "IP"],
            &["23", "0", "internet", "", "", "0", "IP"],
            &["01", "0", "internet", "", "", "0", "IP"],
            &["1", "1", "internet", "", "", "0", "IP"],
            &["1", "0", "ims", "", "", "0", "IP"],
            &["1", "0", "internet", "User", "", "0", "IP"],
            &["1", "0", "internet", "", "secret", "0", "IP"],
            &["1", "0", "internet", "", "", "3", "IP"],
            &["1", "0", "internet", "", "", "0", "IPV6"],
            &["1", "0", "internet", "", "", "0", "IP", "IPV6"],
            &["1", "0", "internet", "", "", "0", "IP", "IP", "-1"],
        ] {
            assert_ne!(wanted(other), usual, "{other:?}");
        }
    }

    #[test]
    fn one_family_is_served_by_both() {
        let both = wanted(&["1", "0", "internet", "", "", "0", "IPV4V6"]);
        let four = wanted(&["1", "0", "internet", "", "", "0", "IP"]);
        assert_eq!(both.serves(Some("IPV4V6"), &four), Some(Some(Family::V4)));
        assert_eq!(both.serves(Some("IP"), &four), None, "the network granted one only, perhaps the other");
        assert_eq!(both.serves(Some("IP"), &both), Some(None), "it would be granted no more a second time");
        assert_eq!(four.serves(Some("IP"), &both), None);
        let roams = wanted(&["1", "0", "internet", "", "", "0", "IP", "IPV4V6"]);
        assert_eq!(both.serves(Some("IPV4V6"), &roams), None, "abroad it asks for more");
        let elsewhere = wanted(&["1", "0", "ims", "", "", "0", "IP"]);
        assert_eq!(both.serves(Some("IPV4V6"), &elsewhere), None);
    }

    #[test]
    fn what_is_written_down_asks_for_the_same() {
        for access in ["20", "x"] {
            let odd = wanted(&[access, "2", "Corp", "u", "p", "3", "IPV4V6", "IP", "-1", "0", ""]);
            assert_eq!(Wanted::of(&odd.written()), odd);
        }
    }
}
