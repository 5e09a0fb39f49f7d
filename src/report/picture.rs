//! What depends on what, for programs that draw.
use std::fmt::Write as _;

/// Who needs whom, by name.
type Arrow = (String, String);

/// For Graphviz. Arrows point from what needs to what is needed.
pub fn dot(blocks: &[String], arrows: &[Arrow]) -> String {
    let mut text = "digraph {\n  rankdir = \"RL\"\n  node [shape = rect]\n".to_owned();
    for block in blocks {
        let _ = writeln!(text, "  {}", quoted(block));
    }
    for (from, to) in arrows {
        let _ = writeln!(text, "  {} -> {}", quoted(from), quoted(to));
    }
    text.push_str("}\n");
    text
}

/// For Markdown.
pub fn mermaid(blocks: &[String], arrows: &[Arrow]) -> String {
    let name = |block: &str| blocks.iter().position(|known| known == block);
    let mut text = "flowchart RL\n".to_owned();
    for (index, block) in blocks.iter().enumerate() {
        let _ = writeln!(text, "  n{index}[\"{}\"]", block.replace('"', "#quot;"));
    }
    for (from, to) in arrows {
        if let (Some(from), Some(to)) = (name(from), name(to)) {
            let _ = writeln!(text, "  n{from} --> n{to}");
        }
    }
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_to_what_is_needed() {
        let blocks = ["aws_sns_topic.a".to_owned(), "aws_kms_key.b".to_owned()];
        let arrows = [(blocks[0].clone(), blocks[1].clone())];
        insta::assert_snapshot!(dot(&blocks, &arrows), @r#"
        digraph {
          rankdir = "RL"
          node [shape = rect]
          "aws_sns_topic.a"
          "aws_kms_key.b"
          "aws_sns_topic.a" -> "aws_kms_key.b"
        }
        "#);
        insta::assert_snapshot!(mermaid(&blocks, &arrows), @r#"
        flowchart RL
          n0["aws_sns_topic.a"]
          n1["aws_kms_key.b"]
          n0 --> n1
        "#);
    }
}
