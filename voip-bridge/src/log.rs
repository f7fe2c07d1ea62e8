//! What goes to the log: nothing with a number in it, unless somebody asks for traces.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// This program's messages of `level` and above. The SIP stack writes whole messages at its info level: its warnings
/// are all that is taken from it, unless `level` is trace.
pub fn filter(level: LevelFilter) -> Targets {
    let stack = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
    Targets::new().with_default(level).with_target("rsipstack", stack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn the_stack_says_nothing_below_a_warning() {
        for level in [LevelFilter::INFO, LevelFilter::DEBUG] {
            assert!(!filter(level).would_enable("rsipstack::transport::udp", &Level::INFO));
            assert!(filter(level).would_enable("rsipstack::transport::udp", &Level::WARN));
            assert!(filter(level).would_enable("voip_bridge::call", &Level::INFO));
        }
        assert!(!filter(LevelFilter::ERROR).would_enable("rsipstack::dialog", &Level::WARN));
        assert!(filter(LevelFilter::TRACE).would_enable("rsipstack::transport::udp", &Level::INFO));
    }
}
