//! Every report empty, typical and extreme, in both languages and themes, rendered to `tests/output/` to be looked at.
use super::{
    ReportQuery, ageing, coretax, gateways, journal, mrr, revenue, statement, tax, view::ReportPage, wallets, withheld,
};
use crate::{
    domain::reports::{
        ageing::{AgeingReport, Ages, Debtor},
        coretax::{Buyer, Export, Gap, Good, Incomplete, TaxInvoice},
        gateways::{Balance, GatewayReport, Line},
        journal::{self as postings, Total},
        mrr::{self as recurring, MrrReport},
        range::Range,
        revenue::{self as earned, RevenueReport},
        statement::{Line as Posted, Statement},
        tax::{Part, Row, TaxReport, Tie},
        wallets::{Holder, Movement, WalletReport},
        withheld::{Line as Kept, Sum, WithheldReport},
    },
    kernel::locale::Lang,
    web::{
        frame::{Door, Frame, Theme},
        page_checks,
    },
};
use askama::Template;
use entity::{
    billing::withholding,
    value::{WalletTransactionType, WithholdingStatus},
};

/// The largest amount a page has to bear.
pub(super) const MOST: i64 = 99_999_999_999_999;

pub(super) fn look(name: &str, make: impl Fn(Frame) -> ReportPage) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output");
    std::fs::create_dir_all(&folder).unwrap();
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            let frame = Frame { theme, is_demo: true, ..Frame::sample(Door::Whm, *lang) };
            let html = make(frame).render().unwrap();
            let file = format!("whm-report-{name}-{}-{}.html", theme.as_str(), lang.code());
            std::fs::write(folder.join(&file), &html).unwrap();
            assert_eq!(page_checks::problems(&html), Vec::<String>::new(), "{file}");
        }
    }
}

fn november() -> Range {
    Range::month_of("2026-11-21".parse().unwrap())
}

pub(super) fn year() -> Range {
    Range::last_twelve("2026-11-21".parse().unwrap())
}

/// Twelve months, one below zero, the last the largest.
fn months() -> Vec<(String, i64)> {
    let amount = |place: i64| if place == 3 { -5_500 } else { MOST / (13 - place) };
    (1..=12).map(|place| (format!("2026-{place:02}"), amount(place))).collect()
}

pub(super) fn long_name() -> String {
    "PT Nusantara Digital Kreasi Bersama Sejahtera Abadi <b>&".to_owned()
}

fn part(documents: i64, net_minor: i64) -> Part {
    Part { documents, net_minor, other_base_minor: net_minor / 12 * 11, tax_minor: net_minor / 100 * 11 }
}

#[test]
fn tax() {
    let make = |amount: i64, is_pkp: bool| TaxReport {
        range: november(),
        is_pkp,
        taxed: part(812, amount),
        exempt: Part { documents: 3, net_minor: amount / 3, ..Part::default() },
        returned: part(4, -amount / 20),
        exempt_returned: Part::default(),
        collected: part(2, amount / 7),
        collected_returned: part(1, -amount / 70),
        tie: Tie { booked_minor: amount, ledger_minor: amount, reported_minor: amount, ..Tie::default() },
    };
    let row = |place: i64| Row {
        id: format!("inv_{place}"),
        number: Some(format!("INV/2026/{place:06}")),
        invoice_id: format!("inv_{place}"),
        invoice_number: Some(format!("INV/2026/{place:06}")),
        customer_id: "cus_1".to_owned(),
        counts_at: "2026-11-21T03:00:00Z".parse().unwrap(),
        net_minor: MOST / (place + 1),
        other_base_minor: MOST / (place + 2),
        tax_minor: MOST / 10,
        taxed: place % 3,
        buyer: serde_json::json!({ "company": long_name(), "npwp": "0018550814412000" }),
    };
    look("tax", |frame| {
        let query = ReportQuery { cursor: Some("x".to_owned()), ..ReportQuery::default() };
        tax::page(frame, (&make(41_250_000, true), &months()), &query, &[row(1), row(2)], Some("next"))
    });
    look("tax-wrong", |frame| {
        let mut report = make(MOST, true);
        report.tie.ledger_minor = 1;
        tax::page(frame, (&report, &months()), &ReportQuery::default(), &[row(1)], None)
    });
    look("tax-empty", |frame| {
        let none =
            TaxReport { taxed: Part::default(), exempt: Part::default(), returned: Part::default(), ..make(0, false) };
        tax::page(frame, (&none, &[]), &ReportQuery::default(), &[], None)
    });
}

#[test]
fn coretax() {
    let good = Good {
        name: "Ghost Basic, bulanan".to_owned(),
        quantity: 1,
        price_minor: 50_000,
        discount_minor: 0,
        net_minor: 50_000,
        other_base_minor: 45_833,
        tax_minor: 5_500,
    };
    let buyer = Buyer {
        tin: "0018550814412000".to_owned(),
        document: "TIN",
        document_number: String::new(),
        country: "IDN",
        name: long_name(),
        address: "Jl. Melati 1".to_owned(),
        email: "a@b.test".to_owned(),
        nitku: "0018550814412000000000".to_owned(),
    };
    let one = TaxInvoice {
        counts_at: "2026-11-21T03:00:00Z".parse().unwrap(),
        number: "INV/2026/000123".to_owned(),
        transaction: "04",
        rate_percent: 12,
        buyer,
        goods: vec![good],
    };
    let incomplete = Incomplete {
        customer_id: "cus_1".to_owned(),
        name: long_name(),
        gaps: vec![Gap::Npwp, Gap::Address, Gap::Nitku, Gap::Country],
        invoices: 3,
    };
    let export = Export {
        seller_tin: Some("0018550814412000".to_owned()),
        invoices: vec![one; 1_200],
        incomplete: vec![incomplete],
        without_number: 17,
        tax_minor: MOST,
        collected_minor: MOST / 3,
        left_out_minor: 16_500,
    };
    look("coretax", |frame| coretax::page(frame, november(), &export));
    look("coretax-empty", |frame| coretax::page(frame, november(), &Export::default()));
}

#[test]
fn revenue() {
    let month = |place: i64| earned::Month {
        month: format!("2026-{place:02}"),
        invoiced_minor: MOST / (13 - place),
        voided_minor: 70_000,
        credited_minor: 50_000,
        written_off_minor: 55_500,
        unearned_minor: 0,
        earned_minor: MOST / (15 - place),
        deferred_minor: -1_500_000,
        received_minor: MOST / (14 - place),
        refunded_minor: 11_100,
        reversed_minor: 0,
    };
    let product = |name: Option<&str>| earned::Product {
        name: name.map(str::to_owned),
        kind: "paas_service".to_owned(),
        issued_minor: MOST,
        paid_minor: 1,
    };
    let report = RevenueReport {
        range: year(),
        months: (1..=12).map(month).collect(),
        products: vec![product(Some("Ghost")), product(None)],
        ledger_minor: 0,
    };
    look("revenue", |frame| revenue::page(frame, &report));
    let none = RevenueReport { range: november(), months: Vec::new(), products: Vec::new(), ledger_minor: 0 };
    look("revenue-empty", |frame| revenue::page(frame, &none));
}

#[test]
fn ageing() {
    let ages = Ages { not_due_minor: MOST, days_30_minor: 1, days_60_minor: 0, days_90_minor: 91_000, older_minor: 5 };
    let report = |ages: Ages| AgeingReport {
        at: "2026-11-21T03:00:00Z".parse().unwrap(),
        customers: 1,
        invoices: 2,
        ledger_minor: ages.total_minor(),
        written_off_minor: 55_500,
        ages,
    };
    let debtor = Debtor { customer_id: "cus_1".to_owned(), name: Some(long_name()), invoices: 2, ages };
    let (day, query) = ("2026-11-21".parse().unwrap(), ReportQuery::default());
    look("ageing", |frame| {
        ageing::page(frame, day, &report(ages), &query, std::slice::from_ref(&debtor), Some("next"))
    });
    look("ageing-empty", |frame| ageing::page(frame, day, &report(Ages::default()), &query, &[], None));
}

#[test]
fn gateways() {
    let line = |method: Option<&str>| Line {
        account: "gateway_clearing:pac_1".to_owned(),
        name: Some("Midtrans".to_owned()),
        gateway: Some("midtrans".to_owned()),
        method: method.map(str::to_owned),
        payments: 812,
        received_minor: MOST,
        fee_minor: 4_000,
        refunds: 2,
        refunded_minor: 11_100,
        reversed_minor: 0,
        other_minor: -5,
    };
    let balance = Balance { account: "bank".to_owned(), name: None, opening_minor: 0, closing_minor: -5_000 };
    let lines = vec![line(Some("qris")), line(Some("bank_transfer")), line(Some("unheard_of")), line(None)];
    let report = GatewayReport { range: november(), lines, balances: vec![balance], dispute_fees_minor: 25_000 };
    look("gateways", |frame| gateways::page(frame, &report));
    let none = GatewayReport { range: november(), lines: Vec::new(), balances: Vec::new(), dispute_fees_minor: 0 };
    look("gateways-empty", |frame| gateways::page(frame, &none));
}

#[test]
fn mrr() {
    let month = |place: i64| recurring::Month {
        month: format!("2026-{place:02}"),
        start_minor: 1_000_000 * (place - 1),
        new_minor: 1_500_000,
        churned_minor: 500_000,
        contracts: 20 * place,
        customers_start: 15 * place,
        customers_lost: 1,
        customers_end: 15 * place + 4,
        ..recurring::Month::default()
    };
    let product = recurring::Product { name: long_name(), contracts: 3, mrr_minor: MOST };
    let report = MrrReport { range: year(), months: (1..=12).map(month).collect(), products: vec![product] };
    look("mrr", |frame| mrr::page(frame, &report));
    look("mrr-empty", |frame| mrr::page(frame, &MrrReport { range: year(), months: Vec::new(), products: Vec::new() }));
}

#[test]
fn wallets() {
    let moved = |r#type| Movement { r#type, times: 3, in_minor: MOST, out_minor: 66_600 };
    let report = WalletReport {
        range: november(),
        opening_minor: 0,
        closing_minor: MOST,
        filled: 10,
        filled_minor: MOST,
        overdrawn: 1,
        overdrawn_minor: 5_000,
        held_minor: 0,
        movements: WalletTransactionType::ALL.iter().map(|kind| moved(*kind)).collect(),
    };
    let holder = Holder { customer_id: "cus_1".to_owned(), name: Some(long_name()), balance_minor: -MOST };
    let query = ReportQuery::default();
    look("wallets", |frame| {
        wallets::page(frame, (&report, &months()), &query, std::slice::from_ref(&holder), Some("next"))
    });
    let none = WalletReport {
        closing_minor: 0,
        filled_minor: 0,
        overdrawn_minor: 0,
        filled: 0,
        overdrawn: 0,
        movements: Vec::new(),
        ..report.clone()
    };
    look("wallets-empty", |frame| wallets::page(frame, (&none, &[]), &query, &[], None));
}

#[test]
fn withheld_tax() {
    let at = "2026-11-21T03:00:00Z".parse().unwrap();
    let line = |status, number: Option<&str>| Kept {
        row: withholding::Model {
            id: "whd_1".into(),
            invoice_id: "inv_1".into(),
            customer_id: "cus_1".into(),
            status,
            base_minor: MOST,
            amount_minor: MOST / 50,
            currency: "IDR".to_owned(),
            live_key: None,
            proof_due_at: at,
            reminded_at: None,
            proof_number: number.map(str::to_owned),
            proof_date: number.and_then(|_| "2026-11-20".parse().ok()),
            file_id: None,
            payment_id: None,
            declared_by: "usr_1".to_owned(),
            declared_at: at,
            received_at: None,
            closed_by: None,
            closed_at: None,
            reason: None,
        },
        invoice_number: Some("INV/2026/000123".to_owned()),
        customer: Some(long_name()),
    };
    let sum = |count, minor| Sum { count, minor };
    let report = WithheldReport {
        range: november(),
        received: sum(812, MOST),
        reverted: sum(1, 2_000),
        booked_minor: MOST - 2_000,
        outstanding: sum(3, 6_000),
        late: sum(1, 2_000),
        balance_minor: MOST,
    };
    let lines = [line(WithholdingStatus::Received, Some("2500000123")), line(WithholdingStatus::Outstanding, None)];
    let query = ReportQuery { list: Some("all".to_owned()), cursor: Some("x".to_owned()), ..ReportQuery::default() };
    look("withheld", |frame| withheld::page(frame, &report, &query, &lines, Some("next")));
    let wrong = WithheldReport { booked_minor: 1, ..report };
    look("withheld-empty", |frame| withheld::page(frame, &wrong, &ReportQuery::default(), &[], None));
}

#[test]
fn journal() {
    let line = |account: &str, account_kind: &str, amount_minor: i64| postings::Line {
        id: "ltx_1".to_owned(),
        posted_at: "2026-11-21T03:00:00Z".parse().unwrap(),
        kind: "invoice_issued".to_owned(),
        description: "Invoice INV/2026/000001 issued".to_owned(),
        source_type: "invoice".to_owned(),
        source_id: "inv_1".to_owned(),
        document: Some("INV/2026/000001".to_owned()),
        account: account.to_owned(),
        account_kind: account_kind.to_owned(),
        owner: Some(long_name()),
        amount_minor,
        currency: "IDR".to_owned(),
    };
    let unknown = postings::Line { kind: "something_else".to_owned(), document: None, ..line("bank", "bank", 1) };
    let lines = [
        line("receivable:cus_1", "receivable", MOST),
        line("revenue:paas_service", "revenue", 11_000 - MOST),
        line("tax_payable", "tax_payable", -11_000),
        unknown,
    ];
    let total = |currency: &str, credit_minor| Total { currency: currency.to_owned(), debit_minor: MOST, credit_minor };
    let query = ReportQuery::default();
    let totals = [total("IDR", MOST), total("USD", 1)];
    look("journal", |frame| journal::page(frame, november(), &totals, &query, &lines, Some("next")));
    look("journal-empty", |frame| journal::page(frame, november(), &[], &query, &[], None));
}

#[test]
fn statement() {
    let id = entity::value::CustomerId::from("cus_1");
    let line = |kind: &str, document: Option<&str>, invoice: Option<&str>, amount_minor| Posted {
        posted_at: "2026-11-20T20:00:00Z".parse().unwrap(),
        kind: kind.to_owned(),
        document: document.map(str::to_owned),
        invoice_id: invoice.map(str::to_owned),
        amount_minor,
        balance_minor: amount_minor,
    };
    let lines = vec![
        line("invoice_issued", Some("INV/2026/000123"), Some("inv_1"), MOST),
        line("payment_settled", Some("PAY-1"), None, -MOST),
        line("wallet_adjusted", None, None, 1),
    ];
    let full = Statement {
        range: november(),
        opening_minor: MOST,
        charged_minor: MOST,
        credited_minor: MOST,
        lines,
        is_cut: true,
    };
    look("statement", |frame| statement::page(frame, &id, &long_name(), &full));
    let empty = Statement { lines: Vec::new(), is_cut: false, ..full };
    look("statement-empty", |frame| statement::page(frame, &id, "Andi", &empty));
}
