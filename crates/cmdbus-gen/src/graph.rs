//! Which types hold which.

use crate::model::{Kind, Named, Type, TypeId};

/// What is known of the named types together.
pub(crate) struct Graph {
    /// All of them, each after those that it holds, as far as that can be.
    pub(crate) order: Vec<TypeId>,
    /// Whether a type holds itself, perhaps within others.
    pub(crate) recursive: Vec<bool>,
    /// By type: the number of the group of types that hold each other.
    group: Vec<usize>,
    /// Whether a type is referred to by another one, or by itself.
    pub(crate) referred: Vec<bool>,
}

impl Graph {
    pub(crate) fn of(types: &[Named]) -> Self {
        let edges: Vec<Vec<TypeId>> = types.iter().map(|named| references(&named.ty)).collect();
        let mut referred = vec![false; types.len()];
        for &target in edges.iter().flatten() {
            referred[target] = true;
        }
        let mut search = Search {
            edges: &edges,
            index: vec![None; types.len()],
            low: vec![0; types.len()],
            on_stack: vec![false; types.len()],
            stack: Vec::new(),
            next: 0,
            order: Vec::new(),
            group: vec![0; types.len()],
            recursive: vec![false; types.len()],
        };
        for id in 0..types.len() {
            if search.index[id].is_none() {
                search.from(id);
            }
        }
        Self {
            order: search.order,
            recursive: search.recursive,
            group: search.group,
            referred,
        }
    }

    /// Returns whether two types hold each other.
    pub(crate) fn hold_each_other(&self, a: TypeId, b: TypeId) -> bool {
        self.recursive[a] && self.group[a] == self.group[b]
    }
}

/// Returns the named types that a type speaks of.
pub(crate) fn references(ty: &Type) -> Vec<TypeId> {
    fn collect(ty: &Type, found: &mut Vec<TypeId>) {
        if let Kind::Ref(id) = ty.kind {
            found.push(id);
        }
        for part in ty.kind.parts() {
            collect(part, found);
        }
    }
    let mut found = Vec::new();
    collect(ty, &mut found);
    found
}

/// Tarjan's search for strongly connected components, with a stack of its own: a chain of references can be long.
struct Search<'a> {
    edges: &'a [Vec<TypeId>],
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<TypeId>,
    next: usize,
    order: Vec<TypeId>,
    group: Vec<usize>,
    recursive: Vec<bool>,
}

impl Search<'_> {
    fn from(&mut self, start: TypeId) {
        let mut work = vec![(start, 0)];
        self.enter(start);
        while let Some((id, edge)) = work.last_mut() {
            let id = *id;
            if let Some(&target) = self.edges[id].get(*edge) {
                *edge += 1;
                match self.index[target] {
                    None => {
                        self.enter(target);
                        work.push((target, 0));
                    }
                    Some(index) if self.on_stack[target] => self.low[id] = self.low[id].min(index),
                    Some(_) => {}
                }
                continue;
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                self.low[*parent] = self.low[*parent].min(self.low[id]);
            }
            if Some(self.low[id]) == self.index[id] {
                self.leave(id);
            }
        }
    }

    fn enter(&mut self, id: TypeId) {
        self.index[id] = Some(self.next);
        self.low[id] = self.next;
        self.next += 1;
        self.on_stack[id] = true;
        self.stack.push(id);
    }

    /// All types above this one on the stack hold each other.
    fn leave(&mut self, id: TypeId) {
        let from = self
            .stack
            .iter()
            .rposition(|&other| other == id)
            .unwrap_or(0);
        let group = self.stack.split_off(from);
        let recursive = group.len() > 1 || self.edges[id].contains(&id);
        for &member in &group {
            self.on_stack[member] = false;
            self.group[member] = id;
            self.recursive[member] = recursive;
        }
        self.order.extend(group);
    }
}
