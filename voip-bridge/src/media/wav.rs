//! WAV files of the one kind that is played and recorded: 8000 Hz, mono, 16 bit (RIFF, "Multimedia Programming
//! Interface and Data Specifications 1.0"). It refuses all others.

use super::RATE;

/// Why a file cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WavError {
    /// No RIFF/WAVE header, or it ends too early.
    #[error("not a WAV file")]
    NotWav,
    /// Another rate, more channels, another coding.
    #[error("not 8000 Hz, mono, 16 bit PCM")]
    OtherFormat,
}

/// A whole file with these samples.
pub(crate) fn write(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend(b"RIFF");
    file.extend(length.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend(1u16.to_le_bytes()); // PCM
    file.extend(1u16.to_le_bytes()); // mono
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend(2u16.to_le_bytes());
    file.extend(16u16.to_le_bytes());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// The samples of a file.
///
/// # Errors
/// [`WavError`] when it is not one of the kind that is played.
pub(crate) fn read(file: &[u8]) -> Result<Vec<i16>, WavError> {
    let mut rest = file.strip_prefix(b"RIFF").and_then(|rest| rest.get(4..)).ok_or(WavError::NotWav)?;
    rest = rest.strip_prefix(b"WAVE").ok_or(WavError::NotWav)?;
    let mut format = false;
    while let Some((header, body)) = rest.split_at_checked(8) {
        let length = header[4..].try_into().map(u32::from_le_bytes).unwrap_or(u32::MAX);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let chunk = body.get(..length).unwrap_or(body);
        match &header[..4] {
            b"fmt " => {
                let wanted = write(&[]);
                format = chunk.get(..16) == wanted.get(20..36);
                if !format {
                    return Err(WavError::OtherFormat);
                }
            }
            b"data" if format => {
                return Ok(chunk.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect());
            }
            _ => {}
        }
        // Chunks begin at even places.
        rest = body.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    Err(WavError::NotWav)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let samples = [0, 1, -1, i16::MAX, i16::MIN];
        assert_eq!(read(&write(&samples)), Ok(samples.to_vec()));
    }

    #[test]
    fn chunks_that_say_something_else_are_skipped() {
        let mut file = write(&[7]);
        file.splice(12..12, *b"LIST\x03\0\0\0abc\0");
        assert_eq!(read(&file), Ok(vec![7]));
    }

    #[test]
    fn other_files_are_refused_wherever_they_end() {
        let file = write(&[1, 2, 3]);
        for end in 0..44 {
            assert!(read(&file[..end]).is_err(), "{end}");
        }
        let mut stereo = file.clone();
        stereo[22] = 2;
        assert_eq!(read(&stereo), Err(WavError::OtherFormat));
        let mut endless = file;
        endless[40..44].copy_from_slice(&[0xff; 4]);
        assert_eq!(read(&endless), Ok(vec![1, 2, 3]));
    }

    proptest! {
        #[test]
        fn no_file_hurts(mut file in Just(write(&[1; 40])), at in 0usize..100, byte in any::<u8>()) {
            file[at] = byte;
            if let Ok(samples) = read(&file) {
                prop_assert!(samples.len() <= 40);
            }
        }
    }
}
