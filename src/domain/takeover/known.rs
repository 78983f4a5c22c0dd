//! What is known here about the rows of a file, read in blocks: as many statements for a thousand rows as for one.
use super::rows::{Row, What};
use crate::domain::{
    customers::{self, Owned},
    subscriptions,
};
use entity::{
    catalog::{plan, product},
    customers::customer,
    subscriptions::subscription,
    takeover::import_link,
    value::{CustomerId, CustomerStatus, ImportKind, PlanId, PurchasePolicy},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{HashMap, HashSet};

/// Keys looked up with one statement.
const AT_ONCE: usize = 5_000;

/// What is known here.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// What was taken over before of this kind, by key.
    pub links: HashMap<String, import_link::Model>,
    /// Customers that were taken over, by key.
    pub customers: HashMap<String, CustomerId>,
    /// Those of `customers` whose accounts are closed.
    pub closed: HashSet<CustomerId>,
    /// Those of `owned` that were taken over from this system.
    pub taken: HashSet<CustomerId>,
    /// Users and what they own, by address.
    pub owned: HashMap<String, Owned>,
    /// Plans by code and, where only one is called so, by name; both in lower case.
    pub plans: HashMap<String, (plan::Model, product::Model)>,
    /// Free slots.
    pub free: HashMap<PlanId, i64>,
    /// Upgrade-only products that live, by customer and product.
    pub exclusive: HashSet<String>,
}

/// Reads what is known about `rows` of `source`.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    kind: ImportKind,
    source: &str,
    rows: &[Row],
) -> Result<Known, DbErr> {
    let mut known = Known::default();
    for link in links(db, kind, source, rows.iter().map(|row| row.key.clone())).await? {
        known.links.insert(link.source_key.clone(), link);
    }
    let told = || rows.iter().filter_map(|row| row.what.as_ref().ok());
    let addresses: HashSet<String> = told()
        .map(|what| match what {
            What::Customer(told) => told.customer.email.clone(),
            What::Contract(told) => told.email.clone(),
        })
        .filter(|address| !address.is_empty())
        .collect();
    for block in addresses.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        known.owned.extend(customers::owned_by_address(db, block.iter().cloned()).await?);
    }
    if kind == ImportKind::Contracts {
        let keys = told().filter_map(|what| match what {
            What::Contract(told) => Some(told.customer_key.clone()),
            What::Customer(_) => None,
        });
        for link in links(db, ImportKind::Customers, source, keys).await? {
            known.customers.insert(link.source_key, link.customer_id);
        }
        closed(db, &mut known).await?;
        let ids: Vec<CustomerId> =
            known.owned.values().flat_map(|owned| &owned.accounts).map(|(id, _)| id.clone()).collect();
        for block in ids.chunks(AT_ONCE) {
            let of_source = import_link::Entity::find()
                .select_only()
                .column(import_link::Column::CustomerId)
                .filter(import_link::Column::CustomerId.is_in(block.iter().cloned()))
                .filter(import_link::Column::Source.eq(source))
                .filter(import_link::Column::Kind.eq(ImportKind::Customers));
            known.taken.extend(of_source.into_tuple::<CustomerId>().all(db).await?);
        }
        catalog(db, &mut known).await?;
        exclusive(db, &mut known, rows).await?;
    }
    Ok(known)
}

async fn links(
    db: &impl ConnectionTrait,
    kind: ImportKind,
    source: &str,
    keys: impl Iterator<Item = String>,
) -> Result<Vec<import_link::Model>, DbErr> {
    let keys: HashSet<String> = keys.filter(|key| !key.is_empty()).collect();
    let mut found = Vec::new();
    for block in keys.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        let rows = import_link::Entity::find()
            .filter(import_link::Column::Source.eq(source))
            .filter(import_link::Column::Kind.eq(kind))
            .filter(import_link::Column::SourceKey.is_in(block.iter().cloned()))
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Customers that were taken over and have left since. Who is found by his address is open: `owned` knows no others.
async fn closed(db: &impl ConnectionTrait, known: &mut Known) -> Result<(), DbErr> {
    let ids: Vec<CustomerId> = known.customers.values().cloned().collect();
    for block in ids.chunks(AT_ONCE) {
        let closed = customer::Entity::find()
            .select_only()
            .column(customer::Column::Id)
            .filter(customer::Column::Id.is_in(block.iter().cloned()))
            .filter(customer::Column::Status.eq(CustomerStatus::Closed));
        known.closed.extend(closed.into_tuple::<CustomerId>().all(db).await?);
    }
    Ok(())
}

/// Every plan, also what is not sold any more: what runs may be on it.
async fn catalog(db: &impl ConnectionTrait, known: &mut Known) -> Result<(), DbErr> {
    let plans = plan::Entity::find().find_also_related(product::Entity).all(db).await?;
    let plans: Vec<(plan::Model, product::Model)> =
        plans.into_iter().filter_map(|(plan, product)| Some((plan, product?))).collect();
    let mut named: HashMap<String, usize> = HashMap::new();
    for (plan, _) in &plans {
        *named.entry(plan.name.to_lowercase()).or_default() += 1;
        known.free.insert(plan.id.clone(), plan.quota_total - plan.quota_used);
    }
    for found in &plans {
        let name = found.0.name.to_lowercase();
        if named[&name] == 1 {
            known.plans.insert(name, found.clone());
        }
    }
    // A code is nobody else's name.
    known.plans.extend(plans.into_iter().map(|found| (found.0.code.to_lowercase(), found)));
    Ok(())
}

/// The live contracts of upgrade-only products of the customers the rows speak of.
async fn exclusive(db: &impl ConnectionTrait, known: &mut Known, rows: &[Row]) -> Result<(), DbErr> {
    let products: HashSet<_> = known
        .plans
        .values()
        .filter(|(_, product)| product.purchase_policy == PurchasePolicy::OnePerCustomerUpgradeOnly)
        .map(|(_, product)| product.id.clone())
        .collect();
    if products.is_empty() {
        return Ok(());
    }
    let mut keys = HashSet::new();
    for row in rows {
        let Ok(What::Contract(told)) = &row.what else { continue };
        let by_mail = known.owned.get(&told.email).and_then(|owned| owned.accounts.first()).map(|(id, _)| id);
        if let Some(customer) = known.customers.get(&told.customer_key).or(by_mail) {
            keys.extend(products.iter().map(|product| subscriptions::open::exclusive_key(customer, product)));
        }
    }
    for block in keys.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        let live: Vec<Option<String>> = subscription::Entity::find()
            .select_only()
            .column(subscription::Column::ExclusiveKey)
            .filter(subscription::Column::ExclusiveKey.is_in(block.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        known.exclusive.extend(live.into_iter().flatten());
    }
    Ok(())
}
