//! The tax report: what is to be declared for a period, by tax point (DECISIONS 2), and the proof that it is what the
//! ledger says.
//!
//! An invoice belongs to the period of its `tax_point_at`; void ones and ones without a tax point never appear. A credit
//! note is a return row of its own, in the period in which both it was issued and the tax of its invoice had fallen due:
//! a note in a later month than its invoice lowers the later month. What was given up before the tax of its invoice fell
//! due is no part of the invoice here: nothing of it is declared. The base of 11/12 (*DPP nilai lain*) is rounded half
//! up once per line and stands in this report alone.
use super::range::{OfMonth, Range, all, every_month, month_sql, one, sum};
use crate::{
    domain::{Ctx, settings},
    kernel::page::{Page, PageRequest},
};
use chrono::{DateTime, Utc};
use entity::value::{IDR, day_start};
use sea_orm::{DbErr, FromQueryResult};
use serde_json::Value as Json;

/// Sums of one part of the report, whole rupiah; return rows are below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How many documents.
    pub documents: i64,
    /// Net (DPP).
    pub net_minor: i64,
    /// DPP nilai lain: the part of the net that the nominal rate is applied to.
    pub other_base_minor: i64,
    /// Tax (PPN).
    pub tax_minor: i64,
}

impl Part {
    fn and(self, other: Self) -> Self {
        Self {
            documents: self.documents + other.documents,
            net_minor: self.net_minor + other.net_minor,
            other_base_minor: self.other_base_minor + other.other_base_minor,
            tax_minor: self.tax_minor + other.tax_minor,
        }
    }
}

/// How the report follows from the tax account of the ledger, whole rupiah. The ledger books tax when a document is
/// issued, the report when it falls due: `booked − elsewhere + earlier` is what the ledger holds for the documents of
/// the report, and has to be the report's tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tie {
    /// What the tax account gained in the period.
    pub booked_minor: i64,
    /// Of that: documents that fall due in another period, are not due yet, or never will be (void).
    pub elsewhere_minor: i64,
    /// Booked in another period for documents of this report.
    pub earlier_minor: i64,
    /// What the ledger holds for the documents of the report.
    pub ledger_minor: i64,
    /// What the report says.
    pub reported_minor: i64,
}

impl Tie {
    /// Whether report and ledger tell one story.
    pub fn holds(self) -> bool {
        self.booked_minor - self.elsewhere_minor + self.earlier_minor == self.ledger_minor
            && self.ledger_minor == self.reported_minor
    }
}

/// The report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxReport {
    /// Which days.
    pub range: Range,
    /// Whether the seller charges tax at all, now.
    pub is_pkp: bool,
    /// Taxed invoices.
    pub taxed: Part,
    /// Invoices whose tax the buyer collects: theirs is no tax of ours, and stands in no account.
    pub collected: Part,
    /// Credit notes of such invoices.
    pub collected_returned: Part,
    /// Invoices without tax: exempt and foreign buyers.
    pub exempt: Part,
    /// Credit notes of taxed invoices.
    pub returned: Part,
    /// Credit notes of invoices without tax.
    pub exempt_returned: Part,
    /// The proof.
    pub tie: Tie,
}

impl TaxReport {
    /// What is to be declared: taxed invoices less their returns.
    pub fn total(&self) -> Part {
        self.taxed.and(self.returned)
    }
}

/// One document of the report. Amounts in whole rupiah; those of return rows are below zero.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct Row {
    /// Id of the invoice or of the credit note.
    pub id: String,
    /// Its number.
    pub number: Option<String>,
    /// The invoice: of a return row the one that was corrected.
    pub invoice_id: String,
    /// That invoice's number.
    pub invoice_number: Option<String>,
    /// Whose.
    pub customer_id: String,
    /// When it counts.
    pub counts_at: DateTime<Utc>,
    /// Net.
    pub net_minor: i64,
    /// DPP nilai lain.
    pub other_base_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// 1 where a tax rule applied, 2 where its tax is collected by the buyer, 0 for exempt and foreign buyers.
    pub taxed: i64,
    /// Buyer as at issue.
    pub buyer: Json,
}

impl Row {
    fn of_buyer(&self, field: &str) -> Option<&str> {
        self.buyer[field].as_str().filter(|text| !text.is_empty())
    }

    /// Company, else person, as at issue.
    pub fn buyer_name(&self) -> &str {
        self.of_buyer("company").or(self.of_buyer("name")).unwrap_or_default()
    }

    /// Tax number as at issue.
    pub fn buyer_npwp(&self) -> Option<&str> {
        self.of_buyer("npwp")
    }

    /// Why no tax was charged, where staff said so.
    pub fn exempt_reason(&self) -> Option<&str> {
        self.of_buyer("tax_exempt_reason")
    }
}

/// Which documents are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Invoices.
    Invoices,
    /// Credit notes.
    Returns,
}

/// An invoice `i` is of the period `$1` to `$2`. One that was taken back by a credit note stays in its month: its note is
/// the return, perhaps of a later one.
pub(super) const DUE: &str = "i.currency = 'IDR' AND i.status <> 'draft'
    AND (i.status <> 'void' OR EXISTS (SELECT 1 FROM credit_notes v WHERE v.invoice_id = i.id))
    AND i.tax_point_at >= $1 AND i.tax_point_at < $2";
/// Who collects the tax of invoice `i`: see [`Row::taxed`].
const TAXED_HOW: &str = "CAST(CASE WHEN i.vat_collector IS NOT NULL THEN 2
    WHEN EXISTS (SELECT 1 FROM invoice_taxes t WHERE t.invoice_id = i.id) THEN 1 ELSE 0 END AS bigint)";
/// Tax of credit note `n`, whoever collects it.
const NOTE_TAX: &str = "(n.tax_minor + CASE WHEN i.vat_collector IS NULL THEN 0 ELSE CAST(COALESCE((SELECT
    SUM(g.collected_tax_minor) FROM credit_note_items g WHERE g.credit_note_id = n.id), 0) AS bigint) END)";
/// Invoice `i` belongs into the report at all: taxed, or issued since the seller is a PKP (`$3`), and not for nothing.
const DECLARED: &str = "i.total_minor <> 0 AND (i.issued_at >= $3 OR EXISTS
    (SELECT 1 FROM invoice_taxes t WHERE t.invoice_id = i.id))";
/// A note `n` of invoice `i` is of the period: the later of its issue and its invoice's tax point lies in it.
const RETURNED: &str = "i.currency = 'IDR' AND i.status <> 'draft' AND i.tax_point_at < $2
    AND n.issued_at < $2 AND (n.issued_at >= $1 OR i.tax_point_at >= $1)";
/// When a note counts.
const RETURNED_AT: &str = "CASE WHEN n.issued_at > i.tax_point_at THEN n.issued_at ELSE i.tax_point_at END";

/// SQL of what was given up of invoice `i` before its tax fell due: `part` (columns of `g`) of all its lines.
fn given_up(part: &str) -> String {
    format!(
        "(CASE WHEN i.written_off_minor > 0 THEN CAST(COALESCE((SELECT SUM({part}) FROM write_offs w
           JOIN write_off_items g ON g.write_off_id = w.id
           WHERE w.invoice_id = i.id AND w.lowers_tax AND w.recovered_at IS NULL), 0) AS bigint) ELSE 0 END)"
    )
}

/// Net of a line that was given up.
const NET_UP: &str = "g.net_minor";
/// Tax of it, whoever collects it.
const TAX_UP: &str = "g.tax_minor + g.collected_tax_minor";

/// SQL of the net of line `l` of invoice `i` without what was given up before its tax fell due: whole numbers, because
/// the base of it is divided as such.
const DUE_OF_LINE: &str = "(l.net_minor - CASE WHEN i.written_off_minor > 0 THEN CAST(COALESCE((SELECT SUM(g.net_minor)
    FROM write_off_items g JOIN write_offs w ON w.id = g.write_off_id AND w.lowers_tax AND w.recovered_at IS NULL
    WHERE g.invoice_item_id = l.id), 0) AS bigint) ELSE 0 END)";

/// SQL of the base of `net` under the rule `r`, rounded half up once, away from zero as taxes are.
fn other_base(net: &str) -> String {
    format!(
        "(CASE WHEN {net} < 0 THEN -1 ELSE 1 END) * ((ABS({net}) * r.base_num * 2 + r.base_den) / (r.base_den * 2))"
    )
}

/// From which instant on invoices without tax are declared as exempt: since the seller is a PKP; never, if he is none.
async fn declared_since(ctx: &Ctx) -> Result<(bool, DateTime<Utc>), DbErr> {
    let tax = settings::load(&ctx.db).await?.tax;
    let never = || DateTime::<Utc>::from_timestamp(7_258_118_400, 0).unwrap_or_default();
    let since = tax.pkp_since.filter(|_| tax.is_pkp).map_or_else(never, day_start);
    Ok((tax.is_pkp, since))
}

#[derive(FromQueryResult)]
struct Sums {
    taxed: i64,
    documents: i64,
    net: i64,
    tax: i64,
    other: i64,
}

/// Exempt documents, taxed ones, and those whose tax the buyer collects.
fn split(sums: Vec<Sums>) -> [Part; 3] {
    let mut parts = [Part::default(); 3];
    for row in sums {
        let part =
            Part { documents: row.documents, net_minor: row.net, other_base_minor: row.other, tax_minor: row.tax };
        if let Some(place) = usize::try_from(row.taxed).ok().and_then(|place| parts.get_mut(place)) {
            *place = part;
        }
    }
    parts
}

/// The report over `range`, in a constant number of statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, range: Range) -> Result<TaxReport, DbErr> {
    let (is_pkp, since) = declared_since(ctx).await?;
    let (from, until) = (range.from_at(), range.until_at());
    let (count, net, tax, other) = ("COUNT(*)", sum("net"), sum("tax"), sum("other"));
    let base = other_base(DUE_OF_LINE);
    let (net_up, tax_up) = (given_up(NET_UP), given_up(TAX_UP));
    let lines = "FROM invoice_items l JOIN invoice_taxes x ON x.invoice_id = l.invoice_id
        JOIN tax_rules r ON r.id = x.tax_rule_id WHERE l.invoice_id = i.id";
    let sql = format!(
        "SELECT taxed, {count} AS documents, {net} AS net, {tax} AS tax, {other} AS other FROM
           (SELECT {TAXED_HOW} AS taxed,
                   i.subtotal_minor - {net_up} AS net, i.tax_minor + i.collected_tax_minor - {tax_up} AS tax,
                   (SELECT SUM({base}) {lines}) AS other
            FROM invoices i WHERE {DUE} AND {DECLARED}) d GROUP BY taxed"
    );
    let [exempt, taxed, collected] = split(all(ctx, &sql, vec![from.into(), until.into(), since.into()]).await?);
    let base = other_base("l.net_minor");
    let lines = "FROM credit_note_items l JOIN invoice_taxes x ON x.invoice_id = n.invoice_id
        JOIN tax_rules r ON r.id = x.tax_rule_id WHERE l.credit_note_id = n.id";
    let sql = format!(
        "SELECT taxed, {count} AS documents, {net} AS net, {tax} AS tax, {other} AS other FROM
           (SELECT {TAXED_HOW} AS taxed, -n.subtotal_minor AS net, -{NOTE_TAX} AS tax,
                   (SELECT -SUM({base}) {lines}) AS other
            FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id WHERE {RETURNED} AND {DECLARED}) d GROUP BY taxed"
    );
    let [exempt_returned, returned, collected_returned] =
        split(all(ctx, &sql, vec![from.into(), until.into(), since.into()]).await?);
    let tie = tie(ctx, range, taxed.tax_minor + returned.tax_minor).await?;
    Ok(TaxReport { range, is_pkp, taxed, exempt, returned, exempt_returned, collected, collected_returned, tie })
}

/// The tax to be declared by month, oldest first: what the report of each month says, in one statement.
///
/// # Errors
/// The database.
pub async fn by_month(ctx: &Ctx, range: Range) -> Result<Vec<(String, i64)>, DbErr> {
    let (_, since) = declared_since(ctx).await?;
    let (due, returned) = (month_sql(ctx, "i.tax_point_at"), month_sql(ctx, &format!("({RETURNED_AT})")));
    let (tax_up, amount) = (given_up(TAX_UP), sum("d.tax"));
    let sql = format!(
        "SELECT d.month AS month, {amount} AS amount FROM
           (SELECT {due} AS month, {TAXED_HOW} AS taxed, i.tax_minor + i.collected_tax_minor - {tax_up} AS tax
            FROM invoices i WHERE {DUE} AND {DECLARED}
            UNION ALL
            SELECT {returned}, {TAXED_HOW}, -{NOTE_TAX}
            FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id WHERE {RETURNED} AND {DECLARED}) d
         WHERE d.taxed = 1 GROUP BY d.month"
    );
    let values = vec![range.from_at().into(), range.until_at().into(), since.into()];
    Ok(every_month(range, &all::<OfMonth>(ctx, &sql, values).await?))
}

#[derive(FromQueryResult)]
struct Booked {
    booked: i64,
    elsewhere: i64,
}

#[derive(FromQueryResult)]
struct Held {
    held: i64,
    outside: i64,
}

async fn tie(ctx: &Ctx, range: Range, reported_minor: i64) -> Result<Tie, DbErr> {
    let (from, until) = (range.from_at(), range.until_at());
    // From the account to the documents …
    let note_due = RETURNED.replace("i.", "ni.");
    let (booked, elsewhere) = (
        sum("-e.amount_minor"),
        sum(&format!("CASE WHEN ({DUE}) OR (n.id IS NOT NULL AND {note_due}) THEN 0 ELSE -e.amount_minor END")),
    );
    let sql = format!(
        "SELECT {booked} AS booked, {elsewhere} AS elsewhere FROM ledger_accounts a
         JOIN ledger_entries e ON e.account_id = a.id AND e.created_at >= $1 AND e.created_at < $2
         JOIN ledger_transactions t ON t.id = e.transaction_id
         LEFT JOIN invoices i ON t.source_type = 'invoice' AND i.id = t.source_id
         LEFT JOIN credit_notes n ON t.source_type = 'credit_note' AND n.id = t.source_id
         LEFT JOIN invoices ni ON ni.id = n.invoice_id
         WHERE a.kind = 'tax_payable' AND a.currency = '{IDR}'"
    );
    let Booked { booked, elsewhere } = one(ctx, &sql, vec![from.into(), until.into()]).await?;
    // … and from the documents to the account.
    let held = sum("-e.amount_minor");
    let outside = sum("CASE WHEN e.created_at >= $1 AND e.created_at < $2 THEN 0 ELSE -e.amount_minor END");
    let sql = format!(
        "SELECT {held} AS held, {outside} AS outside FROM
           (SELECT 'invoice' AS source, i.id FROM invoices i WHERE {DUE}
            UNION ALL
            SELECT 'credit_note', n.id FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id WHERE {RETURNED}) d
         JOIN ledger_transactions t ON t.source_type = d.source AND t.source_id = d.id
         JOIN ledger_entries e ON e.transaction_id = t.id
         JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'tax_payable' AND a.currency = '{IDR}'"
    );
    let Held { held, outside } = one(ctx, &sql, vec![from.into(), until.into()]).await?;
    Ok(Tie {
        booked_minor: booked,
        elsewhere_minor: elsewhere,
        earlier_minor: outside,
        ledger_minor: held,
        reported_minor,
    })
}

/// One page of the documents of `range`, oldest first. A cursor is the instant in microseconds and the id.
///
/// # Errors
/// The database.
pub async fn rows(ctx: &Ctx, range: Range, listed: Listed, request: &PageRequest) -> Result<Page<Row>, DbErr> {
    let after = request.after.as_deref().and_then(parse_cursor);
    let found = read(ctx, range, listed, after, Some(request.fetch())).await?;
    let keyed: Vec<(String, Row)> = found.into_iter().map(|row| (cursor(row.counts_at, &row.id), row)).collect();
    let page = Page::of(keyed, request, |(key, _)| key.as_str());
    Ok(Page { rows: page.rows.into_iter().map(|(_, row)| row).collect(), next_cursor: page.next_cursor })
}

/// All documents of `range`, oldest first, in one statement: for a download.
///
/// # Errors
/// The database.
pub async fn all_rows(ctx: &Ctx, range: Range, listed: Listed) -> Result<Vec<Row>, DbErr> {
    read(ctx, range, listed, None, None).await
}

fn cursor(at: DateTime<Utc>, id: &str) -> String {
    format!("{}_{id}", at.timestamp_micros())
}

fn parse_cursor(text: &str) -> Option<(DateTime<Utc>, String)> {
    let (micros, id) = text.split_once('_')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, id.to_owned()))
}

async fn read(
    ctx: &Ctx,
    range: Range,
    listed: Listed,
    after: Option<(DateTime<Utc>, String)>,
    limit: Option<u64>,
) -> Result<Vec<Row>, DbErr> {
    let (_, since) = declared_since(ctx).await?;
    let due_net = format!("i.subtotal_minor - {}", given_up(NET_UP));
    let due_tax = format!("i.tax_minor + i.collected_tax_minor - {}", given_up(TAX_UP));
    let note_tax = format!("-{NOTE_TAX}");
    let (at, id, sign, source, net, tax, items) = match listed {
        Listed::Invoices => {
            ("i.tax_point_at", "i.id", "", "invoices i", due_net.as_str(), due_tax.as_str(), "invoice_items l")
        }
        Listed::Returns => (
            RETURNED_AT,
            "n.id",
            "-",
            "credit_notes n JOIN invoices i ON i.id = n.invoice_id",
            "-n.subtotal_minor",
            note_tax.as_str(),
            "credit_note_items l",
        ),
    };
    let (number, due, belongs, of_line) = match listed {
        Listed::Invoices => ("i.number", DUE, "l.invoice_id = i.id", DUE_OF_LINE),
        Listed::Returns => ("n.number", RETURNED, "l.credit_note_id = n.id", "l.net_minor"),
    };
    let base = sum(&format!("{sign}{}", other_base(of_line)));
    let mut values = vec![range.from_at().into(), range.until_at().into(), since.into()];
    let mut further = String::new();
    if let Some((instant, last)) = after {
        values.extend([instant.into(), last.into()]);
        further = format!(" AND ({at} > $4 OR ({at} = $4 AND {id} > $5))");
    }
    let most = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    let sql = format!(
        "SELECT {id} AS id, {number} AS number, i.id AS invoice_id, i.number AS invoice_number, i.customer_id,
                {at} AS counts_at, {net} AS net_minor, {tax} AS tax_minor, i.buyer AS buyer,
                {TAXED_HOW} AS taxed,
                (SELECT {base} FROM {items} JOIN invoice_taxes x ON x.invoice_id = i.id
                 JOIN tax_rules r ON r.id = x.tax_rule_id WHERE {belongs}) AS other_base_minor
         FROM {source} WHERE {due} AND {DECLARED}{further} ORDER BY {at}, {id}{most}"
    );
    all(ctx, &sql, values).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_instant_and_id() {
        let at: DateTime<Utc> = "2026-11-21T03:00:00.000001Z".parse().unwrap();
        assert_eq!(parse_cursor(&cursor(at, "inv_01")), Some((at, "inv_01".to_owned())));
        assert_eq!(parse_cursor("inv_01"), None);
    }
}
