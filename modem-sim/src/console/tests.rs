//! Golden transcripts.
