//! What root says first: asked for once, before the rild is told the version of its library.
//!
//! The connection is given up right after. Root then sees a phone without a client, which is true. What it said behind
//! its greeting it says again to the first client.

use std::path::Path;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use phone_machine::{Broken, Retry};
use ril_protocol::frame::{Message, Unsolicited};
use ril_protocol::payload::Ints;
use ril_protocol::payload::radio::RadioState;
use ril_protocol::{RilVersion, UnsolCode, parcel};

use crate::clock::now;
use crate::link::Link;

/// What root says to a client that connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// The RIL version of root's modem side.
    pub(crate) version: RilVersion,
    /// What root says of the radio.
    pub(crate) radio: RadioState,
}

/// Asks until root has answered, or there is no more time.
pub(crate) fn ask(socket: &Path, patience: Duration) -> Option<Greeting> {
    let until = now() + patience;
    let mut retry = Retry::default();
    loop {
        match Link::connect(socket).map_err(Broken::from).and_then(|link| hear(link, until)) {
            Ok(greeting) => return greeting,
            Err(why) => tracing::debug!("no greeting of root yet: {why}"),
        }
        let now = now();
        if until <= now {
            return None;
        }
        std::thread::sleep(retry.later(now).min(until).duration_since(now));
    }
}

fn hear(mut link: Link, until: Instant) -> Result<Option<Greeting>, Broken> {
    let mut version = None;
    loop {
        while let Some(body) = link.next_message()? {
            let Some(Message::Unsolicited(news)) = Message::parse(body) else { continue };
            version = version_in(&news).or(version);
            if let (Some(version), Some(radio)) = (version, radio_in(&news)) {
                return Ok(Some(Greeting { version, radio }));
            }
        }
        let left = until.saturating_duration_since(now());
        if left.is_zero() {
            return Ok(None);
        }
        wait_for_input(&link, left)?;
        link.read()?;
    }
}

fn wait_for_input(link: &Link, at_most: Duration) -> std::io::Result<()> {
    use std::os::fd::AsFd;

    let mut fds = [PollFd::new(link.as_fd(), PollFlags::POLLIN)];
    match poll(&mut fds, timeout(at_most)) {
        Ok(_) | Err(nix::Error::EINTR) => Ok(()),
        Err(why) => Err(why.into()),
    }
}

/// For `poll`, rounded up: what is due in less than a millisecond is not looked for in vain.
pub(crate) fn timeout(at_most: Duration) -> PollTimeout {
    let rounded = at_most.saturating_add(Duration::from_nanos(999_999));
    PollTimeout::try_from(rounded).unwrap_or(PollTimeout::MAX)
}

/// The version that `RIL_CONNECTED` tells.
pub(crate) fn version_in(news: &Unsolicited<'_>) -> Option<RilVersion> {
    let connected = news.code == UnsolCode::RIL_CONNECTED;
    let ints: Ints = connected.then(|| parcel::decode(news.payload, RilVersion::COMMON).ok())??;
    ints.first().copied().map(RilVersion)
}

/// The state that `RESPONSE_RADIO_STATE_CHANGED` tells.
pub(crate) fn radio_in(news: &Unsolicited<'_>) -> Option<RadioState> {
    let changed = news.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED;
    changed.then(|| parcel::decode(news.payload, RilVersion::COMMON).ok())?
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixListener;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn greeting(version: i32) -> Vec<u8> {
        let mut frames = Vec::new();
        let version = parcel::encode::<Ints>(&vec![version], RilVersion::COMMON);
        Unsolicited::new(UnsolCode::RIL_CONNECTED, &version).put(&mut frames);
        let radio = parcel::encode(&RadioState::ON, RilVersion::COMMON);
        Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, &radio).put(&mut frames);
        frames
    }

    #[test]
    fn a_root_that_hangs_up_or_talks_nonsense_at_first_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        let listener = UnixListener::bind(&path).unwrap();
        let root = std::thread::spawn(move || {
            for words in [&[][..], b"GET / HTTP/1.1\r\n", &[0, 0, 0, 3, 1, 2, 3], &greeting(9)[..7], &greeting(9)] {
                listener.accept().unwrap().0.write_all(words).unwrap();
            }
        });
        let wanted = Greeting { version: RilVersion(9), radio: RadioState::ON };
        assert_eq!(ask(&path, LONG), Some(wanted));
        root.join().unwrap();
    }

    #[test]
    fn a_root_that_is_silent_is_not_waited_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        assert_eq!(ask(&path, Duration::from_millis(5)), None, "there is none");
        let _silent = UnixListener::bind(&path).unwrap();
        assert_eq!(ask(&path, Duration::from_millis(5)), None);
    }
}
