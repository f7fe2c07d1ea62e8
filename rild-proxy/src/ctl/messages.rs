//! `rilctl messages`: the table of all messages, for people and for programs. docs/messages.md has it too.

use std::io::Write;

use ril_protocol::messages::{REQUESTS, RequestRow, UNSOLICITED, UnsolRow};
use serde_json::{Value, json};

use super::args::Format;
use super::error::CtlError;
use super::table;

pub(super) fn run(filter: Option<&str>, format: Format, out: &mut dyn Write) -> Result<(), CtlError> {
    let rows: Vec<Row> = all().filter(|row| filter.is_none_or(|filter| row.holds(filter))).collect();
    if rows.is_empty() {
        return Err(CtlError::Failed(format!("no message has {:?} in it", filter.unwrap_or_default())));
    }
    if format.json {
        let rows: Vec<Value> = rows.iter().map(Row::json).collect();
        writeln!(out, "{}", Value::Array(rows))?;
        return Ok(());
    }
    let cells: Vec<[String; 7]> = rows.iter().map(Row::cells).collect();
    Ok(table::write(out, ["CODE", "NAME", "ARGUMENTS", "RESULT", "SINCE", "CLASS", "MEANING"], &cells)?)
}

enum Row {
    Request(&'static RequestRow),
    Unsolicited(&'static UnsolRow),
}

fn all() -> impl Iterator<Item = Row> {
    REQUESTS.iter().map(Row::Request).chain(UNSOLICITED.iter().map(Row::Unsolicited))
}

impl Row {
    fn holds(&self, filter: &str) -> bool {
        let [code, name, .., class, meaning] = self.cells();
        let filter = filter.to_ascii_lowercase();
        let filter = filter.trim_start_matches("ril_request_").trim_start_matches("ril_unsol_");
        code == filter || [name, class, meaning].iter().any(|cell| cell.to_ascii_lowercase().contains(filter))
    }

    fn cells(&self) -> [String; 7] {
        match self {
            Self::Request(row) => [
                row.code.0.to_string(),
                row.name.to_owned(),
                row.request.type_name.to_owned(),
                row.response.type_name.to_owned(),
                row.since.to_string(),
                format!("{:?}", row.class),
                row.about.to_owned(),
            ],
            Self::Unsolicited(row) => [
                row.code.0.to_string(),
                row.name.to_owned(),
                row.payload.type_name.to_owned(),
                String::new(),
                row.since.to_string(),
                format!("{:?}", row.audience),
                row.about.to_owned(),
            ],
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Request(row) => json!({
                "kind": "request",
                "code": row.code.0,
                "name": row.name,
                "arguments": row.request.type_name,
                "result": row.response.type_name,
                "since": row.since.0,
                "class": format!("{:?}", row.class),
                "timeout_seconds": row.timeout_seconds,
                "meaning": row.about,
            }),
            Self::Unsolicited(row) => json!({
                "kind": "unsolicited",
                "code": row.code.0,
                "name": row.name,
                "particulars": row.payload.type_name,
                "since": row.since.0,
                "audience": format!("{:?}", row.audience),
                "wakes": row.wakes,
                "meaning": row.about,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Display, Write as _};
    use std::path::Path;

    use ril_protocol::messages::{CHANGE_ANYTHING, KEPT, KeptRow};

    use super::*;

    fn output(filter: Option<&str>, json: bool) -> Result<String, CtlError> {
        let mut out = Vec::new();
        run(filter, Format { json }, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn json_has_every_row() {
        let rows: Vec<Value> = serde_json::from_str(&output(None, true).unwrap()).unwrap();
        let codes: Vec<i64> = rows.iter().filter_map(|row| row["code"].as_i64()).collect();
        let known = REQUESTS.iter().map(|row| row.code.0).chain(UNSOLICITED.iter().map(|row| row.code.0));
        assert_eq!(codes, known.map(i64::from).collect::<Vec<_>>());
        assert!(rows.iter().all(|row| row["meaning"].as_str().is_some_and(|text| !text.is_empty())));
    }

    #[test]
    fn a_filter_looks_at_names_numbers_classes_and_meanings() {
        assert_eq!(
            output(Some("RIL_REQUEST_get_imei"), false).unwrap(),
            "CODE  NAME        ARGUMENTS  RESULT  SINCE  CLASS    MEANING\n\
             38    GET_IMEI    ()         Text    2      Virtual  IMEI\n\
             39    GET_IMEISV  ()         Text    2      Virtual  Software version of the IMEISV\n"
        );
        assert!(output(Some("1009"), false).unwrap().contains("SIGNAL_STRENGTH"));
        assert_eq!(output(Some("10"), false).unwrap().lines().count(), 2, "a number is that number");
        assert!(output(Some("ussd"), false).unwrap().contains("ON_USSD"));
        assert!(output(Some("Aggregated"), false).unwrap().contains("SCREEN_STATE"));
        assert!(matches!(output(Some("xyzzy"), false), Err(CtlError::Failed(_))));
    }

    /// The same as a page of documentation.
    fn markdown() -> String {
        let mut page = "# The messages of ril.h\n\n\
            Every request and unsolicited message that rild-proxy knows; `rilctl messages` prints them, too. What has\n\
            no row passes byte for byte. This page is made from the table in ril-protocol by a test.\n\n\
            ## Requests\n\n\
            | code | name | arguments | result | since | class | seconds | meaning |\n\
            |---:|---|---|---|---:|---|---:|---|\n"
            .to_owned();
        for row in REQUESTS {
            let RequestRow { code, name, about, request, response, since, class, timeout_seconds } = row;
            let _ = writeln!(
                page,
                "| {} | {name} | `{}` | `{}` | {since} | {class:?} | {timeout_seconds} | {about} |",
                code.0, request.type_name, response.type_name
            );
        }
        page += "\n## Answers that are kept\n\n\
            The answer to a question of class Shared is kept until one of these messages, until one of these requests is\n\
            sent or answered, or for so many seconds, whichever comes first. A message that holds the new answer takes\n\
            its place.\n\n\
            | code | name | seconds | until | replaced by | changed by |\n\
            |---:|---|---:|---|---|---|\n";
        for KeptRow { code, fresh_seconds, dropped_by, replaced_by, changed_by } in KEPT {
            let [dropped_by, changed_by] = [names(dropped_by), names(changed_by)];
            let replaced_by = replaced_by.map(|code| code.to_string()).unwrap_or_default();
            let seconds = fresh_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
            let _ = writeln!(page, "| {} | {code} | {seconds} | {dropped_by} | {replaced_by} | {changed_by} |", code.0);
        }
        let _ = writeln!(
            page,
            "\nEvery answer is dropped by requests that have no row, and by\n{}.",
            names(CHANGE_ANYTHING)
        );
        page += "\n## Unsolicited messages\n\n\
            | code | name | particulars | since | audience | wakes | meaning |\n\
            |---:|---|---|---:|---|---|---|\n";
        for row in UNSOLICITED {
            let UnsolRow { code, name, about, payload, since, audience, wakes } = row;
            let wakes = if *wakes { "yes" } else { "no" };
            let _ = writeln!(
                page,
                "| {} | {name} | `{}` | {since} | {audience:?} | {wakes} | {about} |",
                code.0, payload.type_name
            );
        }
        page
    }

    fn names(codes: &[impl Display]) -> String {
        codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_documentation_is_the_table() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/messages.md");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, markdown()).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == markdown(), "docs/messages.md is old: run this test with UPDATE_EXPECT=1");
    }
}
