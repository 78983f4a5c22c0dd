//! How a customer's renewals are asked for, and how far his wallet may go below zero.
use super::approvals::ApprovalAnswer;
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer},
        principal::{Fresh, Staff},
        problem::Problem,
    },
    domain::{
        Ctx,
        customers::{self, RenewingChange},
        ledger::{self, Limited},
    },
    kernel::permission::can,
};
use actix_web::{HttpResponse, post, web};
use entity::value::{ApprovalId, CustomerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
struct RenewingIn {
    /// Whether renewals are taken from the wallet by themselves when they are due; left out: it stays.
    #[serde(default)]
    auto_debit: Option<bool>,
    /// Whether each contract is renewed by an invoice of its own, also where several are due on one day; left out: it
    /// stays.
    #[serde(default)]
    separate_invoices: Option<bool>,
}

#[derive(Serialize, ToSchema)]
struct RenewingOut {
    auto_debit: bool,
    separate_invoices: bool,
}

/// Says how a customer's renewals are asked for. It holds for the next ones.
#[utoipa::path(tag = "whm-customers", request_body = RenewingIn, responses((status = 200, body = RenewingOut), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/customers/{id}/renewing")]
pub async fn set_renewing(
    staff: Staff<can::ChangeCustomers>,
    id: web::Path<CustomerId>,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let input: RenewingIn = body.parse()?;
    let change = RenewingChange { auto_debit: input.auto_debit, separate_invoices: input.separate_invoices };
    let row = customers::set_renewing(&staff.ctx, &id, change).await?;
    let out = RenewingOut { auto_debit: row.auto_debit, separate_invoices: row.separate_invoices };
    Ok(HttpResponse::Ok().json(out))
}

#[derive(Deserialize, ToSchema)]
struct CreditLimitIn {
    /// How far the wallet may go below zero; minor units.
    #[schema(example = 500_000)]
    amount: i64,
    /// Why, for the audit trail.
    reason: String,
}

#[derive(Serialize, ToSchema)]
struct CreditLimitOut {
    /// How far the wallet may go below zero; minor units.
    credit_limit: i64,
    currency: String,
}

/// Sets how far a wallet may go below zero.
///
/// Raised by more than the limit of the settings it waits for a second pair of eyes (202).
#[utoipa::path(tag = "whm-customers", request_body = CreditLimitIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = CreditLimitOut), (status = 202, description = "Somebody else has to approve.", body = ApprovalAnswer), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/customers/{id}/credit-limit")]
pub async fn set_credit_limit(
    staff: Fresh<can::AdjustWallets>,
    id: web::Path<CustomerId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| {
        let input: CreditLimitIn = body.parse()?;
        Ok(match ledger::set_credit_limit(ctx, &id, input.amount, &input.reason).await? {
            Limited::Done(customer) => customer.0,
            Limited::Waiting(row) => row.id.0,
        })
    };
    let tell = async |made: &str| {
        if made != id.as_str() {
            let row = ledger::get_approval(&staff.ctx, &ApprovalId::from(made)).await?;
            return Answer::accepted(&ApprovalAnswer { approval: row.into() });
        }
        let row = customers::get(&staff.ctx.db, &id).await?;
        Answer::ok(&CreditLimitOut { credit_limit: row.credit_limit_minor, currency: row.currency })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}
