//! Income tax that customers withhold: asked for by nobody while its proof is awaited, and paid by the proof.
use super::renewals::{Story, wib};
use crate::support::{
    World,
    driver::Scripted,
    gateway,
    money::{by, by_wallet, with_gateway},
    shop,
    site::Site,
};
use chrono::Duration;
use entity::{
    billing::{invoice, withholding},
    customers::customer,
    ledger::account,
    payments::payment,
    value::{
        CustomerId, InvoiceStatus, Money, OrderStatus, PaymentStatus, PurchasePolicy, SubscriptionStatus,
        WithholdingStatus,
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::{
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::{self as invoices, display_status, open_minor, void_now},
            withholding as declared,
        },
        customers::{self, Duties},
        documents, ledger, ordering,
        payments::{
            PaymentError, attempt,
            refund::{Destination, NewRefund, refund},
            withheld::{self, NewProof},
        },
        reports::{range::Range, withheld as report},
        settings,
        subscriptions::{self, late_fee},
    },
    kernel::{fault::Fault, page::PageRequest},
};

async fn flags(world: &World, id: &CustomerId) {
    let duties = Duties { vat_collector: None, withholds_income_tax: true };
    customers::set_tax_duties(&world.staff("ana"), id, duties, "PT, pemotong PPh").await.unwrap();
}

/// A seller who charges PPN, and a customer who withholds income tax.
async fn office() -> (World, customer::Model) {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    flags(&world, &budi.id).await;
    (world, budi)
}

async fn begins(world: &World, bill: &invoice::Model) -> Result<payment::Model, PaymentError> {
    attempt::start(&world.system(), &bill.customer_id, &bill.id, &by("qris", None)).await
}

async fn comes(world: &World, pay: &payment::Model, minor: i64) {
    let mut report = gateway::report(&pay.reference, minor);
    report.status = PaymentStatus::Succeeded;
    report.amount = Money::idr(minor);
    attempt::apply_report(&world.system(), &pay.id, &report).await.unwrap();
}

fn proof(number: &str) -> NewProof {
    NewProof { number: number.to_owned(), date: "2026-11-20".parse().ok(), amount_minor: None, file: None }
}

async fn balance(world: &World, kind: &str) -> i64 {
    let rows = account::Entity::find().all(&world.services.db).await.unwrap();
    rows.iter().filter(|row| row.kind.as_str() == kind).map(|row| row.balance_minor).sum()
}

fn november() -> Range {
    Range::month_of("2026-11-21".parse().unwrap())
}

#[tokio::test]
async fn an_invoice_is_paid_by_money_and_the_proof_of_what_was_withheld() {
    let (world, budi) = office().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let bill = world.invoice(&budi, &[60_000, 40_000]).await;

    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    assert_eq!((row.base_minor, row.amount_minor), (100_000, 2_000), "2 % of the net, without PPN");
    let pay = begins(&world, &bill).await.unwrap();
    assert_eq!(pay.amount_minor, 109_000);
    comes(&world, &pay, 109_000).await;
    let part = world.reload(&bill).await;
    assert_eq!((open_minor(&part), display_status(&part, ctx.now()).as_str()), (2_000, "partially_paid"));
    assert_eq!(world.news("invoice.covered").await, 1);
    assert_eq!(begins(&world, &bill).await.unwrap_err().code(), "INVOICE_NOT_PAYABLE", "nothing is asked for");

    world.advance(Duration::days(3));
    let received = withheld::prove(&ana, &row.id, proof("2500000123")).await.unwrap();
    assert_eq!(received.status, WithholdingStatus::Received);
    let paid = world.reload(&bill).await;
    assert_eq!(
        (paid.status, paid.paid_at, paid.tax_point_at),
        (InvoiceStatus::Paid, Some(world.system().now()), paid.paid_at)
    );
    assert_eq!((balance(&world, "prepaid_tax").await, balance(&world, "receivable").await), (2_000, 0));
    world.books_are_right().await;

    // The same again is the same; another proof is refused; no money can go back for it, and it has no receipt.
    assert_eq!(withheld::prove(&ana, &row.id, proof("2500000123")).await.unwrap(), received);
    let other = withheld::prove(&ana, &row.id, proof("2500000124")).await.unwrap_err();
    assert_eq!(other.code(), "ALREADY_DEALT_WITH");
    let payment_id = received.payment_id.unwrap();
    let by_proof = attempt::get(&ctx.db, &payment_id).await.unwrap();
    assert!(!documents::has_receipt(&by_proof));
    let new = NewRefund {
        payment_id: &payment_id,
        amount_minor: 2_000,
        destination: Destination::Bank,
        reason: "x",
        key: "bank",
    };
    assert_eq!(refund(&ana, new).await.unwrap_err().code(), "REFUND_NOT_SUPPORTED");
}

#[tokio::test]
async fn a_proof_that_was_none_is_taken_back_while_nothing_depends_on_it() {
    let (world, budi) = office().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let bill = world.invoice(&budi, &[100_000]).await;
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    assert_eq!(withheld::revert(&ana, &row.id, "x").await.unwrap_err().code(), "ALREADY_DEALT_WITH");
    withheld::prove(&ana, &row.id, proof("1")).await.unwrap();
    assert_eq!(open_minor(&world.reload(&bill).await), 109_000, "the proof may come before the money");
    assert_eq!(withheld::revert(&ana, &row.id, " ").await.unwrap_err().code(), "REASON_REQUIRED");

    let back = withheld::revert(&ana, &row.id, "Atas nama perusahaan lain").await.unwrap();
    assert_eq!(back.status, WithholdingStatus::Reverted);
    assert_eq!(withheld::revert(&ana, &row.id, "Lagi").await.unwrap(), back);
    assert_eq!(open_minor(&world.reload(&bill).await), 111_000);
    assert_eq!(balance(&world, "prepaid_tax").await, 0);
    world.books_are_right().await;

    // Declared and proven anew; once it was given back it stands.
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    let pay = begins(&world, &bill).await.unwrap();
    comes(&world, &pay, 109_000).await;
    let row = withheld::prove(&ana, &row.id, proof("2")).await.unwrap();
    let payment_id = row.payment_id.unwrap();
    let new = NewRefund {
        payment_id: &payment_id,
        amount_minor: 500,
        destination: Destination::Wallet,
        reason: "Potongan",
        key: "part",
    };
    refund(&ana, new).await.unwrap();
    assert_eq!(withheld::revert(&ana, &row.id, "x").await.unwrap_err().code(), "PAYMENT_WRONG_STATE");
    world.books_are_right().await;
}

#[tokio::test]
async fn who_does_not_withhold_pays_all_and_who_changes_his_mind_too() {
    let (world, budi) = office().await;
    let ctx = world.system();
    let other = world.customer().await;
    let his = world.invoice(&other, &[100_000]).await;
    assert_eq!(withheld::declare(&ctx, &his.id).await.unwrap_err().code(), "WITHHOLDING_NOT_ALLOWED");
    assert_eq!(withheld::offered(&ctx, &his).await.unwrap(), None);

    let bill = world.invoice(&budi, &[100_000]).await;
    let whole = begins(&world, &bill).await.unwrap();
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    assert_eq!(withheld::declare(&ctx, &bill.id).await.unwrap().id, row.id, "twice is once");
    assert_eq!(world.waiting("payments.cancel_attempt").await, 1, "{} asks for too much", whole.reference);
    let gone = withheld::withdraw(&ctx, &row.id).await.unwrap();
    assert_eq!(gone.status, WithholdingStatus::Withdrawn);
    assert_eq!(withheld::withdraw(&ctx, &row.id).await.unwrap(), gone);
    assert_eq!(begins(&world, &bill).await.unwrap().amount_minor, 111_000);
    assert_eq!(withheld::prove(&ctx, &row.id, proof("1")).await.unwrap_err().code(), "ALREADY_DEALT_WITH");

    // All of it came after all, or nothing is asked for any more: no proof is awaited.
    let again = withheld::declare(&ctx, &bill.id).await.unwrap();
    comes(&world, &whole, 111_000).await;
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    assert_eq!(declared::get(&ctx.db, &again.id).await.unwrap().status, WithholdingStatus::Withdrawn);
    let void = world.invoice(&budi, &[50_000]).await;
    let row = withheld::declare(&ctx, &void.id).await.unwrap();
    void_now(&world.staff("ana"), &void.id, "Salah").await.unwrap();
    assert_eq!(declared::get(&ctx.db, &row.id).await.unwrap().status, WithholdingStatus::Withdrawn);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_proof_that_comes_before_the_money_leaves_the_charge_for_the_rest_open() {
    let (world, budi) = office().await;
    let ctx = world.system();
    let bill = world.invoice(&budi, &[100_000]).await;
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    let pay = begins(&world, &bill).await.unwrap();
    withheld::prove(&ctx, &row.id, proof("1")).await.unwrap();
    assert_eq!(world.waiting("payments.cancel_attempt").await, 0, "{} asks for what is open", pay.reference);
    comes(&world, &pay, 109_000).await;
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);

    // What proves less than was declared leaves another rest.
    let bill = world.invoice(&budi, &[100_000]).await;
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    begins(&world, &bill).await.unwrap();
    withheld::prove(&ctx, &row.id, NewProof { amount_minor: Some(1_999), ..proof("2") }).await.unwrap();
    assert_eq!(world.waiting("payments.cancel_attempt").await, 1);
    world.books_are_right().await;
}

#[tokio::test]
async fn wrong_proofs_are_refused_by_field() {
    let (world, budi) = office().await;
    let ctx = world.system();
    let bill = world.invoice(&budi, &[100_000]).await;
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    let field = async |new: NewProof| {
        let refused = withheld::prove(&ctx, &row.id, new).await.unwrap_err();
        (refused.code(), refused.fields().first().map(|fault| fault.field.clone()).unwrap_or_default())
    };
    let invalid = |name: &str| ("VALIDATION_FAILED", name.to_owned());
    assert_eq!(field(NewProof { number: " ".into(), ..proof("1") }).await, invalid("number"));
    assert_eq!(field(NewProof { date: "2026-11-30".parse().ok(), ..proof("1") }).await, invalid("date"));
    assert_eq!(field(NewProof { date: None, ..proof("1") }).await, invalid("date"));
    assert_eq!(field(NewProof { amount_minor: Some(111_001), ..proof("1") }).await, invalid("amount"));
    assert_eq!(field(NewProof { amount_minor: Some(0), ..proof("1") }).await, invalid("amount"));
    let script = NewProof { file: Some(b"<script>".to_vec()), ..proof("1") };
    assert_eq!(field(script).await.0, "PROOF_TYPE_NOT_TAKEN");

    // What the proof says counts, not what was declared.
    let file = Some(b"%PDF-1.7".to_vec());
    let row = withheld::prove(&ctx, &row.id, NewProof { amount_minor: Some(1_999), file, ..proof("BP-01/26") }).await;
    let row = row.unwrap();
    assert_eq!((row.amount_minor, open_minor(&world.reload(&bill).await)), (1_999, 109_001));
    assert_eq!(withheld::file_of(&ctx, &row).await.unwrap().name, "bukti-potong-BP-01-26.pdf");
    world.books_are_right().await;
}

#[tokio::test]
async fn two_proofs_at_once_are_one() {
    let (world, budi) = office().await;
    let ctx = world.system();
    let bill = world.invoice(&budi, &[100_000]).await;
    let (one, two) = tokio::join!(withheld::declare(&ctx, &bill.id), withheld::declare(&ctx, &bill.id));
    let row = one.unwrap();
    assert_eq!(two.unwrap().id, row.id);

    let (one, two) =
        tokio::join!(withheld::prove(&ctx, &row.id, proof("1")), withheld::prove(&ctx, &row.id, proof("1")),);
    assert_eq!(one.unwrap().payment_id, two.unwrap().payment_id);
    let paid = payment::Entity::find().filter(payment::Column::Gateway.eq("withheld")).count(&ctx.db).await.unwrap();
    assert_eq!((paid, balance(&world, "prepaid_tax").await), (1, 2_000));
    let (one, two) = tokio::join!(withheld::revert(&ctx, &row.id, "x"), withheld::revert(&ctx, &row.id, "x"));
    assert_eq!(one.unwrap().status, two.unwrap().status);
    assert_eq!(balance(&world, "prepaid_tax").await, 0);
    world.books_are_right().await;
}

#[tokio::test]
async fn the_report_lists_what_is_proven_and_what_is_not_and_agrees_with_the_ledger() {
    let (world, budi) = office().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let mut rows = Vec::new();
    for _ in 0..4 {
        let bill = world.invoice(&budi, &[100_000]).await;
        rows.push(withheld::declare(&ctx, &bill.id).await.unwrap());
    }
    for row in &rows[..2] {
        withheld::prove(&ana, &row.id, proof(row.id.as_str())).await.unwrap();
    }
    withheld::revert(&ana, &rows[0].id, "Salah").await.unwrap();
    withheld::withdraw(&ctx, &rows[3].id).await.unwrap();

    let found = report::report(&ctx, november()).await.unwrap();
    assert!(found.ties(), "{found:?}");
    assert_eq!((found.received.count, found.received.minor, found.reverted.minor), (2, 4_000, 2_000));
    assert_eq!((found.booked_minor, found.balance_minor), (2_000, 2_000));
    assert_eq!((found.outstanding.count, found.late.count), (1, 0));
    let of = async |status| {
        let request = PageRequest { after: None, limit: 50 };
        let page = report::lines(&ctx, november(), status, &request).await.unwrap();
        page.rows.into_iter().map(|line| line.row.id).collect::<Vec<_>>()
    };
    assert_eq!(of(Some(WithholdingStatus::Outstanding)).await, [rows[2].id.clone()]);
    assert_eq!(of(Some(WithholdingStatus::Received)).await, [rows[1].id.clone()]);
    assert_eq!(of(None).await.len(), 4);
    world.advance(Duration::days(61));
    let later = report::report(&world.system(), november()).await.unwrap();
    assert_eq!((later.late.count, later.late.minor), (1, 2_000));
}

impl Story {
    /// Budi withholds tax, and its proof is awaited for so many days.
    async fn withholds(&self, proof_days: i64) {
        let ctx = self.world.system();
        let stored = settings::load(&ctx.db).await.unwrap().tax;
        settings::save_section(&ctx, settings::Tax { withholding_proof_days: proof_days, ..stored }).await.unwrap();
        flags(&self.world, &self.budi.customer_id).await;
    }

    async fn told(&self, template: &str) -> usize {
        let mails = self.world.mails_to(&self.budi.email).await;
        mails.iter().filter(|mail| mail.template == template).count()
    }
}

/// The newest renewal is paid without what is withheld of it.
async fn pays_less(story: &Story) -> withholding::Model {
    let ctx = story.world.system();
    let bill = story.renewals().await.pop().unwrap();
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    story.world.gives(&story.budi, 54_500).await;
    let pay = attempt::start(&ctx, &story.budi.customer_id, &bill.id, &by_wallet()).await.unwrap();
    assert_eq!(pay.amount_minor, 54_500, "2 % of Rp 50.000 is withheld");
    story.world.settle_down().await;
    row
}

#[tokio::test]
async fn nobody_is_suspended_for_withheld_tax_and_whose_proof_is_late_is_reminded_once() {
    let story = Box::pin(Story::begin()).await;
    story.withholds(20).await;
    Box::pin(story.until(wib("2026-12-15T12:00:00"))).await;
    let row = pays_less(&story).await;

    Box::pin(story.until(wib("2027-01-03T23:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Active, "its period went on");
    assert_eq!((story.told("renewal_overdue").await, story.told("proof_late").await), (0, 0));
    let fees = settings::LateFees { is_on: true, issued_since: "2026-12-01".parse().ok(), ..Default::default() };
    settings::save_section(&story.world.system(), fees).await.unwrap();
    assert_eq!(late_fee::charge_due(&story.world.system()).await.unwrap().fees, 0, "and no fee is charged");
    settings::save_section(&story.world.system(), settings::LateFees::default()).await.unwrap();

    // The proof is late. The cycle after it is asked for as any other, by itself.
    Box::pin(story.until(wib("2027-01-16T12:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Active);
    assert_eq!((story.told("proof_late").await, story.told("renewal_overdue").await), (1, 0));
    let next = story.renewals().await.pop().unwrap();
    assert_ne!(next.id, row.invoice_id);
    Box::pin(story.until(wib("2027-01-30T12:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Suspended, "the next cycle is not paid");
    assert_eq!(story.told("proof_late").await, 1);

    let mut late = proof("2500000123");
    late.date = "2027-01-10".parse().ok();
    withheld::prove(&story.world.staff("ana"), &row.id, late).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Suspended, "a proof of another month frees nothing");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_ends_a_contract_that_is_paid_but_for_its_proof_gets_nothing_back() {
    let story = Box::pin(Story::begin()).await;
    story.withholds(60).await;
    Box::pin(story.until(wib("2026-12-15T12:00:00"))).await;
    let row = pays_less(&story).await;
    Box::pin(story.until(wib("2026-12-28T12:00:00"))).await;

    subscriptions::cancel::terminate(&story.world.staff("ana"), &story.now().await.id, Some("Selesai")).await.unwrap();
    story.world.settle_down().await;

    let bill =
        invoice::Entity::find_by_id(row.invoice_id.clone()).one(&story.world.services.db).await.unwrap().unwrap();
    assert_eq!((bill.status, bill.credited_minor, open_minor(&bill)), (InvoiceStatus::Issued, 0, 1_000));
    withheld::prove(&story.world.staff("ana"), &row.id, proof("2500000123")).await.unwrap();
    story.world.books_are_right().await;
}

/// A shop with something to deliver, and a buyer who withholds income tax.
async fn market() -> (World, shop::Buyer) {
    let gateway = gateway::ScriptedGateway::default();
    let world = World::with(|services| {
        services.gateways = vec![std::sync::Arc::new(gateway)];
        services.drivers = vec![std::sync::Arc::new(Scripted::default())];
    })
    .await;
    world.account().await;
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let budi = world.buyer("budi").await;
    flags(&world, &budi.customer_id).await;
    (world, budi)
}

#[tokio::test]
async fn what_was_taken_back_is_free_again_once_only_the_proof_is_missing() {
    let (world, budi) = market().await;
    let ctx = world.system();
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    let pay = begins(&world, &placed.invoice).await.unwrap();
    comes(&world, &pay, pay.amount_minor).await;
    world.settle_down().await;
    let mut report = gateway::report(&pay.reference, pay.amount_minor);
    report.status = PaymentStatus::Chargeback;
    attempt::apply_report(&ctx, &pay.id, &report).await.unwrap();
    world.settle_down().await;
    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Suspended);

    withheld::declare(&ctx, &placed.invoice.id).await.unwrap();
    let again = begins(&world, &world.reload(&placed.invoice).await).await.unwrap();
    comes(&world, &again, again.amount_minor).await;
    world.settle_down().await;

    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Active);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_sale_that_comes_to_nothing_gives_back_what_was_paid_and_asks_for_no_proof() {
    let (world, budi) = market().await;
    let ctx = world.system();
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    let row = withheld::declare(&ctx, &placed.invoice.id).await.unwrap();
    let pay = begins(&world, &placed.invoice).await.unwrap();
    comes(&world, &pay, pay.amount_minor).await;
    world.settle_down().await;
    let contract = world.contract(&placed).await;
    assert!(pay.amount_minor < placed.invoice.total_minor);

    for _ in 0..2 {
        ordering::provision_failed(&ctx, &contract.id).await.unwrap();
        world.settle_down().await;
    }

    let bill = world.reload(&placed.invoice).await;
    assert_eq!((bill.refunded_minor, open_minor(&bill)), (pay.amount_minor, 0));
    assert_eq!(bill.credited_minor, bill.total_minor);
    assert_eq!(declared::get(&ctx.db, &row.id).await.unwrap().status, WithholdingStatus::Withdrawn);
    assert_eq!(balance(&world, "wallet").await, -pay.amount_minor);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_was_held_runs_on_once_only_the_proof_is_missing() {
    let story = Box::pin(Story::begin()).await;
    story.withholds(60).await;
    Box::pin(story.until(wib("2026-12-29T12:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Suspended);

    pays_less(&story).await;
    Box::pin(story.until(wib("2026-12-29T13:00:00"))).await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Active);
}

#[tokio::test]
async fn what_was_ordered_does_not_wait_for_the_proof() {
    let story = Box::pin(Story::begin()).await;
    story.withholds(60).await;
    let (world, ctx) = (&story.world, story.world.system());
    let placed = world.orders(&story.budi, "ghost-basic").await.unwrap();
    withheld::declare(&ctx, &placed.invoice.id).await.unwrap();
    world.settle_down().await;
    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Pending, "a word pays for nothing");

    world.gives(&story.budi, 54_500).await;
    attempt::start(&ctx, &story.budi.customer_id, &placed.invoice.id, &by_wallet()).await.unwrap();
    world.settle_down().await;
    assert_eq!(world.contract(&placed).await.status, SubscriptionStatus::Active);
    let order =
        entity::ordering::order::Entity::find_by_id(placed.order.id.clone()).one(&ctx.db).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Active);
    assert_eq!(world.reload(&placed.invoice).await.status, InvoiceStatus::Issued);
    world.books_are_right().await;
}

#[tokio::test]
async fn the_pay_page_offers_to_pay_less_to_who_withholds_and_to_nobody_else() {
    let (world, budi) = office().await;
    let site = Site::of(&world);
    let mut visitor = site.browser(None, "en").await;
    let bill = world.invoice(&budi, &[100_000]).await;
    let page = format!("/pay/{}", bill.public_token);
    assert!(visitor.get(&page).await.body.contains("Pay only IDR\u{a0}109,000"));

    assert_eq!(visitor.post(&format!("{page}/withheld"), &[]).await.status, 303);
    let shown = visitor.get(&page).await.body;
    assert!(shown.contains("You withhold IDR\u{a0}2,000 of PPh 23") && shown.contains("IDR\u{a0}109,000"), "{shown}");
    assert_eq!(visitor.post(&page, &[("way", "scripted:qris")]).await.status, 303);
    let asked = attempt::of_invoice(&world.services.db, &bill.id).await.unwrap();
    assert_eq!(asked.last().unwrap().amount_minor, 109_000);
    comes(&world, asked.last().unwrap(), 109_000).await;
    assert!(visitor.get(&page).await.body.contains("All the money is here"));

    let other = world.invoice(&world.customer().await, &[100_000]).await;
    let theirs = visitor.get(&format!("/pay/{}", other.public_token)).await.body;
    assert!(!theirs.contains("PPh 23"), "{theirs}");
}

#[tokio::test]
async fn what_is_credited_is_withheld_no_longer_and_a_declaration_alone_never_covers() {
    let (world, budi) = office().await;
    let ctx = world.system();
    let bill = world.invoice(&budi, &[1_000_000, 15_000]).await;
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    assert_eq!(row.amount_minor, 20_300);
    let large = invoices::items_of(&ctx.db, &bill.id).await.unwrap().into_iter().next().unwrap();
    let credit = |key| NewCreditNote {
        invoice_id: &bill.id,
        credit: Credit::Items(vec![large.id.clone()]),
        against: Against::Open,
        reason: "Tidak diperpanjang",
        key,
    };
    credit_note::issue_now(&ctx, credit("less")).await.unwrap();

    let now = declared::get(&ctx.db, &row.id).await.unwrap();
    assert_eq!((now.base_minor, now.amount_minor), (15_000, 300), "2 % of what is left");
    assert_eq!(world.news("invoice.covered").await, 0);
    let pay = begins(&world, &world.reload(&bill).await).await.unwrap();
    assert_eq!(pay.amount_minor, 16_350);
    comes(&world, &pay, 16_350).await;
    assert_eq!(world.news("invoice.covered").await, 1);
    withheld::prove(&world.staff("ana"), &row.id, proof("1")).await.unwrap();
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_declaration_over_all_that_is_open_is_worth_nothing_before_money_comes() {
    let (world, budi) = office().await;
    let db = &world.services.db;
    let bill = world.debt(&budi, &[100_000]).await;
    withheld::declare(&world.system(), &bill.id).await.unwrap();
    // As if the rest had been credited.
    db.execute_unprepared("UPDATE withholdings SET amount_minor = 111000").await.unwrap();
    let fees = settings::LateFees { is_on: true, issued_since: "2026-11-01".parse().ok(), ..Default::default() };
    settings::save_section(&world.system(), fees).await.unwrap();
    world.advance(Duration::days(5));
    let ctx = world.system();

    assert_eq!(declared::asked_minor(db, ctx.now(), &bill).await.unwrap(), 111_000);
    assert!(!declared::is_covered(db, &bill.id).await.unwrap());
    assert_eq!(late_fee::charge_due(&ctx).await.unwrap().fees, 1, "he is late as anybody");
    world.advance(Duration::days(60));
    assert_eq!(declared::late(db, world.system().now(), 10).await.unwrap().len(), 0, "nobody waits for a proof alone");

    let pay = begins(&world, &bill).await.unwrap();
    comes(&world, &pay, 60_000).await;
    assert!(declared::is_covered(db, &bill.id).await.unwrap());
    assert_eq!(world.news("invoice.covered").await, 1);
    assert_eq!(declared::late(db, world.system().now(), 10).await.unwrap().len(), 1);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_credit_that_leaves_only_the_proof_open_delivers_what_was_paid() {
    let (world, budi) = office().await;
    let ctx = world.system();
    let bill = world.invoice(&budi, &[100_000, 50_000]).await;
    withheld::declare(&ctx, &bill.id).await.unwrap();
    let pay = begins(&world, &bill).await.unwrap();
    comes(&world, &pay, 109_000).await;
    assert_eq!(world.news("invoice.covered").await, 0);
    let second = invoices::items_of(&ctx.db, &bill.id).await.unwrap().pop().unwrap();
    let new = NewCreditNote {
        invoice_id: &bill.id,
        credit: Credit::Items(vec![second.id]),
        against: Against::Open,
        reason: "Dibatalkan",
        key: "second",
    };
    credit_note::issue_now(&ctx, new).await.unwrap();
    assert_eq!((open_minor(&world.reload(&bill).await), world.news("invoice.covered").await), (2_000, 1));
}

#[tokio::test]
async fn a_proof_becomes_no_money_by_itself_when_its_contract_ends() {
    let story = Box::pin(Story::begin()).await;
    story.withholds(60).await;
    Box::pin(story.until(wib("2026-12-15T12:00:00"))).await;
    let (world, ctx) = (&story.world, story.world.system());
    let bill = story.renewals().await.pop().unwrap();
    let row = withheld::declare(&ctx, &bill.id).await.unwrap();
    withheld::prove(&ctx, &row.id, proof("2500000123")).await.unwrap();

    subscriptions::cancel::terminate(&world.staff("ana"), &story.now().await.id, Some("Selesai")).await.unwrap();
    world.settle_down().await;

    let held = ledger::balance_minor(&ctx.db, &story.budi.customer_id, "IDR").await.unwrap();
    let now = world.reload(&bill).await;
    assert_eq!((held, now.credited_minor, open_minor(&now)), (0, 54_500, 0));
    assert!(world.alerts().await.contains(&"proof_of_undelivered".to_owned()));
    withheld::revert(&world.staff("ana"), &row.id, "Tidak asli").await.unwrap();
    assert_eq!(open_minor(&world.reload(&bill).await), 1_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn the_wallet_renews_the_next_cycle_before_anybody_pays_for_a_late_proof() {
    let story = Box::pin(Story::begin()).await;
    story.withholds(20).await;
    Box::pin(story.until(wib("2026-12-15T12:00:00"))).await;
    let row = pays_less(&story).await;
    Box::pin(story.until(wib("2027-01-06T12:00:00"))).await;
    story.world.gives(&story.budi, 55_500).await;
    Box::pin(story.until(wib("2027-01-23T12:00:00"))).await;

    assert_eq!(story.now().await.status, SubscriptionStatus::Active);
    let late = declared::get(&story.world.services.db, &row.id).await.unwrap();
    assert_eq!(late.status, WithholdingStatus::Outstanding, "its proof may still come");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn whoever_declares_again_gets_no_more_time_and_none_after_a_proof_that_was_none() {
    let (world, budi) = office().await;
    let (ana, payer) = (world.staff("ana"), world.visitor_at("192.0.2.7"));
    let bill = world.invoice(&budi, &[100_000]).await;
    let first = withheld::declare(&payer, &bill.id).await.unwrap();
    world.advance(Duration::days(59));
    withheld::withdraw(&payer, &first.id).await.unwrap();
    let again = withheld::declare(&payer, &bill.id).await.unwrap();
    assert_eq!(again.proof_due_at, first.proof_due_at);

    let mut new = proof("1");
    new.date = "2026-11-20".parse().ok();
    withheld::prove(&ana, &again.id, new).await.unwrap();
    withheld::revert(&ana, &again.id, "Tidak asli").await.unwrap();
    assert_eq!(withheld::declare(&payer, &bill.id).await.unwrap_err().code(), "WITHHOLDING_NOT_ALLOWED");
    assert_eq!(withheld::offered(&payer, &world.reload(&bill).await).await.unwrap(), None);
    let by_staff = withheld::offered(&ana, &world.reload(&bill).await).await.unwrap();
    assert_eq!(by_staff, Some((100_000, 2_000)), "whether there may be another is theirs to say");
    let by_staff = withheld::declare(&ana, &bill.id).await.unwrap();
    assert!(by_staff.proof_due_at > first.proof_due_at);
}
