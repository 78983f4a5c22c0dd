//! The page behind the link, typical and extreme.
use super::view::{Line, PublicPage, QuoteCard, sentence};
use crate::web::public::samples::{frame, look, render};

pub(crate) fn card(frame: &crate::web::frame::Frame, status: &'static str, long: bool) -> QuoteCard {
    let words = if long {
        "Paket hosting terkelola untuk grup usaha dengan nama yang panjang sekali ".repeat(3)
    } else {
        "n8n Basic (bulanan)".into()
    };
    let amount = |small: &str| if long { "Rp 99.999.999.999.999".to_owned() } else { small.to_owned() };
    let line = |instead: Option<String>| Line {
        description: words.clone(),
        quantity: "2".into(),
        unit: amount("Rp 40.000"),
        tax: instead.as_ref().map(|_| frame.t("document-tax-inside")),
        instead,
        amount: amount("Rp 80.000"),
    };
    QuoteCard {
        number: "QUO/2026/000123".into(),
        status,
        sentence: sentence(frame, status, frame.now.date_naive()),
        is_open: status == "sent",
        seller: "PT Nusa Awan Digital".into(),
        buyer: "CV Maju \"<b>&".into(),
        intro: if long { "Terima kasih.\nBaris kedua".into() } else { String::new() },
        lines: vec![line(Some(frame.ta("document-quote-instead", [("amount", "Rp 50.000")]))), line(None)],
        subtotal: amount("Rp 80.000"),
        tax: (!long).then(|| ("PPN 11%".into(), "Rp 8.800".into())),
        total: amount("Rp 88.800"),
        renews: !long,
        terms: if long { "Harga berlaku untuk kontrak satu tahun. ".repeat(20) } else { String::new() },
        valid_until: frame.now.date_naive(),
        pdf_url: "/quote/abc/pdf".into(),
    }
}

#[test]
fn a_quote_behind_its_link_has_no_problems() {
    for (name, status, long) in [
        ("open", "sent", false),
        ("long", "sent", true),
        ("accepted", "accepted", false),
        ("expired", "expired", false),
        ("withdrawn", "withdrawn", false),
    ] {
        look!(&format!("quote-{name}"), |lang| {
            let frame = frame(lang);
            let quote = card(&frame, status, long);
            let own = || "/panel/quotes/quo_1".to_owned();
            let (answer_url, order_url) = (quote.is_open.then(own), (status == "accepted").then(own));
            PublicPage { quote, answer_url, order_url, frame }
        });
    }
}
