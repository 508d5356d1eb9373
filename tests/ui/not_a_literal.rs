//! A path that the macro cannot see, and more than a path.

const FOLDER: &str = "fixtures/good/wrapped";

fn main() {
    let _ = migrator::embed!(FOLDER);
    let _ = migrator::embed!("fixtures/good/wrapped", "fixtures/good/crlf");
    let _ = migrator::embed!();
}
