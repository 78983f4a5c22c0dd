//! What the pages of invoices show.
use crate::{
    domain::{
        billing::invoice::{self, Bill, Full},
        documents,
        subscriptions::late_fee::LateFacts,
    },
    kernel::{format, page::Page},
    web::{filters, frame::Frame, public::pay::view::Way},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::{
    billing::{credit_note, invoice as invoice_row, invoice_item, late_fee},
    payments::payment,
    value::{InvoiceDisplay, InvoiceId, InvoiceStatus, Money, in_wib},
};
use serde_json::Value;

/// A filter.
pub struct ChipLink {
    pub label: String,
    pub href: &'static str,
    pub active: bool,
}

/// A line of the list.
pub struct InvoiceRow {
    pub href: String,
    pub number: String,
    pub kind: &'static str,
    pub issued: String,
    pub due: String,
    pub status: &'static str,
    pub total: String,
    /// Its id, where it can be paid together with others.
    pub tick: Option<String>,
}

impl InvoiceRow {
    fn build(frame: &Frame, row: &Bill) -> Self {
        let day = |at: DateTime<Utc>| format::day(in_wib(at).date_naive(), frame.lang);
        let due = match (row.paid_at, row.due_at) {
            (Some(at), _) if row.status == InvoiceStatus::Paid => {
                frame.ta("panel-invoice-paid-on", [("date", day(at))])
            }
            (_, Some(at)) if row.status == InvoiceStatus::Issued => {
                frame.ta("panel-invoice-due-on", [("date", day(at))])
            }
            _ => String::new(),
        };
        Self {
            href: format!("/panel/invoices/{}", row.id),
            number: number_of(frame, row.number.as_deref()),
            kind: row.kind.as_str(),
            issued: row.issued_at.map(day).unwrap_or_default(),
            due,
            status: invoice::display_status(row, frame.now).as_str(),
            total: frame.money(&Money::new(row.total_minor, &row.currency)),
            tick: (invoice::open_minor(row) > 0 && row.status == InvoiceStatus::Issued).then(|| row.id.0.clone()),
        }
    }
}

/// An invoice that is paid together with others.
#[derive(Debug)]
pub struct TogetherRow {
    pub href: String,
    pub number: String,
    pub kind: &'static str,
    pub due_at: Option<DateTime<Utc>>,
    pub status: &'static str,
    pub open: Money,
}

impl TogetherRow {
    /// The line of an invoice.
    pub fn build(frame: &Frame, row: &invoice_row::Model) -> Self {
        Self {
            href: format!("/panel/invoices/{}", row.id),
            number: number_of(frame, row.number.as_deref()),
            kind: row.kind.as_str(),
            due_at: row.due_at,
            status: invoice::display_status(row, frame.now).as_str(),
            open: Money::new(invoice::open_minor(row), &row.currency),
        }
    }
}

/// Several invoices, and the ways to pay them in one go.
#[derive(Template)]
#[template(path = "panel/invoices/together.html")]
pub struct TogetherPage {
    pub frame: Frame,
    pub rows: Vec<TogetherRow>,
    /// Their ids, for the form.
    pub ids: String,
    pub total: Money,
    pub ways: Vec<Way>,
    /// There are more open invoices than go together.
    pub is_cut: bool,
}

fn number_of(frame: &Frame, number: Option<&str>) -> String {
    number.map(str::to_owned).unwrap_or_else(|| frame.t("panel-invoice-draft-number"))
}

/// The list.
#[derive(Template)]
#[template(path = "panel/invoices/index.html")]
pub struct IndexPage {
    pub frame: Frame,
    pub owed: Option<String>,
    pub chips: Vec<ChipLink>,
    pub filtered: bool,
    pub rows: Vec<InvoiceRow>,
    pub next: String,
    /// Whether invoices of this page can be ticked and paid in one go.
    pub can_tick: bool,
    /// Whether there are several to pay, all at once.
    pub can_pay_all: bool,
}

impl IndexPage {
    /// A page of the list narrowed to `wanted`; `owed` is what waits for money by currency.
    pub fn build(frame: Frame, page: Page<Bill>, owed: &[(String, i64, i64)], wanted: &str, may_pay: bool) -> Self {
        let chip = |word: &str, href| ChipLink {
            label: frame.t(&format!("panel-invoices-{}", if word.is_empty() { "all" } else { word })),
            href,
            active: wanted == word,
        };
        let chips = vec![
            chip("", "/panel/invoices"),
            chip("open", "/panel/invoices?status=open"),
            chip("overdue", "/panel/invoices?status=overdue"),
            chip("paid", "/panel/invoices?status=paid"),
            chip("void", "/panel/invoices?status=void"),
        ];
        let narrowed = chips.iter().find(|chip| chip.active).map_or("", |chip| chip.href);
        let joint = if narrowed.contains('?') { '&' } else { '?' };
        let rows: Vec<InvoiceRow> = page.rows.iter().map(|row| InvoiceRow::build(&frame, row)).collect();
        let can_pay_all = may_pay && owed.iter().any(|(_, count, minor)| *count > 1 && *minor > 0);
        let owed = owed.iter().find(|(_, _, minor)| *minor > 0).map(|(currency, count, minor)| {
            let amount = frame.money(&Money::new(*minor, currency));
            frame.ta("panel-invoices-owed", [("n", count.to_string()), ("amount", amount)])
        });
        Self {
            filtered: chips.iter().any(|chip| chip.active && chip.href.contains('?')),
            next: page.next_cursor.map(|cursor| format!("{narrowed}{joint}cursor={cursor}")).unwrap_or_default(),
            can_tick: may_pay && rows.iter().any(|row| row.tick.is_some()),
            can_pay_all,
            rows,
            owed,
            chips,
            frame,
        }
    }
}

/// A line of an invoice.
pub struct Line {
    pub description: String,
    pub period: Option<String>,
    pub discount: Option<String>,
    pub quantity: String,
    pub unit: String,
    pub net: String,
}

/// A payment of an invoice.
pub struct PaymentLine {
    pub href: Option<String>,
    /// Its receipt, where money came by it.
    pub receipt: Option<String>,
    pub method: String,
    pub reference: String,
    pub at: DateTime<Utc>,
    pub status: &'static str,
    pub amount: String,
}

/// A credit note of an invoice.
pub struct CreditNoteLine {
    /// The document.
    pub href: String,
    pub number: String,
    pub reason: String,
    pub at: DateTime<Utc>,
    pub total: String,
}

/// Seller or buyer.
pub struct Party {
    pub title: String,
    pub name: String,
    pub lines: Vec<String>,
}

/// An invoice with everything on it.
pub struct InvoiceCard {
    pub number: String,
    pub kind: &'static str,
    pub status: &'static str,
    pub sentence: Option<String>,
    pub tone: &'static str,
    pub pdf_url: Option<String>,
    pub pay_url: Option<String>,
    pub lines: Vec<Line>,
    pub subtotal: String,
    pub taxes: Vec<(String, String)>,
    pub total: String,
    /// What was paid, credited and returned since.
    pub after: Vec<(String, String)>,
    pub open: Option<String>,
    pub payments: Vec<PaymentLine>,
    pub credit_notes: Vec<CreditNoteLine>,
    pub issued_at: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub paid_at: Option<DateTime<Utc>>,
    pub parties: Vec<Party>,
    pub notes: Option<String>,
}

impl InvoiceCard {
    /// The card of an invoice.
    pub fn build(
        frame: &Frame,
        full: &Full,
        payments: &[payment::Model],
        notes: &[credit_note::Model],
        may_pay: bool,
    ) -> Self {
        let row = &full.invoice;
        let money = |minor: i64| frame.money(&Money::new(minor, &row.currency));
        let display = invoice::display_status(row, frame.now);
        let open = invoice::open_minor(row);
        let (tone, sentence) = sentence(frame, row, display);
        let moved = [
            ("document-paid", -row.paid_minor),
            ("document-credited", -row.credited_minor),
            ("document-written-off", -row.written_off_minor),
            ("document-refunded", row.refunded_minor),
        ];
        let is_payable = row.status == InvoiceStatus::Issued && open > 0;
        Self {
            number: number_of(frame, row.number.as_deref()),
            kind: row.kind.as_str(),
            status: display.as_str(),
            sentence,
            tone,
            pdf_url: row.number.as_ref().map(|_| format!("/panel/invoices/{}/pdf", row.id)),
            pay_url: (is_payable && may_pay).then(|| format!("/panel/invoices/{}/pay", row.id)),
            lines: full.items.iter().map(|item| line(frame, item, &money)).collect(),
            subtotal: money(row.subtotal_minor),
            taxes: taxes(frame, full, &money),
            total: money(row.total_minor),
            after: moved.iter().filter(|(_, n)| *n != 0).map(|(key, n)| (frame.t(key), money(*n))).collect(),
            open: (is_payable && open != row.total_minor).then(|| money(open)),
            payments: payments.iter().map(|payment| payment_line(frame, payment)).collect(),
            credit_notes: notes
                .iter()
                .map(|note| CreditNoteLine {
                    href: format!("/panel/invoices/{}/credit-notes/{}", note.invoice_id, note.id),
                    number: note.number.clone(),
                    reason: note.reason.clone(),
                    at: note.issued_at,
                    total: money(-note.total_minor),
                })
                .collect(),
            issued_at: row.issued_at,
            due_at: row.due_at,
            paid_at: row.paid_at,
            parties: vec![
                party(frame.t("panel-invoice-seller"), &row.seller),
                party(frame.t("panel-invoice-buyer"), &row.buyer),
            ],
            notes: row.notes.clone().filter(|notes| !notes.trim().is_empty()),
        }
    }
}

/// The taxes of the document, and what of them is not asked for because the buyer pays it to the state himself.
fn taxes(frame: &Frame, full: &Full, money: &dyn Fn(i64) -> String) -> Vec<(String, String)> {
    let collected = full.invoice.vat_collector.map(|collector| {
        let words = frame.t(&format!("document-collected-{collector}"));
        (words, money(-full.invoice.collected_tax_minor))
    });
    full.taxes.iter().map(|tax| (tax.label.clone(), money(tax.tax_minor))).chain(collected).collect()
}

fn sentence(frame: &Frame, row: &invoice_row::Model, display: InvoiceDisplay) -> (&'static str, Option<String>) {
    let amount = || frame.money(&Money::new(invoice::open_minor(row), &row.currency));
    let day =
        |at: Option<DateTime<Utc>>| at.map(|at| format::day(in_wib(at).date_naive(), frame.lang)).unwrap_or_default();
    match display {
        InvoiceDisplay::Draft => ("info", None),
        InvoiceDisplay::Issued | InvoiceDisplay::PartiallyPaid => {
            ("info", Some(frame.ta("panel-invoice-says-due", [("amount", amount()), ("date", day(row.due_at))])))
        }
        InvoiceDisplay::Overdue => {
            let days = overdue_days(row.due_at, frame.now).to_string();
            ("warn", Some(frame.ta("panel-invoice-says-overdue", [("amount", amount()), ("days", days)])))
        }
        InvoiceDisplay::Paid => ("good", Some(frame.ta("panel-invoice-says-paid", [("date", day(row.paid_at))]))),
        InvoiceDisplay::Void => ("info", Some(frame.t("panel-invoice-says-void"))),
        InvoiceDisplay::Refunded => ("info", Some(frame.t("panel-invoice-says-refunded"))),
        InvoiceDisplay::PartiallyRefunded => ("info", Some(frame.t("panel-invoice-says-partially-refunded"))),
    }
}

/// Whole days since the due date, at least one once it has passed.
pub fn overdue_days(due_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> i64 {
    due_at.map_or(0, |due| (now - due).num_days().max(1))
}

fn line(frame: &Frame, item: &invoice_item::Model, money: &dyn Fn(i64) -> String) -> Line {
    Line {
        description: item.description.clone(),
        period: item.period_start.zip(item.period_end).map(|(start, end)| {
            let last = end.pred_opt().unwrap_or(end);
            let (start, end) = (format::day(start, frame.lang), format::day(last, frame.lang));
            frame.ta("document-period", [("start", start), ("end", end)])
        }),
        discount: (item.discount_minor != 0)
            .then(|| frame.ta("panel-invoice-discount", [("amount", money(-item.discount_minor))])),
        quantity: format::number(item.quantity, frame.lang),
        unit: money(item.unit_minor),
        net: money(item.net_minor),
    }
}

fn payment_line(frame: &Frame, row: &payment::Model) -> PaymentLine {
    let method = frame.way_to_pay(&row.gateway, &row.method);
    PaymentLine {
        href: row.status.is_open().then(|| format!("/panel/payments/{}", row.id)),
        receipt: row
            .invoice_id
            .as_ref()
            .filter(|_| documents::has_receipt(row))
            .map(|invoice_id| format!("/panel/invoices/{invoice_id}/receipts/{}", row.id)),
        method: match &row.option {
            Some(option) => format!("{method} {}", option.to_uppercase()),
            None => method,
        },
        reference: row.reference.clone(),
        at: row.settled_at.unwrap_or(row.created_at),
        status: row.status.as_str(),
        amount: frame.money(&Money::new(row.amount_minor.max(row.received_minor), &row.currency)),
    }
}

fn party(title: String, stored: &Value) -> Party {
    let text = |name: &str| stored[name].as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let named = text("legal_name").or_else(|| text("company"));
    let city = [text("city"), text("state"), text("postal_code")].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let person = named.as_ref().and(text("name")).filter(|person| Some(person) != named.as_ref());
    let mut lines: Vec<String> =
        [person, text("street"), text("street_1"), text("street_2")].into_iter().flatten().collect();
    lines.extend((!city.is_empty()).then_some(city));
    lines.extend(text("npwp").map(|npwp| format!("NPWP {npwp}")));
    lines.extend(text("email"));
    Party { title, name: named.or_else(|| text("name")).unwrap_or_default(), lines }
}

/// One invoice.
#[derive(Template)]
#[template(path = "panel/invoices/show.html")]
pub struct ShowPage {
    pub frame: Frame,
    pub invoice: InvoiceCard,
    pub late: Lateness,
}

/// What is said of fees for being late.
#[derive(Default)]
pub struct Lateness {
    /// What comes, and when.
    pub coming: Option<String>,
    /// Fees that were charged: their invoices.
    pub fees: Vec<LateFeeLine>,
    /// The invoice a fee is for: its number and address.
    pub of: Option<(String, String)>,
}

/// A fee that was charged.
pub struct LateFeeLine {
    pub number: String,
    pub href: String,
    pub at: DateTime<Utc>,
    pub status: &'static str,
    pub amount: String,
}

impl Lateness {
    /// What is said of `row`.
    pub fn build(frame: &Frame, row: &invoice_row::Model, facts: &LateFacts) -> Self {
        let number = |id: &InvoiceId| number_of(frame, facts.bills.get(id).and_then(|bill| bill.number.as_deref()));
        let line = |fee: &late_fee::Model| {
            let bill = facts.bills.get(&fee.fee_invoice_id);
            LateFeeLine {
                number: number(&fee.fee_invoice_id),
                href: format!("/panel/invoices/{}", fee.fee_invoice_id),
                at: fee.charged_at,
                status: bill.map_or("issued", |bill| invoice::display_status(bill, frame.now).as_str()),
                amount: frame.money(&Money::new(fee.amount_minor, &fee.currency)),
            }
        };
        let coming = facts.coming.as_ref().map(|fee| {
            let amount = frame.money(&Money::new(fee.amount_minor, &row.currency));
            // Due already, it is charged within the hour.
            let day = format::day(in_wib(fee.at.max(frame.now)).date_naive(), frame.lang);
            frame.ta("panel-late-fee-coming", [("amount", amount), ("date", day)])
        });
        Self {
            coming,
            fees: facts.fees.iter().map(line).collect(),
            of: facts.of.as_ref().map(|fee| (number(&fee.invoice_id), format!("/panel/invoices/{}", fee.invoice_id))),
        }
    }
}
