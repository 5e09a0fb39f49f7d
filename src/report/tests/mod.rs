//! Whole texts, compared as they are.
mod drift;
mod hostile;
mod plans;
mod runs;
mod values;
mod wrong;
