//! Syntax whose text stands somewhere else: in a string of JSON, where escapes take more room.
use super::{Expression, Kind, Part, StepKind, Template, Word};

impl Expression {
    /// Gives every part the place that `place` tells for where it begins and ends.
    pub(in crate::lang) fn moved(&mut self, place: &dyn Fn(usize) -> usize) {
        self.range = place(self.range.start)..place(self.range.end);
        match &mut self.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Name(_) => {}
            Kind::Template(template) => template.moved(place),
            Kind::Tuple(items) => items.iter_mut().for_each(|item| item.moved(place)),
            Kind::Object(members) => {
                for member in members {
                    member.key.moved(place);
                    member.value.moved(place);
                }
            }
            Kind::Parentheses(inner) | Kind::Not(inner) | Kind::Negative(inner) => {
                inner.moved(place);
            }
            Kind::Conditional(conditional) => {
                conditional.condition.moved(place);
                conditional.yes.moved(place);
                conditional.no.moved(place);
            }
            Kind::Call(call) => {
                call.name.moved(place);
                call.arguments.iter_mut().for_each(|argument| argument.moved(place));
            }
            Kind::Traversal(traversal) => {
                traversal.from.moved(place);
                for step in &mut traversal.steps {
                    step.range = place(step.range.start)..place(step.range.end);
                    if let StepKind::Index(index) = &mut step.kind {
                        index.moved(place);
                    }
                }
            }
            Kind::Operation(row) => {
                row.first.moved(place);
                row.rest.iter_mut().for_each(|(_, operand)| operand.moved(place));
            }
            Kind::For(each) => {
                each.key_name.iter_mut().for_each(|name| name.moved(place));
                each.value_name.moved(place);
                each.collection.moved(place);
                each.key.iter_mut().for_each(|key| key.moved(place));
                each.value.moved(place);
                each.condition.iter_mut().for_each(|condition| condition.moved(place));
            }
        }
    }
}

impl Template {
    pub(in crate::lang) fn moved(&mut self, place: &dyn Fn(usize) -> usize) {
        for part in &mut self.parts {
            match part {
                Part::Text(_) => {}
                Part::Value(value) => value.moved(place),
                Part::If(choice) => {
                    choice.condition.moved(place);
                    choice.yes.moved(place);
                    choice.no.moved(place);
                }
                Part::For(each) => {
                    each.key.iter_mut().for_each(|name| name.moved(place));
                    each.value.moved(place);
                    each.collection.moved(place);
                    each.body.moved(place);
                }
            }
        }
    }
}

impl Word {
    fn moved(&mut self, place: &dyn Fn(usize) -> usize) {
        self.range = place(self.range.start)..place(self.range.end);
    }
}
