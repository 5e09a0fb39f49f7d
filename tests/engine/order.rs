//! The steps of plans, held against what each block needs.
use drctl::address::BlockAddress;

use crate::world::{Ask, Workspace, World, provider, steps_of, waits_for};
use drctl::graph::Node;
use drctl::plan::Plan;

/// Nothing is made before what it needs, and nothing goes before what needs it.
pub(crate) fn check_order(plan: &Plan, hcl: &str) {
    let workspace = Workspace::open(&Ask::new(hcl)).expect("what was planned can be read");
    let blocks: Vec<BlockAddress> = workspace.module.blocks.keys().cloned().collect();
    for block in &blocks {
        let needed = workspace.graph.blocks_needed(&Node::Block(block.clone()));
        for other in needed {
            for made in steps_of(plan, block, false) {
                for before in steps_of(plan, other, false) {
                    assert!(waits_for(plan, made, before), "{block} is made before {other}");
                }
            }
            for gone in steps_of(plan, other, true) {
                for before in steps_of(plan, block, true) {
                    assert!(waits_for(plan, gone, before), "{other} goes before {block}");
                }
            }
        }
    }
}

fn plan(world: &World, hcl: &str) -> Plan {
    let went = world.plan(&Ask::new(hcl));
    went.plan.unwrap_or_else(|| panic!("{}", went.text))
}

fn verbs(plan: &Plan) -> Vec<String> {
    // In an order in which they may be carried out, the first possible one each time.
    let mut done = std::collections::BTreeSet::new();
    let mut out = Vec::new();
    while let Some(step) = plan
        .steps
        .iter()
        .find(|s| !done.contains(&s.id) && s.after.iter().all(|before| done.contains(before)))
    {
        done.insert(step.id);
        out.push(format!("{:?} {}", step.verb, step.address).to_lowercase());
    }
    out
}

fn chain(shape: &str, lifecycle: &str) -> String {
    format!(
        "{}
        resource \"toy_key\" \"a\" {{
          shape = \"{shape}\"
          {lifecycle}
        }}
        resource \"toy_key\" \"b\" {{
          on = toy_key.a.id
        }}
        resource \"toy_key\" \"c\" {{
          uses = [toy_key.b.id]
        }}",
        provider()
    )
}

#[test]
fn a_chain_is_taken_down_from_its_end_and_built_up_from_its_beginning() {
    let world = World::new();
    world.apply(&Ask::new(chain("x", "")), &mut || {});
    let after = plan(&world, &chain("y", ""));
    check_order(&after, &chain("y", ""));
    assert_eq!(
        verbs(&after),
        [
            "delete toy_key.b",
            "delete toy_key.a",
            "create toy_key.a",
            "create toy_key.b",
            "update toy_key.c",
        ]
    );
}

#[test]
fn what_is_created_first_goes_once_its_users_use_the_new_one() {
    let world = World::new();
    let lifecycle = "lifecycle { create_before_destroy = true }";
    world.apply(&Ask::new(chain("x", lifecycle)), &mut || {});
    let hcl = chain("y", lifecycle);
    let after = plan(&world, &hcl);
    check_order(&after, &hcl);
    let verbs = verbs(&after);
    let at = |what: &str| verbs.iter().position(|verb| verb == what).expect(what);
    assert!(at("create toy_key.a") < at("create toy_key.b"));
    assert!(at("delete toy_key.b") < at("delete toy_key.a"));
    assert!(at("create toy_key.b") < at("delete toy_key.a"));
}

#[test]
fn created_first_but_standing_on_what_must_go_first_is_refused_not_forgotten() {
    let world = World::new();
    let hcl = |shape: &str| {
        format!(
            "{}
            resource \"toy_network\" \"n\" {{
              name  = \"n\"
              shape = \"{shape}\"
            }}
            resource \"toy_key\" \"k\" {{
              on = toy_network.n.id
              lifecycle {{ create_before_destroy = true }}
            }}",
            provider()
        )
    };
    world.apply(&Ask::new(hcl("x")), &mut || {});
    let went = world.plan(&Ask::new(hcl("y")));
    assert!(went.plan.is_none(), "{}", went.text);
    assert!(
        went.text.contains("toy_key.k") && went.text.contains("toy_network.n"),
        "{}",
        went.text
    );
}
