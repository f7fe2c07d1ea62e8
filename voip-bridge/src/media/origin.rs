//! Whose a session description is, as one leg is told it (RFC 3264 section 8, RFC 8866 section 5.2).
//!
//! A leg hears of many descriptions that others made: the other leg's, the relay's, this service's own. To its peer all
//! are of one session, so each leaves with an `o=` line of the leg: the same name throughout, and a version that grows
//! by one when anything has changed, and only then. Some peers do not look at a description whose version has not
//! grown. What else says who has made it, and by what, stays behind, as a caller may be withheld (RFC 3323 section 5.2
//! asks that of whoever stands between): names, addresses, numbers, the name of an RTP source. It refuses to touch
//! anything else in a description.

use std::net::IpAddr;

/// The name of one leg's session, and its last description.
#[derive(Debug)]
pub(crate) struct Origin {
    address: IpAddr,
    name: u32,
    version: u32,
    /// The last description, without its `o=` line, and without who has made it.
    last: Vec<u8>,
}

impl Origin {
    /// A session of this side, which is at `address`.
    pub(crate) fn new(address: IpAddr) -> Self {
        Self { address, name: rand::random(), version: 0, last: Vec::new() }
    }

    /// The description as this leg's own.
    pub(crate) fn stamp(&mut self, sdp: &[u8]) -> Vec<u8> {
        let lines = || sdp.split_inclusive(|byte| *byte == b'\n').filter_map(anonymous);
        let rest: Vec<u8> = lines().filter(|line| !line.starts_with(b"o=")).flatten().copied().collect();
        if rest != self.last {
            self.version += 1;
            self.last = rest;
        }
        lines().flat_map(|line| if line.starts_with(b"o=") { self.line() } else { line.to_vec() }).collect()
    }

    /// The last description that this leg was told.
    pub(crate) fn last(&self) -> Vec<u8> {
        let mut lines = self.last.split_inclusive(|byte| *byte == b'\n');
        // The version line, and then the origin (RFC 8866 section 5).
        let mut sdp = lines.next().unwrap_or_default().to_vec();
        sdp.extend(self.line());
        lines.for_each(|line| sdp.extend(line));
        sdp
    }

    fn line(&self) -> Vec<u8> {
        let kind = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        format!("o=- {} {} IN {kind} {}\r\n", self.name, self.version, self.address).into_bytes()
    }
}

/// A line without who has made the description: the session has no name (RFC 8866 section 5.3), and there is no
/// information, URI, e-mail address or telephone number (5.4 to 5.6), no tool (6.3) and no `CNAME` (RFC 5576 section
/// 6.1).
fn anonymous(line: &[u8]) -> Option<&[u8]> {
    let says_who =
        line.starts_with(b"a=tool:") || line.starts_with(b"a=ssrc:") && line.windows(7).any(|part| part == b" cname:");
    match line {
        [b's', b'=', ..] => Some(b"s=-\r\n"),
        [b'i' | b'u' | b'e' | b'p', b'=', ..] => None,
        line => Some(line).filter(|_| !says_who),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sdp(origin: &str, port: u16) -> Vec<u8> {
        format!("v=0\r\n{origin}\r\ns=-\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n").into_bytes()
    }

    fn version(sdp: &[u8]) -> u32 {
        let text = String::from_utf8_lossy(sdp).into_owned();
        let line = text.lines().find(|line| line.starts_with("o=")).expect("an origin");
        line.split(' ').nth(2).and_then(|version| version.parse().ok()).expect("a version")
    }

    #[test]
    fn the_version_grows_when_something_has_changed() {
        let mut origin = Origin::new("192.0.2.9".parse().expect("an address"));
        let first = origin.stamp(&sdp("o=a 7 7 IN IP4 192.0.2.1", 6000));
        assert_eq!(version(&first), 1);
        assert!(first.ends_with(b" 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"));
        // Somebody else's origin is no change of what is described.
        assert_eq!(origin.stamp(&sdp("o=b 1 9 IN IP4 192.0.2.2", 6000)), first);
        assert_eq!(version(&origin.stamp(&sdp("o=b 1 9 IN IP4 192.0.2.2", 6002))), 2);
        assert_eq!(origin.last(), origin.stamp(&sdp("o=-", 6002)));
    }

    #[test]
    fn who_has_made_it_stays_behind() {
        let kept = "t=0 0\r\na=group:BUNDLE 1\r\nm=audio 6000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\n\
                    a=ssrc:1 msid:x\r\na=rtpmap:0 PCMU/8000\r\n";
        let made_by = "i=me\r\nu=http://me.example\r\ne=me@me.example\r\np=+15550199999\r\na=tool:me\r\n";
        let described =
            format!("v=0\r\no=me 7 7 IN IP4 192.0.2.1\r\ns=me\r\n{made_by}{kept}i=me\r\na=ssrc:1 cname:me\r\n");
        let mut origin = Origin::new("192.0.2.9".parse().expect("an address"));
        let told = String::from_utf8(origin.stamp(described.as_bytes())).expect("text");
        let (head, rest) = told.split_once("s=-\r\n").expect("no name");
        assert_eq!(rest, kept);
        assert!(head.starts_with("v=0\r\no=- ") && head.ends_with(" 1 IN IP4 192.0.2.9\r\n"), "{head}");
        // Another name is no change of what is described.
        assert_eq!(origin.stamp(described.replace("s=me", "s=you").as_bytes()), told.as_bytes());
        assert_eq!(origin.last(), told.as_bytes());
    }

    proptest! {
        #[test]
        fn nothing_else_is_touched(sdp in any::<Vec<u8>>(), lines in "([a-z]=[ -~]{0,9}\r?\n){0,9}") {
            for sdp in [sdp, lines.into_bytes()] {
                let mut origin = Origin::new("192.0.2.9".parse().expect("an address"));
                let without = |sdp: &[u8]| {
                    let made_by = |line: &&[u8]| matches!(line, [b'o' | b's' | b'i' | b'u' | b'e' | b'p', b'=', ..]);
                    let lines = sdp.split_inclusive(|byte| *byte == b'\n').filter(|line| !made_by(line));
                    lines.flatten().copied().collect::<Vec<u8>>()
                };
                prop_assert_eq!(without(&origin.stamp(&sdp)), without(&sdp));
            }
        }
    }
}
