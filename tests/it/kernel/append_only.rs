//! What was booked, issued or done can be changed or removed by nobody, not even by a statement written by hand.
use crate::support::World;
use sea_orm::ConnectionTrait;
use yumna::{
    domain::billing::credit_note::{self, Against, Credit, NewCreditNote},
    kernel::{db, seal},
};

/// A wallet that was filled, an invoice of which a part is credited, and a trail that is sealed.
async fn a_day_of_business() -> World {
    let world = World::new().await;
    let budi = world.customer().await;
    world.gift(&budi, 10_000).await;
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
        "DELETE FROM ledger_entries",
        "DELETE FROM ledger_transactions",
        "DELETE FROM ledger_accounts",
        "DELETE FROM wallet_transactions",
        "DELETE FROM audit_logs",
        "DELETE FROM invoices",
        "DELETE FROM credit_notes",
    ];
    if db::is_postgres(db) {
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
