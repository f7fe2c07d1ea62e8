//! Files to plain lines: `include`, `param`, `repeat`, and `$name`.
//!
//! Every plain line knows the file and the line that it comes from. What a file can make of itself is bounded, so that
//! three nested repetitions are an error and not an afternoon.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::console::words;

/// The most plain lines of a scenario.
const MOST_LINES: usize = 20_000;
/// How often lines are looked at for that; more is only in files that want to be a burden.
const MOST_READ: usize = 200_000;
/// Longest plain line: as much as the console takes.
const LONGEST: usize = 4_000;
/// How deep files include files.
const DEEPEST: usize = 16;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named.
    pub file: Arc<str>,
    /// The first line is 1; 0 is the file as a whole.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is wrong with a file as a whole has no line.
        if self.line == 0 { f.write_str(&self.file) } else { write!(f, "{}:{}", self.file, self.line) }
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What.
    pub why: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

impl std::error::Error for Mistake {}

/// A plain line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it comes from.
    pub place: Place,
    /// Without blanks around it, never empty and no comment.
    pub text: String,
}

/// Names and what they stand for.
pub type Parameters = BTreeMap<String, String>;

/// The plain lines of a file, with these parameters. `read` gives the text of a file; what is included is looked for
/// beside the file that includes it.
///
/// # Errors
/// The first line that is wrong, of this file or of one that it includes.
pub fn expand(
    path: &Path,
    parameters: &Parameters,
    read: &mut dyn FnMut(&Path) -> io::Result<String>,
) -> Result<Vec<Line>, Mistake> {
    let mut expansion = Expansion { read, lines: Vec::new(), read_lines: 0 };
    let start = Place { file: path.to_string_lossy().into(), line: 0 };
    expansion.file(path, parameters, &start, 0)?;
    Ok(expansion.lines)
}

struct Expansion<'a> {
    read: &'a mut dyn FnMut(&Path) -> io::Result<String>,
    lines: Vec<Line>,
    /// How often a line was looked at, whatever came of it.
    read_lines: usize,
}

/// A line of a file as it stands there.
struct Raw<'a> {
    place: Place,
    text: &'a str,
}

impl Raw<'_> {
    fn word(&self) -> &str {
        self.text.split_whitespace().next().unwrap_or_default()
    }

    fn mistake(&self, why: impl Into<String>) -> Mistake {
        Mistake { place: self.place.clone(), why: why.into() }
    }
}

impl Expansion<'_> {
    fn file(&mut self, path: &Path, given: &Parameters, from: &Place, depth: usize) -> Result<(), Mistake> {
        let wrong = |why: String| Mistake { place: from.clone(), why };
        if depth == DEEPEST {
            return Err(wrong(format!("files include files {DEEPEST} deep; does one include itself?")));
        }
        let text = (self.read)(path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        let file: Arc<str> = path.to_string_lossy().into();
        let raw: Vec<Raw<'_>> = text
            .lines()
            .enumerate()
            .map(|(at, text)| Raw { place: Place { file: Arc::clone(&file), line: at + 1 }, text: text.trim() })
            .filter(|raw| !raw.text.is_empty() && !raw.text.starts_with('#'))
            .collect();
        let mut known = Parameters::new();
        for raw in raw.iter().filter(|raw| raw.word() == "param") {
            let (name, default) = parameter(raw)?;
            let value = given.get(&name).cloned().unwrap_or(default);
            if known.insert(name.clone(), value).is_some() {
                return Err(raw.mistake(format!("there is a parameter '{name}' already")));
            }
        }
        if let Some(unknown) = given.keys().find(|name| !known.contains_key(*name)) {
            return Err(wrong(format!("no 'param {unknown}' in {}", path.display())));
        }
        self.block(path, &raw, &known, depth)
    }

    fn block(&mut self, path: &Path, raw: &[Raw<'_>], known: &Parameters, depth: usize) -> Result<(), Mistake> {
        let mut rest = raw;
        while let [first, behind @ ..] = rest {
            rest = behind;
            self.read_lines += 1;
            if self.read_lines == MOST_READ {
                return Err(first.mistake("too many repetitions"));
            }
            match first.word() {
                "param" => {}
                "include" => self.include(path, first, known, depth)?,
                "repeat" => {
                    let length = end_of_block(first, behind)?;
                    let (times, counter) = repetition(first, known)?;
                    let body = behind.get(..length).unwrap_or_default();
                    rest = behind.get(length + 1..).unwrap_or_default();
                    for time in 1..=times {
                        let before = self.lines.len();
                        let mut known = known.clone();
                        known.extend(counter.clone().map(|name| (name, time.to_string())));
                        self.block(path, body, &known, depth)?;
                        if self.lines.len() == before {
                            break;
                        }
                    }
                }
                "end" => return Err(first.mistake("there is no 'repeat' before this 'end'")),
                _ => {
                    let text = substitute(first, known)?;
                    if self.lines.len() == MOST_LINES {
                        return Err(
                            first.mistake(format!("a scenario has {MOST_LINES} lines at most, repetitions included"))
                        );
                    }
                    self.lines.push(Line { place: first.place.clone(), text });
                }
            }
        }
        Ok(())
    }

    /// `include FILE [NAME=VALUE]...`
    fn include(&mut self, path: &Path, raw: &Raw<'_>, known: &Parameters, depth: usize) -> Result<(), Mistake> {
        let words = words(&substitute(raw, known)?).map_err(|why| raw.mistake(why))?;
        let [_, file, given @ ..] = words.as_slice() else {
            return Err(raw.mistake("try 'include FILE [NAME=VALUE]...'"));
        };
        let given = given.iter().map(|word| {
            let (name, value) =
                word.split_once('=').ok_or_else(|| raw.mistake(format!("'{word}' is not NAME=VALUE")))?;
            Ok((name.to_owned(), value.to_owned()))
        });
        let given = given.collect::<Result<Parameters, Mistake>>()?;
        self.file(&path.with_file_name("").join(file), &given, &raw.place, depth + 1)
    }
}

/// `param NAME DEFAULT`
fn parameter(raw: &Raw<'_>) -> Result<(String, String), Mistake> {
    match words(raw.text).map_err(|why| raw.mistake(why))?.as_slice() {
        [_, name, default] if is_name(name) => Ok((name.clone(), default.clone())),
        [_, name, _] => {
            Err(raw.mistake(format!("'{name}' is no name: lower-case letters, digits and _, a letter first")))
        }
        _ => Err(raw.mistake("try 'param NAME DEFAULT'")),
    }
}

/// `repeat TIMES [as NAME]`
fn repetition(raw: &Raw<'_>, known: &Parameters) -> Result<(usize, Option<String>), Mistake> {
    let text = substitute(raw, known)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let (times, name) = match words.as_slice() {
        [_, times] => (times, None),
        [_, times, "as", name] if is_name(name) => (times, Some((*name).to_owned())),
        _ => return Err(raw.mistake("try 'repeat TIMES [as NAME]'")),
    };
    let times = times.parse().ok().filter(|times| *times <= MOST_LINES);
    Ok((times.ok_or_else(|| raw.mistake(format!("how many times is 0 to {MOST_LINES}")))?, name))
}

/// How many lines stand between a `repeat` and its `end`.
fn end_of_block(repeat: &Raw<'_>, behind: &[Raw<'_>]) -> Result<usize, Mistake> {
    let mut open = 1_usize;
    let end = behind.iter().position(|raw| {
        match raw.word() {
            "repeat" => open += 1,
            "end" => open -= 1,
            _ => {}
        }
        open == 0
    });
    end.ok_or_else(|| repeat.mistake("there is no 'end' for this 'repeat'"))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The line with what its `$name`s stand for; `$$` is a `$`.
fn substitute(raw: &Raw<'_>, known: &Parameters) -> Result<String, Mistake> {
    let mut plain = String::with_capacity(raw.text.len());
    let mut rest = raw.text;
    while let Some((before, behind)) = rest.split_once('$') {
        plain.push_str(before);
        if let Some(behind) = behind.strip_prefix('$') {
            plain.push('$');
            rest = behind;
            continue;
        }
        let (name, behind) = match behind.strip_prefix('{') {
            Some(inside) => inside.split_once('}').ok_or_else(|| raw.mistake("'${' without '}'"))?,
            None => {
                let end = behind.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
                behind.split_at(end.unwrap_or(behind.len()))
            }
        };
        let value = known.get(name).ok_or_else(|| raw.mistake(format!("there is no parameter '{name}'; $$ is a $")))?;
        plain.push_str(value);
        rest = behind;
    }
    plain.push_str(rest);
    if plain.len() > LONGEST { Err(raw.mistake(format!("a line has {LONGEST} bytes at most"))) } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(files: &[(&str, &str)], given: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut read = |path: &Path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path);
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        let lines = expand(Path::new(files[0].0), &given, &mut read).map_err(|mistake| mistake.to_string())?;
        Ok(lines.into_iter().map(|line| format!("{} {}", line.place, line.text)).collect())
    }

    #[test]
    fn lines_know_where_they_come_from() {
        let files = [
            ("d/a", "# comment\nparam who 5550100\n\n  call $who\ninclude b text=\"two words\" who=$who\ncalls"),
            ("d/b", "param text none\nparam who nobody\nrepeat 2 as n\n  sms send $who ${text}$n for 5$$\nend"),
        ];
        let expected = [
            "d/a:4 call 5550123",
            "d/b:4 sms send 5550123 two words1 for 5$",
            "d/b:4 sms send 5550123 two words2 for 5$",
            "d/a:6 calls",
        ];
        assert_eq!(lines(&files, &[("who", "5550123")]).unwrap(), expected);
    }

    #[test]
    fn mistakes_have_a_line() {
        for (text, why) in [
            ("a\ncall $whom", "f:2: there is no parameter 'whom'; $$ is a $"),
            ("call ${who", "f:1: '${' without '}'"),
            ("param Who x", "f:1: 'Who' is no name: lower-case letters, digits and _, a letter first"),
            ("param who", "f:1: try 'param NAME DEFAULT'"),
            ("param a 1\nparam a 2", "f:2: there is a parameter 'a' already"),
            ("repeat 2\na", "f:1: there is no 'end' for this 'repeat'"),
            ("end", "f:1: there is no 'repeat' before this 'end'"),
            ("repeat x\nend", "f:1: how many times is 0 to 20000"),
            ("repeat 2 times\nend", "f:1: try 'repeat TIMES [as NAME]'"),
            ("repeat 20000\na\nb\nend", "f:2: a scenario has 20000 lines at most, repetitions included"),
            ("include", "f:1: try 'include FILE [NAME=VALUE]...'"),
            ("include g x", "f:1: 'x' is not NAME=VALUE"),
            ("include g x=1", "f:1: g: entity not found"),
            ("a\ninclude f", "f:2: files include files 16 deep; does one include itself?"),
            ("include \"g", "f:1: \" is not closed"),
        ] {
            assert_eq!(lines(&[("f", text)], &[]).unwrap_err(), why, "{text}");
        }
        assert_eq!(lines(&[("f", "a")], &[("who", "1")]).unwrap_err(), "f: no 'param who' in f");
        let long = format!("param a {}\n$a$a", "x".repeat(3_000));
        assert_eq!(lines(&[("f", &long)], &[]).unwrap_err(), "f:2: a line has 4000 bytes at most");
    }

    #[test]
    fn empty_repetitions_cost_nothing() {
        let text = format!("{}{}", "repeat 20000\n".repeat(12), "end\n".repeat(12));
        assert_eq!(lines(&[("f", &text)], &[]).unwrap(), Vec::<String>::new());
    }
}
