//! `/api/panel/invoices/{id}/late-fees`: what being late costs.
use crate::{
    api::{ApiResult, principal::Member, problem::Problem},
    domain::{
        billing::invoice::{self, display_status},
        subscriptions::late_fee::{self, LateFacts},
    },
    kernel::permission::may,
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use entity::value::InvoiceId;
use serde::Serialize;
use utoipa::ToSchema;

/// The fee that comes next.
#[derive(Serialize, ToSchema)]
struct LateFeeComing {
    /// Of what is open now, net, minor units.
    amount: i64,
    /// From when on; in the past: within the hour.
    at: DateTime<Utc>,
}

/// A fee that was charged.
#[derive(Serialize, ToSchema)]
struct LateFeeOut {
    /// The invoice that asks for it.
    invoice_id: String,
    invoice_number: Option<String>,
    /// How that invoice stands.
    status: &'static str,
    /// Net, minor units.
    amount: i64,
    currency: String,
    charged_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct LateFeesOut {
    /// Null: none comes.
    coming: Option<LateFeeComing>,
    /// Oldest first.
    fees: Vec<LateFeeOut>,
    /// The invoice that was late, where this one asks for the fee; null otherwise.
    late_invoice_id: Option<String>,
}

impl LateFeesOut {
    fn of(facts: LateFacts, now: DateTime<Utc>) -> Self {
        let LateFacts { coming, fees, of, bills } = facts;
        let fee = |row: entity::billing::late_fee::Model| {
            let bill = bills.get(&row.fee_invoice_id);
            LateFeeOut {
                invoice_number: bill.and_then(|bill| bill.number.clone()),
                status: bill.map_or("issued", |bill| display_status(bill, now).as_str()),
                invoice_id: row.fee_invoice_id.0,
                amount: row.amount_minor,
                currency: row.currency,
                charged_at: row.charged_at,
            }
        };
        Self {
            coming: coming.map(|fee| LateFeeComing { amount: fee.amount_minor, at: fee.at }),
            fees: fees.into_iter().map(fee).collect(),
            late_invoice_id: of.map(|fee| fee.invoice_id.0),
        }
    }
}

/// Fees for an invoice being late: those that were charged, and the one that comes next if it stays open.
#[utoipa::path(tag = "payments", responses((status = 200, body = LateFeesOut), (status = 404, body = Problem)))]
#[get("/api/panel/invoices/{id}/late-fees")]
pub async fn show_late_fees(me: Member<may::Read>, id: web::Path<InvoiceId>) -> ApiResult<HttpResponse> {
    let bill = invoice::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let facts = late_fee::facts(&me.ctx, &bill).await?;
    Ok(HttpResponse::Ok().json(LateFeesOut::of(facts, me.ctx.now())))
}
