//! A folder that a script of one's own goes through in order of name; `.down.sql` is what undoes a file.

use crate::import::change::Changes;
use crate::import::source::Source;

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_name, Unnumbered::Runs);
    numbered::one_for_each(source, source.files(), style, &mut changes);
    changes
}
