//! The same rows by plain inserts: those of some of the invoices, read back and written once more under other keys.
use chrono::{DateTime, Utc};
use entity::{
    billing::{invoice, invoice_item, invoice_tax},
    ledger::{entry, transaction},
    platform::{audit_log, outbox_event},
    subscriptions::cycle,
    value::*,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use std::time::Instant;
use yumna::{
    domain::Services,
    kernel::db::{self, insert_all},
};

/// Invoices whose rows are written.
const INVOICES: u64 = 20_000;
/// Invoices of one transaction, as in the run.
const BLOCK: u64 = 200;

/// The rows of one transaction.
struct Rows {
    invoices: Vec<invoice::ActiveModel>,
    items: Vec<invoice_item::ActiveModel>,
    taxes: Vec<invoice_tax::ActiveModel>,
    transactions: Vec<transaction::ActiveModel>,
    entries: Vec<entry::ActiveModel>,
    cycles: Vec<cycle::ActiveModel>,
    audits: Vec<audit_log::ActiveModel>,
    news: Vec<outbox_event::ActiveModel>,
}

/// Invoices per second.
pub async fn speed(services: &Services) -> anyhow::Result<f64> {
    let (mut written, mut seconds, mut after) = (0, 0.0, String::new());
    while written < INVOICES {
        let invoices = invoice::Entity::find()
            .filter(invoice::Column::Id.gt(after.as_str()))
            // The copies begin with an X.
            .filter(invoice::Column::Number.starts_with("INV"))
            .order_by_asc(invoice::Column::Id)
            .limit(BLOCK)
            .all(&services.db)
            .await?;
        let Some(last) = invoices.last() else { break };
        after = last.id.0.clone();
        let count = invoices.len();
        let rows = rows_of(services, invoices).await?;
        let began = Instant::now();
        let tx = db::begin_write(&services.db, &services.live).await?;
        insert_all(&tx, rows.invoices, None).await?;
        insert_all(&tx, rows.items, None).await?;
        insert_all(&tx, rows.taxes, None).await?;
        insert_all(&tx, rows.transactions, None).await?;
        insert_all(&tx, rows.entries, None).await?;
        insert_all(&tx, rows.cycles, None).await?;
        insert_all(&tx, rows.audits, None).await?;
        insert_all(&tx, rows.news, None).await?;
        tx.commit().await?;
        seconds += began.elapsed().as_secs_f64();
        written += count as u64;
    }
    Ok(written as f64 / seconds)
}

async fn rows_of(services: &Services, invoices: Vec<invoice::Model>) -> anyhow::Result<Rows> {
    let db = &services.db;
    let ids: Vec<String> = invoices.iter().map(|row| row.id.0.clone()).collect();
    let items = invoice_item::Entity::find().filter(invoice_item::Column::InvoiceId.is_in(ids.clone())).all(db).await?;
    let taxes = invoice_tax::Entity::find().filter(invoice_tax::Column::InvoiceId.is_in(ids.clone())).all(db).await?;
    let keys = ids.iter().map(|id| format!("invoice_issued:{id}"));
    let transactions =
        transaction::Entity::find().filter(transaction::Column::IdempotencyKey.is_in(keys)).all(db).await?;
    let of_these = transactions.iter().map(|row| row.id.0.clone());
    let entries = entry::Entity::find().filter(entry::Column::TransactionId.is_in(of_these)).all(db).await?;
    let cycles = cycle::Entity::find().filter(cycle::Column::InvoiceId.is_in(ids.clone())).all(db).await?;
    let audits = audit_log::Entity::find()
        .filter(audit_log::Column::TargetId.is_in(ids.clone()))
        .filter(audit_log::Column::Action.eq("billing.invoice.issue"))
        .all(db)
        .await?;
    let news = outbox_event::Entity::find().filter(outbox_event::Column::AggregateId.is_in(ids)).all(db).await?;
    let now: DateTime<Utc> = services.clock.now();
    Ok(Rows {
        invoices: copies(invoices, |row| invoice::Model {
            id: InvoiceId(format!("{}x", row.id.0)),
            number: row.number.map(|number| format!("X{number}")),
            public_token: format!("{}x", row.public_token),
            ..row
        }),
        items: copies(items, |row| invoice_item::Model {
            id: InvoiceItemId::generate(),
            invoice_id: InvoiceId(format!("{}x", row.invoice_id.0)),
            ..row
        }),
        taxes: copies(taxes, |row| invoice_tax::Model {
            id: InvoiceTaxId::generate(),
            invoice_id: InvoiceId(format!("{}x", row.invoice_id.0)),
            ..row
        }),
        transactions: copies(transactions, |row| transaction::Model {
            id: LedgerTransactionId(format!("{}x", row.id.0)),
            idempotency_key: format!("x{}", row.idempotency_key),
            ..row
        }),
        entries: copies(entries, |row| entry::Model {
            id: LedgerEntryId::generate(),
            transaction_id: LedgerTransactionId(format!("{}x", row.transaction_id.0)),
            ..row
        }),
        cycles: copies(cycles, |row| cycle::Model {
            id: SubscriptionCycleId::generate(),
            number: row.number + 1_000,
            ..row
        }),
        audits: copies(audits, |row| audit_log::Model { id: AuditId::generate(), created_at: now, ..row }),
        news: copies(news, |row| outbox_event::Model { id: OutboxEventId::generate(), ..row }),
    })
}

/// The rows as `other` makes them, ready to be written.
fn copies<M: IntoActiveModel<A>, A: ActiveModelTrait>(rows: Vec<M>, other: impl Fn(M) -> M) -> Vec<A> {
    rows.into_iter().map(|row| other(row).into_active_model().reset_all()).collect()
}
