//! What came before an end of the modem side, kept beside the ring of traces: the ring itself goes on, and would have
//! written over it by the time somebody looks.
//!
//! The event loop does not wait for it: the ring writes what it has, and a thread puts its files together. The
//! newest so many are kept, one for each end, and never touched again.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use ril_trace::format::{Options, fresh_salt};
use ril_trace::record::create_private;
use ril_trace::ring::{self, Joiner};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::config::Config;

/// What the names of the files begin with; a number of ten digits follows, and the ending of traces.
const PREFIX: &str = "end-";
const SUFFIX: &str = ".riltrace";

/// Where they are kept, and how many.
#[derive(Clone, Debug)]
pub(super) struct CrashTraces {
    dir: PathBuf,
    most: usize,
}

impl CrashTraces {
    /// What the configuration says; `None` where it wants none.
    pub(super) fn of(config: &Config) -> Option<Self> {
        let most = usize::from(config.trace.ends);
        (most > 0 && config.trace.ring > 0).then(|| Self { dir: config.trace_dir(), most })
    }

    /// Keeps what is in the ring once it is written.
    pub(super) async fn keep(self, written: oneshot::Receiver<()>) {
        // It fails where nothing can be written; what was before is there.
        let _ = written.await;
        let complain = |error: &dyn Display| warn!("what came before the end of the modem could not be kept: {error}");
        match spawn_blocking(move || self.keep_now()).await {
            Ok(Ok(path)) => info!("what came before the end of the modem is kept in {}", path.display()),
            Ok(Err(error)) => complain(&error),
            Err(error) => complain(&error),
        }
    }

    fn keep_now(&self) -> io::Result<PathBuf> {
        let kept = kept(&self.dir)?;
        let (path, file) = create(&self.dir, kept.last().map_or(0, |(number, _)| number + 1))?;
        let joined = join(&self.dir, file);
        if joined.is_err() {
            // Half of it is worth nothing; the error is that of writing.
            let _ = std::fs::remove_file(&path);
        }
        joined?;
        // Not before there is another one in their place: the disk may be full.
        for (_, old) in kept.iter().take((kept.len() + 1).saturating_sub(self.most)) {
            if let Err(error) = std::fs::remove_file(old) {
                warn!("{} is one too many and stays: {error}", old.display());
            }
        }
        Ok(path)
    }
}

/// Makes the file of this number, or of the next that is free: another end may be kept at the same time.
fn create(dir: &Path, first: u64) -> io::Result<(PathBuf, File)> {
    let mut number = first;
    loop {
        let path = dir.join(format!("{PREFIX}{number:010}{SUFFIX}"));
        match create_private(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            created => return Ok((path, created?)),
        }
    }
}

/// Puts the files of the ring together. What cannot be read is left out.
fn join(dir: &Path, into: File) -> io::Result<()> {
    let options = Options { salt: fresh_salt(), ..Options::default() };
    let mut joiner = Joiner::new(BufWriter::new(into), options);
    for (_, path) in ring::files(dir)? {
        // The ring goes on, and may have removed it.
        let Ok(file) = File::open(&path) else { continue };
        if let Err(ril_trace::format::OpenError::Io(error)) = joiner.add(file) {
            return Err(error);
        }
    }
    match joiner.into_writer() {
        Some(mut writer) => writer.finish().map(drop),
        None => Err(io::Error::other("there is no trace in the ring")),
    }
}

/// The files that are kept, by their numbers, the oldest first.
fn kept(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
        if let Some(number) = number.filter(|digits| digits.len() == 10).and_then(|digits| digits.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use ril_trace::format::{Event, Header, Nothing, Reader, Record, Writer};

    use super::*;

    /// A file of a ring, with one record in it.
    fn write_ring(dir: &Path, number: u64) {
        let file = create_private(&dir.join(format!("ring-{number:010}.riltrace"))).unwrap();
        let mut writer = Writer::new(file, &Header::default(), Options::default()).unwrap();
        writer.write(&Record::event(std::time::Duration::ZERO, Event::ModemDown(Nothing {}))).unwrap();
        writer.finish().unwrap();
    }

    #[test]
    fn the_newest_are_kept_and_the_ring_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let traces = CrashTraces { dir: folder.path().to_owned(), most: 2 };
        assert!(traces.keep_now().is_err(), "there is nothing to keep");
        write_ring(folder.path(), 3);
        std::fs::write(folder.path().join("ring-0000000004.riltrace"), "begun").unwrap();
        std::fs::write(folder.path().join("end-of-story.riltrace"), "").unwrap();
        for number in 0..4 {
            let path = traces.keep_now().unwrap();
            assert!(path.ends_with(format!("end-{number:010}.riltrace")));
            let mut reader = Reader::open(File::open(path).unwrap()).unwrap();
            assert!(std::iter::from_fn(|| reader.next_item().unwrap()).count() >= 2, "a session and a record");
        }
        let numbers: Vec<u64> = kept(folder.path()).unwrap().into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [2, 3]);
        assert_eq!(ring::files(folder.path()).unwrap().len(), 2);
        assert!(folder.path().join("end-of-story.riltrace").exists());

        // Two ends that were kept at the same time had the same number in mind.
        let (taken, _) = create(folder.path(), 4).unwrap();
        let (next, _) = create(folder.path(), 4).unwrap();
        assert!(taken.ends_with("end-0000000004.riltrace") && next.ends_with("end-0000000005.riltrace"));
        std::fs::remove_file(taken).unwrap();
        std::fs::remove_file(next).unwrap();

        for (_, file) in ring::files(folder.path()).unwrap() {
            std::fs::remove_file(file).unwrap();
        }
        assert!(traces.keep_now().is_err());
        let numbers: Vec<u64> = kept(folder.path()).unwrap().into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [2, 3], "what cannot be kept costs none of what is");
    }
}
