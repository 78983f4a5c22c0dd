//! Money in and back, with everything that goes wrong on the way. Numbers in comments are those of docs/BAD_DAYS.md.
mod accounts;
mod attempts;
mod charges;
mod compare;
mod delivery;
mod disputes;
mod notifications;
mod refund_transfers;
mod refunds;
mod reversals;
mod together;

use crate::support::{
    World,
    gateway::{CODE, ScriptedGateway, Trouble, genuine},
    money::{by, by_wallet, with_gateway},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    payments::{gateway_event, payment},
    value::{GatewayEventStatus, InvoiceStatus, Money, PaymentStatus},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, PaginatorTrait};
use std::sync::Arc;
use yumna::{
    domain::{
        billing::invoice::{display_status, open_minor, void},
        payments::{
            PaymentError,
            accounts::methods_for,
            attempt::{self, Closing},
            gateway_event::{process, receive},
        },
    },
    integrations::gateways::PaymentReport,
    kernel::fault::{Fault, Kind},
};

/// A customer with an invoice over `net` rupiah and an attempt by virtual account.
async fn waiting(net: i64) -> (World, ScriptedGateway, customer::Model, invoice::Model, payment::Model) {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[net]).await;
    let pay = start(&world, &bill, "bank_transfer", Some("bca")).await.unwrap();
    (world, gateway, budi, bill, pay)
}

async fn start(
    world: &World,
    bill: &invoice::Model,
    method: &str,
    option: Option<&str>,
) -> Result<payment::Model, PaymentError> {
    attempt::start(&world.system(), &bill.customer_id, &bill.id, &by(method, option)).await
}

/// The vendor notifies, and the product deals with it.
async fn notified(world: &World, gateway: &ScriptedGateway, reference: &str) -> GatewayEventStatus {
    let ctx = world.system();
    let body = gateway.notification(reference);
    let received = receive(&ctx, CODE, None, &genuine(), &body).await.unwrap();
    process(&ctx, &received.event_id).await.unwrap()
}

async fn report(world: &World, pay: &payment::Model, change: impl FnOnce(&mut PaymentReport)) -> payment::Model {
    let mut report = crate::support::gateway::report(&pay.reference, pay.amount_minor);
    change(&mut report);
    attempt::apply_report(&world.system(), &pay.id, &report).await.unwrap()
}

#[tokio::test]
async fn an_attempt_shows_what_to_do_and_is_paid_by_the_gateways_own_word() {
    let (world, gateway, budi, bill, pay) = waiting(50_000).await;
    assert_eq!(pay.status, PaymentStatus::Pending);
    assert_eq!(pay.instructions["va_number"], "8808123");
    assert!(pay.reference.len() <= 36 && pay.reference.starts_with("INV-"));

    gateway.pay(&pay.reference, 50_000);
    assert_eq!(notified(&world, &gateway, &pay.reference).await, GatewayEventStatus::Processed);

    let paid = world.reload(&bill).await;
    assert_eq!((paid.status, paid.paid_minor), (InvoiceStatus::Paid, 50_000));
    assert_eq!(paid.tax_point_at, paid.paid_at);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Succeeded);
    assert_eq!(world.balance(&budi).await, 0);
    assert_eq!((world.news("payment.settled").await, world.news("invoice.paid").await), (1, 1));
    world.books_are_right().await;
}

#[tokio::test]
async fn asking_twice_the_same_way_gives_the_same_attempt_and_another_way_cancels_the_first() {
    let (world, gateway, _, bill, first) = waiting(50_000).await;
    assert_eq!(start(&world, &bill, "bank_transfer", Some("bca")).await.unwrap().id, first.id);
    assert_eq!(gateway.calls("charge"), 1);

    let second = start(&world, &bill, "qris", None).await.unwrap();
    assert_ne!(second.id, first.id);
    assert_eq!(world.waiting("payments.cancel_attempt").await, 1);
    assert_eq!(attempt::cancel(&world.system(), &first.id).await.unwrap().status, PaymentStatus::Cancelled);
    assert_eq!(world.news("payment.closed").await, 1);
}

#[tokio::test]
async fn what_is_not_offered_or_not_open_is_refused_before_anything_is_charged() {
    let (world, gateway) = with_gateway().await;
    let (budi, siti) = (world.customer().await, world.customer().await);
    let big = world.invoice(&budi, &[10_000_001]).await;

    assert!(matches!(start(&world, &big, "cash", None).await, Err(PaymentError::MethodUnavailable)));
    assert!(matches!(start(&world, &big, "bank_transfer", None).await, Err(PaymentError::MethodUnavailable)));
    assert!(matches!(start(&world, &big, "qris", None).await, Err(PaymentError::AmountOutOfRange { .. })));
    let foreign = attempt::start(&world.system(), &siti.id, &big.id, &by("qris", None)).await.unwrap_err();
    assert_eq!(foreign.kind(), Kind::NotFound);
    let free = world.invoice(&budi, &[0]).await;
    assert!(matches!(start(&world, &free, "qris", None).await, Err(PaymentError::InvoiceNotPayable)));
    assert_eq!(gateway.calls("charge"), 0);
    let offers = methods_for(&world.system(), 10_000_001).await.unwrap();
    assert!(offers.len() == 2 && offers.iter().all(|offer| offer.method.method == "bank_transfer"));
}

// 1, 9
#[tokio::test]
async fn forged_unreadable_and_unexpected_notifications_change_nothing() {
    let (world, gateway, _, bill, pay) = waiting(50_000).await;
    let ctx = world.system();
    let body = gateway.notification(&pay.reference);
    let with = |signature: &str| vec![("x-signature".to_owned(), signature.to_owned())];

    assert!(matches!(receive(&ctx, CODE, None, &[], &body).await, Err(PaymentError::Forged)));
    assert!(matches!(receive(&ctx, CODE, None, &with(""), &body).await, Err(PaymentError::Forged)));
    let error = receive(&ctx, CODE, None, &with("bad"), &body).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
    for nonsense in [&b"null"[..], b"[]", b"{", b"{\"reference\":1}", b"\xff\xfe", b""] {
        let error = receive(&ctx, CODE, None, &genuine(), nonsense).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Malformed, "{nonsense:?}");
    }
    for (code, token) in [("xendit", None), (CODE, Some("guess"))] {
        let error = receive(&ctx, code, token, &genuine(), &body).await.unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
    }
    assert_eq!(gateway_event::Entity::find().count(&ctx.db).await.unwrap(), 0);
    assert_eq!(world.reload(&bill).await.paid_minor, 0);
}

// 2, 3
#[tokio::test]
async fn a_notification_that_claims_more_than_the_gateway_says_pays_nothing() {
    let (world, _, _, bill, pay) = waiting(50_000).await;
    let lie = serde_json::json!({"reference": pay.reference, "status": "succeeded", "amount": 50_000}).to_string();
    let ctx = world.system();
    let received = receive(&ctx, CODE, None, &genuine(), lie.as_bytes()).await.unwrap();
    process(&ctx, &received.event_id).await.unwrap();
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Pending);
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Issued);
}

// 10
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_copies_of_a_notification_at_once_pay_once() {
    let (world, gateway, _, bill, pay) = waiting(50_000).await;
    gateway.pay(&pay.reference, 50_000);
    let body = gateway.notification(&pay.reference);
    let world = Arc::new(world);

    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (world, body) = (world.clone(), body.clone());
        senders.spawn(async move {
            let ctx = world.system();
            let received = receive(&ctx, CODE, None, &genuine(), &body).await.unwrap();
            process(&ctx, &received.event_id).await.unwrap();
            received.is_new
        });
    }
    let new = senders.join_all().await.into_iter().filter(|is_new| *is_new).count();

    assert_eq!(new, 1);
    let events = gateway_event::Entity::find().all(&world.services.db).await.unwrap();
    assert_eq!((events.len(), events[0].received_count), (1, 50));
    assert_eq!(world.reload(&bill).await.paid_minor, 50_000);
    assert_eq!(world.news("payment.settled").await, 1);
    world.books_are_right().await;
}

// 13
#[tokio::test]
async fn the_same_news_with_another_body_is_told_to_staff_and_the_first_counts() {
    let (world, gateway, _, _, pay) = waiting(50_000).await;
    let ctx = world.system();
    receive(&ctx, CODE, None, &genuine(), &gateway.notification(&pay.reference)).await.unwrap();
    let other = serde_json::json!({"reference": pay.reference, "status": "pending", "amount": 1}).to_string();
    assert!(!receive(&ctx, CODE, None, &genuine(), other.as_bytes()).await.unwrap().is_new);
    assert_eq!(world.alerts().await, ["webhook_changed"]);
}

// 12
#[tokio::test]
async fn news_that_is_older_than_what_we_know_is_ignored() {
    let (world, _, _, bill, pay) = waiting(50_000).await;
    report(&world, &pay, |report| report.status = PaymentStatus::Succeeded).await;
    for old in [PaymentStatus::Pending, PaymentStatus::Expired, PaymentStatus::Succeeded, PaymentStatus::Unknown] {
        assert_eq!(report(&world, &pay, |report| report.status = old).await.status, PaymentStatus::Succeeded);
    }
    assert_eq!(world.reload(&bill).await.paid_minor, 50_000);
    world.books_are_right().await;
}

// 14
#[tokio::test]
async fn too_little_is_a_part_and_the_invoice_stays_open() {
    let (world, _, budi, bill, pay) = waiting(50_000).await;
    report(&world, &pay, |report| {
        report.status = PaymentStatus::Succeeded;
        report.amount = Money::idr(20_000);
    })
    .await;
    let partly = world.reload(&bill).await;
    assert_eq!((partly.status, open_minor(&partly)), (InvoiceStatus::Issued, 30_000));
    assert_eq!(display_status(&partly, world.services.clock.now()).as_str(), "partially_paid");
    assert_eq!((world.news("invoice.paid").await, world.balance(&budi).await), (0, 0));

    let rest = start(&world, &bill, "qris", None).await.unwrap();
    assert_eq!(rest.amount_minor, 30_000);
    report(&world, &rest, |report| report.status = PaymentStatus::Succeeded).await;
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    world.books_are_right().await;
}

// 15
#[tokio::test]
async fn too_much_goes_to_the_wallet() {
    let (world, _, budi, bill, pay) = waiting(50_000).await;
    report(&world, &pay, |report| {
        report.status = PaymentStatus::Succeeded;
        report.amount = Money::idr(60_000);
    })
    .await;
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    assert_eq!(world.balance(&budi).await, 10_000);
    world.books_are_right().await;
}

// 16, 17, 19
#[tokio::test]
async fn amounts_currencies_and_charges_that_do_not_fit_are_for_staff() {
    type Wrong = fn(&mut PaymentReport);
    let wrongs: [(Wrong, i64); 5] = [
        (|report| report.amount = Money::idr(0), 0),
        (|report| report.amount = Money::idr(-50_000), 0),
        (|report| report.amount = Money::new(50_000, "USD"), 50_000),
        (|report| report.external_id = "ext-another".to_owned(), 0),
        (|report| report.reference = "INV-another".to_owned(), 0),
    ];
    for (wrong, unallocated) in wrongs {
        let (world, _, budi, bill, pay) = waiting(50_000).await;
        for _ in 0..2 {
            let seen = report(&world, &pay, |report| {
                report.status = PaymentStatus::Succeeded;
                wrong(report);
            })
            .await;
            assert_eq!((seen.status, seen.received_minor), (PaymentStatus::Review, 0));
        }
        assert_eq!((world.reload(&bill).await.paid_minor, world.balance(&budi).await), (0, 0));
        assert_eq!(world.alerts().await, ["payment_mismatch"]);
        let verification = yumna::domain::ledger::verify(&world.services.db).await.unwrap();
        let key = ("unallocated".to_owned(), "USD".to_owned());
        assert_eq!(verification.totals.balances.get(&key).copied().unwrap_or(0), -unallocated);
        world.books_are_right().await;
    }
}

// 20
#[tokio::test]
async fn money_that_comes_after_the_end_still_pays_an_open_invoice() {
    let (world, gateway, _, bill, pay) = waiting(50_000).await;
    let ctx = world.system();
    world.advance(Duration::hours(24) + Duration::seconds(91));
    gateway.set(&pay.reference, |report| report.status = PaymentStatus::Expired);
    assert_eq!(attempt::expire(&ctx, &pay.id).await.unwrap(), Closing::Over);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Expired);
    assert_eq!(world.news("payment.closed").await, 1);

    gateway.pay(&pay.reference, 50_000);
    notified(&world, &gateway, &pay.reference).await;

    let late = world.payment(&pay).await;
    assert!(late.is_late && late.status == PaymentStatus::Succeeded);
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    world.books_are_right().await;
}

#[tokio::test]
async fn an_attempt_is_closed_after_its_end_even_where_the_gateway_calls_it_open() {
    let (world, gateway, _, _, pay) = waiting(50_000).await;
    let ctx = world.system();
    assert!(matches!(attempt::expire(&ctx, &pay.id).await.unwrap(), Closing::Again { .. }), "too early");
    world.advance(Duration::hours(24) + Duration::seconds(91));
    assert!(matches!(attempt::expire(&ctx, &pay.id).await.unwrap(), Closing::Again { .. }), "believed for a while");
    world.advance(Duration::minutes(15));
    assert_eq!(attempt::expire(&ctx, &pay.id).await.unwrap(), Closing::Over);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Expired);
    assert_eq!(gateway.says(&pay.reference).status, PaymentStatus::Expired, "nobody can pay it there any more");
    assert_eq!(attempt::expire(&ctx, &pay.id).await.unwrap(), Closing::Over);
    assert_eq!(gateway.calls("expire"), 1);
}

// 21
#[tokio::test]
async fn money_for_a_void_invoice_goes_to_the_wallet_and_staff_are_told() {
    let (world, gateway, budi, bill, pay) = waiting(50_000).await;
    let ctx = world.staff("ana");
    let tx = ctx.begin().await.unwrap();
    void(&ctx, &tx, &bill.id, "cancelled").await.unwrap();
    tx.commit().await.unwrap();
    gateway.pay(&pay.reference, 50_000);
    notified(&world, &gateway, &pay.reference).await;

    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Void);
    assert_eq!(world.balance(&budi).await, 50_000);
    assert_eq!((world.news("invoice.paid").await, world.alerts().await), (0, vec!["payment_to_wallet".to_owned()]));
    world.books_are_right().await;
}

// 23
#[tokio::test]
async fn a_second_payment_of_one_invoice_goes_to_the_wallet_and_open_attempts_are_cancelled() {
    let (world, gateway, budi, bill, first) = waiting(50_000).await;
    let second = start(&world, &bill, "qris", None).await.unwrap();
    let third = start(&world, &bill, "bank_transfer", Some("bni")).await.unwrap();
    for pay in [&first, &second] {
        gateway.pay(&pay.reference, 50_000);
        notified(&world, &gateway, &pay.reference).await;
    }
    assert_eq!(world.waiting("payments.close_attempts").await, 1);
    attempt::close_attempts(&world.system(), &bill.id).await.unwrap();

    assert_eq!(world.balance(&budi).await, 50_000);
    assert_eq!(world.payment(&third).await.status, PaymentStatus::Cancelled);
    assert_eq!((world.news("invoice.paid").await, world.reload(&bill).await.paid_minor), (1, 50_000));
    world.books_are_right().await;
}

// 24
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wallet_and_gateway_at_once_settle_the_invoice_once() {
    let (world, _, budi, bill, pay) = waiting(50_000).await;
    world.gift(&budi, 50_000).await;
    let ctx = world.system();
    let choice = by_wallet();
    let from_wallet = attempt::start(&ctx, &bill.customer_id, &bill.id, &choice);
    let by_gateway = report(&world, &pay, |report| report.status = PaymentStatus::Succeeded);
    let (_, outcome) = tokio::join!(by_gateway, from_wallet);
    let outcome = outcome.map(drop);

    assert!(matches!(outcome, Ok(()) | Err(PaymentError::InvoiceNotPayable)), "{outcome:?}");
    assert_eq!(world.reload(&bill).await.paid_minor, 50_000);
    assert_eq!(world.balance(&budi).await, 50_000, "whoever came second, 50.000 are left");
    world.books_are_right().await;
}

#[tokio::test]
async fn the_wallet_pays_at_once_or_says_what_is_missing() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    world.gift(&budi, 49_999).await;
    let error = attempt::start(&world.system(), &budi.id, &bill.id, &by_wallet()).await.unwrap_err();
    assert_eq!((error.code(), error.extra()["shortfall"].as_i64()), ("INSUFFICIENT_CREDIT", Some(1)));
    assert_eq!(world.balance(&budi).await, 49_999);

    world.gift(&budi, 1).await;
    let paid = attempt::start(&world.system(), &budi.id, &bill.id, &by_wallet()).await.unwrap();
    assert_eq!((paid.status, paid.gateway.as_str()), (PaymentStatus::Succeeded, "wallet"));
    assert_eq!((world.reload(&bill).await.status, world.balance(&budi).await), (InvoiceStatus::Paid, 0));
    world.books_are_right().await;
}

// 26, 27
#[tokio::test]
async fn money_that_is_taken_back_opens_the_invoice_again() {
    for taken in [PaymentStatus::Reversed, PaymentStatus::Chargeback] {
        let (world, _, budi, bill, pay) = waiting(50_000).await;
        report(&world, &pay, |report| {
            report.status = PaymentStatus::Succeeded;
            report.amount = Money::idr(60_000);
        })
        .await;
        let gone = report(&world, &pay, |report| report.status = taken).await;

        assert_eq!((gone.status, gone.received_minor), (taken, 0));
        let open = world.reload(&bill).await;
        assert_eq!((open.status, open_minor(&open), open.tax_point_at), (InvoiceStatus::Issued, 50_000, None));
        assert_eq!(world.balance(&budi).await, 0);
        assert_eq!(world.alerts().await, ["payment_reversed"]);
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn a_top_up_fills_the_wallet_within_its_limits() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let ctx = world.system();
    let top_up = async |amount| attempt::start_top_up(&ctx, &budi.id, amount, &by("qris", None)).await;
    assert_eq!(top_up(9_999).await.unwrap_err().kind(), Kind::Invalid);
    assert_eq!(top_up(50_000_001).await.unwrap_err().code(), "AMOUNT_OUT_OF_RANGE");

    let pay = top_up(100_000).await.unwrap();
    assert!(pay.reference.starts_with("TOP-"));
    gateway.pay(&pay.reference, 100_000);
    notified(&world, &gateway, &pay.reference).await;

    let wallet = yumna::domain::ledger::wallet(&ctx, &budi.id).await.unwrap();
    assert_eq!((wallet.balance, wallet.total_top_up), (100_000, 100_000));
    world.books_are_right().await;
}

// 38
#[tokio::test]
async fn a_charge_whose_answer_was_lost_is_adopted_and_never_made_twice() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    gateway.spoil(Trouble::LostAfter);
    let lost = start(&world, &bill, "bank_transfer", Some("bca")).await.unwrap();
    assert_eq!(lost.status, PaymentStatus::Unknown);
    assert_eq!(start(&world, &bill, "bank_transfer", Some("bca")).await.unwrap().id, lost.id, "no second code");

    world.advance(Duration::seconds(16));
    let found = attempt::inquire(&world.system(), &lost.id).await.unwrap();
    assert_eq!((found.status, found.instructions["va_number"].as_str()), (PaymentStatus::Pending, Some("8808123")));
    assert_eq!(gateway.calls("charge"), 1);
}

#[tokio::test]
async fn a_charge_that_never_arrived_is_closed_once_the_gateway_has_never_heard_of_it() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    gateway.spoil(Trouble::LostBefore);
    let lost = start(&world, &bill, "bank_transfer", Some("bca")).await.unwrap();
    let ctx = world.system();
    // However late the first question is asked, the gateway has to say so three times, some time apart.
    world.advance(Duration::minutes(5));
    for _ in 0..2 {
        let early = attempt::inquire(&ctx, &lost.id).await.unwrap();
        assert_eq!(early.status, PaymentStatus::Unknown, "it may still be on its way");
        world.advance(Duration::seconds(29));
        attempt::inquire(&ctx, &lost.id).await.unwrap();
        assert_eq!(attempt::check_now(&ctx, &budi.id, &lost.id).await.unwrap().status, PaymentStatus::Unknown);
        world.advance(Duration::seconds(31));
    }
    let closed = attempt::inquire(&ctx, &lost.id).await.unwrap();
    assert_eq!((closed.status, closed.failure_code.as_deref()), (PaymentStatus::Failed, Some("never_heard")));
}

// 39, 44
#[tokio::test]
async fn a_charge_that_was_refused_or_not_reached_is_closed_and_can_be_tried_again() {
    for (trouble, kind) in
        [(Trouble::Rejected, Kind::Upstream), (Trouble::Unavailable, Kind::Unavailable { retry_after: 30 })]
    {
        let (world, gateway) = with_gateway().await;
        let budi = world.customer().await;
        let bill = world.invoice(&budi, &[50_000]).await;
        gateway.spoil(trouble);
        assert_eq!(start(&world, &bill, "qris", None).await.unwrap_err().kind(), kind);
        let failed = attempt::of_invoice(&world.services.db, &bill.id).await.unwrap();
        assert_eq!((failed.len(), failed[0].status), (1, PaymentStatus::Failed));
        assert_eq!(start(&world, &bill, "qris", None).await.unwrap().status, PaymentStatus::Pending);
    }
}

#[tokio::test]
async fn a_silent_gateway_is_asked_on_schedule_and_staff_are_told() {
    let (world, gateway, _, bill, pay) = waiting(50_000).await;
    let ctx = world.system();
    assert_eq!(attempt::inquire(&ctx, &pay.id).await.unwrap().inquire_at, pay.inquire_at, "too early");
    assert_eq!(gateway.calls("inquire"), 0);
    for _ in 0..4 {
        let due = world.payment(&pay).await.inquire_at.unwrap();
        world.advance(due - world.services.clock.now());
        gateway.spoil(Trouble::Unavailable);
        attempt::inquire(&ctx, &pay.id).await.unwrap();
    }
    assert_eq!(world.alerts().await, ["gateway_silent"]);

    gateway.pay(&pay.reference, 50_000);
    let due = world.payment(&pay).await.inquire_at.unwrap();
    world.advance(due - world.services.clock.now());
    attempt::inquire(&ctx, &pay.id).await.unwrap();
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    assert_eq!(world.payment(&pay).await.inquire_at, None);
}

// 11, 22
#[tokio::test]
async fn money_under_a_reference_that_is_not_ours_is_unallocated_once() {
    let (world, gateway) = with_gateway().await;
    gateway.pay("SOMEBODY-ELSE", 75_000);
    for _ in 0..2 {
        assert_eq!(notified(&world, &gateway, "SOMEBODY-ELSE").await, GatewayEventStatus::Unmatched);
    }
    let verification = yumna::domain::ledger::verify(&world.services.db).await.unwrap();
    assert_eq!(verification.totals.balances[&("unallocated".to_owned(), "IDR".to_owned())], -75_000);
    assert_eq!(world.alerts().await, ["money_unallocated"]);
    world.books_are_right().await;
}

#[tokio::test]
async fn somebody_elses_payment_looks_like_a_missing_one() {
    let (world, gateway, budi, _, pay) = waiting(50_000).await;
    let siti = world.customer().await;
    let ctx = world.system();
    assert!(matches!(attempt::get_for(&ctx.db, &siti.id, &pay.id).await, Err(PaymentError::NotFound)));
    assert!(matches!(attempt::check_now(&ctx, &siti.id, &pay.id).await, Err(PaymentError::NotFound)));
    assert!(matches!(attempt::request_cancel(&ctx, &siti.id, &pay.id).await, Err(PaymentError::NotFound)));
    // The customer's own question reaches the gateway at most every few seconds.
    attempt::check_now(&ctx, &budi.id, &pay.id).await.unwrap();
    assert_eq!(gateway.calls("inquire"), 0);
    world.advance(Duration::seconds(6));
    attempt::check_now(&ctx, &budi.id, &pay.id).await.unwrap();
    attempt::check_now(&ctx, &budi.id, &pay.id).await.unwrap();
    assert_eq!(gateway.calls("inquire"), 1);
}

#[tokio::test]
async fn a_customer_with_a_credit_limit_may_go_below_zero_so_far() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let mut row: customer::ActiveModel = budi.clone().into();
    row.credit_limit_minor = Set(20_000);
    row.update(&world.services.db).await.unwrap();
    let (first, second) = (world.invoice(&budi, &[20_000]).await, world.invoice(&budi, &[1]).await);
    attempt::start(&world.system(), &budi.id, &first.id, &by_wallet()).await.unwrap();
    assert_eq!(world.balance(&budi).await, -20_000);
    let error = attempt::start(&world.system(), &budi.id, &second.id, &by_wallet()).await.unwrap_err();
    assert_eq!(error.extra()["shortfall"], 1);
    world.books_are_right().await;
}
