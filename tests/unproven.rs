//! A history that no release build would take: a debug build runs it, and says so first.

use migrator::bundle::{Bundle, Gate, Proof};
use migrator::{Event, Settings, Target};

use crate::support::{Database, History};

/// What a run tells before and when it begins.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Unproven(Vec<i64>),
    Planned,
}

fn told(bundle: &Bundle) -> Vec<Told> {
    let database = Database::fresh();
    let settings = Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"));
    let mut told = Vec::new();
    migrator::up(bundle, &settings, Target::Head, &mut |event| match event {
        Event::Unproven { versions } => told.push(Told::Unproven(versions.to_vec())),
        Event::Planned { .. } => told.push(Told::Planned),
        _ => {}
    })
    .expect("a run");
    told
}

#[test]
fn what_is_not_proven_is_told_before_it_runs() {
    let history = History::numbered(2, |at| format!("CREATE TABLE t{at} ();"));
    let with = |gate, unproven| Bundle {
        proof: Proof {
            gate,
            unproven,
            ..Proof::ABSENT
        },
        ..*history.bundle()
    };
    assert_eq!(told(&with(Gate::On, &[])), [Told::Planned]);
    assert_eq!(
        told(&with(Gate::On, &[2])),
        [Told::Unproven(vec![2]), Told::Planned]
    );
    assert_eq!(told(&with(Gate::Off, &[2])), [Told::Planned]);
}
