//! Debts that are given up, and money that comes for them all the same.
use super::renewals::{Story, wib};
use crate::support::{
    World, gateway,
    money::{by, with_gateway},
    shop,
};
use chrono::Duration;
use entity::{
    billing::{invoice, write_off as rows},
    customers::customer,
    ledger::account,
    payments::payment,
    platform::audit_log,
    value::{InvoiceStatus, Money, PaymentStatus, PurchasePolicy, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use yumna::{
    domain::{
        billing::{
            InvoiceError,
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::{display_status, open_minor, owed_by},
            write_off,
        },
        ledger,
        payments::attempt,
        reports::{ageing, coretax, range::Range, revenue, statement, tax},
        settings,
    },
    kernel::fault::Fault,
};

fn november() -> Range {
    Range::month_of("2026-11-21".parse().unwrap())
}

async fn balance(world: &World, kind: &str) -> i64 {
    let rows = account::Entity::find().all(&world.services.db).await.unwrap();
    rows.iter().filter(|row| row.kind.as_str() == kind).map(|row| row.balance_minor).sum()
}

/// What the accounts of tax, bad debts and receivables hold.
async fn books(world: &World) -> (i64, i64, i64) {
    (balance(world, "tax_payable").await, balance(world, "bad_debts").await, balance(world, "receivable").await)
}

async fn begins(world: &World, bill: &invoice::Model) -> payment::Model {
    attempt::start(&world.system(), &bill.customer_id, &bill.id, &by("qris", None)).await.unwrap()
}

/// Money comes by an attempt: so much.
async fn comes(world: &World, pay: &payment::Model, minor: i64) -> payment::Model {
    let mut report = gateway::report(&pay.reference, minor);
    report.status = PaymentStatus::Succeeded;
    report.amount = Money::idr(minor);
    attempt::apply_report(&world.system(), &pay.id, &report).await.unwrap()
}

async fn give_up(world: &World, bill: &invoice::Model) -> Result<rows::Model, InvoiceError> {
    write_off::write_off(&world.staff("ana"), &bill.id, "Pailit").await
}

/// A seller who charges PPN, a customer, and a debt of Rp 111.000, tax included.
async fn indebted() -> (World, customer::Model, invoice::Model) {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.debt(&budi, &[60_000, 40_000]).await;
    (world, budi, bill)
}

#[tokio::test]
async fn a_debt_that_is_given_up_leaves_receivables_and_its_tax_falls_due_no_more() {
    let (world, budi, bill) = indebted().await;
    let ctx = world.system();
    assert_eq!(books(&world).await, (-11_000, 0, 111_000));

    let row = give_up(&world, &bill).await.unwrap();

    assert_eq!((row.total_minor, row.tax_minor, row.lowers_tax), (111_000, 11_000, true));
    assert_eq!(books(&world).await, (0, 100_000, 0));
    let seen = world.reload(&bill).await;
    assert_eq!((seen.status, open_minor(&seen), seen.tax_point_at), (InvoiceStatus::WrittenOff, 0, None));
    assert_eq!(display_status(&seen, ctx.now()).as_str(), "void");
    assert!(owed_by(&ctx.db, &budi.id).await.unwrap().is_empty());
    let report = tax::report(&ctx, november()).await.unwrap();
    assert!(report.tie.holds(), "{:?}", report.tie);
    assert_eq!(report.taxed, tax::Part::default(), "it was never declared and never will be");
    let earned = revenue::report(&ctx, november()).await.unwrap();
    assert_eq!((earned.total().written_off_minor, earned.total().issued_minor()), (100_000, 100_000));
    assert!(earned.ties());
    let aged = ageing::report(&ctx, ageing::end_of(&ctx, "2026-11-21".parse().unwrap())).await.unwrap();
    assert_eq!((aged.ages.total_minor(), aged.written_off_minor, aged.ties()), (0, 100_000, true));
    let lines = statement::of(&ctx, &budi.id, november()).await.unwrap().lines;
    let told: Vec<(&str, i64)> = lines.iter().map(|line| (line.kind.as_str(), line.balance_minor)).collect();
    assert_eq!(told, [("invoice_issued", 111_000), ("invoice_written_off", 0)]);
    let trail = audit_log::Entity::find().filter(audit_log::Column::Action.eq("billing.invoice.write_off"));
    let trail = trail.one(&ctx.db).await.unwrap().unwrap();
    assert_eq!((trail.reason.as_deref(), trail.target_id.as_str()), (Some("Pailit"), bill.id.as_str()));
    world.books_are_right().await;
}

#[tokio::test]
async fn tax_that_was_declared_at_issue_stays_and_is_lost_with_the_debt() {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let rules = settings::current(&world.system()).await.unwrap().tax.clone();
    let at_issue = settings::Tax { tax_point: settings::TaxPoint::Issue, ..rules };
    settings::save_section(&world.system(), at_issue).await.unwrap();
    let budi = world.customer().await;
    let bill = world.debt(&budi, &[100_000]).await;

    let row = give_up(&world, &bill).await.unwrap();

    assert_eq!((row.total_minor, row.tax_minor, row.lowers_tax), (111_000, 0, false));
    assert_eq!(books(&world).await, (-11_000, 111_000, 0));
    let report = tax::report(&world.system(), november()).await.unwrap();
    assert_eq!((report.taxed.net_minor, report.taxed.tax_minor, report.tie.holds()), (100_000, 11_000, true));
    world.books_are_right().await;
}

#[tokio::test]
async fn of_a_partly_paid_invoice_the_paid_part_is_declared_and_the_rest_is_given_up() {
    let (world, budi, bill) = indebted().await;
    let ctx = world.system();
    let late = begins(&world, &bill).await;
    let part = begins(&world, &bill).await;
    let part = if part.id == late.id {
        attempt::start(&ctx, &budi.id, &bill.id, &by("bank_transfer", Some("bca"))).await.unwrap()
    } else {
        part
    };
    comes(&world, &part, 33_300).await;

    let row = give_up(&world, &bill).await.unwrap();

    assert_eq!((row.total_minor, row.tax_minor), (77_700, 7_700));
    assert_eq!(books(&world).await, (-3_300, 70_000, 0));
    let seen = world.reload(&bill).await;
    assert_eq!(seen.tax_point_at, Some(ctx.now()), "nothing more is to come");
    assert_eq!(display_status(&seen, ctx.now()).as_str(), "partially_paid");
    let report = tax::report(&ctx, november()).await.unwrap();
    assert_eq!(
        (report.taxed.net_minor, report.taxed.other_base_minor, report.taxed.tax_minor),
        (30_000, 27_500, 3_300)
    );
    assert!(report.tie.holds(), "{:?}", report.tie);
    let listed = tax::all_rows(&ctx, november(), tax::Listed::Invoices).await.unwrap();
    assert_eq!((listed[0].net_minor, listed[0].other_base_minor, listed[0].tax_minor), (30_000, 27_500, 3_300));
    let export = coretax::export(&ctx, november()).await.unwrap();
    assert_eq!(export.tax_minor + export.left_out_minor, 3_300);

    // The rest comes: what was declared as all there is cannot become more, so it is the customer's.
    comes(&world, &late, 77_700).await;
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::WrittenOff);
    assert_eq!(world.balance(&budi).await, 77_700);
    assert_eq!(books(&world).await, (-3_300, 70_000, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn money_that_comes_later_for_all_of_it_is_recovered() {
    let (world, budi, bill) = indebted().await;
    let ctx = world.system();
    let pay = begins(&world, &bill).await;
    give_up(&world, &bill).await.unwrap();
    world.advance(Duration::days(20));

    comes(&world, &pay, 111_000).await;
    comes(&world, &pay, 111_000).await;

    let seen = world.reload(&bill).await;
    assert_eq!((seen.status, seen.written_off_minor, seen.paid_minor), (InvoiceStatus::Paid, 0, 111_000));
    assert_eq!(books(&world).await, (-11_000, 0, 0));
    assert_eq!((world.balance(&budi).await, world.news("invoice.paid").await), (0, 1));
    let december = Range::month_of("2026-12-11".parse().unwrap());
    let report = tax::report(&ctx, december).await.unwrap();
    assert_eq!((report.taxed.tax_minor, report.tie.holds()), (11_000, true), "it falls due when it is paid");
    let earned = revenue::report(&ctx, december).await.unwrap().total();
    assert_eq!(earned.written_off_minor, -100_000);
    let written = write_off::list_of(&ctx.db, &bill.id).await.unwrap();
    assert_eq!((written.len(), written[0].recovered_at), (1, Some(ctx.now())));
    world.books_are_right().await;

    // The gateway takes it back: it is open again and may be given up again.
    let mut report = gateway::report(&pay.reference, 111_000);
    report.status = PaymentStatus::Chargeback;
    attempt::apply_report(&ctx, &pay.id, &report).await.unwrap();
    assert_eq!(open_minor(&world.reload(&bill).await), 111_000);
    give_up(&world, &bill).await.unwrap();
    assert_eq!(balance(&world, "receivable").await, 0);
    world.books_are_right().await;
}

#[tokio::test]
async fn less_than_all_of_it_goes_to_the_wallet_and_more_leaves_the_rest_there() {
    let (world, budi, bill) = indebted().await;
    let pay = begins(&world, &bill).await;
    let other = attempt::start(&world.system(), &budi.id, &bill.id, &by("bank_transfer", Some("bca"))).await.unwrap();
    give_up(&world, &bill).await.unwrap();

    comes(&world, &pay, 50_000).await;
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::WrittenOff);
    assert_eq!(world.balance(&budi).await, 50_000);
    comes(&world, &other, 120_000).await;

    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    assert_eq!(world.balance(&budi).await, 59_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn only_a_debt_can_be_given_up_and_only_once() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let (young, bill) = (world.invoice(&budi, &[50_000]).await, world.debt(&budi, &[50_000]).await);

    let refused = |result: Result<rows::Model, InvoiceError>| result.unwrap_err().code();
    assert_eq!(refused(give_up(&world, &young).await), "INVOICE_NOT_BAD_DEBT");
    assert_eq!(refused(write_off::write_off(&ana, &bill.id, " ").await), "REASON_REQUIRED");
    assert_eq!(refused(write_off::write_off(&ana, &"inv_nobody".into(), "x").await), "NOT_FOUND");
    give_up(&world, &bill).await.unwrap();
    assert_eq!(refused(give_up(&world, &bill).await), "INVOICE_NOT_BAD_DEBT");

    // What is given up cannot be paid, voided or credited.
    let begun = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap_err();
    assert_eq!(begun.code(), "INVOICE_NOT_PAYABLE");
    let new =
        NewCreditNote { invoice_id: &bill.id, credit: Credit::Rest, against: Against::Open, reason: "x", key: "k" };
    assert_eq!(credit_note::issue_now(&ana, new).await.unwrap_err().code(), "CREDIT_EXCEEDS_INVOICE");
    assert_eq!(world.news("invoice.written_off").await, 1);
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn given_up_by_two_at_once_it_is_given_up_once_and_money_at_that_moment_is_not_lost() {
    let (world, budi, bill) = indebted().await;
    let pay = begins(&world, &bill).await;

    let (first, second, paid) =
        tokio::join!(give_up(&world, &bill), give_up(&world, &bill), comes(&world, &pay, 111_000));

    assert!(!(first.is_ok() && second.is_ok()));
    assert_eq!(paid.received_minor, 111_000);
    // Whoever was first: the money came for this debt and pays it.
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    assert_eq!(world.balance(&budi).await, 0);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_an_order_waits_for_is_no_debt() {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let budi = world.buyer("budi").await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    world.tampers("UPDATE invoices SET due_at = created_at").await;
    world.advance(Duration::days(1));
    assert_eq!(give_up(&world, &placed.invoice).await.unwrap_err().code(), "INVOICE_OF_PENDING_ORDER");
}

#[tokio::test]
async fn a_contract_behind_it_is_neither_reminded_nor_suspended_for_it() {
    let story = Story::begin().await;
    story.until(wib("2026-12-23T10:00:00")).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::PastDue);
    let bill = story.renewals().await.pop().unwrap();
    let told = story.world.mails_to(&story.budi.email).await.len();

    give_up(&story.world, &bill).await.unwrap();
    story.world.settle_down().await;
    story.until(wib("2027-01-05T10:00:00")).await;

    assert_eq!(story.now().await.status, SubscriptionStatus::Active);
    assert_eq!(story.world.mails_to(&story.budi.email).await.len(), told, "nobody is written to");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn the_proof_sees_a_debt_that_was_given_up_wrongly() {
    for (damage, invariant) in [
        ("UPDATE write_offs SET total_minor = total_minor + 1", "an invoice is given up by its write-offs"),
        ("UPDATE write_offs SET total_minor = total_minor + 1", "bad debts are what was given up"),
        ("UPDATE invoices SET written_off_minor = written_off_minor - 1", "a paid invoice has nothing open"),
        ("UPDATE invoices SET written_off_minor = written_off_minor - 1", "receivables are the open invoices"),
        (
            "UPDATE ledger_transactions SET idempotency_key = id WHERE kind = 'invoice_written_off'",
            "a write-off has its posting",
        ),
        ("UPDATE write_offs SET recovered_at = created_at", "a write-off has its posting"),
    ] {
        let (world, _, bill) = indebted().await;
        give_up(&world, &bill).await.unwrap();
        world.tampers(damage).await;
        let found = ledger::verify(&world.services.db).await.unwrap().findings;
        assert!(found.iter().any(|finding| finding.invariant == invariant), "{damage}: {found:?}");
    }
}
