//! How the two sides meet: hello and welcome.
//!
//! Reference: The Noise Protocol Framework, revision 34, sections 7.5 (pattern NN) and 9 (psk0).

use snow::params::NoiseParams;
use snow::{Builder, HandshakeState};

use super::{Broken, Channel, DeviceName, FRAME_LIMIT, Key, SEAL, VERSION, put};

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";
/// With what every hello begins.
const MAGIC: &[u8] = b"vblink";
/// Version, and length of the name.
const HEAD: usize = MAGIC.len() + 2;
/// The key before the name in psk0.
const PSK: u8 = 0;

/// The device's side, after its hello and before the welcome.
pub struct Knock(HandshakeState);

/// A hello, as the service finds it: the device that it names has yet to be believed.
pub struct Hello<'a> {
    /// Which device says that it is there.
    pub device: DeviceName,
    prologue: &'a [u8],
    noise: &'a [u8],
}

/// A device that has the key, or a hello of it that was recorded: its first record will tell.
#[derive(Debug)]
pub struct Met {
    /// Its run: the same as long as its daemon lives.
    pub run: u64,
    /// The link.
    pub channel: Channel,
}

impl Knock {
    /// Appends the frame of a hello.
    ///
    /// # Errors
    /// [`Broken::Unsealable`] when the system has no random numbers.
    pub fn new(device: &DeviceName, key: &Key, run: u64, out: &mut Vec<u8>) -> Result<Self, Broken> {
        let name = device.as_str().as_bytes();
        let mut hello = Vec::with_capacity(FRAME_LIMIT);
        hello.extend_from_slice(MAGIC);
        hello.push(VERSION);
        hello.push(u8::try_from(name.len()).map_err(|_| Broken::Unsealable)?);
        hello.extend_from_slice(name);
        let mut state = noise(key, &hello)?.build_initiator().map_err(unsealable)?;
        let mut payload = vec![VERSION];
        payload.extend_from_slice(&run.to_be_bytes());
        hello.extend_from_slice(&write(&mut state, &payload)?);
        put(&hello, out);
        Ok(Self(state))
    }

    /// Reads the service's welcome.
    ///
    /// # Errors
    /// [`Broken::Seal`] when it does not have the key, or answers another hello; [`Broken::Version`].
    pub fn welcomed(mut self, frame: &[u8]) -> Result<Channel, Broken> {
        let payload = read(&mut self.0, frame)?;
        let [theirs, ..] = payload[..] else { return Err(Broken::NoHello) };
        check_version(VERSION, VERSION, theirs)?;
        channel(self.0)
    }
}

impl<'a> Hello<'a> {
    /// Reads the first frame of a connection.
    ///
    /// # Errors
    /// [`Broken::NoHello`], [`Broken::Version`].
    pub fn read(frame: &'a [u8]) -> Result<Self, Broken> {
        let [version, length] = match frame.strip_prefix(MAGIC) {
            Some([version, length, ..]) => [*version, *length],
            _ => return Err(Broken::NoHello),
        };
        if version != VERSION {
            return Err(Broken::Version);
        }
        let (prologue, noise) = frame.split_at_checked(HEAD + usize::from(length)).ok_or(Broken::NoHello)?;
        let name = std::str::from_utf8(&prologue[HEAD..]).map_err(|_| Broken::NoHello)?;
        Ok(Self { device: name.parse().map_err(|_| Broken::NoHello)?, prologue, noise })
    }

    /// Appends the frame of a welcome, if the hello was made with the key of that device.
    ///
    /// # Errors
    /// [`Broken::Seal`] when it was not; [`Broken::Version`].
    pub fn welcome(&self, key: &Key, out: &mut Vec<u8>) -> Result<Met, Broken> {
        let mut state = noise(key, self.prologue)?.build_responder().map_err(unsealable)?;
        let payload = read(&mut state, self.noise)?;
        let Some(([theirs], rest)) = payload.split_first_chunk() else { return Err(Broken::NoHello) };
        check_version(VERSION, VERSION, *theirs)?;
        let run = rest.first_chunk().map(|run| u64::from_be_bytes(*run)).ok_or(Broken::NoHello)?;
        put(&write(&mut state, &[VERSION])?, out);
        Ok(Met { run, channel: channel(state)? })
    }
}

/// Whether both sides could not speak a higher version than the one that is used.
fn check_version(used: u8, ours: u8, theirs: u8) -> Result<(), Broken> {
    if ours.min(theirs) == used { Ok(()) } else { Err(Broken::Version) }
}

fn noise<'a>(key: &'a Key, prologue: &'a [u8]) -> Result<Builder<'a>, Broken> {
    let parameters: NoiseParams = PATTERN.parse().map_err(unsealable)?;
    Builder::new(parameters).psk(PSK, key.bytes()).and_then(|noise| noise.prologue(prologue)).map_err(unsealable)
}

fn write(state: &mut HandshakeState, payload: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut message = vec![0; FRAME_LIMIT];
    let length = state.write_message(payload, &mut message).map_err(unsealable)?;
    message.truncate(length);
    Ok(message)
}

fn read(state: &mut HandshakeState, message: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut payload = vec![0; message.len().max(SEAL)];
    let length = state.read_message(message, &mut payload).map_err(|_| Broken::Seal)?;
    payload.truncate(length);
    Ok(payload)
}

fn channel(state: HandshakeState) -> Result<Channel, Broken> {
    state.into_transport_mode().map(Channel::new).map_err(unsealable)
}

fn unsealable(_: snow::Error) -> Broken {
    Broken::Unsealable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_of_both_is_used() {
        // Used, ours, theirs.
        for (used, ours, theirs) in [(1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 2, 3)] {
            assert_eq!(check_version(used, ours, theirs), Ok(()));
        }
        for (used, ours, theirs) in [(1, 2, 2), (1, 3, 2), (1, 1, 0)] {
            assert_eq!(check_version(used, ours, theirs), Err(Broken::Version));
        }
    }
}
