//! Invoices that staff write line by line.
use super::{World, shop::Buyer};
use entity::billing::invoice;
use yumna::domain::billing::invoice::draft::{self, DraftInput, DraftLine};

/// So many of something at this price of one.
pub fn line(description: &str, quantity: i64, unit_minor: i64) -> DraftLine {
    DraftLine { id: None, description: description.to_owned(), quantity, unit_minor }
}

impl World {
    /// A draft of these lines.
    pub async fn writes(&self, buyer: &Buyer, lines: Vec<DraftLine>) -> invoice::Model {
        let input = DraftInput { lines, ..DraftInput::default() };
        draft::create(&self.staff("ana"), &buyer.customer_id, input).await.unwrap()
    }
}
