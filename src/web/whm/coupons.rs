//! Coupons: what there is and how often it is used, made, changed, ended.
use super::{
    EmptyForm, coupon_form as form, done,
    query::ListQuery,
    refuse,
    view::{Action, Cell, DetailPage, ListPage, Part, Table},
};
use crate::{
    domain::{
        catalog::coupon::{
            self as coupons,
            find::{self, Filter},
        },
        customers,
        ordering::coupon::{self as redemptions, Redemption},
    },
    kernel::{fault::CommonFault, format, page::PageRequest, permission::can},
    web::{WebError, forms::SafeForm, frame::Frame, principal::Staff, respond},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    catalog::coupon,
    value::{CouponId, CustomerId, Cycle, Discount, Money},
};
use std::collections::{BTreeMap, HashMap};

/// The list.
pub(super) const HOME: &str = "/whm/coupons";
/// Uses on the page of a coupon; the others have a page of their own.
const NEWEST: u64 = 10;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/coupons", web::get().to(list))
        .route("/coupons/new", web::get().to(new))
        .route("/coupons/new", web::post().to(add))
        .route("/coupons/{id}", web::get().to(show))
        .route("/coupons/{id}/edit", web::get().to(edit))
        .route("/coupons/{id}/edit", web::post().to(save))
        .route("/coupons/{id}/end", web::post().to(end))
        .route("/coupons/{id}/redemptions", web::get().to(uses));
}

/// `GET /whm/coupons`
pub async fn list(staff: Staff<can::ReadCatalog>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let is_over = match query.state() {
        "over" => Some(true),
        "active" => Some(false),
        _ => None,
    };
    let filter = Filter { begins_with: query.search(), is_over };
    let page = find::list(&staff.ctx.db, &filter, staff.ctx.now(), &query.page()).await.map_err(CommonFault::from)?;
    let may_manage = staff.may::<can::ManageCatalog>();
    respond::page(&list_page(staff.frame(), &query, &page.rows, may_manage, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[coupon::Model],
    may_manage: bool,
    next: Option<&str>,
) -> ListPage {
    let columns = [
        (frame.t("whm-coupon-code"), "cell-main"),
        (frame.t("whm-coupon-value"), "cell-side num"),
        (frame.t("whm-coupon-lasts"), ""),
        (frame.t("whm-coupon-uses"), "num"),
        (frame.t("whm-coupon-until"), ""),
        (frame.t("whm-status"), "cell-sub"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(&row.code, format!("{HOME}/{}", row.id)),
            Cell::Text(value(&frame, row)),
            Cell::Text(lasts(&frame, row)),
            Cell::Text(used(&frame, row)),
            row.ends_at.map(coupons::last_day).map_or(Cell::Nothing, Cell::Day),
            Cell::Status("coupon-state", coupons::state_of(row, frame.now)),
        ]
    });
    let add = Action::primary(frame.t("whm-coupon-add"), format!("{HOME}/new"), "plus");
    ListPage {
        title: frame.t("nav-coupons"),
        subtitle: String::new(),
        actions: if may_manage { vec![add] } else { Vec::new() },
        search: (HOME.to_owned(), query.search().unwrap_or_default(), frame.t("whm-coupon-search")),
        chips: query.chips(&frame, HOME, "coupon-state", &["active", "over"]),
        table: Table::new(frame.t("nav-coupons"), columns).with(cells),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// What a coupon takes off: `12,5%` or `Rp 20.000`.
fn value(frame: &Frame, row: &coupon::Model) -> String {
    match coupons::discount_of(row) {
        Discount::Percent(points) => frame.ta("whm-coupon-off", [("percent", form::percent(points, frame.lang))]),
        Discount::Fixed(amount) => frame.money(&Money::new(amount, &row.currency)),
    }
}

fn lasts(frame: &Frame, row: &coupon::Model) -> String {
    match row.renewals {
        Some(0) => frame.t("whm-coupon-lasts-first"),
        Some(count) => frame.ta("whm-coupon-lasts-count", [("n", count)]),
        None => frame.t("whm-coupon-lasts-always"),
    }
}

fn used(frame: &Frame, row: &coupon::Model) -> String {
    let number = |count| format::number(count, frame.lang);
    match row.max_uses {
        Some(most) => frame.ta("whm-coupon-uses-of", [("used", number(row.used)), ("most", number(most))]),
        None => number(row.used),
    }
}

/// What is known of a coupon.
pub(super) struct Facts {
    pub row: coupon::Model,
    /// Slugs and codes of what it is for.
    pub names: Vec<String>,
    /// What it took off paid orders, net, minor units.
    pub given_minor: i64,
    /// Its newest uses.
    pub uses: Vec<Redemption>,
    /// Names of the customers of these.
    pub customers: HashMap<CustomerId, String>,
}

/// `GET /whm/coupons/{id}`
pub async fn show(staff: Staff<can::ReadCatalog>, id: Path<CouponId>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let row = find::get(db, &id).await?;
    let newest = PageRequest { after: None, limit: NEWEST };
    let uses = redemptions::redemptions(db, &id, &newest).await.map_err(CommonFault::from)?.rows;
    let facts = Facts {
        names: find::names_of(db, &row.scope).await.map_err(CommonFault::from)?,
        given_minor: redemptions::given_minor(db, &id).await.map_err(CommonFault::from)?,
        customers: names(&staff, &uses).await?,
        uses,
        row,
    };
    respond::page(&detail_page(staff.frame(), &facts, staff.may::<can::ManageCatalog>()))
}

async fn names(staff: &Staff<can::ReadCatalog>, uses: &[Redemption]) -> Result<HashMap<CustomerId, String>, WebError> {
    let ids: Vec<CustomerId> = uses.iter().map(|(row, _)| row.customer_id.clone()).collect();
    Ok(customers::names_of(&staff.ctx.db, ids).await.map_err(CommonFault::from)?)
}

pub(super) fn detail_page(frame: Frame, facts: &Facts, may_manage: bool) -> DetailPage {
    let row = &facts.row;
    let here = format!("{HOME}/{}", row.id);
    let yes = |is_so: bool| Cell::Text(frame.t(if is_so { "whm-yes" } else { "whm-no" }));
    let money = |minor| Cell::Money(Money::new(minor, &row.currency));
    let count = |count: Option<i64>| {
        Cell::Text(count.map_or_else(|| frame.t("whm-coupon-no-limit"), |count| format::number(count, frame.lang)))
    };
    let cycles: Vec<String> =
        row.scope.cycles.iter().map(|cycle: &Cycle| frame.word("cycle", cycle.as_str())).collect();
    let or_all =
        |words: &[String], all: &str| Cell::Text(if words.is_empty() { frame.t(all) } else { words.join(", ") });
    let known = vec![
        (frame.t("whm-status"), Cell::Status("coupon-state", coupons::state_of(row, frame.now))),
        (frame.t("whm-coupon-code"), Cell::Code(row.code.clone())),
        (frame.t("whm-coupon-value"), Cell::Text(value(&frame, row))),
        (frame.t("whm-coupon-lasts"), Cell::Text(lasts(&frame, row))),
        (frame.t("whm-coupon-uses"), Cell::Text(used(&frame, row))),
        (frame.t("whm-coupon-given"), money(facts.given_minor)),
        (frame.t("whm-coupon-scope"), or_all(&facts.names, "whm-coupon-all")),
        (frame.t("whm-coupon-cycles"), or_all(&cycles, "whm-coupon-all-cycles")),
        (frame.t("whm-coupon-setup"), yes(row.includes_setup)),
        (frame.t("whm-coupon-new"), yes(row.is_for_new_customers)),
        (frame.t("whm-coupon-minimum"), if row.minimum_minor > 0 { money(row.minimum_minor) } else { Cell::Nothing }),
        (frame.t("whm-coupon-max-each"), count(row.max_uses_per_customer)),
        (frame.t("whm-coupon-from"), Cell::maybe_time(row.starts_at)),
        (frame.t("whm-coupon-until"), row.ends_at.map(coupons::last_day).map_or(Cell::Nothing, Cell::Day)),
        (frame.t("whm-coupon-ended"), Cell::maybe_time(row.ended_at)),
        (frame.t("whm-coupon-note"), Cell::maybe(row.note.clone())),
        (frame.t("whm-created"), Cell::Time(row.created_at)),
    ];
    let mut actions = Vec::new();
    if !facts.uses.is_empty() {
        actions.push(Action::link(frame.t("whm-coupon-all-redemptions"), format!("{here}/redemptions"), "list"));
    }
    if may_manage && row.ended_at.is_none() {
        actions.push(Action::link(frame.t("whm-coupon-edit"), format!("{here}/edit"), "edit"));
        let text = frame.t("whm-coupon-end-text");
        actions.push(Action::ask(frame.t("whm-coupon-end"), text, "end", format!("{here}/end"), "ban").danger());
    }
    DetailPage {
        title: row.code.clone(),
        subtitle: value(&frame, row),
        back: HOME.to_owned(),
        back_label: frame.t("nav-coupons"),
        notice: ("info", String::new()),
        actions,
        facts: known,
        parts: vec![Part::Rows(frame.t("whm-coupon-redemptions"), uses_table(&frame, &facts.uses, &facts.customers))],
        frame,
    }
}

fn uses_table(frame: &Frame, uses: &[Redemption], customers: &HashMap<CustomerId, String>) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-coupon-value"), "cell-side num"),
    ];
    let cells = uses.iter().map(|(row, order)| {
        let number = order.as_ref().map_or(row.order_id.as_str(), |order| order.number.as_str());
        vec![
            Cell::link(number, format!("/whm/orders/{}", row.order_id)),
            Cell::customer(customers.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Status("redemption-status", row.status.as_str()),
            Cell::Time(row.created_at),
            Cell::Money(Money::new(row.discount_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("whm-coupon-redemptions"), columns).with(cells)
}

/// `GET /whm/coupons/{id}/redemptions`
pub async fn uses(
    staff: Staff<can::ReadCatalog>,
    id: Path<CouponId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, WebError> {
    let row = find::get(&staff.ctx.db, &id).await?;
    let page = redemptions::redemptions(&staff.ctx.db, &id, &query.page()).await.map_err(CommonFault::from)?;
    let customers = names(&staff, &page.rows).await?;
    respond::page(&uses_page(staff.frame(), &query, &row, &page.rows, &customers, page.next_cursor.as_deref()))
}

pub(super) fn uses_page(
    frame: Frame,
    query: &ListQuery,
    row: &coupon::Model,
    uses: &[Redemption],
    customers: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    let home = format!("{HOME}/{}/redemptions", row.id);
    ListPage {
        title: frame.ta("whm-coupon-redemptions-of", [("code", row.code.as_str())]),
        subtitle: value(&frame, row),
        actions: vec![Action::link(frame.t("action-open"), format!("{HOME}/{}", row.id), "arrow-left")],
        search: Default::default(),
        chips: Vec::new(),
        table: uses_table(&frame, uses, customers),
        is_filtered: false,
        is_later: query.cursor.is_some(),
        next: query.next(&home, next),
        home,
        frame,
    }
}

/// `GET /whm/coupons/new`
pub async fn new(staff: Staff<can::ManageCatalog>) -> Result<HttpResponse, WebError> {
    respond::page(&form::new_page(staff.frame(), &form::blank()))
}

/// `POST /whm/coupons/new`
pub async fn add(
    staff: Staff<can::ManageCatalog>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let added = match form::read(&staff.ctx, &sent, None).await {
        Ok(input) => coupons::add(&staff.ctx, input).await,
        Err(fault) => Err(fault),
    };
    match added {
        Ok(row) => Ok(done(&format!("{HOME}/{}", row.id), "whm-coupon-added")),
        Err(fault) => refuse(fault, form::new_page(staff.frame(), &sent)),
    }
}

/// `GET /whm/coupons/{id}/edit`
pub async fn edit(staff: Staff<can::ManageCatalog>, id: Path<CouponId>) -> Result<HttpResponse, WebError> {
    let row = find::get(&staff.ctx.db, &id).await?;
    let names = find::names_of(&staff.ctx.db, &row.scope).await.map_err(CommonFault::from)?;
    let frame = staff.frame();
    let stored = form::stored(&row, &names, frame.lang);
    respond::page(&form::edit_page(frame, &row, &stored))
}

/// `POST /whm/coupons/{id}/edit`
pub async fn save(
    staff: Staff<can::ManageCatalog>,
    id: Path<CouponId>,
    SafeForm(sent): SafeForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, WebError> {
    let row = find::get(&staff.ctx.db, &id).await?;
    let saved = match form::read(&staff.ctx, &sent, Some(&row)).await {
        Ok(input) => coupons::change(&staff.ctx, &id, input).await,
        Err(fault) => Err(fault),
    };
    match saved {
        Ok(_) => Ok(done(&format!("{HOME}/{}", *id), "whm-saved")),
        Err(fault) => refuse(fault, form::edit_page(staff.frame(), &row, &sent)),
    }
}

/// `POST /whm/coupons/{id}/end`
pub async fn end(
    staff: Staff<can::ManageCatalog>,
    id: Path<CouponId>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    coupons::end(&staff.ctx, &id).await?;
    Ok(done(&format!("{HOME}/{}", *id), "whm-coupon-ended"))
}
