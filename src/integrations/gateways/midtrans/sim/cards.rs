//! How the simulated Midtrans reads cards: the script a page loads, and the token it gets for a number. Source: payments
//! sheet, A.4.8 and A.11.
use super::desk::Desk;
use actix_web::{HttpResponse, http::header, web};
use entity::value::next_ulid;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The vendor's script in short: it asks for a token and leads to the bank's page and back.
const SCRIPT: &str = include_str!("midtrans-new-3ds.js");

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v2/assets/js/midtrans-new-3ds.min.js", web::get().to(script))
        .route("/v2/token", web::get().to(token));
}

/// What the fraud detection and the bank think of a card, by its masked number.
pub(super) fn doubt(masked: &str) -> Option<&'static str> {
    match masked {
        "46111111-1116" => Some("deny"),
        "45111111-1117" => Some("challenge"),
        _ => None,
    }
}

/// Whether the bank of a card refuses it.
pub(super) fn is_refused(masked: &str) -> bool {
    matches!(masked, "49111111-1113" | "51111111-1118" | "44724298-6670")
}

async fn script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(SCRIPT)
}

#[derive(Deserialize)]
struct Card {
    #[serde(default)]
    client_key: String,
    #[serde(default)]
    card_number: String,
    #[serde(default)]
    card_cvv: String,
    #[serde(default)]
    card_exp_month: String,
    #[serde(default)]
    card_exp_year: String,
}

impl Card {
    fn faults(&self) -> Vec<&'static str> {
        let is_number =
            |text: &str, least: usize| text.len() >= least && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut faults = Vec::new();
        if !is_number(&self.card_number, 12) || !has_check_digit(&self.card_number) {
            faults.push("card_number does not match with luhn algorithm");
        }
        if !is_number(&self.card_cvv, 3) {
            faults.push("card_cvv must be 3 or 4 digits");
        }
        if !is_number(&self.card_exp_month, 2) || !is_number(&self.card_exp_year, 4) {
            faults.push("card_exp_month and card_exp_year are required");
        }
        faults
    }

    /// First eight and last four digits.
    fn masked(&self) -> String {
        let last = self.card_number.len().saturating_sub(4);
        format!(
            "{}-{}",
            self.card_number.get(..8).unwrap_or_default(),
            self.card_number.get(last..).unwrap_or_default()
        )
    }
}

/// Luhn's check.
fn has_check_digit(number: &str) -> bool {
    let weighed = number.bytes().rev().enumerate().map(|(place, byte)| {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        let doubled = digit * 2;
        if place % 2 == 0 { digit } else { doubled / 10 + doubled % 10 }
    });
    weighed.sum::<u32>() % 10 == 0
}

async fn token(desk: web::Data<Arc<Desk>>, card: web::Query<Card>) -> HttpResponse {
    let expected = desk.look(|state| state.client_key());
    let body = if card.client_key != expected {
        json!({"status_code": "401", "status_message": "Transaction cannot be authorized with the current client/server key."})
    } else if card.faults().is_empty() {
        let masked = card.masked();
        let token = format!("{masked}-{}", super::render::uuid(next_ulid().0));
        let kept = desk.change(|state, _, _| {
            state.keep_token(token.clone(), masked.clone());
            Ok(())
        });
        match kept {
            Ok(()) => json!({
                "status_code": "200",
                "status_message": "Credit card token is created as Token ID.",
                "token_id": token,
                "hash": masked,
            }),
            Err(refused) => json!({"status_code": refused.code.to_string(), "status_message": refused.message}),
        }
    } else {
        json!({
            "status_code": "400",
            "status_message": "One or more parameters in the payload is invalid.",
            "validation_messages": card.faults(),
        })
    };
    // The page that asks is not ours.
    HttpResponse::Ok().insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")).json(body)
}

#[cfg(test)]
mod tests {
    use super::has_check_digit;

    #[test]
    fn a_mistyped_number_has_another_check_digit() {
        assert!(has_check_digit("4811111111111114"));
        assert!(!has_check_digit("4811111111111115"));
    }
}
