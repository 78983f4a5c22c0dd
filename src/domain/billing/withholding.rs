//! Income tax that the buyer of an invoice withholds for the state (PPh 23): declared first, proven later (ADR 0074).
//! While the proof is awaited the part that was declared is asked for by nobody. What the proof does to money is the
//! business of payments.
use super::{InvoiceCovered, InvoiceError, invoice::open_minor};
use crate::{
    domain::Ctx,
    kernel::{
        db::{WriteTx, sum_i64},
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{credit_note, invoice, withholding},
    value::{CustomerId, IDR, InvoiceId, InvoiceKind, InvoiceStatus, Ratio, WithholdingId, WithholdingStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};
use std::collections::{HashMap, HashSet};

/// Word of the gateway of payments that are proofs of withheld tax, which is none.
pub const GATEWAY: &str = "withheld";
/// Hundredths of a percent in a whole.
const WHOLE_BP: i64 = 10_000;

/// The one that waits for its proof or has it, of an invoice.
///
/// # Errors
/// The database.
pub async fn live_of(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Option<withholding::Model>, DbErr> {
    withholding::Entity::find().filter(withholding::Column::LiveKey.eq(id.as_str())).one(db).await
}

/// All of an invoice, oldest first.
///
/// # Errors
/// The database.
pub async fn list_of(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Vec<withholding::Model>, DbErr> {
    let of = withholding::Entity::find().filter(withholding::Column::InvoiceId.eq(id));
    of.order_by_asc(withholding::Column::Id).all(db).await
}

/// One of them.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &WithholdingId) -> Result<withholding::Model, InvoiceError> {
    withholding::Entity::find_by_id(id.clone()).one(db).await?.ok_or(InvoiceError::NotFound)
}

/// As staff look for them, newest first.
///
/// # Errors
/// The database.
pub async fn list(
    ctx: &Ctx,
    status: Option<WithholdingStatus>,
    customer_id: Option<&CustomerId>,
    request: &PageRequest,
) -> Result<Page<withholding::Model>, DbErr> {
    use withholding::Column::{CustomerId, Id, Status};
    let mut find = withholding::Entity::find();
    if let Some(status) = status {
        find = find.filter(Status.eq(status));
    }
    if let Some(customer_id) = customer_id {
        find = find.filter(CustomerId.eq(customer_id));
    }
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// What may be withheld of an invoice: `rate_bp` hundredths of a percent of its net without what was credited, rounded
/// half up once. `None` of an invoice that is not open, asks for a late fee, or is not in rupiah, and where it would be
/// all that is open or nothing.
///
/// # Errors
/// `Money(Overflow)`; the database.
pub async fn reckoned(
    db: &impl ConnectionTrait,
    bill: &invoice::Model,
    rate_bp: i64,
) -> Result<Option<(i64, i64)>, InvoiceError> {
    let is_service = bill.kind != InvoiceKind::LateFee && bill.kind != InvoiceKind::TopUp;
    if bill.status != InvoiceStatus::Issued || !is_service || bill.currency != IDR {
        return Ok(None);
    }
    let credited: Option<Option<i64>> = credit_note::Entity::find()
        .select_only()
        .column_as(sum_i64(credit_note::Column::SubtotalMinor), "net")
        .filter(credit_note::Column::InvoiceId.eq(&bill.id))
        .into_tuple()
        .one(db)
        .await?;
    let base = bill.subtotal_minor - credited.flatten().unwrap_or(0);
    let amount = Ratio::new(rate_bp, WHOLE_BP).of(base)?;
    Ok((amount > 0 && amount <= open_minor(bill)).then_some((base, amount)))
}

/// What an invoice is asked for at `now`, minor units: what is open of it without what was declared as withheld, until the
/// proof of that is late.
///
/// # Errors
/// The database.
pub async fn asked_minor(db: &impl ConnectionTrait, now: DateTime<Utc>, bill: &invoice::Model) -> Result<i64, DbErr> {
    let open = open_minor(bill);
    if bill.status != InvoiceStatus::Issued || open <= 0 {
        return Ok(open);
    }
    let declared = declared_minor(db, now, [&bill.id]).await?.get(&bill.id).copied().unwrap_or(0);
    // A declaration alone pays for nothing.
    let is_all = declared >= open && bill.paid_minor <= bill.refunded_minor;
    Ok(if is_all { open } else { open - Ord::min(declared, open) })
}

/// What was declared as withheld of these invoices and is not late at `now`, minor units.
///
/// # Errors
/// The database.
pub async fn declared_minor(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: impl IntoIterator<Item = &InvoiceId>,
) -> Result<HashMap<InvoiceId, i64>, DbErr> {
    let rows = outstanding(db, ids).await?.into_iter().filter(|(row, _)| row.proof_due_at > now);
    Ok(rows.map(|(row, _)| (row.invoice_id, row.amount_minor)).collect())
}

/// Those of these invoices of which everything is paid but what was declared as withheld, and no more than that. Whether
/// the proof is late does not count: what was sold is paid for, and a debt is left.
///
/// # Errors
/// The database.
pub async fn covered(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = &InvoiceId>,
) -> Result<HashSet<InvoiceId>, DbErr> {
    let rows = outstanding(db, ids).await?.into_iter().filter(|(row, bill)| covers(row, bill));
    Ok(rows.map(|(row, _)| row.invoice_id).collect())
}

/// Those of them of which nothing is asked at `now`: only a proof is awaited, and it is in time.
///
/// # Errors
/// The database.
pub async fn awaited(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: impl IntoIterator<Item = &InvoiceId>,
) -> Result<HashSet<InvoiceId>, DbErr> {
    let rows = outstanding(db, ids).await?.into_iter();
    let rows = rows.filter(|(row, bill)| covers(row, bill) && row.proof_due_at > now);
    Ok(rows.map(|(row, _)| row.invoice_id).collect())
}

/// Whether everything of an invoice is paid but what was declared as withheld.
///
/// # Errors
/// The database.
pub async fn is_covered(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<bool, DbErr> {
    Ok(covered(db, [id]).await?.contains(id))
}

/// Whether a proof stands for a part of an invoice.
///
/// # Errors
/// The database.
pub async fn is_proven(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<bool, DbErr> {
    Ok(live_of(db, id).await?.is_some_and(|row| row.status == WithholdingStatus::Received))
}

/// Whether money came for all but what is withheld. A declaration alone pays for nothing.
fn covers(row: &withholding::Model, bill: &invoice::Model) -> bool {
    bill.paid_minor > bill.refunded_minor && open_minor(bill) <= row.amount_minor
}

/// The declarations of these invoices that wait for their proof.
async fn outstanding(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = &InvoiceId>,
) -> Result<Vec<(withholding::Model, invoice::Model)>, DbErr> {
    let ids: Vec<&str> = ids.into_iter().map(InvoiceId::as_str).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = withholding::Entity::find()
        .filter(withholding::Column::LiveKey.is_in(ids))
        .filter(withholding::Column::Status.eq(WithholdingStatus::Outstanding))
        .find_also_related(invoice::Entity)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(row, bill)| Some((row, bill?))).collect())
}

/// The condition that nothing is asked of an invoice of the query at `now`: only a proof is awaited, and it is in time.
pub fn is_awaited(now: DateTime<Utc>) -> SimpleExpr {
    use withholding::Column::{AmountMinor, LiveKey, ProofDueAt, Status};
    let column = |column: invoice::Column| Expr::col((invoice::Entity, column));
    let waits = sea_orm::sea_query::Query::select()
        .expr(Expr::val(1))
        .from(withholding::Entity)
        .and_where(Expr::col((withholding::Entity, LiveKey)).equals((invoice::Entity, invoice::Column::Id)))
        .and_where(Expr::col((withholding::Entity, Status)).eq(WithholdingStatus::Outstanding.as_str()))
        .and_where(Expr::col((withholding::Entity, ProofDueAt)).gt(now))
        .and_where(Expr::col((withholding::Entity, AmountMinor)).gte(rest()))
        .and_where(column(invoice::Column::PaidMinor).gt(column(invoice::Column::RefundedMinor)))
        .to_owned();
    Expr::exists(waits)
}

/// What is open of an invoice of the query.
fn rest() -> SimpleExpr {
    let column = |column: invoice::Column| Expr::col((invoice::Entity, column));
    column(invoice::Column::TotalMinor)
        .sub(column(invoice::Column::CreditedMinor))
        .sub(column(invoice::Column::WrittenOffMinor))
        .sub(column(invoice::Column::PaidMinor))
        .add(column(invoice::Column::RefundedMinor))
}

/// Those whose proof alone is missing, is late, and that the customer has not been reminded of; the longest overdue
/// first, `limit` of them.
///
/// # Errors
/// The database.
pub async fn late(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(withholding::Model, invoice::Model)>, DbErr> {
    use withholding::Column::{AmountMinor, Id, ProofDueAt, RemindedAt, Status};
    let rows = withholding::Entity::find()
        .filter(Status.eq(WithholdingStatus::Outstanding))
        .filter(ProofDueAt.lte(now))
        .filter(RemindedAt.is_null())
        .filter(Expr::col((withholding::Entity, AmountMinor)).gte(rest()))
        .order_by_asc(ProofDueAt)
        .order_by_asc(Id)
        .limit(limit)
        .find_also_related(invoice::Entity)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(row, bill)| Some((row, bill?))).collect())
}

/// Notes that the customer is reminded of a late proof; whether this call is the first to do so.
///
/// # Errors
/// The database.
pub async fn note_reminded(ctx: &Ctx, tx: &WriteTx, id: &WithholdingId) -> Result<bool, DbErr> {
    let noted = withholding::Entity::update_many()
        .col_expr(withholding::Column::RemindedAt, Expr::value(Some(ctx.now())))
        .filter(withholding::Column::Id.eq(id))
        .filter(withholding::Column::RemindedAt.is_null())
        .exec(tx)
        .await?;
    Ok(noted.rows_affected == 1)
}

/// Tells that everything of an invoice is paid but what is declared as withheld, where that is so now: what was ordered
/// need not wait for the proof. The caller knows that money came.
pub(in crate::domain) async fn announce_covered(
    ctx: &Ctx,
    tx: &WriteTx,
    bill: &invoice::Model,
    open_minor: i64,
) -> Result<(), DbErr> {
    if bill.status != InvoiceStatus::Issued || open_minor <= 0 {
        return Ok(());
    }
    let waits = live_of(tx, &bill.id).await?.filter(|row| row.status == WithholdingStatus::Outstanding);
    if waits.is_some_and(|row| open_minor <= row.amount_minor) {
        let event = InvoiceCovered { invoice_id: bill.id.clone(), customer_id: bill.customer_id.clone() };
        ctx.publish(tx, &event).await?;
    }
    Ok(())
}

/// `net_minor` of an invoice is asked for no longer, which leaves `open_minor` of it: less is withheld of the rest.
pub(super) async fn follow_credit(
    ctx: &Ctx,
    tx: &WriteTx,
    bill: &invoice::Model,
    open_minor: i64,
    net_minor: i64,
) -> Result<(), InvoiceError> {
    let Some(row) = live_of(tx, &bill.id).await?.filter(|row| row.status == WithholdingStatus::Outstanding) else {
        return Ok(());
    };
    let base_minor = Ord::max(row.base_minor - net_minor, 0);
    let amount_minor = match row.base_minor {
        0 => 0,
        whole => Ratio::new(row.amount_minor, whole).of(base_minor)?,
    };
    if amount_minor == 0 {
        return Ok(end_awaited(ctx, tx, &bill.id).await?);
    }
    withholding::Entity::update_many()
        .col_expr(withholding::Column::BaseMinor, Expr::value(base_minor))
        .col_expr(withholding::Column::AmountMinor, Expr::value(amount_minor))
        .filter(withholding::Column::Id.eq(&row.id))
        .exec(tx)
        .await?;
    if bill.paid_minor > bill.refunded_minor {
        announce_covered(ctx, tx, bill, open_minor).await?;
    }
    Ok(())
}

/// The invoice asks for nothing any more: a proof of withheld tax is awaited no longer.
pub(super) async fn end_awaited(ctx: &Ctx, tx: &WriteTx, id: &InvoiceId) -> Result<(), DbErr> {
    withholding::Entity::update_many()
        .col_expr(withholding::Column::Status, Expr::value(WithholdingStatus::Withdrawn))
        .col_expr(withholding::Column::LiveKey, Expr::value(None::<String>))
        .col_expr(withholding::Column::ClosedAt, Expr::value(Some(ctx.now())))
        .filter(withholding::Column::LiveKey.eq(id.as_str()))
        .filter(withholding::Column::Status.eq(WithholdingStatus::Outstanding))
        .exec(tx)
        .await?;
    Ok(())
}
