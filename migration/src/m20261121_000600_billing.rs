//! Documents: invoices, their lines and taxes, credit notes, number series.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tax_rules(manager).await?;
        number_series(manager).await?;
        invoices(manager).await?;
        invoice_items(manager).await?;
        invoice_taxes(manager).await?;
        credit_notes(manager).await?;
        credit_note_items(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "credit_note_items",
            "credit_notes",
            "invoice_taxes",
            "invoice_items",
            "invoices",
            "number_series",
            "tax_rules",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn tax_rules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("tax_rules")
        .col(string_len("id", 40))
        .col(string_len("class", 32))
        .col(string_len("country_code", 2))
        .col(string_len("label", 40))
        .col(big_integer("rate_num"))
        .col(big_integer("rate_den"))
        .col(big_integer("base_num"))
        .col(big_integer("base_den"))
        .col(date("valid_from"))
        .col(date_null("valid_until"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn number_series(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("number_series")
        .col(string_len("id", 40))
        .col(big_integer("next_value"))
        .col(string_len_null("last_hash", 64))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn invoices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("invoices")
        .col(string_len("id", 40))
        .col(string_len_null("number", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("kind", 32))
        .col(string_len("status", 32))
        .col(string_len("currency", 3))
        .col(big_integer("subtotal_minor"))
        .col(big_integer("discount_minor"))
        .col(big_integer("tax_minor"))
        .col(big_integer("total_minor"))
        .col(big_integer("paid_minor"))
        .col(big_integer("refunded_minor"))
        .col(big_integer("credited_minor"))
        .col(json_binary("buyer"))
        .col(json_binary("seller"))
        .col(string_len("locale", 5))
        .col(integer("calculation_version"))
        .col(string_len("public_token", 64))
        .col(string_len_null("document_hash", 64))
        .col(string_len_null("previous_hash", 64))
        .col(text_null("notes"))
        .col(timestamp_with_time_zone_null("issued_at"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(timestamp_with_time_zone_null("paid_at"))
        .col(timestamp_with_time_zone_null("voided_at"))
        .col(string_len_null("void_reason", 160))
        .col(timestamp_with_time_zone_null("tax_point_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("invoices", "customer_id", "customers"))
        .check(Expr::cust("total_minor = subtotal_minor + tax_minor AND total_minor >= 0 AND refunded_minor >= 0 AND refunded_minor <= paid_minor AND credited_minor >= 0 AND credited_minor + paid_minor - refunded_minor <= total_minor"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "invoices", &["number"]).await?;
    unique(manager, "invoices", &["public_token"]).await?;
    index(manager, "invoices", &["customer_id", "status", "due_at"]).await?;
    index(manager, "invoices", &["customer_id", "id"]).await?;
    index(manager, "invoices", &["status", "due_at"]).await?;
    index(manager, "invoices", &["status", "id"]).await?;
    Ok(())
}

async fn invoice_items(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("invoice_items")
        .col(string_len("id", 40))
        .col(string_len("invoice_id", 40))
        .col(integer("position"))
        .col(string_len("description", 255))
        .col(big_integer("quantity"))
        .col(big_integer("unit_minor"))
        .col(big_integer("discount_minor"))
        .col(big_integer("net_minor"))
        .col(big_integer("tax_minor"))
        .col(string_len("product_kind", 32))
        .col(string_len_null("subscription_id", 40))
        .col(integer_null("cycle_number"))
        .col(date_null("period_start"))
        .col(date_null("period_end"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("invoice_items", "invoice_id", "invoices"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "invoice_items", &["invoice_id"]).await?;
    index(manager, "invoice_items", &["subscription_id"]).await?;
    Ok(())
}

async fn invoice_taxes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("invoice_taxes")
        .col(string_len("id", 40))
        .col(string_len("invoice_id", 40))
        .col(string_len("tax_rule_id", 40))
        .col(string_len("label", 40))
        .col(big_integer("rate_num"))
        .col(big_integer("rate_den"))
        .col(big_integer("base_minor"))
        .col(big_integer("tax_minor"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("invoice_taxes", "invoice_id", "invoices"))
        .foreign_key(&mut foreign_key("invoice_taxes", "tax_rule_id", "tax_rules"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "invoice_taxes", &["invoice_id"]).await?;
    Ok(())
}

async fn credit_notes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("credit_notes")
        .col(string_len("id", 40))
        .col(string_len("number", 40))
        .col(string_len("invoice_id", 40))
        .col(string_len("customer_id", 40))
        .col(string_len("reason", 160))
        .col(big_integer("subtotal_minor"))
        .col(big_integer("tax_minor"))
        .col(big_integer("total_minor"))
        .col(string_len("currency", 3))
        .col(string_len("idempotency_key", 160))
        .col(string_len("document_hash", 64))
        .col(string_len_null("previous_hash", 64))
        .col(timestamp_with_time_zone("issued_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("credit_notes", "invoice_id", "invoices"))
        .foreign_key(&mut foreign_key("credit_notes", "customer_id", "customers"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "credit_notes", &["number"]).await?;
    unique(manager, "credit_notes", &["idempotency_key"]).await?;
    index(manager, "credit_notes", &["invoice_id"]).await?;
    index(manager, "credit_notes", &["customer_id", "id"]).await?;
    Ok(())
}

async fn credit_note_items(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("credit_note_items")
        .col(string_len("id", 40))
        .col(string_len("credit_note_id", 40))
        .col(string_len("invoice_item_id", 40))
        .col(big_integer("net_minor"))
        .col(big_integer("tax_minor"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("credit_note_items", "credit_note_id", "credit_notes"))
        .foreign_key(&mut foreign_key("credit_note_items", "invoice_item_id", "invoice_items"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "credit_note_items", &["credit_note_id"]).await?;
    Ok(())
}
