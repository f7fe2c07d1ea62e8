//! Tones: made, measured, and put into files.

use std::f64::consts::TAU;

const RATE: f64 = 8000.0;

/// A second of this frequency.
pub(crate) fn tone(hertz: f64) -> Vec<i16> {
    (0..8000).map(|index| ((TAU * hertz * f64::from(index) / RATE).sin() * 8000.0) as i16).collect()
}

/// How much of the power of `samples` is at this frequency (Goertzel).
pub(crate) fn share(samples: &[i16], hertz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hertz / RATE).cos();
    let (mut one, mut two, mut power) = (0.0, 0.0, 0.0);
    for sample in samples.iter().copied().map(f64::from) {
        (one, two) = (sample + coefficient * one - two, one);
        power += sample * sample;
    }
    let count = samples.len() as f64;
    2.0 * (one * one + two * two - coefficient * one * two) / (power * count).max(1.0)
}

/// The samples as a WAV file.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).expect("short");
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    file.extend(length.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[test]
fn the_measure_tells_frequencies_apart() {
    assert!(share(&tone(700.0), 700.0) > 0.95);
    assert!(share(&tone(700.0), 1000.0) < 0.05);
}
