//! Money that came and was taken back, when money counts as come, and the order of locks.
use crate::support::{
    World,
    gateway::{self, ScriptedGateway, Trouble},
    money::{by, with_gateway},
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    billing::invoice,
    customers::customer,
    payments::payment,
    platform::alert,
    value::{InvoiceStatus, Money, PaymentStatus, RefundStatus},
};
use sea_orm::{EntityTrait, TransactionTrait};
use std::sync::{Arc, Mutex};
use yumna::{
    domain::{
        billing::invoice::{display_status, open_minor},
        ledger::{self, BankAccount},
        payments::{
            attempt,
            refund::{Destination, NewRefund, refund_to},
        },
    },
    integrations::gateways::PaymentReport,
    kernel::{clock::Clock, db::is_postgres},
};

async fn report(world: &World, pay: &payment::Model, change: impl FnOnce(&mut PaymentReport)) -> payment::Model {
    let mut report = gateway::report(&pay.reference, pay.amount_minor);
    change(&mut report);
    attempt::apply_report(&world.system(), &pay.id, &report).await.unwrap()
}

async fn becomes(world: &World, pay: &payment::Model, status: PaymentStatus) -> payment::Model {
    report(world, pay, |report| report.status = status).await
}

/// An invoice of Rp 55.500 paid by QRIS.
async fn paid() -> (World, ScriptedGateway, customer::Model, invoice::Model, payment::Model) {
    let (world, gateway) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    gateway.pay(&pay.reference, 55_500);
    let pay = becomes(&world, &pay, PaymentStatus::Succeeded).await;
    (world, gateway, budi, bill, pay)
}

async fn give_back(world: &World, pay: &payment::Model, amount_minor: i64, destination: Destination) -> RefundStatus {
    let key = format!("{}:{amount_minor}", destination.as_str());
    let new = NewRefund { payment_id: &pay.id, amount_minor, destination, reason: "not as promised", key: &key };
    let (ana, db) = (world.staff("ana"), &world.services.db);
    let bank = BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };
    let row = refund_to(&ana, new, &bank).await.unwrap();
    if let Some(payout) = ledger::payout_of_refund(db, &row.id).await.unwrap() {
        ledger::confirm_payout(&ana, &payout.id, "BCA-0001").await.unwrap();
    }
    row.status
}

async fn balance_of(world: &World, kind: &str) -> i64 {
    let totals = ledger::verify(&world.services.db).await.unwrap().totals;
    totals.balances.get(&(kind.to_owned(), "IDR".to_owned())).copied().unwrap_or(0)
}

async fn told_of_reversal(world: &World) -> String {
    let alerts = alert::Entity::find().all(&world.services.db).await.unwrap();
    alerts.into_iter().find(|alert| alert.code == "payment_reversed").unwrap().detail
}

// 26
#[tokio::test]
async fn a_payment_that_is_denied_after_it_succeeded_was_taken_back() {
    for word in [PaymentStatus::Failed, PaymentStatus::Cancelled] {
        let (world, _, _, bill, pay) = paid().await;

        let gone = becomes(&world, &pay, word).await;

        assert_eq!((gone.status, gone.received_minor), (PaymentStatus::Reversed, 0), "{word}");
        let open = world.reload(&bill).await;
        assert_eq!((open.status, open_minor(&open), open.tax_point_at), (InvoiceStatus::Issued, 55_500, None));
        assert_eq!((world.news("payment.reversed").await, balance_of(&world, "gateway_clearing").await), (1, 0));
        assert!(told_of_reversal(&world).await.contains("IDR 55,500 of its invoice is open again"));
        becomes(&world, &pay, word).await;
        assert_eq!(world.news("payment.reversed").await, 1, "once");
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn the_end_of_an_attempt_by_time_takes_nothing_back() {
    let (world, _, _, bill, pay) = paid().await;
    assert_eq!(becomes(&world, &pay, PaymentStatus::Expired).await.status, PaymentStatus::Succeeded);
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
}

// 27
#[tokio::test]
async fn after_a_partial_refund_the_rest_is_taken_back() {
    for (to, lost) in [(Destination::Gateway, 0), (Destination::Wallet, 0), (Destination::Bank, 20_000)] {
        let (world, _, budi, bill, pay) = paid().await;
        give_back(&world, &pay, 20_000, to).await;

        let gone = becomes(&world, &pay, PaymentStatus::Chargeback).await;

        let seen = (gone.status, gone.received_minor, gone.applied_minor, gone.refunded_minor);
        assert_eq!(seen, (PaymentStatus::Chargeback, 20_000, 20_000, 20_000), "{to:?}");
        let open = world.reload(&bill).await;
        assert_eq!((open.status, open_minor(&open)), (InvoiceStatus::Issued, 35_500), "{to:?}");
        assert_eq!(world.balance(&budi).await, 0, "{to:?}: what he has twice leaves the wallet");
        assert_eq!(balance_of(&world, "gateway_clearing").await, 0, "{to:?}: nothing is left at the gateway");
        assert_eq!(balance_of(&world, "unallocated").await, lost, "{to:?}");
        world.books_are_right().await;

        let again = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
        assert_eq!(again.amount_minor, 35_500);
        becomes(&world, &again, PaymentStatus::Succeeded).await;
        assert_eq!(
            display_status(&world.reload(&bill).await, world.services.clock.now()).as_str(),
            "partially_refunded"
        );
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn money_given_back_by_other_ways_and_taken_back_too_is_followed_up() {
    let (world, _, budi, bill, pay) = paid().await;
    give_back(&world, &pay, 55_500, Destination::Bank).await;

    let gone = becomes(&world, &pay, PaymentStatus::Chargeback).await;

    assert_eq!((gone.status, gone.refunded_minor), (PaymentStatus::Chargeback, 55_500));
    let seen = world.reload(&bill).await;
    assert_eq!((seen.status, open_minor(&seen)), (InvoiceStatus::Paid, 0), "nothing is owed for what was credited");
    assert_eq!((balance_of(&world, "unallocated").await, world.balance(&budi).await), (55_500, 0));
    let detail = told_of_reversal(&world).await;
    assert!(detail.contains("IDR 55,500 is booked as unallocated") && !detail.contains("open again"), "{detail}");
    world.books_are_right().await;
}

#[tokio::test]
async fn what_the_gateway_itself_gave_back_is_not_taken_back_once_more() {
    let (world, _, _, _, pay) = paid().await;
    give_back(&world, &pay, 55_500, Destination::Gateway).await;
    assert_eq!(becomes(&world, &pay, PaymentStatus::Chargeback).await.status, PaymentStatus::Refunded);
    assert_eq!(world.news("payment.reversed").await, 0);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_refund_under_way_is_given_up_when_the_money_is_taken_back() {
    let (world, gateway, _, bill, pay) = paid().await;
    gateway.spoil(Trouble::LostBefore);
    assert_eq!(give_back(&world, &pay, 20_000, Destination::Gateway).await, RefundStatus::Unknown);

    let gone = becomes(&world, &pay, PaymentStatus::Reversed).await;

    assert_eq!((gone.received_minor, gone.refunded_minor), (0, 0));
    assert_eq!(open_minor(&world.reload(&bill).await), 55_500);
    let refunds = yumna::domain::payments::refund::of_payment(&world.services.db, &pay.id).await.unwrap();
    assert_eq!(refunds[0].status, RefundStatus::Failed);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_reversal_of_money_that_never_came_says_so() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    becomes(&world, &pay, PaymentStatus::Reversed).await;
    let detail = told_of_reversal(&world).await;
    assert!(detail.contains("Nothing of it was booked") && !detail.contains("open again"), "{detail}");
    world.books_are_right().await;
}

#[tokio::test]
async fn money_counts_from_when_it_came_not_from_when_we_heard_of_it() {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    for (came_after, counts_after) in [(Duration::hours(2), 2), (Duration::hours(-5), 0), (Duration::hours(90), 48)] {
        let bill = world.invoice(&budi, &[50_000]).await;
        let made = world.services.clock.now();
        let pay = attempt::start(&world.system(), &budi.id, &bill.id, &by("bank_transfer", Some("bca"))).await.unwrap();
        world.advance(Duration::hours(48));

        let settled = report(&world, &pay, |report| {
            report.status = PaymentStatus::Succeeded;
            report.settled_at = Some(made + came_after);
        })
        .await;

        let (paid, at) = (world.reload(&bill).await, Some(made + Duration::hours(counts_after)));
        assert_eq!((settled.settled_at, paid.paid_at, paid.tax_point_at), (at, at, at));
    }
}

/// A clock of which no two looks are the same.
struct Ticking(Mutex<DateTime<Utc>>);

impl Clock for Ticking {
    fn now(&self) -> DateTime<Utc> {
        let mut now = self.0.lock().unwrap();
        *now += Duration::milliseconds(1);
        *now
    }
}

#[tokio::test]
async fn on_a_ticking_clock_tax_that_fell_due_by_a_payment_goes_with_it() {
    let scripted = ScriptedGateway::default();
    let gateway = scripted.clone();
    let world = World::with(|services| {
        services.gateways = vec![Arc::new(gateway)];
        services.clock = Arc::new(Ticking(Mutex::new(crate::support::world::beginning())));
    })
    .await;
    world.account().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    becomes(&world, &pay, PaymentStatus::Succeeded).await;
    let paid = world.reload(&bill).await;
    assert!(paid.paid_at.is_some() && paid.tax_point_at == paid.paid_at);

    becomes(&world, &pay, PaymentStatus::Reversed).await;

    assert_eq!(world.reload(&bill).await.tax_point_at, None);
}

/// What has been declared to the tax office is not taken out of its month afterwards.
#[tokio::test]
async fn money_taken_back_in_a_later_month_leaves_its_tax_where_it_was_declared() {
    let (world, _, budi, bill, pay) = paid().await;
    let declared = world.reload(&bill).await.tax_point_at;
    assert!(declared.is_some());
    world.advance(Duration::days(31));
    becomes(&world, &pay, PaymentStatus::Chargeback).await;
    let open = world.reload(&bill).await;
    assert_eq!((open.status, open.tax_point_at), (InvoiceStatus::Issued, declared));

    let again = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    becomes(&world, &again, PaymentStatus::Succeeded).await;
    let paid = world.reload(&bill).await;
    assert_eq!((paid.status, paid.tax_point_at), (InvoiceStatus::Paid, declared), "declared once");
    assert_ne!(paid.paid_at, declared);
    world.books_are_right().await;
}

/// A refund through the gateway posts twice (the credit note, then the money): while somebody holds the first account
/// of all, it must hold none of the others, or the two wait for each other for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refund_waits_for_its_accounts_in_the_order_everybody_keeps() {
    let (world, _, budi, _, pay) = paid().await;
    let db = world.services.db.clone();
    if !is_postgres(&db) {
        return;
    }
    let lock = |code: String| format!("SELECT id FROM ledger_accounts WHERE code = '{code}' FOR UPDATE NOWAIT");
    let settling = db.begin().await.unwrap();
    let clearing = format!("gateway_clearing:{}", pay.account_id.clone().unwrap());
    sea_orm::ConnectionTrait::execute_unprepared(&settling, &lock(clearing)).await.unwrap();

    let world = Arc::new(world);
    let (theirs, refunded) = (world.clone(), pay.clone());
    let mut refunding = tokio::task::JoinSet::new();
    refunding.spawn(async move { give_back(&theirs, &refunded, 20_000, Destination::Gateway).await });
    loop {
        let sql = "SELECT count(*) AS n FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waiting = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
        let row = sea_orm::ConnectionTrait::query_one_raw(&db, waiting).await.unwrap().unwrap();
        if row.try_get::<i64>("", "n").unwrap() > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    let receivable = lock(format!("receivable:{}", budi.id));
    sea_orm::ConnectionTrait::execute_unprepared(&settling, &receivable).await.expect("nobody holds what comes later");
    settling.commit().await.unwrap();

    assert_eq!(refunding.join_next().await.unwrap().unwrap(), RefundStatus::Succeeded);
    world.books_are_right().await;
}

#[tokio::test]
async fn money_that_came_and_went_before_anybody_asked_is_booked_in_full() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    let gone = report(&world, &pay, |report| {
        report.status = PaymentStatus::PartiallyRefunded;
        report.amount = Money::idr(50_000);
        report.refunded_minor = 20_000;
    })
    .await;
    assert_eq!(
        (gone.status, gone.received_minor, gone.refunded_minor),
        (PaymentStatus::PartiallyRefunded, 50_000, 20_000)
    );
    world.books_are_right().await;
}
