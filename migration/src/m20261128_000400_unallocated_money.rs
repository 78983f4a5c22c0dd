//! Money that fits nothing: a row for each, so that staff can work it off.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "unallocated_money";

/// What was booked as unallocated before had no row of its own. Money that a gateway took back for good is booked under
/// the same kind, but leaves the gateway: it is nobody's to claim.
const FILL: &str = "INSERT INTO unallocated_money (id, posting_key, account_id, gateway, reference, external_id,
        source_type, source_id, why, amount_minor, currency, status, received_at)
    SELECT 'unm_' || SUBSTR(t.id, 5), t.idempotency_key, pa.id, pa.gateway,
        SUBSTR(t.idempotency_key, LENGTH('money_unallocated:' || pa.id || ':') + 1), NULL,
        t.source_type, t.source_id,
        CASE t.source_type WHEN 'payment' THEN 'wrong_currency' ELSE 'unknown_reference' END,
        e.amount_minor, e.currency, 'open', t.posted_at
    FROM ledger_transactions t
    JOIN ledger_entries e ON e.transaction_id = t.id AND e.amount_minor > 0
    JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'gateway_clearing'
    JOIN payment_accounts pa ON t.idempotency_key LIKE 'money_unallocated:' || pa.id || ':%'
    WHERE t.kind = 'money_unallocated'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            .col(string_len("id", 40))
            .col(string_len("posting_key", 160))
            .col(string_len("account_id", 40))
            .col(string_len("gateway", 32))
            .col(string_len("reference", 160))
            .col(string_len_null("external_id", 80))
            .col(string_len("source_type", 40))
            .col(string_len("source_id", 40))
            .col(string_len("why", 32))
            .col(big_integer("amount_minor"))
            .col(string_len("currency", 3))
            .col(string_len("status", 32))
            .col(string_len_null("customer_id", 40))
            .col(string_len_null("invoice_id", 40))
            .col(string_len_null("payment_id", 40))
            .col(string_len_null("bank_reference", 80))
            .col(string_len_null("reason", 255))
            .col(string_len_null("decided_by", 40))
            .col(timestamp_with_time_zone("received_at"))
            .col(timestamp_with_time_zone_null("decided_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(TABLE, "account_id", "payment_accounts"))
            .foreign_key(&mut foreign_key(TABLE, "customer_id", "customers"))
            .foreign_key(&mut foreign_key(TABLE, "invoice_id", "invoices"))
            .foreign_key(&mut foreign_key(TABLE, "payment_id", "payments"))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, TABLE, &["posting_key"]).await?;
        index(manager, TABLE, &["status", "id"]).await?;
        index(manager, TABLE, &["account_id", "reference"]).await?;
        for column in ["customer_id", "invoice_id", "payment_id"] {
            index(manager, TABLE, &[column]).await?;
        }
        // Open invoices of exactly the amount that came.
        index(manager, "invoices", &["status", "total_minor", "id"]).await?;
        manager.get_connection().execute_unprepared(FILL).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_amount = Index::drop().name("ix_invoices_status_total_minor_id").table("invoices").to_owned();
        manager.drop_index(of_amount).await?;
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
