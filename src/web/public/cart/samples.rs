//! Cart, questions and checkout with every kind of content.
use super::{
    questions::{Ask, Question},
    view::*,
};
use crate::{
    kernel::locale::Lang,
    web::{
        form_errors::FormErrors,
        frame::{Door, Frame},
        public::samples::{frame, look, price, render},
        tone::Tone,
    },
};
use entity::value::{Cycle, Money};

fn line(name: &str, net: i64) -> Line {
    Line {
        trial_days: 14,
        id: "cai_1".into(),
        name: name.into(),
        icon: "robot",
        href: "/catalog/n8n".into(),
        resources: "0,5 vCPU · 1 GB memori · 5 GB penyimpanan".into(),
        price: price(net, Cycle::Monthly),
        options: vec![
            ("Dukungan: <b>Prioritas".into(), Money::idr(55_500)),
            ("Pelatihan: 3 jam".into(), Money::idr(0)),
        ],
        setup: (net > 1_000_000).then(|| price(25_000, Cycle::OneTime)),
        repeats: true,
    }
}

fn sum(net: i64) -> Sum {
    Sum {
        off: None,
        subtotal: Money::idr(net),
        tax: Some(Money::idr(net * 11 / 100)),
        collected: None,
        total: Money::idr(net * 111 / 100),
    }
}

fn signed_in(lang: Lang) -> Frame {
    Frame { user: Frame::sample(Door::Panel, lang).user, ..frame(lang) }
}

#[test]
fn cart_and_questions_have_no_problems() {
    look!("cart", |lang| CartPage {
        frame: frame(lang),
        lines: vec![
            line("n8n Basic", 125_000),
            line("WordPress untuk perusahaan yang sangat besar sekali", 99_000_000)
        ],
        coupon: CouponBox::default(),
        sum: sum(99_125_000),
    });
    let off = |lang: Lang| Off {
        code: "HEMAT20-NOVEMBER".into(),
        before: Money::idr(125_000),
        amount: Money::idr(-25_000),
        lasts: frame(lang).ta("coupon-lasts-some", [("n", 2)]),
    };
    look!("cart-coupon", |lang| CartPage {
        frame: frame(lang),
        lines: vec![line("n8n Basic", 125_000)],
        coupon: CouponBox { applied: "HEMAT20-NOVEMBER".into(), is_kept: true, ..CouponBox::default() },
        sum: Sum { off: Some(off(lang)), ..sum(100_000) },
    });
    look!("cart-coupon-refused", |lang| CartPage {
        frame: frame(lang),
        lines: vec![line("n8n Basic", 125_000)],
        coupon: CouponBox { is_kept: true, ..CouponBox::default() }
            .refused("\"><script>", frame(lang).t("field-coupon-unknown")),
        sum: sum(125_000),
    });
    look!("cart-empty", |lang| CartPage {
        frame: frame(lang),
        lines: Vec::new(),
        coupon: CouponBox::default(),
        sum: sum(0)
    });
    let question = |field: &str, ask, value: &str| Question {
        field: format!("config.{field}"),
        label: format!("Pertanyaan {field}"),
        ask,
        help: String::new(),
        value: value.into(),
    };
    let order = |lang, questions, errors| OrderPage {
        frame: frame(lang),
        line: line("n8n Basic", 125_000),
        action: "/catalog/n8n/order".into(),
        plan: "n8n-basic".into(),
        options: vec![
            question(
                "options.support",
                Ask::Values(vec![
                    (String::new(), "Tanpa".into()),
                    ("fast".into(), "Cepat (+ Rp 55.500 per bulan)".into()),
                ]),
                "fast",
            ),
            Question {
                help: "Rp 166.500 per jam per bulan.".into(),
                ..question("options.hours", Ask::Line("number"), "3")
            },
        ],
        questions,
        errors,
        first: Money::idr(138_750),
    };
    look!("order", |lang| {
        let mut errors = FormErrors::none();
        errors.add("config.timezone", frame(lang).t("parameter-error-pattern"));
        let questions = vec![
            question("timezone", Ask::Line("text"), "Asia/Jakarta"),
            question("history_hours", Ask::Line("number"), "168"),
            question("notes", Ask::Text, "<textarea>"),
            question("on", Ask::Switch, "true"),
            question("size", Ask::Options(vec!["a".into(), "b".into()]), "b"),
        ];
        order(lang, questions, errors)
    });
    look!("order-plain", |lang| order(lang, Vec::new(), FormErrors::none()));
}

#[test]
fn checkout_has_no_problems_in_any_state() {
    let page = |lang, is_verified, refusal| CheckoutPage {
        frame: signed_in(lang),
        shown: "0f".repeat(32),
        lines: vec![line("n8n Basic", 125_000)],
        sum: sum(125_000),
        not_counted: if is_verified {
            String::new()
        } else {
            let why = frame(lang).t("field-coupon-expired");
            frame(lang).ta("coupon-not-counted", [("code", "HEMAT20".to_owned()), ("why", why)])
        },
        is_verified,
        email: "budi@example.test".into(),
        account: "Toko Budi Jaya".into(),
        refusal,
    };
    look!("checkout", |lang| page(lang, true, None));
    look!("checkout-unverified", |lang| page(lang, false, None));
    look!("checkout-full", |lang| page(
        lang,
        true,
        Some(Refusal {
            tone: Tone::Warn,
            text: frame(lang).t("shop-full-text"),
            link: Some((frame(lang).t("checkout-other-plan"), "/catalog/n8n".into())),
            wait: Some(("/catalog/n8n/waitlist".into(), "n8n-basic".into())),
        })
    ));
    look!("checkout-closed", |lang| page(
        lang,
        true,
        Some(Refusal::plain(Tone::Warn, frame(lang).t("error-shop-closed")))
    ));
}
