//! The engine in a simulated cloud of toy types: no account, no network, no emulator.
//!
//! `cloud` is what AWS would be, `toys` are resource types over it, `world` runs plans and applies
//! as the command line does. On these stand the tests: `scenarios` compares whole transcripts,
//! `convergence` lets chance choose the configurations and the failures, `positions` hits each call
//! of a run, `order` holds the steps of plans against a model of its own, `many` says that planning
//! is not quadratic.
mod cloud;
mod convergence;
mod many;
mod order;
mod positions;
mod scenarios;
mod toys;
mod wire;
mod world;
