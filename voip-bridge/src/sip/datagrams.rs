//! Datagrams as the SIP stack is to see them: those of peers, with the headers of each message in UTF-8.
//!
//! The requests of strangers are answered here, if at all ([`Gate`]). The stack takes the first line that is not UTF-8
//! for the end of the headers. Whoever calls could so cut off what proxies have put behind his own words: who he
//! is, and that it is to be private. So octets of headers that are no UTF-8 are `?` when they get there. It refuses to
//! touch a body, and to look at anything else.

use std::net::SocketAddr;

use rsipstack::Result;
use rsipstack::platform::net;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::screen::{Gate, Stranger};

/// A socket.
pub(super) struct Datagrams {
    socket: UdpSocket,
    gate: Gate,
}

impl Datagrams {
    pub(super) fn new(socket: UdpSocket, gate: Gate) -> Self {
        Self { socket, gate }
    }
}

#[async_trait::async_trait]
impl net::UdpSocket for Datagrams {
    async fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        self.gate.reads_datagrams();
        loop {
            let (length, from) = self.socket.recv_from(buffer).await?;
            let datagram = buffer.get_mut(..length).unwrap_or_default();
            if !self.gate.is_peer(from.ip()) {
                match self.gate.judge(datagram, from, Instant::now()) {
                    Stranger::Pass => {}
                    Stranger::Answer(answer) => {
                        // What cannot be sent at once is lost, as on any network.
                        self.socket.try_send_to(&answer, from).ok();
                        continue;
                    }
                    Stranger::Drop => continue,
                }
            }
            make_legible(datagram);
            return Ok((length, from));
        }
    }

    async fn send_to(&self, buffer: &[u8], address: SocketAddr) -> Result<usize> {
        Ok(self.socket.send_to(buffer, address).await?)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}

fn make_legible(datagram: &mut [u8]) {
    let end = datagram.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(datagram.len());
    let mut rest = datagram.get_mut(..end).unwrap_or_default();
    while let Err(wrong) = std::str::from_utf8(rest) {
        let (begin, length) = (wrong.valid_up_to(), wrong.error_len().unwrap_or(rest.len()));
        let end = begin.saturating_add(length).min(rest.len());
        let Some((head, behind)) = std::mem::take(&mut rest).split_at_mut_checked(end) else { return };
        head.iter_mut().skip(begin).for_each(|octet| *octet = b'?');
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Identity, Peer};
    use crate::sip::identity::{Caller, caller};
    use caller_tag::{E164, NumberingPlan};
    use proptest::prelude::*;
    use rsipstack::platform::net::UdpSocket as _;
    use rsipstack::sip::{HeadersExt, Request};
    use std::collections::HashMap;

    #[tokio::test]
    async fn nothing_that_a_caller_writes_cuts_off_what_others_have_added() {
        let bind = || async { UdpSocket::bind("127.201.10.1:0").await.expect("a socket") };
        let (peer, stranger) = (bind().await, UdpSocket::bind("127.201.10.2:0").await.expect("a socket"));
        let peers = "[[peer]]\nname = \"a\"\naddress = \"127.201.10.1:5060\"\ntransport = \"udp\"\n";
        let peers: HashMap<String, Vec<Peer>> = basic_toml::from_str(peers).expect("a peer");
        let socket = Datagrams::new(bind().await, Gate::new(&peers["peer"]));
        let mut message =
            b"INVITE sip:+15550100001@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
            From: \"a\xff\xe2\x82\" <sip:+15550199999@192.0.2.9>;tag=1\r\nTo: <sip:+15550100001@192.0.2.1>\r\n\
            Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 3\r\nSubject: \xf0\x9f\r\n\
            P-Asserted-Identity: <sip:+15550188888@192.0.2.9>\r\nOrganization: "
                .to_vec();
        message.extend("\u{fc}\r\n\r\n\u{fc}".as_bytes());
        message.push(0xff);
        stranger.send_to(b"BYE", socket.local_addr().expect("an address")).await.expect("sent");
        peer.send_to(&message, socket.local_addr().expect("an address")).await.expect("sent");
        let mut buffer = [0; 2048];
        let (length, from) = socket.recv_from(&mut buffer).await.expect("received");
        assert_eq!((length, from), (message.len(), peer.local_addr().expect("an address")));
        let request = Request::try_from(&buffer[..length]).expect("a request");
        let plan = NumberingPlan::for_calling_code(1).expect("North America");
        let asserted = E164::parse("+15550188888").expect("a number");
        assert_eq!(caller(&request, Identity::Any, &plan), Caller::Number(asserted));
        assert_eq!(request.header_value("Organization").as_deref(), Some("\u{fc}"));
        assert_eq!(request.body, b"\xc3\xbc\xff");
    }

    proptest! {
        #[test]
        fn headers_are_text_and_nothing_else_is_touched(head in any::<Vec<u8>>(), text in ".{0,20}", body in any::<Vec<u8>>()) {
            let whole = |head: &[u8]| [head, b"\r\n\r\n", &body].concat();
            let mut kept = whole(text.as_bytes());
            make_legible(&mut kept);
            prop_assert_eq!(kept, whole(text.as_bytes()));
            let mut made = whole(&head);
            make_legible(&mut made);
            let end = made.windows(4).position(|end| end == b"\r\n\r\n").expect("an end");
            prop_assert!(std::str::from_utf8(&made[..end]).is_ok());
            prop_assert_eq!(&made[end..], &whole(&head)[end..]);
            let same = |(one, other): (&u8, &u8)| one == other || (*one == b'?' && !other.is_ascii());
            prop_assert!(made.iter().zip(whole(&head).iter()).all(same));
        }
    }
}
