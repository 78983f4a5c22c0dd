//! What staff write on documents themselves: lines in words, and text around them. Quotes and drafts of invoices are read
//! alike.
use crate::kernel::fault::FieldFault;
use entity::value::contact;

/// Lines of a document at most.
pub const MOST_LINES: usize = 30;
/// Largest price of one, minor units.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// Largest quantity of a line in words.
pub const MAX_QUANTITY: i64 = 10_000;
/// Longest words of a line, in characters.
pub const LONGEST_LINE: usize = 255;
/// Longest text around the lines, in characters.
pub const LONGEST_TEXT: usize = 2_000;

/// Reads a line in words: `at` is its place among the lines, from zero, `unit_minor` the price of one, net. What is wrong
/// is added to `faults`, under `lines[0].description` and so on. Returns the words as they are stored.
pub fn line(at: usize, description: &str, quantity: i64, unit_minor: i64, faults: &mut Vec<FieldFault>) -> String {
    let field = |name: &str| format!("lines[{at}].{name}");
    let description = contact::line(description, LONGEST_LINE).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of(field("description"), wrong));
        String::new()
    });
    within(field("quantity"), quantity, 1, MAX_QUANTITY, faults);
    within(field("price"), unit_minor, 0, MAX_AMOUNT, faults);
    description
}

/// Notes at `field` that `value` is not from `least` to `most`.
pub fn within(field: String, value: i64, least: i64, most: i64, faults: &mut Vec<FieldFault>) {
    if !(least..=most).contains(&value) {
        faults.push(FieldFault::new(field, "out_of_range").with("min", least).with("max", most));
    }
}

/// Words of several lines. What is wrong is added to `faults`, under `field`. Returns the words as they are stored.
pub fn text(field: &'static str, typed: &str, faults: &mut Vec<FieldFault>) -> String {
    let text: String = typed.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if text.chars().count() > LONGEST_TEXT {
        faults.push(FieldFault::new(field, "too_long").with("max", LONGEST_TEXT));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_line_stands_at_its_place() {
        let mut faults = Vec::new();
        assert_eq!(line(0, "  Pelatihan ", 1, 0, &mut faults), "Pelatihan");
        assert!(faults.is_empty());
        line(2, " ", 0, -1, &mut faults);
        line(3, &"x".repeat(256), MAX_QUANTITY + 1, MAX_AMOUNT + 1, &mut faults);
        let found: Vec<(&str, &str)> = faults.iter().map(|fault| (fault.field.as_str(), &*fault.code)).collect();
        let wrong = [
            ("lines[2].description", "required"),
            ("lines[2].quantity", "out_of_range"),
            ("lines[2].price", "out_of_range"),
            ("lines[3].description", "too_long"),
            ("lines[3].quantity", "out_of_range"),
            ("lines[3].price", "out_of_range"),
        ];
        assert_eq!(found, wrong);
    }
}
