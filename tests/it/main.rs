//! What drctl does, seen from outside: the program itself, against an emulator of AWS.
//!
//! One test program, because each one links all SDK crates. `tests/run` makes what it needs.
mod accounts;
mod adoption;
mod backup;
mod backup_chain;
mod built_in;
mod buses;
mod checks;
mod cli;
mod cloudformation;
mod contract;
mod discover;
mod documentation;
mod drift;
mod drift_cron;
mod drift_function;
mod estate;
mod eventual;
mod fmt;
mod functions;
mod journey;
mod large;
mod lock;
mod manual;
mod modules;
mod moto;
mod ownership;
mod paste;
mod replace;
mod responder;
mod runtime;
mod sample;
mod saved;
mod services;
mod support;
mod trouble;
