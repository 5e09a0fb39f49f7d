//! What a piece of text means, and how a terminal shows that.

/// What a piece of text is, for a reader; colours follow from it and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A heading or a name.
    Bold,
    /// What may be skipped.
    Dim,
    /// What will be there.
    Added,
    /// What will be different.
    Changed,
    /// What will be gone.
    Removed,
    /// What is only read.
    Read,
    /// What stops the run or destroys something.
    Error,
    /// What the user should know.
    Warning,
    /// Success.
    Done,
    /// The part of a line that is meant.
    Underline,
}

impl Style {
    /// Parameters of the ANSI sequence that begins this style.
    const fn codes(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "90",
            Self::Added => "32",
            Self::Changed => "33",
            Self::Removed => "31",
            Self::Read => "36",
            Self::Error => "1;31",
            Self::Warning => "1;33",
            Self::Done => "1;32",
            Self::Underline => "4",
        }
    }
}

/// What the place that shows the text is able to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether colours are wanted. The text is complete without them.
    pub color: bool,
    /// Whether lines and boxes may be drawn with characters beyond ASCII.
    pub unicode: bool,
    /// Columns of a line, for prose; what is code is never wrapped.
    pub width: usize,
}

impl Paint {
    /// For a file or a pipe: no colours, 80 columns.
    pub const PLAIN: Self = Self { color: false, unicode: true, width: 80 };

    /// The text in that style. The text must not hold line breaks that belong to the layout.
    pub fn paint(self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", style.codes())
        } else {
            text.to_owned()
        }
    }
    /// A line across.
    pub fn rule(self) -> String {
        let line = if self.unicode { "─" } else { "-" };
        line.repeat(self.width.saturating_sub(1).clamp(1, 77))
    }
}
