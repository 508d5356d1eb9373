//! Objects in an order in which they can be made: each after what it needs, else by kind and name. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Object, Placed};
use crate::history::Fields;

/// Orders what was found, given rows of class and id of an object and of one that it needs.
pub(super) fn ordered(found: Vec<Placed>, dependencies: &[Fields]) -> Vec<Object> {
    let mut found = found;
    // The kinds come in the order in which they are shown; a stable sort by name within each is all there is to do.
    let mut rank = HashMap::new();
    for placed in &found {
        let next = rank.len();
        rank.entry(placed.object.kind.clone()).or_insert(next);
    }
    found.sort_by(|a, b| {
        let key = |placed: &Placed| {
            (
                rank.get(&placed.object.kind).copied(),
                placed.object.name.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    let places: HashMap<(&str, &str), usize> = found
        .iter()
        .enumerate()
        .filter(|(_, placed)| placed.id != "0")
        .map(|(at, placed)| ((placed.class.as_str(), placed.id.as_str()), at))
        .collect();
    let place = |row: &Fields, at: usize| {
        let field = |at: usize| row.get(at).and_then(Option::as_deref);
        places.get(&(field(at)?, field(at + 1)?)).copied()
    };
    let mut needs: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for row in dependencies {
        if let (Some(object), Some(needed)) = (place(row, 0), place(row, 2))
            && object != needed
        {
            needs.entry(object).or_default().insert(needed);
        }
    }
    let sequence = sequence(found.len(), &needs);
    let mut objects: Vec<Option<Object>> = found
        .into_iter()
        .map(|placed| Some(placed.object))
        .collect();
    sequence
        .into_iter()
        .filter_map(|at| objects.get_mut(at)?.take())
        .collect()
}

/// The numbers below `count`, each after those it needs; a circle is broken where it is met.
fn sequence(count: usize, needs: &BTreeMap<usize, BTreeSet<usize>>) -> Vec<usize> {
    enum Visit {
        Enter(usize),
        Leave(usize),
    }
    let mut done = vec![false; count];
    let mut sequence = Vec::with_capacity(count);
    for root in 0..count {
        let mut stack = vec![Visit::Enter(root)];
        while let Some(visit) = stack.pop() {
            match visit {
                Visit::Enter(at) if done.get(at) == Some(&false) => {
                    if let Some(done) = done.get_mut(at) {
                        *done = true;
                    }
                    stack.push(Visit::Leave(at));
                    let needed = needs.get(&at).into_iter().flatten().rev();
                    stack.extend(needed.map(|needed| Visit::Enter(*needed)));
                }
                Visit::Enter(_) => {}
                Visit::Leave(at) => sequence.push(at),
            }
        }
    }
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_needs() {
        let needs = |pairs: &[(usize, usize)]| {
            let mut needs: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
            for (object, needed) in pairs {
                needs.entry(*object).or_default().insert(*needed);
            }
            needs
        };
        assert_eq!(sequence(3, &needs(&[])), [0, 1, 2]);
        assert_eq!(sequence(3, &needs(&[(0, 2), (2, 1)])), [1, 2, 0]);
        assert_eq!(sequence(2, &needs(&[(0, 1), (1, 0)])), [1, 0]);
    }
}
