//! Fees of invoices, and which one comes next.
use super::{
    super::{SubscriptionError, automation},
    exempt::exemption,
    rules::{self, Fee, Late},
};
use crate::domain::{
    Ctx,
    billing::{
        invoice::{self as invoices, Bill},
        withholding,
    },
    settings,
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{invoice, late_fee},
    value::{InvoiceId, InvoiceKind, InvoiceStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;

/// What fees are charged for: what was delivered on credit, not orders that nobody has to pay.
pub(super) const CHARGED: [InvoiceKind; 3] = [InvoiceKind::Renewal, InvoiceKind::Change, InvoiceKind::Manual];

/// The fees that were charged for an invoice, in order.
///
/// # Errors
/// The database.
pub async fn fees_of(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Vec<late_fee::Model>, DbErr> {
    late_fee::Entity::find()
        .filter(late_fee::Column::InvoiceId.eq(id))
        .order_by_asc(late_fee::Column::Period)
        .all(db)
        .await
}

/// The fee that an invoice asks for, with the invoice that was late; `None` for every other invoice.
///
/// # Errors
/// The database.
pub async fn late_of(db: &impl ConnectionTrait, fee_invoice_id: &InvoiceId) -> Result<Option<late_fee::Model>, DbErr> {
    late_fee::Entity::find().filter(late_fee::Column::FeeInvoiceId.eq(fee_invoice_id)).one(db).await
}

/// The fee that an invoice meets next if it stays open, in a constant number of statements; `None` where none comes.
///
/// # Errors
/// The database.
pub async fn coming(ctx: &Ctx, bill: &invoice::Model) -> Result<Option<Fee>, SubscriptionError> {
    let settings = settings::current(ctx).await?;
    let may_come = settings.late_fees.is_on && bill.status == InvoiceStatus::Issued && CHARGED.contains(&bill.kind);
    if !may_come
        || exemption(&ctx.db, &bill.customer_id).await?.is_some()
        || is_paused(&ctx.db, ctx.now(), &bill.id).await?
    {
        return Ok(None);
    }
    let asked = withholding::asked_minor(&ctx.db, ctx.now(), bill).await?;
    let fees = fees_of(&ctx.db, &bill.id).await?;
    Ok(next(bill, asked, &fees, &settings.late_fees, ctx.now())?)
}

/// What is known of fees for an invoice being late.
#[derive(Clone, Debug, Default)]
pub struct LateFacts {
    /// The fee that comes next.
    pub coming: Option<Fee>,
    /// Fees that were charged for the invoice.
    pub fees: Vec<late_fee::Model>,
    /// The fee it asks for.
    pub of: Option<late_fee::Model>,
    /// The invoices on the other side.
    pub bills: HashMap<InvoiceId, Bill>,
}

/// What there is to say about an invoice being late: fees that were charged and the one that comes next, or what a fee is
/// for. A constant number of statements.
///
/// # Errors
/// The database.
pub async fn facts(ctx: &Ctx, bill: &invoice::Model) -> Result<LateFacts, SubscriptionError> {
    let fees = fees_of(&ctx.db, &bill.id).await?;
    let of = match bill.kind {
        InvoiceKind::LateFee => late_of(&ctx.db, &bill.id).await?,
        _ => None,
    };
    let named = fees.iter().map(|fee| fee.fee_invoice_id.clone()).chain(of.iter().map(|fee| fee.invoice_id.clone()));
    let named: Vec<InvoiceId> = named.collect();
    let bills = if named.is_empty() { HashMap::new() } else { invoices::bills(&ctx.db, named).await? };
    Ok(LateFacts { coming: coming(ctx, bill).await?, fees, of, bills })
}

/// Whether automation rests at `now` for the contracts or the customer of an invoice.
pub(super) async fn is_paused(db: &impl ConnectionTrait, now: DateTime<Utc>, id: &InvoiceId) -> Result<bool, DbErr> {
    let paused = invoice::Entity::find_by_id(id.clone()).filter(automation::covers_invoice(now));
    Ok(paused.count(db).await? > 0)
}

/// The fee of an invoice that is due at `now`, or the next. `asked_minor` is what it is asked for.
pub(super) fn next(
    bill: &invoice::Model,
    asked_minor: i64,
    fees: &[late_fee::Model],
    rules: &settings::LateFees,
    now: DateTime<Utc>,
) -> Result<Option<Fee>, crate::domain::billing::InvoiceError> {
    let (Some(due_at), Some(issued_at)) = (bill.due_at, bill.issued_at) else { return Ok(None) };
    let late = Late {
        due_at,
        issued_at,
        total_minor: bill.total_minor,
        open_minor: if bill.status == InvoiceStatus::Issued { asked_minor } else { 0 },
        fees: fees.iter().map(|fee| (fee.period, fee.amount_minor)).collect(),
    };
    Ok(rules::next(&late, rules, now)?)
}
