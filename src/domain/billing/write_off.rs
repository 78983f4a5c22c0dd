//! Writing off: what is open of an overdue invoice will not come and is given up as a bad debt (ADR 0070).
//!
//! Tax that has not fallen due falls due no more and leaves the tax account; tax that has fallen due was declared and
//! stays, for a bad debt gives no PPN back, and is lost with the debt. What had not been earned is no bad debt: it will
//! never be revenue (ADR 0073).
use super::{
    InvoiceError, InvoiceWrittenOff,
    credit_note::{Part, part_of},
    deferral,
    invoice::{display_status, items_of, lock_to_give_up, open_minor, update},
    withholding,
};
use crate::{
    domain::{
        Ctx,
        ledger::{self, Account, Posting},
    },
    kernel::{
        audit::Change,
        db::WriteTx,
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{invoice, invoice_item, write_off, write_off_item},
    ordering::order,
    value::{InvoiceId, InvoiceKind, InvoiceStatus, OrderStatus, WriteOffId, WriteOffItemId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::json;

/// Gives up what is open of an overdue invoice, as a use case of its own: bad debts, or deferred revenue as far as it was
/// not earned, against receivable. The invoice asks
/// for nothing any more, open attempts to pay it are cancelled, and contracts behind it stand as if it were paid
/// (`invoice.written_off`). Of an invoice whose tax falls due when it is paid, the tax of the rest leaves the tax
/// account; where a part had been paid, the tax of that part falls due now, because nothing more is to come.
///
/// # Errors
/// `NotFound`, `ReasonRequired`; `NotBadDebt` unless it is overdue; `NothingDelivered` while its order waits for the
/// money; `Ledger(OwnPayout)` where who gives it up belongs to the account; the ledger; the database.
pub async fn write_off(ctx: &Ctx, id: &InvoiceId, reason: &str) -> Result<write_off::Model, InvoiceError> {
    let reason: String = reason.trim().chars().take(160).collect();
    if reason.is_empty() {
        return Err(InvoiceError::ReasonRequired);
    }
    let tx = ctx.begin().await?;
    let bill = lock_to_give_up(ctx, &tx, id).await?;
    let (open, now) = (open_minor(&bill), ctx.now());
    refuse(&tx, &bill, now).await?;
    let items = items_of(&tx, id).await?;
    let parts = part_of(&tx, &items, open).await?;
    let lowers_tax = bill.tax_point_at.is_none();
    let nets: Vec<_> = parts.iter().map(|part| (&items[part.item], part.net)).collect();
    let (earned, unearned) = deferral::give_up(ctx, &tx, id, &nets).await?;
    let row = write_off::Model {
        id: WriteOffId::generate(),
        invoice_id: id.clone(),
        customer_id: bill.customer_id.clone(),
        reason,
        total_minor: open,
        tax_minor: if lowers_tax { parts.iter().map(|part| part.tax).sum() } else { 0 },
        lowers_tax,
        deferred_minor: unearned.iter().sum(),
        currency: bill.currency.clone(),
        created_at: now,
        recovered_at: None,
    };
    keep(&tx, &row, &items, parts.iter().zip(unearned).collect()).await?;
    let mut changed = invoice::ActiveModel {
        status: sea_orm::Set(InvoiceStatus::WrittenOff),
        written_off_minor: sea_orm::Set(bill.written_off_minor + open),
        updated_at: sea_orm::Set(now),
        ..Default::default()
    };
    if lowers_tax && bill.paid_minor > bill.refunded_minor {
        changed.tax_point_at = sea_orm::Set(Some(now));
    }
    update(&tx, &bill, changed).await?;
    let posting = posting(&bill, &row, Way::GivenUp);
    earned.lock(ctx, &tx, &bill.currency, std::slice::from_ref(&posting), &[]).await?;
    earned.post(ctx, &tx).await?;
    ledger::post(ctx, &tx, posting).await?;
    withholding::end_awaited(ctx, &tx, id).await?;
    let change = Change {
        action: "billing.invoice.write_off",
        target_type: "invoice",
        target_id: id.as_str(),
        customer_id: Some(&bill.customer_id),
        before: Some(json!({"status": bill.status})),
        after: Some(json!({"status": "written_off", "total_minor": row.total_minor, "tax_minor": row.tax_minor})),
        reason: Some(&row.reason),
    };
    ctx.audit(&tx, change).await?;
    let event = InvoiceWrittenOff { invoice_id: id.clone(), customer_id: bill.customer_id.clone() };
    ctx.publish(&tx, &event).await?;
    tx.commit().await?;
    Ok(row)
}

/// Refuses what is no bad debt: it is not overdue, or it is that of an order for which nothing has been delivered.
async fn refuse(tx: &WriteTx, bill: &invoice::Model, now: DateTime<Utc>) -> Result<(), InvoiceError> {
    let number = || bill.number.clone().unwrap_or_default();
    let is_overdue = bill.due_at.is_some_and(|due_at| due_at < now);
    if bill.status != InvoiceStatus::Issued || open_minor(bill) <= 0 || !is_overdue {
        let status = display_status(bill, now).to_string();
        return Err(InvoiceError::NotBadDebt { number: number(), status });
    }
    if is_order_waiting(tx, bill).await? {
        return Err(InvoiceError::NothingDelivered { number: number() });
    }
    Ok(())
}

/// Writes what was given up down, with the part of each line and what of it was not earned yet.
async fn keep(
    tx: &WriteTx,
    row: &write_off::Model,
    items: &[invoice_item::Model],
    parts: Vec<(&Part, i64)>,
) -> Result<(), DbErr> {
    write_off::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let lines = parts.into_iter().map(|(part, unearned)| write_off_item::ActiveModel {
        id: sea_orm::Set(WriteOffItemId::generate()),
        write_off_id: sea_orm::Set(row.id.clone()),
        invoice_item_id: sea_orm::Set(items[part.item].id.clone()),
        net_minor: sea_orm::Set(part.net),
        tax_minor: sea_orm::Set(part.tax),
        collected_tax_minor: sea_orm::Set(part.collected),
        deferred_minor: sea_orm::Set(unearned),
    });
    write_off_item::Entity::insert_many(lines).exec_without_returning(tx).await?;
    Ok(())
}

/// Whether the invoice is that of an order for which nothing has been delivered. Read from the order's row, because what
/// was ordered is no debt before it is delivered: the order is cancelled instead.
async fn is_order_waiting(tx: &WriteTx, bill: &invoice::Model) -> Result<bool, DbErr> {
    if bill.kind != InvoiceKind::Order {
        return Ok(false);
    }
    let waiting = order::Entity::find()
        .filter(order::Column::InvoiceId.eq(bill.id.as_str()))
        .filter(order::Column::Status.is_in([OrderStatus::Pending, OrderStatus::FraudReview]))
        .count(tx)
        .await?;
    Ok(waiting > 0)
}

/// Which way a debt goes.
#[derive(Clone, Copy)]
enum Way {
    GivenUp,
    Recovered,
}

fn posting(bill: &invoice::Model, row: &write_off::Model, way: Way) -> Posting {
    let number = bill.number.as_deref().unwrap_or_default();
    let (kind, sign, description) = match way {
        Way::GivenUp => ("invoice_written_off", 1, format!("Invoice {number} written off: {}", row.reason)),
        Way::Recovered => ("invoice_recovered", -1, format!("Money came for invoice {number}, which was written off")),
    };
    Posting {
        idempotency_key: format!("{kind}:{}", row.id),
        kind,
        source_type: "invoice",
        source_id: bill.id.0.clone(),
        description,
        currency: row.currency.clone(),
        entries: vec![
            (Account::BadDebts, sign * (row.total_minor - row.tax_minor - row.deferred_minor)),
            (Account::DeferredRevenue, sign * row.deferred_minor),
            (Account::TaxPayable, sign * row.tax_minor),
            (Account::Receivable(bill.customer_id.clone()), -sign * row.total_minor),
        ],
        wallet: None,
    }
}

/// Opens `bill` again where it was written off and `amount_minor` pays all of that: the write-off is taken back, and the
/// caller settles the invoice as any other. Less than all of it, or money for an invoice whose paid part was declared as
/// the whole of it, opens nothing and so goes to the wallet. `payer` are further accounts the caller posts to.
pub(super) async fn recover(
    ctx: &Ctx,
    tx: &WriteTx,
    bill: invoice::Model,
    amount_minor: i64,
    payer: &[Account],
) -> Result<invoice::Model, InvoiceError> {
    if bill.status != InvoiceStatus::WrittenOff || amount_minor < bill.written_off_minor {
        return Ok(bill);
    }
    let given_up: Vec<write_off::Model> =
        list_of(tx, &bill.id).await?.into_iter().filter(|row| row.recovered_at.is_none()).collect();
    if bill.tax_point_at.is_some() && given_up.iter().any(|row| row.lowers_tax) {
        return Ok(bill);
    }
    let earned = deferral::put_back(ctx, tx, &bill.id, &given_up).await?;
    let postings: Vec<Posting> = given_up.iter().map(|row| posting(&bill, row, Way::Recovered)).collect();
    earned.lock(ctx, tx, &bill.currency, &postings, payer).await?;
    for posting in postings {
        ledger::post(ctx, tx, posting).await?;
    }
    earned.post(ctx, tx).await?;
    write_off::Entity::update_many()
        .col_expr(write_off::Column::RecoveredAt, Expr::value(Some(ctx.now())))
        .filter(write_off::Column::InvoiceId.eq(&bill.id))
        .filter(write_off::Column::RecoveredAt.is_null())
        .exec(tx)
        .await?;
    let changed = invoice::ActiveModel {
        status: sea_orm::Set(InvoiceStatus::Issued),
        written_off_minor: sea_orm::Set(0),
        updated_at: sea_orm::Set(ctx.now()),
        ..Default::default()
    };
    update(tx, &bill, changed).await?;
    let change = Change {
        action: "billing.invoice.recover",
        target_type: "invoice",
        target_id: bill.id.as_str(),
        customer_id: Some(&bill.customer_id),
        before: Some(json!({"status": "written_off", "written_off_minor": bill.written_off_minor})),
        after: Some(json!({"status": "issued"})),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(invoice::Model { status: InvoiceStatus::Issued, written_off_minor: 0, ..bill })
}

/// The write-offs of an invoice, in order.
///
/// # Errors
/// The database.
pub async fn list_of(db: &impl ConnectionTrait, invoice_id: &InvoiceId) -> Result<Vec<write_off::Model>, DbErr> {
    write_off::Entity::find()
        .filter(write_off::Column::InvoiceId.eq(invoice_id))
        .order_by_asc(write_off::Column::Id)
        .all(db)
        .await
}

/// Everything that was ever given up, newest first.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, request: &PageRequest) -> Result<Page<write_off::Model>, DbErr> {
    let mut find = write_off::Entity::find();
    if let Some(after) = &request.after {
        find = find.filter(write_off::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(write_off::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// What was given up of these lines of one invoice and not recovered.
pub(super) async fn parts_of(tx: &WriteTx, items: &[invoice_item::Model]) -> Result<Vec<write_off_item::Model>, DbErr> {
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    let standing: Vec<WriteOffId> = write_off::Entity::find()
        .select_only()
        .column(write_off::Column::Id)
        .filter(write_off::Column::InvoiceId.eq(&first.invoice_id))
        .filter(write_off::Column::RecoveredAt.is_null())
        .into_tuple()
        .all(tx)
        .await?;
    if standing.is_empty() {
        return Ok(Vec::new());
    }
    let of_them = write_off_item::Column::WriteOffId.is_in(standing.into_iter().map(|id| id.0));
    write_off_item::Entity::find().filter(of_them).all(tx).await
}
