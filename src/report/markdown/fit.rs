//! As much as a limit allows: details are given up one by one, and nothing is ever cut in two.

/// Something that can be told at length or in short.
#[derive(Debug, Clone)]
pub struct Item {
    /// With all that there is to it; ends in a line break.
    pub full: String,
    /// On one line of a list; ends in a line break.
    pub brief: String,
}

/// What a limit has left of many items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// Those at length, then those in short, then how many are not named at all.
    pub text: String,
    /// How many are told in short.
    pub brief: usize,
    /// How many are not even named.
    pub left: usize,
}

impl Fitted {
    /// Whether anything was given up.
    pub const fn is_whole(&self) -> bool {
        self.brief == 0 && self.left == 0
    }
}

/// Room for the heading of what is told in short, and for the line about the rest.
const NOTES: usize = 160;

/// Tells items, the most important first, in at most `room` bytes: all are named before any is told
/// at length.
pub fn fit(items: &[Item], room: usize) -> Fitted {
    let whole: usize = items.iter().map(|item| item.full.len() + 1).sum();
    if whole <= room {
        let text = items.iter().map(|item| format!("\n{}", item.full)).collect();
        return Fitted { text, brief: 0, left: 0 };
    }
    let room = room.saturating_sub(NOTES);
    let named: usize = items.iter().map(|item| item.brief.len()).sum();
    let mut spare = room.saturating_sub(named);
    let (mut at_length, mut in_short) = (String::new(), String::new());
    let (mut brief, mut left) = (0, 0);
    for item in items {
        let more = (item.full.len() + 1).saturating_sub(item.brief.len());
        if named <= room && more <= spare {
            spare -= more;
            at_length.push_str(&format!("\n{}", item.full));
        } else if left == 0 && (named <= room || in_short.len() + item.brief.len() <= room) {
            brief += 1;
            in_short.push_str(&item.brief);
        } else {
            left += 1;
        }
    }
    let mut text = at_length;
    if brief > 0 {
        text.push_str(&format!("\nNamed only, for want of room:\n\n{in_short}"));
    }
    if left > 0 {
        text.push_str(&format!("\nAnd {left} more, for which there is no room here.\n"));
    }
    Fitted { text, brief, left }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(full: &[usize]) -> Vec<Item> {
        let one = |(number, length): (usize, &usize)| Item {
            full: format!("{}{number}\n", "f".repeat(*length)),
            brief: format!("* {number}\n"),
        };
        full.iter().enumerate().map(one).collect()
    }

    #[test]
    fn what_matters_most_is_told_at_length_first() {
        assert!(fit(&items(&[10, 10]), 100).is_whole());
        let fitted = fit(&items(&[500, 100, 100]), 400);
        assert_eq!((fitted.brief, fitted.left), (1, 0), "{}", fitted.text);
        assert!(fitted.text.contains("* 0\n"), "what is too long is named: {}", fitted.text);
        let fitted = fit(&items(&[500; 60]), 200);
        assert_eq!((fitted.brief, fitted.left), (10, 50), "{}", fitted.text);
        let fitted = fit(&items(&[500; 6]), 0);
        assert_eq!((fitted.brief, fitted.left), (0, 6));
    }

    #[test]
    fn the_room_is_kept() {
        for room in (NOTES..3000).step_by(7) {
            let fitted = fit(&items(&[5, 900, 40, 300, 2, 2, 700]), room);
            assert!(fitted.text.len() <= room, "{} > {room}", fitted.text.len());
        }
    }
}
