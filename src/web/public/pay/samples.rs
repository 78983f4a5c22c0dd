//! Every state of the pay page.
use super::{qr, view::*};
use crate::integrations::gateways::CardEntry;
use crate::web::{
    form_errors::FormErrors,
    frame::{Door, Frame},
    public::samples::{frame, look, render},
};
use chrono::Duration;
use entity::value::{Money, PaymentId};

fn pay(frame: &Frame, state: PayState) -> PayView {
    PayView {
        base: "/pay/abc".into(),
        live_url: "/pay/abc/live".into(),
        number: "INV/2026/000123".into(),
        seller: "PT Yumna Nusantara".into(),
        lines: vec!["n8n Basic, Bulanan".into()],
        subtotal: Money::idr(50_000),
        tax: Some(Money::idr(5_500)),
        collected: None,
        withheld: None,
        total: Money::idr(55_500),
        open: Money::idr(55_500),
        is_partly_paid: false,
        due_at: Some(frame.now + Duration::days(7)),
        status: "issued",
        state,
        invoice_url: Some("/panel/invoices/inv_1".into()),
    }
}

fn ways() -> Vec<Way> {
    let banks = ["bca", "bni", "bri", "cimb", "permata", "bsi", "ocbc"];
    let banks = banks.map(|bank| (format!("tripay:bank_transfer:{bank}"), bank.to_uppercase(), "building-bank"));
    let first = [("wallet", "Saldo", "wallet"), ("midtrans:qris", "QRIS", "qrcode")];
    let last = [("tripay:cstore:alfamart", "Alfamart", "building-store"), ("xendit:dana", "DANA", "phone")];
    let named = |(value, name, icon): (&str, &str, &'static str)| (value.to_owned(), name.to_owned(), icon);
    first
        .into_iter()
        .map(named)
        .chain(banks)
        .chain(last.into_iter().map(named))
        .enumerate()
        .map(|(place, (value, name, icon))| Way {
            value,
            name,
            icon,
            note: "Biasanya terbaca dalam 1 menit; berlaku 24 jam.".into(),
            is_free: !icon.contains("store"),
            checked: place == 0,
        })
        .collect()
}

fn attempt(frame: &Frame, act: Act) -> PayState {
    let guide = |app: &str| Guide { app: app.into(), steps: vec!["Buka aplikasi.".into(), "Masukkan nomor.".into()] };
    PayState::Wait(Box::new(Attempt {
        id: PaymentId::from("pay_1"),
        reference: "YUM-01J8Z".into(),
        name: "BCA Virtual Account".into(),
        status: "pending",
        amount: Money::idr(59_750),
        fee: Some(Money::idr(4_250)),
        expires_at: frame.now + Duration::hours(23),
        act,
        can_change: true,
        guides: vec![guide("BCA mobile"), guide("myBCA"), guide("ATM BCA")],
        transfer: None,
    }))
}

fn transfer(frame: &Frame, change: impl Fn(&mut Transfer)) -> PayState {
    let bank = |name: &str, number: &str| Bank {
        name: name.into(),
        number: number.into(),
        holder: "PT Nusa Awan Digital Sejahtera Abadi".into(),
    };
    let mut told = Transfer {
        banks: vec![bank("Bank Contoh", "0001234567"), bank("Bank Contoh Syariah", "7001234567890")],
        head: "Rp 55.".into(),
        tail: "623".into(),
        surplus: Some(Money::idr(123)),
        is_checked: false,
        refusal: None,
        can_prove: true,
    };
    change(&mut told);
    let PayState::Wait(mut shown) = attempt(frame, Act::Unsure) else { return PayState::Over { text: "pay-nothing" } };
    shown.amount = Money::idr(55_623);
    shown.status = if told.is_checked { "review" } else { "pending" };
    shown.transfer = Some(told);
    PayState::Wait(shown)
}

fn service(status: &'static str, url: Option<&str>, steps: Vec<Step>) -> Service {
    Service {
        name: "n8n Basic, Bulanan".into(),
        href: "/panel/subscriptions/sub_1".into(),
        status,
        next: "pay-service-failed",
        url: url.map(str::to_owned),
        steps,
    }
}

#[test]
fn the_pay_page_has_no_problems_in_any_state() {
    let step = |label: &str, state, note: &str| Step { label: label.into(), state, note: note.into() };
    let steps = vec![
        step("Menyiapkan ruang Anda", "done", ""),
        step("Menyalakan layanan", "running", "Biasanya satu sampai dua menit."),
        step("Membuka alamat", "pending", ""),
    ];
    let states: Vec<(&str, PayState)> = vec![
        ("choose", PayState::Choose { ways: ways(), before: None, open_attempt: None }),
        (
            "change",
            PayState::Choose {
                ways: ways(),
                before: Some("pay-before-expired"),
                open_attempt: Some(PaymentId::from("pay_1")),
            },
        ),
        ("no-ways", PayState::Choose { ways: Vec::new(), before: None, open_attempt: None }),
        ("over", PayState::Over { text: "pay-nothing" }),
        ("top-up-over", PayState::Over { text: "pay-top-up-over" }),
        ("paid-link", PayState::Paid { at: None, services: Vec::new(), next: "pay-paid-service" }),
        (
            "paid-setting-up",
            PayState::Paid { at: None, services: vec![service("provisioning", None, steps)], next: "pay-paid-service" },
        ),
        (
            "paid-running",
            PayState::Paid {
                at: None,
                services: vec![
                    service("running", Some("http://n8n-abc.localhost:8080"), Vec::new()),
                    service("pending", None, Vec::new()),
                ],
                next: "pay-paid-service",
            },
        ),
    ];
    for (name, state) in states {
        check(name, |_| state.clone());
    }
    check("account", |frame| attempt(frame, Act::Account { bank: "BCA".into(), number: "8077 0000 1234 5678".into() }));
    check("bill", |frame| attempt(frame, Act::Bill { biller: "70012".into(), key: "990000000260".into() }));
    check("qr", |frame| attempt(frame, Act::Qr { svg: qr::svg("00020101021226670016COM.NOBUBANK.WWW").unwrap() }));
    check("code", |frame| attempt(frame, Act::Code { code: "25709650945026".into() }));
    for (name, page) in [("app", LinkedPage::App), ("bank", LinkedPage::Bank), ("gateway", LinkedPage::Gateway)] {
        check(name, |frame| {
            let url = "https://pay.example.test/x".to_owned();
            let svg = qr::svg(&url).filter(|_| page == LinkedPage::App);
            attempt(frame, Act::Link { url, page, svg })
        });
    }
    check("push", |frame| attempt(frame, Act::Push));
    check("unsure", |frame| attempt(frame, Act::Unsure));
    check("transfer", |frame| transfer(frame, |_| {}));
    check("transfer-checked", |frame| transfer(frame, |told| told.is_checked = true));
    check("transfer-refused", |frame| {
        transfer(frame, |told| told.refusal = Some("Buktinya terpotong; nomor rekening tujuan tidak terlihat.".into()))
    });
    check("transfer-plain-and-full", |frame| {
        transfer(frame, |told| {
            told.surplus = None;
            told.can_prove = false;
            told.banks.truncate(1);
        })
    });
}

#[test]
fn a_page_for_somebody_who_withholds_tax_has_no_problems() {
    let held = |due: bool| Withheld {
        amount: Money::idr(1_000),
        rest: Money::idr(54_500),
        proof_due: due.then(|| "20 Jan 2027".to_owned()),
        proof_url: due.then(|| "/panel/invoices/inv_1/pay/withheld/proof".to_owned()),
    };
    for (name, is_declared, over) in [("offered", false, false), ("declared", true, false), ("waits", true, true)] {
        look!(&format!("pay-withheld-{name}"), |lang| {
            let frame = Frame::sample(Door::Panel, lang);
            let state = match over {
                true => PayState::Over { text: "pay-withheld-waits" },
                false => PayState::Choose { ways: ways(), before: None, open_attempt: None },
            };
            PanelPayPage { pay: PayView { withheld: Some(held(is_declared)), ..pay(&frame, state) }, frame, card: None }
        });
    }
}

fn check(name: &str, state: impl Fn(&Frame) -> PayState) {
    look!(&format!("pay-{name}"), |lang| {
        let frame = frame(lang);
        PublicPayPage { pay: pay(&frame, state(&frame)), frame, card: Some(card()) }
    });
    look!(&format!("pay-{name}-panel"), |lang| {
        let frame = Frame { is_demo: true, ..Frame::sample(Door::Panel, lang) };
        PanelPayPage { pay: pay(&frame, state(&frame)), frame, card: None }
    });
}

fn card() -> CardEntry {
    CardEntry {
        script_url: "https://api.example.test/card.js".into(),
        environment: "sandbox",
        client_key: "SB-client-1".into(),
        api_origin: "https://api.example.test".into(),
    }
}

#[test]
fn the_page_that_asks_for_a_phone_or_a_card_has_no_problems() {
    let view = |ask: Ask, errors: FormErrors| EntryView {
        base: "/pay/abc".into(),
        number: "INV/2026/000123".into(),
        amount: Money::idr(55_500),
        way: "midtrans:ovo".into(),
        name: "OVO".into(),
        ask,
        errors,
    };
    look!("pay-entry-phone", |lang| {
        let entry = view(Ask::Phone("081234567890".into()), FormErrors::none());
        PublicEntryPage { entry, frame: frame(lang) }
    });
    look!("pay-entry-phone-wrong", |lang| {
        let frame = Frame::sample(Door::Panel, lang);
        let mut errors = FormErrors::none();
        errors.add("phone", frame.t("field-invalid-phone"));
        PanelEntryPage { entry: view(Ask::Phone("08".into()), errors), frame }
    });
    look!("pay-entry-card", |lang| {
        let entry = view(Ask::Card(card()), FormErrors::none());
        PublicEntryPage { entry, frame: frame(lang) }
    });
}
