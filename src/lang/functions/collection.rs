//! Lists, tuples, and what is asked of any collection.
use super::{
    Answer, Body, Failure, Function, Kind, any, as_number, fixed, items, members, nullable, number,
    of, texts, variadic, whole,
};
use crate::lang::Type;
use crate::lang::arithmetic;
use crate::lang::convert::convert;
use crate::lang::convert::unknown;
use crate::lang::evaluate::mark;
use crate::lang::evaluate::unmark;
use crate::lang::operators::equal;
use crate::lang::unify::unify;
use crate::value::Number;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("alltrue", &[of("list", Kind::Bools)], Body::Partial(|a| quantify(&a[0], false))),
    fixed("anytrue", &[of("list", Kind::Bools)], Body::Partial(|a| quantify(&a[0], true))),
    fixed("chunklist", &[of("list", Kind::List), number("size")], Body::Partial(chunklist)),
    variadic("coalesce", &[], nullable("vals"), Body::Raw(coalesce)),
    variadic("coalescelist", &[], nullable("vals"), Body::Raw(coalescelist)),
    fixed("compact", &[of("list", Kind::Strings)], Body::Partial(compact)),
    variadic("concat", &[], any("seqs"), Body::Partial(concat)),
    fixed("contains", &[any("list"), any("value")], Body::Partial(contains)),
    fixed("distinct", &[of("list", Kind::List)], Body::Partial(distinct)),
    fixed("element", &[any("list"), number("index")], Body::Partial(element)),
    fixed("flatten", &[any("list")], Body::Partial(flatten)),
    fixed("index", &[any("list"), any("value")], Body::Plain(index)),
    fixed("length", &[any("value")], Body::Partial(length)),
    fixed("one", &[any("list")], Body::Partial(one)),
    variadic("range", &[], number("params"), Body::Plain(range)),
    fixed("reverse", &[any("list")], Body::Partial(reverse)),
    fixed(
        "slice",
        &[any("list"), number("start_index"), number("end_index")],
        Body::Partial(slice),
    ),
    fixed("sort", &[of("list", Kind::Strings)], Body::Plain(sort)),
    fixed("sum", &[any("list")], Body::Plain(sum)),
];

pub(super) fn blame(at: usize, message: impl Into<String>) -> Failure {
    Failure::Argument(at, message.into())
}

pub(super) fn words(value: &Value) -> String {
    Type::of(value).words()
}

fn count(items: usize) -> Value {
    Value::Number(Number::from_usize(items))
}

/// `alltrue` and `anytrue`: one member that is `decisive` decides; null counts as false.
fn quantify(list: &Value, decisive: bool) -> Answer {
    let items = items(list);
    let sensitive = items.iter().any(Value::has_sensitive);
    let decides = |item: &Value| match item.unmarked() {
        Value::Bool(bool) => *bool == decisive,
        Value::Null => !decisive,
        _ => false,
    };
    let value = if items.iter().any(decides) {
        Value::Bool(decisive)
    } else if items.iter().all(Value::is_known) {
        Value::Bool(!decisive)
    } else {
        unknown(&items)
    };
    Ok(mark(value, sensitive))
}

fn chunklist(arguments: &[Value]) -> Answer {
    let size = whole(arguments, 1)?;
    let items = items(&arguments[0]);
    let size = usize::try_from(size).map_err(|_| "the size argument must be positive")?;
    let size = if size == 0 { items.len().max(1) } else { size };
    Ok(Value::List(items.chunks(size).map(|chunk| Value::List(chunk.to_vec())).collect()))
}

/// A mark on any argument marks the result: it tells that those before were empty.
fn coalesce(arguments: &[Value]) -> Answer {
    let kinds: Vec<Type> = arguments.iter().map(Type::of).collect();
    let kind = unify(&kinds).filter(|_| !arguments.is_empty());
    let kind = kind.ok_or("all arguments must have the same type")?;
    let sensitive = arguments.iter().any(Value::has_sensitive);
    for (at, argument) in arguments.iter().enumerate() {
        let value = argument.revealed();
        match convert(value, &kind).map_err(|error| blame(at, error.to_string()))? {
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            value => return Ok(mark(value, sensitive)),
        }
    }
    Err("no non-null, non-empty-string arguments".into())
}

fn coalescelist(arguments: &[Value]) -> Answer {
    if arguments.is_empty() {
        return Err("at least one argument is required".into());
    }
    let sensitive = arguments.iter().any(Value::has_sensitive);
    for (at, argument) in arguments.iter().enumerate() {
        let value = argument.revealed();
        match (&value, members(&value)) {
            (Value::Null, _) => {}
            (_, Some(items)) if items.is_empty() => {}
            (Value::Unknown(_), _) | (_, Some(_)) => return Ok(mark(value, sensitive)),
            (_, None) => return Err(blame(at, "coalescelist arguments must be lists or tuples")),
        }
    }
    Err("no non-null arguments".into())
}

fn compact(arguments: &[Value]) -> Answer {
    let items = items(&arguments[0]);
    let sensitive = items.iter().any(Value::has_sensitive);
    if !items.iter().all(Value::is_known) {
        return Ok(mark(unknown(&items), sensitive));
    }
    let kept = items.iter().map(Value::unmarked).filter(|item| {
        !matches!(item, Value::Null) && item.as_str().is_none_or(|text| !text.is_empty())
    });
    Ok(mark(Value::List(kept.cloned().collect()), sensitive))
}

fn concat(arguments: &[Value]) -> Answer {
    if arguments.is_empty() {
        return Err("at least one argument is required".into());
    }
    let mut all = Vec::new();
    let mut lists = true;
    for (at, argument) in arguments.iter().enumerate() {
        match argument {
            Value::List(items) => all.extend(items.iter().cloned()),
            Value::Tuple(items) => {
                lists = false;
                all.extend(items.iter().cloned());
            }
            other => {
                let message =
                    format!("all arguments must be lists or tuples; got {}", words(other));
                return Err(blame(at, message));
            }
        }
    }
    if lists {
        let kinds: Vec<Type> = arguments.iter().map(Type::of).collect();
        if let Some(kind) = unify(&kinds) {
            return convert(Value::List(all), &kind).map_err(|error| error.to_string().into());
        }
    }
    Ok(Value::Tuple(all))
}

fn contains(arguments: &[Value]) -> Answer {
    let items = members(&arguments[0]).ok_or("argument must be list, tuple, or set")?;
    let sensitive = arguments.iter().any(Value::has_sensitive);
    let found: Vec<Option<bool>> = items.iter().map(|item| equal(item, &arguments[1])).collect();
    let value = if found.contains(&Some(true)) {
        Value::Bool(true)
    } else if found.contains(&None) {
        unknown(arguments)
    } else {
        Value::Bool(false)
    };
    Ok(mark(value, sensitive))
}

fn distinct(arguments: &[Value]) -> Answer {
    let items = items(&arguments[0]);
    let sensitive = items.iter().any(Value::has_sensitive);
    if !items.iter().all(Value::is_known) {
        return Ok(mark(unknown(&items), sensitive));
    }
    let mut seen = std::collections::BTreeSet::new();
    let items = items.iter().map(Value::revealed);
    let kept: Vec<Value> = items.filter(|item| seen.insert(item.clone())).collect();
    Ok(mark(Value::List(kept), sensitive))
}

fn element(arguments: &[Value]) -> Answer {
    let (Value::Tuple(items) | Value::List(items)) = &arguments[0] else {
        return Err(format!("cannot read elements from {}", words(&arguments[0])).into());
    };
    let index = as_number(&arguments[1]).as_i64().ok_or_else(|| {
        format!(
            "invalid index: value must be a whole number, between {} and {}",
            i64::MIN,
            i64::MAX
        )
    })?;
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if length == 0 {
        return Err("cannot use element function with an empty list".into());
    }
    let position = usize::try_from(index.rem_euclid(length)).unwrap_or(0);
    Ok(items.get(position).cloned().unwrap_or(Value::Null))
}

fn flatten(arguments: &[Value]) -> Answer {
    let items = members(&arguments[0]).ok_or("can only flatten lists, sets and tuples")?;
    let mut flat = Vec::new();
    let mut sensitive = false;
    let mut waiting = false;
    level(items, &mut flat, &mut sensitive, &mut waiting);
    // A member that is not known may turn out to be a list of any length.
    let value = if waiting { unknown(&flat) } else { Value::Tuple(flat) };
    Ok(mark(value, sensitive))
}

fn level(items: Vec<Value>, flat: &mut Vec<Value>, sensitive: &mut bool, waiting: &mut bool) {
    for item in items {
        let (inner, marked) = unmark(item.clone());
        match members(&inner) {
            Some(items) => {
                *sensitive |= marked;
                level(items, flat, sensitive, waiting);
            }
            None => {
                *waiting |= matches!(inner, Value::Unknown(_));
                flat.push(item);
            }
        }
    }
}

fn index(arguments: &[Value]) -> Answer {
    let (Value::Tuple(items) | Value::List(items)) = &arguments[0] else {
        return Err("argument must be a list or tuple".into());
    };
    if items.is_empty() {
        return Err("cannot search an empty list".into());
    }
    let found = items.iter().position(|item| *item == arguments[1]);
    found.map(count).ok_or_else(|| "item not found".into())
}

fn length(arguments: &[Value]) -> Answer {
    use unicode_segmentation::UnicodeSegmentation;
    match &arguments[0] {
        Value::String(text) => Ok(count(text.graphemes(true).count())),
        Value::Tuple(items) | Value::List(items) => Ok(count(items.len())),
        Value::Set(items) if items.iter().any(|item| !item.is_known()) && items.len() > 1 => {
            Ok(unknown(items))
        }
        Value::Set(items) => Ok(count(items.len())),
        Value::Object(object) | Value::Map(object) => Ok(count(object.0.len())),
        _ => Err("argument must be a string, a collection type, or a structural type".into()),
    }
}

fn one(arguments: &[Value]) -> Answer {
    let wrong = "must be a list, set, or tuple value with either zero or one elements";
    match members(&arguments[0]).as_deref() {
        Some([]) => Ok(Value::Null),
        Some([only]) => Ok(only.clone()),
        Some(many)
            if matches!(arguments[0], Value::Set(_)) && !many.iter().all(Value::is_known) =>
        {
            Ok(unknown(many))
        }
        _ => Err(blame(0, wrong)),
    }
}

fn range(arguments: &[Value]) -> Answer {
    let numbers: Vec<Number> = arguments.iter().map(as_number).collect();
    let zero = || Number::from(0);
    let downwards = |start: &Number, end: &Number| if end < start { -1 } else { 1 };
    let (start, end, step) = match numbers.as_slice() {
        [end] => (zero(), end.clone(), Number::from(downwards(&zero(), end))),
        [start, end] => (start.clone(), end.clone(), Number::from(downwards(start, end))),
        [start, end, step] => (start.clone(), end.clone(), step.clone()),
        _ => return Err("must have one, two, or three arguments".into()),
    };
    let too_many = "more than 1024 values were generated; either decrease the difference between \
                    start and end or use a smaller step";
    if step == zero() {
        return Err(too_many.into());
    }
    let down = step < zero();
    if down && end > start {
        return Err(blame(2, "end must be less than start when step is negative"));
    }
    if !down && end < start {
        return Err(blame(2, "end must be greater than start when step is positive"));
    }
    let mut all = Vec::new();
    let mut current = start;
    while if down { current > end } else { current < end } {
        if all.len() >= 1024 {
            return Err(too_many.into());
        }
        all.push(Value::Number(current.clone()));
        current =
            arithmetic::add(&current, &step).map_err(super::super::arithmetic::Fault::message)?;
    }
    Ok(Value::List(all))
}

fn reverse(arguments: &[Value]) -> Answer {
    let reversed = |items: Vec<Value>| items.into_iter().rev().collect();
    match &arguments[0] {
        Value::Tuple(items) => Ok(Value::Tuple(reversed(items.clone()))),
        Value::List(items) => Ok(Value::List(reversed(items.clone()))),
        Value::Set(items) if items.iter().all(Value::is_known) => {
            Ok(Value::List(reversed(items.iter().cloned().collect())))
        }
        set @ Value::Set(_) => Ok(unknown([set])),
        other => {
            let found = words(other);
            Err(blame(0, format!("can only reverse list or tuple values, not {found}")))
        }
    }
}

fn slice(arguments: &[Value]) -> Answer {
    let (Value::Tuple(items) | Value::List(items)) = &arguments[0] else {
        let message = match &arguments[0] {
            Value::Set(_) => {
                "cannot slice a set, because its elements do not have indices; explicitly convert \
                 to a list if the ordering of the result is not important"
            }
            _ => "must be a list or tuple value",
        };
        return Err(blame(0, message));
    };
    let (start, end) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if start < 0 {
        return Err(blame(1, "start index must not be less than zero"));
    }
    if start > length {
        return Err(blame(1, "start index must not be greater than the length of the list"));
    }
    if end > length {
        return Err(blame(2, "end index must not be greater than the length of the list"));
    }
    if start > end {
        return Err(blame(1, "start index must not be greater than end index"));
    }
    let [start, end] = [start, end].map(|at| usize::try_from(at).unwrap_or(0));
    let part = items.get(start..end).unwrap_or_default().to_vec();
    let list = matches!(arguments[0], Value::List(_));
    Ok(if list { Value::List(part) } else { Value::Tuple(part) })
}

fn sort(arguments: &[Value]) -> Answer {
    let items = items(&arguments[0]);
    if let Some(at) = items.iter().position(|item| *item == Value::Null) {
        let message = format!("given list element {at} is null; a null string cannot be sorted");
        return Err(message.into());
    }
    let mut texts = texts(arguments, 0)?;
    texts.sort_unstable();
    Ok(Value::texts(texts))
}

fn sum(arguments: &[Value]) -> Answer {
    let items = members(&arguments[0]).ok_or_else(|| blame(0, "cannot sum noniterable"))?;
    if items.is_empty() {
        return Err(blame(0, "cannot sum an empty list"));
    }
    let mut total = Number::from(0);
    for item in items {
        match convert(item, &Type::Number) {
            Ok(Value::Number(number)) => {
                total = arithmetic::add(&total, &number)
                    .map_err(super::super::arithmetic::Fault::message)?;
            }
            _ => {
                let message = "argument must be list, set, or tuple of number values";
                return Err(blame(0, message));
            }
        }
    }
    Ok(Value::Number(total))
}
