//! Known PDUs with their origin, and properties over all others.

mod properties;
mod texts;
mod vectors;

use super::{Address, DateTime, Timestamp};

fn number(number: &str) -> Address {
    Address::number(number).expect("a valid number")
}

fn time(year: u16, month: u8, day: u8, [hour, minute, second]: [u8; 3], zone: i8) -> DateTime {
    DateTime { year, month, day, hour, minute, second, zone }
}

fn timestamp(date: DateTime) -> Timestamp {
    Timestamp::from_date_time(date).expect("a date of the calendar")
}
