//! Plans of thousands of resources: nothing on the way may need a stack, or a time, that grows faster
//! than they do. (What is quadratic makes this test take minutes; how long it takes is not judged.)
use crate::world::{Ask, World, provider};

fn chain(number: usize) -> String {
    let mut hcl = provider();
    for index in 0..number {
        let uses = match index {
            0 => String::new(),
            _ => format!("  uses = [toy_network.n{}.id]\n", index - 1),
        };
        hcl.push_str(&format!(
            "resource \"toy_network\" \"n{index}\" {{\n  name = \"n{index}\"\n{uses}}}\n"
        ));
    }
    hcl
}

fn repeated(number: usize) -> String {
    format!(
        "{}resource \"toy_network\" \"n\" {{\n  count = {number}\n  name  = \"n${{count.index}}\"\n}}\n\
         resource \"toy_key\" \"k\" {{\n  on   = toy_network.n[{}].id\n  \
         uses = toy_network.n[*].id\n}}\n",
        provider(),
        number - 1
    )
}

/// Plans it, which must take that many steps.
fn planned(hcl: String, steps: usize) {
    let ask = Ask { bare: true, ..Ask::new(hcl) };
    let went = World::new().plan(&ask);
    assert_eq!(went.plan.expect("it can be planned").steps.len(), steps);
}

#[test]
fn two_thousand_resources_in_a_row_are_planned() {
    planned(chain(2_000), 2_000);
}

#[test]
fn two_thousand_instances_of_one_block_are_planned() {
    planned(repeated(2_000), 2_001);
}
