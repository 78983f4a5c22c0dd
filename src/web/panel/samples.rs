//! Every template of the panel, rendered empty, typical and extreme, in both languages and themes, to
//! `tests/output/`, and asked what every page is asked.
use super::{
    change,
    home::view::{self as home, HomeCard, HomePage},
    invoices::view::{self as invoices, InvoiceCard},
    orders::view::{self as orders, OrderCard, OrderRow},
    profile,
    quotes::view as quotes,
    services, statement,
    wallet::view::{Parts, Typed, WalletCard, WalletPage},
};
use crate::{
    domain::{
        billing::invoice::Bill,
        billing::invoice::Full,
        ledger::Wallet,
        ordering::find::{ItemView, OrderView},
        payments::accounts::Offer,
        reports::{PanelDashboard, RecentPayment},
        settings,
        subscriptions::SubscriptionView,
    },
    integrations::gateways,
    kernel::{locale::Lang, page::Page},
    web::{
        form_errors::FormErrors,
        frame::{Door, Frame, Theme},
        page_checks,
        public::{
            cart::questions::{Ask, Question},
            pay::view::Way,
            quote::view::QuoteCard,
        },
    },
};
use askama::Template;
use chrono::{DateTime, Duration, Utc};
use entity::{
    billing::{credit_note, invoice, invoice_item, invoice_tax},
    catalog::{plan, product},
    ledger::wallet_transaction,
    ordering::{order, order_item},
    payments::payment,
    subscriptions::{hold, subscription},
    value::*,
};
use serde_json::json;
use std::collections::HashMap;

pub(super) fn frame(lang: Lang, theme: Theme, path: &str) -> Frame {
    let sample = Frame::sample(Door::Panel, lang);
    let mut frame = Frame::new(Door::Panel, lang, theme, path, sample.now);
    (frame.csrf, frame.user, frame.accounts, frame.is_demo) = (sample.csrf, sample.user, sample.accounts, true);
    frame
}

pub(super) fn contract(now: DateTime<Utc>, status: SubscriptionStatus, name: &str) -> SubscriptionView {
    let is_paid = !matches!(status, SubscriptionStatus::Pending);
    let today = business_day(now);
    let product = product::Model {
        id: "prd_1".into(),
        category_id: "cat_1".into(),
        slug: "n8n".into(),
        kind: ProductKind::PaasService,
        name: name.into(),
        tagline_id: String::new(),
        tagline_en: String::new(),
        description_id: String::new(),
        description_en: String::new(),
        is_featured: true,
        is_hidden: false,
        retired_at: None,
        position: 1,
        driver: "kubernetes".into(),
        service_template_id: None,
        purchase_policy: PurchasePolicy::Multiple,
        allows_downgrade: true,
        trial_days: 0,
        releases_quota_on_suspension: false,
        created_at: now,
        updated_at: now,
    };
    let plan = plan::Model {
        id: "pln_1".into(),
        product_id: product.id.clone(),
        code: "n8n-basic".into(),
        name: "Basic".into(),
        tier: 1,
        cpu_milli: 500,
        memory_mb: 1024,
        storage_gb: 5,
        quota_total: 50,
        quota_used: 3,
        is_hidden: false,
        retired_at: None,
        created_at: now,
        updated_at: now,
    };
    let subscription = subscription::Model {
        id: SubscriptionId::generate(),
        customer_id: "cus_1".into(),
        product_id: product.id.clone(),
        plan_id: plan.id.clone(),
        order_id: Some("ord_1".into()),
        status,
        cycle: Cycle::Monthly,
        price_minor: 50_000,
        tax_included: false,
        currency: "IDR".into(),
        anchor_day: 21,
        discount: None,
        next_terms: None,
        options: extra_options(),
        config: json!({}),
        period_start: is_paid.then_some(today),
        period_end: is_paid.then_some(today + chrono::Days::new(30)),
        next_renewal_at: is_paid.then_some(now + Duration::days(30)),
        next_invoice_at: is_paid.then_some(now + Duration::days(23)),
        next_step_at: None,
        auto_renew: status != SubscriptionStatus::Cancelled,
        exclusive_key: None,
        elsewhere: None,
        cancel_reason: None,
        end_reason: None,
        activated_at: is_paid.then_some(now),
        suspended_at: None,
        terminated_at: None,
        created_at: now,
        updated_at: now,
    };
    let holds = match status {
        SubscriptionStatus::Suspended => vec![hold::Model {
            id: "h".into(),
            subscription_id: subscription.id.clone(),
            reason: HoldReason::NonPayment,
            note: None,
            open_key: Some("x".into()),
            placed_by: "system:test".into(),
            placed_at: now,
            lifted_at: None,
        }],
        _ => Vec::new(),
    };
    SubscriptionView { subscription, plan, next_plan: None, product, holds, is_waiting: false, waits_until: None }
}

fn invoice_row(now: DateTime<Utc>, status: InvoiceStatus, number: i64, due_in: i64, paid: i64) -> invoice::Model {
    invoice::Model {
        id: InvoiceId::generate(),
        number: Some(format!("INV/2026/{number:06}")),
        customer_id: "cus_1".into(),
        kind: InvoiceKind::Renewal,
        status,
        currency: "IDR".into(),
        subtotal_minor: 50_000,
        discount_minor: 0,
        tax_minor: 5_500,
        vat_collector: None,
        collected_tax_minor: 0,
        total_minor: 55_500,
        paid_minor: paid,
        refunded_minor: 0,
        credited_minor: 0,
        written_off_minor: 0,
        buyer: json!({"name": "Budi Santoso", "company": "Toko Budi Jaya", "street_1": "Jl. Melati 7", "city": "Bandung",
            "postal_code": "40115", "npwp": "012345678901234", "email": "budi@example.test"}),
        seller: json!({"legal_name": "PT Awan Nusantara", "street": "Jl. Jenderal Sudirman 1", "city": "Jakarta",
            "state": "DKI Jakarta", "npwp": "987654321098765", "email": "tagihan@example.test"}),
        locale: "id".into(),
        calculation_version: 1,
        public_token: "t".into(),
        document_hash: None,
        previous_hash: None,
        notes: (number == 128).then(|| "Terima kasih telah memakai layanan kami.".into()),
        issued_at: Some(now - Duration::days(10)),
        due_at: Some(now + Duration::days(due_in)),
        paid_at: (status == InvoiceStatus::Paid).then_some(now - Duration::days(3)),
        voided_at: None,
        void_reason: None,
        tax_point_at: None,
        created_at: now,
        updated_at: now,
    }
}

fn recent_payment(now: DateTime<Utc>, status: PaymentStatus) -> RecentPayment {
    let row = payment_row(now, status, "qris", None);
    RecentPayment {
        id: row.id,
        invoice_id: row.invoice_id,
        status,
        gateway: row.gateway,
        method: row.method,
        amount_minor: row.amount_minor,
        settled_at: row.settled_at,
        created_at: row.created_at,
    }
}

fn payment_row(now: DateTime<Utc>, status: PaymentStatus, method: &str, option: Option<&str>) -> payment::Model {
    payment::Model {
        id: PaymentId::generate(),
        reference: format!("INV-{}", PaymentId::generate()),
        customer_id: "cus_1".into(),
        invoice_id: Some("inv_1".into()),
        purpose: PaymentPurpose::Invoice,
        account_id: None,
        gateway: "midtrans".into(),
        method: method.into(),
        option: option.map(str::to_owned),
        entry_hash: None,
        status,
        amount_minor: 55_500,
        received_minor: 0,
        applied_minor: 0,
        refunded_minor: 0,
        fee_minor: 0,
        currency: "IDR".into(),
        external_id: None,
        instructions: json!({}),
        is_late: false,
        failure_code: None,
        expires_at: now + Duration::hours(20),
        settled_at: (status == PaymentStatus::Succeeded).then_some(now - Duration::days(3)),
        paid_out_at: None,
        inquire_at: None,
        inquiries: 0,
        unheard: 0,
        created_at: now - Duration::days(4),
        updated_at: now,
    }
}

fn invoice_pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let frame = frame(lang, theme, "/panel/invoices");
    let now = frame.now;
    let rows = vec![
        invoice_row(now, InvoiceStatus::Issued, 128, -2, 0),
        invoice_row(now, InvoiceStatus::Issued, 127, 5, 20_000),
        invoice_row(now, InvoiceStatus::Paid, 126, 5, 55_500),
        invoice_row(now, InvoiceStatus::Void, 125, 5, 0),
    ];
    let page = |rows: Vec<invoice::Model>, owed: &[(String, i64, i64)], wanted| {
        let rows: Vec<Bill> = rows.into_iter().map(Bill::from).collect();
        let page = Page { next_cursor: rows.first().map(|_| "x".to_owned()), rows };
        invoices::IndexPage::build(frame.clone(), page, owed, wanted, wanted.is_empty()).render().unwrap()
    };
    let together = |ways: Vec<Way>, is_cut| {
        let open = rows.iter().take(2);
        let rows = open.map(|row| invoices::TogetherRow::build(&frame, row)).collect();
        let (ids, total) = ("inv_1,inv_2".to_owned(), Money::idr(91_000));
        invoices::TogetherPage { frame: frame.clone(), rows, ids, total, ways, is_cut }.render().unwrap()
    };
    let way = |place: usize| Way {
        value: format!("scripted:bank_transfer:b{place}"),
        name: "BCA Virtual Account".into(),
        icon: "building-bank",
        note: "Biasanya terbaca dalam 1 menit; berlaku 24 jam.".into(),
        is_free: true,
        checked: place == 0,
    };
    let mut pages = vec![
        ("invoices".to_owned(), page(rows.clone(), &[("IDR".to_owned(), 2, 91_000)], "")),
        ("invoices-empty".to_owned(), page(Vec::new(), &[], "")),
        ("invoices-together".to_owned(), together((0..10).map(way).collect(), true)),
        ("invoices-together-no-ways".to_owned(), together(Vec::new(), false)),
        ("invoices-no-match".to_owned(), page(Vec::new(), &[], "overdue")),
    ];
    let item = |position: i32, description: &str, discount: i64| invoice_item::Model {
        id: InvoiceItemId::generate(),
        invoice_id: "inv_1".into(),
        position,
        description: description.into(),
        quantity: 1,
        unit_minor: 50_000,
        discount_minor: discount,
        net_minor: 50_000 - discount,
        tax_minor: 5_500,
        collected_tax_minor: 0,
        product_kind: ProductKind::PaasService,
        subscription_id: None,
        cycle_number: Some(2),
        period_start: Some(business_day(now)),
        period_end: Some(business_day(now) + chrono::Days::new(30)),
    };
    let tax = invoice_tax::Model {
        id: InvoiceTaxId::generate(),
        invoice_id: "inv_1".into(),
        tax_rule_id: "txr_1".into(),
        label: "PPN 11%".into(),
        rate_num: 11,
        rate_den: 100,
        base_minor: 50_000,
        tax_minor: 5_500,
    };
    let note = credit_note::Model {
        id: CreditNoteId::generate(),
        number: "CN/2026/000004".into(),
        invoice_id: "inv_1".into(),
        customer_id: "cus_1".into(),
        reason: "Layanan tidak tersedia selama dua hari".into(),
        subtotal_minor: 5_000,
        tax_minor: 550,
        total_minor: 5_550,
        currency: "IDR".into(),
        idempotency_key: "x".into(),
        document_hash: "x".into(),
        previous_hash: None,
        issued_at: now,
    };
    for (word, row) in [("overdue", &rows[0]), ("partial", &rows[1]), ("paid", &rows[2]), ("void", &rows[3])] {
        let full = Full {
            invoice: row.clone(),
            items: vec![
                item(1, "n8n Basic, bulanan", 0),
                item(2, "WordPress untuk Toko Oleh-Oleh Khas Nusantara Bersama Sejahtera, bulanan", 5_000),
            ],
            taxes: vec![tax.clone()],
        };
        let payments = match word {
            "paid" => vec![
                payment_row(now, PaymentStatus::Expired, "bank_transfer", Some("bca")),
                payment_row(now, PaymentStatus::Succeeded, "qris", None),
            ],
            "overdue" => vec![payment_row(now, PaymentStatus::Pending, "bank_transfer", Some("bni"))],
            _ => Vec::new(),
        };
        let notes = if word == "paid" { vec![note.clone()] } else { Vec::new() };
        let page = invoices::ShowPage {
            invoice: InvoiceCard::build(&frame, &full, &payments, &notes, true),
            late: lateness(&frame, word),
            frame: frame.clone(),
        };
        pages.push((format!("invoice-{word}"), page.render().unwrap()));
    }
    pages
}

/// What is said of late fees: the overdue invoice has met one and meets another, the paid one is a fee itself.
fn lateness(frame: &Frame, word: &str) -> invoices::Lateness {
    let late = || frame.ta("panel-late-fee-coming", [("amount", "Rp 10.000"), ("date", "12 Des 2026")]);
    let fee = || invoices::LateFeeLine {
        number: "INV/2026/000140".to_owned(),
        href: "/panel/invoices/inv_9".to_owned(),
        at: frame.now,
        status: "issued",
        amount: frame.money(&Money::idr(10_000)),
    };
    invoices::Lateness {
        coming: (word == "overdue").then(late),
        fees: (word == "overdue").then(fee).into_iter().collect(),
        of: (word == "paid").then(|| ("INV/2026/000123".to_owned(), "/panel/invoices/inv_1".to_owned())),
    }
}

fn extra_options() -> AgreedOptions {
    AgreedOptions(vec![AgreedOption {
        code: "support".into(),
        kind: OptionKind::Choice,
        value: "fast".into(),
        quantity: 1,
        name_id: "Dukungan <b>".into(),
        name_en: "Support <b>".into(),
        value_id: "Cepat".into(),
        value_en: "Fast".into(),
        amount_minor: 20_000,
    }])
}

fn order_pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let frame = frame(lang, theme, "/panel/orders");
    let now = frame.now;
    let view = |status: OrderStatus, bill: InvoiceStatus, names: &[&str]| {
        let contract = contract(now, SubscriptionStatus::Pending, "n8n");
        let id = OrderId::generate();
        let items = names.iter().map(|name| ItemView {
            item: order_item::Model {
                id: OrderItemId::generate(),
                order_id: id.clone(),
                plan_id: contract.plan.id.clone(),
                cycle: Cycle::Monthly,
                config: json!({}),
                options: extra_options(),
                description: (*name).to_owned(),
                amount_minor: 50_000,
                setup_fee_minor: 0,
                tax_included: true,
                subscription_id: Some("sub_1".into()),
            },
            plan: contract.plan.clone(),
            product: contract.product.clone(),
        });
        OrderView {
            items: items.collect(),
            invoice: Some(invoice_row(now, bill, 131, 2, 0)),
            quote: (status == OrderStatus::Active)
                .then(|| crate::web::whm::quotes::samples::sample(now, QuoteStatus::Accepted, 2)),
            order: order::Model {
                id,
                number: "ORD/2026/000131".into(),
                customer_id: "cus_1".into(),
                user_id: None,
                status,
                subtotal_minor: 50_000,
                tax_minor: 5_500,
                total_minor: 55_500,
                currency: "IDR".into(),
                invoice_id: Some("inv_1".into()),
                cancel_reason: None,
                coupon_code: Some("HEMAT20".into()),
                discount_minor: 12_500,
                created_at: now,
                updated_at: now,
            },
        }
    };
    let unpaid = view(
        OrderStatus::Pending,
        InvoiceStatus::Issued,
        &["n8n Basic", "WordPress untuk Toko Oleh-Oleh Khas Nusantara"],
    );
    let views = [
        unpaid.clone(),
        view(OrderStatus::Active, InvoiceStatus::Paid, &["Ghost Pro"]),
        view(OrderStatus::Cancelled, InvoiceStatus::Void, &["n8n"]),
    ];
    let list = |views: &[OrderView]| {
        let rows = views.iter().map(|view| OrderRow::build(&frame, view)).collect();
        orders::IndexPage { frame: frame.clone(), rows, next: String::new() }.render().unwrap()
    };
    let mut pages = vec![("orders".to_owned(), list(&views)), ("orders-empty".to_owned(), list(&[]))];
    for view in &views {
        let page = orders::ShowPage { order: OrderCard::build(&frame, view, true), frame: frame.clone() };
        pages.push((format!("order-{}", view.order.status), page.render().unwrap()));
    }
    pages
}

fn quote_pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let frame = frame(lang, theme, "/panel/quotes");
    let full = |status| crate::web::whm::quotes::samples::sample(frame.now, status, 3);
    let states = [QuoteStatus::Sent, QuoteStatus::Accepted, QuoteStatus::Declined, QuoteStatus::Expired];
    let list = |rows: Vec<quotes::QuoteRow>| {
        quotes::IndexPage { frame: frame.clone(), rows, next: String::new() }.render().unwrap()
    };
    let rows = states.iter().map(|status| quotes::QuoteRow::build(&frame, &full(*status).quote)).collect();
    let mut pages = vec![("quotes".to_owned(), list(rows)), ("quotes-empty".to_owned(), list(Vec::new()))];
    let answer = |is_verified| {
        let question = Question {
            field: "config.1.title".into(),
            label: "Nama situs".into(),
            ask: Ask::Line("text"),
            help: String::new(),
            value: "Toko".into(),
        };
        let mut errors = FormErrors::none();
        errors.add("config.1.title", "Terlalu panjang.");
        quotes::Answer {
            accept_url: "/panel/quotes/quo_1/accept".into(),
            decline_url: "/panel/quotes/quo_1/decline".into(),
            asked: vec![quotes::Asked { title: "n8n Basic".into(), questions: vec![question] }],
            is_verified,
            email: "budi@example.test".into(),
            errors,
        }
    };
    for (name, status, is_verified) in [
        ("open", QuoteStatus::Sent, true),
        ("unverified", QuoteStatus::Sent, false),
        ("read-only", QuoteStatus::Sent, true),
        ("accepted", QuoteStatus::Accepted, true),
        ("expired", QuoteStatus::Expired, true),
    ] {
        let full = full(status);
        let page = quotes::ShowPage {
            quote: QuoteCard::build(&frame, &full, "/panel/quotes/quo_1/pdf".into()),
            order_url: full.quote.order_id.as_ref().map(|id| format!("/panel/orders/{id}")),
            refusal: (status == QuoteStatus::Sent).then(|| quotes::Refusal {
                text: frame.t("panel-quote-full"),
                link: Some((frame.t("action-pay-now"), "/panel/invoices/inv_1/pay".into())),
            }),
            answer: (status == QuoteStatus::Sent && name != "read-only").then(|| answer(is_verified)),
            is_for_others: name == "read-only",
            frame: frame.clone(),
        };
        pages.push((format!("quote-{name}"), page.render().unwrap()));
    }
    pages
}

fn wallet_pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let frame = frame(lang, theme, "/panel/wallet");
    let movement = |number: i64, kind, amount_minor: i64, before: i64, text: &str| wallet_transaction::Model {
        id: WalletTransactionId::generate(),
        number: format!("TXMP-2026-{number:06}"),
        customer_id: "cus_1".into(),
        r#type: kind,
        amount_minor,
        balance_before_minor: before,
        balance_after_minor: before + amount_minor,
        currency: "IDR".into(),
        description: text.into(),
        ledger_transaction_id: LedgerTransactionId::generate(),
        created_at: frame.now - Duration::days(30 - number),
    };
    let offers = || {
        let gateway = gateways::registry().into_iter().next().unwrap();
        gateway.methods().into_iter().map(|method| Offer { gateway: "midtrans", method }).collect::<Vec<_>>()
    };
    let card = |rows: Vec<wallet_transaction::Model>, balance, offers, pending, typed| {
        let wallet =
            Wallet { balance, held: 0, currency: "IDR".into(), total_top_up: 1_500_000, total_spent: 1_244_500 };
        let history = Page { next_cursor: rows.first().map(|_| "x".to_owned()), rows };
        let limits = settings::Wallet::default();
        WalletCard::build(
            &frame,
            Parts {
                wallet,
                auto_debit: balance > 0,
                credit_limit_minor: balance / 10,
                history,
                limits,
                offers,
                pending,
                may_top_up: true,
            },
            typed,
        )
    };
    let rows = vec![
        movement(9, WalletTransactionType::Payment, -55_500, 311_000, "Pembayaran faktur INV/2026/000126"),
        movement(5, WalletTransactionType::TopUp, 250_000, 61_000, "Isi saldo (TOP-01JD8Z)"),
        movement(2, WalletTransactionType::Refund, 61_000, 0, "Pengembalian dana (INV-01JD8Z)"),
    ];
    let mut errors = FormErrors::none();
    errors.add("amount", frame.ta("panel-top-up-limits", [("min", "Rp 10.000"), ("max", "Rp 50.000.000")]));
    let typed = Typed { preset: String::new(), amount: "5000".into(), method: "midtrans:qris:".into() };
    let pending = vec![payment_row(frame.now, PaymentStatus::Pending, "bank_transfer", Some("bca"))];
    let pages = [
        ("wallet", card(rows.clone(), 255_500, offers(), pending, Typed::default()), FormErrors::none()),
        ("wallet-empty", card(Vec::new(), 0, Vec::new(), Vec::new(), Typed::default()), FormErrors::none()),
        ("wallet-refused", card(rows, 98_765_432_109_876, offers(), Vec::new(), typed), errors),
    ];
    pages
        .into_iter()
        .map(|(name, wallet, errors)| {
            (name.to_owned(), WalletPage { frame: frame.clone(), wallet, errors }.render().unwrap())
        })
        .collect()
}

fn home_pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let frame = frame(lang, theme, "/panel");
    let now = frame.now;
    let (contracts, instances) = services::samples::fleet(now);
    let overdue = Bill::from(invoice_row(now, InvoiceStatus::Issued, 128, -2, 0));
    let full = PanelDashboard {
        contracts,
        instances,
        open_invoices: vec![overdue.clone(), invoice_row(now, InvoiceStatus::Issued, 127, 5, 0).into()],
        balance_minor: 255_500,
        currency: "IDR".into(),
        invoices: vec![overdue, invoice_row(now, InvoiceStatus::Paid, 126, 5, 55_500).into()],
        payments: vec![
            recent_payment(now, PaymentStatus::Succeeded),
            recent_payment(now, PaymentStatus::Pending),
            recent_payment(now, PaymentStatus::Expired),
        ],
        tasks: Vec::new(),
    };
    let empty = PanelDashboard {
        contracts: Vec::new(),
        instances: HashMap::new(),
        open_invoices: Vec::new(),
        balance_minor: 0,
        currency: "IDR".into(),
        invoices: Vec::new(),
        payments: Vec::new(),
        tasks: Vec::new(),
    };
    [("home", full, None), ("home-empty", empty, Some("budi@example.test".to_owned()))]
        .into_iter()
        .map(|(name, facts, unverified)| {
            let page = HomePage {
                greeting: frame.ta("panel-hello", [("name", "Budi")]),
                home: HomeCard::build(&frame, &facts, unverified),
                rows: home::rows(&frame, &facts),
                frame: frame.clone(),
            };
            (name.to_owned(), page.render().unwrap())
        })
        .collect()
}

#[test]
fn every_page_of_the_panel_renders_without_problems_in_every_theme_and_language() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output");
    std::fs::create_dir_all(&folder).unwrap();
    let mut found = Vec::new();
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            let families = [
                services::samples::pages,
                change::samples::pages,
                statement::samples::pages,
                invoice_pages,
                order_pages,
                quote_pages,
                wallet_pages,
                home_pages,
                profile::samples::pages,
            ];
            for (name, html) in families.iter().flat_map(|pages| pages(*lang, theme)) {
                let file = format!("panel-{name}-{}-{}.html", theme.as_str(), lang.code());
                std::fs::write(folder.join(&file), &html).unwrap();
                found.extend(page_checks::problems(&html).into_iter().map(|problem| format!("{file}: {problem}")));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
