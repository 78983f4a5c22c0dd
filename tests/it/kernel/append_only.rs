//! What was booked, issued or done can be changed or removed by nobody, not even by a statement written by hand.
use crate::support::{World, quotes::plan, shop};
use entity::{billing::moved_document, value::PurchasePolicy};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use yumna::{
    domain::billing::{
        credit_note::{self, Against, Credit, NewCreditNote},
        write_off,
    },
    kernel::{db, seal},
};

/// A wallet that was filled, a taxed invoice of which a part is credited, a debt that was given up, a quote that was sent,
/// a document that moved, and a trail that is sealed.
async fn a_day_of_business() -> World {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let buyer = world.buyer("siti").await;
    world.quotes(&buyer, vec![plan("ghost-basic", 1)]).await;
    let budi = world.customer().await;
    world.gift(&budi, 10_000).await;
    let given_up = world.debt(&budi, &[30_000]).await;
    write_off::write_off(&world.staff("ana"), &given_up.id, "Pailit").await.unwrap();
    let bill = world.invoice(&budi, &[50_000, 70_000]).await;
    let new = NewCreditNote {
        invoice_id: &bill.id,
        credit: Credit::Gross(20_000),
        against: Against::Open,
        reason: "Gangguan",
        key: "k1",
    };
    credit_note::issue_now(&world.staff("ana"), new).await.unwrap();
    assert!(seal::seal(&world.services.db, &world.services.live).await.unwrap() > 0);
    world.books_are_right().await;
    let moved = moved_document::ActiveModel {
        document_id: Set(bill.id.0.clone()),
        issued_to: Set(budi.id.clone()),
        moved_at: Set(world.services.clock.now()),
    };
    moved_document::Entity::insert(moved).exec_without_returning(&world.services.db).await.unwrap();
    world
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_remove_what_was_written() {
    let world = a_day_of_business().await;
    let db = &world.services.db;
    let before = world.snapshot().await;
    let mut forbidden = vec![
        "UPDATE ledger_entries SET amount_minor = amount_minor + 1",
        "UPDATE ledger_entries SET account_id = (SELECT MIN(id) FROM ledger_accounts)",
        "UPDATE ledger_transactions SET idempotency_key = id",
        "UPDATE ledger_transactions SET posted_at = posted_at",
        "UPDATE wallet_transactions SET amount_minor = 0, balance_after_minor = balance_before_minor",
        "UPDATE audit_logs SET reason = 'another one'",
        "UPDATE audit_logs SET hash = 'x'",
        "UPDATE audit_logs SET sequence = NULL",
        "UPDATE invoices SET total_minor = total_minor + 1, subtotal_minor = subtotal_minor + 1",
        "UPDATE invoices SET number = NULL",
        "UPDATE invoices SET document_hash = 'x'",
        "UPDATE credit_notes SET total_minor = total_minor - 1",
        "UPDATE credit_notes SET number = 'CN/0'",
        "UPDATE credit_notes SET reason = 'another one'",
        "UPDATE invoices SET due_at = issued_at",
        "UPDATE invoices SET locale = 'en', notes = 'another one'",
        "UPDATE invoice_items SET description = 'changed'",
        "UPDATE invoice_items SET invoice_id = invoice_id",
        "UPDATE invoice_taxes SET label = 'changed'",
        "UPDATE credit_note_items SET net_minor = net_minor + 1",
        "UPDATE write_offs SET total_minor = total_minor + 1",
        "UPDATE write_off_items SET net_minor = net_minor + 1",
        "UPDATE moved_documents SET issued_to = 'cus_x'",
        "UPDATE quotes SET total_minor = total_minor + 1",
        "UPDATE quotes SET valid_until = '2099-01-01'",
        "UPDATE quote_items SET unit_minor = unit_minor - 1",
        "DELETE FROM invoice_items",
        "DELETE FROM invoice_taxes",
        "DELETE FROM credit_note_items",
        "DELETE FROM write_offs",
        "DELETE FROM write_off_items",
        "DELETE FROM moved_documents",
        "DELETE FROM quotes",
        "DELETE FROM quote_items",
        "DELETE FROM ledger_entries",
        "DELETE FROM ledger_transactions",
        "DELETE FROM ledger_accounts",
        "DELETE FROM wallet_transactions",
        "DELETE FROM audit_logs",
        "DELETE FROM invoices",
        "DELETE FROM credit_notes",
    ];
    if db::is_postgres(db) {
        forbidden.extend(["TRUNCATE invoice_items CASCADE", "TRUNCATE quote_items"]);
        forbidden.extend(["TRUNCATE ledger_entries", "TRUNCATE audit_logs", "TRUNCATE ledger_transactions CASCADE"]);
    }
    for sql in forbidden {
        let refused = db.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(before, world.snapshot().await);
}

#[tokio::test]
async fn who_owns_the_database_can_take_the_guards_away_and_the_proof_sees_what_was_done_then() {
    let world = a_day_of_business().await;
    world.tampers("UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE amount_minor > 0").await;
    let found = yumna::domain::ledger::verify(&world.services.db).await.unwrap().findings;
    assert!(!found.is_empty());
}
