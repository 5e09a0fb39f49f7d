//! What a planned change does to the ability to recover, and to data.
use std::cmp::Reverse;

use crate::plan::{Change, Plan, Planned};
use crate::recoverability::{self, Effect, Severity};

impl Planned {
    /// What carrying it out brings about for whoever has to recover, the worst first. What is not
    /// known yet is not judged.
    pub fn effects(&self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = match &self.change {
            Change::Update { fields, .. } | Change::Replace { fields, .. } => fields
                .iter()
                .filter(|field| field.after.is_known())
                .flat_map(|field| {
                    recoverability::effects(self.spec, field.name, &field.before, &field.after)
                })
                .collect(),
            Change::Delete => recoverability::absence(self.spec).into_iter().collect(),
            Change::Create
            | Change::Adopt { .. }
            | Change::Forget
            | Change::Stay(_)
            | Change::Keep
            | Change::Read
            | Change::Blocked(_) => Vec::new(),
        };
        effects.sort_by(|a, b| b.cmp(a));
        effects.dedup();
        effects
    }

    /// Whether data goes away that cannot be had back.
    pub fn destroys_data(&self) -> bool {
        self.spec.data_bearing && matches!(self.change, Change::Delete | Change::Replace { .. })
    }
}

impl Plan {
    /// Everything that makes recovery impossible, slower or blind, the worst first.
    pub fn lowered(&self) -> Vec<(&Planned, Effect)> {
        let mut all: Vec<(&Planned, Effect)> = Vec::new();
        for planned in self.changes.values() {
            let heavy = planned.effects().into_iter().filter(|one| one.severity >= Severity::High);
            all.extend(heavy.map(|effect| (planned, effect)));
        }
        all.sort_by_key(|(_, effect)| Reverse(effect.severity));
        all
    }
}
