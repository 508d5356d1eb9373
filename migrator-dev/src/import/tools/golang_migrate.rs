//! golang-migrate: `{number}_{name}.up.sql` and `.down.sql`, in order of number.

use crate::import::change::Changes;
use crate::import::source::{Source, ends};

use super::numbered::{self, ENDINGS, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let directed = |file: &&str| ENDINGS.iter().any(|(ending, _)| file.ends_with(ending));
    for file in source.top().filter(|file| ends(file, "sql")) {
        if !directed(&file) {
            changes.leave_out(file, "its name does not end with .up.sql or .down.sql");
        }
    }
    let style: (numbered::Key, Unnumbered) = (numbered::by_number, Unnumbered::PassedOver);
    numbered::one_for_each(source, source.top().filter(directed), style, &mut changes);
    numbered::by_value(&mut changes);
    changes
}
