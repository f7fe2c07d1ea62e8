//! Every dialogue in `fixtures/dialogues`: what happens to the router, and what it must do.
//!
//! `UPDATE_EXPECT=1 cargo test -p rild-proxy-tests --test dialogues` writes down what it does today; read the change.

use std::path::Path;

use rild_proxy_tests::dialogue;

#[test]
fn the_router_does_what_the_dialogues_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dialogues");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "the dialogues are missing");
    let mut differences = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&file, dialogue::update(&text).unwrap()).unwrap();
        } else if let Err(difference) = dialogue::check(&text) {
            differences.push(format!("{}: {difference}", file.file_name().unwrap().display()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let head = "[[phone]]\nname = \"a\"\n--\n";
    let wrong = [
        "b comes",
        "a jumps",
        "at noon",
        "a -> router: DIALL #1",
        "a -> router: DIAL 1",
        "a -> router: DIAL #1 {\"number\":1}",
        "modem -> router: DIAL #1 fine",
        "recall Nothing 0x00 0x00",
        "stored many",
        "router -> a: ! RIL_CONNECTED [12]",
    ];
    for line in wrong {
        let error = dialogue::check(&format!("{head}# a comment\n\n{line}\n")).unwrap_err().to_string();
        assert!(error.starts_with("line 6: "), "{line}: {error}");
    }
    assert!(dialogue::check("a comes\n").unwrap_err().to_string().starts_with("line 1: "));
}
