//! What goes to the log: nothing with a number in it, unless somebody asks for traces.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// Where the SIP stack tells of messages that it cannot read, with what it has found in them.
const UNREADABLE: [&str; 2] = ["rsipstack::transaction::endpoint", "rsipstack::transport::transport_layer"];

/// This program's messages of `level` and above. The SIP stack writes whole messages at its info level, and other
/// libraries what they were given: their warnings are all that is taken from them, unless `level` is trace.
pub fn filter(level: LevelFilter) -> Targets {
    let all = level == LevelFilter::TRACE;
    let of_others = |most| if all { level } else { level.min(most) };
    let unreadable = UNREADABLE.map(|target| (target, of_others(LevelFilter::ERROR)));
    Targets::new()
        .with_default(of_others(LevelFilter::WARN))
        .with_targets(unreadable)
        .with_target(env!("CARGO_CRATE_NAME"), level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn libraries_say_nothing_below_a_warning() {
        for level in [LevelFilter::INFO, LevelFilter::DEBUG] {
            for library in ["rsipstack::transport::udp", "rusmpp::codec::decode", "tokio_postgres::query", "hyper"] {
                assert!(!filter(level).would_enable(library, &Level::INFO), "{library}");
                assert!(!filter(level).would_enable(library, &Level::DEBUG), "{library}");
                assert!(filter(level).would_enable(library, &Level::WARN), "{library}");
            }
            assert!(!filter(level).would_enable("rsipstack::transaction::endpoint", &Level::WARN));
            assert!(filter(level).would_enable("voip_bridge::call", &Level::INFO));
        }
        assert!(filter(LevelFilter::DEBUG).would_enable("voip_bridge", &Level::DEBUG));
        assert!(!filter(LevelFilter::ERROR).would_enable("rsipstack::dialog", &Level::WARN));
        assert!(filter(LevelFilter::TRACE).would_enable("rsipstack::transport::udp", &Level::INFO));
    }
}
