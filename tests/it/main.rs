//! What drctl does, seen from outside: the program itself, against an emulator of AWS.
//!
//! One test program, because each one links all SDK crates. `tests/run` makes what it needs.
mod accounts;
mod adoption;
mod backup;
mod backup_chain;
mod checks;
mod cli;
mod cloudformation;
mod contract;
mod discover;
mod drift;
mod estate;
mod eventual;
mod fmt;
mod functions;
mod journey;
mod large;
mod manual;
mod modules;
mod moto;
mod paste;
mod permissions;
mod replace;
mod responder;
mod runtime;
mod sample;
mod services;
mod support;
mod trouble;
