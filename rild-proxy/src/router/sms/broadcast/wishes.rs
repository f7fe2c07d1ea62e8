//! Which broadcasts a phone wants, and what all of them together want of the modem.

use ril_protocol::payload::cdma::BroadcastConfig;
use ril_protocol::payload::sms::GsmBroadcastConfig;

use super::cdma::is_emergency;
use super::page::{Head, WARNINGS};

/// Most ranges or services of one phone.
const MOST_RANGES: usize = 128;
/// Most of them that stay when the others give way.
const MOST_WARNINGS: usize = 8;

/// The channels that a phone wants, as it put them.
pub(super) type Channels = Vec<GsmBroadcastConfig>;
/// The CDMA services that a phone wants, as it put them.
pub(super) type Services = Vec<BroadcastConfig>;

/// Whether these are channels that there can be.
pub(super) fn are_channels(channels: &[GsmBroadcastConfig]) -> bool {
    let identifier = |id: i32| u16::try_from(id).is_ok();
    let coding = |coding: i32| u8::try_from(coding).is_ok();
    channels.len() <= MOST_RANGES
        && channels.iter().all(|range| {
            identifier(range.from_service_id)
                && identifier(range.to_service_id)
                && range.from_service_id <= range.to_service_id
                && coding(range.from_code_scheme)
                && coding(range.to_code_scheme)
                && range.from_code_scheme <= range.to_code_scheme
        })
}

pub(super) fn are_services(services: &[BroadcastConfig]) -> bool {
    let is_service = |service: &BroadcastConfig| {
        u16::try_from(service.service_category).is_ok() && u8::try_from(service.language).is_ok()
    };
    services.len() <= MOST_RANGES && services.iter().all(is_service)
}

/// Whether a message is on channels that are wanted, and on none that are not.
pub(super) fn wants(channels: &[GsmBroadcastConfig], head: Head) -> bool {
    let covers = |range: &&GsmBroadcastConfig| {
        let codings = range.from_code_scheme..=range.to_code_scheme;
        (range.from_service_id..=range.to_service_id).contains(&i32::from(head.identifier))
            && head.coding.is_none_or(|coding| codings.contains(&i32::from(coding)))
    };
    let mut covering = channels.iter().filter(covers).peekable();
    covering.peek().is_some() && covering.all(|range| range.selected)
}

/// Whether a category is wanted.
pub(super) fn wants_service(services: &[BroadcastConfig], category: i32) -> bool {
    services.iter().any(|service| service.service_category == category && service.selected)
}

/// The channels that any phone wants, in as few ranges as there can be. What one phone does not want of its own
/// channels is left out where messages are handed on.
pub(super) fn all_channels<'a>(wanted: impl Iterator<Item = &'a Channels>) -> Channels {
    let mut ranges: Channels = wanted.flatten().filter(|range| range.selected).cloned().collect();
    ranges.sort_by_key(|r| (r.from_code_scheme, r.to_code_scheme, r.from_service_id, r.to_service_id));
    ranges.dedup_by(|next, range| {
        let same_codings =
            (next.from_code_scheme, next.to_code_scheme) == (range.from_code_scheme, range.to_code_scheme);
        let touches = same_codings && next.from_service_id <= range.to_service_id + 1;
        if touches {
            range.to_service_id = range.to_service_id.max(next.to_service_id);
        }
        touches
    });
    ranges
}

/// What stays of the channels that a phone wants when the others give way: the first ranges of public warnings, in
/// every coding, which the phone hears anyway.
pub(super) fn warnings(wanted: &Channels) -> Channels {
    let (first, last) = (i32::from(*WARNINGS.start()), i32::from(*WARNINGS.end()));
    let of_warnings = |range: &GsmBroadcastConfig| GsmBroadcastConfig {
        from_service_id: range.from_service_id.max(first),
        to_service_id: range.to_service_id.min(last),
        from_code_scheme: 0,
        to_code_scheme: i32::from(u8::MAX),
        selected: range.selected,
    };
    let mut warnings: Channels = wanted.iter().map(of_warnings).collect();
    warnings.retain(|range| range.from_service_id <= range.to_service_id);
    warnings = all_channels([&warnings].into_iter());
    warnings.truncate(MOST_WARNINGS);
    warnings
}

/// What stays of the services that a phone wants when the others give way: the first ones of emergencies.
pub(super) fn emergencies(wanted: &Services) -> Services {
    let services = all_services([wanted].into_iter());
    services.into_iter().filter(|service| is_emergency(service.service_category)).take(MOST_WARNINGS).collect()
}

/// The services that any phone wants.
pub(super) fn all_services<'a>(wanted: impl Iterator<Item = &'a Services>) -> Services {
    let mut services: Services = wanted.flatten().filter(|service| service.selected).cloned().collect();
    services.sort_by_key(|service| (service.service_category, service.language));
    services.dedup();
    services
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: i32, to: i32) -> GsmBroadcastConfig {
        GsmBroadcastConfig {
            from_service_id: from,
            to_service_id: to,
            from_code_scheme: 0,
            to_code_scheme: 255,
            selected: true,
        }
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let (one, other) =
            (vec![range(50, 50), range(100, 200)], vec![range(51, 60), range(150, 300), range(400, 400)]);
        let all = all_channels([&one, &other].into_iter());
        assert_eq!(all, [range(50, 60), range(100, 300), range(400, 400)]);
        let codings = vec![GsmBroadcastConfig { to_code_scheme: 15, ..range(50, 60) }];
        assert_eq!(all_channels([&one, &codings].into_iter()).len(), 3, "other codings are other channels");
    }

    #[test]
    fn what_is_excepted_is_not_wanted() {
        let except = GsmBroadcastConfig { selected: false, ..range(120, 120) };
        let channels = vec![range(100, 200), except];
        let head = |identifier| Head { identifier, coding: Some(1) };
        assert!(wants(&channels, head(119)) && !wants(&channels, head(120)) && !wants(&channels, head(99)));
        assert_eq!(all_channels([&channels].into_iter()), [range(100, 200)]);
    }

    #[test]
    fn warnings_stay_as_few_ranges() {
        let warnings_of = |channels: &[GsmBroadcastConfig]| warnings(&channels.to_vec());
        assert_eq!(
            warnings_of(&[range(50, 4352), range(4370, 4399), range(6399, 65535)]),
            [range(4352, 4352), range(4370, 4399), range(6399, 6399),]
        );
        let other_coding = GsmBroadcastConfig { to_code_scheme: 15, ..range(4353, 4354) };
        let except = GsmBroadcastConfig { selected: false, ..range(4400, 4400) };
        assert_eq!(warnings_of(&[range(4352, 4352), other_coding, except]), [range(4352, 4354)]);
        let many: Channels = (0..128).map(|place| range(4352 + 2 * place, 4352 + 2 * place)).collect();
        assert_eq!(warnings_of(&many), many[..8]);
        assert_eq!(warnings_of(&[range(0, 4351), range(6400, 7000)]), []);
    }

    #[test]
    fn emergencies_stay() {
        let service = |service_category, language| BroadcastConfig { service_category, language, selected: true };
        assert_eq!(
            emergencies(&vec![service(2, 1), service(0x1000, 1), service(1, 1)]),
            [service(1, 1), service(0x1000, 1),]
        );
        assert_eq!(emergencies(&(0..128).map(|language| service(1, language)).collect()).len(), 8);
    }

    #[test]
    fn there_are_no_channels_beyond_16_bits() {
        assert!(are_channels(&[range(0, 65535)]));
        for odd in [range(-1, 5), range(0, 65536), range(5, 4)] {
            assert!(!are_channels(&[odd]));
        }
        assert!(!are_channels(&vec![range(1, 1); MOST_RANGES + 1]));
        for odd in [(-1, 255), (0, 256), (15, 0)] {
            let (from_code_scheme, to_code_scheme) = odd;
            assert!(!are_channels(&[GsmBroadcastConfig { from_code_scheme, to_code_scheme, ..range(1, 1) }]));
        }
        let service = |service_category, language| BroadcastConfig { service_category, language, selected: true };
        assert!(are_services(&[service(0, 0), service(65535, 255)]));
        for odd in [service(-1, 0), service(65536, 0), service(1, -1), service(1, 256)] {
            assert!(!are_services(&[odd]));
        }
    }
}
