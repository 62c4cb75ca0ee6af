//! Enums without a tag: serde takes the first variant that fits, so none may fit what is meant for a later one.

use std::cmp::Reverse;

use serde_json::Value;

use super::types::is_fixed;
use crate::model::{Kind, Literal, Named, Object, Rest, Type, TypeId};

/// Most references that are followed to see what an alternative is.
const FARTHEST: usize = 64;

/// Returns which types are alternatives of a union of several objects, alone or within other unions.
///
/// Their structs refuse what they do not know: otherwise the first would take the values of all others, and lose what it does
/// not know of them.
pub(super) fn exact(types: &[Named]) -> Vec<bool> {
    let mut todo: Vec<TypeId> = Vec::new();
    for named in types {
        find(types, &named.ty, &mut todo);
    }
    let mut exact = vec![false; types.len()];
    while let Some(id) = todo.pop() {
        if !std::mem::replace(&mut exact[id], true) {
            todo.extend(direct(&types[id].ty));
        }
    }
    exact
}

/// Finds the alternatives of all unions of several objects within a type.
fn find(types: &[Named], ty: &Type, found: &mut Vec<TypeId>) {
    if let Kind::Union(members) = &ty.kind
        && several_objects(types, members)
    {
        found.extend(direct(ty));
    }
    for part in ty.kind.parts() {
        find(types, part, found);
    }
}

/// Returns the named types that a type may be.
fn direct(ty: &Type) -> Vec<TypeId> {
    match &ty.kind {
        Kind::Ref(id) => vec![*id],
        Kind::Union(members) => members.iter().flat_map(direct).collect(),
        _ => Vec::new(),
    }
}

/// Returns whether more than one of the alternatives may be an object.
pub(super) fn several_objects(types: &[Named], members: &[Type]) -> bool {
    let may_be_object = |member: &&Type| {
        let kind = &followed(types, member).kind;
        matches!(kind, Kind::Object(_) | Kind::Union(_) | Kind::Ref(_))
    };
    members.iter().filter(may_be_object).take(2).count() == 2
}

/// Returns the alternatives in the order in which they are tried, each with its place in the schema.
pub(super) fn in_order<'t>(types: &[Named], members: &'t [Type]) -> Vec<(usize, &'t Type)> {
    let mut all: Vec<(usize, &Type)> = members.iter().enumerate().collect();
    all.sort_by_key(|(_, member)| Fit::of(types, member, 0));
    all
}

/// How much fits a type, as serde reads it: what takes less stands before what takes the same and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Null,
    Bool,
    Known,
    Integer,
    Number,
    Text,
    Tuple,
    List,
    AnyList,
    /// After the lists: a struct can be read from one, too.
    Closed,
    /// The more it demands, the less fits.
    Open(Reverse<usize>),
    Map,
    AnyMap,
    Anything,
}

impl Fit {
    fn of(types: &[Named], ty: &Type, depth: usize) -> Self {
        match &followed(types, ty).kind {
            Kind::Null => Self::Null,
            Kind::Bool => Self::Bool,
            Kind::Literals(values) => Self::of_values(values),
            Kind::Number(range) if range.integer => Self::Integer,
            Kind::Number(_) => Self::Number,
            Kind::Text(_) => Self::Text,
            Kind::Tuple(tuple) if is_fixed(tuple) => Self::Tuple,
            Kind::Array(array) if array.items.kind != Kind::Any => Self::List,
            Kind::Tuple(_) | Kind::Array(_) => Self::AnyList,
            Kind::Object(object) => Self::of_object(object),
            // One within another, and no further: a union may hold others without end.
            Kind::Union(members) if depth < 2 => {
                let fits = members
                    .iter()
                    .map(|member| Self::of(types, member, depth + 1));
                fits.max().unwrap_or(Self::Anything)
            }
            _ => Self::Anything,
        }
    }

    fn of_values(values: &[Literal]) -> Self {
        let all = |fits: fn(&Value) -> bool| values.iter().all(|one| fits(&one.value));
        if all(Value::is_boolean) {
            Self::Bool
        } else if all(Value::is_string) {
            Self::Known
        } else if all(|value| value.is_u64() || value.is_i64()) {
            Self::Integer
        } else if all(Value::is_number) {
            Self::Number
        } else {
            Self::Anything
        }
    }

    fn of_object(object: &Object) -> Self {
        let required = object.fields.iter().filter(|field| field.required).count();
        match &object.rest {
            Rest::Closed => Self::Closed,
            Rest::Of(_) if object.fields.is_empty() => Self::Map,
            Rest::Open if object.fields.is_empty() => Self::AnyMap,
            Rest::Of(_) | Rest::Open => Self::Open(Reverse(required)),
        }
    }
}

/// Follows a reference to what it means, if that is not too far.
fn followed<'t>(types: &'t [Named], mut ty: &'t Type) -> &'t Type {
    for _ in 0..FARTHEST {
        match &ty.kind {
            Kind::Ref(id) => ty = &types[*id].ty,
            _ => break,
        }
    }
    ty
}
