//! Reports as tables for spreadsheets: what their pages offer for download and what is mailed to staff, in one place.
use super::{
    ageing, csv,
    csv::Value,
    gateways, mrr,
    range::Range,
    revenue, sheets_of_shop,
    tax::{self, Listed},
    wallets, withheld,
};
use crate::{
    domain::Ctx,
    kernel::{
        format,
        locale::{self, Lang, t},
    },
};
use chrono::NaiveDate;
use entity::value::{WithholdingStatus, business_day};
use sea_orm::DbErr;

/// A report that is a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// What was invoiced and received, by month.
    Revenue,
    /// Recurring revenue, by month.
    Mrr,
    /// Who owes how much, by age, at the end of the last day.
    Ageing,
    /// What gateways received and gave back.
    Gateways,
    /// Who has money in his wallet at the end of the last day.
    Wallets,
    /// Documents with tax to be declared.
    Tax,
    /// Income tax that customers withheld.
    Withheld,
    /// How products and plans do, by plan.
    Products,
    /// How full plans are at the moment it is made.
    Quota,
}

impl Report {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Revenue,
        Self::Mrr,
        Self::Products,
        Self::Quota,
        Self::Ageing,
        Self::Gateways,
        Self::Wallets,
        Self::Tax,
        Self::Withheld,
    ];

    /// Its word: in addresses, in what is stored, in the keys of its words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Mrr => "mrr",
            Self::Ageing => "ageing",
            Self::Gateways => "gateways",
            Self::Wallets => "wallets",
            Self::Tax => "tax",
            Self::Withheld => "withheld",
            Self::Products => "products",
            Self::Quota => "quota",
        }
    }

    /// The report a word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|report| report.as_str() == word)
    }

    /// What it is called.
    pub fn title(self, lang: Lang) -> String {
        t(lang, &format!("nav-report-{}", self.as_str()))
    }
}

/// A table with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The name of its file.
    pub name: String,
    /// Headings of its columns.
    pub headings: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Value>>,
}

impl Sheet {
    /// Its text, for a spreadsheet.
    pub fn csv(self) -> String {
        csv::file(&self.headings, self.rows)
    }
}

/// The table of `report` over `range`; of one that is about a day, of the last one.
///
/// # Errors
/// The database.
pub async fn sheet(ctx: &Ctx, report: Report, range: Range, lang: Lang) -> Result<Sheet, DbErr> {
    match report {
        Report::Revenue => revenue_sheet(ctx, range, lang).await,
        Report::Mrr => mrr_sheet(ctx, range, lang).await,
        Report::Ageing => ageing_sheet(ctx, range.last(), lang).await,
        Report::Gateways => gateways_sheet(ctx, range, lang).await,
        Report::Wallets => wallets_sheet(ctx, range, lang).await,
        Report::Tax => tax_sheet(ctx, range, lang).await,
        Report::Withheld => withheld_sheet(ctx, range, None, lang).await,
        Report::Products => sheets_of_shop::products(ctx, range, lang).await,
        Report::Quota => sheets_of_shop::quota(ctx, lang).await,
    }
}

pub(super) fn made(lang: Lang, name: &str, range: Range, heads: &[&str], rows: Vec<Vec<Value>>) -> Sheet {
    Sheet {
        name: format!("{name}-{}-{}.csv", range.from, range.last()),
        headings: heads.iter().map(|key| t(lang, key)).collect(),
        rows,
    }
}

/// Hundredths of a percent in words.
pub fn percent(share_bp: i64, lang: Lang) -> String {
    let mark = match lang {
        Lang::Id => ',',
        Lang::En => '.',
    };
    let (sign, share) = (if share_bp < 0 { "-" } else { "" }, share_bp.unsigned_abs());
    format!("{sign}{}{mark}{:02} %", format::number(i64::try_from(share / 100).unwrap_or(i64::MAX), lang), share % 100)
}

/// Columns of a month of revenue, after its name.
pub const REVENUE: [&str; 11] = [
    "report-invoiced",
    "report-voided",
    "report-credited",
    "report-issued",
    "report-earned",
    "report-deferred",
    "report-written-off",
    "report-received",
    "report-refunded",
    "report-reversed",
    "report-kept",
];

/// Their amounts.
pub fn of_revenue(month: &revenue::Month) -> [i64; 11] {
    [
        month.invoiced_minor,
        month.voided_minor,
        month.credited_minor,
        month.issued_minor(),
        month.earned_minor,
        month.deferred_minor,
        month.written_off_minor,
        month.received_minor,
        month.refunded_minor,
        month.reversed_minor,
        month.kept_minor(),
    ]
}

async fn revenue_sheet(ctx: &Ctx, range: Range, lang: Lang) -> Result<Sheet, DbErr> {
    let report = revenue::report(ctx, range).await?;
    let heads: Vec<&str> = ["report-month"].into_iter().chain(REVENUE).collect();
    let rows = report.months.iter().map(|month| {
        let figures = of_revenue(month).into_iter().map(Value::from);
        std::iter::once(Value::from(month.month.as_str())).chain(figures).collect()
    });
    Ok(made(lang, "revenue", range, &heads, rows.collect()))
}

/// Amounts of a month of recurring revenue, after its name.
pub const MRR: [&str; 6] = [
    "report-mrr-start",
    "report-mrr-new",
    "report-mrr-expansion",
    "report-mrr-contraction",
    "report-mrr-churned",
    "report-mrr-end",
];

/// Their amounts.
pub fn of_mrr(month: &mrr::Month) -> [i64; 6] {
    [
        month.start_minor,
        month.new_minor,
        month.expansion_minor,
        month.contraction_minor,
        month.churned_minor,
        month.end_minor(),
    ]
}

async fn mrr_sheet(ctx: &Ctx, range: Range, lang: Lang) -> Result<Sheet, DbErr> {
    let report = mrr::report(ctx, range).await?;
    let counts = ["report-contracts", "report-customers-start", "report-customers-lost", "report-customers-end"];
    let heads: Vec<&str> = ["report-month"].into_iter().chain(MRR).chain(counts).collect();
    let rows = report.months.iter().map(|month| {
        let figures = of_mrr(month).into_iter().map(Value::from);
        let counts = [month.contracts, month.customers_start, month.customers_lost, month.customers_end];
        std::iter::once(Value::from(month.month.as_str())).chain(figures).chain(counts.map(Value::from)).collect()
    });
    Ok(made(lang, "mrr", report.range, &heads, rows.collect()))
}

/// The ages of debts, youngest first.
pub const AGES: [&str; 5] = ["report-not-due", "report-days-30", "report-days-60", "report-days-90", "report-older"];

async fn ageing_sheet(ctx: &Ctx, day: NaiveDate, lang: Lang) -> Result<Sheet, DbErr> {
    let debtors = ageing::all_debtors(ctx, ageing::end_of(ctx, day)).await?;
    let heads: Vec<&str> =
        ["whm-customer", "report-customer-id", "nav-invoices"].into_iter().chain(AGES).chain(["whm-total"]).collect();
    let rows = debtors.iter().map(|debtor| {
        let who: Vec<Value> =
            vec![debtor.name.as_deref().into(), debtor.customer_id.as_str().into(), debtor.invoices.into()];
        let ages = debtor.ages.each().into_iter().map(Value::from);
        who.into_iter().chain(ages).chain([debtor.ages.total_minor().into()]).collect()
    });
    let range = Range { from: day, until: day.succ_opt().unwrap_or(day) };
    Ok(made(lang, "receivables", range, &heads, rows.collect()))
}

/// An account of the ledger in words.
pub fn account(lang: Lang, name: Option<&String>, code: &str) -> String {
    let key = format!("ledger-account-kind-{code}");
    match name {
        Some(name) => name.clone(),
        None if locale::exists(lang, &key) => t(lang, &key),
        None => code.to_owned(),
    }
}

/// The way to pay of a line in words.
pub fn method(lang: Lang, line: &gateways::Line) -> String {
    let Some(word) = line.method.as_deref().filter(|word| !word.is_empty()) else {
        return t(lang, "report-no-payment");
    };
    let key = format!("payment-method-{}", word.replace('_', "-"));
    if locale::exists(lang, &key) { t(lang, &key) } else { word.to_owned() }
}

async fn gateways_sheet(ctx: &Ctx, range: Range, lang: Lang) -> Result<Sheet, DbErr> {
    let report = gateways::report(ctx, range).await?;
    let heads = [
        "report-account",
        "whm-method",
        "nav-payments",
        "report-received",
        "whm-fee",
        "report-refund-count",
        "report-refunded",
        "report-reversed",
        "report-other",
        "report-change",
    ];
    let rows = report.lines.iter().map(|line| -> Vec<Value> {
        vec![
            account(lang, line.name.as_ref(), &line.account).into(),
            method(lang, line).into(),
            line.payments.into(),
            line.received_minor.into(),
            line.fee_minor.into(),
            line.refunds.into(),
            line.refunded_minor.into(),
            line.reversed_minor.into(),
            line.other_minor.into(),
            line.change_minor().into(),
        ]
    });
    Ok(made(lang, "gateways", range, &heads, rows.collect()))
}

async fn wallets_sheet(ctx: &Ctx, range: Range, lang: Lang) -> Result<Sheet, DbErr> {
    let holders = wallets::all_holders(ctx, range).await?;
    let heads = ["whm-customer", "report-customer-id", "report-wallet-balance"];
    let rows = holders.iter().map(|holder| -> Vec<Value> {
        vec![holder.name.as_deref().into(), holder.customer_id.as_str().into(), holder.balance_minor.into()]
    });
    Ok(made(lang, "wallets", range, &heads, rows.collect()))
}

async fn tax_sheet(ctx: &Ctx, range: Range, lang: Lang) -> Result<Sheet, DbErr> {
    let mut rows = tax::all_rows(ctx, range, Listed::Invoices).await?;
    rows.extend(tax::all_rows(ctx, range, Listed::Returns).await?);
    let heads = [
        "report-kind",
        "whm-number",
        "report-of-invoice",
        "report-date",
        "whm-customer",
        "report-npwp",
        "report-dpp",
        "report-dpp-other",
        "report-ppn",
        "whm-total",
        "report-exempt-why",
    ];
    let cells = rows.into_iter().map(|row| tax_line(lang, &row)).collect();
    Ok(made(lang, "tax", range, &heads, cells))
}

fn tax_line(lang: Lang, row: &tax::Row) -> Vec<Value> {
    let kind = match (row.id == row.invoice_id, row.taxed) {
        (true, 1) => "report-taxed",
        (true, 2) => "report-collected",
        (true, _) => "report-exempt",
        (false, 1) => "report-returned",
        (false, 2) => "report-collected-returned",
        (false, _) => "report-exempt-returned",
    };
    let of = row.invoice_number.as_deref().filter(|_| row.id != row.invoice_id);
    vec![
        t(lang, kind).into(),
        row.number.as_deref().into(),
        of.into(),
        business_day(row.counts_at).to_string().into(),
        row.buyer_name().into(),
        row.buyer_npwp().map(csv::digits).as_deref().into(),
        row.net_minor.into(),
        row.other_base_minor.into(),
        row.tax_minor.into(),
        (row.net_minor + row.tax_minor).into(),
        row.exempt_reason().into(),
    ]
}

/// Withheld tax over `range` that stands so; all of it where nobody says.
///
/// # Errors
/// The database.
pub async fn withheld_sheet(
    ctx: &Ctx,
    range: Range,
    status: Option<WithholdingStatus>,
    lang: Lang,
) -> Result<Sheet, DbErr> {
    let lines = withheld::all_lines(ctx, range, status).await?;
    let heads = [
        "whm-invoice",
        "whm-customer",
        "whm-status",
        "report-dpp",
        "report-withheld-amount",
        "report-withheld-declared",
        "report-withheld-due",
        "report-withheld-number",
        "report-withheld-date",
        "report-withheld-received",
    ];
    let day = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| business_day(at).to_string());
    let rows = lines.iter().map(|line| -> Vec<Value> {
        let row = &line.row;
        vec![
            line.invoice_number.as_deref().into(),
            line.customer.as_deref().into(),
            t(lang, &format!("withholding-status-{}", row.status.as_str().replace('_', "-"))).into(),
            row.base_minor.into(),
            row.amount_minor.into(),
            business_day(row.declared_at).to_string().into(),
            business_day(row.proof_due_at).to_string().into(),
            row.proof_number.as_deref().into(),
            row.proof_date.map(|date| date.to_string()).as_deref().into(),
            day(row.received_at).as_deref().into(),
        ]
    });
    Ok(made(lang, "withheld", range, &heads, rows.collect()))
}
