//! The kitchen sink: every macro on one page per door, rendered to `tests/output/` to be looked at.
use super::{
    filters,
    form_errors::FormErrors,
    frame::{Door, Flash, Frame, Theme},
    page_checks,
    tone::Tone,
};
use crate::kernel::locale::Lang;
use askama::Template;
use chrono::{DateTime, Duration, Utc};
use entity::value::{InvoiceDisplay, Money};

struct Row {
    number: &'static str,
    customer: &'static str,
    status: InvoiceDisplay,
    total: Money,
    at: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "ui/kit.html")]
struct KitPage {
    frame: Frame,
    errors: FormErrors,
    rows: Vec<Row>,
    price: Money,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
    qr: String,
}

#[derive(Template)]
#[template(path = "ui/kit_whm.html")]
struct KitWhmPage {
    frame: Frame,
    rows: Vec<Row>,
    price: Money,
    at: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "ui/kit_public.html")]
struct KitPublicPage {
    frame: Frame,
    price: Money,
}

fn rows(now: DateTime<Utc>) -> Vec<Row> {
    use InvoiceDisplay::*;
    let customers = [
        "Toko Budi Jaya",
        "PT Nusantara Digital Kreasi Bersama Sejahtera Abadi",
        "Kopi Senja",
        "CV Maju Terus",
        "Rina Kartika",
        "Warung Makan Bu Tini",
        "Studio Awan",
    ];
    [Overdue, Issued, Paid, PartiallyPaid, Refunded, Void, Paid]
        .into_iter()
        .zip(customers)
        .zip(["000128", "000127", "000126", "000125", "000124", "000123", "000122"])
        .enumerate()
        .map(|(place, ((status, customer), number))| Row {
            number,
            customer,
            status,
            total: Money::idr([55_500, 1_665_000, 99_900, 12_345_678, 55_500, 166_500, 333_000][place]),
            at: now - Duration::hours(5 * place as i64 + 2),
        })
        .collect()
}

fn qr() -> String {
    qrcode::QrCode::new("00020101021226670016COM.NOBUBANK.WWW01189360050300000898740214")
        .unwrap()
        .render::<qrcode::render::svg::Color>()
        .min_dimensions(200, 200)
        .quiet_zone(false)
        .build()
        .replace(r#"<?xml version="1.0" standalone="yes"?>"#, "")
}

fn frame(door: Door, lang: Lang, theme: Theme) -> Frame {
    Frame { theme, is_demo: true, ..Frame::sample(door, lang) }
}

fn panel(lang: Lang, theme: Theme) -> KitPage {
    let mut frame = frame(Door::Panel, lang, theme);
    frame.flash.push(Flash { tone: Tone::Good, text: frame.ta("ago-minutes", [("n", 2)]) });
    let mut errors = FormErrors::none();
    errors.add("email", frame.t("field-email"));
    errors.add("amount", frame.ta("field-amount-min", [("amount", "Rp 10.000")]));
    let (at, until) = (frame.now - Duration::minutes(7), frame.now + Duration::minutes(59));
    KitPage { rows: rows(frame.now), frame, errors, price: Money::idr(55_500), at, until, qr: qr() }
}

fn whm(lang: Lang, theme: Theme) -> KitWhmPage {
    let frame = frame(Door::Whm, lang, theme);
    KitWhmPage { rows: rows(frame.now), at: frame.now - Duration::minutes(7), frame, price: Money::idr(48_250_000) }
}

fn public(lang: Lang, theme: Theme) -> KitPublicPage {
    KitPublicPage { frame: frame(Door::Public, lang, theme), price: Money::idr(55_500) }
}

#[test]
fn every_part_renders_without_problems_in_every_theme_and_language() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output");
    std::fs::create_dir_all(&folder).unwrap();
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            let pages = [
                ("kit", panel(*lang, theme).render().unwrap()),
                ("kit-whm", whm(*lang, theme).render().unwrap()),
                ("kit-public", public(*lang, theme).render().unwrap()),
            ];
            for (name, html) in pages {
                let file = format!("{name}-{}-{}.html", theme.as_str(), lang.code());
                std::fs::write(folder.join(&file), &html).unwrap();
                assert_eq!(page_checks::problems(&html), Vec::<String>::new(), "{file}");
            }
        }
    }
}
