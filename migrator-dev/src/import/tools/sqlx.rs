//! sqlx: `{number}_{name}.sql`, or `.up.sql` and `.down.sql`, in order of number.

use crate::import::change::Changes;
use crate::import::source::Source;
use crate::import::text::{Marked, Text};

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_number, Unnumbered::PassedOver);
    numbered::one_for_each(source, source.top(), style, &mut changes);
    numbered::by_value(&mut changes);
    for change in &mut changes.changes {
        mark(&mut change.up);
        change.down.iter_mut().for_each(mark);
    }
    changes
}

/// The tool looks at the very first characters of a file.
fn mark(text: &mut Text) {
    if text.sql.starts_with("-- no-transaction") {
        text.marked = Marked::Outside;
    }
}
