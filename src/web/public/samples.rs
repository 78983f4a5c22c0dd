//! Every page of this door with empty, typical and extreme contents, rendered to `tests/output/` to be looked at.
use super::{
    account::view::*,
    legal::LegalPage,
    reference::{Reference, ReferencePage},
    shop::{options::OptionRow, view::*},
};
use crate::{
    domain::settings::Settings,
    kernel::locale::Lang,
    web::{
        form_errors::FormErrors,
        frame::{Door, Frame, Theme},
        page_checks,
        tone::Tone,
    },
};
use askama::Template;
use entity::value::{Cycle, Money};

pub(super) fn frame(lang: Lang) -> Frame {
    Frame { is_demo: true, ..Frame::sample(Door::Public, lang) }
}

/// Renders `make(lang)` in both languages and themes, keeps the files and asks for problems.
pub(super) fn render<T: Template>(name: &str, make: impl Fn(Lang) -> T, themed: impl Fn(&mut T, Theme)) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output");
    std::fs::create_dir_all(&folder).unwrap();
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            let mut page = make(*lang);
            themed(&mut page, theme);
            let html = page.render().unwrap();
            let file = format!("public-{name}-{}-{}.html", theme.as_str(), lang.code());
            std::fs::write(folder.join(&file), &html).unwrap();
            assert_eq!(page_checks::problems(&html), Vec::<String>::new(), "{file}");
        }
    }
}

macro_rules! look {
    ($name:expr, $make:expr) => {
        render($name, $make, |page, theme| page.frame.theme = theme)
    };
}

pub(super) use look;

pub(super) fn price(net: i64, cycle: Cycle) -> Price {
    let tax = net * 11 / 100;
    Price {
        net: Money::idr(net),
        tax: Money::idr(tax),
        total: Money::idr(net + tax),
        has_tax: true,
        tax_included: cycle == Cycle::Annually,
        cycle,
    }
}

fn cards() -> Vec<ServiceCard> {
    [("n8n", "robot", 50_000), ("Ghost", "ghost-2", 75_000), ("WordPress", "brand-wordpress", 40_000)]
        .into_iter()
        .map(|(name, icon, net)| ServiceCard {
            href: format!("/catalog/{}", name.to_lowercase()),
            icon,
            name: name.to_owned(),
            tagline: "Otomasi alur kerja: hubungkan aplikasi Anda tanpa menulis kode".to_owned(),
            from: Some(price(net, Cycle::Monthly)),
        })
        .collect()
}

fn plan(name: &str, net: i64, stock: Stock) -> PlanCard {
    PlanCard {
        code: name.to_lowercase().replace(' ', "-"),
        name: name.to_owned(),
        price: Some(price(net, Cycle::Monthly)),
        setup: None,
        resources: vec!["0,5 vCPU".into(), "1 GB memori".into(), "5 GB penyimpanan".into()],
        stock,
        order_url: "/catalog/n8n/order?plan=x&cycle=monthly".to_owned(),
    }
}

fn service(lang: Lang) -> ServicePage {
    ServicePage {
        trial_days: 14,
        frame: frame(lang),
        name: "n8n".into(),
        icon: "robot",
        tagline: "Otomasi alur kerja: hubungkan aplikasi Anda tanpa menulis kode".into(),
        paragraphs: vec![
            "Hubungkan lebih dari 400 aplikasi, dari lembar kerja sampai basis data.".repeat(3),
            "Dua".into(),
        ],
        options: vec![
            OptionRow {
                name: "Dukungan <b>".into(),
                values: vec![("Prioritas".into(), "+ Rp 55.500 per bulan".into()), ("Biasa".into(), "gratis".into())],
            },
            OptionRow { name: "Laporan".into(), values: vec![(String::new(), "+ Rp 5.550 per bulan".into())] },
        ],
        wait_url: "/catalog/n8n/waitlist".into(),
        cycles: vec![
            Choice { text: "Bulanan".into(), href: "/catalog/n8n?cycle=monthly".into(), active: true },
            Choice { text: "Tahunan, hemat 16%".into(), href: "/catalog/n8n?cycle=annually".into(), active: false },
        ],
        plans: vec![
            plan("Starter", 50_000, Stock::Free),
            plan("Basic", 125_000, Stock::Few(3)),
            plan("Pro", 499_999_999, Stock::Full),
        ],
        features: vec![
            FeatureRow { label: "Alur kerja".into(), values: vec!["5".into(), "25".into(), "Tanpa batas".into()] },
            FeatureRow { label: "Alamat sendiri".into(), values: vec!["".into(), "1".into(), "10".into()] },
        ],
        cycle: Cycle::Monthly,
    }
}

#[test]
fn the_shop_has_no_problems() {
    look!("home", |lang| HomePage {
        frame: frame(lang),
        services: cards(),
        support_email: "halo@yumna.test".into(),
        has_tax: true,
    });
    look!("home-empty", |lang| HomePage {
        frame: frame(lang),
        services: Vec::new(),
        support_email: String::new(),
        has_tax: false,
    });
    let catalog = |lang, services: Vec<ServiceCard>, wanted: &str| CatalogPage {
        frame: frame(lang),
        choices: vec![
            Choice { text: "Semua".into(), href: "/catalog".into(), active: true },
            Choice { text: "Otomasi".into(), href: "/catalog?category=automation".into(), active: false },
        ],
        services,
        wanted: wanted.to_owned(),
    };
    look!("catalog", |lang| catalog(lang, cards(), ""));
    look!("catalog-empty", |lang| catalog(lang, Vec::new(), ""));
    look!("catalog-not-found", |lang| catalog(lang, Vec::new(), "<b>minecraft & co"));
    look!("service", service);
    look!("service-empty", |lang| ServicePage {
        plans: Vec::new(),
        options: Vec::new(),
        features: Vec::new(),
        cycles: Vec::new(),
        paragraphs: Vec::new(),
        ..service(lang)
    });
}

fn refused(frame: &Frame, fields: &[&str]) -> FormErrors {
    let mut errors = FormErrors::none();
    for field in fields {
        errors.add(field, frame.t("field-required"));
    }
    errors
}

#[test]
fn accounts_have_no_problems() {
    look!("register", |lang| RegisterPage {
        frame: frame(lang),
        errors: FormErrors::none(),
        typed_name: String::new(),
        email: String::new(),
        accepted: false,
        next: "/checkout".into(),
    });
    look!("register-refused", |lang| RegisterPage {
        errors: refused(&frame(lang), &["name", "email", "password", "accepted_terms"]),
        frame: frame(lang),
        typed_name: "\"><script>".into(),
        email: "x".repeat(200),
        accepted: true,
        next: String::new(),
    });
    let notice = |lang| Some(Notice { tone: Tone::Bad, text: frame(lang).t("error-invalid-credentials") });
    look!("login", |lang| LoginPage { frame: frame(lang), notice: None, email: String::new(), next: String::new() });
    look!("login-refused", |lang| LoginPage {
        frame: frame(lang),
        notice: notice(lang),
        email: "budi@example.test".into(),
        next: "/panel?a=1&b=2".into(),
    });
    look!("login-code", |lang| CodePage {
        frame: frame(lang),
        notice: notice(lang),
        ticket: "t".into(),
        next: "/panel".into(),
    });
    for family in ["verify", "forgot"] {
        look!("ask-mail", |lang| AskMailPage {
            errors: refused(&frame(lang), &["email"]),
            frame: frame(lang),
            family,
            action: "/forgot",
            notice: notice(lang),
            email: String::new(),
        });
        look!("mail-sent", |lang| MailSentPage {
            frame: frame(lang),
            family,
            email: "budi@example.test".into(),
            again: "/forgot",
        });
    }
    look!("verified", |lang| VerifiedPage { frame: frame(lang), next_url: "/login?next=/checkout".into() });
    look!("reset", |lang| ResetPage {
        errors: refused(&frame(lang), &["password"]),
        frame: frame(lang),
        action: "/reset/abc".into(),
    });
}

#[test]
fn terms_and_privacy_are_whole_in_both_languages() {
    let page = |lang, family: &'static str| LegalPage::build(frame(lang), family, "1".into(), &Settings::default());
    look!("terms", |lang| page(lang, "legal-terms"));
    look!("privacy", |lang| page(lang, "legal-privacy"));
    for (family, chapters) in [("legal-terms", 10), ("legal-privacy", 7)] {
        for lang in Lang::ALL {
            assert_eq!(page(*lang, family).chapters.len(), chapters);
        }
    }
}

#[test]
fn the_reference_of_the_api_renders_without_problems() {
    let document = serde_json::json!({
        "tags": [{ "name": "orders", "x-title": "Orders", "description": "Buying." }],
        "paths": { "/api/panel/orders/{id}": { "post": {
            "tags": ["orders"], "operationId": "place_order", "summary": "Places <b>an order</b>.",
            "description": "All or nothing.", "security": [{ "bearer": [] }],
            "parameters": [{ "name": "Idempotency-Key", "in": "header", "required": true }],
            "requestBody": { "content": { "application/json": { "schema": { "properties": { "plan": { "type": "string" } } } } } },
            "responses": { "201": { "description": "Created" }, "409": { "description": "Conflict" } }
        } } }
    });
    let reference = Reference::read(&document.to_string());
    let address = "https://panel.example.id".to_owned();
    look!("reference", |lang| ReferencePage {
        frame: frame(lang),
        reference: reference.clone(),
        address: address.clone()
    });
    look!("reference-empty", |lang| ReferencePage {
        frame: frame(lang),
        reference: Reference::default(),
        address: address.clone()
    });
}
