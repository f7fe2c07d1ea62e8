//! TP-SCTS, TP-DT and absolute TP-VP: seven octets of local time and time zone (TS 23.040, 9.2.3.11).
//!
//! Keeps the octets; a service centre may well send nonsense digits, which then have no reading as a date.

/// Seconds in a quarter of an hour, the unit of the time zone.
const QUARTER: i64 = 15 * 60;
const DAY: i64 = 24 * 60 * 60;

/// A time as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Timestamp(pub [u8; 7]);

/// A time as read: local time of the service centre and its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// Year, 1990 to 2089: the two digits sent, put into the century that GSM lived in.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
    /// Local time minus UTC in quarters of an hour, -79 to 79.
    pub zone: i8,
}

impl Timestamp {
    /// The date and time; `None` when the digits are not a date of the calendar.
    pub fn date_time(self) -> Option<DateTime> {
        let [year, month, day, hour, minute, second, zone] = self.0;
        let year = u16::from(swapped_bcd(year)?);
        let quarters = i8::try_from(swapped_bcd(zone & !0x08)?).ok()?;
        let read = DateTime {
            year: if year < 90 { 2000 + year } else { 1900 + year },
            month: swapped_bcd(month)?,
            day: swapped_bcd(day)?,
            hour: swapped_bcd(hour)?,
            minute: swapped_bcd(minute)?,
            second: swapped_bcd(second)?,
            zone: if zone & 0x08 == 0 { quarters } else { -quarters },
        };
        read.is_valid().then_some(read)
    }

    /// The octets of a date and time; `None` when it is not a date of the calendar between 1990 and 2089.
    pub fn from_date_time(date: DateTime) -> Option<Self> {
        if !date.is_valid() {
            return None;
        }
        let year = u8::try_from(date.year % 100).ok()?;
        let sign = if date.zone < 0 { 0x08 } else { 0 };
        let local = [year, date.month, date.day, date.hour, date.minute, date.second, date.zone.unsigned_abs()];
        let [year, month, day, hour, minute, second, zone] = local.map(to_swapped_bcd);
        Some(Timestamp([year, month, day, hour, minute, second, zone | sign]))
    }
}

impl DateTime {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub fn unix_seconds(&self) -> i64 {
        let time = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        days_since_1970(i64::from(self.year), i64::from(self.month), i64::from(self.day)) * DAY + time
            - i64::from(self.zone) * QUARTER
    }

    /// The local time in a zone at some seconds since 1970-01-01 00:00 UTC; `None` outside 1990 to 2089.
    pub fn from_unix_seconds(seconds: i64, zone: i8) -> Option<Self> {
        let local = seconds.checked_add(i64::from(zone) * QUARTER)?;
        let (days, time) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let year = (1990..2090).rev().find(|year| days_since_1970(*year, 1, 1) <= days)?;
        let month = (1..=12).rev().find(|month| days_since_1970(year, *month, 1) <= days)?;
        let read = DateTime {
            year: u16::try_from(year).ok()?,
            month: u8::try_from(month).ok()?,
            day: u8::try_from(days - days_since_1970(year, month, 1) + 1).ok()?,
            hour: u8::try_from(time / 3600).ok()?,
            minute: u8::try_from(time / 60 % 60).ok()?,
            second: u8::try_from(time % 60).ok()?,
            zone,
        };
        read.is_valid().then_some(read)
    }

    fn is_valid(&self) -> bool {
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        (1990..2090).contains(&self.year)
            && (1..=12).contains(&self.month)
            && self.day >= 1
            && i64::from(self.day) <= days_since_1970(year, month + 1, 1) - days_since_1970(year, month, 1)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && (-79..=79).contains(&self.zone)
    }
}

/// Days of the Gregorian calendar; month 13 is January of the next year. Counts from March, so that the leap day ends
/// a year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let months = year * 12 + month - 3;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 153 + 2) / 5 + day
        - 719_469
}

fn swapped_bcd(octet: u8) -> Option<u8> {
    let (tens, units) = (octet & 0xf, octet >> 4);
    (tens < 10 && units < 10).then_some(tens * 10 + units)
}

fn to_swapped_bcd(value: u8) -> u8 {
    (value / 10) | ((value % 10) << 4)
}
