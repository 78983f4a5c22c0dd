//! What documents say alike: who sells and who buys, as it was stored with the invoice at issue, and how it was paid.
use crate::kernel::locale::{Lang, t, ta};
use entity::payments::payment;
use serde_json::Value;

/// The country whose code goes without saying.
const HOME: &str = "ID";

/// A word of what was stored, empty where there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Words that were stored in both languages, as `key` and, in English, `<key>_en`; what was said in one alone is said to
/// everybody.
pub(super) fn words_below<'a>(seller: &'a Value, key: &str, lang: Lang) -> &'a str {
    let (id, en) = (text(seller, key), text(seller, &format!("{key}_en")));
    let (own, other) = match lang {
        Lang::Id => (id, en),
        Lang::En => (en, id),
    };
    if own.is_empty() { other } else { own }
}

/// A value after what it is; empty where there is none.
pub(super) fn labelled(lang: Lang, key: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("{} {value}", t(lang, key)) }
}

/// City, province, postal code and, outside the home market, the country on one line.
pub(super) fn place(address: &Value) -> String {
    let parts = ["city", "state", "postal_code", "country_code"].map(|key| text(address, key));
    parts.into_iter().filter(|part| !part.is_empty() && *part != HOME).collect::<Vec<_>>().join(", ")
}

/// The seller's name as the law knows it.
pub fn seller_name(seller: &Value) -> &str {
    let names = [text(seller, "legal_name"), text(seller, "name")];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// The seller's lines: name, address, how to reach him, and his tax number where he charges tax.
pub fn seller_lines(seller: &Value, lang: Lang) -> Vec<String> {
    let mut lines = vec![seller_name(seller).to_owned(), text(seller, "street").to_owned(), place(seller)];
    lines.extend(["phone", "email"].map(|key| text(seller, key).to_owned()));
    // Without the status of a PKP there is no wording of tax at all.
    if seller["is_pkp"] == true {
        lines.push(labelled(lang, "document-npwp", text(seller, "npwp")));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Whom the buyer is called by: the company, or the person.
pub fn buyer_name(buyer: &Value) -> &str {
    let names = [text(buyer, "company"), text(buyer, "name")];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// The buyer's lines: names, address, and his tax numbers; why he is not taxed, where the seller charges tax.
pub fn buyer_lines(buyer: &Value, seller: &Value, lang: Lang) -> Vec<String> {
    let mut lines: Vec<String> =
        ["company", "name", "street_1", "street_2"].map(|key| text(buyer, key).to_owned()).into();
    lines.push(place(buyer));
    lines.push(text(buyer, "email").to_owned());
    lines.push(labelled(lang, "document-npwp", text(buyer, "npwp")));
    lines.push(labelled(lang, "document-nitku", text(buyer, "nitku")));
    let reason = text(buyer, "tax_exempt_reason");
    if !reason.is_empty() && seller["is_pkp"] == true {
        lines.push(ta(lang, "document-tax-exempt", &[("reason", reason)]));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// How it was paid: the way and, where there is one, the bank or shop.
pub(super) fn paid_by(payment: &payment::Model, lang: Lang) -> String {
    let way = t(lang, &format!("payment-method-{}", payment.method.replace('_', "-")));
    match &payment.option {
        Some(option) => format!("{way} {}", option.to_uppercase()),
        None => way,
    }
}
