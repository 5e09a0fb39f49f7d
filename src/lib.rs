//! drctl: disaster recovery for Amazon Aurora, declared in HCL and applied without a state file.
//!
//! A run is a line from files to AWS, and the rooms stand in the order in which data passes them:
//!
//! ```text
//! files -> lang -> config -> graph -> plan <-> live (reads) -> report
//!                                       |
//!                                       +---> apply (changes) -> report
//! ```
//!
//! | room | what it is |
//! |---|---|
//! | [`address`] | names for things: a resource in the configuration, a place in AWS |
//! | [`value`] | values; the only place where one may be unknown |
//! | [`diagnostic`] | what a person must fix in their files |
//! | [`lang`] | the language: text to syntax, expressions to values |
//! | [`schema`] | what attributes a type has; one declaration gives struct, table and manual |
//! | [`function`] | what handlers in Lambda are told and decide |
//! | [`config`] | files as declared blocks, held against the tables |
//! | [`graph`] | what needs what; expressions and what is known make wanted objects |
//! | [`diff`] | in what a live object is not as wanted |
//! | [`recoverability`] | what a difference does to the ability to recover, and how much it matters |
//! | [`plan`] | what to do: says what must be read, decides, puts steps in order |
//! | [`permissions`] | the least that a configuration needs, as policies of IAM |
//! | [`drift`] | a plan, read the other way: what AWS has that nobody declared |
//! | [`event`] | what happens, as data |
//! | [`finding`] | what must be true before an apply can succeed, and whether it is |
//! | [`report`] | plans, events and diagnostics as text and JSON |
//! | [`aws`] | clients for one account and Region, pace, failures |
//! | [`resources`] | the types, one file each |
//! | [`live`] | asks AWS what a plan must know |
//! | [`apply`] | carries a plan out |
//! | [`lease`] | one run at a time: the lock |
//! | [`check`] | looks whether all is true that must be before that |
//! | [`discover`] | writes what AWS has as a configuration |
//! | [`modules`] | the modules of the language that the binary carries |
//! | [`workspace`] | the directory of a configuration, read and checked; and from there to a plan |
//! | [`handlers`] | what runs in Lambda when something happens |
//! | [`trail`] | who changed what, by AWS's audit log |
//! | [`notify`] | tells people and systems what was found |
//! | [`forge`] | where changes are reviewed: comments, labels, statuses and issues |
//! | [`cli`] | a file for each command |
//!
//! A room imports only rooms above it in this table; `live`, `apply`
//! and `lease` do not see each other. The
//! rooms down to `report` are the core: no async, clock, environment, file or network in them.
//!
//! What holds throughout:
//!
//! 1. Unknown lives only in [`value::Value`]; typed structs are wholly known.
//! 2. One function makes wanted objects, for the plan and for applying it.
//! 3. After planning nothing is left to decide: applying may find that a step is no longer needed,
//!    never that another one is.
//! 4. Engine and resources emit events; only `report` makes text.
//! 5. Only `apply` calls create, update or delete.
//! 6. A live resource is its key in its scope; the address is a label.
//! 7. Only the engine sleeps, retries and counts time.
#![warn(missing_docs)]

pub mod address;
pub mod apply;
pub mod aws;
pub mod check;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod diff;
pub mod discover;
pub mod drift;
pub mod event;
pub mod finding;
pub mod forge;
pub mod function;
pub mod graph;
pub mod handlers;
pub mod lang;
pub mod lease;
pub mod live;
pub mod modules;
pub mod notify;
pub mod permissions;
pub mod plan;
pub mod recoverability;
pub mod report;
pub mod resources;
pub mod schema;
pub mod trail;
pub mod value;
pub mod workspace;
