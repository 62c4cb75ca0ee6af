//! Which types have been compared with which: types can hold themselves, and unions can be asked for the same again and again.

use std::collections::HashSet;

use super::compare::Direction;
use crate::model::TypeId;

pub(super) type Pair = (Direction, TypeId, TypeId);

/// What is known of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Nothing,
    /// It has been compared or is being compared, or nobody wants to know more than that it fits.
    Told,
    /// The new one cannot take the place of the old one.
    Broken,
}

/// A point to which what was found out since can be forgotten.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    compared: usize,
    fitted: usize,
}

#[derive(Debug, Default)]
pub(super) struct Pairs {
    compared: HashSet<Pair>,
    /// The same in the order in which they came.
    journal: Vec<Pair>,
    /// Those of which only that has been asked, and that fit if those fit that are being compared.
    fitting: HashSet<Pair>,
    fitted: Vec<Pair>,
    /// Those that do not fit, whatever the others do.
    broken: HashSet<Pair>,
    /// How many questions are open, one within the other.
    asking: usize,
}

impl Pairs {
    /// Notes that a pair is being compared, if nothing is known of it.
    pub(super) fn enter(&mut self, pair: Pair) -> Known {
        if self.asking > 0 && self.broken.contains(&pair) {
            return Known::Broken;
        }
        if self.asking > 0 && self.fitting.contains(&pair) || !self.compared.insert(pair) {
            return Known::Told;
        }
        self.journal.push(pair);
        Known::Nothing
    }

    /// Begins a question of which only the answer counts.
    pub(super) fn ask(&mut self) -> Mark {
        self.asking += 1;
        Mark {
            compared: self.journal.len(),
            fitted: self.fitted.len(),
        }
    }

    /// Ends it. What fitted on the way counts only if all of it does: it was found out under that condition.
    pub(super) fn answer(&mut self, mark: Mark, asked: Option<Pair>, fits: bool) {
        self.asking -= 1;
        for pair in self.journal.drain(mark.compared..) {
            self.compared.remove(&pair);
            if fits && self.fitting.insert(pair) {
                self.fitted.push(pair);
            }
        }
        if fits {
            return;
        }
        for pair in self.fitted.drain(mark.fitted..) {
            self.fitting.remove(&pair);
        }
        self.broken.extend(asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn pair(old: TypeId, new: TypeId) -> Pair {
        (Direction::Request, old, new)
    }

    #[test]
    fn what_fits_within_what_does_not_is_asked_again() {
        let mut pairs = Pairs::default();
        let outer = pairs.ask();
        assert_eq!(pairs.enter(pair(0, 0)), Known::Nothing);
        let inner = pairs.ask();
        assert_eq!(pairs.enter(pair(1, 1)), Known::Nothing);
        assert_eq!(pairs.enter(pair(0, 0)), Known::Told);
        pairs.answer(inner, Some(pair(1, 1)), true);
        assert_eq!(pairs.enter(pair(1, 1)), Known::Told);
        pairs.answer(outer, Some(pair(0, 0)), false);
        let again = pairs.ask();
        assert_eq!(pairs.enter(pair(0, 0)), Known::Broken);
        assert_eq!(pairs.enter(pair(1, 1)), Known::Nothing);
        pairs.answer(again, None, true);
        // To be told in full is more than to be asked for.
        assert_eq!(pairs.enter(pair(1, 1)), Known::Nothing);
    }
}
