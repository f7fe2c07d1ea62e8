//! The library's arguments: `argv[1..]` of `RIL_Init`.
//!
//! With `--sims`, wherever it stands, there are several modems. What stands before the first `--slot` is said of all of
//! them, and what stands behind one of that SIM's alone. Identity and number, which no two SIMs share, are said in a
//! slot; the version of ril.h, which all have in common, is said in none. The doors are the library's, wherever they
//! stand.
//!
//! Every option is `--name VALUE`. The host's own `-c CLIENT` is accepted and has no meaning here. An argument that is
//! not understood is an error: a modem that is not what the configuration says would be found out much later.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use ril_protocol::RilVersion;
use ril_protocol::payload::sim::AppType;
use vendor_shim::MOST_SIMS;

use crate::model::data::MOST_CALLS;
use crate::model::emergency::EmergencyNumber;
use crate::model::network::Operator;
use crate::model::sim_card::{MAX_CHANNELS, MAX_EMERGENCY_NUMBERS};
use crate::model::{Config, Pace, VERSION};

/// What the options are, for `--help` of whoever has one.
pub const USAGE: &str = "\
--console ADDRESS:PORT     telnet console of the Android emulator, loopback only (127.0.0.1:5554)
--control PATH             the same commands on a Unix socket, mode 0600
--ril-version 12..15       version of ril.h that is reported to the host (12)
--sims 1..4                how many SIMs there are; the host must have been told, too (1)
--slot 1..4                what follows is said of this SIM alone; needed for --imsi, --iccid, --msisdn, --imei of several
--radio on|off             state of the radio at the start (off)
--pace quick|realistic     how long things take (quick)
--answer POLICY            called parties: auto, manual, never, busy, unreachable, unassigned, congested (auto)
--answer NUMBER=POLICY     the same for one number; may be repeated
--sim ready|locked|absent  state of the card at the start (ready)
--app usim|sim             kind of the card (usim)
--pin PIN, --puk PUK       of a locked card (1234, 12345678)
--pin2 PIN2, --puk2 PUK2   (5678, 87654321)
--imsi DIGITS              subscriber identity (001010123456789)
--iccid DIGITS             serial number of the card
--msisdn NUMBER            own number (+15550100001)
--smsc NUMBER              service centre (+15550100000)
--voicemail NUMBER         voice mail box (+15550100099)
--spn NAME                 service provider's name (Simnet)
--operator LONG,SHORT,CODE names and code of the own network (Simnet,Sim,00101)
--ecc NUMBERS|none         emergency numbers on the card, five at most, 118/8 with a category (112,911)
--channels 0..19           logical channels of the card beside the basic one (4)
--data-calls 1..16         data calls that can exist at a time (8)
--imei DIGITS              equipment identity (004999010640000)
--imeisv DIGITS            its software version (01)
--zone QUARTERS            time zone of the network in quarters of an hour (0)
";

/// What no two SIMs have in common.
const OF_ONE_SIM: [&str; 4] = ["--imsi", "--iccid", "--msisdn", "--imei"];

/// Everything that the arguments say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// The modem of the first SIM, or of the only one.
    pub config: Config,
    /// Those of the others.
    pub others: Vec<Config>,
    /// Where to listen for telnet.
    pub console: Option<SocketAddr>,
    /// Where to listen for the control socket.
    pub control: Option<PathBuf>,
}

impl Args {
    /// Reads the arguments.
    ///
    /// # Errors
    /// A sentence that names the argument.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut args = args.into_iter();
        let mut said = Vec::new();
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name}: value missing"))?;
            said.push((name, value));
        }
        // How many there are, whatever is said of them first.
        for (name, value) in said.iter().filter(|(name, _)| name == "--sims") {
            let sims = number(value, 1..=MOST_SIMS.into()).map_err(|problem| format!("{name}: {problem}"))?;
            parsed.others = parsed.config.others(sims);
        }
        let mut slot = None;
        for (name, value) in said {
            parsed.set(&name, value, &mut slot).map_err(|problem| format!("{name}: {problem}"))?;
        }
        Ok(parsed)
    }

    fn set(&mut self, name: &str, value: String, slot: &mut Option<usize>) -> Result<(), String> {
        match name {
            "-c" | "--sims" => {}
            "--console" => self.console = Some(loopback(&value)?),
            "--control" => self.control = Some(PathBuf::from(value)),
            "--slot" => *slot = Some(number(&value, 1..=1 + self.others.len())? - 1),
            "--ril-version" if slot.is_some() => return Err("is that of all SIMs, and stands in no slot".to_owned()),
            _ if slot.is_none() && !self.others.is_empty() && OF_ONE_SIM.contains(&name) => {
                return Err("no two SIMs share it; it stands behind the --slot of one".to_owned());
            }
            _ => {
                let configs = std::iter::once(&mut self.config).chain(&mut self.others).enumerate();
                for (_, config) in configs.filter(|(place, _)| slot.is_none_or(|slot| slot == *place)) {
                    configure(config, name, value.clone())?;
                }
            }
        }
        Ok(())
    }
}

/// What an option says of one modem.
fn configure(config: &mut Config, name: &str, value: String) -> Result<(), String> {
    match name {
        "--ril-version" => config.ril_version = ril_version(&value)?,
        "--radio" => config.radio_on = one_of(&value, [("on", true), ("off", false)])?,
        "--pace" => config.pace = one_of(&value, [("quick", Pace::QUICK), ("realistic", Pace::REALISTIC)])?,
        "--answer" => match value.split_once('=') {
            Some((number, policy)) => config.far_ends.set(number, policy.parse()?),
            None => config.far_ends.others = value.parse()?,
        },
        "--sim" => {
            let states = [("ready", (true, false)), ("locked", (true, true)), ("absent", (false, false))];
            (config.sim.present, config.sim.locked) = one_of(&value, states)?;
        }
        "--app" => config.sim.app = one_of(&value, [("usim", AppType::USIM), ("sim", AppType::SIM)])?,
        "--pin" => config.sim.pin.0 = digits(value, 4..=8)?,
        "--puk" => config.sim.pin.1 = digits(value, 8..=8)?,
        "--pin2" => config.sim.pin2.0 = digits(value, 4..=8)?,
        "--puk2" => config.sim.pin2.1 = digits(value, 8..=8)?,
        "--imsi" => config.sim.imsi = digits(value, 6..=15)?,
        "--iccid" => config.sim.iccid = digits(value, 18..=20)?,
        "--msisdn" => config.sim.msisdn = telephone_number(value)?,
        "--smsc" => config.smsc = telephone_number(value)?,
        "--voicemail" => config.sim.voicemail = telephone_number(value)?,
        "--spn" => config.sim.spn = value,
        "--ecc" => config.sim.emergency = emergency_numbers(value.split(',').filter(|number| *number != "none"))?,
        "--channels" => config.sim.channels = number(&value, 0..=MAX_CHANNELS)?,
        "--data-calls" => config.data_calls = number(&value, 1..=MOST_CALLS)?,
        "--operator" => config.operator = operator(&value)?,
        "--imei" => config.imei = digits(value, 14..=15)?,
        "--imeisv" => config.imeisv = digits(value, 2..=2)?,
        "--zone" => config.zone = zone(&value)?,
        _ => return Err("unknown argument".to_owned()),
    }
    // The card tells how long the network code in its IMSI is.
    config.sim.mnc_length = if config.operator.numeric.len() == 6 { 3 } else { 2 };
    Ok(())
}

fn one_of<T: Clone, const N: usize>(value: &str, choices: [(&str, T); N]) -> Result<T, String> {
    let names = choices.each_ref().map(|(name, _)| *name).join("|");
    let found = choices.into_iter().find(|(name, _)| *name == value);
    found.map(|(_, choice)| choice).ok_or_else(|| format!("'{value}' is not one of {names}"))
}

fn digits(value: String, length: RangeInclusive<usize>) -> Result<String, String> {
    let (least, most) = (length.start(), length.end());
    if length.contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(value)
    } else {
        Err(format!("'{value}' is not {least} to {most} digits"))
    }
}

fn telephone_number(value: String) -> Result<String, String> {
    let bare = value.strip_prefix('+').unwrap_or(&value).to_owned();
    digits(bare, 1..=20).map(|_| value)
}

fn operator(value: &str) -> Result<Operator, String> {
    match value.split(',').collect::<Vec<_>>()[..] {
        [long, short, code] => Ok(Operator::new(long, short, &digits(code.to_owned(), 5..=6)?)),
        _ => Err(format!("'{value}' is not LONG,SHORT,CODE")),
    }
}

/// The numbers of EF_ECC.
///
/// # Errors
/// A sentence about the number that is none, or about too many.
pub(crate) fn emergency_numbers<'a>(words: impl Iterator<Item = &'a str>) -> Result<Vec<EmergencyNumber>, String> {
    let numbers: Vec<EmergencyNumber> = words.map(str::parse).collect::<Result<_, _>>()?;
    let fit = numbers.len() <= MAX_EMERGENCY_NUMBERS;
    if fit { Ok(numbers) } else { Err(format!("the card has room for {MAX_EMERGENCY_NUMBERS} emergency numbers")) }
}

fn number(value: &str, range: RangeInclusive<usize>) -> Result<usize, String> {
    let number = value.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("'{value}' is not {} to {}", range.start(), range.end()))
}

fn ril_version(value: &str) -> Result<RilVersion, String> {
    let range = VERSION.0..=RilVersion::NEWEST.0;
    let version = i32::from_str(value).ok().filter(|version| range.contains(version)).map(RilVersion);
    version.ok_or_else(|| format!("'{value}' is not {} to {}", range.start(), range.end()))
}

fn zone(value: &str) -> Result<i8, String> {
    let quarters = i8::from_str(value).ok().filter(|quarters| (-48..=56).contains(quarters));
    quarters.ok_or_else(|| format!("'{value}' is not -48 to 56"))
}

/// The console obeys everybody who can reach it, so that nobody outside of this machine may.
fn loopback(value: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = value.parse().map_err(|_| format!("'{value}' is not ADDRESS:PORT"))?;
    if address.ip().is_loopback() { Ok(address) } else { Err(format!("{value} is not a loopback address")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calls::FarEnd;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_hosts_own_argument_is_accepted() {
        assert_eq!(parse("-c 0"), Ok(Args::default()));
    }

    #[test]
    fn what_was_said_is_what_is_meant() {
        let args = parse(
            "--console 127.0.0.1:5554 --control /run/sim.sock --radio on --sim locked --app sim --imsi 310150123456789 \
             --operator Test,T,310150 --answer busy --answer 5550199=never --zone -20 -c 1",
        )
        .unwrap();
        assert_eq!(args.console.unwrap().port(), 5554);
        assert_eq!(args.control.unwrap(), PathBuf::from("/run/sim.sock"));
        let config = args.config;
        assert!(config.radio_on && config.sim.locked && config.sim.present);
        assert_eq!((config.sim.app, config.sim.mnc_length, config.zone), (AppType::SIM, 3, -20));
        assert_eq!((config.far_ends.others, config.far_ends.of("5550199")), (FarEnd::Busy, FarEnd::Never));
    }

    #[test]
    fn several_sims_have_what_is_said_of_all_and_what_is_said_of_each() {
        let args = parse("--radio on --sims 3 --data-calls 2 --slot 2 --imsi 310150123456789 --radio off").unwrap();
        let configs: Vec<_> = std::iter::once(args.config).chain(args.others).collect();
        let radios: Vec<_> = configs.iter().map(|config| (config.slot, config.radio_on, config.data_calls)).collect();
        assert_eq!(radios, [(0, true, 2), (1, false, 2), (2, true, 2)]);
        let imsis: Vec<_> = configs.iter().map(|config| config.sim.imsi.as_str()).collect();
        assert_eq!(imsis, ["001010123456789", "310150123456789", "001010123456791"]);
        assert_eq!(parse("--slot 2").unwrap_err(), "--slot: '2' is not 1 to 1");
        let other_order = parse("--radio on --data-calls 2 --slot 2 --imsi 310150123456789 --radio off --sims 3");
        assert_eq!(
            other_order,
            parse("--sims 3 --radio on --data-calls 2 --slot 2 --imsi 310150123456789 --radio off")
        );
        assert_eq!(parse("--sims 5").unwrap_err(), "--sims: '5' is not 1 to 4");
    }

    #[test]
    fn what_no_two_sims_share_is_said_of_one_wherever_it_stands() {
        for option in
            ["--imsi 001010000000001", "--iccid 89001011234567890110", "--msisdn 5550199", "--imei 004999010640000"]
        {
            let name = option.split(' ').next().unwrap();
            let refusal = format!("{name}: no two SIMs share it; it stands behind the --slot of one");
            for line in [format!("{option} --sims 2"), format!("--sims 2 {option}")] {
                assert_eq!(parse(&line).unwrap_err(), refusal, "{line}");
            }
            let in_slot = parse(&format!("--sims 2 --slot 1 {option}")).unwrap();
            assert_eq!(in_slot, parse(&format!("--slot 1 {option} --sims 2")).unwrap());
            assert_eq!(in_slot.config, parse(option).unwrap().config);
            assert_eq!(in_slot.others, parse("--sims 2").unwrap().others);
        }
        let refusal = "--ril-version: is that of all SIMs, and stands in no slot";
        assert_eq!(parse("--sims 2 --slot 2 --ril-version 14").unwrap_err(), refusal);
        let versions = parse("--ril-version 14 --sims 2").unwrap();
        assert_eq!([versions.config.ril_version, versions.others[0].ril_version], [RilVersion(14); 2]);
    }

    #[test]
    fn mistakes_name_the_argument() {
        for (line, problem) in [
            ("--console 0.0.0.0:5554", "--console: 0.0.0.0:5554 is not a loopback address"),
            ("--radio maybe", "--radio: 'maybe' is not one of on|off"),
            ("--imsi 12x456", "--imsi: '12x456' is not 6 to 15 digits"),
            ("--colour red", "--colour: unknown argument"),
            ("--data-calls 0", "--data-calls: '0' is not 1 to 16"),
            ("--ril-version 11", "--ril-version: '11' is not 12 to 15"),
            ("--pin", "--pin: value missing"),
            ("--ecc 112,1234567", "--ecc: '1234567' is not one to six digits, perhaps with /CATEGORY up to 31"),
            ("--ecc 1,2,3,4,5,6", "--ecc: the card has room for 5 emergency numbers"),
            ("--operator Test", "--operator: 'Test' is not LONG,SHORT,CODE"),
        ] {
            assert_eq!(parse(line).unwrap_err(), problem);
        }
    }

    #[test]
    fn every_option_is_in_the_usage() {
        for name in USAGE.lines().filter_map(|line| line.split_whitespace().next()) {
            let error = parse(name).unwrap_err();
            assert_eq!(error, format!("{name}: value missing"));
        }
    }
}
