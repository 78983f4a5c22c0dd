//! Postings are balanced and written once; wallets never fall below their floor; the proof sees what is broken.
use crate::support::World;
use entity::{
    ledger::{account, entry, transaction},
    platform::alert,
    value::{ApprovalStatus, PaymentAccountId, WalletTransactionType},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::{
        Ctx, customers,
        ledger::{
            self, Account, Adjusted, Decision, LedgerError, Limited, Movement, Posting, credit, debit, decide, history,
            post, wallet,
        },
    },
    kernel::{
        actor::Actor,
        fault::Fault,
        locale::{self, Lang},
        page::PageRequest,
    },
};

fn posting(key: &str, entries: Vec<(Account, i64)>) -> Posting {
    Posting {
        idempotency_key: key.to_owned(),
        kind: "test",
        source_type: "test",
        source_id: "t_1".to_owned(),
        description: "test".to_owned(),
        currency: "IDR".to_owned(),
        entries,
        wallet: None,
    }
}

#[tokio::test]
async fn an_unbalanced_posting_leaves_nothing_behind() {
    let world = World::new().await;
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();

    for entries in [
        vec![(Account::Bank, 100), (Account::TaxPayable, -99)],
        vec![],
        vec![(Account::Bank, 100)],
        vec![(Account::Bank, 5), (Account::Bank, -5)],
    ] {
        let outcome = post(&ctx, &tx, posting("k", entries)).await;
        assert!(matches!(outcome, Err(LedgerError::Unbalanced(_))), "{outcome:?}");
    }
    tx.commit().await.unwrap();
    assert_eq!(transaction::Entity::find().count(&ctx.db).await.unwrap(), 0);
}

#[tokio::test]
async fn the_same_fact_is_posted_once_and_a_key_belongs_to_one_fact() {
    let world = World::new().await;
    let ctx = world.system();
    let entries = || vec![(Account::Bank, 100), (Account::TaxPayable, -60), (Account::TaxPayable, -40)];

    for expected in [true, false, false] {
        let tx = ctx.begin().await.unwrap();
        assert_eq!(post(&ctx, &tx, posting("k", entries())).await.unwrap().is_new, expected);
        tx.commit().await.unwrap();
    }
    let tx = ctx.begin().await.unwrap();
    let other = Posting { source_id: "t_2".to_owned(), ..posting("k", entries()) };
    assert!(matches!(post(&ctx, &tx, other).await, Err(LedgerError::KeyReused(_))));
    drop(tx);

    assert_eq!(entry::Entity::find().count(&ctx.db).await.unwrap(), 2);
    let bank = account::Entity::find_by_code("bank").one(&ctx.db).await.unwrap().unwrap();
    assert_eq!(bank.balance_minor, 100);
}

#[tokio::test]
async fn currencies_have_accounts_of_their_own() {
    let world = World::new().await;
    let ctx = world.system();
    let clearing = Account::GatewayClearing(PaymentAccountId::from("pac_1"));
    let tx = ctx.begin().await.unwrap();
    let dollars =
        Posting { currency: "USD".to_owned(), ..posting("usd", vec![(clearing, 5), (Account::Unallocated, -5)]) };
    post(&ctx, &tx, dollars).await.unwrap();
    tx.commit().await.unwrap();

    let codes: Vec<String> =
        account::Entity::find().all(&ctx.db).await.unwrap().into_iter().map(|account| account.code).collect();
    assert!(codes.contains(&"gateway_clearing:pac_1:USD".to_owned()) && codes.contains(&"unallocated:USD".to_owned()));
}

fn movement(customer: &entity::customers::customer::Model, amount_minor: i64, source: &str) -> Movement {
    Movement {
        customer_id: customer.id.clone(),
        amount_minor,
        r#type: WalletTransactionType::TopUp,
        against: Account::Bank,
        kind: "test_moved",
        source_type: "test",
        source_id: source.to_owned(),
        description: "Isi saldo".to_owned(),
    }
}

#[tokio::test]
async fn a_wallet_tells_its_history_with_running_balances() {
    let world = World::new().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let tx = ctx.begin().await.unwrap();
    credit(&ctx, &tx, movement(&budi, 50_000, "a")).await.unwrap().unwrap();
    let spent = Movement { r#type: WalletTransactionType::Payment, ..movement(&budi, 20_000, "b") };
    debit(&ctx, &tx, spent).await.unwrap().unwrap();
    assert!(credit(&ctx, &tx, movement(&budi, 50_000, "a")).await.unwrap().is_none(), "posted twice");
    tx.commit().await.unwrap();

    let seen = wallet(&ctx, &budi.id).await.unwrap();
    assert_eq!((seen.balance, seen.held, seen.total_top_up, seen.total_spent), (30_000, 0, 50_000, 20_000));
    let rows = history(&ctx, &budi.id, &PageRequest::default()).await.unwrap().rows;
    let told: Vec<_> =
        rows.iter().map(|row| (row.amount_minor, row.balance_before_minor, row.balance_after_minor)).collect();
    assert_eq!(told, [(-20_000, 50_000, 30_000), (50_000, 0, 50_000)]);
    assert_eq!(rows[0].number, "TXMP-202600000002");
    world.books_are_right().await;
}

#[tokio::test]
async fn a_wallet_that_is_short_says_by_how_much_and_keeps_what_it_has() {
    let world = World::new().await;
    let budi = world.customer().await;
    world.gift(&budi, 30_000).await;

    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let error = debit(&ctx, &tx, movement(&budi, 55_500, "x")).await.unwrap_err();
    drop(tx);

    assert_eq!(error.code(), "INSUFFICIENT_CREDIT");
    assert_eq!(error.extra()["shortfall"], 25_500);
    assert_eq!(world.balance(&budi).await, 30_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_large_adjustment_waits_for_a_second_pair_of_eyes() {
    let world = World::new().await;
    let budi = world.customer().await;
    let (ana, tono) = (world.staff("ana"), world.staff("tono"));

    let Adjusted::Waiting(asked) = ledger::adjust(&ana, &budi.id, 5_000_000, "SLA credit").await.unwrap() else {
        panic!("5 million moved at once")
    };
    assert_eq!(world.balance(&budi).await, 0);
    assert!(matches!(decide(&ana, &asked.id, Decision::Approve).await, Err(LedgerError::SamePerson)));
    assert!(matches!(decide(&world.system(), &asked.id, Decision::Approve).await, Err(LedgerError::SamePerson)));

    let decided = decide(&tono, &asked.id, Decision::Approve).await.unwrap();
    assert_eq!(decided.status, ApprovalStatus::Approved);
    assert!(matches!(decide(&tono, &asked.id, Decision::Approve).await, Err(LedgerError::AlreadyDecided)));
    assert_eq!(world.balance(&budi).await, 5_000_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_rejected_adjustment_moves_nothing_and_words_are_required() {
    let world = World::new().await;
    let budi = world.customer().await;
    let ana = world.staff("ana");
    let Adjusted::Waiting(asked) = ledger::adjust(&ana, &budi.id, -2_000_000, "chargeback").await.unwrap() else {
        panic!("moved at once")
    };
    decide(&world.staff("tono"), &asked.id, Decision::Reject).await.unwrap();
    assert_eq!(world.balance(&budi).await, 0);
    assert!(matches!(ledger::adjust(&ana, &budi.id, 5, "  ").await, Err(LedgerError::ReasonRequired)));
    assert!(matches!(ledger::adjust(&ana, &budi.id, 0, "x").await, Err(LedgerError::InvalidAmount)));
    assert!(matches!(ledger::adjust(&ana, &"cus_nobody".into(), 5, "x").await, Err(LedgerError::NotFound)));
}

#[tokio::test]
async fn nobody_gives_money_or_credit_to_his_own_account() {
    let world = World::new().await;
    let budi = world.buyer("budi").await;
    let (ana, id) = (world.staff("ana"), &budi.customer_id);
    let own = Ctx { actor: Actor::Staff { user_id: budi.user_id.clone() }, ..world.system() };
    let limit = async || customers::get(&ana.db, id).await.unwrap().credit_limit_minor;

    // However little: what others may give alone is not his to take.
    assert_eq!(ledger::adjust(&own, id, 1_000, "Bonus").await.unwrap_err().code(), "OWN_PAYOUT");
    assert_eq!(ledger::set_credit_limit(&own, id, 1_000, "Bonus").await.unwrap_err().code(), "OWN_PAYOUT");
    // Nor does he decide what a colleague asked for it; a no is always his to say.
    let Adjusted::Waiting(gift) = ledger::adjust(&ana, id, 5_000_000, "Bonus").await.unwrap() else {
        panic!("5 million moved at once")
    };
    let Limited::Waiting(loan) = ledger::set_credit_limit(&ana, id, 5_000_000, "Bonus").await.unwrap() else {
        panic!("5 million lent at once")
    };
    for asked in [&gift, &loan] {
        assert_eq!(decide(&own, &asked.id, Decision::Approve).await.unwrap_err().code(), "OWN_PAYOUT");
    }
    assert_eq!((world.balance_of(&budi).await, limit().await), (0, 0));
    decide(&own, &gift.id, Decision::Reject).await.unwrap();

    decide(&world.staff("tono"), &loan.id, Decision::Approve).await.unwrap();
    assert_eq!(limit().await, 5_000_000);
    ledger::set_credit_limit(&own, id, 0, "Tidak perlu").await.unwrap();
    assert_eq!(limit().await, 0, "less is nobody's gain");
    world.books_are_right().await;
}

#[tokio::test]
async fn the_proof_sees_every_kind_of_damage() {
    for (damage, invariant) in [
        (
            "UPDATE ledger_accounts SET balance_minor = balance_minor + 1 WHERE kind = 'receivable'",
            "an account's balance is the sum of its entries",
        ),
        (
            "UPDATE ledger_accounts SET balance_minor = balance_minor + 1 WHERE kind = 'receivable'",
            "receivables are the open invoices",
        ),
        (
            "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE amount_minor > 0",
            "a posting sums to zero in each currency",
        ),
        ("UPDATE invoices SET paid_minor = paid_minor + 1", "an invoice is paid by its payments"),
        ("UPDATE invoices SET notes = 'changed'", "an issued document is unchanged"),
        ("UPDATE invoice_items SET description = 'changed'", "an issued document is unchanged"),
        ("UPDATE invoice_items SET net_minor = net_minor + 1", "an invoice is the sum of its lines"),
        (
            "UPDATE number_series SET next_value = next_value + 1 WHERE id LIKE 'invoice:%'",
            "a number series has no gap",
        ),
        ("UPDATE number_series SET last_hash = 'x' WHERE id LIKE 'invoice:%'", "documents are chained"),
        (
            "UPDATE ledger_transactions SET idempotency_key = id WHERE kind = 'invoice_issued'",
            "an issued invoice has its posting",
        ),
        ("UPDATE ledger_transactions SET source_id = 'gone' WHERE kind = 'invoice_issued'", "a posting has its source"),
        (
            "UPDATE wallet_transactions SET amount_minor = amount_minor + 1, balance_after_minor = balance_after_minor + 1",
            "wallets are the sum of their movements",
        ),
    ] {
        let world = World::new().await;
        let budi = world.customer().await;
        world.gift(&budi, 10_000).await;
        world.invoice(&budi, &[50_000]).await;
        world.invoice(&budi, &[70_000, 5]).await;
        world.books_are_right().await;

        world.tampers(damage).await;

        let found = ledger::verify(&world.services.db).await.unwrap().findings;
        assert!(found.iter().any(|finding| finding.invariant == invariant), "{damage}: {found:?}");
    }
}

#[tokio::test]
async fn a_proof_is_kept_and_staff_are_told_until_the_books_are_right_again() {
    let world = World::new().await;
    let ctx = world.system();
    let customer = world.customer().await;
    world.invoice(&customer, &[50_000]).await;
    assert!(ledger::last_check(&ctx).await.unwrap().is_none());
    let open = async || {
        let told = alert::Entity::find().filter(alert::Column::Code.eq("books_wrong"));
        told.filter(alert::Column::ResolvedAt.is_null()).all(&ctx.db).await.unwrap().len()
    };

    let right = ledger::check(&ctx).await.unwrap();
    assert_eq!((right.found, right.totals["invoices"].as_i64(), open().await), (0, Some(1), 0));

    world.tampers("UPDATE invoices SET locale = 'xx'").await;
    let wrong = ledger::check(&ctx).await.unwrap();
    let named: Vec<&str> =
        wrong.findings.as_array().unwrap().iter().filter_map(|found| found["invariant"].as_str()).collect();
    assert_eq!((named, wrong.found, open().await), (vec!["an-issued-document-is-unchanged"], 1, 1));
    assert_eq!(ledger::last_check(&ctx).await.unwrap(), Some(wrong));

    world.tampers("UPDATE invoices SET locale = 'id'").await;
    assert_eq!((ledger::check(&ctx).await.unwrap().found, open().await), (0, 0));
}

#[test]
fn every_rule_of_the_books_has_its_sentence() {
    for word in ledger::invariants() {
        for lang in Lang::ALL {
            assert!(locale::exists(*lang, &format!("books-{word}")), "{lang:?} {word}");
        }
    }
    assert_eq!(ledger::invariants().len(), 44);
}

#[tokio::test]
async fn many_postings_at_once_come_to_the_same_as_one_after_the_other() {
    let world = World::new().await;
    let ctx = world.system();
    let sale = |key: &str, minor: i64| {
        let entries =
            vec![(Account::Bank, minor), (Account::TaxPayable, -minor / 10), (Account::Goodwill, minor / 10 - minor)];
        posting(key, entries)
    };
    let tx = ctx.begin().await.unwrap();
    post(&ctx, &tx, sale("one", 1_000)).await.unwrap();
    ledger::post_all(&ctx, &tx, &[sale("two", 2_000), sale("three", 30)]).await.unwrap();
    tx.commit().await.unwrap();

    let balance = async |code: &str| {
        let row = account::Entity::find().filter(account::Column::Code.eq(code)).one(&ctx.db).await.unwrap();
        row.unwrap().balance_minor
    };
    assert_eq!((balance("bank").await, balance("tax_payable").await, balance("goodwill").await), (3_030, -303, -2_727));
    let found = ledger::verify(&ctx.db).await.unwrap().findings;
    assert!(found.iter().all(|finding| !finding.invariant.contains("balance")), "{found:?}");

    let again = ctx.begin().await.unwrap();
    let refused = ledger::post_all(&ctx, &again, &[sale("four", 10), sale("two", 2_000)]).await;
    assert!(matches!(refused, Err(LedgerError::KeyReused(_))), "{refused:?}");
    drop(again);
    let customer = world.customer().await;
    let tx = ctx.begin().await.unwrap();
    let from_wallet = posting("five", vec![(Account::Wallet(customer.id), 10), (Account::Bank, -10)]);
    assert!(matches!(ledger::post_all(&ctx, &tx, &[from_wallet]).await, Err(LedgerError::Unbalanced(_))));
    assert_eq!(balance("bank").await, 3_030);
}
