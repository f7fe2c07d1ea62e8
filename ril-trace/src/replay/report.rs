//! What a replay or a scenario found, for people, for JUnit, and for GitHub's annotations.

use std::fmt::Write;

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it was.
    pub name: String,
    /// What differs; nothing if it passed.
    pub differences: Vec<String>,
}

/// All that was compared of one trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// The trace.
    pub name: String,
    /// In the order in which they were compared.
    pub cases: Vec<Case>,
    /// How many more were as recorded and are not worth a case of their own.
    pub alike: usize,
    /// What could not be played, because the trace does not say what it carried.
    pub unknown: Vec<String>,
}

impl Suite {
    /// How many cases differ.
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.differences.is_empty()).count()
    }

    /// What differs, and how much does not.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for case in self.cases.iter().filter(|case| !case.differences.is_empty()) {
            // A string takes all that is written to it.
            let _ = writeln!(text, "{}: {}", self.name, case.name);
            for difference in &case.differences {
                let _ = writeln!(text, "  {difference}");
            }
        }
        let (all, failed) = (self.cases.len() + self.alike, self.failed());
        let _ = writeln!(text, "{}: {} of {all} as recorded, {failed} differ", self.name, all - failed);
        if let [first, ..] = &*self.unknown {
            let (name, unknown) = (&self.name, self.unknown.len());
            let why = "for the trace does not say what they carried";
            let _ = writeln!(text, "{name}: {unknown} more could not be played, {why}: the first is {first}");
        }
        text
    }

    /// One annotation for each case that differs, as a GitHub workflow prints them.
    pub fn annotations(&self) -> String {
        let mut text = String::new();
        for case in self.cases.iter().filter(|case| !case.differences.is_empty()) {
            let title = escape_annotation(&case.name).replace(':', "%3A").replace(',', "%2C");
            let file = escape_annotation(&self.name).replace(':', "%3A").replace(',', "%2C");
            let what = escape_annotation(&case.differences.join("\n"));
            let _ = writeln!(text, "::error file={file},title={title}::{what}");
        }
        text
    }
}

/// All suites as a JUnit report. What has no case of its own is one together.
pub fn junit(suites: &[Suite]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in suites {
        let cases = suite.cases.len() + usize::from(suite.alike > 0);
        let (all, failed, skipped) = (cases + suite.unknown.len(), suite.failed(), suite.unknown.len());
        let name = escape_xml(&suite.name);
        let counts = format!("tests=\"{all}\" failures=\"{failed}\" skipped=\"{skipped}\"");
        let _ = writeln!(xml, "  <testsuite name=\"{name}\" {counts}>");
        if suite.alike > 0 {
            let _ = writeln!(xml, "    <testcase classname=\"{name}\" name=\"{} as recorded\"/>", suite.alike);
        }
        for case in &suite.cases {
            let case_name = escape_xml(&case.name);
            let _ = write!(xml, "    <testcase classname=\"{name}\" name=\"{case_name}\"");
            if case.differences.is_empty() {
                xml.push_str("/>\n");
            } else {
                let what = escape_xml(&case.differences.join("\n"));
                let message = what.lines().next().unwrap_or_default();
                let _ = writeln!(xml, "><failure message=\"{message}\">{what}</failure></testcase>");
            }
        }
        for unknown in &suite.unknown {
            let _ = write!(xml, "    <testcase classname=\"{name}\" name=\"{}\">", escape_xml(unknown));
            xml.push_str("<skipped message=\"the trace does not say what it carried\"/></testcase>\n");
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// What XML 1.0 cannot hold even escaped is replaced.
fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

fn escape_annotation(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite() -> Suite {
        let case = |name: &str, differences: &[&str]| Case {
            name: name.to_owned(),
            differences: differences.iter().map(|&what| what.to_owned()).collect(),
        };
        let cases = vec![case("1 DIAL", &[]), case("2 <OPERATOR>", &["payload.0: \"a\"", "errno: 50%\u{1}"])];
        Suite { name: "t.riltrace".to_owned(), cases, ..Suite::default() }
    }

    #[test]
    fn people_see_what_differs() {
        let text = "t.riltrace: 2 <OPERATOR>\n  payload.0: \"a\"\n  errno: 50%\u{1}\nt.riltrace: 1 of 2 as recorded, 1 differ\n";
        assert_eq!(suite().text(), text);
    }

    #[test]
    fn junit_counts_and_escapes() {
        let xml = junit(&[suite()]);
        assert!(xml.contains("<testsuite name=\"t.riltrace\" tests=\"2\" failures=\"1\" skipped=\"0\">"), "{xml}");
        assert!(xml.contains("<testcase classname=\"t.riltrace\" name=\"1 DIAL\"/>"), "{xml}");
        assert!(xml.contains("name=\"2 &lt;OPERATOR&gt;\"><failure"), "{xml}");
        assert!(xml.contains("payload.0: &quot;a&quot;\nerrno: 50%\u{fffd}</failure>"), "{xml}");
    }

    #[test]
    fn what_has_no_case_of_its_own_is_counted() {
        let suite = Suite { alike: 40, ..suite() };
        assert!(suite.text().ends_with("t.riltrace: 41 of 42 as recorded, 1 differ\n"), "{}", suite.text());
        let xml = junit(&[suite]);
        assert!(xml.contains("tests=\"3\" failures=\"1\"") && xml.contains("name=\"40 as recorded\"/>"), "{xml}");
    }

    #[test]
    fn what_could_not_be_played_is_told_and_neither_passes_nor_fails() {
        let suite = Suite { unknown: vec!["3 SIM_IO".to_owned(), "4 DIAL".to_owned()], ..suite() };
        let text = suite.text();
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("t.riltrace: 2 more could not be played") && last.ends_with("3 SIM_IO"), "{text}");
        let xml = junit(&[suite]);
        assert!(xml.contains("tests=\"4\" failures=\"1\" skipped=\"2\""), "{xml}");
        assert!(xml.contains("name=\"4 DIAL\"><skipped "), "{xml}");
    }

    #[test]
    fn annotations_are_a_line_each() {
        let expected = "::error file=t.riltrace,title=2 <OPERATOR>::payload.0: \"a\"%0Aerrno: 50%25\u{1}\n";
        assert_eq!(suite().annotations(), expected);
    }
}
