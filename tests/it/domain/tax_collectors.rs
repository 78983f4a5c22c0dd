//! Buyers who pay the PPN of their invoices to the state themselves.
use crate::support::{
    World, gateway,
    money::{by, line, with_gateway},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    ledger::account,
    payments::payment,
    platform::audit_log,
    value::{InvoiceKind, InvoiceStatus, Money, PaymentStatus, VatCollector},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use yumna::{
    domain::{
        billing::{
            self, BuyerTax, TaxTable,
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::{NewInvoice, display_status, open_minor},
            preview, write_off,
        },
        customers::{self, Duties},
        payments::{
            attempt,
            refund::{Destination, NewRefund, refund},
        },
        reports::{coretax, range::Range, tax},
        settings,
    },
    kernel::fault::Fault,
};

fn november() -> Range {
    Range::month_of("2026-11-21".parse().unwrap())
}

/// A seller who charges PPN, and a customer who collects it as `collector`.
async fn shop(collector: VatCollector) -> (World, customer::Model) {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let buyer = world.customer().await;
    let mut change = buyer.into_active_model();
    change.company = Set(Some("Dinas Kominfo Kota".to_owned()));
    change.npwp = Set(Some("0018550814412000".to_owned()));
    let buyer = change.update(&world.services.db).await.unwrap();
    let duties = Duties { vat_collector: Some(collector), withholds_income_tax: false };
    customers::set_tax_duties(&world.staff("ana"), &buyer.id, duties, "SK 12/2026").await.unwrap();
    let buyer = customers::get(&world.services.db, &buyer.id).await.unwrap();
    (world, buyer)
}

async fn pays(world: &World, bill: &invoice::Model) -> payment::Model {
    let ctx = world.system();
    let pay = attempt::start(&ctx, &bill.customer_id, &bill.id, &by("bank_transfer", Some("bca"))).await.unwrap();
    let mut report = gateway::report(&pay.reference, pay.amount_minor);
    report.status = PaymentStatus::Succeeded;
    report.amount = Money::idr(pay.amount_minor);
    attempt::apply_report(&ctx, &pay.id, &report).await.unwrap()
}

async fn balance(world: &World, kind: &str) -> i64 {
    let rows = account::Entity::find().all(&world.services.db).await.unwrap();
    rows.iter().filter(|row| row.kind.as_str() == kind).map(|row| row.balance_minor).sum()
}

#[tokio::test]
async fn the_ppn_of_a_collector_is_shown_and_asked_of_nobody() {
    let (world, office) = shop(VatCollector::Government).await;

    let bill = world.invoice(&office, &[3_000_000, 500_000]).await;
    assert_eq!((bill.subtotal_minor, bill.tax_minor, bill.collected_tax_minor), (3_500_000, 0, 385_000));
    assert_eq!((bill.total_minor, bill.vat_collector), (3_500_000, Some(VatCollector::Government)));
    assert_eq!(display_status(&bill, world.system().now()).as_str(), "issued", "nothing of it is paid");
    assert_eq!((balance(&world, "receivable").await, balance(&world, "tax_payable").await), (3_500_000, 0));
    let full = billing::invoice::get_full(&world.services.db, &bill.id).await.unwrap();
    assert_eq!(full.taxes[0].tax_minor, 385_000, "the document names the tax");

    assert_eq!(pays(&world, &bill).await.applied_minor, 3_500_000);
    let paid = world.reload(&bill).await;
    assert_eq!(paid.status, InvoiceStatus::Paid);
    assert_eq!(paid.tax_point_at, paid.paid_at);
    world.books_are_right().await;
}

#[tokio::test]
async fn the_amount_from_which_a_collector_collects_is_a_setting_of_his_kind() {
    let (world, office) = shop(VatCollector::Government).await;
    let ctx = world.system();
    let day = "2026-11-21".parse().unwrap();
    let taxed = async |buyer: &customer::Model, net: i64| {
        let tax: BuyerTax = TaxTable::load(&ctx.db).await.unwrap().for_customer(buyer, day);
        let totals = preview(&[line(net)], &tax).unwrap();
        (totals.tax_minor > 0, totals.collected_minor > 0)
    };
    let company = customer::Model { vat_collector: Some(VatCollector::Other), ..office.clone() };

    // An office of the state: Rp 2,000,000 without PPN. Others: Rp 10,000,000 with PPN.
    assert_eq!(taxed(&office, 2_000_000).await, (true, false));
    assert_eq!(taxed(&office, 2_000_001).await, (false, true));
    assert_eq!(taxed(&company, 9_009_009).await, (true, false), "9,999,999 with PPN");
    assert_eq!(taxed(&company, 9_009_011).await, (false, true));

    let stored = settings::load(&ctx.db).await.unwrap().tax;
    let stricter = settings::Tax { government_above_minor: 100_000, government_counts_tax: true, ..stored };
    settings::save_section(&ctx, stricter).await.unwrap();
    assert_eq!(taxed(&office, 90_090).await, (true, false));
    assert_eq!(taxed(&office, 90_092).await, (false, true));
    let exempt = customer::Model { tax_exempt_reason: Some("BUMN".to_owned()), ..office.clone() };
    assert_eq!(taxed(&exempt, 5_000_000).await, (false, false));
}

#[tokio::test]
async fn credits_voids_and_debts_of_a_collector_are_about_the_net() {
    let (world, office) = shop(VatCollector::Government).await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    let note = async |bill: &invoice::Model, credit: Credit, key: &str| {
        let new = NewCreditNote { invoice_id: &bill.id, credit, against: Against::Open, reason: "Salah", key };
        credit_note::issue_now(&ana, new).await.unwrap().note
    };

    // Taken back in two parts: the tax of both is all of it, and no money.
    let bill = world.invoice(&office, &[2_000_003, 1_000_000]).await;
    let (first, second) = (note(&bill, Credit::Gross(1_234_567), "a").await, note(&bill, Credit::Rest, "b").await);
    assert_eq!((first.total_minor, first.tax_minor), (1_234_567, 0));
    assert_eq!(second.total_minor, 3_000_003 - 1_234_567);
    let items = entity::billing::credit_note_item::Entity::find().all(&ctx.db).await.unwrap();
    let back: i64 = items.iter().map(|item| item.collected_tax_minor).sum();
    assert_eq!(back, bill.collected_tax_minor);
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Void);

    let bill = world.invoice(&office, &[2_500_000]).await;
    billing::invoice::void_now(&ana, &bill.id, "Salah").await.unwrap();

    // Half of it came, the rest is given up.
    let bill = world.debt(&office, &[4_000_000]).await;
    note(&bill, Credit::Gross(1_000_000), "c").await;
    let given_up = write_off::write_off(&ana, &bill.id, "Pailit").await.unwrap();
    assert_eq!((given_up.total_minor, given_up.tax_minor), (3_000_000, 0));
    assert_eq!(open_minor(&world.reload(&bill).await), 0);
    world.books_are_right().await;
    assert_eq!((balance(&world, "tax_payable").await, balance(&world, "receivable").await), (0, 0));
}

#[tokio::test]
async fn the_tax_report_and_the_file_for_coretax_have_them_under_their_codes() {
    let (world, office) = shop(VatCollector::Government).await;
    let ctx = world.system();
    let stored = settings::load(&ctx.db).await.unwrap().company;
    let company = settings::Company { npwp: "018550814412000".to_owned(), ..stored };
    settings::save_section(&ctx, company).await.unwrap();
    let small = world.invoice(&office, &[100_000]).await;
    let large = world.invoice(&office, &[3_000_000]).await;
    pays(&world, &small).await;
    let pay = pays(&world, &large).await;
    let key = "refund";
    world.advance(Duration::minutes(5));
    let back =
        NewRefund { payment_id: &pay.id, amount_minor: 300_000, destination: Destination::Wallet, reason: "x", key };
    refund(&world.staff("ana"), back).await.unwrap();
    let other = Duties { vat_collector: Some(VatCollector::Other), withholds_income_tax: false };
    customers::set_tax_duties(&world.staff("ana"), &office.id, other, "Menjadi BUMN").await.unwrap();
    let bumn = customers::get(&ctx.db, &office.id).await.unwrap();
    pays(&world, &world.invoice(&bumn, &[20_000_000]).await).await;

    let report = tax::report(&ctx, november()).await.unwrap();
    assert_eq!((report.taxed.documents, report.taxed.tax_minor), (1, 11_000));
    assert_eq!((report.collected.documents, report.collected.net_minor), (2, 23_000_000));
    assert_eq!((report.collected.tax_minor, report.collected_returned.tax_minor), (2_530_000, -33_000));
    assert_eq!(report.collected_returned.net_minor, -300_000);
    assert_eq!(report.total().tax_minor, 11_000, "what we declare is our own");
    assert!(report.tie.holds(), "{:?}", report.tie);
    let export = coretax::export(&ctx, november()).await.unwrap();
    let codes: Vec<&str> = export.invoices.iter().map(|one| one.transaction).collect();
    assert_eq!(codes, ["04", "02", "03"]);
    assert_eq!((export.tax_minor, export.collected_minor), (11_000, 2_530_000));
    assert!(export.file(1).unwrap().contains("<VAT>330000.00</VAT>"));
}

#[tokio::test]
async fn staff_say_what_a_customer_collects_and_on_what_evidence() {
    let (world, office) = shop(VatCollector::Government).await;
    let ana = world.staff("ana");
    let changes = || {
        audit_log::Entity::find()
            .filter(audit_log::Column::Action.eq("customers.tax_duties.set"))
            .count(&world.services.db)
    };
    assert_eq!(changes().await.unwrap(), 1);

    let same = Duties { vat_collector: Some(VatCollector::Government), withholds_income_tax: false };
    customers::set_tax_duties(&ana, &office.id, same, "Lagi").await.unwrap();
    assert_eq!(changes().await.unwrap(), 1, "the same again changes nothing");
    let refused = customers::set_tax_duties(&ana, &office.id, Duties::default(), " ").await.unwrap_err();
    assert_eq!(refused.code(), "VALIDATION_FAILED");
    let nobody = customers::set_tax_duties(&ana, &"cus_nobody".into(), same, "x").await.unwrap_err();
    assert_eq!(nobody.code(), "NOT_FOUND");

    // What was issued stays as it is.
    let bill = world.invoice(&office, &[3_000_000]).await;
    customers::set_tax_duties(&ana, &office.id, Duties::default(), "Tidak lagi ditunjuk").await.unwrap();
    assert_eq!(world.reload(&bill).await.collected_tax_minor, 330_000);
    let office = customers::get(&world.services.db, &office.id).await.unwrap();
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let new = NewInvoice {
        customer: &office,
        kind: InvoiceKind::Manual,
        lines: vec![line(3_000_000)],
        due_at: ctx.now(),
        notes: None,
    };
    let next = billing::invoice::issue(&ctx, &tx, new).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((next.tax_minor, next.vat_collector), (330_000, None));
}
