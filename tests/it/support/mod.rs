//! What tests need: an emulator, and a place to run drctl in.
mod emulator;
mod place;

pub(crate) use emulator::Emulator;
pub(crate) use emulator::python;
pub(crate) use place::Place;
pub(crate) use place::Ran;
