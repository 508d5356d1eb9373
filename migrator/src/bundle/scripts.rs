//! Every file of a bundle, in order.

use super::{Bundle, Down, Script};

impl Bundle {
    /// Every script: each migration with what undoes and what verifies it, then the baselines and the repeatables.
    pub fn scripts(&self) -> impl Iterator<Item = Script<'static>> {
        let migrations = self.migrations.iter().flat_map(|migration| {
            let down = match migration.down {
                Down::Script(script) => Some(script),
                Down::Absent | Down::Irreversible(_) => None,
            };
            std::iter::once(migration.up)
                .chain(down)
                .chain(migration.verify)
        });
        let baselines = self.baselines.iter().flat_map(|it| it.scripts);
        let repeatables = self.repeatables.iter().map(|it| it.script);
        migrations.chain(baselines.copied()).chain(repeatables)
    }
}
