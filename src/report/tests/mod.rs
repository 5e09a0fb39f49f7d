//! Whole texts, compared as they are.
mod drift;
mod hostile;
mod plans;
mod reviews;
mod runs;
mod values;
mod wrong;
