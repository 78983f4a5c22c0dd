//! Months of the books that are closed, and what accounts held at the beginning.
use crate::support::{
    World, gateway,
    money::{by, with_gateway},
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ledger::{account, transaction},
    payments::payment_account,
    platform::audit_log,
    value::{PaymentStatus, business_day},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use yumna::{
    domain::{
        Ctx,
        ledger::{self, Account, LedgerError, NewOpening, Posting},
        payments::attempt,
        reports::{closing, gateways, journal, range::Range, tax},
    },
    kernel::{fault::Fault, page::PageRequest},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The world's clock stands at this instant, later or earlier.
fn moves_to(world: &World, text: &str) {
    world.advance(at(text) - world.services.clock.now());
}

async fn posts(world: &World, key: &str) -> Result<(), LedgerError> {
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let posting = Posting {
        idempotency_key: key.to_owned(),
        kind: "by_hand",
        source_type: "test",
        source_id: "1".to_owned(),
        description: String::new(),
        currency: "IDR".to_owned(),
        entries: vec![(Account::Bank, 5), (Account::Goodwill, -5)],
        wallet: None,
    };
    ledger::post(&ctx, &tx, posting.clone()).await?;
    let more = Posting { idempotency_key: format!("{key}:more"), ..posting };
    ledger::post_all(&ctx, &tx, std::slice::from_ref(&more)).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn balance(world: &World, code: &str) -> i64 {
    let found = account::Entity::find_by_code(code).one(&world.services.db).await.unwrap();
    found.map_or(0, |account| account.balance_minor)
}

fn code<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> &'static str {
    result.unwrap_err().code()
}

#[tokio::test]
async fn a_month_is_closed_when_it_is_over_and_in_order() {
    let world = World::new().await;
    let ana = world.staff("ana");
    assert_eq!(ledger::closable_period(&ana).await.unwrap(), Some(day("2026-10-01")));
    assert_eq!(code(ledger::close_period(&ana, "2026-11").await), "PERIOD_NOT_OVER");
    assert_eq!(code(ledger::close_period(&ana, "2026-13").await), "VALIDATION_FAILED");

    ledger::close_period(&ana, "2026-08").await.unwrap();

    assert_eq!(code(ledger::close_period(&ana, "2026-08").await), "PERIOD_CLOSED");
    assert_eq!(code(ledger::close_period(&ana, "2026-05").await), "PERIOD_CLOSED", "all before it are closed too");
    assert_eq!(code(ledger::close_period(&ana, "2026-10").await), "PERIOD_OUT_OF_ORDER");
    assert_eq!(ledger::closable_period(&ana).await.unwrap(), Some(day("2026-09-01")));
    ledger::close_period(&ana, "2026-09").await.unwrap();
    ledger::close_period(&ana, "2026-10").await.unwrap();
    assert_eq!(ledger::closable_period(&ana).await.unwrap(), None, "November is not over");
    assert_eq!(ledger::closed_through(&ana.db).await.unwrap().as_deref(), Some("2026-10"));
    let trail = audit_log::Entity::find().filter(audit_log::Column::Action.eq("ledger.period.close"));
    assert_eq!(trail.all(&ana.db).await.unwrap().len(), 3);
}

#[tokio::test]
async fn only_the_last_closed_month_opens_again_and_only_with_a_reason() {
    let world = World::new().await;
    let ana = world.staff("ana");
    ledger::close_period(&ana, "2026-09").await.unwrap();
    ledger::close_period(&ana, "2026-10").await.unwrap();

    assert_eq!(code(ledger::reopen_period(&ana, "2026-09", "Salah catat").await), "PERIOD_NOT_LAST");
    assert_eq!(code(ledger::reopen_period(&ana, "2026-10", " ").await), "REASON_REQUIRED");
    ledger::reopen_period(&ana, "2026-10", "Salah catat").await.unwrap();
    assert_eq!(code(ledger::reopen_period(&ana, "2026-10", "Salah catat").await), "PERIOD_NOT_LAST");
    assert_eq!(ledger::closed_through(&ana.db).await.unwrap().as_deref(), Some("2026-09"));

    ledger::reopen_period(&ana, "2026-09", "Salah catat").await.unwrap();
    assert_eq!(ledger::closed_through(&ana.db).await.unwrap().as_deref(), Some("2026-08"), "those before stay closed");
    assert_eq!(code(ledger::reopen_period(&ana, "2026-08", "Salah catat").await), "PERIOD_NOT_LAST");
    assert_eq!(code(ledger::close_period(&ana, "2026-01").await), "PERIOD_CLOSED");
    ledger::close_period(&ana, "2026-09").await.unwrap();

    ledger::close_period(&ana, "2026-10").await.unwrap();
    let rows = ledger::periods(&ana).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.month.as_str(), row.reopened_at.is_none())).collect();
    assert_eq!(told, [("2026-10", true), ("2026-09", true)]);
}

#[tokio::test]
async fn nothing_is_booked_in_a_closed_month_not_even_by_a_clock_that_jumped_back() {
    let world = World::new().await;
    let ana = world.staff("ana");
    posts(&world, "before").await.unwrap();
    moves_to(&world, "2026-12-05T03:00:00Z");
    ledger::close_period(&ana, "2026-11").await.unwrap();
    posts(&world, "after").await.unwrap();

    moves_to(&world, "2026-11-25T03:00:00Z");
    assert_eq!(code(posts(&world, "late").await), "PERIOD_CLOSED");
    let budi = world.customer().await;
    let gift = ledger::adjust(&ana, &budi.id, 5_000, "Maaf").await;
    assert_eq!(gift.unwrap_err().code(), "PERIOD_CLOSED");
    assert_eq!(balance(&world, "bank").await, 20, "what was refused left nothing behind");

    // What is booked already is still known by its key.
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let known = transaction::Entity::find().filter(transaction::Column::IdempotencyKey.eq("before"));
    let known = known.one(&ctx.db).await.unwrap().unwrap();
    let posting = Posting {
        idempotency_key: "before".to_owned(),
        kind: "by_hand",
        source_type: "test",
        source_id: "1".to_owned(),
        description: String::new(),
        currency: "IDR".to_owned(),
        entries: vec![(Account::Bank, 5), (Account::Goodwill, -5)],
        wallet: None,
    };
    let again = ledger::post(&ctx, &tx, posting).await.unwrap();
    assert_eq!((again.is_new, again.transaction.id), (false, known.id));
    drop(tx);

    moves_to(&world, "2026-12-06T03:00:00Z");
    ledger::reopen_period(&ana, "2026-11", "Salah catat").await.unwrap();
    moves_to(&world, "2026-11-25T03:00:00Z");
    posts(&world, "late").await.unwrap();
}

#[tokio::test]
async fn money_of_a_closed_month_that_is_told_late_counts_when_it_is_told() {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let budi = world.customer().await;
    let mut paid = Vec::new();
    for _ in 0..2 {
        let bill = world.invoice(&budi, &[100_000]).await;
        let pay = attempt::start(&ctx, &budi.id, &bill.id, &by("bank_transfer", Some("bca"))).await.unwrap();
        paid.push((bill, pay));
    }
    moves_to(&world, "2026-12-02T03:00:00Z");
    let tells = async |at_place: usize| {
        let (bill, pay) = &paid[at_place];
        let mut report = gateway::report(&pay.reference, bill.total_minor);
        report.status = PaymentStatus::Succeeded;
        report.settled_at = Some(at("2026-11-30T03:00:00Z"));
        attempt::apply_report(&ctx, &pay.id, &report).await.unwrap();
        world.reload(bill).await
    };
    let declared = async |month: &str| {
        let range = Range::month_of(day(&format!("{month}-01")));
        tax::report(&ctx, range).await.unwrap().taxed.tax_minor
    };

    let first = tells(0).await;
    assert_eq!(first.tax_point_at, Some(at("2026-11-30T03:00:00Z")), "November is open");
    ledger::close_period(&ana, "2026-11").await.unwrap();
    let second = tells(1).await;

    assert_eq!((second.tax_point_at, second.paid_at), (Some(ctx.now()), Some(ctx.now())));
    assert_eq!((declared("2026-11").await, declared("2026-12").await), (11_000, 11_000));
    world.books_are_right().await;
}

#[tokio::test]
async fn what_is_open_in_a_month_is_shown_before_it_is_closed() {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[100_000]).await;
    world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    let mut report = gateway::report(&pay.reference, bill.total_minor);
    report.status = PaymentStatus::Succeeded;
    attempt::apply_report(&ctx, &pay.id, &report).await.unwrap();
    moves_to(&world, "2026-12-02T03:00:00Z");
    world.invoice(&budi, &[7_000]).await;

    let items = closing::open_items(&ctx, Range::month_of(day("2026-11-01"))).await.unwrap();

    let expected = closing::OpenItems {
        clearing_minor: 111_000,
        receivable_minor: 55_500,
        tax_minor: 11_000,
        ..closing::OpenItems::default()
    };
    assert_eq!(items, expected);
}

fn opening(account: &str, on: &str, amount_minor: i64) -> (String, NaiveDate, i64) {
    (account.to_owned(), day(on), amount_minor)
}

async fn enters(ctx: &Ctx, (account, day, amount_minor): (String, NaiveDate, i64)) -> Result<String, LedgerError> {
    let row = ledger::enter_opening(ctx, NewOpening { account: &account, day, amount_minor }).await?;
    Ok(row.id.0)
}

#[tokio::test]
async fn opening_balances_are_booked_on_their_day_against_equity() {
    let (world, _) = with_gateway().await;
    let ana = world.staff("ana");
    let clearing = payment_account::Entity::find().one(&ana.db).await.unwrap().unwrap().id;
    let clearing = format!("gateway_clearing:{clearing}");
    enters(&ana, opening("bank", "2026-11-01", 25_000_000)).await.unwrap();
    enters(&ana, opening("tax_payable", "2026-11-01", -3_300_000)).await.unwrap();
    enters(&ana, opening(&clearing, "2026-11-01", 700_000)).await.unwrap();

    assert_eq!(balance(&world, "equity").await, -22_400_000);
    let november = Range::month_of(day("2026-11-01"));
    let request = PageRequest { after: None, limit: 50 };
    let lines = journal::lines(&ana, november, &request).await.unwrap().rows;
    let booked: Vec<_> =
        lines.iter().map(|line| (line.account.as_str(), line.amount_minor, business_day(line.posted_at))).collect();
    assert_eq!(booked.len(), 6);
    assert!(booked.contains(&("bank", 25_000_000, day("2026-11-01"))));
    assert!(lines.iter().all(|line| line.posted_at == at("2026-10-31T17:00:00Z")));
    let totals = journal::totals(&ana, november).await.unwrap();
    assert_eq!(totals[0].debit_minor, totals[0].credit_minor);
    assert!(gateways::report(&ana, november).await.unwrap().ties());
    assert!(tax::report(&ana, november).await.unwrap().tie.holds());
    let october = journal::totals(&ana, Range::month_of(day("2026-10-01"))).await.unwrap();
    assert!(october.is_empty(), "a day begins at midnight in Jakarta");
    world.books_are_right().await;
}

#[tokio::test]
async fn an_account_has_one_opening_balance_of_a_day_and_a_counter_entry_makes_room() {
    let world = World::new().await;
    let ana = world.staff("ana");
    let first = enters(&ana, opening("bank", "2026-11-01", 25_000_000)).await.unwrap();
    assert_eq!(code(enters(&ana, opening("bank", "2026-11-01", 1)).await), "OPENING_BALANCE_EXISTS");
    for (wrong, field) in [
        (opening("bank", "2026-11-02", 0), "amount"),
        (opening("bank", "2026-11-22", 5), "day"),
        (opening("receivable:cus_1", "2026-11-02", 5), "account"),
        (opening("gateway_clearing:pac_1", "2026-11-02", 5), "account"),
    ] {
        assert_eq!(enters(&ana, wrong).await.unwrap_err().fields()[0].field, field);
    }

    let id = first.as_str().into();
    ledger::reverse_opening(&ana, &id).await.unwrap();
    assert_eq!(code(ledger::reverse_opening(&ana, &id).await), "OPENING_BALANCE_TAKEN_BACK");
    assert_eq!(code(ledger::reverse_opening(&ana, &"obl_nobody".into()).await), "NOT_FOUND");
    assert_eq!(balance(&world, "bank").await, 0);
    enters(&ana, opening("bank", "2026-11-01", 24_000_000)).await.unwrap();

    assert_eq!((balance(&world, "bank").await, balance(&world, "equity").await), (24_000_000, -24_000_000));
    assert_eq!(ledger::openings(&ana).await.unwrap().len(), 2);
    world.books_are_right().await;
    world.services.db.execute_unprepared("UPDATE opening_balances SET amount_minor = amount_minor + 1").await.unwrap();
    let found = ledger::verify(&world.services.db).await.unwrap().findings;
    assert!(found.iter().any(|finding| finding.invariant == "equity is the other side of opening balances"));
}

#[tokio::test]
async fn once_a_month_is_closed_no_opening_balance_is_entered_and_one_is_taken_back_today() {
    let world = World::new().await;
    let ana = world.staff("ana");
    let id = enters(&ana, opening("bank", "2026-10-01", 5_000_000)).await.unwrap();
    ledger::close_period(&ana, "2026-10").await.unwrap();
    assert_eq!(code(enters(&ana, opening("tax_payable", "2026-11-01", -5)).await), "PERIOD_CLOSED");

    ledger::reverse_opening(&ana, &id.as_str().into()).await.unwrap();

    let posted = transaction::Entity::find().filter(transaction::Column::Kind.eq("opening_reversed"));
    assert_eq!(posted.one(&ana.db).await.unwrap().unwrap().posted_at, ana.now());
    assert_eq!(balance(&world, "bank").await, 0);
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_balance_entered_while_the_month_is_closed_is_in_it_or_refused() {
    for _ in 0..4 {
        let world = World::new().await;
        let (ana, tono) = (world.staff("ana"), world.staff("tono"));
        let (entered, again, closed, twice) = tokio::join!(
            enters(&ana, opening("bank", "2026-10-15", 5_000)),
            enters(&tono, opening("bank", "2026-10-15", 5_000)),
            ledger::close_period(&ana, "2026-10"),
            ledger::close_period(&tono, "2026-10")
        );
        assert!(closed.is_ok() != twice.is_ok(), "{closed:?} {twice:?}");
        assert!(!(entered.is_ok() && again.is_ok()));
        let kept = i64::from(entered.is_ok() || again.is_ok()) * 5_000;
        assert_eq!(balance(&world, "bank").await, kept);
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn a_month_is_not_closed_while_money_is_being_counted_in_it() {
    let world = World::new().await;
    moves_to(&world, "2026-12-02T03:00:00Z");
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let then = at("2026-11-30T03:00:00Z");

    // Somebody has looked, seen the month open, and not yet committed what he counts in it.
    let tx = ctx.begin().await.unwrap();
    assert_eq!(ledger::counts_at(&ctx, &tx, then).await.unwrap(), then);
    let closing = tokio::spawn(async move { ledger::close_period(&ana, "2026-11").await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!closing.is_finished(), "the month waits for him");
    tx.commit().await.unwrap();

    closing.await.unwrap().unwrap();
    let tx = ctx.begin().await.unwrap();
    let counts = ledger::counts_at(&ctx, &tx, then).await.unwrap();
    assert_eq!(counts, ctx.now(), "what is learnt later counts now");
}
