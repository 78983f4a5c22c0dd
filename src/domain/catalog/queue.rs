//! The queues for full plans, to be looked at: paid contracts first, who paid first before all, then who only wants to be
//! told, the oldest first.
use crate::kernel::page::{Page, PageRequest, cursor_of};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{plan, product, waitlist_entry},
    value::{CustomerId, PlanId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Expr, SimpleExpr},
};

/// What somebody in a queue waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// He has paid: for a contract that never ran, or for one that gave its slot back.
    Paid,
    /// He wants to be told when there is room.
    Interested,
    /// He was told.
    Told,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Paid, Self::Interested, Self::Told];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Interested => "interested",
            Self::Told => "told",
        }
    }

    /// The kind a word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What a place in a queue is.
    pub fn of(row: &waitlist_entry::Model) -> Self {
        match (&row.subscription_id, row.notified_at) {
            (Some(_), _) => Self::Paid,
            (None, None) => Self::Interested,
            (None, Some(_)) => Self::Told,
        }
    }
}

/// Which places are looked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only those for this plan.
    pub plan_id: Option<PlanId>,
    /// Only those for plans whose code holds this.
    pub code: Option<String>,
    /// Only of this kind.
    pub kind: Option<Kind>,
}

/// A place with what is waited for.
pub type Place = (waitlist_entry::Model, plan::Model, product::Model);

/// Places in the queues in order, as their index has them.
pub fn ordered() -> Select<waitlist_entry::Entity> {
    waitlist_entry::Entity::find()
        .order_by_desc(waitlist_entry::Column::Priority)
        .order_by_asc(since())
        .order_by_asc(waitlist_entry::Column::Id)
}

/// Places in the queues with what they wait for, in order; two statements.
///
/// # Errors
/// The database.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, request: &PageRequest) -> Result<Page<Place>, DbErr> {
    use waitlist_entry::Column;
    let mut select = ordered().find_also_related(plan::Entity).limit(request.fetch());
    if let Some(customer_id) = &filter.customer_id {
        select = select.filter(Column::CustomerId.eq(customer_id));
    }
    if let Some(plan_id) = &filter.plan_id {
        select = select.filter(Column::PlanId.eq(plan_id));
    }
    if let Some(code) = &filter.code {
        select = select.filter(plan::Column::Code.contains(code));
    }
    select = match filter.kind {
        None => select,
        Some(Kind::Paid) => select.filter(Column::SubscriptionId.is_not_null()),
        Some(Kind::Interested) => select.filter(Column::SubscriptionId.is_null()).filter(Column::NotifiedAt.is_null()),
        Some(Kind::Told) => select.filter(Column::NotifiedAt.is_not_null()),
    };
    if let Some((priority, at, id)) = request.after.as_deref().and_then(place_of) {
        let later =
            Condition::any().add(since().gt(at)).add(Condition::all().add(since().eq(at)).add(Column::Id.gt(id)));
        let same = Condition::all().add(Column::Priority.eq(priority)).add(later);
        select = select.filter(Condition::any().add(Column::Priority.lt(priority)).add(same));
    }
    let mut rows = select.all(db).await?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| has_more).map(|(row, _)| cursor_of(&key_of(row)));
    let ids = rows.iter().filter_map(|(_, plan)| Some(plan.as_ref()?.product_id.clone()));
    let products = product::Entity::find().filter(product::Column::Id.is_in(ids)).all(db).await?;
    let rows = rows.into_iter().filter_map(|(row, plan)| {
        let plan = plan?;
        let product = products.iter().find(|product| product.id == plan.product_id)?.clone();
        Some((row, plan, product))
    });
    Ok(Page { rows: rows.collect(), next_cursor })
}

/// Since when somebody waits: who has paid since then. In the words of the index over it.
fn since() -> SimpleExpr {
    use waitlist_entry::{Column, Entity};
    Expr::col((Entity, Column::PaidAt)).if_null(Expr::col((Entity, Column::CreatedAt)))
}

/// Where a place stands, in letters a cursor may hold.
fn key_of(row: &waitlist_entry::Model) -> String {
    format!("{}_{}_{}", row.priority, row.paid_at.unwrap_or(row.created_at).timestamp_micros(), row.id)
}

/// Reads what [`key_of`] wrote; what is not ours begins anew.
fn place_of(key: &str) -> Option<(i32, DateTime<Utc>, &str)> {
    let mut parts = key.splitn(3, '_');
    let (priority, at, id) = (parts.next()?, parts.next()?, parts.next()?);
    Some((priority.parse().ok()?, DateTime::from_timestamp_micros(at.parse().ok()?)?, id))
}
