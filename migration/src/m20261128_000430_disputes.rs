//! Disputes: what becomes of payments that payers' banks took back.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "disputes";

/// What was taken back before stands in the books: what left the gateway, and what of it nobody had any more.
const FILL: &str = "INSERT INTO disputes (id, payment_id, reference, customer_id, invoice_id, amount_minor, lost_minor,
        currency, status, opened_at)
    SELECT 'dsp_' || SUBSTR(p.id, 5), p.id, p.reference, p.customer_id, p.invoice_id,
        CAST(SUM(CASE WHEN a.kind = 'gateway_clearing' THEN -e.amount_minor ELSE 0 END) AS bigint),
        CAST(SUM(CASE WHEN a.kind = 'unallocated' THEN e.amount_minor ELSE 0 END) AS bigint),
        p.currency, 'open', MIN(t.posted_at)
    FROM payments p
    JOIN ledger_transactions t ON t.source_type = 'payment' AND t.source_id = p.id
        AND t.idempotency_key LIKE 'payment_reversed:%'
    JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id
    WHERE p.status = 'chargeback'
    GROUP BY p.id, p.reference, p.customer_id, p.invoice_id, p.currency";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("payment_id", 40))
            .col(string_len("reference", 60))
            .col(string_len("customer_id", 40))
            .col(string_len_null("invoice_id", 40))
            .col(big_integer("amount_minor"))
            .col(big_integer("lost_minor"))
            .col(string_len("currency", 3))
            .col(string_len("status", 32))
            .col(text_null("note"))
            .col(string_len_null("won_payment_id", 40))
            .col(string_len_null("decided_by", 40))
            .col(timestamp_with_time_zone("opened_at"))
            .col(timestamp_with_time_zone_null("decided_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "payment_id", "payments"))
            .foreign_key(&mut foreign_key(TABLE, "customer_id", "customers"))
            .foreign_key(&mut foreign_key(TABLE, "invoice_id", "invoices"))
            .foreign_key(&mut foreign_key(TABLE, "won_payment_id", "payments"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["payment_id"]).await?;
        index(manager, TABLE, &["status", "id"]).await?;
        index(manager, TABLE, &["customer_id", "status"]).await?;
        index(manager, TABLE, &["invoice_id"]).await?;
        index(manager, TABLE, &["won_payment_id"]).await?;
        manager.get_connection().execute_unprepared(FILL).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
