//! `/api/whm/reports`: money and tax over a span of days, with the figures of the pages. Amounts are whole rupiah.
use crate::{
    api::{ApiResult, extract::PageQuery, principal::Staff},
    domain::reports::{
        ageing, gateways, journal, mrr,
        range::Range,
        revenue,
        tax::{self, Listed, Part},
        wallets,
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use entity::value::business_day;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
pub(super) struct Span {
    /// First day, Jakarta; without it the report's usual span.
    from: Option<String>,
    /// Last day, included; at most 60 months after the first.
    to: Option<String>,
}

impl Span {
    /// The days asked for; `default` of today where nothing is said.
    pub(super) fn range(&self, now: DateTime<Utc>, default: fn(NaiveDate) -> Range) -> ApiResult<Range> {
        Ok(Range::parse(self.from.as_deref(), self.to.as_deref(), default(business_day(now)))?)
    }
}

#[derive(Serialize, ToSchema)]
struct PartOut {
    documents: i64,
    /// Net (DPP).
    net: i64,
    /// DPP nilai lain, rounded once per line.
    other_base: i64,
    /// PPN.
    tax: i64,
}

impl From<Part> for PartOut {
    fn from(part: Part) -> Self {
        let Part { documents, net_minor: net, other_base_minor: other_base, tax_minor: tax } = part;
        Self { documents, net, other_base, tax }
    }
}

#[derive(Serialize, ToSchema)]
struct TieOut {
    /// What the tax account of the ledger gained in the span.
    booked: i64,
    /// Of that: of documents that fall due at another time or never.
    elsewhere: i64,
    /// Booked at another time for documents of this report.
    earlier: i64,
    /// What the ledger holds for the documents of this report.
    ledger: i64,
    /// Whether that is the report's tax.
    holds: bool,
}

#[derive(Serialize, ToSchema)]
struct TaxRowOut {
    /// Id of the invoice or of the credit note.
    id: String,
    number: Option<String>,
    invoice_id: String,
    invoice_number: Option<String>,
    customer_id: String,
    buyer: String,
    npwp: Option<String>,
    /// Day that decides the month, Jakarta.
    date: NaiveDate,
    net: i64,
    other_base: i64,
    tax: i64,
    is_taxed: bool,
    /// Whether the buyer pays the tax to the state himself.
    is_collected_by_buyer: bool,
}

#[derive(Serialize, ToSchema)]
struct MonthOut {
    /// `2026-11`.
    month: String,
    amount: i64,
}

fn months(series: Vec<(String, i64)>) -> Vec<MonthOut> {
    series.into_iter().map(|(month, amount)| MonthOut { month, amount }).collect()
}

#[derive(Serialize, ToSchema)]
struct TaxOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: String,
    /// Whether the seller is registered for PPN.
    is_pkp: bool,
    /// Taxed invoices less their returns.
    declared: PartOut,
    taxed: PartOut,
    /// Credit notes; below zero.
    returned: PartOut,
    /// Invoices whose tax the buyer pays to the state himself.
    collected: PartOut,
    /// Their credit notes; below zero.
    collected_returned: PartOut,
    exempt: PartOut,
    exempt_returned: PartOut,
    tie: TieOut,
    /// Tax to be declared by month: the twelve that end with the span, or its own where it is longer.
    months: Vec<MonthOut>,
    /// Documents, oldest first.
    data: Vec<TaxRowOut>,
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
pub(super) struct TaxQuery {
    /// Which documents `data` lists: `invoices` (unless said otherwise) or `returns`.
    list: Option<String>,
}

/// The tax report by tax point, this month unless said otherwise.
#[utoipa::path(tag = "whm-reports", params(Span, TaxQuery, PageQuery), responses((status = 200, body = TaxOut)))]
#[get("/api/whm/reports/tax")]
pub async fn report_tax(
    staff: Staff<can::ReadReports>,
    span: web::Query<Span>,
    query: web::Query<TaxQuery>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::month_of)?;
    let listed = if query.list.as_deref() == Some("returns") { Listed::Returns } else { Listed::Invoices };
    let report = tax::report(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let rows = tax::rows(&staff.ctx, range, listed, &page.request()?).await.map_err(CommonFault::from)?;
    let series = tax::by_month(&staff.ctx, range.charted()).await.map_err(CommonFault::from)?;
    let tie = report.tie;
    let data = rows.rows.into_iter().map(|row| TaxRowOut {
        buyer: row.buyer_name().to_owned(),
        npwp: row.buyer_npwp().map(str::to_owned),
        date: business_day(row.counts_at),
        net: row.net_minor,
        other_base: row.other_base_minor,
        tax: row.tax_minor,
        is_taxed: row.taxed != 0,
        is_collected_by_buyer: row.taxed == 2,
        id: row.id,
        number: row.number,
        invoice_id: row.invoice_id,
        invoice_number: row.invoice_number,
        customer_id: row.customer_id,
    });
    Ok(HttpResponse::Ok().json(TaxOut {
        from: range.from,
        to: range.last(),
        currency: home(),
        is_pkp: report.is_pkp,
        declared: report.total().into(),
        taxed: report.taxed.into(),
        returned: report.returned.into(),
        collected: report.collected.into(),
        collected_returned: report.collected_returned.into(),
        exempt: report.exempt.into(),
        exempt_returned: report.exempt_returned.into(),
        tie: TieOut {
            booked: tie.booked_minor,
            elsewhere: tie.elsewhere_minor,
            earlier: tie.earlier_minor,
            ledger: tie.ledger_minor,
            holds: tie.holds(),
        },
        months: months(series),
        data: data.collect(),
        next_cursor: rows.next_cursor,
    }))
}

fn home() -> String {
    entity::value::IDR.to_owned()
}

#[derive(Serialize, ToSchema)]
struct RevenueMonthOut {
    /// `2026-11`.
    month: String,
    /// Net of invoices issued.
    invoiced: i64,
    voided: i64,
    credited: i64,
    /// Invoiced less voided and credited.
    issued: i64,
    /// What became revenue: at issue, or day by day of its service.
    earned: i64,
    /// By how much more is still to be earned than before.
    deferred: i64,
    /// Bad debts given up, less those recovered.
    written_off: i64,
    /// Money that came, tax included.
    received: i64,
    refunded: i64,
    /// Taken back by gateways.
    reversed: i64,
}

#[derive(Serialize, ToSchema)]
struct RevenueProductOut {
    /// Null for lines without a contract.
    product: Option<String>,
    kind: String,
    issued: i64,
    /// Net lines of invoices paid in full in the span.
    paid: i64,
}

#[derive(Serialize, ToSchema)]
struct RevenueOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: String,
    months: Vec<RevenueMonthOut>,
    products: Vec<RevenueProductOut>,
    /// Revenue the ledger booked by documents.
    ledger: i64,
    /// Whether that is what was issued.
    ties: bool,
}

/// What was invoiced and received, the last twelve months unless said otherwise.
#[utoipa::path(tag = "whm-reports", params(Span), responses((status = 200, body = RevenueOut)))]
#[get("/api/whm/reports/revenue")]
pub async fn report_revenue(staff: Staff<can::ReadReports>, span: web::Query<Span>) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::last_twelve)?;
    let report = revenue::report(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let ties = report.ties();
    let month = |month: revenue::Month| RevenueMonthOut {
        issued: month.issued_minor(),
        month: month.month,
        invoiced: month.invoiced_minor,
        voided: month.voided_minor,
        credited: month.credited_minor,
        earned: month.earned_minor,
        deferred: month.deferred_minor,
        written_off: month.written_off_minor,
        received: month.received_minor,
        refunded: month.refunded_minor,
        reversed: month.reversed_minor,
    };
    let product = |product: revenue::Product| RevenueProductOut {
        product: product.name,
        kind: product.kind,
        issued: product.issued_minor,
        paid: product.paid_minor,
    };
    Ok(HttpResponse::Ok().json(RevenueOut {
        from: range.from,
        to: range.last(),
        currency: home(),
        months: report.months.into_iter().map(month).collect(),
        products: report.products.into_iter().map(product).collect(),
        ledger: report.ledger_minor,
        ties,
    }))
}

#[derive(Serialize, ToSchema)]
struct AgesOut {
    not_due: i64,
    days_30: i64,
    days_60: i64,
    days_90: i64,
    older: i64,
    total: i64,
}

impl From<ageing::Ages> for AgesOut {
    fn from(ages: ageing::Ages) -> Self {
        let [not_due, days_30, days_60, days_90, older] = ages.each();
        Self { not_due, days_30, days_60, days_90, older, total: ages.total_minor() }
    }
}

#[derive(Serialize, ToSchema)]
struct DebtorOut {
    customer_id: String,
    name: Option<String>,
    invoices: i64,
    open: AgesOut,
}

#[derive(Serialize, ToSchema)]
struct AgeingOut {
    /// The instant the report is about.
    at: DateTime<Utc>,
    currency: String,
    customers: i64,
    invoices: i64,
    open: AgesOut,
    /// The receivable accounts of the ledger.
    ledger: i64,
    ties: bool,
    /// Given up as bad debts until then and not recovered.
    written_off: i64,
    /// Who owes, the most first.
    data: Vec<DebtorOut>,
    next_cursor: Option<String>,
}

/// What customers owe, by age, at the end of the day `to`; now unless said otherwise. `from` means nothing here.
#[utoipa::path(tag = "whm-reports", params(Span, PageQuery), responses((status = 200, body = AgeingOut)))]
#[get("/api/whm/reports/ageing")]
pub async fn report_ageing(
    staff: Staff<can::ReadReports>,
    span: web::Query<Span>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let one = Span { from: span.to.clone(), to: span.to.clone() };
    let today = business_day(staff.ctx.now());
    let day = match span.to {
        Some(_) => one.range(staff.ctx.now(), Range::month_of)?.last(),
        None => today,
    };
    let at = ageing::end_of(&staff.ctx, day.min(today));
    let report = ageing::report(&staff.ctx, at).await.map_err(CommonFault::from)?;
    let rows = ageing::debtors(&staff.ctx, at, &page.request()?).await.map_err(CommonFault::from)?;
    let data = rows.rows.into_iter().map(|row| DebtorOut {
        customer_id: row.customer_id,
        name: row.name,
        invoices: row.invoices,
        open: row.ages.into(),
    });
    Ok(HttpResponse::Ok().json(AgeingOut {
        at,
        currency: home(),
        customers: report.customers,
        invoices: report.invoices,
        open: report.ages.into(),
        ledger: report.ledger_minor,
        ties: report.ties(),
        written_off: report.written_off_minor,
        data: data.collect(),
        next_cursor: rows.next_cursor,
    }))
}

#[derive(Serialize, ToSchema)]
struct GatewayLineOut {
    /// Account of the ledger: `gateway_clearing:…` or `bank`.
    account: String,
    name: Option<String>,
    gateway: Option<String>,
    method: Option<String>,
    payments: i64,
    received: i64,
    /// As far as gateways say it.
    fee: i64,
    refunds: i64,
    refunded: i64,
    reversed: i64,
    /// Other bookings, as the ledger signs them.
    other: i64,
}

#[derive(Serialize, ToSchema)]
struct GatewayBalanceOut {
    account: String,
    name: Option<String>,
    opening: i64,
    closing: i64,
}

#[derive(Serialize, ToSchema)]
struct GatewaysOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: String,
    lines: Vec<GatewayLineOut>,
    balances: Vec<GatewayBalanceOut>,
    /// What gateways charged for disputes, less what they gave back of it.
    dispute_fees: i64,
    /// Whether each account changed by what its lines say.
    ties: bool,
}

/// What gateways and the bank received and gave back, this month unless said otherwise.
#[utoipa::path(tag = "whm-reports", params(Span), responses((status = 200, body = GatewaysOut)))]
#[get("/api/whm/reports/gateways")]
pub async fn report_gateways(staff: Staff<can::ReadReports>, span: web::Query<Span>) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::month_of)?;
    let report = gateways::report(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let ties = report.ties();
    let line = |line: gateways::Line| GatewayLineOut {
        account: line.account,
        name: line.name,
        gateway: line.gateway,
        method: line.method,
        payments: line.payments,
        received: line.received_minor,
        fee: line.fee_minor,
        refunds: line.refunds,
        refunded: line.refunded_minor,
        reversed: line.reversed_minor,
        other: line.other_minor,
    };
    let balance = |balance: gateways::Balance| GatewayBalanceOut {
        account: balance.account,
        name: balance.name,
        opening: balance.opening_minor,
        closing: balance.closing_minor,
    };
    Ok(HttpResponse::Ok().json(GatewaysOut {
        from: range.from,
        to: range.last(),
        currency: home(),
        lines: report.lines.into_iter().map(line).collect(),
        balances: report.balances.into_iter().map(balance).collect(),
        dispute_fees: report.dispute_fees_minor,
        ties,
    }))
}

#[derive(Serialize, ToSchema)]
struct MrrMonthOut {
    /// `2026-11`.
    month: String,
    start: i64,
    new: i64,
    expansion: i64,
    contraction: i64,
    churned: i64,
    /// start + new + expansion − contraction − churned.
    end: i64,
    /// Contracts that counted when the month ended.
    contracts: i64,
    customers_start: i64,
    customers_lost: i64,
    customers_end: i64,
    /// Hundredths of a percent; null where there was nobody.
    logo_churn_bp: Option<i64>,
    /// Hundredths of a percent; null where there was nothing.
    revenue_churn_bp: Option<i64>,
}

#[derive(Serialize, ToSchema)]
struct MrrProductOut {
    product: String,
    contracts: i64,
    mrr: i64,
}

#[derive(Serialize, ToSchema)]
struct MrrOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: String,
    months: Vec<MrrMonthOut>,
    /// At the end of the span.
    products: Vec<MrrProductOut>,
}

/// Recurring revenue and churn by whole months, the last twelve unless said otherwise.
#[utoipa::path(tag = "whm-reports", params(Span), responses((status = 200, body = MrrOut)))]
#[get("/api/whm/reports/mrr")]
pub async fn report_mrr(staff: Staff<can::ReadReports>, span: web::Query<Span>) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::last_twelve)?;
    let report = mrr::report(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let month = |month: mrr::Month| MrrMonthOut {
        end: month.end_minor(),
        logo_churn_bp: month.logo_churn_bp(),
        revenue_churn_bp: month.revenue_churn_bp(),
        month: month.month,
        start: month.start_minor,
        new: month.new_minor,
        expansion: month.expansion_minor,
        contraction: month.contraction_minor,
        churned: month.churned_minor,
        contracts: month.contracts,
        customers_start: month.customers_start,
        customers_lost: month.customers_lost,
        customers_end: month.customers_end,
    };
    let product = |product: mrr::Product| MrrProductOut {
        product: product.name,
        contracts: product.contracts,
        mrr: product.mrr_minor,
    };
    Ok(HttpResponse::Ok().json(MrrOut {
        from: report.range.from,
        to: report.range.last(),
        currency: home(),
        months: report.months.into_iter().map(month).collect(),
        products: report.products.into_iter().map(product).collect(),
    }))
}

#[derive(Serialize, ToSchema)]
struct WalletMovementOut {
    /// `top_up`, `payment`, `refund`, `adjustment`, `overpayment`, `payout` or `transfer`.
    r#type: String,
    times: i64,
    r#in: i64,
    out: i64,
}

#[derive(Serialize, ToSchema)]
struct HolderOut {
    customer_id: String,
    name: Option<String>,
    balance: i64,
}

#[derive(Serialize, ToSchema)]
struct WalletsOut {
    from: NaiveDate,
    to: NaiveDate,
    currency: String,
    /// What was owed when the span began, by the ledger.
    opening: i64,
    /// What was owed when it ended, by the ledger.
    closing: i64,
    /// Set aside at this moment.
    held: i64,
    movements: Vec<WalletMovementOut>,
    /// What was owed at the end of each month: the twelve that end with the span, or its own where it is longer.
    months: Vec<MonthOut>,
    /// Whether the movements explain the change.
    ties: bool,
    /// Wallets that were not empty when the span ended, the fullest first.
    data: Vec<HolderOut>,
    next_cursor: Option<String>,
}

/// What is owed to customers in their wallets, this month unless said otherwise.
#[utoipa::path(tag = "whm-reports", params(Span, PageQuery), responses((status = 200, body = WalletsOut)))]
#[get("/api/whm/reports/wallets")]
pub async fn report_wallets(
    staff: Staff<can::ReadReports>,
    span: web::Query<Span>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::month_of)?;
    let report = wallets::report(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let rows = wallets::holders(&staff.ctx, range, &page.request()?).await.map_err(CommonFault::from)?;
    let series = wallets::by_month(&staff.ctx, range.charted(), report.closing_minor);
    let series = series.await.map_err(CommonFault::from)?;
    let ties = report.ties();
    let movement = |moved: &wallets::Movement| WalletMovementOut {
        r#type: moved.r#type.as_str().to_owned(),
        times: moved.times,
        r#in: moved.in_minor,
        out: moved.out_minor,
    };
    let data = rows.rows.into_iter().map(|row| HolderOut {
        customer_id: row.customer_id,
        name: row.name,
        balance: row.balance_minor,
    });
    Ok(HttpResponse::Ok().json(WalletsOut {
        from: range.from,
        to: range.last(),
        currency: home(),
        opening: report.opening_minor,
        closing: report.closing_minor,
        held: report.held_minor,
        movements: report.movements.iter().map(movement).collect(),
        months: months(series),
        ties,
        data: data.collect(),
        next_cursor: rows.next_cursor,
    }))
}

#[derive(Serialize, ToSchema)]
struct JournalLineOut {
    /// Code of the account in the ledger.
    account: String,
    /// `receivable`, `bank`, `revenue`, …
    account_kind: String,
    /// Customer or gateway account behind it.
    owner: Option<String>,
    debit: i64,
    credit: i64,
    currency: String,
}

#[derive(Serialize, ToSchema)]
struct JournalPostingOut {
    id: String,
    posted_at: DateTime<Utc>,
    /// `invoice_issued`, `payment_settled`, …
    kind: String,
    description: String,
    /// Table (singular) of the fact behind it.
    source_type: String,
    source_id: String,
    /// Number or reference of the document.
    document: Option<String>,
    lines: Vec<JournalLineOut>,
}

#[derive(Serialize, ToSchema)]
struct JournalTotalOut {
    currency: String,
    debit: i64,
    credit: i64,
}

#[derive(Serialize, ToSchema)]
struct JournalOut {
    from: NaiveDate,
    to: NaiveDate,
    /// Of the whole span.
    totals: Vec<JournalTotalOut>,
    /// Postings, oldest first.
    data: Vec<JournalPostingOut>,
    next_cursor: Option<String>,
}

/// The journal: postings with debit and credit, this month unless said otherwise.
#[utoipa::path(tag = "whm-reports", params(Span, PageQuery), responses((status = 200, body = JournalOut)))]
#[get("/api/whm/reports/journal")]
pub async fn report_journal(
    staff: Staff<can::ReadReports>,
    span: web::Query<Span>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let range = span.range(staff.ctx.now(), Range::month_of)?;
    let totals = journal::totals(&staff.ctx, range).await.map_err(CommonFault::from)?;
    let lines = journal::lines(&staff.ctx, range, &page.request()?).await.map_err(CommonFault::from)?;
    let mut data: Vec<JournalPostingOut> = Vec::new();
    for line in lines.rows {
        let side = JournalLineOut {
            debit: line.debit_minor(),
            credit: line.credit_minor(),
            account: line.account,
            account_kind: line.account_kind,
            owner: line.owner,
            currency: line.currency,
        };
        match data.last_mut().filter(|posting| posting.id == line.id) {
            Some(posting) => posting.lines.push(side),
            None => data.push(JournalPostingOut {
                id: line.id,
                posted_at: line.posted_at,
                kind: line.kind,
                description: line.description,
                source_type: line.source_type,
                source_id: line.source_id,
                document: line.document,
                lines: vec![side],
            }),
        }
    }
    let total = |total: journal::Total| JournalTotalOut {
        currency: total.currency,
        debit: total.debit_minor,
        credit: total.credit_minor,
    };
    Ok(HttpResponse::Ok().json(JournalOut {
        from: range.from,
        to: range.last(),
        totals: totals.into_iter().map(total).collect(),
        data,
        next_cursor: lines.next_cursor,
    }))
}
