//! What drctl does, seen from outside: the program itself, against an emulator of AWS.
//!
//! One test program, because each one links all SDK crates. `tests/run` makes what it needs.
mod cli;
mod contract;
mod estate;
mod fmt;
mod journey;
mod large;
mod modules;
mod moto;
mod paste;

mod sample;
mod services;
mod support;
mod trouble;
