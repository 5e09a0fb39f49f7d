//! Diagnostics as a person reads them: what, where, why, and what to do.
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::snippet::Snippet;
use crate::report::style::{Paint, Style};
use crate::report::text;

/// All of them, errors last: what matters most is nearest to the prompt. Ends in a line break unless
/// there are none.
pub fn render(diagnostics: &[Diagnostic], paint: Paint) -> String {
    let of = |severity| diagnostics.iter().filter(move |one| one.severity == severity);
    let mut once: Vec<&Diagnostic> = Vec::new();
    for diagnostic in of(Severity::Warning).chain(of(Severity::Error)) {
        if !once.contains(&diagnostic) {
            once.push(diagnostic);
        }
    }
    let rendered: Vec<String> = once.into_iter().map(|one| self::one(one, paint)).collect();
    rendered.join("\n")
}

/// One diagnostic. In a box if boxes can be drawn and coloured, as Terraform has it.
pub fn one(diagnostic: &Diagnostic, paint: Paint) -> String {
    let boxed = paint.color && paint.unicode;
    let margin = if boxed { 2 } else { 0 };
    let lines = lines(diagnostic, Paint { width: paint.width.saturating_sub(margin), ..paint });
    if !boxed {
        return lines.join("\n") + "\n";
    }
    let style = style(diagnostic.severity);
    let mut out = format!("{}\n", paint.paint(style, "╷"));
    for line in lines {
        let line = format!("{} {line}", paint.paint(style, "│"));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out + &paint.paint(style, "╵") + "\n"
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => Style::Error,
        Severity::Warning => Style::Warning,
    }
}

fn lines(diagnostic: &Diagnostic, paint: Paint) -> Vec<String> {
    let Diagnostic { severity, summary, detail, span, hint, called } = diagnostic;
    let word = match severity {
        Severity::Error => "Error: ",
        Severity::Warning => "Warning: ",
    };
    let summary = paint.paint(Style::Bold, &text::safe(summary));
    let mut lines = vec![format!("{}{summary}", paint.paint(style(*severity), word))];
    if let Some(span) = span {
        let snippet = Snippet::of(span);
        let within =
            snippet.context.as_ref().map_or(String::new(), |block| format!(", in {block}"));
        let file = text::safe(&span.source.name);
        lines.push(String::new());
        lines.push(format!("  on {file} line {}{within}:", snippet.first_line));
        lines.extend(snippet.render(paint));
    }
    if let Some((module, call)) = called {
        let (file, (line, _)) = (text::safe(&call.source.name), call.start());
        lines.push(String::new());
        lines.push(format!(
            "  in {}, called on {file} line {line}",
            text::safe(&module.to_string())
        ));
    }
    if !detail.is_empty() {
        lines.push(String::new());
        lines.extend(text::wrap(&text::safe_lines(detail), paint.width.max(20)));
    }
    if let Some(hint) = hint {
        let columns = paint.width.saturating_sub("hint: ".len()).max(20);
        lines.push(String::new());
        for (index, line) in text::wrap(&text::safe_lines(hint), columns).iter().enumerate() {
            let label =
                if index == 0 { paint.paint(Style::Done, "hint:") + " " } else { " ".repeat(6) };
            lines.push(format!("{label}{line}"));
        }
    }
    lines
}
