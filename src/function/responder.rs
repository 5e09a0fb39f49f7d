//! The handler `responder`: what it is told.
use crate::attributes;

attributes! {
    /// Acts on a switchover or failover of one global database.
    pub struct Responder {
        /// Identifier of the global database whose events are answered. Events of others are refused.
        global_cluster_identifier: String,
    }
}

impl Responder {
    /// Where parts do not fit each other.
    pub fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}
