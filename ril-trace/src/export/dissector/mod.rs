//! A dissector for Wireshark and tshark, for what [`pcapng`](super::pcapng) writes.
//!
//! What a message is called and how its payload lies comes out of the table of messages and the layouts of
//! `ril-protocol`, at each run: this module writes them as Lua tables between the two halves of a script that knows how
//! to read by them and no message. A field has the name that `trace show --json` prints, behind its type:
//! `ril.call.dial.address`.
//!
//! The script is tried with Wireshark 4.0, which has Lua 5.2, and keeps to what Lua 5.4 has as well.

mod tables;

/// Declares what there is, before the tables.
const HEAD: &str = include_str!("head.lua");
/// Reads and shows, behind them.
const READER: &str = include_str!("reader.lua");

/// The whole script.
pub fn script() -> String {
    format!("{HEAD}\n{}\n{READER}", tables::tables())
}

#[cfg(test)]
mod tests {
    use ril_protocol::messages::{REQUESTS, UNSOLICITED};

    use super::*;

    #[test]
    fn every_message_is_in_the_script() {
        let script = script();
        for (code, name) in REQUESTS.iter().map(|row| (row.code.0, row.name)) {
            assert!(script.contains(&format!("\nREQUESTS[{code}] = {{ name = \"{name}\", ")), "{name}");
        }
        for (code, name) in UNSOLICITED.iter().map(|row| (row.code.0, row.name)) {
            assert!(script.contains(&format!("\nUNSOLICITED[{code}] = {{ name = \"{name}\", ")), "{name}");
        }
    }

    #[test]
    fn fields_have_the_names_of_json_behind_their_types() {
        let script = script();
        for field in [
            "field(\"ril.call.dial.address\", \"address\", \"string\")",
            "field(\"ril.call.dial.clir\", \"clir\", \"int32\", N[",
            "field(\"ril.data.data_profile.type\", \"type\", \"int32\")",
            "field(\"ril.network.cell_info.cell.gsm\", \"gsm\", \"none\")",
            "field(\"ril.cdma.info_record.t53_clir\", \"t53_clir\", \"int32\")",
            "field(\"ril.network.cell_info.time_stamp\", \"time_stamp\", \"int64\")",
        ] {
            assert!(script.contains(field), "{field}");
        }
        let gsm = "when = { \"since\", 12 }, otherwise = \"number\", number = 2147483647";
        assert!(script.contains(gsm), "layouts depend on the version");
    }
}
