//! The link to devices ([`crate::link`]), and the devices that may have one.

use std::collections::HashSet;
use std::net::SocketAddr;

use caller_tag::E164;
use caller_tag::link::seal::DeviceName;
use serde::{Deserialize, Serialize};

use super::{Secret, SettingsError};

/// Where devices are listened to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The address and port. TCP.
    pub listen: SocketAddr,
    /// Connections at one time.
    #[serde(default = "default_most")]
    pub most: usize,
    /// Connections in a minute from one IP address. Behind one address there may be many devices.
    #[serde(default = "default_attempts")]
    pub attempts_per_minute: u32,
    /// Messages in a second from one device; a device that sends more is read more slowly.
    #[serde(default = "default_messages")]
    pub messages_per_second: u32,
}

/// A device whose root daemon may have a link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its name, as in its own configuration.
    pub name: String,
    /// The number of the SIM in it. It can do nothing for phones of another SIM.
    pub sim: String,
    /// Its key: 64 hexadecimal digits.
    pub key: Secret,
}

impl Device {
    /// Its name.
    ///
    /// # Errors
    /// [`SettingsError::Device`].
    pub fn name(&self) -> Result<DeviceName, SettingsError> {
        self.name.parse().map_err(|why| self.wrong(&why))
    }

    /// The number of its SIM.
    ///
    /// # Errors
    /// [`SettingsError::Device`].
    pub fn sim(&self) -> Result<E164, SettingsError> {
        E164::parse(&self.sim).map_err(|why| self.wrong(&format_args!("sim: {why}")))
    }

    fn wrong(&self, why: &dyn std::fmt::Display) -> SettingsError {
        SettingsError::Device(self.name.clone(), why.to_string())
    }
}

/// Refuses what cannot work.
pub(super) fn check(link: Option<&Link>, devices: &[Device]) -> Result<(), SettingsError> {
    let (mut names, mut sims) = (HashSet::new(), HashSet::new());
    for device in devices {
        if !names.insert(device.name()?) {
            return Err(device.wrong(&"it is there twice"));
        }
        if !sims.insert(device.sim()?) {
            return Err(device.wrong(&"another device has this SIM, too"));
        }
        if link.is_none() {
            return Err(device.wrong(&"there is no voice.link to listen to it"));
        }
    }
    let Some(link) = link else { return Ok(()) };
    for (name, is_zero) in [
        ("link.most", link.most == 0),
        ("link.attempts_per_minute", link.attempts_per_minute == 0),
        ("link.messages_per_second", link.messages_per_second == 0),
    ] {
        if is_zero {
            return Err(SettingsError::Zero(name));
        }
    }
    Ok(())
}

const fn default_most() -> usize {
    1000
}

const fn default_attempts() -> u32 {
    30
}

const fn default_messages() -> u32 {
    20
}
