//! G.711, the one codec that every telephone network understands (ITU-T G.711; RTP payload types: RFC 3551 section 6).

use audio_codec::{Decoder, Encoder, pcma, pcmu};

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// A-law: most of the world.
    A,
    /// µ-law: North America and Japan.
    Mu,
}

impl Law {
    /// The law of a static RTP payload type.
    pub(crate) fn of_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Mu),
            8 => Some(Self::A),
            _ => None,
        }
    }

    /// Its RTP payload type.
    pub(crate) const fn payload_type(self) -> u8 {
        match self {
            Self::A => 8,
            Self::Mu => 0,
        }
    }

    /// Its name in an `rtpmap`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::A => "PCMA",
            Self::Mu => "PCMU",
        }
    }

    /// One sample for each byte.
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<i16> {
        match self {
            Self::A => pcma::PcmaDecoder::new().decode(bytes),
            Self::Mu => pcmu::PcmuDecoder::new().decode(bytes),
        }
    }

    /// One byte for each sample.
    pub(crate) fn encode(self, samples: &[i16]) -> Vec<u8> {
        match self {
            Self::A => pcma::PcmaEncoder::new().encode(samples),
            Self::Mu => pcmu::PcmuEncoder::new().encode(samples),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back() {
        let codes: Vec<u8> = (0..=255).collect();
        for law in [Law::A, Law::Mu] {
            let samples = law.decode(&codes);
            assert_eq!(samples.len(), 256);
            // µ-law has two zeros, and the codec's A-law gives the smallest negative step as the smallest positive one.
            for (sample, again) in samples.iter().zip(law.decode(&law.encode(&samples))) {
                assert!(*sample == again || (*sample, again) == (-8, 8), "{sample} {again}");
            }
        }
    }

    #[test]
    fn the_loudest_codes_are_those_of_the_recommendation() {
        assert_eq!(Law::Mu.decode(&[0x80, 0x00, 0xff]), [32124, -32124, 0]);
        assert_eq!(Law::A.decode(&[0xaa, 0x2a, 0xd5]), [32256, -32256, 8]);
    }
}
