//! Money back, with everything that goes wrong on the way. Numbers in comments are those of docs/BAD_DAYS.md.
use super::{notified, report, start, waiting};
use crate::support::{
    World,
    gateway::{ScriptedGateway, Trouble},
    money::with_gateway,
};
use entity::{
    billing::{credit_note, invoice},
    customers::customer,
    payments::{payment, refund},
    value::{Money, PaymentId, PaymentStatus, RefundStatus},
};
use sea_orm::EntityTrait;
use std::sync::Arc;
use yumna::{
    domain::{
        billing::invoice::{display_status, open_minor},
        ledger::BankAccount,
        payments::{
            PaymentError, attempt,
            refund::{Destination, NewRefund, Scope, refund_invoice_to_wallet, refund_to, run},
        },
    },
    kernel::fault::Fault,
};

/// An invoice of Rp 50.000 paid by QRIS, which can give money back.
async fn paid() -> (World, ScriptedGateway, customer::Model, invoice::Model, payment::Model) {
    let (world, gateway) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[30_000, 20_000]).await;
    let pay = start(&world, &bill, "qris", None).await.unwrap();
    gateway.pay(&pay.reference, 55_500);
    notified(&world, &gateway, &pay.reference).await;
    (world, gateway, budi, bill, pay)
}

async fn give_back(
    world: &World,
    id: &PaymentId,
    amount_minor: i64,
    destination: Destination,
    key: &str,
) -> Result<refund::Model, PaymentError> {
    let new = NewRefund { payment_id: id, amount_minor, destination, reason: "not as promised", key };
    let bank = BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };
    refund_to(&world.staff("ana"), new, &bank).await
}

#[tokio::test]
async fn a_refund_to_the_wallet_comes_with_a_credit_note_and_happens_once() {
    let (world, _, budi, bill, pay) = paid().await;
    for _ in 0..2 {
        let done = give_back(&world, &pay.id, 20_000, Destination::Wallet, "r1").await.unwrap();
        assert_eq!(done.status, RefundStatus::Succeeded);
    }
    let error = give_back(&world, &pay.id, 1, Destination::Wallet, "r1").await.unwrap_err();
    assert!(matches!(error, PaymentError::KeyReused));

    assert_eq!(world.balance(&budi).await, 20_000);
    let seen = world.reload(&bill).await;
    assert_eq!((seen.credited_minor, seen.refunded_minor, open_minor(&seen)), (20_000, 20_000, 0));
    assert_eq!(display_status(&seen, world.services.clock.now()).as_str(), "partially_refunded");
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::PartiallyRefunded);

    give_back(&world, &pay.id, 35_500, Destination::Wallet, "r2").await.unwrap();
    assert_eq!(display_status(&world.reload(&bill).await, world.services.clock.now()).as_str(), "refunded");
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Refunded);
    let notes = credit_note::Entity::find().all(&world.services.db).await.unwrap();
    assert_eq!(notes.iter().map(|note| note.tax_minor).sum::<i64>(), bill.tax_minor);
    assert_eq!(world.news("refund.succeeded").await, 2);
    world.books_are_right().await;
}

// 30
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_refunds_at_once_never_give_back_more_than_came() {
    let (world, _, budi, _, pay) = paid().await;
    let world = Arc::new(world);
    let mut admins = tokio::task::JoinSet::new();
    for number in 0..12 {
        let (world, id) = (world.clone(), pay.id.clone());
        admins.spawn(async move {
            give_back(&world, &id, 10_000, Destination::Wallet, &format!("r{number}")).await.is_ok()
        });
    }
    let granted = admins.join_all().await.into_iter().filter(|ok| *ok).count();
    assert_eq!((granted, world.balance(&budi).await), (5, 50_000));
    world.books_are_right().await;
}

// 31, 35
#[tokio::test]
async fn what_a_method_cannot_give_back_is_refused_with_the_books_untouched() {
    let (world, gateway, _, _, pay) = waiting(50_000).await;
    gateway.pay(&pay.reference, 50_000);
    notified(&world, &gateway, &pay.reference).await;
    let error = give_back(&world, &pay.id, 50_000, Destination::Gateway, "r1").await.unwrap_err();
    assert_eq!(error.code(), "REFUND_NOT_SUPPORTED");
    let too_much = give_back(&world, &pay.id, 50_001, Destination::Bank, "r2").await.unwrap_err();
    assert!(matches!(too_much, PaymentError::RefundExceeds { available_minor: 50_000 }));
    assert_eq!(gateway.calls("refund"), 0);
    give_back(&world, &pay.id, 50_000, Destination::Bank, "r3").await.unwrap();
    world.books_are_right().await;
}

#[tokio::test]
async fn a_refund_through_the_gateway_leaves_its_clearing_account() {
    let (world, _, budi, bill, pay) = paid().await;
    let done = give_back(&world, &pay.id, 55_500, Destination::Gateway, "r1").await.unwrap();
    assert_eq!(done.status, RefundStatus::Succeeded);
    assert_eq!(world.balance(&budi).await, 0);
    assert_eq!(world.reload(&bill).await.credited_minor, 55_500);
    world.books_are_right().await;
}

// 32
#[tokio::test]
async fn a_refund_the_gateway_denies_leaves_no_trace_in_the_books() {
    let (world, gateway, _, bill, pay) = paid().await;
    gateway.spoil(Trouble::Rejected);
    let error = give_back(&world, &pay.id, 55_500, Destination::Gateway, "r1").await.unwrap_err();
    assert_eq!(error.code(), "GATEWAY_REFUSED");
    let seen = world.payment(&pay).await;
    assert_eq!((seen.status, seen.refunded_minor), (PaymentStatus::Succeeded, 0));
    assert_eq!(world.reload(&bill).await.credited_minor, 0);
    world.books_are_right().await;
    give_back(&world, &pay.id, 5_500, Destination::Gateway, "r1").await.unwrap();
    give_back(&world, &pay.id, 50_000, Destination::Wallet, "r2").await.unwrap();
    world.books_are_right().await;
}

// 33
#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_asked_for_again_under_the_same_key() {
    let (world, gateway, _, bill, pay) = paid().await;
    gateway.spoil(Trouble::LostAfter);
    let lost = give_back(&world, &pay.id, 30_000, Destination::Gateway, "r1").await.unwrap();
    assert_eq!(lost.status, RefundStatus::Unknown);
    assert_eq!(world.reload(&bill).await.credited_minor, 0, "not known, not booked");
    let error = give_back(&world, &pay.id, 30_000, Destination::Wallet, "r2").await.unwrap_err();
    assert!(matches!(error, PaymentError::RefundExceeds { available_minor: 25_500 }), "it stays reserved");
    world.books_are_right().await;

    for _ in 0..2 {
        assert_eq!(run(&world.system(), &lost.id).await.unwrap().status, RefundStatus::Succeeded);
    }
    assert_eq!(gateway.says(&pay.reference).refunded_minor, 30_000, "given back once");
    assert_eq!(world.reload(&bill).await.credited_minor, 30_000);
    world.books_are_right().await;
}

// 32
#[tokio::test]
async fn a_refund_that_is_denied_after_all_lets_go_of_what_it_held() {
    let (world, gateway, _, bill, pay) = paid().await;
    gateway.spoil(Trouble::LostBefore);
    let asked = give_back(&world, &pay.id, 30_000, Destination::Gateway, "r1").await.unwrap();
    assert_eq!(world.payment(&pay).await.refunded_minor, 30_000, "held");

    gateway.spoil(Trouble::Rejected);
    assert_eq!(run(&world.system(), &asked.id).await.unwrap_err().code(), "GATEWAY_REFUSED");

    let seen = world.payment(&pay).await;
    assert_eq!((seen.status, seen.refunded_minor), (PaymentStatus::Succeeded, 0));
    assert_eq!(run(&world.system(), &asked.id).await.unwrap().status, RefundStatus::Failed);
    assert_eq!(world.reload(&bill).await.credited_minor, 0);
    world.books_are_right().await;
}

// 37
#[tokio::test]
async fn the_banks_word_on_a_refund_that_is_booked_books_nothing_more() {
    let (world, gateway, _, bill, pay) = paid().await;
    give_back(&world, &pay.id, 20_000, Destination::Gateway, "r1").await.unwrap();
    for _ in 0..2 {
        notified(&world, &gateway, &pay.reference).await;
        attempt::ask_now(&world.system(), &pay.id).await.unwrap();
    }
    let refunds = refund::Entity::find().all(&world.services.db).await.unwrap();
    assert_eq!((refunds.len(), world.payment(&pay).await.refunded_minor), (1, 20_000));
    assert_eq!(world.reload(&bill).await.credited_minor, 20_000);
    assert_eq!(world.news("refund.succeeded").await, 1);
    world.books_are_right().await;
}

// 11
#[tokio::test]
async fn an_old_notification_of_money_that_has_gone_back_changes_nothing() {
    for to in [Destination::Wallet, Destination::Bank, Destination::Gateway] {
        let (world, gateway, budi, bill, pay) = paid().await;
        give_back(&world, &pay.id, 55_500, to, "r1").await.unwrap();
        let before = world.balance(&budi).await;
        gateway.pay(&pay.reference, 55_500);

        notified(&world, &gateway, &pay.reference).await;
        attempt::ask_now(&world.system(), &pay.id).await.unwrap();

        let seen = world.payment(&pay).await;
        assert_eq!((seen.status, seen.refunded_minor), (PaymentStatus::Refunded, 55_500), "{to:?}");
        assert_eq!((world.reload(&bill).await.credited_minor, world.balance(&budi).await), (55_500, before), "{to:?}");
        assert_eq!(world.news("payment.settled").await, 1, "{to:?}");
        world.books_are_right().await;
    }
}

// 34, 11
#[tokio::test]
async fn a_refund_made_in_the_gateways_own_dashboard_is_imported_once() {
    let (world, gateway, _, bill, pay) = paid().await;
    gateway.set(&pay.reference, |report| {
        report.status = PaymentStatus::PartiallyRefunded;
        report.refunded_minor = 5_500;
    });
    for _ in 0..3 {
        let says = gateway.says(&pay.reference);
        attempt::apply_report(&world.system(), &pay.id, &says).await.unwrap();
    }
    report(&world, &pay, |report| {
        report.status = PaymentStatus::Succeeded;
        report.amount = Money::idr(55_500);
    })
    .await;
    let seen = world.payment(&pay).await;
    assert_eq!((seen.status, seen.refunded_minor), (PaymentStatus::PartiallyRefunded, 5_500));
    assert_eq!(world.reload(&bill).await.credited_minor, 5_500);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_cannot_be_delivered_goes_back_to_the_wallet_once() {
    let (world, _, budi, bill, pay) = paid().await;
    let ctx = world.system();
    for _ in 0..2 {
        let tx = ctx.begin().await.unwrap();
        let back =
            refund_invoice_to_wallet(&ctx, &tx, &bill.id, &Scope::Whole, "could not be set up", "failed:1").await;
        assert_eq!(back.unwrap(), 55_500);
        tx.commit().await.unwrap();
    }
    assert_eq!(world.balance(&budi).await, 55_500);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Refunded);
    assert_eq!(display_status(&world.reload(&bill).await, ctx.now()).as_str(), "refunded");
    world.books_are_right().await;
}

#[tokio::test]
async fn one_failed_line_goes_back_and_the_other_stays_paid() {
    let (world, _, budi, bill, _) = paid().await;
    let ctx = world.system();
    let items = yumna::domain::billing::invoice::items_of(&ctx.db, &bill.id).await.unwrap();
    let tx = ctx.begin().await.unwrap();
    let scope = Scope::Items(vec![items[1].id.clone()]);
    let back = refund_invoice_to_wallet(&ctx, &tx, &bill.id, &scope, "could not be set up", "failed:2").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((back, world.balance(&budi).await), (22_200, 22_200));
    assert_eq!(display_status(&world.reload(&bill).await, ctx.now()).as_str(), "partially_refunded");
    world.books_are_right().await;
}
