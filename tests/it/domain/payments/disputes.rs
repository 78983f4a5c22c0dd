//! Payments that payers' banks took back: followed up, won or lost once, and the books agree.
use super::*;
use crate::support::money::by_wallet;
use entity::{payments::dispute as rows, value::DisputeStatus};
use futures_util::future::join_all;
use yumna::{
    domain::{
        ledger::{self, BankAccount, LedgerError},
        payments::{
            dispute::{self, Outcome},
            dispute_fee, settlement,
        },
    },
    kernel::page::PageRequest,
};

async fn disputed(net: i64) -> (World, ScriptedGateway, customer::Model, invoice::Model, rows::Model) {
    let (world, gateway, budi, bill, pay) = waiting(net).await;
    gateway.pay(&pay.reference, net);
    notified(&world, &gateway, &pay.reference).await;
    report(&world, &pay, |report| report.status = PaymentStatus::Chargeback).await;
    let row = rows::Entity::find().one(&world.services.db).await.unwrap().unwrap();
    (world, gateway, budi, bill, row)
}

async fn balance(world: &World, kind: &str) -> i64 {
    let totals = ledger::verify(&world.services.db).await.unwrap().totals;
    totals.balances.get(&(kind.to_owned(), "IDR".to_owned())).copied().unwrap_or_default()
}

async fn risk(world: &World, budi: &customer::Model) -> String {
    customer::Entity::find_by_id(budi.id.clone()).one(&world.services.db).await.unwrap().unwrap().risk_level
}

#[tokio::test]
async fn a_chargeback_opens_a_dispute_and_marks_the_customer() {
    let (world, _, budi, bill, row) = disputed(50_000).await;
    assert_eq!((row.amount_minor, row.lost_minor, row.status), (50_000, 0, DisputeStatus::Open));
    assert_eq!((row.customer_id.clone(), row.invoice_id.clone()), (budi.id.clone(), Some(bill.id.clone())));
    assert_eq!(risk(&world, &budi).await, "high");
    let ctx = world.system();
    let page = dispute::list(&ctx, Some(DisputeStatus::Open), None, &PageRequest::default()).await.unwrap();
    assert_eq!(page.rows, [row]);
    assert_eq!(rows::Entity::find().count(&ctx.db).await.unwrap(), 1);
    assert!(world.alerts().await.contains(&"payment_reversed".to_owned()));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_dispute_that_is_won_brings_the_money_back_to_the_invoice() {
    let (world, _, budi, bill, row) = disputed(50_000).await;
    let ana = world.staff("ana");
    assert!(matches!(dispute::decide(&ana, &row.id, Outcome::Won, " ").await, Err(PaymentError::ReasonRequired)));
    for _ in 0..2 {
        let won = dispute::decide(&ana, &row.id, Outcome::Won, "Bank menerima bukti").await.unwrap();
        assert_eq!((won.status, won.note.as_deref()), (DisputeStatus::Won, Some("Bank menerima bukti")));
    }
    let lost = dispute::decide(&ana, &row.id, Outcome::Lost, "x").await;
    assert!(matches!(lost, Err(PaymentError::AlreadyDealtWith)));
    let paid = world.reload(&bill).await;
    assert_eq!((paid.status, paid.paid_minor), (InvoiceStatus::Paid, 50_000));
    assert_eq!((balance(&world, "gateway_clearing").await, world.balance(&budi).await), (50_000, 0));
    assert_eq!((risk(&world, &budi).await.as_str(), world.news("invoice.paid").await), ("normal", 2));
    world.books_are_right().await;
}

#[tokio::test]
async fn won_money_goes_to_the_wallet_where_the_invoice_was_paid_again() {
    let (world, gateway, budi, bill, row) = disputed(50_000).await;
    let again = start(&world, &bill, "qris", None).await.unwrap();
    gateway.pay(&again.reference, 50_000);
    notified(&world, &gateway, &again.reference).await;
    dispute::decide(&world.staff("ana"), &row.id, Outcome::Won, "Bank menerima bukti").await.unwrap();
    assert_eq!((world.reload(&bill).await.paid_minor, world.balance(&budi).await), (50_000, 50_000));
    world.books_are_right().await;
}

/// Budi topped up 60,000, spent 45,000 of it, and his bank took the 60,000 back.
async fn spent() -> (World, customer::Model, rows::Model) {
    let (world, gateway) = with_gateway().await;
    let (budi, ctx) = (world.customer().await, world.system());
    let pay = attempt::start_top_up(&ctx, &budi.id, 60_000, &by("qris", None)).await.unwrap();
    gateway.pay(&pay.reference, 60_000);
    notified(&world, &gateway, &pay.reference).await;
    let bill = world.invoice(&budi, &[45_000]).await;
    attempt::start(&ctx, &budi.id, &bill.id, &by_wallet()).await.unwrap();
    report(&world, &pay, |report| report.status = PaymentStatus::Chargeback).await;
    let row = rows::Entity::find().one(&ctx.db).await.unwrap().unwrap();
    assert_eq!((row.amount_minor, row.lost_minor, balance(&world, "unallocated").await), (60_000, 45_000, 45_000));
    (world, budi, row)
}

#[tokio::test]
async fn what_was_spent_is_made_up_for_first_when_a_dispute_is_won() {
    let (world, budi, row) = spent().await;
    dispute::decide(&world.staff("ana"), &row.id, Outcome::Won, "Menang").await.unwrap();
    assert_eq!((world.balance(&budi).await, balance(&world, "unallocated").await), (15_000, 0));
    assert_eq!(balance(&world, "gateway_clearing").await, 60_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_was_spent_is_written_off_when_a_dispute_is_lost() {
    let (world, budi, row) = spent().await;
    let ana = world.staff("ana");
    for _ in 0..2 {
        dispute::decide(&ana, &row.id, Outcome::Lost, "Kalah").await.unwrap();
    }
    assert!(matches!(dispute::decide(&ana, &row.id, Outcome::Won, "x").await, Err(PaymentError::AlreadyDealtWith)));
    assert_eq!((balance(&world, "goodwill").await, balance(&world, "unallocated").await), (45_000, 0));
    assert_eq!((world.balance(&budi).await, risk(&world, &budi).await.as_str()), (0, "high"));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_loss_is_taken_from_the_wallet_as_far_as_it_holds_money_again() {
    let (world, budi, row) = spent().await;
    ledger::adjust(&world.system(), &budi.id, 30_000, "Saldo").await.unwrap();
    dispute::decide(&world.staff("ana"), &row.id, Outcome::Lost, "Kalah").await.unwrap();
    assert_eq!((world.balance(&budi).await, balance(&world, "unallocated").await), (0, 0));
    // The 30,000 were a gift.
    assert_eq!(balance(&world, "goodwill").await, 30_000 + 15_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_loss_waits_for_a_payout_of_the_wallet_to_be_called_off() {
    let (world, budi, row) = spent().await;
    ledger::adjust(&world.system(), &budi.id, 50_000, "Saldo").await.unwrap();
    let (ana, ctx) = (world.staff("ana"), world.system());
    let account = BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };
    let tx = ctx.begin().await.unwrap();
    let payout = ledger::pay_out(&ana, &tx, &budi.id, &account.check().unwrap(), "tutup").await.unwrap();
    tx.commit().await.unwrap();
    let under_way = dispute::decide(&ana, &row.id, Outcome::Lost, "Kalah").await;
    assert!(matches!(under_way, Err(PaymentError::Ledger(LedgerError::PayoutUnderWay))), "{under_way:?}");
    assert_eq!(dispute::get(&ctx, &row.id).await.unwrap().status, DisputeStatus::Open);

    ledger::cancel_payout(&ana, &payout.id, "sengketa").await.unwrap();
    dispute::decide(&ana, &row.id, Outcome::Lost, "Kalah").await.unwrap();
    assert_eq!((world.balance(&budi).await, balance(&world, "goodwill").await), (5_000, 50_000));
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn colleagues_who_decide_at_once_decide_once() {
    let (world, _, _, _, row) = disputed(50_000).await;
    let acts = (0..8).map(|n| {
        let (ctx, id) = (world.staff(&format!("s{n}")), row.id.clone());
        let outcome = if n % 2 == 0 { Outcome::Won } else { Outcome::Lost };
        tokio::spawn(async move { dispute::decide(&ctx, &id, outcome, "x").await })
    });
    for outcome in join_all(acts).await {
        let outcome = outcome.unwrap();
        assert!(matches!(outcome, Ok(_) | Err(PaymentError::AlreadyDealtWith)), "{outcome:?}");
    }
    let clearing = balance(&world, "gateway_clearing").await;
    assert!(clearing == 0 || clearing == 50_000, "{clearing}");
    world.books_are_right().await;
}

/// What the account's report of payouts says after `disputed`, booked.
async fn reported(world: &World, text: &str) {
    let ctx = world.staff("ana");
    let account = entity::payments::payment_account::Entity::find().one(&ctx.db).await.unwrap().unwrap().id;
    let id = settlement::send_in(&ctx, &account, text.as_bytes().to_vec()).await.unwrap().id;
    settlement::book(&ctx, &id).await.unwrap();
    world.books_are_right().await;
}

#[tokio::test]
async fn a_fee_counts_once_whether_staff_or_a_report_say_it_first() {
    // Staff say 20,000, correct it to 25,000, and the report takes 25,000 beside the money.
    let (world, _, _, _, row) = disputed(50_000).await;
    let ana = world.staff("ana");
    for amount in [20_000, 25_000, 25_000] {
        dispute_fee::charge(&ana, &row.id, amount, "Surel gateway").await.unwrap();
    }
    assert_eq!(balance(&world, "gateway_fees").await, 25_000);
    let head = "Order ID,Type,Amount,Fee,Net";
    let lines = format!("{0},Payment,50000,0,50000\n{0},Chargeback,-50000,25000,-75000", row.reference);
    reported(&world, &format!("{head}\n{lines}\n")).await;
    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "gateway_clearing").await), (25_000, 0));
    assert_eq!(balance(&world, "bank").await, -25_000);
    let late = dispute_fee::charge(&ana, &row.id, 30_000, "x").await;
    assert!(matches!(late, Err(PaymentError::AlreadyDealtWith)), "the report knows better");

    // Nobody said anything, and a line of its own names the payment.
    let (world, _, _, _, row) = disputed(50_000).await;
    let fee = format!("{},Chargeback fee,,25000,-25000", row.reference);
    reported(&world, &format!("{head}\n{fee}\n")).await;
    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "gateway_clearing").await), (25_000, 0));
}

#[tokio::test]
async fn a_fee_comes_back_only_where_the_dispute_was_won_and_the_gateway_gave_it() {
    let (world, _, _, _, row) = disputed(50_000).await;
    let ana = world.staff("ana");
    assert!(matches!(dispute_fee::charge(&ana, &row.id, -1, "x").await, Err(PaymentError::Invalid(_))));
    assert!(matches!(dispute_fee::charge(&ana, &row.id, 25_000, " ").await, Err(PaymentError::ReasonRequired)));
    dispute_fee::charge(&ana, &row.id, 25_000, "Surel gateway").await.unwrap();
    let early = dispute_fee::give_back(&ana, &row.id, "x").await;
    assert!(matches!(early, Err(PaymentError::AlreadyDealtWith)));
    dispute::decide(&ana, &row.id, Outcome::Won, "Menang").await.unwrap();
    assert_eq!(balance(&world, "gateway_fees").await, 25_000, "winning alone brings no fee");
    for _ in 0..2 {
        let back = dispute_fee::give_back(&ana, &row.id, "Surel gateway").await.unwrap();
        assert_eq!(back.fee_back_minor, 25_000);
    }
    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "gateway_clearing").await), (0, 50_000));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_fee_that_comes_back_on_a_line_of_its_own_is_nobodys_won_money() {
    let (world, _, _, _, row) = disputed(500_000).await;
    let ana = world.staff("ana");
    dispute_fee::charge(&ana, &row.id, 25_000, "Surel gateway").await.unwrap();
    dispute::decide(&ana, &row.id, Outcome::Won, "Menang").await.unwrap();
    let lines = "{},Pengembalian biaya chargeback,25000,0,25000\n{},Chargeback reversal,9000000,0,9000000\n";
    reported(&world, &format!("Order ID,Type,Amount,Fee,Net\n{}", lines.replace("{}", &row.reference))).await;
    assert_eq!(balance(&world, "bank").await, 0, "both wait for a person");

    let waiting = entity::payments::settlement_line::Entity::find().all(&ana.db).await.unwrap();
    for line in &waiting {
        let matched = settlement::match_line(&ana, &line.id, &row.reference, "Biaya kembali").await;
        match line.net_minor {
            25_000 => assert_eq!(matched.unwrap().clearing_minor, 25_000),
            _ => assert!(matches!(matched, Err(PaymentError::LineDoesNotFit)), "somebody else's money"),
        }
    }
    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "bank").await), (0, 25_000));
    assert_eq!(dispute::get(&ana, &row.id).await.unwrap().fee_back_minor, 25_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_fee_may_come_back_that_was_booked_as_an_ordinary_one() {
    let (world, _, _, _, row) = disputed(500_000).await;
    let ana = world.staff("ana");
    dispute::decide(&ana, &row.id, Outcome::Won, "Menang").await.unwrap();
    let line = format!("{},Chargeback reversal,500000,,525000", row.reference);
    reported(&world, &format!("Order ID,Type,Amount,Fee,Net\n{line}\n")).await;
    let waiting = entity::payments::settlement_line::Entity::find().one(&ana.db).await.unwrap().unwrap();
    settlement::match_line(&ana, &waiting.id, &row.reference, "Dengan biaya").await.unwrap();
    let known = dispute::get(&ana, &row.id).await.unwrap();
    assert_eq!((known.fee_minor, known.fee_back_minor), (0, 25_000));
    assert_eq!(balance(&world, "gateway_fees").await, -25_000, "against the one that was booked before");
    world.books_are_right().await;
}
