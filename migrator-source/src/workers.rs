//! The same work for many items, on threads with large stacks.
//!
//! The parser recurses as deep as the SQL nests, deeper than a compiler's own stack allows. Results come back in the
//! order of the items, and a panic inside a dependency costs one item its result rather than the whole build.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Address space, not memory: only what the recursion touches is ever used.
const STACK: usize = 256 << 20;

/// Does the work for every item; an item whose work did not end well has `None`.
pub(crate) fn map<Item: Sync, Done: Send>(
    items: &[Item],
    work: impl Fn(&Item) -> Done + Sync,
) -> Vec<Option<Done>> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        while let Some((index, item)) = take(items, &next) {
            if let Ok(result) = catch_unwind(AssertUnwindSafe(|| work(item))) {
                done.push((index, result));
            }
        }
        done
    };
    let mut results: Vec<Option<Done>> = items.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let threads = thread::available_parallelism()
            .map_or(2, NonZero::get)
            .max(2)
            .min(items.len());
        // A machine that refuses one more thread has its work done by the others.
        let threads: Vec<_> = (0..threads)
            .filter_map(|_| {
                thread::Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, run)
                    .ok()
            })
            .collect();
        for (index, result) in threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .flatten()
        {
            results[index] = Some(result);
        }
    });
    results
}

fn take<'a, Item>(items: &'a [Item], next: &AtomicUsize) -> Option<(usize, &'a Item)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_keep_their_order_and_a_panic_costs_one() {
        let items: Vec<usize> = (0..1000).collect();
        let results = map(&items, |item| {
            assert_ne!(*item, 500, "a panic that the test wants");
            item * 2
        });
        assert!(
            results
                .iter()
                .enumerate()
                .all(|(at, result)| *result == (at != 500).then_some(at * 2))
        );
    }

    #[test]
    fn the_stack_is_deep() {
        fn depth(left: usize) -> usize {
            let block = std::hint::black_box([left; 64]);
            if left == 0 {
                block[0]
            } else {
                1 + depth(left - 1)
            }
        }
        assert_eq!(map(&[100_000], |levels| depth(*levels)), [Some(100_000)]);
    }
}
