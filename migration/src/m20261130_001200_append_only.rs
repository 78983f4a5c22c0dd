//! What is written once is guarded by the database too: postings, movements of wallets, the audit trail, and the number,
//! amounts and hash of issued documents. See ADR 0097.
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A trigger that refuses: its name, its table, what it refuses (`UPDATE`, `UPDATE OF …`, `DELETE`), and of which rows.
type Guard = (&'static str, &'static str, &'static str, Option<&'static str>);

const GUARDS: [Guard; 14] = [
    ("ledger_entries_stay", "ledger_entries", "UPDATE", None),
    ("ledger_entries_are_kept", "ledger_entries", "DELETE", None),
    ("ledger_transactions_stay", "ledger_transactions", "UPDATE", None),
    ("ledger_transactions_are_kept", "ledger_transactions", "DELETE", None),
    ("wallet_transactions_stay", "wallet_transactions", "UPDATE", None),
    ("wallet_transactions_are_kept", "wallet_transactions", "DELETE", None),
    // A row is sealed into its chain after it was written: its place and hashes are set once, the rest never changes.
    ("audit_logs_are_sealed_once", "audit_logs", "UPDATE", Some("OLD.sequence IS NOT NULL")),
    ("audit_logs_stay", "audit_logs", AUDIT_FACTS, None),
    ("audit_logs_are_kept", "audit_logs", "DELETE", None),
    // What was paid, credited or given up of an invoice, and whose it is, changes; what it says and asks for does not.
    ("invoices_stay", "invoices", INVOICE_FACTS, Some("OLD.number IS NOT NULL")),
    ("invoices_are_kept", "invoices", "DELETE", Some("OLD.number IS NOT NULL")),
    ("credit_notes_stay", "credit_notes", CREDIT_NOTE_FACTS, None),
    ("credit_notes_are_kept", "credit_notes", "DELETE", None),
    ("ledger_accounts_are_kept", "ledger_accounts", "DELETE", None),
];

const AUDIT_FACTS: &str =
    "UPDATE OF id, actor_kind, actor_id, on_behalf_of, customer_id, action, target_type, target_id,
    \"before\", \"after\", reason, address, correlation_id, created_at";
const INVOICE_FACTS: &str =
    "UPDATE OF id, number, kind, currency, subtotal_minor, discount_minor, tax_minor, total_minor,
    buyer, seller, issued_at, document_hash, previous_hash";
const CREDIT_NOTE_FACTS: &str = "UPDATE OF id, number, invoice_id, subtotal_minor, tax_minor, total_minor, currency,
    document_hash, previous_hash, issued_at";

/// PostgreSQL empties a table without touching a row.
const NEVER_EMPTIED: [&str; 6] =
    ["ledger_entries", "ledger_transactions", "wallet_transactions", "audit_logs", "invoices", "credit_notes"];

const REFUSE: &str = "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        if is_postgres {
            connection.execute_unprepared(REFUSE).await?;
            for table in NEVER_EMPTIED {
                let sql = format!(
                    "CREATE TRIGGER {table}_are_never_emptied BEFORE TRUNCATE ON {table}
                     FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
                );
                connection.execute_unprepared(&sql).await?;
            }
        }
        for (name, table, what, rows) in GUARDS {
            let rows = rows.map(|rows| format!(" WHEN ({rows})")).unwrap_or_default();
            let refuse = match is_postgres {
                true => "EXECUTE FUNCTION append_only()".to_owned(),
                false => format!("BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"),
            };
            let sql = format!("CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW{rows} {refuse}");
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        for (name, table, ..) in GUARDS {
            let of = if is_postgres { format!(" ON {table}") } else { String::new() };
            connection.execute_unprepared(&format!("DROP TRIGGER {name}{of}")).await?;
        }
        if is_postgres {
            for table in NEVER_EMPTIED {
                let sql = format!("DROP TRIGGER {table}_are_never_emptied ON {table}");
                connection.execute_unprepared(&sql).await?;
            }
            connection.execute_unprepared("DROP FUNCTION append_only()").await?;
        }
        Ok(())
    }
}
