//! What a simulated modem is before anything happens to it.

use ril_protocol::RilVersion;
use ril_protocol::payload::sim::AppType;
use vendor_shim::MOST_SIMS;

use super::calls::FarEnds;
use super::emergency::EmergencyNumber;
use super::network::Operator;
use super::sim_card::SimConfig;
use super::{Pace, VERSION};

/// The modem, its card and its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The version of ril.h that is reported to the host, 12 to 15.
    pub ril_version: RilVersion,
    /// The radio is on from the start. Real modems start with it off and wait to be told.
    pub radio_on: bool,
    /// How long things take.
    pub pace: Pace,
    /// IMEI with its check digit.
    pub imei: String,
    /// Software version, the last two digits of the IMEISV.
    pub imeisv: String,
    /// What `BASEBAND_VERSION` says.
    pub baseband: String,
    /// The card.
    pub sim: SimConfig,
    /// Service centre for short messages.
    pub smsc: String,
    /// The own network.
    pub operator: Operator,
    /// How called parties behave.
    pub far_ends: FarEnds,
    /// Seconds since 1970 at the moment that the model calls zero.
    pub epoch: i64,
    /// Data calls that can exist at a time.
    pub data_calls: usize,
    /// Time zone of the network in quarters of an hour.
    pub zone: i8,
    /// Which SIM of its device it is, from 0: no two of them have a network interface or an address in common.
    pub slot: u8,
}

/// IMEI, ICCID, IMSI and number of the SIMs behind the first.
const OTHER_SIMS: [[&str; 4]; MOST_SIMS as usize - 1] = [
    ["004999010640018", "89001011234567890136", "001010123456790", "+15550100902"],
    ["004999010640026", "89001011234567890144", "001010123456791", "+15550100903"],
    ["004999010640034", "89001011234567890151", "001010123456792", "+15550100904"],
];

impl Config {
    /// The same for the other SIMs of a device with so many, each with an identity of its own.
    pub fn others(&self, sims: usize) -> Vec<Self> {
        let others = (1..).zip(OTHER_SIMS).take(sims.saturating_sub(1));
        let other = |(slot, [imei, iccid, imsi, msisdn]): (u8, [&str; 4])| {
            let mut other = Self { slot, imei: imei.to_owned(), ..self.clone() };
            other.sim.iccid = iccid.to_owned();
            other.sim.imsi = imsi.to_owned();
            other.sim.msisdn = msisdn.to_owned();
            other
        };
        others.map(other).collect()
    }
}

/// Test identities: the network 001 01 (ITU-T E.212), numbers of the range 555-01xx, some day in 2023.
impl Default for Config {
    fn default() -> Self {
        Self {
            ril_version: VERSION,
            radio_on: false,
            pace: Pace::QUICK,
            imei: "004999010640000".to_owned(),
            imeisv: "01".to_owned(),
            baseband: concat!("sim-", env!("CARGO_PKG_VERSION")).to_owned(),
            sim: SimConfig {
                present: true,
                app: AppType::USIM,
                aid: "A0000000871002FF49FFFF8905010000".to_owned(),
                iccid: "89001011234567890128".to_owned(),
                imsi: "001010123456789".to_owned(),
                mnc_length: 2,
                msisdn: "+15550100001".to_owned(),
                spn: "Simnet".to_owned(),
                voicemail: "+15550100099".to_owned(),
                locked: false,
                pin: ("1234".to_owned(), "12345678".to_owned()),
                pin2: ("5678".to_owned(), "87654321".to_owned()),
                channels: 4,
                emergency: vec![EmergencyNumber::new("112"), EmergencyNumber::new("911")],
            },
            smsc: "+15550100000".to_owned(),
            operator: Operator::new("Simnet", "Sim", "00101"),
            far_ends: FarEnds::default(),
            epoch: 1_700_000_000,
            data_calls: 8,
            zone: 0,
            slot: 0,
        }
    }
}
