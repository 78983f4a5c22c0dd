//! Coretax: the tax invoices of a period as the file that DJP's Coretax imports, and what keeps customers out of it.
//!
//! What of this is sure and what is not stands in docs/CORETAX.md. Codes that are Coretax's own are in `codes`. The file
//! is made from the documents of the tax report: an invoice is exported with what was left of it when its tax fell due,
//! credit notes of later are not part of the file (the buyer cancels a service in Coretax himself).
pub mod codes;
mod lines;
mod xml;

use super::{
    range::{Range, all},
    tax::DUE,
};
use crate::domain::{Ctx, settings};
use chrono::{DateTime, Utc};
use entity::value::{IDR, VatCollector};
use sea_orm::{DbErr, FromQueryResult};
use std::collections::BTreeMap;

pub use lines::{Good, Sold};

/// What keeps a buyer out of the file, or makes him a person without a number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// A company without a tax number of 15 or 16 digits: left out.
    Npwp,
    /// A company without an address: left out.
    Address,
    /// A company whose number of the place of business does not fit its tax number: left out.
    Nitku,
    /// A country that has no code here: left out.
    Country,
}

impl Gap {
    /// Word of the gap, for sentences.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Npwp => "npwp",
            Self::Address => "address",
            Self::Nitku => "nitku",
            Self::Country => "country",
        }
    }
}

/// A customer who cannot be exported as he is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// Who.
    pub customer_id: String,
    /// Name.
    pub name: String,
    /// What is missing or wrong.
    pub gaps: Vec<Gap>,
    /// How many invoices are left out for that.
    pub invoices: i64,
}

/// Who buys, as Coretax wants to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Tax number, 16 digits; zeros for somebody without.
    pub tin: String,
    /// What kind of number identifies him.
    pub document: &'static str,
    /// That number, where it is no tax number.
    pub document_number: String,
    /// ISO 3166 alpha-3.
    pub country: &'static str,
    /// Company, else person.
    pub name: String,
    /// One line.
    pub address: String,
    /// E-mail.
    pub email: String,
    /// Number of the place of business.
    pub nitku: String,
}

/// A tax invoice of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxInvoice {
    /// When its tax fell due.
    pub counts_at: DateTime<Utc>,
    /// Our number.
    pub number: String,
    /// Code of the transaction.
    pub transaction: &'static str,
    /// Nominal rate, percent.
    pub rate_percent: i64,
    /// Who buys.
    pub buyer: Buyer,
    /// What was sold.
    pub goods: Vec<Good>,
}

/// The export of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// The seller's tax number, 16 digits; none where it is missing or wrong in the settings.
    pub seller_tin: Option<String>,
    /// What goes into the file, oldest first.
    pub invoices: Vec<TaxInvoice>,
    /// Who is left out.
    pub incomplete: Vec<Incomplete>,
    /// How many invoices of the file are of persons without a number.
    pub without_number: i64,
    /// Tax of the invoices in the file, whole rupiah, without what buyers collect themselves.
    pub tax_minor: i64,
    /// Tax of the invoices in the file that buyers collect themselves, whole rupiah.
    pub collected_minor: i64,
    /// Tax of the invoices left out, whole rupiah, whoever collects it.
    pub left_out_minor: i64,
}

impl Export {
    /// How many files it takes: Coretax imports so many invoices at once.
    pub fn files(&self) -> usize {
        self.invoices.len().div_ceil(codes::MOST_PER_FILE)
    }

    /// File `number` (1, 2, …); none where there is no such file or the seller has no tax number.
    pub fn file(&self, number: usize) -> Option<String> {
        let tin = self.seller_tin.as_ref()?;
        let part = self.invoices.chunks(codes::MOST_PER_FILE).nth(number.checked_sub(1)?)?;
        Some(xml::file(tin, part))
    }
}

#[derive(FromQueryResult)]
struct Head {
    id: String,
    number: Option<String>,
    counts_at: DateTime<Utc>,
    vat_collector: Option<String>,
    rate_num: i64,
    rate_den: i64,
    base_num: i64,
    base_den: i64,
    customer_id: String,
    name: String,
    company: Option<String>,
    email: String,
    street_1: Option<String>,
    street_2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country_code: String,
    npwp: Option<String>,
    nitku: Option<String>,
}

/// What is to be exported of `range`, in four statements. Who buys is read from the customer as he is now: a number that
/// was missing when the invoice was issued can be filled in.
///
/// # Errors
/// The database.
pub async fn export(ctx: &Ctx, range: Range) -> Result<Export, DbErr> {
    let span = || vec![range.from_at().into(), range.until_at().into()];
    let seller = settings::load(&ctx.db).await?.company;
    let sql = format!(
        "SELECT i.id, i.number, i.tax_point_at AS counts_at, i.vat_collector, r.rate_num, r.rate_den, r.base_num,
                r.base_den, i.customer_id, c.name, c.company, c.email, c.street_1, c.street_2, c.city, c.state, c.postal_code,
                c.country_code, c.npwp, c.nitku
         FROM invoices i JOIN invoice_taxes x ON x.invoice_id = i.id JOIN tax_rules r ON r.id = x.tax_rule_id
         JOIN customers c ON c.id = i.customer_id WHERE {DUE} ORDER BY i.tax_point_at, i.id"
    );
    let heads: Vec<Head> = all(ctx, &sql, span()).await?;
    let mut sold = sold(ctx, range).await?;
    let mut export = Export { seller_tin: codes::tin(&seller.npwp), ..Export::default() };
    let mut incomplete: BTreeMap<String, Incomplete> = BTreeMap::new();
    for head in heads {
        let base = entity::value::Ratio::new(head.base_num, head.base_den);
        let goods = lines::goods(sold.remove(&head.id).unwrap_or_default(), base).map_err(unpriced)?;
        let tax: i64 = goods.iter().map(|good| good.tax_minor).sum();
        if goods.is_empty() {
            continue;
        }
        let collector = head.vat_collector.as_deref().and_then(VatCollector::parse);
        match buyer(&head) {
            Ok(buyer) => {
                match collector {
                    Some(_) => export.collected_minor += tax,
                    None => export.tax_minor += tax,
                }
                export.without_number += i64::from(buyer.document == codes::DOCUMENT_OTHER);
                export.invoices.push(TaxInvoice {
                    counts_at: head.counts_at,
                    number: head.number.unwrap_or_default(),
                    transaction: codes::transaction(collector, head.base_num, head.base_den),
                    rate_percent: head.rate_num * 100 / head.rate_den.max(1),
                    buyer,
                    goods,
                });
            }
            Err(gaps) => {
                export.left_out_minor += tax;
                let name = head.company.unwrap_or(head.name);
                let fresh = Incomplete { customer_id: head.customer_id.clone(), name, gaps, invoices: 0 };
                incomplete.entry(head.customer_id).or_insert(fresh).invoices += 1;
            }
        }
    }
    export.incomplete = incomplete.into_values().collect();
    Ok(export)
}

fn unpriced(error: entity::value::MoneyError) -> DbErr {
    DbErr::Custom(format!("an amount of a tax invoice cannot be computed: {error}"))
}

/// Lines by invoice, less what credit notes had taken back when its tax fell due, and what was given up before.
async fn sold(ctx: &Ctx, range: Range) -> Result<BTreeMap<String, Vec<Sold>>, DbErr> {
    let span = || vec![range.from_at().into(), range.until_at().into()];
    let sql = format!(
        "SELECT l.invoice_id, l.description, l.quantity, l.unit_minor, l.net_minor,
                l.tax_minor + l.collected_tax_minor AS tax_minor,
                CAST(COALESCE(b.net, 0) AS bigint) AS back_net_minor, CAST(COALESCE(b.tax, 0) AS bigint) AS back_tax_minor
         FROM invoices i JOIN invoice_items l ON l.invoice_id = i.id
         LEFT JOIN (SELECT g.invoice_item_id, SUM(g.net_minor) AS net, SUM(g.tax_minor) AS tax FROM
                      (SELECT k.invoice_item_id, k.net_minor, k.tax_minor + k.collected_tax_minor AS tax_minor
                       FROM invoices i JOIN credit_notes n ON n.invoice_id = i.id AND n.issued_at <= i.tax_point_at
                       JOIN credit_note_items k ON k.credit_note_id = n.id
                       WHERE {DUE} AND i.credited_minor > 0
                       UNION ALL
                       SELECT k.invoice_item_id, k.net_minor, k.tax_minor + k.collected_tax_minor
                       FROM invoices i JOIN write_offs w ON w.invoice_id = i.id
                       JOIN write_off_items k ON k.write_off_id = w.id
                       WHERE {DUE} AND i.written_off_minor > 0 AND w.lowers_tax AND w.recovered_at IS NULL) g
                    GROUP BY g.invoice_item_id) b ON b.invoice_item_id = l.id
         WHERE {DUE} AND i.currency = '{IDR}' ORDER BY l.invoice_id, l.position"
    );
    let mut sold: BTreeMap<String, Vec<Sold>> = BTreeMap::new();
    for line in all::<Sold>(ctx, &sql, span()).await? {
        sold.entry(line.invoice_id.clone()).or_default().push(line);
    }
    Ok(sold)
}

/// Who buys, or what is missing to say so.
fn buyer(head: &Head) -> Result<Buyer, Vec<Gap>> {
    let is_company = head.company.as_deref().is_some_and(|company| !company.trim().is_empty());
    let parts = [&head.street_1, &head.street_2, &head.city, &head.state, &head.postal_code];
    let address: Vec<&str> =
        parts.into_iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let has_street = head.street_1.as_deref().is_some_and(|street| !street.trim().is_empty());
    let tin = head.npwp.as_deref().and_then(codes::tin);
    let country = codes::country(&head.country_code);
    let nitku = match (&tin, head.nitku.as_deref()) {
        (Some(tin), nitku) => codes::nitku(tin, nitku),
        (None, _) => Some(codes::NITKU_OF_NOBODY.to_owned()),
    };
    let wrong = [
        (is_company && tin.is_none(), Gap::Npwp),
        (is_company && !has_street, Gap::Address),
        (nitku.is_none(), Gap::Nitku),
        (country.is_none(), Gap::Country),
    ];
    let gaps: Vec<Gap> = wrong.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, gap)| gap).collect();
    let (Some(country), Some(nitku), true) = (country, nitku, gaps.is_empty()) else { return Err(gaps) };
    let (document, document_number) = match tin {
        Some(_) => (codes::DOCUMENT_TIN, ""),
        None => (codes::DOCUMENT_OTHER, codes::NO_NUMBER),
    };
    Ok(Buyer {
        tin: tin.unwrap_or_else(|| codes::TIN_OF_NOBODY.to_owned()),
        document,
        document_number: document_number.to_owned(),
        country,
        name: head.company.clone().filter(|_| is_company).unwrap_or_else(|| head.name.clone()),
        address: if address.is_empty() { codes::NO_NUMBER.to_owned() } else { address.join(", ") },
        email: head.email.clone(),
        nitku,
    })
}
