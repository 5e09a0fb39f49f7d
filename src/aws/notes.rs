//! What AWS says once, when something is changed, and must be shown to ask about it later.
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Notes of one run, by what they are about. Nothing that a plan or another run relies on: whoever
/// finds none takes what AWS shows as settled.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<HashMap<String, String>>>);

impl Notes {
    /// Takes a note, in place of an older one.
    pub fn set(&self, about: String, note: String) {
        self.0.lock().expect("no one panics while holding it").insert(about, note);
    }
    /// The note about something.
    pub fn get(&self, about: &str) -> Option<String> {
        self.0.lock().expect("no one panics while holding it").get(about).cloned()
    }
    /// It is no longer needed.
    pub fn forget(&self, about: &str) {
        self.0.lock().expect("no one panics while holding it").remove(about);
    }
}
