//! Customers.
use super::{
    EmptyForm, billing_day, closing, done, drafts, form_key, history as changes, merging, once,
    query::ListQuery,
    quotes, renewing,
    reports::statement::statement_of,
    sent_key, timeline,
    view::{Action, Cell, DetailPage, Field, Kind, ListPage, Part, Table},
};
use crate::{
    domain::{
        Ctx,
        customers::{self, Filter, Listed, Member, Note},
        ledger::{self, Wallet},
        ordering::quote::find as quoted,
        reports::{audit, timeline as history},
        subscriptions::late_fee,
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        page::PageRequest,
        permission::can,
    },
    web::{
        WebError, flash,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
        tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    customers::customer,
    value::{ApprovalId, CustomerId, CustomerStatus, Money, VatCollector},
};
use serde::Deserialize;

const HOME: &str = "/whm/customers";
/// Price quotes on the page of a customer; the others are in their list.
const QUOTES: u64 = 5;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/customers", web::get().to(list))
        .route("/customers/{id}", web::get().to(show))
        .route("/customers/{id}/notes", web::post().to(note))
        .route("/customers/{id}/wallet", web::post().to(adjust))
        .route("/customers/{id}/tax-country", web::post().to(set_tax_country))
        .route("/customers/{id}/tax-duties", web::post().to(set_tax_duties))
        .route("/customers/{id}/tax-exemption", web::post().to(exempt_from_tax))
        .route("/customers/{id}/tax-exemption/lift", web::post().to(tax_again))
        .route("/customers/{id}/late-fees", web::post().to(exempt))
        .route("/customers/{id}/late-fees/again", web::post().to(charge_again))
        .route("/approvals", web::get().to(approvals))
        .route("/approvals/{id}/approve", web::post().to(approve))
        .route("/approvals/{id}/reject", web::post().to(reject));
}

/// The address of a customer's page.
pub(super) fn page_of(id: &CustomerId) -> String {
    format!("{HOME}/{id}")
}

/// `GET /whm/customers`
pub async fn list(staff: Staff<can::ReadCustomers>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let filter = Filter { search: query.search(), status: CustomerStatus::parse(query.state()) };
    let page = customers::list(&staff.ctx.db, &filter, &query.page()).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, page.rows, page.next_cursor.as_deref()))
}

pub(super) fn list_page(frame: Frame, query: &ListQuery, rows: Vec<Listed>, next: Option<&str>) -> ListPage {
    let columns = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-email"), "cell-sub"),
        (frame.t("whm-company"), ""),
        (frame.t("whm-status"), "cell-side"),
        (frame.t("whm-since"), ""),
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            Cell::link(row.name, format!("{HOME}/{}", row.id)),
            Cell::Text(row.email),
            Cell::maybe(row.company),
            Cell::Status("customer-status", row.status.as_str()),
            Cell::Time(row.created_at),
        ]
    });
    let states: Vec<&str> = CustomerStatus::ALL.iter().map(|status| status.as_str()).collect();
    ListPage {
        title: frame.t("nav-customers"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-search-customers")),
        chips: query.chips(&frame, HOME, "customer-status", &states),
        table: Table::new(frame.t("nav-customers"), columns).with(rows),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// `GET /whm/customers/{id}`
pub async fn show(staff: Staff<can::ReadCustomers>, id: Path<CustomerId>) -> Result<HttpResponse, WebError> {
    let (ctx, id) = (&staff.ctx, id.into_inner());
    let customer = customers::get(&ctx.db, &id).await?;
    if let Some(now) = merging::moved_to(ctx, &customer).await? {
        return Ok(flash::redirect(&now));
    }
    let wallet = ledger::wallet(ctx, &id).await?;
    let members = customers::members_of(&ctx.db, &id).await.map_err(CommonFault::from)?;
    let notes = customers::notes_of(&ctx.db, &id, &PageRequest::default()).await.map_err(CommonFault::from)?;
    let lines = history::of_customer(ctx, &id).await.map_err(CommonFault::from)?;
    let actors = lines.iter().filter_map(|line| match &line.what {
        history::Happened::Change(row) => Some(row.actor_id.clone()),
        _ => None,
    });
    let people = audit::names_of(ctx, actors.collect::<Vec<_>>()).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let events = lines.iter().map(|line| timeline::event(&frame, line, &people)).collect();
    let mut page = detail_page(frame, &customer, &wallet, members, notes.rows);
    // What staff do most stands first; lists of this customer follow what is done.
    let mut lists = std::mem::take(&mut page.actions);
    if staff.may::<can::AdjustWallets>() {
        page.actions.push(wallet_action(&page.frame, &id));
    }
    if staff.may::<can::IssueInvoices>() {
        page.actions.push(drafts::new_action(&page.frame, Some(id.as_str())));
    }
    if staff.may::<can::ManageQuotes>() {
        let new = Action::link(page.frame.t("whm-quote-new"), format!("/whm/quotes/new?customer={id}"), "plus");
        page.actions.push(new);
    }
    if staff.may::<can::NoteCustomers>() {
        page.actions.push(note_action(&page.frame, &id));
    }
    if staff.may::<can::ReadInvoices>() {
        lists.insert(0, Action::link(page.frame.t("statement-title"), statement_of(&id), "file-invoice"));
    }
    if staff.may::<can::ReadQuotes>() {
        let newest = PageRequest { after: None, limit: QUOTES };
        let filter = quoted::Filter { customer_id: Some(id.clone()), ..Default::default() };
        let rows = quoted::list(&ctx.db, &filter, &newest).await.map_err(CommonFault::from)?.rows;
        let names = [(id.clone(), customers::name_of(&customer).to_owned())].into();
        let quotes = quotes::table(&page.frame, &rows, &names);
        page.parts.insert(0, Part::Rows(page.frame.t("nav-quotes"), quotes));
        let all = Action::link(page.frame.t("nav-quotes"), format!("/whm/quotes?customer={id}"), "file-text");
        lists.push(all);
    }
    page.parts.push(Part::History(page.frame.t("timeline-label"), events));
    if staff.may::<can::ChangeCustomers>() {
        let edit = Action::link(page.frame.t("whm-customer-edit"), format!("{HOME}/{id}/edit"), "edit");
        page.actions.push(edit);
    }
    if staff.may::<can::SetTaxCountries>() {
        let action = tax_country_action(&page.frame, &customer);
        page.actions.push(action);
    }
    if staff.may::<can::SetTaxDuties>() {
        let action = tax_duties_action(&page.frame, &customer);
        page.actions.push(action);
        let action = tax_exemption_action(&page.frame, &customer);
        page.actions.push(action);
    }
    if staff.may::<can::ControlAutomation>() {
        let action = billing_day::ask_to_pause(&page.frame, Field::hidden("target", format!("customer:{id}")));
        page.actions.push(action);
        let exemption = late_fee::exemption(&ctx.db, &id).await.map_err(CommonFault::from)?;
        let action = late_fee_action(&page.frame, &id, exemption.is_some());
        page.actions.push(action);
        let reason = exemption.map(|row| row.reason);
        page.facts.push((page.frame.t("whm-late-fee-exempt"), Cell::maybe(reason)));
    }
    page.actions.extend(lists);
    changes::offer(&staff, &page.frame, &mut page.actions, &format!("{HOME}/{id}"));
    renewing::complete(&staff, &mut page, &customer);
    merging::complete(&staff, &mut page, &customer).await?;
    closing::complete(&staff, &mut page, &customer, &wallet).await?;
    respond::page(&page)
}

fn note_action(frame: &Frame, id: &CustomerId) -> Action {
    let text = frame.t("whm-note-text");
    Action::ask(frame.t("whm-note-add"), text, "note", format!("{HOME}/{id}/notes"), "pencil").with(vec![Field::new(
        "body",
        frame.t("whm-note"),
        Kind::Long,
    )])
}

fn tax_country_action(frame: &Frame, customer: &customer::Model) -> Action {
    let action = format!("{HOME}/{}/tax-country", customer.id);
    Action::ask(frame.t("whm-tax-country-set"), frame.t("whm-tax-country-text"), "tax-country", action, "world").with(
        vec![
            Field::line("country_code", frame.t("whm-country-code"))
                .help(frame.t("whm-country-code-help"))
                .value(customer.country_code.clone()),
            Field::line("reason", frame.t("whm-reason")),
        ],
    )
}

fn tax_duties_action(frame: &Frame, customer: &customer::Model) -> Action {
    let action = format!("{HOME}/{}/tax-duties", customer.id);
    let nobody = (String::new(), frame.t("whm-vat-collector-none"));
    let collectors = VatCollector::ALL.iter().map(|one| (one.to_string(), frame.word("vat-collector", one.as_str())));
    let choice = Kind::Choice([nobody].into_iter().chain(collectors).collect());
    let withholds = if customer.withholds_income_tax { "1" } else { "" };
    Action::ask(frame.t("whm-tax-duties-set"), frame.t("whm-tax-duties-text"), "tax-duties", action, "percentage").with(
        vec![
            Field::new("vat_collector", frame.t("whm-vat-collector"), choice)
                .value(customer.vat_collector.map(VatCollector::as_str).unwrap_or_default())
                .optional(),
            Field::new("withholds_income_tax", frame.t("whm-withholds-income-tax"), Kind::Switch)
                .value(withholds)
                .optional(),
            Field::line("reason", frame.t("whm-reason")),
        ],
    )
}

fn tax_exemption_action(frame: &Frame, customer: &customer::Model) -> Action {
    let place = format!("{HOME}/{}/tax-exemption", customer.id);
    if customer.tax_exempt_reason.is_some() {
        let (text, action) = (frame.t("whm-tax-exemption-lift-text"), format!("{place}/lift"));
        return Action::ask(frame.t("whm-tax-exemption-lift"), text, "tax-exemption", action, "percentage");
    }
    let text = frame.t("whm-tax-exemption-set-text");
    let reason = Field::line("reason", frame.t("whm-tax-exemption-reason")).help(frame.t("whm-tax-exemption-help"));
    Action::ask(frame.t("whm-tax-exemption-set"), text, "tax-exemption", place, "percentage").with(vec![reason])
}

fn late_fee_action(frame: &Frame, id: &CustomerId, is_exempt: bool) -> Action {
    if is_exempt {
        let (text, action) = (frame.t("whm-late-fee-again-text"), format!("{HOME}/{id}/late-fees/again"));
        return Action::ask(frame.t("whm-late-fee-again"), text, "late-fees", action, "cash");
    }
    let (text, action) = (frame.t("whm-late-fee-exempt-text"), format!("{HOME}/{id}/late-fees"));
    Action::ask(frame.t("whm-late-fee-exempt-do"), text, "late-fees", action, "cash")
        .with(vec![Field::line("reason", frame.t("whm-reason"))])
}

fn wallet_action(frame: &Frame, id: &CustomerId) -> Action {
    let direction = vec![("in".to_owned(), frame.t("whm-wallet-in")), ("out".to_owned(), frame.t("whm-wallet-out"))];
    Action::ask(
        frame.t("whm-wallet-adjust"),
        frame.t("whm-wallet-adjust-text"),
        "wallet",
        format!("{HOME}/{id}/wallet"),
        "wallet",
    )
    .with(vec![
        Field::new("direction", frame.t("whm-wallet-direction"), Kind::Choice(direction)),
        Field::number("amount", frame.t("whm-amount")).unit("Rp"),
        Field::line("reason", frame.t("whm-reason")),
        Field::hidden("key", form_key()),
    ])
}

pub(super) fn detail_page(
    frame: Frame,
    customer: &customer::Model,
    wallet: &Wallet,
    members: Vec<Member>,
    notes: Vec<Note>,
) -> DetailPage {
    let id = &customer.id;
    let place = [&customer.city, &customer.state, &customer.postal_code].into_iter().flatten().cloned();
    let street = customer.street_1.clone().into_iter().chain(place).collect::<Vec<_>>().join(", ");
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("customer-status", customer.status.as_str())),
        (frame.t("whm-wallet"), Cell::Money(Money::new(wallet.balance, &wallet.currency))),
        (frame.t("whm-email"), Cell::text(&customer.email)),
        (frame.t("whm-phone"), Cell::maybe(customer.phone.clone())),
        (frame.t("whm-company"), Cell::maybe(customer.company.clone())),
        (frame.t("whm-address"), Cell::maybe(Some(street).filter(|street| !street.is_empty()))),
        (frame.t("whm-country"), Cell::text(&customer.country_code)),
        (frame.t("whm-tax-country"), Cell::text(&customer.tax_country)),
        (frame.t("whm-tax-exempt"), Cell::maybe(customer.tax_exempt_reason.clone())),
        (frame.t("whm-tax-number"), Cell::maybe(customer.npwp.clone())),
        (frame.t("panel-profile-nitku"), Cell::maybe(customer.nitku.clone())),
        (
            frame.t("whm-vat-collector"),
            Cell::maybe(customer.vat_collector.map(|one| frame.word("vat-collector", one.as_str()))),
        ),
        (
            frame.t("whm-income-tax"),
            Cell::maybe(customer.withholds_income_tax.then(|| frame.t("whm-withholds-income-tax"))),
        ),
        (frame.t("whm-risk"), Cell::text(frame.word("risk-level", &customer.risk_level))),
        (frame.t("whm-since"), Cell::Time(customer.created_at)),
        ("ID".to_owned(), Cell::Code(id.0.clone())),
    ];
    let heads =
        [(frame.t("whm-name"), "cell-main"), (frame.t("whm-email"), "cell-sub"), (frame.t("whm-role"), "cell-side")];
    let people = members.into_iter().map(|member| {
        vec![Cell::Text(member.name), Cell::Text(member.email), Cell::text(frame.word("grant", member.grant.as_str()))]
    });
    let note_heads =
        [(frame.t("whm-note"), "cell-main"), (frame.t("whm-by"), "cell-sub"), (frame.t("whm-when"), "cell-side")];
    let notes = notes.into_iter().map(|note| vec![Cell::Text(note.body), Cell::Text(note.author), Cell::Ago(note.at)]);
    let link = |label: String, path: &str, icon| Action::link(label, format!("/whm/{path}?customer={id}"), icon);
    DetailPage {
        title: customers::name_of(customer).to_owned(),
        subtitle: if customer.company.is_some() { customer.name.clone() } else { String::new() },
        back: HOME.to_owned(),
        back_label: frame.t("nav-customers"),
        notice: if customer.risk_level == "high" {
            ("warn", frame.t("whm-risk-high-text"))
        } else if customer.country_code == customer.tax_country {
            ("info", String::new())
        } else {
            ("warn", frame.t("whm-tax-country-differs"))
        },
        actions: vec![
            link(frame.t("nav-invoices"), "invoices", "file-invoice"),
            link(frame.t("nav-payments"), "payments", "credit-card"),
            link(frame.t("nav-receipts"), "receipts", "receipt"),
            link(frame.t("nav-disputes"), "disputes", "alert-octagon"),
            link(frame.t("nav-subscriptions"), "subscriptions", "refresh"),
            link(frame.t("nav-audit"), "audit", "history"),
        ],
        facts,
        parts: vec![
            Part::Rows(frame.t("whm-notes"), Table::new(frame.t("whm-notes"), note_heads).with(notes)),
            Part::Rows(frame.t("whm-members"), Table::new(frame.t("whm-members"), heads).with(people)),
        ],
        frame,
    }
}

/// A note as typed.
#[derive(Deserialize)]
pub struct NoteForm {
    body: String,
}

/// `POST /whm/customers/{id}/notes`
pub async fn note(
    staff: Staff<can::NoteCustomers>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<NoteForm>,
) -> Result<HttpResponse, WebError> {
    customers::add_note(&staff.ctx, &id, &form.body).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-note-added"))
}

/// Where a customer is taxed, as typed.
#[derive(Deserialize)]
pub struct TaxCountryForm {
    country_code: String,
    reason: String,
}

/// `POST /whm/customers/{id}/tax-country`
pub async fn set_tax_country(
    staff: Staff<can::SetTaxCountries>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<TaxCountryForm>,
) -> Result<HttpResponse, WebError> {
    customers::set_tax_country(&staff.ctx, &id, &form.country_code, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-tax-country-saved"))
}

/// What a customer collects for the state, as typed.
#[derive(Deserialize)]
pub struct TaxDutiesForm {
    #[serde(default)]
    vat_collector: String,
    #[serde(default)]
    withholds_income_tax: String,
    reason: String,
}

/// `POST /whm/customers/{id}/tax-duties`
pub async fn set_tax_duties(
    staff: Staff<can::SetTaxDuties>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<TaxDutiesForm>,
) -> Result<HttpResponse, WebError> {
    let vat_collector = match form.vat_collector.as_str() {
        "" => None,
        word => {
            let unknown = || CommonFault::Invalid(vec![FieldFault::new("vat_collector", "unknown")]);
            Some(VatCollector::parse(word).ok_or_else(unknown)?)
        }
    };
    let duties = customers::Duties { vat_collector, withholds_income_tax: form.withholds_income_tax == "1" };
    customers::set_tax_duties(&staff.ctx, &id, duties, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-tax-duties-saved"))
}

/// Why a customer is let off, as typed.
#[derive(Deserialize)]
pub struct ExemptForm {
    reason: String,
}

/// `POST /whm/customers/{id}/tax-exemption`: no tax for this customer.
pub async fn exempt_from_tax(
    staff: Staff<can::SetTaxDuties>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<ExemptForm>,
) -> Result<HttpResponse, WebError> {
    customers::set_tax_exemption(&staff.ctx, &id, Some(&form.reason)).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-tax-exemption-saved"))
}

/// `POST /whm/customers/{id}/tax-exemption/lift`: tax as for everybody.
pub async fn tax_again(
    staff: Staff<can::SetTaxDuties>,
    id: Path<CustomerId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    customers::set_tax_exemption(&staff.ctx, &id, None).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-tax-exemption-lifted"))
}

/// `POST /whm/customers/{id}/late-fees`: no late fees for this customer.
pub async fn exempt(
    staff: Staff<can::ControlAutomation>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<ExemptForm>,
) -> Result<HttpResponse, WebError> {
    late_fee::place_exemption(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-late-fee-exempted"))
}

/// `POST /whm/customers/{id}/late-fees/again`: late fees as for everybody.
pub async fn charge_again(
    staff: Staff<can::ControlAutomation>,
    id: Path<CustomerId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    customers::get(&staff.ctx.db, &id).await?;
    late_fee::lift_exemption(&staff.ctx, &id).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-late-fee-charged-again"))
}

/// A change of a wallet as typed.
#[derive(Deserialize)]
pub struct AdjustForm {
    direction: String,
    amount: i64,
    reason: String,
    key: String,
}

/// `POST /whm/customers/{id}/wallet`
pub async fn adjust(
    staff: Fresh<can::AdjustWallets>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<AdjustForm>,
) -> Result<HttpResponse, WebError> {
    let back = format!("{HOME}/{id}");
    let signed = if form.direction == "out" { form.amount.checked_neg() } else { Some(form.amount) };
    let amount = signed.filter(|_| form.amount > 0).unwrap_or(0);
    let act = async |ctx: &Ctx| Ok(ledger::adjust(ctx, &id, amount, &form.reason).await?);
    Ok(match once(&staff.ctx, "adjust", sent_key(&form.key)?, act).await? {
        Some(ledger::Adjusted::Waiting(_)) => crate::web::flash::see_other(&back, Tone::Info, "whm-wallet-waiting"),
        Some(ledger::Adjusted::Done(_)) => done(&back, "whm-wallet-adjusted"),
        None => crate::web::flash::see_other(&back, Tone::Info, "whm-sent-before"),
    })
}

/// `GET /whm/approvals`
pub async fn approvals(staff: Staff<can::AdjustWallets>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    const HERE: &str = "/whm/approvals";
    let page = ledger::pending_approvals(&staff.ctx, &query.page()).await?;
    let ids = page.rows.iter().filter_map(|row| row.customer_id.clone()).map(CustomerId);
    let names = customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?;
    let askers = page.rows.iter().map(|row| row.requested_by.clone());
    let people = audit::names_of(&staff.ctx, askers).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let columns = [
        (frame.t("whm-customer"), "cell-main"),
        (frame.t("whm-reason"), "cell-sub"),
        (frame.t("whm-by"), ""),
        (frame.t("whm-when"), ""),
        (frame.t("whm-amount"), "cell-side num"),
        (frame.t("whm-decision"), "cell-sub"),
    ];
    let may_decide = staff.may::<can::DecideApprovals>();
    let rows = page.rows.iter().map(|row| {
        let customer = CustomerId(row.customer_id.clone().unwrap_or_default());
        let own = row.requested_by == staff.user_id.0;
        let id = &row.id;
        vec![
            Cell::customer(names.get(&customer), customer.as_str()),
            Cell::Noted(
                row.payload["reason"].as_str().unwrap_or_default().to_owned(),
                frame.word("approval-kind", &row.kind),
            ),
            Cell::text(people.get(&row.requested_by).unwrap_or(&row.requested_by)),
            Cell::Ago(row.created_at),
            Cell::Money(Money::idr(row.amount_minor)),
            if may_decide && !own {
                Cell::Posts(vec![
                    (frame.t("whm-approve"), format!("{HERE}/{id}/approve"), "primary"),
                    (frame.t("whm-reject"), format!("{HERE}/{id}/reject"), "secondary"),
                ])
            } else {
                Cell::text(frame.t("whm-approval-other"))
            },
        ]
    });
    let rows: Vec<_> = rows.collect();
    respond::page(&ListPage {
        title: frame.t("nav-approvals"),
        subtitle: frame.t("whm-approvals-text"),
        actions: Vec::new(),
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-approvals"), columns).with(rows),
        is_filtered: false,
        home: HERE.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HERE, page.next_cursor.as_deref()),
        frame,
    })
}

/// `POST /whm/approvals/{id}/approve`
pub async fn approve(
    staff: Fresh<can::DecideApprovals>,
    id: Path<ApprovalId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    ledger::decide(&staff.ctx, &id, ledger::Decision::Approve).await?;
    Ok(done("/whm/approvals", "whm-approved"))
}

/// `POST /whm/approvals/{id}/reject`
pub async fn reject(
    staff: Fresh<can::DecideApprovals>,
    id: Path<ApprovalId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    ledger::decide(&staff.ctx, &id, ledger::Decision::Reject).await?;
    Ok(done("/whm/approvals", "whm-rejected"))
}
