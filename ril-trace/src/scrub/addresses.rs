//! Names and addresses on networks: access points, hosts, IP addresses, URIs.
//!
//! IP addresses with a common beginning have pseudonyms with a common beginning, so that a gateway stays in the network
//! of its address. Each part keeps its number of digits. Zeros stay, as do addresses of no network: loopback,
//! link-local, multicast. Names keep their dots and hyphens, and the domains of 3GPP, which tell the network alone.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Scrub;

/// What 3GPP names networks by (3GPP TS 23.003, 13.2).
const NETWORK_DOMAIN: &str = ".3gppnetwork.org";

impl Scrub {
    /// Addresses or host names, separated by spaces or commas.
    pub(super) fn addresses(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for part in text.split_inclusive([' ', ',']) {
            let address = part.trim_end_matches([' ', ',']);
            out.push_str(&self.address(address));
            out.push_str(&part[address.len()..]);
        }
        out
    }

    /// An IP address with or without the length of its prefix, or a host name.
    fn address(&self, text: &str) -> String {
        let (address, prefix) = text.split_at(text.find('/').unwrap_or(text.len()));
        let prefix_holds = prefix.is_empty() || prefix[1..].parse::<u8>().is_ok();
        if prefix_holds && let Ok(parsed) = address.parse::<Ipv4Addr>() {
            let octets = self.ipv4(parsed.octets()).map(|octet| octet.to_string());
            return octets.join(".") + prefix;
        }
        if prefix_holds
            && let Ok(parsed) = address.parse::<Ipv6Addr>()
            && !address.contains('.')
        {
            return self.ipv6_text(address, self.ipv6(parsed.segments())) + prefix;
        }
        self.name(text)
    }

    /// The four octets of an address, each with its number of digits.
    pub(super) fn ipv4(&self, octets: [u8; 4]) -> [u8; 4] {
        if matches!(octets, [0 | 127 | 224..=255, ..] | [169, 254, ..]) {
            return octets;
        }
        let mut others = octets;
        for (place, other) in others.iter_mut().enumerate() {
            let octet = octets[place];
            if octet == 0 || octet == 255 {
                continue;
            }
            let length = octet.ilog10() as usize + 1;
            let mut digits: Vec<u8> = [octet / 100, octet / 10 % 10, octet % 10][3 - length..].to_vec();
            let joined = |digits: &[u8]| digits.iter().fold(0_u32, |octet, digit| octet * 10 + u32::from(*digit));
            // Of one host, not of many, nor of none.
            let is_host = |octet: u32| place > 0 || octet < 224 && octet != 127;
            let is_like = |digits: &[u8]| digits[0] != 0 && joined(digits) < 255 && is_host(joined(digits));
            self.key.permute_among(&[b"IPv4", &octets[..place]], 10, &mut digits, is_like);
            *other = u8::try_from(joined(&digits)).unwrap_or(octet);
        }
        others
    }

    /// The eight groups of an address, each with its number of digits.
    pub(super) fn ipv6(&self, groups: [u16; 8]) -> [u16; 8] {
        let mut others = groups;
        for (place, other) in others.iter_mut().enumerate() {
            let group = groups[place];
            // Addresses that begin with f are of a kind that their first group tells.
            if group == 0 || place == 0 && group >= 0xf000 || groups[..7] == [0; 7] {
                continue;
            }
            let length = group.ilog(16) + 1;
            let mut digits: Vec<u8> = (0..length).rev().map(|at| (group >> (4 * at) & 0xf) as u8).collect();
            let before: Vec<u8> = groups[..place].iter().flat_map(|group| group.to_be_bytes()).collect();
            let first = digits[0];
            let is_like = |digits: &[u8]| if place == 0 { digits[0] == first } else { digits[0] != 0 };
            self.key.permute_among(&[b"IPv6", &before], 16, &mut digits, is_like);
            *other = digits.iter().fold(0, |group, digit| group << 4 | u16::from(*digit));
        }
        others
    }

    /// These groups as the text had them: with its abbreviation, leading zeros and case.
    fn ipv6_text(&self, text: &str, groups: [u16; 8]) -> String {
        let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
        let said = text.split(':').filter(|group| !group.is_empty()).count();
        let left = text.split("::").next().unwrap_or_default();
        let left = left.split(':').filter(|group| !group.is_empty()).count();
        let mut groups = groups[..left.min(8)].iter().chain(&groups[8 - (said - left).min(8)..]);
        let parts = text.split(':').map(|part| match (part.len(), groups.clone().next()) {
            (0, _) | (_, None) => String::new(),
            (width, Some(group)) => {
                groups.next();
                if upper { format!("{group:0width$X}") } else { format!("{group:0width$x}") }
            }
        });
        parts.collect::<Vec<_>>().join(":")
    }

    /// A name of labels, of an access point or a host: letters become letters, digits digits.
    pub(super) fn name(&self, text: &str) -> String {
        let whole = text.to_ascii_lowercase();
        if whole.ends_with(NETWORK_DOMAIN) {
            return text.to_owned();
        }
        let mut drawn = self.key.numbers("name", whole.as_bytes());
        let mut other = |character: char| {
            let drawn = drawn.next().unwrap_or(0);
            let letter = |first: u8| char::from(first + (drawn % 26) as u8);
            match character {
                '.' | '-' => character,
                '0'..='9' => char::from(b'0' + (drawn % 10) as u8),
                'A'..='Z' => letter(b'A'),
                _ => letter(b'a'),
            }
        };
        // As many UTF-16 units as there were.
        text.chars()
            .flat_map(|character| std::iter::repeat_n(character, character.len_utf16()))
            .map(&mut other)
            .collect()
    }

    /// The URI of somebody (RFC 3261, RFC 3966; 3GPP TS 23.003, 13): the number in it as every number, the rest as
    /// names.
    pub(super) fn uri(&self, text: &str) -> String {
        let scheme = ["sip:", "sips:", "tel:"].into_iter().find(|scheme| text.starts_with(scheme)).unwrap_or_default();
        let rest = &text[scheme.len()..];
        let (user, host) = rest.split_at(rest.find('@').unwrap_or(if scheme == "tel:" { rest.len() } else { 0 }));
        let (at, host) = host.split_at(usize::from(host.starts_with('@')));
        let mut digits = user.as_bytes().to_vec();
        let user = match user.len() {
            // An IMSI, as in the private identity that is made from one.
            15 if digits.iter().all(u8::is_ascii_digit) => {
                digits.iter_mut().for_each(|digit| *digit -= b'0');
                self.imsi(&mut digits);
                digits.iter().map(|digit| char::from(b'0' + digit)).collect()
            }
            _ if !user.is_empty() && self.dialled(&mut digits) => String::from_utf8(digits).unwrap_or_default(),
            _ => self.name(user),
        };
        [scheme, &user, at, &self.name(host)].concat()
    }
}
