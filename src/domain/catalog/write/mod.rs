//! Changes of the catalog by staff and seeds. Prices and resources changed here are for future sales only: a running
//! contract keeps the price it was sold for, and a plan that was sold keeps its resources (ADR 0107). Nothing is ever
//! deleted, so that a word in addresses is never used twice; what is not sold any more is hidden for a while or retired
//! for good.
mod categories;
mod features;
mod options;
mod plans;
mod prices;
mod products;

pub use categories::{CategoryInput, add_category, change_category, set_category_visibility};
pub use features::{FEATURE_MARK, Feature, MAX_FEATURES, set_features};
pub use options::{
    MAX_UNITS, MAX_VALUES, NewOptionPrice, OptionFacts, UNIT, ValueFacts, YES, add_option, option_seen,
    remove_option_price, retire_option, revise_option, save_option, set_option_price,
};
pub use plans::{
    NewPlan, PlanFacts, add_plan, copy_plan, retire_plan, revise_plan, set_plan_visibility, set_quota_total,
};
pub use prices::{NewPrice, remove_price, set_price};
pub use products::{
    NewProduct, ProductFacts, add_product, retire_product, revise_product, set_downgrades, set_product_visibility,
    set_trial,
};

use super::CatalogError;
use crate::kernel::fault::FieldFault;
use entity::value::contact::{self, Wrong};

/// Longest name, in characters.
pub const MAX_NAME: usize = 80;
/// Longest tagline, in characters.
pub const MAX_TAGLINE: usize = 200;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 4_000;
/// The largest order on a page that is believed.
const MAX_POSITION: i32 = 1_000_000;

/// Words in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
}

/// Whether something is offered in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Offered.
    Shown,
    /// Not offered; running contracts go on.
    Hidden,
}

impl Visibility {
    fn is_hidden(self) -> bool {
        self == Self::Hidden
    }
}

/// What is wrong with an input, field by field.
#[derive(Default)]
struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, code: &'static str) {
        self.0.push(FieldFault::new(field, code));
    }

    /// A text that is right, or nothing and what is wrong with it.
    fn text(&mut self, field: impl Into<String>, checked: Result<String, Wrong>) -> String {
        checked.unwrap_or_else(|wrong| {
            self.0.push(FieldFault::of(field, wrong));
            String::new()
        })
    }

    /// A line in both languages; `field` stands before `_id` and `_en`.
    fn words(&mut self, field: &str, words: &Words, max: usize) -> Words {
        Words {
            id: self.text(format!("{field}_id"), contact::line(&words.id, max)),
            en: self.text(format!("{field}_en"), contact::line(&words.en, max)),
        }
    }

    /// Paragraphs in both languages, or in none.
    fn paragraphs(&mut self, field: &str, words: &Words, max: usize) -> Words {
        let is_empty = words.id.trim().is_empty() && words.en.trim().is_empty();
        let mut read = |language: &str, text: &str| {
            let checked = paragraphs(text, max);
            let text = self.text(format!("{field}_{language}"), checked);
            if text.is_empty() && !is_empty && !self.0.iter().any(|fault| fault.field == format!("{field}_{language}"))
            {
                self.add(format!("{field}_{language}"), "required");
            }
            text
        };
        Words { id: read("id", &words.id), en: read("en", &words.en) }
    }

    fn range(&mut self, field: impl Into<String>, value: i64, least: i64, most: i64) {
        if !(least..=most).contains(&value) {
            self.0.push(FieldFault::new(field, "out_of_range").with("min", least).with("max", most));
        }
    }

    fn position(&mut self, position: i32) {
        self.range("position", position.into(), 0, MAX_POSITION.into());
    }

    fn slug(&mut self, field: &'static str, slug: &str) {
        if !is_slug(slug) {
            self.add(field, "slug");
        }
    }

    fn refuse(self) -> Result<(), CatalogError> {
        if self.0.is_empty() { Ok(()) } else { Err(CatalogError::Invalid(self.0)) }
    }
}

/// Paragraphs without surrounding space, parted by empty lines; nothing is nothing.
fn paragraphs(text: &str, max: usize) -> Result<String, Wrong> {
    let text = text.replace("\r\n", "\n");
    let lines: Vec<String> = text.trim().lines().map(|line| line.trim_end().to_owned()).collect();
    for line in &lines {
        contact::optional_line(line, max)?;
    }
    let text = lines.join("\n");
    if text.chars().count() > max {
        return Err(Wrong { code: "too_long", max: Some(max) });
    }
    Ok(text)
}

/// A word in addresses: 1 to 60 of `a-z`, `0-9` and single hyphens inside.
fn is_slug(slug: &str) -> bool {
    (1..=60).contains(&slug.len())
        && slug
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

fn taken_unless(inserted: u64, field: &'static str) -> Result<(), CatalogError> {
    if inserted == 1 { Ok(()) } else { Err(CatalogError::Invalid(vec![FieldFault::new(field, "taken")])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_addresses_is_lower_case_with_single_hyphens() {
        for good in ["n8n", "n8n-basic", "a1-b2-c3"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "N8n", "-n8n", "n8n-", "n8n--x", "n 8n", "n8n/../x", &"a".repeat(61)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn a_description_is_there_in_both_languages_or_in_none() {
        let wrong = |id: &str, en: &str| {
            let mut faults = Faults::default();
            let read = faults.paragraphs("description", &Words { id: id.into(), en: en.into() }, 20);
            let fields: Vec<String> =
                faults.0.into_iter().map(|fault| format!("{}:{}", fault.field, fault.code)).collect();
            (read.id, fields.join(" "))
        };
        assert_eq!(wrong("", " \n "), (String::new(), String::new()));
        assert_eq!(wrong(" Satu \r\n\r\nDua\n", "One"), ("Satu\n\nDua".to_owned(), String::new()));
        assert_eq!(wrong("Satu", "").1, "description_en:required");
        assert_eq!(wrong("Satu\u{202e}", "One").1, "description_id:control_characters");
        assert_eq!(wrong(&"a".repeat(21), "One").1, "description_id:too_long");
    }
}
