//! The database guards what stands on issued documents too: their lines and taxes, what a credit note or a write-off takes
//! of which line, what a quote that was sent offers, and to whom a document that moved was issued. See ADR 0113.
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A trigger that refuses: its name, its table, what it refuses (`UPDATE`, `UPDATE OF …`, `DELETE`), and of which rows.
type Guard = (&'static str, &'static str, &'static str, Option<&'static str>);

const GUARDS: [Guard; 15] = [
    ("invoices_stay", "invoices", INVOICE_FACTS, Some("OLD.number IS NOT NULL")),
    ("credit_notes_stay", "credit_notes", CREDIT_NOTE_FACTS, None),
    // Lines of a draft are taken away and written anew; a line is never changed.
    ("invoice_items_stay", "invoice_items", "UPDATE", None),
    ("invoice_taxes_stay", "invoice_taxes", "UPDATE", None),
    ("credit_note_items_stay", "credit_note_items", "UPDATE", None),
    ("credit_note_items_are_kept", "credit_note_items", "DELETE", None),
    // Whose it is changes as customers are merged, and the money may come all the same.
    ("write_offs_stay", "write_offs", WRITE_OFF_FACTS, None),
    ("write_offs_are_kept", "write_offs", "DELETE", None),
    ("write_off_items_stay", "write_off_items", "UPDATE", None),
    ("write_off_items_are_kept", "write_off_items", "DELETE", None),
    ("moved_documents_stay", "moved_documents", "UPDATE", None),
    ("moved_documents_are_kept", "moved_documents", "DELETE", None),
    ("quotes_stay", "quotes", QUOTE_FACTS, Some("OLD.number IS NOT NULL")),
    ("quotes_are_kept", "quotes", "DELETE", Some("OLD.number IS NOT NULL")),
    ("quote_items_stay", "quote_items", "UPDATE", None),
];

/// Lines that may be taken away as long as their document has no number: the table, its document, and by which column.
const LINES: [(&str, &str, &str); 3] = [
    ("invoice_items", "invoices", "invoice_id"),
    ("invoice_taxes", "invoices", "invoice_id"),
    ("quote_items", "quotes", "quote_id"),
];

const INVOICE_FACTS: &str = "UPDATE OF id, number, kind, currency, subtotal_minor, discount_minor, tax_minor, total_minor,
    vat_collector, collected_tax_minor, buyer, seller, locale, calculation_version, public_token, notes, issued_at, due_at,
    document_hash, previous_hash, created_at";
const CREDIT_NOTE_FACTS: &str =
    "UPDATE OF id, number, invoice_id, reason, subtotal_minor, tax_minor, total_minor, currency,
    idempotency_key, document_hash, previous_hash, issued_at";
const WRITE_OFF_FACTS: &str =
    "UPDATE OF id, invoice_id, reason, total_minor, tax_minor, lowers_tax, deferred_minor, currency, created_at";
const QUOTE_FACTS: &str =
    "UPDATE OF id, number, locale, currency, subtotal_minor, tax_minor, total_minor, tax_label, buyer,
    seller, intro, terms, valid_until, public_token, copied_from, made_by, sent_at, created_at";

/// What was guarded of these before (ADR 0097).
const BEFORE: [Guard; 2] = [
    (
        "invoices_stay",
        "invoices",
        "UPDATE OF id, number, kind, currency, subtotal_minor, discount_minor, tax_minor, total_minor,
    buyer, seller, issued_at, document_hash, previous_hash",
        Some("OLD.number IS NOT NULL"),
    ),
    (
        "credit_notes_stay",
        "credit_notes",
        "UPDATE OF id, number, invoice_id, subtotal_minor, tax_minor, total_minor, currency,
    document_hash, previous_hash, issued_at",
        None,
    ),
];

/// PostgreSQL empties a table without touching a row.
const NEVER_EMPTIED: [&str; 8] = [
    "invoice_items",
    "invoice_taxes",
    "credit_note_items",
    "write_offs",
    "write_off_items",
    "moved_documents",
    "quotes",
    "quote_items",
];

async fn guard(manager: &SchemaManager<'_>, guards: &[Guard]) -> Result<(), DbErr> {
    let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
    for (name, table, what, rows) in guards {
        let rows = rows.map(|rows| format!(" WHEN ({rows})")).unwrap_or_default();
        let refuse = match is_postgres {
            true => "EXECUTE FUNCTION append_only()".to_owned(),
            false => format!("BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"),
        };
        let sql = format!("CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW{rows} {refuse}");
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

async fn drop_trigger(manager: &SchemaManager<'_>, name: &str, table: &str) -> Result<(), DbErr> {
    let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
    let of = if is_postgres { format!(" ON {table}") } else { String::new() };
    manager.get_connection().execute_unprepared(&format!("DROP TRIGGER {name}{of}")).await.map(drop)
}

/// Lines are kept whose document has a number. PostgreSQL asks for that in a function: a condition of a trigger knows no
/// other table there.
async fn keep_lines(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
    for (table, document, of) in LINES {
        let is_issued = format!("EXISTS (SELECT 1 FROM {document} d WHERE d.id = OLD.{of} AND d.number IS NOT NULL)");
        let refuse = if is_postgres {
            let function = format!(
                "CREATE OR REPLACE FUNCTION {table}_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN
                   IF {is_issued} THEN
                     RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
                   END IF;
                   RETURN OLD;
                 END $$"
            );
            connection.execute_unprepared(&function).await?;
            format!("EXECUTE FUNCTION {table}_are_kept()")
        } else {
            format!("BEGIN SELECT RAISE(ABORT, '{table} is append-only') WHERE {is_issued}; END")
        };
        let sql = format!("CREATE TRIGGER {table}_are_kept BEFORE DELETE ON {table} FOR EACH ROW {refuse}");
        connection.execute_unprepared(&sql).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, ..) in BEFORE {
            drop_trigger(manager, name, table).await?;
        }
        guard(manager, &GUARDS).await?;
        keep_lines(manager).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in NEVER_EMPTIED {
                let sql = format!(
                    "CREATE TRIGGER {table}_are_never_emptied BEFORE TRUNCATE ON {table}
                     FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
                );
                manager.get_connection().execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        for (name, table, ..) in GUARDS {
            drop_trigger(manager, name, table).await?;
        }
        for (table, ..) in LINES {
            drop_trigger(manager, &format!("{table}_are_kept"), table).await?;
            if is_postgres {
                let sql = format!("DROP FUNCTION {table}_are_kept()");
                manager.get_connection().execute_unprepared(&sql).await?;
            }
        }
        if is_postgres {
            for table in NEVER_EMPTIED {
                drop_trigger(manager, &format!("{table}_are_never_emptied"), table).await?;
            }
        }
        guard(manager, &BEFORE).await
    }
}
