//! Types that are nothing but themselves.

use crate::model::{Kind, Named, Type, TypeId};

/// Replaces every reference by which a type would mean itself, with nothing in between, by the type of anything.
///
/// A tree whose nodes hold nodes is fine. `A` that is `A`, or `A` that is `B` or `null` where `B` is `A`, is nothing that
/// any language can say.
pub(super) fn cut(types: &mut [Named]) {
    let mut state = vec![State::New; types.len()];
    for id in 0..types.len() {
        if state[id] == State::New {
            visit(types, &mut state, id);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Under,
    Done,
}

/// Depth first, with a stack of its own: a chain of references can be long.
fn visit(types: &mut [Named], state: &mut [State], start: TypeId) {
    let mut stack = vec![(start, direct(&types[start].ty))];
    state[start] = State::Under;
    while let Some((id, next)) = stack.last_mut() {
        let id = *id;
        let Some(target) = next.pop() else {
            state[id] = State::Done;
            stack.pop();
            continue;
        };
        match state[target] {
            State::Done => {}
            State::Under => replace(&mut types[id].ty, target),
            State::New => {
                state[target] = State::Under;
                stack.push((target, direct(&types[target].ty)));
            }
        }
    }
}

/// Returns the types that this one is, rather than holds.
fn direct(ty: &Type) -> Vec<TypeId> {
    match &ty.kind {
        Kind::Ref(id) => vec![*id],
        Kind::Union(members) | Kind::All(members) => members.iter().flat_map(direct).collect(),
        _ => Vec::new(),
    }
}

fn replace(ty: &mut Type, target: TypeId) {
    match &mut ty.kind {
        Kind::Ref(id) if *id == target => {
            *ty = Type::any("the schema defines this by itself")
                .with_notes_of(std::mem::take(&mut ty.notes), ty.doc.take());
        }
        Kind::Union(members) => {
            for member in members.iter_mut() {
                replace(member, target);
            }
            let again = Type::union(std::mem::take(members));
            let (notes, doc) = (std::mem::take(&mut ty.notes), ty.doc.take());
            *ty = again.with_notes_of(notes, doc);
        }
        Kind::All(members) => {
            for member in members.iter_mut() {
                replace(member, target);
            }
            members.retain(|member| member.kind != Kind::Any);
            if members.len() < 2 {
                let only = members.pop().unwrap_or_else(|| Kind::Any.into());
                let (notes, doc) = (std::mem::take(&mut ty.notes), ty.doc.take());
                *ty = only
                    .with_notes_of(notes, doc)
                    .note("the schema defines a part of this by itself");
            }
        }
        _ => {}
    }
}
