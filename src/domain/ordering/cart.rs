//! Carts. A guest's cart is known by an unguessable token in a cookie (only its hash is stored); signing in takes its
//! items over into the customer's own cart.
use super::{
    OrderingError,
    checkout::{self, CheckoutItem, MAX_ITEMS},
    config,
    coupon::{self, Applied},
    options,
    pricing::{self, Choice},
};
use crate::{
    domain::{
        Ctx,
        billing::Totals,
        catalog::{self, coupon::Refusal},
    },
    kernel::{db::WriteTx, fault::FieldFault, token},
};
use chrono::Duration;
use entity::{
    ordering::{cart, cart_item},
    value::{CartId, CartItemId, CustomerId, PlanId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

/// A cart nobody touched for so long is forgotten.
const KEPT: Duration = Duration::days(30);
/// Carts one run of `forget_old` deletes at most.
const BATCH: u64 = 500;

/// Whose cart.
#[derive(Clone, Debug)]
pub enum Owner {
    /// Somebody not signed in: the token of the cookie (`new_token`).
    Guest(String),
    /// A customer.
    Customer(CustomerId),
}

/// One thing in a cart.
#[derive(Clone, Debug)]
pub struct CartLine {
    /// Which.
    pub id: CartItemId,
    /// What it is and costs.
    pub choice: Choice,
}

/// A cart as its page shows it.
#[derive(Clone, Debug, Default)]
pub struct CartView {
    /// Which; `None` while nothing was ever put in.
    pub id: Option<CartId>,
    /// What is in it and still sold, oldest first.
    pub lines: Vec<CartLine>,
    /// The coupon that was entered.
    pub coupon: Option<CartCoupon>,
    /// What it comes to.
    pub totals: Totals,
}

/// A coupon in a cart: it may have worked when it was entered and not work now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartCoupon {
    /// Its code.
    pub code: String,
    /// What it takes off, or why it does not.
    pub outcome: Result<Applied, Refusal>,
}

impl CartView {
    /// What the coupon takes off, where it works.
    pub fn applied(&self) -> Option<&Applied> {
        self.coupon.as_ref().and_then(|coupon| coupon.outcome.as_ref().ok())
    }

    /// The code of the coupon, where it works.
    pub fn coupon_code(&self) -> Option<String> {
        self.applied().map(|applied| applied.coupon.code.clone())
    }

    /// What is in it, as prices are made of it.
    fn choices(&self) -> Vec<Choice> {
        self.lines.iter().map(|line| line.choice.clone()).collect()
    }

    /// What is in it, as checkout wants it.
    pub fn checkout_items(&self) -> Vec<CheckoutItem> {
        let item = |line: &CartLine| CheckoutItem {
            plan: line.choice.offer.plan.code.clone(),
            cycle: line.choice.price.cycle.as_str().to_owned(),
            config: line.choice.answers(),
        };
        self.lines.iter().map(item).collect()
    }

    /// What an order takes out of the cart, at the price shown here; `None` for a cart that was never filled.
    pub fn ordered(&self) -> Option<FromCart> {
        let items = self.lines.iter().map(|line| line.id.clone()).collect();
        self.id.clone().map(|id| FromCart { id, items, total_minor: self.totals.total_minor })
    }

    /// Names what is in it, with every price, answer and the total: two views with the same one show the same offer.
    pub fn fingerprint(&self) -> String {
        let line = |line: &CartLine| {
            let price = &line.choice.price;
            let amounts = (price.amount_minor, price.setup_fee_minor, price.tax_included, &price.currency);
            let (plan, trial) = (&line.choice.offer.plan.id, line.choice.trial_days);
            let answers = (&line.choice.config, &line.choice.options);
            serde_json::json!([line.id, plan, price.cycle.as_str(), amounts, answers, trial])
        };
        let lines: Vec<_> = self.lines.iter().map(line).collect();
        let totals = &self.totals;
        let sums = (totals.discount_minor, totals.tax_minor, totals.total_minor);
        token::sha256_hex(serde_json::json!([self.id, lines, self.coupon_code(), sums]).to_string())
    }
}

/// What an order takes out of a cart.
#[derive(Clone, Debug)]
pub struct FromCart {
    /// Which cart.
    pub id: CartId,
    /// Its items that are ordered; what came in since stays.
    pub items: Vec<CartItemId>,
    /// What they came to when the customer agreed, minor units.
    pub total_minor: i64,
}

/// A token for a guest's cookie.
pub fn new_token() -> String {
    token::random()
}

/// Puts something in the owner's cart; an upgrade-only service replaces what is there of it.
///
/// # Errors
/// `Invalid` with fields `plan`, `cycle`, `config.…`, or `items` for a full cart; the database.
pub async fn add(ctx: &Ctx, owner: &Owner, item: CheckoutItem) -> Result<CartItemId, OrderingError> {
    let chosen = checkout::choose(ctx, std::slice::from_ref(&item)).await.map_err(without_prefix)?;
    let choice = chosen.into_iter().next().ok_or(OrderingError::NotFound)?;
    let tx = ctx.begin().await?;
    let cart_id = open(ctx, &tx, owner).await?;
    if choice.offer.is_exclusive() {
        take_out(&tx, &cart_id, &choice.offer).await?;
    }
    let count = cart_item::Entity::find().filter(cart_item::Column::CartId.eq(&cart_id)).count(&tx).await?;
    if count >= MAX_ITEMS as u64 {
        return Err(OrderingError::Invalid(vec![FieldFault::new("items", "too_many").with("max", MAX_ITEMS)]));
    }
    let (id, config) = (CartItemId::generate(), choice.answers());
    let row = cart_item::ActiveModel {
        id: Set(id.clone()),
        cart_id: Set(cart_id.clone()),
        plan_id: Set(choice.offer.plan.id),
        cycle: Set(choice.price.cycle),
        config: Set(config),
        created_at: Set(ctx.now()),
    };
    cart_item::Entity::insert(row).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// Takes something out of the owner's cart. What is not in it is gone already.
pub async fn remove(ctx: &Ctx, owner: &Owner, id: &CartItemId) -> Result<(), OrderingError> {
    let tx = ctx.begin().await?;
    let Some(cart) = find(&tx, owner).await? else { return Ok(()) };
    cart_item::Entity::delete_many()
        .filter(cart_item::Column::CartId.eq(&cart.id))
        .filter(cart_item::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Puts a coupon into the owner's cart; another one is replaced. It is used when the cart is ordered, not before.
///
/// # Errors
/// `Invalid` for an empty cart; `CouponRefused`; the database.
pub async fn apply_coupon(ctx: &Ctx, owner: &Owner, typed: &str) -> Result<(), OrderingError> {
    let cart = view(ctx, owner).await?;
    if cart.lines.is_empty() {
        return Err(OrderingError::Invalid(vec![FieldFault::new("items", "required")]));
    }
    let applied = coupon::look(&ctx.db, typed, customer_of(owner), &cart.choices(), ctx.now()).await?;
    let code = applied.map_err(OrderingError::CouponRefused)?.coupon.code;
    set_coupon(ctx, owner, Some(code)).await
}

/// Takes the coupon out of the owner's cart. Where there is none, it is gone already.
///
/// # Errors
/// The database.
pub async fn remove_coupon(ctx: &Ctx, owner: &Owner) -> Result<(), OrderingError> {
    set_coupon(ctx, owner, None).await
}

async fn set_coupon(ctx: &Ctx, owner: &Owner, code: Option<String>) -> Result<(), OrderingError> {
    let tx = ctx.begin().await?;
    cart::Entity::update_many()
        .col_expr(cart::Column::CouponCode, Expr::value(code))
        .col_expr(cart::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(cart::Column::OwnerKey.eq(owner_key(owner)))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The owner's cart with prices of today; what is not sold any more is left out.
pub async fn view(ctx: &Ctx, owner: &Owner) -> Result<CartView, OrderingError> {
    let tax = pricing::buyer_tax(ctx, customer_of(owner)).await?;
    let Some(cart) = find(&ctx.db, owner).await? else {
        return Ok(CartView::default());
    };
    let items = items_of(&ctx.db, &cart.id).await?;
    let plan_ids: Vec<PlanId> = items.iter().map(|item| item.plan_id.clone()).collect();
    let offers = catalog::find::offers_by_id(&ctx.db, &plan_ids).await?;
    let mut lines = Vec::with_capacity(items.len());
    for item in items {
        let Some(offer) = offers.iter().find(|offer| offer.plan.id == item.plan_id) else { continue };
        let Some(price) = offer.prices.iter().find(|price| price.cycle == item.cycle) else { continue };
        let mut faults = Vec::new();
        // A newer template may ask other questions than the one the answers were given to.
        let (config, answers) = options::part(&item.config);
        let config = match config::fill(offer, &config, "config", &mut faults) {
            filled if faults.is_empty() => filled,
            _ => serde_json::Value::Null,
        };
        // Of its options what is not offered any more is left out; the page shows what it comes to without.
        let agreed = options::agree(offer, price, &answers, "config", &mut faults);
        lines.push(CartLine { id: item.id, choice: Choice::of(offer.clone(), price, config, agreed) });
    }
    let mut view = CartView { id: Some(cart.id), lines, ..CartView::default() };
    let mut choices = view.choices();
    if let Some(code) = cart.coupon_code.filter(|_| !choices.is_empty()) {
        let outcome = coupon::look(&ctx.db, &code, customer_of(owner), &choices, ctx.now()).await?;
        view.coupon = Some(CartCoupon { code, outcome });
    }
    pricing::grant_trials(&ctx.db, customer_of(owner), &mut choices, view.applied().is_some()).await?;
    view.lines.iter_mut().zip(&choices).for_each(|(line, choice)| line.choice.trial_days = choice.trial_days);
    view.totals = pricing::totals(&choices, &tax, view.applied())?;
    Ok(view)
}

fn customer_of(owner: &Owner) -> Option<&CustomerId> {
    match owner {
        Owner::Guest(_) => None,
        Owner::Customer(id) => Some(id),
    }
}

/// At sign-in: moves what is in the guest's cart and its coupon into the customer's, and forgets the guest's. Of an upgrade-only
/// service the guest's choice, being the newer one, replaces the other: checkout would refuse both together. Doing it
/// twice moves it once.
pub async fn take_over(ctx: &Ctx, guest_token: &str, customer_id: &CustomerId) -> Result<(), OrderingError> {
    let tx = ctx.begin().await?;
    let Some(guest) = find(&tx, &Owner::Guest(guest_token.to_owned())).await? else { return Ok(()) };
    let own = open(ctx, &tx, &Owner::Customer(customer_id.clone())).await?;
    let brought = items_of(&tx, &guest.id).await?;
    let plan_ids: Vec<PlanId> = brought.iter().map(|item| item.plan_id.clone()).collect();
    for offer in catalog::find::offers_by_id(&tx, &plan_ids).await?.iter().filter(|offer| offer.is_exclusive()) {
        take_out(&tx, &own, offer).await?;
    }
    let held: Vec<PlanId> = items_of(&tx, &own).await?.into_iter().map(|item| item.plan_id).collect();
    let room = MAX_ITEMS.saturating_sub(held.len());
    let moved: Vec<CartItemId> =
        brought.into_iter().filter(|item| !held.contains(&item.plan_id)).take(room).map(|item| item.id).collect();
    cart_item::Entity::update_many()
        .col_expr(cart_item::Column::CartId, Expr::value(own.to_string()))
        .filter(cart_item::Column::Id.is_in(moved))
        .exec(&tx)
        .await?;
    if let Some(code) = &guest.coupon_code {
        cart::Entity::update_many()
            .col_expr(cart::Column::CouponCode, Expr::value(Some(code.as_str())))
            .filter(cart::Column::Id.eq(&own))
            // The code a guest tried may not count for the customer; the one of his own cart stays until that is known.
            .filter(cart::Column::CouponCode.is_null())
            .exec(&tx)
            .await?;
    }
    delete(&tx, std::slice::from_ref(&guest.id)).await?;
    tx.commit().await?;
    let Some(code) = guest.coupon_code else { return Ok(()) };
    match apply_coupon(ctx, &Owner::Customer(customer_id.clone()), &code).await {
        Err(OrderingError::CouponRefused(_) | OrderingError::Invalid(_)) => Ok(()),
        applied => applied,
    }
}

/// Forgets carts nobody touched for 30 days. Returns how many.
pub async fn forget_old(ctx: &Ctx) -> Result<u64, DbErr> {
    let old: Vec<CartId> = cart::Entity::find()
        .filter(cart::Column::UpdatedAt.lt(ctx.now() - KEPT))
        .order_by_asc(cart::Column::UpdatedAt)
        .limit(BATCH)
        .all(&ctx.db)
        .await?
        .into_iter()
        .map(|cart| cart.id)
        .collect();
    let tx = ctx.begin().await?;
    let count = delete(&tx, &old).await?;
    tx.commit().await?;
    Ok(count)
}

/// Takes what is ordered out of its cart, in the order's transaction. Where nothing of it is left, it was ordered by a
/// twin of this request.
///
/// # Errors
/// `NotFound` for a foreign cart; `Invalid` where nothing is left, `CartChanged` where not everything is.
pub(super) async fn empty(tx: &WriteTx, ordered: &FromCart, customer_id: &CustomerId) -> Result<(), OrderingError> {
    // The next order of this cart is another one. The cart is locked before its items, as by whoever puts something in.
    let own = cart::Entity::update_many()
        .col_expr(cart::Column::CouponCode, Expr::value(None::<String>))
        .filter(cart::Column::Id.eq(&ordered.id))
        .filter(cart::Column::CustomerId.eq(customer_id))
        .exec(tx)
        .await?;
    if own.rows_affected == 0 {
        return Err(OrderingError::NotFound);
    }
    let gone = cart_item::Entity::delete_many()
        .filter(cart_item::Column::CartId.eq(&ordered.id))
        .filter(cart_item::Column::Id.is_in(ordered.items.iter().cloned()))
        .exec(tx)
        .await?;
    match gone.rows_affected {
        0 => Err(OrderingError::Invalid(vec![FieldFault::new("items", "required")])),
        count if count == ordered.items.len() as u64 => Ok(()),
        _ => Err(OrderingError::CartChanged),
    }
}

/// Takes every plan of the offer's product out of a cart.
async fn take_out(tx: &WriteTx, id: &CartId, offer: &catalog::Offer) -> Result<(), DbErr> {
    let siblings = catalog::find::plan_ids_of(tx, &offer.product.id).await?;
    cart_item::Entity::delete_many()
        .filter(cart_item::Column::CartId.eq(id))
        .filter(cart_item::Column::PlanId.is_in(siblings))
        .exec(tx)
        .await?;
    Ok(())
}

async fn find(db: &impl ConnectionTrait, owner: &Owner) -> Result<Option<cart::Model>, DbErr> {
    cart::Entity::find().filter(cart::Column::OwnerKey.eq(owner_key(owner))).one(db).await
}

async fn open(ctx: &Ctx, tx: &WriteTx, owner: &Owner) -> Result<CartId, OrderingError> {
    let row = cart::ActiveModel {
        id: Set(CartId::generate()),
        owner_key: Set(owner_key(owner)),
        customer_id: Set(match owner {
            Owner::Guest(_) => None,
            Owner::Customer(id) => Some(id.clone()),
        }),
        created_at: Set(ctx.now()),
        coupon_code: Set(None),
        updated_at: Set(ctx.now()),
    };
    let touch = OnConflict::column(cart::Column::OwnerKey).update_column(cart::Column::UpdatedAt).to_owned();
    cart::Entity::insert(row).on_conflict(touch).exec_without_returning(tx).await?;
    Ok(find(tx, owner).await?.ok_or(OrderingError::NotFound)?.id)
}

async fn items_of(db: &impl ConnectionTrait, id: &CartId) -> Result<Vec<cart_item::Model>, DbErr> {
    cart_item::Entity::find()
        .filter(cart_item::Column::CartId.eq(id))
        .order_by_asc(cart_item::Column::Id)
        .limit(MAX_ITEMS as u64)
        .all(db)
        .await
}

async fn delete(tx: &WriteTx, ids: &[CartId]) -> Result<u64, DbErr> {
    cart_item::Entity::delete_many().filter(cart_item::Column::CartId.is_in(ids.iter().cloned())).exec(tx).await?;
    let gone = cart::Entity::delete_many().filter(cart::Column::Id.is_in(ids.iter().cloned())).exec(tx).await?;
    Ok(gone.rows_affected)
}

/// Each owner has one cart; the token itself is never stored.
fn owner_key(owner: &Owner) -> String {
    match owner {
        Owner::Guest(token) => token::sha256_hex(token),
        Owner::Customer(id) => id.to_string(),
    }
}

/// The fields of a single thing are named without `items[0].`.
fn without_prefix(error: OrderingError) -> OrderingError {
    let bare = |fault: FieldFault| FieldFault {
        field: fault.field.strip_prefix("items[0].").map_or(fault.field.clone(), str::to_owned),
        ..fault
    };
    match error {
        OrderingError::Invalid(faults) => OrderingError::Invalid(faults.into_iter().map(bare).collect()),
        other => other,
    }
}
