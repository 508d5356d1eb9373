//! The Dockerfile: what the image holds, who runs it, and that nothing in it moves by itself.

use std::os::unix::fs::PermissionsExt as _;

use super::{read, root};

/// A stage: its base, its name, and its instructions with their arguments.
#[derive(Debug)]
struct Stage {
    base: String,
    name: Option<String>,
    instructions: Vec<(String, String)>,
}

/// The stages, and the `ARG`s before them.
fn parse(text: &str) -> (Vec<(String, String)>, Vec<Stage>) {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let whole = lines.collect::<Vec<&str>>().join("\n").replace("\\\n", " ");
    let (mut before, mut stages) = (Vec::new(), Vec::<Stage>::new());
    for line in whole.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.split_whitespace().collect::<Vec<&str>>().join(" ");
        let instruction = (word.to_owned(), rest);
        match (word, stages.last_mut()) {
            ("FROM", _) => {
                let mut words = instruction.1.split(" AS ").map(str::to_owned);
                stages.push(Stage {
                    base: words.next().expect("a base"),
                    name: words.next(),
                    instructions: Vec::new(),
                });
            }
            (_, None) => before.push(instruction),
            (_, Some(stage)) => stage.instructions.push(instruction),
        }
    }
    (before, stages)
}

fn stages() -> (Vec<(String, String)>, Vec<Stage>) {
    let (before, stages) = parse(&read("Dockerfile"));
    assert!(stages.len() > 2, "{stages:?}");
    (before, stages)
}

impl Stage {
    /// The arguments of all instructions of one kind.
    fn all(&self, word: &str) -> Vec<&str> {
        let some = self.instructions.iter().filter(|(it, _)| it == word);
        some.map(|(_, rest)| rest.as_str()).collect()
    }
}

#[test]
fn the_image_is_one_file_that_a_number_runs() {
    let (_, stages) = stages();
    let last = stages.last().expect("a stage");
    assert_eq!(last.base, "scratch");
    assert_eq!(last.all("COPY"), ["--from=build /out/migrator /migrator"]);
    assert_eq!(last.all("USER"), ["65532:65532"]);
    assert_eq!(last.all("ENTRYPOINT"), [r#"["/migrator"]"#]);
    assert_eq!(last.all("CMD"), [r#"["up", "--wait", "60s"]"#]);
    assert_eq!(last.all("STOPSIGNAL"), ["SIGTERM"]);
    let known = [
        "ARG",
        "LABEL",
        "COPY",
        "USER",
        "STOPSIGNAL",
        "ENTRYPOINT",
        "CMD",
    ];
    for (word, rest) in &last.instructions {
        assert!(known.contains(&word.as_str()), "{word} {rest}");
    }
    let version = format!(
        "org.opencontainers.image.version=\"{}\"",
        env!("CARGO_PKG_VERSION")
    );
    assert!(last.all("LABEL")[0].contains(&version), "{last:?}");
}

#[test]
fn every_base_is_named_exactly() {
    let (before, stages) = stages();
    let names: Vec<&str> = stages.iter().filter_map(|it| it.name.as_deref()).collect();
    for stage in &stages {
        let given = before.iter().find_map(|(_, rest)| {
            let (name, value) = rest.split_once('=')?;
            (stage.base == format!("${{{name}}}")).then_some(value)
        });
        let base = given.unwrap_or(&stage.base);
        if base != "scratch" && !names.contains(&base) {
            let (_, tag) = base.rsplit_once(':').expect("a tag");
            let toolchain = read("rust-toolchain.toml");
            let channel = toolchain
                .lines()
                .find_map(|it| it.strip_prefix("channel = "));
            let channel = channel.expect("a channel").trim_matches('"');
            assert!(
                tag.starts_with(&format!("{channel}-")),
                "{base} has another toolchain"
            );
        }
    }
    // This is the name that `--build-context` replaces.
    assert!(names.contains(&"migrations"), "{names:?}");
}

#[test]
fn what_is_run_is_a_script_that_is_tested() {
    let (_, stages) = stages();
    let runs: Vec<&str> = stages.iter().flat_map(|it| it.all("RUN")).collect();
    for script in ["deploy/image/prepare", "deploy/image/build"] {
        assert!(runs.iter().any(|run| run.contains(script)), "{script}");
        let file = root().join(script).metadata().expect("a script");
        assert_eq!(file.permissions().mode() & 0o111, 0o111, "{script}");
    }
}

#[test]
fn nothing_is_fetched_and_no_secret_is_kept() {
    let (before, stages) = stages();
    let instructions = stages.iter().flat_map(|it| &it.instructions);
    for (word, rest) in before.iter().chain(instructions) {
        assert!(
            !["ADD", "ENV", "HEALTHCHECK", "VOLUME"].contains(&word.as_str()),
            "{word} {rest}"
        );
        let lower = rest.to_lowercase();
        for secret in ["password", "token", "http://", "https://", "curl ", "wget "] {
            assert!(!lower.contains(secret), "{word} {rest}");
        }
    }
}

#[test]
fn what_is_copied_is_there_and_not_ignored() {
    let (_, stages) = stages();
    let ignored = read(".dockerignore");
    for copy in stages.iter().flat_map(|it| it.all("COPY")) {
        let words: Vec<&str> = copy.split(' ').collect();
        if words[0].starts_with("--from=") {
            continue;
        }
        for source in &words[..words.len() - 1] {
            assert!(root().join(source).exists(), "{source}");
            assert!(
                !ignored.lines().any(|it| it == *source),
                "{source} is ignored"
            );
        }
    }
    for needed in ["/target", ".git", ".secrets"] {
        assert!(
            ignored.lines().any(|it| it.ends_with(needed)),
            "{needed} is sent"
        );
    }
}
