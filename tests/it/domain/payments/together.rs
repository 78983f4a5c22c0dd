//! Several invoices paid in one go.
use crate::support::{
    World,
    gateway::{self, ScriptedGateway},
    money::{by, by_wallet, with_gateway},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    messaging::message,
    payments::{bundle, bundle_item, payment},
    value::{InvoiceId, InvoiceStatus, Money, PaymentStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use yumna::{
    domain::{
        billing::invoice::{open_minor, void_now},
        ledger,
        payments::{
            PaymentError,
            attempt::{self, Choice, together},
            refund::{Destination, NewRefund, refund},
        },
    },
    integrations::gateways::PaymentReport,
    kernel::fault::{Fault, Kind},
};

/// A customer with three invoices of Rp 10.000, 20.000 and 30.000.
async fn owing() -> (World, ScriptedGateway, customer::Model, Vec<invoice::Model>) {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let mut bills = Vec::new();
    for net in [10_000, 20_000, 30_000] {
        bills.push(world.invoice(&budi, &[net]).await);
        world.advance(Duration::hours(1));
    }
    (world, gateway, budi, bills)
}

fn ids(bills: &[invoice::Model]) -> Vec<InvoiceId> {
    bills.iter().map(|bill| bill.id.clone()).collect()
}

async fn pay(
    world: &World,
    budi: &customer::Model,
    bills: &[invoice::Model],
    choice: &Choice,
) -> Result<bundle::Model, PaymentError> {
    together::pay(&world.system(), &budi.id, &ids(bills), choice).await
}

async fn charge_of(world: &World, bundle: &bundle::Model) -> payment::Model {
    attempt::get(&world.services.db, bundle.payment_id.as_ref().unwrap()).await.unwrap()
}

async fn report(world: &World, pay: &payment::Model, change: impl FnOnce(&mut PaymentReport)) -> payment::Model {
    let mut report = gateway::report(&pay.reference, pay.amount_minor);
    change(&mut report);
    attempt::apply_report(&world.system(), &pay.id, &report).await.unwrap()
}

async fn becomes(world: &World, pay: &payment::Model, status: PaymentStatus) -> payment::Model {
    report(world, pay, |report| report.status = status).await
}

async fn statuses(world: &World, bills: &[invoice::Model]) -> Vec<InvoiceStatus> {
    let mut seen = Vec::new();
    for bill in bills {
        seen.push(world.reload(bill).await.status);
    }
    seen
}

/// In the order of the alphabet: what happened in one instant is told in no order.
async fn mails(world: &World) -> Vec<String> {
    world.settle_down().await;
    let rows = message::Entity::find()
        .filter(message::Column::Template.is_not_in(["invoice_issued", "staff_alert", "wallet_credited"]))
        .order_by_asc(message::Column::Template)
        .all(&world.services.db)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.template).collect()
}

use InvoiceStatus::{Issued, Paid, Void};

#[tokio::test]
async fn one_charge_pays_exactly_the_chosen_invoices_each_with_a_payment_of_its_own() {
    let (world, gateway, budi, bills) = owing().await;
    let made = pay(&world, &budi, &bills[..2], &by("qris", None)).await.unwrap();
    let charge = charge_of(&world, &made).await;
    assert_eq!((made.total_minor, charge.amount_minor, charge.invoice_id.clone()), (30_000, 30_000, None));
    assert_eq!((gateway.calls("charge"), statuses(&world, &bills).await), (1, vec![Issued; 3]));

    let settled = becomes(&world, &charge, PaymentStatus::Succeeded).await;
    becomes(&world, &charge, PaymentStatus::Succeeded).await;

    assert_eq!(statuses(&world, &bills).await, [Paid, Paid, Issued]);
    assert_eq!(world.balance(&budi).await, 0);
    assert_eq!((world.news("invoice.paid").await, world.news("invoices.paid_together").await), (2, 1));
    for bill in &bills[..2] {
        let bill = world.reload(bill).await;
        assert_eq!((bill.paid_at, bill.tax_point_at), (settled.settled_at, settled.settled_at));
        let parts = attempt::of_invoice(&world.services.db, &bill.id).await.unwrap();
        assert_eq!((parts.len(), parts[0].applied_minor), (1, bill.total_minor));
        assert!(yumna::domain::documents::receipt_pdf(&world.system(), parts[0].clone()).await.is_ok());
    }
    assert_eq!(mails(&world).await, ["invoices_paid"], "one mail, not three");
    world.books_are_right().await;
}

#[tokio::test]
async fn the_wallet_pays_all_of_them_or_none() {
    let (world, _, budi, bills) = owing().await;
    world.gift(&budi, 59_999).await;
    let error = pay(&world, &budi, &bills, &by_wallet()).await.unwrap_err();
    assert_eq!((error.code(), error.extra()["shortfall"].as_i64()), ("INSUFFICIENT_CREDIT", Some(1)));
    assert_eq!((statuses(&world, &bills).await, world.balance(&budi).await), (vec![Issued; 3], 59_999));
    assert_eq!(bundle::Entity::find().count(&world.services.db).await.unwrap(), 0);

    world.gift(&budi, 1).await;
    let made = pay(&world, &budi, &bills, &by_wallet()).await.unwrap();
    assert!(made.payment_id.is_none() && made.settled_at.is_some());
    assert_eq!((statuses(&world, &bills).await, world.balance(&budi).await), (vec![Paid; 3], 0));
    assert!(matches!(pay(&world, &budi, &bills, &by_wallet()).await, Err(PaymentError::InvoiceNotPayable)));
    assert_eq!(mails(&world).await, ["invoices_paid"]);
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twins_from_the_wallet_pay_once() {
    let (world, _, budi, bills) = owing().await;
    world.gift(&budi, 120_000).await;
    let (world, bills) = (Arc::new(world), Arc::new(bills));
    let mut twins = tokio::task::JoinSet::new();
    for reversed in [false, true] {
        let (world, bills, budi) = (world.clone(), bills.clone(), budi.clone());
        twins.spawn(async move {
            let mut chosen = ids(&bills);
            if reversed {
                chosen.reverse();
            }
            together::pay(&world.system(), &budi.id, &chosen, &by_wallet()).await.is_ok()
        });
    }
    let won = twins.join_all().await.into_iter().filter(|is_ok| *is_ok).count();
    assert_eq!((won, world.balance(&budi).await), (1, 60_000));
    world.books_are_right().await;
}

#[tokio::test]
async fn the_same_choice_gives_the_same_charge_and_another_cancels_what_overlaps() {
    let (world, gateway, budi, bills) = owing().await;
    let single = attempt::start(&world.system(), &budi.id, &bills[0].id, &by("qris", None)).await.unwrap();
    let first = pay(&world, &budi, &bills[..2], &by("qris", None)).await.unwrap();
    assert_eq!(world.waiting("payments.cancel_attempt").await, 1, "of the single one");
    let again = pay(&world, &budi, &[bills[1].clone(), bills[0].clone()], &by("qris", None)).await.unwrap();
    assert_eq!((again.id.clone(), gateway.calls("charge")), (first.id.clone(), 2));

    let all = pay(&world, &budi, &bills, &by("qris", None)).await.unwrap();
    assert_ne!(all.id, first.id);
    assert_eq!(world.waiting("payments.cancel_attempt").await, 2, "and of the smaller one");
    attempt::start(&world.system(), &budi.id, &bills[2].id, &by("qris", None)).await.unwrap();
    assert_eq!(world.waiting("payments.cancel_attempt").await, 3, "and of the larger one");

    // Whoever pays all the same pays what is open, and keeps the rest.
    becomes(&world, &single, PaymentStatus::Succeeded).await;
    becomes(&world, &charge_of(&world, &first).await, PaymentStatus::Succeeded).await;
    becomes(&world, &charge_of(&world, &all).await, PaymentStatus::Succeeded).await;
    assert_eq!((statuses(&world, &bills).await, world.balance(&budi).await), (vec![Paid; 3], 40_000));
    assert_eq!(world.alerts().await, ["payment_to_wallet", "payment_to_wallet"]);
    assert_eq!(world.news("invoice.paid").await, 3);
    world.books_are_right().await;
}

#[tokio::test]
async fn once_one_of_them_is_paid_the_charge_for_all_is_cancelled() {
    let (world, _, budi, bills) = owing().await;
    let made = pay(&world, &budi, &bills, &by("qris", None)).await.unwrap();
    world.gift(&budi, 10_000).await;
    attempt::start(&world.system(), &budi.id, &bills[0].id, &by_wallet()).await.unwrap();
    attempt::close_attempts(&world.system(), &bills[0].id).await.unwrap();
    assert_eq!(charge_of(&world, &made).await.status, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn what_no_longer_fits_goes_to_the_wallet_and_the_mail_says_so() {
    let (world, _, budi, bills) = owing().await;
    let made = pay(&world, &budi, &bills, &by("qris", None)).await.unwrap();
    let charge = charge_of(&world, &made).await;
    void_now(&world.staff("ana"), &bills[1].id, "mistake").await.unwrap();

    becomes(&world, &charge, PaymentStatus::Succeeded).await;

    assert_eq!((statuses(&world, &bills).await, world.balance(&budi).await), (vec![Paid, Void, Paid], 20_000));
    assert_eq!(mails(&world).await, ["invoice_voided", "invoices_paid_surplus"]);
    world.books_are_right().await;
}

#[tokio::test]
async fn too_little_money_pays_whole_invoices_the_one_due_first_first() {
    let (world, _, budi, bills) = owing().await;
    let charge = charge_of(&world, &pay(&world, &budi, &bills, &by("qris", None)).await.unwrap()).await;
    report(&world, &charge, |report| {
        report.status = PaymentStatus::Succeeded;
        report.amount = Money::idr(35_000);
    })
    .await;
    assert_eq!((statuses(&world, &bills).await, world.balance(&budi).await), (vec![Paid, Paid, Issued], 5_000));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_wallet_below_zero_does_not_stop_the_money_from_being_booked() {
    let (world, _, budi, bills) = owing().await;
    let limit = |minor| customer::ActiveModel {
        id: sea_orm::Set(budi.id.clone()),
        credit_limit_minor: sea_orm::Set(minor),
        ..Default::default()
    };
    customer::Entity::update(limit(30_000)).exec(&world.services.db).await.unwrap();
    attempt::start(&world.system(), &budi.id, &bills[2].id, &by_wallet()).await.unwrap();
    let charge = charge_of(&world, &pay(&world, &budi, &bills[..2], &by("qris", None)).await.unwrap()).await;
    customer::Entity::update(limit(10_000)).exec(&world.services.db).await.unwrap();

    let settled = becomes(&world, &charge, PaymentStatus::Succeeded).await;

    assert_eq!(settled.status, PaymentStatus::Succeeded);
    assert_eq!((statuses(&world, &bills).await, world.balance(&budi).await), (vec![Paid, Issued, Paid], -10_000));
    let mut findings = ledger::verify(&world.services.db).await.unwrap().findings;
    findings.retain(|finding| !finding.invariant.contains("credit limit"));
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test]
async fn a_chargeback_opens_every_invoice_again_and_takes_the_rest_from_the_wallet() {
    for word in [PaymentStatus::Chargeback, PaymentStatus::Reversed] {
        let (world, _, budi, bills) = owing().await;
        let charge = charge_of(&world, &pay(&world, &budi, &bills, &by("qris", None)).await.unwrap()).await;
        report(&world, &charge, |report| {
            report.status = PaymentStatus::Succeeded;
            report.amount = Money::idr(61_000);
        })
        .await;
        assert_eq!(world.balance(&budi).await, 1_000);

        let gone = becomes(&world, &charge, word).await;
        becomes(&world, &charge, word).await;

        assert_eq!((gone.status, gone.received_minor), (word, 0));
        for bill in &bills {
            let open = world.reload(bill).await;
            assert_eq!((open.status, open_minor(&open), open.tax_point_at), (Issued, open.total_minor, None));
        }
        assert_eq!((world.balance(&budi).await, world.news("payment.reversed").await), (0, 4), "three and the charge");
        let totals = ledger::verify(&world.services.db).await.unwrap().totals;
        assert_eq!(totals.balances.get(&("unallocated".to_owned(), "IDR".to_owned())).copied().unwrap_or(0), 0);
        world.books_are_right().await;

        world.gift(&budi, 60_000).await;
        pay(&world, &budi, &bills, &by_wallet()).await.unwrap();
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn a_part_that_was_refunded_stays_refunded_when_the_rest_is_taken_back() {
    let (world, _, budi, bills) = owing().await;
    let made = pay(&world, &budi, &bills[..2], &by("qris", None)).await.unwrap();
    let charge = charge_of(&world, &made).await;
    becomes(&world, &charge, PaymentStatus::Succeeded).await;
    let part = attempt::of_invoice(&world.services.db, &bills[1].id).await.unwrap().remove(0);
    let new = |amount_minor, destination, key| NewRefund {
        payment_id: &part.id,
        amount_minor,
        destination,
        reason: "not as promised",
        key,
    };
    let by_gateway = refund(&world.staff("ana"), new(1_000, Destination::Gateway, "a")).await.unwrap_err();
    assert_eq!(by_gateway.code(), "REFUND_NOT_SUPPORTED", "the gateway knows only the whole charge");
    refund(&world.staff("ana"), new(5_000, Destination::Wallet, "b")).await.unwrap();
    assert_eq!(world.balance(&budi).await, 5_000);
    world.books_are_right().await;

    becomes(&world, &charge, PaymentStatus::Chargeback).await;

    let second = world.reload(&bills[1]).await;
    assert_eq!((second.status, open_minor(&second), second.credited_minor), (Issued, 15_000, 5_000));
    assert_eq!(world.balance(&budi).await, 0, "what he had twice is gone");
    world.books_are_right().await;
}

#[tokio::test]
async fn what_is_not_ours_not_open_or_too_much_is_refused_before_anything_is_charged() {
    let (world, gateway, budi, bills) = owing().await;
    let siti = world.customer().await;
    let kind = async |customer: &customer::Model, chosen: &[InvoiceId], choice: &Choice| {
        together::pay(&world.system(), &customer.id, chosen, choice).await.unwrap_err().kind()
    };
    let all = ids(&bills);
    assert_eq!(kind(&siti, &all[..1], &by("qris", None)).await, Kind::NotFound);
    assert_eq!(kind(&budi, &[], &by("qris", None)).await, Kind::Invalid);
    let many: Vec<InvoiceId> = (0..=together::MOST).map(|n| InvoiceId::from(format!("inv_{n}"))).collect();
    assert_eq!(kind(&budi, &many, &by("qris", None)).await, Kind::Invalid);
    assert_eq!(kind(&budi, &all, &by("cash", None)).await, Kind::Invalid);
    void_now(&world.staff("ana"), &bills[0].id, "mistake").await.unwrap();
    assert_eq!(kind(&budi, &all, &by("qris", None)).await, Kind::Conflict);
    assert_eq!(gateway.calls("charge"), 0);
    assert_eq!(bundle_item::Entity::find().count(&world.services.db).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn money_for_all_and_the_wallet_for_one_at_once_pay_each_invoice_once() {
    let (world, _, budi, bills) = owing().await;
    world.gift(&budi, 30_000).await;
    let charge = charge_of(&world, &pay(&world, &budi, &bills, &by("qris", None)).await.unwrap()).await;
    let ctx = world.system();
    let choice = by_wallet();
    let single = attempt::start(&ctx, &budi.id, &bills[2].id, &choice);
    let (_, single) = tokio::join!(becomes(&world, &charge, PaymentStatus::Succeeded), single);
    assert!(matches!(single, Ok(_) | Err(PaymentError::InvoiceNotPayable)), "{single:?}");
    assert_eq!((statuses(&world, &bills).await, world.balance(&budi).await), (vec![Paid; 3], 30_000));
    world.books_are_right().await;
}
