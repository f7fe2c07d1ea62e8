//! Tones: what a caller hears before, instead of and after speech (ITU-T E.180).

use std::f32::consts::TAU;

use super::RATE;

/// The tone after which to speak.
pub(crate) fn beep() -> Vec<i16> {
    let mut samples = silence(300);
    samples.extend(sine(1000.0, 400));
    samples
}

/// One period of the ringing tone: the other end is being called.
pub(crate) fn ringing() -> Vec<i16> {
    let mut samples = sine(425.0, 1000);
    samples.extend(silence(4000));
    samples
}

/// Two seconds of the busy tone: it did not work.
pub(crate) fn busy() -> Vec<i16> {
    (0..2).flat_map(|_| sine(425.0, 500).into_iter().chain(silence(500))).collect()
}

/// This frequency for so many milliseconds, at a quarter of full scale.
fn sine(hertz: f32, milliseconds: u32) -> Vec<i16> {
    #[allow(clippy::cast_precision_loss, reason = "a few thousand samples are counted exactly")]
    let sample = |index: u32| (TAU * hertz * index as f32 / RATE as f32).sin() * 8192.0;
    #[allow(clippy::cast_possible_truncation, reason = "the amplitude is a quarter of what fits")]
    (0..RATE * milliseconds / 1000).map(|index| sample(index) as i16).collect()
}

fn silence(milliseconds: usize) -> Vec<i16> {
    vec![0; RATE as usize * milliseconds / 1000]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_a_tone_has_as_many_periods_as_its_name_says() {
        let tone = sine(425.0, 1000);
        let crossings = tone.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        assert!((424..=425).contains(&crossings), "{crossings}");
        assert!(tone.iter().all(|sample| sample.unsigned_abs() <= 8192));
    }
}
