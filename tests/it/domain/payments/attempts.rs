//! What else may become of an attempt: it is overtaken, replaced, doubted, or only promised. Numbers in comments are
//! those of docs/BAD_DAYS.md.
use super::{notified, report, start, waiting};
use crate::support::{
    World,
    money::{line, with_gateway},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    value::{InvoiceKind, InvoiceStatus, Money, PaymentStatus},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use yumna::domain::{
    billing::invoice::{NewInvoice, issue},
    payments::attempt::{self, Closing},
};

/// A renewal over `net` rupiah whose day has come.
async fn renewal(world: &World, customer: &customer::Model, net: i64) -> invoice::Model {
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let (kind, lines, due_at) = (InvoiceKind::Renewal, vec![line(net)], ctx.now());
    let bill = issue(&ctx, &tx, NewInvoice { customer, kind, lines, due_at, notes: None }).await.unwrap();
    tx.commit().await.unwrap();
    bill
}

#[tokio::test]
async fn nothing_is_debited_by_itself_from_who_does_not_want_it() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    world.gift(&budi, 50_000).await;
    let bill = renewal(&world, &budi, 50_000).await;
    let mut row: customer::ActiveModel = budi.clone().into();
    row.auto_debit = Set(false);
    row.update(&world.services.db).await.unwrap();

    assert_eq!(attempt::debit_renewals(&world.system(), &budi.id).await.unwrap(), 0);

    assert_eq!((world.reload(&bill).await.status, world.balance(&budi).await), (InvoiceStatus::Issued, 50_000));
    assert_eq!(gateway.calls("charge"), 0, "and no gateway is ever asked by itself");
}

// 24
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_automatic_debit_and_the_gateway_at_once_settle_a_renewal_once() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    world.gift(&budi, 50_000).await;
    let (ctx, bill) = (world.system(), renewal(&world, &budi, 50_000).await);
    let pay = start(&world, &bill, "bank_transfer", Some("bca")).await.unwrap();

    let by_gateway = report(&world, &pay, |report| report.status = PaymentStatus::Succeeded);
    let (_, debited) = tokio::join!(by_gateway, attempt::debit_renewals(&ctx, &budi.id));

    debited.unwrap();
    let paid = world.reload(&bill).await;
    assert_eq!((paid.status, paid.paid_minor), (InvoiceStatus::Paid, 50_000));
    assert_eq!(world.balance(&budi).await, 50_000, "whoever came second, 50.000 are left");
    assert_eq!(world.news("invoice.paid").await, 1);
    world.books_are_right().await;
}

// 25
#[tokio::test]
async fn an_attempt_over_more_than_is_still_open_is_replaced_and_its_money_is_kept() {
    let (world, gateway, budi, bill, part) = waiting(50_000).await;
    let whole = start(&world, &bill, "qris", None).await.unwrap();
    report(&world, &part, |report| {
        report.status = PaymentStatus::Succeeded;
        report.amount = Money::idr(20_000);
    })
    .await;

    let rest = start(&world, &bill, "qris", None).await.unwrap();
    assert_ne!(rest.id, whole.id, "nobody is asked for what is paid already");
    assert_eq!((whole.amount_minor, rest.amount_minor, gateway.calls("charge")), (50_000, 30_000, 3));
    assert_eq!(world.waiting("payments.cancel_attempt").await, 2, "of the first way, and of the larger sum");
    report(&world, &whole, |report| report.status = PaymentStatus::Succeeded).await;

    let paid = world.reload(&bill).await;
    assert_eq!((paid.status, paid.paid_minor), (InvoiceStatus::Paid, 50_000));
    assert_eq!(world.balance(&budi).await, 20_000);
    world.books_are_right().await;
}

// 28
#[tokio::test]
async fn money_under_suspicion_that_the_gateway_gives_up_on_never_came() {
    for end in [PaymentStatus::Failed, PaymentStatus::Cancelled] {
        let (world, _, _, bill, pay) = waiting(50_000).await;
        assert_eq!(report(&world, &pay, |report| report.status = PaymentStatus::Review).await.received_minor, 0);
        assert_eq!(report(&world, &pay, |report| report.status = end).await.status, end);
        assert_eq!((world.reload(&bill).await.paid_minor, world.news("payment.settled").await), (0, 0));
        world.books_are_right().await;
    }
}

// 29
#[tokio::test]
async fn money_that_was_only_promised_is_no_money_and_the_promise_runs_out() {
    let (world, gateway, _, bill, pay) = waiting(50_000).await;
    let ctx = world.system();
    gateway.set(&pay.reference, |report| report.status = PaymentStatus::Authorized);
    notified(&world, &gateway, &pay.reference).await;
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Authorized);

    world.advance(Duration::hours(24) + Duration::minutes(16));
    assert_eq!(attempt::expire(&ctx, &pay.id).await.unwrap(), Closing::Over);

    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Expired);
    assert_eq!(gateway.says(&pay.reference).status, PaymentStatus::Expired, "it is not taken any more");
    assert_eq!((world.reload(&bill).await.paid_minor, world.news("payment.settled").await), (0, 0));
    world.books_are_right().await;
}
