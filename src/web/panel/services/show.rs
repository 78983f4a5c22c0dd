//! The page of one service: overview and history, and their live head.
use super::{
    CursorQuery,
    view::{
        ActivityPage, ContractCard, ContractFacts, EventLine, Facts, LiveFragment, Price, ServiceCard, ShowPage, Step,
        Work, href_of,
    },
};
use crate::{
    domain::{
        Ctx,
        billing::{NewLine, TaxTable, preview},
        customers, ledger, ordering, provisioning,
        provisioning::TaskView,
        subscriptions::{self, SubscriptionView},
    },
    integrations::drivers::Capabilities,
    kernel::{
        fault::CommonFault,
        page::{Page, PageRequest},
        permission::{MemberRight, may},
    },
    web::{
        WebError, flash,
        frame::Frame,
        panel::{change, page_of},
        principal::Member,
        respond, sse,
    },
};
use actix_web::{
    HttpResponse,
    web::{Path, Query},
};
use entity::{
    provisioning::{instance, task, trouble},
    value::{
        CustomerId, InstanceId, InstanceStatus, InvoiceId, SubscriptionCycleStatus, SubscriptionId, SubscriptionStatus,
        TargetStatus, UserId, business_day,
    },
};
use serde::Deserialize;

/// Pieces of work on the overview.
const EVENTS: u64 = 5;
/// Pieces of work on a page of the history.
const HISTORY: u64 = 20;

/// What the head of the page is made of.
pub(super) struct Loaded {
    pub view: SubscriptionView,
    pub instance: Option<instance::Model>,
    pub works: Vec<Work>,
    pub next_cursor: Option<String>,
    troubles: Vec<trouble::Model>,
    unpaid: Option<InvoiceId>,
    can: Option<Capabilities>,
    /// Whether the machines it runs on are being worked at.
    is_maintained: bool,
}

impl Loaded {
    /// The head of the part `tab`.
    pub fn card(&self, frame: &Frame, tab: &'static str, rights: Rights) -> ServiceCard {
        let facts = Facts {
            view: &self.view,
            instance: self.instance.as_ref(),
            work: self.works.first(),
            troubles: &self.troubles,
            unpaid: self.unpaid.as_ref(),
            can: self.can,
            may_operate: rights.operate,
            may_pay: rights.pay,
        };
        let mut card = ServiceCard::build(frame, &facts, tab);
        if self.is_maintained {
            card.sentence = format!("{} {}", card.sentence, frame.t("panel-cluster-maintenance"));
        }
        card
    }
}

/// What the reader may do.
#[derive(Clone, Copy)]
pub(super) struct Rights {
    pub operate: bool,
    pub pay: bool,
}

/// What a member may do.
pub(super) fn rights_of<R: MemberRight>(member: &Member<R>) -> Rights {
    Rights { operate: member.may::<may::Operate>(), pay: member.may::<may::Pay>() }
}

/// A service of the customer, by its id.
pub(super) async fn load(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &InstanceId,
    works: &PageRequest,
) -> Result<Loaded, WebError> {
    let instance = provisioning::find::get_for(&ctx.db, customer_id, id).await?;
    let view = subscriptions::find::view_owned(ctx, customer_id, &instance.subscription_id).await?;
    complete(ctx, view, Some(instance), works).await
}

/// A contract of the customer with its newest instance, if there is one.
async fn load_contract(ctx: &Ctx, customer_id: &CustomerId, id: &SubscriptionId) -> Result<Loaded, WebError> {
    let view = subscriptions::find::view_owned(ctx, customer_id, id).await?;
    let mut instances =
        provisioning::find::by_subscription(&ctx.db, std::slice::from_ref(id)).await.map_err(CommonFault::from)?;
    complete(ctx, view, instances.remove(id), &PageRequest { after: None, limit: EVENTS }).await
}

async fn complete(
    ctx: &Ctx,
    view: SubscriptionView,
    instance: Option<instance::Model>,
    works: &PageRequest,
) -> Result<Loaded, WebError> {
    let tasks = match &instance {
        Some(row) => provisioning::find::tasks_of(&ctx.db, &row.id, works).await.map_err(CommonFault::from)?,
        None => Page { rows: Vec::new(), next_cursor: None },
    };
    let cluster = match instance.as_ref().filter(|row| row.status != InstanceStatus::Terminated) {
        Some(instance::Model { cluster_id: Some(id), .. }) => Some(provisioning::clusters::get(&ctx.db, id).await?),
        _ => None,
    };
    let troubles = match &instance {
        Some(row) => provisioning::troubles::list(&ctx.db, &row.id).await.map_err(CommonFault::from)?,
        None => Vec::new(),
    };
    let views = provisioning::find::task_views(&ctx.db, &tasks.rows).await.map_err(CommonFault::from)?;
    let waits_for_money = matches!(
        view.subscription.status,
        SubscriptionStatus::Pending | SubscriptionStatus::PastDue | SubscriptionStatus::Suspended
    );
    let cycles = match waits_for_money && !view.is_waiting {
        true => subscriptions::find::cycles(&ctx.db, &view.subscription.id).await.map_err(CommonFault::from)?,
        false => Vec::new(),
    };
    let unpaid = cycles.into_iter().find(|cycle| cycle.status == SubscriptionCycleStatus::Invoiced);
    Ok(Loaded {
        is_maintained: cluster.is_some_and(|row| row.status == TargetStatus::Maintenance),
        can: instance.as_ref().and_then(|row| ctx.driver(&row.driver)).map(|driver| driver.capabilities()),
        works: tasks.rows.iter().zip(views).map(|(task, view)| work_of(task, view)).collect(),
        next_cursor: tasks.next_cursor,
        troubles,
        unpaid: unpaid.and_then(|cycle| cycle.invoice_id),
        view,
        instance,
    })
}

fn work_of(task: &task::Model, view: TaskView) -> Work {
    let steps = view.steps.into_iter().map(|step| Step {
        name: step.name,
        status: step.status,
        reason: step.reason,
        started_at: step.started_at,
        finished_at: step.finished_at,
    });
    Work {
        action: view.action,
        status: view.status,
        by: task.requested_by.clone(),
        steps: steps.collect(),
        created_at: view.created_at,
        finished_at: view.finished_at,
    }
}

/// `GET /panel/services/{id}`
pub async fn show(member: Member<may::Read>, id: Path<InstanceId>) -> Result<HttpResponse, WebError> {
    let works = PageRequest { after: None, limit: EVENTS };
    let loaded = load(&member.ctx, &member.customer_id, &id, &works).await?;
    overview(&member, loaded).await
}

/// `GET /panel/subscriptions/{id}`: the contract's own page while nothing runs for it.
pub async fn contract(member: Member<may::Read>, id: Path<SubscriptionId>) -> Result<HttpResponse, WebError> {
    let loaded = load_contract(&member.ctx, &member.customer_id, &id).await?;
    if loaded.instance.is_some() {
        return Ok(flash::redirect(&href_of(&loaded.view, loaded.instance.as_ref())));
    }
    overview(&member, loaded).await
}

async fn overview(member: &Member<may::Read>, loaded: Loaded) -> Result<HttpResponse, WebError> {
    let frame = member.frame();
    let names = names_of(&member.ctx, &member.customer_id).await?;
    let contract = contract_card(member, &frame, &loaded).await?;
    let page = ShowPage {
        service: loaded.card(&frame, "overview", rights_of(member)),
        contract,
        under_way: change::under_way(&member.ctx, &frame, &loaded.view.subscription.id).await?,
        events: events(&frame, &loaded.works, &names),
        frame,
    };
    respond::page(&page)
}

async fn contract_card(member: &Member<may::Read>, frame: &Frame, loaded: &Loaded) -> Result<ContractCard, WebError> {
    let view = &loaded.view;
    let ctx = &member.ctx;
    let customer = customers::get(&ctx.db, &member.customer_id).await?;
    let table = TaxTable::load(&ctx.db).await.map_err(CommonFault::from)?;
    let coupon = subscriptions::discount::next(&ctx.db, &view.subscription).await?;
    let contract = &view.subscription;
    let tax = table.for_customer(&customer, business_day(ctx.now()));
    let totals = |unit_minor, tax_included, discount_minor, options| {
        let whole = NewLine {
            description: String::new(),
            quantity: 1,
            unit_minor,
            discount_minor,
            tax_included,
            product_kind: view.product.kind,
            subscription_id: None,
            cycle_number: None,
            sold_for: None,
            period: None,
        };
        preview(&subscriptions::options::split(whole, options, frame.lang), &tax)
    };
    let terms = subscriptions::terms::to_renew(contract);
    let off = coupon.as_ref().map_or(0, |coupon| coupon.discount_minor);
    let renewal = totals(terms.price_minor, terms.tax_included, off, &terms.options)?;
    let price = match contract.next_terms {
        Some(_) => {
            let now = totals(contract.price_minor, contract.tax_included, 0, &contract.options)?;
            Price::of(&now, contract.tax_included)
        }
        None => Price::of(&renewal, terms.tax_included),
    };
    let facts = ContractFacts {
        view,
        next: subscriptions::outlook(ctx, &view.subscription).await?,
        price,
        renewal_minor: renewal.total_minor,
        coupon: coupon.filter(|_| contract.next_terms.is_none()),
        tax_label: renewal.taxes.first().map(|tax| tax.label.as_str()),
        balance_minor: ledger::balance_minor(&ctx.db, &member.customer_id, &customer.currency)
            .await
            .map_err(CommonFault::from)?,
        credit_limit_minor: customer.credit_limit_minor,
        auto_debit: customer.auto_debit,
        backs_up: loaded.can.is_some_and(|can| can.backup),
        skipped: subscriptions::skipped::of(ctx, &view.subscription).await.map_err(CommonFault::from)?,
        can_change: !ordering::change::choices(ctx, &member.customer_id, &view.subscription.id).await?.is_empty()
            || !ordering::change::later::choices(ctx, &member.customer_id, &view.subscription.id).await?.is_empty(),
        may_pay: member.may::<may::Pay>(),
        may_cancel: member.may::<may::Cancel>(),
    };
    Ok(ContractCard::build(frame, facts))
}

/// `GET /panel/services/{id}/activity`
pub async fn activity(
    member: Member<may::Read>,
    id: Path<InstanceId>,
    query: Query<CursorQuery>,
) -> Result<HttpResponse, WebError> {
    let works = page_of(query.cursor.as_deref(), HISTORY)?;
    let loaded = load(&member.ctx, &member.customer_id, &id, &works).await?;
    let frame = member.frame();
    let names = names_of(&member.ctx, &member.customer_id).await?;
    let next = loaded.next_cursor.as_ref().map(|cursor| format!("/panel/services/{id}/activity?cursor={cursor}"));
    let page = ActivityPage {
        service: loaded.card(&frame, "activity", rights_of(&member)),
        events: events(&frame, &loaded.works, &names),
        next: next.unwrap_or_default(),
        frame,
    };
    respond::page(&page)
}

async fn names_of(ctx: &Ctx, customer_id: &CustomerId) -> Result<Vec<(UserId, String)>, WebError> {
    let members = customers::members_of(&ctx.db, customer_id).await.map_err(CommonFault::from)?;
    Ok(members.into_iter().map(|member| (member.user_id, member.name)).collect())
}

fn events(frame: &Frame, works: &[Work], names: &[(UserId, String)]) -> Vec<EventLine> {
    let who = |by: &str| match by.split_once(':') {
        Some(("user", id)) => {
            let name = names.iter().find(|(user, _)| user.as_str() == id).map(|(_, name)| name.clone());
            name.unwrap_or_else(|| frame.t("panel-by-member"))
        }
        Some(("staff", _)) => frame.t("panel-by-staff"),
        _ => frame.t("panel-by-system"),
    };
    works.iter().map(|work| EventLine::of_work(frame, work, who(&work.by))).collect()
}

/// Which part of the page is looked at.
#[derive(Debug, Default, Deserialize)]
pub struct TabQuery {
    tab: Option<String>,
}

impl TabQuery {
    fn word(&self) -> &'static str {
        match self.tab.as_deref() {
            Some("logs") => "logs",
            Some("settings") => "settings",
            Some("activity") => "activity",
            Some("domains") => "domains",
            Some("uptime") => "uptime",
            _ => "overview",
        }
    }
}

/// `GET /panel/services/{id}/live`
pub async fn live(
    member: Member<may::Read>,
    id: Path<InstanceId>,
    query: Query<TabQuery>,
) -> Result<HttpResponse, WebError> {
    // Somebody else's is 404 before any stream begins.
    provisioning::find::get_for(&member.ctx.db, &member.customer_id, &id).await?;
    let topics = vec![format!("instance:{id}"), format!("customer:{}", member.customer_id)];
    let (ctx, customer_id, id) = (member.ctx.clone(), member.customer_id.clone(), id.into_inner());
    let works = PageRequest { after: None, limit: 1 };
    Ok(head(&member, topics, query.word(), move || {
        let (ctx, customer_id, id, works) = (ctx.clone(), customer_id.clone(), id.clone(), works.clone());
        async move { load(&ctx, &customer_id, &id, &works).await }
    }))
}

/// `GET /panel/subscriptions/{id}/live`
pub async fn contract_live(member: Member<may::Read>, id: Path<SubscriptionId>) -> Result<HttpResponse, WebError> {
    subscriptions::find::get_owned(&member.ctx.db, &member.customer_id, &id).await?;
    let topics = vec![format!("customer:{}", member.customer_id)];
    let (ctx, customer_id, id) = (member.ctx.clone(), member.customer_id.clone(), id.into_inner());
    Ok(head(&member, topics, "overview", move || {
        let (ctx, customer_id, id) = (ctx.clone(), customer_id.clone(), id.clone());
        async move { load_contract(&ctx, &customer_id, &id).await }
    }))
}

fn head<F>(
    member: &Member<may::Read>,
    topics: Vec<String>,
    tab: &'static str,
    load: impl Fn() -> F + Send + 'static,
) -> HttpResponse
where
    F: Future<Output = Result<Loaded, WebError>> + Send + 'static,
{
    let (ctx, frame, rights) = (member.ctx.clone(), member.frame(), rights_of(member));
    let render: sse::Render = Box::new(move || {
        let frame = Frame { now: ctx.now(), ..frame.clone() };
        let loading = load();
        Box::pin(async move {
            match loading.await {
                Ok(loaded) => sse::drawn(&LiveFragment { service: loaded.card(&frame, tab, rights), frame }),
                Err(_) => Vec::new(),
            }
        })
    });
    sse::stream(&member.ctx.services, topics, render)
}
